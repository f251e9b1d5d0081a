//! Keys of one shape: whether they rise, and if they are kept, how often each occurs.

use std::hash::Hash;
use std::sync::Arc;

use crate::answer::KeyCounts;
use crate::engine::local::budget::Budget;
use crate::engine::local::keys::often::Often;
use crate::engine::local::runs::{Item, Runs};
use crate::engine::local::shelf::Shelf;
use crate::engine::local::states::{Ink, Page, Unkept};
use crate::outcome::Fault;

/// Keys of one shape.
pub(super) struct Lane<T> {
    /// The first and the last key of each stretch of rows in which keys rise, while there are few.
    pub(super) stretches: Vec<(T, T)>,
    /// Whether no key repeats as far as the stretches tell; else there are none.
    pub(super) rising: bool,
    pub(super) count: u64,
    often: Often<T>,
    pub(super) kept: Runs<T>,
}

/// How many stretches are remembered.
pub(super) const STRETCHES: usize = 4_096;

impl<T: Item + Hash> Lane<T> {
    pub(super) fn new(budget: &Arc<Budget>, spills: bool) -> Self {
        // What is counted is not held against the budget: too much where every group has its own keys, which never spill.
        let (often, kept) = (Often::new(spills), Runs::new(budget, spills));
        Self { stretches: Vec::new(), rising: true, count: 0, often, kept }
    }

    #[inline]
    pub(super) fn see(&mut self, key: T, keep: bool)
    where
        T: ToOwned<Owned = T>,
    {
        self.count += 1;
        if keep && !self.often.count(&key) {
            self.kept.push(key.clone());
        }
        match self.stretches.last_mut() {
            Some((_, last)) if *last < key => *last = key,
            Some((_, last)) if *last == key => self.give_up(),
            _ => self.begin(key.clone(), key),
        }
    }

    /// Sees keys of which each is greater than the one before, by the first and the last of them; they are not kept.
    pub(super) fn see_rising(&mut self, first: T, end: T, count: usize) {
        self.count += count as u64;
        match self.stretches.last_mut() {
            Some((_, last)) if *last < first => *last = end,
            Some((_, last)) if *last == first => self.give_up(),
            _ => self.begin(first, end),
        }
    }

    fn begin(&mut self, first: T, last: T) {
        if self.rising {
            self.stretches.push((first, last));
            self.shorten();
        }
    }

    pub(super) fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.kept.merge(later.kept);
        self.often.merge(later.often, |key| self.kept.push(key));
        self.kept.settle();
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

    pub(super) fn give_up(&mut self) {
        self.rising = false;
        self.stretches = Vec::new();
    }

    /// Whether the stretches prove that no key repeats: none of them overlaps another.
    pub(super) fn proven(&self) -> bool {
        let mut sorted: Vec<&(T, T)> = self.stretches.iter().collect();
        sorted.sort_unstable();
        self.rising && sorted.windows(2).all(|pair| pair[0].1 < pair[1].0)
    }

    pub(super) fn watched(&self) -> Self {
        let Self { stretches, rising, count, kept, .. } = self;
        let (stretches, kept) = (stretches.clone(), Runs::new(kept.budget(), true));
        Self { stretches, rising: *rising, count: *count, often: Often::new(false), kept }
    }

    pub(super) fn write(
        &self,
        ink: &mut Ink<'_>,
        key: impl Fn(&mut Ink<'_>, &T) -> Result<(), Unkept>,
    ) -> Result<(), Unkept> {
        ink.count(self.count);
        ink.count(self.stretches.len() as u64);
        for (first, last) in &self.stretches {
            key(ink, first)?;
            key(ink, last)?;
            ink.room()?;
        }
        Ok(())
    }

    pub(super) fn read<'b>(&mut self, page: &mut Page<'b>, key: impl Fn(&mut Page<'b>) -> Option<T>) -> Option<()> {
        self.count = page.count()?;
        for _ in 0..page.length()? {
            self.stretches.push((key(page)?, key(page)?));
        }
        Some(())
    }

    /// All different keys, and some of them several times.
    pub(super) fn into_kept(mut self) -> Runs<T> {
        self.often.in_order().into_iter().for_each(|(key, _)| self.kept.push(key));
        self.kept.settle();
        self.kept
    }

    /// Adds to the counts, and gives the keys that repeat.
    pub(super) fn tally(self, budget: &Arc<Budget>, counts: &mut KeyCounts) -> Result<Shelf<T>, Fault> {
        let mut repeated = Shelf::new(budget);
        let mut tell = |key: T, rows: u64| -> Result<(), Fault> {
            counts.distinct += 1;
            if rows > 1 {
                counts.rows += rows;
                counts.repeated += 1;
                counts.surplus += rows - 1;
                repeated.push(key)?;
            }
            Ok(())
        };
        let mut often = self.often.in_order().into_iter().peekable();
        let mut close = |group: Option<(T, u64)>| -> Result<(), Fault> {
            while let Some((key, rows)) = often.next_if(|(key, _)| group.as_ref().is_none_or(|(last, _)| key < last)) {
                tell(key, rows)?;
            }
            let Some((key, rows)) = group else { return Ok(()) };
            let counted = often.next_if(|(counted, _)| *counted == key).map_or(0, |(_, rows)| rows);
            tell(key, rows + counted)
        };
        let mut group: Option<(T, u64)> = None;
        self.kept.each(|key| {
            match &mut group {
                Some((last, rows)) if *last == key => *rows += 1,
                Some(_) => close(group.replace((key, 1)))?,
                None => group = Some((key, 1)),
            }
            Ok(())
        })?;
        if group.is_some() {
            close(group)?;
        }
        close(None)?;
        repeated.close()
    }
}

impl Lane<Box<[u8]>> {
    /// Sees bytes that are copied only where they are kept.
    pub(super) fn see_bytes(&mut self, key: &[u8], keep: bool) {
        self.count += 1;
        if keep && !self.often.count(key) {
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
            _ => self.begin(key.into(), key.into()),
        }
    }
}
