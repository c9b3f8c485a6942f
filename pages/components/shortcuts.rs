//! The help about single keys, and the switch that turns them off.

use leptos::prelude::*;

use super::dialog::Dialog;
use super::stage::{Act, Stage};
use crate::i18n::use_i18n;
use crate::memory;
use crate::reactive::flag;

/// The dialog.
pub(crate) fn shortcuts(stage: Stage) -> AnyView {
    let i18n = use_i18n();
    let rows: Vec<AnyView> = Act::ALL
        .into_iter()
        .filter(|act| stage.has(*act))
        .map(|act| {
            let label = Signal::derive(move || act.label(i18n.get()).to_owned());
            view! {
                <div>
                    <dt>
                        <kbd>{act.key()}</kbd>
                    </dt>
                    <dd>{label}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    let choose = move |event| {
        let on = event_target_checked(&event);
        memory::mark(memory::KEYS, !on);
        stage.keys.set(on);
    };
    view! {
        <Dialog
            open=stage.help
            close=move |()| stage.help.set(false)
            title=i18n.text(|t| t.shortcuts)
            handle="shortcuts-dialog"
        >
            <dl class="keys">{rows}</dl>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="use-shortcuts"
                    prop:checked=flag(move || stage.keys.get())
                    on:change=choose
                />
                <span>{i18n.text(|t| t.shortcuts_on)}</span>
            </label>
        </Dialog>
    }
    .into_any()
}
