//! The benchmarks: each is a file in `tests/e2e/bench/`, run in a browser on the built product;
//! `sim`, which plays the scenarios of `tests/scenarios/` natively; or `crypto`, which tells what
//! signatures cost in a browser.

use std::path::PathBuf;

use crate::build::{self, Mode};
use crate::setup;
use crate::shell::{self, Result};
use crate::test;

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// What the simulator is given; `None` if it is not asked for.
    sim: Option<Vec<String>>,
    /// The names of browser benchmarks; `None` if there are none to run, empty for all.
    browser: Option<Vec<String>>,
    crypto: bool,
    json: Option<String>,
}

/// `cargo xtask bench`: the benchmarks named, or all of them.
pub(crate) fn bench(args: &[String]) -> Result {
    let Plan { sim, browser, crypto, json } = plan(args)?;
    // The file of --json is named from where the command was typed.
    let json = json.map(|file| std::env::current_dir().unwrap_or_default().join(file));
    let simulated = match (&sim, &browser) {
        (None, _) => None,
        (Some(_), None) => json.clone(),
        (Some(_), Some(_)) => Some(shell::root().join("target/sim.json")),
    };
    // A missed bar is told at the end, so that the other benchmarks run nevertheless.
    let missed = sim.map(|args| simulate(&args, simulated.as_ref()));
    if crypto {
        signatures()?;
    }
    if let Some(names) = browser {
        browse(&names, simulated.as_ref(), json.as_ref())?;
    }
    missed.unwrap_or(Ok(()))
}

/// `sim` takes the scenarios and options that follow it; everything else is a browser benchmark.
fn plan(args: &[String]) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut browser = Vec::new();
    let mut args = args.iter().peekable();
    while let Some(arg) = args.next() {
        match (arg.as_str(), &mut plan.sim) {
            ("--json", _) => plan.json = Some(args.next().ok_or("--json needs a file")?.clone()),
            ("crypto", _) => plan.crypto = true,
            ("sim", sim) => drop(sim.get_or_insert_default()),
            ("--seed" | "--peers" | "--follow" | "--longest", Some(sim)) => {
                sim.push(arg.clone());
                sim.extend(args.next().cloned());
            }
            ("--small", Some(sim)) => sim.push(arg.clone()),
            (name, Some(sim)) if is_scenario(name) => sim.push(arg.clone()),
            _ => browser.push(arg.clone()),
        }
    }
    if plan.sim.is_none() && browser.is_empty() && !plan.crypto {
        (plan.sim, plan.browser, plan.crypto) = (Some(Vec::new()), Some(Vec::new()), true);
    } else if !browser.is_empty() {
        plan.browser = Some(browser);
    }
    Ok(plan)
}

fn is_scenario(name: &str) -> bool {
    shell::root().join("tests/scenarios").join(format!("{name}.json")).is_file()
}

fn simulate(args: &[String], json: Option<&PathBuf>) -> Result {
    let build = ["build", "--profile", "sim", "--package", "live-core", "--features", "sim"];
    shell::run(shell::cargo().args(build).args(["--example", "sim"]))?;
    let mut sim = shell::command(shell::root().join("target/sim/examples/sim"));
    sim.args(args);
    // Gigabytes of small things: with large pages the processor finds them a quarter faster.
    sim.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    if let Some(json) = json {
        sim.arg("--json").arg(json);
    }
    shell::run(&mut sim)
}

/// Signs and verifies in a browser, built as the app is.
fn signatures() -> Result {
    let mut cargo = test::in_chromium()?;
    cargo.args(["--profile", "web", "--package", "live-web", "--test", "signatures"]);
    shell::run(cargo.args(["--", "--nocapture"]))
}

fn browse(names: &[String], simulated: Option<&PathBuf>, json: Option<&PathBuf>) -> Result {
    setup::npm_packages()?;
    let chromium = setup::chromium()?;
    let server = build::all(Mode::Release)?;
    let script = shell::root().join("tests/e2e/lib/bench.mjs");
    let mut node = shell::command("node");
    node.arg(script).args(names).env("CHROMIUM", chromium).env("P2P_LIVE", server);
    for (option, file) in [("--with", simulated), ("--json", json)] {
        if let Some(file) = file {
            node.arg(option).arg(file);
        }
    }
    shell::run(&mut node)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(line: &str) -> Plan {
        let args: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        plan(&args).unwrap_or_default()
    }

    fn words(line: &str) -> Option<Vec<String>> {
        Some(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn what_follows_sim_is_its_own_as_far_as_it_knows_it() {
        let all = Plan { sim: words(""), browser: words(""), crypto: true, json: None };
        assert_eq!(planned(""), all);
        assert_eq!(planned("crypto"), Plan { crypto: true, ..Plan::default() });
        assert_eq!(planned("join"), Plan { browser: words("join"), ..Plan::default() });
        assert_eq!(planned("sim"), Plan { sim: words(""), ..Plan::default() });
        let both = planned("join sim churn --seed 7 --json out.json repair");
        let json = Some("out.json".to_owned());
        assert_eq!(
            both,
            Plan {
                sim: words("churn --seed 7"),
                browser: words("join repair"),
                json,
                ..Plan::default()
            }
        );
        assert!(plan(&["--json".to_owned()]).is_err());
    }
}
