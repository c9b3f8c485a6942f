//! The files of the built app in `dist/`.

use std::path::{Path, PathBuf};

use crate::shell::Result;

/// The one file in the site's folder whose name ends so.
pub(crate) fn asset(dist: &Path, end: &str) -> Result<PathBuf> {
    assets(dist, end).into_iter().next().ok_or_else(|| format!("{} has no {end}", dist.display()))
}

/// The files there whose names end so.
pub(crate) fn assets(dist: &Path, end: &str) -> Vec<PathBuf> {
    let found = std::fs::read_dir(dist).into_iter().flatten().flatten().map(|entry| entry.path());
    found.filter(|path| path.to_string_lossy().ends_with(end)).collect()
}

/// A file's size in bytes.
pub(crate) fn length(path: &Path) -> Result<u64> {
    let data = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(data.len())
}

/// wasm-bindgen's script beside its wasm.
pub(crate) fn glue(wasm: PathBuf) -> PathBuf {
    PathBuf::from(wasm.to_string_lossy().replace("_bg.wasm", ".js"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glue_is_named_like_its_wasm() {
        let wasm = PathBuf::from("dist/app-1_bg.wasm");
        assert_eq!(glue(wasm), Path::new("dist/app-1.js"));
    }
}
