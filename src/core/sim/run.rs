//! Plays a scenario and reports what came of it.

use core::time::Duration;
use std::collections::BTreeSet;

use super::PeerIndex;
use super::check::Check;
use super::net::Model;
use super::optimum::{Optimum, uplink};
use super::report::{Quiet, Report, Window};
use super::scenario::{Scenario, Share, Step};
use super::world::World;
use crate::model::{Phase, RoomMeta, Tracks};
use crate::node::{Command, Role};
use crate::util::id::PeerId;
use crate::util::time::Time;

/// Rooms up to this size are checked after every event, larger ones by samples.
const SMALL: u32 = 600;
/// Peers of a large room that are looked at each second.
const SAMPLE: u64 = 500;
/// How often a viewer sends a chat message while viewers come and go.
const CHAT: Duration = Duration::from_secs(6);
/// Messages that are compared with what each peer knows; peers keep a hundred.
const MOST_CHAT: usize = 30;
/// How long the room gets to come to rest at the end.
const SETTLE: Duration = Duration::from_secs(30);
/// Within what time a viewer without a place must be told.
const WORD: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

/// One run.
pub(super) struct Run<'a> {
    scenario: &'a Scenario,
    world: World,
    viewers: u32,
    uplinks: Vec<u32>,
    check: Check,
    /// Viewers that live, in no order.
    alive: Vec<PeerIndex>,
    /// Authors of chat messages, which are not killed.
    spoke: BTreeSet<PeerIndex>,
    said: Vec<(PeerId, String)>,
    next_chat: Time,
    next_sample: Time,
    window: Option<Window>,
}

impl Scenario {
    /// Plays the scenario with so many viewers.
    pub fn play(&self, viewers: u32, seed: u64) -> Report {
        self.play_and_follow(viewers, seed, Vec::new())
    }

    /// Plays the scenario and logs what happens to some peers.
    pub fn play_and_follow(&self, viewers: u32, seed: u64, peers: Vec<PeerIndex>) -> Report {
        let mut run = Run::new(self, viewers, seed);
        run.world.event_log.peers = peers;
        for step in &self.steps {
            run.step(step);
        }
        run.rest(SETTLE);
        run.report()
    }
}

