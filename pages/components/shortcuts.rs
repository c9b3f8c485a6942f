//! The help about single keys, and the switch that turns them off.

use leptos::prelude::*;

use super::dialog::Dialog;
use super::stage::{Act, Stage};
use crate::dom::{check, el};
use crate::i18n::use_i18n;
use crate::memory;
use crate::reactive::text;

/// The dialog.
pub(crate) fn shortcuts(stage: Stage) -> AnyView {
    let i18n = use_i18n();
    let keys = el("dl").set("class", "keys");
    let keys = keys.with(Act::ALL.into_iter().filter(|act| stage.has(*act)).map(|act| {
        el("div").with([
            el("dt").with([el("kbd").say(act.key())]),
            el("dd").text(text(move || act.label(i18n.get()))),
        ])
    }));
    let switch = check("use-shortcuts", stage.keys.into(), move |on| {
        memory::mark(memory::KEYS, !on);
        stage.keys.set(on);
    });
    let switch = el("label")
        .set("class", "check")
        .with([switch, el("span").text(i18n.text(|t| t.shortcuts_on))]);
    view! {
        <Dialog
            open=stage.help
            close=move |()| stage.help.set(false)
            title=i18n.text(|t| t.shortcuts)
            handle="shortcuts-dialog"
        >
            {keys}
            {switch}
        </Dialog>
    }
    .into_any()
}
