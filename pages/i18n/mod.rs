//! The app's texts in every language. A language is one file in `locales`, which `build.rs` checks.
//! English is in the app; the others are files beside it, fetched when they are chosen.
//!
//! ```ignore
//! let i18n = use_i18n();
//! view! { <p title=t!(i18n, people)>{t!(i18n, hosted_by, name = host.get())}</p> }
//! ```

use std::sync::OnceLock;

use leptos::prelude::*;
use live_web::fetch_text;

include!(concat!(env!("OUT_DIR"), "/locales.rs"));

/// A text that follows the language, as a `Signal<String>` for a child, an attribute or a property.
/// The values of placeholders are read again whenever one of them changes:
/// `t!(i18n, members, count = count.get())`.
macro_rules! t {
    ($i18n:expr, $key:ident) => {
        $i18n.text(|texts| texts.$key)
    };
    ($i18n:expr, $key:ident $(, $name:ident = $value:expr)+ $(,)?) => {{
        let i18n = $i18n;
        ::leptos::prelude::Signal::derive(move || {
            $crate::i18n::td_string!(i18n.get(), $key $(, $name = $value)+)
        })
    }};
}

/// The text as it is now; tracks the language.
macro_rules! t_string {
    ($i18n:expr, $key:ident $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::td_string!($i18n.get(), $key $(, $name = $value)*)
    };
}

/// The text of the given [`Texts`]: a `&'static str`, or a `String` if it has placeholders.
macro_rules! td_string {
    ($texts:expr, $key:ident) => {
        $texts.$key
    };
    ($texts:expr, $key:ident $(, $name:ident = $value:expr)+) => {
        $crate::i18n::args::$key { $($name: $value.to_string()),+ }.fill($texts)
    };
}

pub(crate) use {t, t_string, td_string};

/// What has been fetched, in the order of [`Language::ALL`].
static FETCHED: [OnceLock<Texts>; Language::ALL.len()] =
    [const { OnceLock::new() }; Language::ALL.len()];

impl Language {
    /// The language of a tag such as `zh` or `zh-CN`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Its texts, or the English ones as long as they are not [loaded](Self::load).
    pub fn texts(self) -> &'static Texts {
        FETCHED[self as usize].get().unwrap_or(&ENGLISH)
    }

    /// Fetches its texts; false if that fails.
    pub(crate) async fn load(self) -> bool {
        let place = &FETCHED[self as usize];
        if self == Self::En || place.get().is_some() {
            return true;
        }
        let Some(texts) = fetch(self).await else {
            return false;
        };
        // Already set if the language was fetched twice at the same time.
        let _ = place.set(texts);
        true
    }
}

/// The page's `<meta name="text-TAG">` has the URL of the language's file.
async fn fetch(language: Language) -> Option<Texts> {
    let selector = format!("meta[name=text-{}]", language.tag());
    let meta = document().query_selector(&selector).ok()??;
    parse(&fetch_text(&meta.get_attribute("content")?).await?)
}

/// Reads a locale file. Texts live as long as the page: a language is fetched once and then kept.
fn parse(json: &str) -> Option<Texts> {
    let texts: serde_json::Value = serde_json::from_str(json).ok()?;
    Texts::take(|key| Some(&*texts.get(key)?.as_str()?.to_owned().leak()))
}

/// Selects a text: `|t| t.kind_music`.
pub(crate) type MessageKey = fn(&Texts) -> &'static str;

/// The language that the pages are shown in, as a context.
#[derive(Clone, Copy)]
pub struct I18n(RwSignal<Language>);

/// Makes the language a context.
pub(crate) fn provide_i18n(language: Language) -> I18n {
    let i18n = I18n(RwSignal::new(language));
    provide_context(i18n);
    i18n
}

/// The language of the current component.
pub fn use_i18n() -> I18n {
    expect_context()
}

impl I18n {
    /// The current language; tracks it.
    pub fn language(self) -> Language {
        self.0.get()
    }

    /// The texts of the current language; tracks it.
    pub fn get(self) -> &'static Texts {
        self.0.get().texts()
    }

    /// The texts of the current language.
    pub(crate) fn get_untracked(self) -> &'static Texts {
        self.0.get_untracked().texts()
    }

    /// Shows the pages in another language as soon as its texts are there.
    pub(crate) fn choose(self, language: Language) {
        leptos::task::spawn_local(async move {
            if language.load().await {
                self.0.try_set(language);
            }
        });
    }

    /// A text that follows the language, by its [`MessageKey`].
    pub(crate) fn text(self, key: MessageKey) -> Signal<String> {
        Signal::derive(move || key(self.get()).to_owned())
    }
}

/// Replaces each `{name}` by its value.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut parts = template.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once('}').unwrap_or((part, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map(|(_, value)| *value).unwrap_or_default());
        filled.push_str(after);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn tags_with_regions_find_their_language() {
        for tag in ["zh", "zh-CN", "ZH_tw"] {
            assert_eq!(Language::from_tag(tag), Some(Language::Zh), "{tag}");
        }
        assert_eq!(Language::from_tag("en-GB"), Some(Language::En));
        for tag in ["", "host", "zhost"] {
            assert_eq!(Language::from_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn placeholders_are_filled_by_name_and_plurals_chosen_by_count() {
        let texts = &ENGLISH;
        assert_eq!(td_string!(texts, hosted_by, name = "Mara"), "Hosted by Mara");
        assert_eq!(td_string!(texts, members, count = 1), "1 person");
        for count in [0, 2, 21] {
            assert_eq!(td_string!(texts, members, count = count), format!("{count} people"));
        }
        let adapted = td_string!(texts, adapt_less, bitrate = 900, lines = 480, rate = 20);
        assert_eq!(
            adapted,
            "Lowered for your uplink: 900 kbit/s, 480 lines, 20 pictures per second"
        );
    }

    #[test]
    fn values_are_not_templates() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
    }

    #[test]
    fn every_file_of_a_language_is_read() {
        assert!(parse(r#"{"adapt": "A text is missing"}"#).is_none());
        for language in Language::ALL {
            assert!(parse(language.file()).is_some(), "{}", language.tag());
        }
    }
}
