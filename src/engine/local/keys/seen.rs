//! Keys taken in row by row: whether they repeat, and which.
//!
//! Keys that rise prove themselves unique without being kept, also in stretches that do not overlap, in whatever order these
//! come: sorted files, or files of one day each. Others are kept and sorted.

use std::sync::Arc;

use crate::answer::KeyCounts;
use crate::engine::local::budget::Budget;
use crate::engine::local::column::Column;
use crate::engine::local::keys::set::{KeySet, Repeated};
use crate::engine::local::keys::{Key, Part, each, parts, units_of};
use crate::engine::local::mask::Mask;
use crate::engine::local::runs::{Item, Runs};
use crate::engine::local::shelf::Shelf;
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
    bytes: Lane<Box<[u8]>>,
}

/// Keys of one shape.
struct Lane<T> {
    /// The first and the last key of each stretch of rows in which keys rise, while there are few.
    stretches: Vec<(T, T)>,
    /// Whether no key repeats as far as the stretches tell; else there are none.
    rising: bool,
    count: u64,
    kept: Runs<T>,
}

/// How many stretches are remembered.
const STRETCHES: usize = 4_096;

impl<T: Item> Lane<T> {
    fn new(budget: &Arc<Budget>, spills: bool) -> Self {
        Self { stretches: Vec::new(), rising: true, count: 0, kept: Runs::new(budget, spills) }
    }

    fn see(&mut self, key: T, keep: bool) {
        self.count += 1;
        if keep {
            self.kept.push(key.clone());
        }
        match self.stretches.last_mut() {
            Some((_, last)) if *last < key => *last = key,
            Some((_, last)) if *last == key => self.give_up(),
            _ => self.begin(key),
        }
    }

    fn begin(&mut self, key: T) {
        if self.rising {
            self.stretches.push((key.clone(), key));
            self.shorten();
        }
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.kept.merge(later.kept);
        self.rising &= later.rising;
        if self.rising {
            self.stretches.extend(later.stretches);
            self.shorten();
        } else {
            self.give_up();
        }
    }

    /// Makes one of every two neighbours where there are too many, as if all keys between them occurred.
    fn shorten(&mut self) {
        if self.stretches.len() <= STRETCHES {
            return;
        }
        if !self.proven() {
            return self.give_up();
        }
        self.stretches.sort_unstable();
        let both = |pair: &[(T, T)]| Some((pair.first()?.0.clone(), pair.last()?.1.clone()));
        self.stretches = self.stretches.chunks(2).filter_map(both).collect();
    }

    fn give_up(&mut self) {
        self.rising = false;
        self.stretches = Vec::new();
    }

    /// Whether the stretches prove that no key repeats: none of them overlaps another.
    fn proven(&self) -> bool {
        let mut sorted: Vec<&(T, T)> = self.stretches.iter().collect();
        sorted.sort_unstable();
        self.rising && sorted.windows(2).all(|pair| pair[0].1 < pair[1].0)
    }

    fn watched(&self) -> Self {
        let Self { stretches, rising, count, kept } = self;
        Self { stretches: stretches.clone(), rising: *rising, count: *count, kept: Runs::new(kept.budget(), true) }
    }

    fn write(&self, ink: &mut Ink<'_>, key: impl Fn(&mut Ink<'_>, &T) -> Result<(), Unkept>) -> Result<(), Unkept> {
        ink.count(self.count);
        ink.count(self.stretches.len() as u64);
        for (first, last) in &self.stretches {
            key(ink, first)?;
            key(ink, last)?;
            ink.room()?;
        }
        Ok(())
    }

    fn read<'b>(&mut self, page: &mut Page<'b>, key: impl Fn(&mut Page<'b>) -> Option<T>) -> Option<()> {
        self.count = page.count()?;
        for _ in 0..page.length()? {
            self.stretches.push((key(page)?, key(page)?));
        }
        Some(())
    }

    /// Adds to the counts, and gives the keys that repeat.
    fn tally(self, budget: &Arc<Budget>, counts: &mut KeyCounts) -> Result<Shelf<T>, Fault> {
        let mut repeated = Shelf::new(budget);
        let mut group: Option<(T, u64)> = None;
        let mut close = |group: Option<(T, u64)>| -> Result<(), Fault> {
            let Some((key, rows)) = group else { return Ok(()) };
            counts.distinct += 1;
            if rows > 1 {
                counts.rows += rows;
                counts.repeated += 1;
                counts.surplus += rows - 1;
                repeated.push(key)?;
            }
            Ok(())
        };
        self.kept.each(|key| {
            match &mut group {
                Some((last, rows)) if *last == key => *rows += 1,
                group => close(group.replace((key, 1)))?,
            }
            Ok(())
        })?;
        close(group)?;
        repeated.close()
    }
}

