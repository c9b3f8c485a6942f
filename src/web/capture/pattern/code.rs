//! The time as a row of blocks, readable from a picture that was compressed and scaled.
//!
//! A picture of 640 × 360 pixels has a black strip of 40 rows at its top with 51 adjacent cells.
//! Each is 12 pixels wide and 24 high; the first has its left edge at x = 14, all have their upper
//! edge at y = 8:
//!
//! | cell | colour |
//! |---|---|
//! | 0 | white, for reference |
//! | 1 | black, for reference |
//! | 2 to 49 | the 48 bits of the Unix time in milliseconds, highest first; white is 1 |
//! | 50 | parity: white if the number of white bits is odd |
//!
//! To read it from a picture of any size, scale these figures by its width / 640 and its height /
//! 360, average the luma over the inner half of each cell, and take what is above the middle
//! between the two reference cells as white. Cells 0 and 1 that differ by less than 64 of 255, or
//! a parity that does not fit, mean that the picture carries no code.

use super::{HEIGHT, WIDTH};

/// Number of cells.
pub const CELLS: usize = 51;
/// Left edge of the first cell.
pub const LEFT: f64 = 14.0;
/// Upper edge of the cells.
pub const TOP: f64 = 8.0;
/// Width of a cell.
pub const CELL_WIDTH: f64 = 12.0;
/// Height of a cell.
pub const CELL_HEIGHT: f64 = 24.0;
/// Height of the black strip.
pub const STRIP: f64 = 40.0;

const BITS: usize = 48;
/// How much brighter white must be than black, of 255.
const CONTRAST: f64 = 64.0;

/// The cells for a time in Unix milliseconds; `true` is white.
pub fn cells(millis: u64) -> [bool; CELLS] {
    let mut cells = [false; CELLS];
    cells[0] = true;
    for (i, cell) in cells[2..2 + BITS].iter_mut().enumerate() {
        *cell = millis >> (BITS - 1 - i) & 1 == 1;
    }
    cells[CELLS - 1] = parity(&cells);
    cells
}

/// Reads the time from a picture of four bytes per pixel (red, green, blue and anything).
/// `None` if it carries no code, or is not `width` × `height`.
pub fn decode(width: usize, height: usize, rgba: &[u8]) -> Option<u64> {
    if width == 0 || height == 0 || rgba.len() != width.checked_mul(height)?.checked_mul(4)? {
        return None;
    }
    let mut luma = [0.0; CELLS];
    for (i, cell) in luma.iter_mut().enumerate() {
        *cell = cell_luma(width, height, rgba, i);
    }
    if luma[0] - luma[1] < CONTRAST {
        return None;
    }
    let middle = (luma[0] + luma[1]) / 2.0;
    let cells = luma.map(|luma| luma > middle);
    if parity(&cells) != cells[CELLS - 1] {
        return None;
    }
    let bits = &cells[2..2 + BITS];
    Some(bits.iter().fold(0, |time, bit| time << 1 | u64::from(*bit)))
}

fn parity(cells: &[bool; CELLS]) -> bool {
    cells[2..2 + BITS].iter().filter(|bit| **bit).count() % 2 == 1
}

/// The average over the inner half of a cell.
fn cell_luma(width: usize, height: usize, rgba: &[u8], cell: usize) -> f64 {
    let (scale_x, scale_y) = (width as f64 / f64::from(WIDTH), height as f64 / f64::from(HEIGHT));
    let left = LEFT + cell as f64 * CELL_WIDTH;
    let span = |from: f64, size: f64, scale: f64, end: usize| {
        let first = ((from + size / 4.0) * scale) as usize;
        let last = ((from + size * 3.0 / 4.0) * scale) as usize;
        first.min(end - 1)..last.max(first + 1).min(end)
    };
    let (mut sum, mut count) = (0.0, 0.0);
    for y in span(TOP, CELL_HEIGHT, scale_y, height) {
        for x in span(left, CELL_WIDTH, scale_x, width) {
            let at = (y * width + x) * 4;
            let [red, green, blue] = [0, 1, 2].map(|channel| f64::from(rgba[at + channel]));
            sum += 0.299 * red + 0.587 * green + 0.114 * blue;
            count += 1.0;
        }
    }
    sum / count
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::test;

    /// The strip as `draw` makes it, on grey.
    fn picture(width: usize, height: usize, millis: u64) -> Vec<u8> {
        let mut rgba = vec![128; width * height * 4];
        let cells = cells(millis);
        for y in 0..height {
            for x in 0..width {
                let (px, py) = (
                    (x as f64 + 0.5) * 640.0 / width as f64,
                    (y as f64 + 0.5) * 360.0 / height as f64,
                );
                let cell = ((px - LEFT) / CELL_WIDTH).floor();
                let inside =
                    (TOP..TOP + CELL_HEIGHT).contains(&py) && (0.0..CELLS as f64).contains(&cell);
                if py < STRIP {
                    let white = inside && cells[cell as usize];
                    let at = (y * width + x) * 4;
                    rgba[at..at + 3].fill(if white { 235 } else { 16 });
                }
            }
        }
        rgba
    }

    #[test]
    fn every_size_is_read() {
        for millis in [0, 1, 1_700_000_000_123, (1 << 48) - 1] {
            for (width, height) in [(640, 360), (320, 180), (480, 270), (1280, 720), (214, 120)] {
                let rgba = picture(width, height, millis);
                assert_eq!(decode(width, height, &rgba), Some(millis), "{width}");
            }
        }
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let mut rgba = picture(640, 360, 1_700_000_000_123);
        for y in 8..32 {
            for x in 14 + 20 * 12..14 + 21 * 12 {
                let at = (y * 640 + x) * 4;
                for byte in &mut rgba[at..at + 3] {
                    *byte = 251 - *byte;
                }
            }
        }
        assert_eq!(decode(640, 360, &rgba), None);
    }

    #[test]
    fn other_pictures_carry_no_code() {
        assert_eq!(decode(640, 360, &vec![0; 640 * 360 * 4]), None);
        assert_eq!(decode(640, 360, &[]), None);
        assert_eq!(decode(0, 0, &[]), None);
        assert!(decode(1, 1, &[255; 4]).is_none());
    }
}
