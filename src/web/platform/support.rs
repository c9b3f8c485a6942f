//! What this browser and this page support.

use wasm_bindgen::JsCast;
use web_sys::{NavigationType, PerformanceNavigationTiming};

use crate::platform::js;

/// A missing feature that no room works without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No `RTCPeerConnection`: the browser is too old, or WebRTC is switched off.
    #[error("this browser has no WebRTC")]
    WebRtc,
    /// `RTCPeerConnection` without data channels.
    #[error("this browser has no WebRTC data channels")]
    DataChannels,
}

/// Whether the browser can take part in a room.
pub fn check() -> Result<(), Missing> {
    if !js::has_global("RTCPeerConnection") {
        return Err(Missing::WebRtc);
    }
    js::has_method("RTCPeerConnection", "createDataChannel")
        .then_some(())
        .ok_or(Missing::DataChannels)
}

/// Whether the page is a secure context (HTTPS or localhost), which cameras and screens need.
pub fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// Whether the page was loaded over HTTPS, so that plain HTTP requests are blocked.
pub(crate) fn is_encrypted() -> bool {
    let protocol = web_sys::window().and_then(|window| window.location().protocol().ok());
    protocol.is_some_and(|protocol| protocol == "https:")
}

/// Whether this load is a reload.
pub fn is_reloaded() -> bool {
    let performance = web_sys::window().and_then(|window| window.performance());
    let entries = performance.map(|performance| performance.get_entries_by_type("navigation"));
    let navigation =
        entries.and_then(|entries| entries.get(0).dyn_into::<PerformanceNavigationTiming>().ok());
    navigation.is_some_and(|navigation| navigation.type_() == NavigationType::Reload)
}

/// Whether the page can read the clipboard.
pub fn can_paste() -> bool {
    is_secure() && js::has_method("Clipboard", "readText")
}
