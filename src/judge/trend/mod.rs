//! Limits settled by earlier runs: numbers found before, oldest first, to the interval that the new one must lie in.
//!
//! Every strategy is a file and a pure function. Which earlier runs count is decided before; here numbers are numbers.

mod change;
mod holt_winters;
mod normal;

use bigdecimal::{BigDecimal, FromPrimitive, RoundingMode};

use crate::ir::trend::{Against, Anomaly, Method};
use crate::ir::{Bound, Bounds, Limit, Literal, Severity, Trend, Value};

/// What earlier runs gave for a check.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// What the number must lie in.
    Band(Band),
    /// There are too few.
    TooFew {
        /// How many it takes.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// None is known, for the run keeps no history.
    Unknown,
    /// The columns are compared with those of a run, by its id.
    Columns(String),
}

/// What a number must lie in.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The interval of each level.
    pub levels: Vec<(Severity, Bounds)>,
    /// What the number was, or where it is expected.
    pub reference: BigDecimal,
    /// What that is.
    pub of: Reference,
    /// Of how many earlier runs.
    pub runs: usize,
}

/// What a number is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The number of an earlier run, or one of several.
    Was(Against),
    /// A number that is expected.
    Expected(Method),
}

/// Where a number is expected, and how far from there it may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Around {
    centre: f64,
    /// The standard deviation.
    spread: f64,
}

/// Settles limits by the numbers of earlier runs, oldest first; the limits without those they hang on.
#[must_use]
pub fn settle(limits: &[(Severity, Limit)], earlier: &[BigDecimal]) -> (Vec<(Severity, Limit)>, Option<Past>) {
    let mut past: Option<Past> = None;
    let settled = limits.iter().map(|(severity, limit)| {
        let Limit::Past(trend) = limit else { return (*severity, limit.clone()) };
        let found = match trend.as_ref() {
            Trend::Change(change) => change::band(change, earlier).map(|band| (band, Reference::Was(change.against))),
            Trend::Anomaly(anomaly) => band(anomaly, earlier).map(|band| (band, Reference::Expected(anomaly.method))),
            // Columns are settled as columns.
            Trend::Columns { .. } => return (*severity, limit.clone()),
        };
        let bounds = match found {
            Ok((Found { bounds, reference, runs }, of)) => {
                match &mut past {
                    Some(Past::Band(band)) => band.levels.push((*severity, bounds.clone())),
                    _ => {
                        past =
                            Some(Past::Band(Band { levels: vec![(*severity, bounds.clone())], reference, of, runs }));
                    }
                }
                bounds
            }
            Err((needed, found)) => {
                past = Some(Past::TooFew { needed, found });
                Bounds::default()
            }
        };
        (*severity, Limit::Within(bounds))
    });
    (settled.collect(), past)
}

/// An interval, what it lies around, and the number of runs it was worked out of.
struct Found {
    bounds: Bounds,
    reference: BigDecimal,
    runs: usize,
}

/// An interval, or how many runs it takes and how many there are.
type Settled = Result<Found, (usize, usize)>;

/// The interval in which a method expects the number.
///
/// Both ends belong to it. They are rounded away from the middle to a billionth of the greatest number, so that nothing that
/// floats do is an anomaly.
fn band(anomaly: &Anomaly, earlier: &[BigDecimal]) -> Settled {
    let numbers: Vec<f64> = earlier.iter().map(nearest).filter(|number| number.is_finite()).collect();
    let numbers = &numbers[numbers.len().saturating_sub(anomaly.last)..];
    let few = Err((anomaly.min_runs, numbers.len().min(anomaly.min_runs.saturating_sub(1))));
    if numbers.len() < anomaly.min_runs {
        return few;
    }
    let season = anomaly.season.max(1);
    let around = match anomaly.method {
        Method::ZScore => normal::around(&phase(numbers, season)),
        Method::RateOfChange => normal::around_change(numbers, season),
        Method::OnlineNormal => normal::online(&phase(numbers, season), anomaly.sensitivity),
        Method::HoltWinters => holt_winters::forecast(numbers, season),
    };
    let Some(around) = around else { return few };
    let most = numbers.iter().fold(0.0_f64, |most, number| most.max(number.abs()));
    let width = anomaly.sensitivity * around.spread;
    let (Some(low), Some(high), Some(reference)) = (
        rounded(around.centre - width, most, RoundingMode::Floor),
        rounded(around.centre + width, most, RoundingMode::Ceiling),
        BigDecimal::from_f64(around.centre).map(|number| number.with_prec(10).normalized()),
    ) else {
        return few;
    };
    Ok(Found {
        bounds: Bounds { min: Some(end(low, false)), max: Some(end(high, false)) },
        reference,
        runs: numbers.len(),
    })
}

