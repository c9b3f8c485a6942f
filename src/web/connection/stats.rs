//! Media statistics of a link, from `getStats`.

use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcPeerConnection, RtcStatsReport};

/// The video of one link in one direction, and its network path. Counters run from the start of
/// the link; rates come from comparing two readings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkStats {
    /// Whether the video comes in; otherwise it goes out.
    pub inbound: bool,
    /// Whether the player shows it (inbound).
    pub shown: bool,
    /// Time of the reading in milliseconds.
    pub at: f64,
    /// Frames per second, as the browser counts them.
    pub fps: f64,
    /// Frames decoded (inbound) or encoded (outbound).
    pub frames: f64,
    /// Number of noticeable freezes (inbound).
    pub freezes: f64,
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// Bytes of media received or sent, without headers.
    pub bytes: f64,
    /// Packets lost (inbound).
    pub lost: f64,
    /// Frames dropped because they were late or the machine was busy (inbound).
    pub dropped: f64,
    /// Total seconds that frames spent in the jitter buffer (inbound).
    pub jitter_buffer: f64,
    /// Round-trip time of the path in milliseconds.
    pub rtt: Option<f64>,
    /// The browser's estimate of what it can send, in bit/s.
    pub available: Option<f64>,
    /// The codec, such as `video/VP8`.
    pub codec: Option<String>,
}

/// Totals of all media sent over a connection since its start.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct SentStats {
    /// Time of the reading in milliseconds.
    pub(crate) at: f64,
    /// Bytes of audio and video, without headers.
    pub(crate) bytes: f64,
    /// Bytes of video that the encoder's target bitrate allowed.
    pub(crate) target_bytes: f64,
    /// Whether the browser lowers the quality for lack of bandwidth; Firefox does not tell.
    pub(crate) bandwidth_limited: Option<bool>,
    /// The browser's estimate of the path's capacity, in bit/s.
    pub(crate) available: Option<f64>,
    /// The share of video packets lost recently, as the receiver reports it.
    pub(crate) fraction_lost: f64,
}

/// One entry for each direction in which `connection` carries video.
pub(crate) async fn read(connection: &RtcPeerConnection, shown: bool) -> Vec<LinkStats> {
    report(connection).await.map(|report| report.video(shown)).unwrap_or_default()
}

/// What has been sent; `None` while nothing is.
pub(crate) async fn sent(connection: &RtcPeerConnection) -> Option<SentStats> {
    report(connection).await?.sent()
}

async fn report(connection: &RtcPeerConnection) -> Option<Report> {
    let report = JsFuture::from(connection.get_stats()).await.ok()?;
    let entries = report.unchecked_into::<RtcStatsReport>().values().into_iter().flatten();
    Some(Report(entries.filter_map(|entry| serde_wasm_bindgen::from_value(entry).ok()).collect()))
}

struct Report(Vec<Entry>);

/// One object of an `RTCStatsReport`: the members that are used here of the dictionaries
/// `inbound-rtp`, `outbound-rtp`, `remote-inbound-rtp`, `candidate-pair` and `codec`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    r#type: String,
    id: String,
    kind: String,
    timestamp: f64,
    codec_id: Option<String>,
    mime_type: Option<String>,
    // Candidate pairs.
    state: String,
    nominated: bool,
    current_round_trip_time: Option<f64>,
    available_outgoing_bitrate: Option<f64>,
    // Streams.
    frames_per_second: f64,
    frames_decoded: f64,
    frames_encoded: f64,
    freeze_count: f64,
    frame_width: f64,
    frame_height: f64,
    bytes_received: f64,
    bytes_sent: f64,
    total_encoded_bytes_target: f64,
    packets_lost: f64,
    fraction_lost: f64,
    frames_dropped: f64,
    jitter_buffer_delay: f64,
    quality_limitation_reason: Option<String>,
}

