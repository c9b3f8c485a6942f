//! Links whose other side does not speak our messages. A gateway, which the swarm does not know,
//! translates for them: what happens to such links, and what the node wants of them, waits here in
//! order until the gateway takes it.

use core::time::Duration;
use std::collections::VecDeque;

use indexmap::IndexSet;
use rand_core::RngCore;

use super::{Event, Swarm};
use crate::link::io::{LinkAction, MediaRole, Output, Source};
use crate::link::{self, DisconnectReason, Link, LinkContext};
use crate::model::Tracks;
use crate::signal::payload::{Intent, Offer, RefusalReason};
use crate::util::id::{LinkId, LinkMap, PeerId, random_token};
use crate::util::limits;
use crate::wire::message::Message;

/// Something for the gateway.
#[derive(Debug)]
// It is handled at once, so its size costs nothing.
#[allow(clippy::large_enum_variant)]
pub(crate) enum GatewayTask {
    /// A peer offers a connection without our handshake.
    Offered { peer: PeerId, offer: Offer },
    /// A peer offers a media connection.
    Called { peer: PeerId, offer: Offer },
    /// A peer that was dialled with this intent has answered without our handshake.
    Answered { link: LinkId, peer: PeerId, intent: Option<Intent> },
    /// A foreign link is open.
    Opened(LinkId),
    /// A message came over a foreign link.
    Received { link: LinkId, bytes: Vec<u8> },
    /// Something happened to a media link of a foreign link.
    Media { owner: LinkId, link: LinkId, event: MediaEvent },
    /// A foreign link is gone; it is no longer in the table.
    Disconnected { link: LinkId, peer: PeerId, reason: DisconnectReason },
    /// Time has passed.
    Tick,
    /// The node accepts what was asked for over a foreign link.
    Accept(LinkId),
    /// The node refuses it.
    Refuse(LinkId, RefusalReason),
    /// The node sends a message over a foreign link.
    Send(LinkId, Message),
    /// The node closes a foreign link.
    Close(LinkId),
    /// The node feeds any link.
    Feed(LinkId, Option<Source>),
    /// The node shows something.
    Show(Option<Source>),
    /// The node wants to know when the media of a foreign link stays away for so long.
    Watch(LinkId, Duration),
    /// The node wants the media of a foreign link anew.
    AskForPicture(LinkId),
    /// The node answers a peer that has asked for its stream.
    AnswerStreamRequest { to: PeerId, source: Option<Source> },
}

/// What happens to a media link.
#[derive(Debug)]
pub(crate) enum MediaEvent {
    /// It is open.
    Open,
    /// The other side's tracks are here.
    Tracks(Tracks),
    /// It is gone.
    Closed,
}

/// How a link that only a gateway understands is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// Messages are translated.
    Messages,
    /// It carries the media of this foreign link.
    Media { owner: LinkId },
}

/// The foreign links and the queue. Nodes without foreign links leave it empty.
#[derive(Default)]
pub(super) struct ForeignLinks {
    links: LinkMap<Foreign>,
    /// The latest peers that were found not to speak our messages.
    peers: IndexSet<PeerId>,
    tasks: VecDeque<GatewayTask>,
}

impl ForeignLinks {
    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    pub(super) fn get(&self, link: LinkId) -> Option<Foreign> {
        self.links.get(&link).copied()
    }

    /// Whether messages over a link are translated.
    pub(super) fn contains(&self, link: LinkId) -> bool {
        self.get(link) == Some(Foreign::Messages)
    }

    /// The foreign link whose media `link` carries, otherwise `link`.
    pub(super) fn owner(&self, link: LinkId) -> LinkId {
        match self.get(link) {
            Some(Foreign::Media { owner }) => owner,
            _ => link,
        }
    }

    pub(super) fn insert(&mut self, link: LinkId, foreign: Foreign) {
        self.links.insert(link, foreign);
    }

    pub(super) fn remove(&mut self, link: LinkId) {
        self.links.shift_remove(&link);
    }

    pub(super) fn knows(&self, peer: &PeerId) -> bool {
        self.peers.contains(peer)
    }

    pub(super) fn note_peer(&mut self, peer: PeerId) {
        if self.peers.len() >= limits::OLD_LINKS {
            self.peers.shift_remove_index(0);
        }
        self.peers.insert(peer);
    }

