//! The Kullback-Leibler divergence of what is found from what is expected, in natural units.
//!
//! S. Kullback and R. A. Leibler, "On Information and Sufficiency" (1951); as `scipy.stats.entropy(found, expected)`.

use bigdecimal::{BigDecimal, Zero};

use crate::judge::statistic::compared::Parts;
use crate::judge::statistic::nearest;

/// The sum of p ln(p / q); infinite where something is found that is not expected, none where a side is empty.
pub(super) fn divergence(parts: &Parts) -> Option<f64> {
    if parts.is_empty() {
        return None;
    }
    let terms = parts.all.iter().filter(|line| line.rows > 0).map(|line| {
        if line.weight.is_zero() {
            return f64::INFINITY;
        }
        // Equal shares have a quotient of exactly one.
        let quotient = (BigDecimal::from(line.rows) * &parts.weight) / (BigDecimal::from(parts.rows) * &line.weight);
        parts.found(line) * nearest(&quotient).ln()
    });
    // Less than none is a matter of rounding.
    Some(terms.sum::<f64>().max(0.0))
}
