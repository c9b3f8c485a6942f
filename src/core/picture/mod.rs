//! Pictures: images and avatars in the chat, covers of rooms. Nothing but PNG, JPEG, GIF and WebP is one, whatever
//! its sender calls it.

mod covers;
mod sha256;
mod store;

use core::fmt;

pub(crate) use covers::Covers;
pub(crate) use store::Pictures;

use crate::wire::codec::{Item, Sink, Wire};
use crate::wire::value::Value;
use crate::wire::{base64, limits};

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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PictureId([u8; 16]);

impl Picture {
    /// `None` for anything that is no picture, or too large.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let (head, mime) = *TYPES.iter().find(|(head, _)| bytes.starts_with(head))?;
        let fits = bytes.len() <= limits::PICTURE;
        let known = head != b"RIFF" || bytes.get(8..12) == Some(b"WEBP");
        (fits && known).then(|| Self { id: PictureId(sha256::half(&bytes)), mime, bytes })
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
        Self::new(base64::decode(encoded)?)
    }

    /// The picture as a `data:` address.
    pub fn to_data_url(&self) -> String {
        let mut address = ["data:", self.mime, ";base64,"].concat();
        base64::encode(&self.bytes, &mut address);
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

impl Wire for Picture {
    fn write(&self, out: &mut dyn Sink) {
        out.put(Item::Bytes(&self.bytes));
    }

    fn read(value: &mut Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) if bytes.len() <= limits::PICTURE => {
                Self::new(core::mem::take(bytes).into_owned())
            }
            _ => None,
        }
    }
}

impl Wire for PictureId {
    fn write(&self, out: &mut dyn Sink) {
        out.put(Item::Bytes(&self.0));
    }

    fn read(value: &mut Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes[..].try_into().ok().map(Self),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::pack;

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
        let packed = pack::bytes(&picture);
        assert_eq!(packed.len(), picture.bytes().len() + 1);
        assert_eq!(pack::read::<Picture>(&packed).unwrap(), picture);
        let id = pack::bytes(&picture.id());
        assert_eq!(pack::read::<PictureId>(&id).unwrap(), picture.id());
        assert!(pack::read::<PictureId>(&packed).is_err());
        assert!(pack::read::<Picture>(&id).is_err());
        assert!(pack::read::<Picture>(&pack::bytes(&"GIF89a".to_owned())).is_err());
    }
}
