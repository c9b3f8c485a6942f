//! The bar above every page: home link, open rooms, connection state, language, theme and settings.

mod tab_strip;

use leptos::prelude::*;
use live_core::view::Status;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::contexts::tabs::use_tabs;
use crate::features::header::tab_strip::TabStrip;
use crate::features::settings::choices::{LanguageSelect, ThemeSelect};
use crate::i18n::{t, t_string, use_i18n};
use crate::nav::use_nav;
use crate::route::Page;
use crate::ui::copy::CopyButton;
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;
use crate::ui::popover::Popover;

/// The bar. Its first element is the button that skips it.
#[component]
pub(crate) fn Header(
    /// Whether the settings are open.
    settings: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();

    // The link keeps the language folder of the page's address.
    let address = nav.address();
    let home = move || {
        address.track();
        nav.href(&Page::Index)
    };
    // Not a link to `#main`: fragments are relative to the document's base, which may differ.
    let skip = |_| {
        let main = document().get_element_by_id("main");
        if let Some(main) = main.and_then(|main| main.dyn_into::<HtmlElement>().ok()) {
            // Fails only for elements that are not in the document.
            let _ = main.focus();
        }
    };
    view! {
        <header class="header">
            <button class="skip" on:click=skip>
                {t!(i18n, skip)}
            </button>
            <a class="brand" aria-label="P2P-Live-Web" href=home>
                <Icon icon=Icon::Logo />
                <span>"P2P-Live-Web"</span>
            </a>
            <TabStrip />
            <ConnectionStatus />
            <div class="header-choices">
                <LanguageSelect testid="language" />
                <ThemeSelect testid="theme" />
                <IconButton
                    testid="open-settings"
                    icon=Icon::Gear
                    label=t!(i18n, settings)
                    on_press=move || settings.set(true)
                />
            </div>
        </header>
    }
}

/// The connection to the signalling server, and the own id on it.
#[component]
fn ConnectionStatus() -> impl IntoView {
    let i18n = use_i18n();
    let tabs = use_tabs();
    let current = Memo::new(move |_| tabs.shown().room.get());
    let status = Memo::new(move |_| {
        let room = current.get();
        room.and_then(|room| room.view().try_with(|view| view.status)).unwrap_or_default()
    });
    let id = Memo::new(move |_| {
        current.get()?.view().try_with(|view| view.id.as_ref().map(ToString::to_string)).flatten()
    });
    let text = move || match status.get() {
        Status::Connecting => t_string!(i18n, connecting),
        Status::Open => t_string!(i18n, connected),
        Status::Reconnecting => t_string!(i18n, reconnecting),
        Status::Failed => t_string!(i18n, offline),
    };
    view! {
        <div class="status" data-state=move || status.get().as_str()>
            <span
                class="status-state"
                data-testid="status"
                role="status"
                data-state=move || status.get().as_str()
            >
                <span>{text}</span>
            </span>
            <Popover
                id="own-id"
                testid="show-id"
                icon=Icon::Down
                label=t!(i18n, your_id)
                class="own-id"
            >
                <b>{t!(i18n, your_id)}</b>
                // Found by scripts while the box is closed, too.
                <code data-testid="my-id">{id}</code>
                <CopyButton testid="copy-id" text=Signal::derive(move || id.get().unwrap_or_default()) />
            </Popover>
        </div>
    }
}
