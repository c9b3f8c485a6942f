//! The search for a parent: places named by a refusal before others, a second attempt beside one
//! that is slow, a jittered rest after every round that found nothing.

use core::time::Duration;
use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};
use rand_core::RngCore;

use crate::link::DisconnectReason;
use crate::signal::payload::RefusalReason;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::random::Backoff;
use crate::util::time::Time;

/// The range of rests between rounds.
const REST: (Duration, Duration) = (Duration::from_millis(400), Duration::from_secs(8));
/// A peer that has not answered for so long is passed over, if there is another to ask.
const UNANSWERED: Duration = Duration::from_secs(2);
/// Who has nothing to show and has not got a place for so long asks another peer, too, and takes the
/// place that comes first, as browsers race addresses (RFC 8305). Newcomers can wait for the better
/// place of the two.
const RACE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_millis(250));
/// A parent that passed nothing on is not asked again for so long.
const PENALTY: Duration = Duration::from_secs(120);
/// A peer that has answered but is not connected for so long is passed over likewise.
const UNCONNECTED: Duration = Duration::from_secs(3);

/// The search. Idle when it has neither an attempt nor anyone to ask nor a rest.
#[derive(Debug)]
pub(crate) struct ParentSearch {
    queue: VecDeque<PeerId>,
    asked: IndexSet<PeerId>,
    attempts: Vec<Attempt>,
    rest: Option<Time>,
    backoff: Backoff,
    outcome: Option<Outcome>,
    /// Only the one peer is asked, and where it points is not followed.
    single: bool,
    haste: Haste,
    /// Peers that have shown to be of no use as a parent, and until when.
    penalized: IndexMap<PeerId, Time>,
}

/// How much a search is in a hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Haste {
    /// There is a parent.
    None,
    /// A newcomer waits for the first picture.
    Joining,
    /// Pictures that were there have stopped, for a whole subtree perhaps.
    Repairing,
}

#[derive(Debug)]
struct Attempt {
    peer: PeerId,
    link: LinkId,
    since: Time,
}

/// What a round without success came to; the most telling reason wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Nobody there.
    NotFound,
    /// Somebody there who is in no room.
    Elsewhere,
    /// Somebody there who cannot be connected to.
    Unconnectable,
    /// Somebody there who is not who the id says.
    Unproven,
    /// A room, but nobody with a way to the host.
    Detached,
    /// A room, but no slot.
    Full,
    /// A room of peers that speak another version.
    Version,
    /// A room that lets nobody in.
    Locked,
    /// A room whose host must be asked.
    Knock,
    /// A room whose host has sent this peer away just now.
    Kicked,
    /// A room whose host has sent this peer away for good.
    Banned,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Dial this peer, then call [`ParentSearch::dialled`].
    Dial(PeerId),
    /// The round found nothing; the search rests and then needs new seeds.
    Exhausted(Outcome),
    /// The rest is over: begin again with fresh seeds.
    Again,
    /// Nothing, until something happens.
    Wait,
}

