//! Make before break: whoever moves shows, and passes on, what its old parent sends until the
//! pictures of the new one are there. If none come, it moves back.
//!
//! Pictures that come may be one's own: somebody below who hides its way to the host can make a
//! circle that nobody sees. Then they stop as soon as the old parent's are not passed on any more.
//! So the old one is kept until they have gone on for a while without it.

use core::time::Duration;

use rand_core::RngCore;

use super::{Parent, Room};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
use crate::wire::message::Message;

/// How long the new parent's pictures may take before they are waited for without the old one's.
const HANDOVER: Duration = Duration::from_millis(1_500);
/// A page that goes has no time for its pictures, or soon none: if none has come for so long, none
/// is waited for. Of fifteen in a second, one may be missing.
const LAST: Duration = Duration::from_millis(120);
/// How long they must go on before they are trusted: what is under way in a circle is seen by then.
const TRIAL: Duration = Duration::from_secs(2);

/// The old parent while it is still needed.
#[derive(Default)]
pub(super) struct Handover {
    previous: Option<Previous>,
}

struct Previous {
    peer: PeerId,
    link: LinkId,
    until: Time,
    /// Whether its pictures still come.
    flows: bool,
    /// It goes itself, or has lost its way to the host.
    lost: bool,
    /// The new parent's pictures have come and are on trial.
    on_probation: bool,
}

impl Previous {
    /// Whether it could be the parent again.
    fn serves(&self) -> bool {
        self.flows && !self.lost
    }
}

impl Handover {
    pub(super) fn deadline(&self) -> Option<Time> {
        self.previous.as_ref().map(|previous| previous.until)
    }

    /// The old parent says something. What does not concern its being a parent, the new one says,
    /// too.
    pub(super) fn hears(&mut self, message: &Message) {
        let Some(previous) = &mut self.previous else { return };
        match message {
            Message::Path { path } => previous.lost = path.is_none(),
            Message::Leave { .. } => previous.lost = true,
            _ => {}
        }
    }
}

impl Room {
    /// There is a new parent, at `link`, in place of `old`, whose pictures flowed until now or did
    /// not.
    pub(super) fn hand_over_to<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        old: Option<Parent>,
        flowed: bool,
    ) {
        if let Some(Parent { peer, link: was, path, leaves, .. }) = old {
            if flowed && !swarm.is_suspect(was) && !swarm.is_legacy(was) && !swarm.is_legacy(link) {
                self.end_handover(swarm);
                if leaves {
                    swarm.watch(was, LAST);
                }
                let (until, lost) = (swarm.now + HANDOVER, leaves || path.is_none());
                let previous =
                    Previous { peer, link: was, until, flows: true, lost, on_probation: false };
                swarm.set_role(was, LinkRole::PreviousParent);
                self.handover.previous = Some(previous);
                return;
            }
            say_good_bye(swarm, was);
        }
        // After two moves in a row it is the first parent that is still shown.
        if self.handover.previous.is_none() {
            self.show_from(swarm, link);
        }
    }

    /// The pictures of the old parent come, or stay away. If it goes, nothing is lost by showing
    /// the new one's from the first on.
    pub(super) fn previous_flow_changed<R: RngCore>(&mut self, swarm: &mut Swarm<R>, flows: bool) {
        let Some(previous) = &mut self.handover.previous else { return };
        previous.flows = flows;
        if !flows && previous.lost {
            self.show_parent(swarm);
        }
    }

    /// The pictures of the new parent are there.
    pub(super) fn try_pictures<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let parent = self.parent().map(|parent| parent.peer.clone());
        match &mut self.handover.previous {
            Some(previous) if previous.on_probation => {}
            Some(previous) if previous.serves() && Some(&previous.peer) != parent.as_ref() => {
                (previous.on_probation, previous.until) = (true, swarm.now + TRIAL);
                self.show_parent(swarm);
            }
            _ => self.end_handover(swarm),
        }
    }

    /// The pictures of the new parent have stopped; if they were on trial, the old one's are shown
    /// again.
    pub(super) fn fail_trial<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let failed = !self.parent_search.is_busy() && self.is_streaming();
        let previous = self
            .handover
            .previous
            .take_if(|previous| failed && previous.on_probation && previous.serves());
        if let Some(previous) = previous {
            self.show_from(swarm, previous.link);
            self.move_back(swarm, previous);
        }
    }

    /// The pictures of the new parent go on, or the old one is of no use any more.
    pub(super) fn end_handover<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let Some(previous) = self.handover.previous.take() else { return };
        self.show_parent(swarm);
        say_good_bye(swarm, previous.link);
    }

    /// Ends the overlap if it has taken long enough.
    pub(super) fn end_handover_in_time<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.handover.deadline().is_none_or(|until| swarm.now < until) {
            return;
        }
        let dry = self.is_streaming() && !self.parent_search.is_busy();
        match self
            .handover
            .previous
            .take_if(|previous| dry && previous.serves() && !previous.on_probation)
        {
            Some(previous) => self.move_back(swarm, previous),
            None => self.end_handover(swarm),
        }
    }

    /// The new parent has sent nothing, while the old one still does and knows nothing of the
    /// move: it is asked to be the parent again.
    fn move_back<R: RngCore>(&mut self, swarm: &mut Swarm<R>, previous: Previous) {
        self.penalize_parent(swarm.now);
        swarm.set_role(previous.link, LinkRole::ParentAttempt);
        self.parent_search.dialled(swarm.now, previous.peer, previous.link);
        self.ask_to_join(swarm, previous.link);
    }
}

fn say_good_bye<R: RngCore>(swarm: &mut Swarm<R>, old: LinkId) {
    swarm.send_and_close(old, &Message::Leave { ask: Vec::new() });
}
