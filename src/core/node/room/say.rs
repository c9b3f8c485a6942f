//! The chat between neighbours: every message to everyone once, and before it the pictures that it
//! refers to, each once over each link.

use std::sync::Arc;

use rand_core::RngCore;

use super::Room;
use crate::id::LinkId;
use crate::node::net::Net;
use crate::picture::Picture;
use crate::view::ChatMessage;
use crate::wire::limits;
use crate::wire::message::{Have, Message};

impl Room {
    /// The person says something.
    pub(super) fn say<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        text: &str,
        image: Option<Arc<Picture>>,
    ) {
        if self.is_muted(net.id()) {
            return;
        }
        let at = net.now.as_millis();
        let pictures = [image, self.avatar.clone()];
        let [image, avatar] = pictures.each_ref().map(|p| p.as_ref().map(|p| p.id()));
        if let Some(message) = self.chat.say(net.id(), &self.name, text, image, avatar, at) {
            pictures.into_iter().flatten().for_each(|picture| self.pictures.keep(picture));
            self.pass_on(net, &message, None);
        }
    }

    /// A neighbour passes on what somebody has said.
    pub(super) fn chat<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        from: LinkId,
        message: ChatMessage,
    ) {
        if self.is_muted(&message.author) {
            return;
        }
        if let Some(message) = self.chat.accept(message) {
            self.pass_on(net, &message, Some(from));
        }
    }

    /// Says what a new neighbour lacks that has `have`. Of the pictures, the newest come along.
    pub(super) fn catch_up<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId, have: &[Have]) {
        let messages = self.chat.deleted();
        let above = self.parent().is_some_and(|parent| parent.link == link);
        if !messages.is_empty() && !above {
            net.send(link, &Message::Delete(messages));
        }
        let missing = self.chat.missing(have);
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
            self.tell_chat(net, link, message, at >= first);
        }
    }

    /// The host has deleted messages.
    pub(super) fn delete<R: RngCore>(&mut self, net: &mut Net<R>, messages: Vec<Have>) {
        let messages = self.chat.delete(messages);
        if !messages.is_empty() {
            net.dirty = true;
            self.tell_children(net, &Message::Delete(messages));
        }
    }

    fn pass_on<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        message: &ChatMessage,
        except: Option<LinkId>,
    ) {
        let parent = self.parent().map(|parent| parent.link);
        let links: Vec<_> = self.children.links().chain(parent).collect();
        for link in links.into_iter().filter(|link| Some(*link) != except) {
            self.tell_chat(net, link, message, true);
        }
    }

    fn tell_chat<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        message: &ChatMessage,
        pictures: bool,
    ) {
        for id in [message.avatar, message.image].into_iter().flatten().filter(|_| pictures) {
            if let Some(picture) = self.pictures.give(id, link) {
                net.send(link, &Message::Picture(picture));
            }
        }
        net.send(link, &Message::Chat(message.clone()));
    }
}
