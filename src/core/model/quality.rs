//! The quality of the pictures that are sent.

/// What a picture that goes out may be at most, to each who is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// The shorter side, in pixels.
    pub height: u32,
    /// Pictures per second.
    pub rate: u32,
    /// In kbit/s.
    pub bitrate: u32,
}

impl Quality {
    /// As good as it gets.
    pub const BEST: Self = Self { height: 2160, rate: 60, bitrate: 2_500 };

    pub(crate) fn within(self, most: Self) -> Self {
        Self {
            height: self.height.min(most.height),
            rate: self.rate.min(most.rate),
            bitrate: self.bitrate.min(most.bitrate),
        }
    }
}

impl Default for Quality {
    fn default() -> Self {
        Self::BEST
    }
}
