//! The help about single keys, and the switch that turns them off.

use leptos::prelude::*;

use crate::contexts::preferences;
use crate::dom::{El, check, el};
use crate::features::player::stage::{Act, Stage};
use crate::i18n::use_i18n;
use crate::later::{Later, kept};
use crate::reactive::text;
use crate::ui::dialog::dialog;

/// The dialog.
pub(crate) fn shortcuts(stage: Stage) -> El {
    let body = kept(stage.help.into(), move || help(stage));
    let close = Callback::new(move |()| stage.help.set(false));
    let title = use_i18n().text(|t| t.shortcuts);
    dialog(stage.help.into(), close, title, "shortcuts-dialog", vec![body])
}

fn help(stage: Stage) -> Later {
    let i18n = use_i18n();
    let keys = el("dl").set("class", "keys");
    let keys = keys.with(Act::ALL.into_iter().filter(|act| stage.has(*act)).map(|act| {
        el("div").with([
            el("dt").with([el("kbd").say(act.key())]),
            el("dd").text(text(move || act.label(i18n.get()))),
        ])
    }));
    let switch = check("use-shortcuts", stage.keys.into(), move |on| {
        preferences::set_flag(preferences::KEYS, !on);
        stage.keys.set(on);
    });
    let switch = el("label")
        .set("class", "check")
        .with([switch, el("span").text(i18n.text(|t| t.shortcuts_on))]);
    Ok(el("div").with([keys, switch]))
}
