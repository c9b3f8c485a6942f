//! What the server counts, as Prometheus reads it.

use crate::socket::Figures;

/// The type of [`render`]'s text.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures in Prometheus' text format.
pub(crate) fn render(figures: &Figures) -> String {
    let stats = &figures.stats;
    let gauges = [
        ("peers", "Registered ids.", figures.peers),
        ("sockets", "Open sockets.", figures.sockets),
        ("queues", "Absent receivers with messages waiting.", figures.queues),
    ];
    let counters = [
        ("opened", "Sockets welcomed.", stats.opened),
        ("refused", "Sockets turned away.", stats.refused),
        ("replaced", "Sockets replaced by another with the same id.", stats.replaced),
        ("timed_out", "Sockets closed for lack of heartbeats.", stats.timed_out),
        ("overflowed", "Sockets closed for not reading.", figures.overflows),
        ("forwarded", "Messages passed on at once.", stats.forwarded),
        ("queued", "Messages kept for an absent receiver.", stats.queued),
        ("expired", "Messages whose receiver did not come.", stats.expired),
        ("bad_frames", "Frames that made no sense.", stats.bad_frames),
        ("throttled", "Frames held back because they came above the rate.", stats.throttled),
    ];
    let mut text = String::new();
    for (name, help, value) in gauges {
        text += &format!(
            "# HELP p2p_live_{name} {help}\n# TYPE p2p_live_{name} gauge\np2p_live_{name} {value}\n"
        );
    }
    for (name, help, value) in counters {
        let name = format!("p2p_live_{name}_total");
        text += &format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n");
    }
    text
}
