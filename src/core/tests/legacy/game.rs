//! Players of original pages in our games.

use live_core::game::Action;
use live_core::node::GameCommand;

use super::rig::*;

fn host() -> Rig {
    let meta = RoomMeta { kind: RoomKind::Game, ..RoomMeta::default() };
    Rig::new(Role::Host { meta, network: None, since: None }, "H")
}

fn act(rig: &mut Rig, command: GameCommand) {
    rig.handle(Input::Command(Command::Game(command)));
}

/// What a page has heard of the game.
fn heard(rig: &mut Rig, link: LinkId) -> Vec<Value> {
    let is_game = |said: &Value| said[0].as_i64().is_some_and(|kind| (6..=8).contains(&kind));
    rig.heard(link).into_iter().filter(is_game).collect()
}

#[test]
fn original_pages_join_start_and_move() {
    let mut rig = host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    let game = heard(&mut rig, a);
    assert_eq!(game[0][1], json!([5]));
    assert_eq!((&game[0][2], &game[0][4]), (&json!([[10, 10]]), &Value::Null));
    heard(&mut rig, b);
    rig.says(a, json!([8, 0, "A", "", "Ann"]));
    assert_eq!(heard(&mut rig, b), [json!([8, 1, [1, "A", "", "Ann"]])]);
    act(&mut rig, GameCommand::Act(Action::Join));
    assert_eq!(heard(&mut rig, a)[1..], [json!([8, 1, [2, "H", "", "UN"]])]);
    // Nobody but the page itself.
    rig.says(b, json!([8, 0, "A", "", "Ann"]));
    assert_eq!(heard(&mut rig, a), Vec::<Value>::new());
    act(&mut rig, GameCommand::Start);
    let start = heard(&mut rig, b).pop().unwrap();
    assert_eq!((&start[0], start[4].is_number()), (&json!(6), true));
    heard(&mut rig, a);
    rig.says(b, json!([7, 0, [1, 1, 1, 0]]));
    rig.says(a, json!([7, 0, [1, 7, 2, 0]]));
    for link in [a, b] {
        let told = heard(&mut rig, link);
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0][1], &told[0][3]), (&json!(1), &Value::Null));
        assert_eq!(told[0][2].as_array().unwrap()[..3], [json!(1), json!(7), json!(1)]);
    }
    // A late one sees the stones.
    let late = rig.joined_by("C");
    let told = heard(&mut rig, late);
    assert_eq!((&told[0][0], &told[1][2][1]), (&json!(6), &json!(7)));
}

#[test]
fn who_presses_again_before_the_start_leaves() {
    let mut rig = host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.says(a, json!([8, 0, "A", "", "Ann"]));
    heard(&mut rig, b);
    rig.says(a, json!([8, 0, "A", "", "Ann"]));
    assert_eq!(heard(&mut rig, b).pop().unwrap()[1], json!([5]), "nobody plays");
    assert_eq!(rig.view().game.as_ref().unwrap().state.players.len(), 0);
}

#[test]
fn nonsense_is_overlooked() {
    let mut rig = host();
    let a = rig.joined_by("A");
    heard(&mut rig, a);
    for nonsense in [
        json!([7]),
        json!([7, 0]),
        json!([7, 0, []]),
        json!([7, 0, [1, -1, 1, 0]]),
        json!([7, 0, [1, [1], 1, 0]]),
        json!([7, 0, [9, 1, 1, 0]]),
        json!([7, 1, [1, 1, 1, 0]]),
        json!([8, 0, "<b>", "", "x"]),
        json!([8, 1, [1, "A", "", "x"]]),
        json!([6, [5], [[5, 5]]]),
    ] {
        rig.says(a, nonsense);
    }
    assert_eq!(heard(&mut rig, a), Vec::<Value>::new());
    assert!(rig.view().game.is_some());
}
