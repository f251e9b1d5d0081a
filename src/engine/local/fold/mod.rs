//! Folds over the values of a column: states that take batches in and merge.
//!
//! Sums of integers, decimals and floats are exact, so that no number depends on threads, blocks or the order of rows.

mod binary;
mod correlation;
mod quantile;
mod range;
mod shape;
mod sums;

use std::sync::Arc;

use bigdecimal::BigDecimal;

use crate::answer::Number;
use crate::engine::local::budget::Budget;
use crate::engine::local::column::{Column, Flat};
use crate::engine::local::mask::Mask;
use crate::engine::local::states::{Ink, Page, Unkept};
use crate::ir::{Fold, Interpolation, Spread, Value};
use crate::outcome::Fault;
pub(super) use correlation::Correlation;
use quantile::Quantile;
use shape::Shape;
use sums::Sums;

/// What a fold has seen so far.
pub(super) enum Folding {
    Extreme(Extreme),
    Sums(Fold, Sums),
    Quantile(Box<Quantile>),
    Shape(Fold, Box<Shape>),
    /// The range so many spreads around the quartiles or the median.
    Range(Spread, BigDecimal, Box<Quantile>),
}

impl Folding {
    /// Nothing seen yet; values beyond the budget are written, or are a fault.
    pub(super) fn new(fold: &Fold, budget: &Arc<Budget>, spills: bool) -> Self {
        match fold {
            Fold::Min | Fold::Max => Self::Extreme(Extreme { least: *fold == Fold::Min, best: Value::Null }),
            Fold::Sum | Fold::Mean => Self::Sums(fold.clone(), Sums::new(false)),
            Fold::Variance | Fold::Stddev | Fold::Range(Spread::Stddev, _) => Self::Sums(fold.clone(), Sums::new(true)),
            Fold::Range(spread, factor) => {
                let all = Quantile::new(BigDecimal::from(0), Interpolation::Linear, budget, spills);
                Self::Range(*spread, factor.clone(), Box::new(all))
            }
            Fold::Skewness | Fold::Kurtosis => Self::Shape(fold.clone(), Box::default()),
            Fold::Quantile(q, interpolation) => {
                Self::Quantile(Box::new(Quantile::new(q.clone(), *interpolation, budget, spills)))
            }
        }
    }

    /// Takes in the values of the rows that a mask keeps.
    pub(super) fn update(&mut self, column: &Column, rows: usize, mask: &Mask) {
        match self {
            Self::Extreme(extreme) => extreme.update(column, rows, mask),
            Self::Sums(_, sums) => sums.update(column, rows, mask),
            Self::Quantile(quantile) | Self::Range(_, _, quantile) => quantile.update(column, rows, mask),
            Self::Shape(_, shape) => shape.update(column, rows, mask),
        }
    }

    /// Takes in what was seen of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::Extreme(own), Self::Extreme(later)) => own.offer(later.best),
            (Self::Sums(_, own), Self::Sums(_, later)) => own.merge(later),
            (Self::Quantile(own), Self::Quantile(later)) | (Self::Range(_, _, own), Self::Range(_, _, later)) => {
                own.merge(*later);
            }
            (Self::Shape(_, own), Self::Shape(_, later)) => own.merge(*later),
            // One measure has one kind of state.
            _ => {}
        }
    }

    /// Writes what was seen, for a later run.
    ///
    /// # Errors
    /// Why that cannot be kept.
    pub(super) fn write(&self, ink: &mut Ink<'_>) -> Result<(), Unkept> {
        match self {
            Self::Extreme(extreme) => ink.value(&extreme.best)?,
            Self::Sums(_, sums) => sums.write(ink),
            Self::Shape(_, shape) => shape.write(ink),
            Self::Quantile(_) | Self::Range(..) => return Err(Unkept::Together),
        }
        Ok(())
    }

    /// What was written of the same fold.
    pub(super) fn read(self, page: &mut Page<'_>) -> Option<Self> {
        Some(match self {
            Self::Extreme(extreme) => Self::Extreme(Extreme { best: page.value()?, ..extreme }),
            Self::Sums(fold, sums) => Self::Sums(fold, sums.read(page)?),
            Self::Shape(fold, _) => Self::Shape(fold, Box::new(Shape::read(page)?)),
            Self::Quantile(_) | Self::Range(..) => return None,
        })
    }

    /// The value, or the ends of a range: null where there is none, but a sum of nothing is 0.
    ///
    /// # Errors
    /// Why values could not be kept.
    pub(super) fn finish(self) -> Result<Number, Fault> {
        Ok(Number::Value(match self {
            Self::Sums(Fold::Range(_, factor), sums) => {
                let (low, high) = sums.range(&factor);
                return Ok(Number::Range(low, high));
            }
            Self::Range(spread, factor, all) => {
                let (low, high) = all.range(spread, &factor)?;
                return Ok(Number::Range(low, high));
            }
            Self::Shape(Fold::Skewness, shape) => shape.skewness(),
            Self::Shape(_, shape) => shape.kurtosis(),
            Self::Extreme(extreme) => extreme.best,
            Self::Sums(Fold::Mean, sums) => sums.mean(),
            Self::Sums(Fold::Variance, sums) => sums.variance(),
            Self::Sums(Fold::Stddev, sums) => sums.stddev(),
            Self::Sums(_, sums) => sums.sum(),
            Self::Quantile(quantile) => quantile.finish()?,
        }))
    }
}

/// The least or greatest value seen so far.
pub(super) struct Extreme {
    least: bool,
    best: Value,
}

impl Extreme {
    fn update(&mut self, column: &Column, rows: usize, mask: &Mask) {
        let least = self.least;
        let best = match column {
            Column::Integer(values) | Column::Timestamp(values) | Column::Time(values) => {
                let values = Flat::new(values);
                extreme(|row| values.get(row), rows, mask, least)
            }
            Column::Date(values) => {
                let values = Flat::new(values);
                extreme(|row| values.get(row), rows, mask, least)
            }
            Column::Decimal(values, _) => {
                let values = Flat::new(values);
                extreme(|row| values.get(row), rows, mask, least)
            }
            Column::Float(values) => {
                let values = Flat::new(values);
                extreme(|row| values.get(row).map(Total), rows, mask, least)
            }
            Column::Text(values) => extreme(|row| values.get(row), rows, mask, least),
            Column::Boolean(_) | Column::Nested(_) => None,
        };
        if let Some(row) = best {
            self.offer(column.value(row));
        }
    }

    fn offer(&mut self, value: Value) {
        let better = match value.compare(&self.best) {
            Some(order) if self.least => order.is_lt(),
            Some(order) => order.is_gt(),
            None => self.best.is_null(),
        };
        if better {
            self.best = value;
        }
    }
}

/// The row of the least or greatest value.
fn extreme<T: PartialOrd>(value: impl Fn(usize) -> Option<T>, rows: usize, mask: &Mask, least: bool) -> Option<usize> {
    let mut best: Option<(T, usize)> = None;
    mask.each(rows, |row| {
        if let Some(value) = value(row)
            && best.as_ref().is_none_or(|(best, _)| if least { value < *best } else { value > *best })
        {
            best = Some((value, row));
        }
    });
    best.map(|(_, row)| row)
}

/// A float with a total order; there are no NaNs in columns.
struct Total(f64);

impl PartialEq for Total {
    fn eq(&self, other: &Self) -> bool {
        self.0.total_cmp(&other.0).is_eq()
    }
}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.0.total_cmp(&other.0))
    }
}
