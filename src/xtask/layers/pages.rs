//! The folders of `pages` import only folders below them, and no imports form a circle.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell;

/// Every layer may import the layers after it. Other modules are only checked for circles.
const LAYERS: [&[&str]; 5] = [&["app"], &["routes"], &["features"], &["ui"], &["contexts", "i18n"]];

type Imports = BTreeMap<String, BTreeSet<String>>;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Folders whose files are modules of their own, as the folders in `features` are.
const FLAT: [&str; 3] = ["routes", "ui", "contexts"];

/// The module of a path: `nav`, `ui/dialog`, `features/share`. A feature is one module, whatever
/// its files import from each other.
fn module<'a>(mut path: impl Iterator<Item = &'a str>) -> String {
    let top = path.next().unwrap_or_default();
    if top != "features" && !FLAT.contains(&top) {
        return top.to_owned();
    }
    // `crate::routes::Pages` is an item of `routes/mod.rs`.
    let is_file = |name: &&str| name.starts_with(|c: char| c.is_lowercase());
    [top, path.next().filter(is_file).unwrap_or("mod")].join("/")
}

fn imports() -> Imports {
    let root = &shell::root().join("pages");
    let mut all = Imports::new();
    for top in ["app.rs", "nav.rs", "route.rs", "theme.rs", "time.rs"] {
        assert!(root.join(top).exists(), "{top} is gone: name what has come in its place");
    }
    let sources =
        files(root).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    for file in sources {
        let below = file.strip_prefix(root).unwrap().with_extension("");
        let own = module(below.iter().map(|part| part.to_str().unwrap()));
        if ["lib", "tests", "build"].contains(&own.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = || text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let is_flat = FLAT.iter().any(|folder| own.starts_with(folder));
        let is_relative = |line: &str| line.contains("super::") && !line.contains("super::*");
        assert!(!is_flat || !code().any(is_relative), "{}: `crate::` paths only", file.display());
        for path in code().flat_map(|line| line.split("crate::").skip(1)) {
            assert!(!path.starts_with('{'), "{}: one `use` for each module", file.display());
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let used = module(path[..end.unwrap_or(path.len())].split("::"));
            if used != own {
                all.entry(own.clone()).or_default().insert(used);
            }
        }
    }
    all
}

/// The path of imports from `at` to `to`, if there is one.
fn circle(all: &Imports, at: &str, to: &str, seen: &mut BTreeSet<String>) -> Option<Vec<String>> {
    for next in all.get(at)? {
        if next == to {
            return Some(vec![at.to_owned(), next.clone()]);
        }
        if seen.insert(next.clone())
            && let Some(way) = circle(all, next, to, seen)
        {
            return Some([vec![at.to_owned()], way].concat());
        }
    }
    None
}

#[test]
fn layers_import_only_those_below_and_nothing_imports_in_a_circle() {
    let layer = |module: &str| {
        let top = module.split('/').next();
        LAYERS.iter().position(|layer| layer.iter().any(|name| top == Some(name)))
    };
    let all = imports();
    assert!(all.len() > 10, "the sources are read");
    for (module, used) in all.iter().flat_map(|(module, all)| all.iter().map(move |u| (module, u)))
    {
        if let (Some(above), Some(below)) = (layer(module), layer(used)) {
            assert!(above <= below, "{module} imports {used}, which is above it");
        }
    }
    for module in all.keys() {
        let way = circle(&all, module, module, &mut BTreeSet::new());
        assert!(way.is_none(), "{} import each other", way.unwrap_or_default().join(" -> "));
    }
}
