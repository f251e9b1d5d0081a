//! The population stability index: the divergences of two distributions from each other, added.
//!
//! N. Siddiqi, "Credit Risk Scorecards" (2006). A share below a floor counts as the floor, so that an empty bin has a
//! logarithm.

use crate::judge::statistic::compared::Parts;

/// The sum of (p - q) ln(p / q); none where a side is empty.
pub(super) fn index(parts: &Parts, floor: f64) -> Option<f64> {
    let terms = parts.all.iter().map(|line| {
        let (found, expected) = (parts.found(line).max(floor), parts.expected(line).max(floor));
        (found - expected) * (found / expected).ln()
    });
    (!parts.is_empty()).then(|| terms.sum())
}
