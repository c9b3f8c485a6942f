//! Who is in the room, and what its host does about them.

pub(crate) mod name;

use std::sync::Arc;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Moderation};
use live_core::view::View;
use live_core::wire::message::{AdmissionPolicy, MessageId};

use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el, is_open, keep, labelled, menu};
use crate::features::chat::{avatar_of, shown_name};
use crate::i18n::{I18n, MessageKey, t_string, use_i18n};
use crate::reactive::{flag, text};
use crate::ui::dialog::dialog;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// Somebody whom the host has chosen to deal with.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: PeerId,
    pub(crate) name: String,
    /// What they said, if they were chosen by that.
    pub(crate) message: Option<MessageId>,
}

/// Everyone in the room. A host is given `person`, to choose who is to be dealt with.
pub(crate) fn people(session: RoomHandle, person: Option<RwSignal<Option<Person>>>) -> El {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let ids = Memo::new(move |_| {
        let all = |view: &View| view.map.iter().flatten().map(|peer| peer.id.clone()).collect();
        if open.get() { session.view().with(all) } else { Vec::new() }
    });
    let list = el("ul").set("class", "people").set("data-testid", "people");
    keep(list.clone(), ids, move |id: &PeerId| member(session, id, person, i18n));
    let panel = el("details")
        .named("panel", "people-panel")
        .with([el("summary").text(i18n.text(|t| t.people_list)), list])
        .on("toggle", move |event| {
            let opened = is_open(&event);
            if open.try_get_untracked() == Some(!opened) {
                open.set(opened);
                session.show_map(opened);
            }
        });
    let Some(_) = person else {
        return panel;
    };
    let panel = panel.with([door(session, i18n), banned(session, i18n)]);
    el("div").set("class", "keeping").with([knocks(session, i18n), panel])
}

/// What a host can do about `person`, who is chosen by setting it.
pub(crate) fn person_dialog(session: RoomHandle, person: RwSignal<Option<Person>>) -> El {
    let i18n = use_i18n();
    let view = session.view();
    let muted = flag(move || {
        person.with(|person| {
            person.as_ref().is_some_and(|person| view.with(|view| is_muted(view, &person.id)))
        })
    });
    let own = flag(move || {
        person.with(|person| {
            person.as_ref().is_some_and(|p| view.with(|view| view.id.as_ref() == Some(&p.id)))
        })
    });
    let silent =
        flag(move || person.with(|person| person.as_ref().is_none_or(|p| p.message.is_none())));
    let action = move |handle: &str,
                       class: &str,
                       label: Signal<String>,
                       hidden: Signal<bool>,
                       order: fn(Person, bool) -> Option<Moderation>| {
        el("button")
            .named(class, handle)
            .set("type", "button")
            .flag("hidden", hidden)
            .text(label)
            .on("click", move |_| {
                let muted = muted.get_untracked();
                let chosen = person.try_update(Option::take).flatten();
                if let Some(order) = chosen.and_then(|person| order(person, muted)) {
                    session.send(Command::Moderate(order));
                }
            })
    };
    let mute = text(move || if muted.get() { i18n.get().unmute } else { i18n.get().mute_person });
    let actions = el("div").set("class", "deeds").with([
        action("delete-message", "", i18n.text(|t| t.delete_message), silent, |person, _| {
            Some(Moderation::Delete(person.message?))
        }),
        action("mute-person", "", mute, own, |person, muted| {
            Some(Moderation::Mute(person.id, !muted))
        }),
        action("kick-person", "danger", i18n.text(|t| t.kick), own, |person, _| {
            Some(Moderation::Kick(person.id))
        }),
        action("ban-person", "danger", i18n.text(|t| t.ban), own, |person, _| {
            Some(Moderation::Ban(person.id))
        }),
        el("p").set("class", "faint").flag("hidden", own).text(i18n.text(|t| t.ban_hint)),
    ]);
    let title = text(move || {
        person.with(|person| person.as_ref().map(|p| p.name.clone()).unwrap_or_default())
    });
    let close = Callback::new(move |()| person.set(None));
    dialog(flag(move || person.with(Option::is_some)), close, title, "person-dialog", vec![actions])
}

