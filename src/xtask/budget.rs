//! The size of the first load, which must not grow unnoticed.

use std::fmt::Write as _;
use std::path::Path;

use crate::shell::{self, Result};

/// What a first visit may transfer, after brotli, in bytes: of the list of rooms, of a host's page
/// and of a viewer's.
const LIMITS: [(&str, u64); 3] = [("index", 188_500), ("host", 249_000), ("room", 221_000)];
/// The page of what no page begins with: it comes behind the picture, or when it is opened.
pub(crate) const LATER: &str = "later";
const RECORD: &str = "src/xtask/budget.txt";

/// One file of a first load.
pub(crate) struct Part {
    pub(crate) name: String,
    /// Bytes as built.
    pub(crate) raw: u64,
    /// Bytes after brotli.
    pub(crate) brotli: u64,
    /// The page that needs it at once; `None` if all do.
    pub(crate) page: Option<&'static str>,
}

/// Prints the sizes beside the recorded ones, and fails if a page's sum is over its limit. With
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
    for (page, limit) in LIMITS {
        let total: u64 = of_page(parts, page).map(|part| part.brotli).sum();
        if total > limit {
            return Err(format!(
                "the first load of `{page}` is {total} bytes after brotli, {} over its budget of \
                 {limit}.\n{}",
                total - limit,
                grown(of_page(parts, page), &recorded)
            ));
        }
    }
    Ok(())
}

fn of_page<'a>(parts: &'a [Part], page: &'a str) -> impl Iterator<Item = &'a Part> {
    parts.iter().filter(move |part| part.page.is_none_or(|own| own == page))
}

/// A file's size in bytes.
pub(crate) fn size(path: &Path) -> Result<u64> {
    let data = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(data.len())
}

fn table(parts: &[Part], recorded: &str) -> String {
    let mut table =
        format!("{:<16}{:>12}{:>12}{:>12}\n", "first load", "bytes", "brotli", "change");
    let mut row = |name: &str, raw: u64, brotli: u64, before: u64| {
        let change = brotli.cast_signed() - before.cast_signed();
        let _ = writeln!(table, "{name:<16}{raw:>12}{brotli:>12}{change:>+12}");
    };
    for part in parts {
        row(&part.name, part.raw, part.brotli, before(recorded, &part.name));
    }
    for (page, _) in LIMITS {
        let sum = |of: fn(&Part) -> u64| of_page(parts, page).map(of).sum();
        let total = of_page(parts, page).map(|part| before(recorded, &part.name)).sum();
        row(&format!("= {page}"), sum(|part| part.raw), sum(|part| part.brotli), total);
    }
    for (page, limit) in LIMITS {
        let _ = writeln!(table, "{:<16}{:>12}{limit:>12}", format!("budget {page}"), "");
    }
    table
}

fn grown<'a>(parts: impl Iterator<Item = &'a Part>, recorded: &str) -> String {
    let grown = parts.filter_map(|part| {
        let more =
            part.brotli.checked_sub(before(recorded, &part.name)).filter(|more| *more > 0)?;
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

    fn part(name: &str, raw: u64, brotli: u64, page: Option<&'static str>) -> Part {
        Part { name: name.to_owned(), raw, brotli, page }
    }

    fn parts(wasm: u64) -> [Part; 4] {
        [
            part("index.html", 900, 500, None),
            part("app.wasm", 9000, wasm, None),
            part("index.wasm", 20, 10, Some("index")),
            part("room.wasm", 50, 30, Some("room")),
        ]
    }

    #[test]
    fn only_what_grew_is_listed() {
        let grown = |wasm| grown(parts(wasm).iter().take(2), RECORDED);
        assert_eq!(grown(1200), "  app.wasm grew by 200 bytes to 1200\n");
        assert_eq!(grown(900), "");
    }

    #[test]
    fn the_table_sums_up_what_each_page_needs() {
        let table = table(&parts(1200), RECORDED);
        let sum = |page: &str| -> Vec<String> {
            let line = table.lines().find(|line| line.starts_with(&format!("= {page}")));
            line.unwrap_or_default().split_whitespace().skip(2).map(str::to_owned).collect()
        };
        assert_eq!(sum("index"), ["9920", "1710", "+210"]);
        assert_eq!(sum("room"), ["9950", "1730", "+230"]);
        assert_eq!(sum("host"), ["9900", "1700", "+200"]);
    }

    #[test]
    fn over_the_limit_fails() {
        let (page, limit) = LIMITS[0];
        let why = check(&parts(limit), false).err().unwrap_or_default();
        assert!(why.contains(&format!("`{page}`")) && why.contains("510 over"), "{why}");
        assert!(check(&parts(1200), false).is_ok());
    }
}
