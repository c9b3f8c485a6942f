//! Whom to call, and how the line stands.

use leptos::prelude::*;
use live_core::node::Command;
use live_core::view::{Line, LineState};

use crate::contexts::room_handle::RoomHandle;
use crate::features::people::avatar::display_name;
use crate::i18n::{I18n, t, t_string, use_i18n};
use crate::route;
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;
use crate::ui::id_form::{IdEntry, IdForm};

/// The form that calls somebody, the button that hangs up, and the state of the line.
#[component]
pub(crate) fn ExchangeCall(
    room: RoomHandle,
    /// Whom to call, from the address; may be empty.
    id: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let entry = IdEntry::new(id, route::room_id);
    let line = room.select(|view| view.line.clone());
    let idle = Memo::new(move |_| line.with(|line| !line.state.is_taken()));
    let state = move || {
        view! {
            <span
                data-testid="exchange-state"
                data-state=move || line.with(|line| line.state.as_str())
                data-peer=move || {
                    line.with(|line| line.peer.as_ref().map(ToString::to_string))
                }
            >
                {move || line.with(|line| text(line, i18n))}
            </span>
        }
    };
    view! {
        <IdForm
            entry
            testid="exchange-id"
            submit_testid="exchange-connect"
            note="exchange-note"
            label=t!(i18n, exchange_peer)
            placeholder=t!(i18n, room_id_hint)
            submit=t!(i18n, exchange_call)
            wrong=t!(i18n, invalid_id)
            state
            on_submit=move |peer| room.send(Command::Call(peer))
        >
            <Button
                testid="exchange-hang-up"
                variant=ButtonVariant::Danger
                icon=Icon::Stop
                hidden=idle
                on_press=move || room.send(Command::HangUp)
            >
                {t!(i18n, exchange_hang_up)}
            </Button>
        </IdForm>
    }
}

fn text(line: &Line, i18n: I18n) -> String {
    let id = line.peer.as_ref().map(|peer| peer.as_str()).unwrap_or_default();
    let name = display_name(line.name.trim(), id);
    match line.state {
        LineState::Idle => t_string!(i18n, exchange_idle).to_owned(),
        LineState::Calling => t_string!(i18n, exchange_calling, name = name),
        LineState::Open => t_string!(i18n, exchange_with, name = name),
        LineState::Reconnecting => t_string!(i18n, exchange_lost, name = name),
        LineState::Ended => t_string!(i18n, exchange_ended, name = name),
    }
}
