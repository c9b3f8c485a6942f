//! Peers that ask for the stream that is shown here, to show it in a room of their own, and those
//! that were given it.

use core::time::Duration;

use rand_core::RngCore;

use crate::link::io::{MediaRole, Source};
use crate::model::Tracks;
use crate::signal::payload::RefusalReason;
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::Message;

/// A peer that was told no may ask again after this.
const REST: Duration = Duration::from_secs(30);

/// What is shown here: where it comes from, and its tracks.
pub(super) type Stream = (Source, Tracks);

/// All who ask, or have got it.
#[derive(Default)]
pub(super) struct Lending {
    loans: Vec<Loan>,
    /// What those who have got it are fed with.
    fed: Option<Stream>,
    /// Who was told no, and when.
    refused: Vec<(PeerId, Time)>,
}

struct Loan {
    link: LinkId,
    peer: PeerId,
    /// The person's name; `None` until it is told.
    name: Option<String>,
    granted: bool,
}

impl Lending {
    /// The peers that wait for an answer, with their names.
    pub(super) fn requests(&self) -> impl Iterator<Item = (PeerId, String)> {
        let waiting = self.loans.iter().filter(|loan| !loan.granted);
        waiting.filter_map(|loan| Some((loan.peer.clone(), loan.name.clone()?)))
    }

    /// A peer has dialled for what is shown here, if anything is.
    pub(super) fn offered<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        is_on_air: bool,
    ) {
        let now = swarm.now;
        self.refused.retain(|(_, since)| now.since(*since) < REST);
        let rests = self.refused.iter().any(|(refused, _)| *refused == peer);
        let known = self.loans.iter().any(|loan| loan.peer == peer);
        let reason = if !is_on_air {
            RefusalReason::NotStreaming
        } else if rests || known || self.loans.len() >= limits::LOANS {
            RefusalReason::Busy
        } else {
            self.loans.push(Loan { link, peer, name: None, granted: false });
            return swarm.accept(link, LinkRole::Borrower, MediaRole::Send);
        };
        swarm.refuse(link, reason, Vec::new());
    }

    /// A peer that has dialled says its name.
    pub(super) fn named(&mut self, link: LinkId, name: String) {
        if let Some(loan) = self.loans.iter_mut().find(|loan| loan.link == link) {
            loan.name = Some(name);
        }
    }

    /// Gives `stream` to the peer that asks for it, or says no. Returns whether there is such a
    /// peer.
    pub(super) fn answer<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        to: &PeerId,
        stream: Option<Stream>,
    ) -> bool {
        let asks = |loan: &Loan| loan.peer == *to && !loan.granted && loan.name.is_some();
        let Some(at) = self.loans.iter().position(asks) else { return false };
        match stream {
            Some(stream) => {
                self.loans[at].granted = true;
                self.fed = Some(stream);
                feed(swarm, self.loans[at].link, stream);
            }
            None => {
                let Loan { link, peer, .. } = self.loans.remove(at);
                self.refuse(swarm, link, peer);
            }
        }
        true
    }

    /// Something else is shown here, or nothing any more.
    pub(super) fn follow<R: RngCore>(&mut self, swarm: &mut Swarm<R>, stream: Option<Stream>) {
        if self.loans.is_empty() || self.fed == stream && stream.is_some() {
            return;
        }
        self.fed = stream;
        match stream {
            Some(stream) => {
                let granted = self.loans.iter().filter(|loan| loan.granted);
                granted.for_each(|loan| feed(swarm, loan.link, stream));
            }
            None => {
                for loan in core::mem::take(&mut self.loans) {
                    swarm.send_and_close(loan.link, &Message::Leave { ask: Vec::new() });
                }
            }
        }
    }

    /// The link of a peer that asks, or has got it, is gone.
    pub(super) fn link_down(&mut self, link: LinkId) {
        self.loans.retain(|loan| loan.link != link);
    }

    /// A peer does not want it any more.
    pub(super) fn given_back<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        self.link_down(link);
        swarm.close(link);
    }

    fn refuse<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, peer: PeerId) {
        if self.refused.len() >= limits::LOANS {
            self.refused.remove(0);
        }
        self.refused.push((peer, swarm.now));
        swarm.send_and_close(link, &Message::Leave { ask: Vec::new() });
    }
}

fn feed<R: RngCore>(swarm: &mut Swarm<R>, link: LinkId, (source, tracks): Stream) {
    swarm.feed(link, Some(source));
    swarm.send(link, &Message::OnAir { name: String::new(), by: None, tracks: Some(tracks) });
}
