//! Lists the files of the built web app so that they become part of the binary: the folder that
//! `P2P_LIVE_DIST` names, or else the repository's `dist/`, or else nothing.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=P2P_LIVE_DIST");
    let named = env::var_os("P2P_LIVE_DIST").map(PathBuf::from);
    let dist = match named {
        Some(path) => fs::canonicalize(path)?,
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist"),
    };
    let mut files = Vec::new();
    // Cargo would build again each time if it were to watch a folder that does not exist.
    if dist.is_dir() {
        println!("cargo::rerun-if-changed={}", dist.display());
        list(&dist, "", &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for (name, path) in files {
        code += &format!("    ({name:?}, include_bytes!({path:?})),\n");
    }
    code += "]\n";
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), code)
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
