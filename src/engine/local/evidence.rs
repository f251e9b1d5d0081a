//! Rows that show a failure: the first of them, and the most frequent violating values.
//!
//! Read only for rules that failed, in one more pass of their dataset. The text of a cell that did not parse is shown as it
//! stands in the file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use polars::prelude::BooleanChunked;

use crate::answer::{Evidence, json_of};
use crate::dataset::Kind;
use crate::engine::local::Local;
use crate::engine::local::column::Column;
use crate::engine::local::condition::{Conditions, Evaluation, Frame};
use crate::engine::local::groups::Parting;
use crate::engine::local::keys::{self, Key, KeySet, Repeated};
use crate::engine::local::mask::{self, Mask};
use crate::engine::local::open::{Opened, fault};
use crate::engine::local::order::Breaks;
use crate::engine::local::scan::{self, Needed, Values};
use crate::engine::local::values::Tallied;
use crate::engine::source::Batch;
use crate::ir::{Measure, Parent, Predicate, Reading, Type, Value};
use crate::outcome::{Fault, Sample, TopValue};

/// How many different violating values are counted at most.
const COUNTED: usize = 10_000;

/// How many of the most frequent values are shown.
const TOP: usize = 10;

/// A failed check whose rows are to be shown.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The dataset.
    pub dataset: String,
    /// The measure that counted the violations.
    pub measure: Measure,
    /// The columns whose values are shown.
    pub columns: Vec<String>,
    /// Whether only cells that do not parse are shown.
    pub unparsed_only: bool,
    /// The columns that name a row.
    pub key: Vec<String>,
    /// How many rows to show.
    pub limit: usize,
}

/// How the rows of an ask are told.
enum Wanted {
    Mask,
    Repeated { keys: Vec<String>, by: Vec<String>, repeated: Arc<Repeated> },
    Orphans(Vec<String>, Parent, Arc<KeySet>),
    Breaks(Arc<Breaks>),
}

impl Wanted {
    /// What could not be looked up, and why.
    fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Repeated { repeated, .. } => repeated.check(),
            Self::Orphans(_, _, set) => set.check(),
            Self::Mask | Self::Breaks(_) => Ok(()),
        }
    }

    /// Whether every violating row is found again.
    fn is_whole(&self) -> bool {
        if let Self::Breaks(breaks) = self { breaks.is_whole() } else { true }
    }
}

/// Shows the rows of some failed checks of one dataset.
pub(super) fn show(opened: &Opened, asks: &[&Ask], local: &Local) -> Result<Vec<Evidence>, Fault> {
    let mut conditions = Conditions::knowing(&local.earlier_of(asks.first().map_or("", |ask| &ask.dataset)));
    let mut handles = Vec::with_capacity(asks.len());
    let mut wanted = Vec::with_capacity(asks.len());
    for ask in asks {
        let (rows, how) = told(ask, local)?;
        handles
            .push(conditions.add_in(groups_of(&ask.measure), rows).map_err(|error| fault("not_computable", &error))?);
        wanted.push(how);
    }
    let needed = Needed::new(opened, |see| {
        for ask in asks {
            ask.measure.columns(see);
            ask.columns
                .iter()
                .chain(&ask.key)
                .filter(|name| opened.schema.column(name).is_some())
                .for_each(|name| see(name));
        }
    })?;
    let (columns, raw) = with_text(opened, &needed);
    let states = opened.scan(
        &columns,
        || asks.iter().map(|_| Shown::default()).collect::<Vec<_>>(),
        |shown, batch, _| {
            let (columns, unparsed, malformed) = needed.frame(opened, batch)?;
            let frame =
                Frame { rows: batch.rows, columns: &columns, unparsed: &unparsed, malformed: malformed.as_ref() };
            let mut evaluation = Evaluation::new(&conditions, &frame);
            let cells = Cells { opened, batch, columns: &columns, unparsed: &unparsed, raw: &raw };
            for (index, ask) in asks.iter().enumerate() {
                let mask = evaluation.mask(handles[index]).map_err(|error| fault("not_computable", &error))?;
                let mask = violating(&wanted[index], batch, &columns, mask);
                if mask.count(batch.rows) > 0 {
                    shown[index].take(ask, &cells, &mask);
                }
            }
            Ok(())
        },
    )?;
    for wanted in &wanted {
        wanted.check()?;
    }
    // Values are counted only where every violating row is known.
    let blank = |wanted: &Wanted| Shown { overflowed: !wanted.is_whole(), ..Shown::default() };
    let mut evidence: Vec<Shown> = wanted.iter().map(blank).collect();
    for state in states {
        for ((total, more), ask) in evidence.iter_mut().zip(state).zip(asks) {
            total.merge(more, ask.limit);
        }
    }
    Ok(evidence.into_iter().zip(asks).map(|(shown, ask)| shown.finish(ask)).collect())
}

