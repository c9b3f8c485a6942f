//! Statements and the proof of who has made them.

use core::ops::Deref;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::{ByteArray, Bytes};

use super::key::{self, Keypair, PROOF, PublicKey};
use crate::util::binarypack::{self, Budget};
use crate::util::id::PeerId;
use crate::util::limits;

/// What a peer says and others pass on.
pub trait Statement: Serialize + DeserializeOwned {
    /// What kind of statement it is. A signature of one kind is worth nothing for another.
    const KIND: &'static str;
    /// The bytes of the largest one, packed.
    const LIMIT: usize;

    /// Whose statement it is; `about` is the room that it is made in.
    fn speaker<'a>(&'a self, about: &'a PeerId) -> &'a PeerId;

    /// Whether everything in it is within the limits.
    fn is_sound(&self) -> bool;
}

/// A statement as it travels: its bytes, which everybody passes on as they are, and the proof of who
/// has made it. Cheap to clone.
#[derive(Debug)]
pub struct Signed<T>(Arc<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    value: Arc<T>,
    payload: Box<[u8]>,
    proof: Option<Box<[u8; PROOF]>>,
}

/// The proof of a statement is missing, or is another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not said by the peer that it names")]
pub struct Forged;

/// A statement that may be believed as far as it can be: its speaker's id names a key, and the owner
/// of that key has signed it; or the id names none, and then nothing can be proven.
#[derive(Debug)]
pub struct Verified<T> {
    signed: Signed<T>,
    hearsay: bool,
}

impl<T: Statement> Signed<T> {
    /// Signs what this peer says about the room `about`.
    pub fn new(value: T, about: &PeerId, keypair: &Keypair) -> Self {
        let payload = pack(&value);
        let signature = keypair.sign(&signed_bytes::<T>(about, &payload));
        let proof = key::to_proof(keypair.public(), &signature);
        Self(Arc::new(Inner { value: Arc::new(value), payload, proof: Some(Box::new(proof)) }))
    }

    /// A statement of a peer whose id names no key.
    pub fn unproven(value: T) -> Self {
        let payload = pack(&value);
        Self(Arc::new(Inner { value: Arc::new(value), payload, proof: None }))
    }

    /// Checks who has made this statement about the room `about`.
    pub fn verify(&self, about: &PeerId) -> Result<Verified<T>, Forged> {
        let speaker = self.speaker(about);
        if speaker.is_derived() {
            let (public, signature) = self.0.proof.as_deref().map(key::from_proof).ok_or(Forged)?;
            let bytes = || signed_bytes::<T>(about, &self.0.payload);
            if public.peer_id() != *speaker || !public.verifies(&bytes(), &signature) {
                return Err(Forged);
            }
        }
        Ok(Verified { signed: self.clone(), hearsay: false })
    }

    /// The id that names the key in the proof, which is still to be checked.
    pub fn signer(&self) -> Option<PeerId> {
        Some(self.public_key()?.peer_id())
    }

    /// The key in the proof, which is still to be checked.
    pub fn public_key(&self) -> Option<PublicKey> {
        Some(key::from_proof(self.0.proof.as_deref()?).0)
    }

    /// The statement alone, to keep it for longer than its proof is needed.
    pub fn value(&self) -> &Arc<T> {
        &self.0.value
    }
}

impl<T: Statement> Verified<T> {
    /// What this peer itself says.
    pub fn own(value: T, about: &PeerId, keypair: Option<&Keypair>) -> Self {
        let signed = match keypair {
            Some(keypair) => Signed::new(value, about, keypair),
            None => Signed::unproven(value),
        };
        Self { signed, hearsay: false }
    }

    /// What an original page tells of others. It is for this peer alone: nobody else would believe
    /// it.
    pub fn hearsay(signed: Signed<T>, about: &PeerId) -> Self {
        let hearsay = signed.speaker(about).is_derived();
        Self { signed, hearsay }
    }

    /// The statement as it is passed on; `None` if nobody else would believe it.
    pub fn signed(&self) -> Option<&Signed<T>> {
        (!self.hearsay).then_some(&self.signed)
    }

    /// Whether it only came through somebody who could not prove it.
    pub fn is_hearsay(&self) -> bool {
        self.hearsay
    }

