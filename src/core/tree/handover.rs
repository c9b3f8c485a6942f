//! Make before break: a peer that moves shows, and passes on, what its old parent sends until the
//! pictures of the new one are there. If none come, it moves back.
//!
//! The pictures that come may be the peer's own: a peer below that hides its way to the host can
//! make a circle that nobody sees. Such pictures stop as soon as the old parent's are not passed on
//! any more. So the old parent is kept until the new pictures have gone on for a while without it.

use core::time::Duration;

use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
use crate::wire::message::Message;

/// How long the new parent's pictures may take before they are waited for without the old one's.
const HANDOVER: Duration = Duration::from_millis(1_500);
/// How long the new pictures must go on before they are trusted: a circle shows by then.
const TRIAL: Duration = Duration::from_secs(2);

/// The old parent while it is still needed.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    previous: Option<Previous>,
}

#[derive(Debug)]
struct Previous {
    peer: PeerId,
    link: LinkId,
    until: Time,
    /// Whether its pictures still come.
    flows: bool,
    /// It leaves, or has lost its way to the host.
    lost: bool,
    /// The new parent's pictures have come and are on trial.
    on_trial: bool,
    /// It sent nothing, is not shown any more, and is only kept to be told so.
    is_blamed: bool,
}

/// What the pictures of the new parent change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pictures {
    /// Nothing.
    Known,
    /// They are shown from now on; the old parent stays.
    Trial,
    /// The old parent is not needed any more; call [`Handover::end`].
    Trusted,
}

/// How an overlap ends whose time is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    /// The new parent sends nothing: the old one, at this link, is asked to be the parent again.
    MoveBack(PeerId, LinkId),
    /// The old parent is not needed any more; call [`Handover::end`].
    End,
}

impl Previous {
    /// Whether it could be the parent again.
    fn serves(&self) -> bool {
        self.flows && !self.lost
    }
}

impl Handover {
    /// The parent `peer`, whose pictures still come, is the previous one from now on. `lost` says
    /// that it leaves or has no way to the host.
    pub(crate) fn begin(&mut self, now: Time, peer: PeerId, link: LinkId, lost: bool) {
        let until = now + HANDOVER;
        let (flows, on_trial, is_blamed) = (true, false, false);
        self.previous = Some(Previous { peer, link, until, flows, lost, on_trial, is_blamed });
    }

    /// The parent `peer`, from which nothing came, is the previous one from now on. It is kept until
    /// it can be told so.
    pub(crate) fn blame(&mut self, peer: PeerId, link: LinkId, until: Time) {
        let (flows, on_trial, is_blamed) = (false, false, true);
        self.previous =
            Some(Previous { peer, link, until, flows, lost: true, on_trial, is_blamed });
    }

    /// Whether an old parent is kept for its pictures.
    pub(crate) fn is_on(&self) -> bool {
        self.previous.as_ref().is_some_and(|previous| !previous.is_blamed)
    }

    /// Whether what the old parent sends is still shown, so that nobody misses anything.
    pub(crate) fn shows_previous(&self) -> bool {
        self.previous.as_ref().is_some_and(|p| p.flows && !p.on_trial && !p.is_blamed)
    }

