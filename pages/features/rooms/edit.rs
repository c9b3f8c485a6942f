//! The form fields that describe a room, and the form that edits an open room.

use core::time::Duration;
use std::sync::Arc;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::Command;
use live_core::picture::Picture;
use live_core::view::{RoomKind, RoomMeta};
use live_core::wire::limits;

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::features::rooms::cover::CoverInput;
use crate::features::rooms::visibility::{RoomVisibility, VisibilityFields};
use crate::i18n::{MessageKey, t, t_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::{Field, Select, options};
use crate::ui::panel::Panel;

/// How long the form shows that it has saved.
const SAVED: Duration = Duration::from_secs(2);

/// The values of the form about a room.
#[derive(Clone, Copy)]
pub(crate) struct RoomForm {
    title: RwSignal<String>,
    summary: RwSignal<String>,
    cover: RwSignal<String>,
    kind: RwSignal<RoomKind>,
    /// The cover that was uploaded.
    pub(crate) image: RwSignal<Option<Arc<Picture>>>,
    /// Whether the address of the cover was refused.
    bad_cover: RwSignal<bool>,
}

impl RoomForm {
    pub(crate) fn new(meta: RoomMeta, image: Option<Arc<Picture>>) -> Self {
        Self {
            title: RwSignal::new(meta.title),
            summary: RwSignal::new(meta.summary),
            cover: RwSignal::new(meta.cover),
            kind: RwSignal::new(meta.kind),
            image: RwSignal::new(image),
            bad_cover: RwSignal::new(false),
        }
    }

    /// The values of the last room.
    pub(crate) fn remembered() -> Self {
        let load = |key| preferences::load(key).unwrap_or_default();
        let kind = preferences::load(preferences::KIND);
        let meta = RoomMeta {
            title: load(preferences::TITLE),
            summary: load(preferences::SUMMARY),
            cover: load(preferences::COVER),
            kind: kind.map_or(RoomKind::Live, |name| RoomKind::named(&name)),
            image: None,
        };
        Self::new(meta, preferences::picture(preferences::COVER_IMAGE))
    }

    /// Validates and stores the form. `None` if the cover's address is invalid; the form then shows
    /// the error.
    pub(crate) fn submit(self) -> Option<RoomMeta> {
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
        let valid = is_cover(&meta.cover);
        self.bad_cover.set(!valid);
        if !valid {
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

/// The name of a kind of room.
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

/// The fields of `form`.
#[component]
pub(crate) fn RoomFields(form: RoomForm) -> impl IntoView {
    let i18n = use_i18n();
    let RoomForm { title, summary, cover, kind, image, bad_cover } = form;
    let kinds = RoomKind::ALL.into_iter().filter(|kind| *kind != RoomKind::Other);
    view! {
        <Field label=t!(i18n, title)>
            <input
                type="text"
                data-testid="room-title"
                maxlength=limits::TITLE.to_string()
                bind:value=title
            />
        </Field>
        <Field label=t!(i18n, summary)>
            <textarea
                rows="3"
                data-testid="room-summary"
                maxlength=limits::SUMMARY.to_string()
                bind:value=summary
            />
        </Field>
        <Field label=t!(i18n, kind)>
            <Select
                testid="room-kind"
                options=options(kinds.map(|kind| (kind.as_str(), i18n.text(kind_name(kind)))))
                chosen=Signal::derive(move || kind.get().as_str().to_owned())
                on_choose=move |name: String| kind.set(RoomKind::named(&name))
            />
        </Field>
        <CoverInput image />
        <Field label=t!(i18n, cover) hidden=move || image.with(Option::is_some)>
            <input
                type="text"
                inputmode="url"
                data-testid="room-cover-url"
                maxlength=limits::COVER_URL.to_string()
                placeholder=t!(i18n, cover_hint)
                aria-invalid=move || bad_cover.get().to_string()
                prop:value=cover
                on:input:target=move |event| {
                    bad_cover.set(false);
                    cover.set(event.target().value());
                }
            />
            <span class="error" role="alert">
                {move || bad_cover.get().then(|| t_string!(i18n, invalid_cover))}
            </span>
        </Field>
    }
}

/// The form that changes an open room. `form` and `network` are its initial values.
#[component]
pub(crate) fn EditRoom(room: RoomHandle, form: RoomForm, network: Option<PeerId>) -> impl IntoView {
    let i18n = use_i18n();
    let visibility = RoomVisibility::new(network.as_ref());
    let saved = RwSignal::new(false);
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        // Both are called, so that each shows its own error.
        let (meta, network) = (form.submit(), visibility.submit());
        if let (Some(meta), Ok(network)) = (meta, network) {
            room.send(Command::Edit(meta));
            room.send(Command::Cover(form.image.get_untracked()));
            room.send(Command::Network(network));
            saved.set(true);
            set_timeout(move || _ = saved.try_set(false), SAVED);
        }
    };
    view! {
        <Panel testid="edit-panel" title=t!(i18n, edit_room) remember="edit">
            <form on:submit=save>
                <RoomFields form />
                <VisibilityFields visibility />
                <div class="actions">
                    <span class="faint" role="status">
                        {move || saved.get().then(|| t_string!(i18n, saved))}
                    </span>
                    <Button testid="save-room" variant=ButtonVariant::Primary>
                        {t!(i18n, save)}
                    </Button>
                </div>
            </form>
        </Panel>
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
    use crate::testing::test;

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
