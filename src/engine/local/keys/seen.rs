//! Keys taken in row by row: whether they repeat, and which.
//!
//! Strictly increasing keys prove themselves unique without being kept; others are kept and sorted.

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
    ends: Option<(T, T)>,
    rising: bool,
    count: u64,
    kept: Runs<T>,
}

impl<T: Item> Lane<T> {
    fn new(budget: &Arc<Budget>, spills: bool) -> Self {
        Self { ends: None, rising: true, count: 0, kept: Runs::new(budget, spills) }
    }

    fn see(&mut self, key: T, keep: bool) {
        self.count += 1;
        if keep {
            self.kept.push(key.clone());
        }
        match &mut self.ends {
            None => self.ends = Some((key.clone(), key)),
            Some((_, last)) if self.rising => {
                self.rising = *last < key;
                *last = key;
            }
            Some(_) => {}
        }
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.kept.merge(later.kept);
        self.rising &= later.rising;
        match (&mut self.ends, later.ends) {
            (ends @ None, later) => *ends = later,
            (Some((_, last)), Some((first, end))) => {
                self.rising &= *last < first;
                *last = end;
            }
            (Some(_), None) => {}
        }
    }

    fn watched(&self) -> Self {
        let Self { ends, rising, count, kept } = self;
        Self { ends: ends.clone(), rising: *rising, count: *count, kept: Runs::new(kept.budget(), true) }
    }

    fn write(&self, ink: &mut Ink<'_>, key: impl Fn(&mut Ink<'_>, &T) -> Result<(), Unkept>) -> Result<(), Unkept> {
        ink.count(self.count);
        let Some((first, last)) = &self.ends else { return Ok(()) };
        key(ink, first)?;
        key(ink, last)
    }

    fn read<'b>(&mut self, page: &mut Page<'b>, key: impl Fn(&mut Page<'b>) -> Option<T>) -> Option<()> {
        self.count = page.count()?;
        if self.count > 0 {
            self.ends = Some((key(page)?, key(page)?));
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
        match &mut self.ends {
            None => self.ends = Some((key.into(), key.into())),
            Some((_, last)) if self.rising => {
                self.rising = **last < *key;
                if last.len() == key.len() {
                    last.copy_from_slice(key);
                } else {
                    *last = key.into();
                }
            }
            Some(_) => {}
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
            self.units.rising = false;
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
        self.units.rising && self.pairs.rising && self.bytes.rising && self.nulls <= 1
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
