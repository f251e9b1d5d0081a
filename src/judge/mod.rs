//! Numbers to judgements.
//!
//! Pure arithmetic: a number lies within its limits or it does not, and the worst level whose limit it exceeds is the
//! level of the failure. Shares are compared in decimals, never in floats. It reads no clock and no data.

use std::collections::HashSet;

use bigdecimal::{BigDecimal, One, RoundingMode, Zero};
use indexmap::IndexSet;

use crate::answer::{FileFacts, KeyCounts, Number, Schema};
use crate::ir::bind;
use crate::ir::name::steps;
use crate::ir::time::Zone;
use crate::ir::{
    Bound, Bounds, Check, ColumnsExpected, Count, Limit, Literal, Measure, Metric, OnEmpty, Reading, Severity, Type,
    Value, ValuesWanted, period::Gaps,
};
use crate::outcome::{Baseline, Fault};

mod facts;
mod groups;
mod relation;
mod statistic;
mod structure;
mod time;

pub use facts::{Facts, TypeDifference, WrongFile};
pub use groups::{Group, Groups};
pub use statistic::{Distribution, Label, Part as PartOfDistribution};
pub use structure::KeyDifference;
pub use time::Age;

/// What is known when a check is judged.
pub struct Known<'a> {
    /// The number of a measure of a dataset, or why there is none.
    pub number: &'a dyn Fn(&str, &Measure) -> Result<Number, Fault>,
    /// The columns of a dataset.
    pub schema: &'a dyn Fn(&str) -> Result<Schema, Fault>,
    /// The files of a dataset.
    pub files: &'a dyn Fn(&str) -> Result<Vec<FileFacts>, Fault>,
    /// The "now" of the run, in microseconds since 1970 UTC.
    pub as_of: Result<i64, Fault>,
    /// The zone in which days begin.
    pub zone: Zone,
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// What each group came to, if it was judged by groups.
    pub groups: Option<Groups>,
    /// The worst level exceeded; none if the check holds.
    pub level: Option<Severity>,
    /// What the suite says of it, where no row was evaluated.
    pub emptied: OnEmpty,
    /// Rows, values or keys evaluated.
    pub evaluated: Option<u64>,
    /// Rows left out for having no value.
    pub missing: Option<u64>,
    /// Rows left out for not being of their type.
    pub unparsed: Option<u64>,
    /// Rows that break the rule.
    pub violations: Option<u64>,
    /// How many of them a baseline knows, if it has the check.
    pub baseline: Option<Baseline>,
    /// The number found.
    pub observed: Option<Value>,
    /// Differences of columns, if that is what was looked at.
    pub columns: Option<ColumnDifferences>,
    /// How values differ from those wanted, if that is what was looked at.
    pub values: Option<ValueDifferences>,
    /// How old the newest value is, if that is what was looked at.
    pub age: Option<Age>,
    /// Which periods have no value, if that is what was looked at.
    pub gaps: Option<Gaps>,
    /// The most common values, if that is what was looked at.
    pub most_common: Option<MostCommon>,
    /// The range that values should lie in, if an earlier round found one.
    pub range: Option<(Value, Value)>,
    /// How values are distributed, if that is what was looked at.
    pub distribution: Option<Box<Distribution>>,
    /// Structural faults, if that is what was looked at.
    pub findings: Option<crate::answer::FoundFaults>,
    /// What was found of the dataset as a whole, if that is what was looked at.
    pub facts: Option<Box<Facts>>,
}

/// How columns differ from those expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnDifferences {
    /// Expected and not there.
    pub missing: Vec<String>,
    /// There and not expected.
    pub unexpected: Vec<String>,
    /// Whether those that are there stand in another order.
    pub reordered: bool,
    /// The columns found.
    pub found: Vec<String>,
}

impl ColumnDifferences {
    /// How many there are.
    fn count(&self) -> u64 {
        (self.missing.len() + self.unexpected.len() + usize::from(self.reordered)) as u64
    }
}

