use js_sys::Array;
use live_core::node::{LinkEvent, MediaRole};
use live_core::view::GatheringKind;
use live_web::capture::{self, CameraOptions};
use live_web::{Link, TrackPair};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{RtcRtpTransceiver, RtcRtpTransceiverDirection};

use crate::rig::{End, PatternReader, now, pair, until};

fn call(kind: GatheringKind) -> MediaRole {
    MediaRole::Call(kind)
}

/// The kind and direction of each transceiver.
fn transceivers(end: &End) -> Vec<(String, RtcRtpTransceiverDirection)> {
    let link = end.link.borrow();
    let transceivers: Array = link.as_ref().map(Link::connection).unwrap().get_transceivers();
    let one = |it: RtcRtpTransceiver| (it.receiver().track().kind(), it.direction());
    transceivers.into_iter().map(|it| one(it.unchecked_into())).collect()
}

#[wasm_bindgen_test]
async fn both_sides_of_a_call_see_each_other_over_one_negotiation() {
    let conference = call(GatheringKind::Conference);
    let (a, b) = pair(conference, conference);
    let (of_a, of_b) = (capture::pattern().await.unwrap(), capture::pattern().await.unwrap());
    a.feed(TrackPair::of(of_a.stream()));
    b.feed(TrackPair::of(of_b.stream()));
    for end in [&a, &b] {
        let both = |e: &LinkEvent| matches!(e, LinkEvent::Tracks(t) if t.audio && t.video);
        until("tracks", || end.heard(both)).await;
        PatternReader::on_tracks(&end.remote_tracks()).frame_after(now()).await;
        let directions = transceivers(end);
        assert_eq!(directions.len(), 4, "{directions:?}");
        for kind in ["audio", "video"] {
            for direction in
                [RtcRtpTransceiverDirection::Sendonly, RtcRtpTransceiverDirection::Recvonly]
            {
                assert!(directions.contains(&(kind.to_owned(), direction)), "{directions:?}");
            }
        }
        let described = |e: &&LinkEvent| matches!(e, LinkEvent::Described(_));
        assert_eq!(end.events.borrow().iter().filter(described).count(), 1);
    }
}

#[wasm_bindgen_test]
async fn devices_come_go_and_change_without_another_negotiation() {
    let conference = call(GatheringKind::Conference);
    let (a, b) = pair(conference, conference);
    let tracks = |e: &LinkEvent| matches!(e, LinkEvent::Tracks(t) if t.audio && t.video);
    until("tracks", || b.heard(tracks)).await;
    let reader = PatternReader::on_tracks(&b.remote_tracks());
    let pattern = capture::pattern().await.unwrap();
    a.feed(TrackPair::of(pattern.stream()));
    reader.frame_after(now()).await;
    let options = CameraOptions { video: true, audio: true, ..CameraOptions::default() };
    let devices = capture::for_call(options).await.unwrap();
    let (camera, microphone) = (devices.camera.unwrap(), devices.microphone.unwrap());
    a.feed(TrackPair {
        audio: TrackPair::of(microphone.stream()).audio,
        video: TrackPair::of(camera.stream()).video,
    });
    until("the camera's picture", || reader.read().is_none()).await;
    a.feed(TrackPair::default());
    a.feed(TrackPair::of(pattern.stream()));
    reader.frame_after(now()).await;
    let described = |e: &&LinkEvent| matches!(e, LinkEvent::Described(_));
    assert_eq!(b.events.borrow().iter().filter(described).count(), 1);
}

#[wasm_bindgen_test]
async fn a_voice_call_has_no_picture_even_if_one_is_offered() {
    let (a, b) = pair(call(GatheringKind::Conference), call(GatheringKind::Voice));
    let pattern = capture::pattern().await.unwrap();
    a.feed(TrackPair::of(pattern.stream()));
    b.feed(TrackPair::of(pattern.stream()));
    a.opened().await;
    until("sound", || a.heard(|e| matches!(e, LinkEvent::Tracks(t) if t.audio))).await;
    assert!(a.remote_tracks().video.is_none());
    let video = transceivers(&b).into_iter().filter(|(kind, _)| kind == "video");
    assert!(video.into_iter().all(|(_, it)| it == RtcRtpTransceiverDirection::Inactive));
    let (a, b) = pair(call(GatheringKind::Voice), call(GatheringKind::Voice));
    a.opened().await;
    assert_eq!((transceivers(&a).len(), transceivers(&b).len()), (2, 2));
}
