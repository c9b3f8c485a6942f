//! How media does on a link, from `getStats`.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcPeerConnection, RtcStatsReport};

use crate::platform::js;

/// The picture of one link in one direction, and the path it takes. Counters run from the
/// beginning of the link; rates come from comparing two readings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkStats {
    /// Whether the picture comes in; otherwise it goes out.
    pub inbound: bool,
    /// Whether the player shows what comes in here.
    pub shown: bool,
    /// When this was read, in milliseconds.
    pub at: f64,
    /// Pictures per second, as the browser counts them.
    pub fps: f64,
    /// Pictures decoded (inbound) or encoded (outbound).
    pub frames: f64,
    /// Times the picture stood still for noticeably long (inbound).
    pub freezes: f64,
    /// Width of the picture in pixels.
    pub width: f64,
    /// Height of the picture in pixels.
    pub height: f64,
    /// Bytes of media received or sent, without headers.
    pub bytes: f64,
    /// Packets lost (inbound).
    pub lost: f64,
    /// Pictures that came too late to be shown, or that the machine had no time for (inbound).
    pub dropped: f64,
    /// Seconds that pictures waited in the jitter buffer, in total (inbound).
    pub jitter_buffer: f64,
    /// Round-trip time of the path in milliseconds.
    pub rtt: Option<f64>,
    /// What the browser believes it can send, in bit/s.
    pub available: Option<f64>,
    /// The codec, such as `video/VP8`.
    pub codec: Option<String>,
}

/// One entry per direction in which `connection` carries a picture.
pub(crate) async fn read(connection: &RtcPeerConnection, shown: bool) -> Vec<LinkStats> {
    let Ok(report) = JsFuture::from(connection.get_stats()).await else {
        return Vec::new();
    };
    let entries = entries(&report.unchecked_into());
    let path = path(&entries);
    entries
        .iter()
        .filter(|entry| is(entry, "kind", "video"))
        .filter_map(|entry| {
            let inbound = is(entry, "type", "inbound-rtp");
            if !inbound && !is(entry, "type", "outbound-rtp") {
                return None;
            }
            let number = |name: &str| js::number(entry, name).unwrap_or_default();
            let either = |yes: &str, no: &str| number(if inbound { yes } else { no });
            let path_number = |name: &str| js::number(path?, name);
            Some(LinkStats {
                inbound,
                shown: shown && inbound,
                at: number("timestamp"),
                fps: number("framesPerSecond"),
                frames: either("framesDecoded", "framesEncoded"),
                freezes: number("freezeCount"),
                width: number("frameWidth"),
                height: number("frameHeight"),
                bytes: either("bytesReceived", "bytesSent"),
                lost: number("packetsLost"),
                dropped: number("framesDropped"),
                jitter_buffer: number("jitterBufferDelay"),
                rtt: path_number("currentRoundTripTime").map(|seconds| seconds * 1000.0),
                available: path_number("availableOutgoingBitrate"),
                codec: codec(&entries, entry),
            })
        })
        .collect()
}

/// What has gone out over a connection since its beginning.
#[derive(Default)]
pub(crate) struct Outgoing {
    /// When this was read, in milliseconds.
    pub(crate) at: f64,
    /// Bytes of sound and picture, without headers.
    pub(crate) bytes: f64,
    /// Bytes of picture that the encoder might have used.
    pub(crate) allowed: f64,
    /// Whether the browser reduces the picture because it may not send more; Firefox does not say.
    pub(crate) starved: Option<bool>,
    /// What the browser believes that the path carries, in bit/s.
    pub(crate) available: Option<f64>,
    /// The share of packets that was lost lately, by the other side's report.
    pub(crate) lost: f64,
}

/// Reads it; `None` while nothing goes out.
pub(crate) async fn outgoing(connection: &RtcPeerConnection) -> Option<Outgoing> {
    let report = JsFuture::from(connection.get_stats()).await.ok()?;
    let entries = entries(&report.unchecked_into());
    let mut all: Option<Outgoing> = None;
    for entry in entries.iter().filter(|entry| is(entry, "type", "outbound-rtp")) {
        let sum = all.get_or_insert_with(|| Outgoing {
            available: path(&entries).and_then(|path| js::number(path, "availableOutgoingBitrate")),
            lost: lost(&entries),
            ..Outgoing::default()
        });
        let number = |name: &str| js::number(entry, name).unwrap_or_default();
        sum.at = number("timestamp");
        sum.bytes += number("bytesSent");
        sum.allowed += number("totalEncodedBytesTarget");
        if let Some(reason) = js::text(entry, "qualityLimitationReason") {
            sum.starved = Some(sum.starved == Some(true) || reason == "bandwidth");
        }
    }
    all
}

fn entries(report: &RtcStatsReport) -> Vec<JsValue> {
    let Some(values) = js::method(report, "values") else {
        return Vec::new();
    };
    match values.call0(report) {
        Ok(iterator) => js_sys::Array::from(&iterator).to_vec(),
        Err(_) => Vec::new(),
    }
}

/// The pair of addresses in use.
fn path(entries: &[JsValue]) -> Option<&JsValue> {
    entries.iter().find(|entry| {
        is(entry, "type", "candidate-pair")
            && is(entry, "state", "succeeded")
            && js::field(entry, "nominated").is_some_and(|nominated| nominated.is_truthy())
    })
}

/// The share of pictures' packets that the other side misses.
fn lost(entries: &[JsValue]) -> f64 {
    let reports = entries
        .iter()
        .filter(|entry| is(entry, "type", "remote-inbound-rtp") && is(entry, "kind", "video"));
    reports.filter_map(|entry| js::number(entry, "fractionLost")).fold(0.0, f64::max)
}

fn codec(entries: &[JsValue], stream: &JsValue) -> Option<String> {
    let id = js::text(stream, "codecId")?;
    let codec = entries.iter().find(|entry| is(entry, "id", &id))?;
    js::text(codec, "mimeType")
}

fn is(entry: &JsValue, name: &str, value: &str) -> bool {
    js::text(entry, name).is_some_and(|text| text == value)
}
