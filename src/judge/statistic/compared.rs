//! The distribution found beside the one expected: one line for each value or bin.

use std::collections::HashMap;

use bigdecimal::{BigDecimal, Zero};

use crate::answer::Number;
use crate::ir::statistic::{Apart, Bins, Distance, Distribution, Test};
use crate::ir::{Literal, Value};
use crate::judge::statistic::{Label, Part, float, nearest};
use crate::judge::{internal, spelled};
use crate::outcome::Fault;

/// What was found and what was expected, told apart in the same way.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// All of them.
    pub(super) all: Vec<Line>,
    /// The sum of the weights.
    pub(super) weight: BigDecimal,
    /// How many rows were found.
    pub(super) rows: u64,
}

/// One value or bin.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) of: Label,
    pub(super) place: Place,
    /// What is expected, in any unit: shares, or rows of another column.
    pub(super) weight: BigDecimal,
    pub(super) rows: u64,
}

/// Where a line stands in the expected distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is one of the values or bins expected.
    Inside,
    /// It is a value that the distribution does not name.
    Unnamed,
    /// It lies below the first bin or above the last.
    Tail,
}

impl Parts {
    fn new(all: Vec<Line>, rows: u64) -> Self {
        let weight = all.iter().map(|line| &line.weight).sum();
        Self { all, weight, rows }
    }

    /// The shares of each, for the record.
    pub(super) fn shares(&self) -> Vec<Part> {
        let share = |line: &Line| Part {
            of: line.of.clone(),
            expected: self.expected(line),
            found: self.found(line),
            rows: line.rows,
        };
        self.all.iter().map(share).collect()
    }

    /// The share expected of a line.
    pub(super) fn expected(&self, line: &Line) -> f64 {
        if self.weight.is_zero() { 0.0 } else { nearest(&(&line.weight / &self.weight)) }
    }

    /// The share found of a line.
    pub(super) fn found(&self, line: &Line) -> f64 {
        if self.rows == 0 { 0.0 } else { float(line.rows) / float(self.rows) }
    }

    /// Whether there is nothing to compare on either side.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0 || self.weight.is_zero()
    }
}

/// Puts what was found beside what was expected.
///
/// # Errors
/// Numbers that do not go with the distribution, which is a bug.
pub(super) fn parts(
    distance: &Distance,
    (rows, numbers): (u64, &[Number]),
    sample: Option<(u64, &[Number])>,
) -> Result<Parts, Fault> {
    let lines = match (&distance.expected, numbers, sample) {
        (Distribution::Values(wanted), [Number::Values(found)], _) => {
            let wanted = wanted.iter().filter_map(|(value, weight)| Some((spelled(value)?, weight.clone())));
            by_value(wanted.collect(), found)
        }
        (Distribution::Bins { bins, weights, tails }, counts, _) => {
            let [below, above] = tails.clone().unwrap_or_default();
            let all = [Vec::from_iter((!bins.from_below).then_some(below)), weights.clone()].concat();
            let all = [all, Vec::from_iter((!bins.to_above).then_some(above))].concat();
            by_bin(bins, &cut(bins, counts, rows)?, all)
        }
        (Distribution::Sample { apart: Apart::Bins(bins), .. }, counts, Some((all, others))) => {
            let others = cut(bins, others, all)?.into_iter().map(BigDecimal::from).collect();
            by_bin(bins, &cut(bins, counts, rows)?, others)
        }
        (Distribution::Sample { apart, .. }, [Number::Values(found)], Some((_, [Number::Values(others)]))) => {
            if let Apart::Quantiles(count) = apart {
                by_quantile(*count, found, others)
            } else {
                let wanted = others.iter().map(|(value, rows)| (value.clone(), BigDecimal::from(*rows)));
                by_value(wanted.collect(), found)
            }
        }
        (_, other, _) => return Err(internal(&format!("a distribution is made of {other:?}"))),
    };
    Ok(Parts::new(held_out(distance, lines), rows))
}

/// Gives what nobody expects a share, if the suite holds one out for it.
fn held_out(distance: &Distance, mut lines: Vec<Line>) -> Vec<Line> {
    let Test::KullbackLeibler { tail_holdout, inner_holdout } = &distance.by else { return lines };
    let whole: BigDecimal = match &distance.expected {
        Distribution::Sample { .. } => lines.iter().map(|line| &line.weight).sum(),
        _ => 1.into(),
    };
    if whole.is_zero() {
        return lines;
    }
    let count = |wanted: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| wanted(line)).count() as u64;
    let nothing = |line: &Line| line.place == Place::Inside && line.weight.is_zero();
    let (empty, tails) = (count(&nothing), count(&|line| line.place == Place::Tail));
    let given = match &distance.expected {
        Distribution::Bins { tails, .. } => tails.is_some(),
        Distribution::Sample { .. } => true,
        Distribution::Values(_) | Distribution::Curve(_) => false,
    };
    let kept = BigDecimal::from(1) - tail_holdout - inner_holdout;
    for line in &mut lines {
        line.weight = match line.place {
            Place::Inside if line.weight.is_zero() => inner_holdout / BigDecimal::from(empty.max(1)),
            Place::Inside => &line.weight / &whole * &kept,
            Place::Tail if given => &line.weight / &whole,
            Place::Tail => tail_holdout / BigDecimal::from(tails.max(1)),
            Place::Unnamed => tail_holdout.clone(),
        };
    }
    lines
}

