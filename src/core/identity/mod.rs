//! Who says what: keys, the peer ids that name them, and signed statements.
//!
//! A peer's id is derived from its Ed25519 key, so whoever knows the id can check what its owner has
//! signed, whatever way it came. Ids of other forms (the original pages' and the names of networks)
//! prove nothing; what is said in their name counts as unproven.

mod key;
mod link_proof;
mod signed;

pub use key::{Keypair, PublicKey, SEED, Signature};
pub use link_proof::{LinkProof, LinkTerms};
pub use signed::{Forged, Signed, Statement, Verified};

use crate::util::id::PeerId;

/// Who a peer is.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The owner of a key; its id names the key.
    Key(Keypair),
    /// Whoever has registered this id, which proves nothing.
    Name(PeerId),
}

impl Identity {
    /// The peer id.
    pub fn id(&self) -> &PeerId {
        match self {
            Self::Key(keypair) => keypair.id(),
            Self::Name(id) => id,
        }
    }
}
