//! A square button with an icon whose name is its tooltip.

use leptos::prelude::*;

use crate::dom::{El, el, sign};
use crate::ui::icon::Icon;

/// A tool; `pressed` makes it one that is on or off.
pub(crate) fn tool(
    handle: &str,
    icon: Icon,
    label: Signal<String>,
    pressed: Option<Signal<bool>>,
    press: impl Fn() + 'static,
) -> El {
    let tool = el("button")
        .named("quiet square tool", handle)
        .set("type", "button")
        .bind("aria-label", label)
        .bind("title", label)
        .on("click", move |_| press())
        .with([sign(icon)]);
    match pressed {
        Some(pressed) => {
            tool.bind("aria-pressed", Signal::derive(move || pressed.get().to_string()))
        }
        None => tool,
    }
}
