//! Stands in for the crate of this name, which Leptos brings along for the bodies of server
//! functions. The app has no server functions, but what that crate exports to scripts would be in
//! every first load. Nothing here is ever called.

use futures_util::stream::{self, Empty};
use wasm_bindgen::{JsCast, JsValue};

/// A stream of nothing.
#[derive(Debug)]
pub struct ReadableStream;

impl ReadableStream {
    /// What the browser gave.
    pub fn from_raw(_: web_sys::ReadableStream) -> Self {
        Self
    }

    /// What Rust gives.
    pub fn from_stream<S: 'static>(_: S) -> Self {
        Self
    }

    /// For Rust.
    pub fn into_stream(self) -> Empty<Result<JsValue, JsValue>> {
        stream::empty()
    }

    /// For the browser.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        JsValue::UNDEFINED.unchecked_into()
    }
}
