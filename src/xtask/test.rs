//! Every test, step by step, and one line that sums them up.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::build::{self, Mode};
use crate::setup;
use crate::shell::{self, Result};
use crate::single;

/// One part of the tests.
struct Step {
    /// What it is called on the command line.
    name: &'static str,
    title: &'static str,
    run: fn(&[String]) -> Result<Count>,
}

const fn step(
    name: &'static str,
    title: &'static str,
    run: fn(&[String]) -> Result<Count>,
) -> Step {
    Step { name, title, run }
}

/// The steps in their order.
const STEPS: &[Step] = &[
    step("fmt", "Format", fmt),
    step("clippy", "Lints", clippy),
    step("core", "Core: unit, property and simulation tests", core),
    step("server", "Server: tests over real sockets", server),
    step("xtask", "Developer commands, layers of driver and pages", xtask),
    step("wasm", "Driver and pages in Chromium", wasm),
    step("build", "Web app within its budget, and server", build),
    step("e2e", "End to end in Chromium and Firefox", end_to_end),
    step("peer", "End to end on npm's PeerServer", on_peer_server),
];

/// What Chromium needs to run without a screen, and to have a camera and a microphone.
const BROWSER_ARGS: [&str; 6] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
];

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
}

/// `cargo xtask test`: the steps named, or all of them; a failed one does not stop the rest.
pub(crate) fn test(args: &[String]) -> Result {
    let (names, extra) = match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[][..]),
    };
    if let Some(unknown) = names.iter().find(|name| STEPS.iter().all(|step| step.name != *name)) {
        let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("there is no test step `{unknown}`; there are {}", known.join(", ")));
    }
    let mut total = Count::default();
    let mut failures = Vec::new();
    for &Step { name, title, run } in STEPS {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        println!("\n=== {title}");
        let start = Instant::now();
        let count = run(extra).unwrap_or_else(|reason| {
            println!("{reason}");
            Count { passed: 0, failed: 1 }
        });
        let Count { passed, failed } = count;
        println!("=== {name}: {passed} passed, {failed} failed in {} s", start.elapsed().as_secs());
        total.passed += passed;
        total.failed += failed;
        if failed > 0 {
            failures.push(name);
        }
    }
    println!();
    if !failures.is_empty() {
        println!(
            "Failed: {}. One step again: cargo xtask test {}",
            failures.join(", "),
            failures[0]
        );
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err(String::new()) }
}

