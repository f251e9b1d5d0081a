//! Sums of the first four powers of values, and the shape made of them: skewness and kurtosis.
//!
//! All sums are exact, so that the central moments lose no digit, and the result is rounded once. With A the n-fold central
//! sums in whole units, the adjusted skewness is √(n (n - 1)) / (n - 2) · A₃ / A₂^1.5 and the adjusted excess kurtosis
//! (n - 1) ((n + 1) A₄ - 3 (n - 1) A₂²) / ((n - 2) (n - 3) A₂²), as in D. N. Joanes and C. A. Gill, "Comparing measures of
//! sample skewness and kurtosis" (1998), G₁ and G₂; `skew()` and `kurt()` of `pandas` are these.

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, Zero};

use crate::engine::local::column::{Column, Flat};
use crate::engine::local::fold::binary::{Binary, UNIT, quotient, scaled};
use crate::engine::local::mask::Mask;
use crate::engine::local::states::{Ink, Page};
use crate::ir::Value;

/// Sums of the powers of the values seen so far.
#[derive(Default)]
pub(in crate::engine::local) struct Shape {
    count: u64,
    /// Of the first power to the fourth.
    sums: [BigDecimal; 4],
    /// The same of floats.
    floats: Option<Box<[Binary; 4]>>,
    infinite: bool,
}

impl Shape {
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
                let floats = self.floats.get_or_insert_default();
                mask.each(rows, |row| {
                    let Some(value) = values.get(row) else { return };
                    self.count += 1;
                    self.infinite |= value.is_infinite();
                    if value.is_finite() {
                        for (sum, power) in floats.iter_mut().zip(1..) {
                            sum.add_power(value, power);
                        }
                    }
                });
            }
            _ => {}
        }
    }

    fn add(&mut self, scale: u32, rows: usize, mask: &Mask, value: impl Fn(usize) -> Option<i128>) {
        let mut sums: [Whole; 4] = Default::default();
        mask.each(rows, |row| {
            let Some(value) = value(row) else { return };
            self.count += 1;
            for (sum, power) in sums.iter_mut().zip(1..) {
                sum.add(value.checked_pow(power), || BigInt::from(value).pow(power));
            }
        });
        for ((total, sum), power) in self.sums.iter_mut().zip(sums).zip(1_i64..) {
            *total += BigDecimal::new(sum.finish(), power * i64::from(scale));
        }
    }

    /// Takes in the sums of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.infinite |= other.infinite;
        self.sums.iter_mut().zip(other.sums).for_each(|(own, more)| *own += more);
        if let Some(other) = other.floats {
            let own = self.floats.get_or_insert_default();
            own.iter_mut().zip(*other).for_each(|(own, more)| own.merge(more));
        }
    }

    /// Writes the sums, for a later run.
    pub(super) fn write(&self, ink: &mut Ink<'_>) {
        ink.count(self.count);
        ink.flag(self.infinite);
        self.sums.iter().for_each(|sum| ink.decimal(sum));
        ink.flag(self.floats.is_some());
        self.floats.iter().flat_map(|floats| floats.iter()).for_each(|sum| sum.write(ink));
    }

    /// Sums that were written.
    pub(super) fn read(page: &mut Page<'_>) -> Option<Self> {
        let mut read = Self { count: page.count()?, infinite: page.flag()?, ..Self::default() };
        for sum in &mut read.sums {
            *sum = page.decimal()?;
        }
        if page.flag()? {
            for sum in read.floats.get_or_insert_default().iter_mut() {
                *sum = Binary::read(page)?;
            }
        }
        Some(read)
    }

    /// The sample skewness; null of fewer than three values, and 0 where they do not vary.
    pub(super) fn skewness(&self) -> Value {
        let Some([second, third, _]) = self.central().filter(|_| self.count > 2) else { return Value::Null };
        if second.is_zero() {
            return Value::Float(0.0);
        }
        let count = BigInt::from(self.count);
        let above = &third * &third * &count * (&count - 1_u32);
        let below = second.pow(3) * (&count - 2_u32).pow(2);
        let root = root(&above, &below);
        Value::float(if third.sign() == Sign::Minus { -root } else { root })
    }

    /// The sample excess kurtosis; null of fewer than four values, and 0 where they do not vary.
    pub(super) fn kurtosis(&self) -> Value {
        let Some([second, _, fourth]) = self.central().filter(|_| self.count > 3) else { return Value::Null };
        if second.is_zero() {
            return Value::Float(0.0);
        }
        let count = BigInt::from(self.count);
        let square = second.pow(2);
        let before = &count - 1_u32;
        let above = &before * ((&count + 1_u32) * fourth - &before * &square * 3_u32);
        let below = (&count - 2_u32) * (&count - 3_u32) * square;
        let (value, power) = quotient(&BigInt::from(above.magnitude().clone()), &below, 0);
        let value = scaled(value, power);
        Value::float(if above.sign() == Sign::Minus { -value } else { value })
    }

    /// The central sums of the second power to the fourth, each times as many counts as make it whole, in units of one kind.
    fn central(&self) -> Option<[BigInt; 3]> {
        if self.infinite {
            return None;
        }
        let [one, two, three, four]: [BigInt; 4] = match &self.floats {
            Some(floats) => {
                // In units of which each sum holds a whole number: the k-th power of one, of the sum of k-th powers.
                let unit = usize::try_from(-UNIT).unwrap_or(0);
                std::array::from_fn(|place| floats[place].units() << (place * unit))
            }
            None => {
                let digits = |sum: &BigDecimal| sum.normalized().fractional_digit_count();
                let scale = self.sums.iter().zip(1_i64..).map(|(sum, power)| (digits(sum) + power - 1) / power);
                let scale = scale.max().unwrap_or(0).max(0);
                let mut powers = (1_i64..).map(|power| power * scale);
                self.sums.each_ref().map(|sum| whole(sum, powers.next().unwrap_or(0)))
            }
        };
        let n = BigInt::from(self.count);
        let square = &one * &one;
        Some([
            &n * &two - &square,
            &n * &n * &three - &n * &one * &two * 3_u32 + &one * &square * 2_u32,
            n.pow(3) * four - &n * &n * &one * three * 4_u32 + n * &square * two * 6_u32 - square.pow(2) * 3_u32,
        ])
    }
}

