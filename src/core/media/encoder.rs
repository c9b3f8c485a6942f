//! How good the pictures are that go out: at most as they are wanted, and, where that is wanted,
//! no better than the uplink carries to everyone.

use core::time::Duration;

use crate::link::io::SendStats;
use crate::model::quality::Quality;
use crate::util::id::{LinkId, LinkMap};
use crate::util::time::Time;

/// From best to least: first fewer bits, then smaller pictures and fewer of them. Each takes at
/// least two thirds of the one before, for browsers believe in half as much again as they send.
const STEPS: [Quality; 8] = [
    Quality::BEST,
    Quality { bitrate: 1_750, ..Quality::BEST },
    Quality { height: 1080, rate: 30, bitrate: 1_200 },
    Quality { height: 720, rate: 30, bitrate: 850 },
    Quality { height: 540, rate: 25, bitrate: 600 },
    Quality { height: 480, rate: 20, bitrate: 420 },
    Quality { height: 360, rate: 15, bitrate: 300 },
    Quality { height: 240, rate: 10, bitrate: 200 },
];
/// A report counts for so long.
const FRESH: Duration = Duration::from_secs(7);
/// The uplink must fall short for so long; a moment's congestion says nothing.
const SHORT: Duration = Duration::from_secs(4);
/// The range of waits, with room for more all the while, before a better picture is tried. It
/// doubles with each trial that fails.
const CALM: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(240));
/// So many hundredths of the bitrate are enough of it.
const ENOUGH: u32 = 85;
/// So many lost packets of a thousand are too many, and so many too many for trying more.
const LOST: (u32, u32) = (80, 20);

/// What goes out now.
#[derive(Debug)]
pub(crate) struct EncoderController {
    most: Quality,
    adapts: bool,
    /// Where in [`STEPS`].
    step: usize,
    reports: LinkMap<(Time, SendStats)>,
    short: Option<Time>,
    calm: Option<Time>,
    wait: Duration,
    /// When a better picture was tried last.
    raised: Option<Time>,
}

impl EncoderController {
    pub(crate) fn new() -> Self {
        Self {
            most: Quality::BEST,
            adapts: false,
            step: 0,
            reports: LinkMap::default(),
            short: None,
            calm: None,
            wait: CALM.0,
            raised: None,
        }
    }

    /// What a picture may be at most now.
    pub(crate) fn quality(&self) -> Quality {
        STEPS[self.step].within(self.most)
    }

    /// Whether less could be sent if the uplink falls short.
    pub(crate) fn can_lower(&self) -> bool {
        self.adapts && self.quality().bitrate > STEPS[STEPS.len() - 1].bitrate
    }

    /// Wants pictures of `most` from now on, and, if it `adapts`, less where the uplink is small.
    pub(crate) fn want(&mut self, most: Quality, adapts: bool) {
        *self = Self { most, adapts, ..Self::new() };
    }

    /// A fed link reports. Returns whether the quality changed.
    pub(crate) fn report(&mut self, now: Time, link: LinkId, sending: SendStats) -> bool {
        if !self.adapts {
            return false;
        }
        self.reports.insert(link, (now, sending));
        self.reports.retain(|_, (at, _)| now.since(*at) < FRESH);
        let bitrate = self.quality().bitrate;
        // What the worst of the links that get too little could carry.
        let short = self.reports.values().filter(|(_, s)| is_short(s, bitrate));
        if let Some(carries) = short.map(|(_, s)| carries(s)).min() {
            self.calm = None;
            return self.lower(now, carries);
        }
        self.short = None;
        let better = self.better();
        let roomy = |s: &SendStats| is_roomy(s, bitrate, STEPS[better].within(self.most).bitrate);
        if better == self.step || !self.reports.values().all(|(_, s)| roomy(s)) {
            self.calm = None;
            return false;
        }
        if now.since(*self.calm.get_or_insert(now)) < self.wait {
            return false;
        }
        // The last trial has succeeded.
        if self.raised.is_some() {
            self.wait = (self.wait / 2).max(CALM.0);
        }
        self.raised = Some(now);
        self.go_to(better);
        true
    }

    fn lower(&mut self, now: Time, carries: u32) -> bool {
        if now.since(*self.short.get_or_insert(now)) < SHORT {
            return false;
        }
        let bitrate = self.quality().bitrate;
        let less = |step: &Quality| step.bitrate < bitrate && step.bitrate <= carries;
        let step = STEPS.iter().position(less).unwrap_or(STEPS.len() - 1);
        if step == self.step {
            return false;
        }
        if self.raised.take().is_some_and(|raised| now.since(raised) < self.wait) {
            self.wait = (self.wait * 2).min(CALM.1);
        }
        self.go_to(step);
        true
    }

    /// The next better step that makes a difference.
    fn better(&self) -> usize {
        let now = self.quality();
        let more = |step: &usize| STEPS[*step].within(self.most) != now;
        (0..self.step).rev().find(more).unwrap_or(self.step)
    }

    /// What was reported before is about another quality.
    fn go_to(&mut self, step: usize) {
        (self.step, self.short, self.calm) = (step, None, None);
        self.reports.clear();
    }
}

/// What the link could carry; what it does carry where the browser does not say.
fn carries(sending: &SendStats) -> u32 {
    // More than nothing is lost: what arrives is less than what goes out.
    let arrives = 1_000_u32.saturating_sub(sending.lost);
    let arriving = u64::from(sending.sent_bitrate) * u64::from(arrives) / 1_000;
    let sent_bitrate = u32::try_from(arriving).unwrap_or(u32::MAX);
    if sending.lost >= LOST.0 {
        sent_bitrate
    } else {
        sending.available_bitrate.unwrap_or(sent_bitrate)
    }
}

