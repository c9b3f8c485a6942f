//! The link that others open to join a room.

use core::time::Duration;

use fast_qr::QRBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlInputElement};

use crate::app::use_shared;
use crate::dom::{El, el, sign, svg};
use crate::i18n::use_i18n;
use crate::later::{Later, later};
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// A field with the link to `room`, once that is known, a button that copies it, and one that shows
/// it as a QR code. `handle` is the field's for scripts.
pub(crate) fn share(room: Signal<Option<PeerId>>, handle: &str) -> El {
    let i18n = use_i18n();
    let nav = use_nav();
    let shared = use_shared();
    let copied = RwSignal::new(false);
    let coded = RwSignal::new(false);
    let link = text(move || {
        let site = shared.site();
        room.get().map(|room| nav.share(&room, site.as_deref())).unwrap_or_default()
    });
    let field = el("input")
        .set("type", "text")
        .set("readonly", "")
        .set("data-testid", handle)
        .bind("aria-label", i18n.text(|t| t.share_link))
        .value(link);
    let input: HtmlInputElement = field.node();
    let select = input.clone();
    let field = field.on("focus", move |_| select.select());
    let copy = move |_| {
        let input = input.clone();
        spawn_local(async move {
            if copy(&input).await && copied.try_set(true).is_none() {
                set_timeout(move || _ = copied.try_set(false), Duration::from_secs(2));
            }
        });
    };
    let label = text(move || if copied.get() { i18n.get().copied } else { i18n.get().copy });
    let button = el("button")
        .set("type", "button")
        .flag("data-done", copied.into())
        .on("click", copy)
        .with([sign(Icon::Copy), el("span").set("aria-live", "polite").text(label)]);
    let show = tool("show-qr", Icon::Code, i18n.text(|t| t.qr), Some(coded.into()), move || {
        coded.update(|coded| *coded = !*coded);
    });
    let note = el("p")
        .set("class", "faint")
        .flag("hidden", flag(move || !link.get().starts_with("file:")))
        .text(i18n.text(|t| t.file_link));
    let code = el("div").set("class", "qr").flag("hidden", flag(move || !coded.get())).children(
        move || {
            if !coded.get() {
                return Vec::new();
            }
            let hint = el("p").set("class", "faint").text(i18n.text(|t| t.qr_hint));
            let link = link.get();
            vec![later(move || code(link.clone(), i18n.text(|t| t.qr))), hint]
        },
    );
    el("div").set("class", "sharing").with([
        el("div").set("class", "share").with([field, button, show]),
        note,
        code,
    ])
}

/// The link as a picture; nothing if it is too long for one.
fn code(link: String, label: Signal<String>) -> Later {
    let Ok(code) = QRBuilder::new(link).build() else {
        return Ok(el("p"));
    };
    let dark = svg("path").set("d", &modules(code.size, |x, y| code[y][x].value()));
    // With the margin that readers need.
    let side = (code.size + 8).to_string();
    let view = ["-4 -4", &side, &side].join(" ");
    let picture = svg("svg").named("code", "qr-code").set("viewBox", &view);
    Ok(picture.set("role", "img").bind("aria-label", label).with([dark]))
}

/// The dark modules as one path, a bar for each run in a row.
fn modules(size: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let length = (x..size).take_while(|x| dark(*x, y)).count();
            if length > 0 {
                let [x, y, length] = [x, y, length].map(|number| number.to_string());
                path.push_str(&["M", &x, " ", &y, "h", &length, "v1h-", &length, "z"].concat());
            }
            x += length + 1;
        }
    }
    path
}

/// Copies what is in `field`; where the page may not use the clipboard, by the old command on
/// the selection.
async fn copy(field: &HtmlInputElement) -> bool {
    if window().is_secure_context() {
        let written = window().navigator().clipboard().write_text(&field.value());
        if JsFuture::from(written).await.is_ok() {
            return true;
        }
    }
    field.select();
    let document = document().dyn_into::<HtmlDocument>();
    document.is_ok_and(|document| document.exec_command("copy").unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::modules;

    #[test]
    fn runs_become_bars() {
        let picture = [[true, true, false], [false, true, false], [false, false, true]];
        assert_eq!(modules(3, |x, y| picture[y][x]), "M0 0h2v1h-2zM1 1h1v1h-1zM2 2h1v1h-1z");
    }
}
