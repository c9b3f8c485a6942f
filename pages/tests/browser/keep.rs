//! The control that keeps a room, and what it keeps.

use leptos::prelude::*;
use live_core::view::{RoomMeta, View};
use live_core::wire::message::Rules;
use live_web::identity::{Identity, KeptRoom};
use live_web::storage;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use super::stage::{Stage, settled};
use crate::features::rooms::keep::KeepRoom;
use crate::ui::confirmation::Confirmation;

/// The panel for this room, and how often it opened another one.
async fn panel(identity: Identity) -> (Stage, RwSignal<u32>) {
    let (send, receive) = std::sync::mpsc::channel();
    let stage = Stage::new(View::default(), move |_| {
        let identity = StoredValue::new_local(identity);
        let switched = RwSignal::new(0);
        send.send(switched).unwrap();
        let on_switch = Callback::new(move |()| switched.update(|count| *count += 1));
        view! {
            <KeepRoom identity on_switch/>
            <Confirmation/>
        }
        .into_any()
    })
    .await;
    (stage, receive.recv().unwrap())
}

/// A host of a page of that name, in a browser that keeps nothing yet.
async fn newcomer(page: &str) -> Identity {
    storage::clear();
    Identity::host(page, true).await
}

fn id_of(identity: &Identity) -> String {
    identity.room_key().id().to_string()
}

async fn press(stage: &Stage, testid: &str) {
    stage.find(&format!("[data-testid={testid}]")).click();
    settled().await;
}

#[wasm_bindgen_test]
async fn a_kept_room_is_there_on_another_day() {
    let identity = newcomer("keep-1").await;
    let id = id_of(&identity);
    let meta = RoomMeta { title: "Weekly".into(), ..RoomMeta::default() };
    identity.remember(1, meta, None, &Rules::default(), None);
    let (stage, _) = panel(identity.clone()).await;
    assert!(KeptRoom::load().is_none());
    press(&stage, "keep-room").await;
    assert_eq!(KeptRoom::load().map(|kept| kept.title).as_deref(), Some("Weekly"));
    // The page goes on with another room.
    drop(stage);
    identity.renew().await;
    assert_ne!(id_of(&identity), id);
    let again = Identity::host("keep-1-again", false).await;
    assert_eq!(id_of(&again), id);
    assert_eq!(again.details().map(|(meta, _)| meta.title).as_deref(), Some("Weekly"));
    assert!(again.is_kept() && again.since().is_none());
    // As long as it is open, nobody else in this browser has it.
    let other = Identity::host("keep-1-other", false).await;
    assert_ne!(id_of(&other), id);
    assert!(other.adopt_kept().await.is_err());
    storage::clear();
}

#[wasm_bindgen_test]
async fn what_is_no_longer_kept_is_gone() {
    let (stage, _) = panel(newcomer("keep-2").await).await;
    press(&stage, "keep-room").await;
    assert_eq!(stage.texts("[data-testid=key-note]"), [""]);
    press(&stage, "keep-room").await;
    assert!(KeptRoom::load().is_none());
    assert!(stage.texts("[data-testid=key-note]")[0].contains("No longer kept"));
    let checkbox: HtmlInputElement = stage.find("[data-testid=keep-room]").unchecked_into();
    assert!(!checkbox.checked());
}

#[wasm_bindgen_test]
async fn another_kept_room_is_replaced_only_after_a_question() {
    let first = newcomer("keep-3").await;
    assert!(first.keep());
    let second = Identity::host("keep-3-second", true).await;
    let (stage, _) = panel(second.clone()).await;
    let hidden = |testid: &str| {
        let element = stage.find(&format!("[data-testid={testid}]"));
        element.offset_height() == 0
    };
    stage.find("details").set_attribute("open", "").unwrap();
    settled().await;
    assert!(hidden("keep-room") && !hidden("kept-other"));
    press(&stage, "keep-instead").await;
    press(&stage, "confirm-no").await;
    assert!(first.is_kept());
    press(&stage, "keep-instead").await;
    press(&stage, "confirm-yes").await;
    assert!(second.is_kept() && !first.is_kept());
    assert!(!hidden("keep-room") && hidden("kept-other"));
    storage::clear();
}

#[wasm_bindgen_test]
async fn a_new_room_has_another_key_and_the_kept_one_stays() {
    let identity = newcomer("keep-4").await;
    let id = id_of(&identity);
    assert!(identity.keep());
    let (stage, switched) = panel(identity.clone()).await;
    press(&stage, "new-room").await;
    assert_eq!(id_of(&identity), id, "a question comes first");
    press(&stage, "confirm-yes").await;
    gloo_timers::future::TimeoutFuture::new(50).await;
    assert_eq!(switched.get_untracked(), 1);
    assert_ne!(id_of(&identity), id);
    assert_eq!(KeptRoom::load().map(|kept| kept.id.to_string()), Some(id));
    storage::clear();
}
