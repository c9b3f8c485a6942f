//! One member of the conference.

use leptos::html;
use leptos::prelude::*;
use live_core::id::PeerId;

use crate::features::gathering::Gathering;
use crate::features::gathering::member::{
    Member, MemberAvatar, MemberOrders, MemberState, media_element,
};
use crate::i18n::{t_string, use_i18n};

/// A member's picture, or their avatar, with their name.
#[component]
pub(super) fn Tile(gathering: Gathering, peer: PeerId) -> impl IntoView {
    let i18n = use_i18n();
    let member = Member::new(gathering, peer);
    let Member { name, is_own, is_speaking, has_picture, .. } = member;
    let video = NodeRef::<html::Video>::new();
    member.play_in(move || video.get().and_then(media_element));
    let label = move || {
        if is_own.get() { format!("{} ({})", name.get(), t_string!(i18n, you)) } else { name.get() }
    };
    view! {
        <li
            class="conferee"
            data-testid="conference-tile"
            data-peer=member.id().to_string()
            data-speaking=move || is_speaking.get().to_string()
            data-own=move || is_own.get().to_string()
            data-picture=move || has_picture.get().to_string()
        >
            <video node_ref=video playsinline="" autoplay="" aria-label=label></video>
            <MemberAvatar member />
            <p class="conferee-name">
                <b>{label}</b>
                <MemberState member />
            </p>
            <MemberOrders member />
        </li>
    }
}
