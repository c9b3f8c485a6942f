//! The covers of rooms: asked of whoever names one, once, and given once to each who asks.

use std::sync::Arc;

use rand_core::RngCore;

use crate::model::picture::{Picture, PictureId};
use crate::swarm::Swarm;
use crate::util::id::LinkId;
use crate::util::limits;
use crate::wire::message::Message;

/// The covers at hand, and what is on its way.
#[derive(Debug, Default)]
pub(crate) struct Covers {
    kept: Vec<Arc<Picture>>,
    /// Which were asked for over which links.
    asked: Vec<(LinkId, PictureId)>,
    /// Who waits for one that is not here yet.
    awaited: Vec<(LinkId, PictureId)>,
    given: Vec<(LinkId, PictureId)>,
}

impl Covers {
    /// A cover that is at hand.
    pub(crate) fn get(&self, id: PictureId) -> Option<&Arc<Picture>> {
        self.kept.iter().find(|picture| picture.id() == id)
    }

    /// All that are at hand.
    pub(crate) fn all(&self) -> Vec<Arc<Picture>> {
        self.kept.clone()
    }

    /// Another value whenever other covers are at hand: new ones are added at the end.
    pub(crate) fn fingerprint(&self) -> (usize, Option<PictureId>) {
        (self.kept.len(), self.kept.last().map(|picture| picture.id()))
    }

    /// Keeps a cover; says whether it is small enough and there is room for it.
    pub(crate) fn keep(&mut self, picture: Arc<Picture>) -> bool {
        let fits = picture.bytes().len() <= limits::COVER && self.has_room();
        if fits && self.get(picture.id()).is_none() {
            self.kept.push(picture);
        }
        fits
    }

    /// The other side of `link` names a cover. Says whether to ask for it.
    pub(crate) fn lacks(&mut self, link: LinkId, id: PictureId) -> bool {
        let asks = self.get(id).is_none() && self.has_room() && !self.asked.contains(&(link, id));
        if asks {
            note(&mut self.asked, (link, id));
        }
        asks
    }

    /// A picture comes over `link`. Returns over which links it is to go on; `None` if it is no
    /// cover that was asked for there.
    pub(crate) fn take(&mut self, link: LinkId, picture: &Arc<Picture>) -> Option<Vec<LinkId>> {
        let id = picture.id();
        let at = self.asked.iter().position(|asked| *asked == (link, id))?;
        self.asked.remove(at);
        let mut waiting = Vec::new();
        if self.keep(picture.clone()) {
            self.awaited.retain(|(to, awaited)| {
                let waits = *awaited == id;
                waiting.extend(waits.then_some(*to));
                !waits
            });
        }
        Some(waiting)
    }

    /// The other side of `link` asks for a cover. It is given at once, or when it is here.
    pub(crate) fn want(&mut self, link: LinkId, id: PictureId) -> Option<Arc<Picture>> {
        let asked = (link, id);
        if self.given.contains(&asked) || self.awaited.contains(&asked) {
            return None;
        }
        let picture = self.get(id).cloned();
        note(if picture.is_some() { &mut self.given } else { &mut self.awaited }, asked);
        picture
    }

    /// The host names a cover, or none: asks the parent for it, unless it is here.
    pub(crate) fn fetch<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        parent: Option<LinkId>,
        named: Option<PictureId>,
    ) {
        self.retain(|kept| Some(kept) == named);
        if let (Some(id), Some(parent)) = (named, parent)
            && self.lacks(parent, id)
        {
            swarm.send(parent, &Message::RequestBlob(id));
        }
    }

    /// A neighbour asks for a cover: it gets the one that the host has `named`.
    pub(crate) fn give<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        named: Option<PictureId>,
        id: PictureId,
    ) {
        if named == Some(id)
            && let Some(cover) = self.want(link, id)
        {
            swarm.send(link, &Message::Picture(cover));
        }
    }

    /// The parent sends a picture. Returns whether it is a cover that was asked for; the neighbours
    /// that wait for it get it.
    pub(crate) fn pass_on<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        picture: &Arc<Picture>,
    ) -> bool {
        let Some(waiting) = self.take(link, picture) else { return false };
        let message = Message::Picture(picture.clone());
        waiting.into_iter().for_each(|link| swarm.send(link, &message));
        true
    }

    /// Forgets the covers that nobody names any more.
    pub(crate) fn retain(&mut self, named: impl Fn(PictureId) -> bool) {
        self.kept.retain(|picture| named(picture.id()));
    }

    fn has_room(&self) -> bool {
        let bytes: usize = self.kept.iter().map(|picture| picture.bytes().len()).sum();
        bytes + limits::COVER <= limits::COVERS
    }
}

/// Link ids are never used twice, so those of links that are gone need only be bounded.
fn note(list: &mut Vec<(LinkId, PictureId)>, entry: (LinkId, PictureId)) {
    if list.len() == limits::COVERS_NAMED {
        list.remove(0);
    }
    list.push(entry);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn picture(tag: usize, size: usize) -> Arc<Picture> {
        let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
        bytes.extend(tag.to_be_bytes());
        bytes.resize(size.max(bytes.len()), 0);
        Arc::new(Picture::new(bytes).unwrap())
    }

    #[test]
    fn each_is_asked_for_once_and_given_once() {
        let (mut covers, above, below) = (Covers::default(), LinkId(1), LinkId(2));
        let cover = picture(1, 100);
        let id = cover.id();
        assert!(covers.take(above, &cover).is_none(), "nobody has asked for it");
        assert!(covers.lacks(above, id));
        assert!(!covers.lacks(above, id));
        assert_eq!(covers.want(below, id), None, "it waits");
        assert_eq!(covers.take(above, &cover), Some(vec![below]));
        assert!(!covers.lacks(above, id));
        assert_eq!(covers.want(LinkId(3), id), Some(cover.clone()));
        assert_eq!(covers.want(LinkId(3), id), None);
        covers.retain(|_| false);
        assert_eq!(covers.get(id), None);
        assert!(covers.lacks(above, id));
    }

    #[test]
    fn size_and_number_are_bounded() {
        let (mut covers, link) = (Covers::default(), LinkId(1));
        let large = picture(0, limits::COVER + 1);
        assert!(covers.lacks(link, large.id()));
        assert_eq!(covers.take(link, &large), Some(Vec::new()), "it is no cover");
        assert_eq!(covers.get(large.id()), None);
        for tag in 1..100 {
            let cover = picture(tag, limits::COVER);
            if covers.lacks(link, cover.id()) {
                covers.take(link, &cover);
            }
        }
        assert_eq!(covers.kept.len(), limits::COVERS / limits::COVER);
        for tag in 0..limits::COVERS_NAMED + 9 {
            covers.want(LinkId(2), picture(tag, 0).id());
        }
        assert_eq!(covers.awaited.len(), limits::COVERS_NAMED);
    }
}
