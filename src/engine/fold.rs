//! What folds come to once the sums of the values, or those at some ranks, are known.
//!
//! The formulas alone: who adds up and who sorts is the business of each engine, and all of them come to the same numbers.

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};

use crate::ir::{Interpolation, Value};

/// How many decimals a quotient or root keeps beyond those of its values.
const DECIMALS: i64 = 20;

/// Exact sums of values and of their squares.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Sums {
    /// How many values there are.
    pub(in crate::engine) count: u64,
    /// Their sum.
    pub(in crate::engine) sum: BigDecimal,
    /// The sum of their squares.
    pub(in crate::engine) squares: BigDecimal,
}

impl Sums {
    /// The sum; of nothing it is 0.
    pub(in crate::engine) fn sum(&self) -> Value {
        Value::Decimal(self.sum.normalized())
    }

    /// The mean; null of nothing.
    pub(in crate::engine) fn mean(&self) -> Value {
        if self.count == 0 {
            return Value::Null;
        }
        rounded(&(&self.sum / BigDecimal::from(self.count)), &self.sum)
    }

    /// The sample variance, (n Σx² - (Σx)²) / (n (n - 1)); null of fewer than two values.
    pub(in crate::engine) fn variance(&self) -> Value {
        if self.count < 2 {
            return Value::Null;
        }
        let (above, below) = self.variance_over();
        rounded(&(&above / below), &above)
    }

    /// The square root of the sample variance.
    pub(in crate::engine) fn stddev(&self) -> Value {
        if self.count < 2 {
            return Value::Null;
        }
        let (above, below) = self.variance_over();
        (above / below).sqrt().map_or(Value::Null, |root| rounded(&root, &self.sum))
    }

    /// The mean less so many standard deviations, and with as many more; nulls where there is none, or it is 0.
    pub(in crate::engine) fn range(&self, factor: &BigDecimal) -> (Value, Value) {
        around(&self.mean(), &self.mean(), &self.stddev(), factor)
    }

    /// The variance as a fraction.
    fn variance_over(&self) -> (BigDecimal, BigDecimal) {
        let count = BigDecimal::from(self.count);
        (&count * &self.squares - &self.sum * &self.sum, &count * (&count - 1))
    }
}

/// Where a quantile lies among the sorted values.
pub(in crate::engine) struct Place {
    /// The value at or below.
    rank: u64,
    /// How far it lies towards the next, from 0 to below 1.
    on: BigDecimal,
}

impl Place {
    /// The place (n - 1) q, as far as the interpolation leaves it between two values; none of nothing.
    pub(in crate::engine) fn of(q: &BigDecimal, interpolation: Interpolation, count: u64) -> Option<Self> {
        let last = count.checked_sub(1)?;
        let place = q * BigDecimal::from(last);
        let floor = place.with_scale_round(0, RoundingMode::Floor);
        let on = (&place - &floor).normalized();
        let between = !on.is_zero();
        let (floor, on) = match interpolation {
            Interpolation::Nearest => (place.with_scale_round(0, RoundingMode::HalfEven), BigDecimal::from(0)),
            Interpolation::Lower => (floor, BigDecimal::from(0)),
            Interpolation::Higher => (place.with_scale_round(0, RoundingMode::Ceiling), BigDecimal::from(0)),
            Interpolation::Midpoint if between => (floor, BigDecimal::new(5.into(), 1)),
            Interpolation::Linear | Interpolation::Midpoint => (floor, on),
        };
        Some(Self { rank: floor.to_u64()?.min(last), on })
    }

    pub(in crate::engine) fn ranks(&self) -> Vec<u64> {
        if self.on.is_zero() { vec![self.rank] } else { vec![self.rank, self.rank + 1] }
    }

    /// The value between two, or the one there is.
    pub(in crate::engine) fn between(&self, found: Vec<Value>) -> Value {
        let mut found = found.into_iter();
        let Some(low) = found.next() else { return Value::Null };
        let Some(high) = found.next() else { return low };
        match (&low, &high, low.exact().zip(high.exact())) {
            (Value::Float(_), _, Some((low, high))) => {
                // Text reads as the nearest float; other ways of getting there may miss it.
                let between = &low + (&high - &low) * &self.on;
                between.to_scientific_notation().parse().map_or(Value::Null, Value::float)
            }
            (_, _, Some((low, high))) => Value::Decimal((&low + (&high - &low) * &self.on).normalized()),
            // Between infinities floats know what to do.
            (Value::Float(low), Value::Float(high), None) if low.total_cmp(high).is_eq() => Value::Float(*low),
            (Value::Float(low), Value::Float(high), None) => Value::float(low + (high - low) / 2.0),
            _ => low,
        }
    }
}

/// One number less so many spreads, and another with as many more; nulls where a number is not finite or there is no spread.
pub(in crate::engine) fn around(low: &Value, high: &Value, spread: &Value, factor: &BigDecimal) -> (Value, Value) {
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
pub(in crate::engine) fn nearest(number: &BigDecimal) -> Value {
    // Text reads as the nearest float; other ways of getting there may miss it.
    number.to_scientific_notation().parse().map_or(Value::Null, Value::float)
}

/// A number rounded, half to even, to the decimals of what it was made of and some more.
fn rounded(number: &BigDecimal, of: &BigDecimal) -> Value {
    let scale = of.fractional_digit_count().max(0) + DECIMALS;
    Value::Decimal(number.with_scale_round(scale, RoundingMode::HalfEven).normalized())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(q: &str, interpolation: Interpolation, count: u64) -> (u64, String) {
        let place = Place::of(&q.parse().unwrap(), interpolation, count).unwrap();
        (place.rank, place.on.to_plain_string())
    }

    #[test]
    fn places_are_those_of_numpy() {
        // numpy.percentile(numpy.arange(n), q, method='nearest') for n from 2 to 11.
        for (count, wanted) in [[0, 0, 1], [0, 1, 2], [1, 2, 2], [1, 2, 3], [1, 2, 4], [2, 3, 4], [2, 4, 5], [2, 4, 6]]
            .into_iter()
            .enumerate()
        {
            let found = ["0.25", "0.5", "0.75"].map(|q| place(q, Interpolation::Nearest, count as u64 + 2).0);
            assert_eq!(found, wanted, "{}", count + 2);
        }
        assert_eq!(place("0.1", Interpolation::Linear, 4), (0, "0.3".to_owned()));
        assert_eq!(place("0.1", Interpolation::Midpoint, 4), (0, "0.5".to_owned()));
        assert_eq!(place("0.1", Interpolation::Higher, 4), (1, "0".to_owned()));
        assert_eq!(place("0.1", Interpolation::Lower, 4), (0, "0".to_owned()));
        assert_eq!(place("1", Interpolation::Midpoint, 4), (3, "0".to_owned()));
        assert!(Place::of(&1.into(), Interpolation::Linear, 0).is_none());
    }
}
