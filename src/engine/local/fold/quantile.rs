//! Quantiles, exact: all values are kept, as the physical numbers they are, and the ones at the wanted places found.
//!
//! Values beyond the budget lie in sorted runs in a file; the wanted ones are found there by halving, without reading the
//! rest.

use std::cmp::Ordering;
use std::sync::Arc;

use bigdecimal::BigDecimal;

use crate::engine::fold::Place;
use crate::engine::local::budget::Budget;
use crate::engine::local::column::{Column, Flat, decimal};
use crate::engine::local::mask::Mask;
use crate::engine::local::runs::{Item, Runs, Sorted};
use crate::engine::local::sortable::{from_float, to_float};
use crate::ir::{Interpolation, Value, time};
use crate::outcome::Fault;

/// The values seen so far.
pub(in crate::engine::local) struct Quantile {
    q: BigDecimal,
    interpolation: Interpolation,
    budget: Arc<Budget>,
    spills: bool,
    pub(super) count: u64,
    pub(super) units: Option<(Unit, Runs<i64>)>,
    days: Option<Runs<i32>>,
    /// Digits by their scale, which may differ from batch to batch.
    pub(super) decimals: Vec<(u32, Runs<i128>)>,
}

/// What a 64-bit number stands for.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Integer,
    Timestamp,
    Time,
    Float,
}

impl Unit {
    /// The value of a number.
    pub(super) fn value(self, number: i64) -> Value {
        match self {
            Self::Integer => Value::Integer(number),
            Self::Timestamp => Value::Timestamp(number),
            Self::Time => Value::Time(number),
            Self::Float => Value::Float(to_float(number)),
        }
    }
}

impl Quantile {
    pub(super) fn new(q: BigDecimal, interpolation: Interpolation, budget: &Arc<Budget>, spills: bool) -> Self {
        Self {
            q,
            interpolation,
            budget: Arc::clone(budget),
            spills,
            count: 0,
            units: None,
            days: None,
            decimals: Vec::new(),
        }
    }

    /// Takes in the values of the rows that a mask keeps.
    pub(super) fn update(&mut self, column: &Column, rows: usize, mask: &Mask) {
        let fresh = || Runs::new(&self.budget, self.spills);
        let count = &mut self.count;
        match column {
            Column::Integer(values) | Column::Timestamp(values) | Column::Time(values) => {
                let unit = match column {
                    Column::Timestamp(_) => Unit::Timestamp,
                    Column::Time(_) => Unit::Time,
                    _ => Unit::Integer,
                };
                let values = Flat::new(values);
                let (_, runs) = self.units.get_or_insert_with(|| (unit, Runs::new(&self.budget, self.spills)));
                take(runs, count, rows, mask, |row| values.get(row));
            }
            Column::Float(values) => {
                let values = Flat::new(values);
                let (_, runs) = self.units.get_or_insert_with(|| (Unit::Float, fresh()));
                take(runs, count, rows, mask, |row| values.get(row).map(from_float));
            }
            Column::Date(values) => {
                let values = Flat::new(values);
                let runs = self.days.get_or_insert_with(|| Runs::new(&self.budget, self.spills));
                take(runs, count, rows, mask, |row| values.get(row));
            }
            Column::Decimal(values, scale) => {
                let values = Flat::new(values);
                let place = self.decimals.iter().position(|(own, _)| own == scale).unwrap_or_else(|| {
                    self.decimals.push((*scale, Runs::new(&self.budget, self.spills)));
                    self.decimals.len() - 1
                });
                take(&mut self.decimals[place].1, count, rows, mask, |row| values.get(row));
            }
            Column::Text(_) | Column::Boolean(_) | Column::Nested(_) => {}
        }
    }

    /// Takes in the values of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        match (&mut self.units, other.units) {
            (Some((_, own)), Some((_, more))) => own.merge(more),
            (own @ None, more) => *own = more,
            (Some(_), None) => {}
        }
        match (&mut self.days, other.days) {
            (Some(own), Some(more)) => own.merge(more),
            (own @ None, more) => *own = more,
            (Some(_), None) => {}
        }
        for (scale, more) in other.decimals {
            match self.decimals.iter_mut().find(|(own, _)| *own == scale) {
                Some((_, own)) => own.merge(more),
                None => self.decimals.push((scale, more)),
            }
        }
    }

    /// The quantile; null of nothing.
    pub(super) fn finish(self) -> Result<Value, Fault> {
        let Some(place) = Place::of(&self.q, self.interpolation, self.count) else { return Ok(Value::Null) };
        let mut found = Vec::new();
        if let Some((unit, runs)) = self.units {
            found = pick(runs, &place, |number| unit.value(number))?;
        } else if let Some(runs) = self.days {
            found = pick(runs, &place, |day| time::day_from_epoch(day).map_or(Value::Null, Value::Date))?;
        } else if !self.decimals.is_empty() {
            let mut sources = Vec::new();
            for (scale, runs) in self.decimals {
                sources.push((scale, runs.into_sorted()?));
            }
            let of = |scale| move |digits| Digits { digits, scale };
            let parts: Vec<Part<'_, Digits>> =
                sources.iter().flat_map(|(scale, sorted)| parts(sorted, of(*scale))).collect();
            for rank in place.ranks() {
                let Digits { digits, scale } = select(&parts, rank)?;
                found.push(Value::Decimal(decimal(digits, scale)));
            }
        }
        Ok(place.between(found))
    }
}

