//! What Trunk does not do, as its hooks (see `Trunk.toml`): one style sheet before the build, and
//! afterwards the pages under all their addresses, the languages, `config.json` and compressed
//! copies.

use std::path::{Path, PathBuf};

use crate::digest::{Digest, files};
use crate::dist::{asset, assets, length};
use crate::setup;
use crate::shell::{self, Result};
use crate::{html, size, texts};

/// The style sheet that `index.html` names.
const STYLE: &str = "target/style.css";

/// `cargo xtask pre-build`.
pub(crate) fn pre_build() -> Result {
    let main = shell::root().join("style/main.css");
    let style =
        bundle_styles(&shell::read(&main)?, |name| shell::read(&main.with_file_name(name)))?;
    let path = shell::root().join(STYLE);
    // Trunk watches it: a new date alone would be a change.
    if std::fs::read_to_string(&path).is_ok_and(|before| before == style) {
        return Ok(());
    }
    shell::write(&path, style)
}

/// `cargo xtask post-build`: completes what Trunk has put into its staging folder.
pub(crate) fn post_build() -> Result {
    let variable = |name| std::env::var_os(name).ok_or(format!("Trunk sets {name}; run trunk"));
    let dist = PathBuf::from(variable("TRUNK_STAGING_DIR")?);
    let is_release = variable("TRUNK_PROFILE")? == "release";

    let mut notes = String::new();
    for (tag, language) in texts::LANGUAGES.iter().filter(|(tag, _)| *tag != "en") {
        let address = publish(&format!("{tag}.json"), language, &dist)?;
        notes += &format!("<meta name=\"text-{tag}\" content=\"{address}\">");
    }
    let wasm = length(&asset(&dist, ".wasm")?)?;
    let template = shell::read(&dist.join("index.html"))?;
    html::write(&template, &html::Parts { notes, wasm }, &dist)?;
    if is_release {
        minify(&dist)?;
        let script = shell::root().join("src/xtask/compress.mjs");
        shell::run(shell::command("node").arg(script).args(files(&dist)?))?;
        if std::env::var_os(size::QUIET).is_none() {
            println!("\n{}", size::table(&size::first_load(&dist)?));
        }
    }
    // It is there to be edited; a compressed copy would go on saying what it said at first.
    shell::write(&dist.join("config.json"), "{}\n")
}

/// Makes scripts and styles small. Trunk can, but does not understand wasm-bindgen's script.
fn minify(dist: &Path) -> Result {
    let esbuild = setup::npm_packages()?.join("esbuild");
    for file in [".js", ".css"].into_iter().flat_map(|end| assets(dist, end)) {
        let mut minify = shell::command(&esbuild);
        minify.args(["--minify", "--allow-overwrite", "--log-level=warning"]);
        shell::run(minify.arg(&file).arg(format!("--outfile={}", file.display())))?;
    }
    Ok(())
}

/// Writes a file under a name that changes with its content, so that it may be cached for ever.
/// Returns its address.
fn publish(name: &str, content: &str, dist: &Path) -> Result<String> {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let hash = Digest::new().bytes(content.as_bytes()).hex();
    let address = format!("{stem}-{hash}.{extension}");
    shell::write(&dist.join(&address), content)?;
    Ok(address)
}

/// Puts every imported file in the place of its `@import url("…") layer(…);`.
fn bundle_styles(main: &str, read: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut bundle = String::new();
    for line in main.lines() {
        match line.strip_prefix("@import url(\"").and_then(|rest| rest.split_once("\") layer(")) {
            Some((file, rest)) => {
                let layer = rest.trim_end_matches(");");
                bundle += &format!("@layer {layer} {{\n{}}}\n", read(file)?);
            }
            None => bundle = bundle + line + "\n",
        }
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_become_layers() {
        let main = "@layer a, b;\n@import url(\"x.css\") layer(b);\n";
        let bundle = bundle_styles(main, |name| Ok(format!("/* {name} */\n")));
        assert_eq!(bundle, Ok("@layer a, b;\n@layer b {\n/* x.css */\n}\n".to_owned()));
        let failed = bundle_styles(main, |name| Err(format!("no {name}")));
        assert_eq!(failed, Err("no x.css".to_owned()));
    }

    #[test]
    fn every_import_of_the_app_is_understood() {
        let main = include_str!("../../style/main.css");
        let bundle = bundle_styles(main, |_| Ok(String::new())).unwrap_or_default();
        assert!(!bundle.contains("@import"), "{bundle}");
    }
}
