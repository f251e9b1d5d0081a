//! Pearson's chi-square: of a distribution that is given, and of two samples.
//!
//! K. Pearson, "On the criterion …" (1900). As `scipy.stats.chisquare` and `scipy.stats.chi2_contingency` without a
//! correction.

use bigdecimal::Zero;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::judge::statistic::compared::Parts;
use crate::judge::statistic::{float, nearest};

/// What the test finds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) statistic: f64,
    pub(super) degrees: u64,
    pub(super) p_value: f64,
}

/// How far counts are from what shares expect; infinite where something is found that is not expected, none where a side is
/// empty.
pub(super) fn fit(parts: &Parts) -> Option<Found> {
    if parts.is_empty() {
        return None;
    }
    let rows = float(parts.rows);
    let terms = parts.all.iter().map(|line| match (line.weight.is_zero(), line.rows) {
        (true, 0) => 0.0,
        (true, _) => f64::INFINITY,
        (false, found) => {
            let expected = rows * parts.expected(line);
            (float(found) - expected).powi(2) / expected
        }
    });
    let kinds = parts.all.iter().filter(|line| !line.weight.is_zero()).count();
    Some(found(terms.sum(), kinds))
}

/// How far the counts of two samples are from those of one population; none where a side is empty.
pub(super) fn homogeneity(parts: &Parts) -> Option<Found> {
    if parts.is_empty() {
        return None;
    }
    let (own, other) = (float(parts.rows), nearest(&parts.weight));
    let lines = || parts.all.iter().filter(|line| line.rows > 0 || !line.weight.is_zero());
    let terms = lines().map(|line| {
        let (found, weight) = (float(line.rows), nearest(&line.weight));
        // Rows and columns of the table of two: each cell against the product of its sums.
        let share = (found + weight) / (own + other);
        (found - own * share).powi(2) / (own * share) + (weight - other * share).powi(2) / (other * share)
    });
    Some(found(terms.sum(), lines().count()))
}

fn found(statistic: f64, kinds: usize) -> Found {
    let degrees = kinds.saturating_sub(1) as u64;
    let p_value = match ChiSquared::new(float(degrees)) {
        _ if statistic.is_infinite() => 0.0,
        Ok(distribution) => distribution.sf(statistic),
        // Where there is only one kind, nothing can differ.
        Err(_) => 1.0,
    };
    Found { statistic, degrees, p_value }
}
