//! The benchmarks: each is a file in `tests/e2e/bench/`, run in a browser on the built product.

use crate::build::{self, Mode};
use crate::setup;
use crate::shell::{self, Result};

/// `cargo xtask bench`: the benchmarks named, or all of them.
pub(crate) fn bench(args: &[String]) -> Result {
    setup::npm_packages()?;
    let chromium = setup::chromium()?;
    build::web(Mode::Release)?;
    let server = build::server()?;
    let script = shell::root().join("tests/e2e/lib/bench.mjs");
    let mut node = shell::command("node");
    // The file of --json is named from where the command was typed.
    if let Ok(here) = std::env::current_dir() {
        node.current_dir(here);
    }
    node.arg(script).args(args).env("CHROMIUM", chromium).env("P2P_LIVE", server);
    shell::run(&mut node)
}
