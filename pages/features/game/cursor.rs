//! Where the keyboard moves the focus on the board.

/// The cell that a key leads to, from 1, on a board with so many columns and rows; `None` for other
/// keys. At an edge the focus stays.
pub(super) fn target(cell: u16, key: &str, ctrl: bool, columns: u16, rows: u16) -> Option<u16> {
    let (x, y) = ((cell - 1) % columns, (cell - 1) / columns);
    let (last_x, last_y) = (columns - 1, rows - 1);
    let (x, y) = match (key, ctrl) {
        ("ArrowLeft", false) => (x.saturating_sub(1), y),
        ("ArrowRight", false) => ((x + 1).min(last_x), y),
        ("ArrowUp", false) => (x, y.saturating_sub(1)),
        ("ArrowDown", false) => (x, (y + 1).min(last_y)),
        ("Home", false) => (0, y),
        ("End", false) => (last_x, y),
        ("Home", true) => (0, 0),
        ("End", true) => (last_x, last_y),
        ("PageUp", false) => (x, y.saturating_sub(5)),
        ("PageDown", false) => (x, (y + 5).min(last_y)),
        _ => return None,
    };
    Some(y * columns + x + 1)
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn arrows_move_by_one_cell_and_stay_on_the_board() {
        let go = |cell, key| target(cell, key, false, 10, 5);
        assert_eq!([go(12, "ArrowLeft"), go(12, "ArrowRight")], [Some(11), Some(13)]);
        assert_eq!([go(12, "ArrowUp"), go(12, "ArrowDown")], [Some(2), Some(22)]);
        assert_eq!([go(11, "ArrowLeft"), go(20, "ArrowRight")], [Some(11), Some(20)]);
        assert_eq!([go(2, "ArrowUp"), go(49, "ArrowDown")], [Some(2), Some(49)]);
        assert_eq!(go(12, "Enter"), None);
    }

    #[test]
    fn the_ends_of_rows_and_of_the_board_are_one_key_away() {
        let go = |cell, key, ctrl| target(cell, key, ctrl, 10, 5);
        assert_eq!([go(12, "Home", false), go(12, "End", false)], [Some(11), Some(20)]);
        assert_eq!([go(12, "Home", true), go(12, "End", true)], [Some(1), Some(50)]);
        assert_eq!([go(12, "PageUp", false), go(12, "PageDown", false)], [Some(2), Some(42)]);
    }
}
