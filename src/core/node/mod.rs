//! One peer: the composition of the machines, fed with [`Input`], drained of [`Output`].

mod exchange;
mod io;
mod lobby;
#[cfg(feature = "sim")]
mod probe;
mod room;
pub mod view;

use rand_core::RngCore;

pub use io::{Command, Config, GameCommand, GatheringCommand, Input, Moderation, Role};

pub use crate::link::io::{Channel, LinkAction, LinkEvent, MediaRole, Output, SendStats, Source};
pub use crate::signal::sdp::{Candidate, Description, SdpKind};
pub use crate::signal::socket::{SocketAction, SocketEvent};
pub use crate::util::timer::TimerKind;

#[cfg(feature = "sim")]
pub use probe::Probe;

use crate::identity::{Identity, Keypair};
use crate::legacy::{Gateway, LegacySnapshot, Translator};
use crate::model::GatheringKind;
use crate::node::view::View;
use crate::swarm::{Event, GatewayTask, LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
use crate::util::timer::Timers;
use exchange::Exchange;
use lobby::Lobby;
use room::Room;

/// One peer. After every [`handle`](Node::handle), [`poll`](Node::poll) must be drained.
pub struct Node<R> {
    swarm: Swarm<R>,
    /// There is one as soon as it has anything to do: few nodes ever meet a legacy page.
    gateway: Option<Box<Gateway>>,
    role: Box<dyn NodeRole<R>>,
    timers: Timers,
    /// The next of them. Heartbeats, which most inputs are, do not change it.
    due: Option<(Time, TimerKind)>,
    /// What the legacy pages were told of; see [`NodeRole::revision`].
    told: Option<u64>,
    view: View,
}

/// What a node is for. Behind a pointer, so that a page that only opens lobbies does not carry what
/// rooms need.
trait NodeRole<R> {
    fn command(&mut self, swarm: &mut Swarm<R>, command: Command);
    /// Something happened to the link of this role, or to none.
    fn event(&mut self, swarm: &mut Swarm<R>, event: Event, role: Option<LinkRole>);
    /// Sets all timers of this role.
    fn arm(&self, swarm: &Swarm<R>, timers: &mut Timers);
    /// A timer has run out.
    fn expired(&mut self, swarm: &mut Swarm<R>, timer: TimerKind);
    /// Goes on with what has become possible, after a timer or at the very beginning.
    fn settle(&mut self, swarm: &mut Swarm<R>);
    /// Fills in what the pages show.
    fn show(&self, swarm: &Swarm<R>, view: &mut View);
    /// The link with a member of a gathering.
    fn gathering_link(&self, _: GatheringKind, _: &PeerId) -> Option<LinkId> {
        None
    }
    /// Another number whenever [`snapshot`](NodeRole::snapshot) has changed.
    fn revision(&self, swarm: &Swarm<R>) -> u64;
    /// Translates for a foreign link, or leaves that to the gateway by returning the task.
    fn translate(&mut self, swarm: &mut Swarm<R>, task: GatewayTask) -> Option<GatewayTask> {
        let _ = swarm;
        Some(task)
    }
    /// What legacy pages are told.
    fn snapshot(&self, swarm: &Swarm<R>) -> Option<LegacySnapshot>;
    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Room>;
}

impl<R: RngCore> Node<R> {
    /// A node that is in a room. It begins at once; drain it.
    pub fn new(config: Config, now: Time, mut rng: R) -> Self {
        let Config { role, identity, token, name, max_children } = config;
        let identity = identity.unwrap_or_else(|| Identity::Key(Keypair::generate(&mut rng)));
        let swarm = Swarm::new(now, identity, token, rng);
        let room = match role {
            Role::Host { meta, network, since } => {
                let (id, about) = (swarm.id().clone(), (meta, network, since));
                Room::host(now, id, about, name, max_children, swarm.keypair())
            }
            Role::Viewer { target } => Room::viewer(target, name, max_children),
        };
        Self::begin(swarm, Box::new(room))
    }

    /// A node that looks at the rooms of a network, and is its index root when nobody else is. It
    /// begins at once; drain it.
    pub fn lobby(network: PeerId, now: Time, rng: R) -> Self {
        let swarm = Swarm::new(now, Identity::Name(network.clone()), None, rng);
        Self::begin(swarm, Box::new(Lobby::new(network)))
    }

    /// A node with which one other person at a time can exchange streams and texts. It begins at
    /// once; drain it.
    pub fn exchange(
        identity: Identity,
        token: Option<String>,
        name: String,
        now: Time,
        rng: R,
    ) -> Self {
        let swarm = Swarm::new(now, identity, token, rng);
        Self::begin(swarm, Box::new(Exchange::new(name)))
    }

    fn begin(swarm: Swarm<R>, role: Box<dyn NodeRole<R>>) -> Self {
        let (timers, view) = (Timers::default(), View::default());
        let mut node = Self { swarm, gateway: None, role, timers, due: None, told: None, view };
        node.arm();
        node.expire();
        node.arm();
        node
    }

    /// Something happened.
    pub fn handle(&mut self, now: Time, input: Input) {
        self.swarm.now = self.swarm.now.max(now);
        if let Input::Hidden(hidden) = input {
            self.swarm.set_hidden(hidden);
        }
        let mut quiet = matches!(input, Input::Tick | Input::Link(_, LinkEvent::Data(_)));
        match input {
            Input::Tick | Input::Hidden(_) => {
                self.swarm.tick(self.gateway_deadline().map(|(due, _)| due));
                self.run_gateway();
                if self.due.is_some_and(|(time, _)| self.swarm.now >= time) {
                    quiet = false;
                    self.expire();
                }
            }
            Input::Command(command) => self.role.command(&mut self.swarm, command),
            Input::Socket(event) => self.swarm.socket(&event),
            Input::Link(link, event) => self.swarm.link(link, event),
        }
        self.run_gateway();
        while let Some((event, role)) = self.swarm.event() {
            quiet = false;
            self.role.event(&mut self.swarm, event, role);
            self.run_gateway();
        }
        self.tell_legacy(quiet);
        if !quiet {
            self.arm();
        }
    }

    /// Lets the gateway do what the swarm has queued for it.
    fn run_gateway(&mut self) {
        while let Some(task) = self.swarm.gateway_task() {
            let Some(task) = self.role.translate(&mut self.swarm, task) else { continue };
            self.gateway.get_or_insert_default().handle(&mut self.swarm, task);
        }
    }

    fn gateway_deadline(&self) -> Option<(Time, TimerKind)> {
        self.gateway.as_ref().and_then(|gateway| gateway.deadline())
    }

    fn arm(&mut self) {
        self.role.arm(&self.swarm, &mut self.timers);
        self.due = self.timers.next();
    }

    /// Lets the role act on the timers that have run out.
    fn expire(&mut self) {
        while let Some(timer) = self.timers.expire(self.swarm.now) {
            self.role.expired(&mut self.swarm, timer);
        }
        self.role.settle(&mut self.swarm);
    }

    /// Tells the legacy pages what is news to them. After a `quiet` input nothing has changed.
    fn tell_legacy(&mut self, quiet: bool) {
        let Some(gateway) = self.gateway.as_mut().filter(|gateway| gateway.is_active()) else {
            self.told = None;
            return;
        };
        if !quiet || self.told.is_none() {
            let revision = Some(self.role.revision(&self.swarm));
            if revision != self.told {
                self.told = revision;
                gateway.note_snapshot(self.role.snapshot(&self.swarm));
            }
        }
        gateway.tell(&mut self.swarm);
    }

    /// What to do next; `None` when there is nothing more.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.act() {
            return Some(output);
        }
        if !core::mem::take(&mut self.swarm.dirty) {
            return None;
        }
        let mut view = self.make_view();
        view.share_with(&self.view);
        if view == self.view {
            return None;
        }
        self.view = view;
        Some(Output::Changed)
    }

    /// Like [`poll`](Node::poll), but leaves the view as it is: for drivers that show nothing.
    pub fn act(&mut self) -> Option<Output> {
        self.swarm.poll()
    }

    /// What the pages would show now, made on the spot.
    pub fn make_view(&self) -> View {
        let mut view = View {
            id: Some(self.swarm.id().clone()),
            status: self.swarm.status(),
            ..View::default()
        };
        self.role.show(&self.swarm, &mut view);
        if let Some(gateway) = &self.gateway {
            let asking = view.stream_requests.iter().cloned();
            view.stream_requests = asking.chain(gateway.stream_requests()).collect();
        }
        view
    }

    /// The link over which a member of a gathering in which this node takes part shows itself, open or
    /// about to be.
    pub fn gathering_link(&self, kind: GatheringKind, peer: &PeerId) -> Option<LinkId> {
        let link = self.role.gathering_link(kind, peer)?;
        match &self.gateway {
            Some(gateway) if self.swarm.is_legacy(link) => gateway.shown_over(link),
            _ => Some(link),
        }
    }

    /// How many messages were refused: their link's role, or a limit, did not allow them.
    pub fn refused(&self) -> u64 {
        self.swarm.refused()
    }

    /// The bytes of messages that have come in part.
    pub fn buffered(&self) -> usize {
        self.swarm.buffered()
    }

    /// When to call [`handle`](Node::handle) with [`Input::Tick`] next, and why.
    pub fn deadline(&self) -> Option<(Time, TimerKind)> {
        let timers = [self.swarm.deadline(), self.gateway_deadline(), self.due];
        timers.into_iter().flatten().min()
    }

    /// What the pages show; current after a drain.
    pub fn view(&self) -> &View {
        &self.view
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use core::cell::Cell;
    use core::time::Duration;
    use std::rc::Rc;

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    /// A role that counts how often its snapshot is made.
    struct Counting {
        revision: Rc<Cell<u64>>,
        made: Rc<Cell<u32>>,
    }

    impl<R: RngCore> NodeRole<R> for Counting {
        fn command(&mut self, _: &mut Swarm<R>, _: Command) {}
        fn event(&mut self, _: &mut Swarm<R>, _: Event, _: Option<LinkRole>) {}
        fn arm(&self, _: &Swarm<R>, _: &mut Timers) {}
        fn expired(&mut self, _: &mut Swarm<R>, _: TimerKind) {}
        fn settle(&mut self, _: &mut Swarm<R>) {}
        fn show(&self, _: &Swarm<R>, _: &mut View) {}
        fn revision(&self, _: &Swarm<R>) -> u64 {
            self.revision.get()
        }
        fn snapshot(&self, _: &Swarm<R>) -> Option<LegacySnapshot> {
            self.made.set(self.made.get() + 1);
            Some(LegacySnapshot::Index { cards: Vec::new(), covers: Vec::new() })
        }
        #[cfg(feature = "sim")]
        fn room(&self) -> Option<&Room> {
            None
        }
    }

    #[test]
    fn what_legacy_pages_are_told_is_made_only_when_it_has_changed() {
        let (revision, made) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let role = Counting { revision: revision.clone(), made: made.clone() };
        let mut now = Time::from_millis(1_000);
        let id = PeerId::new("N").unwrap();
        let swarm = Swarm::new(now, Identity::Name(id), None, Pcg64Mcg::seed_from_u64(1));
        let mut node = Node::begin(swarm, Box::new(role));
        let mut text = |node: &mut Node<Pcg64Mcg>, text: &str| {
            now = now + Duration::from_millis(300);
            node.handle(now, Input::Socket(SocketEvent::Text(text.to_owned())));
            node.handle(now, Input::Hidden(false));
            while node.poll().is_some() {}
        };
        let nothing = r#"{"type":"LEAVE","src":"B"}"#;
        text(&mut node, nothing);
        assert_eq!(made.get(), 0, "no legacy page is there");
        let offer = r#"{"type":"OFFER","src":"A","payload":{"sdp":{"type":"offer","sdp":"v=0"},
            "type":"data","connectionId":"dc_a","serialization":"binary"}}"#;
        text(&mut node, offer);
        (0..20).for_each(|_| text(&mut node, nothing));
        assert_eq!(made.get(), 1);
        revision.set(1);
        (0..20).for_each(|_| text(&mut node, nothing));
        assert_eq!(made.get(), 2);
    }
}
