//! Tools that the commands need. Each is looked for, installed if missing, and looked for again;
//! what cannot be installed is an error that names the command to run by hand.

mod apt;
mod wasm;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

pub(crate) use wasm::Toolchain;

use crate::digest::Digest;
use crate::shell::{self, Result};

/// Node's oldest version that every npm package here supports.
const NODE_MAJOR: u32 = 18;
/// As `Trunk.toml` wants it.
const TRUNK: &str = "0.21.14";

/// Used by `cargo xtask fuzz` alone.
const CARGO_FUZZ: &str = "0.13.2";

/// The compiler for wasm32-unknown-unknown.
pub(crate) fn wasm_toolchain() -> Result<Toolchain> {
    wasm::toolchain()
}

/// The folder of `wasm-bindgen` and `wasm-bindgen-test-runner`, of the version that the web app
/// is locked to: its output format changes with every release.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    let root = cache()?.join(format!("wasm-bindgen-{version}"));
    let cached = root.join("bin");
    let install = |locked| install("wasm-bindgen-cli", &version, &root, locked);
    let found = || {
        let on_path = shell::which("wasm-bindgen").and_then(|file| Some(file.parent()?.to_owned()));
        std::iter::once(cached.clone()).chain(on_path).find(|folder| {
            folder.join("wasm-bindgen-test-runner").is_file()
                && shell::output(Command::new(folder.join("wasm-bindgen")).arg("--version"))
                    .is_ok_and(|said| said.split(' ').nth(1) == Some(&version))
        })
    };
    ensure(
        &format!("wasm-bindgen {version}: compiling it with cargo, about 3 minutes on two cores"),
        &shell::show(&install(false)),
        found,
        || locked_or_not(install),
    )
}

