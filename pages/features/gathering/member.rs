//! A member of a gathering: name, picture, sound, and what its host does about it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use live_core::node::GatheringCommand;
use live_core::view::{GatheringKind, GatheringMember, GatheringView};
use live_web::call;
use live_web::capture::DeviceKind;
use live_web::display;
use live_web::picture::ObjectUrl;
use wasm_bindgen::JsCast;
use web_sys::{HtmlMediaElement, MediaStream};

use super::Gathering;
use crate::contexts::devices::use_devices;
use crate::features::people::avatar::{Avatar, display_name};
use crate::i18n::{t_string, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;
use crate::ui::media::play;

/// What a page shows of one member; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    gathering: Gathering,
    peer: StoredValue<PeerId>,
    pub(crate) name: Memo<String>,
    pub(crate) is_own: Memo<bool>,
    pub(crate) is_speaking: Memo<bool>,
    /// The host has muted it.
    pub(crate) is_muted: Memo<bool>,
    pub(crate) has_picture: Memo<bool>,
    /// It sends no sound at the moment.
    pub(crate) is_silent: Memo<bool>,
    /// The connection to it is not up yet.
    pub(crate) is_connecting: Memo<bool>,
    /// Its voice comes from the conference already: twice would be an echo.
    is_heard_elsewhere: Memo<bool>,
}

impl Member {
    pub(crate) fn new(gathering: Gathering, peer: PeerId) -> Self {
        let room = gathering.room;
        let of = peer.clone();
        let state = Memo::new(move |_| gathering.member(&of));
        let is = move |test: fn(&GatheringMember) -> bool| {
            Memo::new(move |_| state.with(|member| member.as_ref().is_some_and(test)))
        };
        let of = peer.clone();
        let is_own = Memo::new(move |_| room.view().with(|view| view.id.as_ref() == Some(&of)));
        let is_in = gathering.is_in();
        let is_away = is(|member| !member.connected);
        let (of, elsewhere, shown) = (peer.clone(), peer.clone(), peer.clone());
        let name = Memo::new(move |_| {
            state.with(|member| {
                let name = member.as_ref().map(|it| it.name.as_str()).unwrap_or_default();
                display_name(name, of.as_str()).to_owned()
            })
        });
        Self {
            gathering,
            name,
            is_own,
            is_speaking: room.is_speaking(peer.clone(), Some(gathering.kind)),
            is_muted: is(|member| member.muted),
            has_picture: Memo::new(move |_| {
                let stream = || room.member_stream(gathering.kind, &shown);
                let says = |it: &GatheringMember| it.tracks.video;
                // An original page does not say what it sends.
                let sends = |it: &GatheringMember| !it.legacy || stream().is_some_and(has_video);
                state.with(|member| member.as_ref().is_some_and(|it| says(it) && sends(it)))
            }),
            is_silent: is(|member| member.muted || !member.tracks.audio),
            is_connecting: Memo::new(move |_| is_in.get() && !is_own.get() && is_away.get()),
            is_heard_elsewhere: Memo::new(move |_| {
                gathering.kind == GatheringKind::Voice
                    && room.view().with(|view| is_heard(&view.conference, &elsewhere))
            }),
            peer: StoredValue::new(peer),
        }
    }

    pub(crate) fn id(self) -> PeerId {
        self.peer.get_value()
    }

    /// What it sends, or the own camera; tracks it.
    fn stream(self) -> Option<MediaStream> {
        let Gathering { room, kind, .. } = self.gathering;
        if self.is_own.get() {
            return room.own_call(kind).camera;
        }
        self.peer.with_value(|peer| room.member_stream(kind, peer))
    }

