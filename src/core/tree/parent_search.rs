//! The search for a parent: one attempt at a time, places named by a refusal before others, a
//! jittered rest after every round that found nothing.

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
/// A parent that passed nothing on is not asked again for so long.
const PENALTY: Duration = Duration::from_secs(120);
/// A peer that has answered but is not connected for so long is passed over likewise.
const UNCONNECTED: Duration = Duration::from_secs(3);

/// The search. Idle when it has neither an attempt nor anyone to ask nor a rest.
#[derive(Debug)]
pub(crate) struct ParentSearch {
    queue: VecDeque<PeerId>,
    asked: IndexSet<PeerId>,
    attempt: Option<Attempt>,
    rest: Option<Time>,
    backoff: Backoff,
    outcome: Option<Outcome>,
    /// Only the one peer is asked, and where it points is not followed.
    single: bool,
    /// Peers that have shown to be of no use as a parent, and until when.
    penalized: IndexMap<PeerId, Time>,
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
            attempt: None,
            rest: None,
            backoff: Backoff::new(REST.0, REST.1),
            outcome: None,
            single: false,
            penalized: IndexMap::new(),
        }
    }

    /// Begins a round with these peers, the best first. An attempt in flight goes on.
    pub(crate) fn begin(&mut self, seeds: impl IntoIterator<Item = PeerId>) {
        self.asked.clear();
        self.asked.extend(self.attempt.as_ref().map(|attempt| attempt.peer.clone()));
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
        self.begin([peer]);
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

    /// A parent is found, or none is wanted any more. Returns the attempt to give up.
    pub(crate) fn stop(&mut self) -> Option<LinkId> {
        self.backoff.reset();
        self.queue.clear();
        self.rest = None;
        self.outcome = None;
        self.attempt.take().map(|attempt| attempt.link)
    }

    /// Gives the attempt in flight up if its link `is_slow`, for another one. Returns the link to close;
    /// `None` if nothing is in flight any more or the attempt goes on.
    pub(crate) fn give_way(&mut self, is_slow: impl Fn(LinkId) -> bool) -> Option<LinkId> {
        self.attempt.take_if(|attempt| is_slow(attempt.link)).map(|attempt| attempt.link)
    }

    /// Whether an attempt is in flight.
    pub(crate) fn is_busy(&self) -> bool {
        self.attempt.is_some()
    }

    /// How many peers it has asked or will ask in this round.
    #[cfg(feature = "sim")]
    pub(crate) fn backlog(&self) -> usize {
        self.asked.len().max(self.queue.len())
    }

    /// The peer of [`Step::Dial`] is being dialled over `link`.
    pub(crate) fn dialled(&mut self, now: Time, peer: PeerId, link: LinkId) {
        self.attempt = Some(Attempt { peer, link, since: now });
    }

    /// The attempt failed.
    pub(crate) fn failed(&mut self, reason: &DisconnectReason) {
        self.attempt = None;
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

    /// The attempt, if it has taken so long that the next peer should be asked instead.
    /// `answered` tells of a link whether an answer has come.
    pub(crate) fn overdue(
        &self,
        now: Time,
        answered: impl Fn(LinkId) -> bool,
    ) -> Option<(PeerId, LinkId)> {
        let (link, deadline) = self.patience(answered)?;
        let attempt = self.attempt.as_ref()?;
        (now >= deadline).then(|| (attempt.peer.clone(), link))
    }

    /// What to do next. `own` is never asked.
    pub(crate) fn step(&mut self, now: Time, own: &PeerId, rng: &mut impl RngCore) -> Step {
        if self.attempt.is_some() {
            return Step::Wait;
        }
        if let Some(rest) = self.rest {
            if now < rest {
                return Step::Wait;
            }
            self.rest = None;
            return Step::Again;
        }
        while let Some(peer) = self.queue.pop_front() {
            let may =
                self.asked.len() < limits::ASKED && peer != *own && !self.is_penalized(now, &peer);
            if may && self.asked.insert(peer.clone()) {
                return Step::Dial(peer);
            }
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
        match self.attempt {
            Some(_) => self.patience(answered).map(|(_, deadline)| deadline),
            None => self.rest,
        }
    }

    fn patience(&self, answered: impl Fn(LinkId) -> bool) -> Option<(LinkId, Time)> {
        let attempt = self.attempt.as_ref().filter(|_| !self.queue.is_empty())?;
        let patience = if answered(attempt.link) { UNCONNECTED } else { UNANSWERED };
        Some((attempt.link, attempt.since + patience))
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
        search.begin([id("host"), id("backup"), id("me")]);
        assert_eq!(dials(&mut search, 0, 1), "host");
        assert_eq!(dials(&mut search, 0, 0), "Wait", "one attempt at a time");
        search.failed(&refused(RefusalReason::Full, &["a", "host", "b"]));
        assert_eq!(dials(&mut search, 0, 2), "a");
        search.failed(&DisconnectReason::NotFound);
        assert_eq!(dials(&mut search, 0, 3), "b");
        search.failed(&DisconnectReason::Unconnectable);
        assert_eq!(dials(&mut search, 0, 4), "backup");
        search.failed(&DisconnectReason::NotFound);
        assert_eq!(dials(&mut search, 0, 5), "Exhausted(Full)");
        assert_eq!(dials(&mut search, 0, 5), "Wait");
        let rest = search.deadline(|_| false).unwrap().as_millis();
        assert_eq!(dials(&mut search, rest, 5), "Again");
    }

    #[test]
    fn who_is_detached_does_not_keep_this_peer_from_asking_the_host() {
        let mut search = ParentSearch::new();
        search.begin([id("x0"), id("host")]);
        assert_eq!(dials(&mut search, 0, 0), "x0");
        let names: Vec<_> = (0..limits::ASKED).map(|i| format!("y{i}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        search.failed(&refused(RefusalReason::Detached, &names));
        assert_eq!(dials(&mut search, 0, 1), "host");
        search.failed(&DisconnectReason::NotFound);
        assert_eq!(dials(&mut search, 0, 2), "y0");
    }

    #[test]
    fn the_latest_redirect_counts_however_many_there_were() {
        let mut search = ParentSearch::new();
        search.begin([id("host")]);
        for level in 0..12 {
            let expected = if level == 0 { "host".to_owned() } else { format!("x{level}-0") };
            assert_eq!(dials(&mut search, 0, level), expected);
            let names: Vec<_> = (0..8).map(|i| format!("x{}-{i}", level + 1)).collect();
            search.failed(&refused(
                RefusalReason::Full,
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
            ));
        }
        assert!(search.queue.len() <= limits::ASKED);
    }

    #[test]
    fn a_slow_peer_is_passed_over_only_if_there_is_another() {
        let mut search = ParentSearch::new();
        search.begin([id("slow")]);
        dials(&mut search, 0, 1);
        assert_eq!(search.overdue(Time::from_millis(60_000), |_| false), None);
        search.begin([id("slow"), id("other")]);
        assert_eq!(
            search.overdue(Time::from_millis(2_000), |_| false),
            Some((id("slow"), LinkId(1)))
        );
        assert_eq!(search.overdue(Time::from_millis(2_000), |_| true), None);
    }

    #[test]
    fn hostile_redirects_end() {
        let mut search = ParentSearch::new();
        search.begin([id("host")]);
        let mut asked = 0;
        while dials(&mut search, 0, asked) != "Exhausted(Full)" {
            asked += 1;
            let names: Vec<_> = (0..8).map(|i| format!("x{asked}-{i}")).collect();
            search.failed(&refused(
                RefusalReason::Full,
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
            ));
        }
        assert_eq!(asked as usize, limits::ASKED);
    }
}
