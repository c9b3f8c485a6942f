//! The web app in `dist/` and the server that carries it.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use crate::digest::Digest;
use crate::setup::{self, Toolchain};
use crate::shell::{self, Result};
use crate::{dist, single, size};

/// The profile that `index.html` names.
const WEB_PROFILE: &str = "web";

/// What the web app is made of.
const SOURCES: [&str; 21] = [
    ".cargo/config.toml",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "index.html",
    "pages",
    "src/boot",
    "src/core",
    "src/icon.svg",
    "src/main.rs",
    "src/web",
    "src/xtask/build.rs",
    "src/xtask/compress.mjs",
    "src/xtask/dist.rs",
    "src/xtask/hooks.rs",
    "src/xtask/html.rs",
    "src/xtask/setup/mod.rs",
    "src/xtask/setup/wasm.rs",
    "src/xtask/texts.rs",
    "style",
    "tests/e2e/package-lock.json",
];

/// Whether the web app is to be small, or quick to build while working on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Release,
    Dev,
}

/// `cargo xtask build`.
pub(crate) fn command(args: &[String]) -> Result {
    let (mut mode, mut record, mut single) = (Mode::Release, false, false);
    for arg in args {
        match arg.as_str() {
            "--dev" => mode = Mode::Dev,
            "--record" => record = true,
            "--single-file" => single = true,
            other => return Err(format!("build has no option `{other}`")),
        }
    }
    if single && mode == Mode::Dev {
        return Err("--single-file takes what is shrunk; leave --dev out".to_owned());
    }
    if single {
        web(mode)?;
        let file = single::build()?;
        println!("One file:     {}, {} kB", file.display(), dist::length(&file)?.div_ceil(1_000));
        return Ok(());
    }
    let server = all(mode)?;
    println!("Static files: dist/\nServer:       {}", server.display());
    match mode {
        Mode::Release => check_size(record),
        Mode::Dev => Ok(()),
    }
}

/// `cargo xtask env`: what a shell needs so that plain `trunk` works as it does here.
pub(crate) fn print_env() -> Result {
    for (name, value) in setup::trunk(setup::wasm_toolchain()?)?.env {
        println!("export {name}={}", shell::quote(&value.to_string_lossy()));
    }
    Ok(())
}

/// Builds `dist/`, unless it is as its sources are.
pub(crate) fn web(mode: Mode) -> Result {
    let toolchain = setup::wasm_toolchain()?;
    let trunk = setup::trunk(toolchain)?;
    let dist = shell::root().join("dist");
    let stamp = shell::root().join("target/dist.digest");
    let sources = sources(toolchain, mode)?;
    let is_current =
        std::fs::read_to_string(&stamp).is_ok_and(|stamp| Ok(stamp) == stamp_of(&sources, &dist));
    if is_current {
        return Ok(());
    }
    step("web app", || {
        let mut build = trunk.command("build");
        if mode == Mode::Release {
            build.arg("--release");
        }
        // Apart from native builds, so that the two never wait for one another.
        build.env("CARGO_TARGET_DIR", shell::root().join("target/web")).env(size::QUIET, "1");
        shell::run(&mut build)
    })?;
    shell::write(&stamp, stamp_of(&sources, &dist)?)
}

/// Prints the sizes of the first load of `dist/`, and fails if they have grown by too much.
pub(crate) fn check_size(record: bool) -> Result {
    size::check(&shell::root().join("dist"), record)
}

/// Builds `dist/` and the server around it, and returns the server's path.
pub(crate) fn all(mode: Mode) -> Result<PathBuf> {
    let mut ahead = ahead(mode)?;
    let built = web(mode);
    for child in &mut ahead {
        // Whatever comes of it: what is missing is made up for below, with its messages.
        drop(child.wait());
    }
    built?;
    server()
}

/// Begins to compile what was never compiled, beside the tools: the web app, which is one
/// WebAssembly module and leaves a core idle for long, and the server in what time is left.
fn ahead(mode: Mode) -> Result<Vec<Child>> {
    let mut commands = Vec::new();
    if mode == Mode::Release && !shell::root().join("target/web").join(WEB_PROFILE).exists() {
        let mut web = setup::wasm_toolchain()?.cargo("build");
        web.args(["--profile", WEB_PROFILE, "--bin", "p2p-live-web"]);
        commands.push(web);
    }
    if !server_path().exists() {
        let mut server = shell::in_idle_time(&shell::cargo());
        server.args(["build", "--release", "--package", "live-server"]);
        commands.push(server);
    }
    let spawned = commands
        .iter_mut()
        .map(|command| command.arg("--quiet").stdout(Stdio::null()).stderr(Stdio::null()).spawn());
    Ok(spawned.flatten().collect())
}

fn server_path() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    shell::root().join(target).join("release/p2p-live")
}

/// Builds the server around `dist/`, which is there.
fn server() -> Result<PathBuf> {
    step("server", || {
        shell::run(
            shell::cargo()
                .args(["build", "--release", "--package", "live-server"])
                .env("P2P_LIVE_DIST", shell::root().join("dist")),
        )
    })?;
    Ok(server_path())
}

/// A digest of all that decides what `dist/` becomes.
fn sources(toolchain: Toolchain, mode: Mode) -> Result<String> {
    let mut digest = Digest::new().bytes(toolchain.version()?.as_bytes());
    digest = digest.bytes(format!("{mode:?}").as_bytes());
    for source in SOURCES {
        digest = digest.path(&shell::root().join(source))?;
    }
    Ok(digest.hex())
}

/// What the stamp file says when `dist/` is as these sources made it.
fn stamp_of(sources: &str, dist: &Path) -> Result<String> {
    Ok(format!("{sources} {}\n", Digest::new().path(dist)?.hex()))
}

/// Does one step of the build, saying which and how long it took.
fn step(name: &str, work: impl FnOnce() -> Result) -> Result {
    eprintln!("==> Building the {name}");
    let start = Instant::now();
    work()?;
    eprintln!("    done in {:.1} s", start.elapsed().as_secs_f32());
    Ok(())
}
