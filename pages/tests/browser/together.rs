//! Conference and voice: push-to-talk, what a host sees, the grid, and the stream's volume.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::view::{
    GatheringKind, GatheringMember, GatheringView, MapPeer, OwnSeat, SourceOwner, Tracks, View,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    Event, EventInit, HtmlElement, HtmlVideoElement, KeyboardEvent, KeyboardEventInit,
    PointerEvent, PointerEventInit,
};

use super::stage::{Stage, attached, id, on_air, settled};
use crate::contexts::preferences::use_preferences;
use crate::features::conference::Conference;
use crate::features::people::PeoplePanel;
use crate::features::player::Player;
use crate::features::source::own_source::SourceOwnerLine;
use crate::features::voice::Voice;

fn member(name: &str) -> GatheringMember {
    GatheringMember {
        peer: id(name),
        name: name.to_owned(),
        avatar: None,
        tracks: Tracks { audio: true, video: true },
        muted: false,
        connected: true,
        legacy: false,
    }
}

/// An open gathering with these members.
fn gathering(own: OwnSeat, names: &[&str]) -> Arc<GatheringView> {
    let members = names.iter().map(|name| member(name)).collect();
    Arc::new(GatheringView { open: true, own, seats: 8, members })
}

async fn voice(own: OwnSeat, names: &[&str]) -> Stage {
    let view = View { voice: gathering(own, names), ..attached() };
    Stage::new(view, |room| view! { <input id="elsewhere" /> <Voice room /> }.into_any()).await
}

async fn conference(view: Arc<GatheringView>, is_host: bool) -> Stage {
    let view = View { conference: view, ..attached() };
    Stage::new(view, move |room| view! { <Conference room is_host /> }.into_any()).await
}

