//! What stands around the picture. It comes right after the page, in its own file, so that the
//! picture does not wait for it; meanwhile its place is kept.

use leptos::prelude::*;
use live_core::id::PeerId;

use super::chat::chat;
use super::name::name;
use super::people::{Person, people};
use super::share::share;
use crate::dom::{El, el};
use crate::later::{Later, later};
use crate::session::Session;

/// The chat and the name under which one takes part. A host is given `person`, to choose who is to
/// be dealt with.
pub(crate) fn side(session: Session, person: Option<RwSignal<Option<Person>>>) -> El {
    later(move || talk(session, person))
}

/// How others come to the room, and who is there, for a viewer.
pub(crate) fn panels(session: Session, room: Signal<Option<PeerId>>) -> El {
    later(move || about(session, room))
}

fn talk(session: Session, person: Option<RwSignal<Option<Person>>>) -> Later {
    Ok(el("div").set("class", "room-side").with([name(), chat(session, person)]))
}

fn about(session: Session, room: Signal<Option<PeerId>>) -> Later {
    Ok(el("div").set("class", "room-panels").with([
        el("div").set("class", "panel").with([share(room, "share-link")]),
        people(session, None),
    ]))
}
