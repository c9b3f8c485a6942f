//! Where a host's stream comes from: a screen, a camera, a file, a stream server, or the test
//! picture.

mod file;
mod mixer;
pub mod pattern;
mod stream_server;

use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DisplayMediaStreamConstraints, File, MediaDeviceInfo, MediaDeviceKind, MediaDevices,
    MediaStream, MediaStreamConstraints,
};

pub use mixer::{Sound, with_microphone};

use crate::media;
use crate::platform::{js, support};

/// A source. Dropping it stops its tracks and everything behind them.
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
    /// The moving test picture.
    Pattern,
    /// What a stream server gives out.
    Server,
}

/// What to take from which devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CameraOptions {
    /// Which camera; the browser's choice when `None`, or when there is none of that id.
    pub video_device: Option<String>,
    /// Which microphone, likewise.
    pub audio_device: Option<String>,
    /// Take a picture.
    pub video: bool,
    /// Take sound.
    pub audio: bool,
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
    /// Gives a picture.
    Camera,
    /// Gives sound.
    Microphone,
    /// Takes sound.
    Speaker,
}

/// Why there is no [`Capture`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The user or the browser's policy said no, or the user closed the choice.
    #[error("permission was not given")]
    Denied,
    /// There is no such device, or nothing was asked for.
    #[error("there is no such device")]
    NoDevice,
    /// Another program holds the device, or the system does not hand it out.
    #[error("the device is in use by another program")]
    InUse,
    /// The page is not a secure context, so the browser hides its devices.
    #[error("cameras and screens need a page that is loaded over HTTPS or from localhost")]
    Insecure,
    /// This browser cannot capture this.
    #[error("this browser cannot do that")]
    Unsupported,
    /// The browser cannot play the file.
    #[error("this browser cannot play the file")]
    BadFile,
    /// The address names no stream of a server.
    #[error("this is no address of a stream")]
    BadAddress,
    /// A page that was loaded over HTTPS may not ask a server over HTTP.
    #[error("a page over HTTPS cannot reach a server over HTTP")]
    Mixed,
    /// The stream server wants a token, or another one.
    #[error("the stream server asks for a token")]
    Unauthorized,
    /// The stream server is not there or gives out nothing; its status, or the browser's words.
    #[error("the stream server does not answer: {0}")]
    NoServer(String),
    /// Anything else, in the browser's words.
    #[error("{0}")]
    Other(String),
}

/// What keeps a stream going, if it is not the browser itself.
enum Backend {
    Browser,
    File { _playback: file::Playback },
    Pattern { _generator: pattern::Generator },
    Mixer { mixer: Box<mixer::Mixer> },
    Server { _playback: stream_server::Playback },
}

/// Why this kind of source cannot be had here, if it cannot.
pub fn unsupported_reason(kind: Kind) -> Option<Error> {
    let can = match kind {
        Kind::Screen => return media_devices("getDisplayMedia").err(),
        Kind::Camera => return media_devices("getUserMedia").err(),
        Kind::File => file::CAPTURE.iter().any(|name| support::has("HTMLVideoElement", name)),
        Kind::Server => true,
        Kind::Pattern => support::has("HTMLCanvasElement", "captureStream"),
    };
    (!can).then_some(Error::Unsupported)
}

/// Lets the user choose a screen, a window or a tab, with its sound where the browser has it.
pub async fn screen() -> Result<Capture, Error> {
    let devices = media_devices("getDisplayMedia")?;
    let constraints = DisplayMediaStreamConstraints::new();
    let rate = js::object([("ideal", 30.into()), ("max", 60.into())]);
    constraints.set_video(&js::object([("frameRate", rate.into())]));
    // What is captured shall sound as it is, not as a telephone would have it.
    let off = JsValue::FALSE;
    constraints.set_audio(&js::object([
        ("echoCancellation", off.clone()),
        ("noiseSuppression", off.clone()),
        ("autoGainControl", off),
    ]));
    js::set(&constraints, "systemAudio", "include");
    js::set(&constraints, "surfaceSwitching", "include");
    let stream = take(devices.get_display_media_with_constraints(&constraints)).await;
    let stream = stream.map_err(|error| match error {
        // What Firefox says where the system hands out no screen.
        Error::NoDevice => Error::Unsupported,
        error => error,
    })?;
    let capture = Capture::new(stream, Kind::Screen, Backend::Browser);
    // Keeps text sharp at the price of pictures per second.
    capture.hint("detail");
    Ok(capture)
}

/// Opens a camera, a microphone or both.
pub async fn camera(options: CameraOptions) -> Result<Capture, Error> {
    if !options.video && !options.audio {
        return Err(Error::NoDevice);
    }
    let devices = media_devices("getUserMedia")?;
    let constraints = MediaStreamConstraints::new();
    if options.video {
        let ideal = |value: u32| JsValue::from(js::object([("ideal", value.into())]));
        let video =
            js::object([("width", ideal(1280)), ("height", ideal(720)), ("frameRate", ideal(30))]);
        choose(&video, options.video_device);
        constraints.set_video(&video);
    }
    if options.audio {
        let audio = js_sys::Object::new();
        choose(&audio, options.audio_device);
        constraints.set_audio(&audio);
    }
    let stream = devices.get_user_media_with_constraints(&constraints);
    let capture = Capture::new(take(stream).await?, Kind::Camera, Backend::Browser);
    capture.hint("motion");
    Ok(capture)
}

