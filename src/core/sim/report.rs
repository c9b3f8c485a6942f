//! The figures of a run, beside what is asked of them.

use core::time::Duration;

use super::optimum::Optimum;
use super::scenario::{Bars, Scenario};
use super::traffic::Counts;
use super::world::{Gap, World};

/// What came of a scenario.
#[derive(Debug)]
pub struct Report {
    bars: Bars,
    kbit: Option<u32>,
    /// Viewers that live at the end.
    pub viewers: usize,
    /// The deepest of them, and the median.
    pub depth: (usize, usize),
    /// The best that could be.
    pub optimum: Optimum,
    /// Times without pictures, sorted.
    gaps: Vec<Duration>,
    /// The same, for peers whose own parent vanished.
    orphan_gaps: Vec<Duration>,
    /// How long each peer waited for its first picture, sorted.
    waits: Vec<Duration>,
    /// Attached viewers that see nothing at the end.
    pub dark: usize,
    /// Viewers that see something at the end.
    pub fed: usize,
    /// Viewers that the whole stream reaches at the end.
    pub served: usize,
    /// Viewers without a place that are told why.
    pub told: usize,
    /// Viewers without a place that are not told why.
    pub unattached: usize,
    /// Attached viewers that do not know each message once.
    pub chat_wrong: usize,
    /// Messages said.
    pub messages_said: usize,
    /// What was said between peers while people came and went.
    window: Option<Window>,
    /// Where invariants did not hold.
    pub problems: Vec<String>,
    /// The times without pictures that are over, the longest first.
    pub worst: Vec<Gap>,
    /// What happened to the peers that were followed.
    pub event_log: Vec<String>,
    /// Virtual seconds.
    pub seconds: f64,
    /// The hash of all that happened.
    pub trace: u64,
    /// Frames delivered.
    pub frames: u64,
}

/// One line of a report.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is measured.
    pub name: String,
    /// The value, with its unit.
    pub value: String,
    /// What is asked of it; empty if nothing is.
    pub bar: String,
    /// Whether that is met.
    pub met: bool,
}

/// The counters at the beginning of a window.
pub(super) struct Quiet {
    counts: Counts,
    messages: Vec<u32>,
    signals: Vec<u32>,
}

/// What was said in a window.
#[derive(Debug)]
pub(super) struct Window {
    counts: Counts,
    peer_minutes: f64,
    host: f64,
    busiest: f64,
    relays: f64,
    signals: f64,
    host_signals: f64,
}

impl Quiet {
    pub(super) fn of(world: &World) -> Self {
        Self {
            counts: world.counts,
            messages: (0..world.len()).map(|peer| world.traffic(peer).messages).collect(),
            signals: (0..world.len()).map(|peer| world.traffic(peer).signals).collect(),
        }
    }
}

impl Window {
    pub(super) fn since(quiet: &Quiet, world: &World, span: Duration) -> Self {
        let (before, seconds) = (quiet.messages.len() as u32, span.as_secs_f64());
        let rate = |peer: u32| {
            f64::from(world.traffic(peer).messages - quiet.messages[peer as usize]) / seconds
        };
        let is_relay =
            |peer: &u32| world.probe(*peer).is_some_and(|probe| probe.children().next().is_some());
        let mut relays: Vec<_> = (1..before).filter(is_relay).map(rate).collect();
        relays.sort_by(f64::total_cmp);
        let signals: u64 = (0..world.len())
            .map(|peer| {
                let before = quiet.signals.get(peer as usize).copied().unwrap_or(0);
                u64::from(world.traffic(peer).signals - before)
            })
            .sum();
        let host_signals = f64::from(world.traffic(0).signals - quiet.signals[0]) / seconds;
        // Those that came or went in the window count half.
        let peers = (f64::from(before) + world.indices().count() as f64) / 2.0;
        Self {
            counts: world.counts.since(&quiet.counts),
            peer_minutes: peers * seconds / 60.0,
            host: rate(0),
            busiest: relays.last().copied().unwrap_or(0.0),
            relays: relays.get(relays.len() / 2).copied().unwrap_or(0.0),
            signals: signals as f64,
            host_signals,
        }
    }
}

