//! Pictures: images and avatars in the chat, covers of rooms. Nothing but PNG, JPEG, GIF and WebP is one, whatever
//! its sender calls it. The header says how large the decoded picture is, so that a small file cannot
//! make a page decode a huge one.

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

/// A picture of at most [`PICTURE`](limits::PICTURE) bytes, whose type is known by how it begins. It has
/// at most [`PICTURE_SIDE`](limits::PICTURE_SIDE) pixels a side and
/// [`PICTURE_PIXELS`](limits::PICTURE_PIXELS) in all.
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
        let (_, mime) = *TYPES.iter().find(|(head, _)| bytes.starts_with(head))?;
        if bytes.len() > limits::PICTURE {
            return None;
        }
        let (width, height) = dimensions(mime, &bytes)?;
        let sides = 1..=limits::PICTURE_SIDE;
        let fits = sides.contains(&width)
            && sides.contains(&height)
            && u64::from(width) * u64::from(height) <= limits::PICTURE_PIXELS;
        fits.then(|| Self { id: PictureId::of(&bytes), mime, bytes })
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

/// Width and height as the header says.
fn dimensions(mime: &str, bytes: &[u8]) -> Option<(u32, u32)> {
    match mime {
        "image/png" => png(bytes),
        "image/jpeg" => jpeg(bytes),
        "image/gif" => gif(bytes),
        _ => webp(bytes),
    }
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then_some((side(16)?, side(20)?))
}

/// The first start of a frame tells. Everything before it has a length and is skipped.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let side =
        |at: usize| Some(u32::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            // Fill bytes.
            0xff => at += 1,
            // Markers without a length.
            0x01 | 0xd0..=0xd8 => at += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((side(at + 7)?, side(at + 5)?));
            }
            // The data begins, or the file ends, without a frame.
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::try_from(side(at + 2)?.max(2)).ok()?,
        }
    }
}

