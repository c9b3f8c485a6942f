//! A peer that says that the host has sent this one away.
#![allow(clippy::unwrap_used)]

use live_core::identity::Signed;
use live_core::view::{Phase, Problem};
use live_core::wire::message::{Decision, Message, Order};

use super::rig::{Rig, peer};

/// The order that sends the viewer away.
fn ban() -> Message {
    let decision = Decision::Ban(peer("N"));
    Message::Order(Signed::unproven(Order { since: 1_000, number: 2, decision }))
}

#[test]
fn a_candidate_that_says_banned_costs_its_candidacy_only() {
    for reason in ["banned", "kicked"] {
        let (mut viewer, parent) = Rig::attached();
        let hint = Message::Backups { peers: vec![peer("LIAR")], hint: None };
        viewer.says(parent, &hint);
        viewer.handle(live_core::node::Input::Command(live_core::node::Command::JoinUnder(peer(
            "LIAR",
        ))));
        let offer = viewer.offers().into_iter().find(|offer| offer["dst"] == "LIAR").unwrap();
        viewer.refuse(&offer, reason, &[]);
        assert_eq!(viewer.view().problem, None, "{reason}");
        assert_eq!(viewer.view().room.as_ref().unwrap().phase, Phase::Attached);
        assert_eq!(viewer.view().tree.parent, Some(peer("H")));
    }
}

#[test]
fn a_stranger_that_says_removed_removes_nobody() {
    let (mut viewer, _) = Rig::attached();
    viewer
        .handle(live_core::node::Input::Command(live_core::node::Command::JoinUnder(peer("LIAR"))));
    let offer = viewer.offers().into_iter().find(|offer| offer["dst"] == "LIAR").unwrap();
    viewer.answer(&offer, 1);
    let link = viewer.dialled();
    viewer.link(link, live_core::node::LinkEvent::ChannelOpen);
    viewer.says(link, &ban());
    assert!(viewer.is_closed(link));
    assert_eq!(viewer.view().problem, None);
    assert_eq!(viewer.view().tree.parent, Some(peer("H")));
}

#[test]
fn the_host_itself_is_believed() {
    let (mut viewer, parent) = Rig::attached();
    viewer.says(parent, &ban());
    assert_eq!(viewer.view().problem, Some(Problem::Banned));

    let mut newcomer = Rig::viewer();
    let offer = newcomer.offers().pop().unwrap();
    newcomer.refuse(&offer, "banned", &[]);
    assert_eq!(newcomer.view().problem, Some(Problem::Banned));
}
