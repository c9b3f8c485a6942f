//! The languages as files beside the web app, one text a line, for those who want another than the
//! English that is in it.

#[macro_use]
#[path = "../../pages/i18n/list.rs"]
mod list;
#[allow(dead_code, unreachable_pub, clippy::module_inception, reason = "the app uses more of it")]
#[path = "../../pages/i18n/texts.rs"]
mod texts;

#[path = "../../pages/i18n/de.rs"]
mod de;
#[path = "../../pages/i18n/en.rs"]
mod en;
#[path = "../../pages/i18n/es.rs"]
mod es;
#[path = "../../pages/i18n/fr.rs"]
mod fr;
#[path = "../../pages/i18n/ja.rs"]
mod ja;
#[path = "../../pages/i18n/pt.rs"]
mod pt;
#[path = "../../pages/i18n/zh.rs"]
mod zh;

use texts::Texts;

macro_rules! table {
    ($($(#[$doc:meta])* $language:ident $tag:ident $name:literal;)*) => {
        /// Every language by its tag.
        pub(crate) static LANGUAGES: &[(&str, &Texts)] = &[$((stringify!($tag), &$tag::TEXTS)),*];
    };
}

languages!(table);

/// What the file of a language says.
pub(crate) fn file(texts: &Texts) -> String {
    texts.list().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_one_line_and_has_its_place_for_a_value() {
        for (tag, texts) in LANGUAGES {
            for (text, english) in texts.list().into_iter().zip(en::TEXTS.list()) {
                assert!(!text.trim().is_empty() && !text.contains('\n'), "{tag}: {english}");
                assert_eq!(text.matches("{}").count(), english.matches("{}").count(), "{text}");
            }
        }
    }

    #[test]
    fn a_file_has_every_text() {
        let (_, german) = LANGUAGES[2];
        assert_eq!(file(german).lines().count(), Texts::COUNT);
    }
}
