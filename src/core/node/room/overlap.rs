//! Make before break: whoever moves shows, and passes on, what its old parent sends until the
//! pictures of the new one are there. If none come, it moves back.
//!
//! Pictures that come may be one's own: somebody below who hides its way to the host can make a
//! circle that nobody sees. Then they stop as soon as the old parent's are not passed on any more.
//! So the old one is kept until they have gone on for a while without it.

use core::time::Duration;

use rand_core::RngCore;

use super::{Parent, Room};
use crate::id::{LinkId, PeerId};
use crate::node::net::Net;
use crate::time::Time;
use crate::wire::message::Message;

/// How long the new parent's pictures may take before they are waited for without the old one's.
const OVERLAP: Duration = Duration::from_millis(1_500);
/// A page that goes has no time for its pictures, or soon none: if none has come for so long, none
/// is waited for. Of fifteen in a second, one may be missing.
const LAST: Duration = Duration::from_millis(120);
/// How long they must go on before they are trusted: what is under way in a circle is seen by then.
const TRIAL: Duration = Duration::from_secs(2);

/// The old parent while it is still needed.
#[derive(Default)]
pub(super) struct Overlap {
    former: Option<Former>,
}

struct Former {
    peer: PeerId,
    link: LinkId,
    until: Time,
    /// Whether its pictures still come.
    flows: bool,
    /// It goes itself, or has lost its way to the host.
    lost: bool,
    /// The new parent's pictures have come and are on trial.
    tries: bool,
}

impl Former {
    /// Whether it could be the parent again.
    fn serves(&self) -> bool {
        self.flows && !self.lost
    }
}

impl Overlap {
    pub(super) fn deadline(&self) -> Option<Time> {
        self.former.as_ref().map(|former| former.until)
    }

    pub(super) fn owns(&self, link: LinkId) -> bool {
        self.former.as_ref().is_some_and(|former| former.link == link)
    }

    /// The old parent says something. What does not concern its being a parent, the new one says,
    /// too.
    pub(super) fn hears(&mut self, message: &Message) {
        let Some(former) = &mut self.former else { return };
        match message {
            Message::Path { path } => former.lost = path.is_none(),
            Message::Leave { .. } => former.lost = true,
            _ => {}
        }
    }
}

impl Room {
    /// There is a new parent, at `link`, in place of `old`, whose pictures flowed until now or did
    /// not.
    pub(super) fn change_over<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        old: Option<Parent>,
        flowed: bool,
    ) {
        if let Some(Parent { peer, link: was, path, leaves, .. }) = old {
            if flowed && !net.is_suspect(was) && !net.is_legacy(was) && !net.is_legacy(link) {
                self.end_overlap(net);
                if leaves {
                    net.watch(was, LAST);
                }
                let (until, lost) = (net.now + OVERLAP, leaves || path.is_none());
                let former = Former { peer, link: was, until, flows: true, lost, tries: false };
                self.overlap.former = Some(former);
                return;
            }
            say_good_bye(net, was);
        }
        // After two moves in a row it is the first parent that is still shown.
        if self.overlap.former.is_none() {
            self.show_from(net, link);
        }
    }

    /// The pictures of the old parent come, or stay away. If it goes, nothing is lost by showing
    /// the new one's from the first on.
    pub(super) fn former_flow_changed<R: RngCore>(&mut self, net: &mut Net<R>, flows: bool) {
        let Some(former) = &mut self.overlap.former else { return };
        former.flows = flows;
        if !flows && former.lost {
            self.show_parent(net);
        }
    }

    /// The pictures of the new parent are there.
    pub(super) fn try_pictures<R: RngCore>(&mut self, net: &mut Net<R>) {
        let parent = self.parent().map(|parent| parent.peer.clone());
        match &mut self.overlap.former {
            Some(former) if former.tries => {}
            Some(former) if former.serves() && Some(&former.peer) != parent.as_ref() => {
                (former.tries, former.until) = (true, net.now + TRIAL);
                self.show_parent(net);
            }
            _ => self.end_overlap(net),
        }
    }

    /// The pictures of the new parent have stopped; if they were on trial, the old one's are shown
    /// again.
    pub(super) fn fail_trial<R: RngCore>(&mut self, net: &mut Net<R>) {
        let failed = !self.seek.is_busy() && self.is_streaming();
        let former =
            self.overlap.former.take_if(|former| failed && former.tries && former.serves());
        if let Some(former) = former {
            self.show_from(net, former.link);
            self.move_back(net, former);
        }
    }

    /// The pictures of the new parent go on, or the old one is of no use any more.
    pub(super) fn end_overlap<R: RngCore>(&mut self, net: &mut Net<R>) {
        let Some(former) = self.overlap.former.take() else { return };
        self.show_parent(net);
        say_good_bye(net, former.link);
    }

    /// Ends the overlap if it has taken long enough.
    pub(super) fn end_overlap_in_time<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.overlap.deadline().is_none_or(|until| net.now < until) {
            return;
        }
        let dry = self.is_streaming() && !self.seek.is_busy();
        match self.overlap.former.take_if(|former| dry && former.serves() && !former.tries) {
            Some(former) => self.move_back(net, former),
            None => self.end_overlap(net),
        }
    }

    /// The new parent has sent nothing, while the old one still does and knows nothing of the
    /// move: it is asked to be the parent again.
    fn move_back<R: RngCore>(&mut self, net: &mut Net<R>, former: Former) {
        self.shun_parent(net.now);
        self.seek.dialled(net.now, former.peer, former.link);
        self.ask_to_join(net, former.link);
    }
}

fn say_good_bye<R: RngCore>(net: &mut Net<R>, old: LinkId) {
    net.send_and_close(old, &Message::Leave { ask: Vec::new() });
}
