//! Chunks as PeerJS makes them, and strange ones.

use live_core::time::Time;
use live_core::wire::binarypack::{Error, Value};
use live_core::wire::chunk::{self, Reassembler, Received, split};
use live_core::wire::limits;
use proptest::prelude::*;

use crate::support::{map, text, unhex, values};

proptest! {
    #[test]
    fn any_chunk_is_taken_or_refused(
        fields in prop::collection::vec(("n|data|total|type", values()), 0..6),
        id in values(),
    ) {
        let mut entries = vec![("__peerData".to_owned(), id)];
        entries.extend(fields);
        let mut reassembler = Reassembler::default();
        let _ = reassembler.accept(Time::default(), Value::Map(entries).encode());
    }

    #[test]
    fn any_frame_is_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Reassembler::default().accept(Time::default(), bytes);
    }

    #[test]
    fn shuffled_and_repeated_chunks_come_together_once(
        size in limits::CHUNK - 2..6 * limits::CHUNK,
        (order, repeats) in (any::<u64>(), 1_usize..3),
    ) {
        let message: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let mut frames: Vec<_> = split(message.clone(), 7).collect();
        prop_assert_eq!(frames.len(), size.div_ceil(limits::CHUNK));
        let chunked = frames.len() > 1;
        if chunked {
            frames = frames.iter().cycle().take(frames.len() * repeats).cloned().collect();
        }
        let mut rng = rand_pcg::Pcg32::new(order, 1);
        for i in (1..frames.len()).rev() {
            use rand_pcg::rand_core::RngCore;
            frames.swap(i, rng.next_u32() as usize % (i + 1));
        }
        let mut reassembler = Reassembler::default();
        let received: Vec<_> = frames
            .into_iter()
            .filter_map(|frame| reassembler.accept(Time::default(), frame).unwrap())
            .collect();
        prop_assert_eq!(received, [Received::Message(message)]);
    }
}

fn chunk(id: i64, n: i64, data: &[u8], total: i64) -> Vec<u8> {
    map(&[
        ("__peerData", Value::Int(id)),
        ("n", Value::Int(n)),
        ("data", Value::Bytes(data.to_vec())),
        ("total", Value::Int(total)),
    ])
    .encode()
}

fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1000)
}

fn accept(reassembler: &mut Reassembler, frame: Vec<u8>) -> Result<Option<Received>, chunk::Error> {
    reassembler.accept(at(0), frame)
}

#[test]
fn small_messages_are_their_own_frame() {
    for size in [0, 1, limits::CHUNK] {
        let message = vec![0xc0; size];
        let frames: Vec<_> = split(message.clone(), 1).collect();
        assert_eq!(frames, std::slice::from_ref(&message));
        let received = accept(&mut Reassembler::default(), message.clone());
        assert_eq!(received, Ok(Some(Received::Message(message))));
    }
}

#[test]
fn chunks_are_those_of_peerjs() {
    let message: Vec<u8> = (0..limits::CHUNK + 2).map(|i| i as u8).collect();
    let frames: Vec<_> = split(message.clone(), 5).collect();
    let (first, last) = message.split_at(limits::CHUNK);
    assert_eq!(frames, [chunk(5, 0, first, 2), chunk(5, 1, last, 2)]);
}

#[test]
fn the_largest_message_fits() {
    let message = vec![1; limits::MESSAGE];
    let mut reassembler = Reassembler::default();
    let mut received = None;
    for frame in split(message.clone(), 1) {
        received = accept(&mut reassembler, frame).unwrap();
    }
    assert!(received == Some(Received::Message(message)));
}

#[test]
fn messages_interleave() {
    let mut reassembler = Reassembler::default();
    for (id, n, done) in [(1, 1, None), (2, 0, None), (1, 0, Some(b"ab")), (2, 1, Some(b"ab"))] {
        let data = if n == 0 { b"a" } else { b"b" };
        let received = accept(&mut reassembler, chunk(id, n, data, 2));
        assert_eq!(received, Ok(done.map(|m| Received::Message(m.to_vec()))));
    }
}

#[test]
fn a_request_to_close_is_seen() {
    let bytes = unhex("81ba5f5f706565724461746181b474797065b5636c6f7365");
    assert_eq!(chunk::close(), bytes);
    assert_eq!(accept(&mut Reassembler::default(), bytes), Ok(Some(Received::Close)));
}

#[test]
fn maps_that_merely_mention_the_mark_are_messages() {
    for value in [
        map(&[("a", Value::Null), ("__peerData", Value::Int(1))]),
        map(&[("__peerDat", Value::Int(1))]),
        map(&[("__peerData2", Value::Int(1))]),
        text("__peerData"),
    ] {
        let bytes = value.encode();
        let received = accept(&mut Reassembler::default(), bytes.clone());
        assert_eq!(received, Ok(Some(Received::Message(bytes))));
    }
}

#[test]
fn late_chunks_of_a_finished_message_start_nothing() {
    let mut reassembler = Reassembler::default();
    assert_eq!(accept(&mut reassembler, chunk(1, 1, b"b", 2)), Ok(None));
    assert!(accept(&mut reassembler, chunk(1, 0, b"a", 2)).unwrap().is_some());
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"a", 2)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(1, 1, b"b", 2)), Ok(None));
}

