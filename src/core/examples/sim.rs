//! Plays scenarios: `sim [SCENARIO…] [--seed N] [--peers N] [--small] [--json FILE]
//! [--follow PEER]…`; `--follow` prints all that happens to a peer, `--longest N` the N longest times without pictures. A scenario is a file of `tests/scenarios/`, named without its ending; without a name all are played.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use live_core::sim::{Figure, Scenario};
use serde_json::{Value, json};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios");

#[derive(Default)]
struct Options {
    names: Vec<String>,
    seed: Option<u64>,
    peers: Option<u32>,
    small: bool,
    json: Option<String>,
    follow: Vec<u32>,
    longest: Option<usize>,
}

fn main() -> ExitCode {
    match options().and_then(|options| play(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match arg.as_str() {
            "--seed" => options.seed = Some(number(value()?)?),
            "--peers" => options.peers = Some(number(value()?)? as u32),
            "--follow" => options.follow.push(number(value()?)? as u32),
            "--longest" => options.longest = Some(number(value()?)? as usize),
            "--json" => options.json = Some(value()?),
            "--small" => options.small = true,
            _ if arg.starts_with('-') => return Err(format!("there is no option {arg}")),
            _ => options.names.push(arg),
        }
    }
    if options.names.is_empty() {
        options.names = known()?;
    }
    Ok(options)
}

fn known() -> Result<Vec<String>, String> {
    let files = fs::read_dir(SCENARIOS).map_err(|error| format!("{SCENARIOS}: {error}"))?;
    let name = |path: &Path| Some(path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned());
    let mut names: Vec<_> = files.filter_map(|file| name(&file.ok()?.path())).collect();
    names.sort();
    Ok(names)
}

/// Returns whether every bar is met.
fn play(options: &Options) -> Result<bool, String> {
    let mut results = serde_json::Map::new();
    let mut good = true;
    for name in &options.names {
        let path = format!("{SCENARIOS}/{name}.json");
        let Ok(text) = fs::read_to_string(&path) else {
            return Err(format!("there is no scenario {name}; known are: {}", known()?.join(", ")));
        };
        let scenario: Scenario =
            serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
        let seed = options.seed.unwrap_or(1);
        let whole = if options.small { scenario.small } else { scenario.peers };
        let peers = options.peers.unwrap_or(whole);
        // The peak of what was before is not this scenario's.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let (start, before) = (Instant::now(), processor_seconds());
        let report = scenario.play_and_follow(peers, seed, options.follow.clone());
        let seconds = start.elapsed().as_secs_f64();
        let worked = processor_seconds().zip(before).map(|(after, before)| after - before);
        let mut figures = report.figures();
        let (most_seconds, most_mb) = report.limits();
        figures.push(limited("real time", seconds, "s", most_seconds));
        if let Some(worked) = worked {
            figures.push(limited("  on the processor", worked, "s", None));
        }
        if let Some(peak) = peak_mb() {
            figures.push(limited("peak memory", peak, "MB", most_mb));
        }
        let title = format!("{}; {peers} viewers, seed {seed}", scenario.title);
        println!("\nsim {name}: {title}\n{}", table(&figures));
        report.problems.iter().for_each(|problem| println!("{problem}"));
        report.event_log.iter().for_each(|line| println!("{line}"));
        for gap in report.worst.iter().take(options.longest.unwrap_or(5)) {
            let (from, span) = (gap.from.as_millis(), gap.span.as_millis());
            let whose = if gap.orphan { ", whose parent vanished" } else { "" };
            println!("longest: {span} ms from {from} ms, peer {}{whose}", gap.peer);
        }
        if figures.iter().any(|figure| !figure.met) {
            good = false;
            let size =
                if peers == scenario.peers { String::new() } else { format!(" --peers {peers}") };
            println!("again: cargo xtask bench sim {name} --seed {seed}{size}");
        }
        let rows: Vec<Value> = figures.iter().map(row).collect();
        results.insert(format!("sim {name}"), json!({ "title": title, "rows": rows }));
    }
    if let Some(file) = &options.json {
        let text = format!("{:#}\n", Value::Object(results));
        fs::write(file, text).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(good)
}

fn limited(name: &str, value: f64, unit: &str, most: Option<u64>) -> Figure {
    let text = format!("{value:.1} {unit}");
    match most {
        Some(most) => Figure::bar(name, text, format!("≤ {most} {unit}"), value <= most as f64),
        None => Figure::info(name, text),
    }
}

/// How long this process has been on a processor, where the system tells; on a machine with
/// other work, that is less than the real time.
fn processor_seconds() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = status.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// The most memory that this process has had, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

fn row(figure: &Figure) -> Value {
    json!({
        "figure": figure.name.trim(),
        "value": figure.value,
        "bar": figure.bar,
        "met": if figure.bar.is_empty() { "" } else if figure.met { "yes" } else { "NO" },
    })
}

fn table(figures: &[Figure]) -> String {
    let width = |text: fn(&Figure) -> &str| {
        figures.iter().map(|figure| text(figure).chars().count()).max().unwrap_or(0)
    };
    let (names, values) = (width(|figure| &figure.name), width(|figure| &figure.value).min(72));
    let line = |figure: &Figure| {
        let met = match (figure.bar.is_empty(), figure.met) {
            (true, _) => "",
            (false, true) => "ok",
            (false, false) => "MISSED",
        };
        let Figure { name, value, bar, .. } = figure;
        format!("{name:names$}  {value:values$}  {bar}  {met}").trim_end().to_owned()
    };
    figures.iter().map(line).collect::<Vec<_>>().join("\n")
}
