//! The order of a sequence: how many rows break it, and where the first of them stand.
//!
//! A row breaks the order if its value does not follow that of the row before it that has one; the first row always holds.
//! In the order of the files only the ends of a stretch are kept. In the order of other columns all rows are kept and sorted,
//! those of equal keys in the order of the files.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::local::budget::Budget;
use crate::engine::local::column::{Column, Flat};
use crate::engine::local::mask::Mask;
use crate::engine::local::runs::Runs;
use crate::engine::local::sortable;
use crate::ir::{Order, Value};
use crate::outcome::Fault;

/// How many of the rows that break an order are remembered, to be shown.
const KEPT: usize = 10_000;

/// Where a row stands: the file, and the row in it from 0.
pub(super) type Place = (u32, u64);

/// What an order is looked at by, in one batch.
pub(super) struct Steps<'c> {
    pub(super) of: Column,
    pub(super) by: Vec<&'c Column>,
    /// Where the first row of the batch stands.
    pub(super) start: Place,
}

/// The rows that break an order.
#[derive(Clone, Debug, Default)]
pub(super) struct Breaks {
    pub(super) count: u64,
    /// The first of them in the order of the files.
    pub(super) places: BTreeSet<Place>,
}

impl Breaks {
    fn add(&mut self, place: Place) {
        self.count += 1;
        self.places.insert(place);
        self.shorten();
    }

    /// Adds breaks of other rows.
    pub(super) fn join(&mut self, other: Self) {
        self.count += other.count;
        self.places.extend(other.places);
        self.shorten();
    }

    fn shorten(&mut self) {
        while self.places.len() > KEPT {
            self.places.pop_last();
        }
    }

    /// Whether every row that breaks the order is remembered.
    pub(super) fn is_whole(&self) -> bool {
        self.count == self.places.len() as u64
    }
}

/// The sequence seen so far.
pub(super) enum Sequence {
    /// In the order of the files.
    Rows { wanted: Wanted, ends: Option<(Value, Place, Value)>, breaks: Breaks },
    /// To be sorted: the key, the place, the value and the length of this, as bytes that sort.
    Sorted { wanted: Wanted, rows: Runs<Box<[u8]>> },
}

/// How a value should follow the one before it.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    falling: bool,
    strict: bool,
}

impl Wanted {
    fn holds(self, from_last: Ordering) -> bool {
        match from_last {
            Ordering::Equal => !self.strict,
            Ordering::Greater => !self.falling,
            Ordering::Less => self.falling,
        }
    }
}

/// The bytes of a place.
const PLACE: usize = 12;

/// The bytes of a length.
const LENGTH: usize = 4;

impl Sequence {
    /// Nothing seen yet; rows beyond the budget are written, or are a fault.
    pub(super) fn new(order: &Order, budget: &Arc<Budget>, spills: bool) -> Self {
        let wanted = Wanted { falling: order.falling, strict: order.strict };
        if order.by.is_empty() {
            Self::Rows { wanted, ends: None, breaks: Breaks::default() }
        } else {
            Self::Sorted { wanted, rows: Runs::new(budget, spills) }
        }
    }

    /// Takes in the rows of a batch that a mask keeps.
    pub(super) fn update(&mut self, steps: &Steps<'_>, rows: usize, mask: &Mask) {
        match self {
            Self::Rows { wanted, ends, breaks } => {
                let Some(found) = walk(steps, rows, mask, *wanted) else { return };
                append(*wanted, (ends, breaks), found);
            }
            Self::Sorted { rows: kept, .. } => {
                mask.each(rows, |row| {
                    let mut bytes = Vec::with_capacity(48);
                    let mut whole = true;
                    for column in &steps.by {
                        whole &= sortable::write(column, row, &mut bytes);
                    }
                    let (file, place) = at(steps.start, row);
                    bytes.extend_from_slice(&file.to_be_bytes());
                    bytes.extend_from_slice(&place.to_be_bytes());
                    let start = bytes.len();
                    whole &= sortable::write(&steps.of, row, &mut bytes);
                    let length = u32::try_from(bytes.len() - start).unwrap_or(u32::MAX);
                    bytes.extend_from_slice(&length.to_be_bytes());
                    if whole {
                        kept.push(bytes.into());
                    }
                });
                kept.settle();
            }
        }
    }

