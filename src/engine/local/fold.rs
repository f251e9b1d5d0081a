//! Folds over the values of a column: states that take batches in and merge.
//!
//! Sums of integers and decimals are exact; sums of floats are compensated and merged in the order of the rows, so that a
//! number does not depend on the threads.

use bigdecimal::BigDecimal;

use crate::engine::local::column::{Column, Flat, decimal};
use crate::engine::local::mask::Mask;
use crate::ir::{Fold, Value};

/// How many decimals a mean keeps beyond those of its values.
const MEAN_DECIMALS: i64 = 20;

/// What a fold has seen so far.
pub(super) struct Folding {
    fold: Fold,
    best: Value,
    count: u64,
    exact: BigDecimal,
    float: Option<Compensated>,
}

impl Folding {
    pub(super) fn new(fold: Fold) -> Self {
        Self { fold, best: Value::Null, count: 0, exact: BigDecimal::from(0), float: None }
    }

    /// Takes in the values of the rows that a mask keeps.
    pub(super) fn update(&mut self, column: &Column, rows: usize, mask: &Mask) {
        match self.fold {
            Fold::Min | Fold::Max => self.update_best(column, rows, mask),
            Fold::Sum | Fold::Mean => self.update_sum(column, rows, mask),
        }
    }

    fn update_best(&mut self, column: &Column, rows: usize, mask: &Mask) {
        let least = self.fold == Fold::Min;
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
            Some(order) if self.fold == Fold::Min => order.is_lt(),
            Some(order) => order.is_gt(),
            None => self.best.is_null(),
        };
        if better {
            self.best = value;
        }
    }

    fn update_sum(&mut self, column: &Column, rows: usize, mask: &Mask) {
        let mut count = 0;
        match column {
            Column::Integer(values) => {
                let values = Flat::new(values);
                let mut sum = 0_i128;
                mask.each(rows, |row| {
                    if let Some(value) = values.get(row) {
                        // A batch cannot hold enough 64-bit numbers to overflow 128 bits.
                        sum += i128::from(value);
                        count += 1;
                    }
                });
                self.exact += BigDecimal::from(sum);
            }
            Column::Decimal(values, scale) => {
                let values = Flat::new(values);
                let mut sum = 0_i128;
                mask.each(rows, |row| {
                    if let Some(value) = values.get(row) {
                        count += 1;
                        if let Some(more) = sum.checked_add(value) {
                            sum = more;
                        } else {
                            self.exact += decimal(sum, *scale);
                            sum = value;
                        }
                    }
                });
                self.exact += decimal(sum, *scale);
            }
            Column::Float(values) => {
                let values = Flat::new(values);
                let float = self.float.get_or_insert_default();
                mask.each(rows, |row| {
                    if let Some(value) = values.get(row) {
                        float.add(value);
                        count += 1;
                    }
                });
            }
            _ => {}
        }
        self.count += count;
    }

    /// Takes in what was seen of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.exact += later.exact;
        if let Some(float) = later.float {
            let own = self.float.get_or_insert_default();
            own.add(float.sum);
            own.add(float.lost);
        }
        if !later.best.is_null() {
            self.offer(later.best);
        }
    }

    /// The value: null where there is none, but a sum of nothing is 0.
    pub(super) fn finish(self) -> Value {
        match self.fold {
            Fold::Min | Fold::Max => self.best,
            Fold::Sum => match self.float {
                Some(float) => Value::float(float.sum + float.lost),
                None => Value::Decimal(self.exact.normalized()),
            },
            Fold::Mean if self.count == 0 => Value::Null,
            Fold::Mean => {
                if let Some(float) = self.float {
                    #[expect(clippy::cast_precision_loss, reason = "a mean of floats is a float")]
                    let count = self.count as f64;
                    return Value::float((float.sum + float.lost) / count);
                }
                let scale = self.exact.fractional_digit_count().max(0) + MEAN_DECIMALS;
                let mean = self.exact / BigDecimal::from(self.count);
                Value::Decimal(mean.with_scale_round(scale, bigdecimal::RoundingMode::HalfEven).normalized())
            }
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

/// A sum of floats with what rounding lost (Neumaier).
#[derive(Clone, Copy, Default)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        if sum.is_finite() {
            self.lost +=
                if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        }
        self.sum = sum;
    }
}
