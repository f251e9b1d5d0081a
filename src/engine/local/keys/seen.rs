//! Keys taken in row by row: whether they repeat, and which.
//!
//! Keys that rise prove themselves unique without being kept, also in stretches that do not overlap, in whatever order these
//! come: sorted files, or files of one day each. Others are counted where few different ones come often, else kept and sorted.

use std::sync::Arc;

use crate::answer::KeyCounts;
use crate::engine::local::budget::Budget;
use crate::engine::local::column::{Column, Flat};
use crate::engine::local::keys::lane::Lane;
use crate::engine::local::keys::set::{KeySet, Repeated};
use crate::engine::local::keys::{
    Key, Part, decimal_of, each, float, float_of, fraction, fraction_of, pair, parts, units_of,
};
use crate::engine::local::mask::Mask;
use crate::engine::local::states::{Ink, Page, Unkept};
use crate::outcome::Fault;

/// The keys seen so far, in the order of the rows.
pub(in crate::engine::local) struct Keys {
    budget: Arc<Budget>,
    /// Whether keys are kept, or only watched for their order.
    keep: bool,
    nulls: u64,
    units: Lane<i64>,
    pairs: Lane<u128>,
    fractions: Lane<u64>,
    bytes: Lane<Box<[u8]>>,
}

impl Keys {
    /// Keys that are kept, or only watched; those beyond the budget are written, or are a fault.
    pub(in crate::engine::local) fn new(keep: bool, budget: &Arc<Budget>, spills: bool) -> Self {
        Self {
            budget: Arc::clone(budget),
            keep,
            nulls: 0,
            units: Lane::new(budget, spills),
            pairs: Lane::new(budget, spills),
            fractions: Lane::new(budget, spills),
            bytes: Lane::new(budget, spills),
        }
    }

    /// Takes in the keys of a batch.
    pub(in crate::engine::local) fn update(&mut self, columns: &[&Column], rows: usize, mask: &Mask) {
        let keep = self.keep;
        if !keep && (self.is_refuted() || (matches!(mask, Mask::All(true)) && self.see_rising(columns))) {
            return;
        }
        match columns {
            [Column::Text(texts)] => mask.each(rows, |row| match texts.get(row) {
                Some(text) => self.bytes.see_bytes(text.as_bytes(), keep),
                None => self.nulls += 1,
            }),
            // Made and taken in at one place, a key is never put together.
            [Column::Integer(column) | Column::Timestamp(column) | Column::Time(column)] => {
                let values = Flat::new(column);
                mask.each(rows, |row| match values.get(row) {
                    Some(unit) => self.units.see(unit, keep),
                    None => self.nulls += 1,
                });
            }
            [Column::Float(column)] => {
                let values = Flat::new(column);
                mask.each(rows, |row| match values.get(row).map_or(Key::Null, float) {
                    Key::Unit(unit) => self.units.see(unit, keep),
                    Key::Fraction(fraction) => self.fractions.see(fraction, keep),
                    key => self.add(&key),
                });
            }
            columns => each(columns, rows, mask, |_, key| self.add(&key)),
        }
        if keep {
            self.units.kept.settle();
            self.pairs.kept.settle();
            self.fractions.kept.settle();
            self.bytes.kept.settle();
        }
    }

    /// Takes in the keys of a batch at one go, if they are whole numbers that rise.
    fn see_rising(&mut self, columns: &[&Column]) -> bool {
        match columns {
            [Column::Integer(units) | Column::Timestamp(units)] => {
                let Some(units) = Flat::new(units).all() else { return false };
                let [first, .., last] = units else { return false };
                let rises = units.windows(2).map(|two| u32::from(two[0] >= two[1])).sum::<u32>() == 0;
                if rises {
                    self.units.see_rising(*first, *last, units.len());
                }
                rises
            }
            [Column::Integer(firsts), Column::Integer(seconds)] => {
                let (Some(firsts), Some(seconds)) = (Flat::new(firsts).all(), Flat::new(seconds).all()) else {
                    return false;
                };
                let ([first, .., last], [second, .., end]) = (firsts, seconds) else { return false };
                let pairs = firsts.windows(2).zip(seconds.windows(2));
                // Without a branch, several at a time.
                let rises = pairs.map(|(first, second)| {
                    u32::from(first[0] > first[1]) + u32::from(first[0] == first[1]) * u32::from(second[0] >= second[1])
                });
                let rises = rises.sum::<u32>() == 0;
                if rises {
                    self.pairs.see_rising(pair(*first, *second), pair(*last, *end), firsts.len());
                }
                rises
            }
            _ => false,
        }
    }

