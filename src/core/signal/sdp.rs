//! Session descriptions and candidates, as PeerJS sends them.

use serde::{Deserialize, Serialize};

/// An SDP with its kind, as `RTCSessionDescription` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Offer or answer.
    #[serde(rename = "type")]
    pub kind: SdpKind,
    /// The SDP.
    pub sdp: String,
}

/// The kinds of [`Description`] that PeerJS exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SdpKind {
    /// Made by the side that dials.
    Offer,
    /// Made by the side that is dialled.
    Answer,
}

/// An ICE candidate, as `RTCIceCandidateInit` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The `candidate:` line.
    pub candidate: String,
    /// The media section it belongs to, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The media section it belongs to, by position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE user name of the generation it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

impl Description {
    /// The ids of the streams that the other side sends, as it names them.
    pub(crate) fn streams(&self) -> impl Iterator<Item = &str> {
        let named = self.sdp.lines().filter_map(|line| line.strip_prefix("a=msid:"));
        named.filter_map(|msid| msid.split_ascii_whitespace().next()).filter(|id| *id != "-")
    }

    /// Names the stream that is sent. The other side finds this name as its id.
    pub(crate) fn name_stream(&mut self, name: &str) {
        let rename = |line: &str| {
            let at = line
                .find("msid:")
                .filter(|_| line.starts_with("a=msid:") || line.starts_with("a=ssrc:"));
            let Some((start, rest)) = at.map(|at| line.split_at(at + "msid:".len())) else {
                return line.to_owned();
            };
            let track = rest.find([' ', '\r', '\n']).unwrap_or(rest.len());
            format!("{start}{name}{}", &rest[track..])
        };
        self.sdp = self.sdp.split_inclusive('\n').map(rename).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_renamed_where_it_is_named_and_nowhere_else() {
        let sdp = "v=0\r\na=msid-semantic: WMS one\r\na=msid:one audio1\r\n\
                   a=ssrc:5 cname:one\r\na=ssrc:5 msid:one audio1\r\na=msid:-\r\na=msid:one";
        let mut description = Description { kind: SdpKind::Offer, sdp: sdp.to_owned() };
        assert_eq!(description.streams().collect::<Vec<_>>(), ["one", "one"]);
        description.name_stream("two");
        assert_eq!(
            description.sdp,
            "v=0\r\na=msid-semantic: WMS one\r\na=msid:two audio1\r\n\
             a=ssrc:5 cname:one\r\na=ssrc:5 msid:two audio1\r\na=msid:two\r\na=msid:two"
        );
    }
}
