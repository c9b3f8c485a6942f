//! What a stream server gives out, as a source: SRS by its own API, others by WHEP
//! (draft-ietf-wish-whep), so that RTMP encoders come in.

use core::time::Duration;

use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use live_core::wire;
use live_core::wire::json;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, RequestInit, Response, RtcPeerConnection, RtcPeerConnectionState,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcSessionDescriptionInit,
};

use super::Error;
use crate::{js, stall};

/// How long nothing may come before it is said.
const SILENCE: Duration = Duration::from_secs(3);
/// How often is looked whether anything comes.
const LOOK: Duration = Duration::from_millis(200);
/// Where SRS listens for its API.
const SRS_PORT: &str = "1985";
/// Where the original pages look for a stream of which only the key is given.
const OLD_PATH: &str = "live/livestream/";
/// The longest answer that is read, in UTF-16 units.
const ANSWER: u32 = 256 * 1024;

/// A connection that a server sends a stream over; dropping it ends both.
pub(super) struct Playback {
    connection: RtcPeerConnection,
    /// What to delete when the stream is not wanted any more.
    session: Option<String>,
}

/// Where to ask for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Endpoint {
    /// SRS's own API, and the stream's address there.
    Srs(String, String),
    Whep(String),
}

#[derive(Debug)]
struct Ask {
    api: String,
    stream: String,
    tid: String,
    sdp: String,
}

wire!(struct Ask { api, stream as "streamurl", tid, sdp });

struct Answer {
    code: i64,
    sdp: Option<String>,
}

wire!(struct Answer { code, sdp });

/// Asks the server at `address` for its stream and waits until that comes. Whenever nothing has
/// come for a while, `silent` says whether to go on waiting.
pub(super) async fn play(
    address: &str,
    silent: impl Fn() -> bool,
) -> Result<(MediaStream, Playback), Error> {
    let window = web_sys::window().ok_or(Error::Unsupported)?;
    let secure = window.location().protocol().is_ok_and(|protocol| protocol == "https:");
    let endpoint = Endpoint::parse(address, secure)?;
    let connection = RtcPeerConnection::new().map_err(|_| Error::Unsupported)?;
    let mut playback = Playback { connection, session: None };
    let other = |error: JsValue| Error::from_js(&error);

    let connection = playback.connection.clone();
    for kind in ["audio", "video"] {
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(RtcRtpTransceiverDirection::Recvonly);
        connection.add_transceiver_with_str_and_init(kind, &init);
    }
    let offer = JsFuture::from(connection.create_offer()).await.map_err(other)?;
    let sdp = js::text(&offer, "sdp").ok_or(Error::Unsupported)?;
    let local = RtcSessionDescriptionInit::new(RtcSdpType::Offer);
    local.set_sdp(&sdp);
    JsFuture::from(connection.set_local_description(&local)).await.map_err(other)?;
    let (sdp, session) = endpoint.exchange(sdp).await?;
    playback.session = session;
    let remote = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
    remote.set_sdp(&sdp);
    JsFuture::from(connection.set_remote_description(&remote))
        .await
        .map_err(|error| Error::NoServer(js::message(&error)))?;

    let mut waited = Duration::ZERO;
    while stall::latest_packet(&connection) == 0.0 {
        if connection.connection_state() == RtcPeerConnectionState::Failed {
            return Err(Error::NoServer("ICE".to_owned()));
        }
        // A stream that nobody sends yet is no error for the server.
        if waited >= SILENCE && !silent() {
            return Err(Error::Denied);
        }
        TimeoutFuture::new(LOOK.as_millis() as u32).await;
        waited += LOOK;
    }
    let receivers = connection.get_receivers().into_iter();
    let tracks: Array = receivers.filter_map(|receiver| js::field(&receiver, "track")).collect();
    let stream = MediaStream::new_with_tracks(&tracks).map_err(other)?;
    Ok((stream, playback))
}

impl Endpoint {
    /// Reads what people have at hand: `HOST/KEY`, `HOST/APP/STREAM`, the same after `webrtc://`,
    /// or the address of a WHEP endpoint. A `secure` page can only ask secure servers.
    fn parse(address: &str, secure: bool) -> Result<Self, Error> {
        let address = address.trim();
        if address.is_empty() || address.contains(char::is_whitespace) {
            return Err(Error::BadAddress);
        }
        if let Some((scheme @ ("http" | "https"), rest)) = address.split_once("://") {
            let host = host(rest);
            if host.is_empty() {
                return Err(Error::BadAddress);
            }
            if secure && scheme == "http" && !is_local(host) {
                return Err(Error::Mixed);
            }
            return Ok(Self::Whep(address.to_owned()));
        }
        let rest = address.strip_prefix("webrtc://").unwrap_or(address);
        let (at, path) = rest.split_once('/').ok_or(Error::BadAddress)?;
        let host = host(at);
        let path = path.trim_end_matches('/');
        if host.is_empty() || path.is_empty() || rest.contains("://") {
            return Err(Error::BadAddress);
        }
        let old = if path.contains('/') { "" } else { OLD_PATH };
        let port = at[host.len()..].strip_prefix(':');
        let api = match (secure && !is_local(host), port) {
            (true, None) => ["https://", host].concat(),
            (true, Some(port)) => ["https://", host, ":", port].concat(),
            (false, port) => ["http://", host, ":", port.unwrap_or(SRS_PORT)].concat(),
        };
        let api = [&api, "/rtc/v1/play/"].concat();
        Ok(Self::Srs(api, ["webrtc://", host, "/", old, path].concat()))
    }

