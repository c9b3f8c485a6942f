//! The stream of another person in the own room.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use live_core::node::Command;
use live_core::view::BorrowedState;

use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};
use crate::route;
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::Field;
use crate::ui::icon::Icon;
use crate::ui::id_input::IdInput;
use crate::ui::panel::Panel;

/// Asks another person for the stream that is shown there, and says what has come of it.
#[component]
pub(crate) fn BorrowPanel(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let invalid = RwSignal::new(false);
    let state = room.select(|view| view.borrowed.as_ref().map(|borrowed| borrowed.state));
    // The own camera or screen is not needed any more.
    Effect::new(move || {
        if state.get() == Some(BorrowedState::Lent) {
            room.stream_from(None);
        }
    });
    let ask = move |event: SubmitEvent| {
        event.prevent_default();
        let peer = typed.with_untracked(|typed| route::room_id(typed));
        invalid.set(peer.is_none());
        if peer.is_some() {
            room.send(Command::Borrow(peer));
        }
    };
    let text = move || {
        let texts = i18n.get();
        match state.get() {
            _ if invalid.get() => texts.invalid_id,
            None => texts.borrow_hint,
            Some(BorrowedState::Asking) => texts.borrow_asking,
            Some(BorrowedState::Lent) => texts.borrow_lent,
            Some(BorrowedState::Refused) => texts.borrow_refused,
            Some(BorrowedState::NotFound) => texts.borrow_not_found,
            Some(BorrowedState::Busy) => texts.borrow_busy,
            Some(BorrowedState::NotStreaming) => texts.borrow_dark,
            Some(BorrowedState::Unreachable) => texts.peer_unreachable,
            Some(BorrowedState::Ended) => texts.borrow_ended,
        }
    };
    let is_over = move || !matches!(state.get(), Some(BorrowedState::Asking | BorrowedState::Lent));
    view! {
        <Panel testid="borrow-panel" title=t!(i18n, borrow) remember="borrow" open_at_first=true>
            <form class="way three" on:submit=ask>
                <Field label=t!(i18n, borrow_id)>
                    <IdInput
                        testid="borrow-id"
                        note="borrow-note"
                        placeholder=t!(i18n, room_id_hint)
                        value=typed
                        invalid
                        on_input=move |text| typed.set(text)
                    />
                </Field>
                <Button testid="borrow-stream">{t!(i18n, borrow_ask)}</Button>
                <Button
                    testid="borrow-stop"
                    variant=ButtonVariant::Danger
                    icon=Icon::Stop
                    hidden=Signal::derive(is_over)
                    on_press=move || room.send(Command::Borrow(None))
                >
                    {t!(i18n, borrow_stop)}
                </Button>
                <p class="note" class:error=invalid id="borrow-note" role="status">
                    <span
                        data-testid="borrow-state"
                        data-state=move || state.get().map(BorrowedState::as_str)
                    >
                        {text}
                    </span>
                </p>
            </form>
        </Panel>
    }
}
