//! A room's cover: which picture it is, how it is shown, and how a host chooses one.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::picture::{Picture, PictureId};
use live_web::picture;

use crate::contexts::preferences::use_preferences;
use crate::contexts::toasts::use_toasts;
use crate::i18n::{t, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;
use crate::ui::picture_input::{PictureInput, object_url};

/// The covers that this page has received or uploaded.
pub(crate) type Covers = Memo<Arc<[Arc<Picture>]>>;

/// The URL of a room's cover: the uploaded picture once it is loaded, else `address`, unless that
/// is on another site and the user has turned remote pictures off. Empty if there is none.
pub(crate) fn cover_url(
    address: Signal<String>,
    image: Signal<Option<PictureId>>,
    covers: Covers,
) -> Signal<String> {
    let remote_pictures = use_preferences().remote_pictures;
    let picture = Memo::new(move |_| {
        let id = image.get()?;
        covers.with(|covers| covers.iter().find(|cover| cover.id() == id).cloned())
    });
    let uploaded = object_url(Signal::derive(move || picture.get()));
    Signal::derive(move || {
        uploaded.with(|url| match url {
            Some(url) => url.as_str().to_owned(),
            None => address.with(|address| {
                if remote_pictures.get() || is_local(address, &origin()) {
                    address.clone()
                } else {
                    String::new()
                }
            }),
        })
    })
}

fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Whether a picture is loaded without a request to another site. `origin` is the page's.
fn is_local(address: &str, origin: &str) -> bool {
    let starts = |prefix: &str| {
        address.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let below_origin =
        || address.get(origin.len()..).is_none_or(|rest| rest.starts_with(['/', '?']));
    address.is_empty()
        || starts("data:")
        || starts("blob:")
        || (origin.starts_with("http") && starts(origin) && below_origin())
}

/// A room's cover, or an icon if there is none or it does not load.
#[component]
pub(crate) fn Cover(
    /// The URL of the picture; empty if there is none.
    #[prop(into)]
    url: Signal<String>,
) -> impl IntoView {
    // The URL that failed to load. Another URL is tried again.
    let failed = RwSignal::new(String::new());
    let missing = move || url.with(|url| url.is_empty() || failed.with(|failed| failed == url));
    view! {
        <span class="cover">
            <Icon icon=Icon::Live />
            <img
                alt=""
                loading="lazy"
                referrerpolicy="no-referrer"
                // No attribute if there is no URL: an empty one would load the page itself.
                src=move || Some(url.get()).filter(|url| !url.is_empty())
                hidden=missing
                on:error=move |_| failed.set(url.get_untracked())
                on:load=move |_| failed.set(String::new())
            />
        </span>
    }
}

/// Chooses a cover among the user's files, shows it, and removes it.
#[component]
pub(crate) fn CoverInput(image: RwSignal<Option<Arc<Picture>>>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let choose = move |file| {
        spawn_local(async move {
            match picture::cover(&file).await {
                // The form may be unmounted by now.
                Some(cover) => _ = image.try_set(Some(Arc::new(cover))),
                None => toasts.show(i18n.get_untracked().image_bad),
            }
        });
    };
    let url = object_url(image.into());
    let has_url = Memo::new(move |_| url.with(Option::is_some));
    let src = move || url.with(|url| url.as_ref().map(|url| url.as_str().to_owned()));
    view! {
        <div class="field">
            <span>{t!(i18n, cover_image)}</span>
            <div class="row">
                <PictureInput testid="room-cover-file" label=t!(i18n, cover_upload) on_choose=choose />
                <span class="row cover-preview" data-testid="room-cover-preview">
                    <Show when=move || has_url.get()>
                        <img src=src alt=t!(i18n, cover_image) />
                        <IconButton
                            testid="room-cover-remove"
                            icon=Icon::Clear
                            label=t!(i18n, image_remove)
                            on_press=move || image.set(None)
                        />
                    </Show>
                </span>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;
    use crate::testing::test;

    #[test]
    fn only_addresses_of_this_site_and_inline_pictures_are_local() {
        let origin = "https://live.example";
        for yes in ["", "data:image/png;base64,AA", "blob:x", "https://live.example/a.png"] {
            assert!(is_local(yes, origin), "{yes}");
        }
        for no in
            ["https://live.example.org/a", "http://live.example/a", "https://x/a", "//x/a", "a.png"]
        {
            assert!(!is_local(no, origin), "{no}");
        }
        // Pages opened from disk have the origin `null`.
        assert!(!is_local("null/a", "null"));
    }
}
