//! The languages as files beside the web app. English is in the app.

use std::fs;
use std::sync::LazyLock;

use crate::shell;

/// Every language by its tag, with the contents of its file.
pub(crate) static LANGUAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let files = fs::read_dir(shell::root().join("pages/locales")).into_iter().flatten().flatten();
    let mut languages: Vec<_> = files
        .filter_map(|file| {
            let tag = file.path().file_stem()?.to_str()?.to_owned();
            Some((tag, fs::read_to_string(file.path()).ok()?))
        })
        .collect();
    languages.sort();
    languages
});
