//! The part of the chat log that is on the page.
//!
//! Of up to 10 000 entries at most [`MAX`] are in the document, so that a long chat scrolls as
//! smoothly as a short one (measured in `tests/e2e/chat.spec.mjs`). The lines come and go at both
//! ends while the scroll position stays, which `For` cannot do. Each line is an ordinary Leptos view
//! with an owner of its own; only its mounting is done by hand.

use std::collections::VecDeque;

use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Mountable, Render};
use web_sys::Element;

use super::entries::{Changes, Entries, Entry};

/// Lines on the page while the log follows its end.
const FOLLOWING: usize = 150;
/// Lines on the page at the most.
pub(super) const MAX: usize = 300;
/// Lines that are added at once when the reader nears an end of the window.
const STEP: usize = 50;

/// The lines in `container` for a run of [`Entries`] by number.
pub(super) struct Window {
    /// Scrolls.
    list: Element,
    /// In `list`; has the lines as its only children.
    container: Element,
    render: Box<dyn Fn(Entry) -> AnyView>,
    lines: VecDeque<Line>,
    /// The number of the first entry on the page.
    from: usize,
}

impl Window {
    pub(super) fn new(
        list: Element,
        container: Element,
        render: impl Fn(Entry) -> AnyView + 'static,
    ) -> Self {
        Self { list, container, render: Box::new(render), lines: VecDeque::new(), from: 0 }
    }

    /// Applies what [`Entries::add`] has changed to the lines on the page.
    pub(super) fn apply(&mut self, changes: &Changes, entries: &Entries) {
        if let Some(number) = changes.removed {
            if number < self.from {
                self.from -= 1;
            } else {
                self.lines.remove(number - self.from);
            }
        }
        while self.from < entries.first() {
            self.lines.pop_front();
            self.from += 1;
        }
        for &number in &changes.replaced {
            self.replace(number, entries);
        }
    }

    /// Whether the last entry is on the page.
    pub(super) fn shows_end(&self, entries: &Entries) -> bool {
        self.to() == entries.end()
    }

    /// Adds new entries to the page. While it is `following` the end, lines that scrolled out of
    /// sight are removed.
    pub(super) fn show(&mut self, entries: &Entries, following: bool) {
        let end = entries.end();
        if !following {
            return self.extend_to(end.min(self.from + MAX), entries);
        }
        if end > self.to() + FOLLOWING {
            self.begin_at(end - FOLLOWING);
        }
        self.extend_to(end, entries);
        self.drop_first(FOLLOWING);
    }

    /// Shows the first entries.
    pub(super) fn show_oldest(&mut self, entries: &Entries) {
        self.begin_at(entries.first());
        self.extend_to(entries.end().min(entries.first() + FOLLOWING), entries);
    }

    /// Shows earlier entries; what the reader sees stays in its place.
    pub(super) fn show_older(&mut self, entries: &Entries) {
        let from = self.from.saturating_sub(STEP).max(entries.first());
        if from == self.from {
            return;
        }
        self.lines.truncate(MAX - STEP);
        self.keep_in_place(|window| {
            while window.from > from {
                let Some(entry) = entries.get(window.from - 1) else {
                    break;
                };
                let line = window.mount(entry, window.container.first_child().as_ref());
                window.lines.push_front(line);
                window.from -= 1;
            }
        });
    }

    /// Shows later entries; what the reader sees stays in its place.
    pub(super) fn show_newer(&mut self, entries: &Entries) {
        let to = entries.end().min(self.to() + STEP);
        if to > self.to() {
            self.extend_to(to, entries);
            self.keep_in_place(|window| window.drop_first(MAX));
        }
    }

    /// Removes all lines; the next entry to show has this number.
    pub(super) fn begin_at(&mut self, number: usize) {
        self.lines.clear();
        self.from = number;
    }

    /// The number after the last entry on the page.
    fn to(&self) -> usize {
        self.from + self.lines.len()
    }

    fn extend_to(&mut self, number: usize, entries: &Entries) {
        while self.to() < number
            && let Some(entry) = entries.get(self.to())
        {
            let line = self.mount(entry, None);
            self.lines.push_back(line);
        }
    }

    fn drop_first(&mut self, most: usize) {
        while self.lines.len() > most {
            self.lines.pop_front();
            self.from += 1;
        }
    }

    fn replace(&mut self, number: usize, entries: &Entries) {
        let (Some(at), Some(entry)) = (number.checked_sub(self.from), entries.get(number)) else {
            return;
        };
        if at < self.lines.len() {
            let place = self.container.children().item(at as u32);
            let line = self.mount(entry, place.as_deref());
            self.lines[at] = line;
        }
    }

    /// Changes lines above the visible part without moving it.
    fn keep_in_place(&mut self, change: impl FnOnce(&mut Self)) {
        let below = self.list.scroll_height() - self.list.scroll_top();
        change(self);
        self.list.set_scroll_top(self.list.scroll_height() - below);
    }

    fn mount(&self, entry: &Entry, before: Option<&web_sys::Node>) -> Line {
        // Without a parent, which would keep a reference to every line that ever existed.
        let owner = Owner::default();
        let mut view = owner.with(|| untrack(|| (self.render)(entry.clone()).build()));
        view.mount(&self.container, before);
        Line { view, owner }
    }
}

/// A line on the page; dropping it removes it.
struct Line {
    view: AnyViewState,
    owner: Owner,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.view.unmount();
        self.owner.cleanup();
    }
}
