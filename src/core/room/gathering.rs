//! Who has a seat in a gathering, as the host's orders have it. Everybody in the room who has heard
//! the same orders has the same list.

use crate::model::GatheringKind;
use crate::util::id::PeerId;
use crate::wire::message::{Decision, Seat};

/// A gathering as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gathering {
    pub(crate) kind: GatheringKind,
    /// Whether members may take seats.
    pub(crate) open: bool,
    /// The seats, some of them empty.
    pub(crate) seats: Vec<Option<Seat>>,
    /// Whose sound the host has taken.
    pub(crate) muted: Vec<PeerId>,
    /// Whom the host has sent away.
    pub(crate) removed: Vec<PeerId>,
}

impl Gathering {
    /// A gathering about which the host has said nothing yet.
    pub(crate) fn new(kind: GatheringKind) -> Self {
        let open = kind == GatheringKind::Voice;
        Self { kind, open, seats: Vec::new(), muted: Vec::new(), removed: Vec::new() }
    }

    /// Those who have a seat.
    pub(crate) fn taken(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().flatten()
    }

    /// This peer's seat.
    pub(crate) fn seat_of(&self, peer: &PeerId) -> Option<&Seat> {
        self.taken().find(|seat| seat.id == *peer)
    }

    /// Whether no further member has room.
    pub(crate) fn is_full(&self) -> bool {
        self.taken().count() >= self.kind.seats() as usize
    }

    /// What the host decides when a member asks for this seat, or shows something else in its own;
    /// `None` if nothing changes.
    pub(crate) fn give(&self, seat: Seat) -> Option<Decision> {
        if !self.open || self.removed.contains(&seat.id) {
            return None;
        }
        if let Some(at) = self.place_of(&seat.id) {
            let known = self.seats[at].as_ref()?;
            let seat = Seat { number: known.number, ..seat };
            return (*known != seat).then_some(self.order(at, Some(seat)));
        }
        let free = self.seats.iter().position(Option::is_none).unwrap_or(self.seats.len());
        (!self.is_full()).then_some(self.order(free, Some(seat)))
    }

    /// What the host decides when a member gives its seat back, or is gone.
    pub(crate) fn free(&self, peer: &PeerId) -> Option<Decision> {
        Some(self.order(self.place_of(peer)?, None))
    }

    /// Puts a peer into a seat, or empties the seat.
    pub(crate) fn put(&mut self, at: usize, seat: Option<Seat>) {
        if at >= self.seats.len() {
            self.seats.resize(at + 1, None);
        }
        self.seats[at] = seat;
    }

    /// Empties the seats of those whom the host has sent away.
    pub(crate) fn vacate(&mut self) {
        let Self { seats, removed, .. } = self;
        let is_out = |seat: &mut Seat| removed.contains(&seat.id);
        seats.iter_mut().for_each(|seat| drop(seat.take_if(is_out)));
    }

    fn place_of(&self, peer: &PeerId) -> Option<usize> {
        self.seats.iter().position(|seat| seat.as_ref().is_some_and(|seat| seat.id == *peer))
    }

    fn order(&self, at: usize, seat: Option<Seat>) -> Decision {
        Decision::Seat(self.kind, u32::try_from(at).unwrap_or(u32::MAX), seat)
    }
}
