//! The app's texts in every language. A language is one file with one [`Texts`] and a line in
//! `list.rs`. English is in the app; the others are files beside it, which are fetched by those who
//! want them.

mod en;
#[macro_use]
mod list;
mod texts;

use std::sync::OnceLock;

use leptos::prelude::*;
use live_web::fetch_text;

pub use texts::Texts;

macro_rules! language {
    ($($(#[$doc:meta])* $language:ident $tag:ident $name:literal;)*) => {
        /// A language of the app.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Language {
            $($(#[$doc])* $language,)*
        }

        impl Language {
            /// Every language, in the order of the menu.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$language),*];

            /// The language's tag in addresses, attributes and storage.
            pub fn tag(self) -> &'static str {
                match self {
                    $(Self::$language => stringify!($tag),)*
                }
            }

            /// The language's name in itself.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$language => $name,)*
                }
            }
        }
    };
}

languages!(language);

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
        FETCHED[self as usize].get().unwrap_or(&en::TEXTS)
    }

    /// Fetches its texts. Says whether they are there.
    pub(crate) async fn load(self) -> bool {
        let place = &FETCHED[self as usize];
        if self == Self::English || place.get().is_some() {
            return true;
        }
        let fetched = fetch(self).await;
        let found = fetched.is_some();
        if let Some(texts) = fetched {
            // Somebody else was quicker, with the same.
            let _ = place.set(texts);
        }
        found
    }
}

/// The build has noted in the page where each language is.
async fn fetch(language: Language) -> Option<Texts> {
    let selector = ["meta[name=text-", language.tag(), "]"].concat();
    let note = document().query_selector(&selector).ok()??;
    let text = fetch_text(&note.get_attribute("content")?).await?;
    // Once per language that is ever looked at, for as long as the page lives.
    let lines: Vec<&'static str> = text.leak().lines().collect();
    Some(Texts::from_list(lines.try_into().ok()?))
}

/// Picks a text.
pub(crate) type Pick = fn(&Texts) -> &'static str;

/// The language that the pages are shown in, as a context.
#[derive(Clone, Copy)]
pub struct I18n(pub RwSignal<Language>);

/// The language of the page around.
pub fn use_i18n() -> I18n {
    expect_context()
}

impl I18n {
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

    /// A text that follows the language.
    pub(crate) fn text(self, pick: Pick) -> Signal<String> {
        Signal::derive(move || pick(self.get()).to_owned())
    }

    /// The text for that number: the first of the two for one, the second for all others.
    pub fn count(self, number: usize, pick: fn(&Texts) -> (&'static str, &'static str)) -> String {
        let (one, several) = pick(self.get());
        fill(if number == 1 { one } else { several }, &number.to_string())
    }
}

/// Puts `value` in the place of `{}`.
pub fn fill(template: &str, value: &str) -> String {
    match template.split_once("{}") {
        Some((before, after)) => [before, value, after].concat(),
        None => template.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_with_regions_find_their_language() {
        for tag in ["zh", "zh-CN", "ZH_tw"] {
            assert_eq!(Language::from_tag(tag), Some(Language::Chinese), "{tag}");
        }
        assert_eq!(Language::from_tag("en-GB"), Some(Language::English));
        for tag in ["", "host", "zhost"] {
            assert_eq!(Language::from_tag(tag), None, "{tag}");
        }
    }
}
