//! Watch a room.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Role};
use live_web::identity::Identity;

use crate::contexts::preferences::use_preferences;
use crate::contexts::rooms::use_rooms;
use crate::contexts::tabs::{page_key, set_tab_title, use_tab};
use crate::features::conference::Conference;
use crate::features::game::GamePanel;
use crate::features::people::PeoplePanel;
use crate::features::player::Player;
use crate::features::room_head::RoomHead;
use crate::features::room_map::ConnectionPanel;
use crate::features::room_sidebar::RoomSidebar;
use crate::features::rooms::card::{host_line, room_title};
use crate::features::rooms::proof::HostProof;
use crate::features::share::ShareLink;
use crate::features::source::own_source::{OwnSource, SourceOwnerLine};
use crate::features::source::stream_request::StreamRequest;
use crate::features::voice::Voice;
use crate::i18n::{t, t_string, use_i18n};
use crate::nav::use_nav;
use crate::route::{AudienceQuery, Page};
use crate::ui::button::Button;
use crate::ui::icon::Icon;
use crate::ui::popover::Popover;

/// The page of the room that `target` is in. Closing the page leaves the room.
#[component]
pub(crate) fn AudiencePage(
    target: PeerId,
    /// The user's name from the address; if it is empty, the stored one is kept.
    name: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let options = use_nav().address().get_untracked().options;
    if !name.is_empty() {
        use_preferences().name.set(name);
    }
    // The same person under another name is the same peer.
    let query = AudienceQuery { id: target.to_string(), name: String::new() };
    let identity = StoredValue::new_local(Identity::take(&page_key(&Page::Audience(query))));
    let role = Role::Viewer { target: target.clone() };
    let credentials = identity.with_value(Identity::credentials);
    let room = use_rooms().open(role, options.max_children, credentials);
    use_tab().room.set(Some(room));

    let id = room.select(|view| view.room.as_ref().map(|room| room.id.clone()));
    let title = room.select(|view| view.room.as_ref().map(|room| room.meta.title.clone()));
    let summary = room.select(|view| view.room.as_ref().map(|room| room.meta.summary.clone()));
    let host = room.select(|view| view.room.as_ref().map(|room| room.host.clone()));
    let heading = Signal::derive(move || match title.get() {
        None => t_string!(i18n, joining).to_owned(),
        Some(title) => room_title(&title, i18n),
    });
    set_tab_title(heading);
    view! {
        <div>
            <StreamRequest room />
            <div class="room">
                <div class="room-stage">
                    <Player room />
                </div>
                <div class="room-main">
                    <RoomHead room heading id>
                        <Popover
                            id=use_tab().id("room-menu")
                            testid="room-menu"
                            icon=Icon::More
                            label=t!(i18n, more)
                            class="row-or-menu"
                            is_menu=true
                        >
                            <Button
                                testid="refresh-media"
                                icon=Icon::Refresh
                                on_press=move || room.send(Command::Refresh)
                            >
                                {t!(i18n, refresh)}
                            </Button>
                            <Button
                                testid="reconnect"
                                icon=Icon::Reconnect
                                on_press=move || room.send(Command::Reconnect)
                            >
                                {t!(i18n, reconnect)}
                            </Button>
                        </Popover>
                    </RoomHead>
                    <SourceOwnerLine room />
                    // What people do together, one after the other: a game, a conference, voices.
                    <div class="room-activities">
                        <GamePanel room />
                        <Conference room />
                        <Voice room />
                    </div>
                </div>
                <RoomSidebar room />
                <div class="room-more">
                    <p class="faint">{move || host.get().map(|host| host_line(&host, i18n))}</p>
                    <HostProof room target />
                    <p class="prose">{summary}</p>
                    <div class="panel">
                        <ShareLink id testid="share-link" />
                    </div>
                    <OwnSource room />
                    <PeoplePanel room />
                    <ConnectionPanel room />
                </div>
            </div>
        </div>
    }
}
