//! Where a number is expected that has a level, a trend and a season: exponential smoothing after Holt and Winters, additive.
//!
//! As Hyndman and Athanasopoulos write it (Forecasting: Principles and Practice, 8.3), begun with the mean of the first season,
//! the mean change from the first to the second, and how far the first numbers lie from their mean. The three weights are
//! those that forecast the numbers best, each by the ones before it; they are looked for on a grid that grows finer, so that
//! the same numbers always give the same forecast.

use crate::judge::trend::{Around, float};

/// How fast level, trend and season follow the numbers, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Weights {
    level: f64,
    trend: f64,
    season: f64,
}

/// What was forecast of the numbers, and of the one after them.
struct Smoothed {
    /// By how much each number missed its forecast.
    residuals: Vec<f64>,
    next: f64,
}

/// Around the forecast of the next number, with the standard deviation of the forecasts of all numbers after the first season.
///
/// None of fewer than two whole seasons, or if a season is a single number.
pub(super) fn forecast(numbers: &[f64], season: usize) -> Option<Around> {
    let smoothed = smooth(numbers, season, best(numbers, season)?)?;
    // The first season made what it is forecast from.
    let residuals = smoothed.residuals.get(season..)?;
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    Some(Around { centre: smoothed.next, spread: (squares / float(residuals.len())).sqrt() })
}

/// The weights whose forecasts miss by the least sum of squares.
fn best(numbers: &[f64], season: usize) -> Option<Weights> {
    const STEPS: [f64; 4] = [0.1, 0.02, 0.004, 0.0008];
    let error = |weights: Weights| -> Option<f64> {
        let residuals = smooth(numbers, season, weights)?.residuals;
        Some(residuals.iter().map(|residual| residual * residual).sum())
    };
    let mut best = Weights { level: 0.5, trend: 0.5, season: 0.5 };
    let mut least = error(best)?;
    for step in STEPS {
        let centre = best;
        let near = |weight: f64| (-5..=5).map(move |steps| (weight + f64::from(steps) * step).clamp(0.0, 1.0));
        for level in near(centre.level) {
            for trend in near(centre.trend) {
                for season in near(centre.season) {
                    let weights = Weights { level, trend, season };
                    let found = error(weights)?;
                    if found < least {
                        (best, least) = (weights, found);
                    }
                }
            }
        }
    }
    Some(best)
}

fn smooth(numbers: &[f64], season: usize, weights: Weights) -> Option<Smoothed> {
    let (first, second) = (numbers.get(..season)?, numbers.get(season..2 * season)?);
    if season < 2 {
        return None;
    }
    let length = float(season);
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / length;
    let mut level = mean(first);
    let mut trend = (mean(second) - level) / length;
    let mut seasons: Vec<f64> = first.iter().map(|number| number - level).collect();
    let mut residuals = Vec::with_capacity(numbers.len());
    for (place, number) in numbers.iter().enumerate() {
        let of_season = seasons.get_mut(place % season)?;
        let straight = level + trend;
        residuals.push(number - straight - *of_season);
        let next = weights.level * (number - *of_season) + (1.0 - weights.level) * straight;
        trend = weights.trend * (next - level) + (1.0 - weights.trend) * trend;
        *of_season = weights.season * (number - straight) + (1.0 - weights.season) * *of_season;
        level = next;
    }
    Some(Smoothed { residuals, next: level + trend + seasons.get(numbers.len() % season)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four weeks with a busy Friday and quiet weekends, slowly growing.
    const WEEKS: [f64; 28] = [
        100., 120., 130., 125., 140., 60., 50., 104., 123., 135., 128., 145., 63., 52., 107., 128., 138., 131., 147.,
        66., 55., 112., 131., 141., 137., 151., 68., 58.,
    ];

    fn squares(smoothed: &Smoothed) -> f64 {
        smoothed.residuals.iter().map(|residual| residual * residual).sum()
    }

    /// The numbers are those of statsmodels 0.15.0: `ExponentialSmoothing(trend="add", seasonal="add",
    /// initialization_method="known")` begun with the same level, trend and seasons.
    #[test]
    fn smoothing_gives_what_statsmodels_gives() {
        let weights = Weights { level: 0.3, trend: 0.1, season: 0.4 };
        let found = smooth(&WEEKS, 7, weights).unwrap();
        assert!((found.next - 114.272_464_266_841_17).abs() < 1e-9, "{}", found.next);
        assert!((squares(&found) - 71.427_498_158_220_2).abs() < 1e-9, "{}", squares(&found));
    }

    /// The least sum of squares is that which L-BFGS-B of `SciPy` finds from 27 starts over the same smoothing.
    #[test]
    fn the_weights_are_those_that_forecast_best() {
        let found = smooth(&WEEKS, 7, best(&WEEKS, 7).unwrap()).unwrap();
        assert!((squares(&found) - 54.806_608).abs() < 1e-3, "{}", squares(&found));
        assert!((found.next - 115.299).abs() < 0.05, "{}", found.next);
    }

    #[test]
    fn a_monday_is_expected_as_a_monday() {
        let monday = forecast(&WEEKS, 7).unwrap();
        assert!((monday.centre - 115.3).abs() < 0.1 && monday.spread > 0.5 && monday.spread < 3.0, "{monday:?}");
        let saturday = forecast(&WEEKS[..26], 7).unwrap();
        assert!((saturday.centre - 68.0).abs() < 5.0, "{saturday:?}");
    }

    #[test]
    fn it_takes_two_seasons_of_more_than_one_number() {
        assert_eq!(forecast(&WEEKS[..13], 7), None);
        assert!(forecast(&WEEKS[..14], 7).is_some());
        assert_eq!(forecast(&WEEKS, 1), None);
    }
}
