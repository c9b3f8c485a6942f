//! The room's stream on a stream server, beside the room.

use leptos::prelude::*;
use live_web::publish::{State, Target};

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::user_error::UserError;
use crate::dom::{El, el, labelled, sign};
use crate::i18n::use_i18n;
use crate::reactive::{flag, text};
use crate::ui::icon::Icon;

/// The form that begins and ends it.
pub(crate) fn publish(session: RoomHandle) -> El {
    let i18n = use_i18n();
    let state = session.publication();
    let runs =
        flag(move || state.with(|state| matches!(state, Some(State::Connecting | State::Live))));
    let address = el("input")
        .set("data-testid", "publish-address")
        .set("inputmode", "url")
        .set("autocapitalize", "none")
        .set("spellcheck", "false")
        .set("placeholder", "https://example.org/whip/live")
        .set("value", &preferences::load(preferences::WHIP).unwrap_or_default())
        .flag("disabled", runs);
    // A secret, so it is not remembered.
    let token = el("input")
        .set("type", "password")
        .set("data-testid", "publish-token")
        .set("autocomplete", "off")
        .flag("disabled", runs);
    let word = text(move || {
        state.with(|state| match state {
            None => "off",
            Some(State::Connecting) => "connecting",
            Some(State::Live) => "live",
            Some(State::Failed(_)) => "failed",
        })
    });
    let said = text(move || {
        let texts = i18n.get();
        state.with(|state| match state {
            None => String::new(),
            Some(State::Connecting) => texts.connecting.to_owned(),
            Some(State::Live) => texts.published.to_owned(),
            Some(State::Failed(error)) => UserError::Capture(error.clone()).text(texts),
        })
    });
    let class = text(move || if word.get() == "failed" { "error" } else { "faint" });
    let begin = el("button")
        .named("primary", "publish")
        .flag("hidden", runs)
        .with([sign(Icon::Send), el("span").text(i18n.text(|t| t.publish_start))]);
    let end = el("button")
        .named("danger", "unpublish")
        .set("type", "button")
        .flag("hidden", flag(move || !runs.get()))
        .with([sign(Icon::Stop), el("span").text(i18n.text(|t| t.publish_stop))])
        .on("click", move |_| session.publish(None));
    let (typed, secret) = (address.clone(), token.clone());
    let form = el("form")
        .with([
            el("p").set("class", "faint").text(i18n.text(|t| t.publish_hint)),
            labelled(i18n.text(|t| t.publish_address), address),
            labelled(i18n.text(|t| t.publish_token), token),
            el("p")
                .set("role", "status")
                .set("data-testid", "publish-state")
                .bind("class", class)
                .bind("data-state", word)
                .text(said),
            el("div").set("class", "actions").with([begin, end]),
        ])
        .on("submit", move |event| {
            event.prevent_default();
            let address = typed.typed().trim().to_owned();
            preferences::save(preferences::WHIP, &address);
            session.publish(Some(Target { address, token: secret.typed() }));
        });
    el("details")
        .named("panel", "publish-panel")
        .with([el("summary").text(i18n.text(|t| t.publish)), form])
}