impl ParentSearch {
    pub(crate) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            asked: IndexSet::new(),
            attempts: Vec::new(),
            rest: None,
            backoff: Backoff::new(REST.0, REST.1),
            outcome: None,
            single: false,
            haste: Haste::None,
            penalized: IndexMap::new(),
        }
    }

    /// Begins a round with these peers, the best first. Attempts in flight go on. In
    /// haste, a slow one gets company.
    pub(crate) fn begin(&mut self, seeds: impl IntoIterator<Item = PeerId>, haste: Haste) {
        self.asked.clear();
        self.asked.extend(self.attempts.iter().map(|attempt| attempt.peer.clone()));
        self.haste = haste;
        self.queue.clear();
        self.rest = None;
        self.outcome = None;
        self.single = false;
        for peer in seeds {
            self.enqueue(peer, false);
        }
    }

    /// Asks this peer and nobody else, whatever it answers.
    pub(crate) fn try_one(&mut self, peer: PeerId) {
        self.begin([peer], Haste::None);
        self.single = true;
    }

    /// Does not ask this peer for a while: it is a parent that passes nothing on.
    pub(crate) fn penalize(&mut self, now: Time, peer: PeerId) {
        self.penalized.retain(|_, until| now < *until);
        if self.penalized.len() < limits::ASKED {
            self.queue.retain(|queued| *queued != peer);
            self.penalized.insert(peer, now + PENALTY);
        }
    }

    /// Whether the peer is not to be asked now.
    pub(crate) fn is_penalized(&self, now: Time, peer: &PeerId) -> bool {
        self.penalized.get(peer).is_some_and(|until| now < *until)
    }

    /// Whether only one peer is asked.
    pub(crate) fn is_single(&self) -> bool {
        self.single
    }

    /// A user asks: the next rest is short again.
    pub(crate) fn reset_backoff(&mut self) {
        self.backoff.reset();
    }

    /// Rests once more.
    pub(crate) fn back_off(&mut self, now: Time, rng: &mut impl RngCore) {
        self.rest = Some(now + self.backoff.wait(rng));
    }

    /// A parent is found, or none is wanted any more. Returns the attempts to give up.
    pub(crate) fn stop(&mut self) -> impl Iterator<Item = LinkId> + use<> {
        self.backoff.reset();
        self.queue.clear();
        self.rest = None;
        self.outcome = None;
        core::mem::take(&mut self.attempts).into_iter().map(|attempt| attempt.link)
    }

    /// Gives up the attempts whose links are slow, for another one. Returns the links to close.
    pub(crate) fn give_way(&mut self, is_slow: impl Fn(LinkId) -> bool) -> Vec<LinkId> {
        let attempts = core::mem::take(&mut self.attempts).into_iter();
        let (slow, rest): (Vec<_>, _) = attempts.partition(|attempt| is_slow(attempt.link));
        self.attempts = rest;
        slow.into_iter().map(|attempt| attempt.link).collect()
    }

    /// Whether an attempt is in flight.
    pub(crate) fn is_busy(&self) -> bool {
        !self.attempts.is_empty()
    }

    /// How many peers it has asked or will ask in this round.
    #[cfg(feature = "sim")]
    pub(crate) fn backlog(&self) -> usize {
        self.asked.len().max(self.queue.len())
    }

    /// The peer of [`Step::Dial`] is being dialled over `link`.
    pub(crate) fn dialled(&mut self, now: Time, peer: PeerId, link: LinkId) {
        self.attempts.push(Attempt { peer, link, since: now });
    }

    /// The attempt at this peer failed, or it could not be dialled at all.
    pub(crate) fn failed(&mut self, peer: &PeerId, reason: &DisconnectReason) {
        self.attempts.retain(|attempt| attempt.peer != *peer);
        let outcome = match reason {
            DisconnectReason::Refused(refusal) => {
                // At the door, the host is named, to be asked for something else.
                let follow = !self.single && refusal.reason != RefusalReason::Knock;
                let ask = if follow { &refusal.ask } else { &[][..] };
                if refusal.reason == RefusalReason::Detached {
                    // It knows no more than this peer does: whoever else is to be asked comes first,
                    // or two that are detached would send each other to all the others that are.
                    ask.iter().for_each(|peer| self.enqueue(peer.clone(), false));
                } else {
                    ask.iter().rev().for_each(|peer| self.enqueue(peer.clone(), true));
                }
                match refusal.reason {
                    RefusalReason::Full => Outcome::Full,
                    RefusalReason::Detached | RefusalReason::Cycle => Outcome::Detached,
                    RefusalReason::NotInRoom
                    | RefusalReason::Busy
                    | RefusalReason::NotStreaming
                    | RefusalReason::Other => Outcome::Elsewhere,
                    RefusalReason::Version => Outcome::Version,
                    RefusalReason::Locked => Outcome::Locked,
                    RefusalReason::Knock => Outcome::Knock,
                    RefusalReason::Kicked => Outcome::Kicked,
                    RefusalReason::Banned => Outcome::Banned,
                }
            }
            DisconnectReason::Foreign => Outcome::Elsewhere,
            DisconnectReason::NotFound | DisconnectReason::Unanswered => Outcome::NotFound,
            DisconnectReason::Unproven => Outcome::Unproven,
            DisconnectReason::Unconnectable
            | DisconnectReason::Abandoned
            | DisconnectReason::Closed
            | DisconnectReason::Silent
            | DisconnectReason::Broken => Outcome::Unconnectable,
        };
        self.outcome = self.outcome.max(Some(outcome));
    }

    /// An attempt that has taken so long that the next peer should be asked instead.
    /// `answered` tells of a link whether an answer has come.
    pub(crate) fn overdue(
        &self,
        now: Time,
        answered: impl Fn(LinkId) -> bool,
    ) -> Option<(PeerId, LinkId)> {
        let attempt = self
            .limited()
            .find(|attempt| now >= attempt.since + patience(answered(attempt.link)))?;
        Some((attempt.peer.clone(), attempt.link))
    }

    /// What to do next. `own` is never asked.
    pub(crate) fn step(&mut self, now: Time, own: &PeerId, rng: &mut impl RngCore) -> Step {
        if self.is_busy() {
            let races = self.race().is_some_and(|race| now >= race);
            let rival = if races { self.next_peer(now, own) } else { None };
            return rival.map_or(Step::Wait, Step::Dial);
        }
        if let Some(rest) = self.rest {
            if now < rest {
                return Step::Wait;
            }
            self.rest = None;
            return Step::Again;
        }
        if let Some(peer) = self.next_peer(now, own) {
            return Step::Dial(peer);
        }
        match self.outcome.take() {
            Some(outcome) => {
                self.rest = Some(now + self.backoff.wait(rng));
                Step::Exhausted(outcome)
            }
            None => Step::Wait,
        }
    }

    /// When to call [`ParentSearch::overdue`] and [`ParentSearch::step`] next.
    pub(crate) fn deadline(&self, answered: impl Fn(LinkId) -> bool) -> Option<Time> {
        if !self.is_busy() {
            return self.rest;
        }
        let limits = self.limited().map(|attempt| attempt.since + patience(answered(attempt.link)));
        limits.chain(self.race()).min()
    }

    /// When another peer is asked beside the one that is slow.
    fn race(&self) -> Option<Time> {
        let wait = match self.haste {
            Haste::None => return None,
            Haste::Joining => RACE.0,
            Haste::Repairing => RACE.1,
        };
        match &self.attempts[..] {
            [attempt] if !self.queue.is_empty() => Some(attempt.since + wait),
            _ => None,
        }
    }

    /// The attempts that may be given up, because there is somebody else to ask.
    fn limited(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|_| !self.queue.is_empty())
    }

    fn next_peer(&mut self, now: Time, own: &PeerId) -> Option<PeerId> {
        while let Some(peer) = self.queue.pop_front() {
            let may =
                self.asked.len() < limits::ASKED && peer != *own && !self.is_penalized(now, &peer);
            if may && self.asked.insert(peer.clone()) {
                return Some(peer);
            }
        }
        None
    }

    /// Who was named last is nearest to a free place: in a large room, whoever was named first has
    /// long been passed by.
    fn enqueue(&mut self, peer: PeerId, first: bool) {
        if self.asked.contains(&peer) {
            return;
        }
        if first {
            self.queue.retain(|queued| *queued != peer);
            self.queue.push_front(peer);
        } else if !self.queue.contains(&peer) {
            self.queue.push_back(peer);
        }
        self.queue.truncate(limits::ASKED);
    }
}

