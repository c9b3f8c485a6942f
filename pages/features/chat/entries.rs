//! The model of the chat log: its entries in order, independent of the DOM.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::picture::{Picture, PictureId};
use live_core::view::{ChatMessage, MessageId, View};
use live_web::picture::ObjectUrl;

use crate::time;

/// Entries that are kept.
const ENTRIES: usize = 10_000;
/// Images that are kept.
const IMAGES: usize = 64;
/// Authors whose avatar is kept up to date.
const AVATARS: usize = 256;

/// The picture of an author. All lines of the author share it, so all follow a change.
pub(super) type Avatar = ArcRwSignal<Option<Arc<ObjectUrl>>>;

/// One line of the log.
#[derive(Clone)]
pub(super) enum Entry {
    Message(Message),
    /// The day of what follows, in Unix milliseconds.
    Day(u64),
    Event(RoomEvent),
    /// The host has deleted the message that was here.
    Deleted,
    /// What follows is new to the reader.
    New,
}

/// A message with its pictures.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) message: Arc<ChatMessage>,
    pub(super) own: bool,
    pub(super) avatar: Avatar,
    /// `None` also if the image is no longer loaded.
    pub(super) image: Option<Arc<ObjectUrl>>,
}

/// What the log says about the room itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoomEvent {
    Joined,
    ParentLost,
    Reattached,
    OnAir,
    OffAir,
}

/// What [`Entries::add`] has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// The number of a removed entry; the entries after it moved up by one.
    pub(super) removed: Option<usize>,
    /// The numbers, after the removal, of replaced entries.
    pub(super) replaced: Vec<usize>,
    /// Whether there are new entries.
    pub(super) added: bool,
    /// Whether others wrote some of them.
    pub(super) from_others: bool,
}

/// The entries are numbered in their order; an entry keeps its number while it is kept.
pub(super) struct Entries {
    kept: VecDeque<Entry>,
    /// The number of the first entry that is kept.
    first: usize,
    /// The message that came last.
    latest: Option<Arc<ChatMessage>>,
    /// The number of every author's last message.
    last_numbers: IndexMap<PeerId, u64>,
    deleted: Arc<[MessageId]>,
    /// The authors with an avatar, ordered by their last message.
    avatars: VecDeque<(PeerId, PictureId, Avatar)>,
    own_avatar: Avatar,
    /// The day of the last message, 0 before the first.
    day: u32,
    /// There are messages below [`Entry::New`] that the reader has not seen.
    unread: bool,
}

impl Entries {
    pub(super) fn new() -> Self {
        Self {
            kept: VecDeque::new(),
            first: 0,
            latest: None,
            last_numbers: IndexMap::new(),
            deleted: Arc::default(),
            avatars: VecDeque::new(),
            own_avatar: ArcRwSignal::new(None),
            day: 0,
            unread: false,
        }
    }

    /// Adds what is new in the view at the time `now`; `seen` tells whether the user sees the end
    /// of the log.
    pub(super) fn add(&mut self, view: &View, seen: bool, now: f64) -> Changes {
        let mut changes = Changes::default();
        self.delete(&view.deleted, &mut changes);
        let is_latest = |message: &Arc<ChatMessage>| {
            self.latest.as_ref().is_some_and(|latest| Arc::ptr_eq(latest, message))
        };
        let known = view.chat.iter().rposition(is_latest).map_or(0, |at| at + 1);
        for message in &view.chat[known..] {
            let last = self.last_numbers.entry(message.author.clone()).or_insert(0);
            if message.number <= *last {
                continue;
            }
            *last = message.number;
            let own = view.id.as_ref() == Some(&message.author);
            self.unread &= !seen;
            if !own && !seen && !self.unread {
                self.unread = true;
                self.mark_new(&mut changes);
            }
            self.begin_day(message.at, now);
            let avatar = if own { self.own_avatar.clone() } else { self.avatar(message, view) };
            let image = message.image.and_then(|id| address(id, view));
            let has_image = image.is_some();
            self.push(Entry::Message(Message { message: message.clone(), own, avatar, image }));
            if has_image {
                self.limit_images(&mut changes);
            }
            changes.added = true;
            changes.from_others |= !own;
        }
        self.latest = view.chat.last().cloned();
        // The authors of the view's history, which is far shorter, are never among them.
        if self.last_numbers.len() > ENTRIES {
            self.last_numbers.clear();
        }
        changes
    }

