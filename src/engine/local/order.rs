//! The order of a sequence: how many rows break it, and where the first of them stand.
//!
//! A row breaks the order if its value does not follow that of the row before it that has one; the first row always holds.
//! In the order of the files only the ends of a stretch are kept. In the order of other columns all rows are kept and sorted,
//! those of equal keys in the order of the files. Intervals that must not meet are sorted by `spans`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::local::budget::Budget;
use crate::engine::local::column::{Column, Flat};
use crate::engine::local::mask::Mask;
use crate::engine::local::runs::Runs;
use crate::engine::local::sortable;
use crate::engine::local::spans::Spans;
use crate::engine::local::states::{Ink, Page, Unkept};
use crate::ir::{Follow, Order, Value};
use crate::outcome::Fault;

/// Where a row stands: the file, and the row in it from 0.
pub(super) type Place = (u32, u64);

/// What an order is looked at by, in one batch.
pub(super) struct Steps<'c> {
    pub(super) of: Column,
    /// What comes after each value, or the end of the interval that it begins, if that is asked for.
    pub(super) further: Option<Column>,
    pub(super) by: Vec<&'c Column>,
    /// Where the first row of the batch stands.
    pub(super) start: Place,
}

/// The rows that break an order.
#[derive(Clone, Debug)]
pub(super) struct Breaks {
    pub(super) count: u64,
    /// How many of them are remembered.
    most: usize,
    /// The first of them in the order of the files, each with a row that it does not go with, if there is one.
    pub(super) places: BTreeMap<Place, Option<Place>>,
}

impl Breaks {
    /// None yet; as many are remembered as a budget says.
    pub(super) fn within(budget: &Budget) -> Self {
        Self { count: 0, most: budget.places(), places: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, place: Place, other: Option<Place>) {
        self.count += 1;
        self.places.insert(place, other);
        self.shorten();
    }

    /// Adds breaks of other rows.
    pub(super) fn join(&mut self, other: Self) {
        self.count += other.count;
        self.places.extend(other.places);
        self.shorten();
    }

    fn shorten(&mut self) {
        while self.places.len() > self.most {
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
    Rows { wanted: Wanted, ends: Option<Ends>, breaks: Breaks },
    /// To be sorted: the key, the place, the value, what it is held against the next by, and the lengths of these two, as
    /// bytes that sort.
    Sorted { wanted: Wanted, rows: Runs<Box<[u8]>> },
    /// Intervals that must not meet.
    Spans(Spans),
}

/// How a value should follow the one before it.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Rising {
        strict: bool,
    },
    Falling {
        strict: bool,
    },
    /// It is what comes after that one.
    Next,
}

impl Wanted {
    /// Whether a value that lies so from the one before it, or from what comes after that one, follows it.
    fn holds(self, from_last: Ordering) -> bool {
        match (self, from_last) {
            (Self::Rising { strict } | Self::Falling { strict }, Ordering::Equal) => !strict,
            (Self::Rising { .. }, Ordering::Greater) | (Self::Falling { .. }, Ordering::Less) => true,
            (Self::Next, order) => order.is_eq(),
            _ => false,
        }
    }
}

/// The bytes of a place.
pub(super) const PLACE: usize = 12;

/// The most breaks of one file that are kept for a later run.
const BREAKS: u64 = 1_000;

/// The bytes of a length.
pub(super) const LENGTH: usize = 4;

impl Sequence {
    /// Nothing seen yet; rows beyond the budget are written, or are a fault.
    pub(super) fn new(order: &Order, budget: &Arc<Budget>, spills: bool) -> Self {
        let wanted = match order.follow {
            Follow::Apart(_) => return Self::Spans(Spans::new(budget, spills)),
            Follow::Rising { strict } => Wanted::Rising { strict },
            Follow::Falling { strict } => Wanted::Falling { strict },
            Follow::Step(_) => Wanted::Next,
        };
        if order.by.is_empty() {
            Self::Rows { wanted, ends: None, breaks: Breaks::within(budget) }
        } else {
            Self::Sorted { wanted, rows: Runs::new(budget, spills) }
        }
    }

