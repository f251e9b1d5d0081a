//! The different values of an expression, with how often each occurs.
//!
//! Values are told apart as keys are: by value, whatever their stored type. Nulls are left out unless asked for.

use hashbrown::HashMap;

use crate::engine::local::column::Column;
use crate::engine::local::keys::{self, Key};
use crate::engine::local::mask::Mask;
use crate::ir::Value;

/// How many different values are kept; what has more is no set that anyone could look through.
pub(super) const MOST: usize = 1_000_000;

/// The values seen so far.
pub(super) struct Tallied {
    most: usize,
    nulls: Option<u64>,
    texts: HashMap<String, u64>,
    others: HashMap<Key, (Value, u64)>,
}

impl Tallied {
    /// Nothing seen yet; more than `most` different values are not kept.
    pub(super) fn new(most: usize) -> Self {
        Self { most, nulls: None, texts: HashMap::new(), others: HashMap::new() }
    }

    /// The same, where null is a value too.
    pub(super) fn with_nulls(most: usize) -> Self {
        Self { nulls: Some(0), ..Self::new(most) }
    }

    /// Whether there are more different values than are kept.
    pub(super) fn is_full(&self) -> bool {
        self.texts.len() + self.others.len() > self.most
    }

    /// Takes in the values of the rows that a mask keeps.
    pub(super) fn update(&mut self, column: &Column, rows: usize, mask: &Mask) {
        if self.is_full() {
            return;
        }
        if let Column::Text(texts) = column {
            return mask.each(rows, |row| match texts.get(row) {
                Some(text) if !self.is_full() => *self.texts.entry_ref(text).or_insert(0) += 1,
                Some(_) => {}
                None => self.see_null(),
            });
        }
        keys::each(&[column], rows, mask, |row, key| {
            if key == Key::Null {
                self.see_null();
            } else if !self.is_full() {
                self.others.entry(key).or_insert_with(|| (column.value(row), 0)).1 += 1;
            }
        });
    }

    fn see_null(&mut self) {
        if let Some(nulls) = &mut self.nulls {
            *nulls += 1;
        }
    }

    /// Takes in the values of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        if let (Some(nulls), Some(more)) = (&mut self.nulls, later.nulls) {
            *nulls += more;
        }
        #[expect(clippy::iter_over_hash_type, reason = "counts are added; their order does not show")]
        for (text, count) in later.texts {
            *self.texts.entry(text).or_insert(0) += count;
        }
        #[expect(clippy::iter_over_hash_type, reason = "counts are added; their order does not show")]
        for (key, (value, count)) in later.others {
            self.others.entry(key).or_insert((value, 0)).1 += count;
        }
    }

    /// The values in their order, each with its count.
    ///
    /// # Errors
    /// If there are more different values than are kept.
    pub(super) fn finish(self) -> Result<Vec<(Value, u64)>, String> {
        if self.is_full() {
            return Err(format!("there are more than {} different values", self.most));
        }
        let texts = self.texts.into_iter().map(|(text, count)| (Value::Text(text), count));
        let mut values: Vec<(Value, u64)> = texts.chain(self.others.into_values()).collect();
        values.extend(self.nulls.filter(|nulls| *nulls > 0).map(|nulls| (Value::Null, nulls)));
        values.sort_by(|(a, _), (b, _)| a.compare(b).unwrap_or(std::cmp::Ordering::Equal));
        Ok(values)
    }
}
