//! The only file that uses `Reflect`: what `web-sys` lacks, types without its promise or hides
//! behind `web_sys_unstable_apis`, behind typed functions.
//!
//! Calling a method that the browser does not have throws, so the functions here check first, and
//! [`has_method`] lets others check.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Array, Error, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortSignal, CanvasRenderingContext2d, DisplayMediaStreamConstraints, Document,
    HtmlMediaElement, HtmlVideoElement, MediaStream, MediaStreamTrack, Navigator, RequestInit,
    RtcIceCandidate, RtcIceCandidateInit, RtcRtpEncodingParameters, RtcRtpReceiver, RtcRtpSender,
    WritableStream,
};

/// The message of an exception.
pub(crate) fn message(error: &JsValue) -> String {
    let message = error.dyn_ref::<Error>().map(|error| String::from(error.message()));
    message.or_else(|| error.as_string()).unwrap_or_else(|| "unknown error".into())
}

/// The name of an exception, such as `NotAllowedError`.
pub(crate) fn error_name(error: &JsValue) -> String {
    error.dyn_ref::<Error>().map(|error| String::from(error.name())).unwrap_or_default()
}

/// Whether the global object has this class or function.
pub(crate) fn has_global(name: &str) -> bool {
    get(&js_sys::global(), name).is_some()
}

/// Whether objects of this class have the method.
pub(crate) fn has_method(class: &str, method: &str) -> bool {
    get(&js_sys::global(), class)
        .and_then(|class| get(&class, "prototype"))
        .is_some_and(|prototype| function(&prototype, method).is_some())
}

/// Asks for the shortest jitter buffer that the network allows; it still grows with jitter.
pub(crate) fn minimise_jitter_buffer(receiver: &RtcRtpReceiver) {
    // The second name is Chromium's older one.
    if !set_if_known(receiver, "jitterBufferTarget", 0) {
        set_if_known(receiver, "playoutDelayHint", 0);
    }
}

/// `RTCRtpSynchronizationSource.audioLevel`, from 0 to 1.
pub(crate) fn audio_level(source: &JsValue) -> Option<f64> {
    get(source, "audioLevel")?.as_f64()
}

/// `RTCRtpSender.setStreams`; without it, tracks arrive without a stream id.
pub(crate) fn set_streams(sender: &RtcRtpSender, stream: &MediaStream) {
    if let Some(set) = function(sender, "setStreams") {
        // Throws only for a closed connection.
        let _ = set.call1(sender, stream);
    }
}

/// `RTCRtpEncodingParameters.maxFramerate`.
pub(crate) fn set_max_framerate(encoding: &RtcRtpEncodingParameters, fps: u32) {
    set(encoding, "maxFramerate", fps);
}

/// `RTCIceCandidate.usernameFragment`.
pub(crate) fn username_fragment(candidate: &RtcIceCandidate) -> Option<String> {
    get(candidate, "usernameFragment")?.as_string()
}

/// `RTCIceCandidateInit.usernameFragment`.
pub(crate) fn set_username_fragment(init: &RtcIceCandidateInit, fragment: &str) {
    set(init, "usernameFragment", fragment);
}

/// `MediaStreamTrack.contentHint`, where the browser knows it.
pub(crate) fn set_content_hint(track: &MediaStreamTrack, hint: &str) {
    set_if_known(track, "contentHint", hint);
}

/// Offers the system's sound and a button to switch to another tab while sharing.
pub(crate) fn set_display_options(constraints: &DisplayMediaStreamConstraints) {
    set(constraints, "systemAudio", "include");
    set(constraints, "surfaceSwitching", "include");
}

/// Whether a media element can be captured; see [`capture_stream`].
pub(crate) fn can_capture_media() -> bool {
    CAPTURE_STREAM.iter().any(|name| has_method("HTMLMediaElement", name))
}

/// `HTMLMediaElement.captureStream`. `None` if the browser has no such method.
pub(crate) fn capture_stream(element: &HtmlMediaElement) -> Option<Result<MediaStream, JsValue>> {
    let capture = CAPTURE_STREAM.iter().find_map(|name| function(element, name))?;
    Some(capture.call0(element).map(JsCast::unchecked_into))
}

/// The second is Firefox's name.
const CAPTURE_STREAM: [&str; 2] = ["captureStream", "mozCaptureStream"];

/// A `MediaStreamTrackGenerator` for pictures and the stream that takes its frames. Only Chromium
/// has it.
pub(crate) fn track_generator() -> Option<(MediaStreamTrack, WritableStream)> {
    let generator = function(&js_sys::global(), "MediaStreamTrackGenerator")?;
    let init = object([("kind", "video".into())]);
    let track = Reflect::construct(&generator, &Array::of1(&init)).ok()?;
    let writable = get(&track, "writable")?;
    Some((track.unchecked_into(), writable.unchecked_into()))
}

/// A `VideoFrame` of what `image` shows, at so many microseconds.
pub(crate) fn video_frame(image: &JsValue, timestamp: f64) -> Option<JsValue> {
    let frame = function(&js_sys::global(), "VideoFrame")?;
    let init = object([("timestamp", timestamp.into())]);
    Reflect::construct(&frame, &Array::of2(image, &init)).ok()
}

/// `CanvasRenderingContext2D.imageSmoothingQuality`.
pub(crate) fn smooth_well(context: &CanvasRenderingContext2d) {
    set(context, "imageSmoothingQuality", "high");
}

