//! The frame around every page, and the state that outlives a page, one context per concern.

use leptos::prelude::*;
use live_web::support;

use crate::contexts::confirmation::provide_questions;
use crate::contexts::devices::provide_devices;
use crate::contexts::preferences::{self, provide_preferences};
use crate::contexts::rooms::provide_rooms;
use crate::contexts::signalling::provide_signalling;
use crate::contexts::tabs::Tabs;
use crate::contexts::toasts::{provide_toasts, use_toasts};
use crate::contexts::user_error::{UserError, provide_fatal_error};
use crate::features::header::Header;
use crate::features::settings::Settings;
use crate::i18n::{Language, provide_i18n};
use crate::nav::{self, Nav};
use crate::routes::Pages;
use crate::theme;
use crate::ui::confirmation::Confirmation;
use crate::ui::toast::Toast;

/// Mounts the app in the wanted language, or in English if its texts cannot be loaded.
pub async fn start() {
    let wanted = wanted_language();
    let language = if wanted.load().await { wanted } else { Language::En };
    leptos::mount::mount_to_body(move || view! { <App language /> });
}

/// The whole app.
#[component]
fn App(language: Language) -> impl IntoView {
    let nav = provide_contexts(language);
    let settings = RwSignal::new(false);
    view! {
        <div class="app" on:click=move |event| nav.intercept(&event)>
            <Header settings />
            <main id="main" tabindex="-1">
                <Pages />
            </main>
            <Settings open=settings />
            <Confirmation />
            <Toast message=use_toasts().message() />
        </div>
    }
}

fn provide_contexts(language: Language) -> Nav {
    let nav = Nav::start();
    provide_context(nav);
    let options = nav.address().get_untracked().options;

    let i18n = provide_i18n(language);
    Effect::new(move || {
        if let Some(root) = document().document_element() {
            // Fails only for invalid attribute names.
            let _ = root.set_attribute("lang", i18n.language().tag());
        }
    });
    theme::apply(provide_preferences(options.theme).theme);
    provide_questions();
    provide_toasts();
    provide_devices();
    let fatal_error = provide_fatal_error();
    let supported = support::check();
    // In an unsupported browser no server is discovered, so no node starts.
    provide_signalling(supported.is_ok().then_some(options.signalling));
    if let Err(missing) = supported {
        fatal_error.set(Some(UserError::Browser(missing)));
    }
    provide_rooms();
    Tabs::start(nav);
    nav
}

/// The language of the address, else the stored choice, else the browser's.
fn wanted_language() -> Language {
    let address = nav::here();
    let stored =
        || preferences::load(preferences::LANGUAGE).and_then(|tag| Language::from_tag(&tag));
    let browser = || {
        let wanted = window().navigator().languages();
        wanted.iter().filter_map(|tag| tag.as_string()).find_map(|tag| Language::from_tag(&tag))
    };
    address
        .folder
        .or(address.options.language)
        .or_else(stored)
        .or_else(browser)
        .unwrap_or(Language::En)
}
