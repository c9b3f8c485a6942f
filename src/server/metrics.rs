//! `/metrics` for Prometheus.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, prometheus_text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::socket::Hub;

pub(crate) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// Reads the hub's counters at every scrape.
struct HubCollector(Arc<Hub>);

/// The registry with everything that the server counts.
pub(crate) fn registry(hub: Arc<Hub>) -> Registry {
    let mut registry = Registry::with_prefix("p2p_live");
    registry.register_collector(Box::new(HubCollector(hub)));
    registry
}

/// The current values in Prometheus' text format.
pub(crate) fn render(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    prometheus_text::encode(&mut text, registry)?;
    Ok(text)
}

impl Collector for HubCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let snapshot = self.0.snapshot();
        let stats = &snapshot.stats;
        for (name, help, value) in [
            ("peers", "Registered ids.", snapshot.peers),
            ("sockets", "Open sockets.", snapshot.sockets),
            ("queues", "Absent receivers with messages waiting.", snapshot.queues),
            ("reservations", "Ids kept for their last holders.", snapshot.reservations),
        ] {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        for (name, help, value) in [
            ("opened", "Sockets accepted.", stats.opened),
            ("refused", "Sockets refused.", stats.refused),
            ("reserved", "Sockets refused whose id is kept for another.", stats.reserved),
            ("replaced", "Sockets replaced by another with the same id.", stats.replaced),
            ("timed_out", "Sockets closed for lack of heartbeats.", stats.timed_out),
            ("overflowed", "Sockets closed for not reading.", snapshot.overflows),
            ("forwarded", "Messages forwarded at once.", stats.forwarded),
            ("queued", "Messages queued for an absent receiver.", stats.queued),
            ("expired", "Messages whose receiver did not come.", stats.expired),
            ("bad_frames", "Frames that could not be parsed.", stats.bad_frames),
            ("throttled", "Frames above the rate limit, held back or ignored.", stats.throttled),
        ] {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(
                name,
                help,
                None,
                counter.metric_type(),
            )?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for HubCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HubCollector").finish()
    }
}
