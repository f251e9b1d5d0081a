//! The range in which values lie that are not far out, so many spreads around their quartiles or their median.
//!
//! The values are sorted as for a quantile; distances from the median lie in order on both sides of it, so that their own
//! median is found without a second pass.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;

use crate::engine::fold::{Place, around};
use crate::engine::local::column::decimal;
use crate::engine::local::fold::quantile::{Part, Quantile, halve, parts, select};
use crate::ir::{Interpolation, Spread, Value};
use crate::outcome::Fault;

/// A number in its order.
#[derive(PartialEq, Eq)]
struct Ordered(Value);

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.compare(&other.0).unwrap_or(Ordering::Equal)
    }
}

impl Quantile {
    /// The ends of the range; nulls where there is no spread.
    pub(super) fn range(self, spread: Spread, factor: &BigDecimal) -> Result<(Value, Value), Fault> {
        let count = self.count;
        let mut units = Vec::new();
        let mut decimals = Vec::new();
        if let Some((unit, runs)) = self.units {
            units.push((unit, runs.into_sorted()?));
        }
        for (scale, runs) in self.decimals {
            decimals.push((scale, runs.into_sorted()?));
        }
        let mut all: Vec<Part<'_, Ordered>> = Vec::new();
        for (unit, sorted) in &units {
            all.extend(parts(sorted, |number| Ordered(unit.value(number))));
        }
        for (scale, sorted) in &decimals {
            all.extend(parts(sorted, |digits| Ordered(Value::Decimal(decimal(digits, *scale)))));
        }
        if spread == Spread::Median {
            return around_median(&all, count, factor);
        }
        let (low, high) = (quantile(&all, 25, count)?, quantile(&all, 75, count)?);
        let wide = distance(&high, &low);
        Ok(around(&low, &high, &wide, factor))
    }
}

fn around_median(all: &[Part<'_, Ordered>], count: u64, factor: &BigDecimal) -> Result<(Value, Value), Fault> {
    let middle = quantile(all, 50, count)?;
    let mut distances: Vec<Part<'_, Ordered>> = Vec::new();
    for part in all {
        let below = halve(part, 0, part.count, |value| value.0.compare(&middle) == Some(Ordering::Less))?;
        let from = &middle;
        let apart = move |place| Ok(Ordered(distance(&(part.at)(place)?.0, from)));
        distances.push(Part { count: below, at: Box::new(move |place| apart(below - 1 - place)) });
        distances.push(Part { count: part.count - below, at: Box::new(move |place| apart(below + place)) });
    }
    let wide = quantile(&distances, 50, count)?;
    // The median distance of normal values is 0.6745 standard deviations.
    let factor = factor / BigDecimal::new(6745.into(), 4);
    Ok(around(&middle, &middle, &wide, &factor))
}

/// A quantile in hundredths, interpolated linearly; null of nothing.
fn quantile(all: &[Part<'_, Ordered>], hundredths: i64, count: u64) -> Result<Value, Fault> {
    let q = BigDecimal::new(hundredths.into(), 2);
    let Some(place) = Place::of(&q, Interpolation::Linear, count) else { return Ok(Value::Null) };
    let found = place.ranks().into_iter().map(|rank| select(all, rank).map(|found| found.0));
    Ok(place.between(found.collect::<Result<_, Fault>>()?))
}

/// How far apart two numbers are, exactly; infinitely where one is infinite, and null where one is null.
fn distance(one: &Value, other: &Value) -> Value {
    match (one.exact(), other.exact()) {
        (Some(one), Some(other)) => Value::Decimal((one - other).abs()),
        _ if one.is_null() || other.is_null() => Value::Null,
        _ => Value::Float(f64::INFINITY),
    }
}
