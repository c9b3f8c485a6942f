//! Why media cannot be had.

use wasm_bindgen::JsValue;

use crate::platform::js;

/// Why a source or a publication failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The user or the browser's policy refused, or the user closed the dialog.
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
    /// This browser lacks the feature.
    #[error("this browser cannot do that")]
    Unsupported,
    /// The browser cannot play the file.
    #[error("this browser cannot play the file")]
    BadFile,
    /// The address names no stream of a server.
    #[error("this is no address of a stream")]
    BadAddress,
    /// A page that was loaded over HTTPS cannot send requests over HTTP.
    #[error("a page over HTTPS cannot reach a server over HTTP")]
    Mixed,
    /// The stream server wants a token, or another one.
    #[error("the stream server asks for a token")]
    Unauthorized,
    /// The stream server is unreachable or has no such stream; its status, or the browser's words.
    #[error("the stream server does not answer: {0}")]
    NoServer(String),
    /// Anything else, in the browser's words.
    #[error("{0}")]
    Other(String),
}

impl Error {
    pub(crate) fn from_js(error: &JsValue) -> Self {
        match js::error_name(error).as_str() {
            "NotAllowedError" | "PermissionDeniedError" => Self::Denied,
            "NotFoundError" | "DevicesNotFoundError" | "OverconstrainedError" => Self::NoDevice,
            // Chromium aborts when an existing camera delivers no frames.
            "NotReadableError" | "TrackStartError" | "AbortError" => Self::InUse,
            "SecurityError" => Self::Insecure,
            "NotSupportedError" | "TypeError" => Self::Unsupported,
            _ => Self::Other(js::message(error)),
        }
    }
}
