//! The payloads that two peers exchange through the server, as PeerJS writes them, with one
//! member of our own (`p2pLive`) that PeerJS ignores.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::sdp::{Candidate, Description};
use crate::identity::Signed;
use crate::model::GatheringKind;
use crate::util::id::PeerId;
use crate::util::limits;
use crate::wire::message::{Order, Vouch};

/// The version of our own protocol that this code speaks.
pub const VERSION: u16 = 1;

/// Whether a connection is PeerJS's data or media connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    /// With a data channel that carries messages.
    Data,
    /// A call.
    Media,
}

/// `OFFER`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The session description.
    pub sdp: Description,
    /// Data or media.
    #[serde(rename = "type")]
    pub kind: ConnectionKind,
    /// Names the connection between the two peers.
    pub connection_id: String,
    /// What the dialling side says about itself.
    #[serde(
        default,
        deserialize_with = "foreign_metadata",
        skip_serializing_if = "Option::is_none"
    )]
    pub metadata: Option<Metadata>,
    /// The data channel's label; not read from others.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether the data channel keeps the order; not read from others.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub reliable: Option<bool>,
    /// How messages are packed: `binary` if it is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serialization: Option<String>,
    /// Something that PeerJS said before 1.5 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// A new generation of ICE for a connection that exists (ours only).
    #[serde(default)]
    pub restart: bool,
}

/// The frames in which PeerJS puts JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Json {
    /// Binary ones, since 1.5.
    Binary,
    /// Text, before 1.5, which reads nothing else.
    Text,
}

/// The metadata of an [`Offer`]; foreign metadata leaves `p2p_live` empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The dialling side's greeting, if it is one of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p2p_live: Option<Handshake>,
}

/// What one of ours says when it dials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// The protocol version.
    pub v: u16,
    /// What the dialling side wants.
    #[serde(default)]
    pub intent: Intent,
    /// How many children the dialling side could feed.
    #[serde(default)]
    pub slots: u32,
    /// What shows that it was let into the room.
    #[serde(default, with = "packed", skip_serializing_if = "Vec::is_empty")]
    pub membership: Membership,
}

/// The word of those who have let a peer into a room, one for the other: first the host's.
pub type Membership = Vec<Signed<Vouch>>;

impl Handshake {
    /// Says what is wanted and nothing else.
    pub fn new(intent: Intent) -> Self {
        Self { v: VERSION, intent, slots: 0, membership: Vec::new() }
    }
}

/// What a dialling peer wants of the dialled one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// To become its child.
    Join,
    /// To become its child, although it has a parent: only if that makes the tree better.
    Reparent,
    /// To keep it as a second possible parent.
    Standby,
    /// To be let in by the host.
    Knock,
    /// To announce a room to an index root.
    Announce,
    /// To see an index root's rooms.
    Browse,
    /// To exchange streams and texts with it.
    Exchange,
    /// To borrow the stream that it shows.
    Borrow,
    /// To be linked with it as a member of the conference.
    Conference,
    /// Likewise of the voice channel.
    Voice,
    /// Something that this version does not know; it is refused.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Intent {
    /// What a member of a gathering wants of another.
    pub fn of(kind: GatheringKind) -> Self {
        match kind {
            GatheringKind::Conference => Self::Conference,
            GatheringKind::Voice => Self::Voice,
        }
    }

    /// The gathering that the dialling peer means.
    pub fn gathering(self) -> Option<GatheringKind> {
        GatheringKind::ALL.into_iter().find(|kind| Self::of(*kind) == self)
    }
}

/// `ANSWER`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The session description; missing only in a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp: Option<Description>,
    /// Data or media.
    #[serde(rename = "type")]
    pub kind: ConnectionKind,
    /// The connection that is answered.
    pub connection_id: String,
    /// Present if the answering side is one of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p2p_live: Option<Reply>,
}

/// What one of ours says when it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The protocol version.
    pub v: u16,
    /// Why the connection is not made; nothing is negotiated then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse: Option<Refusal>,
}

/// Why a peer does not connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The reason.
    pub reason: RefusalReason,
    /// Peers to ask instead, best first.
    #[serde(default)]
    pub ask: Vec<PeerId>,
    /// The host's own word that it has sent the peer away.
    #[serde(default, with = "packed", skip_serializing_if = "Option::is_none")]
    pub order: Option<Signed<Order>>,
}

impl Refusal {
    /// A refusal that nothing has to be proven for.
    pub fn new(reason: RefusalReason, ask: Vec<PeerId>) -> Self {
        Self { reason, ask, order: None }
    }
}