    /// Takes in what was seen of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::Rows { wanted, ends, breaks }, Self::Rows { ends: Some(next), breaks: more, .. }) => {
                append(*wanted, (ends, breaks), (next, more));
            }
            (Self::Sorted { rows, .. }, Self::Sorted { rows: more, .. }) => rows.merge(more),
            // One measure has one kind of state, and no rows add nothing.
            _ => {}
        }
    }

    /// The rows that break the order.
    ///
    /// # Errors
    /// Why rows could not be kept.
    pub(super) fn finish(self) -> Result<Breaks, Fault> {
        let (wanted, rows) = match self {
            Self::Rows { breaks, .. } => return Ok(breaks),
            Self::Sorted { wanted, rows } => (wanted, rows),
        };
        let mut breaks = Breaks::default();
        let mut last: Option<Box<[u8]>> = None;
        rows.each(|row| {
            let holds = last.as_ref().is_none_or(|last| wanted.holds(value(&row).cmp(value(last))));
            if !holds {
                breaks.add(place(&row));
            }
            last = Some(row);
            Ok(())
        })?;
        Ok(breaks)
    }
}

/// The first value with its place, and the last value.
type Ends = (Value, Place, Value);

/// Puts a stretch after another.
fn append(wanted: Wanted, (ends, breaks): (&mut Option<Ends>, &mut Breaks), (next, more): (Ends, Breaks)) {
    if let Some((_, _, last)) = ends {
        if !next.0.compare(last).is_some_and(|order| wanted.holds(order)) {
            breaks.add(next.1);
        }
        *last = next.2;
    } else {
        *ends = Some(next);
    }
    breaks.join(more);
}

/// The ends of the rows of a batch that a mask keeps, and the breaks between them; none of no rows.
fn walk(steps: &Steps<'_>, rows: usize, mask: &Mask, wanted: Wanted) -> Option<(Ends, Breaks)> {
    let mut breaks = Breaks::default();
    let see = |row| breaks.add(at(steps.start, row));
    let compare = |holds: Ordering| wanted.holds(holds);
    let (first, last) = match &steps.of {
        Column::Integer(values) | Column::Timestamp(values) | Column::Time(values) => {
            let values = Flat::new(values);
            pairs(|row| values.get(row), rows, mask, compare, see)
        }
        Column::Date(values) => {
            let values = Flat::new(values);
            pairs(|row| values.get(row), rows, mask, compare, see)
        }
        Column::Decimal(values, _) => {
            let values = Flat::new(values);
            pairs(|row| values.get(row), rows, mask, compare, see)
        }
        Column::Float(values) => {
            let values = Flat::new(values);
            pairs(|row| values.get(row).map(sortable::from_float), rows, mask, compare, see)
        }
        Column::Text(values) => pairs(|row| values.get(row), rows, mask, compare, see),
        Column::Boolean(_) | Column::Nested(_) => None,
    }?;
    Some(((steps.of.value(first), at(steps.start, first), steps.of.value(last)), breaks))
}

/// The first and the last row with a value; calls back with each that does not follow the one before it.
fn pairs<T: Ord>(
    value: impl Fn(usize) -> Option<T>,
    rows: usize,
    mask: &Mask,
    holds: impl Fn(Ordering) -> bool,
    mut see: impl FnMut(usize),
) -> Option<(usize, usize)> {
    let mut ends: Option<(usize, usize)> = None;
    let mut last: Option<T> = None;
    mask.each(rows, |row| {
        let Some(value) = value(row) else { return };
        if last.as_ref().is_some_and(|last| !holds(value.cmp(last))) {
            see(row);
        }
        last = Some(value);
        ends = Some((ends.map_or(row, |(first, _)| first), row));
    });
    ends
}

const fn at((file, first): Place, row: usize) -> Place {
    (file, first + row as u64)
}

/// The value of a row kept to be sorted.
fn value(row: &[u8]) -> &[u8] {
    let (start, end) = value_range(row);
    row.get(start..end).unwrap_or_default()
}

fn place(row: &[u8]) -> Place {
    let (start, _) = value_range(row);
    let bytes = row.get(start.saturating_sub(PLACE)..start).and_then(<[u8]>::first_chunk::<PLACE>);
    let Some([a, b, c, d, rest @ ..]) = bytes else { return (0, 0) };
    (u32::from_be_bytes([*a, *b, *c, *d]), u64::from_be_bytes(*rest))
}

fn value_range(row: &[u8]) -> (usize, usize) {
    let length = row.last_chunk::<LENGTH>().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let end = row.len().saturating_sub(LENGTH);
    (end.saturating_sub(length as usize), end)
}
