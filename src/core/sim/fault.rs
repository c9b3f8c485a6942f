//! Peers that do not keep to the protocol.

use serde::Deserialize;

use crate::identity::{Keypair, Signed};
use crate::model::ChatMessage;
use crate::wire::message::{Decision, FreeSlot, Message, Order, RoomState, Summary};

/// What is wrong with a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It claims free slots that it does not have, and an empty subtree.
    InflatesCapacity,
    /// It claims to hang directly under the host, whatever its way is.
    HidesPath,
    /// It takes children and sends them no media.
    ForwardsNothing,
    /// It claims many free slots, refuses everybody and names nobody else.
    RefusesAll,
    /// It passes on another room than the host's.
    ForgesRoom,
    /// It ends the room, and sends away, silences and deletes, in the host's name.
    ForgesOrders,
    /// It puts other words into the mouths of those whose chat it passes on.
    ForgesChat,
    /// It says again and again that the host is gone.
    HidesHost,
    /// It complains of missing pictures again and again.
    Complains,
    /// Its offers and answers never become connections.
    NeverConnects,
}

impl Fault {
    /// Whether it does more than lie about its place in the tree.
    pub(super) fn attacks(self) -> bool {
        self.forges() || matches!(self, Self::HidesHost | Self::Complains | Self::NeverConnects)
    }

    /// Whether it forges what others say.
    pub(super) fn forges(self) -> bool {
        matches!(self, Self::ForgesRoom | Self::ForgesOrders | Self::ForgesChat)
    }
}

/// What such a peer sends instead of a frame. Whatever it signs, it signs with its own key, for it
/// has no other.
pub(super) fn tamper(fault: Fault, keypair: &Keypair, frame: Vec<u8>) -> Vec<Vec<u8>> {
    let own = keypair.id();
    if matches!(fault, Fault::ForwardsNothing | Fault::NeverConnects) {
        return vec![frame];
    }
    let Ok(mut message) = Message::decode(&frame) else { return vec![frame] };
    let forge_room = |room: &Signed<RoomState>| {
        let mut state = RoomState::clone(room);
        state.version += 1_000;
        state.meta.title = FORGED.to_owned();
        let about = state.id.clone();
        Signed::new(state, &about, keypair)
    };
    let mut more = Vec::new();
    let inflate = |summary: &mut Summary| {
        summary.free_slots = vec![FreeSlot { id: own.clone(), distance: 0, free: 60, rtt: 0 }];
    };
    match (fault, &mut message) {
        (Fault::InflatesCapacity, Message::Join { summary, .. } | Message::Summary(summary)) => {
            inflate(summary)
        }
        (Fault::RefusesAll, Message::Join { summary, .. } | Message::Summary(summary)) => {
            (summary.slots, summary.free) = (60, 60);
            inflate(summary);
        }
        (Fault::HidesPath, Message::Adopted { path, .. } | Message::Path { path: Some(path) })
            if path.len() > 2 =>
        {
            path.drain(1..path.len() - 1);
        }
        (Fault::ForgesRoom, Message::Room(room) | Message::Adopted { room, .. }) => {
            *room = forge_room(room);
        }
        (Fault::ForgesChat, Message::Chat(chat)) => {
            let mut forged = ChatMessage::clone(chat);
            forged.text = FORGED.to_owned();
            *chat = Signed::new(forged, own, keypair);
        }
        // Such messages come often, and to everybody.
        (Fault::ForgesOrders, Message::Members { .. } | Message::Backups { .. }) => {
            let orders = [Decision::End, Decision::Away, Decision::Mute(own.clone())];
            for (number, decision) in (1 << 50..).zip(orders) {
                let order = Order { since: 0, number, decision };
                more.push(Message::Order(Signed::new(order, own, keypair)));
            }
        }
        (Fault::HidesHost, Message::Members { .. } | Message::Backups { .. }) => {
            more.push(Message::Away);
        }
        (Fault::Complains, Message::Summary(_) | Message::Pong { .. }) => {
            more.push(Message::MediaTimeout);
        }
        _ => return vec![frame],
    }
    core::iter::once(&message).chain(&more).map(Message::encode).collect()
}

/// What forgers put in place of what was said.
pub(super) const FORGED: &str = "forged";
/// A signalling frame as such a peer sends it.
pub(super) fn tamper_signal(fault: Option<Fault>, text: String) -> String {
    if fault != Some(Fault::RefusesAll) {
        return text;
    }
    let Ok(mut frame) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
    match frame.pointer_mut("/payload/p2pLive/refuse/ask") {
        Some(ask) => *ask = serde_json::Value::Array(Vec::new()),
        None => return text,
    }
    frame.to_string()
}
