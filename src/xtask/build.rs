//! The web app in `dist/` and the server that carries it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::budget::{self, Part};
use crate::digest::{Digest, files};
use crate::html::{self, Parts};
use crate::setup::{self, Toolchain};
use crate::shell::{self, Result};
use crate::{imports, single, split, texts};

/// What the web app is made of.
const SOURCES: [&str; 19] = [
    "Cargo.toml",
    "Cargo.lock",
    "index.html",
    "pages",
    "src/boot",
    "src/core",
    "src/icon.svg",
    "src/main.rs",
    "src/streams",
    "src/web",
    "src/xtask/build.rs",
    "src/xtask/compress.mjs",
    "src/xtask/html.rs",
    "src/xtask/imports.rs",
    "src/xtask/setup/wasm.rs",
    "src/xtask/split.rs",
    "src/xtask/texts.rs",
    "style",
    "tests/e2e/package-lock.json",
];

/// What every browser of the last years has, and so what wasm-opt may use.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The folder, from that of the site, of what may be cached for ever.
const ASSETS: &str = "assets/";

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
    web(mode)?;
    if single {
        let file = single::build()?;
        println!("One file:     {}, {} kB", file.display(), budget::size(&file)?.div_ceil(1_000));
        return Ok(());
    }
    let server = server()?;
    println!("Static files: dist/\nServer:       {}", server.display());
    match mode {
        Mode::Release => check_size(record),
        Mode::Dev => Ok(()),
    }
}

/// Builds `dist/`, unless it is as its sources are.
pub(crate) fn web(mode: Mode) -> Result {
    let toolchain = setup::wasm_toolchain()?;
    let wasm_bindgen = setup::wasm_bindgen()?;
    let npm = setup::npm_packages()?;

    let dist = shell::root().join("dist");
    let stamp = shell::root().join("target/dist.digest");
    let sources = sources(toolchain, mode)?;
    let is_current =
        std::fs::read_to_string(&stamp).is_ok_and(|stamp| Ok(stamp) == stamp_of(&sources, &dist));
    if is_current {
        return Ok(());
    }
    let work = shell::root().join("target/web/bundle");
    Bundle { toolchain, wasm_bindgen, npm, mode, work }.build(&dist)?;
    shell::write(&stamp, stamp_of(&sources, &dist)?)
}

/// Prints the sizes of the first load of `dist/`, and fails if they are over the budget.
pub(crate) fn check_size(record: bool) -> Result {
    budget::check(&first_load(&shell::root().join("dist"))?, record)
}

/// Builds the server around `dist/` and returns its path.
pub(crate) fn server() -> Result<PathBuf> {
    step("server", || {
        shell::run(
            shell::cargo()
                .args(["build", "--release", "--package", "live-server"])
                .env("P2P_LIVE_DIST", shell::root().join("dist")),
        )
    })?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    Ok(shell::root().join(target).join("release/p2p-live"))
}

/// The tools of one build, and the folder of what is on its way into `dist/`.
struct Bundle {
    toolchain: Toolchain,
    wasm_bindgen: PathBuf,
    npm: PathBuf,
    mode: Mode,
    work: PathBuf,
}

