//! Running other programs.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// What went wrong, for the person at the terminal; empty if that has been printed already.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A command that runs in the repository's root, without what `cargo run` put into the
/// environment for xtask itself: another cargo would take it for its own.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name == "LD_LIBRARY_PATH"
        });
        if ours {
            command.env_remove(name);
        }
    }
    command
}

/// The cargo that runs xtask, for native builds.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The program of a command, in the time that nothing else wants, where the system can do that.
pub(crate) fn in_idle_time(program: &Command) -> Command {
    if which("nice").is_none() {
        return command(program.get_program());
    }
    let mut nice = command("nice");
    nice.args(["-n", "19"]).arg(program.get_program());
    nice
}

/// Runs a command to its end; its output goes to the terminal.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_run(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` failed ({status})", show(command)))
}

/// Like [`run`], but ends the command when it takes longer than `limit`.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result {
    let mut child = command.spawn().map_err(|error| cannot_run(command, &error))?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("`{}` failed ({status})", show(command))),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(100)),
            Ok(None) => {
                // It may have ended by itself in between; either way it is gone.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`{}` took over {} s", show(command), limit.as_secs()));
            }
            Err(error) => return Err(cannot_run(command, &error)),
        }
    }
}

/// What a command prints, without the last line break.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| cannot_run(command, &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` failed: {}", show(command), said.trim_end()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Runs a command whose output goes to the terminal and is also returned, with whether the
/// command succeeded.
pub(crate) fn run_and_read(command: &mut Command) -> Result<(bool, String)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_run(command, &error))?;
    let text = Mutex::new(String::new());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        if let Some(stdout) = stdout {
            scope.spawn(|| copy(stdout, std::io::stdout(), &text));
        }
        if let Some(stderr) = stderr {
            scope.spawn(|| copy(stderr, std::io::stderr(), &text));
        }
    });
    let status = child.wait().map_err(|error| cannot_run(command, &error))?;
    let text = text.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok((status.success(), text))
}

/// Where a program is on PATH.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// PATH with folders in front.
pub(crate) fn path_with(folders: &[PathBuf]) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    std::env::join_paths(all).map_err(|error| format!("cannot extend PATH: {error}"))
}

/// A command as one would type it, with the variables it sets.
pub(crate) fn show(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        let value = value?.to_string_lossy();
        let name = name.to_string_lossy();
        (name != "PATH").then(|| format!("{name}={}", quote(&value)))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quote(&word.to_string_lossy()));
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, content))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// A word as a shell reads it.
pub(crate) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn cannot_run(command: &Command, error: &std::io::Error) -> String {
    format!("cannot run `{}`: {error}", show(command))
}

fn copy(from: impl Read, mut to: impl Write, text: &Mutex<String>) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A closed terminal is no reason to stop the tests.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        let mut text = text.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        text.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = Command::new("npm");
        command.args(["ci", "it's", ""]).env("A", "b c");
        assert_eq!(show(&command), r"A='b c' npm ci 'it'\''s' ''");
    }

    #[test]
    fn a_slow_command_is_ended() {
        let start = Instant::now();
        let done = run_within(Command::new("sleep").arg("60"), Duration::from_millis(200));
        assert!(done.is_err_and(|reason| reason.contains("took over")));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn output_of_both_kinds_is_read() {
        let both = run_and_read(Command::new("sh").args(["-c", "echo a; echo b >&2; exit 3"]));
        let (succeeded, text) = both.unwrap_or_default();
        assert!(!succeeded);
        assert!(text.contains("a\n") && text.contains("b\n"));
    }
}
