//! A value of a set that another rule of the column refuses.

use crate::ir::{Predicate, Reading, Scalar, Value, evaluate};
use crate::suite::lint::subject::Subject;
use crate::suite::lint::truth::Cell;
use crate::suite::lint::{Finding, Look};

/// Looks for values that an `in_set` lists although no row with them can be right.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found: Vec<(usize, usize, Finding)> = Vec::new();
    for ((first, one), (second, other)) in look.pairs() {
        for ((index, set), (by, rule)) in [((first, one), (second, other)), ((second, other), (first, one))] {
            if found.iter().any(|(a, b, _)| (*a, *b) == (by, index)) {
                continue;
            }
            let refused = refused(set, rule);
            if refused.is_empty() {
                continue;
            }
            let values: Vec<String> = refused.iter().take(3).map(|value| format!("`{value}`")).collect();
            let more = if refused.len() > 3 { format!(" and {} more", refused.len() - 3) } else { String::new() };
            let message =
                format!("`{}` lists {}{more}, which `{}` refuses", set.rule.id, values.join(", "), rule.rule.id);
            let help = "take it out of the set, or let the other rule pass it";
            let finding = Finding::at(&set.rule.place, message, help).beside(rule.rule, "the rule that refuses it");
            found.push((index, by, finding));
        }
    }
    found.into_iter().map(|(_, _, finding)| finding).collect()
}

/// The values of a set that break another rule in every row, whatever the type of the column turns out to be.
fn refused(set: &Subject<'_>, rule: &Subject<'_>) -> Vec<Value> {
    let severe = rule.rule.severity >= set.rule.severity && rule.rule.mute.is_none();
    if set.rule.expectation != "in_set" || !severe || !rule.is_strict() || !set.is_within(rule) {
        return Vec::new();
    }
    let [column] = set.rule.columns.as_slice() else { return Vec::new() };
    let mut all: Option<Vec<Value>> = None;
    for reading in set.readings(column) {
        let (Some(members), Some(bad)) = (members(set, column, &reading), rule.bad_alone(column, &reading)) else {
            continue;
        };
        let breaks = |value: &Value| matches!(evaluate::predicate(&bad, &Cell { column, value }), Ok(Some(true)));
        let here: Vec<Value> = members.into_iter().filter(breaks).collect();
        all = Some(match all {
            None => here,
            // A value counts as the same in another type if it is spelled so.
            Some(known) => known
                .into_iter()
                .filter(|value| here.iter().any(|same| same.to_string() == value.to_string()))
                .collect(),
        });
    }
    all.unwrap_or_default()
}

/// The members of a set of plain values, were the column of a type; none if some is no value of it.
fn members(set: &Subject<'_>, column: &str, reading: &Reading) -> Option<Vec<Value>> {
    let listed = |condition: &Predicate| match condition {
        Predicate::Not(inner) => match inner.as_ref() {
            Predicate::In(Scalar::Column(name), list) if name == column => Some(list.len()),
            _ => None,
        },
        _ => None,
    };
    let written = listed(set.bad()?)?;
    let Predicate::Not(inner) = set.bad_alone(column, reading)? else { return None };
    let Predicate::In(_, list) = *inner else { return None };
    let values = list.iter().filter_map(|literal| match literal {
        crate::ir::Literal::Value(value) => Some(value.clone()),
        _ => None,
    });
    let values: Vec<Value> = values.collect();
    (values.len() == written).then_some(values)
}
