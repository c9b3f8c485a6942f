//! Who is let in. The host decides, and every peer applies its orders to the peers that ask it.

use core::time::Duration;

use rand_core::RngCore;

use crate::identity::Signed;
use crate::link::DisconnectReason;
use crate::link::io::MediaRole;
use crate::model::{GatheringKind, Vouch};
use crate::signal::payload::{Intent, Membership, Refusal, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{AdmissionPolicy, Decision, Message, MessageId, Rules};

/// How long a peer that was kicked is kept out, so that the order has reached everyone.
const KICK: Duration = Duration::from_secs(60);

/// How a host keeps order in its room. Every peer of the room sees to it.
#[derive(Clone, Debug)]
pub enum Moderation {
    /// Who may come in from now on.
    SetAdmission(AdmissionPolicy),
    /// Lets in an applicant, or does not.
    Admit(PeerId, bool),
    /// Sends a peer away, which may come back.
    Kick(PeerId),
    /// Sends a peer away for good.
    Ban(PeerId),
    /// Takes a ban back.
    Unban(PeerId),
    /// Takes a peer's voice in the chat, or gives it back.
    Mute(PeerId, bool),
    /// Lets viewers show sources of their own while nothing comes from above, or forbids it.
    AllowSources(bool),
    /// Deletes a chat message for everyone.
    Delete(MessageId),
    /// Takes up the rules from before a reload.
    Restore(Rules),
}

/// What goes on at the door, on either side of it.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    /// Those who ask this host to be let in, and their names once they have said them.
    applicants: Vec<(LinkId, PeerId, Option<String>)>,
    /// Until when those are kept out whom this host has kicked.
    kicks: Vec<(PeerId, Time)>,
    /// Whom to ask to be let in.
    host: Option<PeerId>,
    /// The link over which this newcomer asks.
    request: Option<LinkId>,
    /// By whose word this peer is in the room.
    membership: Membership,
    /// A door was found closed, so the membership has to be shown.
    is_closed: bool,
}

impl Admission {
    /// Who waits for this host's answer, with their names.
    pub(crate) fn applicants(&self) -> impl Iterator<Item = (PeerId, String)> {
        let named =
            |(_, peer, name): &(_, PeerId, Option<String>)| Some((peer.clone(), name.clone()?));
        self.applicants.iter().filter_map(named)
    }

    /// By whose word this peer is in the room.
    pub(crate) fn membership(&self) -> &[Signed<Vouch>] {
        &self.membership
    }

    /// What this peer shows at the door of a room that lets in whom `policy` says, as far as it
    /// knows: nothing while that is everybody.
    pub(crate) fn shown(&self, policy: Option<AdmissionPolicy>) -> Membership {
        let is_open =
            !self.is_closed && policy.is_none_or(|policy| policy == AdmissionPolicy::Open);
        if is_open { Vec::new() } else { self.membership.clone() }
    }

    /// This peer has been let in by somebody's word.
    pub(crate) fn let_in(&mut self, membership: Membership) {
        self.membership = membership;
        self.is_closed = false;
    }

    /// Whether this newcomer waits for the host's answer.
    pub(crate) fn is_waiting(&self) -> bool {
        self.request.is_some()
    }

    /// An attempt to join failed; a peer that keeps the door says whom to ask.
    pub(crate) fn failed(&mut self, reason: &DisconnectReason) {
        let DisconnectReason::Refused(Refusal { reason, ask, .. }) = reason else { return };
        self.is_closed |= matches!(reason, RefusalReason::Knock | RefusalReason::Locked);
        if *reason == RefusalReason::Knock {
            self.host = ask.first().cloned();
        }
    }

