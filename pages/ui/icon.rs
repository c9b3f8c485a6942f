//! Icons, as outlines on a grid of 24 units.

use leptos::prelude::*;

/// A decorative icon, hidden from assistive technology: the text beside it carries the meaning.
#[component]
pub(crate) fn Icon(
    /// Which one.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=icon.path()></path>
        </svg>
    }
}

/// Which icon.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Camera,
    Clear,
    Close,
    Code,
    Copy,
    Down,
    Eye,
    File,
    Float,
    FullScreen,
    Gear,
    Help,
    Image,
    Live,
    Logo,
    Lock,
    Microphone,
    More,
    Muted,
    Pattern,
    People,
    Plus,
    Reconnect,
    Refresh,
    Screen,
    Search,
    Send,
    Share,
    Shield,
    Sound,
    Stats,
    Stop,
    Theatre,
    Warning,
}

impl Icon {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Camera => "M3 7h11v10H3zM14 11l7-4v10l-7-4",
            Self::Clear => "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
            Self::Close => "M5 5l14 14M19 5L5 19",
            Self::Code => {
                "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v3h-3M14 20h2M20 20h.01"
            }
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
            Self::Down => "M6 9l6 6 6-6",
            Self::Eye => "M2 12a12 12 0 0120 0 12 12 0 01-20 0M12 15a3 3 0 100-6 3 3 0 000 6",
            Self::File => "M6 3h8l5 5v13H6zM14 3v5h5M10 12l5 3-5 3z",
            Self::Float => "M3 5h18v14H3zM12 12h6v4h-6z",
            Self::FullScreen => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
            Self::Gear => "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
            Self::Help => {
                "M12 21a9 9 0 100-18 9 9 0 000 18M9 9.5a3 3 0 115 2.5c-1 1-2 1-2 2M12 17h.01"
            }
            Self::Image => "M3 5h18v14H3zM3 16l5-5 5 5 3-3 5 5M15 9h.01",
            Self::Live => {
                "M5 5a10 10 0 000 14M19 5a10 10 0 010 14M8 8a6 6 0 000 8M16 8a6 6 0 010 8M12 12h.01"
            }
            Self::Logo => "M12 5 5 19M12 5v14M12 5l7 14M12 5h.01M5 19h.01M12 19h.01M19 19h.01",
            Self::Lock => "M5 11h14v10H5zM8 11V7a4 4 0 018 0v4",
            Self::Microphone => "M9 5a3 3 0 016 0v6a3 3 0 01-6 0zM5 11a7 7 0 0014 0M12 18v3",
            Self::More => "M4.5 12h1M11.5 12h1M18.5 12h1",
            Self::Muted => {
                "M9 6V5a3 3 0 016 0v6M9 9v2a3 3 0 005 2M5 11a7 7 0 0011 5.5M19 11v1M12 18v3M4 3l16 18"
            }
            Self::Pattern => "M3 5h18v14H3zM8 5v14M13 5v14M18 5v14",
            Self::People => {
                "M9 11a4 4 0 100-8 4 4 0 000 8zM2 21a7 7 0 0114 0M16 3a4 4 0 010 8M18 14a7 7 0 014 7"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::Reconnect => {
                "M10 14a4 4 0 006 0l3-3a4 4 0 00-6-6l-1 1M14 10a4 4 0 00-6 0l-3 3a4 4 0 006 6l1-1"
            }
            Self::Refresh => "M20 5v6h-6M20 11a8 8 0 10-2 7",
            Self::Screen => "M3 4h18v12H3zM8 21h8M12 16v5",
            Self::Search => "M10 17a7 7 0 100-14 7 7 0 000 14zM15 15l6 6",
            Self::Send => "M4 12h15M13 6l6 6-6 6",
            Self::Share => "M12 15V3M8 7l4-4 4 4M6 11H4v10h16V11h-2",
            Self::Shield => "M12 3l8 3v5c0 5-3 9-8 11-5-2-8-6-8-11V6zM8.5 12l2.5 2.5 5-5",
            Self::Sound => "M4 9h4l5-5v16l-5-5H4zM17 8a6 6 0 010 8",
            Self::Stats => "M4 20V10M10 20V4M16 20v-7M21 20H3",
            Self::Stop => "M6 6h12v12H6z",
            Self::Theatre => "M3 6h18v12H3zM6 9h12v6H6z",
            Self::Warning => "M12 3l10 18H2zM12 10v5M12 18h.01",
        }
    }
}
