//! Tests whether a STUN or TURN server works from here.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    RtcConfiguration, RtcIceTransportPolicy, RtcPeerConnection, RtcPeerConnectionIceErrorEvent,
    RtcPeerConnectionIceEvent,
};

use crate::connection::ice::IceServer;

const TIMEOUT_MILLIS: u32 = 5_000;
/// A TURN server's answer to unknown credentials.
const UNAUTHORIZED: u16 = 401;

/// What a server did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// It works and answered after so many milliseconds.
    Works(u32),
    /// It rejects the user name or the password.
    Refused,
    /// No answer in time, or the browser rejects the address.
    Silent,
}

/// Gathers candidates from `server` alone: a public address from STUN, a relay from TURN.
pub async fn probe(server: &IceServer) -> ProbeResult {
    let relay = server.urls.iter().any(|url| url.starts_with("turn"));
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&IceServer::to_js(core::slice::from_ref(server)));
    if relay {
        configuration.set_ice_transport_policy(RtcIceTransportPolicy::Relay);
    }
    let Ok(connection) = RtcPeerConnection::new_with_configuration(&configuration) else {
        return ProbeResult::Silent;
    };
    let start = js_sys::Date::now();
    let (sender, result) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let report = move |result| {
        // Only the first result counts; the receiver is gone after the time-out.
        if let Some(sender) = sender.take() {
            let _ = sender.send(result);
        }
    };
    let report_error = report.clone();
    let candidate = EventListener::new(&connection, "icecandidate", move |event| {
        let candidate = event.dyn_ref().and_then(RtcPeerConnectionIceEvent::candidate);
        let line = candidate.map(|candidate| candidate.candidate()).unwrap_or_default();
        if line.contains(if relay { "typ relay" } else { "typ srflx" }) {
            report(ProbeResult::Works((js_sys::Date::now() - start) as u32));
        }
    });
    let error = EventListener::new(&connection, "icecandidateerror", move |event| {
        let error = event.dyn_ref().map(RtcPeerConnectionIceErrorEvent::error_code);
        if error == Some(UNAUTHORIZED) {
            report_error(ProbeResult::Refused);
        }
    });
    connection.create_data_channel("");
    let result = match gather(&connection).await {
        Ok(()) => match select(result, TimeoutFuture::new(TIMEOUT_MILLIS)).await {
            Either::Left((result, _)) => result.unwrap_or(ProbeResult::Silent),
            Either::Right(_) => ProbeResult::Silent,
        },
        Err(_) => ProbeResult::Silent,
    };
    drop((candidate, error));
    connection.close();
    result
}

/// Setting a local description starts gathering.
async fn gather(connection: &RtcPeerConnection) -> Result<(), JsValue> {
    let offer = JsFuture::from(connection.create_offer()).await?;
    JsFuture::from(connection.set_local_description(offer.unchecked_ref())).await?;
    Ok(())
}
