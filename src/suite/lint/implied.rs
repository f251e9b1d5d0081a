//! A rule that cannot fail unless another does, at its level or a worse one: it adds nothing.

use crate::ir::{Limit, Metric, Predicate, Reading, Value, evaluate};
use crate::suite::OnEmpty;
use crate::suite::lint::subject::{Subject, is_none};
use crate::suite::lint::truth::Cell;
use crate::suite::lint::values::{Line, Values};
use crate::suite::lint::{Finding, Look};

/// Looks for rules that another one of the dataset makes useless.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found: Vec<(usize, Finding)> = Vec::new();
    let told = |found: &[(usize, Finding)], index| found.iter().any(|(known, _)| *known == index);
    for ((first, one), (second, other)) in look.pairs() {
        // Of two that say the same in other words the later one is told.
        for ((index, useless), (by, premise)) in [((second, other), (first, one)), ((first, one), (second, other))] {
            if told(&found, index) || told(&found, by) || !follows(useless, premise) {
                continue;
            }
            let message = format!("`{}` cannot fail unless `{}` does", useless.rule.id, premise.rule.id);
            let finding = Finding::at(&useless.rule.place, message, "remove it, or make it ask for more")
                .label("adds nothing")
                .beside(premise.rule, "this rule asks for it already")
                .idle([index]);
            found.push((index, finding));
        }
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// Whether a rule fails only where a premise fails, at least as badly.
fn follows(useless: &Subject<'_>, premise: &Subject<'_>) -> bool {
    let (rule, by) = (useless.rule, premise.rule);
    // A muted premise does not gate, and a muted rule is being worked on.
    if rule.mute.is_some() || by.mute.is_some() {
        return false;
    }
    let same_rows = useless.is_within(premise) && premise.is_within(useless) && rule.group_by == by.group_by;
    if rule.on_empty != by.on_empty && (useless.fails_on_empty() || useless.is_aggregate()) {
        return false;
    }
    if rule.on_empty == OnEmpty::Fail && !same_rows {
        return false;
    }
    match (&rule.metric, &by.metric) {
        (Metric::Rows { bad, .. }, Metric::Rows { bad: worse, .. }) => {
            useless.is_within(premise)
                && (rule.group_by == by.group_by || premise.is_strict())
                && tolerates(useless, premise, same_rows)
                && (must(bad, worse, true) || covers(useless, premise))
        }
        (
            Metric::Repeats { keys, count, among, .. },
            Metric::Repeats { keys: fewer, count: by_count, among: by_among, .. },
        ) => {
            let same = keys == fewer && count == by_count;
            // Keys that differ in some columns differ in more; how many repeat is another number.
            let subset = fewer.iter().all(|key| keys.contains(key)) && premise.is_strict();
            among == by_among
                && rule.group_by == by.group_by
                && (same || subset)
                && useless.is_within(premise)
                && tolerates(useless, premise, same_rows)
        }
        // A number is the same only if rows and measure are; so are other counts of violations.
        (one, other) if one == other && rule.group_by == by.group_by => {
            if one.counts_violations() || !useless.is_aggregate() {
                tolerates(useless, premise, true)
            } else {
                bounds_follow(useless, premise)
            }
        }
        _ => false,
    }
}

/// Whether the premise is exceeded, at each level or a worse one, as soon as the rule is.
fn tolerates(useless: &Subject<'_>, premise: &Subject<'_>, same_rows: bool) -> bool {
    let tighter = |limit: &Limit, than: &Limit| match (limit, than) {
        (limit, Limit::Count(_) | Limit::Share(_)) if is_none(limit) => true,
        (Limit::Count(one), Limit::Count(other)) => one <= other,
        (Limit::Share(one), Limit::Share(other)) => same_rows && one <= other,
        _ => false,
    };
    useless
        .levels()
        .iter()
        .all(|(severity, limit)| premise.levels().iter().any(|(worse, by)| worse >= severity && tighter(by, limit)))
}

/// Whether the bounds of the premise lie, at each level or a worse one, within those of the rule.
fn bounds_follow(useless: &Subject<'_>, premise: &Subject<'_>) -> bool {
    let lines = useless.lines();
    !lines.is_empty()
        && useless.levels().iter().all(|(severity, limit)| {
            premise.levels().iter().filter(|(worse, _)| worse >= severity).any(|(_, by)| {
                let inside = |(line, reading): &(Line, Reading)| {
                    let (outer, inner) = (useless.within(limit, line, reading)?, premise.within(by, line, reading)?);
                    Some(inner.without(&outer).is_empty())
                };
                let inside: Vec<bool> = lines.iter().filter_map(inside).collect();
                !inside.is_empty() && inside.iter().all(|inside| *inside)
            })
        })
}

/// Whether a condition cannot be as it is (true, or with `truth` unset false) unless another is so too, by its form alone.
pub(super) fn must(condition: &Predicate, other: &Predicate, truth: bool) -> bool {
    if condition == other {
        return true;
    }
    // Where `AND` is true all parts are, and where `OR` is false all parts are; the other way round one of them is.
    let all = |of: &Predicate| matches!((of, truth), (Predicate::And(_), true) | (Predicate::Or(_), false));
    let parts = |of: &Predicate| -> Vec<Predicate> {
        match of {
            Predicate::And(parts) | Predicate::Or(parts) => parts.clone(),
            _ => Vec::new(),
        }
    };
    match (condition, other) {
        (Predicate::Not(inner), Predicate::Not(same)) if must(inner, same, !truth) => return true,
        _ => {}
    }
    let mine = parts(condition);
    let theirs = parts(other);
    if !theirs.is_empty() && all(other) && theirs.iter().all(|part| must(condition, part, truth)) {
        return true;
    }
    if !mine.is_empty() && !all(condition) && mine.iter().all(|part| must(part, other, truth)) {
        return true;
    }
    (all(condition) && mine.iter().any(|part| must(part, other, truth)))
        || (!theirs.is_empty() && !all(other) && theirs.iter().any(|part| must(condition, part, truth)))
}

/// Whether whatever cell of some column breaks the rule breaks the premise too.
fn covers(useless: &Subject<'_>, premise: &Subject<'_>) -> bool {
    let theirs = premise.columns();
    useless.columns().iter().filter(|column| theirs.contains(column)).any(|column| {
        let mut seen = false;
        let all = useless.readings(column).iter().all(|reading| {
            let covered = covers_of(useless, premise, column, reading);
            seen |= covered == Some(true);
            covered != Some(false)
        });
        all && seen
    })
}

/// The same were the column of a type; none if neither is a rule about it then.
fn covers_of(useless: &Subject<'_>, premise: &Subject<'_>, column: &str, reading: &Reading) -> Option<bool> {
    let mine = useless.views(column, reading, &[premise]);
    let theirs = premise.views(column, reading, &[useless]);
    // An error is no failure: were only one of the two an error, the other one would still tell something.
    let (mine, theirs) = match (mine, theirs) {
        (Some(mine), Some(theirs)) => (mine, theirs),
        (None, _) => return None,
        (Some(_), None) => return Some(false),
    };
    let pairs = mine.iter().flat_map(|view| theirs.iter().map(move |with| (view, with)));
    let mut pairs = pairs.filter(|(view, with)| view.axis == with.axis);
    Some(pairs.any(|(view, with)| {
        let rest = view.evaluated.and(&view.bad.maybe).without(&with.bad.surely);
        rest.is_empty()
            || (!rest.null && !rest.unparsed && none_breaks(useless, &rest, view.axis.listed(&rest), column, reading))
    }))
}

/// Whether each of a few values satisfies a rule.
fn none_breaks(
    subject: &Subject<'_>,
    rest: &Values,
    listed: Option<Vec<Value>>,
    column: &str,
    reading: &Reading,
) -> bool {
    let (Some(values), Some(bad)) = (listed, subject.bad_alone(column, reading)) else { return rest.is_empty() };
    values.iter().all(|value| matches!(evaluate::predicate(&bad, &Cell { column, value }), Ok(Some(false))))
}
