//! The player: the overlay in each state of the room.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::view::{Phase, View};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, HtmlVideoElement};

use super::stage::{Stage, attached, on_air, settled};
use crate::features::player::Player;

fn in_phase(phase: Phase) -> View {
    let mut view = on_air(true);
    if let Some(room) = &mut view.room {
        Arc::make_mut(room).phase = phase;
    }
    view
}

fn overlay(stage: &Stage) -> String {
    stage.find(".player").get_attribute("data-cover").unwrap_or_default()
}

fn fire(stage: &Stage, kind: &str) {
    stage.find("video").dispatch_event(&Event::new(kind).unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn the_overlay_says_how_the_room_stands() {
    let stage = Stage::new(View::default(), |room| view! { <Player room/> }.into_any()).await;
    assert_eq!(overlay(&stage), "joining");
    let title = || stage.texts(".player-title").concat();
    assert_eq!(title(), "Joining the room…");
    for (view, expected) in [
        (attached(), "waiting"),
        (on_air(true), "loading"),
        (on_air(false), "sound-only"),
        (in_phase(Phase::Repairing), "reconnecting"),
        (in_phase(Phase::HostAway), "host-away"),
        (in_phase(Phase::Ended), "ended"),
    ] {
        stage.update(|now| *now = view).await;
        assert_eq!(overlay(&stage), expected);
        assert!(!title().is_empty(), "{expected} has a title");
    }
}

#[wasm_bindgen_test]
async fn the_overlay_goes_while_the_video_plays() {
    let stage = Stage::new(on_air(true), |room| view! { <Player room/> }.into_any()).await;
    fire(&stage, "playing");
    settled().await;
    assert_eq!(overlay(&stage), "none");
    fire(&stage, "emptied");
    settled().await;
    assert_eq!(overlay(&stage), "loading");
    // After a stream, its absence means that it was stopped.
    stage.update(|view| *view = attached()).await;
    assert_eq!(overlay(&stage), "stopped");
}

#[wasm_bindgen_test]
async fn a_host_has_a_silent_preview_that_can_be_hidden() {
    let stage =
        Stage::new(on_air(true), |room| view! { <Player room is_host=true/> }.into_any()).await;
    let video: HtmlVideoElement = wasm_bindgen::JsCast::unchecked_into(stage.find("video"));
    assert!(video.muted());
    assert_eq!(stage.count("[data-testid=mute]"), 0);
    stage.find("[data-testid=hide-preview]").click();
    settled().await;
    assert_eq!(overlay(&stage), "unseen");
    let pressed = stage.find("[data-testid=hide-preview]").get_attribute("aria-pressed");
    assert_eq!(pressed.as_deref(), Some("true"));
}

#[wasm_bindgen_test]
async fn the_slider_ends_the_silence() {
    let stage = Stage::new(on_air(true), |room| view! { <Player room/> }.into_any()).await;
    let video: HtmlVideoElement = wasm_bindgen::JsCast::unchecked_into(stage.find("video"));
    stage.find("[data-testid=mute]").click();
    settled().await;
    assert!(video.muted());
    let slider: web_sys::HtmlInputElement =
        wasm_bindgen::JsCast::unchecked_into(stage.find("[data-testid=volume]"));
    assert_eq!(slider.value(), "0");
    slider.set_value("40");
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    let input = Event::new_with_event_init_dict("input", &options).unwrap();
    slider.dispatch_event(&input).unwrap();
    settled().await;
    assert!(!video.muted());
    assert_eq!((video.volume() * 100.0).round(), 40.0);
}
