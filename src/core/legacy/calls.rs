//! The calls in which a legacy page gets its picture, and gives ours.
//!
//! Down: one call per child, which stays for as long as the link does; sources change inside it. A
//! page that asks for its picture gets a new call that takes the place of the old one, for it
//! passes only new calls on to its own children. Those children keep what an earlier call brought
//! them, so a relay may have one more call for each of them.
//!
//! Up: only the current parent may call, one call at a time; the newest takes over.

use core::time::Duration;

use rand_core::RngCore;

use super::call::{Call, RETRY, SAME};
use super::neighbour::Neighbour;
use crate::link::io::{LinkAction, MediaRole, Output, Source};
use crate::model::Tracks;
use crate::signal::payload::Offer;
use crate::swarm::{MediaEvent, Swarm};
use crate::util::id::{LinkId, LinkMap};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::legacy::picture;

/// After a new picture is announced, children ask for it, and so do theirs through them: one call
/// answers all who ask before it.
const GATHER: Duration = Duration::from_millis(500);
/// How long the call may be put off in all while more of them ask.
const GATHER_MOST: Duration = Duration::from_millis(1_500);
/// A call that is so young answers every request.
const YOUNG: Duration = Duration::from_secs(3);
/// A child is told that there is no picture once; legacy pages that hear it ask again at once.
const NO_PICTURE_AGAIN: Duration = Duration::from_secs(3);
/// A parent that passes the question on answers within a few round trips.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// All calls of this peer.
#[derive(Default)]
pub(super) struct Calls {
    /// By the link that the neighbour speaks over; there is an entry for every neighbour.
    media: LinkMap<Media>,
    /// Links that are fed with what comes from a parent, named by the link that it speaks over; the
    /// media itself comes over a call.
    routes: LinkMap<LinkId>,
    shown: Option<Source>,
    /// How long the picture from a parent may stay away before the node wants to know.
    patience: Duration,
}

/// The calls between this peer and a neighbour.
#[derive(Default)]
struct Media {
    /// What a child is fed with.
    wish: Option<Source>,
    /// Whether the last round found something to feed it with; `None` before the first.
    live: Option<bool>,
    /// The calls to a child, the newest last; or the one from the parent.
    calls: Vec<Call>,
    /// When the next call is placed, and the latest moment to which that may be put off.
    next: Option<(Time, Time)>,
    /// When a child was last told that there is no picture, or a parent last asked for one.
    asked: Option<Time>,
    /// Calls in a row that did not come up.
    failures: u32,
}

impl Calls {
    /// There is a new neighbour.
    pub(super) fn add(&mut self, link: LinkId) {
        self.media.insert(link, Media::default());
    }

