//! Shannon's entropy and mutual information, in natural units.
//!
//! C. E. Shannon, "A Mathematical Theory of Communication" (1948). Shares are those of the sample, without a correction for
//! its size, as `scipy.stats.entropy` and scikit-learn's `mutual_info_score` have it.

use std::collections::HashMap;

use crate::ir::Value;
use crate::judge::statistic::float;

/// The sum of p ln(1 / p) over the shares of some counts; none of nothing.
pub(super) fn entropy(counts: impl Iterator<Item = u64> + Clone) -> Option<f64> {
    let total: u64 = counts.clone().sum();
    (total > 0).then(|| counts.map(|rows| float(rows) / float(total) * (float(total) / float(rows)).ln()).sum())
}

/// The sum of p(x, y) ln(p(x, y) / (p(x) p(y))) over pairs of values; none of nothing.
pub(super) fn mutual_information(pairs: &[([Value; 2], u64)]) -> Option<f64> {
    let total: u64 = pairs.iter().map(|(_, rows)| rows).sum();
    let mut sides: [HashMap<&Value, u64>; 2] = [HashMap::new(), HashMap::new()];
    for (values, rows) in pairs {
        for (side, value) in sides.iter_mut().zip(values) {
            *side.entry(value).or_default() += rows;
        }
    }
    let of = |side: usize, value: &Value| float(sides[side].get(value).copied().unwrap_or(0));
    let terms = pairs.iter().map(|([one, other], rows)| {
        let alone = of(0, one) * of(1, other);
        float(*rows) / float(total) * (float(*rows) * float(total) / alone).ln()
    });
    // Less than none is a matter of rounding.
    (total > 0).then(|| terms.sum::<f64>().max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_shares_have_the_logarithm_of_their_number() {
        let found = entropy([3, 3, 3, 3].into_iter()).unwrap();
        assert!((found - 4_f64.ln()).abs() < 1e-15, "{found}");
        assert_eq!(entropy([7].into_iter()), Some(0.0));
        assert_eq!(entropy(std::iter::empty()), None);
    }

    #[test]
    fn what_is_independent_tells_nothing() {
        let pair = |one, other, rows| ([Value::Integer(one), Value::Integer(other)], rows);
        assert_eq!(mutual_information(&[pair(1, 1, 2), pair(1, 2, 4), pair(2, 1, 3), pair(2, 2, 6)]), Some(0.0));
        let same = mutual_information(&[pair(1, 1, 5), pair(2, 2, 5)]).unwrap();
        assert!((same - 2_f64.ln()).abs() < 1e-15, "{same}");
        assert_eq!(mutual_information(&[]), None);
    }
}
