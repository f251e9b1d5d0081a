//! One state for each group of rows with the same values in some columns.
//!
//! Null is a value here: the rows without one are a group of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::answer::Number;
use crate::engine::local::budget::{Budget, Held};
use crate::engine::local::column::Column;
use crate::engine::local::keys::{self, Key, Repeated};
use crate::engine::local::mask::Mask;
use crate::engine::local::open::fault;
use crate::engine::local::order::Breaks;
use crate::engine::local::states::{Ink, Page, Unkept};
use crate::engine::local::tally::{Finished, Room, Sight, Tally, Trace, Work};
use crate::ir::Value;
use crate::ir::value::order_of_rows;
use crate::outcome::Fault;

/// How many groups are kept.
const MOST: usize = 100_000;

/// The rows of a batch, told apart by group.
pub(super) struct Parting {
    keys: Vec<(Key, Vec<Value>)>,
    of: Vec<u32>,
}

impl Parting {
    /// Tells the rows of a batch apart by the values of some columns.
    pub(super) fn new(columns: &[&Column], rows: usize) -> Self {
        let mut places: HashMap<Key, u32> = HashMap::new();
        let mut parting = Self { keys: Vec::new(), of: Vec::with_capacity(rows) };
        keys::each(columns, rows, &Mask::All(true), |row, key| {
            let place = places.get(&key).copied().unwrap_or_else(|| {
                let next = u32::try_from(parting.keys.len()).unwrap_or(u32::MAX);
                parting.keys.push((key.clone(), columns.iter().map(|column| column.value(row)).collect()));
                places.insert(key, next);
                next
            });
            parting.of.push(place);
        });
        parting
    }

    /// The key of the group of a row.
    pub(super) fn key(&self, row: usize) -> Option<&Key> {
        self.of.get(row).and_then(|place| self.keys.get(*place as usize)).map(|(key, _)| key)
    }

    /// The values of each group.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[Value]> {
        self.keys.iter().map(|(_, values)| values.as_slice())
    }

    /// The place of the group of a row among them.
    pub(super) fn place(&self, row: usize) -> usize {
        self.of.get(row).map_or(usize::MAX, |place| *place as usize)
    }

    /// The rows that a mask keeps, by group; groups without any are left out.
    fn parts(&self, rows: usize, mask: &Mask) -> Vec<(usize, Mask)> {
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); self.keys.len()];
        // A batch has fewer rows than 32 bits count.
        mask.each(rows, |row| places[self.of[row] as usize].push(u32::try_from(row).unwrap_or(u32::MAX)));
        let some = places.into_iter().enumerate().filter(|(_, places)| !places.is_empty());
        some.map(|(group, places)| match places.len() {
            all if all == rows => (group, Mask::All(true)),
            _ => (group, Mask::Places(places, rows)),
        })
        .collect()
    }
}

/// What a group takes in memory, but for what its state keeps of the rows.
const EACH: usize = 2 * size_of::<(Key, (Vec<Value>, Tally))>();

/// The groups seen so far.
pub(super) struct Groups {
    tallies: HashMap<Key, (Vec<Value>, Tally)>,
    held: Held,
    /// Whether the budget is spent; then no group is kept.
    spent: bool,
}

impl Groups {
    /// No group yet. Groups are never written; what goes beyond the budget is a fault.
    pub(super) fn new(budget: &Arc<Budget>) -> Self {
        Self { tallies: HashMap::new(), held: Held::new(budget), spent: false }
    }

