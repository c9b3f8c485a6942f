//! The link that others open to join a room.

mod qr;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;

use self::qr::QrCode;
use crate::contexts::signalling::use_signalling;
use crate::contexts::toasts::use_toasts;
use crate::i18n::{t, use_i18n};
use crate::nav::use_nav;
use crate::route::{AudienceQuery, Page};
use crate::ui::button::Button;
use crate::ui::copy::{CopyButton, copy};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// A field with the link to the room with this id, once it is known, a button that copies the link,
/// and one that shows it as a QR code.
#[component]
pub(crate) fn ShareLink(
    #[prop(into)] id: Signal<Option<PeerId>>,
    /// The handle of the field, for scripts.
    testid: &'static str,
    /// The page that the link opens; the audience page if nothing else is said.
    #[prop(optional)]
    page: Option<fn(PeerId) -> Page>,
    /// What the link is for, if not for a room.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let label = label.unwrap_or_else(|| t!(i18n, share_link));
    let code_shown = RwSignal::new(false);
    let link = use_link(id, page.unwrap_or(audience));
    view! {
        <div class="sharing">
            <div class="share">
                <input
                    type="text"
                    readonly
                    data-testid=testid
                    aria-label=label
                    prop:value=link
                    on:focus:target=move |event| event.target().select()
                />
                <CopyButton testid="copy-link" text=link />
                <IconButton
                    testid="show-qr"
                    icon=Icon::Code
                    label=t!(i18n, qr)
                    pressed=code_shown
                    on_press=move || code_shown.update(|shown| *shown = !*shown)
                />
            </div>
            <p class="faint" hidden=move || link.with(|link| !link.starts_with("file:"))>
                {t!(i18n, file_link)}
            </p>
            <div class="qr" hidden=move || !code_shown.get()>
                <Show when=move || code_shown.get()>
                    <QrCode text=link label=t!(i18n, qr) />
                    <p class="faint">{t!(i18n, qr_hint)}</p>
                </Show>
            </div>
        </div>
    }
}

/// A button that hands the link to the device's share sheet, or copies it where there is none.
#[component]
pub(crate) fn ShareButton(
    #[prop(into)] id: Signal<Option<PeerId>>,
    /// What the link leads to, in words.
    #[prop(into)]
    title: Signal<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let link = use_link(id, audience);
    let press = move || {
        let (title, link) = (title.get_untracked(), link.get_untracked());
        spawn_local(async move {
            if live_web::can_share() && live_web::share(&title, &link).await {
                return;
            }
            let copied = copy(&link).await;
            let texts = i18n.get_untracked();
            toasts.show(if copied { texts.link_copied } else { texts.copy_failed });
        });
    };
    view! {
        <Button
            testid="share"
            icon=Icon::Share
            hidden=move || link.with(String::is_empty)
            on_press=press
        >
            {t!(i18n, share)}
        </Button>
    }
}

fn audience(room: PeerId) -> Page {
    Page::Audience(AudienceQuery { id: room.to_string(), name: String::new() })
}

/// The link to what has this id, on this page; empty until the id is known.
fn use_link(id: Signal<Option<PeerId>>, page: fn(PeerId) -> Page) -> Memo<String> {
    let nav = use_nav();
    let signalling = use_signalling();
    Memo::new(move |_| {
        let site = signalling.site();
        id.get().map(|id| nav.share(&page(id), site.as_deref())).unwrap_or_default()
    })
}
