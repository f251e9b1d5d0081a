//! Rows that show a failure: the first of them, and the most frequent violating values.
//!
//! Read only for rules that failed, in one more pass of their dataset. The text of a cell that did not parse is shown as it
//! stands in the file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use polars::prelude::BooleanChunked;

use crate::answer::{Evidence, json_of};
use crate::dataset::Kind;
use crate::engine::local::column::Column;
use crate::engine::local::condition::{Conditions, Earlier, Evaluation, Frame};
use crate::engine::local::keys::{self, Key};
use crate::engine::local::look::{Look, within};
use crate::engine::local::mask::Mask;
use crate::engine::local::open::{Opened, fault};
use crate::engine::local::order::Place;
use crate::engine::local::proof;
use crate::engine::local::read::Wanted;
use crate::engine::local::scan::{self, Needed, Values};
use crate::engine::local::values::Tallied;
use crate::engine::source::Batch;
use crate::ir::name::document;
use crate::ir::{Measure, Predicate, Reading, Type, Value};
use crate::outcome::{Counterpart, Fault, Sample, TopValue};

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

/// What was found of a look.
pub(super) struct Found {
    samples: Vec<(Place, Sample)>,
    /// Rows that do not go with those.
    beside: BTreeMap<Place, Sample>,
    top_values: Vec<TopValue>,
}

/// Finds the rows of some looks into one dataset; `counts` tell how many rows of each file a measure counted, where they do.
pub(super) fn find<'c>(
    opened: &Opened,
    looks: &[&Look<'_>],
    earlier: &Arc<Earlier>,
    counts: &dyn Fn(&Ask) -> Option<&'c Vec<u64>>,
) -> Result<Vec<Found>, Fault> {
    let mut conditions = Conditions::knowing(earlier);
    let mut handles = Vec::with_capacity(looks.len());
    let mut beside = Vec::with_capacity(looks.len());
    for look in looks {
        let groups = if let Measure::Grouped(by, _) = &look.ask.measure { by.as_slice() } else { &[] };
        handles.push(conditions.add_in(groups, look.rows).map_err(|error| fault("not_computable", &error))?);
        beside.push(look.beside());
    }
    let needed = Needed::new(opened, |see| {
        for look in looks {
            if look.elsewhere.is_none() {
                look.ask.measure.columns(see);
            }
            look.ask
                .columns
                .iter()
                .chain(&look.ask.key)
                .filter(|name| opened.schema.column(name).is_some())
                .for_each(|name| see(name));
        }
    })?;
    let (columns, raw) = with_text(opened, &needed);
    let files = looks.iter().map(|look| look.files(counts(look.ask))).collect::<Option<Vec<_>>>();
    let is_read = |file: usize| files.as_ref().is_none_or(|files| files.iter().any(|own| own.contains(&file)));
    // Rows that others are shown beside may lie anywhere.
    let told = opened.proves && beside.iter().all(BTreeSet::is_empty);
    let of_looks: Vec<&Predicate> = looks.iter().map(|look| look.rows).collect();
    let barren = if told { proof::barren(opened, &of_looks) } else { Vec::new() };
    let is_barren =
        |file: usize, row_group| barren.get(file).and_then(|of| of.get(row_group)).copied().unwrap_or_default();
    let states = opened.scan_some(
        |file, row_group| {
            (is_read(file) && !is_barren(file, row_group)).then_some(Wanted {
                columns: &columns,
                rows: None,
                what: &(),
            })
        },
        || looks.iter().map(|_| Shown::default()).collect::<Vec<_>>(),
        |shown, (), batch, _| {
            let (columns, unparsed, malformed) = needed.frame(opened, batch)?;
            let frame = Frame {
                rows: batch.rows,
                columns: &columns,
                unparsed: &unparsed,
                malformed: malformed.as_ref(),
                assets: Some(&opened.assets),
            };
            let mut evaluation = Evaluation::new(&conditions, &frame);
            let cells = Cells { opened, batch, columns: &columns, unparsed: &unparsed, raw: &raw, frame: &frame };
            for (index, look) in looks.iter().enumerate() {
                let mask = evaluation.mask(handles[index]).map_err(|error| fault("not_computable", &error))?;
                let mask = look.violating(batch, &columns, mask);
                if mask.count(batch.rows) > 0 {
                    shown[index].take(look, &cells, &mask);
                }
                for (file, row) in beside[index].range(within(batch)) {
                    let sample = cells.sample(look.ask, usize::try_from(row - batch.first_row).unwrap_or(0));
                    shown[index].beside.insert((*file, *row), sample);
                }
            }
            Ok(())
        },
    )?;
    for look in looks {
        look.check()?;
    }
    // Values are counted only where every violating row is known.
    let blank = |look: &&Look<'_>| Shown { overflowed: !look.is_whole(), ..Shown::default() };
    let mut evidence: Vec<Shown> = looks.iter().map(blank).collect();
    for state in states {
        for ((total, more), look) in evidence.iter_mut().zip(state).zip(looks) {
            total.merge(more, look.limit);
        }
    }
    Ok(evidence.into_iter().zip(looks).map(|(shown, look)| shown.finish(look.ask)).collect())
}

