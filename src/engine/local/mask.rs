//! Which rows of a batch satisfy a condition: Polars booleans in three-valued logic, or one answer for all rows.
//!
//! One answer for all is the usual case of clean data, and costs nothing however many conditions are joined.

use polars::prelude::{BooleanChunked, ChunkedArray, PlSmallStr, PolarsDataType};
use polars_arrow::array::BooleanArray;
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;

/// Which rows satisfy a condition.
#[derive(Clone)]
pub(super) enum Mask {
    /// All of them, or none.
    All(bool),
    /// It is unknown for every row.
    Unknown,
    /// As told.
    Rows(BooleanChunked),
    /// A few rows, by their places in order, out of so many.
    Places(Vec<u32>, usize),
}

impl Mask {
    /// One answer for every row, or unknown.
    pub(super) const fn of(answer: Option<bool>) -> Self {
        match answer {
            Some(flag) => Self::All(flag),
            None => Self::Unknown,
        }
    }

    /// One answer where a column has a value, unknown elsewhere.
    pub(super) fn where_there<T: PolarsDataType>(column: &ChunkedArray<T>, flag: bool) -> Self {
        let rows = column.len();
        match column.null_count() {
            0 => Self::All(flag),
            nulls if nulls == rows => Self::Unknown,
            _ => Self::bits(Bitmap::new_with_value(flag, rows), validity(column)),
        }
    }

    /// One bit a row, those without validity unknown.
    pub(super) fn bits(values: Bitmap, validity: Option<Bitmap>) -> Self {
        Self::Rows(chunk(values, validity))
    }

    /// How many rows satisfy it.
    pub(super) fn count(&self, rows: usize) -> u64 {
        match self {
            Self::All(true) => rows as u64,
            Self::All(false) | Self::Unknown => 0,
            Self::Rows(mask) => u64::from(mask.sum().unwrap_or(0)),
            Self::Places(places, _) => places.len() as u64,
        }
    }

    /// Calls back with each row that satisfies it, in order.
    pub(super) fn each(&self, rows: usize, mut see: impl FnMut(usize)) {
        match self {
            Self::All(true) => (0..rows).for_each(see),
            Self::All(false) | Self::Unknown => {}
            Self::Places(places, _) => places.iter().for_each(|place| see(*place as usize)),
            Self::Rows(mask) => {
                let mut first = 0;
                for chunk in mask.downcast_iter() {
                    let kept = match chunk.validity() {
                        Some(known) => chunk.values() & known,
                        None => chunk.values().clone(),
                    };
                    kept.true_idx_iter().for_each(|row| see(first + row));
                    first += kept.len();
                }
            }
        }
    }

    /// Where it does not hold; unknown stays unknown.
    pub(super) fn not(self) -> Self {
        match self {
            Self::All(flag) => Self::All(!flag),
            Self::Unknown => Self::Unknown,
            Self::Rows(mask) => Self::Rows(!&mask),
            Self::Places(_, rows) => Self::Rows(!&self.into_rows(rows)),
        }
    }

    /// Where it is unknown; itself never unknown.
    pub(super) fn is_unknown(&self) -> Self {
        match self {
            Self::All(_) | Self::Places(..) => Self::All(false),
            Self::Unknown => Self::All(true),
            Self::Rows(mask) if mask.null_count() == 0 => Self::All(false),
            Self::Rows(mask) => Self::Rows(mask.is_null()),
        }
    }

    /// One boolean a row.
    pub(super) fn into_rows(self, rows: usize) -> BooleanChunked {
        match self {
            Self::All(flag) => chunk(Bitmap::new_with_value(flag, rows), None),
            Self::Unknown => chunk(Bitmap::new_zeroed(rows), Some(Bitmap::new_zeroed(rows))),
            Self::Rows(mask) => mask,
            Self::Places(places, _) => {
                let mut next = places.iter().map(|place| *place as usize).peekable();
                chunk(pack(rows, |row| next.next_if_eq(&row).is_some()), None)
            }
        }
    }
}

/// Booleans of one chunk.
fn chunk(values: Bitmap, validity: Option<Bitmap>) -> BooleanChunked {
    BooleanChunked::with_chunk(PlSmallStr::EMPTY, BooleanArray::new(ArrowDataType::Boolean, values, validity))
}

/// Where a column of one chunk has values; none if everywhere.
pub(super) fn validity<T: PolarsDataType>(column: &ChunkedArray<T>) -> Option<Bitmap> {
    column.chunks().first().and_then(|chunk| chunk.validity().cloned())
}

/// The bits of an Arrow buffer.
pub(super) fn from_arrow(bits: &arrow::buffer::BooleanBuffer) -> BooleanChunked {
    chunk(Bitmap::from_u8_slice(bits.sliced().as_slice(), bits.len()), None)
}

/// Packs an answer for each row into bits.
pub(super) fn pack(rows: usize, mut answer: impl FnMut(usize) -> bool) -> Bitmap {
    let mut bytes = Vec::with_capacity(rows.div_ceil(64) * 8);
    let mut word = |first: usize, length: usize| {
        (0..length).fold(0_u64, |word, bit| word | u64::from(answer(first + bit)) << bit).to_le_bytes()
    };
    let whole = rows / 64 * 64;
    for first in (0..whole).step_by(64) {
        bytes.extend_from_slice(&word(first, 64));
    }
    bytes.extend_from_slice(&word(whole, rows - whole));
    Bitmap::from_u8_vec(bytes, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_in_the_order_of_rows() {
        for rows in [0, 1, 63, 64, 65, 200] {
            let bits = pack(rows, |row| row % 3 == 0);
            assert_eq!(bits.len(), rows);
            assert!((0..rows).all(|row| bits.get_bit(row) == (row % 3 == 0)));
        }
    }

    #[test]
    fn each_sees_the_rows_that_hold_and_no_unknown_one() {
        let mask = Mask::bits(pack(100, |row| row % 2 == 0), Some(pack(100, |row| row > 10)));
        let mut seen = Vec::new();
        mask.each(100, |row| seen.push(row));
        assert_eq!(seen, (11..100).filter(|row| row % 2 == 0).collect::<Vec<_>>());
        assert_eq!(mask.count(100), seen.len() as u64);
    }
}
