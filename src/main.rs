//! The web app's entry: shows panics in the console and mounts the pages.

use leptos::mount::mount_to_body;
use live_pages::App;

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
}
