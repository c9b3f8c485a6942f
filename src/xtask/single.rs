//! The whole web app in one HTML file, which works when it is opened from disk.

use std::path::PathBuf;

use crate::dist::{asset, glue};
use crate::html::{self, Inline};
use crate::setup;
use crate::shell::{self, Result};

/// Makes the file of what is in `dist/`, and returns its path.
pub(crate) fn build() -> Result<PathBuf> {
    let npm = setup::npm_packages()?;
    let root = shell::root();
    let dist = root.join("dist");
    let script = root.join("target/single.js");
    let wasm = asset(&dist, ".wasm")?;
    shell::run(
        shell::command(npm.join("esbuild"))
            .args(["--bundle", "--format=esm", "--minify", "--log-level=warning"])
            .arg("--loader:.gz=binary")
            .arg(format!("--alias:wasm={}.gz", wasm.display()))
            .arg(format!("--alias:app={}", glue(wasm).display()))
            .arg(format!("--outfile={}", script.display()))
            .arg(root.join("src/boot/single.js")),
    )?;
    let parts = Inline {
        style: shell::read(&asset(&dist, ".css")?)?,
        script: shell::read(&script)?,
        icon: shell::read(&root.join("src/icon.svg"))?,
    };
    let file = root.join("target/release/p2p-live.html");
    shell::write(&file, html::single(&shell::read(&root.join("index.html"))?, &parts))?;
    Ok(file)
}