fn take<T: Item>(runs: &mut Runs<T>, count: &mut u64, rows: usize, mask: &Mask, value: impl Fn(usize) -> Option<T>) {
    mask.each(rows, |row| {
        if let Some(value) = value(row) {
            runs.push(value);
            *count += 1;
        }
    });
    runs.settle();
}

/// The values at the wanted ranks.
fn pick<T: Item>(runs: Runs<T>, place: &Place, value: impl Fn(T) -> Value) -> Result<Vec<Value>, Fault> {
    let ranks = place.ranks();
    match runs.into_memory(size_of::<T>())? {
        Ok((mut all, _held)) => {
            let mut found = Vec::with_capacity(ranks.len());
            for rank in ranks {
                if let Some(rank) = usize::try_from(rank).ok().filter(|rank| *rank < all.len()) {
                    found.push(value(all.select_nth_unstable(rank).1.clone()));
                }
            }
            Ok(found)
        }
        Err(runs) => {
            let sorted = runs.into_sorted()?;
            let parts: Vec<Part<'_, T>> = parts(&sorted, |item| item).collect();
            ranks.into_iter().map(|rank| select(&parts, rank).map(&value)).collect()
        }
    }
}

/// A decimal of any scale, in the order of its value.
struct Digits {
    digits: i128,
    scale: u32,
}

impl Digits {
    fn compare(&self, other: &Self) -> Ordering {
        if self.scale > other.scale {
            return other.compare(self).reverse();
        }
        // What has too many digits at the larger scale lies beyond every number of that scale.
        match 10_i128.checked_pow(other.scale - self.scale).and_then(|power| self.digits.checked_mul(power)) {
            Some(digits) => digits.cmp(&other.digits),
            None => self.digits.cmp(&0),
        }
    }
}

impl PartialEq for Digits {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_eq()
    }
}

impl Eq for Digits {}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other)
    }
}

/// Values in order, each read where it lies.
pub(super) struct Part<'r, P> {
    pub(super) count: u64,
    pub(super) at: Box<dyn Fn(u64) -> Result<P, Fault> + Sync + 'r>,
}

/// The sorted runs as parts, each value taken to what is compared.
pub(super) fn parts<'r, T: Item, P>(
    sorted: &'r Sorted<T>,
    as_point: impl Fn(T) -> P + Copy + Sync + 'r,
) -> impl Iterator<Item = Part<'r, P>> {
    let budget = &sorted.held.budget;
    let memory = sorted.pieces.iter().map(move |piece| Part {
        count: piece.len() as u64,
        at: Box::new(move |place| Ok(as_point(piece[usize::try_from(place).unwrap_or(0)].clone()))),
    });
    let stored = sorted.stored.iter().map(move |run| Part {
        count: run.count,
        at: Box::new(move |place| {
            let mut bytes = vec![0; size_of::<T>()];
            budget.read(run.start + place * size_of::<T>() as u64, &mut bytes)?;
            let (item, _) = T::read(&bytes).ok_or_else(|| budget.spent("values of no width"))?;
            Ok(as_point(item))
        }),
    });
    memory.chain(stored)
}

/// The value of a rank over all parts: a value from the middle of the longest stretch left halves them all, until it is it.
pub(super) fn select<P: Ord + Send>(parts: &[Part<'_, P>], rank: u64) -> Result<P, Fault> {
    let mut left: Vec<(u64, u64)> = parts.iter().map(|part| (0, part.count)).collect();
    loop {
        let longest = (0..parts.len()).max_by_key(|place| left[*place].1 - left[*place].0).unwrap_or(0);
        let (low, high) = left[longest];
        let pivot = (parts[longest].at)(low + (high - low) / 2)?;
        let cuts: Vec<(u64, u64)> = parts
            .iter()
            .zip(&left)
            .map(|(part, (low, high))| {
                let below = halve(part, *low, *high, |value| *value < pivot)?;
                Ok((below, halve(part, below, *high, |value| *value <= pivot)?))
            })
            .collect::<Result<_, Fault>>()?;
        let below: u64 = cuts.iter().map(|(below, _)| below).sum();
        let upto: u64 = cuts.iter().map(|(_, upto)| upto).sum();
        if rank < below {
            left.iter_mut().zip(&cuts).for_each(|(left, cut)| left.1 = cut.0);
        } else if rank < upto {
            return Ok(pivot);
        } else {
            left.iter_mut().zip(&cuts).for_each(|(left, cut)| left.0 = cut.1);
        }
    }
}

/// The first place of a stretch whose value does not satisfy what those before it do.
pub(super) fn halve<P>(
    part: &Part<'_, P>,
    mut low: u64,
    mut high: u64,
    holds: impl Fn(&P) -> bool,
) -> Result<u64, Fault> {
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(&(part.at)(middle)?) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_several_scales_sort_by_value() {
        let digits = |digits, scale| Digits { digits, scale };
        assert!(digits(15, 1) < digits(151, 2));
        assert!(digits(i128::MAX, 0) > digits(i128::MAX, 38));
        assert!(digits(-i128::MAX, 0) < digits(i128::MIN, 38));
        assert!(digits(150, 2) == digits(15, 1));
    }
}
