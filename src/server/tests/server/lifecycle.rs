//! Sockets that fall silent, and the end of the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use live_server::{Options, Tls, tls};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::{options, request, start};

#[tokio::test]
async fn a_socket_without_heartbeats_is_closed() {
    let mut options = options();
    options.realm.alive_timeout = Duration::from_millis(500);
    let server = start(options);
    let (mut a, mut b) = (server.peer("a").await, server.peer("b").await);
    for _ in 0..4 {
        a.send(r#"{"type":"HEARTBEAT"}"#).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    b.closed().await;
    assert!(a.is_quiet(50).await);
    a.closed().await;
}

#[tokio::test]
async fn a_persons_id_is_kept_when_its_socket_is_closed() {
    let id = "0b0e3c9a-7a5e-4c2d-9e3f-0123456789ab";
    let mut options = options();
    options.realm.reserve_time = Duration::from_millis(1_000);
    let server = start(options);
    server.peer(id).await.close().await;
    let other = format!("key=peerjs&id={id}&token=other");
    let mut thief = server.open(&other).await;
    assert!(thief.text().await.contains("ID-TAKEN"));
    let metrics = server.get("/metrics").await;
    for line in ["p2p_live_reservations 1", "p2p_live_reserved_total 1", "p2p_live_peers 0"] {
        assert!(metrics.text().contains(line), "{line}");
    }
    server.peer(id).await.close().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(server.open(&other).await.text().await.contains("OPEN"), "in time it is free");
    // Whoever follows an index root need not wait.
    server.peer("P2P-Live-Web-Default-ID").await.close().await;
    let mut next = server.open("key=peerjs&id=P2P-Live-Web-Default-ID&token=next").await;
    assert!(next.text().await.contains("OPEN"));
}

#[tokio::test]
async fn the_server_ends_promptly_and_says_so() {
    let server = start(options());
    let mut peers = Vec::new();
    for n in 0..20 {
        peers.push(server.peer(&n.to_string()).await);
    }
    // One that only holds a connection open, and one that never reads.
    let addr = server.addr;
    let _idle = TcpStream::connect(addr).await.unwrap();
    let _deaf = server.peer("deaf").await;
    let reading = tokio::spawn(async move {
        for peer in &mut peers {
            peer.closed().await;
            peer.drain().await;
        }
    });
    let started = Instant::now();
    server.stop().await;
    let took = started.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    reading.await.unwrap();
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn https_with_an_own_certificate() {
    let made = tls::self_signed().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, &made.cert).unwrap();
    std::fs::write(&key, &made.key).unwrap();
    let tls = Some(Tls::Files { cert, key });
    let server = start(Options { tls, ..options() });

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(made.cert.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    for name in ["localhost", "127.0.0.1"] {
        let stream = TcpStream::connect(server.addr).await.unwrap();
        let name = ServerName::try_from(name).unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        assert_eq!(request(stream, "GET /health", "").await.text(), "ok");
    }
}

#[tokio::test]
async fn the_address_is_one_to_open() {
    let server = live_server::Server::bind(options()).unwrap();
    assert_eq!(server.url(), format!("http://localhost:{}/", server.addr().port()));
    assert!(server.network_urls().is_empty());
    let tls = Some(Tls::SelfSigned);
    let server = live_server::Server::bind(Options { tls, ..options() }).unwrap();
    assert!(server.url().starts_with("https://localhost:"));
}
