//! The rooms of a network.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::view::RoomCard;

use crate::contexts::rooms::use_rooms;
use crate::contexts::tabs::{set_tab_title, use_tab};
use crate::features::exchange::ExchangeLink;
use crate::features::rooms::create::CreateRoom;
use crate::features::rooms::details::RoomDetails;
use crate::features::rooms::list::{RoomList, Rooms};
use crate::features::rooms::ways::{GoToRoom, NetworkForm};
use crate::i18n::{t, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;

/// The page. Its node is the app's lobby, which outlives the page.
#[component]
pub(crate) fn IndexPage() -> impl IntoView {
    let i18n = use_i18n();
    let lobby = use_rooms().lobby();
    use_tab().room.set(Some(lobby));
    set_tab_title(i18n.text(|t| t.rooms));

    let listed = lobby.select(|view| view.rooms.clone());
    let rooms = Memo::new(move |_| -> Rooms {
        let by_id = |room: &Arc<RoomCard>| (room.id.clone(), room.clone());
        Arc::new(listed.with(|listed| listed.iter().map(by_id).collect()))
    });
    let covers = lobby.select(|view| view.covers.clone());
    let selected = RwSignal::new(None);
    let room = Memo::new(move |_| rooms.get().get(&selected.get()?).cloned());
    let creating = RwSignal::new(false);
    view! {
        <div class="index">
            <section class="index-head">
                <div>
                    <h1>{t!(i18n, index_title)}</h1>
                    <p class="faint">{t!(i18n, index_lead)}</p>
                </div>
                <Button
                    testid="create-room"
                    variant=ButtonVariant::Primary
                    icon=Icon::Plus
                    on_press=move || creating.set(true)
                >
                    {t!(i18n, create_room)}
                </Button>
            </section>
            <section class="index-ways">
                <NetworkForm lobby />
                <GoToRoom />
                <ExchangeLink />
            </section>
            <RoomList lobby rooms covers selected />
            <RoomDetails lobby selected room covers />
            <CreateRoom open=creating />
        </div>
    }
}