    /// Asks the host to be let in.
    pub(crate) fn request<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let (None, Some(host)) = (self.request, self.host.clone()) {
            self.request = swarm.dial(&host, Intent::Knock, LinkRole::AdmissionRequest);
        }
    }

    /// The host answers over `link`. Returns whether it lets this peer in, `None` if nothing was
    /// asked there.
    pub(crate) fn answered<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        word: Option<Signed<Vouch>>,
    ) -> Option<bool> {
        self.request.take_if(|request| *request == link)?;
        swarm.close(link);
        let admits = word.is_some();
        self.membership = word.into_iter().collect();
        self.is_closed = admits;
        Some(admits)
    }

    /// A newcomer asks this host to be let in.
    pub(crate) fn apply<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, peer: PeerId) {
        if self.applicants.len() >= limits::KNOCKS {
            let late = self.applicants.iter().position(|(other, ..)| swarm.gives_way(*other));
            if let Some((late, ..)) = late.map(|at| self.applicants.remove(at)) {
                swarm.close(late);
            }
        }
        if self.applicants.len() >= limits::KNOCKS {
            return swarm.refuse(link, RefusalReason::Full, Vec::new());
        }
        self.applicants.push((link, peer, None));
        swarm.accept(link, LinkRole::Applicant, MediaRole::None);
    }

    /// An applicant says its name.
    pub(crate) fn named(&mut self, link: LinkId, name: String) {
        if let Some(applicant) = self.applicants.iter_mut().find(|(of, ..)| *of == link) {
            applicant.2 = Some(name);
        }
    }

    /// Answers the applicants, or only the one named: with the host's word for each, or no.
    pub(crate) fn answer<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        to: Option<&PeerId>,
        word: impl Fn(&Swarm<R>, &PeerId) -> Option<Signed<Vouch>>,
    ) {
        self.applicants.retain(|(link, peer, _)| {
            let stays = to.is_some_and(|to| to != peer);
            if !stays {
                let word = word(swarm, peer);
                swarm.send_and_close(*link, &Message::Admission(word));
            }
            stays
        });
    }

    /// Nobody may apply any more.
    pub(crate) fn turn_away<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for (link, ..) in core::mem::take(&mut self.applicants) {
            swarm.close(link);
        }
    }

    /// A link of either side of the door is gone.
    pub(crate) fn link_down(&mut self, link: LinkId) {
        self.applicants.retain(|(of, ..)| *of != link);
        self.request.take_if(|request| *request == link);
    }

    /// What this host has to decide so that its person's wish comes true.
    pub(crate) fn decide(
        &mut self,
        now: Time,
        host: &PeerId,
        rules: &Rules,
        wish: Moderation,
    ) -> Vec<Decision> {
        match wish {
            Moderation::Admit(..) => Vec::new(),
            Moderation::Delete(message) => vec![Decision::Delete(message)],
            Moderation::SetAdmission(policy) if policy == rules.admission => Vec::new(),
            Moderation::SetAdmission(policy) => vec![Decision::Admission(policy)],
            Moderation::Kick(peer) | Moderation::Ban(peer) if peer == *host => Vec::new(),
            Moderation::Kick(peer) => {
                self.kicks.push((peer.clone(), now + KICK));
                vec![Decision::Kick(peer)]
            }
            Moderation::Ban(peer) => vec![Decision::Ban(peer)],
            Moderation::Unban(peer) => vec![Decision::Pardon(peer)],
            Moderation::Mute(peer, true) => vec![Decision::Mute(peer)],
            Moderation::Mute(peer, false) => vec![Decision::Unmute(peer)],
            Moderation::AllowSources(allowed) if allowed == rules.viewer_sources => Vec::new(),
            Moderation::AllowSources(allowed) => vec![Decision::ViewerSources(allowed)],
            Moderation::Restore(before) => {
                self.kicks.extend(before.kicked.iter().map(|peer| (peer.clone(), now + KICK)));
                let policy = (before.admission != rules.admission)
                    .then_some(Decision::Admission(before.admission));
                let banned = before.banned.into_iter().map(Decision::Ban);
                let kicked = before.kicked.into_iter().map(Decision::Kick);
                let muted = before.muted.into_iter().map(Decision::Mute);
                let sources = (before.viewer_sources != rules.viewer_sources)
                    .then_some(Decision::ViewerSources(before.viewer_sources));
                let conference = before
                    .conference
                    .then_some(Decision::Gathering(GatheringKind::Conference, true));
                let people = banned.chain(kicked).chain(muted);
                policy.into_iter().chain(sources).chain(people).chain(conference).collect()
            }
        }
    }

    /// When a peer that was kicked may come back.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.kicks.iter().map(|(_, until)| *until).min()
    }

    /// Takes back what keeps those out who were kicked long enough ago; one who was banned
    /// meanwhile stays out.
    pub(crate) fn pardon(&mut self, now: Time, rules: &Rules) -> Vec<Decision> {
        let (over, kicks) = self.kicks.drain(..).partition(|(_, until)| now >= *until);
        self.kicks = kicks;
        let over: Vec<(PeerId, Time)> = over;
        let kicked = over.into_iter().filter(|(peer, _)| {
            rules.kicked.contains(peer) && !self.kicks.iter().any(|(again, _)| again == peer)
        });
        kicked.map(|(peer, _)| Decision::Pardon(peer)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: Time = Time::from_millis(1);

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn decide(admission: &mut Admission, rules: &Rules, wish: Moderation) -> Vec<Decision> {
        admission.decide(NOW, &id("host"), rules, wish)
    }

    #[test]
    fn a_wish_becomes_the_fewest_decisions() {
        let (mut admission, rules) = (Admission::default(), Rules::default());
        let ban = decide(&mut admission, &rules, Moderation::Ban(id("a")));
        assert_eq!(ban, [Decision::Ban(id("a"))]);
        assert!(decide(&mut admission, &rules, Moderation::Kick(id("host"))).is_empty());
        let open = Moderation::SetAdmission(AdmissionPolicy::Open);
        assert!(decide(&mut admission, &rules, open).is_empty(), "it is open");
        let before = Rules {
            admission: AdmissionPolicy::Knock,
            banned: vec![id("a")],
            kicked: vec![id("b")],
            muted: vec![id("c")],
            viewer_sources: true,
            conference: true,
        };
        let restored = decide(&mut admission, &rules, Moderation::Restore(before));
        assert_eq!(restored.len(), 6);
        assert!(admission.deadline().is_some());
    }

    #[test]
    fn a_kick_is_over_after_a_minute_and_a_ban_is_not() {
        let mut admission = Admission::default();
        for peer in ["a", "b"] {
            decide(&mut admission, &Rules::default(), Moderation::Kick(id(peer)));
        }
        let rules = Rules { banned: vec![id("a")], kicked: vec![id("b")], ..Rules::default() };
        let due = admission.deadline().unwrap();
        assert!(admission.pardon(Time::from_millis(due.as_millis() - 1), &rules).is_empty());
        assert_eq!(admission.pardon(due, &rules), [Decision::Pardon(id("b"))]);
        assert_eq!(admission.deadline(), None);
    }

    #[test]
    fn a_membership_is_shown_at_closed_doors_only() {
        let mut admission = Admission::default();
        let vouch = Vouch { by: id("host"), member: id("a"), since: 1, until: 2 };
        admission.let_in(vec![Signed::unproven(vouch)]);
        assert!(admission.shown(None).is_empty());
        assert!(admission.shown(Some(AdmissionPolicy::Open)).is_empty());
        assert_eq!(admission.shown(Some(AdmissionPolicy::Locked)).len(), 1);
        let refusal = Refusal::new(RefusalReason::Locked, Vec::new());
        admission.failed(&DisconnectReason::Refused(refusal));
        assert_eq!(admission.shown(Some(AdmissionPolicy::Open)).len(), 1, "it has been closed");
    }
}