    /// Takes in one key.
    #[inline]
    pub(in crate::engine::local) fn add(&mut self, key: &Key) {
        match key {
            Key::Null => self.nulls += 1,
            Key::Unit(unit) => self.units.see(*unit, self.keep),
            Key::Pair(pair) => self.pairs.see(*pair, self.keep),
            Key::Fraction(fraction) => self.fractions.see(*fraction, self.keep),
            Key::Bytes(bytes) => self.bytes.see_bytes(bytes, self.keep),
        }
    }

    /// Takes in the keys of later rows.
    pub(in crate::engine::local) fn merge(&mut self, later: Self) {
        self.nulls += later.nulls;
        self.units.merge(later.units);
        self.pairs.merge(later.pairs);
        self.fractions.merge(later.fractions);
        self.bytes.merge(later.bytes);
    }

    /// The same, where keys are watched and none are kept.
    pub(in crate::engine::local) fn watched(&self) -> Self {
        Self {
            budget: Arc::clone(&self.budget),
            keep: false,
            nulls: self.nulls,
            units: self.units.watched(),
            pairs: self.pairs.watched(),
            fractions: self.fractions.watched(),
            bytes: self.bytes.watched(),
        }
    }

    /// Writes what proves the keys of one file unique, for a later run; or that nothing does.
    ///
    /// # Errors
    /// Why that cannot be kept.
    pub(in crate::engine::local) fn write(&self, ink: &mut Ink<'_>) -> Result<(), Unkept> {
        ink.flag(self.proven());
        if !self.proven() {
            return Ok(());
        }
        ink.count(self.nulls);
        self.units.write(ink, |ink, unit| {
            ink.see(&(*unit).into())?;
            ink.whole(*unit);
            Ok(())
        })?;
        self.pairs.write(ink, |ink, pair| {
            units_of(*pair).into_iter().try_for_each(|unit| ink.see(&unit.into()))?;
            ink.see(&decimal_of(*pair).to_plain_string().into())?;
            ink.pair(*pair);
            Ok(())
        })?;
        self.fractions.write(ink, |ink, fraction| {
            ink.see(&float_of(*fraction).into())?;
            ink.float(float_of(*fraction));
            Ok(())
        })?;
        self.bytes.write(ink, |ink, bytes| {
            ink.see(&shown(bytes))?;
            for part in parts(bytes) {
                match part {
                    Part::Bytes(part) => ink.see(&shown(part))?,
                    Part::Unit(unit) => ink.see(&unit.into())?,
                    Part::Null => {}
                }
            }
            ink.blob(bytes);
            Ok(())
        })
    }

    /// What was written of a file: keys that are watched only.
    pub(in crate::engine::local) fn read(mut self, page: &mut Page<'_>) -> Option<Self> {
        self.keep = false;
        if !page.flag()? {
            self.units.give_up();
            return Some(self);
        }
        self.nulls = page.count()?;
        self.units.read(page, Page::whole)?;
        self.pairs.read(page, Page::pair)?;
        self.fractions.read(page, |page| page.float().map(fraction))?;
        self.bytes.read(page, |page| page.blob().map(Into::into))?;
        Some(self)
    }

    /// Whether the order alone proves that no key repeats.
    pub(in crate::engine::local) fn proven(&self) -> bool {
        self.nulls <= 1 && self.units.proven() && self.pairs.proven() && self.fractions.proven() && self.bytes.proven()
    }

