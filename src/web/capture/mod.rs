//! Sources of a host's stream: a screen, a camera, a file, a stream server, or the test pattern.

mod file;
mod mixer;
pub mod pattern;
mod stream_server;

use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ConstrainDomStringParameters, ConstrainDoubleRange, ConstrainLongRange,
    DisplayMediaStreamConstraints, File, MediaDeviceInfo, MediaDeviceKind, MediaDevices,
    MediaStream, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints,
};

pub use crate::media::Error;
pub use mixer::{Sound, with_microphone};

use crate::media;
use crate::platform::{js, support};

/// A source. Dropping it stops its tracks and whatever produces them.
pub struct Capture {
    stream: MediaStream,
    kind: Kind,
    label: String,
    backend: Backend,
}

/// The kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A screen, a window or a tab.
    Screen,
    /// A camera, a microphone or both.
    Camera,
    /// A media file.
    File,
    /// The moving test pattern.
    Pattern,
    /// A stream of a stream server.
    Server,
}

/// What to capture from which devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CameraOptions {
    /// The camera's id; the browser chooses when `None`, or when there is no such camera.
    pub video_device: Option<String>,
    /// The microphone's id, likewise.
    pub audio_device: Option<String>,
    /// Capture video.
    pub video: bool,
    /// Capture audio.
    pub audio: bool,
}

/// What is sent in a conversation.
#[derive(Default)]
pub struct CallDevices {
    /// The picture.
    pub camera: Option<Capture>,
    /// The voice.
    pub microphone: Option<Capture>,
}

/// A camera, a microphone or a speaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it is.
    pub kind: DeviceKind,
    /// For [`CameraOptions`]; empty until the user has allowed a device of that kind once.
    pub id: String,
    /// Its name; empty until the user has allowed a device of that kind once.
    pub label: String,
}

/// The kinds of [`Device`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// Video input.
    Camera,
    /// Audio input.
    Microphone,
    /// Audio output.
    Speaker,
}

/// What produces the stream, if it is not the browser itself.
enum Backend {
    Browser,
    File { _playback: file::Playback },
    Pattern { _generator: pattern::Generator },
    Mixer { mixer: Box<mixer::Mixer> },
    Server { _playback: stream_server::Playback },
}

/// Why this kind of source is not available here; `None` if it is.
pub fn unsupported_reason(kind: Kind) -> Option<Error> {
    let supported = match kind {
        Kind::Screen => return media_devices("getDisplayMedia").err(),
        Kind::Camera => return media_devices("getUserMedia").err(),
        Kind::File => js::can_capture_media(),
        Kind::Server => true,
        Kind::Pattern => js::has_method("HTMLCanvasElement", "captureStream"),
    };
    (!supported).then_some(Error::Unsupported)
}

/// Lets the user choose a screen, a window or a tab, with its sound where the browser has it.
pub async fn screen() -> Result<Capture, Error> {
    let devices = media_devices("getDisplayMedia")?;
    let rate = ConstrainDoubleRange::new();
    rate.set_ideal(30.0);
    rate.set_max(60.0);
    let video = MediaTrackConstraints::new();
    video.set_frame_rate_constrain_double_range(&rate);
    // The sound as it is, without the processing that is meant for calls.
    let audio = MediaTrackConstraints::new();
    audio.set_echo_cancellation_bool(false);
    audio.set_noise_suppression_bool(false);
    audio.set_auto_gain_control_bool(false);
    let constraints = DisplayMediaStreamConstraints::new();
    constraints.set_video_media_track_constraints(&video);
    constraints.set_audio_media_track_constraints(&audio);
    js::set_display_options(&constraints);
    let stream = take(devices.get_display_media_with_constraints(&constraints)).await;
    let stream = stream.map_err(|error| match error {
        // Firefox reports this where the system offers no screens.
        Error::NoDevice => Error::Unsupported,
        error => error,
    })?;
    let capture = Capture::new(stream, Kind::Screen, Backend::Browser);
    // Prefers sharp text to a high frame rate.
    capture.hint("detail");
    Ok(capture)
}

