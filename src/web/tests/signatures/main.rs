//! What signatures cost in a browser; `cargo xtask bench crypto` runs this as the app is built.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)]

use live_core::id::PeerId;
use live_core::identity::{Keypair, Signed};
use live_core::model::ChatMessage;
use live_core::wire::binarypack;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Milliseconds that each measurement takes at least.
const SPAN: f64 = 1_500.0;
/// Signed messages a second in a busy room: chat, orders, changes of the room.
const BUSY: f64 = 20.0;

fn now() -> f64 {
    web_sys::window().unwrap().performance().unwrap().now()
}

/// How often `deed` can be done in a second.
fn rate(mut deed: impl FnMut()) -> f64 {
    (0..20).for_each(|_| deed());
    let (start, mut count) = (now(), 0.0);
    while now() - start < SPAN {
        (0..20).for_each(|_| deed());
        count += 20.0;
    }
    count * 1_000.0 / (now() - start)
}

#[wasm_bindgen_test]
fn signing_and_verifying() {
    let author = Keypair::from_seed(&[7; 32]);
    let room = PeerId::new("ROOM").unwrap();
    let message = ChatMessage {
        author: author.id().clone(),
        number: 1,
        name: "Ann".to_owned(),
        text: "A line as people write them in a chat, neither long nor short.".to_owned(),
        at: 1_764_000_000_000,
        image: None,
        avatar: None,
    };
    let plain = binarypack::to_vec(&message).unwrap().len();
    let packed = binarypack::to_vec(&Signed::new(message.clone(), &room, &author)).unwrap();
    let verified = rate(|| {
        let signed: Signed<ChatMessage> = binarypack::from_slice(&packed).unwrap();
        assert!(signed.verify(&room).is_ok());
    });
    let signed = rate(|| {
        let signed = Signed::new(message.clone(), &room, &author);
        assert!(signed.signer().is_some());
    });
    let share = 100.0 * BUSY / verified;
    console_log!("crypto: {verified:.0} verifications a second");
    console_log!("crypto: {signed:.0} signatures a second");
    console_log!("crypto: {share:.2} % of a core for {BUSY} messages a second (bar: 2 %)");
    console_log!("crypto: {} bytes more in a message (bar: 120)", packed.len() - plain);
}
