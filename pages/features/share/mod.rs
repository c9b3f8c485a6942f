//! The link that others open to join a room.

mod qr;

use core::time::Duration;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlInputElement};

use self::qr::QrCode;
use crate::contexts::signalling::use_signalling;
use crate::i18n::{t, t_string, use_i18n};
use crate::nav::use_nav;
use crate::route::{AudienceQuery, Page};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// How long the button says that the link was copied.
const COPIED: Duration = Duration::from_secs(2);

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
    let nav = use_nav();
    let signalling = use_signalling();
    let field = NodeRef::<Input>::new();
    let label = label.unwrap_or_else(|| t!(i18n, share_link));
    let copied = RwSignal::new(false);
    let code_shown = RwSignal::new(false);
    let link = Memo::new(move |_| {
        let site = signalling.site();
        let page = id.get().map(page.unwrap_or(audience));
        page.map(|page| nav.share(&page, site.as_deref())).unwrap_or_default()
    });
    let copy_link = move |_| {
        let Some(field) = field.get_untracked() else { return };
        spawn_local(async move {
            // The page may be closed before the browser has copied the link.
            if copy(&field).await && copied.try_set(true).is_none() {
                set_timeout(move || _ = copied.try_set(false), COPIED);
            }
        });
    };
    view! {
        <div class="sharing">
            <div class="share">
                <input
                    type="text"
                    readonly
                    data-testid=testid
                    aria-label=label
                    node_ref=field
                    prop:value=link
                    on:focus:target=move |event| event.target().select()
                />
                <button type="button" data-done=copied on:click=copy_link>
                    <Icon icon=Icon::Copy />
                    <span aria-live="polite">
                        {move || {
                            if copied.get() { t_string!(i18n, copied) } else { t_string!(i18n, copy) }
                        }}
                    </span>
                </button>
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

fn audience(room: PeerId) -> Page {
    Page::Audience(AudienceQuery { id: room.to_string(), name: String::new() })
}

/// Copies the text of `field`; by the deprecated `execCommand` where there is no clipboard.
async fn copy(field: &HtmlInputElement) -> bool {
    if window().is_secure_context() {
        let written = window().navigator().clipboard().write_text(&field.value());
        if JsFuture::from(written).await.is_ok() {
            return true;
        }
    }
    field.select();
    let document = document().dyn_into::<HtmlDocument>();
    document.is_ok_and(|document| document.exec_command("copy").unwrap_or(false))
}
