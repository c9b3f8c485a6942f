//! What stands beside the picture, or below it on a phone: the chat.

use leptos::prelude::*;

use crate::contexts::room_handle::RoomHandle;
use crate::features::chat::Chat;
use crate::features::people::Person;
use crate::features::people::name::NameField;

/// The chat, and the name under which the user writes. A host passes `person`, which is set to the author of a chosen
/// message.
#[component]
pub(crate) fn RoomSidebar(
    room: RoomHandle,
    #[prop(optional)] person: Option<RwSignal<Option<Person>>>,
) -> impl IntoView {
    view! { <div class="room-side"><Chat room selected=person /> <NameField /> </div> }
}