fn fmt(_: &[String]) -> Result<Count> {
    setup::rust_component("rustfmt", "fmt")?;
    as_one_test(shell::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy(_: &[String]) -> Result<Count> {
    setup::rust_component("clippy", "clippy")?;
    let args = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    as_one_test(shell::cargo().args(args))
}

fn core(extra: &[String]) -> Result<Count> {
    native("live-core", extra)
}

fn server(extra: &[String]) -> Result<Count> {
    native("live-server", extra)
}

fn xtask(extra: &[String]) -> Result<Count> {
    native("xtask", extra)
}

fn native(package: &str, extra: &[String]) -> Result<Count> {
    let mut cargo = shell::cargo();
    if setup::has_nextest() {
        cargo.args(["nextest", "run", "--no-fail-fast", "--package", package]).args(extra);
        return counted(&mut cargo, nextest_count);
    }
    cargo.args(["test", "--no-fail-fast", "--package", package, "--"]).args(extra);
    counted(&mut cargo, libtest_count)
}

/// The unit tests of driver and pages, too: native ones would compile all of Leptos once more.
fn wasm(extra: &[String]) -> Result<Count> {
    let mut cargo = in_chromium()?;
    cargo.args(["--no-fail-fast", "--package", "live-web", "--package", "live-pages"]);
    counted(cargo.args(["--lib", "--test", "browser", "--"]).args(extra), libtest_count)
}

/// `cargo test` for WebAssembly, in Chromium.
pub(crate) fn in_chromium() -> Result<Command> {
    let toolchain = setup::wasm_toolchain()?;
    let runner = setup::wasm_bindgen()?.join("wasm-bindgen-test-runner");
    let chromium = setup::chromium()?;
    let chromedriver = setup::chromedriver()?;
    let config = shell::root().join("target/webdriver.json");
    shell::write(&config, webdriver_config(&chromium))?;
    let mut cargo = toolchain.cargo("test");
    cargo
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", chromedriver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", config)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    Ok(cargo)
}

fn build(_: &[String]) -> Result<Count> {
    build::all(Mode::Release)?;
    build::check_size(false)?;
    Ok(Count { passed: 1, failed: 0 })
}

fn end_to_end(extra: &[String]) -> Result<Count> {
    in_browsers("own", extra, |_| ())
}

/// What depends on signalling once more, on the PeerServer that others run.
fn on_peer_server(extra: &[String]) -> Result<Count> {
    in_browsers("peer", extra, |playwright| {
        playwright.env("SIGNALLING", "peer").args(["--grep", "@signalling"]);
    })
}

/// The projects of `tests/e2e/playwright.config.mjs`, one after the other, so that none disturbs
/// what another measures; or once what `extra` selects.
fn in_browsers(name: &str, extra: &[String], prepare: impl Fn(&mut Command)) -> Result<Count> {
    if !extra.is_empty() {
        let mut some = playwright(&format!("{name}-some"))?;
        prepare(&mut some);
        return counted(some.args(extra), playwright_count);
    }
    let mut total = Count::default();
    for project in ["pages", "rooms"] {
        let mut playwright = playwright(&format!("{name}-{project}"))?;
        prepare(playwright.arg(format!("--project={project}")));
        let count = counted(&mut playwright, playwright_count)?;
        total.passed += count.passed;
        total.failed += count.failed;
    }
    Ok(total)
}

/// The browser tests, with all that they need. What failed leaves its traces in a folder of that
/// name, which the next run of other tests lets be.
fn playwright(name: &str) -> Result<Command> {
    let server = build::all(Mode::Release)?;
    let single = single::build()?;
    let npm = setup::npm_packages()?;
    let chromium = setup::chromium()?;
    let firefox = setup::firefox()?;
    let mut playwright = shell::command(npm.join("playwright"));
    playwright
        .current_dir(shell::root().join("tests/e2e"))
        .args(["test", "--reporter=list", "--output"])
        .arg(shell::root().join("target/e2e").join(name))
        .env("CHROMIUM", chromium)
        .env("FIREFOX", firefox)
        .env("P2P_LIVE", server)
        .env("P2P_LIVE_FILE", single);
    Ok(playwright)
}

/// A step that has no tests of its own counts as one.
fn as_one_test(command: &mut Command) -> Result<Count> {
    shell::run(command)?;
    Ok(Count { passed: 1, failed: 0 })
}

/// Runs tests and counts them by their output. A run that fails without a failed test, or that
/// finds no test at all, counts as a failed one.
fn counted(command: &mut Command, count: fn(&str) -> Count) -> Result<Count> {
    let (succeeded, output) = shell::run_and_read(command)?;
    let mut count = count(&output);
    if count.failed == 0 && !(succeeded && count.passed > 0) {
        println!("`{}` failed without a failed test", shell::show(command));
        count.failed = 1;
    }
    Ok(count)
}

/// Sums the lines `test result: ok. 3 passed; 0 failed; …`.
fn libtest_count(output: &str) -> Count {
    let lines = output.lines().filter_map(|line| line.trim().strip_prefix("test result: "));
    lines.fold(Count::default(), |count, line| Count {
        passed: count.passed + number_before(line, "passed"),
        failed: count.failed + number_before(line, "failed"),
    })
}

/// Reads the line `Summary [ 0.5s] 12 tests run: 11 passed, 1 failed, 0 skipped`.
fn nextest_count(output: &str) -> Count {
    let output = plain(output);
    let summary = output.lines().rev().find(|line| line.trim_start().starts_with("Summary ["));
    let line = summary.unwrap_or_default();
    Count {
        passed: number_before(line, "passed"),
        failed: number_before(line, "failed") + number_before(line, "timed out"),
    }
}

/// Sums the last lines, `1 failed`, `2 did not run`, `3 passed (4.5s)`.
fn playwright_count(output: &str) -> Count {
    let output = plain(output);
    let mut count = Count::default();
    for line in output.lines().map(str::trim) {
        let Some((number, what)) = line.split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<usize>() else {
            continue;
        };
        match what.split(" (").next().unwrap_or_default() {
            "passed" => count.passed += number,
            "failed" | "did not run" | "interrupted" | "flaky" => count.failed += number,
            _ => {}
        }
    }
    count
}

/// The number in front of a word, or 0.
fn number_before(line: &str, word: &str) -> usize {
    let Some((before, _)) = line.split_once(word) else {
        return 0;
    };
    before.split_whitespace().last().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Text without the terminal's colour codes.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

fn webdriver_config(chromium: &Path) -> String {
    let args = BROWSER_ARGS.map(|arg| format!("\"{arg}\"")).join(", ");
    format!("{{\"goog:chromeOptions\": {{\"binary\": {chromium:?}, \"args\": [{args}]}}}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_cargo_test() {
        let output = "test a ... ok\n\
                      test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                      test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured\n";
        assert_eq!(libtest_count(output), Count { passed: 7, failed: 2 });
    }

    #[test]
    fn counts_of_nextest() {
        let output = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.013s] \u{1b}[1m12\u{1b}[0m tests run: \
                      \u{1b}[1m11\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 1 failed, 0 skipped\n\
                      FAIL [ 0.1s] xtask tests::a\n";
        assert_eq!(nextest_count(output), Count { passed: 11, failed: 1 });
    }

    #[test]
    fn counts_of_playwright() {
        let output = "  ✓  1 a.spec.mjs:3:1 › 5 passed (1.0s)\n\n  1 failed\n    b.spec.mjs\n  \
                      2 did not run\n  3 passed (10.2s)\n";
        assert_eq!(playwright_count(output), Count { passed: 3, failed: 3 });
    }

    #[test]
    fn failing_without_a_failed_test_is_a_failure() {
        let run = |script: &str| counted(Command::new("sh").args(["-c", script]), libtest_count);
        let one = Count { passed: 0, failed: 1 };
        assert_eq!(run("exit 1"), Ok(one));
        assert_eq!(run("true"), Ok(one));
        let passed = run("echo 'test result: ok. 2 passed; 0 failed;'");
        assert_eq!(passed, Ok(Count { passed: 2, failed: 0 }));
    }
}
