//! The lists of people: rows and the focus stay while other rows come and go.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::view::View;
use live_core::wire::message::Rules;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

use super::stage::{Stage, attached, focused, id};
use crate::features::people::HostPeoplePanel;

async fn panel(view: View) -> Stage {
    Stage::new(view, |room| {
        let selected = RwSignal::new(None);
        view! { <HostPeoplePanel room selected/> }.into_any()
    })
    .await
}

#[wasm_bindgen_test]
async fn the_focus_stays_while_join_requests_come_and_go() {
    let mut view = attached();
    view.join_requests = ["a", "b", "c"].map(|name| (id(name), name.to_owned())).into();
    let stage = panel(view).await;
    let admit: HtmlElement = stage.find("li:nth-child(2) [data-testid=admit]");
    admit.focus().unwrap();
    stage
        .update(|view| {
            let stay = view.join_requests.iter().skip(1).cloned();
            view.join_requests = stay.chain([(id("d"), "d".to_owned())]).collect();
        })
        .await;
    assert_eq!(stage.count("[data-testid=knocks] li"), 3);
    assert!(stage.texts("li:first-child span")[0].contains('b'));
    assert!(focused() == Some(admit.unchecked_into()), "the focus stays");
    let first: Element = stage.find("li:first-child [data-testid=admit]").unchecked_into();
    assert!(focused() == Some(first), "on the button of b, who is the first now");
}

#[wasm_bindgen_test]
async fn the_list_of_the_banned_shows_while_there_is_one() {
    let stage = panel(attached()).await;
    let hidden = || stage.find("div:has(> [data-testid=banned])").hidden();
    assert!(hidden());
    stage
        .update(|view| {
            let room = Arc::make_mut(view.room.as_mut().unwrap());
            room.rules = Arc::new(Rules { banned: vec![id("troll")], ..Rules::default() });
        })
        .await;
    assert!(!hidden());
    assert_eq!(stage.texts("[data-testid=banned] b"), ["troll"]);
}
