//! What speaks for one kind of legacy pages.

use core::time::Duration;

use rand_core::RngCore;

use crate::link::io::Source;
use crate::signal::payload::{Intent, Offer, RefusalReason};
use crate::swarm::{Event, GatewayTask, MediaEvent, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::wire::message::Message;

/// Does what the swarm has queued for foreign links: each kind of pages has its own translator, which
/// implements what its pages understand.
pub(crate) trait Translator<R: RngCore> {
    /// A stranger offers a connection.
    fn offered(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer);

    /// A peer calls.
    fn called(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer);

    /// A peer that was dialled has answered, and is a legacy page.
    fn answered(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        intent: Option<Intent>,
    );

    /// A link is open.
    fn opened(&mut self, swarm: &mut Swarm<R>, link: LinkId);

    /// A message came.
    fn received(&mut self, swarm: &mut Swarm<R>, link: LinkId, bytes: &[u8]);

    /// Something happened to a call.
    fn media(&mut self, swarm: &mut Swarm<R>, owner: LinkId, call: LinkId, event: MediaEvent);

    /// The link to a page is gone, for whatever reason.
    fn forget(&mut self, swarm: &mut Swarm<R>, link: LinkId);

    /// Time has passed.
    fn tick(&mut self, swarm: &mut Swarm<R>);

    /// The node takes a page for what it has asked for.
    fn accept(&mut self, swarm: &mut Swarm<R>, link: LinkId);

    /// The node does not take a page.
    fn refuse(&mut self, swarm: &mut Swarm<R>, link: LinkId, reason: RefusalReason);

    /// The node says something.
    fn send(&mut self, swarm: &mut Swarm<R>, link: LinkId, message: Message);

    /// The node feeds any link.
    fn feed(&mut self, swarm: &mut Swarm<R>, link: LinkId, source: Option<Source>);

    /// The node shows something.
    fn show(&mut self, swarm: &mut Swarm<R>, source: Option<Source>);

    /// The node wants to know when the media of a page stays away for so long.
    fn watch(&mut self, _: &mut Swarm<R>, _: LinkId, _: Duration) {}

    /// The node wants the media of a page anew.
    fn ask_for_picture(&mut self, _: &mut Swarm<R>, _: LinkId) {}

    /// The node answers a page that asks for the stream.
    fn answer_stream_request(&mut self, _: &mut Swarm<R>, _: &PeerId, _: Option<Source>) {}

    /// Closes the link to a page.
    fn close(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        swarm.disconnect(link);
        self.forget(swarm, link);
    }

    /// Does one thing that the swarm has queued.
    fn handle(&mut self, swarm: &mut Swarm<R>, task: GatewayTask) {
        match task {
            GatewayTask::Offered { peer, offer } => self.offered(swarm, peer, offer),
            GatewayTask::Called { peer, offer } => self.called(swarm, peer, offer),
            GatewayTask::Answered { link, peer, intent } => {
                self.answered(swarm, link, peer, intent);
            }
            GatewayTask::Opened(link) => self.opened(swarm, link),
            GatewayTask::Received { link, bytes } => self.received(swarm, link, &bytes),
            GatewayTask::Media { owner, link, event } => self.media(swarm, owner, link, event),
            GatewayTask::Disconnected { link, peer, reason } => {
                self.forget(swarm, link);
                swarm.report_event(Event::Disconnected { link, peer, reason });
            }
            GatewayTask::Tick => self.tick(swarm),
            GatewayTask::Accept(link) => self.accept(swarm, link),
            GatewayTask::Refuse(link, reason) => self.refuse(swarm, link, reason),
            GatewayTask::Send(link, message) => self.send(swarm, link, message),
            GatewayTask::Close(link) => self.close(swarm, link),
            GatewayTask::Feed(link, source) => self.feed(swarm, link, source),
            GatewayTask::Show(source) => self.show(swarm, source),
            GatewayTask::Watch(link, patience) => self.watch(swarm, link, patience),
            GatewayTask::AskForPicture(link) => self.ask_for_picture(swarm, link),
            GatewayTask::AnswerStreamRequest { to, source } => {
                self.answer_stream_request(swarm, &to, source);
            }
        }
    }
}
