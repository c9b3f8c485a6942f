//! Every scenario of `tests/scenarios/` in its small size. What holds there at any size is asked
//! here; figures that only a large room shows are the benchmark's (`cargo xtask bench sim`).
#![allow(clippy::unwrap_used)]

use std::path::Path;

use live_core::sim::{Report, Scenario};

fn scenario(name: &str) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

fn play(name: &str, seed: u64) -> Report {
    let scenario = scenario(name);
    let report = scenario.play(scenario.small, seed);
    let again = format!("cargo xtask bench sim {name} --seed {seed} --peers {}", scenario.small);
    assert_eq!(report.problems, Vec::<String>::new(), "again: {again}");
    assert_eq!(report.unattached, 0, "left behind; again: {again}");
    assert_eq!(report.chat_wrong, 0, "do not know each message once; again: {again}");
    assert_eq!(report.dark, 0, "have lost their picture for good; again: {again}");
    report
}

/// One test for each scenario; those that come to less than all of the viewers are named apart.
macro_rules! sound {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            let report = play($name, 1);
            assert_eq!((report.told, report.fed), (0, report.viewers));
        })*

        const SOUND: &[&str] = &[$($name),*];
    };
}

sound! {
    churn: "churn",
    flash_crowd: "flash-crowd",
    a_quarter_cut_off: "cut",
    pairs_that_cannot_connect: "nat",
    signalling_outage: "outage",
    throttled_pages: "throttled",
    liars: "liars",
    mute_relays: "mute",
    uplinks_for_a_narrow_stream: "uplinks-1_5",
}

/// Rooms with people who attack the others. Nobody honest believes a forgery, which is an
/// invariant, and nearly everybody has a place.
const HOSTILE: [&str; 2] = ["hostile", "hostile-30"];

#[test]
fn attackers_break_no_room() {
    for name in HOSTILE {
        let scenario = scenario(name);
        let report = scenario.play(scenario.small, 1);
        assert_eq!(report.problems, Vec::<String>::new(), "{name}");
        let attached = report.viewers - report.unattached - report.told;
        assert!(attached * 100 >= report.viewers * 97, "{name}: {attached} of {}", report.viewers);
    }
}

/// Streams that not everybody can be served with.
const SCARCE: [&str; 2] = ["uplinks-4", "uplinks-6"];

#[test]
fn whom_no_uplink_can_serve_is_told() {
    for name in SCARCE {
        let report = play(name, 1);
        assert!(report.served > 0);
    }
}

#[test]
fn no_scenario_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> =
        files.map(|file| file.to_str().unwrap().trim_end_matches(".json").to_owned()).collect();
    names.sort();
    let mut tested: Vec<_> =
        SOUND.iter().chain(&SCARCE).chain(&HOSTILE).map(ToString::to_string).collect();
    tested.sort();
    assert_eq!(names, tested);
}

#[test]
fn a_seed_is_played_again_event_by_event() {
    let trace = |seed| play("cut", seed).trace;
    assert_eq!(trace(5), trace(5));
    assert_ne!(trace(5), trace(6));
}