/// How different values differ from those wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueDifferences {
    /// Wanted and not there.
    pub missing: Vec<Value>,
    /// There and not wanted, with how often.
    pub unexpected: Vec<(Value, u64)>,
    /// How many different values there are.
    pub found: u64,
    /// The values there are, in their order; the first of very many.
    pub values: Vec<Value>,
}

/// The values that occur most often.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MostCommon {
    /// The values; several occur as often as each other.
    pub values: Vec<Value>,
    /// How often each of them occurs.
    pub rows: u64,
}

/// Judges a check by its numbers.
///
/// # Errors
/// Why a number is not known.
pub fn judge(check: &Check, known: &Known<'_>) -> Result<Judgement, Fault> {
    let number = |measure: &Measure| (known.number)(check.metric.dataset(), measure);
    let judgement = if check.by.is_empty() {
        of_whole(check, known, &number)?
    } else {
        groups::judge(check, &number, known.number)?
    };
    Ok(unless_empty(check, judgement))
}

/// Whether known violations can be left out of what a check counts: it counts some, of all rows together.
#[must_use]
pub const fn counts(check: &Check) -> bool {
    check.metric.counts_violations() && check.by.is_empty()
}

/// A judgement by the violations that a baseline does not know. What the suite says of a check without rows holds all the
/// same, and so do all violations where the baseline does not cover the check.
#[must_use]
pub fn beside(check: &Check, judgement: Judgement, baseline: Baseline) -> Judgement {
    let covered = baseline.unused.is_none() && judgement.emptied == OnEmpty::Natural;
    let level = if covered {
        worst(check, |limit| exceeds_count(limit, baseline.new, judgement.evaluated))
    } else {
        judgement.level
    };
    Judgement { level, baseline: Some(baseline), ..judgement }
}

fn of_whole(
    check: &Check,
    known: &Known<'_>,
    number: &dyn Fn(&Measure) -> Result<Number, Fault>,
) -> Result<Judgement, Fault> {
    match &check.metric {
        Metric::Columns(expected) => {
            let differences = differences(expected, &(known.schema)(&expected.dataset)?);
            let level = worst(check, |limit| exceeds_count(limit, differences.count(), None));
            Ok(Judgement { level, columns: Some(differences), ..Judgement::default() })
        }
        Metric::SameRows { .. } | Metric::ColumnCount(_) | Metric::Schema(_) | Metric::Tables(_) | Metric::File(_) => {
            facts::judge(check, known)
        }
        Metric::SameAggregate { .. } | Metric::Pairs { .. } => relation::judge(check, known),
        Metric::FileAge { dataset, now } => time::files(check, now, &(known.files)(dataset)?),
        Metric::Scalar { query, .. } => of_value(check, number(&Measure::Query(query.clone()))?, known.zone),
        _ => of_rows(check, number, known.number),
    }
}

/// A judgement by what the suite says of a check without rows, if there were none.
fn unless_empty(check: &Check, judgement: Judgement) -> Judgement {
    // Rows of other datasets may break it, whatever is evaluated of its own.
    let of_others = matches!(check.metric, Metric::Query { .. } | Metric::Pairs { .. });
    let returned = of_others && judgement.violations.is_some_and(|rows| rows > 0);
    if judgement.evaluated != Some(0) || returned {
        return judgement;
    }
    let level = match check.on_empty {
        OnEmpty::Natural => judgement.level,
        OnEmpty::Pass | OnEmpty::Skip => None,
        OnEmpty::Fail => check.limits.iter().map(|(severity, _)| *severity).max(),
    };
    Judgement { level, emptied: check.on_empty, ..judgement }
}

