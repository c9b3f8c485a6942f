//! The fields that say what a room is about, and the form that changes them while it is open.

use core::time::Duration;

use leptos::prelude::*;
use live_core::node::Command;
use live_core::view::{RoomKind, RoomMeta};
use live_core::wire::limits;

use crate::i18n::use_i18n;
use crate::memory;
use crate::reactive::text;
use crate::session::Session;

/// What is typed about a room.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) title: RwSignal<String>,
    pub(crate) summary: RwSignal<String>,
    pub(crate) cover: RwSignal<String>,
}

impl Fields {
    pub(crate) fn new(meta: RoomMeta) -> Self {
        Self {
            title: RwSignal::new(meta.title),
            summary: RwSignal::new(meta.summary),
            cover: RwSignal::new(meta.cover),
        }
    }

    /// What was typed for the last room.
    pub(crate) fn remembered() -> Self {
        let load = |key| memory::load(key).unwrap_or_default();
        Self::new(RoomMeta {
            title: load(memory::TITLE),
            summary: load(memory::SUMMARY),
            cover: load(memory::COVER),
            kind: RoomKind::Live,
        })
    }

    /// Takes what is typed, for the room and for the next one; `None` if the cover is no address
    /// of a picture.
    pub(crate) fn take(self) -> Option<RoomMeta> {
        let trimmed = |field: RwSignal<String>| field.with_untracked(|text| text.trim().to_owned());
        let meta = RoomMeta {
            title: trimmed(self.title),
            summary: trimmed(self.summary),
            cover: trimmed(self.cover),
            kind: RoomKind::Live,
        };
        if !is_cover(&meta.cover) {
            return None;
        }
        memory::save(memory::TITLE, &meta.title);
        memory::save(memory::SUMMARY, &meta.summary);
        memory::save(memory::COVER, &meta.cover);
        Some(meta)
    }
}

/// The fields of `fields`.
#[component]
pub(crate) fn MetaFields(
    fields: Fields,
    /// Whether the cover was refused.
    bad_cover: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let Fields { title, summary, cover } = fields;

    view! {
        <label class="field">
            <span>{i18n.text(|t| t.title)}</span>
            <input
                type="text"
                data-testid="room-title"
                maxlength=limits::TITLE
                prop:value=text(move || title.get())
                on:input=move |event| title.set(event_target_value(&event))
            />
        </label>
        <label class="field">
            <span>{i18n.text(|t| t.summary)}</span>
            <textarea
                rows="3"
                data-testid="room-summary"
                maxlength=limits::SUMMARY
                prop:value=text(move || summary.get())
                on:input=move |event| summary.set(event_target_value(&event))
            ></textarea>
        </label>
        <label class="field">
            <span>{i18n.text(|t| t.cover)}</span>
            <input
                type="text"
                inputmode="url"
                data-testid="room-cover-url"
                maxlength=limits::COVER_URL
                placeholder=i18n.text(|t| t.cover_hint)
                aria-invalid=text(move || bad_cover.get().to_string())
                prop:value=text(move || cover.get())
                on:input=move |event| {
                    bad_cover.set(false);
                    cover.set(event_target_value(&event));
                }
            />
            <span class="error" role="alert">
                {text(move || if bad_cover.get() { i18n.get().invalid_cover } else { "" })}
            </span>
        </label>
    }
}

/// Changes the room of `session` while it is open.
#[component]
pub(crate) fn EditRoom(session: Session, meta: RoomMeta) -> impl IntoView {
    let i18n = use_i18n();
    let fields = Fields::new(meta);
    let bad_cover = RwSignal::new(false);
    let saved = RwSignal::new(false);
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let meta = fields.take();
        bad_cover.set(meta.is_none());
        if let Some(meta) = meta {
            session.send(Command::Edit(meta));
            saved.set(true);
            set_timeout(move || _ = saved.try_set(false), Duration::from_secs(2));
        }
    };

    view! {
        <details class="panel">
            <summary>{i18n.text(|t| t.edit_room)}</summary>
            <form on:submit=save>
                <MetaFields fields bad_cover/>
                <div class="actions">
                    <span class="faint" role="status">
                        {text(move || if saved.get() { i18n.get().saved } else { "" })}
                    </span>
                    <button class="primary" data-testid="save-room">{i18n.text(|t| t.save)}</button>
                </div>
            </form>
        </details>
    }
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