/// Plays a media file in a loop, unheard and unseen on this page.
pub async fn file(file: File) -> Result<Capture, Error> {
    let (stream, playback) = file::play(&file).await?;
    let backend = Backend::File { _playback: playback };
    let mut capture = Capture::new(stream, Kind::File, backend);
    capture.label = file.name();
    capture.hint("motion");
    Ok(capture)
}

/// The moving test picture with its clock and tone; see [`mod@pattern`].
pub async fn pattern() -> Result<Capture, Error> {
    let (stream, generator) = pattern::start()?;
    let backend = Backend::Pattern { _generator: generator };
    let mut capture = Capture::new(stream, Kind::Pattern, backend);
    capture.label.clear();
    capture.hint("motion");
    Ok(capture)
}

/// Plays what a stream server gives out at `address`: `HOST/APP/STREAM`, also after `webrtc://`,
/// for SRS, or the address of a WHEP endpoint. It waits until the stream comes; whenever nothing
/// has come for three seconds or more, `silent` is called and says whether to go on.
pub async fn server(address: String, silent: impl Fn() -> bool) -> Result<Capture, Error> {
    let (stream, playback) = stream_server::play(&address, silent).await?;
    let backend = Backend::Server { _playback: playback };
    let mut capture = Capture::new(stream, Kind::Server, backend);
    capture.label = address;
    Ok(capture)
}

/// Calls back whenever a device comes or goes, until what it returns is dropped.
pub fn on_devices(changed: impl Fn() + 'static) -> Option<EventListener> {
    let devices = media_devices("enumerateDevices").ok()?;
    Some(EventListener::new(&devices, "devicechange", move |_| changed()))
}

/// The cameras, microphones and speakers there are.
pub async fn devices() -> Result<Vec<Device>, Error> {
    let listed = media_devices("enumerateDevices")?.enumerate_devices();
    let listed = listed.map_err(|error| Error::from_js(&error))?;
    let listed = JsFuture::from(listed).await;
    let listed = Array::from(&listed.map_err(|error| Error::from_js(&error))?);
    Ok(listed.into_iter().filter_map(device).collect())
}

impl Capture {
    fn new(stream: MediaStream, kind: Kind, backend: Backend) -> Self {
        let tracks = media::TrackPair::of(&stream);
        let label = tracks.video.or(tracks.audio).map(|track| track.label());
        Self { stream, kind, label: label.unwrap_or_default(), backend }
    }

    fn mixed(stream: MediaStream, mixer: mixer::Mixer) -> Self {
        let (kind, label) = (mixer.source().kind, mixer.source().label.clone());
        Self { stream, kind, label, backend: Backend::Mixer { mixer: Box::new(mixer) } }
    }

    /// The tracks.
    pub fn stream(&self) -> &MediaStream {
        &self.stream
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The device, window or file, as the browser names it; may be empty.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What is to be heard of it, each by itself.
    pub fn sounds(&self) -> Vec<Sound> {
        match &self.backend {
            Backend::Mixer { mixer } => mixer.sounds(),
            _ => Sound::of(&self.stream, self.kind).into_iter().collect(),
        }
    }

    /// Tells the encoder what matters in the picture.
    fn hint(&self, content: &str) {
        for track in media::tracks(&self.stream).filter(|track| track.kind() == "video") {
            js::set_known(&track, "contentHint", content);
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        for track in media::tracks(&self.stream) {
            track.stop();
        }
    }
}

impl Error {
    pub(crate) fn from_js(error: &JsValue) -> Self {
        let name = js::text(error, "name").unwrap_or_default();
        match name.as_str() {
            "NotAllowedError" | "PermissionDeniedError" => Self::Denied,
            "NotFoundError" | "DevicesNotFoundError" | "OverconstrainedError" => Self::NoDevice,
            // Chromium aborts when a camera that is there gives no picture.
            "NotReadableError" | "TrackStartError" | "AbortError" => Self::InUse,
            "SecurityError" => Self::Insecure,
            "NotSupportedError" | "TypeError" => Self::Unsupported,
            _ => Self::Other(js::message(error)),
        }
    }
}

/// `navigator.mediaDevices` if it has `method`; browsers hide it from insecure pages.
fn media_devices(method: &str) -> Result<MediaDevices, Error> {
    let navigator = web_sys::window().map(|window| window.navigator());
    let devices = navigator.and_then(|navigator| js::field(&navigator, "mediaDevices"));
    match devices {
        Some(devices) if js::method(&devices, method).is_some() => Ok(devices.unchecked_into()),
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

fn choose(constraints: &js_sys::Object, device: Option<String>) {
    // Unnamed devices are those that the user has not allowed yet.
    if let Some(device) = device.filter(|device| !device.is_empty()) {
        // One that has been unplugged meanwhile gives way to another.
        let ideal = js::object([("ideal", device.into())]);
        js::set(constraints, "deviceId", ideal);
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
