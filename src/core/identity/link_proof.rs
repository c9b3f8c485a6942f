//! The proof that a peer owns its id, made for one link.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use super::key::{self, Keypair, PROOF};
use super::signed::Forged;
use crate::util::id::PeerId;

/// A peer's signature of one link, over the DTLS fingerprints of both sides. A signalling server
/// that puts itself between two peers must show other fingerprints to each of them, which neither
/// has signed. The fingerprints are new with every connection, so nothing can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkProof(ByteArray<PROOF>);

/// What both sides of a link know of it.
#[derive(Clone, Copy, Debug)]
pub struct LinkTerms<'a> {
    /// The id of its connection.
    pub connection: &'a str,
    /// The fingerprints in the offer.
    pub offer: &'a str,
    /// The fingerprints in the answer.
    pub answer: &'a str,
}

impl LinkProof {
    /// Proves to the peer `to` who this peer is.
    pub fn new(keypair: &Keypair, to: &PeerId, terms: LinkTerms<'_>) -> Self {
        let signature = keypair.sign(&signed_bytes(keypair.id(), to, terms));
        Self(ByteArray::new(key::to_proof(keypair.public(), &signature)))
    }

    /// Checks that the other side of a link, which `to` has received this from, is `from`.
    pub fn verify(&self, from: &PeerId, to: &PeerId, terms: LinkTerms<'_>) -> Result<(), Forged> {
        let (public, signature) = key::from_proof(&self.0);
        let is_key = public.peer_id() == *from;
        if is_key && public.verifies(&signed_bytes(from, to, terms), &signature) {
            Ok(())
        } else {
            Err(Forged)
        }
    }
}

fn signed_bytes(from: &PeerId, to: &PeerId, terms: LinkTerms<'_>) -> Vec<u8> {
    let parts = [from.as_str(), to.as_str(), terms.connection, terms.offer, terms.answer];
    let mut bytes = b"p2p-live link".to_vec();
    for part in parts {
        // Lengths, so that nothing can be read in two ways.
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::SEED;

    #[test]
    fn a_link_is_proven_with_the_fingerprints_that_both_have_seen() {
        let [ann, bob, eve] = [1, 2, 3].map(|byte| Keypair::from_seed(&[byte; SEED]));
        let terms = LinkTerms { connection: "dc_1", offer: "sha-256 AA", answer: "sha-256 BB" };
        let proof = LinkProof::new(&ann, bob.id(), terms);
        assert_eq!(proof.verify(ann.id(), bob.id(), terms), Ok(()));
        assert_eq!(proof.verify(eve.id(), bob.id(), terms), Err(Forged));
        assert_eq!(proof.verify(ann.id(), eve.id(), terms), Err(Forged));
        for swapped in [
            LinkTerms { offer: "sha-256 EE", ..terms },
            LinkTerms { answer: "sha-256 EE", ..terms },
            LinkTerms { offer: terms.answer, answer: terms.offer, ..terms },
            LinkTerms { connection: "dc_2", ..terms },
        ] {
            assert_eq!(proof.verify(ann.id(), bob.id(), swapped), Err(Forged));
        }
    }

    #[test]
    fn whoever_signs_in_the_name_of_another_proves_nothing() {
        let [ann, bob, eve] = [1, 2, 3].map(|byte| Keypair::from_seed(&[byte; SEED]));
        let terms = LinkTerms { connection: "dc_1", offer: "sha-256 AA", answer: "sha-256 BB" };
        let signature = eve.sign(&signed_bytes(ann.id(), bob.id(), terms));
        let proof = LinkProof(ByteArray::new(key::to_proof(eve.public(), &signature)));
        assert_eq!(proof.verify(ann.id(), bob.id(), terms), Err(Forged));
    }
}