/// Judges the one value of a query; its bounds take its type.
fn of_value(check: &Check, number: Number, zone: Zone) -> Result<Judgement, Fault> {
    let Number::Value(observed) = number else { return Err(internal("a query of one value has none")) };
    let reading = Reading { zone, ..Reading::plain(observed.kind().unwrap_or(Type::String)) };
    let typed = |bound: &Option<Bound>| match bound {
        Some(Bound { value: Literal::Spelled(text), strict }) if !observed.is_null() => {
            let value = bind::spelled(text, &reading, zone).ok_or_else(|| Fault {
                code: "type_mismatch".to_owned(),
                message: format!("the bound `{text}` does not compare with {}", bind::article(reading.kind)),
                caused_by: None,
            })?;
            Ok(Some(Bound { value: Literal::Value(value), strict: *strict }))
        }
        other => Ok(other.clone()),
    };
    let mut level = None;
    for (severity, limit) in &check.limits {
        let holds = match limit {
            Limit::Within(Bounds { min, max }) => within(&Bounds { min: typed(min)?, max: typed(max)? }, &observed),
            // A value judged by a count is a mistake of ours; it must not pass.
            Limit::Count(_) | Limit::Share(_) => false,
        };
        if !holds {
            level = level.max(Some(*severity));
        }
    }
    Ok(Judgement { level, observed: Some(observed), ..Judgement::default() })
}

/// Judges a check of all rows, or of one group of them.
///
/// `elsewhere` gives the numbers of other datasets.
fn of_rows(
    check: &Check,
    number: &dyn Fn(&Measure) -> Result<Number, Fault>,
    elsewhere: &dyn Fn(&str, &Measure) -> Result<Number, Fault>,
) -> Result<Judgement, Fault> {
    let main = number(&check.metric.number())?;
    if let Number::Findings(faults) = main {
        let level = worst(check, |limit| exceeds_count(limit, faults.total, None));
        return Ok(Judgement { level, findings: Some(faults), ..Judgement::default() });
    }
    let count = |measure: Measure| match number(&measure)? {
        Number::Count(count) => Ok(count),
        other => Err(internal(&format!("{measure} answered {other:?}"))),
    };
    let Some(evaluated) = check.metric.evaluated() else {
        return Err(internal("a check without rows has a number of rows"));
    };
    let mut judgement = Judgement {
        evaluated: Some(count(Measure::Rows(evaluated.rows()))?),
        missing: Some(count(Measure::Rows(evaluated.missing_rows()))?),
        unparsed: Some(count(Measure::Rows(evaluated.unparsed_rows()))?),
        ..Judgement::default()
    };
    if let Metric::Statistic { evaluated, statistic } = &check.metric {
        return statistic::judge(check, (evaluated, statistic), (number, elsewhere), judgement);
    }
    match (&main, &check.metric) {
        (Number::Values(found), Metric::Gaps { .. }) => return time::gaps(check, found, judgement),
        (Number::Value(newest), Metric::Age { now, .. }) => return time::old(check, now, newest.clone(), judgement),
        _ => {}
    }
    if check.metric.counts_violations() {
        let violations = match (main, &check.metric) {
            (Number::Count(count), _) => count,
            (Number::Keys(counts), Metric::Repeats { count, .. }) => repeated(counts, *count),
            (other, _) => return Err(internal(&format!("a count of violations is {other:?}"))),
        };
        judgement.violations = Some(violations);
        if let Some(measure) = check.metric.number().earlier().first()
            && let Number::Range(low, high) = number(measure)?
            && !low.is_null()
        {
            judgement.range = Some((low, high));
        }
        judgement.level = worst(check, |limit| exceeds_count(limit, violations, judgement.evaluated));
        return Ok(judgement);
    }
    if let (Number::Values(found), Metric::Values { wanted: ValuesWanted::MostCommon { values, ties }, .. }) =
        (&main, &check.metric)
    {
        let most_common = most_common(found);
        let holds = holds_most(values, *ties, &most_common);
        judgement.level = worst(check, |limit| exceeds_count(limit, u64::from(!holds), None));
        judgement.most_common = Some(most_common);
        return Ok(judgement);
    }
    if let (Number::Values(found), Metric::Values { wanted, .. }) = (&main, &check.metric) {
        let differences = value_differences(wanted, found);
        let count = differences.missing.len() + differences.unexpected.len();
        judgement.level = worst(check, |limit| exceeds_count(limit, count as u64, None));
        judgement.values = Some(differences);
        return Ok(judgement);
    }
    if let Metric::Share { .. } = &check.metric {
        let part = match main {
            Number::Count(count) => count,
            Number::Keys(counts) => counts.distinct,
            other => return Err(internal(&format!("a part of the rows is {other:?}"))),
        };
        let share = Share { part, whole: judgement.evaluated.unwrap_or(0) };
        judgement.level = worst(check, |limit| !share.within(limit));
        judgement.observed = Some(Value::Decimal(share.shown(check)));
        return Ok(judgement);
    }
    let observed = match main {
        #[expect(clippy::cast_possible_wrap, reason = "no dataset has 2^63 rows")]
        Number::Count(count) => Value::Integer(count as i64),
        #[expect(clippy::cast_possible_wrap, reason = "no dataset has 2^63 keys")]
        Number::Keys(counts) => Value::Integer(counts.distinct as i64),
        Number::Value(value) => value,
        Number::Findings(_) | Number::Values(_) | Number::Pairs(_) | Number::Groups(_) | Number::Range(..) => {
            return Err(internal("a list is no value"));
        }
    };
    judgement.level = worst(check, |limit| match limit {
        // Where there is nothing to measure, there is nothing that could hold.
        Limit::Within(bounds) => observed.is_null() || !within(bounds, &observed),
        // A value judged by a count is a mistake of ours; it must not pass.
        Limit::Count(_) | Limit::Share(_) => true,
    });
    judgement.observed = Some(observed);
    Ok(judgement)
}

