//! Checks `locales/*.json` and generates the typed texts from them: `Texts` with a field for each
//! key, `Language` with a variant for each file, and the arguments of keys with `{placeholders}`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The texts of one language by key.
type Locale = BTreeMap<String, String>;

/// The key of a language's own name; every other key is a text.
const NAME: &str = "_name";
/// The language that the others are compared with, and that is embedded.
const DEFAULT: &str = "en";
/// A key with these two endings is a plural, which is chosen by its argument `count`.
const PLURAL: [&str; 2] = ["_one", "_other"];

fn main() {
    if let Err(errors) = run() {
        for error in errors.lines() {
            println!("cargo::error={error}");
        }
    }
}

fn run() -> Result<(), String> {
    let mut locales = BTreeMap::new();
    println!("cargo::rerun-if-changed=locales");
    for path in files(Path::new("locales"), "json")? {
        let tag = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let locale: Locale = serde_json::from_str(&read(&path)?)
            .map_err(|error| format!("{} is no list of texts: {error}", path.display()))?;
        locales.insert(tag, locale);
    }
    let default = locales.get(DEFAULT).ok_or("locales/en.json is missing")?;
    let mut errors = String::new();
    for (tag, locale) in &locales {
        compare(tag, locale, default, &mut errors);
    }
    find_unused(default, &mut errors)?;
    if !errors.is_empty() {
        return Err(errors);
    }
    let out = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    fs::write(Path::new(&out).join("locales.rs"), generate(&locales, default))
        .map_err(|error| error.to_string())
}

/// Adds to `errors` what `locale` lacks, has beyond `default`, or fills in differently.
fn compare(tag: &str, locale: &Locale, default: &Locale, errors: &mut String) {
    for (key, english) in default {
        match locale.get(key) {
            None => *errors += &format!("locales/{tag}.json has no text for `{key}`\n"),
            Some(text) if text.trim().is_empty() => {
                *errors += &format!("locales/{tag}.json: `{key}` is empty\n");
            }
            Some(text) if placeholders(text) != placeholders(english) => {
                *errors += &format!("locales/{tag}.json: `{key}` has other {{placeholders}}\n");
            }
            Some(_) => {}
        }
    }
    for key in locale.keys().filter(|key| !default.contains_key(*key)) {
        *errors += &format!("locales/{tag}.json: `{key}` is not in locales/en.json\n");
    }
}

