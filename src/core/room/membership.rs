//! Who was let into the room: the host's word for a member, or that of a member for another one.
//!
//! While the door is open nobody asks for it. When it closes, those who are inside show it wherever
//! they look for a new place. It names one peer, so it is of no use to anybody else; and whoever
//! lets somebody in is named in it, so a ban of theirs ends it, too.

use crate::identity::{Signed, Verified};
use crate::model::Vouch;
use crate::signal::payload::Membership;
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{RoomState, Rules};

/// Whether `peer` shows that it was let into the room, and all in between still belong to it.
pub(crate) fn is_member(
    (room, rules): (&RoomState, &Rules),
    now: Time,
    peer: &PeerId,
    membership: &[Signed<Vouch>],
) -> bool {
    let mut by = &room.id;
    for signed in membership {
        let holds = signed.by == *by
            && signed.since == room.since
            && signed.until > now.as_millis()
            && !rules.is_out(&signed.member)
            && signed.verify(&room.id).is_ok();
        if !holds {
            return false;
        }
        by = &signed.member;
    }
    !membership.is_empty() && by == peer
}

/// The membership of one who was let in by the peer that `say` signs for, and whose own is `own`:
/// that of a host is empty. `None` if that peer cannot vouch for anybody.
pub(crate) fn vouch(
    (room, now): (&RoomState, Time),
    by: &PeerId,
    own: &[Signed<Vouch>],
    member: PeerId,
    say: impl FnOnce(Vouch) -> Verified<Vouch>,
) -> Option<Membership> {
    let may_vouch = if *by == room.id { own.is_empty() } else { !own.is_empty() };
    if !may_vouch || own.len() >= limits::VOUCHES {
        return None;
    }
    let until = (now + limits::MEMBERSHIP).as_millis();
    let vouch = Vouch { by: by.clone(), member, since: room.since, until };
    let word = say(vouch).signed()?.clone();
    Some(own.iter().cloned().chain([word]).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use core::time::Duration;

    use super::*;
    use crate::identity::{Keypair, SEED};
    use crate::model::RoomMeta;

    const NOW: Time = Time::from_millis(1_000_000);

    fn key(byte: u8) -> Keypair {
        Keypair::from_seed(&[byte; SEED])
    }

    fn room(host: &Keypair) -> RoomState {
        RoomState {
            version: 1,
            id: host.id().clone(),
            meta: RoomMeta::default(),
            host: String::new(),
            since: 7,
            on_air: None,
            source_stalled: false,
            seats: None,
        }
    }

    fn let_in(room: &RoomState, by: &Keypair, own: &[Signed<Vouch>], who: &Keypair) -> Membership {
        let say = |vouch| Verified::own(vouch, &room.id, Some(by));
        vouch((room, NOW), by.id(), own, who.id().clone(), say).unwrap()
    }

    #[test]
    fn members_vouch_for_each_other_up_to_the_host() {
        let [host, relay, ann, eve] = [1, 2, 3, 4].map(key);
        let room = room(&host);
        let rules = Rules::default();
        let of_relay = let_in(&room, &host, &[], &relay);
        let of_ann = let_in(&room, &relay, &of_relay, &ann);
        let check = |rules: &Rules, now, who: &Keypair, shown: &[Signed<Vouch>]| {
            is_member((&room, rules), now, who.id(), shown)
        };
        assert!(check(&rules, NOW, &relay, &of_relay));
        assert!(check(&rules, NOW, &ann, &of_ann));
        assert!(!check(&rules, NOW, &eve, &of_ann), "it names one peer");
        assert!(!check(&rules, NOW, &ann, &[]));
        assert!(!check(&rules, NOW, &ann, &of_ann[1..]), "nobody vouches for the relay");
        let late = NOW + limits::MEMBERSHIP + Duration::from_millis(1);
        assert!(!check(&rules, late, &ann, &of_ann));
        let banned = Rules { banned: vec![relay.id().clone()], ..Rules::default() };
        assert!(!check(&banned, NOW, &ann, &of_ann), "those whom a banned peer has let in go, too");
        let later = RoomState { since: 8, ..room.clone() };
        assert!(!is_member((&later, &rules), NOW, ann.id(), &of_ann), "another room");
    }

    #[test]
    fn nobody_lets_itself_in() {
        let [host, eve, ann] = [1, 4, 3].map(key);
        let room = room(&host);
        let say = |by: &Keypair, vouch| Verified::own(vouch, &room.id, Some(by));
        let own = vouch((&room, NOW), eve.id(), &[], ann.id().clone(), |word| say(&eve, word));
        assert!(own.is_none(), "one who was not let in lets nobody in");
        let until = (NOW + limits::MEMBERSHIP).as_millis();
        let forged =
            Vouch { by: host.id().clone(), member: eve.id().clone(), since: room.since, until };
        let forged = Signed::new(forged, &room.id, &eve);
        assert!(!is_member((&room, &Rules::default()), NOW, eve.id(), &[forged]));
    }

    #[test]
    fn a_chain_of_members_ends() {
        let host = key(1);
        let room = room(&host);
        let mut own = Vec::new();
        let mut by = host;
        for byte in 0..limits::VOUCHES as u8 {
            let member = key(10 + byte);
            own = let_in(&room, &by, &own, &member);
            by = member;
        }
        let say = |vouch| Verified::own(vouch, &room.id, Some(&by));
        assert!(vouch((&room, NOW), by.id(), &own, key(9).id().clone(), say).is_none());
    }
}
