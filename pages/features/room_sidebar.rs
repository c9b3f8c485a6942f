//! The panels beside and below the video: chat, share link and people.

use leptos::prelude::*;
use live_core::id::PeerId;

use crate::contexts::room_handle::RoomHandle;
use crate::features::chat::Chat;
use crate::features::people::name::NameField;
use crate::features::people::{PeoplePanel, Person};
use crate::features::share::ShareLink;

/// The chat and the user's name. A host passes `person`, which is set to the author of a chosen
/// message.
#[component]
pub(crate) fn RoomSidebar(
    room: RoomHandle,
    #[prop(optional)] person: Option<RwSignal<Option<Person>>>,
) -> impl IntoView {
    view! { <div class="room-side"><NameField /> <Chat room selected=person /> </div> }
}

/// The share link and the list of people, for a viewer.
#[component]
pub(crate) fn ViewerPanels(
    room: RoomHandle,
    /// The room's id, once it is known.
    #[prop(into)]
    id: Signal<Option<PeerId>>,
) -> impl IntoView {
    view! {
        <div class="room-panels">
            <div class="panel">
                <ShareLink id testid="share-link" />
            </div>
            <PeoplePanel room />
        </div>
    }
}
