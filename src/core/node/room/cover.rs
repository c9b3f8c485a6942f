//! The cover that a host has uploaded: named in what is said about the room, and fetched once from
//! the parent.

use std::sync::Arc;

use rand_core::RngCore;

use super::{Place, Room};
use crate::model::picture::{Picture, PictureId};
use crate::swarm::Swarm;
use crate::util::id::LinkId;
use crate::wire::message::Message;

impl Room {
    /// The host chooses a cover, or none. One that is too large is none.
    pub(super) fn set_cover<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        cover: Option<Arc<Picture>>,
    ) {
        if !matches!(self.place, Place::Host { .. }) {
            return;
        }
        let id = cover.and_then(|cover| {
            let id = cover.id();
            self.covers.keep(cover).then_some(id)
        });
        if id != self.cover() {
            self.change(swarm, |state| state.meta.image = id);
            self.covers.retain(|kept| Some(kept) == id);
        }
    }

    /// The cover that the host names.
    pub(super) fn cover(&self) -> Option<PictureId> {
        self.state.as_ref()?.meta.image
    }

    /// Asks the parent for the cover, unless it is here.
    pub(super) fn fetch_cover<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let named = self.cover();
        self.covers.retain(|kept| Some(kept) == named);
        if let (Some(id), Some(link)) = (named, self.parent().map(|parent| parent.link))
            && self.covers.lacks(link, id)
        {
            swarm.send(link, &Message::RequestBlob(id));
        }
    }

    /// A neighbour asks for a cover.
    pub(super) fn cover_wanted<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        id: PictureId,
    ) {
        if self.cover() == Some(id)
            && let Some(cover) = self.covers.want(link, id)
        {
            swarm.send(link, &Message::Picture(cover));
        }
    }

    /// The parent sends a picture: the cover, or one that belongs to the chat.
    pub(super) fn picture_comes<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        picture: Arc<Picture>,
    ) {
        let Some(waiting) = self.covers.take(link, &picture) else {
            return self.pictures.take(swarm.now, link, picture);
        };
        swarm.dirty = true;
        let message = Message::Picture(picture);
        waiting.into_iter().for_each(|link| swarm.send(link, &message));
    }
}
