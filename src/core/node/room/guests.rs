//! Original pages behind this peer that have a seat in a gathering. They ask for it once and never
//! again, so the peer that they are linked with says in their place that they still use it.

use core::time::Duration;

use crate::identity::Signed;
use crate::model::GatheringKind;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::request::{Act, Request};

/// How often that is said.
const RENEWAL: Duration = Duration::from_secs(20);

/// What such pages have asked for.
#[derive(Default)]
pub(super) struct Guests(Vec<Guest>);

struct Guest {
    /// The link that it was asked over.
    link: LinkId,
    kind: GatheringKind,
    request: Signed<Request>,
    /// When it was passed on for the last time, and over which link.
    asked: (Time, LinkId),
}

impl Guests {
    /// What came over the `link` of an original page is passed on to the parent.
    pub(super) fn pass_on(
        &mut self,
        now: Time,
        link: LinkId,
        parent: LinkId,
        request: &Signed<Request>,
    ) {
        let Act::Seat(kind, seat) = &request.act else { return };
        self.0.retain(|known| known.kind != *kind || known.request.author != request.author);
        if seat.join && self.0.len() < limits::SEATS {
            let (request, asked) = (request.clone(), (now, parent));
            self.0.push(Guest { link, kind: *kind, request, asked });
        }
    }

    /// What is to be said to the parent now. A page that has got no seat until it is due is not
    /// spoken for any more.
    pub(super) fn due(
        &mut self,
        now: Time,
        parent: LinkId,
        is_there: impl Fn(LinkId) -> bool,
        has_seat: impl Fn(GatheringKind, &PeerId) -> bool,
    ) -> Vec<Signed<Request>> {
        let mut due = Vec::new();
        self.0.retain_mut(|guest| {
            let (asked, over) = guest.asked;
            let is_new_way = over != parent;
            if !is_new_way && now < asked + RENEWAL {
                return is_there(guest.link);
            }
            let stays =
                is_there(guest.link) && (is_new_way || has_seat(guest.kind, &guest.request.author));
            if stays {
                guest.asked = (now, parent);
                due.push(guest.request.clone());
            }
            stays
        });
        due
    }

    /// When to call [`Guests::due`].
    pub(super) fn deadline(&self) -> Option<Time> {
        self.0.iter().map(|guest| guest.asked.0 + RENEWAL).min()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::request::SeatRequest;

    const PARENT: LinkId = LinkId(1);
    const NOW: Time = Time::from_millis(1_000);

    fn guests(count: usize) -> Guests {
        let mut guests = Guests::default();
        for at in 0..count {
            let author = PeerId::new(&format!("old{at}")).unwrap();
            let seat = SeatRequest { join: true, ..SeatRequest::default() };
            let act = Act::Seat(GatheringKind::Conference, seat);
            let request = Request { since: 1, number: 1, author, name: String::new(), act };
            guests.pass_on(NOW, LinkId(2), PARENT, &Signed::unproven(request));
        }
        guests
    }

    #[test]
    fn a_page_is_spoken_for_while_it_is_there_and_has_a_seat() {
        let due = |now, is_there, has_seat| {
            let mut guests = guests(1);
            let first = guests.due(now, PARENT, |_| is_there, |_, _| has_seat).len();
            (first, guests.deadline().is_some())
        };
        assert_eq!(due(NOW, true, false), (0, true), "not yet");
        assert_eq!(due(NOW + RENEWAL, true, true), (1, true));
        assert_eq!(due(NOW + RENEWAL, false, true), (0, false), "it is gone");
        assert_eq!(due(NOW + RENEWAL, true, false), (0, false), "it has got none");
    }

    #[test]
    fn a_crowd_of_pages_takes_no_more_memory() {
        assert_eq!(guests(1_000).0.len(), limits::SEATS);
    }
}
