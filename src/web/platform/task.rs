//! Asynchronous work that ends with its owner.

use core::future::Future;

use futures_util::future::{AbortHandle, abortable};

/// A running future; dropping this drops it, even while it waits for a promise that never
/// settles (those of a closed `RTCPeerConnection` do not).
pub(crate) struct Task(AbortHandle);

impl Task {
    /// Starts it with the next microtask.
    pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) -> Self {
        let (future, handle) = abortable(future);
        wasm_bindgen_futures::spawn_local(async move {
            // `Aborted` is the owner's wish.
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