impl Bundle {
    fn build(&self, dist: &Path) -> Result {
        // What an earlier build left in either folder would stay there for ever.
        remove(&self.work)?;
        step("web app: compiling", || self.compile())?;
        remove(dist)?;
        let mut pages = Vec::new();
        step("web app: shrinking", || {
            pages = self.publish_parts(dist)?;
            self.shrink_wasm(&self.work.join("app_bg.wasm"), "app.wasm")?;
            self.bundle()
        })?;
        let root = shell::root();
        let parts = Parts {
            style: self.publish("style.css", dist)?,
            app: self.publish("app.js", dist)?,
            wasm: self.publish("app.wasm", dist)?,
            boot: self.publish("boot.js", dist)?,
            pages,
            texts: String::new(),
        };
        let mut texts = String::new();
        for (tag, language) in texts::LANGUAGES.iter().filter(|(tag, _)| *tag != "en") {
            let name = format!("{tag}.txt");
            shell::write(&self.work.join("out").join(&name), texts::file(language))?;
            let address = self.publish(&name, dist)?;
            texts += &format!("<meta name=\"text-{tag}\" content=\"{address}\">");
        }
        let parts = Parts { texts, ..parts };
        html::write(&shell::read(&root.join("index.html"))?, &parts, dist)?;
        shell::write(&dist.join("icon.svg"), shell::read(&root.join("src/icon.svg"))?)?;
        if self.mode == Mode::Release {
            step("web app: compressing", || {
                let script = root.join("src/xtask/compress.mjs");
                shell::run(shell::command("node").arg(script).args(files(dist)?))
            })?;
        }
        // It is there to be edited; a compressed copy would go on saying what it said at first.
        shell::write(&dist.join("config.json"), "{}\n")
    }

    /// Rust into `app.js`, `app_bg.wasm` and the parts that are loaded later.
    fn compile(&self) -> Result {
        let (profile, folder) = match self.mode {
            Mode::Release => ("web", "web"),
            Mode::Dev => ("dev", "debug"),
        };
        let mut cargo = match self.mode {
            Mode::Release => self.toolchain.small("build"),
            Mode::Dev => self.toolchain.cargo("build"),
        };
        shell::run(cargo.args(["--package", "p2p-live-web", "--profile", profile]))?;
        let wasm = format!("target/web/wasm32-unknown-unknown/{folder}/p2p-live-web.wasm");
        split::split(&shell::root().join(wasm), &self.work)?;
        let mut bindgen = shell::command(self.wasm_bindgen.join("wasm-bindgen"));
        bindgen.args(["--target", "web", "--no-typescript", "--out-name", "app", "--out-dir"]);
        // The parts refer to what only the linker has named.
        bindgen.arg(&self.work).arg(self.work.join("app.wasm")).arg("--keep-lld-exports");
        if self.mode == Mode::Release {
            bindgen.args(["--remove-name-section", "--remove-producers-section"]);
        }
        shell::run(&mut bindgen)?;
        match self.mode {
            Mode::Release => {
                imports::shorten(&self.work.join("app_bg.wasm"), &self.work.join("app.js"))
            }
            Mode::Dev => Ok(()),
        }
    }

