//! The inputs that fuzzing has found worth keeping, through the same functions (`fuzz/`).
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

#[path = "../../../fuzz/targets.rs"]
mod targets;

fn play(name: &str, target: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let inputs: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!inputs.is_empty(), "{name} has a corpus");
    for input in inputs {
        println!("{}", input.display());
        target(&fs::read(input).unwrap());
    }
}

#[test]
fn no_input_of_the_corpus_breaks_a_parser() {
    play("binarypack", targets::binarypack);
    play("chunks", targets::chunks);
    play("message", targets::message);
    play("envelope", targets::envelope);
    play("legacy", targets::legacy);
    play("sdp", targets::sdp);
    play("node", targets::node);
    play("statement", targets::statement);
}
