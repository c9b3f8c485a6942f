//! The data channel of a link, with back-pressure.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gloo_events::EventListener;
use live_core::node::LinkEvent;
use live_core::wire::limits;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, RtcDataChannel, RtcDataChannelState, RtcDataChannelType};

use crate::platform::js;

/// Above this many bytes in the browser's buffer, frames are queued here. The figure is PeerJS's;
/// Chromium closes a channel whose buffer exceeds 16 MiB.
const BUFFER_HIGH: u32 = 8 * 1024 * 1024;
/// When the browser's buffer has drained to this, queued frames follow.
const BUFFER_LOW: u32 = 1024 * 1024;
/// Maximum of queued bytes; a receiver that is slower than this fails the link.
const BACKLOG: usize = 16 * 1024 * 1024;

/// An `RTCDataChannel`; dropping it detaches it, and it closes with its connection.
pub(crate) struct DataChannel {
    channel: RtcDataChannel,
    backlog: Rc<RefCell<Backlog>>,
    _listeners: Vec<EventListener>,
}

#[derive(Default)]
struct Backlog {
    frames: VecDeque<Frame>,
    bytes: usize,
}

/// One message.
pub(crate) enum Frame {
    Binary(Vec<u8>),
    Text(String),
}

impl DataChannel {
    pub(crate) fn new(channel: RtcDataChannel, emit: &Rc<dyn Fn(LinkEvent)>) -> Self {
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(BUFFER_LOW);
        let backlog: Rc<RefCell<Backlog>> = Rc::default();
        let mut listeners = Vec::with_capacity(4);
        // Firefox may deliver a channel that is already open and then fires no `open`.
        if channel.ready_state() == RtcDataChannelState::Open {
            emit(LinkEvent::ChannelOpen);
        } else {
            let emit = emit.clone();
            listeners.push(EventListener::once(&channel, "open", move |_| {
                emit(LinkEvent::ChannelOpen);
            }));
        }
        let closed = emit.clone();
        listeners.push(EventListener::once(&channel, "close", move |_| {
            closed(LinkEvent::ChannelClosed);
        }));
        let received = emit.clone();
        listeners.push(EventListener::new(&channel, "message", move |event| {
            if let Some(bytes) = event.dyn_ref::<MessageEvent>().and_then(frame) {
                received(LinkEvent::Data(bytes));
            }
        }));
        let (failed, queued, drained) = (emit.clone(), backlog.clone(), channel.clone());
        listeners.push(EventListener::new(&channel, "bufferedamountlow", move |_| {
            if let Err(error) = queued.borrow_mut().drain(&drained) {
                failed(LinkEvent::Failed(js::message(&error)));
            }
        }));
        Self { channel, backlog, _listeners: listeners }
    }

    /// Sends a frame, now or when the browser's buffer has room. A frame for a channel that is not
    /// open is dropped.
    pub(crate) fn send(&self, frame: Frame) -> Result<(), JsValue> {
        if self.channel.ready_state() != RtcDataChannelState::Open {
            return Ok(());
        }
        let mut backlog = self.backlog.borrow_mut();
        if backlog.bytes + frame.len() > BACKLOG {
            return Err("the other side does not take data any more".into());
        }
        backlog.bytes += frame.len();
        backlog.frames.push_back(frame);
        backlog.drain(&self.channel)
    }

    /// Whether sent data may still have to leave the browser.
    pub(crate) fn is_busy(channel: &RtcDataChannel) -> bool {
        channel.ready_state() == RtcDataChannelState::Open && channel.buffered_amount() > 0
    }

    pub(crate) fn raw(&self) -> &RtcDataChannel {
        &self.channel
    }
}

impl Backlog {
    fn drain(&mut self, channel: &RtcDataChannel) -> Result<(), JsValue> {
        while channel.buffered_amount() < BUFFER_HIGH {
            let Some(frame) = self.frames.pop_front() else {
                break;
            };
            self.bytes -= frame.len();
            match frame {
                Frame::Binary(bytes) => channel.send_with_u8_array(&bytes)?,
                Frame::Text(text) => channel.send_with_str(&text)?,
            }
        }
        Ok(())
    }
}

impl Frame {
    fn len(&self) -> usize {
        match self {
            Self::Binary(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
        }
    }
}

/// The bytes of a frame of acceptable size, which is checked before they are copied into WASM.
fn frame(event: &MessageEvent) -> Option<Vec<u8>> {
    let data = event.data();
    if let Some(text) = data.dyn_ref::<js_sys::JsString>() {
        let short = text.length() as usize <= limits::JSON_FRAME;
        return short.then(|| String::from(text).into_bytes());
    }
    let buffer = data.dyn_ref::<js_sys::ArrayBuffer>()?;
    (buffer.byte_length() as usize <= limits::MESSAGE)
        .then(|| js_sys::Uint8Array::new(buffer).to_vec())
}
