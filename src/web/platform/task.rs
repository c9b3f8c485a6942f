//! Asynchronous work that ends with its owner.

use core::future::Future;

use futures_util::future::{AbortHandle, abortable};

/// A running future; dropping this drops it, even while it waits for a promise that never
/// settles, such as one of a closed `RTCPeerConnection`.
pub(crate) struct Task(AbortHandle);

impl Task {
    /// Starts it in the next microtask.
    pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) -> Self {
        let (future, handle) = abortable(future);
        wasm_bindgen_futures::spawn_local(async move {
            // `Aborted` means that the owner dropped it.
            let _ = future.await;
        });
        Self(handle)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
