//! Peers that do not keep to the protocol.

use serde::Deserialize;

use crate::util::id::PeerId;
use crate::wire::message::{FreeSlot, Message, Summary};

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
}

/// A frame as such a peer sends it.
pub(super) fn tamper(fault: Fault, own: &PeerId, frame: Vec<u8>) -> Vec<u8> {
    if fault == Fault::ForwardsNothing {
        return frame;
    }
    let Ok(mut message) = Message::decode(&frame) else { return frame };
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
        _ => return frame,
    }
    message.encode()
}

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
