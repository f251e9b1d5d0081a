//! The dictionary of a column in a row group, in the values that rules see.

use std::collections::HashMap;

use arrow::array::{Array, new_null_array};
use arrow::compute::concat;

use crate::engine::local::column::Column;
use crate::engine::local::condition::{Conditions, Evaluation, Frame};
use crate::engine::local::keys::{self, KeySet};
use crate::engine::local::mask::Mask;
use crate::engine::local::proof::chunk::{Chunk, Stored};
use crate::engine::prove::Amount;
use crate::engine::source::{parquet, stored};

/// So many entries are tried however few rows there are.
const FEW: u64 = 64;

/// Every value that a column can have in a row group.
pub(super) struct Dictionary {
    /// Its entries, and a null behind them.
    column: Column,
    entries: usize,
    /// How many entries are no value to rules.
    missing: usize,
    rows: u64,
    /// In how many rows there is no value.
    nulls: Amount,
}

impl Dictionary {
    /// Reads it; none if it does not hold all values, or so many that reading the rows costs as much.
    ///
    /// A dictionary that cannot be read is none either: whoever reads the rows will say what is wrong with it.
    pub(super) fn read(file: &parquet::File, (row_group, rows): (usize, u64), chunk: &Chunk) -> Option<Self> {
        let Stored { place, reading, nulls } = chunk.stored.as_ref()?;
        let entries = file.dictionary(place, row_group, (rows / 2).max(FEW)).ok()??;
        let (entries, bad) = stored::canonical(&entries, reading).ok()?;
        if bad.is_some() {
            return None;
        }
        let missing = entries.null_count();
        let nulls = match nulls {
            Some(nulls) if missing == 0 => Amount::exactly(*nulls),
            Some(nulls) => Amount { least: *nulls, most: rows },
            None => Amount::any(rows),
        };
        let null = new_null_array(entries.data_type(), 1);
        let with_null = concat(&[entries.as_ref(), null.as_ref()]).ok()?;
        let column = Column::new(&with_null).ok()?;
        Some(Self { column, entries: entries.len(), missing, rows, nulls })
    }

    /// In how many rows each of some conditions on the column is true, as far as it can be evaluated.
    pub(super) fn satisfying(
        &self,
        column: &str,
        conditions: &Conditions,
        handles: &[usize],
    ) -> HashMap<usize, Amount> {
        let columns = HashMap::from([(column.to_owned(), self.column.clone())]);
        let (rows, unparsed) = (self.entries + 1, HashMap::new());
        let frame = Frame { rows, columns: &columns, unparsed: &unparsed, malformed: None, assets: None };
        let mut evaluation = Evaluation::new(conditions, &frame);
        handles.iter().filter_map(|handle| Some((*handle, self.rows_of(&evaluation.mask(*handle).ok()?)))).collect()
    }

    /// How many rows have the entries of a mask, the last of which is a null.
    fn rows_of(&self, mask: &Mask) -> Amount {
        let rows = self.entries + 1;
        let values = self.entries - self.missing;
        let (mut of_null, mut of_values) = (false, 0);
        mask.each(rows, |row| {
            if row == self.entries {
                of_null = true;
            }
            of_values += usize::from(row < self.entries);
        });
        // An entry that is no value is like a null.
        of_values -= if of_null { self.missing } else { 0 };
        let there = self.nulls.rest(self.rows);
        let (none, nulls) = (Amount::exactly(0), if of_null { self.nulls } else { Amount::exactly(0) });
        match of_values {
            all if all == values && of_null => Amount::exactly(self.rows),
            _ if values == 0 => nulls,
            0 => none.union(nulls, self.rows),
            all if all == values => there,
            _ => Amount { least: nulls.least, most: (there.most + nulls.most).min(self.rows) },
        }
    }

    /// Whether every entry is a key of a parent.
    pub(super) fn is_in(&self, set: &KeySet) -> bool {
        let mut all = true;
        keys::each(&[&self.column], self.entries, &Mask::All(true), |_, key| {
            all &= matches!(key, keys::Key::Null) || set.contains(&key, false);
        });
        all
    }
}
