//! A button that chooses a picture among the user's files, and the URL that shows it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::text_prop::TextProp;
use live_core::picture::Picture;
use live_web::picture::{self, ObjectUrl};
use web_sys::Blob;

use crate::ui::icon::Icon;

/// The button, with the icon of an image.
#[component]
pub(crate) fn PictureInput(
    /// The handle for scripts.
    testid: &'static str,
    /// What the picture is for.
    #[prop(into)]
    label: TextProp,
    /// Called with the file that was chosen.
    on_choose: impl Fn(Blob) + 'static,
) -> impl IntoView {
    let tooltip = label.clone();
    view! {
        <label class="button square chooser" title=tooltip>
            <input
                type="file"
                accept="image/*"
                data-testid=testid
                aria-label=label
                on:change:target=move |event| {
                    let file = picture::image_file(&event);
                    // Without this, choosing the same file again fires no event.
                    event.target().set_value("");
                    if let Some(file) = file {
                        on_choose(file);
                    }
                }
            />
            <Icon icon=Icon::Image />
        </label>
    }
}

/// The object URL of a picture. The memo owns it, so it is revoked when the picture changes or the
/// memo is disposed of.
pub(crate) fn object_url(picture: Signal<Option<Arc<Picture>>>) -> Memo<Option<ObjectUrl>> {
    Memo::new(move |_| picture.with(|picture| picture.as_deref().and_then(ObjectUrl::new)))
}
