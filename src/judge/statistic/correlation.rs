//! Spearman's correlation: Pearson's, of ranks. Equal values share the mean of their ranks.
//!
//! C. Spearman, "The Proof and Measurement of Association between Two Things" (1904). Sums are exact.

use std::collections::HashMap;

use bigdecimal::BigDecimal;

use crate::ir::Value;
use crate::judge::statistic::nearest;

/// The correlation of the ranks of pairs of values; none where either side does not vary.
pub(super) fn of_ranks(pairs: &[([Value; 2], u64)]) -> Option<f64> {
    let ranks = [0, 1].map(|side| ranks(pairs, side));
    let mut sums = [0_i128; 5];
    let mut total = 0_i128;
    for (values, rows) in pairs {
        let rank = |side: usize| ranks[side].get(&values[side]).copied().unwrap_or(0);
        let (one, other, rows) = (rank(0), rank(1), i128::from(*rows));
        total += rows;
        for (sum, term) in sums.iter_mut().zip([one, other, one * one, other * other, one * other]) {
            *sum += term * rows;
        }
    }
    let [x, y, xx, yy, xy] = sums.map(BigDecimal::from);
    let total = BigDecimal::from(total);
    let (both, one, other) = (&total * xy - &x * &y, &total * xx - &x * &x, &total * yy - &y * &y);
    let whole = one * other;
    let zero = BigDecimal::from(0);
    if whole == zero {
        return None;
    }
    let root = nearest(&(&both * &both / whole)).sqrt();
    Some(if both < zero { -root } else { root })
}

/// Twice the rank of each value of a side, less one: a whole number also where values share ranks.
fn ranks(pairs: &[([Value; 2], u64)], side: usize) -> HashMap<&Value, i128> {
    let mut counts: HashMap<&Value, u64> = HashMap::new();
    for (values, rows) in pairs {
        *counts.entry(&values[side]).or_default() += rows;
    }
    let mut sorted: Vec<(&Value, u64)> = counts.into_iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.compare(b).unwrap_or(std::cmp::Ordering::Equal));
    let mut before = 0_i128;
    let ranked = sorted.into_iter().map(|(value, rows)| {
        let rank = 2 * before + i128::from(rows);
        before += i128::from(rows);
        (value, rank)
    });
    ranked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(i64, i64)]) -> Option<f64> {
        let pairs: Vec<_> =
            pairs.iter().map(|(one, other)| ([Value::Integer(*one), Value::Integer(*other)], 1)).collect();
        of_ranks(&pairs)
    }

    #[test]
    fn what_rises_together_is_one() {
        assert_eq!(of(&[(1, 10), (2, 20), (3, 1000)]), Some(1.0));
        assert_eq!(of(&[(1, 3), (2, 2), (3, 1)]), Some(-1.0));
        assert_eq!(of(&[(1, 3), (2, 3)]), None);
    }

    #[test]
    fn equal_values_share_ranks() {
        // scipy.stats.spearmanr([1, 2, 2, 4], [1, 3, 2, 3])
        let found = of(&[(1, 1), (2, 3), (2, 2), (4, 3)]).unwrap();
        assert!((found - 0.833_333_333_333_333_3).abs() < 1e-12, "{found}");
    }
}
