//! What stands around the picture. It comes right after the page, in its own file, so that the
//! picture does not wait for it; meanwhile its place is kept.

use leptos::prelude::*;
use live_core::id::PeerId;

use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el};
use crate::features::chat::chat;
use crate::features::people::name::name;
use crate::features::people::{Person, people};
use crate::features::share::share;
use crate::later::{Later, later};

/// The chat and the name under which one takes part. A host is given `person`, to choose who is to
/// be dealt with.
pub(crate) fn side(session: RoomHandle, person: Option<RwSignal<Option<Person>>>) -> El {
    later(move || talk(session, person))
}

/// How others come to the room, and who is there, for a viewer.
pub(crate) fn panels(session: RoomHandle, room: Signal<Option<PeerId>>) -> El {
    later(move || about(session, room))
}

fn talk(session: RoomHandle, person: Option<RwSignal<Option<Person>>>) -> Later {
    Ok(el("div").set("class", "room-side").with([name(), chat(session, person)]))
}

fn about(session: RoomHandle, room: Signal<Option<PeerId>>) -> Later {
    Ok(el("div").set("class", "room-panels").with([
        el("div").set("class", "panel").with([share(room, "share-link")]),
        people(session, None),
    ]))
}