/// Reasons for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// No free slot.
    Full,
    /// Its own way to the host is broken; it will be mended.
    Detached,
    /// It would close a circle in the tree.
    Cycle,
    /// It is in no room, or not an index root.
    NotInRoom,
    /// The host lets nobody in.
    Locked,
    /// The host, who is named, must be asked.
    Knock,
    /// The host has sent this peer away just now.
    Kicked,
    /// The host has sent this peer away for good.
    Banned,
    /// It speaks another version of the protocol.
    Version,
    /// It is occupied with somebody else.
    Busy,
    /// It shows nothing that could be borrowed.
    NotStreaming,
    /// Anything that this version does not know.
    #[serde(other)]
    Other,
}

impl RefusalReason {
    /// Whether it says that the host has sent the peer away.
    pub(crate) fn is_removal(self) -> bool {
        matches!(self, Self::Kicked | Self::Banned)
    }
}

/// `CANDIDATE`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trickle {
    /// The candidate.
    pub candidate: Candidate,
    /// Data or media.
    #[serde(rename = "type")]
    pub kind: ConnectionKind,
    /// The connection it belongs to.
    pub connection_id: String,
    /// The sender has given the attempt to connect up. The candidate is the empty one that ends a
    /// generation, so PeerJS sees nothing else in it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub abandoned: bool,
}

impl Offer {
    /// Reads an untrusted payload; `None` if it is not an offer within the limits. Metadata of
    /// another shape is dropped, so that a stranger's offer is still an offer.
    pub fn parse(payload: &str) -> Option<Self> {
        let offer: Self = serde_json::from_str(payload).ok()?;
        (acceptable(&offer.connection_id) && offer.sdp.sdp.len() <= limits::SDP).then_some(offer)
    }

    /// How a stranger that does not speak BinaryPack writes its messages.
    pub fn json(&self) -> Option<Json> {
        let json = self.serialization.as_deref() == Some("json");
        json.then(|| if self.browser.is_some() { Json::Text } else { Json::Binary })
    }

    /// The greeting, if the dialling side is one of ours.
    pub fn handshake(&self) -> Option<&Handshake> {
        self.metadata.as_ref()?.p2p_live.as_ref()
    }
}

impl Answer {
    /// Reads an untrusted payload; `None` if it is not an answer within the limits.
    pub fn parse(payload: &str) -> Option<Self> {
        let mut answer: Self = serde_json::from_str(payload).ok()?;
        let sdp = answer.sdp.as_ref().map_or(0, |sdp| sdp.sdp.len());
        if let Some(Reply { refuse: Some(refusal), .. }) = &mut answer.p2p_live {
            refusal.ask.truncate(limits::CANDIDATE_PARENTS);
        }
        (acceptable(&answer.connection_id) && sdp <= limits::SDP).then_some(answer)
    }
}

impl Trickle {
    /// Says that the attempt to connect is given up.
    pub fn abandon(kind: ConnectionKind, connection_id: &str) -> Self {
        let candidate = Candidate {
            candidate: String::new(),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: Some(0),
            username_fragment: None,
        };
        Self { candidate, kind, connection_id: connection_id.to_owned(), abandoned: true }
    }

    /// Reads an untrusted payload; `None` if it is not a candidate within the limits.
    pub fn parse(payload: &str) -> Option<Self> {
        let trickle: Self = serde_json::from_str(payload).ok()?;
        let short =
            |text: &Option<String>, most| text.as_ref().is_none_or(|text| text.len() <= most);
        let Candidate { candidate, sdp_mid, username_fragment, .. } = &trickle.candidate;
        let short = candidate.len() <= limits::CANDIDATE
            && short(sdp_mid, limits::MID)
            && short(username_fragment, limits::UFRAG);
        (short && acceptable(&trickle.connection_id)).then_some(trickle)
    }
}

/// What a stranger puts there may be anything; only ours, within the limit, is kept.
fn foreign_metadata<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Metadata>, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    Ok((text.len() <= limits::METADATA).then(|| serde_json::from_str(text).unwrap_or_default()))
}

/// Signed statements inside JSON: the base64 of BinaryPack.
mod packed {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
    use serde::de::{DeserializeOwned, Error};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::util::binarypack;

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let packed = binarypack::to_vec(value).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&BASE64.encode(packed))
    }

    pub(super) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        let packed = BASE64.decode(text).map_err(D::Error::custom)?;
        binarypack::from_slice(&packed).map_err(D::Error::custom)
    }
}