/// Adds to `errors` the keys that no source file uses, be it as `t!(i18n, key)` or as `texts.key`.
fn find_unused(default: &Locale, errors: &mut String) -> Result<(), String> {
    let mut used = BTreeSet::new();
    for folder in fs::read_dir(".").map_err(|error| error.to_string())?.flatten() {
        let path = folder.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "locales") {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    for path in files(Path::new("."), "rs")?.iter().filter(|path| !path.ends_with("build.rs")) {
        println!("cargo::rerun-if-changed={}", path.display());
        let source = read(path)?;
        let words = source.split(|c: char| !c.is_alphanumeric() && c != '_');
        let mut before = 0;
        for word in words {
            let gap = source[..before].trim_end();
            if gap.ends_with('.') || gap.ends_with(',') {
                used.insert(word.to_owned());
            }
            before += word.len();
            before += source[before..].chars().next().map_or(0, char::len_utf8);
        }
    }
    for key in default.keys().filter(|key| *key != NAME) {
        if !used.contains(singular(key)) {
            *errors += &format!("locales/*.json: no page uses `{key}`\n");
        }
    }
    Ok(())
}

fn generate(locales: &BTreeMap<String, Locale>, default: &Locale) -> String {
    let mut code = String::new();
    let texts: Vec<_> = default.iter().filter(|(key, _)| *key != NAME).collect();

    code += "/// Every text of the app in one language.\n#[allow(missing_docs)]\n";
    code += "pub struct Texts {\n";
    for (key, _) in &texts {
        let _ = writeln!(code, "pub {key}: &'static str,");
    }
    // By a loop over the keys: a derived reader of so many fields would be a quarter of the pages'
    // code.
    code += "}\n\n";
    let _ = writeln!(code, "const KEYS: [&str; {}] = [", texts.len());
    for (key, _) in &texts {
        let _ = writeln!(code, "{key:?},");
    }
    code += "];\n\nimpl Texts {\n/// Takes each text by its key; `None` if one is missing.\n";
    code += "fn take(text: impl Fn(&str) -> Option<&'static str>) -> Option<Self> {\n";
    code += "let mut texts = [\"\"; KEYS.len()];\n";
    code += "for (place, key) in texts.iter_mut().zip(KEYS) {\n*place = text(key)?;\n}\n";
    let fields: Vec<_> = texts.iter().map(|(key, _)| key.as_str()).collect();
    let fields = fields.join(", ");
    let _ = writeln!(code, "let [{fields}] = texts;\nSome(Self {{ {fields} }})");
    code += "}\n}\n\npub(super) static ENGLISH: Texts = Texts {\n";
    for (key, text) in &texts {
        let _ = writeln!(code, "{key}: {text:?},");
    }
    code += "};\n\n";

    // English first, then by tag.
    let tags = || {
        let others = locales.keys().map(String::as_str).filter(|tag| *tag != DEFAULT);
        [DEFAULT].into_iter().chain(others)
    };
    let arms = |make: &dyn Fn(&str) -> String| -> String {
        tags().map(|tag| format!("Self::{} => {:?},\n", variant(tag), make(tag))).collect()
    };
    code += "/// A language of the app.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n";
    code += "pub enum Language {\n";
    for tag in tags() {
        let name = locales.get(tag).and_then(|locale| locale.get(NAME));
        let name = name.map(String::as_str).unwrap_or_default();
        let _ = writeln!(code, "/// {name}.\n{},", variant(tag));
    }
    let all: Vec<_> = tags().map(|tag| format!("Self::{}", variant(tag))).collect();
    let names = arms(&|tag| locales[tag][NAME].clone());
    let tags = arms(&str::to_owned);
    let files: String = locales
        .keys()
        .map(|tag| {
            let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/locales/{tag}.json\")");
            format!("Self::{} => include_str!({path}),\n", variant(tag))
        })
        .collect();
    let _ = write!(
        code,
        "}}\n\nimpl Language {{
/// Every language, in the order of the menu.
pub const ALL: [Self; {}] = [{}];

/// The language's tag in addresses, attributes and storage.
pub fn tag(self) -> &'static str {{ match self {{ {tags} }} }}

/// The language's name in itself.
pub fn name(self) -> &'static str {{ match self {{ {names} }} }}

/// The language's file.
#[cfg(test)]
fn file(self) -> &'static str {{ match self {{ {files} }} }}
}}\n\n",
        all.len(),
        all.join(", "),
    );

    code += "/// What keys with placeholders are filled with.\n";
    code += "#[allow(missing_docs, non_camel_case_types)]\npub(crate) mod args {\n";
    for (key, text) in &texts {
        let names = placeholders(text);
        let is_plural = is_plural(key, default);
        if names.is_empty() || (is_plural && key.ends_with(PLURAL[0])) {
            continue;
        }
        let key = if is_plural { singular(key) } else { key };
        let fields: String =
            names.iter().map(|name| format!("pub(crate) {name}: String,")).collect();
        let pairs: String =
            names.iter().map(|name| format!("({name:?}, self.{name}.as_str()),")).collect();
        let template = if is_plural {
            format!("if self.count == \"1\" {{ texts.{key}_one }} else {{ texts.{key}_other }}")
        } else {
            format!("texts.{key}")
        };
        let _ = writeln!(
            code,
            "pub(crate) struct {key} {{ {fields} }}
impl {key} {{ pub(crate) fn fill(self, texts: &super::Texts) -> String {{
super::fill({template}, &[{pairs}]) }} }}"
        );
    }
    code += "}\n";
    code
}

fn is_plural(key: &str, default: &Locale) -> bool {
    singular(key) != key
        && PLURAL.iter().all(|end| default.contains_key(&[singular(key), end].concat()))
}

/// The key of a plural without its ending.
fn singular(key: &str) -> &str {
    PLURAL.iter().find_map(|end| key.strip_suffix(end)).unwrap_or(key)
}

/// `pt-br` becomes `PtBr`.
fn variant(tag: &str) -> String {
    let parts = tag.split('-').map(|part| {
        let (first, rest) = part.split_at(part.len().min(1));
        [&first.to_uppercase(), rest].concat()
    });
    parts.collect()
}

/// The names between braces.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let parts = text.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(name, _)| name.trim())).collect()
}

/// Every file below `folder` with that extension, in a stable order.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
