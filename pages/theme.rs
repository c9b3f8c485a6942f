//! Light or dark, or as the system has it until the user chooses.

use leptos::prelude::*;

/// A colour scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every one, in the order of the menu.
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

/// Keeps the document's `data-theme` at `theme`; the styles know what the system wants.
pub(crate) fn apply(theme: RwSignal<Theme>) {
    Effect::new(move || {
        if let Some(root) = document().document_element() {
            // Fails for attribute names that are no names only.
            let _ = root.set_attribute("data-theme", theme.get().as_str());
        }
    });
}