    /// Takes in the rows of a batch that a mask keeps.
    pub(super) fn update(&mut self, steps: &Steps<'_>, rows: usize, mask: &Mask) {
        match self {
            Self::Rows { wanted, ends, breaks } => {
                let blank = Breaks { count: 0, most: breaks.most, places: BTreeMap::new() };
                let Some(found) = walk(steps, rows, mask, *wanted, blank) else { return };
                append(*wanted, (ends, breaks), found);
            }
            Self::Sorted { rows: kept, .. } => {
                mask.each(rows, |row| {
                    let mut bytes = Vec::with_capacity(48);
                    let mut whole = true;
                    for column in &steps.by {
                        whole &= sortable::write(column, row, &mut bytes);
                    }
                    write_place(at(steps.start, row), &mut bytes);
                    let start = bytes.len();
                    whole &= sortable::write(&steps.of, row, &mut bytes);
                    let middle = bytes.len();
                    if let Some(next) = &steps.further {
                        whole &= sortable::write(next, row, &mut bytes);
                    }
                    let end = bytes.len();
                    write_length(middle - start, &mut bytes);
                    write_length(end - middle, &mut bytes);
                    if whole {
                        kept.push(bytes.into());
                    }
                });
                kept.settle();
            }
            Self::Spans(spans) => spans.update(steps, rows, mask),
        }
    }

    /// Takes in what was seen of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::Rows { wanted, ends, breaks }, Self::Rows { ends: Some(next), breaks: more, .. }) => {
                append(*wanted, (ends, breaks), (next, more));
            }
            (Self::Sorted { rows, .. }, Self::Sorted { rows: more, .. }) => rows.merge(more),
            (Self::Spans(spans), Self::Spans(more)) => spans.merge(more),
            // One measure has one kind of state, and no rows add nothing.
            _ => {}
        }
    }

    /// Writes what was seen of one file, for a later run.
    ///
    /// # Errors
    /// Why that cannot be kept.
    pub(super) fn write(&self, ink: &mut Ink<'_>) -> Result<(), Unkept> {
        let Self::Rows { ends, breaks, .. } = self else { return Err(Unkept::Together) };
        if !breaks.is_whole() || breaks.count > BREAKS {
            return Err(Unkept::Large);
        }
        ink.flag(ends.is_some());
        if let Some((first, (_, start), (_, end), last)) = ends {
            ink.value(first)?;
            ink.count(*start);
            ink.count(*end);
            ink.value(last)?;
        }
        ink.count(breaks.count);
        for ((_, row), other) in &breaks.places {
            ink.count(*row);
            ink.flag(other.is_some());
            ink.count(other.map_or(0, |(_, row)| row));
        }
        Ok(())
    }

    /// What was written of a file, which may have another place among the files.
    pub(super) fn read(self, page: &mut Page<'_>, file: u32) -> Option<Self> {
        let Self::Rows { wanted, mut breaks, .. } = self else { return None };
        let mut ends = None;
        if page.flag()? {
            let (first, start, end) = (page.value()?, page.count()?, page.count()?);
            ends = Some((first, (file, start), (file, end), page.value()?));
        }
        for _ in 0..page.length()? {
            let row = page.count()?;
            let there = page.flag()?;
            let other = page.count()?;
            breaks.add((file, row), there.then_some((file, other)));
        }
        Some(Self::Rows { wanted, ends, breaks })
    }

    /// The rows that break the order.
    ///
    /// # Errors
    /// Why rows could not be kept.
    pub(super) fn finish(self) -> Result<Breaks, Fault> {
        let (wanted, rows) = match self {
            Self::Rows { breaks, .. } => return Ok(breaks),
            Self::Spans(spans) => return spans.finish(),
            Self::Sorted { wanted, rows } => (wanted, rows),
        };
        let mut breaks = Breaks::within(rows.budget());
        let mut last: Option<Box<[u8]>> = None;
        rows.each(|row| {
            let parts = Parts::of(&row);
            if let Some(last) = &last {
                let last = Parts::of(last);
                let held = if matches!(wanted, Wanted::Next) { last.next } else { last.value };
                if !wanted.holds(parts.value.cmp(held)) {
                    breaks.add(parts.place, Some(last.place));
                }
            }
            last = Some(row);
            Ok(())
        })?;
        Ok(breaks)
    }
}

/// The first value with its place, and the place of the last value with what the next one is held against.
type Ends = (Value, Place, Place, Value);

/// Puts a stretch after another.
fn append(wanted: Wanted, (ends, breaks): (&mut Option<Ends>, &mut Breaks), (next, more): (Ends, Breaks)) {
    if let Some((_, _, place, last)) = ends {
        if !next.0.compare(last).is_some_and(|order| wanted.holds(order)) {
            breaks.add(next.1, Some(*place));
        }
        *place = next.2;
        *last = next.3;
    } else {
        *ends = Some(next);
    }
    breaks.join(more);
}

