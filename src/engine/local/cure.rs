//! Which rows that break a rule are cured by declared repairs.
//!
//! A row is cured when, its cells repaired, it breaks none of the rules that tell rows apart, none of the others that it did
//! not break before, and is still one that the dataset means. Rules about single rows and about partners look at the repaired
//! row as at any other. What breaks an order, or has no equal row elsewhere, is not cured.
//!
//! Keys that must not repeat are looked up among the keys *as they stand*: those of repaired rows that break no other rule
//! as repaired, and those of all other rows as they were read. So two rows that a repair makes equal are both not cured, nor
//! is one that becomes equal to a row that was never wrong. Of rows that were equal from the beginning a `dedupe` keeps one,
//! told before anything is written by one more pass, and the others do not stand.

use std::collections::HashMap;
use std::sync::Arc;

use crate::answer::Computed;
use crate::engine::local::budget::{Budget, Held};
use crate::engine::local::column::Column;
use crate::engine::local::keys::{self, Key, Keys, Repeated};
use crate::engine::local::look::within;
use crate::engine::local::mask::{self, Mask};
use crate::engine::local::open::Opened;
use crate::engine::local::order::Place;
use crate::engine::local::repair::{Mender, Repaired};
use crate::engine::local::scan;
use crate::engine::local::sift::{Change, Seen, Sifting, Told};
use crate::engine::source::Batch;
use crate::ir::{Measure, Value};
use crate::outcome::Fault;
use crate::repair::{Dedupe, Keep};

/// What is done to rows that break a rule.
pub struct Remedy<'a> {
    /// What is done to their cells.
    pub cells: Option<Mender<'a>>,
    /// Which of equal rows are kept.
    pub dedupe: &'a [Dedupe],
}

impl Remedy<'_> {
    /// Whether repairs may change what a measure looks at.
    pub(super) fn touches(&self, opened: &Opened, measure: &Measure) -> bool {
        let Some(cells) = &self.cells else { return false };
        let mut touched = false;
        measure.columns(&mut |column| {
            touched |= cells.changes(column);
            let known = opened.schema.column(column).and_then(|known| known.computed.as_ref());
            if let Some(Computed::Value(of)) = known {
                of.columns(&mut |source| touched |= cells.changes(source));
            }
        });
        touched
    }
}

/// The keys of a dataset as they stand, rule by rule, where a repair has a say in them.
pub(super) struct Standing<'a> {
    keys: Vec<StandingKeys<'a>>,
}

/// The keys of one rule.
struct StandingKeys<'a> {
    /// The rule, as a place among the looks.
    look: usize,
    columns: Vec<String>,
    /// The row that is kept of each group of equal ones, if any is.
    kept: Option<(&'a Dedupe, HashMap<Key, Kept>)>,
    repeated: Repeated,
}

/// The row of a group that is kept.
struct Kept {
    /// The value that puts it in order.
    order: Value,
    place: Place,
    /// Its key as it stands; none if its rule is not about it any more.
    key: Option<Key>,
}

/// The rows of a batch that are cured.
pub(super) struct Cure {
    /// For each row, whether it is.
    pub(super) cured: Vec<bool>,
    /// The batch repaired; none where no cell of it is another one.
    pub(super) batch: Option<Batch>,
    /// What was changed in cured rows.
    pub(super) changes: Vec<Change>,
}

/// A batch repaired, and what rules say of it.
struct After {
    repaired: Option<Repaired>,
    seen: Option<Seen>,
}

