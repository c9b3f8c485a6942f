//! HTTP sessions with a stream server: WHEP delivers a stream, WHIP (RFC 9725) accepts one.

pub mod publish;

use gloo_net::http::Request;
use live_core::wire::limits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Headers, RequestInit, RtcPeerConnection, RtcSdpType, RtcSessionDescriptionInit};

use crate::media::Error;
use crate::platform::{js, support};

/// The server's session resource; dropping it deletes the session.
pub(crate) struct Resource {
    url: String,
    /// The value of `Authorization`; may be empty.
    authorization: String,
}

/// Checks the address of a WHIP or WHEP endpoint that this page can reach.
pub(crate) fn endpoint(address: &str) -> Result<String, Error> {
    let address = address.trim();
    let (scheme, rest) = address.split_once("://").ok_or(Error::BadAddress)?;
    if !matches!(scheme, "http" | "https") || address.contains(char::is_whitespace) {
        return Err(Error::BadAddress);
    }
    check(scheme, rest, support::is_encrypted())?;
    Ok(address.to_owned())
}

/// Whether what follows the scheme has a host, and whether a `secure` page can reach it.
pub(crate) fn check(scheme: &str, rest: &str, secure: bool) -> Result<(), Error> {
    match host(rest) {
        "" => Err(Error::BadAddress),
        host if secure && scheme == "http" && !is_local(host) => Err(Error::Mixed),
        _ => Ok(()),
    }
}

/// The value of `Authorization` for a bearer token; empty without one.
pub(crate) fn bearer(token: &str) -> Result<String, Error> {
    let token = token.trim();
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) || token.len() > limits::STREAM_TOKEN {
        return Err(Error::Unauthorized);
    }
    Ok(if token.is_empty() { String::new() } else { format!("Bearer {token}") })
}

/// Creates an offer and sets it as the local description.
pub(crate) async fn offer(connection: &RtcPeerConnection) -> Result<String, Error> {
    let failed = |error: JsValue| Error::from_js(&error);
    let offer = JsFuture::from(connection.create_offer()).await.map_err(failed)?;
    let offer: RtcSessionDescriptionInit = offer.unchecked_into();
    let sdp = offer.get_sdp().ok_or(Error::Unsupported)?;
    JsFuture::from(connection.set_local_description(&offer)).await.map_err(failed)?;
    Ok(sdp)
}

/// Sets the server's answer as the remote description.
pub(crate) async fn accept(connection: &RtcPeerConnection, sdp: &str) -> Result<(), Error> {
    let remote = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
    remote.set_sdp(sdp);
    let set = JsFuture::from(connection.set_remote_description(&remote)).await;
    set.map(drop).map_err(|error| Error::NoServer(js::message(&error)))
}

/// Posts `body`. Returns the answer's body, and the session resource if the server names one.
pub(crate) async fn post(
    url: &str,
    content_type: &str,
    authorization: &str,
    body: &str,
) -> Result<(String, Option<Resource>), Error> {
    let mut request = Request::post(url).header("Content-Type", content_type);
    if !authorization.is_empty() {
        request = request.header("Authorization", authorization);
    }
    let response = request.body(body).map_err(unreachable)?.send().await.map_err(unreachable)?;
    if !response.ok() {
        return Err(match response.status() {
            401 | 403 => Error::Unauthorized,
            status => Error::NoServer(status.to_string()),
        });
    }
    // Where the request ended up, after redirects.
    let asked = Some(response.url()).filter(|asked| !asked.is_empty());
    let asked = asked.as_deref().unwrap_or(url);
    let location = response.headers().get("Location");
    let resource = location.and_then(|location| locate(asked, &location)).map(|url| {
        let trusted = origin(&url) == origin(asked);
        let authorization = if trusted { authorization.to_owned() } else { String::new() };
        Resource { url, authorization }
    });
    let text = response.text().await.map_err(unreachable)?;
    if text.len() > limits::STREAM_ANSWER {
        return Err(Error::NoServer("SDP".to_owned()));
    }
    Ok((text, resource))
}

fn unreachable(error: gloo_net::Error) -> Error {
    Error::NoServer(match error {
        gloo_net::Error::JsError(error) => error.message,
        error => error.to_string(),
    })
}

