//! What this browser and this page can do.

use crate::platform::js;

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
    js::field(&js_sys::global(), "RTCPeerConnection").ok_or(Missing::WebRtc)?;
    has("RTCPeerConnection", "createDataChannel").then_some(()).ok_or(Missing::DataChannels)
}

/// Whether the page is a secure context (HTTPS or localhost), which cameras and screens need.
pub fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// Whether the page came over HTTPS, so that it may ask nobody over plain HTTP.
pub(crate) fn is_encrypted() -> bool {
    let protocol = web_sys::window().and_then(|window| window.location().protocol().ok());
    protocol.is_some_and(|protocol| protocol == "https:")
}

/// Whether the page was there before and has been loaded anew.
pub fn is_reloaded() -> bool {
    let performance = web_sys::window().and_then(|window| window.performance());
    let loaded = performance.and_then(|performance| {
        let entries = js::method(&performance, "getEntriesByType")?;
        entries.call1(&performance, &"navigation".into()).ok()
    });
    let kind = loaded.and_then(|loaded| js::text(&js_sys::Array::from(&loaded).get(0), "type"));
    kind.is_some_and(|kind| kind == "reload")
}

/// Whether the browser can hand out what was copied.
pub fn can_paste() -> bool {
    is_secure() && has("Clipboard", "readText")
}

/// Whether objects of this class have the method.
pub(crate) fn has(class: &str, method: &str) -> bool {
    js::field(&js_sys::global(), class)
        .and_then(|class| js::field(&class, "prototype"))
        .is_some_and(|prototype| js::method(&prototype, method).is_some())
}
