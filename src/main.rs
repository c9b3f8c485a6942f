//! The web app's entry: reports panics and starts the pages.

use std::panic;

use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit};

/// `src/boot/load.js` listens for it and shows a message with a button that reloads the page.
const PANIC_EVENT: &str = "p2p-live-panic";

fn main() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        show(&info.to_string());
    }));
    wasm_bindgen_futures::spawn_local(live_pages::start());
}

fn show(message: &str) {
    let init = CustomEventInit::new();
    init.set_detail(&JsValue::from_str(message));
    let event = CustomEvent::new_with_event_init_dict(PANIC_EVENT, &init);
    if let (Some(window), Ok(event)) = (web_sys::window(), event) {
        // Fails only for an event that is being dispatched already.
        let _ = window.dispatch_event(&event);
    }
}
