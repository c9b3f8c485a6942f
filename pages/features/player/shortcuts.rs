//! The help about the keyboard shortcuts, and the switch that turns them off.

use leptos::prelude::*;

use super::state::{PlayerAction, PlayerState};
use crate::contexts::preferences;
use crate::i18n::{t, use_i18n};
use crate::ui::dialog::Dialog;
use crate::ui::field::Checkbox;

/// The list of shortcuts.
#[component]
pub(crate) fn ShortcutsDialog(player: PlayerState) -> impl IntoView {
    let i18n = use_i18n();
    let keys = PlayerAction::ALL.into_iter().filter(move |action| player.offers(*action));
    let keys = keys.map(move |action| {
        view! {
            <div>
                <dt><kbd>{action.key()}</kbd></dt>
                <dd>{move || action.label(i18n)}</dd>
            </div>
        }
    });
    view! {
        <Dialog
            testid="shortcuts-dialog"
            open=player.help_open
            on_close=move |()| player.help_open.set(false)
            title=t!(i18n, shortcuts)
        >
            <dl class="keys">{keys.collect_view()}</dl>
            <Checkbox
                testid="use-shortcuts"
                label=t!(i18n, shortcuts_on)
                checked=player.shortcuts_enabled
                on_change=|enabled: bool| preferences::set_flag(preferences::KEYS, !enabled)
            />
        </Dialog>
    }
}
