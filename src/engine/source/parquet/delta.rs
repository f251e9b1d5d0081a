//! Values packed as differences: how many there are, before the library makes room for them.
//!
//! The format is that of `DELTA_BINARY_PACKED`, `DELTA_LENGTH_BYTE_ARRAY` and `DELTA_BYTE_ARRAY`: the number of values in a
//! block, of parts of a block, of all values, the first one; then blocks, each with its least difference, the width of each
//! part in bits, and the parts. Lengths and prefixes of texts are such numbers too.

use parquet::basic::Encoding;

/// How many values a block has at most.
const LARGEST_BLOCK: u64 = 1 << 20;

/// Whether values in an encoding are packed as differences.
pub(super) fn is_one(encoding: Encoding) -> bool {
    lists(encoding) > 0
}

/// Refuses bytes that say that they hold more values than they may.
///
/// # Errors
/// What is wrong with them, in words.
pub(super) fn weigh(bytes: &[u8], encoding: Encoding, values: usize) -> Result<(), String> {
    let mut packed = Packed { bytes };
    for _ in 0..lists(encoding) {
        // A page of nothing but nulls may hold no value at all.
        if !packed.bytes.is_empty() {
            packed.list(values as u64)?;
        }
    }
    Ok(())
}

/// How many lists of numbers stand before all else in a page.
fn lists(encoding: Encoding) -> u32 {
    match encoding {
        Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
        Encoding::DELTA_BYTE_ARRAY => 2,
        _ => 0,
    }
}

struct Packed<'a> {
    bytes: &'a [u8],
}

impl Packed<'_> {
    /// Reads over one list of at most so many numbers.
    fn list(&mut self, most: u64) -> Result<(), String> {
        let (block, parts, values) = (self.number()?, self.number()?, self.number()?);
        self.number()?;
        if values > most {
            return Err(format!("a page of {most} values says that it holds {values}"));
        }
        let sound = block > 0 && block <= LARGEST_BLOCK && parts > 0 && parts <= block && block.is_multiple_of(parts);
        if !sound {
            return Err(format!("a block of {block} values cannot have {parts} parts"));
        }
        let part = block / parts;
        let mut left = values.saturating_sub(1);
        while left > 0 {
            self.number()?;
            let widths = self.take(parts)?;
            for width in widths {
                if left > 0 {
                    // Some writers leave out what fills the last part up.
                    let length = (u64::from(*width) * part).div_ceil(8);
                    self.take(length.min(self.bytes.len() as u64))?;
                }
                left = left.saturating_sub(part);
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u64, String> {
        let mut number: u64 = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first().ok_or_else(too_early)?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number is longer than any".to_owned())
    }
}

impl<'a> Packed<'a> {
    fn take(&mut self, bytes: u64) -> Result<&'a [u8], String> {
        let length = usize::try_from(bytes).map_err(|_| too_early())?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(too_early)?;
        self.bytes = rest;
        Ok(taken)
    }
}

fn too_early() -> String {
    "a page ends too early".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 128 in 4 parts: so many values, the first 0, and blocks with no bits.
    fn zeros(values: u8, blocks: usize) -> Vec<u8> {
        [vec![0x80, 1, 4, values, 0], [0; 5].repeat(blocks)].concat()
    }

    #[test]
    fn a_list_has_no_more_values_than_its_page() {
        let length = Encoding::DELTA_LENGTH_BYTE_ARRAY;
        assert_eq!(weigh(&zeros(100, 1), length, 100), Ok(()));
        assert!(weigh(&zeros(101, 1), length, 100).unwrap_err().contains("holds 101"));
        assert!(weigh(&zeros(100, 0), length, 100).unwrap_err().contains("early"));
        assert_eq!(weigh(&[], length, 100), Ok(()));
    }

    #[test]
    fn the_second_list_stands_behind_the_first() {
        let both = |second: u8| [zeros(100, 1), zeros(second, 1)].concat();
        assert_eq!(weigh(&both(100), Encoding::DELTA_BYTE_ARRAY, 100), Ok(()));
        assert!(weigh(&both(120), Encoding::DELTA_BYTE_ARRAY, 100).unwrap_err().contains("holds 120"));
    }

    #[test]
    fn a_block_has_parts_of_one_size() {
        for (block, parts) in [(0, 0), (0, 1), (8, 0), (8, 3), (1, 8)] {
            assert!(weigh(&[block, parts, 1, 0], Encoding::DELTA_BINARY_PACKED, 9).unwrap_err().contains("parts"));
        }
    }
}
