//! Where pictures flow, and how much of them an uplink carries.

use core::time::Duration;

use super::{Event, Happening, World};
use crate::node::{Input, LinkEvent, SendStats, Source};
use crate::sim::PeerIndex;
use crate::sim::fault::Fault;
use crate::sim::link_ends::{End, LinkEnds};
use crate::util::id::LinkId;
use crate::util::time::Time;

/// The share of an uplink that media may use.
const USABLE_PERCENT: u32 = 80;
/// A link that carries this share of the stream carries all of it.
const FULL_PERCENT: u32 = 95;
/// How often a driver reports what its links carry.
const REPORT: Duration = Duration::from_secs(2);
/// More hops than a tree can have: a longer way runs in a circle.
const MOST_HOPS: usize = 256;

/// The stream, and the times at which peers had none.
pub(in crate::sim) struct Media {
    /// What the stream needs, in kbit/s.
    rate: u32,
    /// The host's source stands still.
    paused: bool,
    gaps: Vec<Gap>,
    waits: Vec<Duration>,
}

impl Default for Media {
    fn default() -> Self {
        Self { rate: 1_500, paused: false, gaps: Vec::new(), waits: Vec::new() }
    }
}

/// A time without pictures, from the loss of a live path until attached and fed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub peer: PeerIndex,
    /// When it began.
    pub from: Time,
    /// How long it was.
    pub span: Duration,
    /// Whether it was this peer's own parent that vanished; otherwise a peer further up.
    pub orphan: bool,
}

/// What one peer sees.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Picture {
    /// What is shown.
    shown: Option<Source>,
    /// Sound is played and passed on.
    pub(in crate::sim) sound: bool,
    /// How long the page stays when it goes, if it does.
    pub(in crate::sim) hold: Option<Duration>,
    lit: bool,
    /// Since when there is no picture: the arrival at first.
    dark: Time,
    seen: bool,
    orphan: bool,
    gone: bool,
    /// What the peer can send, in kbit/s.
    uplink: u32,
    /// The driver reports what the peer sends.
    reports: bool,
}

impl Picture {
    pub(in crate::sim) fn new(now: Time) -> Self {
        Self {
            shown: None,
            sound: false,
            hold: None,
            lit: false,
            dark: now,
            seen: false,
            orphan: false,
            gone: false,
            uplink: u32::MAX,
            reports: false,
        }
    }

    /// The peer has left or died: what it misses does not count.
    pub(in crate::sim) fn leave(&mut self) {
        self.gone = true;
    }
}

impl World {
    /// The stream needs so much, in kbit/s, from now on.
    pub fn stream(&mut self, rate: u32) {
        self.media.rate = rate;
    }

    /// What `host` streams stands still, or goes on.
    pub fn pause(&mut self, host: PeerIndex, paused: bool) {
        self.media.paused = paused;
        let others = self.peers[host as usize].ends.iter().filter_map(|(_, end)| end.other);
        for (peer, link) in others.collect::<Vec<_>>() {
            self.refresh_flow(peer, link);
        }
    }

    /// What a peer can send, in kbit/s; nothing limits it if this is never said.
    pub fn uplink(&mut self, peer: PeerIndex, uplink: u32) {
        self.peers[peer as usize].picture.uplink = uplink;
    }

    /// Whether media from the host reaches `peer`, which shows it.
    pub fn is_fed(&self, peer: PeerIndex) -> bool {
        self.peers[peer as usize].picture.lit
    }

    /// Whether `peer` has told its page to show something, be there pictures or not.
    pub fn is_showing(&self, peer: PeerIndex) -> bool {
        self.peers[peer as usize].picture.shown.is_some()
    }

    /// Whether `peer` plays and passes on sound, be there any or not.
    pub fn is_sounding(&self, peer: PeerIndex) -> bool {
        self.peers[peer as usize].picture.sound
    }

    /// How long `peer` has asked its page to stay for its children, if it has.
    pub fn hold(&self, peer: PeerIndex) -> Option<Duration> {
        self.peers[peer as usize].picture.hold
    }

    /// Whether every hop from the host to `peer` carries the whole stream.
    pub fn is_fully_served(&self, peer: PeerIndex) -> bool {
        let mut at = peer;
        for _ in 0..MOST_HOPS {
            let this = &self.peers[at as usize];
            let shown = match this.picture.shown.filter(|_| this.picture.lit) {
                None | Some(Source::Gathering(_)) => return false,
                Some(Source::Local) => return true,
                Some(Source::Link(link)) => link,
            };
            let above = this.ends.get(shown).and_then(|end| end.other).map(|(above, _)| above);
            let full = |above| self.sent_bitrate(above) * 100 >= self.media.rate * FULL_PERCENT;
            match above {
                Some(above) if full(above) => at = above,
                _ => return false,
            }
        }
        false
    }