    pub(super) fn push(&mut self, task: GatewayTask) {
        self.tasks.push_back(task);
    }

    pub(super) fn task(&mut self) -> Option<GatewayTask> {
        self.tasks.pop_front()
    }
}

/// What a gateway does. It takes the [`GatewayTask`]s in order; until it has, nothing that the node
/// wants of a foreign link has happened.
impl<R: RngCore> Swarm<R> {
    /// The next task for the gateway.
    pub(crate) fn gateway_task(&mut self) -> Option<GatewayTask> {
        self.foreign.task()
    }

    /// From now on messages over `link` are translated.
    pub(crate) fn make_foreign(&mut self, link: LinkId) {
        if self.links.contains(link) {
            self.foreign.insert(link, Foreign::Messages);
            // It was dialled, so it is to be the parent or an index root.
            self.links.allow(link, limits::MESSAGE);
        }
    }

    /// Accepts an offer without our handshake. `None` when there are too many links already.
    pub(crate) fn accept_foreign(&mut self, peer: &PeerId, offer: Offer) -> Option<LinkId> {
        let link = self.incoming_offer(peer, offer)?;
        self.foreign.insert(link, Foreign::Messages);
        self.links.allow(link, limits::OLD_STRANGER_MESSAGE);
        self.with(link, |link, ctx| link.accept(ctx, MediaRole::None));
        Some(link)
    }

    /// Accepts a media link whose media belongs to the foreign link `owner`.
    pub(crate) fn accept_call(
        &mut self,
        owner: LinkId,
        offer: Offer,
        media: MediaRole,
    ) -> Option<LinkId> {
        let peer = self.links.get(owner)?.peer().clone();
        let call = self.incoming_offer(&peer, offer)?;
        self.foreign.insert(call, Foreign::Media { owner });
        self.with(call, |link, ctx| link.accept(ctx, media));
        Some(call)
    }

    /// Dials a media link to the other side of the foreign link `owner`, with a `channel` or
    /// without; see [`Link::call`].
    pub(crate) fn call(
        &mut self,
        owner: LinkId,
        channel: bool,
        media: MediaRole,
    ) -> Option<LinkId> {
        let peer = self.links.get(owner)?.peer().clone();
        let id = self.links.fresh()?;
        let connection = format!("mc_{}", random_token(&mut self.rng, 12));
        let ctx = &mut LinkContext {
            now: self.now,
            out: &mut self.out,
            signal: &mut self.signal,
            keypair: self.keypair.as_deref(),
        };
        let link = Link::call(ctx, id, peer, connection, channel, media);
        self.links.insert(id, link);
        self.foreign.insert(id, Foreign::Media { owner });
        Some(id)
    }

    /// Names the stream that goes out over a call that was just dialled.
    pub(crate) fn name_stream(&mut self, call: LinkId, name: String) {
        self.with(call, |link, _| link.name_stream(name));
    }

    /// Sends a packed message over a foreign link, if it is open.
    pub(crate) fn send_packed(&mut self, link: LinkId, packed: Vec<u8>) {
        self.with(link, |link, ctx| link.send_packed(ctx, packed));
    }

    /// Sets at once what a link sends, if there still is such a link.
    pub(crate) fn feed_directly(&mut self, link: LinkId, source: Option<Source>) {
        if self.links.contains(link) {
            self.out.push_back(Output::Link(link, LinkAction::Feed(source)));
        }
    }

    /// Shows something at once.
    pub(crate) fn show_directly(&mut self, source: Option<Source>) {
        self.out.push_back(Output::Show(source));
    }

    /// Something for the node.
    pub(crate) fn report_event(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// Ends a link for this reason; [`GatewayTask::Disconnected`] follows.
    pub(crate) fn give_up(&mut self, link: LinkId, reason: DisconnectReason) {
        self.step(link, |_, _| Some(link::Event::Disconnected(reason)));
    }

    /// Closes a link at once; nothing follows.
    pub(crate) fn disconnect(&mut self, link: LinkId) {
        self.with(link, |link, ctx| link.close(ctx));
        self.remove(link);
        self.roles.swap_remove(&link);
    }
}
