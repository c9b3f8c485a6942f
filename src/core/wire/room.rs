//! What a host tells of its room.

use serde::{Deserialize, Serialize};

use super::limits;
use crate::model::picture::PictureId;
use crate::model::{GatheringKind, MessageId, RoomMeta, Tracks};
use crate::util::id::PeerId;

/// The room as its host describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// Counts what the host says, orders included; a lower number is older.
    pub version: u64,
    /// The host's id.
    pub id: PeerId,
    /// What the host says about the room.
    pub meta: RoomMeta,
    /// The host's name.
    pub host: String,
    /// When the room was opened, in Unix milliseconds. A room that the same host opens later is
    /// another one.
    pub since: u64,
    /// What the host streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_air: Option<Tracks>,
    /// Whether that stands still: nothing comes from the source, which is no relay's fault.
    #[serde(default)]
    pub source_stalled: bool,
    /// The seats of the conference in the room of an old page, some of them empty; `None` in other
    /// rooms, where orders say who sits, and where the host has not opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<Option<Seat>>>,
}

/// What a host decides about people and their messages. Every peer of the room applies it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The room's [`since`](RoomState::since): in a room that is opened later it is void.
    pub since: u64,
    /// Counts what the host says; of two orders about the same, the later one holds.
    pub number: u64,
    /// What is decided.
    pub decision: Decision,
}

/// The content of an [`Order`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Who may come in.
    Admission(AdmissionPolicy),
    /// This peer is sent away, until it is pardoned.
    Kick(PeerId),
    /// This peer is sent away for good.
    Ban(PeerId),
    /// This peer may come back.
    Pardon(PeerId),
    /// This peer may not write in the chat.
    Mute(PeerId),
    /// This peer may write again.
    Unmute(PeerId),
    /// Whether viewers may show sources of their own.
    ViewerSources(bool),
    /// This chat message is deleted.
    Delete(MessageId),
    /// Members may take seats in a gathering from now on, or may not. What was decided about its
    /// seats and members before is void.
    Gathering(GatheringKind, bool),
    /// A seat in a gathering, counted from 0, is this peer's, or free.
    Seat(GatheringKind, u32, Option<Seat>),
    /// A member's sound in a gathering is taken, or given back.
    Silence(GatheringKind, PeerId, bool),
    /// This peer has no seat in a gathering and gets none.
    Unseat(GatheringKind, PeerId),
    /// The host's page goes and may come back.
    Away,
    /// The room is over.
    End,
    /// A decision of a later version: it is passed on and has no effect.
    #[serde(other)]
    Unknown,
}

/// What the orders of a host come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Whether newcomers are let in.
    pub admission: AdmissionPolicy,
    /// Sent away for good.
    pub banned: Vec<PeerId>,
    /// Sent away just now.
    pub kicked: Vec<PeerId>,
    /// May not write in the chat.
    pub muted: Vec<PeerId>,
    /// Whether viewers may show sources of their own, to those below them while the host streams
    /// nothing.
    pub viewer_sources: bool,
    /// Whether the conference is open.
    pub conference: bool,
}

/// Whether newcomers are let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdmissionPolicy {
    /// All of them.
    #[default]
    Open,
    /// Those that the host admits.
    Knock,
    /// None. Anything that this version does not know is taken for it.
    #[serde(other)]
    Locked,
}

/// A place in a gathering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Who has it.
    pub id: PeerId,
    /// The person's name.
    pub name: String,
    /// The number of the order that gave it. Of two members, the one who came later dials.
    #[serde(default)]
    pub number: u64,
    /// What is shown.
    #[serde(default)]
    pub tracks: Tracks,
    /// The person's picture; it need not be at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<PictureId>,
    /// Whether it is a legacy page's.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub legacy: bool,
    /// The id of the stream that a legacy page shows by calls; by it others know whose call it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

impl Seat {
    /// A seat in which nothing is shown.
    pub fn new(id: PeerId, name: String) -> Self {
        let tracks = Tracks::default();
        Self { id, name, number: 0, tracks, avatar: None, legacy: false, stream: None }
    }
}

impl RoomState {
    /// Whether `other`, of the same room, says nothing that this does not say already.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        if self.since > 0 || self.id.is_derived() {
            return (self.since, self.version) >= (other.since, other.version);
        }
        // The host is a legacy page, and the peer that speaks to it has numbered the changes by its
        // own clock. Numbers of two such peers cannot be compared, so the parent is believed:
        // its link keeps the order.
        *self == Self { version: self.version, ..other.clone() }
    }
}

impl Rules {
    /// Whether `peer` was sent away.
    pub fn is_out(&self, peer: &PeerId) -> bool {
        self.banned.contains(peer) || self.kicked.contains(peer)
    }
}

/// Holds what a host says about its room to the limits; a cover of another kind than an image
/// address is dropped.
pub fn clamp_meta(meta: &mut RoomMeta) {
    clamp_text(&mut meta.title, limits::TITLE);
    clamp_text(&mut meta.summary, limits::SUMMARY);
    if !is_image_address(&meta.cover) || meta.cover.len() > limits::COVER_URL {
        meta.cover.clear();
    }
}

/// Whether the address of a cover can only lead to an image, or to nothing that is shown.
pub(super) fn is_image_address(address: &str) -> bool {
    ["https://", "http://", "data:image/"].iter().any(|scheme| address.starts_with(scheme))
}

/// Cuts `text` to at most `most` characters, never inside one.
pub fn clamp_text(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn rules_can_be_kept() {
        let rules = Rules {
            admission: AdmissionPolicy::Knock,
            banned: ["a", "b"].map(|id| PeerId::new(id).unwrap()).to_vec(),
            ..Rules::default()
        };
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Rules>(&text).unwrap(), rules);
        for bad in ["", "x", "7", r#"{"muted":["<b>"]}"#] {
            assert!(serde_json::from_str::<Rules>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_are_cut_and_covers_that_are_no_images_dropped() {
        let mut meta = RoomMeta {
            title: "é".repeat(limits::TITLE + 5),
            cover: "javascript:alert(1)".to_owned(),
            ..RoomMeta::default()
        };
        clamp_meta(&mut meta);
        assert_eq!(meta.title.chars().count(), limits::TITLE);
        assert_eq!(meta.cover, "");
    }
}