/// Trunk with the tools that it calls.
pub(crate) struct Trunk {
    program: PathBuf,
    /// What it needs to find these tools.
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Trunk {
    /// `trunk build` and so on, in the repository's root.
    pub(crate) fn command(&self, subcommand: &str) -> Command {
        let mut command = shell::command(&self.program);
        command.arg(subcommand).envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Trunk, with wasm-bindgen and wasm-opt.
pub(crate) fn trunk(toolchain: Toolchain) -> Result<Trunk> {
    let root = cache()?.join(format!("trunk-{TRUNK}"));
    let cached = root.join("bin/trunk");
    let install = |locked| {
        let mut command = install("trunk", TRUNK, &root, locked);
        // It has nothing to fetch: the tools that it calls are there.
        command.arg("--no-default-features");
        command
    };
    let is_it = |program: &PathBuf| {
        shell::output(Command::new(program).arg("--version"))
            .is_ok_and(|said| said.split(' ').nth(1) == Some(TRUNK))
    };
    let program = ensure(
        &format!("trunk {TRUNK}: compiling it with cargo, about 4 minutes on two cores"),
        &shell::show(&install(false)),
        || std::iter::once(cached.clone()).chain(shell::which("trunk")).find(is_it),
        || locked_or_not(install),
    )?;
    let mut folders = Vec::from_iter(toolchain.cargo_folder()?);
    folders.extend(program.parent().map(Path::to_owned));
    folders.extend([wasm_bindgen()?, npm_packages()?]);
    let env = vec![
        ("PATH", shell::path_with(&folders)?),
        // It would ask whether there is a newer one.
        ("TRUNK_SKIP_VERSION_CHECK", "true".into()),
    ];
    Ok(Trunk { program, env })
}

/// cargo-fuzz. Returns a PATH with it.
pub(crate) fn cargo_fuzz() -> Result<OsString> {
    let root = cache()?.join(format!("cargo-fuzz-{CARGO_FUZZ}"));
    let cached = root.join("bin");
    let install = |locked| install("cargo-fuzz", CARGO_FUZZ, &root, locked);
    let folder = ensure(
        &format!("cargo-fuzz {CARGO_FUZZ}: compiling it with cargo, about a minute"),
        &shell::show(&install(false)),
        || cached.join("cargo-fuzz").is_file().then(|| cached.clone()),
        || locked_or_not(install),
    )?;
    shell::path_with(&[folder])
}

/// A command that installs a program from crates.io. It is built in a hurry: it runs for seconds
/// and would compile for minutes.
fn install(package: &str, version: &str, root: &Path, locked: bool) -> Command {
    let mut command = shell::cargo();
    command
        .arg("install")
        .args(locked.then_some("--locked"))
        .args([package, "--version", version, "--root"])
        .arg(root)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env_remove("CARGO_TARGET_DIR");
    command
}

/// Installs with the versions that the program was released with, else with those that there are:
/// a mirror of crates.io may be a few days behind.
fn locked_or_not(install: impl Fn(bool) -> Command) -> Result {
    shell::run(&mut install(true)).or_else(|reason| {
        eprintln!("    {reason}; once more with the versions that there are");
        shell::run(&mut install(false))
    })
}

/// Node and npm.
pub(crate) fn node() -> Result {
    let found = || {
        let version = shell::output(Command::new("node").arg("--version")).ok()?;
        let major = version.strip_prefix('v')?.split('.').next()?.parse::<u32>().ok()?;
        (major >= NODE_MAJOR && shell::which("npm").is_some()).then_some(())
    };
    let by_hand = if apt::is_there() {
        apt::by_hand(&["nodejs", "npm"])
    } else {
        format!("get Node {NODE_MAJOR} or newer from https://nodejs.org/")
    };
    ensure("Node and npm: Debian packages, about a minute", &by_hand, found, || {
        apt::install(&["nodejs", "npm"])
    })
}

/// The npm packages of `tests/e2e`: browser tests, and the tools that shrink the web app.
/// Returns the folder of their programs.
pub(crate) fn npm_packages() -> Result<PathBuf> {
    node()?;
    let folder = shell::root().join("tests/e2e");
    let modules = folder.join("node_modules");
    let stamp = modules.join(".digest");
    let digest = Digest::new()
        .path(&folder.join("package.json"))?
        .path(&folder.join("package-lock.json"))?
        .hex();
    let install = || {
        let mut command = shell::command("npm");
        command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
        command.arg(&folder);
        command
    };
    ensure(
        "npm packages of tests/e2e: about 20 seconds",
        &shell::show(&install()),
        || (std::fs::read_to_string(&stamp).ok()? == digest).then(|| modules.join(".bin")),
        || {
            shell::run(&mut install())?;
            shell::write(&stamp, &digest)
        },
    )
}

/// A Chromium or Chrome: the one that `CHROMIUM` names, else what is on PATH.
pub(crate) fn chromium() -> Result<PathBuf> {
    const NAMES: [&str; 5] =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let by_hand = if apt::is_there() {
        apt::by_hand(&["chromium", "chromium-driver"])
    } else {
        "install Chromium or Chrome and set CHROMIUM to its path".to_owned()
    };
    let found = || {
        if let Some(path) = std::env::var_os("CHROMIUM") {
            return Some(PathBuf::from(path)).filter(|path| path.is_file());
        }
        let mac = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
        let mac = mac.is_file().then(|| mac.to_owned());
        NAMES.iter().find_map(|name| shell::which(name)).or(mac)
    };
    ensure("Chromium: Debian packages, about a minute", &by_hand, found, || {
        apt::install(&["chromium", "chromium-driver"])
    })
}

/// A Firefox: the one that `FIREFOX` names, else what is on PATH.
pub(crate) fn firefox() -> Result<PathBuf> {
    let by_hand = if apt::is_there() {
        apt::by_hand(&["firefox-esr"])
    } else {
        "install Firefox and set FIREFOX to its path".to_owned()
    };
    let found = || {
        if let Some(path) = std::env::var_os("FIREFOX") {
            return Some(PathBuf::from(path)).filter(|path| path.is_file());
        }
        let mac = Path::new("/Applications/Firefox.app/Contents/MacOS/firefox");
        let mac = mac.is_file().then(|| mac.to_owned());
        ["firefox-esr", "firefox"].iter().find_map(|name| shell::which(name)).or(mac)
    };
    ensure("Firefox: a Debian package, about half a minute", &by_hand, found, || {
        apt::install(&["firefox-esr"])
    })
}

/// ChromeDriver: the one that `CHROMEDRIVER` names, else what is on PATH.
pub(crate) fn chromedriver() -> Result<PathBuf> {
    let by_hand = if apt::is_there() {
        apt::by_hand(&["chromium-driver"])
    } else {
        "install the ChromeDriver of your Chromium and set CHROMEDRIVER to its path".to_owned()
    };
    let found = || {
        let named = std::env::var_os("CHROMEDRIVER").map(PathBuf::from);
        named.filter(|path| path.is_file()).or_else(|| shell::which("chromedriver"))
    };
    ensure("ChromeDriver: a Debian package, about half a minute", &by_hand, found, || {
        apt::install(&["chromium-driver"])
    })
}

/// A part of the Rust toolchain that rustup leaves out of its minimal profile.
pub(crate) fn rust_component(component: &str, program: &str) -> Result {
    let by_hand = format!("rustup component add {component}");
    ensure(
        &format!("{component}: with rustup, a few seconds"),
        &by_hand,
        || shell::output(shell::cargo().args([program, "--version"])).is_ok().then_some(()),
        || shell::run(shell::command("rustup").args(["component", "add", component])),
    )
}

/// Whether `cargo nextest` is there. It is faster and tidier than `cargo test`, but takes too long
/// to compile to be asked for.
pub(crate) fn has_nextest() -> bool {
    shell::output(shell::cargo().args(["nextest", "--version"])).is_ok()
}

/// Looks for a tool, installs it if it is missing, and looks again.
fn ensure<T>(
    what: &str,
    by_hand: &str,
    found: impl Fn() -> Option<T>,
    install: impl FnOnce() -> Result,
) -> Result<T> {
    if let Some(tool) = found() {
        return Ok(tool);
    }
    eprintln!("==> Setting up {what}");
    let start = Instant::now();
    let advice =
        |reason: &str| format!("{reason}\nPlease do it by hand and start again: {by_hand}");
    install().map_err(|reason| advice(&reason))?;
    let tool = found().ok_or_else(|| advice("It was installed and yet cannot be found."))?;
    eprintln!("    done in {} s", start.elapsed().as_secs());
    Ok(tool)
}

/// Where tools are kept between builds and checkouts.
fn cache() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".cache")));
    base.map(|base| base.join("p2p-live/tools"))
        .ok_or_else(|| "there is no home folder; please set XDG_CACHE_HOME".to_owned())
}