fn attribute(element: &HtmlElement, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

/// Fires an event for which no pointer or key is needed.
fn fire(target: &web_sys::EventTarget, kind: &str) {
    if kind.starts_with("pointer") {
        let options = PointerEventInit::new();
        options.set_bubbles(true);
        let event = PointerEvent::new_with_event_init_dict(kind, &options).unwrap();
        target.dispatch_event(&event).unwrap();
    } else {
        let options = EventInit::new();
        options.set_bubbles(true);
        let event = Event::new_with_event_init_dict(kind, &options).unwrap();
        target.dispatch_event(&event).unwrap();
    }
}

/// Presses or releases a key with the focus on `target`; returns whether something took it.
fn key(target: &HtmlElement, kind: &str, code: &str) -> bool {
    let options = KeyboardEventInit::new();
    options.set_bubbles(true);
    options.set_cancelable(true);
    options.set_code(code);
    options.set_key(&code.trim_start_matches("Key").to_lowercase());
    let event = KeyboardEvent::new_with_keyboard_event_init_dict(kind, &options).unwrap();
    !target.dispatch_event(&event).unwrap()
}

#[wasm_bindgen_test]
async fn the_talk_button_is_held_and_let_go_in_every_way() {
    let stage = voice(OwnSeat::Taken, &["me", "Ann"]).await;
    let button = stage.find("[data-testid=voice-talk]");
    for (press, release) in [
        ("pointerdown", "pointerup"),
        ("pointerdown", "pointercancel"),
        ("pointerdown", "lostpointercapture"),
        ("pointerdown", "blur"),
    ] {
        fire(&button, press);
        settled().await;
        assert_eq!(attribute(&button, "aria-pressed"), "true", "{press}");
        fire(&button, release);
        settled().await;
        assert_eq!(attribute(&button, "aria-pressed"), "false", "{release}");
    }
    fire(&button, "pointerdown");
    fire(&window(), "blur");
    settled().await;
    assert_eq!(attribute(&button, "aria-pressed"), "false", "another window has the focus");
}

#[wasm_bindgen_test]
async fn the_key_talks_but_not_while_somebody_types() {
    let stage = voice(OwnSeat::Taken, &["me"]).await;
    let button = stage.find("[data-testid=voice-talk]");
    let pressed = || attribute(&button, "aria-pressed");
    let body = document().body().unwrap();
    assert!(key(&body, "keydown", "KeyV"), "nothing else happens with it");
    assert!(key(&body, "keydown", "KeyV"), "which holds while it repeats");
    settled().await;
    assert_eq!(pressed(), "true");
    // The focus may have moved to a field meanwhile.
    key(&stage.find("#elsewhere"), "keyup", "KeyV");
    settled().await;
    assert_eq!(pressed(), "false");
    assert!(!key(&stage.find("#elsewhere"), "keydown", "KeyV"));
    assert!(!key(&body, "keydown", "KeyB"));
    settled().await;
    assert_eq!(pressed(), "false");
}

#[wasm_bindgen_test]
async fn the_key_can_be_chosen_and_is_shown() {
    let stage = voice(OwnSeat::Taken, &["me"]).await;
    let choose = stage.find("[data-testid=voice-key]");
    let body = document().body().unwrap();
    assert_eq!(stage.texts("[data-testid=voice-talk] kbd"), ["V"]);
    choose.click();
    settled().await;
    assert_eq!(attribute(&choose, "aria-expanded"), "true");
    key(&body, "keydown", "KeyB");
    settled().await;
    assert_eq!(attribute(&choose, "aria-expanded"), "false");
    assert_eq!(stage.texts("[data-testid=voice-talk] kbd"), ["B"]);
    assert!(!key(&body, "keydown", "KeyV"));
    assert!(key(&body, "keydown", "KeyB"));
    // Remembered for the next time, and as it was for the next test.
    drop(stage);
    let stage = voice(OwnSeat::Taken, &["me"]).await;
    assert_eq!(stage.texts("[data-testid=voice-talk] kbd"), ["B"]);
    stage.find("[data-testid=voice-key]").click();
    settled().await;
    key(&body, "keydown", "KeyV");
    settled().await;
}

#[wasm_bindgen_test]
async fn letting_go_does_not_undo_the_mute_of_the_host() {
    let stage = voice(OwnSeat::Taken, &["me", "Ann"]).await;
    let button = stage.find("[data-testid=voice-talk]");
    fire(&button, "pointerdown");
    stage
        .update(|view| {
            Arc::make_mut(&mut view.voice).members[0].muted = true;
        })
        .await;
    assert_eq!(attribute(&button, "aria-pressed"), "false");
    fire(&button, "pointerup");
    fire(&button, "pointerdown");
    settled().await;
    assert_eq!(attribute(&button, "aria-pressed"), "false");
    assert_eq!(attribute(&button, "aria-disabled"), "true");
    let notice = stage.texts("[data-testid=gathering-notice]").concat();
    assert!(notice.contains("The host has muted you"), "{notice}");
    fire(&button, "pointerup");
}

#[wasm_bindgen_test]
async fn who_takes_no_part_sees_who_does() {
    let stage = voice(OwnSeat::None, &["Ann", "Bob"]).await;
    assert_eq!(stage.texts("[data-testid=voice-member] b"), ["Ann", "Bob"]);
    assert_eq!(stage.count("[data-testid=voice-talk]"), 0);
    assert!(!stage.find("[data-testid=voice-join]").hidden());
    assert!(stage.find("[data-testid=voice-leave]").hidden());
}

#[wasm_bindgen_test]
async fn who_speaks_is_marked_in_the_channel_and_among_the_people() {
    let peer = |name: &str| MapPeer {
        id: id(name),
        parent: None,
        name: name.to_owned(),
        rtt: 0,
        below: 0,
        profile: None,
    };
    let voice = gathering(OwnSeat::Taken, &["me", "Ann"]);
    let view = View { voice, map: Some(["Ann", "me"].map(peer).into()), ..attached() };
    let stage =
        Stage::new(view, |room| view! { <Voice room /> <PeoplePanel room /> }.into_any()).await;
    stage.find("[data-testid=people-panel] summary").click();
    settled().await;
    let speaking = || {
        let of = |selector| attribute(&stage.find(selector), "data-speaking");
        [of("[data-testid=voice-member][data-peer=Ann]"), of(".people [data-id=Ann]")]
    };
    assert_eq!(speaking(), ["false", "false"]);
    stage.room.speak(vec![(GatheringKind::Voice, id("Ann"))]);
    settled().await;
    assert_eq!(speaking(), ["true", "true"]);
    assert_eq!(stage.texts(".people [data-id=Ann] > i"), ["speaks"]);
}

/// Both at once would be an echo.
#[wasm_bindgen_test]
async fn who_is_heard_in_the_conference_is_not_played_from_the_voice_channel_too() {
    let all = || gathering(OwnSeat::Taken, &["me", "Ann", "Bob"]);
    let view = View { voice: all(), conference: all(), ..attached() };
    let stage = Stage::new(view, |room| view! { <Voice room /> }.into_any()).await;
    let muted = |name: &str| {
        let audio = stage.find(&format!("[data-peer={name}] audio"));
        audio.unchecked_into::<web_sys::HtmlMediaElement>().muted()
    };
    assert_eq!(["me", "Ann", "Bob"].map(muted), [true; 3]);
    // The own part in the conference, or Bob's, ends; or his microphone is closed or muted there.
    let changes: [fn(&mut GatheringView); 5] = [
        |view| view.own = OwnSeat::None,
        |view| drop(view.members.pop()),
        |view| view.members[2].connected = false,
        |view| view.members[2].tracks.audio = false,
        |view| view.members[2].muted = true,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        stage.update(|view| view.conference = all()).await;
        assert!(muted("Bob"));
        stage.update(|view| change(Arc::make_mut(&mut view.conference))).await;
        assert!(!muted("Bob"), "{at}");
        assert_eq!(muted("Ann"), at > 0);
        assert!(muted("me"));
    }
}

#[wasm_bindgen_test]
async fn only_the_host_can_mute_and_remove_others() {
    let stage = conference(gathering(OwnSeat::Taken, &["me", "Ann"]), false).await;
    assert_eq!(stage.count("[data-testid=conference-silence]"), 0);
    assert_eq!(stage.count("[data-testid=conference-end]"), 0);
    drop(stage);
    let stage = conference(gathering(OwnSeat::Taken, &["me", "Ann"]), true).await;
    let mute = stage.find("[data-peer=Ann] [data-testid=conference-silence]");
    assert_eq!(stage.count("[data-testid=conference-silence]"), 1, "not on the own tile");
    assert_eq!(attribute(&mute, "aria-pressed"), "false");
    stage.update(|view| Arc::make_mut(&mut view.conference).members[1].muted = true).await;
    assert_eq!(attribute(&mute, "aria-pressed"), "true");
    assert!(stage.texts("[data-peer=Ann]").concat().contains("muted by the host"));
}

#[wasm_bindgen_test]
async fn a_full_conference_says_so_and_who_is_in_it() {
    let stage = conference(gathering(OwnSeat::Full, &["Ann", "Bob"]), false).await;
    let notice = stage.texts("[data-testid=gathering-notice]").concat();
    assert!(notice.contains("full: all 8 seats"), "{notice}");
    assert_eq!(stage.count("[data-testid=conference-tile]"), 2);
    assert!(!stage.find("[data-testid=conference-join]").hidden());
}

#[wasm_bindgen_test]
async fn a_conference_that_is_not_open_is_seen_by_its_host_alone() {
    let stage = conference(Arc::default(), false).await;
    assert!(stage.find("[data-testid=conference]").hidden());
    assert_eq!(stage.count("[data-testid=conference-open]"), 0);
    drop(stage);
    let stage = conference(Arc::default(), true).await;
    assert!(stage.find("[data-testid=conference-open]").offset_parent().is_some());
}

#[wasm_bindgen_test]
async fn the_grid_has_as_many_columns_as_keep_faces_large() {
    let style = document().create_element("style").unwrap();
    let css =
        [include_str!("../../../style/tokens.css"), include_str!("../../../style/together.css")];
    style.set_text_content(Some(&css.concat()));
    document().head().unwrap().append_child(&style).unwrap();
    let names: Vec<String> = (0..12).map(|n| format!("p{n}")).collect();
    for (width, expected) in [
        (360, [(1, 1), (2, 1), (3, 2), (6, 2), (12, 2)]),
        (800, [(1, 1), (2, 2), (4, 2), (5, 3), (12, 4)]),
    ] {
        for (count, columns) in expected {
            let names: Vec<&str> = names.iter().take(count).map(String::as_str).collect();
            let stage = conference(gathering(OwnSeat::Taken, &names), false).await;
            let section = stage.find("[data-testid=conference]");
            section.style().set_property("width", &format!("{width}px")).unwrap();
            settled().await;
            let top = stage.find(".conferee").offset_top();
            let tiles = section.query_selector_all(".conferee").unwrap();
            let first_row = (0..tiles.length())
                .filter_map(|at| tiles.item(at)?.dyn_into::<HtmlElement>().ok())
                .filter(|tile| tile.offset_top() == top);
            let tiles: Vec<HtmlElement> = first_row.collect();
            assert_eq!(tiles.len(), columns, "{count} at {width} px");
            assert!(tiles[0].offset_width() >= 150, "{count} at {width} px");
        }
    }
    style.remove();
}

#[wasm_bindgen_test]
async fn the_stream_is_lower_while_somebody_else_speaks() {
    let stage = Stage::new(on_air(true), |room| {
        use_preferences().lower_stream.set(true);
        view! { <Player room /> }.into_any()
    })
    .await;
    let video: HtmlVideoElement = stage.find("video").unchecked_into();
    let volume = || (video.volume() * 100.0).round();
    let slider: web_sys::HtmlInputElement = stage.find("[data-testid=volume]").unchecked_into();
    let full = volume();
    stage.room.speak(vec![(GatheringKind::Voice, id("me"))]);
    settled().await;
    assert_eq!(volume(), full, "the own voice lowers nothing");
    stage.room.speak(vec![(GatheringKind::Voice, id("Ann"))]);
    settled().await;
    assert_eq!(volume(), (full * 0.3).round());
    assert_eq!(slider.value(), full.to_string(), "the user's choice stays");
    stage.room.speak(Vec::new());
    settled().await;
    assert_eq!(volume(), full);
}

#[wasm_bindgen_test]
async fn a_viewer_is_told_whose_source_it_is_that_is_not_the_hosts() {
    let owner = |peer: Option<&str>, name: &str| {
        Some(SourceOwner { peer: peer.map(id), name: name.to_owned() })
    };
    let stage = Stage::new(attached(), |room| view! { <SourceOwnerLine room /> }.into_any()).await;
    let line = stage.find(".source-owner");
    assert!(line.hidden());
    stage.update(|view| view.source_owner = owner(Some("bob-12345678"), "Bob")).await;
    assert!(!line.hidden());
    let said = || stage.texts("[data-testid=source-owner]").concat();
    assert_eq!(said(), "Bob shows this, not the host.");
    let is_open = || stage.find(".source-owner details").has_attribute("open");
    assert!(!is_open(), "the id is behind a tap");
    stage.find(".source-owner summary").click();
    settled().await;
    assert_eq!(stage.texts(".source-owner code"), ["bob-12345678"]);
    assert!(is_open());
    stage.update(|view| view.source_owner = owner(Some("bob-12345678"), " ")).await;
    assert_eq!(said(), "bob-1234 shows this, not the host.");
    stage.update(|view| view.source_owner = owner(None, "")).await;
    assert_eq!(said(), "Another viewer shows this, not the host.");
    assert_eq!(stage.count(".source-owner details"), 0);
    stage.update(|view| view.source_owner = None).await;
    assert!(line.hidden());
}