fn worst(check: &Check, exceeded: impl Fn(&Limit) -> bool) -> Option<Severity> {
    check.limits.iter().filter(|(_, limit)| exceeded(limit)).map(|(severity, _)| *severity).max()
}

/// A threshold is exceeded by more than it.
fn exceeds_count(limit: &Limit, violations: u64, evaluated: Option<u64>) -> bool {
    match limit {
        Limit::Count(most) => violations > *most,
        Limit::Share(share) => {
            let most = share * BigDecimal::from(evaluated.unwrap_or(0));
            let found = BigDecimal::from(violations);
            found > most
        }
        // A count judged by an interval is a mistake of ours; it must not pass.
        Limit::Within(_) => violations > 0,
    }
}

/// Whether a value lies in an interval; null and what does not compare lie in none that is bounded.
#[must_use]
pub fn within(bounds: &Bounds, value: &Value) -> bool {
    let holds = |bound: &Option<crate::ir::Bound>, wrong: std::cmp::Ordering| match bound {
        None => true,
        Some(bound) => match &bound.value {
            Literal::Value(end) => match value.compare(end) {
                Some(std::cmp::Ordering::Equal) => !bound.strict,
                Some(order) => order != wrong,
                None => false,
            },
            Literal::Spelled(_) | Literal::Relative(_) => false,
        },
    };
    holds(&bounds.min, std::cmp::Ordering::Less) && holds(&bounds.max, std::cmp::Ordering::Greater)
}

/// A part over a whole, which bounds are compared with without dividing.
struct Share {
    part: u64,
    whole: u64,
}

impl Share {
    fn within(&self, limit: &Limit) -> bool {
        let Limit::Within(bounds) = limit else { return false };
        // part / whole <= end where part <= end * whole; nothing of nothing is 0 / 1.
        let whole = BigDecimal::from(self.whole.max(1));
        let scaled = |bound: &Option<Bound>| {
            bound.as_ref().map(|bound| match &bound.value {
                Literal::Value(end) => Bound {
                    value: Literal::Value(end.exact().map_or(Value::Null, |end| Value::Decimal(end * &whole))),
                    strict: bound.strict,
                },
                _ => bound.clone(),
            })
        };
        let bounds = Bounds { min: scaled(&bounds.min), max: scaled(&bounds.max) };
        within(&bounds, &Value::Decimal(BigDecimal::from(self.part)))
    }

