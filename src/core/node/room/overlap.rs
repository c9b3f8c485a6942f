//! Make before break: whoever moves shows, and passes on, what its old parent sends until the
//! pictures of the new one are there.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use crate::id::LinkId;
use crate::node::net::Net;
use crate::time::Time;
use crate::wire::message::Message;

/// How long the new parent's pictures may take before they are waited for without the old one's.
const OVERLAP: Duration = Duration::from_millis(1_500);

/// The link to the old parent while it is still needed.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    former: Option<(LinkId, Time)>,
}

impl Overlap {
    pub(super) fn deadline(&self) -> Option<Time> {
        self.former.map(|(_, until)| until)
    }

    pub(super) fn owns(&self, link: LinkId) -> bool {
        self.former.is_some_and(|(former, _)| former == link)
    }
}

impl Room {
    /// There is a new parent, at `link`, in place of the one at `old`, whose pictures flowed until
    /// now or did not.
    pub(super) fn change_over<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        old: Option<LinkId>,
        flowed: bool,
    ) {
        let useful = |old: &LinkId| flowed && !net.is_suspect(*old) && !net.is_legacy(*old);
        if let Some(old) = old {
            if useful(&old) && !net.is_legacy(link) {
                self.end_overlap(net);
                self.overlap.former = Some((old, net.now + OVERLAP));
                return;
            }
            say_good_bye(net, old);
        }
        // After two moves in a row it is the first parent that is still shown.
        if self.overlap.former.is_none() {
            self.show_from(net, link);
        }
    }

    /// The pictures of the new parent are there, or the old one is of no use any more.
    pub(super) fn end_overlap<R: RngCore>(&mut self, net: &mut Net<R>) {
        let Some((former, _)) = self.overlap.former.take() else { return };
        self.show_parent(net);
        say_good_bye(net, former);
    }

    /// Ends the overlap if it has taken long enough.
    pub(super) fn end_overlap_in_time<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.overlap.deadline().is_some_and(|until| net.now >= until) {
            self.end_overlap(net);
        }
    }
}

fn say_good_bye<R: RngCore>(net: &mut Net<R>, old: LinkId) {
    net.send_and_close(old, &Message::Leave { ask: Vec::new() });
}
