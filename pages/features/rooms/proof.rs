//! What a viewer can know about the host of the room.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::{Room, View};

use crate::contexts::room_handle::RoomHandle;
use crate::features::rooms::card::host_name;
use crate::i18n::{I18n, MessageKey, t_string, use_i18n};
use crate::ui::icon::Icon;

/// How the host relates to the link that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// The link names the key with which the host signs what it says.
    Verified,
    /// So does the host, but the link names another peer of the room.
    Other,
    /// Nobody can prove to be the host.
    Unproven,
}

/// A line about the host of the room that was joined by the link to `target`, which unfolds into an
/// explanation.
#[component]
pub(crate) fn HostProof(room: RoomHandle, target: PeerId) -> impl IntoView {
    let i18n = use_i18n();
    let view = room.view();
    let proof = Memo::new(move |_| view.with(|view| view.room.as_ref().map(|r| proof(r, &target))));
    let word = move || match proof.get()? {
        Proof::Verified => Some("verified"),
        Proof::Other => Some("other"),
        Proof::Unproven => Some("unproven"),
    };
    let title = move || {
        let title: MessageKey = match proof.get()? {
            Proof::Verified => |t| t.verified_host,
            Proof::Other => |t| t.other_host,
            Proof::Unproven => |t| t.unproven_host,
        };
        Some(title(i18n.get()))
    };
    let explanation = move || {
        Some(match proof.get()? {
            Proof::Verified => t_string!(i18n, verified_host_hint).to_owned(),
            Proof::Other => view.with(|view| other_host(view, i18n)),
            Proof::Unproven => t_string!(i18n, unproven_host_hint).to_owned(),
        })
    };
    view! {
        <details
            class="proof"
            data-testid="host-proof"
            data-proof=word
            hidden=move || proof.with(Option::is_none)
        >
            <summary>
                <span class="badge">
                    {move || {
                        let icon = match proof.get() {
                            Some(Proof::Verified) => Icon::Shield,
                            _ => Icon::Help,
                        };
                        view! { <Icon icon /> }
                    }}
                    <span>{title}</span>
                </span>
            </summary>
            <p class="faint">{explanation}</p>
        </details>
    }
}

fn proof(room: &Room, target: &PeerId) -> Proof {
    match (room.is_proven, room.id == *target) {
        (false, _) => Proof::Unproven,
        (true, true) => Proof::Verified,
        (true, false) => Proof::Other,
    }
}

/// Whose room it is, if not that of the peer in the link.
fn other_host(view: &View, i18n: I18n) -> String {
    let Some(room) = &view.room else {
        return String::new();
    };
    t_string!(i18n, other_host_hint, name = host_name(&room.host, i18n), id = room.id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::testing::test;
    use std::sync::Arc;

    use live_core::view::{Phase, RoomMeta};

    use super::*;

    #[test]
    fn only_the_host_that_the_link_names_is_verified() {
        let id = |id: &str| PeerId::new(id).unwrap();
        let room = |is_proven| Room {
            id: id("host"),
            meta: RoomMeta::default(),
            host: String::new(),
            members: 2,
            since: 0,
            on_air: None,
            source_stalled: false,
            is_proven,
            phase: Phase::Attached,
            rules: Arc::default(),
        };
        assert_eq!(proof(&room(true), &id("host")), Proof::Verified);
        assert_eq!(proof(&room(true), &id("relay")), Proof::Other);
        for target in ["host", "relay"] {
            assert_eq!(proof(&room(false), &id(target)), Proof::Unproven);
        }
    }
}