impl Drop for Resource {
    fn drop(&mut self) {
        // Not `gloo_net`, which has no `keepalive`: the page may be closing.
        let (Some(window), Ok(headers)) = (web_sys::window(), Headers::new()) else {
            return;
        };
        if !self.authorization.is_empty() {
            // Fails only for a malformed value, which `bearer` excludes.
            let _ = headers.set("Authorization", &self.authorization);
        }
        let options = RequestInit::new();
        options.set_method("DELETE");
        options.set_headers(&headers);
        js::set_keepalive(&options);
        let deleted = JsFuture::from(window.fetch_with_str_and_init(&self.url, &options));
        spawn_local(async move {
            // A server without DELETE ends the session by itself.
            let _ = deleted.await;
        });
    }
}

/// Resolves `location` relative to `asked`; `None` unless it is an HTTP address that keeps the
/// encryption and has no user name or password.
fn locate(asked: &str, location: &str) -> Option<String> {
    let plain = location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if location.is_empty() || location.len() > limits::STREAM_LOCATION || !plain {
        return None;
    }
    let origin = origin(asked)?;
    let (scheme, _) = asked.split_once(':')?;
    let path = asked[origin.len()..].split(['?', '#']).next().unwrap_or_default();
    let before = location.split(['/', '?', '#']).next().unwrap_or_default();
    let url = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{origin}{location}")
    } else if before.contains(':') {
        location.to_owned()
    } else if before.is_empty() {
        format!("{origin}{path}{location}")
    } else {
        let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
        format!("{origin}{folder}{location}")
    };
    let (to, rest) = url.split_once("://")?;
    let kept = to == "https" || to == "http" && scheme == "http";
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (kept && !host(rest).is_empty() && !authority.contains('@')).then_some(url)
}

/// Scheme, host and port of an absolute address.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |end| start + end);
    Some(&url[..end])
}

/// The host in what follows a scheme, without its port.
pub(crate) fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

/// Whether browsers treat the host as potentially trustworthy: this machine.
pub(crate) fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn a_location_is_read_from_where_it_was_said() {
        let asked = "https://media.example:8443/rtc/v1/whip/?app=live&stream=show";
        for (location, url) in [
            ("/whip/1?a=b", "https://media.example:8443/whip/1?a=b"),
            ("session/1", "https://media.example:8443/rtc/v1/whip/session/1"),
            ("?id=1", "https://media.example:8443/rtc/v1/whip/?id=1"),
            ("//other.example/1", "https://other.example/1"),
            ("https://other.example/1", "https://other.example/1"),
        ] {
            assert_eq!(locate(asked, location).as_deref(), Some(url), "{location}");
        }
        assert_eq!(locate("http://h/", "http://o/1").as_deref(), Some("http://o/1"));
        assert_eq!(locate("http://h", "a").as_deref(), Some("http://h/a"));
    }

    #[test]
    fn a_location_that_is_not_trusted_is_none() {
        let long = "a".repeat(limits::STREAM_LOCATION + 1);
        for location in [
            "",
            "a b",
            "a\nb",
            "/ü",
            "\\\\evil/x",
            "javascript:alert(1)",
            "http://media.example/1",
            "https://",
            "https:///1",
            "https://name:word@media.example/1",
            "//@media.example",
            "ftp://media.example/1",
            &long,
        ] {
            assert_eq!(locate("https://media.example/whip", location), None, "{location}");
        }
    }

    #[test]
    fn only_the_same_origin_is_trusted() {
        let origin = |url| origin(url).unwrap_or_default();
        assert_eq!(origin("https://a:1/b?c"), "https://a:1");
        assert_eq!(origin("https://a"), "https://a");
        assert_ne!(origin("https://a:1/b"), origin("https://a:12/b"));
        assert_ne!(origin("https://a/b"), origin("https://a.evil/b"));
    }

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(bearer(" abc ").as_deref(), Ok("Bearer abc"));
        assert_eq!(bearer(" ").as_deref(), Ok(""));
        for bad in ["a b", "a\r\nX: y", "ü"] {
            assert_eq!(bearer(bad), Err(Error::Unauthorized), "{bad}");
        }
    }
}
