//! Light or dark: the system's choice until the user makes one.

use leptos::prelude::*;

use crate::memory;

/// A colour scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The word for attributes and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the word.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == name)
    }

    /// What the user has chosen before, else what the system wants.
    pub(crate) fn initial() -> Self {
        memory::load(memory::THEME).and_then(|name| Self::from_name(&name)).unwrap_or_else(|| {
            let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
            if query.is_some_and(|query| query.matches()) { Self::Dark } else { Self::Light }
        })
    }
}

/// Keeps the document's `data-theme` at `theme`.
pub(crate) fn apply(theme: RwSignal<Theme>) {
    Effect::new(move || {
        if let Some(root) = document().document_element() {
            // Fails for attribute names that are no names only.
            let _ = root.set_attribute("data-theme", theme.get().as_str());
        }
    });
}
