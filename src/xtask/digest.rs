//! A short digest of files, to tell whether anything changed and to name what never does.

use std::path::{Path, PathBuf};

use crate::shell::Result;

/// FNV-1a of 64 bits: stable between compilers, and good enough where nobody attacks.
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// Adds a file, or every file below a folder in the order of their names, each with its
    /// path. What does not exist counts as empty.
    pub(crate) fn path(mut self, path: &Path) -> Result<Self> {
        for file in files(path)? {
            let content =
                std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            self = self.bytes(file.to_string_lossy().as_bytes()).bytes(&content);
        }
        Ok(self)
    }

    pub(crate) fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }
}

/// Every file below a folder, or the file itself, sorted.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(path.exists().then(|| path.to_owned()).into_iter().collect());
    }
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fail)? {
        entries.push(entry.map_err(fail)?.path());
    }
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        found.extend(files(&entry)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv_of_known_text() {
        assert_eq!(Digest::new().bytes(b"foobar").hex(), "85944171f73967e8");
    }

    #[test]
    fn a_missing_path_is_empty() {
        let digest = Digest::new().path(Path::new("/nowhere/at/all"));
        assert_eq!(digest.map(|digest| digest.hex()), Ok(Digest::new().hex()));
    }
}
