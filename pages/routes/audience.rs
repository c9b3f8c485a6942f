//! Watch a room.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Role};

use crate::app::use_shared;
use crate::components::card::{host_line, title};
use crate::components::chat::Chat;
use crate::components::icon::{Icon, icon};
use crate::components::name::{Members, Name};
use crate::components::player::Player;
use crate::components::share::Share;
use crate::components::tree::TreeInfo;
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::route::AudienceQuery;
use crate::trouble::Trouble;

/// The page. The room is left when the page is.
#[component]
pub(crate) fn AudiencePage(query: AudienceQuery) -> impl IntoView {
    let i18n = use_i18n();
    let shared = use_shared();
    let options = use_nav().address().get_untracked().options;
    if !query.name.is_empty() {
        shared.name.set(query.name);
    }
    let Ok(target) = PeerId::new(&query.id) else {
        shared.trouble.set(Some(Trouble::BadRoomId));
        // From here the way leads to the list, so it may as well be there already.
        shared.current.set(Some(shared.lobby()));
        return ().into_any();
    };
    let session = shared.open(Role::Viewer { target }, options.max_children, None);
    shared.current.set(Some(session));

    let room = session.part(|view| view.room.as_ref().map(|room| room.id.clone()));
    let given = session.part(|view| view.room.as_ref().map(|room| room.meta.title.clone()));
    let summary = text(move || {
        let view = session.view();
        view.with(|view| {
            view.room.as_ref().map(|room| room.meta.summary.clone()).unwrap_or_default()
        })
    });
    let host = session.part(|view| view.room.as_ref().map(|room| room.host.clone()));
    let on_air = session.part(|view| view.room.as_ref().is_some_and(|room| room.on_air.is_some()));
    let heading = text(move || match given.get() {
        None => i18n.get().joining.to_owned(),
        Some(given) => title(given, i18n.get()),
    });
    Effect::new(move || document().set_title(&format!("{} · P2P-Live-Web", heading.get())));
    let host =
        text(move || host.get().map(|host| host_line(&host, i18n.get())).unwrap_or_default());

    view! {
        <div class="room">
            <div class="room-stage">
                <Player session host=false/>
            </div>
            <div class="room-info">
                <div class="room-head">
                    <h1 data-testid="room-heading">{heading}</h1>
                    <span class="badge live" hidden=flag(move || !on_air.get())>
                        {i18n.text(|t| t.on_air)}
                    </span>
                    <Members session/>
                </div>
                <p class="faint">{host}</p>
                <p class="prose">{summary}</p>
                <div class="row">
                    <button
                        data-testid="refresh-media"
                        on:click=move |_| session.send(Command::Refresh)
                    >
                        {icon(Icon::Refresh)}
                        {i18n.text(|t| t.refresh)}
                    </button>
                    <button
                        data-testid="reconnect"
                        on:click=move |_| session.send(Command::Reconnect)
                    >
                        {icon(Icon::Reconnect)}
                        {i18n.text(|t| t.reconnect)}
                    </button>
                </div>
                <div class="panel">
                    <Share room handle="share-link"/>
                </div>
                <TreeInfo session/>
            </div>
            <aside class="room-side">
                <Name session/>
                <Chat session/>
            </aside>
        </div>
    }
    .into_any()
}
