//! The time for the node.

use std::cell::Cell;

use live_core::time::Time;

thread_local! {
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// Unix time in milliseconds that never goes backwards, whatever happens to the system's clock.
pub(crate) fn now() -> Time {
    let millis = unix_millis() as u64;
    LAST.with(|last| {
        last.set(last.get().max(millis));
        Time::from_millis(last.get())
    })
}

/// Unix time in milliseconds with fractions; all pages of a browser agree on it.
pub(crate) fn unix_millis() -> f64 {
    match web_sys::window().and_then(|window| window.performance()) {
        Some(performance) => performance.time_origin() + performance.now(),
        None => js_sys::Date::now(),
    }
}
