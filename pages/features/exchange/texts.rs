//! What both sides have written.

use std::sync::Arc;

use leptos::ev::SubmitEvent;
use leptos::html::Div;
use leptos::prelude::*;
use live_core::node::Command;
use live_core::view::{ChatMessage, LineState};

use crate::contexts::room_handle::RoomHandle;
use crate::features::people::avatar::display_name;
use crate::i18n::{t, use_i18n};
use crate::time;
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;

/// The texts, the latest last, and the field for the next one.
#[component]
pub(crate) fn ExchangeTexts(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let texts = room.select(|view| view.chat.clone());
    let own = room.select(|view| view.id.clone());
    let open = room.select(|view| view.line.state == LineState::Open);
    let list = NodeRef::<Div>::new();
    // The list is rendered before this effect runs.
    Effect::new(move || {
        texts.track();
        if let Some(list) = list.get() {
            list.set_scroll_top(list.scroll_height());
        }
    });
    let typed = RwSignal::new(String::new());
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let text = typed.get_untracked();
        if open.get_untracked() && !text.trim().is_empty() {
            room.send(Command::SendChat(text));
            typed.set(String::new());
        }
    };
    let line = move |message: Arc<ChatMessage>| {
        let author = message.author.clone();
        let name = display_name(&message.name, author.as_str()).to_owned();
        let is_own = move || own.with(|own| own.as_ref() == Some(&author));
        view! {
            <div
                class="message"
                class:own=is_own
                data-testid="exchange-message"
                data-author=message.author.to_string()
            >
                <span class="message-head">
                    <b>{name}</b>
                    <time class="faint">{time::clock(message.at)}</time>
                </span>
                <span class="message-text">{message.text.clone()}</span>
            </div>
        }
    };
    view! {
        <div class="exchange-texts">
            <div node_ref=list role="log" tabindex="0" aria-label=t!(i18n, chat)>
                <For
                    each=move || texts.with(|texts| texts.to_vec())
                    key=|message| message.number
                    children=line
                />
            </div>
            <form class="row" on:submit=send>
                <input
                    type="text"
                    data-testid="exchange-input"
                    maxlength="4000"
                    autocomplete="off"
                    placeholder=t!(i18n, chat_placeholder)
                    aria-label=t!(i18n, chat_placeholder)
                    bind:value=typed
                />
                <Button testid="exchange-send" variant=ButtonVariant::Primary icon=Icon::Send>
                    {t!(i18n, send)}
                </Button>
            </form>
        </div>
    }
}