impl Lane<Box<[u8]>> {
    /// Sees bytes that are copied only where they are kept.
    fn see_bytes(&mut self, key: &[u8], keep: bool) {
        self.count += 1;
        if keep {
            self.kept.push(key.into());
        }
        match self.stretches.last_mut() {
            Some((_, last)) if **last < *key => {
                if last.len() == key.len() {
                    last.copy_from_slice(key);
                } else {
                    *last = key.into();
                }
            }
            Some((_, last)) if **last == *key => self.give_up(),
            _ => self.begin(key.into()),
        }
    }
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
            bytes: Lane::new(budget, spills),
        }
    }

    /// Takes in the keys of a batch.
    pub(in crate::engine::local) fn update(&mut self, columns: &[&Column], rows: usize, mask: &Mask) {
        let keep = self.keep;
        if let [Column::Text(texts)] = columns {
            mask.each(rows, |row| match texts.get(row) {
                Some(text) => self.bytes.see_bytes(text.as_bytes(), keep),
                None => self.nulls += 1,
            });
        } else {
            each(columns, rows, mask, |_, key| match key {
                Key::Null => self.nulls += 1,
                Key::Unit(unit) => self.units.see(unit, keep),
                Key::Pair(pair) => self.pairs.see(pair, keep),
                Key::Bytes(bytes) => self.bytes.see_bytes(&bytes, keep),
            });
        }
        if keep {
            self.units.kept.settle();
            self.pairs.kept.settle();
            self.bytes.kept.settle();
        }
    }

    /// Takes in one key. Keys must be kept.
    pub(in crate::engine::local) fn add(&mut self, key: Key) {
        match key {
            Key::Null => self.nulls += 1,
            Key::Unit(unit) => self.units.see(unit, self.keep),
            Key::Pair(pair) => self.pairs.see(pair, self.keep),
            Key::Bytes(bytes) => self.bytes.see_bytes(&bytes, self.keep),
        }
    }

    /// Takes in the keys of later rows.
    pub(in crate::engine::local) fn merge(&mut self, later: Self) {
        self.nulls += later.nulls;
        self.units.merge(later.units);
        self.pairs.merge(later.pairs);
        self.bytes.merge(later.bytes);
    }

    /// The same, where keys are watched and none are kept.
    pub(in crate::engine::local) fn watched(&self) -> Self {
        let Self { nulls, units, pairs, bytes, .. } = self;
        let (units, pairs, bytes) = (units.watched(), pairs.watched(), bytes.watched());
        Self { budget: Arc::clone(&self.budget), keep: false, nulls: *nulls, units, pairs, bytes }
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
            ink.pair(*pair);
            Ok(())
        })?;
        self.bytes.write(ink, |ink, bytes| {
            if let Ok(text) = std::str::from_utf8(bytes) {
                ink.see(&text.into())?;
            }
            for part in parts(bytes) {
                match part {
                    Part::Bytes(part) => ink.see(&String::from_utf8_lossy(part).into())?,
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
        self.bytes.read(page, |page| page.blob().map(Into::into))?;
        Some(self)
    }

    /// Whether the order alone proves that no key repeats.
    pub(in crate::engine::local) fn proven(&self) -> bool {
        self.nulls <= 1 && self.units.proven() && self.pairs.proven() && self.bytes.proven()
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
            counts.distinct += self.units.count + self.pairs.count + self.bytes.count;
            return Ok((counts, Repeated::default()));
        }
        let repeated = Repeated {
            null: self.nulls > 1,
            units: Some(self.units.tally(&self.budget, &mut counts)?),
            pairs: Some(self.pairs.tally(&self.budget, &mut counts)?),
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
        KeySet::of(self.nulls > 0, self.units.kept, self.pairs.kept, self.bytes.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(budget: &Arc<Budget>, units: &[i64]) -> Keys {
        let mut keys = Keys::new(true, budget, true);
        units.iter().for_each(|unit| keys.add(Key::Unit(*unit)));
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
