use std::cell::{Cell, RefCell};
use std::rc::Rc;

use live_core::id::PeerId;
use live_core::identity::{Identity, Keypair, SEED};
use live_core::view::{Phase, RoomMeta, Status};
use live_web::publish::{self, Target};
use live_web::signalling::Server;
use live_web::{Command, Config, Driver, Pending, Role, capture};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::MediaStreamTrack;

use crate::rig::{PatternReader, eval, now, until};

/// A PeerServer inside the page, in place of `WebSocket`, for hosts named `*.test`.
const PEER_SERVER: &str = r#"
    if (window.PageSocket) return;
    const Real = window.PageSocket = window.WebSocket;
    const peers = window.pagePeers = new Map();
    class Fake extends EventTarget {
        constructor(url) {
            super();
            this.id = new URL(url).searchParams.get('id');
            this.readyState = 0;
            setTimeout(() => {
                if (this.readyState) return;
                this.readyState = 1;
                peers.set(this.id, this);
                this.dispatchEvent(new Event('open'));
                this.deliver({ type: 'OPEN' });
            });
        }
        deliver(frame) {
            const data = JSON.stringify(frame);
            setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data })));
        }
        send(text) {
            const { type, dst, payload } = JSON.parse(text);
            const to = peers.get(dst);
            if (to) to.deliver({ type, src: this.id, dst, payload });
            else if (dst) this.deliver({ type: 'EXPIRE', src: dst, dst: this.id });
        }
        close() {
            this.readyState = 3;
            if (peers.get(this.id) === this) peers.delete(this.id);
            setTimeout(() => this.dispatchEvent(new Event('close')));
        }
    }
    window.WebSocket = function (url) {
        return new URL(url).hostname.endsWith('.test') ? new Fake(url) : new Real(url);
    };
    Object.assign(window.WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
"#;

fn server() -> Server {
    eval(PEER_SERVER);
    Server {
        host: "signal.test".into(),
        port: 9000,
        path: "/".into(),
        key: "peerjs".into(),
        secure: false,
        ice_servers: Vec::new(),
        default_network: None,
        max_children: None,
        pages: None,
    }
}

/// A host with a key of its own, and its room's id.
fn host(number: u8) -> (Driver, PeerId) {
    let meta = RoomMeta { title: "A room".into(), ..RoomMeta::default() };
    let keypair = Keypair::from_seed(&[number; SEED]);
    let room = keypair.id().clone();
    let config = Config {
        role: Role::Host { meta, network: None, since: None },
        identity: Some(Identity::Key(keypair)),
        token: None,
        name: "Host".into(),
        max_children: 4,
    };
    (Driver::start(config, &server()), room)
}

fn viewer(target: &PeerId) -> Driver {
    let config = Config {
        role: Role::Viewer { target: target.clone() },
        identity: None,
        token: None,
        name: "Viewer".into(),
        max_children: 4,
    };
    Driver::start(config, &server())
}

fn attached(driver: &Driver) -> bool {
    driver.view().room.as_ref().is_some_and(|room| room.phase == Phase::Attached)
}

#[wasm_bindgen_test]
async fn a_room_with_picture_and_chat() {
    let (host, room) = host(1);
    until("open host", || host.view().status == Status::Open).await;
    let viewer = viewer(&room);
    let appeared = Rc::new(RefCell::new(Vec::new()));
    let subscription = {
        let appeared = appeared.clone();
        viewer.on_stream(move |stream| appeared.borrow_mut().push(stream))
    };
    until("attached viewer", || attached(&viewer)).await;
    // The browsers' own fingerprints are what both sides have signed.
    assert!(viewer.view().room.is_some_and(|shown| shown.id == room && shown.is_proven));
    host.set_source(Some(capture::pattern().await.unwrap()));
    until("stream", || viewer.stream().is_some()).await;
    let stream = viewer.stream();
    assert_eq!(appeared.borrow().last(), Some(&stream));
    let reader = PatternReader::on(stream.as_ref().unwrap());
    reader.frame_after(now()).await;

    viewer.send(Command::SendChat("Hello".into()));
    until("chat at the host", || host.view().chat.iter().any(|m| m.text == "Hello")).await;

    // Another source of the same host: same stream object, still playing.
    host.set_source(Some(capture::pattern().await.unwrap()));
    reader.frame_after(now() + 500.0).await;
    assert_eq!(viewer.stream(), stream);
    assert!(host.stream().is_some());
    assert!(viewer.media_stats().await.iter().any(|s| s.shown && s.frames > 0.0 && s.width > 0.0));

    // The viewer stays linked and learns of it; the host has nothing to show.
    host.set_source(None);
    let on_air = || viewer.view().room.as_ref().is_some_and(|room| room.on_air.is_some());
    until("off air", || host.stream().is_none() && !on_air()).await;
    host.set_source(Some(capture::pattern().await.unwrap()));
    reader.frame_after(now()).await;
    assert!(on_air());

    drop(subscription);
    drop(host);
    until("no stream", || viewer.stream().is_none()).await;
    assert_eq!(*appeared.borrow(), [stream]);
}

#[wasm_bindgen_test]
async fn what_is_asked_for_before_the_node_runs_is_done_once_it_does() {
    let mut pending = Pending::default();
    pending.send(Command::Rename("Early".into()));
    pending.set_source(Some(capture::pattern().await.unwrap()));
    pending.publish(Some(Target { address: "no address".into(), token: String::new() }));
    let (host, _) = host(4);
    pending.flush(&host);
    until("source", || host.source().is_some()).await;
    let failed = publish::State::Failed(capture::Error::BadAddress);
    until("publication", || host.publication() == Some(failed.clone())).await;
}

#[wasm_bindgen_test]
async fn a_source_that_ends_by_itself_is_taken_off_the_air() {
    let (host, _) = host(2);
    let pattern = capture::pattern().await.unwrap();
    let tracks = pattern.stream().get_tracks();
    host.set_source(Some(pattern));
    until("source", || host.source().is_some()).await;
    for track in tracks.iter() {
        // `stop()` fires no `ended`.
        let track: MediaStreamTrack = track.unchecked_into();
        track.stop();
        track.dispatch_event(&web_sys::Event::new("ended").unwrap()).unwrap();
    }
    until("end", || host.source().is_none()).await;
    let on_air = host.view().room.as_ref().and_then(|room| room.on_air);
    assert_eq!(on_air, None);
}

#[wasm_bindgen_test]
async fn a_dropped_driver_leaves_and_is_silent() {
    let (host, room) = host(3);
    until("open host", || host.view().status == Status::Open).await;
    let watching = viewer(&room);
    until("attached viewer", || attached(&watching)).await;
    let id = watching.view().id.as_ref().unwrap().to_string();
    let second = watching.clone();
    drop(watching);
    let members = |driver: &Driver| driver.view().tree.children.len();
    assert_eq!(members(&host), 1);

    let calls = Rc::new(Cell::new(0));
    let subscription = {
        let calls = calls.clone();
        second.on_change(move || calls.set(calls.get() + 1))
    };
    let start = now();
    drop(second);
    let heard = calls.get();
    until("empty tree", || members(&host) == 0).await;
    // By a message, not by a time-out.
    assert!(now() - start < 1_500.0);
    assert_eq!(calls.get(), heard);
    drop(subscription);
    let peers = eval("return [...window.pagePeers.keys()].join()").as_string().unwrap();
    assert!(peers.contains(room.as_str()) && !peers.contains(&id), "{peers}");
}

#[wasm_bindgen_test]
async fn a_server_that_is_not_there_is_named_as_the_problem() {
    let mut server = server();
    server.host = "127.0.0.1".into();
    server.port = 9;
    let driver = Driver::lobby(PeerId::new("nobody").unwrap(), &server);
    let changed = Rc::new(Cell::new(false));
    let _subscription = {
        let changed = changed.clone();
        driver.on_change(move || changed.set(true))
    };
    until("problem", || driver.view().problem.is_some()).await;
    until("to be told of it", || changed.get()).await;
}
