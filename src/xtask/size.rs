//! The size of the first load, which must not grow unnoticed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::digest::files;
use crate::dist::{asset, glue, length};
use crate::shell::{self, Result};

/// Set where the caller prints the table itself.
pub(crate) const QUIET: &str = "P2P_LIVE_SIZE_QUIET";
/// The sizes that later builds are compared with: a name and the bytes after brotli per line.
const RECORD: &str = "src/xtask/size.txt";
/// By how much the sum may grow without being recorded, in percent.
const GROWTH: u64 = 5;

/// One file of the first load.
pub(crate) struct Part {
    name: &'static str,
    /// Bytes as built.
    raw: u64,
    /// Bytes after brotli.
    brotli: u64,
}

/// The files that a first visit fetches; of the languages, the largest.
pub(crate) fn first_load(dist: &Path) -> Result<[Part; 6]> {
    let part = |name, path: PathBuf| -> Result<Part> {
        let compressed = PathBuf::from(format!("{}.br", path.display()));
        Ok(Part { name, raw: length(&path)?, brotli: length(&compressed)? })
    };
    let mut language = Part { name: "language", raw: 0, brotli: 0 };
    for file in files(dist)?.into_iter().filter(|file| is_language(file)) {
        let other = part(language.name, file)?;
        if other.brotli > language.brotli {
            language = other;
        }
    }
    Ok([
        part("html", dist.join("index.html"))?,
        part("loader", dist.join("load.js"))?,
        part("js", asset(dist, ".wasm").map(glue)?)?,
        part("wasm", asset(dist, ".wasm")?)?,
        part("css", asset(dist, ".css")?)?,
        language,
    ])
}

/// Prints the sizes beside the recorded ones, and fails if the sum has grown by too much. With
/// `record`, the sizes become the recorded ones.
pub(crate) fn check(dist: &Path, record: bool) -> Result {
    let parts = first_load(dist)?;
    println!("\n{}", table(&parts));
    if record {
        let lines = parts.iter().map(|part| format!("{} {}\n", part.name, part.brotli));
        return shell::write(&shell::root().join(RECORD), lines.collect::<String>());
    }
    verdict(&parts, &recorded())
}

/// The sizes beside the recorded ones.
pub(crate) fn table(parts: &[Part]) -> String {
    compare(parts, &recorded())
}

/// A file such as `de-0123456789abcdef.json`.
fn is_language(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let hashed = name.split_once('-').filter(|(tag, _)| tag.len() == 2);
    hashed.is_some_and(|(_, rest)| rest.ends_with(".json"))
}

/// Empty without a record.
fn recorded() -> String {
    std::fs::read_to_string(shell::root().join(RECORD)).unwrap_or_default()
}

fn compare(parts: &[Part], recorded: &str) -> String {
    let mut table =
        format!("{:<12}{:>12}{:>12}{:>12}\n", "first load", "bytes", "brotli", "change");
    let mut row = |name: &str, raw: u64, brotli: u64, before: u64| {
        let change = brotli.cast_signed() - before.cast_signed();
        let _ = writeln!(table, "{name:<12}{raw:>12}{brotli:>12}{change:>+12}");
    };
    for part in parts {
        row(part.name, part.raw, part.brotli, before(recorded, part.name));
    }
    row("sum", parts.iter().map(|part| part.raw).sum(), sum(parts), total(recorded));
    table
}

fn verdict(parts: &[Part], recorded: &str) -> Result {
    let (now, before) = (sum(parts), total(recorded));
    if before == 0 || now * 100 <= before * (100 + GROWTH) {
        return Ok(());
    }
    Err(format!(
        "the first load has grown from {before} to {now} bytes after brotli, by more than \
         {GROWTH} %. If that is worth it: cargo xtask build --record"
    ))
}

fn sum(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.brotli).sum()
}

/// A part's recorded size; 0 if it is new.
fn before(recorded: &str, name: &str) -> u64 {
    let mut lines = recorded.lines().filter_map(|line| line.split_once(' '));
    let line = lines.find(|(of, _)| *of == name);
    line.and_then(|(_, size)| size.parse().ok()).unwrap_or(0)
}

fn total(recorded: &str) -> u64 {
    let sizes = recorded.lines().filter_map(|line| line.split_once(' '));
    sizes.filter_map(|(_, size)| size.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = "html 500\nwasm 9500\n";

    fn parts(wasm: u64) -> [Part; 2] {
        [
            Part { name: "html", raw: 900, brotli: 500 },
            Part { name: "wasm", raw: 90_000, brotli: wasm },
        ]
    }

    #[test]
    fn growth_beyond_a_twentieth_fails() {
        assert_eq!(verdict(&parts(10_000), RECORDED), Ok(()));
        let why = verdict(&parts(10_001), RECORDED).err().unwrap_or_default();
        assert!(why.contains("from 10000 to 10501") && why.ends_with("--record"), "{why}");
    }

    #[test]
    fn the_table_compares_each_part_and_the_sum() {
        let table = compare(&parts(9_400), RECORDED);
        let row = |name: &str| -> Vec<&str> {
            let line = table.lines().find(|line| line.starts_with(name));
            line.unwrap_or_default().split_whitespace().skip(1).collect()
        };
        assert_eq!(row("html"), ["900", "500", "+0"]);
        assert_eq!(row("wasm"), ["90000", "9400", "-100"]);
        assert_eq!(row("sum"), ["90900", "9900", "-100"]);
    }
}
