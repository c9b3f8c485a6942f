//! The web app's files, embedded in the binary. A file with a `.br` or `.gz` copy beside it is
//! sent compressed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use rust_embed::RustEmbed;

/// The Content-Security-Policy of every page: no inline scripts or styles.
///
/// Framing is allowed, because other sites embed rooms. Connections, images and media may use any
/// address, because users choose other signalling servers, covers and streams.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; connect-src 'self' https: http: wss: ws:; \
    img-src 'self' data: blob: https: http:; media-src 'self' blob: https: http:; \
    worker-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'self'; \
    form-action 'none'";

const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self)";

/// The index page of a binary without a web app.
const PLACEHOLDER: &[u8] = b"<!doctype html>\n<meta charset=utf-8>\n<title>P2P-Live-Web</title>\n\
    <p>The signalling server is running, but the web app was not built into it. \
    <code>cargo xtask build</code> builds both.</p>\n";

/// `build.rs` sets `P2P_LIVE_DIST`.
#[derive(RustEmbed)]
#[folder = "$P2P_LIVE_DIST"]
#[allow_missing = true]
struct Dist;

/// A web app; the default is one page that says that the app is missing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Assets(Arc<BTreeMap<String, File>>);

#[derive(Debug)]
struct File {
    identity: Variant,
    br: Option<Variant>,
    gz: Option<Variant>,
    headers: HeaderMap,
}

/// A file in one content encoding.
#[derive(Clone, Debug)]
struct Variant {
    content: Bytes,
    etag: ETag,
}

impl Default for Assets {
    fn default() -> Self {
        let identity = Variant::new(Cow::Borrowed(PLACEHOLDER), "\"placeholder\"");
        let index = identity.map(|identity| File::new("index.html", "text/html", identity));
        let files = index.into_iter().map(|file| ("index.html".to_owned(), file));
        Self(Arc::new(files.collect()))
    }
}

impl Assets {
    /// The web app that was built into the binary, or the default.
    pub fn embedded() -> Self {
        Self::load::<Dist>()
    }

    /// The embedded folder `E`, or the default if it has no index page.
    pub fn load<E: RustEmbed>() -> Self {
        let mut files = BTreeMap::new();
        for name in E::iter() {
            if name.ends_with(".br") || name.ends_with(".gz") {
                continue;
            }
            let Some(file) = E::get(&name) else { continue };
            let hash = file.metadata.sha256_hash();
            let tag: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
            let Some(identity) = Variant::new(file.data, &format!("\"{tag}\"")) else { continue };
            let compressed = |encoding: &str| {
                let copy = E::get(&format!("{name}.{encoding}"))?;
                Variant::new(copy.data, &format!("\"{tag}-{encoding}\""))
            };
            let mut file = File::new(&name, file.metadata.mimetype(), identity);
            (file.br, file.gz) = (compressed("br"), compressed("gz"));
            files.insert(name.into_owned(), file);
        }
        if files.contains_key("index.html") { Self(Arc::new(files)) } else { Self::default() }
    }

    /// The uncompressed content of a file.
    pub(crate) fn content(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(|file| &*file.identity.content)
    }

    /// Answers a request with the file in the best encoding that the client accepts, or redirects
    /// from a folder's name to the folder.
    pub(crate) fn respond(&self, uri: &Uri, request: &HeaderMap) -> Response {
        let path = uri.path().trim_start_matches('/');
        if let Some(file) = self.0.get(&file_name(path)) {
            return file.respond(request);
        }
        if self.0.contains_key(&format!("{path}/index.html")) {
            // Relative, so that it also holds behind a proxy that serves the app in a sub-path.
            let folder = path.rsplit('/').next().unwrap_or_default();
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            return Redirect::permanent(&format!("{folder}/{query}")).into_response();
        }
        (StatusCode::NOT_FOUND, "Not found").into_response()
    }
}

impl File {
    fn new(name: &str, mime: &str, identity: Variant) -> Self {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        let charset = if mime.starts_with("text/") { "; charset=utf-8" } else { "" };
        set(header::CONTENT_TYPE, &format!("{mime}{charset}"));
        let cache =
            if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
        set(header::CACHE_CONTROL, cache);
        set(header::VARY, "accept-encoding");
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
        if name.ends_with(".html") {
            set(header::CONTENT_SECURITY_POLICY, POLICY);
            set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
        }
        Self { identity, br: None, gz: None, headers }
    }

    fn respond(&self, request: &HeaderMap) -> Response {
        let (encoding, variant) = match (&self.br, &self.gz) {
            (Some(br), _) if accepts(request, "br") => (Some("br"), br),
            (_, Some(gz)) if accepts(request, "gzip") => (Some("gzip"), gz),
            _ => (None, &self.identity),
        };
        let is_modified = request
            .typed_get::<IfNoneMatch>()
            .is_none_or(|known| known.precondition_passes(&variant.etag));
        let mut response = if is_modified {
            Body::from(variant.content.clone()).into_response()
        } else {
            StatusCode::NOT_MODIFIED.into_response()
        };
        let headers = response.headers_mut();
        headers.extend(self.headers.clone());
        headers.typed_insert(variant.etag.clone());
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

impl Variant {
    fn new(content: Cow<'static, [u8]>, etag: &str) -> Option<Self> {
        let content = match content {
            Cow::Borrowed(content) => Bytes::from_static(content),
            Cow::Owned(content) => content.into(),
        };
        Some(Self { content, etag: etag.parse().ok()? })
    }
}

/// The file at an address. The short addresses are those of the pages, in every folder.
fn file_name(path: &str) -> String {
    let (folder, page) = match path.rfind('/') {
        Some(slash) => path.split_at(slash + 1),
        None => ("", path),
    };
    let page = match page {
        "" => "index.html",
        "host" => "P2PLiveHost.html",
        "audience" => "P2PLiveAudience.html",
        "exchange" => "exchange.html",
        page => page,
    };
    format!("{folder}{page}")
}

/// Whether a part of the name is a hash of the content, as in `app-0123456789abcdef_bg.wasm`.
fn is_hashed(name: &str) -> bool {
    name.split(['-', '_', '.', '/']).skip(1).any(|part| {
        part.len() >= 8
            && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && part.bytes().any(|b| b.is_ascii_digit())
    })
}

/// Whether the client names this encoding, with a weight above zero.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let values = request.get_all(header::ACCEPT_ENCODING).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim().eq_ignore_ascii_case(encoding) && weight != Ok(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_files() {
        for (path, file) in [
            ("", "index.html"),
            ("index.html", "index.html"),
            ("host", "P2PLiveHost.html"),
            ("P2PLiveAudience.html", "P2PLiveAudience.html"),
            ("en/", "en/index.html"),
            ("zh/audience", "zh/P2PLiveAudience.html"),
            ("exchange", "exchange.html"),
            ("others/exchange.html", "others/exchange.html"),
            ("app-1.js", "app-1.js"),
            ("host/", "host/index.html"),
            ("en/host/", "en/host/index.html"),
            ("de/host", "de/P2PLiveHost.html"),
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
