//! The calls in which an old page gets its picture, and gives ours.
//!
//! Down: one call per old child, which stays for as long as the link does; sources change inside
//! it. An old page that asks for its picture gets a new call that takes the place of the old one,
//! for it passes only new calls on to its own children. Those children keep what an earlier call
//! brought them, so an old relay may have one more call for each of them.
//!
//! Up: only the current parent may call, one call at a time; the newest takes over.

use core::time::Duration;

use rand_core::RngCore;

use super::{Call, Legacy, LegacySnapshot, Neighbour, Role};
use crate::link::io::{LinkAction, MediaRole, Output, Source};
use crate::link::{Link, LinkContext};
use crate::model::Tracks;
use crate::signal::payload::Offer;
use crate::swarm::Swarm;
use crate::util::id::{LinkId, PeerId, random_token};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::legacy::picture;

/// After a new picture is announced, children ask for it, and so do theirs through them: one call
/// answers all who ask before it.
const GATHER: Duration = Duration::from_millis(500);
/// How long the call may be put off in all while more of them ask.
const GATHER_MOST: Duration = Duration::from_millis(1_500);
/// A call that is so young is the answer to whoever asks.
const YOUNG: Duration = Duration::from_secs(3);
/// The rest before a call that failed is tried again.
const RETRY: Duration = Duration::from_secs(4);
/// A child is told that there is no picture once; old pages that hear it ask again at once.
const NO_PICTURE_AGAIN: Duration = Duration::from_secs(3);
/// Calls that follow each other so fast are the same call.
const SAME: Duration = Duration::from_millis(500);
/// Those who are shown to ask for the stream.
const STREAM_REQUESTS: usize = 8;

impl<R: RngCore> Swarm<R> {
    /// What an old child is fed with from now on.
    pub(crate) fn feed_old(&mut self, link: LinkId, source: Option<Source>) {
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        neighbour.media.wish = source;
        let calls: Vec<_> = neighbour.media.calls.iter().map(|call| call.link).collect();
        for call in calls {
            self.route(call, source);
        }
    }

    /// Feeds a link, also from an old parent, whose media comes over another link.
    pub(crate) fn route(&mut self, sink: LinkId, source: Option<Source>) {
        match source {
            Some(Source::Link(from)) if self.legacy.owns(from) => {
                self.legacy.routes.insert(sink, Source::Link(from));
            }
            _ => {
                self.legacy.routes.shift_remove(&sink);
            }
        }
        let source = self.real(source);
        self.out.push_back(Output::Link(sink, LinkAction::Feed(source)));
    }

    /// Shows something, also what comes from an old parent.
    pub(crate) fn show_old(&mut self, source: Option<Source>) {
        self.legacy.shown = source;
        let source = self.real(source);
        self.out.push_back(Output::Show(source));
    }

    /// Where the media of a source really comes from.
    fn real(&self, source: Option<Source>) -> Option<Source> {
        match source {
            Some(Source::Link(from)) if self.legacy.owns(from) => {
                let calls = &self.legacy.neighbours.get(&from)?.media.calls;
                calls.iter().find(|call| call.up).map(|call| Source::Link(call.link))
            }
            source => source,
        }
    }

    /// The call of an old parent has changed: all that comes from it is routed again.
    pub(crate) fn route_again(&mut self, parent: LinkId) {
        let from = Source::Link(parent);
        let routes = self.legacy.routes.iter().filter(|(_, source)| **source == from);
        for sink in routes.map(|(sink, _)| *sink).collect::<Vec<_>>() {
            let source = self.real(Some(from)).filter(|source| *source != from);
            self.out.push_back(Output::Link(sink, LinkAction::Feed(source)));
        }
        if self.legacy.shown == Some(from) && self.legacy.owns(parent) {
            self.show_old(Some(from));
        }
    }

    /// Notices for whom there is a picture now, and plans the calls.
    pub(crate) fn plan_calls(&mut self) {
        let on_air = match &self.legacy.snapshot {
            Some(LegacySnapshot::Room(room)) => {
                room.state.as_ref().is_some_and(|s| s.on_air.is_some())
            }
            _ => false,
        };
        let mut announce = Vec::new();
        for (link, neighbour) in self.legacy.neighbours.iter_mut() {
            let media = &mut neighbour.media;
            if !matches!(neighbour.role, Role::Child(_)) {
                continue;
            }
            let live = on_air && media.wish.is_some();
            let before = media.live.replace(live);
            if !live {
                media.next = None;
            } else if before == Some(false) && media.calls.is_empty() {
                media.next = Some((self.now + GATHER, self.now + GATHER_MOST));
                announce.push(*link);
            } else if before.is_none() {
                media.next = Some((self.now, self.now));
            }
        }
        for link in announce {
            let own = picture(Some(self.id()));
            self.send_old(link, own);
        }
        let children: Vec<_> = self.legacy.children().map(|(link, _)| link).collect();
        for link in children {
            self.call_if_due(link);
        }
    }