/// How long a peer is waited for while there is another to ask.
fn patience(answered: bool) -> Duration {
    if answered { UNCONNECTED } else { UNANSWERED }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;
    use crate::signal::payload::Refusal;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn refused(reason: RefusalReason, ask: &[&str]) -> DisconnectReason {
        DisconnectReason::Refused(Refusal::new(reason, ask.iter().map(|p| id(p)).collect()))
    }

    fn dials(search: &mut ParentSearch, now: u64, link: u32) -> String {
        let now = Time::from_millis(now);
        match search.step(now, &id("me"), &mut Pcg64Mcg::seed_from_u64(1)) {
            Step::Dial(peer) => {
                let name = peer.to_string();
                search.dialled(now, peer, LinkId(link));
                name
            }
            step => format!("{step:?}"),
        }
    }

    #[test]
    fn follows_redirects_first_and_asks_nobody_twice() {
        let mut search = ParentSearch::new();
        search.begin([id("host"), id("backup"), id("me")], Haste::None);
        assert_eq!(dials(&mut search, 0, 1), "host");
        assert_eq!(dials(&mut search, 0, 0), "Wait", "it is waited for");
        search.failed(&id("host"), &refused(RefusalReason::Full, &["a", "host", "b"]));
        assert_eq!(dials(&mut search, 0, 2), "a");
        search.failed(&id("a"), &DisconnectReason::NotFound);
        assert_eq!(dials(&mut search, 0, 3), "b");
        search.failed(&id("b"), &DisconnectReason::Unconnectable);
        assert_eq!(dials(&mut search, 0, 4), "backup");
        search.failed(&id("backup"), &DisconnectReason::NotFound);
        assert_eq!(dials(&mut search, 0, 5), "Exhausted(Full)");
        assert_eq!(dials(&mut search, 0, 5), "Wait");
        let rest = search.deadline(|_| false).unwrap().as_millis();
        assert_eq!(dials(&mut search, rest, 5), "Again");
    }

    #[test]
    fn who_is_detached_does_not_keep_this_peer_from_asking_the_host() {
        let mut search = ParentSearch::new();
        search.begin([id("x0"), id("host")], Haste::None);
        assert_eq!(dials(&mut search, 0, 0), "x0");
        let names: Vec<_> = (0..limits::ASKED).map(|i| format!("y{i}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        search.failed(&id("x0"), &refused(RefusalReason::Detached, &names));
        assert_eq!(dials(&mut search, 0, 1), "host");
        search.failed(&id("host"), &DisconnectReason::NotFound);
        assert_eq!(dials(&mut search, 0, 2), "y0");
    }

    #[test]
    fn the_latest_redirect_counts_however_many_there_were() {
        let mut search = ParentSearch::new();
        search.begin([id("host")], Haste::None);
        for level in 0..12 {
            let expected = if level == 0 { "host".to_owned() } else { format!("x{level}-0") };
            assert_eq!(dials(&mut search, 0, level), expected);
            let names: Vec<_> = (0..8).map(|i| format!("x{}-{i}", level + 1)).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            search.failed(&id(&expected), &refused(RefusalReason::Full, &names));
        }
        assert!(search.queue.len() <= limits::ASKED);
    }

    #[test]
    fn a_slow_peer_is_passed_over_only_if_there_is_another() {
        let mut search = ParentSearch::new();
        search.begin([id("slow")], Haste::None);
        dials(&mut search, 0, 1);
        assert_eq!(search.overdue(Time::from_millis(60_000), |_| false), None);
        search.begin([id("slow"), id("other")], Haste::None);
        assert_eq!(
            search.overdue(Time::from_millis(2_000), |_| false),
            Some((id("slow"), LinkId(1)))
        );
        assert_eq!(search.overdue(Time::from_millis(2_000), |_| true), None);
    }

    #[test]
    fn who_has_nothing_to_show_asks_a_second_peer_beside_a_slow_one() {
        let mut search = ParentSearch::new();
        search.begin([id("slow"), id("second"), id("third")], Haste::Joining);
        assert_eq!(dials(&mut search, 0, 1), "slow");
        assert_eq!(dials(&mut search, 499, 2), "Wait");
        assert_eq!(search.deadline(|_| true), Some(Time::from_millis(500)));
        assert_eq!(dials(&mut search, 500, 2), "second");
        assert_eq!(dials(&mut search, 1_100, 3), "Wait", "two at a time");
        assert_eq!(search.deadline(|_| true), Some(Time::from_millis(3_000)));

        search.failed(&id("second"), &DisconnectReason::Unconnectable);
        assert_eq!(dials(&mut search, 1_200, 3), "third");
        assert_eq!(search.stop().collect::<Vec<_>>(), [LinkId(1), LinkId(3)]);
        assert!(!search.is_busy());

        search.begin([id("slow"), id("second")], Haste::Repairing);
        dials(&mut search, 2_000, 1);
        assert_eq!(search.deadline(|_| true), Some(Time::from_millis(2_250)), "others are below");
    }

    #[test]
    fn a_round_is_over_when_all_that_were_asked_have_failed() {
        let mut search = ParentSearch::new();
        search.begin([id("slow"), id("second")], Haste::Joining);
        dials(&mut search, 0, 1);
        dials(&mut search, 500, 2);
        search.failed(&id("second"), &DisconnectReason::NotFound);
        assert_eq!(dials(&mut search, 600, 3), "Wait");
        search.failed(&id("slow"), &refused(RefusalReason::Full, &[]));
        assert_eq!(dials(&mut search, 700, 3), "Exhausted(Full)");
    }

    #[test]
    fn hostile_redirects_end() {
        let mut search = ParentSearch::new();
        search.begin([id("host")], Haste::None);
        let (mut asked, mut peer) = (0, dials(&mut search, 0, 0));
        while peer != "Exhausted(Full)" {
            asked += 1;
            let names: Vec<_> = (0..8).map(|i| format!("x{asked}-{i}")).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            search.failed(&id(&peer), &refused(RefusalReason::Full, &names));
            peer = dials(&mut search, 0, asked);
        }
        assert_eq!(asked as usize, limits::ASKED);
    }

    #[test]
    fn where_a_single_attempt_points_is_not_followed() {
        let mut search = ParentSearch::new();
        search.try_one(id("better"));
        assert_eq!(dials(&mut search, 0, 1), "better");
        search.failed(&id("better"), &refused(RefusalReason::Full, &["a", "b"]));
        assert_eq!(dials(&mut search, 0, 2), "Exhausted(Full)");
    }

    #[test]
    fn a_crowd_of_useless_parents_takes_no_more_memory() {
        let (mut search, now) = (ParentSearch::new(), Time::from_millis(0));
        (0..1_000).for_each(|at| search.penalize(now, id(&format!("x{at}"))));
        assert_eq!(search.penalized.len(), limits::ASKED);
        assert!(
            search.is_penalized(now, &id("x0")) && !search.is_penalized(now + PENALTY, &id("x0"))
        );
    }
}
