//! A place on the board that only its player and the host know.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use sha2::{Digest, Sha256};

const SALT: usize = 8;

/// A cell that others are not to learn: it travels under a secret that its player shares with the
/// host. Peers on the way pass it on unread, and it comes back to its player with the board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// A salt, and the cell under the secret and the salt; all zeros for a cell that has no need to
    /// travel.
    sealed: ByteArray<{ SALT + 2 }>,
    /// The cell, where it is known. It is never sent.
    #[serde(skip)]
    pub cell: Option<u16>,
}

impl Hidden {
    /// A cell that need not travel: its player is the host.
    pub fn kept(cell: u16) -> Self {
        Self { cell: Some(cell), ..Self::default() }
    }

    /// Seals a cell. A salt must be used but once.
    pub fn seal(cell: u16, secret: &[u8], salt: [u8; SALT]) -> Self {
        let mut sealed = [0; SALT + 2];
        sealed[..SALT].copy_from_slice(&salt);
        let mask = mask(secret, &salt);
        sealed[SALT..].copy_from_slice(&(cell ^ mask).to_be_bytes());
        Self { sealed: ByteArray::new(sealed), cell: Some(cell) }
    }

    /// Reads the cell; with a wrong secret it is a wrong one.
    pub fn open(&mut self, secret: &[u8]) {
        let (salt, masked) = self.sealed.split_at(SALT);
        if let ([high, low], true) = (masked, salt.iter().any(|byte| *byte > 0)) {
            self.cell = Some(u16::from_be_bytes([*high, *low]) ^ mask(secret, salt));
        }
    }

    /// The same without the cell, as others get it.
    pub fn closed(&self) -> Self {
        Self { cell: None, ..self.clone() }
    }
}

fn mask(secret: &[u8], salt: &[u8]) -> u16 {
    let digest = Sha256::new().chain_update(secret).chain_update(salt).finalize();
    u16::from_be_bytes([digest[0], digest[1]])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::util::binarypack;

    #[test]
    fn only_who_has_the_secret_reads_the_cell() {
        let sealed = Hidden::seal(77, b"secret", *b"abcdefgh");
        let mut sent: Hidden =
            binarypack::from_slice(&binarypack::to_vec(&sealed).unwrap()).unwrap();
        assert_eq!(sent.cell, None);
        sent.open(b"another");
        assert_ne!(sent.cell, Some(77));
        sent.open(b"secret");
        assert_eq!(sent, sealed);
        let other = Hidden::seal(77, b"secret", *b"abcdefgi");
        assert_ne!(other.sealed[SALT..], sealed.sealed[SALT..], "the salt hides equal cells");
    }

    #[test]
    fn what_is_kept_is_not_sent() {
        let kept = binarypack::to_vec(&Hidden::kept(77)).unwrap();
        assert_eq!(kept, binarypack::to_vec(&Hidden::kept(78)).unwrap());
        let mut read: Hidden = binarypack::from_slice(&kept).unwrap();
        read.open(b"secret");
        assert_eq!(read.cell, None);
    }
}