    /// Whether two links bring pictures from the same peer.
    pub(in crate::sim) fn has_double_feed(&self, peer: PeerIndex) -> bool {
        let flowing = self.peers[peer as usize].ends.iter().filter(|(_, end)| end.flows);
        let mut from: Vec<_> = flowing.filter_map(|(_, end)| Some(end.other?.0)).collect();
        from.sort_unstable();
        from.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// The times without pictures that are over.
    pub fn gaps(&self) -> &[Gap] {
        &self.media.gaps
    }

    /// How long each peer waited for its first picture.
    pub fn waits(&self) -> &[Duration] {
        &self.media.waits
    }

    /// Living peers that had a picture and have none now, and since when.
    pub fn dark(&self) -> impl Iterator<Item = (PeerIndex, Time)> {
        let dark = |peer: &PeerIndex| {
            let picture = &self.peers[*peer as usize].picture;
            picture.seen && !picture.lit && !picture.gone
        };
        self.indices().filter(dark).map(|peer| (peer, self.peers[peer as usize].picture.dark))
    }

    /// What each fed link of a peer carries, in kbit/s.
    fn sent_bitrate(&self, peer: PeerIndex) -> u32 {
        let fed = self.peers[peer as usize].ends.iter().filter(|(_, end)| self.sends(peer, end));
        let share = self.peers[peer as usize].picture.uplink / 100 * USABLE_PERCENT
            / (fed.count() as u32).max(1);
        share.min(self.media.rate)
    }

    /// The driver of a peer tells its node what its links carry.
    pub(in crate::sim) fn report_sending(&mut self, peer: PeerIndex) {
        if self.peers[peer as usize].node.is_none() {
            return;
        }
        let (sent_bitrate, target_bitrate) = (self.sent_bitrate(peer), self.media.rate);
        let sending = SendStats { sent_bitrate, target_bitrate, ..SendStats::default() };
        let fed = self.peers[peer as usize].ends.iter().filter(|(_, end)| end.feed.is_some());
        let fed: Vec<_> = fed.map(|(link, end)| (link, self.sends(peer, end))).collect();
        self.peers[peer as usize].picture.reports = !fed.is_empty();
        if !fed.is_empty() {
            self.queue.push(self.now + REPORT, Event::SendStats(peer));
        }
        for (link, sends) in fed {
            let sending = if sends { sending } else { SendStats::default() };
            self.handle(peer, Input::Link(link, LinkEvent::SendStats(sending)));
        }
    }

    /// A peer shows something else.
    pub(in crate::sim) fn show(&mut self, peer: PeerIndex, source: Option<Source>) {
        self.peers[peer as usize].picture.shown = source;
        self.look(peer);
    }

    pub(in crate::sim) fn watch(&mut self, peer: PeerIndex, link: LinkId, patience: Duration) {
        let Some(end) = self.peers[peer as usize].ends.get_mut(link) else { return };
        end.watch = Some(patience).filter(|patience| !patience.is_zero());
        if end.flows && end.watch.is_some() {
            let flowing = Happening::Link(peer, link, LinkEvent::Flowing);
            self.schedule(self.now, flowing);
        }
    }

    pub(in crate::sim) fn feed(&mut self, peer: PeerIndex, link: LinkId, source: Option<Source>) {
        let Some(end) = self.peers[peer as usize].ends.get_mut(link) else { return };
        // Gatherings are no part of the stream.
        if matches!(source, Some(Source::Gathering(_))) {
            return;
        }
        end.feed = source;
        let other = end.other;
        self.warm_up(peer, link);
        let picture = &mut self.peers[peer as usize].picture;
        if source.is_some() && !core::mem::replace(&mut picture.reports, true) {
            self.queue.push(self.now + REPORT, Event::SendStats(peer));
        }
        if let Some((other, its)) = other {
            self.refresh_flow(other, its);
        }
    }

    /// The encoder of a link begins as soon as it is open and there is something to be sent, and
    /// ends when there is not.
    pub(in crate::sim) fn warm_up(&mut self, peer: PeerIndex, link: LinkId) {
        let Some(end) = self.peers[peer as usize].ends.get_mut(link) else { return };
        if !end.open || end.feed.is_none() {
            end.warm = None;
        } else if end.warm.is_none() {
            let warm = self.now + self.model.warmup;
            end.warm = Some(warm);
            self.queue.push(warm, Event::Warm(peer, link));
        }
    }

    /// A link that began to carry pictures does so by now.
    pub(in crate::sim) fn warm(&mut self, peer: PeerIndex, link: LinkId) {
        let end = self.peers[peer as usize].ends.get(link);
        if let Some((other, its)) =
            end.filter(|end| end.is_warm(self.now)).and_then(|end| end.other)
        {
            self.refresh_flow(other, its);
        }
    }

    /// A picture has been away for a while: if it still is, and is watched, the peer is told.
    pub(in crate::sim) fn stall(&mut self, peer: PeerIndex, link: LinkId) {
        let Some(end) = self.peers[peer as usize].ends.get(link) else { return };
        if !end.flows && end.watch.is_some_and(|patience| end.since + patience == self.now) {
            self.handle(peer, Input::Link(link, LinkEvent::Stalled));
        }
    }

    /// Nothing comes over these links any more: their peer has died.
    pub(in crate::sim) fn darken(&mut self, ends: &LinkEnds) {
        for (peer, link) in ends.iter().filter_map(|(_, end)| end.other) {
            let picture = &mut self.peers[peer as usize].picture;
            picture.orphan |= picture.lit && picture.shown == Some(Source::Link(link));
            self.refresh_flow(peer, link);
            self.peers[peer as usize].picture.orphan &= !self.is_fed(peer);
        }
    }

    /// What comes in over a link of `peer` has changed or ended: so has what it passes on.
    pub(in crate::sim) fn source_changed(&mut self, peer: PeerIndex, link: LinkId) {
        let passed_on =
            |(_, end): (LinkId, &End)| end.other.filter(|_| end.feed == Some(Source::Link(link)));
        let below: Vec<_> = self.peers[peer as usize].ends.iter().filter_map(passed_on).collect();
        for (child, its) in below {
            self.refresh_flow(child, its);
        }
        self.look(peer);
    }

    /// Finds out whether pictures come in over a link now, and what follows from that.
    pub(in crate::sim) fn refresh_flow(&mut self, peer: PeerIndex, link: LinkId) {
        let Some(end) = self.peers[peer as usize].ends.get(link) else { return };
        let flows = end.other.is_some_and(|(other, its)| self.reaches(other, its));
        if flows == end.flows {
            return;
        }
        let now = self.now;
        let Some(end) = self.peers[peer as usize].ends.get_mut(link) else { return };
        (end.flows, end.since) = (flows, now);
        let (watch, other) = (end.watch, end.other);
        if let Some(patience) = watch {
            if flows {
                let latency =
                    other.map_or(Duration::ZERO, |(other, _)| self.model.between(peer, other));
                self.after(latency, Happening::Link(peer, link, LinkEvent::Flowing));
            } else {
                self.queue.push(now + patience, Event::Stall(peer, link));
            }
        }
        self.source_changed(peer, link);
    }

    /// Whether what `peer` sends over `link` comes from the host in the end.
    fn reaches(&self, mut peer: PeerIndex, mut link: LinkId) -> bool {
        for _ in 0..MOST_HOPS {
            let this = &self.peers[peer as usize];
            let Some(end) = this.ends.get(link) else { return false };
            if !end.open
                || !end.is_warm(self.now)
                || this.node.is_none()
                || this.fault == Some(Fault::ForwardsNothing)
            {
                return false;
            }
            let source = match end.feed {
                None | Some(Source::Gathering(_)) => return false,
                Some(Source::Local) => return !self.media.paused,
                Some(Source::Link(source)) => source,
            };
            let Some((above, its)) = this.ends.get(source).and_then(|end| end.other) else {
                return false;
            };
            (peer, link) = (above, its);
        }
        false
    }

    /// Whether media goes out over this end.
    fn sends(&self, peer: PeerIndex, end: &End) -> bool {
        let this = &self.peers[peer as usize];
        let has = |source| match source {
            Source::Gathering(_) => false,
            Source::Local => !self.media.paused,
            Source::Link(link) => this.ends.get(link).is_some_and(|end| end.flows),
        };
        end.open
            && end.is_warm(self.now)
            && this.fault != Some(Fault::ForwardsNothing)
            && end.feed.is_some_and(has)
    }

    /// Notes when a peer's picture comes and goes.
    fn look(&mut self, peer: PeerIndex) {
        let now = self.now;
        let this = &mut self.peers[peer as usize];
        let lit = match this.picture.shown {
            None | Some(Source::Gathering(_)) => false,
            Some(Source::Local) => true,
            Some(Source::Link(link)) => this.ends.get(link).is_some_and(|end| end.flows),
        };
        let picture = &mut this.picture;
        if lit == picture.lit || picture.gone {
            return;
        }
        picture.lit = lit;
        if !lit {
            picture.dark = now;
            return;
        }
        let span = now.since(picture.dark);
        let orphan = core::mem::take(&mut picture.orphan);
        if !core::mem::replace(&mut picture.seen, true) {
            self.media.waits.push(span);
        } else if !span.is_zero() {
            self.media.gaps.push(Gap { peer, from: picture.dark, span, orphan });
        }
    }
}