/// The columns that tell the groups of a measure apart.
fn groups_of(measure: &Measure) -> &[String] {
    if let Measure::Grouped(by, _) = measure { by } else { &[] }
}

/// The condition of an ask, and which of the rows that satisfy it are meant.
fn told<'a>(ask: &'a Ask, local: &Local) -> Result<(&'a Predicate, Wanted), Fault> {
    let (by, measure) = match &ask.measure {
        Measure::Grouped(by, inner) => (by.as_slice(), inner.as_ref()),
        measure => (&[][..], measure),
    };
    Ok(match measure {
        Measure::Repeats(keys, rows) => {
            let repeated = local.repeated.get(&(ask.dataset.clone(), ask.measure.clone()));
            let repeated = repeated.ok_or_else(|| fault("internal", &"the repeated keys were not kept"))?;
            (rows, Wanted::Repeated { keys: keys.clone(), by: by.to_vec(), repeated: Arc::clone(repeated) })
        }
        Measure::Orphans(keys, rows, parent) => match local.parents.get(parent) {
            Some(Ok(set)) => (rows, Wanted::Orphans(keys.clone(), parent.clone(), Arc::clone(set))),
            _ => return Err(fault("internal", &"the keys of the parent were not kept")),
        },
        Measure::Order(_, rows) => {
            let breaks = local.breaks.get(&(ask.dataset.clone(), ask.measure.clone()));
            let breaks = breaks.ok_or_else(|| fault("internal", &"the breaks of order were not kept"))?;
            (rows, Wanted::Breaks(Arc::clone(breaks)))
        }
        Measure::Rows(rows) => (rows, Wanted::Mask),
        _ => (&Predicate::Constant(false), Wanted::Mask),
    })
}

/// The rows of a mask that break the rule.
fn violating(wanted: &Wanted, batch: &Batch, columns: &HashMap<String, Column>, mask: Mask) -> Mask {
    let rows = batch.rows;
    let mut kept = vec![false; rows];
    match wanted {
        Wanted::Mask => return mask,
        Wanted::Repeated { keys, by, repeated } => {
            let parting = (!by.is_empty()).then(|| Parting::new(&scan::key_columns(columns, by), rows));
            keys::each(&scan::key_columns(columns, keys), rows, &mask, |row, key| {
                kept[row] = repeated.contains_in(parting.as_ref().and_then(|parting| parting.key(row)), &key);
            });
        }
        Wanted::Breaks(breaks) => {
            let file = u32::try_from(batch.file).unwrap_or(u32::MAX);
            let (first, end) = (batch.first_row, batch.first_row + rows as u64);
            for (_, place) in breaks.places.range((file, first)..(file, end)) {
                kept[usize::try_from(place - first).unwrap_or(0)] = true;
            }
        }
        Wanted::Orphans(keys, parent, set) => {
            keys::each(&scan::key_columns(columns, keys), rows, &mask, |row, key| {
                kept[row] = set.contains(&key, parent.null_safe) != parent.wanted;
            });
        }
    }
    Mask::bits(mask::pack(rows, |row| kept[row]), None)
}

