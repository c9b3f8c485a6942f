//! The pictures that a peer keeps for those who come later, and who has which.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::picture::{Picture, PictureId};
use crate::util::bucket::{Bucket, Rate};
use crate::util::id::LinkId;
use crate::util::limits;
use crate::util::time::Time;

/// What a neighbour's pictures are counted in.
const UNIT: usize = 64 * 1024;
const RATE: Rate = Rate {
    interval: Duration::from_millis(1_000 * UNIT as u64 / limits::PICTURE_RATE),
    burst: (limits::PICTURES / UNIT) as u32 * 2,
};

/// How long a picture waits for the message that refers to it. The two follow each other on a link.
const WAIT: Duration = Duration::from_secs(10);

/// The pictures that were used last, at most [`PICTURES`](limits::PICTURES) bytes of them.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    /// The one used last at the end.
    kept: VecDeque<Kept>,
    bytes: usize,
    rates: Vec<(LinkId, Bucket)>,
    /// Those that came and to which no message has referred yet.
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    picture: Arc<Picture>,
    link: LinkId,
    since: Time,
}

#[derive(Debug)]
struct Kept {
    picture: Arc<Picture>,
    /// The links over which it came or went.
    known: Vec<LinkId>,
}

impl Pictures {
    /// A neighbour sends a picture. It waits for the message that refers to it; it is dropped if none
    /// comes soon, or if the neighbour sends too many.
    pub(crate) fn take(&mut self, now: Time, link: LinkId, picture: Arc<Picture>) {
        self.waiting.retain(|waiting| now.since(waiting.since) < WAIT);
        let id = picture.id();
        if self.touch(id).is_none() {
            let at = self.rates.iter().position(|(of, _)| *of == link);
            let mut bucket = at.map_or_else(Bucket::default, |at| self.rates.remove(at).1);
            let mut units = 0..picture.bytes().len().div_ceil(UNIT);
            let may = units.all(|_| bucket.take(now, RATE));
            push(&mut self.rates, (link, bucket));
            if may {
                self.wait(Waiting { picture, link, since: now });
            }
            return;
        }
        self.give(id, link);
    }

    /// A message that came over `link` refers to a picture. If it came over the same link and
    /// `allows` says yes, it is kept from now on.
    pub(crate) fn claim(
        &mut self,
        now: Time,
        link: LinkId,
        id: PictureId,
        allows: impl FnOnce() -> bool,
    ) {
        let matches = |waiting: &Waiting| waiting.link == link && waiting.picture.id() == id;
        let Some(at) = self.waiting.iter().position(matches) else { return };
        let Some(waiting) = self.waiting.remove(at) else { return };
        if now.since(waiting.since) < WAIT && allows() {
            self.keep(waiting.picture);
            self.give(id, link);
        }
    }

    fn wait(&mut self, new: Waiting) {
        let of_link = self.waiting.iter().filter(|waiting| waiting.link == new.link).count();
        if of_link == limits::PICTURES_WAITING {
            let oldest = self.waiting.iter().position(|waiting| waiting.link == new.link);
            oldest.and_then(|at| self.waiting.remove(at));
        }
        self.waiting.push_back(new);
        let bytes = |waiting: &VecDeque<Waiting>| -> usize {
            waiting.iter().map(|waiting| waiting.picture.bytes().len()).sum()
        };
        while bytes(&self.waiting) > limits::PICTURES {
            self.waiting.pop_front();
        }
    }

    /// Keeps a picture, if need be in place of those that were not used for longest.
    pub(crate) fn keep(&mut self, picture: Arc<Picture>) {
        if self.touch(picture.id()).is_some() {
            return;
        }
        self.bytes += picture.bytes().len();
        self.kept.push_back(Kept { picture, known: Vec::new() });
        while self.bytes > limits::PICTURES || self.kept.len() > limits::PICTURE_COUNT {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.picture.bytes().len();
        }
    }

    /// A picture that is kept.
    pub(crate) fn get(&self, id: PictureId) -> Option<&Arc<Picture>> {
        self.kept.iter().map(|kept| &kept.picture).find(|picture| picture.id() == id)
    }

