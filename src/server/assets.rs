//! The files of the web app, compressed beforehand where a `.br` or `.gz` lies beside them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// What a page may load and do. Framing is left open: embedding rooms in other sites is a use.
/// Addresses beyond the own ones are open where the user chooses them: another signalling server,
/// a room's cover, a stream to play.
const POLICY: &str = "default-src 'none'; connect-src 'self' https: http: wss: ws:; \
    img-src 'self' data: blob: https: http:; media-src 'self' blob: https: http:; \
    worker-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'self'; \
    form-action 'none'";

/// Shown in place of a web app that is not there.
const EMPTY: &str = "<!doctype html>\n<meta charset=utf-8>\n<title>P2P-Live-Web</title>\n\
    <p>The signalling server is running, but the web app was not built into it. \
    <code>cargo xtask build</code> builds both.</p>\n";

/// A web app; the default one is a page that says that there is none. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Assets(Arc<BTreeMap<String, File>>);

impl Default for Assets {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

#[derive(Debug)]
struct File {
    plain: Bytes,
    br: Option<Bytes>,
    gz: Option<Bytes>,
    etag: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Assets {
    /// The web app that was built into the binary; perhaps none.
    pub fn embedded() -> Self {
        let files: &[(&str, &'static [u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
        let files = files.iter().map(|(name, content)| {
            let content = Bytes::from_static(content);
            ((*name).to_owned(), content)
        });
        Self::new(files.collect())
    }

    /// The web app in a folder, read now.
    pub fn from_dir(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let inside = path.strip_prefix(folder).unwrap_or(&path);
                let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
                files.insert(parts.join("/"), Bytes::from(fs::read(&path)?));
            }
        }
        Ok(Self::new(files))
    }

    fn new(mut contents: BTreeMap<String, Bytes>) -> Self {
        contents.entry("index.html".into()).or_insert(Bytes::from_static(EMPTY.as_bytes()));
        let mut files = BTreeMap::new();
        for (name, plain) in &contents {
            let original = name.strip_suffix(".br").or(name.strip_suffix(".gz"));
            if original.is_some_and(|name| contents.contains_key(name)) {
                continue;
            }
            let packed = |suffix: &str| contents.get(&format!("{name}{suffix}")).cloned();
            let file = File::new(name, plain.clone(), packed(".br"), packed(".gz"));
            files.insert(name.clone(), file);
        }
        Self(Arc::new(files))
    }

    /// The content of a file.
    pub(crate) fn content(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(|file| &*file.plain)
    }

    /// Answers a request for `path` in the form that the client likes best.
    pub(crate) fn respond(&self, path: &str, request: &HeaderMap) -> Response<Body> {
        let name = file_name(path);
        match self.0.get(&name) {
            Some(file) => file.respond(request),
            None => respond(StatusCode::NOT_FOUND, Body::from("Not found")),
        }
    }
}

impl File {
    fn new(name: &str, plain: Bytes, br: Option<Bytes>, gz: Option<Bytes>) -> Self {
        let mut etag = BASE64_STANDARD.encode(Sha256::digest(&plain));
        etag.truncate(22);
        let cache =
            if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let fixed = HeaderValue::from_static;
        let mut headers = vec![
            (header::CONTENT_TYPE, fixed(content_type(name))),
            (header::CACHE_CONTROL, fixed(cache)),
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            (header::REFERRER_POLICY, fixed("strict-origin-when-cross-origin")),
            (header::VARY, fixed("accept-encoding")),
        ];
        if name.ends_with(".html") {
            let policy = policy(&String::from_utf8_lossy(&plain));
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                headers.push((header::CONTENT_SECURITY_POLICY, policy));
            }
            let devices = fixed("camera=(self), microphone=(self), display-capture=(self)");
            headers.push((HeaderName::from_static("permissions-policy"), devices));
        }
        Self { plain, br, gz, etag, headers }
    }