    /// The statement alone.
    pub fn value(&self) -> &Arc<T> {
        self.signed.value()
    }
}

impl<T> Clone for Signed<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for Verified<T> {
    fn clone(&self) -> Self {
        Self { signed: self.signed.clone(), hearsay: self.hearsay }
    }
}

impl<T> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (&self.0.payload, &self.0.proof) == (&other.0.payload, &other.0.proof)
    }
}

impl<T> Eq for Signed<T> {}

impl<T> PartialEq for Verified<T> {
    fn eq(&self, other: &Self) -> bool {
        (&self.signed, self.hearsay) == (&other.signed, other.hearsay)
    }
}

impl<T> Deref for Signed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.signed
    }
}

/// On the wire: the packed statement, and the key and the signature if it is signed.
#[derive(Serialize)]
struct Written<'a> {
    payload: &'a Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a Bytes>,
}

#[derive(Deserialize)]
struct Read<'a> {
    #[serde(borrow)]
    payload: &'a Bytes,
    #[serde(default)]
    proof: Option<ByteArray<PROOF>>,
}

impl<T> Serialize for Signed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let proof = self.0.proof.as_deref().map(|proof| Bytes::new(proof));
        Written { payload: Bytes::new(&self.0.payload), proof }.serialize(serializer)
    }
}

impl<'de, T: Statement> Deserialize<'de> for Signed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { payload, proof } = Read::deserialize(deserializer)?;
        let budget =
            Budget { bytes: T::LIMIT, values: limits::STATEMENT_VALUES, ..Budget::default() };
        let value: T = binarypack::from_slice_within(payload, budget).map_err(D::Error::custom)?;
        if !value.is_sound() {
            return Err(D::Error::custom("a statement beyond the limits"));
        }
        let proof = proof.map(|proof| Box::new(proof.into_array()));
        let payload = payload.to_vec().into_boxed_slice();
        Ok(Self(Arc::new(Inner { value: Arc::new(value), payload, proof })))
    }
}

fn pack<T: Statement>(value: &T) -> Box<[u8]> {
    // Keys are texts, and nothing else can fail.
    binarypack::to_vec(value).unwrap_or_default().into_boxed_slice()
}

