//! Statistics worked out of counts: what was counted, put into a formula, and the number held to its bounds.
//!
//! Every formula is a file: it takes counts in a fixed order and gives a float, so that no number depends on threads. What
//! is told of a distribution beside its number is a [`Distribution`].

mod chi_square;
mod compared;
mod correlation;
mod entropy;
mod kl_divergence;
mod ks;
mod psi;

use bigdecimal::BigDecimal;

use crate::answer::Number;
use crate::ir::statistic::{Distance, Distribution as Expected, Test};
use crate::ir::{Check, Evaluated, Limit, Measure, Statistic, Value};
use crate::judge::{Judgement, internal, within, worst};
use crate::outcome::Fault;

/// What was found of a distribution, beside the one number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// The values or bins, with their shares; none where every value is looked at along an order.
    pub parts: Vec<Part>,
    /// The p-value, of a test that has one.
    pub p_value: Option<f64>,
    /// Whether the number is infinite, for something was found that was not expected at all.
    pub infinite: bool,
    /// The degrees of freedom, of a test that has them.
    pub degrees: Option<u64>,
    /// How many values the other column has, if there is one.
    pub sample: Option<u64>,
}

/// A value or a bin, with the shares expected and found.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is.
    pub of: Label,
    /// The share expected.
    pub expected: f64,
    /// The share found.
    pub found: f64,
    /// How many rows were found.
    pub rows: u64,
}

/// What tells a part of a distribution from the others.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// A value.
    Value(Value),
    /// A bin from one edge to another; open where there is none.
    Bin(Option<Value>, Option<Value>),
}

/// The numbers of the dataset of a check.
type Numbers<'a> = &'a dyn Fn(&Measure) -> Result<Number, Fault>;
/// The numbers of other datasets, by name.
type Elsewhere<'a> = &'a dyn Fn(&str, &Measure) -> Result<Number, Fault>;

/// Judges a statistic.
pub(super) fn judge(
    check: &Check,
    (evaluated, statistic): (&Evaluated, &Statistic),
    (number, elsewhere): (Numbers<'_>, Elsewhere<'_>),
    judgement: Judgement,
) -> Result<Judgement, Fault> {
    let numbers = statistic.measures(&evaluated.rows()).iter().map(number).collect::<Result<Vec<_>, Fault>>()?;
    let found = match (statistic, numbers.as_slice()) {
        (Statistic::Entropy { base, .. }, [Number::Values(values)]) => {
            entropy::entropy(values.iter().map(|(_, rows)| *rows)).map(|nats| in_base(nats, base.as_ref()))
        }
        (Statistic::MutualInformation { base, .. }, [Number::Groups(pairs)]) => {
            entropy::mutual_information(&counted(pairs)?).map(|nats| in_base(nats, base.as_ref()))
        }
        (Statistic::RankCorrelation(_), [Number::Groups(pairs)]) => correlation::of_ranks(&counted(pairs)?),
        (Statistic::Correlation(_), [Number::Value(value)]) => value.to_f64(),
        (Statistic::Distance(distance), _) => {
            let rows = judgement.evaluated.unwrap_or(0);
            return distributed(check, distance, (rows, numbers), elsewhere, judgement);
        }
        (_, other) => return Err(internal(&format!("a statistic is made of {other:?}"))),
    };
    let observed = found.map_or(Value::Null, Value::float);
    let level = worst(check, |limit| match limit {
        // Where there is nothing to measure, there is nothing that could hold.
        Limit::Within(bounds) => observed.is_null() || !within(bounds, &observed),
        // A value judged by a count is a mistake of ours; it must not pass.
        Limit::Count(_) | Limit::Share(_) | Limit::Past(_) => true,
    });
    Ok(Judgement { level, observed: Some(observed), ..judgement })
}