    /// Takes in the rows of a batch that a mask keeps, each into its group.
    pub(super) fn update(&mut self, parting: &Parting, work: &Work<'_>, sight: &Sight<'_>, rows: usize, mask: &Mask) {
        for (place, part) in parting.parts(rows, mask) {
            if self.tallies.len() > MOST || self.spent {
                break;
            }
            let (key, values) = &parting.keys[place];
            if !self.tallies.contains_key(key) {
                let room = Room { keep: true, budget: &self.held.budget, spills: false };
                self.tallies.insert(key.clone(), (values.clone(), Tally::new(work, room)));
            }
            if let Some((_, tally)) = self.tallies.get_mut(key) {
                tally.update(work, sight, rows, &part);
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        self.spent |= !self.held.hold(self.tallies.len() * EACH);
        if self.spent {
            self.tallies = HashMap::new();
        }
    }

    /// Takes in what was seen of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        for (key, (values, tally)) in later.tallies {
            match self.tallies.entry(key) {
                hashbrown::hash_map::Entry::Occupied(mut own) => own.get_mut().1.merge(tally),
                hashbrown::hash_map::Entry::Vacant(place) => {
                    place.insert((values, tally));
                }
            }
        }
        self.spent |= later.spent;
        drop(later.held);
        self.settle();
    }

    /// Writes the groups of one file, for a later run.
    ///
    /// # Errors
    /// Why they cannot be kept.
    pub(super) fn write(&self, ink: &mut Ink<'_>) -> Result<(), Unkept> {
        if self.spent || self.tallies.len() > MOST {
            return Err(Unkept::Large);
        }
        ink.count(self.tallies.len() as u64);
        for (key, (values, tally)) in self.tallies.iter().collect::<BTreeMap<_, _>>() {
            ink.key(key);
            ink.count(values.len() as u64);
            values.iter().try_for_each(|value| ink.value(value))?;
            tally.write(ink)?;
        }
        Ok(())
    }

    /// Groups that were written of a file, held to the same budget.
    pub(super) fn read(mut self, work: &Work<'_>, page: &mut Page<'_>, file: usize) -> Option<Self> {
        let budget = Arc::clone(&self.held.budget);
        for _ in 0..page.length()? {
            let key = page.key()?;
            let mut values = Vec::new();
            for _ in 0..page.length()? {
                values.push(page.value()?);
            }
            let room = Room { keep: true, budget: &budget, spills: false };
            self.tallies.insert(key, (values, Tally::read(work, room, page, file)?));
        }
        self.settle();
        Some(self)
    }

    /// The number of each group, in the order of their values.
    ///
    /// # Errors
    /// Too many groups, or why a group has no number.
    pub(super) fn finish(self, work: &Work<'_>) -> Result<Finished, Fault> {
        if self.spent {
            return Err(self.held.budget.spent("the groups"));
        }
        if self.tallies.len() > MOST {
            return Err(fault("not_computable", &format!("there are more than {MOST} groups")));
        }
        let inner = if let Work::Groups(_, inner) = work { inner } else { work };
        let mut repeated = Repeated::default();
        let mut breaks: Option<Breaks> = None;
        let mut numbers: Vec<(Vec<Value>, Number)> = Vec::with_capacity(self.tallies.len());
        for (key, (values, tally)) in self.tallies {
            match tally.finish(inner, None)? {
                Finished::Number(number) => numbers.push((values, number)),
                Finished::Traced(number, Trace::Repeated(own)) => {
                    numbers.push((values, number));
                    repeated.groups.insert(key, *own);
                }
                Finished::Traced(number, Trace::Breaks(own)) => {
                    numbers.push((values, number));
                    match &mut breaks {
                        Some(breaks) => breaks.join(own),
                        none => *none = Some(own),
                    }
                }
                Finished::Traced(_, Trace::Unpaired(_)) => {
                    return Err(fault("internal", &"rows of two datasets have no groups"));
                }
                Finished::Again => return Err(fault("internal", &"the keys of a group were not kept")),
            }
        }
        numbers.sort_by(|(a, _), (b, _)| order_of_rows(a, b));
        let trace = breaks.map_or_else(|| Trace::Repeated(Box::new(repeated)), Trace::Breaks);
        Ok(Finished::Traced(Number::Groups(numbers), trace))
    }
}
