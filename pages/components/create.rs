//! The form that creates a room.

use leptos::prelude::*;

use super::dialog::Dialog;
use super::edit::{Fields, MetaFields};
use crate::app::use_shared;
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::flag;
use crate::route::{HostQuery, Page};

/// The dialog that leads to the host page of a new room.
#[component]
pub(crate) fn Create(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let network = use_shared().network;
    let fields = Fields::remembered();
    let bad_cover = RwSignal::new(false);
    let private = RwSignal::new(false);
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(meta) = fields.take() else {
            bad_cover.set(true);
            return;
        };
        nav.go(&Page::Host(HostQuery {
            network: if private.get_untracked() { None } else { network.get_untracked() },
            title: meta.title,
            summary: meta.summary,
            cover: meta.cover,
        }));
    };
    let heading = i18n.text(|t| t.create_room);

    view! {
        <Dialog open close=move |()| open.set(false) title=heading handle="create-dialog">
            <form on:submit=create>
                <MetaFields fields bad_cover/>
                <label class="check">
                    <input
                        type="checkbox"
                        data-testid="room-private"
                        prop:checked=flag(move || private.get())
                        on:change=move |event| private.set(event_target_checked(&event))
                    />
                    <span>
                        {i18n.text(|t| t.private)}
                        <span class="faint">{i18n.text(|t| t.private_hint)}</span>
                    </span>
                </label>
                <div class="actions">
                    <button type="button" on:click=move |_| open.set(false)>
                        {i18n.text(|t| t.cancel)}
                    </button>
                    <button class="primary" data-testid="confirm-create">
                        {i18n.text(|t| t.create)}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
