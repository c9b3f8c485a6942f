//! Whether this peer takes part in a gathering: what the person wants, what the host has given, and
//! when the host is asked again.

use core::time::Duration;

use crate::model::picture::PictureId;
use crate::model::{OwnSeat, Tracks};
use crate::room::Gathering;
use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
use crate::wire::message::Seat;

/// A holder says so often that it still uses its seat.
const RENEWAL: Duration = Duration::from_secs(20);
/// What the host does not follow is asked for again after this.
const REPEAT: Duration = Duration::from_secs(3);

/// Taking part in one gathering.
#[derive(Debug, Default)]
pub(super) struct Attendance {
    /// What the person wants to show; `None` if no part is taken.
    wish: Option<Tracks>,
    own: OwnSeat,
    /// When the host was asked for the last time, and over which link.
    asked: Option<(Time, Option<LinkId>)>,
    due: Option<Time>,
}

/// What an attendance is judged by.
pub(super) struct Circumstances<'a> {
    pub(super) now: Time,
    pub(super) own: &'a PeerId,
    pub(super) gathering: &'a Gathering,
    /// The person's name and picture.
    pub(super) name: &'a str,
    pub(super) avatar: Option<PictureId>,
    /// Whether the host can be asked: over this link, or it is this peer itself.
    pub(super) way: Option<Option<LinkId>>,
    /// Whether the host is one of ours, who says all that it is told and keeps seats as long as they
    /// are asked for.
    pub(super) renews: bool,
    /// Whether this peer is the host, which keeps its own seat.
    pub(super) is_host: bool,
}

impl Attendance {
    /// The person wants to take part and show this.
    pub(super) fn join(&mut self, tracks: Tracks) {
        *self = Self { wish: Some(tracks), own: OwnSeat::Asked, asked: None, due: None };
    }

    /// The person shows something else.
    pub(super) fn show(&mut self, tracks: Tracks) {
        if self.wish.is_some_and(|wish| wish != tracks) {
            self.wish = Some(tracks);
            self.asked = None;
        }
    }

    /// The person wants to take part no more.
    pub(super) fn leave(&mut self) {
        *self = Self::default();
    }

    /// What is known about this peer is said anew: the name, or the picture.
    pub(super) fn say_again(&mut self) {
        self.asked = None;
    }

    /// What the person wants to show.
    pub(super) fn wish(&self) -> Option<Tracks> {
        self.wish
    }

    /// Whether no part is taken, and there is nothing to remember of a part that was.
    pub(super) fn is_idle(&self) -> bool {
        self.wish.is_none() && self.own == OwnSeat::None && self.asked.is_none()
    }

    /// How this peer stands to the gathering.
    pub(super) fn own(&self) -> OwnSeat {
        self.own
    }

