//! Whether somebody speaks, from how loud they are now and then.

use core::time::Duration;

use live_core::time::Time;

/// The level from which it is speech; a quiet room is well below, full scale is 1.
const THRESHOLD: f64 = 0.015;
/// Pauses between words are shorter.
const HANGOVER: Duration = Duration::from_millis(700);

/// One person's speech.
#[derive(Default)]
pub(super) struct Speech {
    last: Option<Time>,
}

impl Speech {
    /// Takes a level, from 0 to 1. Returns whether they speak.
    pub(super) fn sample(&mut self, now: Time, level: f64) -> bool {
        if level >= THRESHOLD {
            self.last = Some(now);
        }
        self.last.is_some_and(|last| now.since(last) < HANGOVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_lasts_over_the_pauses_between_words() {
        let mut speech = Speech::default();
        let mut at = |millis: u64, level| speech.sample(Time::from_millis(10_000 + millis), level);
        assert!(!at(0, 0.001), "a quiet room");
        assert!(at(200, 0.2));
        assert!(at(800, 0.0), "a pause");
        assert!(at(850, 0.1));
        assert!(!at(1_600, 0.0), "silence");
    }
}
