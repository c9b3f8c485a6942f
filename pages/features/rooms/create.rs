//! The form that creates a room.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use live_core::view::RoomMeta;
use live_web::identity::KeptRoom;

use crate::contexts::preferences;
use crate::contexts::rooms::use_rooms;
use crate::contexts::tabs::use_tabs;
use crate::features::rooms::edit::{RoomFields, RoomForm};
use crate::features::rooms::visibility::PrivateChoice;
use crate::i18n::{t, use_i18n};
use crate::nav::use_nav;
use crate::route::{HostQuery, Page};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::dialog::{Dialog, was_open};

/// The dialog that creates a room and opens its host page.
#[component]
pub(crate) fn CreateRoom(open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    // The form is created when the dialog first opens, and then keeps its values.
    let opened = was_open(open);
    view! {
        <Dialog
            testid="create-dialog"
            title=t!(i18n, create_room)
            open
            on_close=move || open.set(false)
        >
            <Show when=move || opened.get()>
                <CreateForm open />
            </Show>
        </Dialog>
    }
}

#[component]
fn CreateForm(open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let tabs = use_tabs();
    let rooms = use_rooms();
    let form = RoomForm::remembered();
    let keeps_none = Memo::new(move |_| {
        open.track();
        KeptRoom::load().is_none()
    });
    let private = RwSignal::new(preferences::load(preferences::PRIVATE).is_some());
    let create = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(meta) = form.submit() else { return };
        let private = private.get_untracked();
        preferences::set_flag(preferences::PRIVATE, private);
        let image = form.image.get_untracked();
        rooms.new_cover.set(image.clone());
        let network = if private { None } else { rooms.network.get_untracked() };
        let RoomMeta { title, summary, cover, kind, .. } = meta;
        let query = HostQuery { network, title, summary, cover, kind, room: 0 };
        let query = tabs.new_room(query);
        if !nav.go(&Page::Host(query)) {
            preferences::hand_over(image.as_deref());
        }
    };
    view! {
        <form on:submit=create>
            <RoomFields form />
            <PrivateChoice private />
            <p class="faint" data-testid="opens-kept" hidden=keeps_none>
                {t!(i18n, kept_next)}
            </p>
            <div class="actions">
                <Button on_press=move || open.set(false)>{t!(i18n, cancel)}</Button>
                <Button testid="confirm-create" variant=ButtonVariant::Primary>
                    {t!(i18n, create)}
                </Button>
            </div>
        </form>
    }
}
