//! What comes over the signalling connection: offers, answers, candidates, and word that somebody is gone.

use rand_core::RngCore;

use super::half_open::{self, Decision};
use super::{Event, GatewayTask, Swarm, push_socket};
use crate::link::{self, DisconnectReason, Link, LinkContext};
use crate::signal::client::{self, Frame};
use crate::signal::envelope::kind;
use crate::signal::payload::{Answer, ConnectionKind, Offer, RefusalReason, Trickle, VERSION};
use crate::signal::socket::SocketEvent;
use crate::util::id::{LinkId, PeerId};

impl<R: RngCore> Swarm<R> {
    pub(crate) fn socket(&mut self, event: &SocketEvent) {
        let event = {
            let out = &mut push_socket(&mut self.out);
            self.signal.handle(self.now, event, &mut self.rng, out)
        };
        match event {
            Some(client::Event::Frame(frame)) => self.frame(frame),
            Some(event) => self.signalled(event),
            None => {}
        }
    }

    pub(super) fn signalled(&mut self, event: client::Event<'_>) {
        self.dirty = true;
        self.events.push_back(match event {
            client::Event::Opened => Event::SignalOpen,
            client::Event::Lost => Event::SignalLost,
            client::Event::IdTaken => Event::IdTaken,
            client::Event::Refused { reason, permanent } => {
                Event::SignalRefused { reason, permanent }
            }
            client::Event::Frame(_) => return,
        });
    }

    fn frame(&mut self, frame: Frame<'_>) {
        let Frame { kind, peer, payload } = frame;
        match kind.as_str() {
            kind::OFFER => {
                if let Some(offer) = Offer::parse(payload) {
                    self.offered(peer, offer);
                }
            }
            kind::ANSWER => {
                let Some(answer) = Answer::parse(payload) else {
                    return;
                };
                if let Some(link) = self.links.find(&peer, &answer.connection_id) {
                    self.step(link, |link, ctx| link.answered(ctx, answer));
                }
            }
            kind::CANDIDATE => {
                if let Some(trickle) = Trickle::parse(payload) {
                    self.trickled(peer, trickle);
                }
            }
            // Only what was never answered can have expired; an open link speaks for itself.
            kind::EXPIRE => self.fail_unanswered(&peer),
            _ => {}
        }
    }

    fn offered(&mut self, peer: PeerId, offer: Offer) {
        if let Some(link) = self.links.find(&peer, &offer.connection_id) {
            if offer.restart {
                return self.step(link, |link, ctx| link.restarted(ctx, offer.sdp));
            }
            // PeerJS: an offer for a known connection replaces it.
            self.step(link, |_, _| Some(link::Event::Disconnected(DisconnectReason::Closed)));
        }
        match (offer.handshake().cloned(), offer.kind) {
            // Only ours have such ids, so somebody pretends.
            (None, _) if peer.is_derived() => {}
            (None, ConnectionKind::Data) => {
                self.foreign.push(GatewayTask::Offered { peer, offer });
            }
            (None, ConnectionKind::Media) => self.foreign.push(GatewayTask::Called { peer, offer }),
            (Some(handshake), ConnectionKind::Data) if !offer.restart => {
                let decision = half_open::decide(self.now, &self.links, &peer);
                if let Decision::InPlaceOf(late) = decision {
                    let reason = DisconnectReason::Unconnectable;
                    self.step(late, |_, _| Some(link::Event::Disconnected(reason)));
                }
                let Some(link) = self.incoming_offer(&peer, offer) else { return };
                if self.is_distrusted(&peer) {
                    self.refuse(link, RefusalReason::NotInRoom, Vec::new());
                } else if handshake.v != VERSION {
                    self.refuse(link, RefusalReason::Version, Vec::new());
                } else if decision == Decision::Refuse {
                    self.refuse(link, RefusalReason::Full, Vec::new());
                } else {
                    self.events.push_back(Event::IncomingOffer { link, peer, handshake });
                }
            }
            _ => {}
        }
    }

    /// A link for an offer that came, to be accepted or refused.
    pub(super) fn incoming_offer(&mut self, peer: &PeerId, offer: Offer) -> Option<LinkId> {
        let id = self.links.fresh()?;
        let key = (peer.clone(), offer.connection_id.clone());
        let mut link = Link::incoming(self.now, id, peer.clone(), offer);
        let ctx = &mut LinkContext {
            now: self.now,
            out: &mut self.out,
            signal: &mut self.signal,
            keypair: self.keypair.as_deref(),
        };
        let early = self.early.take(&key).into_iter();
        early.for_each(|candidate| link.remote_candidate(ctx, candidate));
        self.links.insert(id, link);
        Some(id)
    }

    fn trickled(&mut self, peer: PeerId, trickle: Trickle) {
        let link = self.links.find(&peer, &trickle.connection_id);
        if trickle.abandoned {
            self.early.take(&(peer, trickle.connection_id));
            if let Some(link) = link {
                let reason = DisconnectReason::Abandoned;
                self.step(link, |_, _| Some(link::Event::Disconnected(reason)));
            }
            return;
        }
        if let Some(link) = link {
            self.with(link, |link, ctx| link.remote_candidate(ctx, trickle.candidate));
            return;
        }
        self.early.keep(self.now, (peer, trickle.connection_id), trickle.candidate);
    }

    fn fail_unanswered(&mut self, peer: &PeerId) {
        let waiting =
            self.links.iter().filter(|(_, link)| link.peer() == peer && !link.is_answered());
        for id in waiting.map(|(id, _)| id).collect::<Vec<_>>() {
            self.step(id, |_, _| Some(link::Event::Disconnected(DisconnectReason::NotFound)));
        }
    }
}
