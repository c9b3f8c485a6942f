//! The room's chat.

mod composer;
mod entries;
mod line;
mod log;
mod window;

use std::sync::Arc;

use leptos::prelude::*;
use live_web::picture::{self, ObjectUrl};

use self::composer::{Composer, Draft};
use self::line::LineActions;
use self::log::{ChatLog, LogState};
use crate::contexts::room_handle::RoomHandle;
use crate::features::people::Person;
use crate::i18n::{t, use_i18n};
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// The messages, and a field to write one. On a host's page `selected` is set to the author of the
/// message that the host selects.
#[component]
pub(crate) fn Chat(room: RoomHandle, selected: Option<RwSignal<Option<Person>>>) -> impl IntoView {
    let i18n = use_i18n();
    let log = LogState::new();
    let draft = Draft::new(room);
    let enlarged = RwSignal::new(None);
    let actions = LineActions { selected, enlarged };
    view! {
        <section
            class="chat"
            aria-label=t!(i18n, chat)
            // Without this, the browser opens a dropped file in place of the page.
            on:dragover=move |event| event.prevent_default()
            on:drop=move |event| {
                event.prevent_default();
                if let Some(file) = picture::image_file(&event) {
                    draft.attach(file);
                }
            }
        >
            <div class="chat-head">
                <h2>{t!(i18n, chat)}</h2>
                <IconButton
                    testid="chat-clear"
                    icon=Icon::Clear
                    label=t!(i18n, chat_clear)
                    on_press=move || log.clear()
                />
            </div>
            <div class="chat-scroll">
                <p class="chat-empty faint" hidden=move || !log.empty.get()>
                    {t!(i18n, chat_empty)}
                </p>
                <ChatLog room log actions/>
                <button
                    class="chat-latest"
                    data-testid="chat-latest"
                    type="button"
                    hidden=move || !log.unread.get()
                    on:click=move |_| log.to_end()
                >
                    {t!(i18n, to_latest)}
                </button>
            </div>
            <Composer draft/>
            <EnlargedImage image=enlarged/>
        </section>
    }
}

/// The enlarged image.
#[component]
fn EnlargedImage(image: RwSignal<Option<Arc<ObjectUrl>>>) -> impl IntoView {
    let i18n = use_i18n();
    // No element without a URL: the browser would load the page itself for an empty one.
    let picture = move || {
        let source = image.get()?.as_str().to_owned();
        Some(view! { <img src=source alt=""/> })
    };
    view! {
        <Dialog
            testid="image-dialog"
            open=Signal::derive(move || image.with(Option::is_some))
            on_close=move |()| image.set(None)
            title=t!(i18n, image)
        >
            <div class="enlarged">{picture}</div>
        </Dialog>
    }
}