fn acceptable(connection_id: &str) -> bool {
    !connection_id.is_empty() && connection_id.len() <= 2 * limits::ID
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_offer_as_peerjs_writes_it() {
        let offer = Offer::parse(
            r#"{"sdp":{"type":"offer","sdp":"v=0"},"type":"data","connectionId":"dc_x",
                "metadata":["foreign"],"label":"dc_x","reliable":false,"serialization":"binary"}"#,
        )
        .unwrap();
        assert_eq!(offer.kind, ConnectionKind::Data);
        assert!(offer.handshake().is_none());
    }

    #[test]
    fn an_offer_as_peerjs_before_1_5_writes_it() {
        let offer = Offer::parse(
            r#"{"sdp":{"type":"offer","sdp":"v=0"},"type":"media","connectionId":"mc_x",
                "browser":"firefox"}"#,
        )
        .unwrap();
        assert_eq!((offer.kind, offer.json()), (ConnectionKind::Media, None));
        let answer = r#"{"sdp":{"type":"answer","sdp":"v=0"},"type":"data","connectionId":"dc_x",
            "browser":"chrome"}"#;
        assert!(Answer::parse(answer).unwrap().p2p_live.is_none());
    }

    #[test]
    fn json_goes_in_the_frames_that_the_version_reads() {
        let json = |rest: &str| {
            let offer = format!(
                r#"{{"sdp":{{"type":"offer","sdp":"v=0"}},"type":"data","connectionId":"c"{rest}}}"#
            );
            Offer::parse(&offer).unwrap().json()
        };
        assert_eq!(json(""), None);
        assert_eq!(json(r#","serialization":"binary","browser":"chrome""#), None);
        assert_eq!(json(r#","serialization":"json""#), Some(Json::Binary));
        assert_eq!(json(r#","serialization":"json","browser":"chrome""#), Some(Json::Text));
    }

    #[test]
    fn our_greeting_survives_and_unknown_wishes_are_known_as_such() {
        for intent in
            [Intent::Join, Intent::Reparent, Intent::Standby, Intent::Announce, Intent::Browse]
        {
            let handshake = Handshake { slots: 4, ..Handshake::new(intent) };
            let text = serde_json::to_string(&handshake).unwrap();
            assert_eq!(serde_json::from_str::<Handshake>(&text).unwrap(), handshake);
        }
        let handshake: Handshake =
            serde_json::from_str(r#"{"v":9,"intent":"fly","how":1}"#).unwrap();
        assert_eq!(handshake.intent, Intent::Unknown);
    }

    #[test]
    fn the_members_of_a_candidate_are_short() {
        let candidate = |line: usize, mid: usize, name: usize| {
            let [line, mid, name] = [line, mid, name].map(|length| "x".repeat(length));
            Trickle::parse(&format!(
                r#"{{"candidate":{{"candidate":"{line}","sdpMid":"{mid}","sdpMLineIndex":0,
                    "usernameFragment":"{name}"}},"type":"data","connectionId":"c"}}"#
            ))
        };
        let most = [limits::CANDIDATE, limits::MID, limits::UFRAG];
        assert!(candidate(most[0], most[1], most[2]).is_some());
        for long in 0..3 {
            let mut lengths = most;
            lengths[long] += 1;
            assert!(candidate(lengths[0], lengths[1], lengths[2]).is_none());
        }
    }

    #[test]
    fn oversized_or_malformed_payloads_are_refused() {
        let long = "x".repeat(limits::SDP + 1);
        let offer = |sdp: &str, id: &str| {
            format!(
                r#"{{"sdp":{{"type":"offer","sdp":"{sdp}"}},"type":"data","connectionId":"{id}"}}"#
            )
        };
        assert!(Offer::parse(&offer("v=0", "dc")).is_some());
        assert!(Offer::parse(&offer(&long, "dc")).is_none());
        assert!(Offer::parse(&offer("v=0", "")).is_none());
        assert!(Offer::parse("null").is_none());
        let ids = format!("[{}]", vec![r#""a""#; 100].join(","));
        let answer = Answer::parse(&format!(
            r#"{{"type":"data","connectionId":"c","p2pLive":{{"v":1,"refuse":{{"reason":"new","ask":{ids}}}}}}}"#
        ))
        .unwrap();
        let refusal = answer.p2p_live.unwrap().refuse.unwrap();
        assert_eq!(
            (refusal.reason, refusal.ask.len()),
            (RefusalReason::Other, limits::CANDIDATE_PARENTS)
        );
    }
}
