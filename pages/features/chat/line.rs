//! One line of the chat log.

use std::sync::Arc;

use js_sys::Date;
use leptos::prelude::*;
use linkify::{LinkFinder, LinkKind};
use live_core::view::MessageId;
use live_web::picture::ObjectUrl;

use super::entries::{Entry, Message, RoomEvent};
use crate::features::people::Person;
use crate::features::people::avatar::{Avatar, display_name, hue};
use crate::features::people::unproven::Unproven;
use crate::i18n::{I18n, t, t_string, use_i18n};
use crate::time;
use crate::ui::icon::Icon;

/// The actions of the buttons in a line.
#[derive(Clone, Copy)]
pub(super) struct LineActions {
    /// Set to the person whom the host selects; `None` on a viewer's page.
    pub(super) selected: Option<RwSignal<Option<Person>>>,
    /// Set to the image to enlarge.
    pub(super) enlarged: RwSignal<Option<Arc<ObjectUrl>>>,
}

/// The view of an entry; its texts follow the language.
pub(super) fn line(entry: Entry, actions: LineActions) -> AnyView {
    let i18n = use_i18n();
    match entry {
        Entry::Message(message) => view! { <MessageLine message actions/> }.into_any(),
        Entry::Day(at) => note(move || day_text(i18n, at)),
        Entry::Event(event) => note(move || event_text(i18n, event).to_owned()),
        Entry::Deleted => note(move || t_string!(i18n, deleted).to_owned()),
        Entry::New => view! {
            <div class="chat-note new" data-testid="chat-new">{t!(i18n, chat_new)}</div>
        }
        .into_any(),
    }
}

#[component]
fn MessageLine(message: Message, actions: LineActions) -> impl IntoView {
    let i18n = use_i18n();
    let Message { message, own, avatar, image } = message;
    let author = message.author.clone();
    let name = display_name(&message.name, author.as_str()).to_owned();
    let id = MessageId { author: author.clone(), number: message.number };

    let manage = actions.selected.map(|selected| {
        let (label, chosen) = (name.clone(), name.clone());
        view! {
            <button
                class="quiet square tool"
                data-testid="chat-manage"
                type="button"
                aria-label=move || t_string!(i18n, manage, name = label)
                on:click=move |_| {
                    let (id, name) = (id.clone(), chosen.clone());
                    selected.set(Some(Person { id: id.author.clone(), name, message: Some(id) }));
                }
            >
                <Icon icon=Icon::More/>
            </button>
        }
    });
    let text = (!message.text.is_empty())
        .then(|| view! { <span class="message-text">{with_links(&message.text)}</span> });
    let image = message.image.map(|_| image_view(image, name.clone(), actions.enlarged, i18n));
    view! {
        <div
            class=if own { "message own" } else { "message" }
            data-testid="chat-message"
            data-author=author.to_string()
            data-message-id=format!("{author}:{}", message.number)
        >
            <span class="message-head">
                <Avatar id=author.clone() name=name.clone() picture=avatar/>
                <b data-hue=hue(author.as_str()).to_string()>{name}</b>
                {(!author.is_derived()).then(|| view! { <Unproven/> })}
                {own.then(|| view! { <i class="faint">{t!(i18n, you)}</i> })}
                <time class="faint">{time::clock(message.at)}</time>
            </span>
            {manage}
            {text}
            {image}
        </div>
    }
}

/// The image of a message, or a note if it is no longer loaded.
fn image_view(
    image: Option<Arc<ObjectUrl>>,
    author: String,
    enlarged: RwSignal<Option<Arc<ObjectUrl>>>,
    i18n: I18n,
) -> AnyView {
    let Some(image) = image else {
        return view! { <span class="message-text faint">{t!(i18n, image_gone)}</span> }.into_any();
    };
    let source = image.as_str().to_owned();
    view! {
        <button
            class="message-image"
            data-testid="chat-image"
            type="button"
            on:click=move |_| enlarged.set(Some(image.clone()))
        >
            <img src=source alt=move || t_string!(i18n, image_of, name = author)/>
        </button>
    }
    .into_any()
}

fn note(text: impl Fn() -> String + Send + 'static) -> AnyView {
    view! { <div class="chat-note" data-testid="chat-note">{text}</div> }.into_any()
}

fn event_text(i18n: I18n, event: RoomEvent) -> &'static str {
    match event {
        RoomEvent::Joined => t_string!(i18n, said_joined),
        RoomEvent::ParentLost => t_string!(i18n, said_lost),
        RoomEvent::Reattached => t_string!(i18n, said_back),
        RoomEvent::OnAir => t_string!(i18n, said_on_air),
        RoomEvent::OffAir => t_string!(i18n, said_off_air),
    }
}

/// "Today", "yesterday" or the date.
fn day_text(i18n: I18n, at: u64) -> String {
    const DAY: f64 = 24.0 * 60.0 * 60.0 * 1000.0;
    let day = time::number_of_day(at as f64);
    if day == time::number_of_day(Date::now()) {
        t_string!(i18n, today).to_owned()
    } else if day == time::number_of_day(Date::now() - DAY) {
        t_string!(i18n, yesterday).to_owned()
    } else {
        time::day(at as f64, i18n.language().tag())
    }
}

/// Plain text whose web addresses are links.
fn with_links(text: &str) -> Vec<AnyView> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let view = |text: &str| {
        let text = text.to_owned();
        if !is_web(&text) {
            return text.into_any();
        }
        let href = text.clone();
        view! { <a href=href target="_blank" rel="noopener noreferrer">{text}</a> }.into_any()
    };
    finder.spans(text).map(|span| view(span.as_str())).collect()
}

fn is_web(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let scheme = scheme.unwrap_or_default();
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn only_web_addresses_become_links() {
        for yes in ["https://example.org/a?b=c", "HTTP://example.org"] {
            assert!(is_web(yes), "{yes}");
        }
        for no in ["javascript://%0aalert(1)", "file:///etc/passwd", "see https://x.org", "x"] {
            assert!(!is_web(no), "{no}");
        }
    }
}
