//! Sums of values and of their squares, and what is made of them: sum, mean, sample variance, standard deviation.
//!
//! All sums are exact. The variance is (n Σx² - (Σx)²) / (n (n - 1)), which loses digits where sums are rounded and none here.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, Zero};

use crate::engine::local::column::{Column, Flat, decimal};
use crate::engine::local::fold::binary::{Binary, UNIT, quotient, scaled};
use crate::engine::local::mask::Mask;
use crate::engine::local::states::{Ink, Page};
use crate::ir::Value;

/// How many decimals a quotient or root keeps beyond those of its values.
const DECIMALS: i64 = 20;

/// Sums of the values seen so far.
pub(in crate::engine::local) struct Sums {
    /// Whether squares are summed too.
    squared: bool,
    count: u64,
    sum: BigDecimal,
    squares: BigDecimal,
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
        Self { squared, count: 0, sum: BigDecimal::from(0), squares: BigDecimal::from(0), float: None }
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
                    self.count += 1;
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
            self.count += 1;
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
        self.sum += BigDecimal::new(sums, scale.into()) + decimal(sum, scale);
        if squared {
            self.squares += BigDecimal::new(all_squares + squares, 2 * i64::from(scale));
        }
    }

    /// Takes in the sums of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        if let Some(other) = other.float {
            let own = self.float.get_or_insert_default();
            own.sum.merge(other.sum);
            own.squares.merge(other.squares);
            own.infinite += other.infinite;
        }
    }

    /// Writes the sums, for a later run.
    pub(super) fn write(&self, ink: &mut Ink<'_>) {
        ink.count(self.count);
        ink.decimal(&self.sum);
        ink.decimal(&self.squares);
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
        Some(Self { count, sum, squares, float, ..self })
    }

    /// The sum; of nothing it is 0.
    pub(super) fn sum(self) -> Value {
        match self.float {
            Some(floats) => floats.over(1),
            None => Value::Decimal(self.sum.normalized()),
        }
    }

    /// The mean; null of nothing.
    pub(super) fn mean(&self) -> Value {
        match &self.float {
            _ if self.count == 0 => Value::Null,
            Some(floats) => floats.over(self.count),
            None => rounded(&(&self.sum / BigDecimal::from(self.count)), &self.sum),
        }
    }

    /// The sample variance; null of fewer than two values, and where a value is infinite.
    pub(super) fn variance(self) -> Value {
        match &self.float {
            _ if self.count < 2 => Value::Null,
            Some(floats) => {
                floats.variance(self.count).map_or(Value::Null, |(value, power)| Value::float(scaled(value, power)))
            }
            None => {
                let (above, below) = self.variance_over();
                rounded(&(&above / below), &above)
            }
        }
    }

    /// The square root of the sample variance.
    pub(super) fn stddev(&self) -> Value {
        match &self.float {
            _ if self.count < 2 => Value::Null,
            Some(floats) => floats.variance(self.count).map_or(Value::Null, |(value, power)| {
                // An even power comes out of the root.
                let (value, power) = if power % 2 == 0 { (value, power) } else { (value * 2.0, power - 1) };
                Value::float(scaled(value.sqrt(), power / 2))
            }),
            None => {
                let (above, below) = self.variance_over();
                (above / below).sqrt().map_or(Value::Null, |root| rounded(&root, &self.sum))
            }
        }
    }

    /// The mean less so many standard deviations, and with as many more; nulls where there is none, or it is 0.
    pub(super) fn range(&self, factor: &BigDecimal) -> (Value, Value) {
        around(&self.mean(), &self.mean(), &self.stddev(), factor)
    }

    /// The variance as a fraction.
    fn variance_over(&self) -> (BigDecimal, BigDecimal) {
        let count = BigDecimal::from(self.count);
        (&count * &self.squares - &self.sum * &self.sum, &count * (&count - 1))
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

/// One number less so many spreads, and another with as many more; nulls where a number is not finite or there is no spread.
pub(super) fn around(low: &Value, high: &Value, spread: &Value, factor: &BigDecimal) -> (Value, Value) {
    let (Some(below), Some(above), Some(wide)) = (low.exact(), high.exact(), spread.exact()) else {
        return (Value::Null, Value::Null);
    };
    if wide.is_zero() {
        return (Value::Null, Value::Null);
    }
    let as_float = matches!((low, high), (Value::Float(_), _) | (_, Value::Float(_)));
    let width = wide * factor;
    let end = |end: BigDecimal| if as_float { nearest(&end) } else { Value::Decimal(end.normalized()) };
    (end(below - &width), end(above + width))
}

/// The float nearest to a number.
pub(super) fn nearest(number: &BigDecimal) -> Value {
    // Text reads as the nearest float; other ways of getting there may miss it.
    number.to_scientific_notation().parse().map_or(Value::Null, Value::float)
}

/// A number rounded, half to even, to the decimals of what it was made of and some more.
fn rounded(number: &BigDecimal, of: &BigDecimal) -> Value {
    let scale = of.fractional_digit_count().max(0) + DECIMALS;
    Value::Decimal(number.with_scale_round(scale, RoundingMode::HalfEven).normalized())
}
