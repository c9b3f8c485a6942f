//! Ed25519 keys (RFC 8032), and the peer ids that name them.

use core::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand_core::RngCore;
use sha2::{Digest, Sha256};

use crate::util::id::PeerId;

/// Bytes of the secret that a key pair is made from.
pub const SEED: usize = 32;
/// Bytes of a public key and a signature, one after the other.
pub(super) const PROOF: usize = 32 + 64;

/// A key pair, with the peer id that names it.
#[derive(Clone)]
pub struct Keypair {
    secret: Secret,
    public: PublicKey,
    id: PeerId,
}

#[derive(Clone)]
enum Secret {
    Ed25519(Box<SigningKey>),
    #[cfg(feature = "sim")]
    Simulated,
}

/// The public half of a [`Keypair`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// A signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Keypair {
    /// A new key pair. `rng` must be a source of secrets, as the browser's is.
    pub fn generate(rng: &mut impl RngCore) -> Self {
        let mut seed = [0; SEED];
        rng.fill_bytes(&mut seed);
        Self::from_seed(&seed)
    }

    /// The key pair of a secret that [`seed`](Self::seed) has given.
    pub fn from_seed(seed: &[u8; SEED]) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let public = PublicKey(signing.verifying_key().to_bytes());
        Self { id: public.peer_id(), public, secret: Secret::Ed25519(Box::new(signing)) }
    }

    /// A cheap stand-in for the simulation of large rooms. Anybody can forge its signatures.
    #[cfg(feature = "sim")]
    pub fn simulated(number: u32) -> Self {
        let mut bytes = [0; 32];
        bytes[..SIMULATED.len()].copy_from_slice(SIMULATED);
        bytes[16..20].copy_from_slice(&number.to_be_bytes());
        let public = PublicKey(bytes);
        Self { id: public.peer_id(), public, secret: Secret::Simulated }
    }

    /// The secret, from which [`from_seed`](Self::from_seed) makes the same key pair. Whoever has
    /// it can speak as its owner.
    pub fn seed(&self) -> [u8; SEED] {
        match &self.secret {
            Secret::Ed25519(signing) => signing.to_bytes(),
            #[cfg(feature = "sim")]
            Secret::Simulated => self.public.0,
        }
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The peer id that names the key.
    pub fn id(&self) -> &PeerId {
        &self.id
    }

    /// A secret that the owners of two keys share without a word: each makes it of its own secret
    /// and the other's key (X25519, RFC 7748). `None` if the other key is none.
    pub fn shared_secret(&self, with: PublicKey) -> Option<[u8; 32]> {
        match &self.secret {
            Secret::Ed25519(signing) => {
                let point = VerifyingKey::from_bytes(&with.0).ok()?.to_montgomery();
                let shared = (point * signing.to_scalar()).to_bytes();
                // Keys of small order would share the same with everybody.
                (shared != [0; 32]).then_some(shared)
            }
            #[cfg(feature = "sim")]
            Secret::Simulated => Some(core::array::from_fn(|at| self.public.0[at] ^ with.0[at])),
        }
    }

    /// Signs some bytes.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        match &self.secret {
            Secret::Ed25519(signing) => Signature(signing.sign(bytes).to_bytes()),
            #[cfg(feature = "sim")]
            Secret::Simulated => simulated_signature(self.public, bytes),
        }
    }
}

impl PublicKey {
    /// The peer id that names this key.
    pub fn peer_id(self) -> PeerId {
        PeerId::derived(&self.digest())
    }

    /// Whether this key's owner has signed `bytes`. Keys and signatures of which there are several
    /// spellings are refused.
    pub fn verifies(self, bytes: &[u8], signature: &Signature) -> bool {
        #[cfg(feature = "sim")]
        if self.is_simulated() {
            return *signature == simulated_signature(self, bytes);
        }
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(bytes, &signature).is_ok())
    }

    /// The first 160 bits of the key's SHA-256.
    fn digest(self) -> [u8; 20] {
        let mut digest = [0; 20];
        #[cfg(feature = "sim")]
        if self.is_simulated() {
            digest.copy_from_slice(&self.0[..20]);
            return digest;
        }
        digest.copy_from_slice(&Sha256::digest(self.0)[..20]);
        digest
    }

    #[cfg(feature = "sim")]
    fn is_simulated(self) -> bool {
        self.0.starts_with(SIMULATED)
    }
}

/// A public key and a signature as one run of bytes.
pub(super) fn to_proof(key: PublicKey, signature: &Signature) -> [u8; PROOF] {
    let mut proof = [0; PROOF];
    let (of_key, of_signature) = proof.split_at_mut(32);
    of_key.copy_from_slice(&key.0);
    of_signature.copy_from_slice(&signature.0);
    proof
}

/// The public key and the signature in a run of bytes.
pub(super) fn from_proof(proof: &[u8; PROOF]) -> (PublicKey, Signature) {
    let (mut key, mut signature) = ([0; 32], [0; 64]);
    key.copy_from_slice(&proof[..32]);
    signature.copy_from_slice(&proof[32..]);
    (PublicKey(key), Signature(signature))
}

#[cfg(feature = "sim")]
const SIMULATED: &[u8] = b"simulated";

#[cfg(feature = "sim")]
fn simulated_signature(key: PublicKey, bytes: &[u8]) -> Signature {
    use core::hash::Hasher;

    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(&key.0);
    hasher.write(bytes);
    let mut signature = [0; 64];
    signature[..8].copy_from_slice(&hasher.finish().to_be_bytes());
    Signature(signature)
}

/// Says whose key it is and nothing of the secret.
impl fmt::Debug for Keypair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keypair").field(&self.id).finish()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.peer_id()).finish()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        core::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap_or(0))
    }

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let keypair = Keypair::from_seed(&seed);
        let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assert_eq!(keypair.public(), PublicKey(public));
        let signature =
            Signature(hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
        assert_eq!(keypair.sign(&[0x72]), signature);
        assert!(keypair.public().verifies(&[0x72], &signature));
        assert!(!keypair.public().verifies(&[0x73], &signature));
        assert_eq!(keypair.seed(), seed);
    }

    #[test]
    fn an_id_names_one_key() {
        let [a, b] = [1, 2].map(|byte| Keypair::from_seed(&[byte; SEED]));
        assert!(a.id().is_derived());
        assert_eq!(a.public().peer_id(), *a.id());
        assert_ne!(a.id(), b.id());
        assert!(!b.public().verifies(b"text", &a.sign(b"text")));
    }

    /// A key of small order would accept one signature for many texts.
    #[test]
    fn weak_keys_prove_nothing() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!PublicKey(neutral).verifies(b"text", &Signature(signature)));
    }

    #[test]
    fn two_share_a_secret_that_nobody_else_has() {
        let [a, b, c] = [1, 2, 3].map(|byte| Keypair::from_seed(&[byte; SEED]));
        let shared = a.shared_secret(b.public());
        assert!(shared.is_some());
        assert_eq!(shared, b.shared_secret(a.public()));
        assert_ne!(shared, c.shared_secret(a.public()));
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(a.shared_secret(PublicKey(neutral)), None);
    }

    #[cfg(feature = "sim")]
    #[test]
    fn simulated_keys_tell_peers_apart() {
        let [a, b] = [1, 2].map(Keypair::simulated);
        assert!(a.id().is_derived());
        assert_ne!(a.id(), b.id());
        assert!(a.public().verifies(b"text", &a.sign(b"text")));
        assert!(!a.public().verifies(b"other", &a.sign(b"text")));
        assert!(!b.public().verifies(b"text", &a.sign(b"text")));
    }
}
