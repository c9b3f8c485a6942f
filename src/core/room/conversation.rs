//! The chat between neighbours: every message to everyone once, and before it the pictures that it
//! refers to, each once over each link.

use std::sync::Arc;

use rand_core::RngCore;

use super::Pictures;
use super::chat_log::Chat;
use crate::model::ChatMessage;
use crate::model::picture::Picture;
use crate::swarm::Swarm;
use crate::util::id::LinkId;
use crate::util::limits;
use crate::wire::message::{Message, MessageId};

/// The chat of a room as one peer takes part in it.
#[derive(Default)]
pub(crate) struct Conversation {
    log: Chat,
    pictures: Pictures,
    avatar: Option<Arc<Picture>>,
}

impl Conversation {
    /// The messages that are kept, and what was deleted.
    pub(crate) fn log(&self) -> &Chat {
        &self.log
    }

    /// The pictures at hand.
    pub(crate) fn pictures(&self) -> impl Iterator<Item = &Arc<Picture>> {
        self.pictures.iter()
    }

    /// The room is taken up again: own numbers are above `at` from now on.
    pub(crate) fn resume(&mut self, at: u64) {
        self.log.resume(at);
    }

    /// Sets the picture that stands beside the person's name.
    pub(crate) fn set_avatar(&mut self, avatar: Option<Arc<Picture>>) {
        self.avatar = avatar;
    }

    /// The person called `name` says something; all `neighbours` are told.
    pub(crate) fn say<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &[LinkId],
        name: &str,
        text: &str,
        image: Option<Arc<Picture>>,
    ) {
        let at = swarm.now.as_millis();
        let pictures = [image, self.avatar.clone()];
        let [image, avatar] = pictures.each_ref().map(|p| p.as_ref().map(|p| p.id()));
        if let Some(message) = self.log.say(swarm.id(), name, text, image, avatar, at) {
            pictures.into_iter().flatten().for_each(|picture| self.pictures.keep(picture));
            self.pass_on(swarm, neighbours, &message, None);
        }
    }

    /// The neighbour at `from` passes on what a peer has said; so does this one if it is news.
    pub(crate) fn hear<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &[LinkId],
        from: LinkId,
        message: ChatMessage,
    ) {
        if let Some(message) = self.log.accept(message) {
            self.pass_on(swarm, neighbours, &message, Some(from));
        }
    }

    /// A picture comes over `link`; it is kept if a message refers to it soon.
    pub(crate) fn take_picture<R>(
        &mut self,
        swarm: &Swarm<R>,
        link: LinkId,
        picture: Arc<Picture>,
    ) {
        self.pictures.take(swarm.now, link, picture);
    }

    /// Says what a new neighbour lacks that has `high_water`; a neighbour below this peer is told
    /// of deletions, too. Of the pictures, the newest come along.
    pub(crate) fn catch_up<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        below: bool,
        high_water: &[MessageId],
    ) {
        let deleted = self.log.deleted();
        if below && !deleted.is_empty() {
            swarm.send(link, &Message::Delete(deleted));
        }
        let missing = self.log.missing(high_water);
        let mut left = limits::PICTURES_BEFORE;
        let mut first = missing.len();
        for message in missing.iter().rev() {
            let pictures = [message.avatar, message.image].into_iter().flatten();
            let sizes = pictures.filter_map(|id| Some(self.pictures.get(id)?.bytes().len()));
            let Some(rest) = left.checked_sub(sizes.sum()) else { break };
            left = rest;
            first -= 1;
        }
        for (at, message) in missing.iter().enumerate() {
            self.tell(swarm, link, message, at >= first);
        }
    }

    /// Takes messages out of the chat. Returns those of which that is news.
    pub(crate) fn delete(&mut self, messages: Vec<MessageId>) -> Vec<MessageId> {
        self.log.delete(messages)
    }

    fn pass_on<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &[LinkId],
        message: &ChatMessage,
        except: Option<LinkId>,
    ) {
        for link in neighbours.iter().filter(|link| Some(**link) != except) {
            self.tell(swarm, *link, message, true);
        }
    }

    fn tell<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        message: &ChatMessage,
        pictures: bool,
    ) {
        for id in [message.avatar, message.image].into_iter().flatten().filter(|_| pictures) {
            if let Some(picture) = self.pictures.give(id, link) {
                swarm.send(link, &Message::Picture(picture));
            }
        }
        swarm.send(link, &Message::Chat(message.clone()));
    }
}