    /// When to call [`Attendance::update`] at the latest.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.due
    }

    /// Something may have changed. Returns whether the host is asked now: for the seat if `true`,
    /// otherwise to take it back.
    pub(super) fn update(&mut self, at: &Circumstances<'_>) -> Option<bool> {
        let Circumstances { now, own, gathering, .. } = *at;
        let seat = gathering.seat_of(own);
        let refused = !gathering.open || gathering.removed.contains(own);
        self.own = match self.wish {
            Some(_) if refused => {
                // Who was in the middle of it sees that it has ended.
                let ended = self.own == OwnSeat::Taken && !gathering.open;
                if ended { OwnSeat::None } else { OwnSeat::Refused }
            }
            Some(_) if seat.is_some() => OwnSeat::Taken,
            Some(_) if gathering.is_full() => OwnSeat::Full,
            Some(_) => OwnSeat::Asked,
            None if self.own == OwnSeat::Refused && refused => OwnSeat::Refused,
            None if self.own == OwnSeat::Full && gathering.is_full() => OwnSeat::Full,
            None => OwnSeat::None,
        };
        if !matches!(self.own, OwnSeat::Asked | OwnSeat::Taken) {
            self.wish = None;
        }
        self.due = None;
        // A seat without a wish is left from before a reload, or the host has not heard the leave.
        if self.wish.is_none() && seat.is_none() {
            self.asked = None;
            return None;
        }
        let way = at.way?;
        let interval = match seat {
            Some(seat) if self.wish.is_some() && self.is_right(seat, at) => {
                (at.renews && !at.is_host).then_some(RENEWAL)
            }
            _ => Some(REPEAT),
        };
        let asked = self.asked.filter(|(_, over)| *over == way);
        self.due = interval.map(|interval| asked.map_or(now, |(asked, _)| asked + interval));
        if self.due.is_none_or(|due| now < due) {
            return None;
        }
        self.asked = Some((now, way));
        self.due = interval.map(|interval| now + interval);
        Some(self.wish.is_some())
    }

    /// Whether the host says of this peer what is true. A legacy host says only how a stream is
    /// named, and that for the other legacy pages.
    fn is_right(&self, seat: &Seat, at: &Circumstances<'_>) -> bool {
        if !at.renews {
            return seat.stream.is_some();
        }
        self.wish == Some(seat.tracks) && (seat.name.as_str(), seat.avatar) == (at.name, at.avatar)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::GatheringKind;
    use crate::wire::message::Decision;

    const SOUND: Tracks = Tracks { audio: true, video: false };
    const WAY: Option<Option<LinkId>> = Some(Some(LinkId(1)));

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn seat(who: &str, tracks: Tracks) -> Seat {
        Seat { tracks, ..Seat::new(id(who), String::new()) }
    }

    struct Rig {
        attendance: Attendance,
        gathering: Gathering,
        now: Time,
    }

    impl Rig {
        fn new() -> Self {
            let mut gathering = Gathering::new(GatheringKind::Conference);
            gathering.open = true;
            let now = Time::from_millis(1_000);
            Self { attendance: Attendance::default(), gathering, now }
        }

        fn update(&mut self, way: Option<Option<LinkId>>) -> Option<bool> {
            self.attendance.update(&Circumstances {
                now: self.now,
                own: &id("a"),
                gathering: &self.gathering,
                name: "",
                avatar: None,
                way,
                renews: true,
                is_host: false,
            })
        }

        /// The host does what it is asked for.
        fn give(&mut self, seat: Seat) {
            if let Some(Decision::Seat(_, at, seat)) = self.gathering.give(seat) {
                self.gathering.put(at as usize, seat);
            }
        }
    }

    #[test]
    fn a_seat_is_asked_for_until_it_is_given_and_renewed_then() {
        let mut rig = Rig::new();
        rig.attendance.join(SOUND);
        assert_eq!(rig.update(None), None, "there is no way to the host");
        assert_eq!((rig.update(WAY), rig.update(WAY)), (Some(true), None));
        rig.now = rig.attendance.deadline().unwrap();
        assert_eq!((rig.update(WAY), rig.attendance.own()), (Some(true), OwnSeat::Asked));
        rig.give(seat("a", SOUND));
        assert_eq!((rig.update(WAY), rig.attendance.own()), (None, OwnSeat::Taken));
        assert_eq!(rig.update(Some(Some(LinkId(2)))), Some(true), "over a new way at once");
        assert_eq!(rig.attendance.deadline(), Some(rig.now + RENEWAL));
        rig.attendance.show(Tracks::default());
        assert_eq!(rig.update(WAY), Some(true), "it shows something else");
    }

    #[test]
    fn what_stands_in_the_way_ends_the_wish() {
        let mut rig = Rig::new();
        for other in 0..8 {
            rig.give(seat(&format!("x{other}"), SOUND));
        }
        rig.attendance.join(SOUND);
        assert_eq!((rig.update(WAY), rig.attendance.own()), (None, OwnSeat::Full));
        rig.gathering.put(0, None);
        assert_eq!((rig.update(WAY), rig.attendance.own()), (None, OwnSeat::None));
        rig.attendance.join(SOUND);
        rig.give(seat("a", SOUND));
        rig.update(WAY);
        rig.gathering.removed.push(id("a"));
        rig.gathering.vacate();
        assert_eq!((rig.update(WAY), rig.attendance.own()), (None, OwnSeat::Refused));
        rig.gathering = Gathering::new(GatheringKind::Conference);
        rig.attendance.join(SOUND);
        assert_eq!((rig.update(WAY), rig.attendance.own()), (None, OwnSeat::Refused));
    }

    #[test]
    fn a_seat_that_nobody_wants_is_given_back() {
        let mut rig = Rig::new();
        rig.give(seat("a", SOUND));
        assert_eq!((rig.update(WAY), rig.update(WAY)), (Some(false), None));
        rig.gathering.put(0, None);
        assert_eq!((rig.update(WAY), rig.attendance.deadline()), (None, None));
    }
}
