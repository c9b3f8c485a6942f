//! The compiler for wasm32-unknown-unknown: rustup's, or Debian's where rustup has no network.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{apt, ensure};
use crate::shell::{self, Result};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld"];
/// Fewer texts and types; see the unstable book of rustc, and Leptos on `erase_components`.
const SMALL: &str = "-Zlocation-detail=none -Zfmt-debug=none -Zunstable-options \
                     -Cpanic=immediate-abort -Clink-args=--emit-relocs \
                     --cfg erase_components";
/// What the splitting tool needs to tell what calls what.
const SPLITTABLE: &str = "-Clink-args=--emit-relocs";
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
            .env("CARGO_TARGET_DIR", shell::root().join("target/web"))
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", SPLITTABLE);
        cargo
    }

    /// As [`Toolchain::cargo`], for as small a result as possible: the library is built anew with
    /// the app, for size, and without the texts of panics that nobody would read.
    pub(crate) fn small(self, subcommand: &str) -> Command {
        let mut cargo = self.cargo(subcommand);
        if self == Self::Own && !has_source() {
            // Larger, but as good.
            return cargo;
        }
        cargo
            // The options are unstable, which this allows.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
            .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
            .env("RUSTFLAGS", SMALL);
        cargo
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

/// The library's source, which rustup can add; whether it is there.
fn has_source() -> bool {
    let there = || {
        shell::output(shell::command("rustc").args(["--print", "sysroot"])).is_ok_and(|sysroot| {
            Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").is_dir()
        })
    };
    if there() || shell::which("rustup").is_none() {
        return there();
    }
    let mut add = shell::command("rustup");
    add.args(["component", "add", "rust-src"]);
    let added = ensure(
        "the source of Rust's library, for a smaller app: with rustup, a few seconds",
        &shell::show(&add),
        || there().then_some(()),
        || shell::run_within(&mut add, RUSTUP_LIMIT),
    );
    added.is_ok()
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
    let mut cargo = shell::command("/usr/bin/cargo");
    cargo
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("PATH", shell::path_with(Path::new("/usr/bin")))
        .env("RUSTC", "/usr/bin/rustc")
        // Building the standard library is an unstable option, which this allows.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld");
    cargo
}