/// The ends of the rows of a batch that a mask keeps, and the breaks between them; none of no rows.
fn walk(steps: &Steps<'_>, rows: usize, mask: &Mask, wanted: Wanted, mut breaks: Breaks) -> Option<(Ends, Breaks)> {
    let see = |row, last| breaks.add(at(steps.start, row), Some(at(steps.start, last)));
    let holds = |from_last: Ordering| wanted.holds(from_last);
    let (first, last) = match (&steps.of, &steps.further) {
        (Column::Integer(values) | Column::Timestamp(values) | Column::Time(values), None) => {
            let values = Flat::new(values);
            pairs(|row| values.get(row).map(|value| (value, value)), rows, mask, holds, see)
        }
        (Column::Date(values), None) => {
            let values = Flat::new(values);
            pairs(|row| values.get(row).map(|value| (value, value)), rows, mask, holds, see)
        }
        (Column::Decimal(values, _), None) => {
            let values = Flat::new(values);
            pairs(|row| values.get(row).map(|value| (value, value)), rows, mask, holds, see)
        }
        (Column::Float(values), None) => {
            let values = Flat::new(values);
            let whole = |row| values.get(row).map(sortable::from_float);
            pairs(|row| whole(row).map(|value| (value, value)), rows, mask, holds, see)
        }
        (Column::Text(values), None) => {
            pairs(|row| values.get(row).map(|value| (value, value)), rows, mask, holds, see)
        }
        (Column::Integer(values), Some(Column::Integer(next)))
        | (Column::Timestamp(values), Some(Column::Timestamp(next))) => {
            let (values, next) = (Flat::new(values), Flat::new(next));
            pairs(|row| values.get(row).zip(next.get(row)), rows, mask, holds, see)
        }
        (Column::Date(values), Some(Column::Date(next))) => {
            let (values, next) = (Flat::new(values), Flat::new(next));
            pairs(|row| values.get(row).zip(next.get(row)), rows, mask, holds, see)
        }
        (values @ Column::Decimal(..), Some(next)) => {
            let exact = |column: &Column, row| column.value(row).exact();
            pairs(|row| exact(values, row).zip(exact(next, row)), rows, mask, holds, see)
        }
        // What has no order was refused before.
        (_, Some(_)) | (Column::Boolean(_) | Column::Nested(_), None) => None,
    }?;
    let held = steps.further.as_ref().unwrap_or(&steps.of).value(last);
    Some(((steps.of.value(first), at(steps.start, first), at(steps.start, last), held), breaks))
}

/// The first and the last row with a value; calls back with each that does not follow the one before it, and with that.
///
/// `value` gives the value of a row, and what that of the next one is held against.
fn pairs<T: Ord>(
    value: impl Fn(usize) -> Option<(T, T)>,
    rows: usize,
    mask: &Mask,
    holds: impl Fn(Ordering) -> bool,
    mut see: impl FnMut(usize, usize),
) -> Option<(usize, usize)> {
    let mut ends: Option<(usize, usize)> = None;
    let mut held: Option<T> = None;
    mask.each(rows, |row| {
        let Some((value, next)) = value(row) else { return };
        if let (Some(held), Some((_, last))) = (&held, ends)
            && !holds(value.cmp(held))
        {
            see(row, last);
        }
        held = Some(next);
        ends = Some((ends.map_or(row, |(first, _)| first), row));
    });
    ends
}

pub(super) const fn at((file, first): Place, row: usize) -> Place {
    (file, first + row as u64)
}

pub(super) fn write_place((file, row): Place, to: &mut Vec<u8>) {
    to.extend_from_slice(&file.to_be_bytes());
    to.extend_from_slice(&row.to_be_bytes());
}

/// The place that some bytes begin with.
pub(super) fn read_place(bytes: &[u8]) -> Place {
    let Some([a, b, c, d, rest @ ..]) = bytes.first_chunk::<PLACE>() else { return (0, 0) };
    (u32::from_be_bytes([*a, *b, *c, *d]), u64::from_be_bytes(*rest))
}

pub(super) fn write_length(length: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// Takes a length off the end of some bytes.
pub(super) fn split_length(bytes: &[u8]) -> (&[u8], usize) {
    bytes.split_last_chunk::<LENGTH>().map_or((bytes, 0), |(rest, length)| (rest, u32::from_be_bytes(*length) as usize))
}

/// The parts of a row kept to be sorted.
struct Parts<'r> {
    place: Place,
    value: &'r [u8],
    next: &'r [u8],
}

impl<'r> Parts<'r> {
    fn of(row: &'r [u8]) -> Self {
        let (rest, next) = split_length(row);
        let (rest, value) = split_length(rest);
        let (rest, next) = rest.split_at(rest.len().saturating_sub(next));
        let (rest, value) = rest.split_at(rest.len().saturating_sub(value));
        Self { place: read_place(&rest[rest.len().saturating_sub(PLACE)..]), value, next }
    }
}
