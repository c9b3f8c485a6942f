//! Parts of the app that come in files of their own, once they are wanted.
//!
//! A function marked `wasm_split` goes into the file of the name it gives, with all that nothing
//! else calls; `preload` names the function that fetches the file. See `src/xtask/split.rs`.

use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::app::use_shared;
use crate::dom::{El, el, follow};
use crate::i18n::use_i18n;

/// What a function that is loaded later returns.
pub(crate) type Later = Result<El, SplitLoaderError>;

type Coming<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// Shows what `make` makes as soon as `load` has fetched it. Meanwhile, and if it does not come,
/// says so; then the user can try again, with all that did not come.
pub(crate) fn later<L, M>(load: impl Fn() -> L + 'static, make: impl Fn() -> M + 'static) -> El
where
    L: Future<Output = Result<(), SplitLoaderError>> + 'static,
    M: Future<Output = Later> + 'static,
{
    place(Box::new(move || Box::pin(load())), Rc::new(move || Box::pin(make())))
}

/// As [`later`], but from when `open` is true for the first time; then it stays, so that nothing
/// that was typed is lost.
pub(crate) fn kept<L, M>(
    open: Signal<bool>,
    load: impl Fn() -> L + 'static,
    make: impl Fn() -> M + 'static,
) -> El
where
    L: Future<Output = Result<(), SplitLoaderError>> + 'static,
    M: Future<Output = Later> + 'static,
{
    let wanted = Memo::new(move |before: Option<&bool>| before == Some(&true) || open.get());
    let (load, make) = (Rc::new(load), Rc::new(make));
    el("div").children(move || {
        let (load, make) = (load.clone(), make.clone());
        if wanted.get() { vec![later(move || load(), move || make())] } else { Vec::new() }
    })
}

#[inline(never)]
fn place(load: Box<dyn Fn() -> Coming<()>>, make: Rc<dyn Fn() -> Coming<El>>) -> El {
    let i18n = use_i18n();
    let retries = use_shared().retries;
    let owner = Owner::current().unwrap_or_default();
    // Whether it is under way or there.
    let asked = StoredValue::new(false);
    let missing = RwSignal::new(false);
    let wait = move || {
        el("p").named("faint part-loading", "part-loading").text(i18n.text(|t| t.part_loading))
    };
    let advice = move || {
        el("div").named("alert", "part-missing").set("role", "alert").with([
            el("p").text(i18n.text(|t| t.part_missing)),
            el("button")
                .set("type", "button")
                .text(i18n.text(|t| t.try_again))
                .on("click", move |_| retries.update(|retries| *retries += 1)),
        ])
    };
    let place = el("div").children(move || vec![if missing.get() { advice() } else { wait() }]);
    let shown = place.clone();
    follow(move || {
        retries.track();
        if asked.get_value() {
            return;
        }
        asked.set_value(true);
        missing.set(false);
        let (loaded, make, shown) = (load(), make.clone(), shown.clone());
        let coming = async move {
            let loaded = loaded.await;
            // Whoever was to see it may have gone.
            if loaded.is_err() || missing.is_disposed() {
                let _ = asked.try_set_value(false);
                let _ = missing.try_set(true);
                return;
            }
            if let Ok(element) = make().await {
                shown.replace(&element);
            }
        };
        // What is made lives as long as its place, not as long as this attempt.
        spawn_local(owner.with(|| ScopedFuture::new_untracked(coming)));
    });
    place
}
