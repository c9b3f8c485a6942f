//! The chat between neighbours: every message to everyone once, and before it the pictures that it
//! refers to, each once over each link.

use std::sync::Arc;

use rand_core::RngCore;

use super::Room;
use crate::model::ChatMessage;
use crate::model::picture::Picture;
use crate::swarm::Swarm;
use crate::util::id::LinkId;
use crate::util::limits;
use crate::wire::message::{Message, MessageId};

impl Room {
    /// The person says something.
    pub(super) fn say<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        text: &str,
        image: Option<Arc<Picture>>,
    ) {
        if self.is_muted(swarm.id()) {
            return;
        }
        let at = swarm.now.as_millis();
        let pictures = [image, self.avatar.clone()];
        let [image, avatar] = pictures.each_ref().map(|p| p.as_ref().map(|p| p.id()));
        if let Some(message) = self.chat.say(swarm.id(), &self.name, text, image, avatar, at) {
            pictures.into_iter().flatten().for_each(|picture| self.pictures.keep(picture));
            self.pass_on(swarm, &message, None);
        }
    }

    /// A neighbour passes on what somebody has said.
    pub(super) fn chat<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        from: LinkId,
        message: ChatMessage,
    ) {
        if self.is_muted(&message.author) {
            return;
        }
        if let Some(message) = self.chat.accept(message) {
            self.pass_on(swarm, &message, Some(from));
        }
    }

    /// Says what a new neighbour lacks that has `high_water`. Of the pictures, the newest come along.
    pub(super) fn catch_up<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        high_water: &[MessageId],
    ) {
        let messages = self.chat.deleted();
        let above = self.parent().is_some_and(|parent| parent.link == link);
        if !messages.is_empty() && !above {
            swarm.send(link, &Message::Delete(messages));
        }
        let missing = self.chat.missing(high_water);
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
            self.tell_chat(swarm, link, message, at >= first);
        }
    }

    /// The host has deleted messages.
    pub(super) fn delete<R: RngCore>(&mut self, swarm: &mut Swarm<R>, messages: Vec<MessageId>) {
        let messages = self.chat.delete(messages);
        if !messages.is_empty() {
            swarm.dirty = true;
            self.tell_children(swarm, &Message::Delete(messages));
        }
    }

    fn pass_on<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        message: &ChatMessage,
        except: Option<LinkId>,
    ) {
        let parent = self.parent().map(|parent| parent.link);
        let links: Vec<_> = self.children.links().chain(parent).collect();
        for link in links.into_iter().filter(|link| Some(*link) != except) {
            self.tell_chat(swarm, link, message, true);
        }
    }

    fn tell_chat<R: RngCore>(
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
