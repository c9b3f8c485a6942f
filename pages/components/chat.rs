//! The room's chat.

use std::collections::{BTreeMap, VecDeque};

use js_sys::Date;
use leptos::prelude::*;
use linkify::{LinkFinder, LinkKind};
use live_core::id::PeerId;
use live_core::node::Command;
use live_core::view::{ChatMessage, Phase};
use live_core::wire::limits;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement, KeyboardEvent};

use super::icon::Icon;
use super::tool::tool;
use crate::dom::{El, el, follow, sign};
use crate::i18n::{I18n, use_i18n};
use crate::reactive::flag;
use crate::session::Session;
use crate::time;

/// Within so many pixels of the end, the list follows new messages.
const FOLLOW: i32 = 48;
/// Lines that stay on the page.
const LINES: usize = 10_000;

/// The messages, and a field to write one.
pub(crate) fn chat(session: Session) -> El {
    let i18n = use_i18n();
    let list = el("div")
        .set("class", "chat-list")
        .set("role", "log")
        .set("tabindex", "0")
        .bind("aria-label", i18n.text(|t| t.chat));
    let log = StoredValue::new(Log::new(&list, i18n));
    let following = RwSignal::new(true);
    let unread = RwSignal::new(false);
    let empty = RwSignal::new(true);

    let end = list.clone();
    let to_end = move || {
        let list: HtmlElement = end.node();
        list.set_scroll_top(list.scroll_height());
    };
    let messages = session.part(|view| view.chat.clone());
    let own = session.part(|view| view.id.clone());
    let latest = to_end.clone();
    follow(move || {
        let (own, seen) = (own.get_untracked(), following.get_untracked());
        let news = messages
            .with(|all| log.try_update_value(|log| log.add(all.iter().map(|m| &**m), own, seen)));
        let Some(News { lines, others }) = news else {
            return;
        };
        if lines > 0 {
            empty.set(false);
            if seen {
                request_animation_frame(latest.clone());
            } else if others {
                unread.set(true);
            }
        }
    });
    narrate(session, log, i18n);

    let scrolled = list.clone();
    let list = list.on("scroll", move |_| {
        let list: HtmlElement = scrolled.node();
        let left = list.scroll_height() - list.scroll_top() - list.client_height();
        following.set(left < FOLLOW);
        if left < FOLLOW {
            unread.set(false);
            log.update_value(|log| log.unread = false);
        }
    });
    let clear = move || {
        log.update_value(Log::clear);
        empty.set(true);
        unread.set(false);
    };
    el("section").set("class", "chat").bind("aria-label", i18n.text(|t| t.chat)).with([
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
                .on("click", move |_| to_end()),
        ]),
        writer(session),
    ])
}

/// The lines on the page. They are made once and never change, so that many cost little.
struct Log {
    list: El,
    i18n: I18n,
    lines: VecDeque<El>,
    /// The number of every author's last message that was shown.
    last: BTreeMap<PeerId, u64>,
    /// The day of the last message, 0 before the first.
    day: u32,
    /// The line above the first message that nobody has looked at.
    marker: Option<El>,
    /// Whether there is something below the marker that nobody has looked at.
    unread: bool,
}

/// What was added to a [`Log`].
struct News {
    lines: usize,
    /// Whether somebody else wrote some of it.
    others: bool,
}

impl Log {
    fn new(list: &El, i18n: I18n) -> Self {
        Self {
            list: list.clone(),
            i18n,
            lines: VecDeque::new(),
            last: BTreeMap::new(),
            day: 0,
            marker: None,
            unread: false,
        }
    }

    /// Adds the messages that were not there before; `seen` says whether somebody looks.
    fn add<'a>(
        &mut self,
        messages: impl Iterator<Item = &'a ChatMessage>,
        own: Option<PeerId>,
        seen: bool,
    ) -> News {
        let seen = seen && !document().hidden();
        let mut news = News { lines: 0, others: false };
        self.unread &= !seen;
        for message in messages {
            let last = self.last.entry(message.author.clone()).or_insert(0);
            if message.number <= *last {
                continue;
            }
            *last = message.number;
            let is_own = own.as_ref() == Some(&message.author);
            if !is_own && !seen && !self.unread {
                self.unread = true;
                self.mark();
            }
            self.date(message.at);
            self.push(line(message, is_own, self.i18n));
            news.lines += 1;
            news.others |= !is_own;
        }
        news
    }

    /// Adds a line that the room itself says.
    fn note(&mut self, text: &str) {
        self.push(el("div").named("chat-note", "chat-note").say(text));
    }

    /// What comes next is new.
    fn mark(&mut self) {
        if let Some(marker) = self.marker.take() {
            marker.remove();
        }
        let text = self.i18n.0.with_untracked(|language| language.texts().chat_new);
        let marker = el("div").named("chat-note new", "chat-new").say(text);
        self.marker = Some(marker.clone());
        self.list.add(&marker);
    }

    /// Says which day it is when it is another than before.
    fn date(&mut self, at: u64) {
        let day = time::number_of_day(at as f64);
        let before = core::mem::replace(&mut self.day, day);
        // A chat that begins today needs no word about it.
        if day == before || (before == 0 && day == time::number_of_day(Date::now())) {
            return;
        }
        let language = self.i18n.0.get_untracked();
        let long = f64::from(24 * 60 * 60 * 1000);
        if day == time::number_of_day(Date::now()) {
            self.note(language.texts().today);
        } else if day == time::number_of_day(Date::now() - long) {
            self.note(language.texts().yesterday);
        } else {
            self.note(&time::day(at as f64, language.tag()));
        }
    }

    fn push(&mut self, line: El) {
        self.list.add(&line);
        self.lines.push_back(line);
        if self.lines.len() > LINES
            && let Some(oldest) = self.lines.pop_front()
        {
            oldest.remove();
        }
    }

    fn clear(&mut self) {
        for line in self.lines.drain(..).chain(self.marker.take()) {
            line.remove();
        }
    }
}

