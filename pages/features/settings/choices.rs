//! Menus that are used in several places: language, theme and the limit of children.

use leptos::prelude::*;

use crate::contexts::preferences::{self, use_preferences};
use crate::i18n::{Language, t_string, use_i18n};
use crate::nav::use_nav;
use crate::theme::Theme;
use crate::ui::field::{Select, options};

/// The limits of children that can be chosen.
const LIMITS: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 8, 12];

/// The menu of languages.
#[component]
pub(crate) fn LanguageSelect(testid: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let languages =
        Language::ALL.map(|language| (language.tag(), Signal::stored(language.name().to_owned())));
    let choose = move |tag: String| {
        if let Some(language) = Language::from_tag(&tag) {
            preferences::save(preferences::LANGUAGE, language.tag());
            i18n.choose(language);
            nav.rename(language);
        }
    };
    view! {
        <Select
            testid
            label=i18n.text(|t| t.language)
            options=options(languages)
            chosen=move || i18n.language().tag()
            on_choose=choose
        />
    }
}

/// The menu of colour schemes.
#[component]
pub(crate) fn ThemeSelect(testid: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let theme = use_preferences().theme;
    let name = |theme| match theme {
        Theme::System => i18n.text(|t| t.system),
        Theme::Light => i18n.text(|t| t.light),
        Theme::Dark => i18n.text(|t| t.dark),
    };
    let choose = move |name: String| {
        if let Some(chosen) = Theme::from_name(&name) {
            preferences::save(preferences::THEME, chosen.as_str());
            theme.set(chosen);
        }
    };
    view! {
        <Select
            testid
            label=i18n.text(|t| t.theme)
            options=options(Theme::ALL.map(|theme| (theme.as_str(), name(theme))))
            chosen=move || theme.get().as_str()
            on_choose=choose
        />
    }
}

/// The menu of the limit of children.
#[component]
pub(crate) fn LimitSelect(testid: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let limit = use_preferences().limit;
    let site = (String::new(), i18n.text(|t| t.limit_site));
    let numbers = LIMITS.map(|number| {
        let name = Signal::derive(move || match number {
            0 => t_string!(i18n, limit_none).to_owned(),
            some => t_string!(i18n, members, count = some),
        });
        (number.to_string(), name)
    });
    let choose = move |number: String| {
        preferences::save(preferences::LIMIT, &number);
        limit.set(number.parse().ok());
    };
    view! {
        <Select
            testid
            options=options([site].into_iter().chain(numbers))
            chosen=move || limit.get().map(|limit| limit.to_string()).unwrap_or_default()
            on_choose=choose
        />
    }
}
