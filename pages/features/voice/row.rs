//! One member of the voice channel.

use leptos::html;
use leptos::prelude::*;
use live_core::id::PeerId;

use crate::features::gathering::Gathering;
use crate::features::gathering::member::{
    Member, MemberAvatar, MemberOrders, MemberState, media_element,
};
use crate::i18n::{t_string, use_i18n};

/// A member's name and voice, and whether they speak.
#[component]
pub(super) fn VoiceRow(gathering: Gathering, peer: PeerId) -> impl IntoView {
    let i18n = use_i18n();
    let member = Member::new(gathering, peer);
    let Member { name, is_own, is_speaking, .. } = member;
    let audio = NodeRef::<html::Audio>::new();
    member.play_in(move || audio.get().and_then(media_element));
    let you = move || is_own.get().then(|| t_string!(i18n, you));
    view! {
        <li
            data-testid="voice-member"
            data-peer=member.id().to_string()
            data-speaking=move || is_speaking.get().to_string()
        >
            <audio node_ref=audio autoplay=""></audio>
            <MemberAvatar member />
            <b>{name}</b>
            <i class="faint">{you}</i>
            <MemberState member />
            <MemberOrders member />
        </li>
    }
}
