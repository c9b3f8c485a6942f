//! A room's cover: where it is, how it is shown, and how a host chooses one.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::picture::{Picture, PictureId};
use live_web::picture::{self, ObjectUrl};
use web_sys::HtmlImageElement;

use crate::app::use_shared;
use crate::dom::{El, el, follow, sign};
use crate::i18n::use_i18n;
use crate::reactive::{flag, text};
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;
use crate::ui::picture_input::picture_input;

/// The covers that are at hand.
pub(crate) type Covers = Memo<Vec<Arc<Picture>>>;

/// Where a room's cover is: the one that was uploaded as soon as it is at hand, else the one at
/// `address`.
pub(crate) fn cover(
    address: Signal<String>,
    image: Signal<Option<PictureId>>,
    covers: Covers,
) -> Signal<String> {
    let picture = Memo::new(move |_| {
        let id = image.get()?;
        covers.with(|covers| covers.iter().find(|cover| cover.id() == id).cloned())
    });
    let shown = RwSignal::new(String::new());
    // The address lives as long as the picture is shown.
    let kept = StoredValue::new(None::<ObjectUrl>);
    follow(move || {
        let made = picture.with(|picture| picture.as_deref().and_then(ObjectUrl::new));
        shown.set(made.as_ref().map(|made| made.as_str().to_owned()).unwrap_or_default());
        kept.set_value(made);
    });
    text(move || if shown.with(String::is_empty) { address.get() } else { shown.get() })
}

/// A room's picture, or a calm stand-in where there is none.
pub(crate) fn cover_picture(cover: Signal<String>) -> El {
    let broken = RwSignal::new(false);
    let image = el("img")
        .set("alt", "")
        .set("loading", "lazy")
        .set("referrerpolicy", "no-referrer")
        .on("error", move |_| broken.set(true))
        .flag("hidden", flag(move || broken.get() || cover.with(String::is_empty)));
    let node: HtmlImageElement = image.node();
    follow(move || {
        let cover = cover.get();
        broken.set(false);
        if cover.is_empty() {
            // Without an address there is nothing to fail to load.
            let _ = node.remove_attribute("src");
        } else {
            node.set_src(&cover);
        }
    });
    el("span").set("class", "cover").with([sign(Icon::Live), image])
}

/// The choice of a cover among the person's files, which is shown and can be taken back.
pub(crate) fn cover_choice(image: RwSignal<Option<Arc<Picture>>>) -> El {
    let (i18n, shared) = (use_i18n(), use_shared());
    let choose = picture_input("room-cover-file", i18n.text(|t| t.cover_upload), move |file| {
        spawn_local(async move {
            match picture::cover(&file).await {
                Some(cover) => _ = image.try_set(Some(Arc::new(cover))),
                None => shared.say(i18n.get_untracked().image_bad),
            }
        });
    });
    let shown = StoredValue::new(None::<ObjectUrl>);
    let preview = el("span").named("row cover-preview", "room-cover-preview").children(move || {
        let address = image.with(|image| image.as_deref().and_then(ObjectUrl::new));
        let picture = address.as_ref().map(|address| {
            el("img").set("src", address.as_str()).bind("alt", i18n.text(|t| t.cover_image))
        });
        // The address lives as long as the picture is shown.
        shown.set_value(address);
        let label = i18n.text(|t| t.image_remove);
        let clear = move || image.set(None);
        let remove = || tool("room-cover-remove", Icon::Clear, label, None, clear);
        picture.into_iter().flat_map(|picture| [picture, remove()]).collect()
    });
    el("div").set("class", "field").with([
        el("span").text(i18n.text(|t| t.cover_image)),
        el("div").set("class", "row").with([choose.with([sign(Icon::Image)]), preview]),
    ])
}
