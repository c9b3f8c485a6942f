//! Whether a STUN or TURN server works from here.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcConfiguration, RtcPeerConnection, RtcPeerConnectionIceEvent};

use crate::connection::ice::IceServer;
use crate::platform::js;

/// How long a server may take to answer.
const PATIENCE_MILLIS: u32 = 5_000;
/// What a TURN server answers to whom it does not know.
const UNAUTHORIZED: f64 = 401.0;

/// What a server did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// It works, and needed so many milliseconds.
    Works(u32),
    /// It says that name or password are wrong.
    Refused,
    /// Nothing came back in time, or the browser takes no such server.
    Silent,
}

/// Asks `server`, and nothing else, for an address or a relay.
pub async fn probe(server: &IceServer) -> ProbeResult {
    let relay = server.urls.iter().any(|url| url.starts_with("turn"));
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&IceServer::to_js(core::slice::from_ref(server)));
    if relay {
        js::set(&configuration, "iceTransportPolicy", "relay");
    }
    let Ok(connection) = RtcPeerConnection::new_with_configuration(&configuration) else {
        return ProbeResult::Silent;
    };
    let start = js_sys::Date::now();
    let (heard, answer) = oneshot::channel();
    let heard = Rc::new(RefCell::new(Some(heard)));
    let again = heard.clone();
    let found = EventListener::new(&connection, "icecandidate", move |event| {
        let candidate =
            event.dyn_ref::<RtcPeerConnectionIceEvent>().and_then(|event| event.candidate());
        let line = candidate.map(|candidate| candidate.candidate()).unwrap_or_default();
        if line.contains(if relay { "typ relay" } else { "typ srflx" }) {
            tell(&heard, ProbeResult::Works((js_sys::Date::now() - start) as u32));
        }
    });
    let failed = EventListener::new(&connection, "icecandidateerror", move |event| {
        if js::number(event, "errorCode") == Some(UNAUTHORIZED) {
            tell(&again, ProbeResult::Refused);
        }
    });
    connection.create_data_channel("");
    // Without an argument the browser makes the offer by itself, and begins to look.
    let offered = js::method(&connection, "setLocalDescription")
        .and_then(|offer| offer.call0(&connection).ok())
        .and_then(|promise| promise.dyn_into::<js_sys::Promise>().ok());
    if let Some(promise) = offered {
        let _ = JsFuture::from(promise).await;
    }
    let answer = match select(answer, TimeoutFuture::new(PATIENCE_MILLIS)).await {
        Either::Left((Ok(answer), _)) => answer,
        Either::Left((Err(_), _)) | Either::Right(_) => ProbeResult::Silent,
    };
    drop((found, failed));
    connection.close();
    answer
}

/// Only the first answer counts.
fn tell(heard: &RefCell<Option<oneshot::Sender<ProbeResult>>>, answer: ProbeResult) {
    if let Some(heard) = heard.take() {
        // Nobody waits any more: the time is up.
        let _ = heard.send(answer);
    }
}
