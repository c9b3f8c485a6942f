//! One peer: the composition of the machines, fed with [`Input`], drained of [`Output`].

mod announce;
mod io;
mod legacy;
mod lobby;
mod net;
#[cfg(feature = "sim")]
mod probe;
mod room;

use rand_core::RngCore;

pub use io::{
    Candidate, Channel, Command, Config, Description, Input, LinkAction, LinkEvent, MediaRole,
    Order, Output, Role, SdpKind, Sending, SocketAction, SocketEvent, Source,
};

#[cfg(feature = "sim")]
pub use probe::Probe;

use crate::id::PeerId;
use crate::time::Time;
use crate::view::View;
use legacy::Outline;
use lobby::Lobby;
use net::{Event, Net};
use room::{Room, ticket};

/// One peer. After every [`handle`](Node::handle), [`poll`](Node::poll) must be drained.
pub struct Node<R> {
    net: Net<R>,
    part: Box<dyn Part<R>>,
    /// When the part wants to be woken. Heartbeats, which most inputs are, do not change it.
    due: Option<(Time, Reason)>,
    view: View,
}

/// Why a node wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The signalling connection: heartbeat, retry, time-out.
    Signalling,
    /// A link: ping, silence, negotiation.
    Link,
    /// The search for a parent: patience with one peer, rest between rounds.
    Seek,
    /// A peer that leaves has fed its children for long enough.
    Leaving,
    /// A spare parent to look for.
    Spare,
    /// A parent that has lost its own way for too long.
    Adrift,
    /// Something to say to parent or children, held back by its pace.
    Report,
    /// A link that its child has replaced.
    Retire,
    /// One more child to be tried after the uplink had shown too little for it.
    Uplink,
    /// A better place in the tree to be asked for.
    Climb,
    /// A parent from which nothing comes.
    Dry,
    /// An old parent that is left although the new one has sent nothing yet.
    Overlap,
    /// A room whose host does not come back.
    HostAway,
    /// Somebody who was kicked may come back.
    Pardon,
    /// The index root: announce again, dial again.
    Announce,
    /// The network's name is to be taken.
    TakeOver,
    /// Another network to look at.
    Elsewhere,
    /// An old page: something to tell it, a call to place, patience with it.
    Legacy,
    /// A room in the index that nobody has confirmed.
    RoomExpiry,
}

/// What a node is for. Behind a pointer, so that whoever only opens lobbies does not carry what
/// rooms need.
trait Part<R> {
    fn command(&mut self, net: &mut Net<R>, command: Command);
    fn event(&mut self, net: &mut Net<R>, event: Event);
    fn tick(&mut self, net: &mut Net<R>);
    fn deadline(&self, net: &Net<R>) -> Option<(Time, Reason)>;
    /// Fills in what the pages show.
    fn show(&self, net: &Net<R>, view: &mut View);
    /// What old pages are told.
    fn outline(&self, net: &Net<R>) -> Option<Outline>;
    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Room>;
}

impl<R: RngCore> Node<R> {
    /// A node that is in a room. It begins at once; drain it.
    pub fn new(config: Config, now: Time, mut rng: R) -> Self {
        let Config { role, id, token, name, max_children } = config;
        let id = id.unwrap_or_else(|| PeerId::random(&mut rng));
        let room = match role {
            Role::Host { meta, network, since } => {
                let ticket = ticket(&mut rng);
                let mut room =
                    Room::host(now, id.clone(), meta, network, name, max_children, ticket);
                room.opened_at(since);
                room
            }
            Role::Viewer { target } => Room::viewer(target, name, max_children),
        };
        Self::begin(Net::new(now, id, token, rng), Box::new(room))
    }

    /// A node that looks at the rooms of a network, and is its index root when nobody else is. It
    /// begins at once; drain it.
    pub fn lobby(network: PeerId, now: Time, rng: R) -> Self {
        let net = Net::new(now, network.clone(), None, rng);
        Self::begin(net, Box::new(Lobby::new(network)))
    }

    fn begin(net: Net<R>, part: Box<dyn Part<R>>) -> Self {
        let mut node = Self { net, part, due: None, view: View::default() };
        node.part.tick(&mut node.net);
        node.due = node.part.deadline(&node.net);
        node
    }

    /// Something happened.
    pub fn handle(&mut self, now: Time, input: Input) {
        self.net.now = self.net.now.max(now);
        if let Input::Hidden(hidden) = input {
            self.net.set_hidden(hidden);
        }
        let mut quiet = matches!(input, Input::Tick | Input::Link(_, LinkEvent::Data(_)));
        match input {
            Input::Tick | Input::Hidden(_) => {
                self.net.tick();
                if self.due.is_some_and(|(time, _)| self.net.now >= time) {
                    quiet = false;
                    self.part.tick(&mut self.net);
                }
            }
            Input::Command(command) => self.part.command(&mut self.net, command),
            Input::Socket(event) => self.net.socket(&event),
            Input::Link(link, event) => self.net.link(link, event),
        }
        while let Some(event) = self.net.event() {
            quiet = false;
            self.part.event(&mut self.net, event);
        }
        if self.net.legacy.is_active() {
            self.net.tell_old(self.part.outline(&self.net));
        }
        if !quiet {
            self.due = self.part.deadline(&self.net);
        }
    }

    /// What to do next; `None` when there is nothing more.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.act() {
            return Some(output);
        }
        if !core::mem::take(&mut self.net.dirty) {
            return None;
        }
        let view = self.make_view();
        if view == self.view {
            return None;
        }
        self.view = view;
        Some(Output::Changed)
    }

    /// Like [`poll`](Node::poll), but leaves the view as it is: for drivers that show nothing.
    pub fn act(&mut self) -> Option<Output> {
        self.net.poll()
    }

    /// What the pages would show now, made on the spot.
    pub fn make_view(&self) -> View {
        let mut view =
            View { id: Some(self.net.id().clone()), status: self.net.status(), ..View::default() };
        self.part.show(&self.net, &mut view);
        view
    }

    /// When to call [`handle`](Node::handle) with [`Input::Tick`] next, and why.
    pub fn deadline(&self) -> Option<(Time, Reason)> {
        self.net.deadline().into_iter().chain(self.due).min()
    }

    /// What the pages show; current after a drain.
    pub fn view(&self) -> &View {
        &self.view
    }
}