/// Whether the link carries less than `bitrate` although the picture would need it. Browsers also
/// call a picture limited that is so by what they were told.
fn is_short(sending: &SendStats, bitrate: u32) -> bool {
    sending.lost >= LOST.0 || sending.bandwidth_limited && carries(sending) < bitrate / 100 * ENOUGH
}

/// Whether the link would carry `more` than the present `bitrate`, or carries less than it might.
fn is_roomy(sending: &SendStats, bitrate: u32, more: u32) -> bool {
    let light = !sending.bandwidth_limited && sending.sent_bitrate < bitrate / 2;
    let carries = match sending.available_bitrate {
        Some(available_bitrate) => available_bitrate >= more,
        None => !sending.bandwidth_limited,
    };
    sending.lost < LOST.1 && (light || carries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    fn outgoing(most: Quality) -> EncoderController {
        let mut outgoing = EncoderController::new();
        outgoing.want(most, true);
        outgoing
    }

    /// For so many seconds, `links` links share `uplink` kbit/s; as browsers do, each believes in
    /// half as much again as it sends, but in no more than there is.
    fn share(out: &mut EncoderController, from: u64, seconds: u64, links: u32, uplink: u32) {
        for second in (from..from + seconds).step_by(2) {
            for link in 0..links {
                let (bitrate, part) = (out.quality().bitrate, uplink / links);
                let sent_bitrate = bitrate.min(part);
                let available_bitrate = Some(part.min(sent_bitrate + sent_bitrate / 2));
                let bandwidth_limited = part < bitrate;
                let sending = SendStats {
                    sent_bitrate,
                    available_bitrate,
                    bandwidth_limited,
                    ..SendStats::default()
                };
                out.report(at(second), LinkId(link), sending);
            }
        }
    }

    #[test]
    fn the_picture_becomes_what_all_links_carry() {
        for (uplink, bitrate) in [(12_000, 2_500), (8_000, 1_750), (2_600, 600), (300, 200)] {
            let mut out = outgoing(Quality::BEST);
            share(&mut out, 0, 20, 4, uplink);
            assert_eq!(out.quality().bitrate, bitrate, "{uplink} kbit/s");
            assert_eq!(out.can_lower(), bitrate > 200);
        }
    }

    #[test]
    fn fewer_bits_come_before_smaller_pictures() {
        for pair in STEPS.windows(2) {
            assert!(
                pair[1].bitrate < pair[0].bitrate && pair[1].bitrate * 3 >= pair[0].bitrate * 2
            );
            assert!(pair[1].height <= pair[0].height && pair[1].rate <= pair[0].rate);
        }
        assert_eq!((STEPS[1].height, STEPS[1].rate), (STEPS[0].height, STEPS[0].rate));
    }

    #[test]
    fn a_moment_changes_nothing_and_neither_does_a_picture_that_needs_little() {
        let mut out = outgoing(Quality::BEST);
        let poor =
            SendStats { sent_bitrate: 200, available_bitrate: Some(300), ..SendStats::default() };
        let bandwidth_limited = SendStats { bandwidth_limited: true, ..poor };
        for (second, sending) in [
            (0, bandwidth_limited),
            (2, bandwidth_limited),
            (4, poor),
            (6, bandwidth_limited),
            (8, poor),
        ] {
            assert!(!out.report(at(second), LinkId(1), sending));
        }
        assert_eq!(out.quality(), Quality::BEST);
    }

    #[test]
    fn lost_packets_lower_it_where_the_browser_says_nothing_else() {
        let mut out = outgoing(Quality::BEST);
        let sending = SendStats { sent_bitrate: 1_000, lost: 200, ..SendStats::default() };
        for second in [0, 2, 4] {
            out.report(at(second), LinkId(1), sending);
        }
        assert_eq!(out.quality().bitrate, 600);
    }

    #[test]
    fn it_rises_again_slowly_and_ever_more_slowly_where_that_fails() {
        let mut out = outgoing(Quality::BEST);
        share(&mut out, 0, 10, 1, 700);
        assert_eq!(out.quality().bitrate, 600);
        share(&mut out, 10, 14, 1, 5_000);
        assert_eq!(out.quality().bitrate, 600, "not yet");
        share(&mut out, 24, 4, 1, 5_000);
        assert_eq!(out.quality().bitrate, 850);
        share(&mut out, 28, 8, 1, 600);
        assert_eq!((out.quality().bitrate, out.wait), (600, CALM.0 * 2));
        share(&mut out, 40, 300, 1, 5_000);
        assert_eq!((out.quality(), out.wait), (Quality::BEST, CALM.0));
    }

    #[test]
    fn a_light_picture_rises_although_the_browser_believes_in_little() {
        let mut out = outgoing(Quality::BEST);
        share(&mut out, 0, 10, 1, 250);
        let light =
            SendStats { sent_bitrate: 40, available_bitrate: Some(60), ..SendStats::default() };
        for second in (10..200).step_by(2) {
            out.report(at(second), LinkId(0), light);
        }
        assert_eq!(out.quality(), Quality::BEST);
    }

    #[test]
    fn what_is_wanted_is_the_most() {
        let most = Quality { height: 480, rate: 20, bitrate: 800 };
        let mut out = outgoing(most);
        assert_eq!(out.quality(), most);
        share(&mut out, 0, 10, 1, 500);
        assert_eq!(out.quality(), Quality { bitrate: 420, ..most });
        assert!(out.can_lower());
        share(&mut out, 10, 60, 1, 9_000);
        assert_eq!(out.quality(), most);
        assert!(out.better() == out.step, "nothing is tried that changes nothing");
        out.want(most, false);
        share(&mut out, 100, 60, 1, 100);
        assert_eq!(out.quality(), most);
    }
}