impl Report {
    pub(super) fn new(scenario: &Scenario, world: &World, window: Option<Window>) -> Self {
        let sorted = |mut spans: Vec<Duration>| {
            spans.sort();
            spans
        };
        // A peer that is still dark has waited for at least so long.
        let dark = world.dark().filter(|(peer, _)| !world.is_attacker(*peer));
        let still = dark.map(|(_, since)| world.now().since(since));
        let of =
            |gaps: &mut dyn Iterator<Item = &Gap>| gaps.map(|gap| gap.span).collect::<Vec<_>>();
        let honest = || world.gaps().iter().filter(|gap| !world.is_attacker(gap.peer));
        let mut gaps = of(&mut honest());
        gaps.extend(still);
        let mut worst: Vec<_> = honest().cloned().collect();
        worst.sort_by_key(|gap| (core::cmp::Reverse(gap.span), !gap.orphan));
        Self {
            bars: scenario.bars.clone(),
            kbit: scenario.stream.as_ref().map(|stream| stream.kbit),
            viewers: 0,
            depth: (0, 0),
            optimum: Optimum { depth: 0, served: 0, fluid: 0.0 },
            gaps: sorted(gaps),
            orphan_gaps: sorted(of(&mut honest().filter(|gap| gap.orphan))),
            waits: sorted(world.waits().to_vec()),
            dark: 0,
            fed: 0,
            served: 0,
            told: 0,
            unattached: 0,
            chat_wrong: 0,
            messages_said: 0,
            window,
            problems: Vec::new(),
            worst,
            event_log: Vec::new(),
            seconds: world.now().as_millis() as f64 / 1_000.0,
            trace: world.trace(),
            frames: world.frames,
        }
    }

    pub(super) fn depths(&mut self, mut depths: Vec<usize>) {
        depths.sort_unstable();
        let median = depths.get(depths.len() / 2).copied().unwrap_or(0);
        self.depth = (depths.last().copied().unwrap_or(0), median);
    }

    /// The bars on what the core cannot measure: real seconds and megabytes.
    pub fn limits(&self) -> (Option<u64>, Option<u64>) {
        (self.bars.real_seconds, self.bars.memory_mb)
    }

    /// Whether everything that is asked for is met.
    pub fn is_good(&self) -> bool {
        self.figures().iter().all(|figure| figure.met)
    }

    /// The figures as lines of a table.
    pub fn figures(&self) -> Vec<Figure> {
        let mut lines = vec![
            Figure::info("viewers at the end", self.viewers),
            Figure::info("virtual seconds", self.seconds),
        ];
        let (deepest, median) = self.depth;
        let best = self.optimum.depth;
        let value = format!("{deepest} (median {median})");
        lines.push(match self.bars.depth_over_optimum {
            Some(over) => {
                Figure::bar("depth", value, format!("≤ {best} + {over}"), deepest <= best + over)
            }
            None => Figure::info("depth", format!("{value}, at best {best}")),
        });
        let spans = |spans: &[Duration]| {
            let [median, late, last] = [0.5, 0.99, 1.0].map(|at| percentile(spans, at));
            format!("{median} / {late} / {last} ms of {}", spans.len())
        };
        let late = percentile(&self.gaps, 0.99);
        lines.push(match self.bars.gap_p99_ms {
            Some(most) => {
                let bar = format!("p99 ≤ {most} ms");
                Figure::bar(
                    "without pictures p50 / p99 / max",
                    spans(&self.gaps),
                    bar,
                    late <= most,
                )
            }
            None => Figure::info("without pictures p50 / p99 / max", spans(&self.gaps)),
        });
        lines.push(Figure::info("  those whose parent vanished", spans(&self.orphan_gaps)));
        lines.push(Figure::info("  joining: until the first picture", spans(&self.waits)));
        lines.push(Figure::none("attached, but in the dark at the end", self.dark));
        match self.bars.attached_percent {
            Some(least) => {
                let attached = self.viewers.saturating_sub(self.unattached + self.told);
                let percent = 100.0 * attached as f64 / self.viewers.max(1) as f64;
                let bar = format!("≥ {least} %");
                let value = format!("{percent:.1} %");
                lines.push(Figure::bar("honest and attached", value, bar, percent >= least));
            }
            None => lines.push(Figure::none("unattached and not told why", self.unattached)),
        }
        lines.push(Figure::info("unattached and told why", self.told));
        let chat = format!("{} wrong of {}", self.chat_wrong, self.messages_said);
        lines.push(Figure::bar("chat: each message once", chat, "0 wrong", self.chat_wrong == 0));
        self.traffic(&mut lines);
        self.service(&mut lines);
        lines.push(Figure::none("broken invariants", self.problems.len()));
        lines.push(Figure::info("frames", self.frames));
        lines.push(Figure::info("trace", format!("{:016x}", self.trace)));
        lines
    }