/// Adds each column once more as it is spelled, for the cells that do not parse; what is not stored as text has none.
fn with_text(opened: &Opened, needed: &Needed) -> (Vec<(usize, Reading)>, HashMap<String, usize>) {
    let mut columns = needed.columns.clone();
    let mut raw = HashMap::new();
    for (place, (column, reading)) in needed.columns.iter().enumerate() {
        // A string of JSON may be something else.
        if reading.kind != Type::String || matches!(opened.kind, Kind::Json | Kind::Ndjson) {
            raw.insert(needed.names[place].clone(), columns.len());
            columns.push((*column, Reading::plain(Type::Json)));
        }
    }
    (columns, raw)
}

/// The cells of a batch.
struct Cells<'a> {
    opened: &'a Opened,
    batch: &'a Batch,
    columns: &'a HashMap<String, Column>,
    unparsed: &'a HashMap<String, BooleanChunked>,
    raw: &'a HashMap<String, usize>,
}

impl Cells<'_> {
    fn is_unparsed(&self, name: &str, row: usize) -> bool {
        self.unparsed.get(name).is_some_and(|mask| mask.get(row) == Some(true))
    }

    fn value(&self, name: &str, row: usize) -> Value {
        if self.is_unparsed(name, row)
            && let Some(text) = self.text(name, row)
        {
            return Value::Text(text);
        }
        self.columns.get(name).map_or(Value::Null, |column| column.value(row))
    }

    /// What is told of a row, by column.
    fn told(&self, ask: &Ask, row: usize) -> Vec<(String, Value)> {
        let told = ask.columns.iter().filter(|name| !ask.unparsed_only || self.is_unparsed(name, row));
        told.map(|name| (name.clone(), self.value(name, row))).collect()
    }

    fn sample(&self, ask: &Ask, row: usize) -> Sample {
        let json = |values: Vec<(String, Value)>| -> Values {
            values.into_iter().map(|(name, value)| (name, json_of(&value))).collect()
        };
        Sample {
            file: Some(self.opened.files[self.batch.file].shown.clone()),
            line: self.batch.lines.as_ref().and_then(|lines| lines.of(row)),
            row_index: Some(self.batch.first_row + row as u64),
            key: json(ask.key.iter().map(|name| (name.clone(), self.value(name, row))).collect()),
            values: json(self.told(ask, row)),
        }
    }

    /// The text of a cell as it stands in the file.
    fn text(&self, name: &str, row: usize) -> Option<String> {
        let raw = self.batch.columns.get(*self.raw.get(name)?)?;
        let texts = raw.as_string_view_opt()?;
        texts.is_valid(row).then(|| texts.value(row).to_owned())
    }
}

/// What is shown of an ask.
#[derive(Default)]
struct Shown {
    samples: Vec<Sample>,
    /// Rows by the values of the columns told of, where all of these parse.
    whole: Option<Counted>,
    /// Rows in which some cell does not parse, by what is told of them.
    odd: HashMap<Vec<(String, Value)>, u64>,
    overflowed: bool,
}

/// How often values occur.
enum Counted {
    One(Tallied),
    Several(hashbrown::HashMap<Key, (Vec<Value>, u64)>),
}

