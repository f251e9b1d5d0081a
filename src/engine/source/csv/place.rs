//! Where a byte stands for somebody who opens the file: on which line, and at which character of it.

use std::cell::Cell;

/// Places of some bytes, told one after the other without starting again each time.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    line_end: u8,
    /// The last place told, the lines that end before it, and the number of its character.
    last: Cell<(usize, u64, u64)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8], line_end: u8) -> Self {
        Self { bytes, line_end, last: Cell::new((0, 0, 1)) }
    }

    /// The same as [`of`], for places at which a character starts.
    pub(super) fn to(&self, place: usize) -> (u64, u64) {
        let (from, lines, column) = match self.last.get() {
            last if last.0 <= place => last,
            _ => (0, 0, 1),
        };
        let (more, at) = of(self.bytes.get(from..).unwrap_or_default(), self.line_end, place - from);
        let (lines, column) = (lines + more, if more == 0 { column + at - 1 } else { at });
        self.last.set((place, lines, column));
        (lines, column)
    }
}

/// The lines that end before a place, and the number of its character in its line, from 1.
///
/// A sequence of bytes that is no character counts as one.
pub(super) fn of(bytes: &[u8], line_end: u8, place: usize) -> (u64, u64) {
    let before = bytes.get(..place).unwrap_or(bytes);
    let lines = memchr::memchr_iter(line_end, before).count() as u64;
    let line = memchr::memrchr(line_end, before).map_or(before, |end| &before[end + 1..]);
    let letters =
        line.utf8_chunks().map(|chunk| chunk.valid().chars().count() + usize::from(!chunk.invalid().is_empty()));
    (lines, letters.sum::<usize>() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_character_of_it() {
        let text = "año,x\nñ\r\n€".as_bytes();
        assert_eq!(of(text, b'\n', 0), (0, 1));
        assert_eq!(of(text, b'\n', 5), (0, 5));
        assert_eq!(of(text, b'\n', 7), (1, 1));
        assert_eq!(of(text, b'\n', text.len()), (2, 2));
        assert_eq!(of(b"a\xffb\xe1\x82\xe1\x83c", b'\n', 7), (0, 6));
        assert_eq!(of(b"a\rb", b'\r', 2), (1, 1));
        let walk = Walk::new(text, b'\n');
        for place in [0, 4, 5, 7, 10, 7, text.len(), 0] {
            assert_eq!(walk.to(place), of(text, b'\n', place), "{place}");
        }
    }
}
