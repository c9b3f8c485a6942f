//! The adapter to the original exchange page: its texts on one side, our own messages on the other.
//! Media crosses in a call of its own, which goes both ways: the page that has dialled calls, and
//! the other one answers as soon as its person has started something.

use core::time::Duration;

use rand_core::RngCore;

use super::call::{EarlyCalls, Line, RETRY};
use super::translator::Translator;
use crate::link::DisconnectReason;
use crate::link::io::{MediaRole, Source};
use crate::signal::payload::{Handshake, Intent, Offer, RefusalReason};
use crate::swarm::{Event, MediaEvent, Swarm};
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::legacy::ExchangeText;
use crate::wire::message::Message;

/// How long a call may come before the link that its texts use.
const EARLY: Duration = Duration::from_secs(10);
/// Legacy pages have no word for no; this is shown there as a text.
const BUSY: &str = "The line is busy";

/// The legacy exchange pages that this peer is linked with: one on the line, and those that are
/// turned away.
#[derive(Default)]
pub(crate) struct ExchangeAdapter {
    pages: LinkMap<Page>,
    /// Calls of peers that have no link yet.
    early: EarlyCalls,
    shown: Option<Source>,
}

struct Page {
    peer: PeerId,
    /// This side has dialled, so it calls.
    calls: bool,
    turned_away: bool,
    line: Line,
    /// When it is called next: it does not answer before its person has started something.
    next: Option<Time>,
}

impl ExchangeAdapter {
    /// When a page is called again.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.pages.values().filter_map(|page| page.next).min()
    }

    /// What comes from a page comes over its call.
    fn show_again<R: RngCore>(&self, swarm: &mut Swarm<R>) {
        let real = match self.shown {
            Some(Source::Link(link)) => match self.pages.get(&link) {
                Some(page) => page.line.up().map(|(call, _)| Source::Link(call)),
                None => self.shown,
            },
            shown => shown,
        };
        swarm.show_directly(real);
    }
}

impl<R: RngCore> Translator<R> for ExchangeAdapter {
    fn offered(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer) {
        if self.pages.len() > limits::EXCHANGE_TURNED_AWAY {
            return;
        }
        let Some(link) = swarm.accept_foreign(&peer, offer) else { return };
        self.pages.insert(link, Page::new(peer.clone(), false));
        let handshake = Handshake::new(Intent::Exchange);
        swarm.report_event(Event::IncomingOffer { link, peer, handshake });
    }

    fn answered(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        intent: Option<Intent>,
    ) {
        if intent == Some(Intent::Exchange) {
            swarm.make_foreign(link);
            swarm.feed_directly(link, None);
            self.pages.insert(link, Page::new(peer, true));
        }
    }

    fn accept(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let Some(page) = self.pages.get_mut(&link) else { return };
        if let Some((offer, since)) = self.early.take(&page.peer)
            && swarm.now.since(since) < EARLY
        {
            page.line.answer(swarm, link, offer, MediaRole::Both);
        }
    }

    fn refuse(&mut self, _: &mut Swarm<R>, link: LinkId, _: RefusalReason) {
        if let Some(page) = self.pages.get_mut(&link) {
            page.turned_away = true;
        }
    }

    fn send(&mut self, swarm: &mut Swarm<R>, link: LinkId, message: Message) {
        if let Message::Text { name, text } = message {
            swarm.send_packed(link, ExchangeText { name, text }.encode());
        }
    }

    fn called(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer) {
        let page = self.pages.iter_mut().find(|(_, page)| page.peer == peer && !page.turned_away);
        match page {
            Some((&link, page)) => page.line.answer(swarm, link, offer, MediaRole::Both),
            None => self.early.keep(swarm.now, peer, offer),
        }
    }

    fn opened(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
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

    fn received(&mut self, swarm: &mut Swarm<R>, link: LinkId, bytes: &[u8]) {
        let Some(page) = self.pages.get(&link).filter(|page| !page.turned_away) else { return };
        match ExchangeText::parse(bytes) {
            Some(ExchangeText { name, text }) => {
                report(swarm, link, page, Message::Text { name, text });
            }
            None => swarm.give_up(link, DisconnectReason::Broken),
        }
    }

    fn media(&mut self, swarm: &mut Swarm<R>, owner: LinkId, call: LinkId, event: MediaEvent) {
        let Some(page) = self.pages.get_mut(&owner) else { return };
        if !page.line.handle(call, &event) {
            return;
        }
        match event {
            MediaEvent::Open => page.next = None,
            MediaEvent::Closed => page.next = page.calls.then_some(swarm.now + RETRY),
            MediaEvent::Tracks(_) => {}
        }
        let tracks = page.line.up().map(|(_, tracks)| tracks);
        report(swarm, owner, page, Message::OnAir { name: String::new(), by: None, tracks });
        self.show_again(swarm);
    }

    fn tick(&mut self, swarm: &mut Swarm<R>) {
        let now = swarm.now;
        let due = |page: &Page| page.next.is_some_and(|next| now >= next);
        for (&link, page) in self.pages.iter_mut().filter(|(_, page)| due(page)) {
            page.call(swarm, link);
        }
    }

    fn feed(&mut self, swarm: &mut Swarm<R>, link: LinkId, source: Option<Source>) {
        match self.pages.get_mut(&link) {
            Some(page) => page.line.feed(swarm, source),
            None => swarm.feed_directly(link, source),
        }
    }

    fn show(&mut self, swarm: &mut Swarm<R>, source: Option<Source>) {
        self.shown = source;
        self.show_again(swarm);
    }

    fn forget(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        if let Some(mut page) = self.pages.shift_remove(&link) {
            page.line.hang_up(swarm);
        }
    }
}

impl Page {
    fn new(peer: PeerId, calls: bool) -> Self {
        Self { peer, calls, turned_away: false, line: Line::default(), next: None }
    }

    /// Calls the page, in place of a call that it has not answered.
    fn call<R: RngCore>(&mut self, swarm: &mut Swarm<R>, owner: LinkId) {
        self.next = Some(swarm.now + RETRY);
        self.line.place(swarm, owner, true, MediaRole::Both);
    }
}

/// A message for the node, as if one of our peers had sent it.
fn report<R: RngCore>(swarm: &mut Swarm<R>, link: LinkId, page: &Page, message: Message) {
    swarm.report_event(Event::Message { link, peer: page.peer.clone(), message });
}