    /// Whether the order proves nothing any more, whatever follows.
    fn is_refuted(&self) -> bool {
        let rising = self.units.rising && self.pairs.rising && self.fractions.rising && self.bytes.rising;
        self.nulls > 1 || !rising
    }

    /// Whether the keys were kept.
    pub(in crate::engine::local) fn kept(&self) -> bool {
        self.keep
    }

    /// The counts, and the keys that repeat. Keys must be proven or kept.
    ///
    /// # Errors
    /// Why keys could not be kept.
    pub(in crate::engine::local) fn finish(self) -> Result<(KeyCounts, Repeated), Fault> {
        let mut counts = KeyCounts::default();
        if self.nulls > 0 {
            counts.distinct += 1;
            if self.nulls > 1 {
                counts.rows += self.nulls;
                counts.repeated += 1;
                counts.surplus += self.nulls - 1;
            }
        }
        if self.proven() {
            counts.distinct += self.units.count + self.pairs.count + self.fractions.count + self.bytes.count;
            return Ok((counts, Repeated::default()));
        }
        let repeated = Repeated {
            null: self.nulls > 1,
            units: Some(self.units.tally(&self.budget, &mut counts)?),
            pairs: Some(self.pairs.tally(&self.budget, &mut counts)?),
            fractions: Some(self.fractions.tally(&self.budget, &mut counts)?),
            bytes: Some(self.bytes.tally(&self.budget, &mut counts)?),
            ..Repeated::default()
        };
        Ok((counts, repeated))
    }

    /// The set of the keys, to look partners up in. Keys must be kept.
    ///
    /// # Errors
    /// Why keys could not be kept.
    pub(in crate::engine::local) fn into_set(self) -> Result<KeySet, Fault> {
        let (fractions, bytes) = (self.fractions.into_kept(), self.bytes.into_kept());
        KeySet::of(self.nulls > 0, (self.units.into_kept(), self.pairs.into_kept()), (fractions, bytes))
    }
}

