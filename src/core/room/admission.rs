//! Who is let in. The host makes the rules; they come down the tree with what else the room is, so
//! only a parent can tell them, and every peer applies them to the peers that ask it.

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use crate::link::DisconnectReason;
use crate::link::io::MediaRole;
use crate::signal::payload::{Intent, Refusal, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{AdmissionPolicy, Message, MessageId, RoomState, Rules};

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
    /// What the host has answered.
    token: Option<u64>,
}

/// A new secret of those in a room. As large as numbers on the wire may be.
pub(crate) fn admission_token(rng: &mut impl RngCore) -> u64 {
    (rng.next_u64() >> 11).max(1)
}

/// Why a peer may not come into a room, and whom to ask instead.
pub(crate) fn barred(
    state: Option<&RoomState>,
    peer: &PeerId,
    token: Option<u64>,
) -> Option<(RefusalReason, Vec<PeerId>)> {
    let state = state?;
    let rules = &state.rules;
    let reason = match rules.admission {
        _ if rules.banned.contains(peer) => RefusalReason::Banned,
        _ if rules.kicked.contains(peer) => RefusalReason::Kicked,
        AdmissionPolicy::Open => return None,
        _ if token == Some(rules.admission_token) => return None,
        AdmissionPolicy::Knock => return Some((RefusalReason::Knock, vec![state.id.clone()])),
        AdmissionPolicy::Locked => RefusalReason::Locked,
    };
    Some((reason, Vec::new()))
}

impl Admission {
    /// Who waits for this host's answer, with their names.
    pub(crate) fn applicants(&self) -> impl Iterator<Item = (PeerId, String)> {
        let named =
            |(_, peer, name): &(_, PeerId, Option<String>)| Some((peer.clone(), name.clone()?));
        self.applicants.iter().filter_map(named)
    }

    /// What this newcomer shows to be let in.
    pub(crate) fn token(&self) -> Option<u64> {
        self.token
    }

    /// Whether this newcomer waits for the host's answer.
    pub(crate) fn is_waiting(&self) -> bool {
        self.request.is_some()
    }

    /// An attempt to join failed; a peer that keeps the door says whom to ask.
    pub(crate) fn failed(&mut self, reason: &DisconnectReason) {
        if let DisconnectReason::Refused(Refusal { reason: RefusalReason::Knock, ask }) = reason {
            self.host = ask.first().cloned();
        }
    }

    /// Asks the host to be let in.
    pub(crate) fn request<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let (None, Some(host)) = (self.request, self.host.clone()) {
            self.request = swarm.dial(&host, Intent::Knock, LinkRole::AdmissionRequest);
        }
    }

    /// The host answers over `link`. Returns the token, `Some(None)` for a no, `None` if nothing
    /// was asked there.
    pub(crate) fn answered<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        token: Option<u64>,
    ) -> Option<Option<u64>> {
        self.request.take_if(|request| *request == link)?;
        swarm.close(link);
        self.token = token;
        Some(token)
    }

    /// A newcomer asks this host to be let in; `reason` is why it is not.
    pub(crate) fn apply<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        reason: RefusalReason,
    ) {
        if reason != RefusalReason::Knock {
            return swarm.refuse(link, reason, Vec::new());
        }
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

    /// Answers the applicants, or only the one named: with the token, or no.
    pub(crate) fn answer<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        to: Option<&PeerId>,
        token: Option<u64>,
    ) {
        self.applicants.retain(|(link, peer, _)| {
            let stays = to.is_some_and(|to| to != peer);
            if !stays {
                swarm.send_and_close(*link, &Message::Admission(token));
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

    /// What the host's order makes of the `rules`; `None` if it does not change them.
    pub(crate) fn moderate(
        &mut self,
        now: Time,
        host: &PeerId,
        rules: &Rules,
        order: Moderation,
        rng: &mut impl RngCore,
    ) -> Option<Rules> {
        let mut new = rules.clone();
        match order {
            Moderation::Delete(_) | Moderation::Admit(..) => return None,
            Moderation::SetAdmission(policy) => new.admission = policy,
            Moderation::Kick(peer) if peer != *host => {
                self.kicks.push((peer.clone(), now + KICK));
                add(&mut new.kicked, peer);
            }
            Moderation::Ban(peer) if peer != *host => add(&mut new.banned, peer),
            Moderation::Kick(_) | Moderation::Ban(_) => return None,
            Moderation::Unban(peer) => new.banned.retain(|banned| *banned != peer),
            Moderation::Mute(peer, true) => add(&mut new.muted, peer),
            Moderation::Mute(peer, false) => new.muted.retain(|muted| *muted != peer),
            Moderation::Restore(before) => {
                self.kicks.extend(before.kicked.iter().map(|peer| (peer.clone(), now + KICK)));
                new = before;
            }
        }
        // Those who are sent away know the old one.
        if out(&new) > out(rules) {
            new.admission_token = admission_token(rng);
        }
        Some(new)
    }

    /// When a peer that was kicked may come back.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.kicks.iter().map(|(_, until)| *until).min()
    }

    /// Those who were kicked long enough ago may come back. Returns whether there are any.
    pub(crate) fn pardon(&mut self, now: Time) -> bool {
        let before = self.kicks.len();
        self.kicks.retain(|(_, until)| now < *until);
        self.kicks.len() < before
    }

    /// Takes those out of the rules who may come back.
    pub(crate) fn apply_pardon(&self, rules: &mut Arc<Rules>) {
        let kicked = &mut Arc::make_mut(rules).kicked;
        kicked.retain(|peer| self.kicks.iter().any(|(kicked, _)| kicked == peer));
    }
}

fn out(rules: &Rules) -> usize {
    rules.banned.len() + rules.kicked.len()
}

fn add(list: &mut Vec<PeerId>, peer: PeerId) {
    if !list.contains(&peer) {
        if list.len() == limits::BANNED {
            list.remove(0);
        }
        list.push(peer);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn moderate(admission: &mut Admission, rules: &Rules, order: Moderation) -> Option<Rules> {
        let rng = &mut Pcg64Mcg::seed_from_u64(1);
        admission.moderate(Time::from_millis(1), &id("host"), rules, order, rng)
    }

    #[test]
    fn a_peer_that_is_sent_away_does_not_know_the_new_token() {
        let (mut admission, rules) = (Admission::default(), Rules::default());
        let banned = moderate(&mut admission, &rules, Moderation::Ban(id("a"))).unwrap();
        assert_ne!(banned.admission_token, rules.admission_token);
        let muted = moderate(&mut admission, &banned, Moderation::Mute(id("b"), true)).unwrap();
        assert_eq!(muted.admission_token, banned.admission_token);
        assert_eq!(muted.muted, [id("b")]);
        assert!(moderate(&mut admission, &muted, Moderation::Kick(id("host"))).is_none());
    }

    #[test]
    fn a_kick_is_over_after_a_minute_and_a_ban_is_not() {
        let mut admission = Admission::default();
        let rules = moderate(&mut admission, &Rules::default(), Moderation::Ban(id("a"))).unwrap();
        let rules = moderate(&mut admission, &rules, Moderation::Kick(id("b"))).unwrap();
        let due = admission.deadline().unwrap();
        assert!(!admission.pardon(Time::from_millis(due.as_millis() - 1)));
        assert!(admission.pardon(due));
        let mut rules = Arc::new(rules);
        admission.apply_pardon(&mut rules);
        assert!(!rules.is_out(&id("b")));
        assert!(rules.is_out(&id("a")));
    }
}
