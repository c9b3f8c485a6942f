//! Signals of few types. What a view shows is compiled anew for every type and every closure, so
//! texts and switches become these two before they go into one.

use leptos::prelude::*;

/// A text that follows what it is made of.
pub(crate) fn text<T: Into<String>>(
    make: impl Fn() -> T + Send + Sync + 'static,
) -> Signal<String> {
    Signal::derive(move || make().into())
}

/// A switch that follows what it is made of.
pub(crate) fn flag(make: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(make)
}
