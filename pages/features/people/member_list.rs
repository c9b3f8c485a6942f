//! The list of the people in the room.

use std::sync::Arc;

use indexmap::IndexMap;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::picture::PictureId;
use live_core::view::{ChatMessage, MapPeer};
use live_web::picture::ObjectUrl;

use super::avatar::{Avatar, display_name};
use super::unproven::Unproven;
use super::{Person, is_muted};
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t_string, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// What the list shows of each person, looked up by id.
#[derive(Clone, Copy)]
struct Lookup {
    names: Memo<IndexMap<PeerId, String>>,
    /// The picture of each person's last message.
    avatars: Memo<IndexMap<PeerId, PictureId>>,
}

/// All people in the room while the list is `open`, each with a button for the host to select them.
#[component]
pub(super) fn MemberList(
    room: RoomHandle,
    #[prop(into)] open: Signal<bool>,
    selected: Option<RwSignal<Option<Person>>>,
) -> impl IntoView {
    let map = room.select(|view| view.map.clone().unwrap_or_default());
    let chat = room.select(|view| view.chat.clone());
    let ids = Memo::new(move |_| {
        let ids = |map: &Arc<[MapPeer]>| map.iter().map(|peer| peer.id.clone()).collect();
        if open.get() { map.with(ids) } else { Vec::new() }
    });
    let lookup = Lookup {
        names: Memo::new(move |_| if open.get() { map.with(names) } else { IndexMap::new() }),
        avatars: Memo::new(move |_| if open.get() { chat.with(avatars) } else { IndexMap::new() }),
    };
    view! {
        <ul class="people" data-testid="people">
            <For each=move || ids.get() key=PeerId::clone let:id>
                <Member room id lookup selected/>
            </For>
        </ul>
    }
}

#[component]
fn Member(
    room: RoomHandle,
    id: PeerId,
    lookup: Lookup,
    selected: Option<RwSignal<Option<Person>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let view = room.view();
    let of = id.clone();
    let name = Memo::new(move |_| {
        lookup.names.with(|names| {
            let name = names.get(&of).map(String::as_str).unwrap_or_default();
            display_name(name, of.as_str()).to_owned()
        })
    });
    let is_speaking = room.is_speaking(id.clone(), None);
    let of = id.clone();
    let remark = move || {
        view.with(|view| {
            let hosted = view.room.as_ref().filter(|room| room.id == of);
            let texts = i18n.get();
            let remarks = [
                (view.id.as_ref() == Some(&of)).then_some(texts.you),
                hosted.map(|room| if room.is_proven { texts.verified_host } else { texts.host }),
                is_muted(view, &of).then_some(texts.muted),
                is_speaking.get().then_some(texts.speaks),
            ];
            remarks.into_iter().flatten().collect::<Vec<_>>().join(", ")
        })
    };
    let picture = picture_of(room, id.clone(), lookup);
    let of = id.clone();
    let manage = selected.map(|selected| {
        let choose = move || {
            let (id, name) = (of.clone(), name.get_untracked());
            selected.set(Some(Person { id, name, message: None }));
        };
        view! {
            <IconButton
                testid="manage"
                icon=Icon::More
                label=move || t_string!(i18n, manage, name = name.get())
                on_press=choose
            />
        }
    });
    view! {
        <li data-id=id.to_string() data-speaking=move || is_speaking.get().to_string()>
            <Avatar id=id.clone() name picture/>
            <b>{name}</b>
            <i class="faint">{remark}</i>
            {(!id.is_derived()).then(|| view! { <Unproven/> })}
            {manage}
        </li>
    }
}

/// The picture of a person: that of their last message.
fn picture_of(room: RoomHandle, id: PeerId, lookup: Lookup) -> Memo<Option<Arc<ObjectUrl>>> {
    let view = room.view();
    let picture = Memo::new(move |_| {
        let picture = lookup.avatars.with(|avatars| avatars.get(&id).copied())?;
        view.with(|view| view.pictures.iter().find(|p| p.id() == picture).cloned())
    });
    Memo::new(move |_| picture.with(|picture| ObjectUrl::new(picture.as_deref()?).map(Arc::new)))
}

fn names(map: &Arc<[MapPeer]>) -> IndexMap<PeerId, String> {
    map.iter().map(|peer| (peer.id.clone(), peer.name.clone())).collect()
}

fn avatars(chat: &Arc<[Arc<ChatMessage>]>) -> IndexMap<PeerId, PictureId> {
    let with_avatar = |message: &Arc<ChatMessage>| Some((message.author.clone(), message.avatar?));
    chat.iter().filter_map(with_avatar).collect()
}
