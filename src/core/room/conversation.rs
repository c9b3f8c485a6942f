//! The chat between neighbours: every message to everyone once, and before it the pictures that it
//! refers to, each once over each link.

use std::sync::Arc;

use rand_core::RngCore;

use super::Pictures;
use super::chat_log::{Chat, Verdict};
use super::chat_pace::ChatPace;
use crate::identity::{Signed, Verified};
use crate::model::picture::Picture;
use crate::model::{ChatMessage, MessageId};
use crate::swarm::Swarm;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::wire::message::Message;

/// The chat of a room as one peer takes part in it.
#[derive(Default)]
pub(crate) struct Conversation {
    log: Chat,
    pictures: Pictures,
    pace: ChatPace,
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

    /// The picture that stands beside the person's name.
    pub(crate) fn avatar(&self) -> Option<&Arc<Picture>> {
        self.avatar.as_ref()
    }

    /// Keeps a picture that something other than the chat refers to.
    pub(crate) fn keep_picture(&mut self, picture: Arc<Picture>) {
        self.pictures.keep(picture);
    }

    /// Sets the picture that stands beside the person's name.
    pub(crate) fn set_avatar(&mut self, avatar: Option<Arc<Picture>>) {
        self.avatar = avatar;
    }

    /// The person called `name` says something in `room`; all `neighbours` are told.
    pub(crate) fn say<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        (room, neighbours): (&PeerId, &[LinkId]),
        name: &str,
        text: &str,
        image: Option<Arc<Picture>>,
    ) {
        let at = swarm.now;
        let pictures = [image, self.avatar.clone()];
        let [image, avatar] = pictures.each_ref().map(|p| p.as_ref().map(|p| p.id()));
        if let Some(message) = self.log.write(swarm.id(), name, text, image, avatar, at) {
            let message = swarm.say(message, room);
            self.log.keep(message.clone());
            pictures.into_iter().flatten().for_each(|picture| self.pictures.keep(picture));
            self.pass_on(swarm, neighbours, &message, None);
        }
    }

    /// The neighbour at `from` passes on what a peer has said in `room`; so does this one if it is
    /// news and the author has signed it. The neighbour speaks for `only` this author, if there is
    /// one, but may repeat the history that it has named. A message that is not allowed is refused
    /// and costs nothing else.
    pub(crate) fn hear<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        (room, neighbours): (&PeerId, &[LinkId]),
        from: LinkId,
        only: Option<&PeerId>,
        message: Signed<ChatMessage>,
    ) {
        let (now, author) = (swarm.now, message.author.clone());
        let verdict = self.log.judge(now, &message);
        if verdict == Verdict::Known {
            return;
        }
        self.pace.retain(neighbours);
        let is_history = self.pace.is_history(now, from, &message);
        let may_speak = is_history || only.is_none_or(|only| *only == author);
        if verdict == Verdict::Implausible
            || !may_speak
            || !(is_history || self.pace.allows(now, from, &author))
        {
            return swarm.note_refused(from);
        }
        // Last, for it costs most.
        let Some(message) = swarm.verify(from, room, message) else { return };
        for id in [message.avatar, message.image].into_iter().flatten() {
            let pace = &mut self.pace;
            let allows = || is_history || pace.allows_picture(now, from, &author);
            self.pictures.claim(now, from, id, allows);
        }
        if self.log.accept(now, message.clone()) {
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

    /// The new parent has `high_water`: says what it lacks.
    pub(crate) fn adopted<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        parent: &PeerId,
        high_water: &[MessageId],
    ) {
        self.pace.introduce(link, parent, high_water);
        self.catch_up(swarm, link, high_water);
    }

    /// A child has joined that has `high_water`: says what it lacks. A child that asks again soon is told only what is newer than what it was told.
    pub(crate) fn joined<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        child: &PeerId,
        high_water: &[MessageId],
    ) {
        let own = self.log.high_water();
        let known = self.pace.history(swarm.now, link, child, high_water, own);
        self.catch_up(swarm, link, &known);
    }

    /// Says what a neighbour lacks that has `high_water`. Of the pictures, the newest come along.
    fn catch_up<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        high_water: &[MessageId],
    ) {
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

    /// Takes a message out of the chat.
    pub(crate) fn delete(&mut self, message: MessageId) {
        self.log.delete(vec![message]);
    }

    fn pass_on<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &[LinkId],
        message: &Verified<ChatMessage>,
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
        message: &Verified<ChatMessage>,
        pictures: bool,
    ) {
        let Some(signed) = message.signed() else { return };
        for id in [message.avatar, message.image].into_iter().flatten().filter(|_| pictures) {
            if let Some(picture) = self.pictures.give(id, link) {
                swarm.send(link, &Message::Picture(picture));
            }
        }
        swarm.send(link, &Message::Chat(signed.clone()));
    }
}
