//! The Kolmogorov-Smirnov test: the greatest distance between two cumulative distributions.
//!
//! p-values are exact for small samples and those of Kolmogorov's limiting distribution for large ones; equal values are
//! counted as if there were none, which makes the p-value too large rather than too small.

use statrs::distribution::{Beta, ContinuousCDF, Exp, Gamma, LogNormal, Normal, Uniform, Weibull};

use crate::ir::Value;
use crate::ir::statistic::{Curve, Family};
use crate::judge::statistic::{float, nearest};
use crate::outcome::Fault;

/// Up to so many values the p-value of one sample is exact.
const EXACT_ONE: u64 = 1_000;

/// Up to this product of the sizes the p-value of two samples is exact.
const EXACT_TWO: u64 = 4_000_000;

/// The distance of sorted values from a curve, and its p-value; none of nothing.
///
/// # Errors
/// A curve that its parameters do not make.
pub(super) fn one_sample(values: &[(Value, u64)], curve: &Curve) -> Result<Option<(f64, f64)>, Fault> {
    let cdf = cdf(curve)?;
    let total: u64 = values.iter().map(|(_, rows)| rows).sum();
    if total == 0 {
        return Ok(None);
    }
    let (mut before, mut distance) = (0_u64, 0.0_f64);
    for (value, rows) in values {
        let expected = value.to_f64().map_or(0.0, &cdf);
        let after = before + rows;
        distance = distance.max(expected - float(before) / float(total)).max(float(after) / float(total) - expected);
        before = after;
    }
    let p_value = if total <= EXACT_ONE { exact_one(total, distance) } else { limit(float(total).sqrt() * distance) };
    Ok(Some((distance, p_value)))
}

/// The distance of sorted values from others, and its p-value; none where a side is empty.
pub(super) fn two_samples(own: &[(Value, u64)], others: &[(Value, u64)]) -> Option<(f64, f64)> {
    let sum = |values: &[(Value, u64)]| values.iter().map(|(_, rows)| rows).sum::<u64>();
    let (n, m) = (sum(own), sum(others));
    if n == 0 || m == 0 {
        return None;
    }
    let (mut one, mut other) = (own.iter().peekable(), others.iter().peekable());
    let (mut below, mut below_other) = (0_u64, 0_u64);
    // In units of 1 / (n m), so that no quotient rounds.
    let mut widest = 0_u128;
    loop {
        let order = match (one.peek(), other.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.compare(b).unwrap_or(std::cmp::Ordering::Equal),
        };
        if order.is_le() {
            below += one.next().map_or(0, |(_, rows)| *rows);
        }
        if order.is_ge() {
            below_other += other.next().map_or(0, |(_, rows)| *rows);
        }
        let apart = (u128::from(below) * u128::from(m)).abs_diff(u128::from(below_other) * u128::from(n));
        widest = widest.max(apart);
    }
    #[expect(clippy::cast_precision_loss, reason = "a distance is a float")]
    let distance = widest as f64 / (float(n) * float(m));
    let p_value = match n.checked_mul(m).filter(|product| *product <= EXACT_TWO) {
        Some(_) => exact_two(n, m, widest),
        None => limit((float(n) * float(m) / (float(n) + float(m))).sqrt() * distance),
    };
    Some((distance, p_value))
}

/// The cumulative distribution of a curve.
fn cdf(curve: &Curve) -> Result<Box<dyn Fn(f64) -> f64>, Fault> {
    fn of<D: ContinuousCDF<f64, f64> + 'static, E: std::fmt::Display>(
        made: Result<D, E>,
    ) -> Result<Box<dyn Fn(f64) -> f64>, String> {
        let distribution = made.map_err(|error| error.to_string())?;
        Ok(Box::new(move |value| distribution.cdf(value)))
    }
    let parameters: Vec<f64> = curve.parameters.iter().map(nearest).collect();
    let made = match (curve.family, parameters.as_slice()) {
        (Family::Normal, [mean, stddev]) => of(Normal::new(*mean, *stddev)),
        (Family::LogNormal, [mean, stddev]) => of(LogNormal::new(*mean, *stddev)),
        (Family::Uniform, [min, max]) => of(Uniform::new(*min, *max)),
        (Family::Exponential, [rate]) => of(Exp::new(*rate)),
        (Family::Gamma, [shape, rate]) => of(Gamma::new(*shape, *rate)),
        (Family::Beta, [alpha, beta]) => of(Beta::new(*alpha, *beta)),
        (Family::Weibull, [shape, scale]) => of(Weibull::new(*shape, *scale)),
        _ => Err("it has other parameters".to_owned()),
    };
    made.map_err(|error| Fault {
        code: "not_computable".to_owned(),
        message: format!("there is no such {} distribution: {error}", curve.family.name()),
        caused_by: None,
    })
}