    /// The share to six decimals, or to as many as it takes not to show it on another side of a bound, of 0 or of 1.
    fn shown(&self, check: &Check) -> BigDecimal {
        let rounded = |decimals: i64| {
            let exact = BigDecimal::from(self.part) / BigDecimal::from(self.whole.max(1));
            exact.with_scale_round(decimals, RoundingMode::HalfUp).normalized()
        };
        let faithful = |shown: &BigDecimal| {
            let same = |limit: &Limit| match limit {
                Limit::Within(bounds) => within(bounds, &Value::Decimal(shown.clone())) == self.within(limit),
                Limit::Count(_) | Limit::Share(_) => true,
            };
            (self.part == 0 || !shown.is_zero())
                && (self.part >= self.whole || !shown.is_one())
                && check.limits.iter().all(|(_, limit)| same(limit))
        };
        let finest = rounded(30);
        [6, 9, 12, 18, 24].into_iter().map(rounded).find(faithful).unwrap_or(finest)
    }
}

const fn repeated(counts: KeyCounts, count: Count) -> u64 {
    match count {
        Count::Rows => counts.rows,
        Count::Distinct => counts.repeated,
        Count::Surplus => counts.surplus,
    }
}

fn differences(expected: &ColumnsExpected, schema: &Schema) -> ColumnDifferences {
    let found: Vec<String> =
        schema.columns.iter().filter(|column| column.is_stored()).map(|column| column.name.clone()).collect();
    // A path asks for its first step in the table, unless a column has the whole name.
    let whole = |name: &String| found.contains(name);
    let first = |name: &String| if whole(name) { name.clone() } else { steps(name).swap_remove(0) };
    let wanted: IndexSet<String> = expected.names.iter().map(first).collect();
    let there =
        |name: &String| whole(name) || schema.nested.iter().any(|column| column.name == *name && column.is_stored());
    let missing = expected.names.iter().filter(|name| !there(name));
    let unexpected = found.iter().filter(|name| expected.exact && !wanted.contains(*name));
    let order: Vec<&String> = found.iter().filter(|name| wanted.contains(*name)).collect();
    let there: Vec<&String> = wanted.iter().filter(|name| found.contains(name)).collect();
    let elsewhere = |position: usize| {
        let place = found.iter().position(|name| expected.names.first() == Some(name));
        place.is_some_and(|place| place + 1 != position)
    };
    ColumnDifferences {
        missing: missing.cloned().collect(),
        unexpected: unexpected.cloned().collect(),
        reordered: (expected.ordered && order != there) || expected.position.is_some_and(elsewhere),
        found,
    }
}

fn most_common(found: &[(Value, u64)]) -> MostCommon {
    let rows = found.iter().map(|(_, rows)| *rows).max().unwrap_or(0);
    let values = found.iter().filter(|(_, count)| *count == rows).map(|(value, _)| value.clone());
    MostCommon { values: values.collect(), rows }
}

/// Whether the one most common value is wanted; with ties, whether one of several is.
fn holds_most(wanted: &[Literal], ties: bool, found: &MostCommon) -> bool {
    let wanted: Vec<Value> = wanted.iter().filter_map(spelled).collect();
    (ties || found.values.len() == 1) && found.values.iter().any(|value| wanted.contains(value))
}

fn value_differences(wanted: &ValuesWanted, found: &[(Value, u64)]) -> ValueDifferences {
    let (ValuesWanted::In(list)
    | ValuesWanted::Contain(list)
    | ValuesWanted::Equal(list)
    | ValuesWanted::MostCommon { values: list, .. }) = wanted;
    // A value that is wanted twice is missing once.
    let wished: IndexSet<Value> = list.iter().filter_map(spelled).collect();
    let allowed: HashSet<&Value> = wished.iter().collect();
    let there: HashSet<&Value> = found.iter().map(|(value, _)| value).collect();
    let absent = || wished.iter().filter(|value| !there.contains(value)).cloned().collect();
    let beyond = || found.iter().filter(|(value, _)| !allowed.contains(value)).cloned().collect();
    ValueDifferences {
        missing: if matches!(wanted, ValuesWanted::In(_)) { Vec::new() } else { absent() },
        unexpected: if matches!(wanted, ValuesWanted::Contain(_)) { Vec::new() } else { beyond() },
        found: found.len() as u64,
        values: first_values(found),
    }
}

