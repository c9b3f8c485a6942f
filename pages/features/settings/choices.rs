//! The choices that stand in several places: language, theme, and how many to help.

use leptos::prelude::*;

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::dom::{El, menu};
use crate::i18n::{Language, t_string, use_i18n};
use crate::nav::use_nav;
use crate::reactive::text;
use crate::theme::Theme;

/// The numbers of people to help that can be chosen.
const LIMITS: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 8, 12];

/// The menu of languages.
pub(crate) fn language_choice(handle: &str) -> El {
    let i18n = use_i18n();
    let nav = use_nav();
    let names =
        Language::ALL.map(|language| (language.tag().to_owned(), text(move || language.name())));
    menu(handle, names, text(move || i18n.language().tag()), move |tag| {
        if let Some(language) = Language::from_tag(&tag) {
            preferences::save(preferences::LANGUAGE, language.tag());
            i18n.choose(language);
            nav.rename(language);
        }
    })
    .bind("aria-label", i18n.text(|t| t.language))
}

/// The menu of colour schemes.
pub(crate) fn theme_choice(handle: &str) -> El {
    let i18n = use_i18n();
    let theme = use_shared().theme;
    let names = Theme::ALL.map(|theme| {
        let name = text(move || {
            let texts = i18n.get();
            match theme {
                Theme::System => texts.system,
                Theme::Light => texts.light,
                Theme::Dark => texts.dark,
            }
        });
        (theme.as_str().to_owned(), name)
    });
    menu(handle, names, text(move || theme.get().as_str()), move |name| {
        if let Some(chosen) = Theme::from_name(&name) {
            preferences::save(preferences::THEME, chosen.as_str());
            theme.set(chosen);
        }
    })
    .bind("aria-label", i18n.text(|t| t.theme))
}

/// The menu of how many people to pass the stream on to.
pub(crate) fn limit_choice(handle: &str) -> El {
    let i18n = use_i18n();
    let limit = use_shared().limit;
    let numbers = LIMITS.map(|number| {
        let name = text(move || match number {
            0 => i18n.get().limit_none.to_owned(),
            some => t_string!(i18n, members, count = some),
        });
        (number.to_string(), name)
    });
    let site = [(String::new(), i18n.text(|t| t.limit_site))];
    let chosen = text(move || limit.get().map(|limit| limit.to_string()).unwrap_or_default());
    menu(handle, site.into_iter().chain(numbers), chosen, move |number| {
        preferences::save(preferences::LIMIT, &number);
        limit.set(number.parse().ok());
    })
}
