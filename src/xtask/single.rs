//! The whole web app in one HTML file, which works when it is opened from disk.

use std::path::{Path, PathBuf};

use crate::build::asset;
use crate::digest::files;
use crate::html::{self, Inline};
use crate::setup;
use crate::shell::{self, Result};

/// Makes the file of what is in `dist/`, and returns its path.
pub(crate) fn build() -> Result<PathBuf> {
    let npm = setup::npm_packages()?;
    let root = shell::root();
    let dist = root.join("dist");
    let script = root.join("target/web/single.js");
    let parts = root.join("target/web/parts.js");
    shell::write(&parts, packed_parts(&dist)?)?;
    let alias = |name: &str, stem: &str, extension: &str| -> Result<String> {
        let path = asset(&dist, stem, extension)?;
        Ok(format!("--alias:{name}={}", path.display()))
    };
    shell::run(
        shell::command(npm.join("esbuild"))
            .args(["--bundle", "--format=esm", "--minify", "--log-level=warning"])
            .args(["--loader:.gz=binary", "--log-override:duplicate-object-key=silent"])
            .arg(alias("app", "app", ".js")?)
            .arg(alias("wasm", "app", ".wasm.gz")?)
            .arg(format!("--alias:parts={}", parts.display()))
            .arg(format!("--outfile={}", script.display()))
            .arg(root.join("src/boot/single.js")),
    )?;
    let parts = Inline {
        style: shell::read(&asset(&dist, "style", ".css")?)?,
        script: shell::read(&script)?,
        icon: shell::read(&root.join("src/icon.svg"))?,
    };
    let file = root.join("target/release/p2p-live.html");
    shell::write(&file, html::single(&shell::read(&root.join("index.html"))?, &parts))?;
    Ok(file)
}

/// A script that has every part of the app that is loaded later, by the name it is asked for.
fn packed_parts(dist: &Path) -> Result<String> {
    let (mut imports, mut entries) = (String::new(), String::new());
    for (at, file) in files(&dist.join("assets"))?.into_iter().enumerate() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".wasm") && !name.starts_with("app-") {
            imports += &format!("import part{at} from '{}.gz';\n", file.display());
            entries += &format!("  '{name}': part{at},\n");
        }
    }
    Ok(format!("{imports}\nexport default {{\n{entries}}};\n"))
}
