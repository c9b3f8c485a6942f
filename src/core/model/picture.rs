//! Pictures: images and avatars in the chat, covers of rooms. Nothing but PNG, JPEG, GIF and WebP is one, whatever
//! its sender calls it.

use core::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::{ByteArray, ByteBuf};
use sha2::{Digest, Sha256};

use crate::util::limits;

/// How a picture's bytes begin, and what browsers call its type.
const TYPES: [(&[u8], &str); 5] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", "image/webp"),
];

/// A picture of at most [`PICTURE`](limits::PICTURE) bytes, whose type is known by how it begins.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    id: PictureId,
    mime: &'static str,
    bytes: Vec<u8>,
}

/// What names a picture: the first half of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PictureId(ByteArray<16>);

impl PictureId {
    fn of(bytes: &[u8]) -> Self {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        Self(ByteArray::new(half))
    }
}

impl Picture {
    /// `None` for anything that is no picture, or too large.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let (head, mime) = *TYPES.iter().find(|(head, _)| bytes.starts_with(head))?;
        let fits = bytes.len() <= limits::PICTURE;
        let known = head != b"RIFF" || bytes.get(8..12) == Some(b"WEBP");
        (fits && known).then(|| Self { id: PictureId::of(&bytes), mime, bytes })
    }

    /// Its name.
    pub fn id(&self) -> PictureId {
        self.id
    }

    /// Its type, such as `image/png`.
    pub fn mime(&self) -> &'static str {
        self.mime
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads a `data:` address, whose own word on the type counts for nothing.
    pub fn from_data_url(address: &str) -> Option<Self> {
        let (_, encoded) = address.strip_prefix("data:")?.split_once(";base64,")?;
        if encoded.len() > limits::PICTURE / 3 * 4 + 4 {
            return None;
        }
        Self::new(BASE64_STANDARD.decode(encoded).ok()?)
    }

    /// The picture as a `data:` address.
    pub fn to_data_url(&self) -> String {
        let mut address = ["data:", self.mime, ";base64,"].concat();
        BASE64_STANDARD.encode_string(&self.bytes, &mut address);
        address
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mime)
    }
}

impl fmt::Debug for PictureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PictureId")
    }
}

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

impl<'de> Deserialize<'de> for Picture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = ByteBuf::deserialize(deserializer)?;
        Self::new(bytes.into_vec()).ok_or_else(|| D::Error::custom("no picture, or too large"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::util::binarypack::{from_slice, to_vec};

    fn packed<T: Serialize>(value: &T) -> Vec<u8> {
        to_vec(value).unwrap()
    }

    fn png(body: &[u8]) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n", body].concat()
    }

    #[test]
    fn a_picture_is_what_begins_like_one() {
        let mime = |bytes: &[u8]| Picture::new(bytes.to_vec()).map(|picture| picture.mime());
        assert_eq!(mime(&png(b"x")), Some("image/png"));
        assert_eq!(mime(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(mime(b"GIF89a;"), Some("image/gif"));
        assert_eq!(mime(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for no in [&b"<svg onload='alert(1)'/>"[..], b"RIFF\0\0\0\0WAVE", b"RIFF", b"", b"GIF88a"] {
            assert_eq!(mime(no), None);
        }
        assert!(Picture::new(png(&vec![0; limits::PICTURE - 8])).is_some());
        assert!(Picture::new(png(&vec![0; limits::PICTURE - 7])).is_none());
    }

    #[test]
    fn addresses_carry_pictures_both_ways() {
        for length in 0..7 {
            let picture = Picture::new(png(&vec![0xfb; length])).unwrap();
            let address = picture.to_data_url();
            assert!(address.starts_with("data:image/png;base64,iVBORw0KGg"), "{address}");
            assert_eq!(Picture::from_data_url(&address), Some(picture));
        }
        // It is what its bytes say, not what it is called.
        let called = "data:text/html;base64,R0lGODlhOw==";
        assert_eq!(Picture::from_data_url(called).unwrap().mime(), "image/gif");
        for no in [
            "data:image/png,iVBORw0KGgo=",
            "data:image/png;base64,iVBORw0KGgo",
            "x",
            "data:image/png;base64,<svg>",
        ] {
            assert_eq!(Picture::from_data_url(no), None, "{no}");
        }
    }

    #[test]
    fn on_the_wire_it_is_bytes() {
        let picture = Picture::new(png(b"abc")).unwrap();
        let bytes = packed(&picture);
        assert_eq!(bytes.len(), picture.bytes().len() + 1);
        assert_eq!(from_slice::<Picture>(&bytes).unwrap(), picture);
        let id = packed(&picture.id());
        assert_eq!(from_slice::<PictureId>(&id).unwrap(), picture.id());
        assert!(from_slice::<PictureId>(&bytes).is_err());
        assert!(from_slice::<Picture>(&id).is_err());
        assert!(from_slice::<Picture>(&packed(&"GIF89a".to_owned())).is_err());
    }
}
