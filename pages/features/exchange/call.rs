//! Whom to call, and how the line stands.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use live_core::node::Command;
use live_core::view::{Line, LineState};

use crate::contexts::room_handle::RoomHandle;
use crate::features::people::avatar::display_name;
use crate::i18n::{I18n, t, t_string, use_i18n};
use crate::route;
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::Field;
use crate::ui::icon::Icon;
use crate::ui::id_input::IdInput;

/// The form that calls somebody, the button that hangs up, and the state of the line.
#[component]
pub(crate) fn ExchangeCall(
    room: RoomHandle,
    /// Whom to call, from the address; may be empty.
    id: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(id);
    let invalid = RwSignal::new(false);
    let line = room.select(|view| view.line.clone());
    let idle = Memo::new(move |_| line.with(|line| !line.state.is_taken()));
    let call = move |event: SubmitEvent| {
        event.prevent_default();
        let peer = typed.with_untracked(|typed| route::room_id(typed));
        invalid.set(peer.is_none());
        if let Some(peer) = peer {
            room.send(Command::Call(peer));
        }
    };
    let state = move || {
        if invalid.get() { i18n.get().invalid_id.to_owned() } else { line.with(|l| text(l, i18n)) }
    };
    view! {
        <form class="way three" on:submit=call>
            <Field label=t!(i18n, exchange_peer)>
                <IdInput
                    testid="exchange-id"
                    note="exchange-note"
                    placeholder=t!(i18n, room_id_hint)
                    value=typed
                    invalid
                    on_input=move |text| typed.set(text)
                />
            </Field>
            <Button testid="exchange-connect">{t!(i18n, exchange_call)}</Button>
            <Button
                testid="exchange-hang-up"
                variant=ButtonVariant::Danger
                icon=Icon::Stop
                hidden=idle
                on_press=move || room.send(Command::HangUp)
            >
                {t!(i18n, exchange_hang_up)}
            </Button>
            <p class="note" class:error=invalid id="exchange-note" role="status">
                <span
                    data-testid="exchange-state"
                    data-state=move || line.with(|line| line.state.as_str())
                    data-peer=move || {
                        line.with(|line| line.peer.as_ref().map(ToString::to_string))
                    }
                >
                    {state}
                </span>
            </p>
        </form>
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