    /// An old child wants its picture.
    pub(crate) fn asked_for_picture(&mut self, link: LinkId) {
        let now = self.now;
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let Role::Child(node) = &neighbour.role else { return };
        let media = &mut neighbour.media;
        if media.live != Some(true) {
            let told = media.asked.replace(now);
            if told.is_none_or(|told| now.since(told) >= NO_PICTURE_AGAIN) {
                self.send_old(link, picture(None));
            }
            return;
        }
        if let Some((next, most)) = &mut media.next {
            *next = (now + GATHER).min(*most);
            return;
        }
        let old_enough = media.calls.iter().map(|call| call.since + YOUNG).max();
        match old_enough.filter(|until| *until > now) {
            // Somebody below it may be waiting; it has itself what it asks for.
            Some(until) if !node.children.is_empty() => media.next = Some((until, until)),
            Some(_) => {}
            None => media.next = Some((now + GATHER / 2, now + GATHER_MOST)),
        }
    }

    /// Places the next call to a child, if it is time.
    pub(crate) fn call_if_due(&mut self, link: LinkId) {
        let now = self.now;
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let media = &mut neighbour.media;
        if !matches!(neighbour.role, Role::Child(_)) || media.next.is_none_or(|(at, _)| now < at) {
            return;
        }
        media.next = None;
        // One that has not come up in time will not do so any more.
        if media.calls.iter().any(|call| !call.up) {
            return;
        }
        let (peer, early, wish) = (neighbour.peer.clone(), neighbour.early, media.wish);
        let Some(call) = self.place(&peer, early) else { return };
        self.legacy.calls.insert(call, link);
        if let Some(neighbour) = self.legacy.neighbours.get_mut(&link) {
            neighbour.media.calls.push(Call::new(call, now));
        }
        self.route(call, wish);
    }

    fn place(&mut self, peer: &PeerId, early: bool) -> Option<LinkId> {
        let id = self.fresh()?;
        let connection = format!("mc_{}", random_token(&mut self.rng, 12));
        let ctx = &mut LinkContext { now: self.now, out: &mut self.out, signal: &mut self.signal };
        let link = Link::call(ctx, id, peer.clone(), connection, !early);
        self.keep(id, link);
        Some(id)
    }

    /// Somebody calls. Only the current parent may.
    pub(crate) fn called(&mut self, peer: PeerId, offer: Offer) {
        let parent = self.legacy.neighbours.iter().find(|(_, neighbour)| {
            neighbour.peer == peer && matches!(neighbour.role, Role::Parent(..) | Role::Joining(_))
        });
        let Some((&parent, neighbour)) = parent else { return };
        // Old hosts call several times at once, always with the same.
        let young = |call: &Call| !call.up && self.now.since(call.since) < SAME;
        if neighbour.media.calls.iter().any(young) {
            return;
        }
        let Some(call) = self.incoming_offer(&peer, offer) else { return };
        self.legacy.calls.insert(call, parent);
        let now = self.now;
        let mut obsolete = None;
        if let Some(neighbour) = self.legacy.neighbours.get_mut(&parent) {
            let calls = &mut neighbour.media.calls;
            let pending = calls.iter().position(|call| !call.up);
            obsolete = pending.map(|at| calls.remove(at).link);
            calls.push(Call::new(call, now));
        }
        if let Some(obsolete) = obsolete {
            self.hang_up(obsolete);
        }
        self.with(call, |link, ctx| link.accept(ctx, MediaRole::Receive));
    }