impl Shown {
    fn take(&mut self, ask: &Ask, cells: &Cells<'_>, mask: &Mask) {
        let rows = cells.batch.rows;
        if self.samples.len() < ask.limit {
            let mut room = ask.limit - self.samples.len();
            let mut first = Vec::with_capacity(room);
            mask.each(rows, |row| {
                if room > 0 {
                    room -= 1;
                    first.push(row);
                }
            });
            self.samples.extend(first.into_iter().map(|row| cells.sample(ask, row)));
        }
        if self.overflowed || ask.columns.is_empty() {
            return;
        }
        let odd = ask.columns.iter().filter_map(|name| cells.unparsed.get(name)).fold(None, |all, bad| match all {
            None => Some(bad.clone()),
            Some(all) => Some(&all | bad),
        });
        if let Some(odd) = &odd {
            let odd = Mask::Rows(&mask.clone().into_rows(rows) & odd);
            odd.each(rows, |row| {
                let told = cells.told(ask, row);
                *self.odd.entry(told).or_insert(0) += 1;
            });
        }
        if ask.unparsed_only {
            return self.settle();
        }
        let whole = match &odd {
            Some(odd) => Mask::Rows(&mask.clone().into_rows(rows) & &!odd),
            None => mask.clone(),
        };
        let columns = scan::key_columns(cells.columns, &ask.columns);
        let counted = self.whole.get_or_insert_with(|| match columns.as_slice() {
            [_] => Counted::One(Tallied::with_nulls(COUNTED)),
            _ => Counted::Several(hashbrown::HashMap::new()),
        });
        match (counted, columns.as_slice()) {
            (Counted::One(tallied), [column]) => {
                tallied.update(column, rows, &whole);
                self.overflowed |= tallied.is_full();
            }
            (Counted::Several(counts), columns) => {
                keys::each(columns, rows, &whole, |row, key| {
                    if counts.len() <= COUNTED {
                        let values = || columns.iter().map(|column| column.value(row)).collect();
                        counts.entry(key).or_insert_with(|| (values(), 0)).1 += 1;
                    }
                });
                self.overflowed |= counts.len() > COUNTED;
            }
            (Counted::One(_), _) => {}
        }
        self.settle();
    }

    /// Lets go of counts that are too many to be of use.
    fn settle(&mut self) {
        self.overflowed |= self.odd.len() > COUNTED;
        if self.overflowed {
            self.odd = HashMap::new();
            self.whole = None;
        }
    }

    fn merge(&mut self, later: Self, limit: usize) {
        let room = limit.saturating_sub(self.samples.len());
        self.samples.extend(later.samples.into_iter().take(room));
        self.overflowed |= later.overflowed;
        #[expect(clippy::iter_over_hash_type, reason = "counts are added; their order does not show")]
        for (key, count) in later.odd {
            *self.odd.entry(key).or_insert(0) += count;
        }
        match (&mut self.whole, later.whole) {
            (Some(Counted::One(total)), Some(Counted::One(more))) => {
                total.merge(more);
                self.overflowed |= total.is_full();
            }
            (Some(Counted::Several(total)), Some(Counted::Several(more))) => {
                for (key, (values, count)) in more {
                    total.entry(key).or_insert((values, 0)).1 += count;
                }
                self.overflowed |= total.len() > COUNTED;
            }
            (own @ None, later) => *own = later,
            (Some(_), _) => {}
        }
        self.settle();
    }

    fn finish(self, ask: &Ask) -> Evidence {
        let named = |values: Vec<Value>| ask.columns.iter().cloned().zip(values).collect::<Vec<_>>();
        let mut counts: Vec<(Vec<(String, Value)>, u64)> = Vec::new();
        // Counts that stopped half-way would mislead.
        if !self.overflowed {
            counts.extend(self.odd);
            match self.whole {
                Some(Counted::One(tallied)) => {
                    let values = tallied.finish().unwrap_or_default();
                    counts.extend(values.into_iter().map(|(value, count)| (named(vec![value]), count)));
                }
                Some(Counted::Several(several)) => {
                    counts.extend(several.into_values().map(|(values, count)| (named(values), count)));
                }
                None => {}
            }
        }
        counts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| format!("{a:?}").cmp(&format!("{b:?}"))));
        let top_values = counts.into_iter().take(TOP).map(|(values, count)| TopValue {
            values: values.iter().map(|(name, value)| (name.clone(), json_of(value))).collect(),
            count,
        });
        Evidence { samples: self.samples, top_values: top_values.collect() }
    }
}
