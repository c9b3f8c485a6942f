//! Pictures of every page: wide and narrow, light and dark, empty, full and failing.

use crate::build::{self, Mode};
use crate::setup;
use crate::shell::{self, Result};

const FOLDER: &str = "target/screenshots";

/// `cargo xtask screenshots`: the states named, or all of them.
pub(crate) fn screenshots(args: &[String]) -> Result {
    setup::npm_packages()?;
    let chromium = setup::chromium()?;
    let server = build::all(Mode::Release)?;
    let root = shell::root();
    let mut node = shell::command("node");
    node.arg(root.join("tests/e2e/lib/screenshots.mjs"))
        .arg(root.join(FOLDER))
        .args(args)
        .env("CHROMIUM", chromium)
        .env("P2P_LIVE", server);
    shell::run(&mut node)
}
