//! A peer that says that the host has sent this one away.
#![allow(clippy::unwrap_used)]

use live_core::view::{Phase, Problem};
use live_core::wire::message::Message;

use super::rig::{Rig, peer};

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
    viewer.says(link, &Message::Removed { permanent: true });
    assert!(viewer.is_closed(link));
    assert_eq!(viewer.view().problem, None);
    assert_eq!(viewer.view().tree.parent, Some(peer("H")));
}

#[test]
fn the_host_itself_is_believed() {
    let (mut viewer, parent) = Rig::attached();
    viewer.says(parent, &Message::Removed { permanent: true });
    assert_eq!(viewer.view().problem, Some(Problem::Banned));

    let mut newcomer = Rig::viewer();
    let offer = newcomer.offers().pop().unwrap();
    newcomer.refuse(&offer, "banned", &[]);
    assert_eq!(newcomer.view().problem, Some(Problem::Banned));
}