/// The screen, or the first image if that is larger: browsers enlarge the screen then.
fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let side =
        |at: usize| Some(u32::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
    let screen = (side(6)?, side(8)?);
    let flags = *bytes.get(10)?;
    let mut at = 13 + if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) };
    while let Some(0x21) = bytes.get(at) {
        // An extension: its kind, then blocks with a length each, up to an empty one.
        at += 2;
        while let Some(length) = bytes.get(at).filter(|length| **length > 0) {
            at += 1 + usize::from(*length);
        }
        at += 1;
    }
    if bytes.get(at) != Some(&0x2c) {
        return Some(screen);
    }
    let end = |from: usize, size: usize| Some(side(at + from)? + side(at + size)?);
    let image = (end(1, 5).unwrap_or(0), end(3, 7).unwrap_or(0));
    Some((screen.0.max(image.0), screen.1.max(image.1)))
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(8..12)? != b"WEBP" {
        return None;
    }
    let little = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    match bytes.get(12..16)? {
        b"VP8 " => {
            // Behind the frame's tag and its start code, each side with two bits for scaling.
            let sides = little(26)?;
            (bytes.get(23..26)? == b"\x9d\x01\x2a")
                .then_some((sides & 0x3fff, (sides >> 16) & 0x3fff))
        }
        b"VP8L" => {
            let sides = little(21)?;
            (bytes.get(20)? == &0x2f)
                .then_some(((sides & 0x3fff) + 1, ((sides >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => Some(((little(24)? & 0xff_ffff) + 1, (little(26)? >> 8) + 1)),
        _ => None,
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

    /// A file of one pixel, with this behind its header.
    fn png(body: &[u8]) -> Vec<u8> {
        [&sized_png(1, 1)[..], body].concat()
    }

    fn sized_png(width: u32, height: u32) -> Vec<u8> {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice();
        [head, &width.to_be_bytes(), &height.to_be_bytes()].concat()
    }

    fn sized_gif(width: u16, height: u16, rest: &[u8]) -> Vec<u8> {
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        [b"GIF89a", &sides[..], b"\0\0\0", rest].concat()
    }

    fn sized_jpeg(marker: u8, width: u16, height: u16) -> Vec<u8> {
        let start = b"\xff\xd8\xff\xe1\0\x06Exif\xff\xff".as_slice();
        let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
        [start, &[marker, 0, 11, 8], &sides].concat()
    }

    /// Of the simple lossy, the simple lossless and the extended kind.
    fn sized_webp(width: u32, height: u32) -> [Vec<u8>; 3] {
        let riff =
            |kind: &[u8], body: &[u8]| [b"RIFF\0\0\0\0WEBP", kind, b"\0\0\0\0", body].concat();
        let lossy = (width | height << 16).to_le_bytes();
        let lossless = ((width - 1) | (height - 1) << 14).to_le_bytes();
        let canvas = [&(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat();
        [
            riff(b"VP8 ", &[b"\0\0\0\x9d\x01\x2a", &lossy[..]].concat()),
            riff(b"VP8L", &[b"\x2f", &lossless[..]].concat()),
            riff(b"VP8X", &[b"\0\0\0\0", &canvas[..]].concat()),
        ]
    }

    #[test]
    fn the_header_says_how_large_a_picture_is() {
        let known = |bytes: &[u8]| {
            let (_, mime) = TYPES.iter().find(|(head, _)| bytes.starts_with(head)).unwrap();
            dimensions(mime, bytes)
        };
        assert_eq!(known(&sized_png(640, 480)), Some((640, 480)));
        assert_eq!(known(&sized_gif(640, 480, b"")), Some((640, 480)));
        for marker in [0xc0, 0xc1, 0xc2, 0xcf] {
            assert_eq!(known(&sized_jpeg(marker, 640, 480)), Some((640, 480)));
        }
        for bytes in sized_webp(640, 480) {
            assert_eq!(known(&bytes), Some((640, 480)), "{bytes:x?}");
        }
        // An image that exceeds the screen, behind an extension.
        let image = b"\x21\xf9\x04\0\0\0\0\0\x2c\x01\0\0\0\xff\xff\x08\0".as_slice();
        assert_eq!(known(&sized_gif(1, 1, image)), Some((65_536, 8)));
        assert_eq!(known(&sized_jpeg(0xda, 1, 1)), None);
    }

    #[test]
    fn huge_pictures_are_none() {
        let side = limits::PICTURE_SIDE;
        let is_one = |bytes: Vec<u8>| Picture::new(bytes).is_some();
        for (width, height) in [(1, 1), (side, 1), (1, side), (side, side)] {
            let (w, h) = (width as u16, height as u16);
            assert!(is_one(sized_png(width, height)));
            assert!(is_one(sized_gif(w, h, b"")) && is_one(sized_jpeg(0xc0, w, h)));
            assert!(sized_webp(width, height).into_iter().all(is_one));
        }
        for (width, height) in [(side + 1, 1), (1, side + 1), (side * 2, side * 2)] {
            let (w, h) = (width as u16, height as u16);
            assert!(!is_one(sized_png(width, height)));
            assert!(!is_one(sized_gif(w, h, b"")) && !is_one(sized_jpeg(0xc0, w, h)));
            assert!(!sized_webp(width, height).into_iter().any(is_one));
        }
        assert!(!is_one(sized_png(0, 1)) && !is_one(sized_gif(0, 0, b"")));
        assert!(!is_one(sized_png(u32::MAX, u32::MAX)));
        // Nothing panics, wherever the file ends.
        let mut files = vec![sized_png(1, 1), sized_jpeg(0xc0, 1, 1)];
        files.push(sized_gif(1, 1, b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0"));
        files.extend(sized_webp(1, 1));
        for file in files {
            (0..file.len()).for_each(|length| drop(Picture::new(file[..length].to_vec())));
        }
    }

    #[test]
    fn a_picture_is_what_begins_like_one() {
        let mime = |bytes: &[u8]| Picture::new(bytes.to_vec()).map(|picture| picture.mime());
        assert_eq!(mime(&png(b"x")), Some("image/png"));
        assert_eq!(mime(&sized_jpeg(0xc0, 1, 1)), Some("image/jpeg"));
        assert_eq!(mime(&sized_gif(1, 1, b";")), Some("image/gif"));
        for webp in sized_webp(1, 1) {
            assert_eq!(mime(&webp), Some("image/webp"));
        }
        for no in [&b"<svg onload='alert(1)'/>"[..], b"RIFF\0\0\0\0WAVE", b"RIFF", b"", b"GIF88a"] {
            assert_eq!(mime(no), None);
        }
        assert!(Picture::new(png(&vec![0; limits::PICTURE - 24])).is_some());
        assert!(Picture::new(png(&vec![0; limits::PICTURE - 23])).is_none());
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
        let called = "data:text/html;base64,R0lGODlhAQABAAAAADs=";
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
        assert_eq!(bytes.len(), picture.bytes().len() + 3);
        assert_eq!(from_slice::<Picture>(&bytes).unwrap(), picture);
        let id = packed(&picture.id());
        assert_eq!(from_slice::<PictureId>(&id).unwrap(), picture.id());
        assert!(from_slice::<PictureId>(&bytes).is_err());
        assert!(from_slice::<Picture>(&id).is_err());
        assert!(from_slice::<Picture>(&packed(&"GIF89a".to_owned())).is_err());
    }
}
