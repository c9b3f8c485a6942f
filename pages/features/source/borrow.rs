//! The stream of another person in the own room.

use leptos::prelude::*;
use live_core::node::Command;
use live_core::view::BorrowedState;

use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::i18n::{t, use_i18n};
use crate::route;
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;
use crate::ui::id_form::{IdEntry, IdForm};
use crate::ui::panel::Panel;

/// Asks another person for the stream that is shown there, and says what has come of it.
#[component]
pub(crate) fn BorrowPanel(room: RoomHandle) -> impl IntoView {
    let (i18n, tab) = (use_i18n(), use_tab());
    let entry = IdEntry::new(String::new(), route::room_id);
    let state = room.select(|view| view.borrowed.as_ref().map(|borrowed| borrowed.state));
    // The own camera or screen is not needed any more.
    Effect::new(move || {
        if state.get() == Some(BorrowedState::Lent) {
            room.stream_from(None);
        }
    });
    let text = move || {
        let texts = i18n.get();
        match state.get() {
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
    let note = move || {
        view! {
            <span
                data-testid="borrow-state"
                data-state=move || state.get().map(BorrowedState::as_str)
            >
                {text}
            </span>
        }
    };
    view! {
        <Panel testid="borrow-panel" title=t!(i18n, borrow) remember="borrow" open_at_first=true>
            <IdForm
                entry
                testid="borrow-id"
                submit_testid="borrow-stream"
                note=tab.id("borrow-note")
                label=t!(i18n, borrow_id)
                placeholder=t!(i18n, room_id_hint)
                submit=t!(i18n, borrow_ask)
                wrong=t!(i18n, invalid_id)
                state=note
                on_submit=move |peer| room.send(Command::Borrow(Some(peer)))
            >
                <Button
                    testid="borrow-stop"
                    variant=ButtonVariant::Danger
                    icon=Icon::Stop
                    hidden=Signal::derive(is_over)
                    on_press=move || room.send(Command::Borrow(None))
                >
                    {t!(i18n, borrow_stop)}
                </Button>
            </IdForm>
        </Panel>
    }
}
