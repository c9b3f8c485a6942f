//! The random generator for the node.

use rand_core::RngCore;

/// `crypto.getRandomValues`.
pub(crate) struct BrowserRng;

impl RngCore for BrowserRng {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) else {
            return fill_weakly(dest);
        };
        // The browser refuses more than 65,536 bytes at once.
        for part in dest.chunks_mut(65_536) {
            if crypto.get_random_values_with_u8_array(part).is_err() {
                fill_weakly(part);
            }
        }
    }
}

/// For browsers without `crypto`, so that ids still differ. No browser with WebRTC lacks it.
fn fill_weakly(dest: &mut [u8]) {
    for byte in dest {
        *byte = (js_sys::Math::random() * 256.0) as u8;
    }
}
