//! The colour scheme: light, dark, or the system's.

use leptos::prelude::*;

/// A colour scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// The system's preference.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All schemes, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word for attributes and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }
}

/// Keeps the document's `data-theme` equal to `theme`; the style sheet resolves `system`.
pub(crate) fn apply(theme: RwSignal<Theme>) {
    Effect::new(move || {
        if let Some(root) = document().document_element() {
            // Fails only for invalid attribute names.
            let _ = root.set_attribute("data-theme", theme.get().as_str());
        }
    });
}
