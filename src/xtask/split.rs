//! The parts of the web app that come once they are wanted: each function marked `wasm_split`
//! goes, with all that only such functions need, into a file beside the app's.

use std::path::{Path, PathBuf};

use crate::setup;
use crate::shell::{self, Result};

/// The script that loads the parts, as the splitting tool calls it.
const LOADER: &str = "__wasm_split.js";

/// Splits `wasm` into `app.wasm`, the parts, and the script that loads them, all in `folder`.
pub(crate) fn split(wasm: &Path, folder: &Path) -> Result {
    let mut tool = shell::command(setup::wasm_split()?);
    shell::run(tool.arg(wasm).arg(folder).args(["--target", "web", "--out-name", "app"]))?;
    let loader = folder.join(LOADER);
    let script = shell::read(&loader)?;
    // A page that has everything inside answers itself.
    let from = "const part = async (url) => globalThis.p2pLivePart?.(url) ?? fetch(url);\n";
    shell::write(&loader, from.to_owned() + &script.replace("= fetch(", "= part("))
}

/// The files that [`split`] has made, beside the app's own.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let found = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let is_part = |file: &PathBuf| {
        let is_wasm = file.extension().is_some_and(|extension| extension == "wasm");
        is_wasm && (stem(file).starts_with("split_") || stem(file).starts_with("chunk_"))
    };
    let mut files: Vec<_> = found.flatten().map(|entry| entry.path()).filter(is_part).collect();
    files.sort();
    Ok(files)
}

/// Which of `files` a part needs: its own, and those that it shares with other parts. The script
/// says of each shared file whose it is.
pub(crate) fn needed(part: &str, folder: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let script = shell::read(&folder.join(LOADER))?;
    let needs = |file: &&PathBuf| match stem(file).strip_prefix("split_") {
        Some(name) => name == part,
        None => sharers(&script, &stem(file)).any(|name| name == part),
    };
    Ok(files.iter().filter(needs).cloned().collect())
}

/// Tells the script in `folder` under which name `file` is published.
pub(crate) fn rename(folder: &Path, file: &Path, published: &str) -> Result {
    let loader = folder.join(LOADER);
    let script = shell::read(&loader)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    if !script.contains(&*name) {
        return Err(format!("{} does not load {name}", loader.display()));
    }
    shell::write(&loader, script.replace(&*name, published))
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The parts that share a file: they are in the comment above the constant that loads it.
fn sharers<'a>(script: &'a str, file: &str) -> impl Iterator<Item = &'a str> {
    let constant = format!("const __{file} = ");
    let lines = script.lines().zip(script.lines().skip(1));
    let comment =
        lines.filter(move |(_, line)| line.starts_with(&constant)).map(|(above, _)| above);
    comment.flat_map(|line| line.trim_matches(['/', '*', ' ']).split(", "))
}

#[cfg(test)]
mod tests {
    use super::sharers;

    #[test]
    fn the_comment_says_who_shares_a_file() {
        let script = "/* host, room */\nconst __chunk_1 = makeLoad(() => {\n}, []);\n\
                      /* index */\nconst __chunk_10 = makeLoad(() => {\n}, []);\n";
        assert_eq!(sharers(script, "chunk_1").collect::<Vec<_>>(), ["host", "room"]);
        assert_eq!(sharers(script, "chunk_10").collect::<Vec<_>>(), ["index"]);
        assert_eq!(sharers(script, "chunk_2").count(), 0);
    }
}
