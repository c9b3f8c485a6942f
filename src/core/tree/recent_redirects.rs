//! Where joiners were sent lately: a crowd is spread before the next summaries come, and a joiner
//! who comes back shows that there was no place.

use core::time::Duration;
use std::collections::VecDeque;

use indexmap::IndexMap;

use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// A joiner has arrived where it was sent, or never will, after so long.
const ARRIVED: Duration = Duration::from_secs(2);
/// Who comes back after longer may have been taken in, and lost the place again.
const RETURN: Duration = Duration::from_secs(15);

/// The redirects of the last seconds.
#[derive(Debug, Default)]
pub(crate) struct RecentRedirects {
    times: VecDeque<(PeerId, Time)>,
    counts: IndexMap<PeerId, u64>,
    /// Joiners, and where each was sent last; the oldest first.
    joiners: VecDeque<(PeerId, Time, Redirect)>,
}

/// Where a joiner was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// The peer that was named to it first.
    pub(crate) place: PeerId,
    /// Who claimed that there are free slots, if anybody did.
    pub(crate) claim: Option<Claim>,
}

/// What was said of a place when somebody was sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The child that named it.
    pub(crate) child: PeerId,
    /// How many slots it said were free there.
    pub(crate) free: u32,
}

impl RecentRedirects {
    /// A joiner is sent somewhere.
    pub(crate) fn note(&mut self, now: Time, joiner: &PeerId, redirect: Redirect) {
        *self.counts.entry(redirect.place.clone()).or_default() += 1;
        self.times.push_back((redirect.place.clone(), now));
        self.joiners.retain(|(known, ..)| known != joiner);
        if self.joiners.len() >= limits::REDIRECTS {
            self.joiners.pop_front();
        }
        self.joiners.push_back((joiner.clone(), now, redirect));
    }

    /// A joiner asks. Returns where it was sent some seconds ago, if it was; it says so once.
    pub(crate) fn take_returned(&mut self, now: Time, joiner: &PeerId) -> Option<Redirect> {
        let at = self.joiners.iter().position(|(known, ..)| known == joiner)?;
        let (_, since, redirect) = self.joiners.remove(at)?;
        (now.since(since) < RETURN).then_some(redirect)
    }

    /// How many are on their way to a place.
    pub(crate) fn count(&self, place: &PeerId) -> usize {
        self.counts.get(place).map_or(0, |count| *count as usize)
    }

    /// Time has passed: those who were on their way are there.
    pub(crate) fn forget(&mut self, now: Time) {
        let old = self.times.iter().take_while(|(_, at)| now.since(*at) >= ARRIVED).count();
        for (place, _) in self.times.drain(..old) {
            if let Some(count) = self.counts.get_mut(&place) {
                *count -= 1;
                if *count == 0 {
                    self.counts.swap_remove(&place);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    fn to(place: &str) -> Redirect {
        let claim = Claim { child: id("child"), free: 3 };
        Redirect { place: id(place), claim: Some(claim) }
    }

    #[test]
    fn those_on_their_way_are_counted_for_a_moment() {
        let mut redirects = RecentRedirects::default();
        for joiner in ["x", "y", "z"] {
            redirects.note(at(0), &id(joiner), to("a"));
        }
        redirects.note(at(1), &id("x"), to("b"));
        assert_eq!((redirects.count(&id("a")), redirects.count(&id("b"))), (3, 1));
        redirects.forget(at(2));
        assert_eq!((redirects.count(&id("a")), redirects.count(&id("b"))), (0, 1));
    }

    #[test]
    fn who_comes_back_tells_where_it_was_last() {
        let mut redirects = RecentRedirects::default();
        redirects.note(at(0), &id("x"), to("a"));
        redirects.note(at(1), &id("x"), to("b"));
        redirects.note(at(1), &id("y"), to("a"));
        assert_eq!(redirects.take_returned(at(3), &id("x")), Some(to("b")));
        assert_eq!(redirects.take_returned(at(3), &id("x")), None, "once");
        assert_eq!(redirects.take_returned(at(16), &id("y")), None, "much later");
    }

    #[test]
    fn a_crowd_takes_no_more_memory() {
        let mut redirects = RecentRedirects::default();
        (0..1_000).for_each(|name| redirects.note(at(0), &id(&format!("x{name}")), to("a")));
        assert_eq!(redirects.joiners.len(), limits::REDIRECTS);
        redirects.forget(at(2));
        assert!(redirects.times.is_empty() && redirects.counts.is_empty());
    }
}
