//! Many newcomers dial one host at the same moment.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use crate::client::{Running, Socket, options, start};

const NEWCOMERS: u32 = 1_500;
/// All of them dial within this time.
const SPAN: Duration = Duration::from_secs(1);
/// A newcomer that has heard nothing for this long gives up.
const PATIENCE: Duration = Duration::from_secs(8);
/// Candidates in each direction.
const CANDIDATES: usize = 3;

fn frame(kind: &str, dst: &str) -> String {
    let sdp = "x".repeat(if kind == "CANDIDATE" { 200 } else { 2_000 });
    json!({"type": kind, "dst": dst, "payload": {"sdp": sdp}}).to_string()
}

/// Answers every offer at once.
async fn host(mut socket: Socket) {
    loop {
        let message: Value = serde_json::from_str(&socket.next_text().await).unwrap();
        if message["type"] == "OFFER" {
            let newcomer = message["src"].as_str().unwrap();
            socket.send(frame("ANSWER", newcomer)).await;
            for _ in 0..CANDIDATES {
                socket.send(frame("CANDIDATE", newcomer)).await;
            }
        }
    }
}

/// Dials the host at `start`; how long the whole reply took, if it came.
async fn dial(mut socket: Socket, start: Instant) -> Option<Duration> {
    sleep_until(start.into()).await;
    let dial = async {
        socket.send(frame("OFFER", "host")).await;
        for _ in 0..CANDIDATES {
            socket.send(frame("CANDIDATE", "host")).await;
        }
        for _ in 0..=CANDIDATES {
            socket.next_text().await;
        }
    };
    timeout(PATIENCE, dial).await.ok()?;
    Some(start.elapsed())
}

async fn throttled(server: &Running) -> u64 {
    let metrics = server.get("/metrics").await;
    let name = "p2p_live_throttled_total ";
    let line = metrics.text().lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_hear_from_a_host_that_they_dial_within_a_second() {
    rlimit::increase_nofile_limit(8_192).unwrap();
    let server = start(options());
    let host = tokio::spawn(host(server.peer("host").await));
    let mut sockets = Vec::new();
    for n in 0..NEWCOMERS {
        sockets.push(server.peer(&format!("newcomer-{n}")).await);
    }
    let start = Instant::now() + Duration::from_millis(100);
    let mut newcomers = JoinSet::new();
    for (n, socket) in (0..).zip(sockets) {
        newcomers.spawn(dial(socket, start + SPAN * n / NEWCOMERS));
    }
    let mut times: Vec<_> = newcomers.join_all().await.into_iter().flatten().collect();
    times.sort();
    let p95 = times.get((NEWCOMERS as usize * 95).div_ceil(100) - 1);
    println!("{} of {NEWCOMERS} newcomers heard from the host, p95 {p95:?}", times.len());
    assert!(!host.is_finished(), "the host lost its socket");
    assert_eq!(times.len(), NEWCOMERS as usize);
    assert_eq!(throttled(&server).await, 0);
}

#[tokio::test]
async fn replies_without_an_offer_are_held_back() {
    let server = start(options());
    let (mut flooder, mut victim) = (server.peer("flooder").await, server.peer("victim").await);
    let started = Instant::now();
    // The burst and half a second at the rate.
    for _ in 0..135 {
        flooder.send(frame("ANSWER", "victim")).await;
    }
    for _ in 0..135 {
        victim.text().await;
    }
    assert!(started.elapsed() >= Duration::from_millis(450));
    assert!(throttled(&server).await >= 10);
    // An offer credits one answer.
    victim.send(frame("OFFER", "flooder")).await;
    flooder.text().await;
    let started = Instant::now();
    flooder.send(frame("ANSWER", "victim")).await;
    victim.text().await;
    let answered = started.elapsed();
    for _ in 0..15 {
        flooder.send(frame("ANSWER", "victim")).await;
    }
    for _ in 0..15 {
        victim.text().await;
    }
    assert!(started.elapsed() >= Duration::from_millis(450), "{answered:?}");
}
