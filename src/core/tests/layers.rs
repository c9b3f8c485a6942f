//! The folders of the core are layers: each imports only those below it. Inside a layer no modules
//! import each other in a circle; a module and its own submodules count as one.
//! `docs/architecture.md` has the picture.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the top to the bottom.
const LAYERS: [&str; 15] = [
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
    "game",
    "model",
    "identity",
    "util",
];

/// Modules by their paths, such as `node::room::chat`, with the paths that each names.
type Modules = BTreeMap<String, BTreeSet<String>>;

fn read(folder: &Path, module: &str, modules: &mut Modules) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let child = if name == "mod" { module.to_owned() } else { format!("{module}::{name}") };
        if path.is_dir() {
            read(&path, &child, modules);
        } else if name != "tests" {
            modules.insert(child.clone(), named(&fs::read_to_string(&path).unwrap(), &child));
        }
    }
}

/// The paths that a file names, outside its tests, from the root of the crate on.
fn named(text: &str, module: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let mut paths = BTreeSet::new();
    for (keyword, base) in [("crate::", ""), ("super::", parent), ("self::", module)] {
        for rest in code.split(keyword).skip(1) {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let (path, rest) = rest.split_at(end.unwrap_or(rest.len()));
            let items = rest.strip_prefix('{').map_or("", |list| list.split('}').next().unwrap());
            paths.extend(items.split(',').map(|item| format!("{base}::{path}{}", item.trim())));
        }
    }
    paths.iter().map(|path| path.trim_start_matches(':').to_owned()).collect()
}

/// The module that a path leads to.
fn module_of<'a>(modules: &'a Modules, path: &str) -> Option<&'a str> {
    let inside = |module: &&String| path == **module || path.starts_with(&format!("{module}::"));
    modules.keys().filter(inside).max_by_key(|module| module.len()).map(String::as_str)
}

fn is_part(module: &str, of: &str) -> bool {
    module == of || module.starts_with(&format!("{of}::"))
}

#[test]
fn each_layer_imports_only_those_below_it_and_none_has_circles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut modules = Modules::new();
    LAYERS.iter().for_each(|layer| read(&root.join(layer), layer, &mut modules));
    let layer = |path: &str| LAYERS.iter().position(|layer| path.split("::").next() == Some(layer));
    let (mut wrong, mut imports) = (BTreeSet::new(), Modules::new());
    for (module, paths) in &modules {
        for path in paths {
            let to = module_of(&modules, path);
            if to.is_none_or(|to| layer(to) < layer(module)) {
                wrong.insert(format!("{module} imports {path}"));
            }
            if let Some(to) = to.filter(|to| !is_part(to, module) && !is_part(module, to)) {
                imports.entry(module.clone()).or_default().insert(to.to_owned());
            }
        }
    }
    for module in modules.keys() {
        let (mut seen, mut next) = (BTreeSet::new(), vec![module]);
        while let Some(at) = next.pop() {
            next.extend(imports.get(at).into_iter().flatten().filter(|to| seen.insert(*to)));
        }
        if seen.contains(module) {
            let near = seen.iter().filter(|to| layer(to) == layer(module)).collect::<Vec<_>>();
            wrong.insert(format!("{module} imports itself by way of some of {near:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