impl Report {
    fn video(&self, shown: bool) -> Vec<LinkStats> {
        let path = self.path();
        let video = self.0.iter().filter(|entry| entry.kind == "video");
        video
            .filter_map(|entry| {
                let inbound = match entry.r#type.as_str() {
                    "inbound-rtp" => true,
                    "outbound-rtp" => false,
                    _ => return None,
                };
                let rtt = path.and_then(|path| path.current_round_trip_time);
                Some(LinkStats {
                    inbound,
                    shown: shown && inbound,
                    at: entry.timestamp,
                    fps: entry.frames_per_second,
                    frames: if inbound { entry.frames_decoded } else { entry.frames_encoded },
                    freezes: entry.freeze_count,
                    width: entry.frame_width,
                    height: entry.frame_height,
                    bytes: if inbound { entry.bytes_received } else { entry.bytes_sent },
                    lost: entry.packets_lost,
                    dropped: entry.frames_dropped,
                    jitter_buffer: entry.jitter_buffer_delay,
                    rtt: rtt.map(|seconds| seconds * 1_000.0),
                    available: path.and_then(|path| path.available_outgoing_bitrate),
                    codec: self.codec(entry),
                })
            })
            .collect()
    }

    fn sent(&self) -> Option<SentStats> {
        let mut streams = self.of_type("outbound-rtp").peekable();
        streams.peek()?;
        let path = self.path();
        let mut sent = SentStats {
            available: path.and_then(|path| path.available_outgoing_bitrate),
            fraction_lost: self.fraction_lost(),
            ..SentStats::default()
        };
        for stream in streams {
            sent.at = stream.timestamp;
            sent.bytes += stream.bytes_sent;
            sent.target_bytes += stream.total_encoded_bytes_target;
            if let Some(reason) = &stream.quality_limitation_reason {
                let limited = sent.bandwidth_limited == Some(true) || reason == "bandwidth";
                sent.bandwidth_limited = Some(limited);
            }
        }
        Some(sent)
    }

    fn of_type(&self, kind: &'static str) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| entry.r#type == kind)
    }

    /// The candidate pair in use.
    fn path(&self) -> Option<&Entry> {
        self.of_type("candidate-pair").find(|pair| pair.state == "succeeded" && pair.nominated)
    }

    fn fraction_lost(&self) -> f64 {
        let video = self.of_type("remote-inbound-rtp").filter(|entry| entry.kind == "video");
        video.map(|entry| entry.fraction_lost).fold(0.0, f64::max)
    }

    fn codec(&self, stream: &Entry) -> Option<String> {
        let id = stream.codec_id.as_ref()?;
        self.0.iter().find(|entry| entry.id == *id)?.mime_type.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::test;

    fn report(json: &str) -> Report {
        Report(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_report_becomes_one_entry_per_direction_of_the_video() {
        let report = report(
            r#"[{"type":"inbound-rtp","id":"I","kind":"video","timestamp":5,"codecId":"C",
                 "framesDecoded":30,"framesEncoded":1,"bytesReceived":9,"packetsLost":-1},
                {"type":"inbound-rtp","id":"A","kind":"audio"},
                {"type":"outbound-rtp","id":"O","kind":"video","bytesSent":7},
                {"type":"candidate-pair","id":"X","state":"succeeded","nominated":false,
                 "currentRoundTripTime":9},
                {"type":"candidate-pair","id":"P","state":"succeeded","nominated":true,
                 "currentRoundTripTime":0.02},
                {"type":"codec","id":"C","mimeType":"video/VP8"}]"#,
        );
        let [inbound, outbound] = &report.video(true)[..] else { panic!() };
        assert!(inbound.inbound && inbound.shown && !outbound.inbound && !outbound.shown);
        assert_eq!((inbound.frames, inbound.bytes, outbound.bytes), (30.0, 9.0, 7.0));
        assert_eq!((inbound.rtt, inbound.available), (Some(20.0), None));
        assert_eq!(inbound.codec.as_deref(), Some("video/VP8"));
        assert_eq!(inbound.lost, -1.0);
    }

    #[test]
    fn what_is_sent_is_added_up() {
        assert_eq!(report("[]").sent(), None);
        let sent = report(
            r#"[{"type":"outbound-rtp","kind":"audio","timestamp":3,"bytesSent":10},
                {"type":"outbound-rtp","kind":"video","timestamp":3,"bytesSent":90,
                 "totalEncodedBytesTarget":200,"qualityLimitationReason":"bandwidth"},
                {"type":"remote-inbound-rtp","kind":"video","fractionLost":0.25}]"#,
        );
        let sent = sent.sent().unwrap();
        assert_eq!((sent.at, sent.bytes, sent.target_bytes), (3.0, 100.0, 200.0));
        assert_eq!((sent.bandwidth_limited, sent.fraction_lost), (Some(true), 0.25));
    }
}
