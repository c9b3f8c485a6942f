//! A sentence about what has just happened, which goes by itself.

use core::time::Duration;

use leptos::prelude::*;

use crate::dom::{El, el, follow};
use crate::reactive::flag;

const STAYS: Duration = Duration::from_secs(4);

/// Shows `said`, and empties it after a while.
pub(crate) fn toast(said: RwSignal<String>) -> El {
    let count = StoredValue::new(0_u32);
    follow(move || {
        if said.with(String::is_empty) {
            return;
        }
        // What is said meanwhile stays for as long again.
        count.update_value(|count| *count += 1);
        let this = count.get_value();
        let end = move || {
            if count.try_get_value() == Some(this) {
                said.set(String::new());
            }
        };
        set_timeout(end, STAYS);
    });
    el("p")
        .named("toast", "toast")
        .set("role", "status")
        .text(said.into())
        .flag("data-empty", flag(move || said.with(String::is_empty)))
}
