//! The signalling socket.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use live_core::node::SocketEvent;
use live_core::wire::limits;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, WebSocket};

/// One WebSocket; dropping it detaches and closes it.
pub(crate) struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 4],
}

impl Socket {
    /// Connects to `url`. [`SocketEvent::Closed`] is emitted once, and nothing after it.
    pub(crate) fn open(url: &str, emit: impl Fn(SocketEvent) + 'static) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        let emit = Rc::new(emit);
        let closed = Rc::new(Cell::new(false));
        // A failed connection fires `error` and then `close`; a plain close fires only `close`.
        let on_end = |kind: &'static str| {
            let (emit, closed) = (emit.clone(), closed.clone());
            EventListener::once(&socket, kind, move |_| {
                if !closed.replace(true) {
                    emit(SocketEvent::Closed);
                }
            })
        };
        let (on_error, on_close) = (on_end("error"), on_end("close"));
        let opened = emit.clone();
        let on_open = EventListener::once(&socket, "open", move |_| opened(SocketEvent::Opened));
        let on_message = EventListener::new(&socket, "message", move |event| {
            if closed.get() {
                return;
            }
            if let Some(text) = event.dyn_ref::<MessageEvent>().and_then(frame) {
                emit(SocketEvent::Text(text));
            }
        });
        Ok(Self { socket, _listeners: [on_open, on_message, on_error, on_close] })
    }

    /// Sends a text frame. Without an open socket it is dropped; the event that closed the socket
    /// tells the node.
    pub(crate) fn send(&self, text: &str) {
        if self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_str(text);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Frames that were sent before still go out, ahead of the closing handshake.
        let _ = self.socket.close();
    }
}

/// The text of a frame of acceptable size, which is checked before it is copied into WASM.
fn frame(event: &MessageEvent) -> Option<String> {
    let data = event.data();
    let text = data.dyn_ref::<js_sys::JsString>()?;
    (text.length() as usize <= limits::SIGNAL_FRAME).then(|| String::from(text))
}
