//! The room's chat.

mod line;
mod log;
mod writer;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::{Phase, View};
use live_core::wire::message::MessageId;
use live_web::picture;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

pub(crate) use self::line::name as shown_name;
use self::log::Log;
use self::writer::Writer;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::dom::{El, el, follow, watch_size};
use crate::features::people::Person;
use crate::i18n::{I18n, use_i18n};
use crate::reactive::{flag, text};
use crate::ui::dialog::dialog;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// Within so many pixels of the end, the reader is at the end.
const NEAR: i32 = 48;

/// The messages, and a field to write one. A host is given `person`, to choose who is to be dealt
/// with.
pub(crate) fn chat(session: RoomHandle, person: Option<RwSignal<Option<Person>>>) -> El {
    let i18n = use_i18n();
    // Whether the list follows what is said. Only the reader ends that, by scrolling back: the
    // list may leave the end by itself when something in it or around it changes its size.
    let following = RwSignal::new(true);
    let unread = RwSignal::new(false);
    let empty = RwSignal::new(true);
    let enlarged = RwSignal::new(String::new());

    let lines = el("div").set("class", "chat-lines");
    let list = el("div")
        .set("class", "chat-list")
        .set("role", "log")
        .set("tabindex", "0")
        .bind("aria-label", i18n.text(|t| t.chat))
        // What a reader scrolls to is not news.
        .bind("aria-live", text(move || if following.get() { "polite" } else { "off" }))
        .with([lines.clone()]);
    let log = StoredValue::new(Log::new(&list, &lines, i18n, person.is_some()));
    let top = StoredValue::new(0);

    let frame = list.clone();
    let pin = move || {
        if following.try_get_untracked() == Some(true) {
            let list: HtmlElement = frame.node();
            list.set_scroll_top(list.scroll_height());
            top.set_value(list.scroll_top());
        }
    };
    watch_size([&list, &lines], pin.clone());
    let scheduled = StoredValue::new(false);
    let show = move || {
        // However much is said, the page changes once per frame.
        if scheduled.get_value() {
            return;
        }
        scheduled.set_value(true);
        let pin = pin.clone();
        request_animation_frame(move || {
            if let Some(following) = following.try_get_untracked() {
                scheduled.set_value(false);
                log.update_value(|log| log.show(following));
                pin();
            }
        });
    };

    let tab = use_tab();
    let news = show.clone();
    let view = session.view();
    follow(move || {
        let seen = following.get_untracked() && !document().hidden() && untrack(|| tab.is_shown());
        let added = view.with(|view| log.try_update_value(|log| log.add(view, seen)));
        let Some(added) = added.filter(|added| added.lines > 0) else {
            return;
        };
        empty.set(false);
        if added.others && !following.get_untracked() {
            unread.set(true);
        }
        news();
    });
    narrate(session, log, i18n, show.clone());

    let to_end = move || {
        following.set(true);
        unread.set(false);
        log.update_value(Log::seen);
        show();
    };
    let (latest, frame, keyed) = (to_end.clone(), list.clone(), list.clone());
    let list = list
        // What is on the page has other ends than the chat.
        .on("keydown", move |event| match event.dyn_ref().map(KeyboardEvent::key).as_deref() {
            Some("Home") => {
                event.prevent_default();
                following.set(false);
                log.update_value(Log::show_oldest);
                keyed.node::<HtmlElement>().set_scroll_top(0);
            }
            Some("End") => {
                event.prevent_default();
                to_end();
            }
            _ => {}
        })
        .on("scroll", move |_| {
            let list: HtmlElement = frame.node();
            let (now, height) = (list.scroll_top(), list.client_height());
            let left = list.scroll_height() - now - height;
            if left < NEAR && log.with_value(Log::shows_end) {
                following.set(true);
                unread.set(false);
                log.update_value(Log::seen);
            } else if now < top.get_value() {
                following.set(false);
            }
            top.set_value(now);
            if following.get_untracked() {
                return;
            }
            if now < height {
                log.update_value(Log::show_older);
            } else if left < height {
                log.update_value(Log::show_newer);
            }
            top.set_value(list.scroll_top());
        })
        .on("click", move |event| {
            let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
                return;
            };
            let around = |handle: &str| target.closest(handle).ok().flatten();
            if let Some(image) = around(".message-image") {
                let image = image.first_element_child();
                enlarged.set(image.and_then(|i| i.get_attribute("src")).unwrap_or_default());
            } else if around("[data-testid=chat-manage]").is_some()
                && let (Some(person), Some(line)) = (person, around(".message"))
            {
                person.set(person_of(&line));
            }
        });
    let clear = move || {
        log.update_value(Log::clear);
        empty.set(true);
        unread.set(false);
    };
    let writer = Writer::new(session);
    el("section")
        .set("class", "chat")
        .bind("aria-label", i18n.text(|t| t.chat))
        .with([
            el("div").set("class", "chat-head").with([
                el("h2").text(i18n.text(|t| t.chat)),
                tool("chat-clear", Icon::Clear, i18n.text(|t| t.chat_clear), None, clear),
            ]),
            el("div").set("class", "chat-scroll").with([
                el("p")
                    .set("class", "chat-empty faint")
                    .flag("hidden", flag(move || !empty.get()))
                    .text(i18n.text(|t| t.chat_empty)),
                list,
                el("button")
                    .named("chat-latest", "chat-latest")
                    .flag("hidden", flag(move || !unread.get()))
                    .text(i18n.text(|t| t.to_latest))
                    .on("click", move |_| latest()),
            ]),
            writer.form(),
            enlarged_image(enlarged, i18n),
        ])
        // Without this, the browser leaves the page for what is dropped on it.
        .on("dragover", |event| event.prevent_default())
        .on("drop", move |event| {
            event.prevent_default();
            if let Some(file) = picture::image_file(&event) {
                writer.attach(file);
            }
        })
}

