//! Publishes the room's stream also on a stream server (WHIP).

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use live_web::publish::{State, Target};

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::user_error::UserError;
use crate::i18n::{t, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::Field;
use crate::ui::icon::Icon;
use crate::ui::panel::Panel;

/// The form that starts and stops it.
#[component]
pub(crate) fn PublishPanel(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let state = room.publication();
    let running = Memo::new(move |_| {
        state.with(|state| matches!(state, Some(State::Connecting | State::Live)))
    });
    let address = NodeRef::<Input>::new();
    let token = NodeRef::<Input>::new();
    let publish = move |event: SubmitEvent| {
        event.prevent_default();
        let value = |field: NodeRef<Input>| field.get_untracked().map(|field| field.value());
        let address = value(address).unwrap_or_default().trim().to_owned();
        preferences::save(preferences::WHIP, &address);
        let token = value(token).unwrap_or_default();
        room.publish(Some(Target { address, token }));
    };
    let state_word = move || {
        state.with(|state| match state {
            None => "off",
            Some(State::Connecting) => "connecting",
            Some(State::Live) => "live",
            Some(State::Failed(_)) => "failed",
        })
    };
    let state_text = move || {
        let texts = i18n.get();
        state.with(|state| match state {
            None => String::new(),
            Some(State::Connecting) => texts.connecting.to_owned(),
            Some(State::Live) => texts.published.to_owned(),
            Some(State::Failed(error)) => UserError::Capture(error.clone()).text(texts),
        })
    };
    view! {
        <Panel testid="publish-panel" title=t!(i18n, publish) remember="publish">
            <form on:submit=publish>
                <p class="faint">{t!(i18n, publish_hint)}</p>
                <Field label=t!(i18n, publish_address)>
                    <input
                        data-testid="publish-address"
                        inputmode="url"
                        autocapitalize="none"
                        spellcheck="false"
                        placeholder="https://example.org/whip/live"
                        value=preferences::load(preferences::WHIP).unwrap_or_default()
                        disabled=running
                        node_ref=address
                    />
                </Field>
                <Field label=t!(i18n, publish_token)>
                    // A secret, so it is not stored.
                    <input
                        type="password"
                        data-testid="publish-token"
                        autocomplete="off"
                        disabled=running
                        node_ref=token
                    />
                </Field>
                <p
                    role="status"
                    data-testid="publish-state"
                    data-state=state_word
                    class=move || if state_word() == "failed" { "error" } else { "faint" }
                >
                    {state_text}
                </p>
                <div class="actions">
                    <Button
                        testid="publish"
                        variant=ButtonVariant::Primary
                        icon=Icon::Send
                        hidden=running
                    >
                        {t!(i18n, publish_start)}
                    </Button>
                    <Button
                        testid="unpublish"
                        variant=ButtonVariant::Danger
                        icon=Icon::Stop
                        hidden=move || !running.get()
                        on_press=move || room.publish(None)
                    >
                        {t!(i18n, publish_stop)}
                    </Button>
                </div>
            </form>
        </Panel>
    }
}