/// The expected values in their order, and after them those found that are none of them.
fn by_value(wanted: Vec<(Value, BigDecimal)>, found: &[(Value, u64)]) -> Vec<Line> {
    let mut rows: HashMap<&Value, u64> = found.iter().map(|(value, rows)| (value, *rows)).collect();
    let mut lines = Vec::with_capacity(wanted.len());
    for (value, weight) in wanted {
        let rows = rows.remove(&value).unwrap_or(0);
        lines.push(Line { of: Label::Value(value), place: Place::Inside, weight, rows });
    }
    let unnamed = found.iter().filter(|(value, _)| rows.contains_key(value)).map(|(value, rows)| Line {
        of: Label::Value(value.clone()),
        place: Place::Unnamed,
        weight: BigDecimal::zero(),
        rows: *rows,
    });
    lines.extend(unnamed);
    lines
}

/// How many rows lie below the first edge, between each two, and above the last.
fn cut(bins: &Bins, below: &[Number], rows: u64) -> Result<Vec<u64>, Fault> {
    let mut counts = Vec::with_capacity(bins.edges.len() + 1);
    let mut before = 0_u64;
    for number in below {
        let Number::Count(count) = number else { return Err(internal(&format!("a bin counts {number:?}"))) };
        counts.push(count.saturating_sub(before));
        before = *count;
    }
    counts.push(rows.saturating_sub(before));
    Ok(counts)
}

/// The bins in their order, tails first and last where an end is not open.
fn by_bin(bins: &Bins, counts: &[u64], weights: Vec<BigDecimal>) -> Vec<Line> {
    let edge = |place: Option<usize>| place.and_then(|place| bins.edges.get(place)).and_then(value_of);
    let last = bins.edges.len();
    let line = |(place, (rows, weight)): (usize, (&u64, BigDecimal))| {
        let tail = (place == 0 && !bins.from_below) || (place == last && !bins.to_above);
        Line {
            of: Label::Bin(edge(place.checked_sub(1)), edge(Some(place))),
            place: if tail { Place::Tail } else { Place::Inside },
            weight,
            rows: *rows,
        }
    };
    counts.iter().zip(weights).enumerate().map(line).collect()
}

fn value_of(literal: &Literal) -> Option<Value> {
    if let Literal::Value(value) = literal { Some(value.clone()) } else { None }
}

/// The quantiles of the other column, each with its upper edge and without its lower one; the last has no end.
fn by_quantile(count: u32, found: &[(Value, u64)], others: &[(Value, u64)]) -> Vec<Line> {
    let total: u128 = others.iter().map(|(_, rows)| u128::from(*rows)).sum();
    let mut edges: Vec<Value> = Vec::new();
    let (mut before, mut quantile) = (0_u128, 1_u128);
    // The greatest value ends no bin, for nothing of the other column would lie above it.
    for (value, rows) in others.split_last().map_or(&[][..], |(_, others)| others) {
        before += u128::from(*rows);
        if before * u128::from(count) >= quantile * total {
            edges.push(value.clone());
            quantile = before * u128::from(count) / total + 1;
        }
    }
    let counted = |values: &[(Value, u64)]| {
        let mut counts = vec![0_u64; edges.len() + 1];
        for (value, rows) in values {
            let place = edges.partition_point(|edge| edge.compare(value).is_some_and(std::cmp::Ordering::is_lt));
            counts[place] += rows;
        }
        counts
    };
    let (own, others) = (counted(found), counted(others));
    let line = |(place, (rows, weight)): (usize, (u64, u64))| Line {
        of: Label::Bin(place.checked_sub(1).map(|place| edges[place].clone()), edges.get(place).cloned()),
        place: Place::Inside,
        weight: weight.into(),
        rows,
    };
    own.into_iter().zip(others).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(values: &[i64]) -> Vec<(Value, u64)> {
        values.iter().map(|value| (Value::Integer(*value), 1)).collect()
    }

    #[test]
    fn quantiles_end_at_values_and_leave_none_empty() {
        let lines = by_quantile(4, &counts(&[0, 3, 9]), &counts(&[1, 2, 3, 4, 5, 6, 7, 8]));
        let told: Vec<(u64, String)> = lines.iter().map(|line| (line.rows, line.weight.to_string())).collect();
        assert_eq!(told, [(1, "2"), (1, "2"), (0, "2"), (1, "2")].map(|(rows, weight)| (rows, weight.to_owned())));
        let skewed = [(Value::Integer(1), 9), (Value::Integer(2), 1)];
        assert_eq!(by_quantile(10, &[], &skewed).iter().map(|line| line.rows).collect::<Vec<_>>(), [0, 0]);
        assert_eq!(by_quantile(10, &counts(&[1]), &[]).len(), 1);
    }
}
