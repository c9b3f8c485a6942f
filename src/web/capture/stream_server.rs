//! A stream of a stream server as a source, so that RTMP encoders can feed a room: SRS over its
//! own API, other servers over WHEP (draft-ietf-wish-whep).

use core::time::Duration;

use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    MediaStream, RtcPeerConnection, RtcPeerConnectionState, RtcRtpReceiver,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit,
};

use crate::connection::media_monitor::LastPlayed;
use crate::media::Error;
use crate::platform::support;
use crate::whip::{self, Resource, host, is_local};

/// How long to wait for media before asking whether to go on.
const PATIENCE: Duration = Duration::from_secs(3);
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// The port of SRS's API.
const SRS_PORT: &str = "1985";
/// Where the original pages look for a stream of which only the key is given.
const DEFAULT_PATH: &str = "live/livestream/";

/// A connection that receives the stream; dropping it ends both.
pub(super) struct Playback {
    connection: RtcPeerConnection,
    /// Deletes the session on the server when dropped.
    _session: Option<Resource>,
}

/// Where to request a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Endpoint {
    /// SRS's own API, and the stream's address there.
    Srs(String, String),
    Whep(String),
}

/// A request of SRS's play API.
#[derive(Serialize)]
struct PlayRequest<'a> {
    api: &'a str,
    streamurl: &'a str,
    /// A transaction id, for the server's log.
    tid: String,
    sdp: String,
}

#[derive(Deserialize)]
struct PlayResponse {
    code: i64,
    sdp: Option<String>,
}

/// Requests the stream at `address` and waits until media arrives. Whenever none has arrived for a
/// while, `keep_waiting` says whether to go on.
pub(super) async fn play(
    address: &str,
    keep_waiting: impl Fn() -> bool,
) -> Result<(MediaStream, Playback), Error> {
    let endpoint = Endpoint::parse(address, support::is_encrypted())?;
    let connection = RtcPeerConnection::new().map_err(|_| Error::Unsupported)?;
    let mut playback = Playback { connection, _session: None };

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
    while LastPlayed::of(&connection).packet == 0.0 {
        if connection.connection_state() == RtcPeerConnectionState::Failed {
            return Err(Error::NoServer("ICE".to_owned()));
        }
        // A server accepts requests for a stream that nothing publishes yet.
        if waited >= PATIENCE && !keep_waiting() {
            return Err(Error::Denied);
        }
        TimeoutFuture::new(POLL_INTERVAL.as_millis() as u32).await;
        waited += POLL_INTERVAL;
    }
    let receivers = connection.get_receivers().into_iter();
    let tracks: Array =
        receivers.map(|receiver| receiver.unchecked_into::<RtcRtpReceiver>().track()).collect();
    let failed = |error: JsValue| Error::from_js(&error);
    let stream = MediaStream::new_with_tracks(&tracks).map_err(failed)?;
    Ok((stream, playback))
}

impl Endpoint {
    /// Reads `HOST/KEY`, `HOST/APP/STREAM`, the same after `webrtc://`, or the address of a WHEP
    /// endpoint. A `secure` page can only reach secure servers.
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
        let prefix = if path.contains('/') { "" } else { DEFAULT_PATH };
        let port = at[host.len()..].strip_prefix(':');
        let api = match (secure && !is_local(host), port) {
            (true, None) => format!("https://{host}"),
            (true, Some(port)) => format!("https://{host}:{port}"),
            (false, port) => format!("http://{host}:{}", port.unwrap_or(SRS_PORT)),
        };
        let api = format!("{api}/rtc/v1/play/");
        Ok(Self::Srs(api, format!("webrtc://{host}/{prefix}{path}")))
    }

    /// Sends the offer. Returns the answer, and the session resource if the server names one.
    async fn exchange(&self, sdp: String) -> Result<(String, Option<Resource>), Error> {
        match self {
            Self::Srs(api, stream) => {
                let tid = format!("{:07}", (js_sys::Math::random() * 1e7) as u32);
                let request = PlayRequest { api, streamurl: stream, tid, sdp };
                let request = serde_json::to_string(&request).map_err(malformed)?;
                let (response, _) = whip::post(api, "application/json", "", &request).await?;
                match serde_json::from_str(&response).map_err(malformed)? {
                    PlayResponse { code: 0, sdp: Some(sdp) } => Ok((sdp, None)),
                    PlayResponse { code, .. } => Err(Error::NoServer(code.to_string())),
                }
            }
            Self::Whep(url) => whip::post(url, "application/sdp", "", &sdp).await,
        }
    }
}

fn malformed(_: serde_json::Error) -> Error {
    Error::NoServer("JSON".to_owned())
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
    use crate::testing::test;

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