impl<'a> Run<'a> {
    fn new(scenario: &'a Scenario, viewers: u32, seed: u64) -> Self {
        let real_signatures = scenario.real_signatures;
        let model = Model { real_signatures, ..scenario.network.model() };
        let mut world = World::new(seed, model);
        let role = Role::Host { meta: RoomMeta::default(), network: None, since: None };
        let host = world.add(role, scenario.host_slots);
        if let Some(stream) = &scenario.stream {
            world.stream(stream.kbit);
            world.uplink(host, stream.host_kbit);
        }
        if viewers <= SMALL {
            world.touched = Some(Vec::new());
        }
        let mut run = Self {
            scenario,
            world,
            viewers,
            uplinks: Vec::new(),
            check: Check::default(),
            alive: Vec::new(),
            spoke: BTreeSet::new(),
            said: Vec::new(),
            next_chat: Time::default(),
            next_sample: Time::default(),
            window: None,
        };
        run.rest(SECOND);
        run.world.command(host, Command::OnAir(Some(Tracks { audio: true, video: true })));
        run
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Join { percent, seconds } => {
                let count = u64::from(self.viewers * percent / 100);
                self.evenly(Duration::from_secs(seconds), &[count], |run, _| run.join());
            }
            Step::Churn { percent_per_minute, seconds, join_percent } => {
                self.churn(percent_per_minute, seconds, join_percent);
            }
            Step::Cut { whole } => self.cut(whole),
            Step::Outage { seconds } => {
                self.world.server(false);
                self.rest(Duration::from_secs(seconds));
                self.world.server(true);
            }
            Step::Rest { seconds } => self.rest(Duration::from_secs(seconds)),
        }
    }

    fn churn(&mut self, percent_per_minute: f64, seconds: u64, join_percent: Option<u32>) {
        let minutes = seconds as f64 / 60.0;
        let leaves = (self.alive.len() as f64 * percent_per_minute / 100.0 * minutes) as u64;
        let joins = join_percent
            .map_or(leaves, |percent| u64::from(self.viewers) * u64::from(percent) / 100);
        let quiet = Quiet::of(&self.world);
        self.next_chat = self.world.now() + CHAT;
        self.evenly(Duration::from_secs(seconds), &[leaves, joins], |run, which| match which {
            0 => run.lose(),
            _ => run.join(),
        });
        self.next_chat = Time::MAX;
        self.window = Some(Window::since(&quiet, &self.world, Duration::from_secs(seconds)));
    }

    /// Does each deed so often, spread evenly over `span`.
    fn evenly(&mut self, span: Duration, counts: &[u64], mut deed: impl FnMut(&mut Self, usize)) {
        let (start, millis) = (self.world.now(), (span.as_millis() as u64).max(1));
        let mut done = vec![0; counts.len()];
        for at in 1..=millis {
            let before = done.clone();
            for (which, count) in counts.iter().enumerate() {
                while done[which] < count * at / millis {
                    done[which] += 1;
                    deed(self, which);
                }
            }
            if done != before || at == millis || at % 1_000 == 0 {
                self.until(start + Duration::from_millis(at));
            }
        }
    }

    fn rest(&mut self, span: Duration) {
        self.until(self.world.now() + span);
    }

    /// Lets time pass, checks what must hold, and lets people talk.
    fn until(&mut self, end: Time) {
        loop {
            let stop = end.min(self.next_sample.max(self.world.now()));
            if self.world.touched.is_some() {
                while self.world.step(stop) {
                    let touched = self.world.touched.take().unwrap_or_default();
                    touched.iter().for_each(|peer| self.check.peer(&self.world, *peer));
                    self.world.touched = Some(Vec::new());
                }
            } else {
                while self.world.step(stop) {}
            }
            if stop >= self.next_sample {
                self.next_sample = stop + SECOND;
                self.sample();
            }
            if stop >= end {
                return;
            }
        }
    }

    fn sample(&mut self) {
        for _ in 0..SAMPLE.min(self.alive.len() as u64) {
            let peer = self.alive[self.world.random() as usize % self.alive.len()];
            self.check.peer(&self.world, peer);
        }
        self.check.peer(&self.world, 0);
        if self.next_chat != Time::default() && self.world.now() >= self.next_chat {
            self.next_chat = self.world.now() + CHAT;
            self.talk();
        }
    }

    fn talk(&mut self) {
        if self.said.len() >= MOST_CHAT || self.alive.is_empty() {
            return;
        }
        // Every third message is the host's; the others' authors stay until the end.
        let speaker = match self.said.len() % 3 {
            0 => 0,
            _ => self.alive[self.world.random() as usize % self.alive.len()],
        };
        let honest = !self.world.has_vice(speaker);
        if !honest || self.world.path(speaker).is_none_or(|path| path[0] != 0) {
            return;
        }
        self.spoke.insert(speaker);
        let text = format!("message {}", self.said.len());
        self.said.push((self.world.id_of(speaker), text.clone()));
        self.world.command(speaker, Command::SendChat(text));
    }

    fn join(&mut self) {
        let target = self.world.id_of(0);
        let peer = self.world.add(Role::Viewer { target }, self.scenario.slots);
        if let Some(stream) = &self.scenario.stream {
            let uplink = uplink(&stream.uplinks, self.world.random());
            self.world.uplink(peer, uplink);
            self.uplinks.push(uplink);
        }
        if self.scenario.throttled_percent > 0
            && self.world.random() % 100 < self.scenario.throttled_percent
        {
            self.world.throttle(peer);
        }
        if !self.scenario.faults.is_empty()
            && let Some(fault) = Share::choose(&self.scenario.faults, self.world.random())
        {
            self.world.corrupt(peer, fault);
        }
        self.alive.push(peer);
    }

    fn lose(&mut self) {
        if self.alive.is_empty() {
            return;
        }
        let at = self.world.random() as usize % self.alive.len();
        if !self.spoke.contains(&self.alive[at]) {
            let peer = self.alive.swap_remove(at);
            self.world.kill(peer);
        }
    }

    fn cut(&mut self, whole: bool) {
        let mut below: Vec<(PeerIndex, Vec<PeerIndex>)> = Vec::new();
        for &peer in &self.alive {
            let Some(path) = self.world.path(peer).filter(|path| path[0] == 0) else { continue };
            match below.iter_mut().find(|(child, _)| *child == path[1]) {
                Some((_, peers)) => peers.push(peer),
                None => below.push((path[1], vec![peer])),
            }
        }
        let Some((child, peers)) = below.into_iter().max_by_key(|(_, peers)| peers.len()) else {
            return;
        };
        let dead = if whole { peers } else { vec![child] };
        self.alive.retain(|peer| !dead.contains(peer));
        dead.into_iter().for_each(|peer| self.world.kill(peer));
    }

    /// Viewers that have no place for a while and are not told so. In a room that is too small for
    /// all, some viewer loses its place at any moment.
    fn left_behind(&mut self) -> Vec<PeerIndex> {
        let mut left = self.alive.clone();
        let end = self.world.now() + WORD;
        loop {
            let world = &self.world;
            left.retain(|peer| {
                let told = world.probe(*peer).is_none_or(|probe| probe.problem().is_some());
                !told && world.path(*peer).is_none_or(|path| path[0] != 0)
            });
            if left.is_empty() || self.world.now() >= end {
                return left;
            }
            self.rest(SECOND);
        }
    }

    fn report(mut self) -> Report {
        let left = self.left_behind();
        let window = self.window.take();
        let world = &self.world;
        let mut report = Report::new(self.scenario, world, window);
        let mut depths = Vec::new();
        // What becomes of those who do not keep to the protocol is their own affair, if they attack
        // others. Those who only lie about their place are guests like any other.
        let honest = || self.alive.iter().copied().filter(|peer| !world.is_attacker(*peer));
        let lacks_chat = self.scenario.faults.iter().any(|share| share.is.forges());
        for peer in honest() {
            let Some(probe) = world.probe(peer) else { continue };
            match world.path(peer).filter(|path| path[0] == 0) {
                Some(path) => {
                    depths.push(path.len() - 1);
                    report.dark += usize::from(!world.is_fed(peer));
                }
                None if !left.contains(&peer) => report.told += 1,
                None => {
                    report.unattached += 1;
                    let parent = probe.parent();
                    let what = format!("left behind, {:?} under {parent:?}", probe.phase());
                    self.check.found(world.now(), peer, &what);
                    continue;
                }
            }
            if !lacks_chat && probe.phase() == Phase::Attached && !self.knows_chat(peer) {
                report.chat_wrong += 1;
                self.check.found(world.now(), peer, "does not know each message once");
            }
        }
        let living: Vec<_> = match &self.scenario.stream {
            Some(_) => self.alive.iter().map(|peer| self.uplinks[*peer as usize - 1]).collect(),
            None => vec![u32::MAX; self.alive.len()],
        };
        report.optimum = Optimum::new(self.scenario, &living);
        report.served = self.alive.iter().filter(|peer| world.is_fully_served(**peer)).count();
        report.fed = honest().filter(|peer| world.is_fed(*peer)).count();
        report.viewers = honest().count();
        report.messages_said = self.said.len();
        report.depths(depths);
        report.problems = self.check.into_problems();
        report.event_log = core::mem::take(&mut self.world.event_log.lines);
        report
    }

    fn knows_chat(&self, peer: PeerIndex) -> bool {
        let Some(probe) = self.world.probe(peer) else { return true };
        let known: Vec<_> = probe.chat().collect();
        let once = |(author, text): &(PeerId, String)| {
            known.iter().filter(|m| m.author == *author && m.text == *text).count() == 1
        };
        known.len() == self.said.len() && self.said.iter().all(once)
    }
}