fn locked_version(package: &str) -> Result<String> {
    let lock = shell::read(&shell::root().join("Cargo.lock"))?;
    version_in(&lock, package).ok_or_else(|| format!("Cargo.lock has no package {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_locked_version_is_found() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"a\"\nversion = \"2.0.1\"\n";
        assert_eq!(version_in(lock, "a").as_deref(), Some("2.0.1"));
        assert_eq!(version_in(lock, "c"), None);
    }

    #[test]
    fn what_is_there_is_not_installed() {
        let tool = ensure("a tool", "by hand", || Some(7), || Err("installed".to_owned()));
        assert_eq!(tool, Ok(7));
    }

    #[test]
    fn what_is_missing_is_installed_and_verified() {
        let there = Cell::new(false);
        let install = || {
            there.set(true);
            Ok(())
        };
        assert_eq!(ensure("a tool", "by hand", || there.get().then_some(7), install), Ok(7));
    }

    #[test]
    fn failures_name_the_command() {
        let failed = ensure("a tool", "get tool", || None::<()>, || Err("no network".to_owned()));
        assert!(failed.is_err_and(|why| why.contains("no network") && why.ends_with("get tool")));
        let lost = ensure("a tool", "get tool", || None::<()>, || Ok(()));
        assert!(lost.is_err_and(|why| why.ends_with("get tool")));
    }
}