/// What stands for a person outside the chat: the picture beside what they said last, or the first
/// letter of the name.
pub(crate) fn avatar_of(view: &View, id: &PeerId, name: &str) -> El {
    let said = view.chat.iter().rev().find(|message| message.author == *id);
    let address = said.and_then(|message| log::address(message.avatar?, view));
    let avatar = line::avatar(address.as_deref(), name, id.as_str());
    // The address lives as long as the owner around.
    on_cleanup(move || drop(address));
    avatar
}

/// The image that the reader wants to see larger.
fn enlarged_image(address: RwSignal<String>, i18n: I18n) -> El {
    let close = Callback::new(move |()| address.set(String::new()));
    // Without an address there is no image; an empty one would be that of the page.
    let image = el("div").set("class", "enlarged").children(move || {
        let address = address.get();
        let image = || el("img").set("src", &address).set("alt", "");
        if address.is_empty() { Vec::new() } else { vec![image()] }
    });
    let open = flag(move || !address.with(String::is_empty));
    dialog(open, close, i18n.text(|t| t.image), "image-dialog", vec![image])
}

/// Who wrote a line, and which message it is.
fn person_of(line: &Element) -> Option<Person> {
    let name = line.query_selector("b").ok().flatten()?.text_content().unwrap_or_default();
    let message = line.get_attribute("data-message-id")?;
    let (author, number) = message.split_once(':')?;
    let (id, number) = (PeerId::new(author).ok()?, number.parse().ok()?);
    Some(Person { message: Some(MessageId { author: id.clone(), number }), id, name })
}

/// Lets the chat say what happens to the room.
fn narrate(session: RoomHandle, log: StoredValue<Log>, i18n: I18n, show: impl Fn() + 'static) {
    let state = session.select(|view| {
        let room = view.room.as_ref();
        let phase = room.map_or(Phase::Joining, |room| room.phase);
        (phase, room.is_some_and(|room| room.on_air.is_some()), view.tree.parent.is_some())
    });
    let before = StoredValue::new((Phase::Joining, false));
    follow(move || {
        let (phase, on_air, viewer) = state.get();
        let (last, was_on_air) = before.get_value();
        before.set_value((phase, on_air));
        let texts = i18n.get_untracked();
        let said = match (last, phase) {
            (Phase::Joining, Phase::Attached) if viewer => texts.said_joined,
            (Phase::Attached, Phase::Repairing) => texts.said_lost,
            (Phase::Repairing, Phase::Attached) => texts.said_back,
            (Phase::Attached, Phase::Attached) if on_air && !was_on_air => texts.said_on_air,
            (Phase::Attached, Phase::Attached) if was_on_air && !on_air => texts.said_off_air,
            _ => return,
        };
        log.update_value(|log| log.note(said));
        show();
    });
}
