//! The folders of the core are layers: each imports only those below it, and no two import each
//! other. `docs/architecture.md` has the picture.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// From the top to the bottom.
const LAYERS: [&str; 13] = [
    "sim",
    "node",
    "legacy",
    "directory",
    "room",
    "media",
    "tree",
    "swarm",
    "link",
    "signal",
    "wire",
    "model",
    "util",
];

/// The adapter for legacy pages is reached through hooks in the swarm's methods.
const EXCEPTIONS: [(&str, &str); 1] = [("swarm", "legacy")];

/// The folders that a file names as `crate::folder`, outside its tests.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let names = lines.flat_map(|line| line.split("crate::").skip(1).map(str::to_owned));
    names
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned())
        .collect()
}

fn visit(folder: &Path, layer: usize, wrong: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, layer, wrong);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for name in imports(&fs::read_to_string(&path).unwrap()) {
                let at = LAYERS.iter().position(|layer| *layer == name);
                let known = EXCEPTIONS.contains(&(LAYERS[layer], name.as_str()));
                if !known && at.is_none_or(|at| at < layer) {
                    wrong.push(format!("{} imports {name}", path.display()));
                }
            }
        }
    }
}

#[test]
fn each_layer_imports_only_those_below_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for (layer, name) in LAYERS.iter().enumerate() {
        visit(&root.join(name), layer, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
