//! Who makes each kind of statement, and how much it may contain.

use super::limits;
use super::request::{Act, Request};
use super::room::{Decision, Order, RoomState, Seat, is_image_address};
use crate::game::GameState;
use crate::identity::Statement;
use crate::model::{ChatMessage, Profile, RoomCard, RoomMeta, Vouch};
use crate::util::id::PeerId;

impl Statement for ChatMessage {
    const KIND: &'static str = "chat";
    const LIMIT: usize = limits::CHAT_STATEMENT;

    fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
        &self.author
    }

    fn is_sound(&self) -> bool {
        is_short(&self.name, limits::NAME)
            && is_short(&self.text, limits::CHAT_TEXT)
            && [self.number, self.at].into_iter().all(is_countable)
    }
}

impl Statement for RoomState {
    const KIND: &'static str = "room";
    const LIMIT: usize = limits::ROOM_STATEMENT;

    fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
        &self.id
    }

    fn is_sound(&self) -> bool {
        is_sound_meta(&self.meta)
            && is_short(&self.host, limits::NAME)
            && [self.version, self.since].into_iter().all(is_countable)
            && self.seats.as_ref().is_none_or(|seats| {
                seats.len() <= limits::SEATS && seats.iter().flatten().all(is_sound_seat)
            })
    }
}

impl Statement for Order {
    const KIND: &'static str = "order";
    const LIMIT: usize = limits::ORDER_STATEMENT;

    /// The host, which the room is named after.
    fn speaker<'a>(&'a self, about: &'a PeerId) -> &'a PeerId {
        about
    }

    fn is_sound(&self) -> bool {
        let is_sound = match &self.decision {
            Decision::Delete(message) => is_countable(message.number),
            Decision::Seat(_, at, seat) => {
                (*at as usize) < limits::SEATS && seat.iter().all(is_sound_seat)
            }
            _ => true,
        };
        is_sound && [self.since, self.number].into_iter().all(is_countable)
    }
}

impl Statement for Request {
    const KIND: &'static str = "request";
    const LIMIT: usize = limits::ORDER_STATEMENT;

    fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
        &self.author
    }

    fn is_sound(&self) -> bool {
        let is_sound = match &self.act {
            Act::Seat(_, seat) => is_sound_stream(seat.stream.as_ref()),
            Act::Game(_) | Act::Unknown => true,
        };
        is_sound
            && is_short(&self.name, limits::NAME)
            && [self.since, self.number].into_iter().all(is_countable)
    }
}

impl Statement for GameState {
    const KIND: &'static str = "game";
    const LIMIT: usize = limits::GAME_STATEMENT;

    /// The host, which the room is named after.
    fn speaker<'a>(&'a self, about: &'a PeerId) -> &'a PeerId {
        about
    }

    fn is_sound(&self) -> bool {
        self.is_sound()
    }
}

impl Statement for RoomCard {
    const KIND: &'static str = "card";
    const LIMIT: usize = limits::ROOM_STATEMENT;

    fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
        &self.id
    }

    fn is_sound(&self) -> bool {
        is_sound_meta(&self.meta)
            && is_short(&self.host, limits::NAME)
            && [self.since, self.version].into_iter().all(is_countable)
    }
}

impl Statement for Vouch {
    const KIND: &'static str = "vouch";
    const LIMIT: usize = limits::ORDER_STATEMENT;

    fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
        &self.by
    }

    fn is_sound(&self) -> bool {
        is_countable(self.until)
    }
}

impl Statement for Profile {
    const KIND: &'static str = "profile";
    const LIMIT: usize = limits::ORDER_STATEMENT;

    fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
        &self.id
    }

    fn is_sound(&self) -> bool {
        is_short(&self.name, limits::NAME) && is_countable(self.at)
    }
}

fn is_short(text: &str, most: usize) -> bool {
    text.len() <= most || text.chars().count() <= most
}

fn is_sound_seat(seat: &Seat) -> bool {
    is_short(&seat.name, limits::NAME)
        && is_sound_stream(seat.stream.as_ref())
        && is_countable(seat.number)
}

fn is_sound_stream(stream: Option<&String>) -> bool {
    stream.is_none_or(|stream| is_short(stream, limits::STREAM))
}

fn is_sound_meta(meta: &RoomMeta) -> bool {
    is_short(&meta.title, limits::TITLE)
        && is_short(&meta.summary, limits::SUMMARY)
        && meta.cover.len() <= limits::COVER_URL
        && (meta.cover.is_empty() || is_image_address(&meta.cover))
}

/// Whether JavaScript can count on a number: peers pass it on and count it up.
fn is_countable(number: u64) -> bool {
    number <= limits::CHAT_NUMBER
}
