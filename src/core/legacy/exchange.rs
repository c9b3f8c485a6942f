//! The adapter to the original exchange page: its texts on one side, our own messages on the other.
//! Media crosses in a call of its own, which goes both ways: the page that has dialled calls, and
//! the other one answers as soon as its person has started something.

use core::time::Duration;

use rand_core::RngCore;

use crate::link::DisconnectReason;
use crate::link::io::{MediaRole, Source};
use crate::model::Tracks;
use crate::signal::payload::{Handshake, Intent, Offer};
use crate::swarm::{Event, GatewayTask, MediaEvent, Swarm};
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::legacy::ExchangeText;
use crate::wire::message::Message;

/// The rest before a page that has not answered a call is called again. It does not answer before
/// its person has started something.
const RETRY: Duration = Duration::from_secs(4);
/// How long a call may come before the link that its texts use.
const EARLY: Duration = Duration::from_secs(10);
/// Calls that follow each other so fast are the same call.
const SAME: Duration = Duration::from_millis(500);
/// Legacy pages have no word for no; this is shown there as a text.
const BUSY: &str = "The line is busy";

/// The legacy exchange pages that this peer is linked with: one on the line, and those that are
/// turned away.
#[derive(Default)]
pub(crate) struct ExchangeAdapter {
    pages: LinkMap<Page>,
    /// A call of a peer that has no link yet, and when it came.
    early: Option<(PeerId, Offer, Time)>,
    shown: Option<Source>,
}

struct Page {
    peer: PeerId,
    /// This side has dialled, so it calls.
    calls: bool,
    turned_away: bool,
    source: Option<Source>,
    call: Option<Call>,
    /// When it is called next.
    next: Option<Time>,
}

struct Call {
    link: LinkId,
    since: Time,
    up: bool,
    tracks: Tracks,
}