impl<'a> Sifting<'a> {
    /// Reads the keys as they stand, for the rules of which repairs have a say.
    pub(super) fn stand(&self, budget: &Arc<Budget>) -> Result<Option<Standing<'a>>, Fault> {
        let Some(remedy) = self.sieve.remedy else { return Ok(None) };
        let mut blank = Vec::new();
        for (look, columns) in self.keyed() {
            let dedupe = (look < self.sieve.rules.len())
                .then(|| {
                    let whole = self.is_whole(&columns);
                    remedy.dedupe.iter().find(|dedupe| dedupe.settles((!whole).then_some(columns.as_slice())))
                })
                .flatten();
            let changed = remedy.touches(self.opened, &self.looks[look].ask.measure);
            if changed || dedupe.is_some() {
                blank.push((look, columns, dedupe));
            }
        }
        if blank.is_empty() {
            return Ok(None);
        }
        let states = self.opened.scan(
            &self.columns,
            || blank.iter().map(|_| State::new(budget)).collect::<Vec<_>>(),
            |states, batch, _| self.stand_in(batch, &blank, states),
        )?;
        let mut all: Vec<State> = blank.iter().map(|_| State::new(budget)).collect();
        for state in states {
            for ((all, more), (.., dedupe)) in all.iter_mut().zip(state).zip(&blank) {
                all.merge(more, *dedupe)?;
            }
        }
        let keys = blank.into_iter().zip(all).map(|((look, columns, dedupe), mut state)| {
            state.kept.values_mut().filter_map(|kept| kept.key.as_ref()).for_each(|key| state.keys.add(key));
            let (_, repeated) = state.keys.finish()?;
            Ok(StandingKeys { look, columns, kept: dedupe.map(|dedupe| (dedupe, state.kept)), repeated })
        });
        Ok(Some(Standing { keys: keys.collect::<Result<_, Fault>>()? }))
    }

    /// The rules about keys that must not repeat, with the columns of these and of their groups.
    fn keyed(&self) -> impl Iterator<Item = (usize, Vec<String>)> {
        self.looks.iter().enumerate().filter_map(|(place, look)| match &look.ask.measure {
            Measure::Repeats(keys, _) => Some((place, keys.clone())),
            Measure::Grouped(by, inner) => match inner.as_ref() {
                Measure::Repeats(keys, _) => Some((place, by.iter().chain(keys).cloned().collect())),
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether some columns are all those of the files.
    fn is_whole(&self, columns: &[String]) -> bool {
        let mut stored = self.opened.schema.columns.iter().filter(|column| column.computed.is_none());
        stored.all(|column| columns.contains(&column.name))
    }

    /// Takes in the keys of a batch as they stand.
    fn stand_in(
        &self,
        batch: &Batch,
        keyed: &[(usize, Vec<String>, Option<&'a Dedupe>)],
        states: &mut [State],
    ) -> Result<(), Fault> {
        let raw = self.see(batch)?;
        let told = self.told(batch, &raw);
        let after = self.after(batch, &told)?;
        let repaired = after.seen.as_ref().unwrap_or(&raw);
        let mut sound = vec![false; batch.rows];
        let skipped: Vec<usize> = keyed.iter().map(|(look, ..)| *look).collect();
        for row in told.invalid.iter().map(|invalid| invalid.row) {
            sound[row] = !is_malformed(batch, row) && self.is_sound(row, &raw, repaired, &skipped);
        }
        for ((look, columns, dedupe), state) in keyed.iter().zip(states) {
            let of = |seen: &Seen, version: bool| {
                let mut rows = vec![false; batch.rows];
                seen.masks[*look].each(batch.rows, |row| rows[row] = sound[row] == version);
                rows
            };
            let (mut as_read, mut as_repaired) = (of(&raw, false), of(repaired, true));
            if let Some(dedupe) = dedupe {
                let mut now: HashMap<usize, Key> = HashMap::new();
                let take = |seen: &Seen, rows: &[bool], now: &mut HashMap<usize, Key>| {
                    let rows = Mask::bits(mask::pack(batch.rows, |row| rows[row]), None);
                    keys::each(&scan::key_columns(&seen.columns, columns), batch.rows, &rows, |row, key| {
                        now.insert(row, key);
                    });
                };
                take(&raw, &as_read, &mut now);
                take(repaired, &as_repaired, &mut now);
                let by = dedupe.by.as_ref().and_then(|by| repaired.columns.get(by));
                let start = within(batch).start;
                let group = scan::key_columns(&raw.columns, columns);
                keys::each(&group, batch.rows, &raw.violating[*look], |row, key| {
                    (as_read[row], as_repaired[row]) = (false, false);
                    let order = by.map_or(Value::Null, |by| by.value(row));
                    let place = (start.0, start.1 + row as u64);
                    state.keep(key, Kept { order, place, key: now.remove(&row) }, dedupe);
                });
                state.settle()?;
            }
            let mut take = |columns_of: &HashMap<String, Column>, rows: &[bool]| {
                let rows = Mask::bits(mask::pack(batch.rows, |row| rows[row]), None);
                state.keys.update(&scan::key_columns(columns_of, columns), batch.rows, &rows);
            };
            take(&raw.columns, &as_read);
            take(&repaired.columns, &as_repaired);
        }
        Ok(())
    }

    /// The batch with its invalid rows repaired, and what rules say of it; as it was where no cell is another one.
    fn after(&self, batch: &Batch, told: &Told) -> Result<After, Fault> {
        let cells = self.sieve.remedy.and_then(|remedy| remedy.cells.as_ref());
        let invalid: Vec<usize> = told.invalid.iter().map(|invalid| invalid.row).collect();
        let repaired = match cells.filter(|_| !invalid.is_empty()) {
            Some(cells) => cells.repaired(batch, &self.columns, &invalid)?,
            None => None,
        };
        let seen = repaired.as_ref().map(|repaired| self.see(&repaired.batch)).transpose()?;
        Ok(After { repaired, seen })
    }

    /// Whether a repaired row breaks no rule that tells rows apart and none that it did not break before, some rules aside.
    fn is_sound(&self, row: usize, raw: &Seen, repaired: &Seen, aside: &[usize]) -> bool {
        let breaks = |seen: &Seen, look: usize| holds(&seen.violating[look], row);
        let looks = (0..self.looks.len()).filter(|look| !aside.contains(look));
        repaired.meant[row]
            && looks
                .into_iter()
                .all(|look| !breaks(repaired, look) || (look >= self.sieve.rules.len() && breaks(raw, look)))
    }

    /// The rows of a batch that repairs cure; none if there is nothing to repair.
    pub(super) fn cure(&self, batch: &Batch, raw: &Seen, told: &Told) -> Result<Option<Cure>, Fault> {
        if told.invalid.is_empty() || self.sieve.remedy.is_none() {
            return Ok(None);
        }
        let After { repaired, seen } = self.after(batch, told)?;
        let standing = self.standing.as_ref().map_or(&[][..], |standing| standing.keys.as_slice());
        if repaired.is_none() && standing.iter().all(|keys| keys.kept.is_none()) {
            return Ok(None);
        }
        let after = seen.as_ref().unwrap_or(raw);
        let aside: Vec<usize> = standing.iter().map(|keys| keys.look).collect();
        let mut cured = vec![false; batch.rows];
        for row in told.invalid.iter().map(|invalid| invalid.row) {
            cured[row] = !is_malformed(batch, row) && self.is_sound(row, raw, after, &aside);
        }
        let mut changes = Vec::new();
        for keys in standing {
            changes.extend(keys.refuse(self, batch, (raw, after), &mut cured));
        }
        let (batch, cells) = match repaired {
            Some(Repaired { batch, changes }) => (Some(batch), changes),
            None => (None, Vec::new()),
        };
        changes.extend(cells);
        changes.retain(|change| cured[change.row]);
        changes.sort_by_key(|change| change.row);
        Ok(Some(Cure { cured, batch, changes }))
    }
}

impl StandingKeys<'_> {
    /// Takes back the cure of rows whose keys repeat as they stand, and says which others a `dedupe` keeps.
    fn refuse(
        &self,
        sifting: &Sifting<'_>,
        batch: &Batch,
        (raw, after): (&Seen, &Seen),
        cured: &mut [bool],
    ) -> Vec<Change> {
        let start = within(batch).start;
        let mut changes = Vec::new();
        let broke = |row: usize| holds(&raw.violating[self.look], row);
        let tolerated = self.look >= sifting.sieve.rules.len();
        if let Some((_, kept)) = &self.kept {
            let columns = scan::key_columns(&raw.columns, &self.columns);
            keys::each(&columns, batch.rows, &raw.violating[self.look], |row, key| {
                let is_kept = kept.get(&key).is_some_and(|kept| kept.place == (start.0, start.1 + row as u64));
                if is_kept && cured[row] {
                    let repairs = vec![Dedupe::NAME];
                    changes.push(Change { row, column: None, repairs, before: None, after: None });
                } else if !is_kept && holds(&after.masks[self.look], row) {
                    cured[row] = false;
                }
            });
        }
        let columns = scan::key_columns(&after.columns, &self.columns);
        keys::each(&columns, batch.rows, &after.masks[self.look], |row, key| {
            if cured[row] && self.repeated.contains_in(None, &key) && !(tolerated && broke(row)) {
                cured[row] = false;
            }
        });
        changes
    }

    /// What could not be looked up, and why.
    fn check(&self) -> Result<(), Fault> {
        self.repeated.check()
    }
}

impl Standing<'_> {
    /// What could not be looked up, and why.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.keys.iter().try_for_each(StandingKeys::check)
    }
}

/// The keys of a rule, taken in.
struct State {
    keys: Keys,
    kept: HashMap<Key, Kept>,
    held: Held,
}

impl State {
    fn new(budget: &Arc<Budget>) -> Self {
        Self { keys: Keys::new(true, budget, true), kept: HashMap::new(), held: Held::new(budget) }
    }

    fn keep(&mut self, group: Key, row: Kept, dedupe: &Dedupe) {
        match self.kept.entry(group) {
            std::collections::hash_map::Entry::Vacant(vacant) => drop(vacant.insert(row)),
            std::collections::hash_map::Entry::Occupied(mut known) => {
                if row.wins(known.get(), dedupe.keep) {
                    known.insert(row);
                }
            }
        }
    }

    /// Holds the memory of the groups.
    fn settle(&mut self) -> Result<(), Fault> {
        let bytes = self.kept.len() * (size_of::<Key>() + size_of::<Kept>() + 64);
        if self.held.hold(bytes) { Ok(()) } else { Err(self.held.budget.spent("the groups of equal rows")) }
    }

    fn merge(&mut self, later: Self, dedupe: Option<&Dedupe>) -> Result<(), Fault> {
        self.keys.merge(later.keys);
        drop(later.held);
        #[expect(clippy::iter_over_hash_type, reason = "which row wins does not hang on the order")]
        for (group, row) in later.kept {
            if let Some(dedupe) = dedupe {
                self.keep(group, row, dedupe);
            }
        }
        self.settle()
    }
}

impl Kept {
    /// Whether it is kept rather than another row of its group. A row without a value to put it in order never wins from one
    /// that has one; ties go by the order of the files.
    fn wins(&self, other: &Self, keep: Keep) -> bool {
        use std::cmp::Ordering;
        match (self.order.is_null(), other.order.is_null()) {
            (true, false) => return false,
            (false, true) => return true,
            _ => {}
        }
        let order = self.order.compare(&other.order).unwrap_or(Ordering::Equal).then(self.place.cmp(&other.place));
        match keep {
            Keep::First => order == Ordering::Less,
            Keep::Last => order == Ordering::Greater,
        }
    }
}

fn is_malformed(batch: &Batch, row: usize) -> bool {
    batch.malformed.as_ref().is_some_and(|malformed| malformed.value(row))
}

/// Whether a mask holds of a row.
fn holds(mask: &Mask, row: usize) -> bool {
    match mask {
        Mask::All(flag) => *flag,
        Mask::Unknown => false,
        Mask::Rows(rows) => rows.get(row) == Some(true),
        Mask::Places(places, _) => u32::try_from(row).is_ok_and(|row| places.binary_search(&row).is_ok()),
    }
}