/// The chance of a distance this great or greater, of many values, scaled by the root of their number.
///
/// A. Kolmogorov, "Sulla determinazione empirica di una legge di distribuzione" (1933).
fn limit(scaled: f64) -> f64 {
    if scaled <= 0.0 {
        return 1.0;
    }
    let square = scaled * scaled;
    if scaled < 1.0 {
        // The other form of the same function converges where this one does not.
        let unit = -std::f64::consts::PI.powi(2) / (8.0 * square);
        let terms = (0..20).map(|k| (f64::from(2 * k + 1).powi(2) * unit).exp());
        return 1.0 - (2.0 * std::f64::consts::PI).sqrt() / scaled * terms.sum::<f64>();
    }
    let terms = (1..=20).map(|k| {
        let term = (-2.0 * f64::from(k).powi(2) * square).exp();
        if k % 2 == 1 { term } else { -term }
    });
    (2.0 * terms.sum::<f64>()).clamp(0.0, 1.0)
}

/// The chance that n values lie as far from their curve as this, or farther.
///
/// G. Marsaglia, W. W. Tsang and J. Wang, "Evaluating Kolmogorov's Distribution" (2003): a power of a matrix, its exponent
/// of ten kept apart. The terms of an upper tail too small for it are those of M. Miller (1956): twice the one-sided chance.
fn exact_one(n: u64, distance: f64) -> f64 {
    let count = float(n);
    let reach = count * distance;
    if distance >= 1.0 {
        return 0.0;
    }
    if reach <= 0.5 {
        return 1.0;
    }
    if reach * distance > 18.0 {
        // Twice the one-sided limit; beyond what any bound asks for.
        return (2.0 * (-2.0 * reach * distance).exp()).min(1.0);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    let k = reach.ceil() as usize;
    let size = 2 * k - 1;
    let h = float(k as u64) - reach;
    let mut matrix = vec![0.0_f64; size * size];
    for row in 0..size {
        for column in 0..size.min(row + 2) {
            matrix[row * size + column] = 1.0;
        }
    }
    for place in 0..size {
        let power = h.powi(i32::try_from(place + 1).unwrap_or(i32::MAX));
        matrix[place * size] -= power;
        let last = h.powi(i32::try_from(size - place).unwrap_or(i32::MAX));
        matrix[(size - 1) * size + place] -= last;
    }
    if 2.0 * h > 1.0 {
        matrix[(size - 1) * size] += (2.0 * h - 1.0).powi(i32::try_from(size).unwrap_or(i32::MAX));
    }
    for row in 0..size {
        for column in 0..size.min(row + 2) {
            for divisor in 1..=(row + 1).saturating_sub(column) {
                matrix[row * size + column] /= float(divisor as u64);
            }
        }
    }
    let (power, mut exponent) = raised(&matrix, size, n);
    let mut chance = power[(k - 1) * size + k - 1];
    for step in 1..=n {
        chance *= float(step) / count;
        if chance < 1e-140 {
            chance *= 1e140;
            exponent -= 140;
        }
    }
    (1.0 - chance * 10_f64.powi(exponent)).clamp(0.0, 1.0)
}

/// A power of a square matrix, and the power of ten to multiply it by.
fn raised(matrix: &[f64], size: usize, n: u64) -> (Vec<f64>, i32) {
    if n == 1 {
        return (matrix.to_vec(), 0);
    }
    let (half, exponent) = raised(matrix, size, n / 2);
    let square = times(&half, &half, size);
    let (mut power, mut exponent) =
        if n.is_multiple_of(2) { (square, 2 * exponent) } else { (times(matrix, &square, size), 2 * exponent) };
    if power[(size / 2) * size + size / 2] > 1e140 {
        power.iter_mut().for_each(|value| *value *= 1e-140);
        exponent += 140;
    }
    (power, exponent)
}

fn times(one: &[f64], other: &[f64], size: usize) -> Vec<f64> {
    let mut product = vec![0.0_f64; size * size];
    for row in 0..size {
        for middle in 0..size {
            let factor = one[row * size + middle];
            for column in 0..size {
                product[row * size + column] += factor * other[middle * size + column];
            }
        }
    }
    product
}

/// The chance that two samples of one population lie as far apart as this, or farther, in units of 1 / (n m).
///
/// J. L. Hodges, "The Significance Probability of the Smirnov Two-Sample Test" (1958): the share of the paths through the
/// rectangle of both that stay closer to its diagonal.
fn exact_two(n: u64, m: u64, widest: u128) -> f64 {
    let far = |i: u64, j: u64| (u128::from(i) * u128::from(m)).abs_diff(u128::from(j) * u128::from(n)) >= widest;
    // The share of paths to each point that left the strip, by how often each step is taken.
    let mut left: Vec<f64> = Vec::new();
    for j in 0..=m {
        let before = left.last().copied().unwrap_or(0.0);
        left.push(if far(0, j) { 1.0 } else { before });
    }
    for i in 1..=n {
        for j in 0..=m {
            let place = usize::try_from(j).unwrap_or(0);
            left[place] = if far(i, j) {
                1.0
            } else if j == 0 {
                left[0]
            } else {
                let (along, across) = (float(i) / float(i + j), float(j) / float(i + j));
                along * left[place] + across * left[place - 1]
            };
        }
    }
    left.last().copied().unwrap_or(1.0).clamp(0.0, 1.0)
}
