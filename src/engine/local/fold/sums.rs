//! Sums of values and of their squares, and what is made of them: sum, mean, sample variance, standard deviation.
//!
//! All sums are exact, so that the variance loses no digits by their difference.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use crate::engine::fold::{self, around};
use crate::engine::local::column::{Column, Flat, decimal};
use crate::engine::local::fold::binary::{Binary, UNIT, quotient, scaled};
use crate::engine::local::mask::Mask;
use crate::engine::local::states::{Ink, Page};
use crate::ir::Value;

/// Sums of the values seen so far.
pub(in crate::engine::local) struct Sums {
    /// Whether squares are summed too.
    squared: bool,
    exact: fold::Sums,
    /// The same of floats.
    float: Option<Box<Floats>>,
}

#[derive(Default)]
struct Floats {
    sum: Binary,
    squares: Binary,
    /// The sum of the infinite values; 0 if there is none.
    infinite: f64,
}

impl Sums {
    pub(super) fn new(squared: bool) -> Self {
        let exact = fold::Sums { count: 0, sum: BigDecimal::from(0), squares: BigDecimal::from(0) };
        Self { squared, exact, float: None }
    }

    /// Takes in the values of the rows that a mask keeps.
    pub(super) fn update(&mut self, column: &Column, rows: usize, mask: &Mask) {
        match column {
            Column::Integer(values) => {
                let values = Flat::new(values);
                self.add(0, rows, mask, |row| values.get(row).map(i128::from));
            }
            Column::Decimal(values, scale) => {
                let values = Flat::new(values);
                self.add(*scale, rows, mask, |row| values.get(row));
            }
            Column::Float(values) => {
                let values = Flat::new(values);
                let floats = self.float.get_or_insert_default();
                mask.each(rows, |row| {
                    let Some(value) = values.get(row) else { return };
                    self.exact.count += 1;
                    if value.is_infinite() {
                        floats.infinite += value;
                        return;
                    }
                    floats.sum.add(value);
                    if self.squared {
                        floats.squares.add_square(value);
                    }
                });
            }
            _ => {}
        }
    }

    /// Adds exact numbers of one scale, in 128 bits as far as they go.
    fn add(&mut self, scale: u32, rows: usize, mask: &Mask, value: impl Fn(usize) -> Option<i128>) {
        let (mut sum, mut squares) = (0_i128, 0_i128);
        let (mut sums, mut all_squares) = (BigInt::from(0), BigInt::from(0));
        let squared = self.squared;
        mask.each(rows, |row| {
            let Some(value) = value(row) else { return };
            self.exact.count += 1;
            sum = sum.checked_add(value).unwrap_or_else(|| {
                sums += sum;
                value
            });
            if squared {
                let added = value.checked_mul(value).and_then(|square| squares.checked_add(square));
                squares = added.unwrap_or_else(|| {
                    all_squares += BigInt::from(value) * value + squares;
                    0
                });
            }
        });
        self.exact.sum += BigDecimal::new(sums, scale.into()) + decimal(sum, scale);
        if squared {
            self.exact.squares += BigDecimal::new(all_squares + squares, 2 * i64::from(scale));
        }
    }

    /// Takes in the sums of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.exact.count += other.exact.count;
        self.exact.sum += other.exact.sum;
        self.exact.squares += other.exact.squares;
        if let Some(other) = other.float {
            let own = self.float.get_or_insert_default();
            own.sum.merge(other.sum);
            own.squares.merge(other.squares);
            own.infinite += other.infinite;
        }
    }

    /// Writes the sums, for a later run.
    pub(super) fn write(&self, ink: &mut Ink<'_>) {
        ink.count(self.exact.count);
        ink.decimal(&self.exact.sum);
        ink.decimal(&self.exact.squares);
        ink.flag(self.float.is_some());
        if let Some(floats) = &self.float {
            floats.sum.write(ink);
            floats.squares.write(ink);
            ink.float(floats.infinite);
        }
    }

    /// Sums that were written.
    pub(super) fn read(self, page: &mut Page<'_>) -> Option<Self> {
        let (count, sum, squares) = (page.count()?, page.decimal()?, page.decimal()?);
        let mut float = None;
        if page.flag()? {
            let (sum, squares) = (Binary::read(page)?, Binary::read(page)?);
            float = Some(Box::new(Floats { sum, squares, infinite: page.float()? }));
        }
        Some(Self { exact: fold::Sums { count, sum, squares }, float, ..self })
    }

    /// The sum; of nothing it is 0.
    pub(super) fn sum(self) -> Value {
        match self.float {
            Some(floats) => floats.over(1),
            None => self.exact.sum(),
        }
    }

    /// The mean; null of nothing.
    pub(super) fn mean(&self) -> Value {
        match &self.float {
            _ if self.exact.count == 0 => Value::Null,
            Some(floats) => floats.over(self.exact.count),
            None => self.exact.mean(),
        }
    }

    /// The sample variance; null of fewer than two values, and where a value is infinite.
    pub(super) fn variance(self) -> Value {
        match &self.float {
            _ if self.exact.count < 2 => Value::Null,
            Some(floats) => floats
                .variance(self.exact.count)
                .map_or(Value::Null, |(value, power)| Value::float(scaled(value, power))),
            None => self.exact.variance(),
        }
    }

    /// The square root of the sample variance.
    pub(super) fn stddev(&self) -> Value {
        match &self.float {
            _ if self.exact.count < 2 => Value::Null,
            Some(floats) => floats.variance(self.exact.count).map_or(Value::Null, |(value, power)| {
                // An even power comes out of the root.
                let (value, power) = if power % 2 == 0 { (value, power) } else { (value * 2.0, power - 1) };
                Value::float(scaled(value.sqrt(), power / 2))
            }),
            None => self.exact.stddev(),
        }
    }

    /// The mean less so many standard deviations, and with as many more; nulls where there is none, or it is 0.
    pub(super) fn range(&self, factor: &BigDecimal) -> (Value, Value) {
        around(&self.mean(), &self.mean(), &self.stddev(), factor)
    }
}

impl Floats {
    fn over(&self, count: u64) -> Value {
        if self.infinite != 0.0 {
            return Value::float(self.infinite);
        }
        let (value, power) = quotient(&self.sum.units(), &count.into(), UNIT.into());
        Value::float(scaled(value, power))
    }

    /// The sample variance as a float times a power of two; none where a value is infinite.
    fn variance(&self, count: u64) -> Option<(f64, i64)> {
        if self.infinite != 0.0 {
            return None;
        }
        let sum = self.sum.units();
        let one = usize::try_from(-UNIT).unwrap_or(0);
        let above = ((self.squares.units() * count) << one) - &sum * &sum;
        Some(quotient(&above, &(BigInt::from(count) * (count - 1)), i64::from(2 * UNIT)))
    }
}
