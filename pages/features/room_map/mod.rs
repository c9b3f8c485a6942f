//! The room's tree: this peer's place in it, and the map of the whole tree.

mod connection;
mod layout;
mod picture;

use leptos::prelude::*;
use live_core::node::Command;

pub(crate) use self::connection::ConnectionPanel;
use self::layout::is_below;
pub(crate) use self::picture::RoomMap;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;

/// The map of the page's room in a dialog, with the button that opens it.
#[component]
pub(crate) fn MapDialog(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let show = move |shown: bool| {
        open.set(shown);
        room.show_map(shown);
    };
    let close = move || {
        // Unmounting the page also closes the dialog, after its signals were disposed of.
        if open.try_get_untracked() == Some(true) {
            show(false);
        }
    };
    view! {
        <Button testid="show-map" on_press=move || show(true)>
            {t!(i18n, map)}
        </Button>
        <Dialog testid="map" title=t!(i18n, map) open on_close=close>
            // Drawn only while it is visible.
            <Show when=move || open.get()>
                <MemberMap room />
            </Show>
        </Dialog>
    }
}

/// The map for a member of the room, with a button that moves this peer below another one.
#[component]
fn MemberMap(room: RoomHandle) -> impl IntoView {
    let own = room.select(|view| view.id.clone());
    let parent = room.select(|view| view.tree.parent.clone());
    let peers = room.select(|view| view.map.clone().unwrap_or_default());
    // A host has no parent, and a peer cannot be below itself.
    let can_join = move |peer| {
        let (own, parent) = (own.get(), parent.get());
        let below = own.is_none_or(|own| peers.with(|peers| is_below(peers, &peer, &own)));
        !below && parent.is_some_and(|parent| parent != peer)
    };
    view! {
        <RoomMap
            room
            can_join
            on_join=move |peer| room.send(Command::JoinUnder(peer))
        />
    }
}
