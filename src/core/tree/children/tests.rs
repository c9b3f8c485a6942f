#![allow(clippy::unwrap_used)]

use super::*;

fn id(text: &str) -> PeerId {
    PeerId::new(text).unwrap()
}

/// Peer, distance, slots.
type Places = &'static [(&'static str, u32, u32)];

/// Children by name, each with the open places of its summary.
fn table<const N: usize>(children: [(&str, Places); N]) -> Children {
    let mut table = Children::default();
    for (index, (peer, open)) in children.into_iter().enumerate() {
        let link = LinkId(index as u32);
        table.reserve(Time::default(), 8, id(peer), link);
        let open =
            open.iter().map(|&(p, distance, free)| FreeSlot { id: id(p), distance, free, rtt: 0 });
        let summary =
            Summary { size: 1, slots: 1, free_slots: open.collect(), ..Summary::default() };
        table.join(Time::default(), &id(peer), link, String::new(), summary);
    }
    table
}

#[test]
fn joiners_go_to_the_shallowest_place_and_spread() {
    let mut table = table([("a", &[("deep", 2, 9)]), ("b", &[("b", 0, 1)]), ("c", &[("c", 0, 2)])]);
    let now = Time::default();
    let first = |table: &mut Children, joiner: &str| {
        table.redirect(now, &id(joiner), false).first().unwrap().to_string()
    };
    let spread = ["x0", "x1", "x2", "x3"].map(|joiner| first(&mut table, joiner));
    assert_eq!(spread, ["c", "c", "b", "deep"]);
    let later = now + Duration::from_secs(2);
    assert_eq!(
        table.redirect(later, &id("x4"), false).first(),
        Some(&id("c")),
        "nobody may have come"
    );
}

#[test]
fn who_comes_back_is_sent_elsewhere_and_so_is_everyone_after_it() {
    let mut table = table([("liar", &[("liar", 0, 60)]), ("b", &[("b", 0, 2)])]);
    let at = |seconds: u64| Time::from_millis(seconds * 1_000);
    let first = |table: &mut Children, seconds, joiner: &str| {
        table.redirect(at(seconds), &id(joiner), false).first().unwrap().to_string()
    };
    assert_eq!(first(&mut table, 0, "x"), "liar", "it claims the most");
    assert_eq!(first(&mut table, 3, "x"), "b");
    assert_eq!(first(&mut table, 6, "y"), "b", "the liar is believed less");
    let summary = table.summary(&id("me"), 2, 0);
    assert_eq!((summary.free_slots[0].id.as_str(), summary.free_slots[1].free), ("b", 30));
    assert_eq!(first(&mut table, 40, "z"), "liar", "in time it is believed again");
    // One that has taken somebody in since is not to blame.
    let taken = Summary { size: 2, height: 1, ..Summary::default() };
    let free_slots = vec![FreeSlot { id: id("liar"), distance: 0, free: 59, rtt: 0 }];
    table.summarise(&id("liar"), Summary { free_slots, ..taken });
    assert_eq!(first(&mut table, 43, "z"), "b", "it does not ask there again");
    assert_eq!(first(&mut table, 46, "v"), "liar");
}

#[test]
fn a_child_is_not_to_blame_for_a_liar_below_it_unless_it_names_nobody_else() {
    let places = &[("liar", 1, 60), ("good", 1, 1)];
    let mut table = table([("a", places), ("b", &[("b", 2, 1)])]);
    let at = |seconds: u64| Time::from_millis(seconds * 1_000);
    let first = |table: &mut Children, seconds, joiner: &str| {
        table.redirect(at(seconds), &id(joiner), false).first().unwrap().to_string()
    };
    assert_eq!(first(&mut table, 0, "x"), "liar");
    assert_eq!(first(&mut table, 3, "x"), "good", "of the same child");
    assert_eq!(first(&mut table, 6, "x"), "b", "all that the child names is none");
    let names = |name: &str| FreeSlot { id: id(name), distance: 1, free: 60, rtt: 0 };
    let free_slots = vec![names("new1"), names("new2")];
    let summary = Summary { size: 9, height: 3, free_slots, ..Summary::default() };
    table.children.get_mut(&id("a")).unwrap().summary = summary;
    assert_eq!(first(&mut table, 9, "y"), "b", "other names make it no better");
}

#[test]
fn a_child_does_not_speak_for_another() {
    let mut table = table([("liar", &[("b", 0, 60), ("below", 1, 1)]), ("b", &[("b", 0, 2)])]);
    let free = table.summary(&id("me"), 2, 0).free_slots;
    let free: Vec<_> = free.iter().map(|open| (open.id.as_str(), open.free)).collect();
    assert_eq!(free, [("b", 2), ("below", 1)]);
    assert_eq!(table.redirect(Time::default(), &id("x"), false), [id("b"), id("below")]);
}

#[test]
fn who_complains_goes_first() {
    let table = table([("a", &[]), ("b", &[]), ("c", &[])]);
    assert_eq!(table.surplus(1, |child| *child == id("a")), [id("a"), id("c")]);
    assert_eq!(table.surplus(1, |_| false), [id("c"), id("b")]);
}

#[test]
fn nobody_is_sent_into_its_own_subtree() {
    let mut table = table([("a", &[("below-a", 1, 3)])]);
    assert!(table.redirect(Time::default(), &id("a"), false).is_empty());
}

#[test]
fn a_child_that_dials_again_keeps_its_slot_and_replaces_its_link() {
    let mut table = table([("a", &[])]);
    assert_eq!(table.reserve(Time::default(), 8, id("a"), LinkId(9)), None);
    assert_eq!(table.iter().count(), 1);
    let joined =
        table.join(Time::default(), &id("a"), LinkId(9), String::new(), Summary::default());
    assert_eq!(joined, (true, Some(LinkId(0))));
    assert!(!table.link_down(&id("a"), LinkId(0)), "the old link takes nobody with it");
    assert!(table.link_down(&id("a"), LinkId(9)));
}

#[test]
fn who_holds_no_slot_cannot_join() {
    let mut table = Children::default();
    let joined =
        table.join(Time::default(), &id("a"), LinkId(1), String::new(), Summary::default());
    assert_eq!(joined, (false, None));
}

#[test]
fn a_place_that_was_believed_in_vain_is_no_room_and_in_no_hint() {
    let mut table = table([("liar", &[("liar", 0, 60)]), ("deep", &[])]);
    table.children.get_mut(&id("deep")).unwrap().summary.height = 5;
    let hint =
        |table: &Children| table.reparent_hint(&id("me"), 2, 1, None).map(|(_, hint)| hint.id);
    assert!(table.has_room(&id("y"), false));
    assert_eq!(hint(&table), Some(id("liar")));
    for seconds in [0, 3] {
        table.redirect(Time::from_millis(seconds * 1_000), &id("x"), false);
    }
    assert!(!table.has_room(&id("y"), false));
    assert_eq!(hint(&table), None);
}

#[test]
fn few_wait_to_take_a_leafs_place() {
    let (mut table, now) = (Children::default(), Time::default());
    for link in 0..DISPLACEMENTS as u32 {
        assert_eq!(table.hold_displacement(now, LinkId(link)), (true, None));
    }
    let next = LinkId(DISPLACEMENTS as u32);
    assert_eq!(table.hold_displacement(now, next), (false, None));
    assert_eq!(table.hold_displacement(now + RESERVED, next), (true, Some(LinkId(0))));
}