    /// A call is connected.
    pub(crate) fn call_up(&mut self, call: LinkId) {
        let Some(&owner) = self.legacy.calls.get(&call) else { return };
        let Some(neighbour) = self.legacy.neighbours.get_mut(&owner) else { return };
        let calls = &mut neighbour.media.calls;
        let keep = match &neighbour.role {
            Role::Child(node) => (1 + node.children.len()).min(limits::OLD_CALLS),
            _ => 1,
        };
        if let Some(call) = calls.iter_mut().find(|known| known.link == call) {
            call.up = true;
        }
        neighbour.media.failures = 0;
        let calls = &mut neighbour.media.calls;
        let surplus = calls.len().saturating_sub(keep);
        let over: Vec<_> = calls.drain(..surplus).collect();
        let tracks = calls.last().map(|call| call.tracks);
        for call in over {
            self.hang_up(call.link);
        }
        if self.legacy.is_above(owner) {
            self.route_again(owner);
            self.watch_calls(owner);
            self.on_air_of_parent(owner, tracks);
        }
    }

    /// Has the driver say whether the picture of an old parent flows.
    pub(crate) fn watch_calls(&mut self, parent: LinkId) {
        let Some(neighbour) = self.legacy.neighbours.get(&parent) else { return };
        if self.legacy.patience.is_zero() {
            return;
        }
        for call in neighbour.media.calls.iter().filter(|call| call.up) {
            let watch = LinkAction::Watch(self.legacy.patience);
            self.out.push_back(Output::Link(call.link, watch));
        }
    }

    /// Media comes over a call.
    pub(crate) fn call_tracks(&mut self, call: LinkId, tracks: Tracks) {
        let Some(&owner) = self.legacy.calls.get(&call) else { return };
        let Some(neighbour) = self.legacy.neighbours.get_mut(&owner) else { return };
        let Some(known) = neighbour.media.calls.iter_mut().find(|known| known.link == call) else {
            return;
        };
        known.tracks = tracks;
        if known.up {
            self.on_air_of_parent(owner, Some(tracks));
        }
    }

    /// A call is over.
    pub(crate) fn call_down(&mut self, call: LinkId) {
        let Some(owner) = self.legacy.calls.shift_remove(&call) else { return };
        let now = self.now;
        let Some(neighbour) = self.legacy.neighbours.get_mut(&owner) else { return };
        let media = &mut neighbour.media;
        media.calls.retain(|known| known.link != call);
        if !media.calls.is_empty() {
            return;
        }
        if matches!(neighbour.role, Role::Child(_)) {
            if media.live == Some(true) && media.next.is_none() {
                let rest = now + RETRY * 2u32.pow(media.failures.min(5));
                media.failures += 1;
                media.next = Some((rest, rest));
            }
            return;
        }
        if self.legacy.is_above(owner) {
            self.route_again(owner);
            self.on_air_of_parent(owner, None);
            self.ask_for_picture(owner);
        }
    }

    /// Those who ask for the stream that is shown here, with their names.
    pub(crate) fn stream_requests(&self) -> Vec<(PeerId, String)> {
        let asking = |known: &Neighbour| Some((known.peer.clone(), known.asks_for_stream.clone()?));
        self.legacy.neighbours.values().filter_map(asking).take(STREAM_REQUESTS).collect()
    }

    /// Answers one of them; a no is silence, as in the old pages.
    pub(crate) fn answer_stream_request(&mut self, to: &PeerId, source: Option<Source>) {
        let asking = |known: &Neighbour| known.peer == *to && known.asks_for_stream.is_some();
        let found = self.legacy.neighbours.iter_mut().find(|(_, known)| asking(known));
        let Some((&link, neighbour)) = found else { return };
        neighbour.asks_for_stream = None;
        neighbour.answered = Some(self.now);
        // A child is called with the same picture anyway.
        if source.is_none() || !neighbour.media.calls.is_empty() {
            return;
        }
        let early = neighbour.early;
        let Some(call) = self.place(to, early) else { return };
        self.legacy.calls.insert(call, link);
        let now = self.now;
        if let Some(neighbour) = self.legacy.neighbours.get_mut(&link) {
            neighbour.media.wish = source;
            neighbour.media.calls.push(Call::new(call, now));
        }
        self.route(call, source);
    }

    pub(crate) fn hang_up(&mut self, call: LinkId) {
        self.legacy.calls.shift_remove(&call);
        self.legacy.routes.shift_remove(&call);
        self.close(call);
    }
}

impl Legacy {
    /// Whether the neighbour is the parent, or about to be.
    fn is_above(&self, link: LinkId) -> bool {
        let role = self.neighbours.get(&link).map(|neighbour| &neighbour.role);
        matches!(role, Some(Role::Parent(..) | Role::Joining(_)))
    }
}

impl Call {
    fn new(link: LinkId, since: Time) -> Self {
        Self { link, since, up: false, tracks: Tracks::default() }
    }
}