#[test]
fn a_repeated_chunk_does_not_replace_the_first() {
    let mut reassembler = Reassembler::default();
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"a", 2)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"x", 2)), Ok(None));
    let received = accept(&mut reassembler, chunk(1, 1, b"b", 2));
    assert_eq!(received, Ok(Some(Received::Message(b"ab".to_vec()))));
}

#[test]
fn numbers_and_totals_out_of_range_are_refused() {
    let most = limits::CHUNKS as i64;
    for (n, total) in [(0, 0), (2, 2), (3, 2), (-1, 2), (0, -1), (0, most + 1), (0, 1 << 40)] {
        let received = accept(&mut Reassembler::default(), chunk(1, n, b"a", total));
        assert_eq!(received, Err(chunk::Error::OutOfRange), "{n} of {total}");
    }
    assert_eq!(accept(&mut Reassembler::default(), chunk(1, most - 1, b"a", most)), Ok(None));
}

#[test]
fn chunks_that_contradict_each_other_end_the_message() {
    let mut reassembler = Reassembler::default();
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"a", 2)), Ok(None));
    let received = accept(&mut reassembler, chunk(1, 1, b"b", 3));
    assert_eq!(received, Err(chunk::Error::Contradiction));
    assert_eq!(accept(&mut reassembler, chunk(1, 1, b"b", 2)), Ok(None));
}

#[test]
fn incomplete_chunks_are_refused() {
    let id = ("__peerData", Value::Int(1));
    let data = ("data", Value::Bytes(vec![1]));
    let (n, total) = (("n", Value::Int(0)), ("total", Value::Int(1)));
    for fields in [
        vec![id.clone()],
        vec![id.clone(), n.clone(), data.clone()],
        vec![id.clone(), data.clone(), total.clone()],
        vec![id.clone(), n.clone(), total.clone()],
        vec![id, n.clone(), ("data", text("x")), total.clone()],
        vec![("__peerData", text("1")), n, data, total],
        vec![("__peerData", map(&[("type", text("open"))]))],
    ] {
        let received = accept(&mut Reassembler::default(), map(&fields).encode());
        assert_eq!(received, Err(chunk::Error::Malformed), "{fields:?}");
    }
}

#[test]
fn a_broken_chunk_is_refused() {
    let mut frame = chunk(1, 0, b"abc", 2);
    frame.pop();
    let received = accept(&mut Reassembler::default(), frame);
    assert_eq!(received, Err(chunk::Error::Pack(Error::Truncated)));
}

#[test]
fn a_chunked_message_that_grows_too_large_is_given_up() {
    let mut reassembler = Reassembler::default();
    let half = vec![0; limits::MESSAGE / 2 + 1];
    assert_eq!(accept(&mut reassembler, chunk(1, 0, &half, 3)), Ok(None));
    let received = accept(&mut reassembler, chunk(1, 1, &half, 3));
    assert_eq!(received, Err(chunk::Error::TooLarge));
    assert_eq!(accept(&mut reassembler, chunk(1, 2, b"a", 3)), Ok(None));
}

#[test]
fn a_frame_that_is_too_large_is_refused() {
    let received = accept(&mut Reassembler::default(), vec![0; limits::MESSAGE + 1]);
    assert_eq!(received, Err(chunk::Error::TooLarge));
}

#[test]
fn what_a_link_may_send_can_only_grow() {
    let mut reassembler = Reassembler::new(2 * limits::CHUNK);
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"a", 5)), Err(chunk::Error::OutOfRange));
    let full = vec![0; limits::CHUNK];
    assert_eq!(accept(&mut reassembler, chunk(2, 0, &full, 4)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(2, 1, &full, 4)), Ok(None));
    let received = accept(&mut reassembler, chunk(2, 2, b"a", 4));
    assert_eq!(received, Err(chunk::Error::TooLarge));
    assert_eq!(reassembler.size(), 0);
    reassembler.allow(3 * limits::CHUNK);
    reassembler.allow(1);
    assert_eq!(accept(&mut reassembler, chunk(3, 0, &full, 4)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(3, 1, &full, 4)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(3, 2, b"a", 4)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(4, 0, b"b", 2)), Ok(None));
    assert!(reassembler.size() > 2 * limits::CHUNK + 2);
    reassembler.drop_largest();
    assert!(reassembler.size() < 100, "{}", reassembler.size());
    assert_eq!(accept(&mut reassembler, chunk(3, 3, b"a", 4)), Ok(None), "it is over");
    let received = accept(&mut reassembler, chunk(4, 1, b"b", 2));
    assert_eq!(received, Ok(Some(Received::Message(b"bb".to_vec()))));
    assert_eq!(reassembler.size(), 0);
}

#[test]
fn incomplete_messages_are_few_and_expire() {
    let mut reassembler = Reassembler::default();
    let few = limits::REASSEMBLIES as i64;
    for id in 0..few {
        assert_eq!(reassembler.accept(at(0), chunk(id, 0, b"a", 2)), Ok(None));
    }
    let refused = reassembler.accept(at(29), chunk(few, 0, b"a", 2));
    assert_eq!(refused, Err(chunk::Error::TooMany));
    let known = reassembler.accept(at(29), chunk(0, 1, b"b", 2));
    assert_eq!(known, Ok(Some(Received::Message(b"ab".to_vec()))));
    assert_eq!(reassembler.accept(at(30), chunk(1, 1, b"b", 2)), Ok(None));
    for id in 10..10 + few {
        assert_eq!(reassembler.accept(at(30), chunk(id, 0, b"a", 2)), Ok(None));
    }
}
