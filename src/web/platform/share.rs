//! The device's own share sheet, which phones have.

use wasm_bindgen_futures::JsFuture;
use web_sys::ShareData;

use crate::platform::js;

/// Whether the browser has one.
pub fn can_share() -> bool {
    js::has_method("Navigator", "share")
}

/// Opens it with a link, and waits until it is closed; only after a click. Returns whether it was
/// open: a browser may refuse.
pub async fn share(title: &str, url: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let data = ShareData::new();
    data.set_title(title);
    data.set_url(url);
    match JsFuture::from(window.navigator().share_with_data(&data)).await {
        Ok(_) => true,
        // The user closed it without a choice.
        Err(error) => js::error_name(&error) == "AbortError",
    }
}
