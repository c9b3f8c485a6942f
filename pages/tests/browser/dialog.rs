//! The modal dialog: it takes and returns the focus, and reports every way of closing.

use leptos::prelude::*;
use live_core::view::View;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlDialogElement, HtmlElement};

use super::stage::{Stage, focused, settled};
use crate::ui::dialog::Dialog;

async fn opener() -> Stage {
    Stage::new(View::default(), |_| {
        let open = RwSignal::new(false);
        view! {
            <button id="opener" on:click=move |_| open.set(true)>"Open"</button>
            <output>{move || open.get().to_string()}</output>
            <Dialog
                testid="test-dialog"
                open
                on_close=move |()| open.set(false)
                title="Title"
            >
                <input/>
            </Dialog>
        }
        .into_any()
    })
    .await
}

#[wasm_bindgen_test]
async fn the_focus_goes_into_the_dialog_and_comes_back() {
    let stage = opener().await;
    let button: HtmlElement = stage.find("#opener");
    button.focus().unwrap();
    button.click();
    settled().await;
    let dialog: HtmlDialogElement = stage.find("dialog").unchecked_into();
    assert!(dialog.open());
    assert!(dialog.contains(focused().as_deref()), "the focus is in the dialog");
    assert_eq!(dialog.get_attribute("aria-label").as_deref(), Some("Title"));
    stage.find("[data-testid=close-dialog]").click();
    settled().await;
    assert!(!dialog.open());
    assert!(focused() == Some(button.unchecked_into()), "the focus is back");
}

#[wasm_bindgen_test]
async fn what_the_browser_closes_is_closed_for_the_app() {
    let stage = opener().await;
    stage.find("#opener").click();
    settled().await;
    assert_eq!(stage.texts("output"), ["true"]);
    // Same as Escape, which scripts cannot press.
    stage.find("dialog").unchecked_into::<HtmlDialogElement>().close();
    settled().await;
    assert_eq!(stage.texts("output"), ["false"]);
    stage.find("#opener").click();
    settled().await;
    // A click on the backdrop is one on the dialog itself.
    stage.find("dialog").click();
    settled().await;
    assert_eq!(stage.texts("output"), ["false"]);
}
