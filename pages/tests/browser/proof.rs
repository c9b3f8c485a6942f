//! What a viewer is told about the host.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{Stage, attached, id, settled};
use crate::features::rooms::proof::HostProof;

async fn joined_by(target: &'static str) -> Stage {
    Stage::new(attached(), move |room| view! { <HostProof room target=id(target)/> }.into_any())
        .await
}

async fn prove(stage: &Stage) {
    stage.update(|view| Arc::make_mut(view.room.as_mut().unwrap()).is_proven = true).await;
}

fn word(stage: &Stage) -> Option<String> {
    stage.find(".proof").get_attribute("data-proof")
}

#[wasm_bindgen_test]
async fn the_badge_is_for_the_host_that_the_link_names() {
    let stage = joined_by("host").await;
    assert_eq!(word(&stage).as_deref(), Some("unproven"));
    prove(&stage).await;
    assert_eq!(word(&stage).as_deref(), Some("verified"));
    assert_eq!(stage.texts("summary"), ["Verified host"]);
    assert!(!stage.find(".proof").hidden());
}

#[wasm_bindgen_test]
async fn a_link_of_somebody_else_says_whose_room_it_is() {
    let stage = joined_by("relay").await;
    prove(&stage).await;
    assert_eq!(word(&stage).as_deref(), Some("other"));
    stage.find("summary").click();
    settled().await;
    let text = stage.texts(".proof p").concat();
    assert!(text.contains("Hanna, host"), "{text}");
}

#[wasm_bindgen_test]
async fn nothing_is_said_before_the_room_is_known() {
    let stage = joined_by("host").await;
    stage.update(|view| view.room = None).await;
    assert!(stage.find(".proof").hidden());
    assert_eq!(word(&stage), None);
}
