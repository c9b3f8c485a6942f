//! The modules of `src/web` import only modules below them, in the order of the table in its
//! `lib.rs`.

use std::fs;
use std::path::Path;

use crate::shell;

/// From the bottom to the top.
const LAYERS: [&str; 14] = [
    "testing",
    "platform",
    "media",
    "connection",
    "whip",
    "capture",
    "call",
    "signalling",
    "engine",
    "driver",
    "pending",
    "display",
    "picture",
    "identity",
];

#[test]
fn modules_import_only_modules_below_them() {
    let root = shell::root().join("src/web");
    // What marks the tests is in `lib.rs`.
    for (level, module) in LAYERS.iter().enumerate().skip(1) {
        let sources: Vec<_> = [root.join(module), root.join(module).with_extension("rs")]
            .iter()
            .flat_map(|path| sources(path))
            .collect();
        assert!(!sources.is_empty(), "{module}");
        for import in sources.iter().flat_map(|source| imports(source)) {
            let imported = LAYERS.iter().position(|layer| *layer == import);
            assert!(imported.is_some_and(|at| at <= level), "{module} imports {import}");
        }
    }
}

/// The sources of a module: a file, or the files of a folder and its subfolders.
fn sources(path: &Path) -> Vec<String> {
    match fs::read_dir(path) {
        Ok(entries) => {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            paths.flat_map(|path| sources(&path)).collect()
        }
        Err(_) => fs::read_to_string(path).into_iter().collect(),
    }
}

/// The first segment of each `crate::` path.
fn imports(source: &str) -> impl Iterator<Item = &str> {
    let paths = source.split("crate::").skip(1);
    paths.map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(path))
}
