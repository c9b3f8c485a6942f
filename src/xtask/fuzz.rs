//! `cargo xtask fuzz`: the parsers that face the network, each with random input for a while.

use std::fs;

use crate::setup;
use crate::shell::{self, Result};

/// How long each target runs unless `--seconds` says otherwise.
const SECONDS: &str = "60";

/// Runs the targets named, or all of them; `--seconds N` for each. What breaks one is kept in
/// `fuzz/artifacts/`.
pub(crate) fn fuzz(args: &[String]) -> Result {
    let mut names = Vec::new();
    let mut seconds = SECONDS.to_owned();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => seconds = args.next().ok_or("--seconds needs a number")?.clone(),
            name => names.push(name.to_owned()),
        }
    }
    if names.is_empty() {
        names = targets()?;
    }
    let path = setup::cargo_fuzz()?;
    for name in names {
        println!("==> Fuzzing {name} for {seconds} s");
        let mut command = shell::cargo();
        command.args(["fuzz", "run", &name]).env("PATH", &path);
        // What the corpus grows by stays out of the repository.
        let found = shell::root().join("target/fuzz-corpus").join(&name);
        fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        command.arg(&found).arg(shell::root().join("fuzz/corpus").join(&name));
        command.args(["--", &format!("-max_total_time={seconds}"), "-timeout=5", "-max_len=8192"]);
        // The sanitizers are unstable options of a stable compiler.
        command.env("RUSTC_BOOTSTRAP", "1");
        shell::run(&mut command)?;
    }
    Ok(())
}

/// The names of all targets.
fn targets() -> Result<Vec<String>> {
    let folder = shell::root().join("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let name = |file: fs::DirEntry| Some(file.path().file_stem()?.to_str()?.to_owned());
    let mut names: Vec<_> = files.filter_map(|file| name(file.ok()?)).collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_corpus() {
        let names = targets().unwrap_or_default();
        assert!(names.len() > 5, "{names:?}");
        for name in names {
            assert!(shell::root().join("fuzz/corpus").join(&name).is_dir(), "{name}");
        }
    }
}
