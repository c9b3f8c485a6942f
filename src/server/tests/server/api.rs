//! The HTTP interface.

use live_server::{Error, Options, Server};
use serde_json::json;
use tokio_tungstenite::tungstenite;

use crate::client::{options, start};

#[tokio::test]
async fn ids_are_random_whatever_the_key() {
    let server = start(options());
    let (first, second) = (server.get("/peerjs/id?ts=1").await, server.get("/any/id").await);
    assert_eq!(first.status(), 200);
    assert_eq!(first.header("content-type"), "text/html; charset=utf-8");
    assert_ne!(first.body, second.body);
    for answer in [first, second] {
        let lengths: Vec<_> = answer.text().split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}

#[tokio::test]
async fn discovery_is_off_unless_allowed() {
    let server = start(options());
    let answer = server.get("/peerjs/peers").await;
    assert_eq!((answer.status(), answer.text()), (401, "Unauthorized"));
    let allow_discovery = true;
    let server = start(Options { allow_discovery, ..options() });
    let _peers = (server.peer("b").await, server.peer("a").await);
    let answer = server.get("/peerjs/peers").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json(), json!(["b", "a"]));
}

#[tokio::test]
async fn the_description_shares_the_root_with_the_app() {
    let server = start(options());
    let json = server.request("GET /", "Accept: application/json\r\n").await;
    assert_eq!(json.json()["name"], "PeerJS Server");
    assert_eq!(json.header("vary"), "accept, origin");
    let page = server.request("GET /", "Accept: text/html,*/*\r\n").await;
    assert!(page.text().contains("cargo xtask build"));
}

#[tokio::test]
async fn another_path_has_the_description_to_itself() {
    for path in ["/my/app", "my/app/"] {
        let path = path.into();
        let server = start(Options { path, ..options() });
        for path in ["/my/app", "/my/app/"] {
            assert_eq!(server.get(path).await.json()["name"], "PeerJS Server");
        }
        assert_eq!(server.get("/my/app/peerjs/id").await.status(), 200);
        assert_eq!(server.get("/peerjs/id").await.status(), 404);
        let json = server.request("GET /", "Accept: application/json\r\n").await;
        assert!(json.text().contains("cargo xtask build"));
        let expected = json!({"peerPath": "/my/app/", "peerKey": "peerjs"});
        assert_eq!(server.get("/config.json").await.json(), expected);
    }
}

#[tokio::test]
async fn origins() {
    let server = start(options());
    let answer = server.request("GET /peerjs/id", "Origin: http://a.example\r\n").await;
    assert_eq!(answer.header("access-control-allow-origin"), "http://a.example");
    let answer = server.get("/peerjs/peers").await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(answer.header("vary"), "origin");
    let preflight = "Origin: http://a.example\r\nAccess-Control-Request-Method: GET\r\n";
    let answer = server.request("OPTIONS /peerjs/id", preflight).await;
    assert_eq!(
        (answer.status(), answer.header("access-control-allow-methods")),
        (200, "GET".into())
    );

    let cors = vec!["http://a.example".into()];
    let server = start(Options { cors, ..options() });
    for (origin, allowed) in [("http://a.example", "http://a.example"), ("http://b.example", "")] {
        let answer = server.request("GET /", &format!("Origin: {origin}\r\n")).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
    }

    let server = start(Options { cors: vec!["*".into()], ..options() });
    let answer = server.request("GET /", "Origin: http://b.example\r\n").await;
    assert_eq!(answer.header("access-control-allow-origin"), "http://b.example");
}

#[tokio::test]
async fn health_and_metrics() {
    let server = start(options());
    let health = server.get("/health").await;
    assert_eq!((health.status(), health.text()), (200, "ok"));
    let (mut a, mut b) = (server.peer("a").await, server.peer("b").await);
    a.send(r#"{"type":"OFFER","dst":"b"}"#).await;
    b.text().await;
    a.send(r#"{"type":"OFFER","dst":"c"}"#).await;
    a.send("?").await;
    // Frames of one socket are handled in order, so this one is the last.
    a.send(r#"{"type":"OFFER","dst":"b"}"#).await;
    b.text().await;
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for line in [
        "# TYPE p2p_live_peers gauge",
        "p2p_live_peers 2",
        "p2p_live_sockets 2",
        "p2p_live_queues 1",
        "p2p_live_opened_total 2",
        "p2p_live_forwarded_total 2",
        "p2p_live_queued_total 1",
        "p2p_live_bad_frames_total 1",
    ] {
        assert!(metrics.text().lines().any(|found| found == line), "{line}");
    }
}

#[tokio::test]
async fn one_address_may_connect_so_often() {
    let limited = Options { proxied: true, connects_per_minute: 2, ..options() };
    let server = start(limited.clone());
    let open = async |server: &crate::client::Running, ip: &str| {
        let path = "/peerjs?key=peerjs&id=a&token=t";
        match server.upgrade(path, &[("x-forwarded-for", ip)]).await {
            Ok(_) => 101,
            Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    };
    // The client may invent all entries but the last.
    for (ip, status) in [("192.0.2.1", 101), ("1.2.3.4, 192.0.2.1", 101), ("192.0.2.1", 429)] {
        assert_eq!(open(&server, ip).await, status);
    }
    assert_eq!(open(&server, "192.0.2.2").await, 101);
    // Without `--proxied` the header is ignored, and loopback is exempt.
    let proxied = false;
    let server = start(Options { proxied, ..limited });
    for _ in 0..4 {
        assert_eq!(open(&server, "192.0.2.1").await, 101);
    }
}

#[tokio::test]
async fn what_cannot_be_served_is_an_error() {
    for path in ["/health", "metrics/", "/{x}", "/a//b", "/a b", "/*x"] {
        let path = path.to_owned();
        let bound = Server::bind(Options { path, ..options() });
        assert!(matches!(bound.err(), Some(Error::Path(_))));
    }
    let server = start(options());
    let port = server.addr.port();
    let error = Server::bind(Options { port, ..options() }).err().unwrap();
    assert!(error.to_string().contains(&format!("127.0.0.1 port {port}")), "{error}");
}
