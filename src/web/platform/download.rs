//! Files that a page gives to its user.

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, HtmlAnchorElement, Url};

/// How long the browser may take to begin: it reads the address after the click.
const BEGIN_MILLIS: u32 = 10_000;

/// Has the browser save `file` under `name`, which it may ask the user about. Returns whether it
/// could be told to.
pub fn download(file: &Blob, name: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let link = document.and_then(|document| document.create_element("a").ok());
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else {
        return false;
    };
    let Ok(url) = Url::create_object_url_with_blob(file) else {
        return false;
    };
    link.set_href(&url);
    link.set_download(name);
    link.click();
    spawn_local(async move {
        TimeoutFuture::new(BEGIN_MILLIS).await;
        // Fails only for addresses of another origin.
        let _ = Url::revoke_object_url(&url);
    });
    true
}
