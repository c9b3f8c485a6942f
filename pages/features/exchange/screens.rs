//! What both sides show.

use leptos::html::Video;
use leptos::prelude::*;
use web_sys::MediaStream;

use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};

/// The other person's picture, and the own one.
#[component]
pub(crate) fn ExchangeScreens(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="exchange-screens">
            <Screen
                testid="exchange-remote"
                label=t!(i18n, exchange_remote)
                empty=t!(i18n, exchange_dark)
                stream=room.stream()
            />
            <Screen
                testid="exchange-local"
                label=t!(i18n, exchange_local)
                empty=t!(i18n, exchange_dark_here)
                stream=room.source_stream()
                preview=true
            />
        </div>
    }
}

#[component]
fn Screen(
    /// The handle of the video, for scripts.
    testid: &'static str,
    #[prop(into)] label: Signal<String>,
    /// What is said while there is no stream.
    #[prop(into)]
    empty: Signal<String>,
    stream: ReadSignal<Option<MediaStream>, LocalStorage>,
    /// Whether it is the own picture, whose sound is not heard here.
    #[prop(optional)]
    preview: bool,
) -> impl IntoView {
    let video = NodeRef::<Video>::new();
    Effect::new(move || {
        let stream = stream.get();
        // Setting the same stream again would restart the video.
        if let Some(video) = video.get().filter(|video| video.src_object() != stream) {
            video.set_src_object(stream.as_ref());
        }
    });
    let is_dark = move || stream.with(Option::is_none);
    view! {
        <figure class="exchange-screen">
            <video
                node_ref=video
                data-testid=testid
                aria-label=label
                autoplay
                playsinline
                controls=!preview
                prop:muted=preview
            ></video>
            <p class="faint" hidden=move || !is_dark()>
                {empty}
            </p>
            <figcaption class="faint">{label}</figcaption>
        </figure>
    }
}
