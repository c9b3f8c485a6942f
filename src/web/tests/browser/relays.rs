use live_core::node::{LinkEvent, MediaRole};
use live_web::{TrackPair, capture};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::rig::{End, PatternReader, now, pair, until};

async fn tracks_at(end: &End) -> TrackPair {
    until("tracks", || end.heard(|e| matches!(e, LinkEvent::Tracks(t) if t.audio && t.video)))
        .await;
    end.remote_tracks()
}

#[wasm_bindgen_test]
async fn a_child_that_dials_sees_the_picture() {
    let source = capture::pattern().await.unwrap();
    let (child, parent) = pair(MediaRole::Receive, MediaRole::Send);
    parent.feed(TrackPair::of(source.stream()));
    let reader = PatternReader::on_tracks(&tracks_at(&child).await);
    let age = reader.frame_after(now()).await;
    assert!(age < 1_000.0, "{age} ms");
}

#[wasm_bindgen_test]
async fn a_parent_that_dials_is_seen_too() {
    let source = capture::pattern().await.unwrap();
    let (parent, child) = pair(MediaRole::Send, MediaRole::Receive);
    parent.feed(TrackPair::of(source.stream()));
    let reader = PatternReader::on_tracks(&tracks_at(&child).await);
    reader.frame_after(now()).await;
}

#[wasm_bindgen_test]
async fn sources_come_go_and_change_without_a_new_connection() {
    let (child, parent) = pair(MediaRole::Receive, MediaRole::Send);
    // Negotiated before there is anything to see.
    let reader = PatternReader::on_tracks(&tracks_at(&child).await);
    let pattern = capture::pattern().await.unwrap();
    parent.feed(TrackPair::of(pattern.stream()));
    reader.frame_after(now()).await;

    let camera =
        capture::camera(capture::CameraOptions { video: true, audio: true, ..Default::default() });
    let camera = camera.await.unwrap();
    parent.feed(TrackPair::of(camera.stream()));
    until("the camera's picture", || reader.width() != 640 && reader.read().is_none()).await;

    parent.feed(TrackPair::default());
    parent.feed(TrackPair::of(pattern.stream()));
    reader.frame_after(now()).await;
    let fatal = |e: &LinkEvent| {
        matches!(e, LinkEvent::Disconnected | LinkEvent::Failed(_) | LinkEvent::ChannelClosed)
    };
    assert!(!child.heard(fatal) && !parent.heard(fatal));
    let described = |e: &&LinkEvent| matches!(e, LinkEvent::Described(_));
    assert_eq!(child.events.borrow().iter().filter(described).count(), 1);
}

#[wasm_bindgen_test]
async fn a_relay_passes_on_what_it_receives() {
    let source = capture::pattern().await.unwrap();
    let (relay_in, host) = pair(MediaRole::Receive, MediaRole::Send);
    host.feed(TrackPair::of(source.stream()));
    let (leaf, relay_out) = pair(MediaRole::Receive, MediaRole::Send);
    relay_out.feed(tracks_at(&relay_in).await);
    let reader = PatternReader::on_tracks(&tracks_at(&leaf).await);
    let age = reader.frame_after(now()).await;
    assert!(age < 1_500.0, "{age} ms");
}
