//! The host's table survives a reload of its page.

use leptos::prelude::*;
use live_core::game::GameState;
use live_core::node::GameCommand;
use live_web::storage::SessionStorage;

use super::TableSignals;

/// The key in session storage, before the room's id.
const KEY: &str = "game/";

/// Keeps what is on the table until the page is loaded again, and takes it up then.
pub(super) fn keep_table(table: TableSignals) {
    let host = table.room.select(|view| view.id.clone());
    let is_restored = StoredValue::new(false);
    Effect::new(move || {
        let (Some(game), Some(host)) = (table.game.get(), host.get()) else { return };
        let key = [KEY, host.as_str()].concat();
        if !is_restored.get_value() {
            is_restored.set_value(true);
            let kept: Option<GameState> = SessionStorage::load(&key);
            let same_room = |kept: &GameState| kept.since == game.state.since;
            if let Some(kept) = kept.filter(same_room) {
                return table.send(GameCommand::Restore(Box::new(kept)));
            }
        }
        SessionStorage::save(&key, &game.state);
    });
}