/// A sum of whole numbers, in 128 bits as far as they go.
#[derive(Default)]
pub(super) struct Whole {
    small: i128,
    large: BigInt,
}

impl Whole {
    /// Adds a number, or the same one where it is too large for 128 bits.
    pub(super) fn add(&mut self, number: Option<i128>, whole: impl FnOnce() -> BigInt) {
        match number.and_then(|number| self.small.checked_add(number)) {
            Some(sum) => self.small = sum,
            None => self.large += whole(),
        }
    }

    /// The sum.
    pub(super) fn finish(self) -> BigInt {
        self.large + self.small
    }
}

/// The digits of a number at a scale that has room for all of them.
pub(super) fn whole(number: &BigDecimal, scale: i64) -> BigInt {
    number.with_scale(scale).into_bigint_and_exponent().0
}

/// The square root of a quotient that is not negative.
pub(super) fn root(above: &BigInt, below: &BigInt) -> f64 {
    let (value, power) = quotient(above, below, 0);
    // An even power comes out of the root.
    let (value, power) = if power % 2 == 0 { (value, power) } else { (value * 2.0, power - 1) };
    scaled(value.sqrt(), power / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[i64]) -> Shape {
        let mut shape = Shape { count: values.len() as u64, ..Shape::default() };
        for value in values {
            for (sum, power) in shape.sums.iter_mut().zip(1..) {
                *sum += BigDecimal::from(BigInt::from(*value).pow(power));
            }
        }
        shape
    }

    fn near(found: &Value, wanted: f64) -> bool {
        matches!(found, Value::Float(found) if (found - wanted).abs() < 1e-14)
    }

    #[test]
    fn the_shape_is_that_of_pandas() {
        // pandas.Series([1, 2, 3, 10]).skew() and .kurt()
        let shape = of(&[1, 2, 3, 10]);
        assert!(near(&shape.skewness(), 1.763_632_614_803_888), "{:?}", shape.skewness());
        assert!(near(&shape.kurtosis(), 3.227_999_999_999_999_6), "{:?}", shape.kurtosis());
    }

    #[test]
    fn few_values_have_no_shape_and_one_value_is_even() {
        assert_eq!(of(&[1, 2]).skewness(), Value::Null);
        assert_eq!(of(&[1, 2, 3]).kurtosis(), Value::Null);
        assert_eq!(of(&[1, 2, 3]).skewness(), Value::Float(0.0));
        assert_eq!(of(&[5, 5, 5, 5]).kurtosis(), Value::Float(0.0));
    }
}
