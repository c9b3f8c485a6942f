//! What a stream server gives out, as a source: SRS by its own API, others by WHEP
//! (draft-ietf-wish-whep), so that RTMP encoders come in.

use core::time::Duration;

use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use live_core::wire;
use live_core::wire::json;
use wasm_bindgen::JsValue;
use web_sys::{
    MediaStream, RtcPeerConnection, RtcPeerConnectionState, RtcRtpTransceiverDirection,
    RtcRtpTransceiverInit,
};

use super::Error;
use crate::connection::media_monitor::Latest;
use crate::platform::{js, support};
use crate::whip::{self, Resource, host, is_local};

/// How long nothing may come before it is said.
const SILENCE: Duration = Duration::from_secs(3);
/// How often is looked whether anything comes.
const LOOK: Duration = Duration::from_millis(200);
/// Where SRS listens for its API.
const SRS_PORT: &str = "1985";
/// Where the original pages look for a stream of which only the key is given.
const OLD_PATH: &str = "live/livestream/";

/// A connection that a server sends a stream over; dropping it ends both.
pub(super) struct Playback {
    connection: RtcPeerConnection,
    /// Deleted when the stream is not wanted any more.
    _session: Option<Resource>,
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
    let endpoint = Endpoint::parse(address, support::is_encrypted())?;
    let connection = RtcPeerConnection::new().map_err(|_| Error::Unsupported)?;
    let mut playback = Playback { connection, _session: None };
    let other = |error: JsValue| Error::from_js(&error);

    let connection = playback.connection.clone();
    for kind in ["audio", "video"] {
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(RtcRtpTransceiverDirection::Recvonly);
        connection.add_transceiver_with_str_and_init(kind, &init);
    }
    let offer = whip::offer(&connection).await?;
    let (answer, session) = endpoint.exchange(offer).await?;
    playback._session = session;
    whip::accept(&connection, &answer).await?;

    let mut waited = Duration::ZERO;
    while Latest::of(&connection).packet == 0.0 {
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
            whip::check(scheme, rest, secure)?;
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
    async fn exchange(&self, sdp: String) -> Result<(String, Option<Resource>), Error> {
        match self {
            Self::Srs(api, stream) => {
                let tid = js_sys::Math::random().to_bits().to_string();
                let tid = tid[tid.len() - 7..].to_owned();
                let ask = Ask { api: api.clone(), stream: stream.clone(), tid, sdp };
                let (answer, _) =
                    whip::post(api, "application/json", "", &json::text(&ask)).await?;
                let answer: Option<Answer> = json::read(&answer);
                match answer {
                    Some(Answer { code: 0, sdp: Some(sdp) }) => Ok((sdp, None)),
                    Some(Answer { code, .. }) => Err(Error::NoServer(code.to_string())),
                    None => Err(Error::NoServer("JSON".to_owned())),
                }
            }
            Self::Whep(url) => whip::post(url, "application/sdp", "", &sdp).await,
        }
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        self.connection.close();
    }
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
