//! Another peer asks for the stream that is shown here, to use it in its own room.

use leptos::prelude::*;
use live_core::node::Command;

use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::icon::Icon;

/// Asks the user about one request after the other, as long as there is a stream.
#[component]
pub(crate) fn StreamRequest(session: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let request = session.select(|view| {
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
                move |accept| session.send(Command::AnswerStreamRequest { to: peer.clone(), accept })
            };
            let refuse = answer.clone();
            view! {
                <div class="alert ask" data-testid="borrower" data-peer=peer.to_string() role="alert">
                    <Icon icon=Icon::People />
                    <p>{move || t_string!(i18n, lend, name = name)}</p>
                    <button data-testid="lend-yes" on:click=move |_| answer(true)>
                        {t!(i18n, yes)}
                    </button>
                    <button data-testid="lend-no" on:click=move |_| refuse(false)>
                        {t!(i18n, no)}
                    </button>
                </div>
            }
        })
    }
}
