//! The room's chat.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use linkify::{LinkFinder, LinkKind};
use live_core::node::Command;
use live_core::view::{ChatMessage, Phase};
use live_core::wire::limits;
use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, KeyboardEvent};

use super::icon::{Icon, icon};
use crate::i18n::use_i18n;
use crate::reactive::flag;
use crate::session::Session;

/// Within so many pixels of the end, the list follows new messages.
const FOLLOW: i32 = 48;

/// The messages, and a field to write one.
#[component]
pub(crate) fn Chat(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let messages = session.part(|view| view.chat.clone());
    let list = NodeRef::<html::Ol>::new();
    let following = RwSignal::new(true);
    let unread = RwSignal::new(false);

    let to_end = move || {
        // The page may be gone when the frame comes.
        if let Some(list) = list.try_get_untracked().flatten() {
            list.set_scroll_top(list.scroll_height());
        }
    };
    Effect::new(move |before: Option<usize>| {
        let count = messages.with(Vec::len);
        if following.get_untracked() {
            request_animation_frame(to_end);
        } else if before.is_some_and(|before| before < count) {
            unread.set(true);
        }
        count
    });
    let scrolled = move |event| {
        let list: HtmlElement = event_target(&event);
        let left = list.scroll_height() - list.scroll_top() - list.client_height();
        following.set(left < FOLLOW);
        if left < FOLLOW {
            unread.set(false);
        }
    };

    view! {
        <section class="chat" aria-label=i18n.text(|t| t.chat)>
            <h2>{i18n.text(|t| t.chat)}</h2>
            <div class="chat-scroll">
                <p class="chat-empty faint" hidden=flag(move || messages.with(|all| !all.is_empty()))>
                    {i18n.text(|t| t.chat_empty)}
                </p>
                <ol
                    class="chat-list"
                    role="log"
                    aria-live="polite"
                    tabindex="0"
                    aria-label=i18n.text(|t| t.chat)
                    node_ref=list
                    on:scroll=scrolled
                >
                    <For
                        each=move || messages.get()
                        key=|message| (message.author.clone(), message.number)
                        children=move |message| line(session, message)
                    />
                </ol>
                <button
                    class="chat-latest"
                    hidden=flag(move || !unread.get())
                    on:click=move |_| to_end()
                >
                    {i18n.text(|t| t.to_latest)}
                </button>
            </div>
            <Writer session/>
        </section>
    }
}

/// The field and its button. What cannot be sent yet stays in the field.
#[component]
fn Writer(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let field = NodeRef::<html::Textarea>::new();
    let waits = RwSignal::new(false);
    let in_room = session.part(|view| {
        let phase = view.room.as_ref().map(|room| room.phase);
        matches!(phase, Some(Phase::Attached | Phase::Repairing | Phase::HostAway))
    });
    let send = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let text = field.value().trim().to_owned();
        if text.is_empty() {
            return;
        }
        waits.set(!in_room.get_untracked());
        if in_room.get_untracked() {
            session.send(Command::Say(text));
            field.set_value("");
        }
    };
    let key = move |event: KeyboardEvent| {
        // Enter also ends the composition of a word; that one is not ours.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };

    view! {
        <form
            class="chat-writer"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <textarea
                rows="1"
                node_ref=field
                id="chat-input"
                data-testid="chat-input"
                maxlength=limits::CHAT_TEXT
                aria-label=i18n.text(|t| t.chat_placeholder)
                placeholder=i18n.text(|t| t.chat_placeholder)
                on:keydown=key
            ></textarea>
            <button class="primary square" data-testid="chat-send" aria-label=i18n.text(|t| t.send)>
                {icon(Icon::Send)}
            </button>
            <p class="hint" role="status" hidden=flag(move || !waits.get() || in_room.get())>
                {i18n.text(|t| t.chat_wait)}
            </p>
        </form>
    }
}

fn line(session: Session, message: Arc<ChatMessage>) -> impl IntoView {
    let i18n = use_i18n();
    let own = session.view().with_untracked(|view| view.id.as_ref() == Some(&message.author));
    let short: String = message.author.as_str().chars().take(8).collect();
    let name = if message.name.is_empty() { short } else { message.name.clone() };

    view! {
        <li
            class="message"
            class:own=own
            data-testid="chat-message"
            data-author=message.author.to_string()
            data-message-id=format!("{}:{}", message.author, message.number)
        >
            <span class="message-head">
                <b data-hue=hue(message.author.as_str())>{name}</b>
                {own.then(|| view! { <i class="faint">{i18n.text(|t| t.you)}</i> })}
                <time class="faint">{clock(message.at)}</time>
            </span>
            <span class="message-text">{linked(&message.text)}</span>
        </li>
    }
}

/// One of twelve colours, the same for an author everywhere (FNV-1a).
fn hue(author: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    author.bytes().fold(0x811c_9dc5, mix) % 12
}

/// Hours and minutes of the day here.
fn clock(at: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// Plain text whose web addresses are links.
fn linked(text: &str) -> Vec<AnyView> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let spans = finder.spans(text).map(|span| {
        let text = span.as_str().to_owned();
        if !is_web(&text) {
            return text.into_any();
        }
        let href = text.clone();
        view! { <a href=href target="_blank" rel="noopener noreferrer">{text}</a> }.into_any()
    });
    spans.collect()
}

fn is_web(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let scheme = scheme.unwrap_or_default();
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        for yes in ["https://example.org/a?b=c", "HTTP://example.org"] {
            assert!(is_web(yes), "{yes}");
        }
        for no in ["javascript://%0aalert(1)", "file:///etc/passwd", "see https://x.org", "x"] {
            assert!(!is_web(no), "{no}");
        }
    }

    #[test]
    fn an_author_keeps_the_colour() {
        assert_eq!(hue("alice"), hue("alice"));
        assert!((0..100).map(|n| hue(&n.to_string())).all(|hue| hue < 12));
    }
}
