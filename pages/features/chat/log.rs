//! What was said, and the part of it that is on the page: only so much as a reader may see next,
//! so that a long chat costs no more than a short one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use js_sys::Date;
use live_core::id::PeerId;
use live_core::picture::PictureId;
use live_core::view::{ChatMessage, View};
use live_core::wire::message::MessageId;
use live_web::picture::ObjectUrl;
use web_sys::HtmlElement;

use super::line;
use crate::dom::{El, el};
use crate::i18n::I18n;
use crate::time;

/// Lines that are kept.
const LINES: usize = 10_000;
/// Images that are kept.
const IMAGES: usize = 64;
/// Avatars that are kept for those who speak again.
const AVATARS: usize = 64;
/// Lines on the page while it follows the end.
const FEW: usize = 150;
/// Lines on the page at the most.
const MANY: usize = 300;
/// Lines that come to the page at once when the reader gets near the first or the last one.
const STEP: usize = 50;

/// Lines are numbered in their order; a line keeps its number.
pub(super) struct Log {
    list: El,
    lines: El,
    i18n: I18n,
    host: bool,
    kept: VecDeque<Line>,
    /// The number of the first line that is kept.
    first: usize,
    /// The lines on the page.
    shown: VecDeque<El>,
    /// The number of the first of them.
    from: usize,
    /// The message that came last.
    latest: Option<Arc<ChatMessage>>,
    /// The number of every author's last message.
    last: BTreeMap<PeerId, u64>,
    deleted: Vec<MessageId>,
    avatars: VecDeque<(PictureId, Arc<ObjectUrl>)>,
    /// The day of the last message, 0 before the first.
    day: u32,
    /// Whether there is something below the marker that nobody has looked at.
    unread: bool,
}

pub(super) enum Line {
    Message(Said),
    /// The room itself says something.
    Note(String),
    /// What comes below is new.
    New,
}

pub(super) struct Said {
    pub(super) message: Arc<ChatMessage>,
    pub(super) own: bool,
    pub(super) avatar: Option<Arc<ObjectUrl>>,
    /// `None` also for an image that is not at hand any more.
    pub(super) image: Option<Arc<ObjectUrl>>,
}

/// What was added to a [`Log`].
#[derive(Default)]
pub(super) struct News {
    pub(super) lines: usize,
    /// Whether somebody else wrote some of it.
    pub(super) others: bool,
}

impl Log {
    /// A log in `lines`, which scrolls in `list`. A host can do something about each message.
    pub(super) fn new(list: &El, lines: &El, i18n: I18n, host: bool) -> Self {
        Self {
            list: list.clone(),
            lines: lines.clone(),
            i18n,
            host,
            kept: VecDeque::new(),
            first: 0,
            shown: VecDeque::new(),
            from: 0,
            latest: None,
            last: BTreeMap::new(),
            deleted: Vec::new(),
            avatars: VecDeque::new(),
            day: 0,
            unread: false,
        }
    }

    /// Takes what is new in the view; `seen` says whether somebody looks.
    pub(super) fn add(&mut self, view: &View, seen: bool) -> News {
        let mut news = News::default();
        if self.deleted != view.deleted {
            self.delete(&view.deleted);
            news.lines += 1;
        }
        let is_latest = |message: &Arc<ChatMessage>| {
            self.latest.as_ref().is_some_and(|latest| Arc::ptr_eq(latest, message))
        };
        let known = view.chat.iter().rposition(is_latest).map_or(0, |at| at + 1);
        for message in &view.chat[known..] {
            let last = self.last.entry(message.author.clone()).or_insert(0);
            if message.number <= *last {
                continue;
            }
            *last = message.number;
            let own = view.id.as_ref() == Some(&message.author);
            self.unread &= !seen;
            if !own && !seen && !self.unread {
                self.unread = true;
                self.mark();
            }
            self.date(message.at);
            let avatar = message.avatar.and_then(|id| self.avatar(id, view));
            let image = message.image.and_then(|id| address(id, view));
            let has_image = image.is_some();
            self.push(Line::Message(Said { message: message.clone(), own, avatar, image }));
            if has_image {
                self.limit_images();
            }
            news.lines += 1;
            news.others |= !own;
        }
        self.latest = view.chat.last().cloned();
        // Nobody writes so often that an author who is forgotten here is in the view again.
        if self.last.len() > LINES {
            self.last.clear();
        }
        news
    }

    /// Adds a line that the room itself says.
    pub(super) fn note(&mut self, text: &str) {
        self.push(Line::Note(text.to_owned()));
    }

    /// Somebody has looked at the end.
    pub(super) fn seen(&mut self) {
        self.unread = false;
    }

    pub(super) fn clear(&mut self) {
        self.first = self.end();
        self.kept.clear();
        self.begin_at(self.first);
    }

    /// Whether the last line is on the page.
    pub(super) fn shows_end(&self) -> bool {
        self.shown_to() == self.end()
    }

    /// Brings what is new to the page, and takes off what is out of sight for good.
    pub(super) fn show(&mut self, following: bool) {
        let end = self.end();
        if !following {
            return self.extend_to(end.min(self.from + MANY));
        }
        if end > self.shown_to() + FEW {
            self.begin_at(end - FEW);
        }
        self.extend_to(end);
        self.drop_first(FEW);
    }

    /// Shows the first lines that are kept.
    pub(super) fn show_oldest(&mut self) {
        self.begin_at(self.first);
        self.extend_to(self.end().min(self.first + FEW));
    }

