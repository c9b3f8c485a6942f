//! Whether the other side of a link is who its id says.

use crate::identity::{Forged, Keypair, LinkProof, LinkTerms};
use crate::util::id::PeerId;

/// The fingerprints of both sides, and what they have been used for.
#[derive(Debug, Default)]
pub(super) struct Authentication {
    local: Option<Box<str>>,
    remote: Option<Box<str>>,
    proven: bool,
}

/// Which link is authenticated.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    pub(super) own: &'a PeerId,
    pub(super) peer: &'a PeerId,
    pub(super) connection: &'a str,
    pub(super) dialled: bool,
}

impl Authentication {
    /// Notes the fingerprints that this side has described itself with.
    pub(super) fn set_local(&mut self, sdp: &str) {
        self.local.get_or_insert_with(|| fingerprints(sdp));
    }

    /// Notes the fingerprints that the other side is described with. Returns whether they are those
    /// from before: no restart changes them.
    pub(super) fn set_remote(&mut self, sdp: &str) -> bool {
        let new = fingerprints(sdp);
        *self.remote.get_or_insert_with(|| new.clone()) == new
    }

    /// What this side proves itself with.
    pub(super) fn prove(&self, keypair: &Keypair, ends: Ends<'_>) -> LinkProof {
        LinkProof::new(keypair, ends.peer, self.terms(ends))
    }

    /// The other side proves who it is.
    pub(super) fn check(&mut self, proof: &LinkProof, ends: Ends<'_>) -> Result<(), Forged> {
        proof.verify(ends.peer, ends.own, self.terms(ends))?;
        self.proven = true;
        Ok(())
    }

    /// Whether the other side may speak: it has proven who it is, or its id cannot be proven.
    pub(super) fn allows(&self, peer: &PeerId) -> bool {
        self.proven || !peer.is_derived()
    }

    fn terms<'a>(&'a self, ends: Ends<'a>) -> LinkTerms<'a> {
        let [local, remote] = [&self.local, &self.remote].map(|side| side.as_deref().unwrap_or(""));
        let (offer, answer) = if ends.dialled { (local, remote) } else { (remote, local) };
        LinkTerms { connection: ends.connection, offer, answer }
    }
}

/// All DTLS fingerprints in an SDP (RFC 8122, section 5), each once, in an order and a case that do
/// not depend on the browser.
fn fingerprints(sdp: &str) -> Box<str> {
    let lines = sdp.lines().filter_map(|line| line.trim().strip_prefix("a=fingerprint:"));
    let mut all: Vec<_> = lines.map(|line| line.trim().to_ascii_lowercase()).collect();
    all.sort_unstable();
    all.dedup();
    all.join(",").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_found_wherever_a_browser_writes_them() {
        let session = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio 9\r\nm=video 9\r\n";
        let media = "v=0\r\nm=audio 9\r\na=fingerprint:SHA-256 ab:cd\r\nm=video 9\r\n\
            a=fingerprint:sha-256 AB:CD\r\n";
        assert_eq!(&*fingerprints(session), "sha-256 ab:cd");
        assert_eq!(fingerprints(session), fingerprints(media));
        let added = format!("{media}a=fingerprint:sha-256 EE:EE\r\n");
        assert_ne!(fingerprints(&added), fingerprints(media));
    }

    #[test]
    fn a_restart_keeps_the_fingerprint() {
        let mut authentication = Authentication::default();
        assert!(authentication.set_remote("a=fingerprint:sha-256 AA"));
        assert!(authentication.set_remote("a=fingerprint:sha-256 aa\r\na=ice-ufrag:new"));
        assert!(!authentication.set_remote("a=fingerprint:sha-256 EE"));
    }
}