    /// A neighbour is gone; its calls go with it.
    pub(super) fn remove<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let Some(media) = self.media.shift_remove(&link) else { return };
        media.calls.iter().for_each(|call| self.hang_up(swarm, call.link));
        self.route_again(swarm, link);
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.media.values().filter_map(|media| media.next).map(|(next, _)| next).min()
    }

    /// What comes from a parent, if anything does.
    pub(super) fn on_air(&self, parent: LinkId) -> Option<Tracks> {
        self.media.get(&parent)?.calls.iter().find(|call| call.up).map(|call| call.tracks)
    }

    /// What a link is fed with from now on: all calls if it is a child's.
    pub(super) fn feed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        source: Option<Source>,
    ) {
        let Some(media) = self.media.get_mut(&link) else {
            return self.route(swarm, link, source);
        };
        media.wish = source;
        for call in media.calls.iter().map(|call| call.link).collect::<Vec<_>>() {
            self.route(swarm, call, source);
        }
    }

    /// Shows something, also what comes from a parent.
    pub(super) fn show<R: RngCore>(&mut self, swarm: &mut Swarm<R>, source: Option<Source>) {
        self.shown = source;
        swarm.show_directly(self.real(source));
    }

    /// Has the driver say whether the picture of a parent flows.
    pub(super) fn watch<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        parent: LinkId,
        patience: Duration,
    ) {
        self.patience = patience;
        self.watch_again(swarm, parent);
    }

    /// Notices for which children there is a picture now, and plans the calls.
    pub(super) fn plan<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &LinkMap<Neighbour>,
        on_air: bool,
    ) {
        let children = || neighbours.iter().filter(|(_, known)| known.child().is_some());
        for (&link, _) in children() {
            let Some(media) = self.media.get_mut(&link) else { continue };
            let live = on_air && media.wish.is_some();
            let before = media.live.replace(live);
            if !live {
                media.next = None;
            } else if before == Some(false) && media.calls.is_empty() {
                media.next = Some((swarm.now + GATHER, swarm.now + GATHER_MOST));
                swarm.send_packed(link, picture(Some(swarm.id())));
            } else if before.is_none() {
                media.next = Some((swarm.now, swarm.now));
            }
        }
        for (&link, neighbour) in children() {
            self.call_if_due(swarm, link, neighbour);
        }
    }

    /// A child wants its picture.
    pub(super) fn asked<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        neighbour: &Neighbour,
    ) {
        let now = swarm.now;
        let Some(media) = self.media.get_mut(&link) else { return };
        let Some(node) = neighbour.child() else { return };
        if media.live != Some(true) {
            let told = media.asked.replace(now);
            if told.is_none_or(|told| now.since(told) >= NO_PICTURE_AGAIN) {
                swarm.send_packed(link, picture(None));
            }
            return;
        }
        if let Some((next, most)) = &mut media.next {
            *next = (now + GATHER).min(*most);
            return;
        }
        let old_enough = media.calls.iter().map(|call| call.since + YOUNG).max();
        match old_enough.filter(|until| *until > now) {
            // A page below it may be waiting; it has itself what it asks for.
            Some(until) if !node.children.is_empty() => media.next = Some((until, until)),
            Some(_) => {}
            None => media.next = Some((now + GATHER / 2, now + GATHER_MOST)),
        }
    }

    /// Asks a parent for a call, unless it was asked just now.
    pub(super) fn ask<R: RngCore>(&mut self, swarm: &mut Swarm<R>, parent: LinkId) {
        let now = swarm.now;
        let Some(media) = self.media.get_mut(&parent) else { return };
        if media.asked.is_none_or(|asked| now.since(asked) >= ASK_AGAIN) {
            media.asked = Some(now);
            swarm.send_packed(parent, picture(Some(swarm.id())));
        }
    }

    /// Places the next call to a child, if it is time.
    pub(super) fn call_if_due<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        neighbour: &Neighbour,
    ) {
        let Some(media) = self.media.get_mut(&link) else { return };
        let due = media.next.is_some_and(|(at, _)| swarm.now >= at);
        if !due || neighbour.child().is_none() {
            return;
        }
        media.next = None;
        // One that has not come up in time will not do so any more.
        if media.calls.iter().all(|call| call.up) {
            let wish = media.wish;
            self.place(swarm, link, neighbour, wish);
        }
    }

    /// Gives `source` to a neighbour whose request for the stream is granted. A child is called
    /// with the same picture anyway.
    pub(super) fn lend<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        neighbour: &Neighbour,
        source: Source,
    ) {
        let free = self.media.get(&link).is_some_and(|media| media.calls.is_empty());
        if free
            && self.place(swarm, link, neighbour, Some(source))
            && let Some(media) = self.media.get_mut(&link)
        {
            media.wish = Some(source);
        }
    }

    /// A peer calls. Only the current parent may.
    pub(super) fn called<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        parent: LinkId,
        offer: Offer,
    ) {
        let now = swarm.now;
        let Some(media) = self.media.get_mut(&parent) else { return };
        // Legacy hosts call several times at once, always with the same.
        if media.calls.iter().any(|call| !call.up && now.since(call.since) < SAME) {
            return;
        }
        let Some(call) = swarm.accept_call(parent, offer, MediaRole::Receive) else { return };
        let pending = media.calls.iter().position(|call| !call.up);
        let obsolete = pending.map(|at| media.calls.remove(at).link);
        media.calls.push(Call::new(call, now));
        if let Some(obsolete) = obsolete {
            self.hang_up(swarm, obsolete);
        }
    }

    /// Something happened to a call. Returns what comes from the neighbour now if it is above and
    /// that may have changed.
    pub(super) fn handle<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        owner: LinkId,
        neighbour: &Neighbour,
        call: LinkId,
        event: MediaEvent,
    ) -> Option<Option<Tracks>> {
        let media = self.media.get_mut(&owner)?;
        let at = media.calls.iter().position(|known| known.link == call)?;
        match event {
            MediaEvent::Open => {
                let keep = neighbour.child().map_or(1, |node| 1 + node.children.len());
                media.calls[at].up = true;
                media.failures = 0;
                let surplus = media.calls.len().saturating_sub(keep.min(limits::OLD_CALLS));
                let over: Vec<_> = media.calls.drain(..surplus).collect();
                let tracks = media.calls.last().map(|call| call.tracks);
                over.iter().for_each(|call| self.hang_up(swarm, call.link));
                if !neighbour.gives_media() {
                    return None;
                }
                self.route_again(swarm, owner);
                self.watch_again(swarm, owner);
                Some(tracks)
            }
            MediaEvent::Tracks(tracks) => {
                media.calls[at].tracks = tracks;
                (media.calls[at].up && neighbour.gives_media()).then_some(Some(tracks))
            }
            MediaEvent::Closed => {
                media.calls.remove(at);
                self.routes.shift_remove(&call);
                if !media.calls.is_empty() {
                    return None;
                }
                if neighbour.child().is_some() && media.live == Some(true) && media.next.is_none() {
                    let rest = swarm.now + RETRY * 2u32.pow(media.failures.min(5));
                    media.failures += 1;
                    media.next = Some((rest, rest));
                }
                if !neighbour.gives_media() {
                    return None;
                }
                self.route_again(swarm, owner);
                if neighbour.is_above() {
                    self.ask(swarm, owner);
                }
                Some(None)
            }
        }
    }

    /// Returns whether a call was placed.
    fn place<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        neighbour: &Neighbour,
        source: Option<Source>,
    ) -> bool {
        let Some(call) = swarm.call(link, !neighbour.early, MediaRole::Send) else { return false };
        if let Some(media) = self.media.get_mut(&link) {
            media.calls.push(Call::new(call, swarm.now));
        }
        self.route(swarm, call, source);
        true
    }

    /// Feeds a link, also from a parent, whose media comes over another link.
    fn route<R: RngCore>(&mut self, swarm: &mut Swarm<R>, sink: LinkId, source: Option<Source>) {
        self.routes.retain(|known, _| *known != sink && swarm.links.contains(*known));
        if let Some(Source::Link(from)) = source
            && self.media.contains_key(&from)
        {
            self.routes.insert(sink, from);
        }
        swarm.feed_directly(sink, self.real(source));
    }

    /// Where the media of a source really comes from.
    fn real(&self, source: Option<Source>) -> Option<Source> {
        match source {
            Some(Source::Link(from)) if self.media.contains_key(&from) => {
                self.call_from(from).map(Source::Link)
            }
            source => source,
        }
    }

    fn call_from(&self, parent: LinkId) -> Option<LinkId> {
        self.media.get(&parent)?.calls.iter().find(|call| call.up).map(|call| call.link)
    }

    /// The call of a parent has changed, or the parent is gone: all that comes from it is routed
    /// again.
    fn route_again<R: RngCore>(&mut self, swarm: &mut Swarm<R>, parent: LinkId) {
        let call = self.call_from(parent).map(Source::Link);
        for (sink, _) in self.routes.iter().filter(|(_, from)| **from == parent) {
            swarm.feed_directly(*sink, call);
        }
        if self.shown == Some(Source::Link(parent)) && self.media.contains_key(&parent) {
            swarm.show_directly(call);
        }
    }

    fn watch_again<R: RngCore>(&self, swarm: &mut Swarm<R>, parent: LinkId) {
        let Some(media) = self.media.get(&parent).filter(|_| !self.patience.is_zero()) else {
            return;
        };
        for call in media.calls.iter().filter(|call| call.up) {
            swarm.push(Output::Link(call.link, LinkAction::Watch(self.patience)));
        }
    }

    fn hang_up<R: RngCore>(&mut self, swarm: &mut Swarm<R>, call: LinkId) {
        self.routes.shift_remove(&call);
        swarm.disconnect(call);
    }
}