    fn respond(&self, request: &HeaderMap) -> Response<Body> {
        let (encoding, content) = match (&self.br, &self.gz) {
            (Some(br), _) if accepts(request, "br") => (Some("br"), br),
            (_, Some(gz)) if accepts(request, "gzip") => (Some("gzip"), gz),
            _ => (None, &self.plain),
        };
        let etag = match encoding {
            Some(encoding) => format!("\"{}-{encoding}\"", self.etag),
            None => format!("\"{}\"", self.etag),
        };
        let mut response = if matches(request, &etag) {
            respond(StatusCode::NOT_MODIFIED, Body::empty())
        } else {
            respond(StatusCode::OK, Body::from(content.clone()))
        };
        let headers = response.headers_mut();
        headers.extend(self.headers.iter().cloned());
        if let Ok(etag) = HeaderValue::try_from(etag) {
            headers.insert(header::ETAG, etag);
        }
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

fn respond(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// The file that an address stands for, as the static files have it, too.
fn file_name(path: &str) -> String {
    let path = path.trim_start_matches('/');
    // Which languages there are is the app's business; the others have no files.
    let is_language = |folder: &str| {
        folder.strip_suffix('/').is_some_and(|tag| tag.bytes().all(|b| b.is_ascii_lowercase()))
    };
    let (language, page) = match path.split_at_checked(3) {
        Some((folder, page)) if is_language(folder) => (folder, page),
        _ => ("", path),
    };
    let page = match page {
        "" | "P2PLiveIndex.html" => "index.html",
        "host" => "P2PLiveHost.html",
        "audience" => "P2PLiveAudience.html",
        page => page,
    };
    let index = if page.ends_with('/') { "index.html" } else { "" };
    format!("{language}{page}{index}")
}

/// Whether a part of the name is made from the content, as in `app-0123456789abcdef_bg.wasm`.
fn is_hashed(name: &str) -> bool {
    name.split(['-', '_', '.', '/']).skip(1).any(|part| {
        part.len() >= 8
            && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && part.bytes().any(|b| b.is_ascii_digit())
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Whether the client takes this encoding by name.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let values = request.get_all(header::ACCEPT_ENCODING).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim().eq_ignore_ascii_case(encoding) && weight != Ok(0.0)
    })
}

/// Whether the client has this version already.
fn matches(request: &HeaderMap, etag: &str) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let item = item.trim();
        item == "*" || item.trim_start_matches("W/") == etag
    })
}

/// The policy of a page, with its own inline scripts and styles let in by their hashes.
fn policy(html: &str) -> String {
    let mut policy = POLICY.to_owned();
    policy += "; script-src 'self' 'wasm-unsafe-eval'";
    policy += &inline_hashes(html, "script");
    policy += "; style-src 'self'";
    policy += &inline_hashes(html, "style");
    policy
}

fn inline_hashes(html: &str, tag: &str) -> String {
    // Only ASCII changes, so positions stay what they are.
    let lower = html.to_ascii_lowercase();
    let (start, end) = (format!("<{tag}"), format!("</{tag}"));
    let mut hashes = String::new();
    let mut at = 0;
    while let Some(open) = lower[at..].find(&start).map(|found| at + found + start.len()) {
        let Some(body) = lower[open..].find('>').map(|found| open + found + 1) else {
            break;
        };
        let Some(close) = lower[body..].find(&end).map(|found| body + found) else {
            break;
        };
        let attributes = &lower[open..body - 1];
        let is_tag = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
        if is_tag && !attributes.contains("src=") {
            // Browsers hash what they parsed, and they parse every line end as a line feed.
            let content = html[body..close].replace("\r\n", "\n");
            let hash = BASE64_STANDARD.encode(Sha256::digest(content));
            hashes += &format!(" 'sha256-{hash}'");
        }
        at = close;
    }
    hashes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_and_their_files() {
        for (path, file) in [
            ("/", "index.html"),
            ("/P2PLiveIndex.html", "index.html"),
            ("/host", "P2PLiveHost.html"),
            ("/P2PLiveAudience.html", "P2PLiveAudience.html"),
            ("/en/", "en/index.html"),
            ("/zh/P2PLiveIndex.html", "zh/index.html"),
            ("/zh/audience", "zh/P2PLiveAudience.html"),
            ("/app-1.js", "app-1.js"),
            ("/host/", "host/index.html"),
            ("/en/host/", "en/host/index.html"),
            ("/de/host", "de/P2PLiveHost.html"),
        ] {
            assert_eq!(file_name(path), file, "{path}");
        }
    }

    #[test]
    fn hashed_names() {
        for name in [
            "app-0123456789abcdef.js",
            "app-0123456789abcdef_bg.wasm",
            "snippets/live-web-3f2a91bc77de0a11/inline0.js",
        ] {
            assert!(is_hashed(name), "{name}");
        }
        for name in ["index.html", "icon.svg", "app-feedface.js", "0123456789.html", "a-b.js"] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn inline_scripts_and_styles_get_hashes() {
        // echo -n 'alert(1)' | openssl dgst -sha256 -binary | base64
        let hash = "bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=";
        let html = "<SCRIPT type=module>alert(1)</SCRIPT><script src=\"x.js\"></script>\
            <style>alert(1)</style><script-like>no</script-like>";
        let policy = policy(html);
        let expected = format!(
            "; script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}'; style-src 'self' 'sha256-{hash}'"
        );
        assert!(policy.ends_with(&expected), "{policy}");
    }

    #[test]
    fn encodings_are_taken_by_name_and_weight() {
        let accepts = |value: &'static str, encoding| {
            let value = HeaderValue::from_static(value);
            let request = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]);
            super::accepts(&request, encoding)
        };
        assert!(accepts("gzip, deflate, br;q=0.9", "br"));
        assert!(accepts("BR", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("gzip", "br"));
        assert!(!super::accepts(&HeaderMap::new(), "gzip"));
    }
}
