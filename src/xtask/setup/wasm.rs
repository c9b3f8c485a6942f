//! The compiler for wasm32-unknown-unknown: rustup's, or Debian's where rustup has no network.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{apt, ensure};
use crate::shell::{self, Result};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld"];
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_ENV: [(&str, &str); 4] = [
    ("RUSTC", "/usr/bin/rustc"),
    // Building the standard library is an unstable option, which this allows.
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld"),
];
/// How long rustup may take for some 20 MB before its server counts as out of reach.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// Which compiler makes the wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The compiler that runs xtask has the target.
    Own,
    /// Debian's `rustc-web`, which has the library's source only and builds it each time.
    Debian,
}

impl Toolchain {
    /// A cargo command that builds for wasm: `build` or `test` and so on, then the target.
    pub(crate) fn cargo(self, subcommand: &str) -> Command {
        let mut cargo = match self {
            Self::Own => shell::cargo(),
            Self::Debian => debian_cargo(),
        };
        cargo
            .args([subcommand, "--target", TARGET])
            // Apart from native builds, so that the two never wait for one another.
            .env("CARGO_TARGET_DIR", shell::root().join("target/web"));
        cargo
    }

    /// The folder of a `cargo` that Trunk has to find first, if the usual one will not do. Only
    /// what is for wasm goes to Debian's: Trunk's hooks run on this machine.
    pub(super) fn cargo_folder(self) -> Result<Option<PathBuf>> {
        if self == Self::Own {
            return Ok(None);
        }
        let folder = shell::root().join("target/web/bin");
        let program = folder.join("cargo");
        shell::write(&program, wrapper(&shell::cargo().get_program().to_string_lossy()))?;
        shell::run(shell::command("chmod").arg("+x").arg(program))?;
        Ok(Some(folder))
    }

    /// The compiler's version, in one line.
    pub(crate) fn version(self) -> Result<String> {
        match self {
            Self::Own => shell::output(shell::command("rustc").arg("--version")),
            Self::Debian => shell::output(Command::new("/usr/bin/rustc").arg("--version")),
        }
    }
}

/// Finds the compiler, or installs what is missing: by rustup, else from Debian's archive.
/// `P2P_LIVE_WASM=debian` takes Debian's even where rustup's would do.
pub(super) fn toolchain() -> Result<Toolchain> {
    let wants_debian = std::env::var_os("P2P_LIVE_WASM").is_some_and(|value| value == "debian");
    if !wants_debian {
        if own_has_target() {
            return Ok(Toolchain::Own);
        }
        if !apt::has(&PACKAGES) && add_target() {
            return Ok(Toolchain::Own);
        }
    }
    let by_hand = if apt::is_there() {
        apt::by_hand(&PACKAGES)
    } else {
        format!("rustup target add {TARGET}")
    };
    ensure(
        "a Rust compiler for WebAssembly: Debian packages, about two minutes",
        &by_hand,
        || apt::has(&PACKAGES).then_some(Toolchain::Debian),
        || apt::install(&PACKAGES),
    )
}

fn own_has_target() -> bool {
    shell::output(shell::command("rustc").args(["--print", "sysroot"]))
        .is_ok_and(|sysroot| Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir())
}

/// Asks rustup for the target; whether that worked.
fn add_target() -> bool {
    if shell::which("rustup").is_none() {
        return false;
    }
    let mut add = shell::command("rustup");
    add.args(["target", "add", TARGET]);
    let added = ensure(
        "the wasm32 target: with rustup, a few seconds",
        &shell::show(&add),
        || own_has_target().then_some(()),
        || shell::run_within(&mut add, RUSTUP_LIMIT),
    );
    if added.is_err() && apt::is_there() {
        eprintln!("    rustup cannot get it here; Debian's compiler will do instead");
    }
    added.is_ok()
}

fn debian_cargo() -> Command {
    let mut cargo = shell::command(DEBIAN_CARGO);
    cargo.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").envs(DEBIAN_ENV);
    cargo
}

/// A script that is Debian's cargo for wasm, and `own` for everything else.
fn wrapper(own: &str) -> String {
    let env = DEBIAN_ENV.map(|(name, value)| format!("{name}={value}")).join(" ");
    format!(
        "#!/bin/sh\n\
         case \"$*\" in\n\
         *{TARGET}*) exec env -u CARGO -u RUSTUP_TOOLCHAIN {env} {DEBIAN_CARGO} \"$@\";;\n\
         *) exec {} \"$@\";;\n\
         esac\n",
        shell::quote(own)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wasm_goes_to_debians_cargo() {
        // `echo` stands for the usual cargo.
        let run = |args: &[&str]| {
            shell::output(Command::new("sh").args(["-c", &wrapper("echo"), "cargo"]).args(args))
        };
        assert_eq!(run(&["run", "--package", "xtask"]), Ok("run --package xtask".to_owned()));
        if !Path::new(DEBIAN_CARGO).exists() {
            let failed = run(&["build", "--target=wasm32-unknown-unknown"]);
            assert!(failed.is_err_and(|why| why.contains(DEBIAN_CARGO)));
        }
    }
}
