//! Sums of floats without rounding.
//!
//! A float is a whole number times a power of two, so a sum of floats, of their powers or products, is a whole number of the least
//! such power: it is kept in digits of base 2^32, as many as the values need, and rounded once, at the end. The idea is the
//! long accumulator of U. Kulisch ("Computer Arithmetic and Validity", 2008).

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{ToPrimitive, Zero};

use crate::engine::local::states::{Ink, Page};

/// The exponent of the unit: the fourth power of the least float is 2^-4296.
pub(super) const UNIT: i32 = -4296;

/// After so many additions digits are carried; each adds less than 2^32 to a 64-bit digit.
const CARRY: u32 = 1 << 30;

/// More digits than the fourth powers of the greatest floats have, however many are added.
const DIGITS: usize = 512;

/// An exact sum of floats.
#[derive(Clone, Default)]
pub(super) struct Binary {
    /// The place of the first digit kept.
    first: usize,
    digits: Vec<i64>,
    added: u32,
}

impl Binary {
    /// Adds a finite float.
    pub(super) fn add(&mut self, value: f64) {
        let (mantissa, exponent) = parts(value);
        self.add_parts(mantissa, exponent, value.is_sign_negative());
    }

    /// Adds the square of a finite float.
    pub(super) fn add_square(&mut self, value: f64) {
        let (mantissa, exponent) = parts(value);
        let square = u128::from(mantissa) * u128::from(mantissa);
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
        self.add_parts(square as u64, 2 * exponent, false);
        self.add_parts((square >> 64) as u64, 2 * exponent + 64, false);
    }

    /// Adds the product of two finite floats.
    pub(super) fn add_product(&mut self, one: f64, other: f64) {
        let ((mantissa, exponent), (by, further)) = (parts(one), parts(other));
        let product = u128::from(mantissa) * u128::from(by);
        let negative = one.is_sign_negative() != other.is_sign_negative();
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
        self.add_parts(product as u64, exponent + further, negative);
        self.add_parts((product >> 64) as u64, exponent + further + 64, negative);
    }

    /// Adds a power of a finite float, up to the fourth.
    pub(super) fn add_power(&mut self, value: f64, power: u8) {
        let (mantissa, exponent) = parts(value);
        let mut digits = [1_u64, 0, 0, 0];
        for _ in 0..power {
            let mut carried = 0_u128;
            for digit in &mut digits {
                carried += u128::from(*digit) * u128::from(mantissa);
                #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
                let low = carried as u64;
                *digit = low;
                carried >>= 64;
            }
        }
        let negative = value.is_sign_negative() && power % 2 == 1;
        for (digit, place) in digits.into_iter().zip(0..) {
            self.add_parts(digit, exponent * i32::from(power) + 64 * place, negative);
        }
    }

    fn add_parts(&mut self, mantissa: u64, exponent: i32, negative: bool) {
        if mantissa == 0 {
            return;
        }
        if self.added == CARRY {
            self.carry();
        }
        self.added += 1;
        let place = (exponent - UNIT).unsigned_abs();
        let (place, shift) = ((place / 32) as usize, place % 32);
        if self.digits.is_empty() {
            self.first = place;
        } else if place < self.first {
            self.digits.splice(0..0, std::iter::repeat_n(0, self.first - place));
            self.first = place;
        }
        let start = place - self.first;
        if self.digits.len() < start + 3 {
            self.digits.resize(start + 3, 0);
        }
        let mut rest = u128::from(mantissa) << shift;
        for digit in &mut self.digits[start..start + 3] {
            #[expect(clippy::cast_possible_truncation, reason = "the lowest digit is what is wanted")]
            let more = i64::from(rest as u32);
            *digit += if negative { -more } else { more };
            rest >>= 32;
        }
    }

    fn carry(&mut self) {
        let mut carried = 0;
        for digit in &mut self.digits {
            let whole = *digit + carried;
            carried = whole >> 32;
            *digit = whole - (carried << 32);
        }
        if carried != 0 {
            self.digits.push(carried);
        }
        self.added = 1;
    }

    /// Adds another sum.
    pub(super) fn merge(&mut self, mut other: Self) {
        if other.digits.is_empty() {
            return;
        }
        if self.digits.is_empty() {
            *self = other;
            return;
        }
        self.carry();
        other.carry();
        let first = self.first.min(other.first);
        for sum in [&mut *self, &mut other] {
            sum.digits.splice(0..0, std::iter::repeat_n(0, sum.first - first));
            sum.first = first;
        }
        if self.digits.len() < other.digits.len() {
            self.digits.resize(other.digits.len(), 0);
        }
        self.digits.iter_mut().zip(&other.digits).for_each(|(own, more)| *own += more);
        self.added += other.added;
    }

    /// Writes the sum, for a later run.
    pub(super) fn write(&self, ink: &mut Ink<'_>) {
        let mut sum = self.clone();
        sum.carry();
        ink.count(sum.first as u64);
        ink.count(sum.digits.len() as u64);
        sum.digits.iter().for_each(|digit| ink.whole(*digit));
    }