/// `RequestInit.keepalive`: the request outlives the page.
pub(crate) fn set_keepalive(options: &RequestInit) {
    set(options, "keepalive", true);
}

/// `HTMLMediaElement.setSinkId`. `None` if the browser has no such method.
pub(crate) fn set_sink_id(element: &HtmlMediaElement, speaker: &str) -> Option<JsFuture> {
    let set = function(element, "setSinkId")?;
    promise(set.call1(element, &speaker.into()))
}

/// `document.pictureInPictureEnabled`.
pub(crate) fn has_picture_in_picture(document: &Document) -> bool {
    get(document, "pictureInPictureEnabled").is_some_and(|enabled| enabled.is_truthy())
}

/// Starts picture-in-picture, or ends it.
pub(crate) fn toggle_picture_in_picture(document: &Document, video: &HtmlVideoElement) {
    if get(document, "pictureInPictureElement").is_some() {
        call(document, "exitPictureInPicture");
    } else {
        call(video, "requestPictureInPicture");
    }
}

/// `Element.requestFullscreen`, which `web-sys` types without its promise: a refusal would be
/// reported as an unhandled rejection. iPhones have full screen for videos only.
pub(crate) fn request_fullscreen(frame: &JsValue, video: &HtmlVideoElement) {
    if !call(frame, "requestFullscreen") {
        call(video, "webkitEnterFullscreen");
    }
}

/// `document.exitFullscreen`, likewise.
pub(crate) fn exit_fullscreen(document: &Document) {
    call(document, "exitFullscreen");
}

/// A `WakeLockSentinel`; dropping it releases the lock.
pub(crate) struct WakeLockSentinel(JsValue);

impl WakeLockSentinel {
    /// `navigator.wakeLock.request("screen")`. `None` if the browser has no wake locks or refuses
    /// one, as on a low battery.
    pub(crate) async fn request(navigator: &Navigator) -> Option<Self> {
        let locks = get(navigator, "wakeLock")?;
        let request = function(&locks, "request")?;
        promise(request.call1(&locks, &"screen".into()))?.await.ok().map(Self)
    }

    /// Whether the browser has released it, as it does for hidden pages.
    pub(crate) fn is_released(&self) -> bool {
        get(&self.0, "released").is_some_and(|released| released.is_truthy())
    }
}

impl Drop for WakeLockSentinel {
    fn drop(&mut self) {
        call(&self.0, "release");
    }
}

/// A lock of `navigator.locks`, which all pages of an origin share; dropping it releases it.
pub(crate) struct WebLock {
    release: Function,
}

/// Why a page has no lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebLockError {
    /// Another page has it.
    Taken,
    /// The browser has none for this page: they are for secure ones.
    Unsupported,
}

impl WebLock {
    /// Waits so long for the lock of that name.
    pub(crate) async fn request(name: &str, wait_millis: u32) -> Result<Self, WebLockError> {
        let locks = web_sys::window().and_then(|window| get(&window.navigator(), "locks"));
        let locks = locks.ok_or(WebLockError::Unsupported)?;
        let request = function(&locks, "request").ok_or(WebLockError::Unsupported)?;
        let options = object([("signal", AbortSignal::timeout_with_u32(wait_millis).into())]);
        let (granted, release) = oneshot::channel();
        // The lock is held until the promise that the callback returns is settled.
        let hold = Closure::once(move || {
            let mut release = None;
            let held = Promise::new(&mut |resolve, _| release = Some(resolve));
            // Nobody listens if the wait has just ended; then nobody holds the lock either.
            if let Err(Some(release)) = granted.send(release) {
                let _ = release.call0(&JsValue::NULL);
            }
            held
        });
        let asked = promise(request.call3(&locks, &name.into(), &options, hold.as_ref()));
        let asked = asked.ok_or(WebLockError::Unsupported)?;
        match select(release, asked).await {
            Either::Left((Ok(Some(release)), _)) => Ok(Self { release }),
            Either::Right((Err(error), _)) if error_name(&error) == "TimeoutError" => {
                Err(WebLockError::Taken)
            }
            _ => Err(WebLockError::Unsupported),
        }
    }
}

impl Drop for WebLock {
    fn drop(&mut self) {
        // A function that settles a promise never throws.
        let _ = self.release.call0(&JsValue::NULL);
    }
}

/// The property, unless it is `undefined` or `null`.
fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into())
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) {
    // Fails for a frozen object or a setter that throws; every property here is optional.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

/// Sets the property if the browser knows it. Returns whether it does.
fn set_if_known(object: &JsValue, name: &str, value: impl Into<JsValue>) -> bool {
    let known = Reflect::has(object, &name.into()).unwrap_or(false);
    if known {
        set(object, name, value);
    }
    known
}

fn function(object: &JsValue, name: &str) -> Option<Function> {
    get(object, name)?.dyn_into().ok()
}

/// Calls the method and ignores its promise, which rejects when the user or the browser's policy
/// refuses. Returns whether the method exists.
fn call(object: &JsValue, name: &str) -> bool {
    let Some(method) = function(object, name) else {
        return false;
    };
    if let Some(promise) = promise(method.call0(object)) {
        spawn_local(async move {
            let _ = promise.await;
        });
    }
    true
}

fn promise(result: Result<JsValue, JsValue>) -> Option<JsFuture> {
    result.ok()?.dyn_into::<Promise>().ok().map(JsFuture::from)
}

fn object<const N: usize>(properties: [(&str, JsValue); N]) -> js_sys::Object {
    let object = js_sys::Object::new();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object
}