/// The least of the values that were found, in their order.
fn first_values(found: &[(Value, u64)]) -> Vec<Value> {
    const MOST: usize = 100;
    let mut values: Vec<Value> = found.iter().map(|(value, _)| value.clone()).collect();
    values.sort_by(|one, other| one.compare(other).unwrap_or(std::cmp::Ordering::Equal));
    values.truncate(MOST);
    values
}

fn spelled(literal: &Literal) -> Option<Value> {
    match literal {
        Literal::Value(value) => Some(value.clone()),
        Literal::Spelled(text) => Some(Value::Text(text.clone())),
        Literal::Relative(_) => None,
    }
}

fn internal(message: &str) -> Fault {
    Fault { code: "internal".to_owned(), message: format!("a bug in tamiz: {message}"), caused_by: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exceeded_by_more_than_it() {
        let share = Limit::Share("0.02".parse().unwrap());
        assert!(!exceeds_count(&share, 100, Some(5000)));
        assert!(exceeds_count(&share, 101, Some(5000)));
        assert!(!exceeds_count(&share, 0, Some(0)));
        let third = Limit::Share("0.1".parse().unwrap());
        assert!(!exceeds_count(&third, 3, Some(30)));
    }

    #[test]
    fn null_lies_in_no_bounded_interval() {
        let bound = |text: &str| {
            Some(crate::ir::Bound { value: Literal::Value(Value::Decimal(text.parse().unwrap())), strict: true })
        };
        let bounds = Bounds { min: bound("0"), max: None };
        assert!(!within(&bounds, &Value::Null));
        assert!(!within(&bounds, &Value::Integer(0)));
        assert!(within(&bounds, &Value::Integer(1)));
        assert!(within(&Bounds::default(), &Value::Null));
    }
    fn shown(part: u64, whole: u64, max: &str) -> (bool, String) {
        let end = crate::ir::Bound { value: Literal::Value(Value::Decimal(max.parse().unwrap())), strict: false };
        let limit = Limit::Within(Bounds { min: None, max: Some(end) });
        let evaluated = crate::ir::Evaluated {
            dataset: "a".to_owned(),
            scope: crate::ir::Predicate::TRUE,
            unparsed: crate::ir::Predicate::Constant(false),
            missing: crate::ir::Predicate::Constant(false),
        };
        let metric = Metric::Share { evaluated, part: crate::ir::Part::Rows(crate::ir::Predicate::TRUE) };
        let check = Check {
            rule: 0,
            metric,
            limits: vec![(Severity::Error, limit.clone())],
            by: Vec::new(),
            on_empty: OnEmpty::Natural,
        };
        let share = Share { part, whole };
        (share.within(&limit), share.shown(&check).to_plain_string())
    }

    #[test]
    fn a_share_is_compared_exactly_and_shown_on_its_side_of_a_bound() {
        let text = |held: bool, text: &str| (held, text.to_owned());
        assert_eq!(shown(1, 4, "0.25"), text(true, "0.25"));
        assert_eq!(shown(1, 3, "1"), text(true, "0.333333"));
        assert_eq!(shown(1, 3, "0.333333"), text(false, "0.333333333"));
        assert_eq!(shown(2_000_001, 100_000_000, "0.02"), text(false, "0.02000001"));
        assert_eq!(shown(1, 10_000_000_000, "1"), text(true, "0.0000000001"));
        assert_eq!(shown(9_999_999_999, 10_000_000_000, "1"), text(true, "0.9999999999"));
        assert_eq!(shown(0, 0, "0"), text(true, "0"));
        assert_eq!(shown(5, 5, "1"), text(true, "1"));
    }
}