    /// The picture, if it is kept and the other side of `link` does not have it yet; from now on
    /// it has.
    pub(crate) fn give(&mut self, id: PictureId, link: LinkId) -> Option<Arc<Picture>> {
        let kept = self.touch(id)?;
        if kept.known.contains(&link) {
            return None;
        }
        push(&mut kept.known, link);
        Some(kept.picture.clone())
    }

    /// All that are kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Picture>> {
        self.kept.iter().map(|kept| &kept.picture)
    }

    fn touch(&mut self, id: PictureId) -> Option<&mut Kept> {
        let at = self.kept.iter().position(|kept| kept.picture.id() == id)?;
        let kept = self.kept.remove(at)?;
        self.kept.push_back(kept);
        self.kept.back_mut()
    }
}

/// Link ids are never used twice, so those of links that are gone need only be bounded.
fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == limits::LINKS {
        list.remove(0);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn picture(tag: u8, size: usize) -> Arc<Picture> {
        let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
        bytes.resize(size, tag);
        Arc::new(Picture::new(bytes).unwrap())
    }

    #[test]
    fn each_goes_once_over_a_link_and_never_back() {
        let (mut pictures, a, b) = (Pictures::default(), LinkId(1), LinkId(2));
        let cat = picture(1, 100);
        pictures.take(Time::default(), a, cat.clone());
        assert_eq!(pictures.give(cat.id(), b), None, "no message refers to it");
        pictures.claim(Time::default(), b, cat.id(), || true);
        assert_eq!(pictures.give(cat.id(), b), None, "none over that link");
        pictures.claim(Time::default(), a, cat.id(), || true);
        assert_eq!(pictures.give(cat.id(), a), None);
        assert_eq!(pictures.give(cat.id(), b), Some(cat.clone()));
        assert_eq!(pictures.give(cat.id(), b), None);
        assert_eq!(pictures.give(cat.id(), LinkId(3)), Some(cat));
        assert_eq!(pictures.give(picture(9, 20).id(), b), None);
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let mut pictures = Pictures::default();
        let face = picture(0, 2_000);
        pictures.keep(face.clone());
        for tag in 1..100 {
            pictures.keep(picture(tag, limits::PICTURE));
            assert!(pictures.iter().map(|p| p.bytes().len()).sum::<usize>() <= limits::PICTURES);
            pictures.keep(face.clone());
        }
        assert!(pictures.get(face.id()).is_some());
        for tag in 0..2_000_u32 {
            let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
            bytes.extend(tag.to_be_bytes());
            pictures.keep(Arc::new(Picture::new(bytes).unwrap()));
        }
        assert_eq!(pictures.iter().count(), limits::PICTURE_COUNT);
    }

    #[test]
    fn nobody_can_send_more_than_so_much() {
        let (mut pictures, link) = (Pictures::default(), LinkId(1));
        let taken = |pictures: &mut Pictures, now, tag| {
            let picture = picture(tag, limits::PICTURE);
            pictures.take(now, link, picture.clone());
            pictures.claim(now, link, picture.id(), || true);
            pictures.get(picture.id()).is_some()
        };
        let now = Time::from_millis(1_000_000);
        let count = (0..100).filter(|tag| taken(&mut pictures, now, *tag)).count();
        assert_eq!(count, 2 * limits::PICTURES / limits::PICTURE);
        let later = now + Duration::from_secs(60);
        assert!(taken(&mut pictures, later, 200));
    }

    #[test]
    fn few_pictures_wait_and_not_for_long() {
        let (mut pictures, now) = (Pictures::default(), Time::from_millis(1_000_000));
        for tag in 0..50 {
            pictures.take(now, LinkId(1), picture(tag, 100));
        }
        assert_eq!(pictures.waiting.len(), limits::PICTURES_WAITING);
        for link in 2..20 {
            pictures.take(now, LinkId(link), picture(link as u8, limits::PICTURE));
        }
        assert_eq!(pictures.waiting.len(), limits::PICTURES / limits::PICTURE);
        let late = now + WAIT;
        pictures.claim(late, LinkId(19), picture(19, limits::PICTURE).id(), || true);
        pictures.take(late, LinkId(1), picture(0, 100));
        assert_eq!((pictures.waiting.len(), pictures.iter().count()), (1, 0));
    }
}
