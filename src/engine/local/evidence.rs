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
use crate::engine::local::keys::{self, KeySet, Repeated};
use crate::engine::local::open::{Opened, fault};
use crate::engine::local::scan::{self, Needed, Values};
use crate::engine::source::Batch;
use crate::ir::{Measure, Parent, Predicate, Reading, Type, Value};
use crate::outcome::{Fault, Sample, TopValue};

/// How many different violating values are counted at most.
const COUNTED: usize = 100_000;

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
    Repeated(Vec<String>, Arc<Repeated>),
    Orphans(Vec<String>, Parent, Arc<KeySet>),
}

struct Shown {
    samples: Vec<Sample>,
    counts: HashMap<Vec<(String, Value)>, u64>,
    overflowed: bool,
}

/// Shows the rows of some failed checks of one dataset.
pub(super) fn show(opened: &Opened, asks: &[&Ask], local: &Local) -> Result<Vec<Evidence>, Fault> {
    let mut conditions = Conditions::default();
    let mut handles = Vec::with_capacity(asks.len());
    let mut wanted = Vec::with_capacity(asks.len());
    for ask in asks {
        let (rows, how) = match &ask.measure {
            Measure::Repeats(keys, rows) => {
                let repeated = local.repeated.get(&(ask.dataset.clone(), ask.measure.clone()));
                let repeated = repeated.ok_or_else(|| fault("internal", &"the repeated keys were not kept"))?;
                (rows, Wanted::Repeated(keys.clone(), Arc::clone(repeated)))
            }
            Measure::Orphans(keys, rows, parent) => match local.parents.get(parent) {
                Some(Ok(set)) => (rows, Wanted::Orphans(keys.clone(), parent.clone(), Arc::clone(set))),
                _ => return Err(fault("internal", &"the keys of the parent were not kept")),
            },
            Measure::Rows(rows) => (rows, Wanted::Mask),
            _ => (&Predicate::Constant(false), Wanted::Mask),
        };
        handles.push(conditions.add(rows).map_err(|error| fault("not_computable", &error))?);
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
        || {
            asks.iter()
                .map(|_| Shown { samples: Vec::new(), counts: HashMap::new(), overflowed: false })
                .collect::<Vec<_>>()
        },
        |shown, batch, _| {
            let (columns, unparsed, malformed) = needed.frame(opened, batch)?;
            let frame =
                Frame { rows: batch.rows, columns: &columns, unparsed: &unparsed, malformed: malformed.as_ref() };
            let mut evaluation = Evaluation::new(&conditions, &frame);
            let cells = Cells { opened, batch, columns: &columns, unparsed: &unparsed, raw: &raw };
            for (index, ask) in asks.iter().enumerate() {
                let mask = evaluation.mask(handles[index]).map_err(|error| fault("not_computable", &error))?;
                if matches!(wanted[index], Wanted::Mask) && mask.count(batch.rows) == 0 {
                    continue;
                }
                let shown = &mut shown[index];
                match &wanted[index] {
                    Wanted::Mask => {
                        (0..batch.rows).filter(|row| mask.holds(*row)).for_each(|row| shown.take(ask, &cells, row));
                    }
                    Wanted::Repeated(key, repeated) => {
                        keys::each(&scan::key_columns(&columns, key), batch.rows, &mask, |row, key| {
                            if repeated.contains(&key) {
                                shown.take(ask, &cells, row);
                            }
                        });
                    }
                    Wanted::Orphans(key, parent, set) => {
                        keys::each(&scan::key_columns(&columns, key), batch.rows, &mask, |row, key| {
                            if set.contains(&key, parent.null_safe) != parent.wanted {
                                shown.take(ask, &cells, row);
                            }
                        });
                    }
                }
            }
            Ok(())
        },
    )?;
    let mut evidence: Vec<Shown> =
        asks.iter().map(|_| Shown { samples: Vec::new(), counts: HashMap::new(), overflowed: false }).collect();
    for state in states {
        for ((total, more), ask) in evidence.iter_mut().zip(state).zip(asks) {
            total.merge(more, ask.limit);
        }
    }
    Ok(evidence.into_iter().map(Shown::finish).collect())
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

    /// The text of a cell as it stands in the file.
    fn text(&self, name: &str, row: usize) -> Option<String> {
        let raw = self.batch.columns.get(*self.raw.get(name)?)?;
        let texts = raw.as_string_view_opt()?;
        texts.is_valid(row).then(|| texts.value(row).to_owned())
    }
}

impl Shown {
    fn take(&mut self, ask: &Ask, cells: &Cells<'_>, row: usize) {
        let told: Vec<&String> =
            ask.columns.iter().filter(|name| !ask.unparsed_only || cells.is_unparsed(name, row)).collect();
        if self.samples.len() < ask.limit {
            let values = |names: &[&String]| -> Values {
                names.iter().map(|name| ((*name).clone(), json_of(&cells.value(name, row)))).collect()
            };
            self.samples.push(Sample {
                file: Some(cells.opened.files[cells.batch.file].shown.clone()),
                line: cells.batch.lines.as_ref().and_then(|lines| lines.of(row)),
                row_index: Some(cells.batch.first_row + row as u64),
                key: values(&ask.key.iter().collect::<Vec<_>>()),
                values: values(&told),
            });
        }
        if told.is_empty() || self.overflowed {
            return;
        }
        let key: Vec<(String, Value)> = told.into_iter().map(|name| (name.clone(), cells.value(name, row))).collect();
        if let Some(count) = self.counts.get_mut(&key) {
            *count += 1;
        } else if self.counts.len() < COUNTED {
            self.counts.insert(key, 1);
        } else {
            self.overflowed = true;
        }
    }

    fn merge(&mut self, later: Self, limit: usize) {
        let room = limit.saturating_sub(self.samples.len());
        self.samples.extend(later.samples.into_iter().take(room));
        self.overflowed |= later.overflowed;
        #[expect(clippy::iter_over_hash_type, reason = "counts are added; their order does not show")]
        for (key, count) in later.counts {
            *self.counts.entry(key).or_insert(0) += count;
        }
        self.overflowed |= self.counts.len() > COUNTED;
    }

    fn finish(self) -> Evidence {
        // Counts that stopped half-way would mislead.
        let mut counts: Vec<(Vec<(String, Value)>, u64)> =
            if self.overflowed { Vec::new() } else { self.counts.into_iter().collect() };
        counts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| format!("{a:?}").cmp(&format!("{b:?}"))));
        let top_values = counts.into_iter().take(TOP).map(|(values, count)| TopValue {
            values: values.iter().map(|(name, value)| (name.clone(), json_of(value))).collect(),
            count,
        });
        Evidence { samples: self.samples, top_values: top_values.collect() }
    }
}
