//! Who a page is: over a reload, in a duplicated tab, and with a key from a file.

use live_web::identity::{Identity, KeyFileError, RoomKey};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Blob, Event};

use crate::rig::eval;

fn id_of(identity: &Identity) -> String {
    identity.room_key().id().to_string()
}

/// The page goes away, as far as its script can tell.
fn leave_page() {
    let window = web_sys::window().unwrap();
    window.dispatch_event(&Event::new("pagehide").unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn a_reloaded_page_is_who_it_was() {
    let before = Identity::take("reloaded");
    let (_, token) = before.credentials();
    leave_page();
    let after = Identity::take("reloaded");
    assert_eq!(id_of(&after), id_of(&before));
    assert_eq!(after.credentials().1, token);
    assert_ne!(id_of(&Identity::take("another")), id_of(&after), "another room");
}

#[wasm_bindgen_test]
async fn a_duplicated_tab_is_somebody_else() {
    let original = Identity::take("duplicated");
    let copy = Identity::take("duplicated");
    assert_ne!(id_of(&copy), id_of(&original));
}

#[wasm_bindgen_test]
async fn who_has_left_the_room_is_forgotten() {
    let before = Identity::take("left");
    let id = id_of(&before);
    leave_page();
    drop(before);
    assert_ne!(id_of(&Identity::take("left")), id);
}

#[wasm_bindgen_test]
async fn a_key_from_a_file_makes_the_same_host() {
    let first = Identity::host("file-1", true).await;
    let file = first.room_key().file().unwrap();
    let key = RoomKey::read(&file).await.ok().unwrap();
    let second = Identity::host("file-2", true).await;
    assert_ne!(id_of(&second), id_of(&first));
    assert!(second.adopt(key.clone()).await.is_err(), "the first is still there");
    let id = id_of(&first);
    drop(first);
    assert_eq!(second.adopt(key).await, Ok(()));
    assert_eq!(id_of(&second), id);
    let large: Blob = eval("return new Blob([new Uint8Array(5000)])").into();
    assert_eq!(RoomKey::read(&large).await.err(), Some(KeyFileError::Foreign));
}
