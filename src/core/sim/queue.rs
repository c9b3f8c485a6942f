//! The event queue: a timing wheel of one slot per millisecond, since nearly everything happens
//! within a few seconds. Events of one moment keep the order in which they were pushed.

use std::collections::{BTreeMap, VecDeque};

use crate::util::time::Time;

/// Slots of the wheel; later events wait in a map.
const SLOTS: usize = 8_192;

/// What is to happen, by time.
pub(super) struct Queue<T> {
    /// The slot being emptied, in milliseconds.
    now: u64,
    current: VecDeque<T>,
    /// Slot `t % SLOTS` holds what happens at `t`, for `now < t < now + SLOTS`.
    slots: Vec<VecDeque<T>>,
    in_slots: usize,
    far: BTreeMap<u64, VecDeque<T>>,
    /// Emptied slots, whose memory serves again.
    standby: Vec<VecDeque<T>>,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            now: 0,
            current: VecDeque::new(),
            slots: (0..SLOTS).map(|_| VecDeque::new()).collect(),
            in_slots: 0,
            far: BTreeMap::new(),
            standby: Vec::new(),
        }
    }

    /// Adds an event; one that is late happens next.
    pub(super) fn push(&mut self, time: Time, event: T) {
        let time = time.as_millis();
        if time <= self.now {
            self.current.push_back(event);
        } else if time - self.now < SLOTS as u64 {
            let slot = &mut self.slots[time as usize % SLOTS];
            if slot.capacity() == 0
                && let Some(standby) = self.standby.pop()
            {
                *slot = standby;
            }
            slot.push_back(event);
            self.in_slots += 1;
        } else {
            self.far.entry(time).or_default().push_back(event);
        }
    }

    /// The next event up to `end`, with its time.
    pub(super) fn pop(&mut self, end: Time) -> Option<(Time, T)> {
        loop {
            if let Some(event) = self.current.pop_front() {
                return Some((Time::from_millis(self.now), event));
            }
            if self.now >= end.as_millis() {
                return None;
            }
            self.advance(end.as_millis());
        }
    }

    /// What else happens at the moment of the last event, as far as it is known.
    pub(super) fn upcoming(&self) -> impl Iterator<Item = &T> {
        self.current.iter()
    }

    fn advance(&mut self, end: u64) {
        self.now = match self.far.keys().next() {
            // Nothing is near: no need to look at every slot on the way.
            next if self.in_slots == 0 => next.map_or(end, |next| (*next).min(end)),
            _ => self.now + 1,
        };
        let mut slot = core::mem::take(&mut self.slots[self.now as usize % SLOTS]);
        self.in_slots -= slot.len();
        // What was far when it was pushed was pushed before anything that was near.
        if let Some(mut far) = self.far.remove(&self.now) {
            far.append(&mut slot);
            core::mem::swap(&mut far, &mut slot);
        }
        let emptied = core::mem::replace(&mut self.current, slot);
        if emptied.capacity() > 0 {
            self.standby.push(emptied);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_and_then_in_their_order() {
        let mut queue = Queue::new();
        let times = [5, 20_000, 3, 5, 9_000, 0, 20_000, 8_191, 8_192, 100_000];
        for (index, time) in times.into_iter().enumerate() {
            queue.push(Time::from_millis(time), index);
        }
        let mut seen = Vec::new();
        while let Some((time, index)) = queue.pop(Time::from_millis(20_000)) {
            if index == 4 {
                // Near by now, but pushed later than the far ones of its moment.
                queue.push(Time::from_millis(9_000), 77);
                queue.push(Time::from_millis(10_000), 78);
            }
            seen.push((time.as_millis(), index));
        }
        let near = [(0, 5), (3, 2), (5, 0), (5, 3), (8_191, 7), (8_192, 8), (9_000, 4)];
        let far = [(9_000, 77), (10_000, 78), (20_000, 1), (20_000, 6)];
        assert_eq!(seen, [&near[..], &far[..]].concat());
        assert_eq!(queue.pop(Time::MAX), Some((Time::from_millis(100_000), 9)));
        assert_eq!(queue.pop(Time::from_millis(200_000)), None);
    }
}
