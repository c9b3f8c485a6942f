use live_core::node::{LinkAction, LinkEvent, MediaRole};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::rig::{pair, rest, until};

#[wasm_bindgen_test]
async fn two_links_exchange_data() {
    let (a, b) = pair(MediaRole::None, MediaRole::None);
    a.opened().await;
    b.opened().await;
    a.perform(LinkAction::Send(vec![1, 2, 3]));
    b.perform(LinkAction::Send(vec![]));
    b.perform(LinkAction::Send(vec![255; 100_000]));
    until("data at b", || b.data() == [[1, 2, 3]]).await;
    until("data at a", || a.data() == [vec![], vec![255; 100_000]]).await;
    assert!(a.heard(|e| matches!(e, LinkEvent::Connected)));
}

#[wasm_bindgen_test]
async fn what_exceeds_the_browser_s_buffer_follows_in_order() {
    let (a, b) = pair(MediaRole::None, MediaRole::None);
    a.opened().await;
    let frames = 900_u32;
    for i in 0..frames {
        let mut frame = vec![0; 16_000];
        frame[..4].copy_from_slice(&i.to_be_bytes());
        a.perform(LinkAction::Send(frame));
    }
    until("all frames", || b.data().len() == frames as usize).await;
    for (i, frame) in b.data().iter().enumerate() {
        assert_eq!(frame[..4], (i as u32).to_be_bytes());
    }
    assert!(!a.heard(|e| matches!(e, LinkEvent::Failed(_))));
}

#[wasm_bindgen_test]
async fn a_receiver_that_never_drains_fails_the_link() {
    let (a, _b) = pair(MediaRole::None, MediaRole::None);
    a.opened().await;
    for _ in 0..450 {
        a.perform(LinkAction::Send(vec![0; 64_000]));
    }
    assert!(a.heard(|e| matches!(e, LinkEvent::Failed(_))));
}

#[wasm_bindgen_test]
async fn a_dropped_link_is_silent_and_the_other_side_notices() {
    let (a, b) = pair(MediaRole::Receive, MediaRole::Send);
    a.opened().await;
    b.opened().await;
    let connection = a.link.borrow().as_ref().unwrap().connection().clone();
    drop(a.link.take());
    let heard = a.count();
    until("closed channel", || b.heard(|e| matches!(e, LinkEvent::ChannelClosed))).await;
    rest(300).await;
    assert_eq!(a.count(), heard);
    assert_eq!(connection.connection_state(), web_sys::RtcPeerConnectionState::Closed);
}

#[wasm_bindgen_test]
async fn a_link_dropped_in_mid_negotiation_is_silent() {
    let (a, b) = pair(MediaRole::Receive, MediaRole::Send);
    until("offer", || a.heard(|e| matches!(e, LinkEvent::Described(_)))).await;
    drop(b.link.take());
    drop(a.link.take());
    let heard = (a.count(), b.count());
    rest(500).await;
    assert_eq!((a.count(), b.count()), heard);
}

#[wasm_bindgen_test]
async fn what_is_sent_before_closing_arrives() {
    let (a, b) = pair(MediaRole::None, MediaRole::None);
    a.opened().await;
    b.opened().await;
    a.perform(LinkAction::Send(vec![7; 50_000]));
    a.perform(LinkAction::Send(b"good-bye".to_vec()));
    a.link.take().unwrap().close();
    until("closed channel", || b.heard(|e| matches!(e, LinkEvent::ChannelClosed))).await;
    assert_eq!(b.data(), [vec![7; 50_000], b"good-bye".to_vec()]);
}

#[wasm_bindgen_test]
async fn nonsense_from_the_other_side_is_reported_not_thrown() {
    let (a, _b) = pair(MediaRole::None, MediaRole::None);
    a.perform(LinkAction::Answered(live_core::node::Description {
        kind: live_core::node::SdpKind::Answer,
        sdp: "v=nonsense".into(),
    }));
    until("failure", || a.heard(|e| matches!(e, LinkEvent::Failed(_)))).await;
}

#[wasm_bindgen_test]
async fn ice_restarts_on_a_link_that_is_up() {
    let (a, b) = pair(MediaRole::Receive, MediaRole::Send);
    a.opened().await;
    b.opened().await;
    a.perform(LinkAction::Offer { restart: true });
    let described = |e: &&LinkEvent| matches!(e, LinkEvent::Described(_));
    until("second answer", || b.events.borrow().iter().filter(described).count() == 2).await;
    a.perform(LinkAction::Send(vec![9]));
    until("data", || b.data() == [[9]]).await;
    assert!(!a.heard(|e| matches!(e, LinkEvent::Failed(_) | LinkEvent::ChannelClosed)));
}
