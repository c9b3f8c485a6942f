//! The line below the picture: what the room is called, who is here, and how others come.

use leptos::prelude::*;
use live_core::id::PeerId;

use crate::contexts::room_handle::RoomHandle;
use crate::features::people::name::MemberCount;
use crate::features::rooms::card::OnAirBadge;
use crate::features::share::ShareButton;

/// The room's title, whether it is on air, how many people are in it, and the button that shares
/// it. The children follow that button.
#[component]
pub(crate) fn RoomHead(
    room: RoomHandle,
    /// The title.
    #[prop(into)]
    heading: Signal<String>,
    /// The id of the room, once it is known.
    #[prop(into)]
    id: Signal<Option<PeerId>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="room-head">
            <h1 data-testid="room-heading">{heading}</h1>
            <OnAirBadge room />
            <MemberCount room />
            <div class="room-actions">
                <ShareButton id title=heading />
                {children.map(|children| children())}
            </div>
        </div>
    }
}
