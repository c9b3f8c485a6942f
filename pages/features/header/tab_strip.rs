//! The open rooms in the header.

use leptos::prelude::*;

use crate::contexts::confirmation::{Question, use_questions};
use crate::contexts::tabs::{Tabs, use_tabs};
use crate::i18n::{t, t_string, use_i18n};
use crate::nav::use_nav;
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// A link to each open room with a button that closes it.
#[component]
pub(crate) fn TabStrip() -> impl IntoView {
    let i18n = use_i18n();
    let keys = use_tabs().keys();
    let is_empty = move || keys.with(Vec::is_empty);
    view! {
        <nav class="tabs" data-testid="tabs" aria-label=t!(i18n, open_rooms) hidden=is_empty>
            <ul>
                <For each=move || keys.get() key=|key| *key let(room)>
                    <RoomTab room />
                </For>
            </ul>
        </nav>
    }
}

/// The link to one room with its close button; the Delete key on the link also closes the room.
#[component]
fn RoomTab(
    /// Its key among the tabs.
    room: u32,
) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let tabs = use_tabs();
    let close = close_asking(tabs, room);
    let (tab, page) = untrack(|| tabs.room(room))?;
    let on_air = Memo::new(move |_| {
        let room = tab.room.get()?;
        room.view().try_with(|view| view.room.as_ref().is_some_and(|room| room.on_air.is_some()))
    });
    // The link keeps the language folder of the page's address.
    let address = nav.address();
    let href = move || {
        address.track();
        nav.href(&page)
    };
    Some(view! {
        <li class="tab" data-shown=move || tab.is_shown()>
            <a
                class="tab-link"
                data-testid="tab"
                href=href
                aria-current=move || if tab.is_shown() { "page" } else { "false" }
                on:keydown=move |event| {
                    if event.key() == "Delete" {
                        close();
                    }
                }
            >
                <span
                    class="tab-live"
                    data-testid="tab-live"
                    hidden=move || on_air.get() != Some(true)
                >
                    <span class="hidden">{t!(i18n, on_air)}</span>
                </span>
                <span class="clip">{move || tab.title()}</span>
            </a>
            <IconButton
                testid="close-tab"
                icon=Icon::Close
                label=t!(i18n, close_room, title = tab.title())
                on_press=close
            />
        </li>
    })
}

/// Closes a room. Asks first if the user streams in it, because that ends the stream.
fn close_asking(tabs: Tabs, room: u32) -> impl Fn() + Copy + 'static {
    let i18n = use_i18n();
    let questions = use_questions();
    move || {
        if !tabs.is_streaming(room) {
            return tabs.close(room);
        }
        let title = untrack(|| tabs.room(room)).map(|(tab, _)| untrack(|| tab.title()));
        untrack(|| {
            questions.ask(Question {
                title: t_string!(i18n, confirm_title).to_owned(),
                text: t_string!(i18n, close_live, title = title.unwrap_or_default()),
                action: t_string!(i18n, close_live_yes).to_owned(),
                on_confirm: Callback::new(move |()| tabs.close(room)),
            });
        });
    }
}
