//! Who has five in a line.

use super::Board;

/// The length of a line that wins.
const FIVE: usize = 5;
/// To the right, down, and both diagonals; the other ways are these backwards.
const DIRECTIONS: [(i32, i32); 4] = [(1, 0), (0, 1), (1, 1), (1, -1)];

/// The longest line of at least five stones of one player through a cell.
pub(super) fn winning_line(board: &Board, cell: u16) -> Option<Vec<u16>> {
    let owner = board.owner(cell).filter(|owner| *owner > 0)?;
    let lines = DIRECTIONS.map(|(dx, dy)| {
        let back = run(board, owner, cell, (-dx, -dy));
        let mut line: Vec<_> = back.into_iter().rev().collect();
        line.push(cell);
        line.extend(run(board, owner, cell, (dx, dy)));
        line
    });
    lines.into_iter().filter(|line| line.len() >= FIVE).max_by_key(Vec::len)
}

/// The cells of this owner that follow on `cell` in one direction.
fn run(board: &Board, owner: u8, cell: u16, step: (i32, i32)) -> Vec<u16> {
    let next = |cell: &u16| neighbour(board, *cell, step);
    let all = core::iter::successors(next(&cell), next);
    all.take_while(|cell| board.owner(*cell) == Some(owner)).collect()
}

/// The cell next to another; `None` beyond the edges.
fn neighbour(board: &Board, cell: u16, (dx, dy): (i32, i32)) -> Option<u16> {
    let (width, height) = (i32::from(board.settings.width), i32::from(board.settings.height));
    let at = i32::from(cell) - 1;
    let (x, y) = (at % width + dx, at / width + dy);
    let is_inside = (0..width).contains(&x) && (0..height).contains(&y);
    is_inside.then(|| u16::try_from(y * width + x + 1).ok())?
}
