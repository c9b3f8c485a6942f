//! The fields that say what a room is about, and the form that changes them while it is open.

use core::time::Duration;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::{InvalidId, PeerId};
use live_core::node::Command;
use live_core::picture::Picture;
use live_core::view::{RoomKind, RoomMeta};
use live_core::wire::limits;
use live_web::picture::{self, Address};

use super::icon::Icon;
use super::picture_input::picture_input;
use super::tool::tool;
use crate::app::use_shared;
use crate::dom::{El, check, el, event_value, labelled, menu, sign};
use crate::i18n::{Pick, use_i18n};
use crate::memory;
use crate::reactive::{flag, text};
use crate::session::Session;

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
        let load = |key| memory::load(key).unwrap_or_default();
        let meta = RoomMeta {
            title: load(memory::TITLE),
            summary: load(memory::SUMMARY),
            cover: load(memory::COVER),
            kind: memory::load(memory::KIND).map_or(RoomKind::Live, |name| RoomKind::named(&name)),
            image: None,
        };
        Self::new(meta, memory::picture(memory::COVER_IMAGE))
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
        memory::save(memory::TITLE, &meta.title);
        memory::save(memory::SUMMARY, &meta.summary);
        memory::save(memory::COVER, &meta.cover);
        memory::save_picture(memory::COVER_IMAGE, image.as_deref());
        memory::save(memory::KIND, meta.kind.as_str());
        Some(meta)
    }
}

/// What a kind of room is called.
pub(crate) fn kind_name(kind: RoomKind) -> Pick {
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
        cover_image(fields.image),
        labelled(i18n.text(|t| t.cover), cover)
            .flag("hidden", flag(move || fields.image.with(Option::is_some)))
            .with([el("span").set("class", "error").set("role", "alert").text(error)]),
    ]
}

/// The choice of a cover among the person's files, which is shown and can be taken back.
fn cover_image(image: RwSignal<Option<Arc<Picture>>>) -> El {
    let (i18n, shared) = (use_i18n(), use_shared());
    let choose = picture_input("room-cover-file", i18n.text(|t| t.cover_upload), move |file| {
        spawn_local(async move {
            match picture::cover(&file).await {
                Some(cover) => _ = image.try_set(Some(Arc::new(cover))),
                None => shared.say(i18n.get_untracked().image_bad),
            }
        });
    });
    let shown = StoredValue::new(None::<Address>);
    let preview = el("span").named("row cover-preview", "room-cover-preview").children(move || {
        let address = image.with(|image| image.as_deref().and_then(Address::new));
        let picture = address.as_ref().map(|address| {
            el("img").set("src", address.as_str()).bind("alt", i18n.text(|t| t.cover_image))
        });
        // The address lives as long as the picture is shown.
        shown.set_value(address);
        let label = i18n.text(|t| t.image_remove);
        let clear = move || image.set(None);
        let remove = || tool("room-cover-remove", Icon::Clear, label, None, clear);
        picture.into_iter().flat_map(|picture| [picture, remove()]).collect()
    });
    el("div").set("class", "row").with([
        el("span").text(i18n.text(|t| t.cover_image)),
        choose.with([sign(Icon::Image)]),
        preview,
    ])
}

/// The choice to keep the room out of every list.
pub(crate) fn private_choice(private: RwSignal<bool>) -> El {
    let i18n = use_i18n();
    el("label").set("class", "check").with([
        check("room-private", private.into(), move |on| private.set(on)),
        el("span").with([
            el("span").text(i18n.text(|t| t.private)),
            el("span").set("class", "faint").text(i18n.text(|t| t.private_hint)),
        ]),
    ])
}

/// The networks that were joined before, for the fields that name them in `list`.
pub(crate) fn known_networks() -> El {
    let network = use_shared().network;
    el("datalist").set("id", "networks").children(move || {
        network.track();
        memory::networks().iter().map(|name| el("option").set("value", name)).collect()
    })
}

/// In which network's list a room stands, if in any.
#[derive(Clone, Copy)]
struct Reach {
    private: RwSignal<bool>,
    name: RwSignal<String>,
    invalid: RwSignal<bool>,
}

impl Reach {
    /// A private room is offered the network that the person looks at.
    fn new(network: Option<&PeerId>) -> Self {
        let offered = use_shared().network.get_untracked();
        let name = network.or(offered.as_ref()).map(ToString::to_string).unwrap_or_default();
        Self {
            private: RwSignal::new(network.is_none()),
            name: RwSignal::new(name),
            invalid: RwSignal::new(false),
        }
    }

    fn fields(self) -> [El; 2] {
        let i18n = use_i18n();
        let Self { private, name, invalid } = self;
        let field = el("input")
            .set("type", "text")
            .set("data-testid", "room-network")
            .set("autocomplete", "off")
            .set("spellcheck", "false")
            .set("list", "networks")
            .bind("aria-invalid", text(move || invalid.get().to_string()))
            .value(name.into())
            .on("input", move |event| {
                invalid.set(false);
                name.set(event_value(&event));
            });
        let error = text(move || if invalid.get() { i18n.get().invalid_id } else { "" });
        let field =
            labelled(i18n.text(|t| t.network), field).flag("hidden", private.into()).with([
                el("span").set("class", "error").set("role", "alert").text(error),
                known_networks(),
            ]);
        [private_choice(private), field]
    }

    /// The network, `None` for a private room; an error if what is typed is no name.
    fn take(self) -> Result<Option<PeerId>, InvalidId> {
        if self.private.get_untracked() {
            return Ok(None);
        }
        let network = self.name.with_untracked(|name| PeerId::new(name.trim()));
        self.invalid.set(network.is_err());
        let network = network?;
        memory::joined(network.as_str());
        Ok(Some(network))
    }
}

/// Changes the room of `session` while it is open; it begins as these `fields` in `network`.
pub(crate) fn edit_room(session: Session, fields: Fields, network: Option<&PeerId>) -> El {
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
