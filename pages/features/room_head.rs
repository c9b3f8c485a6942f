//! The line below the picture: what the room is called, and who is here.

use leptos::prelude::*;

use crate::contexts::room_handle::RoomHandle;
use crate::features::people::name::MemberCount;
use crate::features::rooms::card::OnAirBadge;

/// The room's title, whether it is on air, and how many people are in it. The children are what
/// can be done with the room.
#[component]
pub(crate) fn RoomHead(
    room: RoomHandle,
    /// The title.
    #[prop(into)]
    heading: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="room-head">
            <h1 data-testid="room-heading">{heading}</h1>
            <OnAirBadge room />
            <MemberCount room />
            {children.map(|children| view! { <div class="room-actions">{children()}</div> })}
        </div>
    }
}