fn distributed(
    check: &Check,
    distance: &Distance,
    (rows, numbers): (u64, Vec<Number>),
    elsewhere: Elsewhere<'_>,
    judgement: Judgement,
) -> Result<Judgement, Fault> {
    let statistic = Statistic::Distance(Box::new(distance.clone()));
    let others = statistic.elsewhere().into_iter().map(|(dataset, measure)| elsewhere(&dataset, &measure));
    let mut others = others.collect::<Result<Vec<_>, Fault>>()?.into_iter();
    let sample = match others.next() {
        Some(Number::Count(rows)) => Some((rows, others.collect::<Vec<_>>())),
        Some(other) => return Err(internal(&format!("a number of rows is {other:?}"))),
        None => None,
    };
    let others = sample.as_ref().map(|(rows, numbers)| (*rows, numbers.as_slice()));
    let mut found = Distribution { sample: others.map(|(rows, _)| rows), ..Distribution::default() };
    let (number, min_p) = match &distance.by {
        Test::KolmogorovSmirnov { min_p } => {
            let result = match (&distance.expected, numbers.as_slice(), others) {
                (Expected::Curve(curve), [Number::Values(values)], _) => ks::one_sample(values, curve)?,
                (_, [Number::Values(values)], Some((_, [Number::Values(others)]))) => ks::two_samples(values, others),
                (_, other, _) => return Err(internal(&format!("a distribution is made of {other:?}"))),
            };
            found.p_value = result.map(|(_, p)| p);
            (result.map(|(distance, _)| distance), min_p.as_ref())
        }
        by => {
            let parts = compared::parts(distance, (rows, &numbers), others)?;
            found.parts = parts.shares();
            match by {
                Test::KullbackLeibler { .. } => (kl_divergence::divergence(&parts), None),
                Test::StabilityIndex { floor } => (psi::index(&parts, nearest(floor)), None),
                Test::ChiSquare { min_p } => {
                    let result = match found.sample {
                        Some(_) => chi_square::homogeneity(&parts),
                        None => chi_square::fit(&parts),
                    };
                    found.p_value = result.map(|found| found.p_value);
                    found.degrees = result.map(|found| found.degrees);
                    (result.map(|found| found.statistic), min_p.as_ref())
                }
                Test::KolmogorovSmirnov { .. } => return Err(internal("a distance is told in two ways")),
            }
        }
    };
    let held = number.map_or(Value::Null, Value::float);
    let improbable = min_p.is_some_and(|least| found.p_value.is_none_or(|p| p < nearest(least)));
    let level = worst(check, |limit| match limit {
        Limit::Within(bounds) => {
            let bounded = bounds.min.is_some() || bounds.max.is_some();
            improbable || (bounded && (held.is_null() || !within(bounds, &held)))
        }
        // A value judged by a count is a mistake of ours; it must not pass.
        Limit::Count(_) | Limit::Share(_) | Limit::Past(_) => true,
    });
    found.infinite = number.is_some_and(f64::is_infinite);
    let observed = if found.infinite { Value::Null } else { held };
    Ok(Judgement { level, observed: Some(observed), distribution: Some(Box::new(found)), ..judgement })
}

/// The counts of groups.
fn counted(groups: &[(Vec<Value>, Number)]) -> Result<Vec<([Value; 2], u64)>, Fault> {
    let pairs = groups.iter().map(|(values, number)| match (values.as_slice(), number) {
        ([one, other], Number::Count(rows)) => Ok(([one.clone(), other.clone()], *rows)),
        (_, other) => Err(internal(&format!("a pair of values is counted as {other:?}"))),
    });
    pairs.collect()
}

/// An amount of information in units of another base than e.
fn in_base(nats: f64, base: Option<&BigDecimal>) -> f64 {
    base.map_or(nats, |base| nats / nearest(base).ln())
}

/// The float nearest to a number.
fn nearest(number: &BigDecimal) -> f64 {
    // Text reads as the nearest float; other ways of getting there may miss it.
    number.to_scientific_notation().parse().unwrap_or(f64::NAN)
}

/// A count as a float.
#[expect(clippy::cast_precision_loss, reason = "a share is a float")]
const fn float(count: u64) -> f64 {
    count as f64
}
