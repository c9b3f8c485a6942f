//! The fields that say what a room is about, and the form that changes them while it is open.

use core::time::Duration;
use std::sync::Arc;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::Command;
use live_core::picture::Picture;
use live_core::view::{RoomKind, RoomMeta};
use live_core::wire::limits;

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el, event_value, labelled, menu};
use crate::features::rooms::cover::cover_choice;
use crate::features::rooms::visibility::Reach;
use crate::i18n::{MessageKey, use_i18n};
use crate::reactive::{flag, text};

/// What is typed about a room.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) title: RwSignal<String>,
    pub(crate) summary: RwSignal<String>,
    pub(crate) cover: RwSignal<String>,
    pub(crate) kind: RwSignal<RoomKind>,
    /// The cover that was uploaded.
    pub(crate) image: RwSignal<Option<Arc<Picture>>>,
}

impl Fields {
    pub(crate) fn new(meta: RoomMeta, image: Option<Arc<Picture>>) -> Self {
        Self {
            title: RwSignal::new(meta.title),
            summary: RwSignal::new(meta.summary),
            cover: RwSignal::new(meta.cover),
            kind: RwSignal::new(meta.kind),
            image: RwSignal::new(image),
        }
    }

    /// What was typed for the last room.
    pub(crate) fn remembered() -> Self {
        let load = |key| preferences::load(key).unwrap_or_default();
        let meta = RoomMeta {
            title: load(preferences::TITLE),
            summary: load(preferences::SUMMARY),
            cover: load(preferences::COVER),
            kind: preferences::load(preferences::KIND)
                .map_or(RoomKind::Live, |name| RoomKind::named(&name)),
            image: None,
        };
        Self::new(meta, preferences::picture(preferences::COVER_IMAGE))
    }

    /// Takes what is typed, for the room and for the next one; `None` if the cover is no address
    /// of a picture.
    pub(crate) fn take(self) -> Option<RoomMeta> {
        let trimmed = |field: RwSignal<String>| field.with_untracked(|text| text.trim().to_owned());
        let image = self.image.get_untracked();
        let address = if image.is_none() { trimmed(self.cover) } else { String::new() };
        let meta = RoomMeta {
            title: trimmed(self.title),
            summary: trimmed(self.summary),
            cover: address,
            kind: self.kind.get_untracked(),
            image: None,
        };
        if !is_cover(&meta.cover) {
            return None;
        }
        preferences::save(preferences::TITLE, &meta.title);
        preferences::save(preferences::SUMMARY, &meta.summary);
        preferences::save(preferences::COVER, &meta.cover);
        preferences::save_picture(preferences::COVER_IMAGE, image.as_deref());
        preferences::save(preferences::KIND, meta.kind.as_str());
        Some(meta)
    }
}

/// What a kind of room is called.
pub(crate) fn kind_name(kind: RoomKind) -> MessageKey {
    match kind {
        RoomKind::Live => |t| t.kind_live,
        RoomKind::Talk => |t| t.kind_talk,
        RoomKind::Music => |t| t.kind_music,
        RoomKind::Game => |t| t.kind_game,
        RoomKind::Class => |t| t.kind_class,
        RoomKind::Other => |t| t.kind_other,
    }
}

/// The fields of `fields`; `bad_cover` says whether the cover was refused.
pub(crate) fn meta_fields(fields: Fields, bad_cover: RwSignal<bool>) -> [El; 5] {
    let i18n = use_i18n();
    let field = |tag: &str, handle: &str, longest: usize, signal: RwSignal<String>| {
        el(tag)
            .set("data-testid", handle)
            .set("maxlength", &longest.to_string())
            .value(signal.into())
            .on("input", move |event| {
                bad_cover.set(false);
                signal.set(event_value(&event));
            })
    };
    let title = field("input", "room-title", limits::TITLE, fields.title).set("type", "text");
    let summary =
        field("textarea", "room-summary", limits::SUMMARY, fields.summary).set("rows", "3");
    let cover = field("input", "room-cover-url", limits::COVER_URL, fields.cover)
        .set("type", "text")
        .set("inputmode", "url")
        .bind("placeholder", i18n.text(|t| t.cover_hint))
        .bind("aria-invalid", text(move || bad_cover.get().to_string()));
    let kinds = RoomKind::ALL.into_iter().filter(|kind| *kind != RoomKind::Other);
    let kinds = kinds.map(|kind| (kind.as_str().to_owned(), i18n.text(kind_name(kind))));
    let chosen = text(move || fields.kind.get().as_str());
    let kind =
        menu("room-kind", kinds, chosen, move |kind| fields.kind.set(RoomKind::named(&kind)));
    let error = text(move || if bad_cover.get() { i18n.get().invalid_cover } else { "" });
    [
        labelled(i18n.text(|t| t.title), title),
        labelled(i18n.text(|t| t.summary), summary),
        labelled(i18n.text(|t| t.kind), kind),
        cover_choice(fields.image),
        labelled(i18n.text(|t| t.cover), cover)
            .flag("hidden", flag(move || fields.image.with(Option::is_some)))
            .with([el("span").set("class", "error").set("role", "alert").text(error)]),
    ]
}

/// Changes the room of `session` while it is open; it begins as these `fields` in `network`.
pub(crate) fn edit_room(session: RoomHandle, fields: Fields, network: Option<&PeerId>) -> El {
    let i18n = use_i18n();
    let reach = Reach::new(network);
    let bad_cover = RwSignal::new(false);
    let saved = RwSignal::new(false);
    let done = text(move || if saved.get() { i18n.get().saved } else { "" });
    let form = el("form")
        .with(meta_fields(fields, bad_cover))
        .with(reach.fields())
        .with([el("div").set("class", "actions").with([
            el("span").set("class", "faint").set("role", "status").text(done),
            el("button").named("primary", "save-room").text(i18n.text(|t| t.save)),
        ])])
        .on("submit", move |event| {
            event.prevent_default();
            let (meta, network) = (fields.take(), reach.take());
            bad_cover.set(meta.is_none());
            if let (Some(meta), Ok(network)) = (meta, network) {
                session.send(Command::Edit(meta));
                session.send(Command::Cover(fields.image.get_untracked()));
                session.send(Command::Network(network));
                saved.set(true);
                set_timeout(move || _ = saved.try_set(false), Duration::from_secs(2));
            }
        });
    el("details").set("class", "panel").with([el("summary").text(i18n.text(|t| t.edit_room)), form])
}

fn is_cover(address: &str) -> bool {
    let starts = |prefix: &str| {
        address.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    address.is_empty() || ["https://", "http://", "data:image/"].into_iter().any(starts)
}

#[cfg(test)]
mod tests {
    use super::is_cover;

    #[test]
    fn a_cover_is_a_picture_on_the_web_or_inline() {
        for yes in ["", "https://x/a.png", "HTTP://x/a.png", "data:image/png;base64,AA"] {
            assert!(is_cover(yes), "{yes}");
        }
        for no in ["javascript:alert(1)", "data:text/html,x", "a.png", "中"] {
            assert!(!is_cover(no), "{no}");
        }
    }
}
