//! Two rules that cannot both hold.

use crate::ir::{Fold, Interpolation, Metric, Predicate, Reading, Scalar, Type, Value, evaluate};
use crate::suite::OnEmpty;
use crate::suite::lint::implied::must;
use crate::suite::lint::subject::{Subject, View};
use crate::suite::lint::truth::Cell;
use crate::suite::lint::values::{Line, Values};
use crate::suite::lint::{Finding, Look};

/// Looks for rules about the same rows that leave no value, and for bounds on numbers that exclude each other.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found: Vec<(usize, Finding)> = Vec::new();
    for ((first, one), (index, other)) in look.pairs() {
        if found.iter().any(|(known, _)| *known == index) {
            continue;
        }
        let Some(why) = rows(one, other).or_else(|| numbers(one, other)).or_else(|| number_of_rows(one, other)) else {
            continue;
        };
        let message = format!("`{}` and `{}` cannot both hold: {why}", one.rule.id, other.rule.id);
        let help = "change one of them, or give them rows of their own with `where`";
        let finding = Finding::at(&other.rule.place, message, help).beside(one.rule, "the other rule");
        found.push((index, finding.between(first, index)));
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// Row rules: whatever the cell holds, the row breaks one of the two.
fn rows(one: &Subject<'_>, other: &Subject<'_>) -> Option<String> {
    let strict = one.is_strict() && other.is_strict();
    if !strict || !(one.is_within(other) || other.is_within(one)) {
        return None;
    }
    let theirs = other.columns();
    let column = one
        .columns()
        .into_iter()
        .find(|column| theirs.contains(column) && (opposite(one, other) || excludes(one, other, column)))?;
    Some(format!("no value of `{column}` satisfies both"))
}

/// Whether what one rule asks of its one column is what the other forbids, by their form alone.
fn opposite(one: &Subject<'_>, other: &Subject<'_>) -> bool {
    let columns = one.columns();
    // Of a value every condition is true or false; of none it may be neither.
    let has_value = |subject: &Subject<'_>, column: &str| subject.rows.contains(&Predicate::is_null(column).negate());
    let ([column], Some(bad), Some(worse)) = (columns.as_slice(), one.bad(), other.bad()) else { return false };
    has_value(one, column) && has_value(other, column) && must(bad, &worse.clone().negate(), false)
}

fn excludes(one: &Subject<'_>, other: &Subject<'_>, column: &str) -> bool {
    let mut seen = false;
    let all = one.readings(column).iter().all(|reading| {
        let (Some(first), Some(second)) = (one.views(column, reading, &[other]), other.views(column, reading, &[one]))
        else {
            return true;
        };
        let pairs = first.iter().flat_map(|view| second.iter().map(move |with| (view, with)));
        let mut excluded = false;
        for (view, with) in pairs.filter(|(view, with)| view.axis == with.axis) {
            let rest = both(view, with).without(&view.bad.surely).without(&with.bad.surely);
            let nothing =
                rest.is_empty() || (!rest.null && !rest.unparsed && refused(one, other, &rest, view, reading));
            // Both together let nothing pass, and each by itself something of what both look at.
            let some = |of: &View| !both(view, with).without(&of.bad.surely).is_empty();
            excluded |= nothing;
            seen |= nothing && some(view) && some(with);
        }
        excluded
    });
    all && seen
}

fn both(view: &View, with: &View) -> Values {
    view.evaluated.and(&with.evaluated)
}

/// Whether each of a few values breaks one of two rules.
fn refused(one: &Subject<'_>, other: &Subject<'_>, rest: &Values, view: &View, reading: &Reading) -> bool {
    let Some(values) = view.axis.listed(rest) else { return false };
    let column = view.axis.column.as_str();
    let breaks = |rule: &Subject<'_>, value: &Value| {
        rule.bad_alone(column, reading)
            .is_some_and(|bad| matches!(evaluate::predicate(&bad, &Cell { column, value }), Ok(Some(true))))
    };
    values.iter().all(|value| breaks(one, value) || breaks(other, value))
}

/// Aggregates: of the same number, or of two of which one is never greater than the other.
fn numbers(one: &Subject<'_>, other: &Subject<'_>) -> Option<String> {
    let (first, second) = (&one.rule.metric, &other.rule.metric);
    if one.rule.group_by != other.rule.group_by || !one.is_aggregate() || !other.is_aggregate() {
        return None;
    }
    if first == second {
        let apart = |(line, reading): &(Line, Reading)| {
            let (held, with) = (one.holds(line, reading)?, other.holds(line, reading)?);
            Some(held.and(&with).is_empty())
        };
        let apart: Vec<bool> = one.lines().iter().filter_map(apart).collect();
        return (!apart.is_empty() && apart.iter().all(|apart| *apart))
            .then(|| "no number lies within the bounds of both".to_owned());
    }
    let (low, high) = if never_above(one, other) {
        (one, other)
    } else if never_above(other, one) {
        (other, one)
    } else {
        return None;
    };
    // Of nothing there is no least value, and a rule that holds then holds beside any other.
    let of_something = fails_on_nothing(low) || fails_on_nothing(high) || low.has_a_number_of_nothing();
    (of_something && above(low, high)).then(|| format!("`{}` is never above `{}`", name(low), name(high)))
}

