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
fn write_corpus_once() {
    use live_core::id::PeerId;
    use live_core::identity::{Keypair, Signed};
    use live_core::model::*;
    use live_core::wire::binarypack::to_vec;
    use live_core::wire::message::*;
    let key = Keypair::from_seed(&[7; 32]);
    let room = PeerId::new("ROOM").unwrap();
    let id = key.id().clone();
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/statement");
    fs::create_dir_all(&dir).unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(dir.join(name), bytes).unwrap();
    let chat = ChatMessage { author: id.clone(), number: 1, name: "Ann".into(), text: "hello".into(), at: 1, image: None, avatar: None };
    write("chat", to_vec(&Signed::new(chat, &room, &key)).unwrap());
    let state = RoomState { version: 1, id: id.clone(), meta: RoomMeta { title: "Title".into(), cover: "https://x/".into(), ..RoomMeta::default() }, host: "Hal".into(), since: 1, on_air: Some(Tracks { audio: true, video: true }), source_stalled: false, seats: Some(vec![None, Some(Seat { id: id.clone(), name: "Bob".into(), stream: None })]) };
    write("room", to_vec(&Signed::new(state, &id, &key)).unwrap());
    for (name, decision) in [("ban", Decision::Ban(id.clone())), ("end", Decision::End), ("seat", Decision::Seat(3, None)), ("delete", Decision::Delete(MessageId { author: id.clone(), number: 2 }))] {
        write(name, to_vec(&Signed::new(Order { since: 1, number: 2, decision }, &id, &key)).unwrap());
    }
    let card = RoomCard { id: id.clone(), meta: RoomMeta::default(), host: "Hal".into(), members: 3, live: true, since: 1, version: 1 };
    write("card", to_vec(&Signed::new(card.clone(), &id, &key)).unwrap());
    write("unproven", to_vec(&Signed::unproven(card)).unwrap());
    let vouch = Vouch { by: id.clone(), member: room.clone(), since: 1, until: 9 };
    write("vouch", to_vec(&Signed::new(vouch, &id, &key)).unwrap());
    let profile = Profile { id: id.clone(), name: "Ann".into(), at: 1 };
    write("profile", to_vec(&Signed::new(profile, &id, &key)).unwrap());
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