    /// Gives the server our description and takes its own, and the address of the session.
    async fn exchange(&self, sdp: String) -> Result<(String, Option<String>), Error> {
        match self {
            Self::Srs(api, stream) => {
                let tid = js_sys::Math::random().to_bits().to_string();
                let tid = tid[tid.len() - 7..].to_owned();
                let ask = Ask { api: api.clone(), stream: stream.clone(), tid, sdp };
                let (answer, _) = post(api, "application/json", &json::text(&ask)).await?;
                let answer: Option<Answer> = json::read(&answer);
                match answer {
                    Some(Answer { code: 0, sdp: Some(sdp) }) => Ok((sdp, None)),
                    Some(Answer { code, .. }) => Err(Error::NoServer(code.to_string())),
                    None => Err(Error::NoServer("JSON".to_owned())),
                }
            }
            Self::Whep(url) => {
                let (answer, location) = post(url, "application/sdp", &sdp).await?;
                let session = location
                    .and_then(|location| web_sys::Url::new_with_base(&location, url).ok())
                    .map(|session| session.href());
                Ok((answer, session))
            }
        }
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        self.connection.close();
        let (Some(session), Some(window)) = (&self.session, web_sys::window()) else { return };
        let options = RequestInit::new();
        options.set_method("DELETE");
        js::set(&options, "keepalive", true);
        let deleted = JsFuture::from(window.fetch_with_str_and_init(session, &options));
        wasm_bindgen_futures::spawn_local(async move {
            // A server that knows no DELETE ends the session by itself.
            let _ = deleted.await;
        });
    }
}

/// The body of the answer, and where it says that the new resource is.
async fn post(url: &str, kind: &str, body: &str) -> Result<(String, Option<String>), Error> {
    let window = web_sys::window().ok_or(Error::Unsupported)?;
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_body(&body.into());
    options.set_headers(&js::object([("Content-Type", kind.into())]));
    let refused = |error: JsValue| Error::NoServer(js::message(&error));
    let fetched = JsFuture::from(window.fetch_with_str_and_init(url, &options));
    let response: Response = fetched.await.map_err(refused)?.unchecked_into();
    if !response.ok() {
        return Err(Error::NoServer(response.status().to_string()));
    }
    let location = js::field(&response, "headers").and_then(|headers| {
        let location = js::method(&headers, "get")?.call1(&headers, &"Location".into());
        location.ok()?.as_string()
    });
    let text = JsFuture::from(response.text().map_err(refused)?).await.map_err(refused)?;
    let text: js_sys::JsString = text.unchecked_into();
    if text.length() > ANSWER {
        return Err(Error::NoServer("SDP".to_owned()));
    }
    Ok((text.into(), location))
}

/// The host of what follows a scheme, without its port.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

/// Whether browsers trust the host as they trust the page's own machine.
fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn srs(api: &str, stream: &str) -> Result<Endpoint, Error> {
        Ok(Endpoint::Srs(api.to_owned(), stream.to_owned()))
    }

    #[test]
    fn addresses_are_read_as_people_have_them() {
        let local = ("http://localhost:1985/rtc/v1/play/", "webrtc://localhost/live/show");
        for same in ["localhost/live/show", " webrtc://localhost/live/show/ "] {
            assert_eq!(Endpoint::parse(same, false), srs(local.0, local.1), "{same}");
            assert_eq!(Endpoint::parse(same, true), srs(local.0, local.1), "{same}");
        }
        assert_eq!(
            Endpoint::parse("localhost/live/livestream/123456", false),
            srs(local.0, "webrtc://localhost/live/livestream/123456")
        );
        assert_eq!(
            Endpoint::parse("localhost/123456", false),
            srs(local.0, "webrtc://localhost/live/livestream/123456")
        );
        assert_eq!(
            Endpoint::parse("webrtc://media.example:2022/a/b", false),
            srs("http://media.example:2022/rtc/v1/play/", "webrtc://media.example/a/b")
        );
        assert_eq!(
            Endpoint::parse("media.example/a/b", true),
            srs("https://media.example/rtc/v1/play/", "webrtc://media.example/a/b")
        );
        let whep = "http://localhost:1985/rtc/v1/whep/?app=live&stream=show";
        assert_eq!(Endpoint::parse(whep, true), Ok(Endpoint::Whep(whep.to_owned())));
    }

    #[test]
    fn what_cannot_be_asked_is_told_apart() {
        for bad in ["", "host", "host/", "/a/b", "rtmp://host/live/show", "a b/c/d", "http://"] {
            assert_eq!(Endpoint::parse(bad, false), Err(Error::BadAddress), "{bad}");
        }
        assert_eq!(Endpoint::parse("http://media.example/whep", true), Err(Error::Mixed));
        assert!(Endpoint::parse("http://media.example/whep", false).is_ok());
    }
}