    /// Adds what happened to the room.
    pub(super) fn add_event(&mut self, event: RoomEvent) {
        self.push(Entry::Event(event));
    }

    /// Shows `picture` beside all own messages from now on.
    pub(super) fn set_own_avatar(&mut self, picture: Option<&Picture>) {
        self.own_avatar.set(picture.and_then(ObjectUrl::new).map(Arc::new));
    }

    /// The user has seen the end of the log.
    pub(super) fn mark_seen(&mut self) {
        self.unread = false;
    }

    /// Removes all entries.
    pub(super) fn clear(&mut self) {
        self.first = self.end();
        self.kept.clear();
    }

    /// The number of the first entry.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// The number after the last entry.
    pub(super) fn end(&self) -> usize {
        self.first + self.kept.len()
    }

    pub(super) fn get(&self, number: usize) -> Option<&Entry> {
        self.kept.get(number.checked_sub(self.first)?)
    }

    fn push(&mut self, entry: Entry) {
        self.kept.push_back(entry);
        if self.kept.len() > ENTRIES {
            self.kept.pop_front();
            self.first += 1;
        }
    }

    /// Puts [`Entry::New`] at the end; there is only one.
    fn mark_new(&mut self, changes: &mut Changes) {
        if let Some(at) = self.kept.iter().rposition(|entry| matches!(entry, Entry::New)) {
            self.kept.remove(at);
            let number = at + self.first;
            changes.removed = Some(number);
            changes.replaced.iter_mut().filter(|at| **at > number).for_each(|at| *at -= 1);
        }
        self.push(Entry::New);
    }

    /// Adds the day if it differs from the last message's.
    fn begin_day(&mut self, at: u64, now: f64) {
        let day = time::number_of_day(at as f64);
        let before = core::mem::replace(&mut self.day, day);
        // A chat that begins today shows no date.
        if day != before && (before != 0 || day != time::number_of_day(now)) {
            self.push(Entry::Day(at));
        }
    }

    fn delete(&mut self, deleted: &Arc<[MessageId]>, changes: &mut Changes) {
        if self.deleted == *deleted {
            return;
        }
        let before = core::mem::replace(&mut self.deleted, deleted.clone());
        for order in deleted.iter().filter(|order| !before.contains(order)) {
            let found = self.kept.iter().rposition(|entry| match entry {
                Entry::Message(Message { message, .. }) => {
                    message.author == order.author && message.number == order.number
                }
                _ => false,
            });
            if let Some(at) = found {
                self.kept[at] = Entry::Deleted;
                changes.replaced.push(at + self.first);
            }
        }
    }

    /// The avatar of a message's author, brought up to date by this message.
    fn avatar(&mut self, message: &ChatMessage, view: &View) -> Avatar {
        let known = self.avatars.iter().position(|(author, ..)| *author == message.author);
        let known = known.and_then(|at| self.avatars.remove(at));
        let (before, avatar) = match known {
            Some((_, id, avatar)) => (Some(id), avatar),
            None => (None, ArcRwSignal::new(None)),
        };
        if before != message.avatar {
            avatar.set(message.avatar.and_then(|id| address(id, view)));
        }
        if let Some(id) = message.avatar {
            self.avatars.push_back((message.author.clone(), id, avatar.clone()));
            if self.avatars.len() > AVATARS {
                self.avatars.pop_front();
            }
        }
        avatar
    }

    /// Drops the oldest image if there are too many.
    fn limit_images(&mut self, changes: &mut Changes) {
        let has_image =
            |entry: &Entry| matches!(entry, Entry::Message(message) if message.image.is_some());
        let mut images = self.kept.iter().enumerate().filter(|(_, entry)| has_image(entry));
        if let (Some((oldest, _)), more) = (images.next(), images.count())
            && more >= IMAGES
            && let Entry::Message(message) = &mut self.kept[oldest]
        {
            message.image = None;
            changes.replaced.push(oldest + self.first);
        }
    }
}

/// The object URL of a picture, if it is loaded.
fn address(id: PictureId, view: &View) -> Option<Arc<ObjectUrl>> {
    let picture = view.pictures.iter().find(|picture| picture.id() == id)?;
    ObjectUrl::new(picture).map(Arc::new)
}