    /// Plays what it sends in an element of the page.
    pub(crate) fn play_in(self, element: impl Fn() -> Option<HtmlMediaElement> + 'static) {
        let blocked = self.gathering.autoplay_blocked;
        let devices = use_devices();
        Effect::new(move || {
            let (stream, is_own) = (self.stream(), self.is_own.get());
            let muted = is_own || self.is_heard_elsewhere.get() || blocked.get();
            // A track that is added may pause the element.
            self.has_picture.track();
            let Some(element) = element() else {
                return;
            };
            element.set_muted(muted);
            if element.src_object() != stream {
                element.set_src_object(stream.as_ref());
            }
            if stream.is_none() {
                return;
            }
            if !is_own && display::can_choose_speaker() {
                let speaker = devices.preferred(DeviceKind::Speaker);
                spawn_local(display::set_speaker(element.clone(), speaker));
            }
            spawn_local(play(element, blocked));
        });
    }
}

fn has_video(stream: MediaStream) -> bool {
    stream.get_video_tracks().length() > 0
}

/// Whether this page hears that member in a gathering.
fn is_heard(gathering: &GatheringView, peer: &PeerId) -> bool {
    let member = gathering.members.iter().find(|member| member.peer == *peer);
    let speaks = |it: &GatheringMember| it.connected && it.tracks.audio && !it.muted;
    call::is_in(gathering) && member.is_some_and(speaks)
}

/// The person's picture, or their initial.
#[component]
pub(crate) fn MemberAvatar(member: Member) -> impl IntoView {
    let room = member.gathering.room;
    let picture = Memo::new(move |_| {
        let id = member.peer.with_value(|peer| member.gathering.member(peer))?.avatar?;
        room.view().with(|view| view.pictures.iter().find(|picture| picture.id() == id).cloned())
    });
    let picture =
        Memo::new(move |_| picture.with(|it| ObjectUrl::new(it.as_deref()?).map(Arc::new)));
    view! { <Avatar id=member.id() name=member.name picture /> }
}

/// What a host can do about a member: mute it for everyone, or send it away.
#[component]
pub(crate) fn MemberOrders(member: Member) -> impl IntoView {
    let i18n = use_i18n();
    let Member { gathering, name, is_muted, is_own, .. } = member;
    let (mute, remove) = match gathering.kind {
        GatheringKind::Conference => ("conference-silence", "conference-remove"),
        GatheringKind::Voice => ("voice-silence", "voice-remove"),
    };
    let orders = move || {
        view! {
            <span class="member-orders">
                <IconButton
                    testid=mute
                    icon=Icon::Muted
                    label=move || t_string!(i18n, mute_member, name = name.get())
                    pressed=is_muted
                    on_press=move || {
                        let muted = !is_muted.get_untracked();
                        gathering.command(GatheringCommand::Mute(member.id(), muted));
                    }
                />
                <IconButton
                    testid=remove
                    icon=Icon::Close
                    label=move || t_string!(i18n, remove_member, name = name.get())
                    on_press=move || gathering.command(GatheringCommand::Remove(member.id()))
                />
            </span>
        }
    };
    view! { <Show when=move || gathering.is_host && !is_own.get()>{orders()}</Show> }
}

/// How a member stands, in words for those who do not see it.
#[component]
pub(crate) fn MemberState(member: Member) -> impl IntoView {
    let i18n = use_i18n();
    let Member { is_speaking, is_muted, is_silent, is_connecting, .. } = member;
    let icon = move || {
        let silent = is_silent.get() && !is_speaking.get();
        silent.then(|| view! { <Icon icon=Icon::Muted /> })
    };
    let text = move || {
        let texts = i18n.get();
        if is_connecting.get() {
            texts.connecting
        } else if is_muted.get() {
            texts.muted_by_host
        } else if is_speaking.get() {
            texts.speaks
        } else if is_silent.get() {
            texts.microphone_off
        } else {
            ""
        }
    };
    view! {
        <span class="member-state" data-connecting=move || is_connecting.get().to_string()>
            {icon}
            <span>{text}</span>
        </span>
    }
}

/// A node reference's element, as a media element.
pub(crate) fn media_element(element: impl JsCast) -> Option<HtmlMediaElement> {
    element.dyn_into().ok()
}
