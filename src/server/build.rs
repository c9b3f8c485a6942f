//! Names the folder of the web app that is embedded into the binary: `P2P_LIVE_DIST`, or else the
//! repository's `dist/`, which may be missing.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=P2P_LIVE_DIST");
    let dist = match env::var_os("P2P_LIVE_DIST").map(PathBuf::from) {
        Some(path) => fs::canonicalize(path)?,
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist"),
    };
    // Cargo would run this script on every build if it watched a folder that does not exist.
    if dist.is_dir() {
        println!("cargo::rerun-if-changed={}", dist.display());
    }
    println!("cargo::rustc-env=P2P_LIVE_DIST={}", dist.display());
    Ok(())
}
