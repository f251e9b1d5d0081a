//! Numbers to judgements.
//!
//! Pure arithmetic: a number lies within its limits or it does not, and the worst level whose limit it exceeds is the
//! level of the failure. Shares are compared in decimals, never in floats. It reads no clock and no data.

use bigdecimal::BigDecimal;
use indexmap::IndexSet;

use crate::answer::{KeyCounts, Number, Schema};
use crate::ir::name::steps;
use crate::ir::{Bounds, Check, ColumnsExpected, Count, Limit, Literal, Measure, Metric, Severity, Value};
use crate::outcome::Fault;

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// The worst level exceeded; none if the check holds.
    pub level: Option<Severity>,
    /// Rows, values or keys evaluated.
    pub evaluated: Option<u64>,
    /// Rows left out for having no value.
    pub missing: Option<u64>,
    /// Rows left out for not being of their type.
    pub unparsed: Option<u64>,
    /// Rows that break the rule.
    pub violations: Option<u64>,
    /// The number found.
    pub observed: Option<Value>,
    /// Differences of columns, if that is what was looked at.
    pub columns: Option<ColumnDifferences>,
    /// Structural faults, if that is what was looked at.
    pub findings: Option<crate::answer::FoundFaults>,
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

/// Judges a check by its numbers.
///
/// # Errors
/// Why a number is not known.
pub fn judge(
    check: &Check,
    number: &dyn Fn(&Measure) -> Result<Number, Fault>,
    schema: &dyn Fn(&str) -> Result<Schema, Fault>,
) -> Result<Judgement, Fault> {
    if let Metric::Columns(expected) = &check.metric {
        let differences = differences(expected, &schema(&expected.dataset)?);
        let count = differences.missing.len() + differences.unexpected.len() + usize::from(differences.reordered);
        let level = worst(check, |limit| exceeds_count(limit, count as u64, None));
        return Ok(Judgement { level, columns: Some(differences), ..Judgement::default() });
    }
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
    if check.metric.counts_violations() {
        let violations = match (main, &check.metric) {
            (Number::Count(count), _) => count,
            (Number::Keys(counts), Metric::Repeats { count, .. }) => repeated(counts, *count),
            (other, _) => return Err(internal(&format!("a count of violations is {other:?}"))),
        };
        judgement.violations = Some(violations);
        judgement.level = worst(check, |limit| exceeds_count(limit, violations, judgement.evaluated));
        return Ok(judgement);
    }
    let observed = match main {
        #[expect(clippy::cast_possible_wrap, reason = "no dataset has 2^63 rows")]
        Number::Count(count) => Value::Integer(count as i64),
        #[expect(clippy::cast_possible_wrap, reason = "no dataset has 2^63 keys")]
        Number::Keys(counts) => Value::Integer(counts.distinct as i64),
        Number::Value(value) => value,
        Number::Findings(_) => return Err(internal("faults are no value")),
    };
    judgement.level = worst(check, |limit| match limit {
        Limit::Within(bounds) => !within(bounds, &observed),
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
            Literal::Spelled(_) | Literal::AsOf | Literal::AsOfPlus(_) => false,
        },
    };
    holds(&bounds.min, std::cmp::Ordering::Less) && holds(&bounds.max, std::cmp::Ordering::Greater)
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
        schema.columns.iter().filter(|column| column.missing_in.is_none()).map(|column| column.name.clone()).collect();
    // A path asks for its first step in the table, unless a column has the whole name.
    let whole = |name: &String| found.contains(name);
    let first = |name: &String| if whole(name) { name.clone() } else { steps(name).swap_remove(0) };
    let wanted: IndexSet<String> = expected.names.iter().map(first).collect();
    let there = |name: &String| {
        whole(name) || schema.nested.iter().any(|column| column.name == *name && column.missing_in.is_none())
    };
    let missing = expected.names.iter().filter(|name| !there(name));
    let unexpected = found.iter().filter(|name| expected.exact && !wanted.contains(*name));
    let order: Vec<&String> = found.iter().filter(|name| wanted.contains(*name)).collect();
    let there: Vec<&String> = wanted.iter().filter(|name| found.contains(name)).collect();
    ColumnDifferences {
        missing: missing.cloned().collect(),
        unexpected: unexpected.cloned().collect(),
        reordered: expected.ordered && order != there,
        found,
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
}
