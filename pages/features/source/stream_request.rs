//! Another peer asks for the stream that is shown here, to use it in its own room.

use leptos::prelude::*;
use live_core::node::Command;

use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::alert::{Alert, AlertTone};
use crate::ui::button::Button;
use crate::ui::icon::Icon;

/// Asks the user about one request after the other, as long as there is a stream.
#[component]
pub(crate) fn StreamRequest(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let request = room.select(|view| {
        let live = view.room.as_ref().is_some_and(|room| room.on_air.is_some());
        view.stream_requests.first().filter(|_| live).cloned()
    });
    move || {
        request.get().map(|(peer, name)| {
            let name = match name.trim() {
                "" => peer.to_string(),
                name => name.to_owned(),
            };
            let answer = {
                let peer = peer.clone();
                move |accept| room.send(Command::AnswerStreamRequest { to: peer.clone(), accept })
            };
            let refuse = answer.clone();
            view! {
                <Alert
                    testid="borrower"
                    tone=AlertTone::Question
                    icon=Icon::People
                    text=move || t_string!(i18n, lend, name = name)
                    attr:data-peer=peer.to_string()
                >
                    <Button testid="lend-yes" on_press=move || answer(true)>
                        {t!(i18n, yes)}
                    </Button>
                    <Button testid="lend-no" on_press=move || refuse(false)>
                        {t!(i18n, no)}
                    </Button>
                </Alert>
            }
        })
    }
}