/// What is signed: the kind of statement, the room and the packed statement.
fn signed_bytes<T: Statement>(about: &PeerId, payload: &[u8]) -> Vec<u8> {
    // Neither a kind nor an id contains a zero, so nothing can be read in two ways.
    [b"p2p-live\0", T::KIND.as_bytes(), b"\0", about.as_str().as_bytes(), b"\0", payload].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::identity::SEED;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Said {
        by: PeerId,
        text: String,
    }

    impl Statement for Said {
        const KIND: &'static str = "said";
        const LIMIT: usize = 200;

        fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
            &self.by
        }

        fn is_sound(&self) -> bool {
            self.text != "too much"
        }
    }

    fn key(byte: u8) -> Keypair {
        Keypair::from_seed(&[byte; SEED])
    }

    fn room() -> PeerId {
        PeerId::new("ROOM").unwrap()
    }

    fn said(by: &PeerId, text: &str) -> Said {
        Said { by: by.clone(), text: text.to_owned() }
    }

    fn sent(signed: &Signed<Said>) -> Result<Signed<Said>, binarypack::Error> {
        binarypack::from_slice(&binarypack::to_vec(signed).unwrap())
    }

    #[test]
    fn what_was_signed_is_believed_and_nothing_else() {
        let (ann, bob) = (key(1), key(2));
        let signed = Signed::new(said(ann.id(), "hello"), &room(), &ann);
        let received = sent(&signed).unwrap();
        assert_eq!(received, signed);
        assert_eq!(received.verify(&room()).unwrap().text, "hello");
        let elsewhere = PeerId::new("OTHER").unwrap();
        assert_eq!(received.verify(&elsewhere), Err(Forged));
        for forged in [
            Signed::new(said(ann.id(), "hello"), &room(), &bob),
            Signed::unproven(said(ann.id(), "hello")),
        ] {
            assert_eq!(sent(&forged).unwrap().verify(&room()), Err(Forged));
        }
    }

    #[test]
    fn one_changed_bit_is_found() {
        let ann = key(1);
        let packed =
            binarypack::to_vec(&Signed::new(said(ann.id(), "hello"), &room(), &ann)).unwrap();
        for at in 0..packed.len() {
            let mut packed = packed.clone();
            packed[at] ^= 1;
            let Ok(read) = binarypack::from_slice::<Signed<Said>>(&packed) else { continue };
            // An id that is changed may name no key, but then it is not Ann who speaks.
            assert!(read.verify(&room()).is_err() || read.by != *ann.id(), "byte {at}");
        }
    }

    #[test]
    fn an_id_that_names_no_key_proves_nothing() {
        let old = said(&PeerId::new("OLD").unwrap(), "hello");
        let verified = sent(&Signed::unproven(old)).unwrap().verify(&room()).unwrap();
        assert!(verified.signed().is_some());
    }

    #[test]
    fn hearsay_is_not_passed_on() {
        let ann = key(1);
        let heard = Verified::hearsay(Signed::unproven(said(ann.id(), "hello")), &room());
        assert!(heard.is_hearsay() && heard.signed().is_none());
        let old = said(&PeerId::new("OLD").unwrap(), "hello");
        assert!(Verified::hearsay(Signed::unproven(old), &room()).signed().is_some());
    }

    #[test]
    fn members_of_a_later_version_are_passed_on_untouched() {
        #[derive(Serialize)]
        struct Later<'a> {
            by: &'a PeerId,
            text: &'a str,
            color: &'a str,
        }
        let ann = key(1);
        let later = Later { by: ann.id(), text: "hello", color: "red" };
        let payload = binarypack::to_vec(&later).unwrap();
        let signature = ann.sign(&signed_bytes::<Said>(&room(), &payload));
        let proof = key::to_proof(ann.public(), &signature);
        let written = Written { payload: Bytes::new(&payload), proof: Some(Bytes::new(&proof)) };
        let packed = binarypack::to_vec(&written).unwrap();
        let signed: Signed<Said> = binarypack::from_slice(&packed).unwrap();
        assert_eq!(signed.verify(&room()).unwrap().text, "hello");
        assert_eq!(binarypack::to_vec(&signed).unwrap(), packed);
    }

    #[test]
    fn what_is_beyond_the_limits_is_not_read() {
        let ann = key(1);
        for text in ["too much", &"x".repeat(200)] {
            assert!(sent(&Signed::new(said(ann.id(), text), &room(), &ann)).is_err());
        }
    }

    #[test]
    fn a_proof_costs_little() {
        let ann = key(1);
        let plain = binarypack::to_vec(&said(ann.id(), "hello")).unwrap();
        let signed = Signed::new(said(ann.id(), "hello"), &room(), &ann);
        let packed = binarypack::to_vec(&signed).unwrap();
        assert!(packed.len() - plain.len() <= 120, "{}", packed.len() - plain.len());
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(transparent)]
    struct Other(Said);

    impl Statement for Other {
        const KIND: &'static str = "other";
        const LIMIT: usize = 200;

        fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
            &self.0.by
        }

        fn is_sound(&self) -> bool {
            true
        }
    }

    #[test]
    fn what_was_signed_as_one_thing_is_no_other() {
        let ann = key(1);
        let signed = Signed::new(said(ann.id(), "hello"), &room(), &ann);
        let packed = binarypack::to_vec(&signed).unwrap();
        let other: Signed<Other> = binarypack::from_slice(&packed).unwrap();
        assert_eq!(other.verify(&room()), Err(Forged));
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Many(PeerId, Vec<bool>);

    impl Statement for Many {
        const KIND: &'static str = "many";
        const LIMIT: usize = 64 * 1024;

        fn speaker<'a>(&'a self, _: &'a PeerId) -> &'a PeerId {
            &self.0
        }

        fn is_sound(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_statement_has_few_values_however_small_they_are() {
        let ann = key(1);
        let reads = |count| {
            let signed = Signed::new(Many(ann.id().clone(), vec![true; count]), &room(), &ann);
            let packed = binarypack::to_vec(&signed).unwrap();
            binarypack::from_slice::<Signed<Many>>(&packed).is_ok()
        };
        assert!(reads(limits::STATEMENT_VALUES - 2));
        assert!(!reads(limits::STATEMENT_VALUES));
    }
}
