//! Whether the own microphone is heard.

/// What each side wants of the own microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gate {
    /// The user has muted it, of which the others are told.
    pub(super) muted: bool,
    /// The user speaks only while they hold a key or a button.
    pub(super) push_to_talk: bool,
    /// The key or the button is held.
    pub(super) talking: bool,
    /// The host has muted this peer. Nothing that the user does changes that.
    pub(super) silenced: bool,
}

impl Gate {
    /// Whether sound passes. To talk is to be heard, also while muted.
    pub(super) fn is_open(self) -> bool {
        !self.silenced && (self.talking || !(self.muted || self.push_to_talk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_the_key_is_heard_and_who_lets_go_is_not() {
        for (muted, push_to_talk) in [(true, false), (false, true), (true, true)] {
            let gate = Gate { muted, push_to_talk, ..Gate::default() };
            assert!(!gate.is_open());
            assert!(Gate { talking: true, ..gate }.is_open());
        }
        assert!(Gate::default().is_open(), "an open microphone");
        assert!(Gate { talking: true, ..Gate::default() }.is_open());
    }

    #[test]
    fn nothing_undoes_the_mute_of_a_host() {
        for choice in 0..8 {
            let gate = Gate {
                muted: choice & 1 > 0,
                push_to_talk: choice & 2 > 0,
                talking: choice & 4 > 0,
                silenced: true,
            };
            assert!(!gate.is_open(), "{gate:?}");
        }
    }
}
