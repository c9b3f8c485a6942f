//! The host's clock, which turns and energy go by.

use core::time::Duration;

use js_sys::Date;
use leptos::prelude::*;
use live_core::time::Time;

use super::TableSignals;

const STEP: Duration = Duration::from_millis(250);

/// The time by the host's clock, as far as can be told.
pub(super) fn host_now(table: TableSignals) -> Time {
    let now = Date::now() as i64 - table.ahead.get_untracked();
    Time::from_millis(u64::try_from(now).unwrap_or_default())
}

/// A signal of that time which moves on while `runs`.
pub(super) fn host_clock(table: TableSignals, runs: Signal<bool>) -> ReadSignal<Time> {
    let (now, set_now) = signal(host_now(table));
    let running = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        if let Some(interval) = running.try_update_value(Option::take).flatten() {
            interval.clear();
        }
    };
    Effect::new(move || {
        stop();
        if runs.get() {
            set_now.set(host_now(table));
            let step = move || _ = set_now.try_set(host_now(table));
            running.set_value(set_interval_with_handle(step, STEP).ok());
        }
    });
    on_cleanup(stop);
    now
}