/// The text or the fraction that bytes of a key stand for.
fn shown(bytes: &[u8]) -> serde_json::Value {
    fraction_of(bytes).map_or_else(|| String::from_utf8_lossy(bytes).into(), Into::into)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Int64Chunked, NewChunkedArray};

    use super::*;
    use crate::engine::local::keys::lane::STRETCHES;

    fn keys(budget: &Arc<Budget>, units: &[i64]) -> Keys {
        let mut keys = Keys::new(true, budget, true);
        units.iter().for_each(|unit| keys.add(&Key::Unit(*unit)));
        keys
    }

    #[test]
    fn stretches_that_do_not_overlap_prove_keys_unique_in_any_order() {
        let budget = Arc::new(Budget::new(None));
        let all = |parts: &[&[i64]]| {
            let mut all = Keys::new(true, &budget, true);
            parts.iter().for_each(|part| all.merge(keys(&budget, part)));
            all
        };
        for (parts, proven) in [
            (&[&[1, 2, 3][..], &[7, 8], &[4, 6]][..], true),
            (&[&[7, 8, 1, 2]], true),
            (&[&[1, 5], &[3, 4]], false),
            (&[&[1, 5], &[5, 6]], false),
            (&[&[1, 1]], false),
            (&[&[], &[2], &[]], true),
        ] {
            let all = all(parts);
            assert_eq!(all.proven(), proven, "{parts:?}");
            let counted: std::collections::BTreeSet<i64> = parts.iter().copied().flatten().copied().collect();
            assert_eq!(all.finish().unwrap().0.distinct, counted.len() as u64);
        }
    }

    #[test]
    fn a_batch_that_rises_is_seen_as_its_keys_one_by_one_are() {
        let budget = Arc::new(Budget::new(None));
        for (units, others) in [
            (vec![1, 2, 7], vec![5, 5, 5]),
            (vec![1, 1, 2], vec![1, 2, 1]),
            (vec![1, 1, 2], vec![2, 2, 1]),
            (vec![3, 2], vec![0, 1]),
            (vec![4], vec![4]),
        ] {
            let numbers = [&units, &others].map(|units| Column::Integer(Int64Chunked::from_slice("".into(), units)));
            for columns in [vec![&numbers[0]], vec![&numbers[0], &numbers[1]]] {
                let mut whole = Keys::new(false, &budget, true);
                whole.update(&columns, units.len(), &Mask::All(true));
                let mut single = Keys::new(false, &budget, true);
                each(&columns, units.len(), &Mask::All(true), |_, key| single.add(&key));
                assert_eq!(whole.proven(), single.proven(), "{units:?} {others:?}");
                assert_eq!(whole.units.stretches, single.units.stretches);
                assert_eq!(whole.pairs.stretches, single.pairs.stretches);
                assert_eq!((whole.units.count, whole.pairs.count), (single.units.count, single.pairs.count));
            }
        }
    }

    #[test]
    fn more_stretches_than_are_remembered_prove_as_much_as_they_can() {
        let budget = Arc::new(Budget::new(None));
        let several = i64::try_from(STRETCHES).unwrap() * 3;
        let falling: Vec<i64> = (0..several).rev().collect();
        assert!(keys(&budget, &falling).proven());
        let mut repeated = falling;
        repeated.push(several / 2);
        let repeated = keys(&budget, &repeated);
        assert!(!repeated.proven());
        let counts = repeated.finish().unwrap().0;
        assert_eq!((counts.rows, counts.repeated, counts.distinct), (2, 1, several.cast_unsigned()));
    }

    #[test]
    fn keys_that_come_often_and_keys_that_do_not_are_counted_together() {
        let numbers: Vec<i64> =
            (0..60_000_i64).map(|row| if row % 3 == 0 { row % 50 } else { row * 7_919 % 20_011 }).collect();
        let mut rows = std::collections::BTreeMap::<i64, u64>::new();
        numbers.iter().for_each(|number| *rows.entry(*number).or_default() += 1);
        let repeated = rows.values().filter(|rows| **rows > 1);
        let expected = KeyCounts {
            distinct: rows.len() as u64,
            rows: repeated.clone().sum(),
            repeated: repeated.clone().count() as u64,
            surplus: repeated.map(|rows| rows - 1).sum(),
        };
        for limit in [None, Some(10_000)] {
            let budget = Arc::new(Budget::new(limit));
            let mut all = Keys::new(true, &budget, true);
            numbers.chunks(9_000).for_each(|part| all.merge(keys(&budget, part)));
            let (counts, broken) = all.finish().unwrap();
            assert_eq!(counts, expected);
            assert!(broken.contains_in(None, &Key::Unit(7)) && !broken.contains_in(None, &Key::Unit(99_999)));
            let set = {
                let mut all = Keys::new(true, &budget, true);
                numbers.chunks(9_000).for_each(|part| all.merge(keys(&budget, part)));
                all.into_set().unwrap()
            };
            assert!((0..20_100).all(|unit| set.contains(&Key::Unit(unit), false) == rows.contains_key(&unit)));
        }
    }

    #[test]
    fn what_was_written_proves_the_same() {
        let budget = Arc::new(Budget::new(None));
        let open = |_: &serde_json::Value| false;
        for (units, proven) in [(&[3, 4, 1][..], true), (&[1, 1], false), (&[], true)] {
            let mut ink = Ink::new(&open);
            keys(&budget, units).write(&mut ink).unwrap();
            let bytes = ink.finish().unwrap();
            let read = Keys::new(true, &budget, true).read(&mut Page::new(&bytes)).unwrap();
            assert_eq!((read.proven(), read.kept()), (proven, false));
            if proven {
                assert_eq!(read.finish().unwrap().0, keys(&budget, units).finish().unwrap().0);
            }
        }
    }
}