/// Opens a camera, a microphone or both.
pub async fn camera(options: CameraOptions) -> Result<Capture, Error> {
    let (video, audio) = (MediaTrackConstraints::new(), MediaTrackConstraints::new());
    video.set_width_constrain_long_range(&ideal(1280));
    video.set_height_constrain_long_range(&ideal(720));
    let rate = ConstrainDoubleRange::new();
    rate.set_ideal(30.0);
    video.set_frame_rate_constrain_double_range(&rate);
    let stream = open_devices(options, video, audio).await?;
    let capture = Capture::new(stream, Kind::Camera, Backend::Browser);
    capture.hint("motion");
    Ok(capture)
}

/// Opens a camera, a microphone or both for a conversation: a picture of the size of a tile, and
/// sound without the echo of the others and without noise. Each is a capture of its own, so that
/// one can end before the other.
pub async fn for_call(options: CameraOptions) -> Result<CallDevices, Error> {
    let (video, audio) = (MediaTrackConstraints::new(), MediaTrackConstraints::new());
    video.set_width_constrain_long_range(&ideal(640));
    video.set_height_constrain_long_range(&ideal(360));
    audio.set_echo_cancellation_bool(true);
    audio.set_noise_suppression_bool(true);
    audio.set_auto_gain_control_bool(true);
    let tracks = media::TrackPair::of(&open_devices(options, video, audio).await?);
    let capture = |track: MediaStreamTrack| {
        let stream = MediaStream::new_with_tracks(&Array::of1(&track));
        let stream = stream.map_err(|error| Error::from_js(&error))?;
        let capture = Capture::new(stream, Kind::Camera, Backend::Browser);
        capture.hint("motion");
        Ok(capture)
    };
    Ok(CallDevices {
        camera: tracks.video.map(capture).transpose()?,
        microphone: tracks.audio.map(capture).transpose()?,
    })
}

async fn open_devices(
    options: CameraOptions,
    video: MediaTrackConstraints,
    audio: MediaTrackConstraints,
) -> Result<MediaStream, Error> {
    if !options.video && !options.audio {
        return Err(Error::NoDevice);
    }
    let devices = media_devices("getUserMedia")?;
    let constraints = MediaStreamConstraints::new();
    if options.video {
        choose_device(&video, options.video_device);
        constraints.set_video_media_track_constraints(&video);
    }
    if options.audio {
        choose_device(&audio, options.audio_device);
        constraints.set_audio_media_track_constraints(&audio);
    }
    take(devices.get_user_media_with_constraints(&constraints)).await
}

/// Plays a media file in a loop, muted and invisible on this page.
pub async fn file(file: File) -> Result<Capture, Error> {
    let (stream, playback) = file::play(&file).await?;
    let backend = Backend::File { _playback: playback };
    let mut capture = Capture::new(stream, Kind::File, backend);
    capture.label = file.name();
    capture.hint("motion");
    Ok(capture)
}

/// The moving test pattern with its clock and tone; see [`mod@pattern`].
pub async fn pattern() -> Result<Capture, Error> {
    let (stream, generator) = pattern::start()?;
    let backend = Backend::Pattern { _generator: generator };
    let mut capture = Capture::new(stream, Kind::Pattern, backend);
    capture.label.clear();
    capture.hint("motion");
    Ok(capture)
}

/// Plays a stream of a stream server. `address` is `HOST/APP/STREAM`, also after `webrtc://`, for
/// SRS, or the address of a WHEP endpoint. Waits until media arrives; whenever none has arrived for
/// three seconds, calls `keep_waiting`, which returns whether to go on.
pub async fn server(address: String, keep_waiting: impl Fn() -> bool) -> Result<Capture, Error> {
    let (stream, playback) = stream_server::play(&address, keep_waiting).await?;
    let backend = Backend::Server { _playback: playback };
    let mut capture = Capture::new(stream, Kind::Server, backend);
    capture.label = address;
    Ok(capture)
}

/// Calls back whenever a device is plugged in or removed, until the listener is dropped.
pub fn on_devices(changed: impl Fn() + 'static) -> Option<EventListener> {
    let devices = media_devices("enumerateDevices").ok()?;
    Some(EventListener::new(&devices, "devicechange", move |_| changed()))
}

