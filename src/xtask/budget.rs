//! The size of the first load, which must not grow unnoticed.

use std::fmt::Write as _;
use std::path::Path;

use crate::shell::{self, Result};

/// What a first visit may transfer, after brotli, in bytes. The aim is 200 kB.
const LIMIT: u64 = 284_500;
const RECORD: &str = "src/xtask/budget.txt";

/// One file of the first load.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// Bytes as built.
    pub(crate) raw: u64,
    /// Bytes after brotli.
    pub(crate) brotli: u64,
}

/// Prints the sizes beside the recorded ones, and fails if the sum is over the limit. With
/// `record`, the sizes become the recorded ones.
pub(crate) fn check(parts: &[Part], record: bool) -> Result {
    let path = shell::root().join(RECORD);
    // Without a record, everything is new.
    let recorded = std::fs::read_to_string(&path).unwrap_or_default();
    println!("\n{}", table(parts, &recorded));
    if record {
        let lines = parts.iter().map(|part| format!("{} {}\n", part.name, part.brotli));
        shell::write(&path, lines.collect::<String>())?;
    }
    let total: u64 = parts.iter().map(|part| part.brotli).sum();
    if total <= LIMIT {
        return Ok(());
    }
    Err(format!(
        "the first load is {total} bytes after brotli, {} over its budget of {LIMIT}.\n{}",
        total - LIMIT,
        grown(parts, &recorded)
    ))
}

/// A file's size in bytes.
pub(crate) fn size(path: &Path) -> Result<u64> {
    let data = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(data.len())
}

fn table(parts: &[Part], recorded: &str) -> String {
    let mut table =
        format!("{:<12}{:>12}{:>12}{:>12}\n", "first load", "bytes", "brotli", "change");
    let mut row = |name: &str, raw: u64, brotli: u64, before: u64| {
        let change = brotli.cast_signed() - before.cast_signed();
        let _ = writeln!(table, "{name:<12}{raw:>12}{brotli:>12}{change:>+12}");
    };
    for part in parts {
        row(part.name, part.raw, part.brotli, before(recorded, part.name));
    }
    let sum = |of: fn(&Part) -> u64| parts.iter().map(of).sum();
    let total = parts.iter().map(|part| before(recorded, part.name)).sum();
    row("total", sum(|part| part.raw), sum(|part| part.brotli), total);
    let _ = writeln!(table, "{:<12}{:>12}{LIMIT:>12}", "budget", "");
    table
}

fn grown(parts: &[Part], recorded: &str) -> String {
    let grown = parts.iter().filter_map(|part| {
        let more = part.brotli.checked_sub(before(recorded, part.name)).filter(|more| *more > 0)?;
        Some(format!("  {} grew by {more} bytes to {}\n", part.name, part.brotli))
    });
    grown.collect()
}

/// A part's recorded size; 0 if it is new.
fn before(recorded: &str, name: &str) -> u64 {
    let sizes = recorded.lines().filter_map(|line| line.split_once(' '));
    sizes.filter(|(of, _)| *of == name).find_map(|(_, size)| size.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = "index.html 500\napp.wasm 1000\n";

    fn parts(wasm: u64) -> [Part; 2] {
        [
            Part { name: "index.html", raw: 900, brotli: 500 },
            Part { name: "app.wasm", raw: 9000, brotli: wasm },
        ]
    }

    #[test]
    fn only_what_grew_is_listed() {
        assert_eq!(grown(&parts(1200), RECORDED), "  app.wasm grew by 200 bytes to 1200\n");
        assert_eq!(grown(&parts(900), RECORDED), "");
    }

    #[test]
    fn the_table_sums_up() {
        let table = table(&parts(1200), RECORDED);
        let total = table.lines().find(|line| line.starts_with("total")).unwrap_or_default();
        let cells: Vec<_> = total.split_whitespace().collect();
        assert_eq!(cells, ["total", "9900", "1700", "+200"]);
    }

    #[test]
    fn over_the_limit_fails() {
        assert!(check(&parts(LIMIT), false).is_err_and(|why| why.contains("500 over")));
        assert!(check(&parts(1200), false).is_ok());
    }
}
