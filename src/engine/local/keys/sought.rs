//! Keys to be looked up in a parent that lies in a file: kept until all are seen, then sought in their order.
//!
//! Looked up row by row, each would read a block of the file; in order, each block is read once.

use std::sync::Arc;

use crate::engine::local::budget::Budget;
use crate::engine::local::column::Column;
use crate::engine::local::keys::set::{KeySet, Repeated};
use crate::engine::local::keys::{Key, each};
use crate::engine::local::mask::Mask;
use crate::engine::local::runs::{Item, Runs};
use crate::engine::local::shelf::Shelf;
use crate::outcome::Fault;

/// Keys seen so far, in no order.
pub(in crate::engine::local) struct Sought {
    budget: Arc<Budget>,
    nulls: u64,
    units: Runs<i64>,
    pairs: Runs<u128>,
    fractions: Runs<u64>,
    bytes: Runs<Box<[u8]>>,
}

impl Sought {
    /// None seen yet.
    pub(in crate::engine::local) fn new(budget: &Arc<Budget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            nulls: 0,
            units: Runs::new(budget, true),
            pairs: Runs::new(budget, true),
            fractions: Runs::new(budget, true),
            bytes: Runs::new(budget, true),
        }
    }

    /// Takes in the keys of a batch.
    pub(in crate::engine::local) fn update(&mut self, columns: &[&Column], rows: usize, mask: &Mask) {
        each(columns, rows, mask, |_, key| match key {
            Key::Null => self.nulls += 1,
            Key::Unit(unit) => self.units.push(unit),
            Key::Pair(pair) => self.pairs.push(pair),
            Key::Fraction(fraction) => self.fractions.push(fraction),
            Key::Bytes(bytes) => self.bytes.push(bytes.into_boxed_slice()),
        });
        self.units.settle();
        self.pairs.settle();
        self.fractions.settle();
        self.bytes.settle();
    }

    /// Takes in the keys of later rows.
    pub(in crate::engine::local) fn merge(&mut self, later: Self) {
        self.nulls += later.nulls;
        self.units.merge(later.units);
        self.pairs.merge(later.pairs);
        self.fractions.merge(later.fractions);
        self.bytes.merge(later.bytes);
    }

    /// How many rows have no partner where one is `wanted`, or have one where none is; and their keys.
    ///
    /// # Errors
    /// Why keys could not be kept or looked up.
    pub(in crate::engine::local) fn finish(
        self,
        parent: &KeySet,
        null_safe: bool,
        wanted: bool,
    ) -> Result<(u64, Repeated), Fault> {
        let breaks = |key: Key| parent.contains(&key, null_safe) != wanted;
        let null = self.nulls > 0 && breaks(Key::Null);
        let mut count = if null { self.nulls } else { 0 };
        let found = Repeated {
            null,
            units: Some(seek(self.units, &self.budget, &mut count, |unit| breaks(Key::Unit(*unit)))?),
            pairs: Some(seek(self.pairs, &self.budget, &mut count, |pair| breaks(Key::Pair(*pair)))?),
            fractions: Some(seek(self.fractions, &self.budget, &mut count, |it| breaks(Key::Fraction(*it)))?),
            bytes: Some(seek(self.bytes, &self.budget, &mut count, |bytes| breaks(Key::Bytes(bytes.to_vec())))?),
            ..Repeated::default()
        };
        parent.check()?;
        Ok((count, found))
    }
}

/// Counts the keys of one shape that break the rule, and gives each of them once.
fn seek<T: Item>(
    keys: Runs<T>,
    budget: &Arc<Budget>,
    count: &mut u64,
    breaks: impl Fn(&T) -> bool,
) -> Result<Shelf<T>, Fault> {
    keys.check()?;
    let mut found = Shelf::new(budget);
    let mut last: Option<(T, bool)> = None;
    keys.each(|key| {
        let known = last.as_ref().filter(|(same, _)| *same == key).map(|(_, broken)| *broken);
        let broken = known.unwrap_or_else(|| breaks(&key));
        *count += u64::from(broken);
        if known.is_none() {
            if broken {
                found.push(key.clone())?;
            }
            last = Some((key, broken));
        }
        Ok(())
    })?;
    found.close()
}