/// An aggregate of a column, and a row rule that all its values satisfy.
fn number_of_rows(one: &Subject<'_>, other: &Subject<'_>) -> Option<String> {
    let (number, rule) = if one.bad().is_some() { (other, one) } else { (one, other) };
    let Metric::Fold { fold, of: Scalar::Column(column), .. } = &number.rule.metric else { return None };
    if !rule.is_strict() || rule.bad().is_none() || !number.is_within(rule) || !fails_on_nothing(number) {
        return None;
    }
    let of_them = match fold {
        Fold::Min | Fold::Max => true,
        Fold::Quantile(_, how) => !matches!(how, Interpolation::Linear | Interpolation::Midpoint),
        Fold::Mean => false,
        Fold::Sum | Fold::Variance | Fold::Stddev | Fold::Skewness | Fold::Kurtosis | Fold::Range(..) => return None,
    };
    let mut seen = false;
    let all = rule.readings(column).iter().all(|reading| {
        let line = if reading.kind.is_number() && !of_them { Line::of(Type::Decimal) } else { Line::of(reading.kind) };
        let bounds = if of_them { reading.clone() } else { Reading::plain(Type::Decimal) };
        let (Some(held), Some(views)) = (number.holds(&line, &bounds), rule.views(column, reading, &[])) else {
            return true;
        };
        let apart = views.iter().filter(|view| view.axis.is_the_column()).any(|view| {
            let left = Values::every().without(&view.bad.surely);
            let left = if of_them { left } else { left.hull() };
            held.and(&left).is_empty()
        });
        seen |= apart;
        apart
    });
    (all && seen).then(|| format!("`{}` of `{column}` would lie where no value may", name(number)))
}

/// Whether an aggregate asks for at least one value.
fn fails_on_nothing(subject: &Subject<'_>) -> bool {
    matches!(subject.rule.on_empty, OnEmpty::Natural | OnEmpty::Fail)
        && matches!(subject.rule.metric, Metric::Fold { ref fold, .. } if !matches!(fold, Fold::Sum))
}

/// Whether the number of one rule is never above that of another, where there is one.
fn never_above(low: &Subject<'_>, high: &Subject<'_>) -> bool {
    match (&low.rule.metric, &high.rule.metric) {
        (Metric::Fold { fold: a, of, evaluated }, Metric::Fold { fold: b, of: same, evaluated: rows }) => {
            of == same
                && evaluated == rows
                && match (a, b) {
                    (Fold::Min, Fold::Max | Fold::Mean | Fold::Quantile(..))
                    | (Fold::Mean | Fold::Quantile(..), Fold::Max) => true,
                    (Fold::Quantile(p, how), Fold::Quantile(q, same)) => how == same && p <= q,
                    _ => false,
                }
        }
        (Metric::Distinct { .. }, Metric::RowCount { .. }) => low.is_within(high),
        _ => false,
    }
}

/// Whether every number within the bounds of the first lies above all of the second.
fn above(low: &Subject<'_>, high: &Subject<'_>) -> bool {
    let number = |subject: &Subject<'_>| subject.lines().iter().all(|(line, _)| line.kind.is_number());
    let apart = |line: &Line, one: &Reading, other: &Reading| {
        let (low, high) = (low.holds(line, one)?, high.holds(line, other)?);
        Some(low.and(&high.and_below()).is_empty())
    };
    let (lows, highs) = (low.lines(), high.lines());
    let found: Vec<bool> = if number(low) && number(high) {
        let line = Line::of(Type::Decimal);
        lows.iter()
            .flat_map(|(_, one)| highs.iter().map(move |(_, other)| (one, other)))
            .filter_map(|(one, other)| apart(&line, one, other))
            .collect()
    } else {
        lows.iter()
            .filter(|(line, _)| highs.iter().any(|(other, _)| other == line))
            .filter_map(|(line, reading)| apart(line, reading, reading))
            .collect()
    };
    !found.is_empty() && found.iter().all(|apart| *apart)
}

fn name(subject: &Subject<'_>) -> &'static str {
    subject.rule.expectation
}
