//! Views that are made by functions of their own.

use core::convert::Infallible;

use leptos::prelude::*;

use crate::dom::{El, el};

/// What such a function returns.
pub(crate) type Later = Result<El, Infallible>;

/// Shows what `make` makes.
pub(crate) fn later(make: impl FnOnce() -> Later) -> El {
    let Ok(made) = make();
    made
}

/// Shows what `make` makes from when `open` is true for the first time; then it stays, so that
/// nothing that was typed is lost.
pub(crate) fn kept(open: Signal<bool>, make: impl Fn() -> Later + 'static) -> El {
    let wanted = Memo::new(move |before: Option<&bool>| before == Some(&true) || open.get());
    el("div").children(move || if wanted.get() { vec![later(&make)] } else { Vec::new() })
}