    /// A sum that was written.
    pub(super) fn read(page: &mut Page<'_>) -> Option<Self> {
        let first = usize::try_from(page.count()?).ok()?;
        let length = page.length()?;
        if first + length > DIGITS {
            return None;
        }
        let mut digits = Vec::with_capacity(length);
        for _ in 0..length {
            digits.push(page.whole().filter(|digit| digit.unsigned_abs() <= 1 << 32)?);
        }
        Some(Self { first, digits, added: 1 })
    }

    /// The sum, in units of 2^[`UNIT`].
    pub(super) fn units(&self) -> BigInt {
        let sum = self.digits.iter().rev().fold(BigInt::from(0), |sum, digit| (sum << 32) + digit);
        sum << (32 * self.first)
    }
}

/// A finite float as a whole number times a power of two, without its sign.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

/// A quotient times a power of two, as a float between 2^64 and 2^68, nearest to it, and a further power of two.
pub(super) fn quotient(above: &BigInt, below: &BigInt, exponent: i64) -> (f64, i64) {
    if above.is_zero() {
        return (0.0, 0);
    }
    // The quotient gets 66 bits or 67; a float takes 53 of them, and the last one stands for all that is left.
    let bits = |number: &BigInt| i64::try_from(number.bits()).unwrap_or(i64::MAX);
    let shift = 66 + bits(below) - bits(above);
    let by = |places: i64| usize::try_from(places).unwrap_or(0);
    let (above, below) = (above << by(shift), below << by(-shift));
    let whole = &above / &below;
    let left = &above - &whole * &below;
    let whole = whole.to_i128().unwrap_or(0);
    let sticky = if left.is_zero() { whole } else { whole | 1 };
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    let nearest = sticky as f64;
    (nearest, exponent - shift)
}

/// A float times a power of two.
pub(super) fn scaled(mut value: f64, mut exponent: i64) -> f64 {
    // Steps that are floats themselves; beyond the range of floats the value is 0 or infinite by then.
    while exponent != 0 && value != 0.0 && value.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        let power = u64::try_from(1023 + step).unwrap_or(0) << 52;
        value *= f64::from_bits(power);
        exponent -= step;
    }
    value
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "sums are the nearest floats, to the bit")]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = Binary::default();
        values.iter().for_each(|value| sum.add(*value));
        let (value, exponent) = quotient(&sum.units(), &BigInt::from(1), UNIT.into());
        scaled(value, exponent)
    }

    #[test]
    fn a_sum_is_the_float_nearest_to_the_exact_one() {
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e300, 1.0, -1e300]), 1.0);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(sum(&[5e-324, 5e-324]), 1e-323);
        assert_eq!(sum(&[9_007_199_254_740_992.0, 1.0, 1.0]), 9_007_199_254_740_994.0);
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[-1.5, 0.25]), -1.25);
    }

    #[test]
    fn merging_in_any_cut_gives_the_same_sum() {
        let values: Vec<f64> = (0..200).map(|n| (f64::from(n) - 90.0) * 10_f64.powi(n % 37 - 18)).collect();
        let whole = sum(&values);
        for cut in 0..values.len() {
            let (mut one, mut other) = (Binary::default(), Binary::default());
            values[..cut].iter().for_each(|value| one.add(*value));
            values[cut..].iter().for_each(|value| other.add(*value));
            one.merge(other);
            let (value, exponent) = quotient(&one.units(), &BigInt::from(1), UNIT.into());
            assert_eq!(scaled(value, exponent), whole);
        }
    }

    #[test]
    fn powers_and_products_are_exact() {
        let whole = |value: f64, power: u32| {
            let (mantissa, exponent) = parts(value);
            let places = i32::try_from(power).unwrap() * exponent - UNIT;
            let whole = BigInt::from(mantissa).pow(power) << usize::try_from(places).unwrap();
            if value < 0.0 && power % 2 == 1 { -whole } else { whole }
        };
        for power in 1..=4_u8 {
            let mut sum = Binary::default();
            for value in [1e70, -3.7, 5e-324] {
                sum.add_power(value, power);
            }
            let power = power.into();
            assert_eq!(sum.units(), whole(1e70, power) + whole(-3.7, power) + whole(5e-324, power));
        }
        let mut sum = Binary::default();
        sum.add_product(-3.7, -3.7);
        sum.add_product(0.5, -4.0);
        assert_eq!(sum.units(), whole(-3.7, 2) - whole(2.0, 1));
    }

    #[test]
    fn squares_are_exact() {
        let mut sum = Binary::default();
        for value in [1e200, -3.0, 5e-324] {
            sum.add_square(value);
        }
        let one = |value: f64| {
            let (mantissa, exponent) = parts(value);
            BigInt::from(mantissa).pow(2) << usize::try_from(2 * exponent - UNIT).unwrap()
        };
        assert_eq!(sum.units(), one(1e200) + one(3.0) + one(5e-324));
    }
}
