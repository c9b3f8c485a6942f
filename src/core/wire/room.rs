//! What a host tells of its room.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::limits;
use crate::model::extra::Extra;
use crate::model::{RoomCard, RoomMeta, Tracks};
use crate::util::id::PeerId;

/// The room as its host describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// Counts the host's changes; a lower one is older.
    pub version: u64,
    /// The host's id.
    pub id: PeerId,
    /// What the host says about the room.
    pub meta: RoomMeta,
    /// The host's name.
    pub host: String,
    /// When the room was opened, in Unix milliseconds.
    pub since: u64,
    /// What the host streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_air: Option<Tracks>,
    /// Whether that stands still: nothing comes from the source, which is no relay's fault.
    #[serde(default)]
    pub source_stalled: bool,
    /// People in the room, the host included.
    pub members: u32,
    /// The seats of the conference that old pages hold in the room, some of them empty; `None`
    /// where the host of an old page has not opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<Option<Seat>>>,
    /// Counts the host's changes of seats, which are told apart from the rest.
    #[serde(default)]
    pub seat_number: u64,
    /// Who may come in, and who may speak.
    #[serde(default)]
    pub rules: Arc<Rules>,
    /// Members of a later version, to be passed on.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Who may come in, and who may speak. The host makes the rules; every peer of the room applies
/// them to the peers that ask it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Whether newcomers are let in.
    pub admission: AdmissionPolicy,
    /// A secret of the peers in the room, by which they find a new place in it while the room is
    /// not open. It changes when a peer that knew it was sent away.
    pub admission_token: u64,
    /// Sent away for good.
    pub banned: Vec<PeerId>,
    /// Sent away just now.
    pub kicked: Vec<PeerId>,
    /// May not write in the chat.
    pub muted: Vec<PeerId>,
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

/// A place in the conference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Who has it.
    pub id: PeerId,
    /// The person's name.
    pub name: String,
    /// The id of the stream that others are shown by calls; by it they know whose call it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

impl RoomState {
    pub(super) fn clamp(&mut self) {
        clamp_meta(&mut self.meta);
        clamp_text(&mut self.host, limits::NAME);
        self.extra.clamp();
        Arc::make_mut(&mut self.rules).clamp();
        if let Some(seats) = &mut self.seats {
            seats.truncate(limits::SEATS);
            seats.iter_mut().flatten().for_each(Seat::clamp);
        }
    }

    /// Whether `other` says nothing that this does not say already.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        if self.id != other.id || self.since != other.since {
            return false;
        }
        if self.since > 0 {
            return (self.version, self.seat_number) >= (other.version, other.seat_number);
        }
        // The host is a legacy page, and the peer that speaks to it has numbered the changes by its
        // own clock. Numbers of two such peers cannot be compared, so the parent is believed:
        // its link keeps the order.
        *self == Self { version: self.version, ..other.clone() }
    }

    /// The host gives a peer a seat, or takes it back; seats keep their places. Returns which seat
    /// has changed, if any has.
    pub(crate) fn update_seat(&mut self, new: Seat, join: bool) -> Option<usize> {
        let seats = self.seats.get_or_insert_default();
        let own = |seat: &Option<Seat>| seat.as_ref().is_some_and(|seat| seat.id == new.id);
        let (at, seat) = match (seats.iter().position(own), join) {
            (Some(at), true) => (at, Some(new)),
            (Some(at), false) => (at, None),
            (None, true) => {
                let free = seats.iter().position(Option::is_none);
                (free.unwrap_or(seats.len()), Some(new))
            }
            (None, false) => return None,
        };
        self.set_seat(at, seat).then(|| {
            self.seat_number += 1;
            at
        })
    }

    /// The host has changed a seat. Returns whether that is news.
    pub(crate) fn apply_seat(&mut self, number: u64, at: usize, seat: Option<Seat>) -> bool {
        let newer = number > self.seat_number;
        if newer {
            self.seat_number = number;
            self.set_seat(at, seat);
        }
        newer
    }

    fn set_seat(&mut self, at: usize, seat: Option<Seat>) -> bool {
        let seats = self.seats.get_or_insert_default();
        if at >= limits::SEATS || seats.get(at) == Some(&seat) {
            return false;
        }
        if at >= seats.len() {
            seats.resize(at + 1, None);
        }
        seats[at] = seat;
        true
    }
}

impl Seat {
    pub(super) fn clamp(&mut self) {
        clamp_text(&mut self.name, limits::NAME);
        clamp_stream(&mut self.stream);
    }
}

impl Rules {
    fn clamp(&mut self) {
        for list in [&mut self.banned, &mut self.kicked, &mut self.muted] {
            list.truncate(limits::BANNED);
        }
    }

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
    let image = ["https://", "http://", "data:image/"].iter().any(|s| meta.cover.starts_with(s));
    if !image || meta.cover.len() > limits::COVER_URL {
        meta.cover.clear();
    }
}

/// Cuts `text` to at most `most` characters, never inside one.
pub fn clamp_text(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

pub(super) fn clamp_stream(stream: &mut Option<String>) {
    if let Some(stream) = stream {
        clamp_text(stream, limits::STREAM);
    }
}

pub(super) fn clamp_card(card: &mut RoomCard) {
    clamp_meta(&mut card.meta);
    clamp_text(&mut card.host, limits::NAME);
    card.extra.clamp();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn rules_can_be_kept() {
        let rules = Rules {
            admission: AdmissionPolicy::Knock,
            admission_token: 1 << 52,
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