/// Lets the chat say what happens to the room.
fn narrate(session: Session, log: StoredValue<Log>, i18n: I18n) {
    let state = session.part(|view| {
        let room = view.room.as_ref();
        let phase = room.map_or(Phase::Joining, |room| room.phase);
        (phase, room.is_some_and(|room| room.on_air.is_some()), view.tree.parent.is_some())
    });
    let before = StoredValue::new((Phase::Joining, false));
    follow(move || {
        let (phase, on_air, viewer) = state.get();
        let (last, was_on_air) = before.get_value();
        before.set_value((phase, on_air));
        let texts = i18n.0.with_untracked(|language| language.texts());
        let said = match (last, phase) {
            (Phase::Joining, Phase::Attached) if viewer => texts.said_joined,
            (Phase::Attached, Phase::Repairing) => texts.said_lost,
            (Phase::Repairing, Phase::Attached) => texts.said_back,
            (Phase::Attached, Phase::Attached) if on_air && !was_on_air => texts.said_on_air,
            (Phase::Attached, Phase::Attached) if was_on_air && !on_air => texts.said_off_air,
            _ => return,
        };
        log.update_value(|log| log.note(said));
    });
}

/// The field and its button. What cannot be sent yet stays in the field.
fn writer(session: Session) -> El {
    let i18n = use_i18n();
    let waits = RwSignal::new(false);
    let in_room = session.part(|view| {
        let phase = view.room.as_ref().map(|room| room.phase);
        matches!(phase, Some(Phase::Attached | Phase::Repairing | Phase::HostAway))
    });
    let field = el("textarea")
        .set("rows", "1")
        .set("id", "chat-input")
        .set("data-testid", "chat-input")
        .set("maxlength", &limits::CHAT_TEXT.to_string())
        .bind("aria-label", i18n.text(|t| t.chat_placeholder))
        .bind("placeholder", i18n.text(|t| t.chat_placeholder));
    let typed: HtmlTextAreaElement = field.node();
    let send = move || {
        let text = typed.value().trim().to_owned();
        if text.is_empty() {
            return;
        }
        waits.set(!in_room.get_untracked());
        if in_room.get_untracked() {
            session.send(Command::Say(text));
            typed.set_value("");
        }
    };
    let enter = send.clone();
    let field = field.on("keydown", move |event| {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        // Enter also ends the composition of a word; that one is not ours.
        if key.key() == "Enter" && !key.shift_key() && !key.is_composing() {
            event.prevent_default();
            enter();
        }
    });
    el("form")
        .set("class", "chat-writer")
        .with([
            field,
            el("button")
                .named("primary square", "chat-send")
                .bind("aria-label", i18n.text(|t| t.send))
                .with([sign(Icon::Send)]),
            el("p")
                .set("class", "hint")
                .set("role", "status")
                .flag("hidden", flag(move || !waits.get() || in_room.get()))
                .text(i18n.text(|t| t.chat_wait)),
        ])
        .on("submit", move |event| {
            event.prevent_default();
            send();
        })
}

fn line(message: &ChatMessage, own: bool, i18n: I18n) -> El {
    let author = message.author.as_str();
    let short: String = author.chars().take(8).collect();
    let name = if message.name.is_empty() { &short } else { &message.name };
    let head = el("span")
        .set("class", "message-head")
        .with([el("b").set("data-hue", &hue(author).to_string()).say(name)]);
    if own {
        let you = i18n.0.with_untracked(|language| language.texts().you);
        head.add(&el("i").set("class", "faint").say(you));
    }
    head.add(&el("time").set("class", "faint").say(&time::clock(message.at)));
    let text = el("span").set("class", "message-text");
    link(&message.text, &text);
    el("div")
        .named(if own { "message own" } else { "message" }, "chat-message")
        .set("data-author", author)
        .set("data-message-id", &[author, ":", &message.number.to_string()].concat())
        .with([head, text])
}

/// One of twelve colours, the same for an author everywhere (FNV-1a).
fn hue(author: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    author.bytes().fold(0x811c_9dc5, mix) % 12
}

/// Puts plain text, whose web addresses are links, into `place`.
fn link(text: &str, place: &El) {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    for span in finder.spans(text) {
        let text = span.as_str();
        if is_web(text) {
            let link = el("a").set("href", text).set("target", "_blank");
            place.add(&link.set("rel", "noopener noreferrer").say(text));
        } else {
            place.write(text);
        }
    }
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
