//! Sessions with a stream server over HTTP: WHEP, which gives a stream out, and WHIP (RFC 9725),
//! which takes one in.

pub mod publish;

use live_core::wire::limits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    RequestInit, Response, RtcPeerConnection, RtcSdpType, RtcSessionDescriptionInit, Window,
};

use crate::capture::Error;
use crate::platform::{js, support};

/// What a server keeps for us; dropping it has it deleted.
pub(crate) struct Resource {
    url: String,
    /// The value of `Authorization`, or nothing.
    authorization: String,
}

/// The address of a WHIP or WHEP endpoint, which this page can ask.
pub(crate) fn endpoint(address: &str) -> Result<String, Error> {
    let address = address.trim();
    let (scheme, rest) = address.split_once("://").ok_or(Error::BadAddress)?;
    if !matches!(scheme, "http" | "https") || address.contains(char::is_whitespace) {
        return Err(Error::BadAddress);
    }
    check(scheme, rest, support::is_encrypted())?;
    Ok(address.to_owned())
}

/// Whether there is a host in what follows the scheme, and whether a `secure` page can ask it.
pub(crate) fn check(scheme: &str, rest: &str, secure: bool) -> Result<(), Error> {
    match host(rest) {
        "" => Err(Error::BadAddress),
        host if secure && scheme == "http" && !is_local(host) => Err(Error::Mixed),
        _ => Ok(()),
    }
}

/// The value of `Authorization` for a bearer token, or nothing where there is none.
pub(crate) fn bearer(token: &str) -> Result<String, Error> {
    let token = token.trim();
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) || token.len() > limits::STREAM_TOKEN {
        return Err(Error::Unauthorized);
    }
    Ok(if token.is_empty() { String::new() } else { ["Bearer ", token].concat() })
}

/// Makes an offer and sets it locally.
pub(crate) async fn offer(connection: &RtcPeerConnection) -> Result<String, Error> {
    let other = |error: JsValue| Error::from_js(&error);
    let offer = JsFuture::from(connection.create_offer()).await.map_err(other)?;
    let sdp = js::text(&offer, "sdp").ok_or(Error::Unsupported)?;
    let local = RtcSessionDescriptionInit::new(RtcSdpType::Offer);
    local.set_sdp(&sdp);
    JsFuture::from(connection.set_local_description(&local)).await.map_err(other)?;
    Ok(sdp)
}

/// Sets the server's answer.
pub(crate) async fn accept(connection: &RtcPeerConnection, sdp: &str) -> Result<(), Error> {
    let remote = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
    remote.set_sdp(sdp);
    let set = JsFuture::from(connection.set_remote_description(&remote)).await;
    set.map(drop).map_err(|error| Error::NoServer(js::message(&error)))
}

/// The body of the answer, and what the server keeps from now on, if it says so.
pub(crate) async fn post(
    url: &str,
    kind: &str,
    authorization: &str,
    body: &str,
) -> Result<(String, Option<Resource>), Error> {
    let window = web_sys::window().ok_or(Error::Unsupported)?;
    let refused = |error: JsValue| Error::NoServer(js::message(&error));
    let fetched = fetch(&window, "POST", url, authorization, Some((kind, body)));
    let response: Response = fetched.await.map_err(refused)?.unchecked_into();
    if !response.ok() {
        return Err(match response.status() {
            401 | 403 => Error::Unauthorized,
            status => Error::NoServer(status.to_string()),
        });
    }
    let location = js::field(&response, "headers").and_then(|headers| {
        let location = js::method(&headers, "get")?.call1(&headers, &"Location".into());
        location.ok()?.as_string()
    });
    // Where it was asked in the end: the server may have sent us elsewhere.
    let asked = Some(response.url()).filter(|asked| !asked.is_empty());
    let asked = asked.as_deref().unwrap_or(url);
    let resource = location.and_then(|location| locate(asked, &location)).map(|url| {
        let trusted = origin(&url) == origin(asked);
        let authorization = if trusted { authorization.to_owned() } else { String::new() };
        Resource { url, authorization }
    });
    let text = JsFuture::from(response.text().map_err(refused)?).await.map_err(refused)?;
    let text: js_sys::JsString = text.unchecked_into();
    if text.length() as usize > limits::STREAM_ANSWER {
        return Err(Error::NoServer("SDP".to_owned()));
    }
    Ok((text.into(), resource))
}

impl Drop for Resource {
    fn drop(&mut self) {
        let Some(window) = web_sys::window() else { return };
        let deleted = fetch(&window, "DELETE", &self.url, &self.authorization, None);
        wasm_bindgen_futures::spawn_local(async move {
            // A server that knows no DELETE ends the session by itself.
            let _ = deleted.await;
        });
    }
}

fn fetch(
    window: &Window,
    method: &str,
    url: &str,
    authorization: &str,
    content: Option<(&str, &str)>,
) -> JsFuture {
    let options = RequestInit::new();
    options.set_method(method);
    let headers = js_sys::Object::new();
    if !authorization.is_empty() {
        js::set(&headers, "Authorization", authorization);
    }
    if let Some((kind, body)) = content {
        js::set(&headers, "Content-Type", kind);
        options.set_body(&body.into());
    } else {
        // The page may be going.
        js::set(&options, "keepalive", true);
    }
    options.set_headers(&headers);
    JsFuture::from(window.fetch_with_str_and_init(url, &options))
}

/// The address that a `Location` means in an answer from `asked`; `None` for what is no HTTP
/// address, or one that gives up encryption or carries a name and a password.
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
        [scheme, ":", location].concat()
    } else if location.starts_with('/') {
        [origin, location].concat()
    } else if before.contains(':') {
        location.to_owned()
    } else if before.is_empty() {
        [origin, path, location].concat()
    } else {
        let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
        [origin, folder, location].concat()
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

/// The host of what follows a scheme, without its port.
pub(crate) fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

/// Whether browsers trust the host as they trust the page's own machine.
pub(crate) fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_location_that_leads_astray_is_none() {
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