    fn traffic(&self, lines: &mut Vec<Figure>) {
        let Some(window) = &self.window else { return };
        let each = |count: u64| count as f64 / window.peer_minutes;
        let control = each(window.counts.control());
        let name = "control messages per peer and minute";
        lines.push(match self.bars.control_per_minute {
            Some(most) => {
                Figure::bar(name, format!("{control:.1}"), format!("≤ {most}"), control <= most)
            }
            None => Figure::info(name, format!("{control:.1}")),
        });
        let mut kinds: Vec<_> =
            window.counts.iter().map(|(kind, count)| (kind, each(count))).collect();
        kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
        let kinds: Vec<_> = kinds
            .into_iter()
            .filter(|(_, each)| *each >= 0.05)
            .map(|(kind, each)| format!("{kind} {each:.1}"))
            .collect();
        lines.push(Figure::info("  by kind", kinds.join(", ")));
        let signals = window.signals / window.peer_minutes;
        lines.push(Figure::info("  signalling frames besides", format!("{signals:.1}")));
        let value = format!(
            "host {:.1}, busiest relay {:.1}, median {:.1}",
            window.host, window.busiest, window.relays
        );
        lines.push(match self.bars.host_like_a_relay {
            true => {
                let met = window.host <= window.busiest;
                Figure::bar("messages per second", value, "host ≤ relay", met)
            }
            false => Figure::info("messages per second", value),
        });
        let value = format!("{:.1}", window.host_signals);
        lines.push(Figure::info("  the host's signalling frames", value));
    }

    fn service(&self, lines: &mut Vec<Figure>) {
        let Some(kbit) = self.kbit else { return };
        let share = |count: usize| 100.0 * count as f64 / self.viewers.max(1) as f64;
        let percent = 100.0 * self.served as f64 / self.optimum.served.max(1) as f64;
        let value = format!("{:.1} %", share(self.served));
        let best = format!("whole slots allow {:.1} %", share(self.optimum.served));
        lines.push(match self.bars.served_percent {
            Some(least) => {
                let bar = format!("≥ {least} % of {best}");
                Figure::bar("fully served", value, bar, percent >= least)
            }
            None => Figure::info("fully served", format!("{value}, {best}")),
        });
        lines.push(Figure::info("  of what whole slots allow", format!("{percent:.1} %")));
        lines.push(Figure::info("  see something", format!("{:.1} %", share(self.fed))));
        let fluid = (self.optimum.fluid / f64::from(kbit)).min(1.0) * 100.0;
        lines.push(Figure::info("  fluid bound, of the rate", format!("{fluid:.1} %")));
    }
}

impl Figure {
    /// A figure of which nothing is asked.
    pub fn info(name: &str, value: impl ToString) -> Self {
        Self { name: name.into(), value: value.to_string(), bar: String::new(), met: true }
    }

    /// A figure and whether it meets its bar.
    pub fn bar(name: &str, value: impl ToString, bar: impl Into<String>, met: bool) -> Self {
        Self { name: name.into(), value: value.to_string(), bar: bar.into(), met }
    }

    fn none(name: &str, count: usize) -> Self {
        Self::bar(name, count, "0", count == 0)
    }
}

/// In milliseconds; 0 if there is nothing.
fn percentile(sorted: &[Duration], at: f64) -> u64 {
    let index = (sorted.len() as f64 * at) as usize;
    let span = sorted.get(index.min(sorted.len().saturating_sub(1)));
    span.map_or(0, |span| span.as_millis() as u64)
}
