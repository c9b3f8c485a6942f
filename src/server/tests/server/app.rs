//! The web app's files.

use live_server::{Assets, Options};
use serde_json::json;

use crate::client::{Running, options, start};

const WASM: &str = "app-0123456789abcdef_bg.wasm";

/// A small web app.
#[derive(rust_embed::RustEmbed)]
#[folder = "tests/server/fixture"]
struct Fixture;

/// A server with that web app.
fn server() -> Running {
    start(Options { assets: Assets::load::<Fixture>(), ..options() })
}

#[tokio::test]
async fn every_address_has_its_page() {
    let server = server();
    for (path, body) in [
        ("/host?rootId=x", "host"),
        ("/P2PLiveHost.html", "host"),
        ("/audience", "audience"),
        ("/P2PLiveAudience.html?id=x", "audience"),
        ("/en/", "english index"),
        ("/en/index.html", "english index"),
        ("/en/P2PLiveIndex.html", "english index"),
        ("/en/host", "english host"),
        ("/zh/audience", "chinese audience"),
        ("/icon.svg", "<svg/>"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status(), answer.text()), (200, body), "{path}");
    }
    for path in ["/", "/index.html", "/P2PLiveIndex.html"] {
        assert!(server.get(path).await.text().contains("<title>index"), "{path}");
    }
    for path in ["/nothing", "/en/nothing", "/../Cargo.toml", "/index.html.br", "/a/b/c"] {
        assert_eq!(server.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(server.request("POST /", "").await.status(), 405);
    let head = server.request("HEAD /host", "").await;
    assert_eq!((head.status(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn a_folder_without_its_slash_redirects_to_it() {
    let server = server();
    let below_a_path =
        start(Options { assets: Assets::load::<Fixture>(), path: "/myapp".into(), ..options() });
    for server in [server, below_a_path] {
        // The folders of `dist` are the languages.
        for (path, location) in [
            ("/en?lang=en", "en/?lang=en"),
            ("/zh", "zh/"),
            ("/de?id=a%20b&peerPath=/myapp/", "de/?id=a%20b&peerPath=/myapp/"),
        ] {
            let answer = server.get(path).await;
            let found = (answer.status(), answer.header("location"));
            assert_eq!(found, (308, location.to_owned()), "{path}");
            let folder = server.get(&format!("/{location}")).await;
            assert!(folder.text().ends_with("index"), "{path}");
        }
        for path in ["/fr", "/e", "/en/de", "//en/x", "/fixture"] {
            assert_eq!(server.get(path).await.status(), 404, "{path}");
        }
        assert_eq!(server.get("/de/host/").await.text(), "german host");
    }
}

#[tokio::test]
async fn the_best_encoding_that_the_client_takes() {
    let server = server();
    let path = format!("GET /{WASM}");
    for (accepts, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("br;q=0, gzip", "gzip", "gzip"),
        ("identity", "", "\0asm"),
    ] {
        let answer = server.request(&path, &format!("Accept-Encoding: {accepts}\r\n")).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepts}");
        assert_eq!(answer.text(), body);
        assert_eq!(answer.header("content-type"), "application/wasm");
        assert!(answer.header("vary").contains("accept-encoding"));
    }
    let answer = server.request("GET /icon.svg", "Accept-Encoding: br\r\n").await;
    assert_eq!((answer.text(), answer.header("content-encoding")), ("<svg/>", String::new()));
}

#[tokio::test]
async fn caching() {
    let server = server();
    let hashed = server.get(&format!("/{WASM}")).await;
    assert_eq!(hashed.header("cache-control"), "public, max-age=31536000, immutable");
    for path in ["/", "/host", "/icon.svg", "/config.json"] {
        assert_eq!(server.get(path).await.header("cache-control"), "no-cache", "{path}");
    }
    let br = "Accept-Encoding: br\r\n";
    let etag = server.request("GET /", br).await.header("etag");
    assert_ne!(etag, server.get("/").await.header("etag"), "each encoding has its own");
    let again = format!("{br}If-None-Match: \"other\", W/{etag}\r\n");
    let answer = server.request("GET /", &again).await;
    assert_eq!((answer.status(), answer.body.len()), (304, 0));
    assert_eq!(answer.header("etag"), etag);
    let other = format!("{br}If-None-Match: \"other\"\r\n");
    assert_eq!(server.request("GET /", &other).await.status(), 200);
}

#[tokio::test]
async fn pages_may_do_no_more_than_they_need() {
    let server = server();
    let page = server.get("/").await;
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'; ",
        "script-src 'self' 'wasm-unsafe-eval'; ",
        "style-src 'self'; ",
        "connect-src 'self' https: http: wss: ws:; ",
        "base-uri 'self'; ",
        "form-action 'none'",
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    for never in ["unsafe-inline", "'unsafe-eval'", "sha256", "*"] {
        assert!(!policy.contains(never), "{never} is in {policy}");
    }
    assert!(page.header("permissions-policy").contains("display-capture=(self)"));
    let icon = server.get("/icon.svg").await;
    for answer in [page, icon] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "strict-origin-when-cross-origin");
    }
}

#[tokio::test]
async fn the_page_learns_where_signalling_is() {
    let server = server();
    let expected = json!({"defaultNetwork": "mine", "peerPath": "/", "peerKey": "peerjs"});
    assert_eq!(server.get("/config.json").await.json(), expected);
}