    /// When to call [`Handover::expire`].
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.previous.as_ref().map(|previous| previous.until)
    }

    /// The old parent says something. What does not concern its being a parent, the new one says,
    /// too.
    pub(crate) fn hear(&mut self, message: &Message) {
        let Some(previous) = &mut self.previous else { return };
        match message {
            Message::Path { path } => previous.lost = path.is_none(),
            Message::Leave { .. } => previous.lost = true,
            _ => {}
        }
    }

    /// The pictures of the old parent come, or stay away. Returns whether to show the new one's
    /// from the first on, for nothing is lost by it.
    pub(crate) fn previous_flows(&mut self, flows: bool) -> bool {
        let Some(previous) = &mut self.previous else { return false };
        previous.flows = flows;
        !flows && previous.lost
    }

    /// The pictures of the new `parent` come.
    pub(crate) fn pictures_come(&mut self, now: Time, parent: Option<&PeerId>) -> Pictures {
        match &mut self.previous {
            Some(previous) if previous.on_trial || previous.is_blamed => Pictures::Known,
            Some(previous) if previous.serves() && Some(&previous.peer) != parent => {
                (previous.on_trial, previous.until) = (true, now + TRIAL);
                Pictures::Trial
            }
            _ => Pictures::Trusted,
        }
    }

    /// The pictures of the new parent have stopped. Returns the old parent if they were on trial
    /// and it can be the parent again.
    pub(crate) fn fail_trial(&mut self) -> Option<(PeerId, LinkId)> {
        let previous = self.previous.take_if(|p| p.on_trial && p.serves())?;
        Some((previous.peer, previous.link))
    }

    /// The new parent is gone. Returns the old parent if it can be the parent again.
    pub(crate) fn parent_lost(&mut self) -> Option<(PeerId, LinkId)> {
        let previous = self.previous.take_if(|previous| previous.serves())?;
        Some((previous.peer, previous.link))
    }

    /// Time has passed. `dry` says that the new parent should send pictures and could be left.
    pub(crate) fn expire(&mut self, now: Time, dry: bool) -> Option<Expired> {
        if self.deadline().is_none_or(|until| now < until) {
            return None;
        }
        let back = self.previous.take_if(|p| dry && p.serves() && !p.on_trial);
        Some(back.map_or(Expired::End, |p| Expired::MoveBack(p.peer, p.link)))
    }

    /// Lets go of the old parent. Returns its link, and whether to tell it that nothing came.
    pub(crate) fn end(&mut self) -> Option<(LinkId, bool)> {
        self.previous.take().map(|previous| (previous.link, previous.is_blamed && !previous.flows))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn begun(lost: bool) -> Handover {
        let mut handover = Handover::default();
        handover.begin(at(0), id("old"), LinkId(1), lost);
        handover
    }

    #[test]
    fn new_pictures_are_on_trial_before_the_old_parent_goes() {
        let mut handover = begun(false);
        assert_eq!(handover.pictures_come(at(100), Some(&id("new"))), Pictures::Trial);
        assert_eq!(handover.pictures_come(at(200), Some(&id("new"))), Pictures::Known);
        assert_eq!(handover.expire(at(2_000), true), None);
        assert_eq!(handover.expire(at(2_100), true), Some(Expired::End));
        assert_eq!(handover.end(), Some((LinkId(1), false)));
    }

    #[test]
    fn a_new_parent_without_pictures_is_left_for_the_old_one() {
        let mut handover = begun(false);
        assert_eq!(handover.expire(at(1_500), true), Some(Expired::MoveBack(id("old"), LinkId(1))));
        assert!(!handover.is_on());
    }

    #[test]
    fn pictures_that_stop_while_on_trial_came_in_a_circle() {
        let mut handover = begun(false);
        assert_eq!(handover.fail_trial(), None, "they have not come yet");
        handover.pictures_come(at(100), Some(&id("new")));
        assert_eq!(handover.fail_trial(), Some((id("old"), LinkId(1))));
    }

    #[test]
    fn the_old_parent_takes_the_place_of_a_new_one_that_is_gone() {
        let mut handover = begun(false);
        handover.pictures_come(at(100), Some(&id("new")));
        assert_eq!(handover.parent_lost(), Some((id("old"), LinkId(1))));
        assert_eq!(begun(true).parent_lost(), None);
    }

    #[test]
    fn an_old_parent_that_leaves_is_no_way_back() {
        let mut handover = begun(false);
        handover.hear(&Message::Leave { ask: Vec::new() });
        assert_eq!(handover.pictures_come(at(100), Some(&id("new"))), Pictures::Trusted);
        assert!(handover.previous_flows(false));
        assert_eq!(handover.expire(at(1_500), true), Some(Expired::End));
    }

    #[test]
    fn who_is_only_kept_to_be_told_is_not_shown_whatever_comes() {
        let mut handover = Handover::default();
        handover.blame(id("old"), LinkId(1), at(1_500));
        assert_eq!(handover.pictures_come(at(100), Some(&id("new"))), Pictures::Known);
        assert!(!handover.is_on() && !handover.shows_previous());
        handover.previous_flows(true);
        assert!(!handover.is_on() && !handover.shows_previous());
        handover.previous_flows(false);
        assert_eq!(handover.expire(at(1_500), false), Some(Expired::End));
        assert_eq!(handover.end(), Some((LinkId(1), true)));
        handover.blame(id("old"), LinkId(1), at(3_000));
        handover.previous_flows(true);
        assert_eq!(handover.end(), Some((LinkId(1), false)), "it is well again");
    }

    #[test]
    fn a_way_that_is_found_again_counts() {
        let mut handover = begun(true);
        handover.hear(&Message::Path { path: Some(vec![id("host")]) });
        assert_eq!(handover.pictures_come(at(1), Some(&id("new"))), Pictures::Trial);
    }
}
