//! The web app's entry: shows panics in the console and starts the pages.

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(live_pages::start());
}
