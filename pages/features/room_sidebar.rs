//! What stands beside the picture, or below it on a phone: the chat.

use leptos::prelude::*;

use crate::contexts::room_handle::RoomHandle;
use crate::features::chat::Chat;
use crate::features::people::Person;
use crate::features::people::name::NameField;

/// The chat and the user's name. A host passes `person`, which is set to the author of a chosen
/// message.
#[component]
pub(crate) fn RoomSidebar(
    room: RoomHandle,
    #[prop(optional)] person: Option<RwSignal<Option<Person>>>,
) -> impl IntoView {
    view! { <div class="room-side"><NameField /> <Chat room selected=person /> </div> }
}
