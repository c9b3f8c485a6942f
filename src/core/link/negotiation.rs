//! Offers, answers and candidates of a link, and ICE restarts.

use serde::Serialize;

use super::io::{LinkAction, Output};
use super::{CONNECTING, DisconnectReason, Event, Link, LinkContext, Stage, ends};
use crate::signal::envelope::{Envelope, kind};
use crate::signal::payload::{
    Answer, ConnectionKind, Intent, Metadata, Offer, Refusal, RefusalReason, Reply, Trickle,
    VERSION,
};
use crate::signal::sdp::{Candidate, Description};
use crate::signal::socket::SocketAction;
use crate::wire::message::Message;

impl Link {
    /// The other side answered.
    pub(crate) fn answered(&mut self, ctx: &mut LinkContext<'_>, answer: Answer) -> Option<Event> {
        if !self.dialled {
            return None;
        }
        let Answer { sdp, p2p_live, .. } = answer;
        if let Some(Reply { refuse: Some(refusal), .. }) = p2p_live {
            return Some(Event::Disconnected(DisconnectReason::Refused(refusal)));
        }
        if p2p_live.as_ref().is_some_and(|reply| reply.v != VERSION) {
            let refusal = Refusal::new(RefusalReason::Version, Vec::new());
            return Some(Event::Disconnected(DisconnectReason::Refused(refusal)));
        }
        if p2p_live.is_none() && self.is_answered() {
            return None;
        }
        self.ours = p2p_live.is_some();
        self.foreign = !self.ours;
        // Only ours have such ids, so somebody has taken the word out of its mouth.
        if self.foreign && self.peer.is_derived() {
            return Some(Event::Disconnected(DisconnectReason::Unproven));
        }
        // Nobody but ours can be a standby, or a member of a voice channel.
        let is_ours = |want: Intent| matches!(want, Intent::Standby | Intent::Voice);
        if self.foreign && self.want().is_some_and(is_ours) {
            return Some(Event::Disconnected(DisconnectReason::Foreign));
        }
        if let Some(sdp) = sdp {
            if !self.authentication.set_remote(&sdp.sdp) {
                return Some(Event::Disconnected(DisconnectReason::Unproven));
            }
            if matches!(self.stage, Stage::Waiting) {
                self.stage = Stage::Connecting;
                self.deadline = Some(ctx.now + CONNECTING);
            }
            self.set_remote(ctx, LinkAction::Answered(sdp));
        }
        (self.foreign && self.kind == ConnectionKind::Data).then_some(Event::Foreign)
    }

    /// The other side offers a new generation of ICE for this very link.
    pub(crate) fn restarted(
        &mut self,
        ctx: &mut LinkContext<'_>,
        offer: Description,
    ) -> Option<Event> {
        let possible = !self.dialled && self.ours && self.candidates.is_remote_set();
        if !possible || !self.restarts.accept(ctx.now) {
            return None;
        }
        if !self.authentication.set_remote(&offer.sdp) {
            return Some(Event::Disconnected(DisconnectReason::Unproven));
        }
        self.begin_restart();
        self.act(ctx, LinkAction::Accept(offer));
        None
    }

    /// The other side's candidate came.
    pub(crate) fn remote_candidate(&mut self, ctx: &mut LinkContext<'_>, candidate: Candidate) {
        if let Some(candidate) = self.candidates.remote(candidate) {
            self.act(ctx, LinkAction::AddCandidate(candidate));
        }
    }

    pub(super) fn ice_failed(&mut self, ctx: &mut LinkContext<'_>) -> Option<Event> {
        // Only the side that dialled offers. The other one waits for it, until its deadline or
        // until the silence has been too long.
        if (!self.dialled && !self.foreign) || self.restart_at.is_some() {
            return None;
        }
        // PeerJS takes an offer for a connection that it knows for a new connection.
        self.restart_at = if self.foreign { None } else { self.restarts.plan(ctx.now) };
        if self.restart_at.is_none() {
            let open = self.is_open();
            let reason =
                if open { DisconnectReason::Closed } else { DisconnectReason::Unconnectable };
            return Some(Event::Disconnected(reason));
        }
        self.tick(ctx, false)
    }

    /// The descriptions and candidates of a new generation follow.
    pub(super) fn begin_restart(&mut self) {
        self.restarted = true;
        self.candidates.restart();
    }

    pub(super) fn described(&mut self, ctx: &mut LinkContext<'_>, mut description: Description) {
        self.authentication.set_local(&description.sdp);
        if let Some(name) = &self.stream {
            description.name_stream(name);
        }
        if self.dialled {
            let data = self.kind == ConnectionKind::Data;
            let offer = Offer {
                sdp: description,
                kind: self.kind,
                connection_id: self.connection.clone(),
                metadata: data.then(|| Metadata { p2p_live: self.handshake.clone() }),
                label: data.then(|| self.connection.clone()),
                reliable: data.then_some(true),
                serialization: data.then(|| "binary".to_owned()),
                browser: None,
                restart: self.restarted,
            };
            self.signal(ctx, kind::OFFER, &offer);
        } else {
            let reply = self.ours.then_some(Reply { v: VERSION, refuse: None });
            self.answer(ctx, Some(description), reply);
            // A restart does not put it off.
            if !self.restarted {
                self.deadline = Some(ctx.now + CONNECTING);
            }
        }
        for candidate in self.candidates.describe() {
            self.trickle(ctx, candidate);
        }
    }

    pub(super) fn local_candidate(&mut self, ctx: &mut LinkContext<'_>, candidate: Candidate) {
        if let Some(candidate) = self.candidates.local(candidate) {
            self.trickle(ctx, candidate);
        }
    }

    /// Proves to the other side who this one is, before anything else is said.
    pub(super) fn introduce(&mut self, ctx: &mut LinkContext<'_>) {
        if let Some(keypair) = ctx.keypair.filter(|_| !self.foreign) {
            let ends = ends(ctx, &self.peer, &self.connection, self.dialled);
            let proof = self.authentication.prove(keypair, ends);
            self.send(ctx, &Message::Hello(proof));
        }
    }

    pub(super) fn set_remote(&mut self, ctx: &mut LinkContext<'_>, action: LinkAction) {
        self.act(ctx, action);
        for candidate in self.candidates.set_remote() {
            self.act(ctx, LinkAction::AddCandidate(candidate));
        }
    }

    pub(super) fn answer(
        &self,
        ctx: &mut LinkContext<'_>,
        sdp: Option<Description>,
        p2p_live: Option<Reply>,
    ) {
        let connection_id = self.connection.clone();
        let answer = Answer { sdp, kind: self.kind, connection_id, p2p_live };
        self.signal(ctx, kind::ANSWER, &answer);
    }

    fn trickle(&self, ctx: &mut LinkContext<'_>, candidate: Candidate) {
        let connection_id = self.connection.clone();
        let trickle = Trickle { candidate, kind: self.kind, connection_id, abandoned: false };
        self.signal(ctx, kind::CANDIDATE, &trickle);
    }

    pub(super) fn signal(&self, ctx: &mut LinkContext<'_>, kind: &str, payload: &impl Serialize) {
        // None of ours can fail to be written.
        let payload = serde_json::value::to_raw_value(payload).ok();
        let dst = Some(self.peer.as_str().into());
        let envelope = Envelope { kind: kind.into(), src: None, dst, payload: payload.as_deref() };
        let text = envelope.text();
        let out = &mut *ctx.out;
        ctx.signal.send(text, &mut |action: SocketAction| out.push_back(Output::Socket(action)));
    }
}
