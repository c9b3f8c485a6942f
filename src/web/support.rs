//! What this browser and this page can do.

use crate::js;

/// What is missing without which no room can work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// `RTCPeerConnection` does not exist: the browser is too old, or WebRTC is switched off.
    #[error("this browser has no WebRTC")]
    WebRtc,
    /// `RTCPeerConnection` exists, its data channels do not.
    #[error("this browser has no WebRTC data channels")]
    DataChannels,
}

/// Whether the browser can take part in a room at all.
pub fn check() -> Result<(), Missing> {
    let global = js_sys::global();
    let connection = js::field(&global, "RTCPeerConnection").ok_or(Missing::WebRtc)?;
    js::field(&connection, "prototype")
        .and_then(|prototype| js::method(&prototype, "createDataChannel"))
        .map(|_| ())
        .ok_or(Missing::DataChannels)
}

/// Whether the page is a secure context (HTTPS or localhost), which cameras and screens need.
pub fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// Whether the browser can capture a screen here; phones cannot.
pub fn can_capture_screen() -> bool {
    media_devices_have("getDisplayMedia")
}

/// Whether the browser can capture cameras and microphones here.
pub fn can_capture_camera() -> bool {
    media_devices_have("getUserMedia")
}

fn media_devices_have(method: &str) -> bool {
    js::field(&js_sys::global(), "navigator")
        .and_then(|navigator| js::field(&navigator, "mediaDevices"))
        .is_some_and(|devices| js::method(&devices, method).is_some())
}