/// One line of the list.
fn member(
    session: RoomHandle,
    id: &PeerId,
    person: Option<RwSignal<Option<Person>>>,
    i18n: I18n,
) -> El {
    let view = session.view();
    let id = Arc::new(id.clone());
    let of = id.clone();
    let name = text(move || {
        let given = view.with(|view| {
            let peer = view.map.iter().flatten().find(|peer| peer.id == *of);
            peer.map(|peer| peer.name.clone()).unwrap_or_default()
        });
        shown_name(&given, of.as_str()).to_owned()
    });
    let of = id.clone();
    let remark = text(move || {
        view.with(|view| {
            let texts = i18n.get();
            let room = view.room.as_ref().map(|room| &room.id);
            let remarks = [
                (view.id.as_ref() == Some(&of)).then_some(texts.you),
                (room == Some(&of)).then_some(texts.host),
                is_muted(view, &of).then_some(texts.muted),
            ];
            remarks.into_iter().flatten().collect::<Vec<_>>().join(", ")
        })
    });
    let picture = view.with_untracked(|view| avatar_of(view, &id, &name.get_untracked()));
    let line = el("li").set("data-id", id.as_str()).with([
        picture,
        el("b").text(name),
        el("i").set("class", "faint").text(remark),
    ]);
    let Some(person) = person else {
        return line;
    };
    let label = text(move || t_string!(i18n, manage, name = name.get()));
    let choose = move || {
        let (id, name) = ((*id).clone(), name.get_untracked());
        person.set(Some(Person { id, name, message: None }));
    };
    line.with([tool("manage", Icon::More, label, None, choose)])
}

/// Those who ask to be let in.
fn knocks(session: RoomHandle, i18n: I18n) -> El {
    let knocks = session.select(|view| view.join_requests.clone());
    el("ul").named("knocks", "knocks").set("aria-live", "polite").children(move || {
        let answer = |handle: &str, class: &str, label: MessageKey, id: &PeerId, yes: bool| {
            let id = id.clone();
            el("button").named(class, handle).text(i18n.text(label)).on("click", move |_| {
                session.send(Command::Moderate(Moderation::Admit(id.clone(), yes)));
            })
        };
        let line = |(id, name): (PeerId, String)| {
            let said = t_string!(i18n, knocks, name = shown_name(&name, id.as_str()));
            el("li").set("class", "panel").with([
                el("span").say(&said),
                answer("admit", "primary", |t| t.admit, &id, true),
                answer("refuse", "", |t| t.refuse, &id, false),
            ])
        };
        knocks.get().into_iter().map(line).collect()
    })
}

/// Who may come in.
fn door(session: RoomHandle, i18n: I18n) -> El {
    const DOORS: [(&str, AdmissionPolicy, MessageKey); 3] = [
        ("open", AdmissionPolicy::Open, |t| t.door_open),
        ("knock", AdmissionPolicy::Knock, |t| t.door_knock),
        ("locked", AdmissionPolicy::Locked, |t| t.door_locked),
    ];
    let now = session.select(|view| view.room.as_ref().map(|room| room.rules.admission as u8));
    let word = text(move || {
        let door = now.get().unwrap_or_default();
        DOORS.into_iter().find(|(_, is, _)| *is as u8 == door).map_or("open", |(word, ..)| word)
    });
    let options = DOORS.map(|(word, _, label)| (word.to_owned(), i18n.text(label)));
    let choice = menu("door", options, word, move |chosen| {
        if let Some((_, door, _)) = DOORS.into_iter().find(|(word, ..)| *word == chosen) {
            session.send(Command::Moderate(Moderation::SetAdmission(door)));
        }
    });
    labelled(i18n.text(|t| t.door), choice)
}

/// Those who were banned, and a way back for them.
fn banned(session: RoomHandle, i18n: I18n) -> El {
    let banned = Memo::new(move |_| {
        let list = |view: &View| view.room.as_ref().map(|room| room.rules.banned.clone());
        session.view().with(list).unwrap_or_default()
    });
    let list = el("ul").named("people", "banned");
    keep(list.clone(), banned, move |id: &PeerId| {
        // Those who have just been banned are still on the map.
        let given = session.view().with_untracked(|view| {
            let mapped = view.map.iter().flatten().find(|peer| peer.id == *id);
            let said = view.chat.iter().rev().find(|message| message.author == *id);
            mapped.map(|peer| peer.name.clone()).or(said.map(|message| message.name.clone()))
        });
        let name = shown_name(given.as_deref().unwrap_or_default(), id.as_str()).to_owned();
        let id = id.clone();
        el("li").with([
            el("b").say(&name),
            el("button")
                .set("data-testid", "pardon")
                .text(i18n.text(|t| t.pardon))
                .on("click", move |_| {
                    session.send(Command::Moderate(Moderation::Unban(id.clone())))
                }),
        ])
    });
    let nobody = flag(move || banned.with(Vec::is_empty));
    el("div").flag("hidden", nobody).with([el("h3").text(i18n.text(|t| t.banned_list)), list])
}

fn is_muted(view: &View, id: &PeerId) -> bool {
    view.room.as_ref().is_some_and(|room| room.rules.muted.contains(id))
}
