//! A column that has one value in all rows of a file: what the name of a folder says, or nothing.

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;

use super::column::{self, Cells, Given};
use crate::ir::Reading;

/// Some rows of a text, read as a type, with the cells marked that do not read.
#[must_use]
pub fn column(text: Option<&str>, reading: &Reading, rows: usize) -> (ArrayRef, Option<BooleanBuffer>) {
    let text = text.map(|text| if reading.trim { text.trim() } else { text });
    let read = column::read(&Same { text, rows }, 0, reading);
    (read.array(0, rows), read.unparsed(0, rows))
}

struct Same<'a> {
    text: Option<&'a str>,
    rows: usize,
}

impl Cells for Same<'_> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn each(&self, _: usize, reading: &Reading, mut take: impl FnMut(Given<'_>)) {
        let text = self.text.filter(|text| !reading.is_missing(text));
        (0..self.rows).for_each(|_| take(text.map_or(Given::Nothing, Given::Text)));
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::ir::Type;

    #[test]
    fn every_row_has_the_value_or_none_has() {
        let integer = Reading::plain(Type::Integer);
        let (array, bad) = column(Some("7"), &integer, 3);
        assert_eq!(array.as_primitive::<Int64Type>().values(), &[7, 7, 7]);
        assert!(bad.is_none());
        let (array, bad) = column(Some("x"), &integer, 2);
        assert_eq!((array.null_count(), bad.map(|bad| bad.count_set_bits())), (2, Some(2)));
        let (array, bad) = column(None, &integer, 2);
        assert_eq!((array.null_count(), bad), (2, None));
    }
}