    /// Shows earlier lines; what is seen stays where it is.
    pub(super) fn show_older(&mut self) {
        let from = self.from.saturating_sub(STEP).max(self.first);
        if from == self.from {
            return;
        }
        while self.shown.len() > MANY - STEP {
            self.shown.pop_back().iter().for_each(El::remove);
        }
        self.steadily(&|log| {
            while log.from > from {
                log.from -= 1;
                let line = log.make(log.from);
                log.lines.add_first(&line);
                log.shown.push_front(line);
            }
        });
    }

    /// Shows later lines; what is seen stays where it is.
    pub(super) fn show_newer(&mut self) {
        let to = self.end().min(self.shown_to() + STEP);
        if to > self.shown_to() {
            self.extend_to(to);
            self.steadily(&|log| log.drop_first(MANY));
        }
    }

    fn end(&self) -> usize {
        self.first + self.kept.len()
    }

    fn shown_to(&self) -> usize {
        self.from + self.shown.len()
    }

    /// Changes what is above of what is seen, which stays in its place.
    fn steadily(&mut self, change: &dyn Fn(&mut Self)) {
        let list: HtmlElement = self.list.node();
        let below = list.scroll_height() - list.scroll_top();
        change(self);
        list.set_scroll_top(list.scroll_height() - below);
    }

    fn extend_to(&mut self, number: usize) {
        while self.shown_to() < number {
            let line = self.make(self.shown_to());
            self.lines.add(&line);
            self.shown.push_back(line);
        }
    }

    /// Takes the first lines off the page until `most` are left.
    fn drop_first(&mut self, most: usize) {
        while self.shown.len() > most {
            self.shown.pop_front().iter().for_each(El::remove);
            self.from += 1;
        }
    }

    fn begin_at(&mut self, number: usize) {
        self.shown.drain(..).for_each(|line| line.remove());
        self.from = number;
    }

    fn make(&self, number: usize) -> El {
        let texts = self.i18n.get_untracked();
        match &self.kept[number - self.first] {
            Line::Message(said) => line::message(said, self.host, texts),
            Line::Note(text) => el("div").named("chat-note", "chat-note").say(text),
            Line::New => el("div").named("chat-note new", "chat-new").say(texts.chat_new),
        }
    }

    /// A line has changed.
    fn remake(&mut self, number: usize) {
        if (self.from..self.shown_to()).contains(&number) {
            let line = self.make(number);
            let before = &mut self.shown[number - self.from];
            before.replace(&line);
            *before = line;
        }
    }

    fn push(&mut self, line: Line) {
        self.kept.push_back(line);
        if self.kept.len() > LINES {
            self.kept.pop_front();
            self.first += 1;
            if self.from < self.first {
                self.shown.pop_front().iter().for_each(El::remove);
                self.from = self.first;
            }
        }
    }

    /// What comes next is new; there is one such line.
    fn mark(&mut self) {
        if let Some(at) = self.kept.iter().rposition(|line| matches!(line, Line::New)) {
            let number = at + self.first;
            self.kept.remove(at);
            if number < self.from {
                self.from -= 1;
            } else if number < self.shown_to()
                && let Some(marker) = self.shown.remove(number - self.from)
            {
                marker.remove();
            }
        }
        self.push(Line::New);
    }

    /// Says which day it is when it is another than before.
    fn date(&mut self, at: u64) {
        let day = time::number_of_day(at as f64);
        let before = core::mem::replace(&mut self.day, day);
        // A chat that begins today needs no word about it.
        if day == before || (before == 0 && day == time::number_of_day(Date::now())) {
            return;
        }
        let language = self.i18n.language_untracked();
        let long = f64::from(24 * 60 * 60 * 1000);
        if day == time::number_of_day(Date::now()) {
            self.note(language.texts().today);
        } else if day == time::number_of_day(Date::now() - long) {
            self.note(language.texts().yesterday);
        } else {
            self.note(&time::day(at as f64, language.tag()));
        }
    }

    /// The host has deleted these.
    fn delete(&mut self, deleted: &[MessageId]) {
        let before = core::mem::replace(&mut self.deleted, deleted.to_vec());
        for order in deleted.iter().filter(|order| !before.contains(order)) {
            let found = self.kept.iter().rposition(|line| match line {
                Line::Message(Said { message, .. }) => {
                    message.author == order.author && message.number == order.number
                }
                _ => false,
            });
            if let Some(at) = found {
                let texts = self.i18n.get_untracked();
                self.kept[at] = Line::Note(texts.deleted.to_owned());
                self.remake(at + self.first);
            }
        }
    }

    fn avatar(&mut self, id: PictureId, view: &View) -> Option<Arc<ObjectUrl>> {
        if let Some((_, known)) = self.avatars.iter().find(|(known, _)| *known == id) {
            return Some(known.clone());
        }
        let address = address(id, view)?;
        if self.avatars.len() == AVATARS {
            self.avatars.pop_front();
        }
        self.avatars.push_back((id, address.clone()));
        Some(address)
    }

    fn limit_images(&mut self) {
        let has_image = |line: &Line| matches!(line, Line::Message(said) if said.image.is_some());
        let mut images = self.kept.iter().enumerate().filter(|(_, line)| has_image(line));
        if let (Some((oldest, _)), more) = (images.next(), images.count())
            && more >= IMAGES
            && let Line::Message(said) = &mut self.kept[oldest]
        {
            said.image = None;
            self.remake(oldest + self.first);
        }
    }
}

/// Where a picture that is at hand can be shown from.
pub(super) fn address(id: PictureId, view: &View) -> Option<Arc<ObjectUrl>> {
    let picture = view.pictures.iter().find(|picture| picture.id() == id)?;
    ObjectUrl::new(picture).map(Arc::new)
}