    /// The parts that are loaded later; returns which of them each page needs at once.
    fn publish_parts(&self, dist: &Path) -> Result<Vec<(&'static str, Vec<String>)>> {
        let files = split::files(&self.work)?;
        let mut pages = Vec::new();
        for page in html::PAGE_PARTS {
            pages.push((page, split::needed(page, &self.work, &files)?));
        }
        let mut addresses = Vec::new();
        for file in &files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let name = name.trim_start_matches("split_").replace('_', "-");
            self.shrink_wasm(file, &name)?;
            let address = self.publish(&name, dist)?;
            split::rename(&self.work, file, address.trim_start_matches(ASSETS))?;
            addresses.push((file, address));
        }
        let address = |file: PathBuf| {
            let found = addresses.iter().find(|(published, _)| **published == file);
            found.map(|(_, address)| address.clone())
        };
        let addressed = |files: Vec<PathBuf>| files.into_iter().filter_map(address).collect();
        Ok(pages.into_iter().map(|(page, files)| (page, addressed(files))).collect())
    }

    /// One file of wasm, small.
    fn shrink_wasm(&self, wasm: &Path, name: &str) -> Result {
        let out = self.work.join("out");
        std::fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
        let out = out.join(name);
        if self.mode == Mode::Dev {
            return std::fs::copy(wasm, out).map(drop).map_err(|error| error.to_string());
        }
        shell::run(
            shell::command(self.npm.join("wasm-opt"))
                .args(["--strip-debug", "--strip-producers"])
                // The second round still finds a tenth; control flow anew, a little more.
                .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
                .args(WASM_FEATURES)
                .arg(wasm)
                .arg("-o")
                .arg(out),
        )
    }

    /// The scripts and the styles, each into one small file.
    fn bundle(&self) -> Result {
        let out = self.work.join("out");
        let sources = [
            (self.work.join("app.js"), "app.js"),
            (shell::root().join("src/boot/files.js"), "boot.js"),
            (shell::root().join("style/main.css"), "style.css"),
        ];
        for (source, name) in sources {
            let mut esbuild = shell::command(self.npm.join("esbuild"));
            esbuild.args(["--bundle", "--format=esm", "--log-level=warning"]);
            // The glue names the script that loads the parts once for each of them.
            esbuild.arg("--log-override:duplicate-object-key=silent");
            esbuild.arg(&source).arg(format!("--outfile={}", out.join(name).display()));
            if self.mode == Mode::Release {
                esbuild.arg("--minify");
            }
            shell::run(&mut esbuild)?;
        }
        Ok(())
    }

    /// Copies a finished file under a name that changes with its content, so that it may be
    /// cached for ever. Returns its address.
    fn publish(&self, name: &str, dist: &Path) -> Result<String> {
        let path = self.work.join("out").join(name);
        let content = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let hash = Digest::new().bytes(&content).hex();
        let address = format!("{ASSETS}{stem}-{hash}.{extension}");
        shell::write(&dist.join(&address), content)?;
        Ok(address)
    }
}

/// The files that a first visit of each page fetches, those that its HTML names; and what comes
/// later.
fn first_load(dist: &Path) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut add = |name: &str, path: PathBuf, page| -> Result {
        let compressed = PathBuf::from(format!("{}.br", path.display()));
        let (raw, brotli) = (budget::size(&path)?, budget::size(&compressed)?);
        parts.push(Part { name: name.to_owned(), raw, brotli, page });
        Ok(())
    };
    add("index.html", dist.join("index.html"), None)?;
    for (stem, extension) in [("boot", ".js"), ("app", ".js"), ("app", ".wasm"), ("style", ".css")]
    {
        add(&format!("{stem}{extension}"), asset(dist, stem, extension)?, None)?;
    }
    let mut known = Vec::new();
    for page in html::PAGE_PARTS {
        let text = shell::read(&dist.join(html::file_of(page)))?;
        for file in html::fetched(&text).filter(|file| !file.contains("/app-")) {
            let name = file.trim_start_matches(ASSETS).rsplit_once('-').unwrap_or((file, "")).0;
            add(&format!("{page}: {name}"), dist.join(file), Some(page))?;
            known.push(dist.join(file));
        }
    }
    for file in files(&dist.join("assets"))? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".wasm") && !name.starts_with("app-") && !known.contains(&file) {
            let name = name.rsplit_once('-').unwrap_or((&name, "")).0;
            add(&format!("{}: {name}", budget::LATER), file, Some(budget::LATER))?;
        }
    }
    Ok(parts)
}

/// What [`Bundle::publish`] has made of a file.
pub(crate) fn asset(dist: &Path, stem: &str, extension: &str) -> Result<PathBuf> {
    let is_it = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!("{stem}-")) && name.ends_with(extension)
    };
    let found = files(&dist.join("assets"))?.into_iter().find(is_it);
    found.ok_or_else(|| format!("dist has no {stem}{extension}"))
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

fn remove(folder: &Path) -> Result {
    if !folder.exists() {
        return Ok(());
    }
    std::fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Does one step of the build, saying which and how long it took.
fn step(name: &str, work: impl FnOnce() -> Result) -> Result {
    eprintln!("==> Building the {name}");
    let start = Instant::now();
    work()?;
    eprintln!("    done in {:.1} s", start.elapsed().as_secs_f32());
    Ok(())
}
