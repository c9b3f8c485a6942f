//! Limits for hostile clients.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{options, start};

fn offer(size: usize) -> String {
    let empty = json!({"type": "OFFER", "dst": "b", "payload": ""}).to_string();
    let payload = "x".repeat(size - empty.len());
    json!({"type": "OFFER", "dst": "b", "payload": payload}).to_string()
}

#[tokio::test]
async fn frames_have_at_most_64_kib() {
    let server = start(options());
    let (mut a, mut b) = (server.peer("a").await, server.peer("b").await);
    a.send(offer(64 * 1024)).await;
    assert!(b.text().await.len() >= 64 * 1024);
    a.send(offer(64 * 1024 + 1)).await;
    assert!(a.text().await.contains("too large"));
    a.closed().await;
    // A far larger frame is not even read.
    let mut a = server.peer("a").await;
    let _ = a.send_message(Message::text(offer(10 * 1024 * 1024))).await;
    assert_eq!(a.drain().await.len(), 0);
    assert!(b.is_quiet(50).await);
}

#[tokio::test]
async fn ten_bad_frames_close_the_socket() {
    let server = start(options());
    let mut a = server.peer("a").await;
    for _ in 0..9 {
        a.send("notjson").await;
    }
    assert!(a.is_quiet(50).await);
    a.send_message(Message::binary([0xff].as_slice())).await.unwrap();
    assert!(a.text().await.contains("ERROR"));
    a.closed().await;
}

#[tokio::test]
async fn a_flood_is_slowed_down_and_nothing_is_lost() {
    let server = start(options());
    let (mut a, mut b) = (server.peer("a").await, server.peer("b").await);
    let started = Instant::now();
    for n in 0..150 {
        a.send(json!({"type": "OFFER", "dst": "b", "payload": n}).to_string()).await;
    }
    for n in 0..150 {
        assert!(b.text().await.ends_with(&format!(r#""payload":{n}}}"#)));
    }
    // 120 at once, 30 in the second after.
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(900), "{took:?}");
}

#[tokio::test]
async fn a_socket_that_does_not_read_is_closed() {
    let mut options = options();
    options.realm.rate.burst = 5_000;
    let server = start(options);
    let (mut a, mut slow) = (server.peer("a").await, server.peer("b").await);
    // More than the queue and the buffers of both sides' systems hold.
    for _ in 0..1_000 {
        a.send(offer(60 * 1024)).await;
        if server.get("/metrics").await.text().contains("p2p_live_overflowed_total 1") {
            break;
        }
    }
    let metrics = server.get("/metrics").await;
    assert!(metrics.text().contains("p2p_live_overflowed_total 1"));
    assert!(metrics.text().contains("p2p_live_peers 1"));
    slow.drain().await;
}