/// Puts together what the looks of one ask found, each row beside the one that it does not go with.
pub(super) fn show(looks: &[Look<'_>], found: Vec<Found>) -> Evidence {
    let mut found = looks.iter().zip(found);
    let Some((look, own)) = found.next() else { return Evidence::default() };
    let other = found.next();
    let elsewhere = other.as_ref().and_then(|(look, _)| look.elsewhere.map(str::to_owned));
    let mut there = other.map(|(_, found)| found.samples.into_iter().collect::<BTreeMap<_, _>>()).unwrap_or_default();
    let mut samples = Vec::with_capacity(own.samples.len());
    for (place, mut sample) in own.samples {
        if let Some(other) = look.others.get(&place) {
            let beside = if elsewhere.is_some() { there.remove(other) } else { own.beside.get(other).cloned() };
            if let Some(beside) = beside {
                let mut values = beside.values;
                if elsewhere.is_some() {
                    // Of two rows that belong together only what names them and what differs is worth showing.
                    let key = if let Measure::Pairs(pairs, _) = &look.ask.measure { pairs.key.as_slice() } else { &[] };
                    let differs = |name: &String, own: &serde_json::Value, other: &Values| {
                        key.contains(name) || other.get(name) != Some(own)
                    };
                    let whole = std::mem::take(&mut sample.values);
                    let kept = |(name, value): (String, serde_json::Value)| {
                        differs(&name, &value, &values).then_some((name, value))
                    };
                    sample.values = whole.into_iter().filter_map(kept).collect();
                    values.retain(|name, _| sample.values.contains_key(name));
                }
                let (file, line, row_index) = (beside.file, beside.line, beside.row_index);
                sample.other = Some(Counterpart { dataset: elsewhere.clone(), file, line, row_index, values });
            }
        }
        samples.push(sample);
    }
    // What is left is only there.
    samples.extend(there.into_values().map(|sample| Sample { dataset: elsewhere.clone(), ..sample }));
    Evidence { samples, top_values: own.top_values }
}

/// Adds each column once more as it is spelled, for the cells that do not parse; what is not stored as text has none.
fn with_text(opened: &Opened, needed: &Needed) -> (Vec<(usize, Reading)>, HashMap<String, usize>) {
    let mut columns = needed.columns.clone();
    let mut raw = HashMap::new();
    for (place, (column, reading)) in needed.columns.iter().enumerate() {
        // What is not text may stand where JSON, a sheet or a database has text.
        let mixed = matches!(opened.kind, Kind::Json | Kind::Ndjson | Kind::Sqlite | Kind::Excel);
        if reading.kind != Type::String || mixed {
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
    /// The same cells, as conditions see them.
    frame: &'a Frame<'a>,
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
        // Of an object or a list there is more to show where its document was read.
        let column = self.columns.get(&document(name)).or_else(|| self.columns.get(name));
        column.map_or(Value::Null, |column| column.value(row))
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
            // The rows of a database have no place of their own; its key names them.
            row_index: (self.opened.kind != Kind::Sqlite).then_some(self.batch.first_row + row as u64),
            key: json(
                ask.key
                    .iter()
                    .filter(|name| self.columns.contains_key(*name))
                    .map(|name| (name.clone(), self.value(name, row)))
                    .collect(),
            ),
            values: json(self.told(ask, row)),
            dataset: None,
            other: None,
            reason: None,
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
    samples: Vec<(Place, Sample)>,
    /// Rows that do not go with those.
    beside: BTreeMap<Place, Sample>,
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
    fn take(&mut self, look: &Look<'_>, cells: &Cells<'_>, mask: &Mask) {
        let (ask, rows) = (look.ask, cells.batch.rows);
        let (file, start) = within(cells.batch).start;
        if self.samples.len() < look.limit {
            let mut room = look.limit - self.samples.len();
            let mut first = Vec::with_capacity(room.min(rows));
            mask.each(rows, |row| {
                if room > 0 {
                    room -= 1;
                    first.push(row);
                }
            });
            let sample = |row| Sample { reason: cells.frame.why(look.rows, row), ..cells.sample(ask, row) };
            self.samples.extend(first.into_iter().map(|row| ((file, start + row as u64), sample(row))));
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
        self.beside.extend(later.beside);
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

    fn finish(self, ask: &Ask) -> Found {
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
        Found { samples: self.samples, beside: self.beside, top_values: top_values.collect() }
    }
}
