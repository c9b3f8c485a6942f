//! The observed behaviour of npm `peer` 1.0.2, with our deviations, served below `/myapp`.

use std::time::Duration;

use live_core::signal::realm;
use live_server::Options;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::client::{Running, options, start};

const OPEN: &str = r#"{"type":"OPEN"}"#;

fn server() -> Running {
    start(Options {
        path: "/myapp".into(),
        realm: realm::Options {
            expire_timeout: Duration::from_millis(400),
            concurrent_limit: 4,
            ..realm::Options::default()
        },
        ..options()
    })
}

fn error(msg: &str) -> String {
    format!(r#"{{"type":"ERROR","payload":{{"msg":"{msg}"}}}}"#)
}

#[tokio::test]
async fn refusals() {
    let server = server();
    let missing = error("No id, token, or key supplied to websocket server");
    let _a = server.peer("a").await;
    for (query, expected) in [
        ("key=zzz&id=q&token=tq", error("Invalid key provided")),
        ("key=peerjs&id=q", missing.clone()),
        ("key=peerjs&id=q&token=", missing.clone()),
        ("", missing),
        (
            "key=peerjs&id=a&token=OTHER",
            r#"{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}"#.into(),
        ),
        ("key=peerjs&id=has+space%2Fweird&token=t", error("Invalid id provided")),
    ] {
        let mut socket = server.open(query).await;
        assert_eq!(socket.text().await, expected, "{query}");
        socket.closed().await;
    }
    let _others = (server.peer("b").await, server.peer("c").await, server.peer("d").await);
    let mut fifth = server.open("key=peerjs&id=e&token=te").await;
    let full = error("Server has reached its concurrent user limit");
    assert_eq!(fifth.text().await, full);
    fifth.closed().await;
}

#[tokio::test]
async fn sockets_elsewhere_get_400() {
    let server = server();
    for path in ["/peerjs", "/myapp/other", "/myapp/peerjs/", "/", "/health"] {
        let Err(tungstenite::Error::Http(response)) = server.upgrade(path, &[]).await else {
            panic!("no HTTP error at {path}");
        };
        assert_eq!(response.status(), 400, "{path}");
    }
}

#[tokio::test]
async fn forwarding() {
    let server = server();
    let (mut a, mut b) = (server.peer("a").await, server.peer("b").await);
    a.send(r#"{"type":"OFFER","src":"spoof","dst":"b","junk":1,"payload":{"n": [1.0,"\u4e2d"]}}"#)
        .await;
    let expected = r#"{"type":"OFFER","src":"a","dst":"b","payload":{"n": [1.0,"\u4e2d"]}}"#;
    assert_eq!(b.text().await, expected);
    let answer = r#"{"type":"ANSWER","dst":"a","payload":1}"#;
    b.send_message(Message::binary(answer.as_bytes())).await.unwrap();
    assert_eq!(a.text().await, r#"{"type":"ANSWER","src":"b","dst":"a","payload":1}"#);
    a.send("notjson").await;
    a.send(r#"{"type":"OPEN","dst":"b"}"#).await;
    a.send(r#"{"type":"LEAVE","dst":"b"}"#).await;
    assert_eq!(b.text().await, r#"{"type":"LEAVE","src":"a","dst":"b"}"#);
    // Peers are not notified when a socket closes.
    a.close().await;
    assert!(b.is_quiet(100).await);
}

#[tokio::test]
async fn waiting_and_expiry() {
    let server = server();
    let (mut a, mut b) = (server.peer("a").await, server.peer("b").await);
    a.send(r#"{"type":"OFFER","dst":"z"}"#).await;
    a.send(r#"{"type":"CANDIDATE","dst":"z"}"#).await;
    b.send(r#"{"type":"OFFER","dst":"z"}"#).await;
    b.send(r#"{"type":"OFFER","dst":"y","payload":0}"#).await;
    a.close().await;
    let mut y = server.open("key=peerjs&id=y&token=ty").await;
    assert_eq!(y.text().await, OPEN);
    assert_eq!(y.text().await, r#"{"type":"OFFER","src":"b","dst":"y","payload":0}"#);
    assert_eq!(b.text().await, r#"{"type":"EXPIRE","src":"z","dst":"b"}"#);
    assert!(b.is_quiet(100).await);
}

#[tokio::test]
async fn takeover() {
    let server = server();
    let (mut old, mut b) = (server.peer("a").await, server.peer("b").await);
    let mut new = server.peer("a").await;
    old.closed().await;
    b.send(r#"{"type":"ANSWER","dst":"a"}"#).await;
    assert_eq!(new.text().await, r#"{"type":"ANSWER","src":"b","dst":"a"}"#);
    new.close().await;
    // The id is free again, for any token.
    let mut other = server.open("key=peerjs&id=a&token=OTHER").await;
    assert_eq!(other.text().await, OPEN);
}