/// Lists the cameras, microphones and speakers.
pub async fn devices() -> Result<Vec<Device>, Error> {
    let failed = |error: JsValue| Error::from_js(&error);
    let listed = media_devices("enumerateDevices")?.enumerate_devices().map_err(failed)?;
    let listed = Array::from(&JsFuture::from(listed).await.map_err(failed)?);
    Ok(listed.into_iter().filter_map(device).collect())
}

impl Capture {
    fn new(stream: MediaStream, kind: Kind, backend: Backend) -> Self {
        let tracks = media::TrackPair::of(&stream);
        let label = tracks.video.or(tracks.audio).map(|track| track.label());
        let label = label.filter(|label| !is_handle(label)).unwrap_or_default();
        Self { stream, kind, label, backend }
    }

    fn mixed(stream: MediaStream, mixer: mixer::Mixer) -> Self {
        let (kind, label) = (mixer.source().kind, mixer.source().label.clone());
        Self { stream, kind, label, backend: Backend::Mixer { mixer: Box::new(mixer) } }
    }

    /// Its tracks.
    pub fn stream(&self) -> &MediaStream {
        &self.stream
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The device, window or file, as the browser names it; empty if it names none.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its audio sources, each with its own volume.
    pub fn sounds(&self) -> Vec<Sound> {
        match &self.backend {
            Backend::Mixer { mixer } => mixer.sounds(),
            _ => Sound::of(&self.stream, self.kind).into_iter().collect(),
        }
    }

    /// Tells the encoder what matters in the video.
    fn hint(&self, content: &str) {
        for track in media::tracks(&self.stream).filter(|track| track.kind() == "video") {
            js::set_content_hint(&track, content);
        }
    }
}

/// Whether a label is how Chromium itself tells screens, windows and tabs apart, and no name.
fn is_handle(label: &str) -> bool {
    ["screen:", "window:", "web-contents-media-stream:"].iter().any(|kind| label.starts_with(kind))
}

impl Drop for Capture {
    fn drop(&mut self) {
        for track in media::tracks(&self.stream) {
            track.stop();
        }
    }
}

/// `navigator.mediaDevices` if it has `method`; browsers hide it from insecure pages.
fn media_devices(method: &str) -> Result<MediaDevices, Error> {
    let navigator = web_sys::window().map(|window| window.navigator());
    let devices = navigator.and_then(|navigator| navigator.media_devices().ok());
    // Typed as always present, but `undefined` in insecure contexts.
    match devices.filter(|devices| !devices.is_undefined()) {
        Some(devices) if js::has_method("MediaDevices", method) => Ok(devices),
        None if !support::is_secure() => Err(Error::Insecure),
        _ => Err(Error::Unsupported),
    }
}

async fn take(promise: Result<js_sys::Promise, JsValue>) -> Result<MediaStream, Error> {
    let promise = promise.map_err(|error| Error::from_js(&error))?;
    match JsFuture::from(promise).await {
        Ok(stream) => Ok(stream.unchecked_into()),
        Err(error) => Err(Error::from_js(&error)),
    }
}

fn ideal(value: i32) -> ConstrainLongRange {
    let range = ConstrainLongRange::new();
    range.set_ideal(value);
    range
}

/// Prefers that device; if it was unplugged meanwhile, the browser takes another.
fn choose_device(constraints: &MediaTrackConstraints, id: Option<String>) {
    // Ids are empty until the user has allowed a device of that kind.
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        let parameters = ConstrainDomStringParameters::new();
        parameters.set_ideal_str(&id);
        constraints.set_device_id_constrain_dom_string_parameters(&parameters);
    }
}

fn device(info: JsValue) -> Option<Device> {
    let info: MediaDeviceInfo = info.dyn_into().ok()?;
    let kind = match info.kind() {
        MediaDeviceKind::Videoinput => DeviceKind::Camera,
        MediaDeviceKind::Audioinput => DeviceKind::Microphone,
        MediaDeviceKind::Audiooutput => DeviceKind::Speaker,
        _ => return None,
    };
    Some(Device { kind, id: info.device_id(), label: info.label() })
}
