use js_sys::{Array, Uint8Array};
use live_web::capture::{self, CameraOptions, Capture, DeviceKind, Error, Kind};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{File, MediaStreamTrack, MediaStreamTrackState};

use crate::rig::{PatternReader, eval_async, now, rest, until};

fn tracks(capture: &Capture) -> Vec<MediaStreamTrack> {
    let tracks = capture.stream().get_tracks();
    tracks.iter().map(JsCast::unchecked_into).collect()
}

fn has(capture: &Capture, kind: &str) -> bool {
    tracks(capture).iter().any(|track| track.kind() == kind)
}

#[wasm_bindgen_test]
async fn the_pattern_shows_the_time_and_ends_with_its_owner() {
    let pattern = capture::pattern().await.unwrap();
    assert_eq!(pattern.kind(), Kind::Pattern);
    assert!(has(&pattern, "audio") && has(&pattern, "video"));
    let reader = PatternReader::on(pattern.stream());
    let start = now();
    reader.frame_after(start).await;
    let mut seen = std::collections::BTreeSet::new();
    while now() < start + 1_500.0 {
        seen.extend(reader.read());
        rest(10).await;
    }
    assert!(seen.len() >= 15, "{} pictures", seen.len());
    let tracks = tracks(&pattern);
    drop(pattern);
    assert!(tracks.iter().all(|t| t.ready_state() == MediaStreamTrackState::Ended));
}

#[wasm_bindgen_test]
async fn a_dropped_camera_is_off() {
    let options = CameraOptions { video: true, audio: true, ..CameraOptions::default() };
    let camera = capture::camera(options).await.unwrap();
    assert_eq!(camera.kind(), Kind::Camera);
    assert!(!camera.label().is_empty());
    let tracks = tracks(&camera);
    assert_eq!(tracks.len(), 2);
    drop(camera);
    assert!(tracks.iter().all(|t| t.ready_state() == MediaStreamTrackState::Ended));
}

#[wasm_bindgen_test]
async fn devices_are_listed_and_can_be_chosen() {
    let options = CameraOptions { audio: true, ..CameraOptions::default() };
    let microphone = capture::camera(options).await.unwrap();
    assert!(has(&microphone, "audio") && !has(&microphone, "video"));
    let devices = capture::devices().await.unwrap();
    let camera = devices.iter().find(|device| device.kind == DeviceKind::Camera).unwrap();
    let options = CameraOptions {
        video: true,
        video_device: Some(camera.id.clone()),
        ..CameraOptions::default()
    };
    let chosen = capture::camera(options).await.unwrap();
    assert!(has(&chosen, "video") && !has(&chosen, "audio"));
}

#[wasm_bindgen_test]
async fn what_cannot_be_captured_says_why() {
    let nothing = capture::camera(CameraOptions::default()).await.err();
    assert_eq!(nothing, Some(Error::NoDevice));
    let options = CameraOptions {
        video: true,
        video_device: Some("no such camera".into()),
        ..CameraOptions::default()
    };
    // Another camera replaces one that was unplugged.
    assert!(has(&capture::camera(options).await.unwrap(), "video"));
    let parts = Array::of1(&Uint8Array::from(&b"not a film"[..]));
    let file = File::new_with_u8_array_sequence(&parts, "film.webm").unwrap();
    assert_eq!(capture::file(file).await.err(), Some(Error::BadFile));
}

#[wasm_bindgen_test]
async fn a_file_plays_in_a_loop_with_its_sound() {
    let file = film().await;
    let film = capture::file(file).await.unwrap();
    assert_eq!((film.kind(), film.label()), (Kind::File, "film.webm"));
    assert!(has(&film, "audio") && has(&film, "video"));
    let reader = PatternReader::on(film.stream());
    // The film shows its recording time, in a loop.
    until("the film", || reader.read().is_some()).await;
    let start = reader.read().unwrap();
    until("progress", || reader.read().is_some_and(|time| time > start + 500)).await;
    until("the beginning again", || reader.read().is_some_and(|time| time < start + 500)).await;
    assert!(loudness(&film).await > 0.01);
    let tracks = tracks(&film);
    drop(film);
    assert!(tracks.iter().all(|t| t.ready_state() == MediaStreamTrackState::Ended));
}

/// A recording of two seconds of the test pattern with its tone.
async fn film() -> File {
    let pattern = capture::pattern().await.unwrap();
    js_sys::Reflect::set(&js_sys::global(), &"recorded".into(), pattern.stream()).unwrap();
    let file = eval_async(
        "return new Promise(resolve => {
            const recorder = new MediaRecorder(recorded, { mimeType: 'video/webm' });
            const parts = [];
            recorder.ondataavailable = event => parts.push(event.data);
            recorder.onstop = () => resolve(new File(parts, 'film.webm', { type: 'video/webm' }));
            recorder.start();
            setTimeout(() => recorder.stop(), 2000);
        })",
    )
    .await;
    file.unchecked_into()
}

/// The peak of one second of the capture's sound; full scale is 1.
async fn loudness(capture: &Capture) -> f64 {
    js_sys::Reflect::set(&js_sys::global(), &"heard".into(), capture.stream()).unwrap();
    let peak = eval_async(
        "return (async () => {
            const context = new AudioContext();
            await context.resume();
            const analyser = context.createAnalyser();
            context.createMediaStreamSource(heard).connect(analyser);
            const samples = new Float32Array(analyser.fftSize);
            let peak = 0;
            for (let i = 0; i < 20; i++) {
                await new Promise(resolve => setTimeout(resolve, 50));
                analyser.getFloatTimeDomainData(samples);
                peak = Math.max(peak, ...samples);
            }
            await context.close();
            return peak;
        })()",
    )
    .await;
    peak.as_f64().unwrap()
}