/// A number to a billionth of the greatest one, where what floats make of an exact number does not count.
fn rounded(number: f64, most: f64, towards: RoundingMode) -> Option<BigDecimal> {
    const NOISE: f64 = 1e-12;
    let inward = if towards == RoundingMode::Floor { most * NOISE } else { -most * NOISE };
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a float is small")]
    let decimals = if most > 0.0 { 8 - most.log10().floor() as i64 } else { 8 };
    BigDecimal::from_f64(number + inward).map(|number| number.with_scale_round(decimals, towards).normalized())
}

/// The numbers that lie whole seasons before the next one, oldest first.
fn phase(numbers: &[f64], season: usize) -> Vec<f64> {
    let mut found: Vec<f64> = numbers.iter().rev().skip(season - 1).step_by(season).copied().collect();
    found.reverse();
    found
}

fn end(value: BigDecimal, strict: bool) -> Bound {
    Bound { value: Literal::Value(Value::Decimal(value)), strict }
}

/// The float nearest to a number.
fn nearest(number: &BigDecimal) -> f64 {
    number.to_scientific_notation().parse().unwrap_or(f64::NAN)
}

/// A count as a float.
#[expect(clippy::cast_precision_loss, reason = "there are a few runs")]
const fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::within;

    fn anomaly(method: Method, season: usize, min_runs: usize) -> Vec<(Severity, Limit)> {
        let anomaly = Anomaly { method, sensitivity: 3.0, season, last: 100, min_runs };
        vec![(Severity::Error, Limit::Past(Box::new(Trend::Anomaly(anomaly))))]
    }

    fn decimals(numbers: &[&str]) -> Vec<BigDecimal> {
        numbers.iter().map(|number| number.parse().unwrap()).collect()
    }

    fn holds(limits: &[(Severity, Limit)], now: &str) -> bool {
        let now = Value::Decimal(now.parse().unwrap());
        limits.iter().all(|(_, limit)| matches!(limit, Limit::Within(bounds) if within(bounds, &now)))
    }

    #[test]
    fn a_number_lies_within_three_standard_deviations_of_the_mean() {
        // Mean 10, sample standard deviation 2: from 4 to 16.
        let earlier = decimals(&["8", "10", "12"]);
        let (limits, past) = settle(&anomaly(Method::ZScore, 1, 3), &earlier);
        assert!(holds(&limits, "4") && holds(&limits, "16") && !holds(&limits, "3.9") && !holds(&limits, "16.1"));
        let Some(Past::Band(band)) = past else { panic!("{past:?}") };
        assert_eq!((band.reference, band.runs), (10.into(), 3));
    }

    #[test]
    fn with_too_few_runs_there_is_no_limit_and_it_is_said_how_many_it_takes() {
        let (limits, past) = settle(&anomaly(Method::ZScore, 1, 3), &decimals(&["8", "10"]));
        assert_eq!(past, Some(Past::TooFew { needed: 3, found: 2 }));
        assert_eq!(limits, [(Severity::Error, Limit::Within(Bounds::default()))]);
    }

    #[test]
    fn numbers_that_were_all_the_same_must_stay_so_whatever_floats_make_of_them() {
        let (limits, _) = settle(&anomaly(Method::ZScore, 1, 3), &decimals(&["0.1", "0.1", "0.1"]));
        assert!(holds(&limits, "0.1") && !holds(&limits, "0.100001"));
        let third = "33.33333333333333333333333333";
        let (limits, _) = settle(&anomaly(Method::ZScore, 1, 3), &decimals(&[third, third, third]));
        assert!(holds(&limits, third) && !holds(&limits, "33.334"));
    }

    #[test]
    fn a_season_compares_runs_of_the_same_place_in_it() {
        assert_eq!(phase(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 3), [2.0, 5.0]);
        assert_eq!(phase(&[1.0, 2.0], 3), [0.0; 0]);
        // Every second one is high, and next is a low one: 1, 3, 2 with mean 2 and deviation 1.
        let earlier = decimals(&["1", "100", "3", "102", "2", "101"]);
        let (limits, _) = settle(&anomaly(Method::ZScore, 2, 6), &earlier);
        assert!(holds(&limits, "5") && !holds(&limits, "100"));
    }

    #[test]
    fn a_limit_that_hangs_on_nothing_stays() {
        let limits = [(Severity::Error, Limit::Count(0))];
        assert_eq!(settle(&limits, &[]), (limits.to_vec(), None));
    }
}