impl ExchangeAdapter {
    /// When a page is called again.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.pages.values().filter_map(|page| page.next).min()
    }

    /// Does one thing that the swarm has queued.
    pub(crate) fn handle<R: RngCore>(&mut self, swarm: &mut Swarm<R>, task: GatewayTask) {
        match task {
            GatewayTask::Offered { peer, offer } => self.offered(swarm, peer, offer),
            GatewayTask::Called { peer, offer } => self.called(swarm, peer, offer),
            GatewayTask::Answered { link, peer, intent: Some(Intent::Exchange) } => {
                swarm.make_foreign(link);
                swarm.feed_directly(link, None);
                self.pages.insert(link, Page::new(peer, true));
            }
            GatewayTask::Opened(link) => self.opened(swarm, link),
            GatewayTask::Received { link, bytes } => self.received(swarm, link, &bytes),
            GatewayTask::Media { owner, link, event } => self.media(swarm, owner, link, event),
            GatewayTask::Disconnected { link, peer, reason } => {
                self.forget(swarm, link);
                swarm.report_event(Event::Disconnected { link, peer, reason });
            }
            GatewayTask::Tick => self.tick(swarm),
            GatewayTask::Accept(link) => self.accepted(swarm, link),
            GatewayTask::Refuse(link, _) => {
                if let Some(page) = self.pages.get_mut(&link) {
                    page.turned_away = true;
                }
            }
            GatewayTask::Send(link, Message::Text { name, text }) => {
                swarm.send_packed(link, ExchangeText { name, text }.encode());
            }
            GatewayTask::Close(link) => self.close(swarm, link),
            GatewayTask::Feed(link, source) => self.feed(swarm, link, source),
            GatewayTask::Show(source) => {
                self.shown = source;
                self.show(swarm);
            }
            GatewayTask::Answered { .. }
            | GatewayTask::Send(..)
            | GatewayTask::Watch(..)
            | GatewayTask::AskForPicture(_)
            | GatewayTask::AnswerStreamRequest { .. } => {}
        }
    }

    /// A stranger offers a connection.
    fn offered<R: RngCore>(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer) {
        if self.pages.len() > limits::EXCHANGE_TURNED_AWAY {
            return;
        }
        let Some(link) = swarm.accept_foreign(&peer, offer) else { return };
        self.pages.insert(link, Page::new(peer.clone(), false));
        let handshake = Handshake::new(Intent::Exchange);
        swarm.report_event(Event::IncomingOffer { link, peer, handshake });
    }

    /// The node takes a page.
    fn accepted<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let Some(page) = self.pages.get_mut(&link) else { return };
        let early = self.early.take().filter(|(peer, ..)| *peer == page.peer);
        if let Some((_, offer, since)) = early
            && swarm.now.since(since) < EARLY
        {
            page.answer(swarm, link, offer);
        }
    }

    fn called<R: RngCore>(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer) {
        let page = self.pages.iter_mut().find(|(_, page)| page.peer == peer && !page.turned_away);
        match page {
            Some((&link, page)) => page.answer(swarm, link, offer),
            None => self.early = Some((peer, offer, swarm.now)),
        }
    }

    fn opened<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let Some(page) = self.pages.get_mut(&link) else { return };
        if page.turned_away {
            let busy = ExchangeText { name: String::new(), text: BUSY.to_owned() };
            swarm.send_packed(link, busy.encode());
            return self.close(swarm, link);
        }
        if page.calls {
            page.call(swarm, link);
        }
        swarm.report_event(Event::Open { link });
    }

    fn received<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, bytes: &[u8]) {
        let Some(page) = self.pages.get(&link).filter(|page| !page.turned_away) else { return };
        match ExchangeText::parse(bytes) {
            Some(ExchangeText { name, text }) => {
                report(swarm, link, page, Message::Text { name, text });
            }
            None => swarm.give_up(link, DisconnectReason::Broken),
        }
    }

    fn media<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        owner: LinkId,
        link: LinkId,
        event: MediaEvent,
    ) {
        let Some(page) = self.pages.get_mut(&owner) else { return };
        let Some(call) = page.call.as_mut().filter(|call| call.link == link) else { return };
        match event {
            MediaEvent::Open => {
                call.up = true;
                page.next = None;
            }
            MediaEvent::Tracks(tracks) => call.tracks = tracks,
            MediaEvent::Closed => {
                page.call = None;
                page.next = page.calls.then_some(swarm.now + RETRY);
            }
        }
        let tracks = page.call.as_ref().filter(|call| call.up).map(|call| call.tracks);
        report(swarm, owner, page, Message::OnAir { name: String::new(), by: None, tracks });
        self.show(swarm);
    }

    fn tick<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let now = swarm.now;
        let due = |page: &Page| page.next.is_some_and(|next| now >= next);
        for (&link, page) in self.pages.iter_mut().filter(|(_, page)| due(page)) {
            page.call(swarm, link);
        }
    }

    fn feed<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, source: Option<Source>) {
        let Some(page) = self.pages.get_mut(&link) else {
            return swarm.feed_directly(link, source);
        };
        page.source = source;
        if let Some(call) = &page.call {
            swarm.feed_directly(call.link, source);
        }
    }

    /// What comes from a page comes over its call.
    fn show<R: RngCore>(&self, swarm: &mut Swarm<R>) {
        let real = match self.shown {
            Some(Source::Link(link)) => match self.pages.get(&link) {
                Some(page) => {
                    let call = page.call.as_ref().filter(|call| call.up);
                    call.map(|call| Source::Link(call.link))
                }
                None => self.shown,
            },
            shown => shown,
        };
        swarm.show_directly(real);
    }

    fn close<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        swarm.disconnect(link);
        self.forget(swarm, link);
    }

    fn forget<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let page = self.pages.shift_remove(&link);
        if let Some(call) = page.and_then(|page| page.call) {
            swarm.disconnect(call.link);
        }
    }
}

impl Page {
    fn new(peer: PeerId, calls: bool) -> Self {
        Self { peer, calls, turned_away: false, source: None, call: None, next: None }
    }

    /// Calls the page, in place of a call that it has not answered.
    fn call<R: RngCore>(&mut self, swarm: &mut Swarm<R>, owner: LinkId) {
        self.next = Some(swarm.now + RETRY);
        let call = swarm.call(owner, true, MediaRole::Both);
        self.replace(swarm, call);
    }

    /// The page calls; the newest call counts.
    fn answer<R: RngCore>(&mut self, swarm: &mut Swarm<R>, owner: LinkId, offer: Offer) {
        if self.call.as_ref().is_some_and(|call| swarm.now.since(call.since) < SAME) {
            return;
        }
        let call = swarm.accept_call(owner, offer, MediaRole::Both);
        self.replace(swarm, call);
    }

    fn replace<R: RngCore>(&mut self, swarm: &mut Swarm<R>, call: Option<LinkId>) {
        let Some(link) = call else { return };
        swarm.feed_directly(link, self.source);
        let new = Call { link, since: swarm.now, up: false, tracks: Tracks::default() };
        if let Some(old) = self.call.replace(new) {
            swarm.disconnect(old.link);
        }
    }
}

/// A message for the node, as if one of our peers had sent it.
fn report<R: RngCore>(swarm: &mut Swarm<R>, link: LinkId, page: &Page, message: Message) {
    swarm.report_event(Event::Message { link, peer: page.peer.clone(), message });
}
