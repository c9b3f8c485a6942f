//! Panels: a panel with a name is as the user left it.

use leptos::prelude::*;
use live_core::view::View;
use live_web::storage;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlDetailsElement;

use super::stage::{Stage, settled};
use crate::ui::panel::Panel;

/// A panel that says below itself how often it was opened and closed.
async fn panel(remember: Option<&'static str>, open_at_first: bool) -> Stage {
    Stage::new(View::default(), move |_| {
        let told = RwSignal::new(Vec::new());
        let on_toggle = move |open: bool| told.update(|told| told.push(open));
        let content = "Content";
        let panel = match remember {
            Some(remember) => view! {
                <Panel testid="test" title="Test" remember open_at_first on_toggle>
                    {content}
                </Panel>
            }
            .into_any(),
            None => view! {
                <Panel testid="test" title="Test" open_at_first on_toggle>
                    {content}
                </Panel>
            }
            .into_any(),
        };
        view! {
            {panel}
            <output>{move || format!("{:?}", told.get())}</output>
        }
        .into_any()
    })
    .await
}

fn is_open(stage: &Stage) -> bool {
    stage.find("details").unchecked_into::<HtmlDetailsElement>().open()
}

async fn press(stage: &Stage) {
    stage.find("summary").click();
    settled().await;
}

#[wasm_bindgen_test]
async fn a_panel_with_a_name_is_as_it_was_left() {
    storage::remove("panel-test");
    let stage = panel(Some("test"), false).await;
    assert!(!is_open(&stage));
    press(&stage).await;
    assert_eq!(stage.texts("output"), ["[true]"]);
    drop(stage);

    let stage = panel(Some("test"), false).await;
    assert!(is_open(&stage), "as it was left");
    assert_eq!(stage.texts("output"), ["[true]"], "what waits for it begins at once");
    press(&stage).await;
    drop(stage);

    let stage = panel(Some("test"), true).await;
    assert!(!is_open(&stage), "closed, whatever it would be at first");
    assert_eq!(stage.texts("output"), ["[]"]);
    storage::remove("panel-test");
}

#[wasm_bindgen_test]
async fn a_panel_is_at_first_what_its_page_wants_and_without_a_name_closed() {
    storage::remove("panel-test");
    assert!(is_open(&panel(Some("test"), true).await));
    storage::remove("panel-test");
    let stage = panel(None, true).await;
    assert!(!is_open(&stage));
    press(&stage).await;
    assert!(is_open(&stage));
    drop(stage);
    assert!(!is_open(&panel(None, false).await), "nothing was kept");
}
