//! The different values of an expression, with how often each occurs.
//!
//! Values are told apart as keys are: by value, whatever their stored type. Nulls are left out unless asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::engine::local::budget::{Budget, Held};
use crate::engine::local::column::Column;
use crate::engine::local::keys::{self, Key};
use crate::engine::local::mask::Mask;
use crate::engine::local::open::fault;
use crate::engine::local::states::{Ink, Page, Unkept};
use crate::ir::Value;
use crate::outcome::Fault;

/// How many different values are kept; what has more is no set that anyone could look through.
pub(super) const MOST: usize = 1_000_000;

/// The values seen so far.
pub(super) struct Tallied {
    most: usize,
    nulls: Option<u64>,
    texts: HashMap<String, u64>,
    others: HashMap<Key, (Value, u64)>,
    /// The bytes of texts and keys.
    heap: usize,
    /// The memory they hold, where they are held to a budget, and whether it is spent.
    held: Option<Held>,
    spent: bool,
}

impl Tallied {
    /// Nothing seen yet; more than `most` different values are not kept.
    pub(super) fn new(most: usize) -> Self {
        Self { most, nulls: None, texts: HashMap::new(), others: HashMap::new(), heap: 0, held: None, spent: false }
    }

    /// The same, where null is a value too.
    pub(super) fn with_nulls(most: usize) -> Self {
        Self { nulls: Some(0), ..Self::new(most) }
    }

    /// The same, within a budget.
    pub(super) fn within(self, budget: &Arc<Budget>) -> Self {
        Self { held: Some(Held::new(budget)), ..self }
    }

    /// Whether there are more different values than are kept.
    pub(super) fn is_full(&self) -> bool {
        self.texts.len() + self.others.len() > self.most
    }

    /// Takes in the values of the rows that a mask keeps.
    pub(super) fn update(&mut self, column: &Column, rows: usize, mask: &Mask) {
        if self.is_full() || self.spent {
            return;
        }
        if let Column::Text(texts) = column {
            mask.each(rows, |row| match texts.get(row) {
                Some(text) if !self.is_full() => {
                    *self.texts.entry_ref(text).or_insert_with(|| {
                        self.heap += text.len();
                        0
                    }) += 1;
                }
                Some(_) => {}
                None => self.see_null(),
            });
            return self.settle();
        }
        keys::each(&[column], rows, mask, |row, key| {
            if key == Key::Null {
                self.see_null();
            } else if let Some((_, count)) = self.others.get_mut(&key) {
                *count += 1;
            } else if !self.is_full() {
                self.others.insert(key, (column.value(row), 1));
            }
        });
        self.settle();
    }

    /// Counts what is kept against the budget, and keeps nothing once that is spent.
    fn settle(&mut self) {
        let one = size_of::<(Key, (Value, u64))>();
        let bytes = self.texts.capacity() * size_of::<(String, u64)>() + self.others.capacity() * one + self.heap;
        if self.held.as_mut().is_some_and(|held| !held.hold(bytes)) {
            self.spent = true;
        }
        if self.spent {
            self.texts = HashMap::new();
            self.others = HashMap::new();
            self.heap = 0;
        }
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
        for (text, count) in later.texts {
            *self.texts.entry(text).or_insert(0) += count;
        }
        for (key, (value, count)) in later.others {
            self.others.entry(key).or_insert((value, 0)).1 += count;
        }
        self.heap += later.heap;
        self.spent |= later.spent;
        drop(later.held);
        self.settle();
    }

    /// Writes the values, for a later run.
    ///
    /// # Errors
    /// Why they cannot be kept.
    pub(super) fn write(&self, ink: &mut Ink<'_>) -> Result<(), Unkept> {
        if self.is_full() || self.spent {
            return Err(Unkept::Large);
        }
        ink.count(self.texts.len() as u64);
        for (text, count) in self.texts.iter().collect::<BTreeMap<_, _>>() {
            ink.text(text)?;
            ink.count(*count);
        }
        ink.count(self.others.len() as u64);
        for (key, (value, count)) in self.others.iter().collect::<BTreeMap<_, _>>() {
            ink.key(key);
            ink.value(value)?;
            ink.count(*count);
        }
        Ok(())
    }

    /// Values that were written, held to the same budget.
    pub(super) fn read(mut self, page: &mut Page<'_>) -> Option<Self> {
        for _ in 0..page.length()? {
            let text = page.text()?.to_owned();
            self.heap += text.len();
            self.texts.insert(text, page.count()?);
        }
        for _ in 0..page.length()? {
            let (key, value) = (page.key()?, page.value()?);
            self.others.insert(key, (value, page.count()?));
        }
        self.settle();
        Some(self)
    }

    /// The values in their order, each with its count.
    ///
    /// # Errors
    /// If there are more different values than are kept, or than the budget allows.
    pub(super) fn finish(self) -> Result<Vec<(Value, u64)>, Fault> {
        if let Some(held) = self.held.filter(|_| self.spent) {
            return Err(held.budget.spent("the different values"));
        }
        if self.texts.len() + self.others.len() > self.most {
            return Err(fault("not_computable", &format!("there are more than {} different values", self.most)));
        }
        let texts = self.texts.into_iter().map(|(text, count)| (Value::Text(text), count));
        let mut values: Vec<(Value, u64)> = texts.chain(self.others.into_values()).collect();
        values.extend(self.nulls.filter(|nulls| *nulls > 0).map(|nulls| (Value::Null, nulls)));
        values.sort_by(|(a, _), (b, _)| a.compare(b).unwrap_or(std::cmp::Ordering::Equal));
        Ok(values)
    }
}
