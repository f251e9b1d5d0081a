//! Intervals that must not overlap, sorted by where they start.
//!
//! An interval overlaps one that starts no later if it starts before that one ends. Of all that start no later it is enough
//! to know the one that reaches farthest: whatever overlaps any of them overlaps that one too, and one that does not reach
//! as far was met by another when it came.

use std::sync::Arc;

use crate::engine::local::budget::Budget;
use crate::engine::local::keys;
use crate::engine::local::mask::Mask;
use crate::engine::local::order::{
    Breaks, PLACE, Place, Steps, at, read_place, split_length, write_length, write_place,
};
use crate::engine::local::runs::Runs;
use crate::engine::local::sortable;
use crate::outcome::Fault;

/// The intervals seen so far.
///
/// As bytes that sort: what tells them apart, start, end, place, and the lengths of the first two.
pub(super) struct Spans {
    rows: Runs<Box<[u8]>>,
}

/// An interval, read back.
struct Span<'r> {
    key: &'r [u8],
    start: &'r [u8],
    end: &'r [u8],
    place: Place,
}

/// The interval that reaches farthest, and whether it was told of.
struct Reach {
    key: Box<[u8]>,
    end: Box<[u8]>,
    place: Place,
    told: bool,
}

impl Spans {
    /// Nothing seen yet; intervals beyond the budget are written, or are a fault.
    pub(super) fn new(budget: &Arc<Budget>, spills: bool) -> Self {
        Self { rows: Runs::new(budget, spills) }
    }

    /// Takes in the rows of a batch that a mask keeps.
    pub(super) fn update(&mut self, steps: &Steps<'_>, rows: usize, mask: &Mask) {
        let Some(end) = &steps.further else { return };
        mask.each(rows, |row| {
            let mut bytes = keys::bytes(&steps.by, row);
            let key = bytes.len();
            let starts = sortable::write(&steps.of, row, &mut bytes);
            let start = bytes.len() - key;
            let ends = sortable::write(end, row, &mut bytes);
            write_place(at(steps.start, row), &mut bytes);
            write_length(key, &mut bytes);
            write_length(start, &mut bytes);
            if starts && ends {
                self.rows.push(bytes.into());
            }
        });
        self.rows.settle();
    }

    /// Takes in what was seen of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.rows.merge(other.rows);
    }

    /// The rows that overlap another one, or that end before they start.
    ///
    /// # Errors
    /// Why intervals could not be kept.
    pub(super) fn finish(self) -> Result<Breaks, Fault> {
        let mut breaks = Breaks::within(self.rows.budget());
        let mut reach: Option<Reach> = None;
        self.rows.each(|row| {
            let span = Span::of(&row);
            if span.end < span.start {
                breaks.add(span.place, None);
                return Ok(());
            }
            if span.end == span.start {
                return Ok(());
            }
            let mut told = false;
            if let Some(reach) = reach.as_mut().filter(|reach| *reach.key == *span.key && span.start < &*reach.end) {
                if !reach.told {
                    breaks.add(reach.place, Some(span.place));
                    reach.told = true;
                }
                breaks.add(span.place, Some(reach.place));
                told = true;
                if span.end <= &*reach.end {
                    return Ok(());
                }
            }
            reach = Some(Reach { key: span.key.into(), end: span.end.into(), place: span.place, told });
            Ok(())
        })?;
        Ok(breaks)
    }
}

impl<'r> Span<'r> {
    fn of(row: &'r [u8]) -> Self {
        let (rest, start) = split_length(row);
        let (rest, key) = split_length(rest);
        let (rest, place) = rest.split_at(rest.len().saturating_sub(PLACE));
        let (key, rest) = rest.split_at(key.min(rest.len()));
        let (start, end) = rest.split_at(start.min(rest.len()));
        Self { key, start, end, place: read_place(place) }
    }
}
