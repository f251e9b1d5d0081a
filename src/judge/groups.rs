//! A check judged for each group of rows, and what the groups come to together.
//!
//! A check fails if any group fails, at the worst level of all; its counts cover all groups.

use bigdecimal::BigDecimal;
use indexmap::IndexMap;

use crate::answer::Number;
use crate::ir::value::order_of_rows;
use crate::ir::{Bound, Check, Limit, Literal, Measure, OnEmpty, Severity, Value};
use crate::judge::{Judgement, internal, of_rows, unless_empty};
use crate::outcome::Fault;

/// How many groups are told of.
const TOLD: usize = 20;

/// What the groups of a check came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    /// The columns that make the groups.
    pub by: Vec<String>,
    /// How many groups there are.
    pub evaluated: u64,
    /// How many of them fail.
    pub failed: u64,
    /// The worst of them: by level, then by how many or how much there is beyond what is allowed, then by their values.
    pub worst: Vec<Group>,
}

/// What one group came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The values of the columns that make it.
    pub values: Vec<Value>,
    /// What its rows came to.
    pub judgement: Judgement,
}

/// Judges each group, and all of them.
pub(super) fn judge(
    check: &Check,
    number: &dyn Fn(&Measure) -> Result<Number, Fault>,
    elsewhere: &dyn Fn(&str, &Measure) -> Result<Number, Fault>,
) -> Result<Judgement, Fault> {
    let mut found: IndexMap<Vec<Value>, IndexMap<Measure, Number>> = IndexMap::new();
    for measure in check.metric.measures() {
        let Number::Groups(groups) = number(&check.grouped(measure.clone()))? else {
            return Err(internal("a number was asked for each group, and there is one for all"));
        };
        for (mut values, number) in groups {
            // A measure with groups of its own has them within these.
            let within = values.split_off(check.by.len());
            let own = found.entry(values).or_default();
            if within.is_empty() {
                own.insert(measure.clone(), number);
            } else if let Number::Groups(groups) =
                own.entry(measure.clone()).or_insert_with(|| Number::Groups(Vec::new()))
            {
                groups.push((within, number));
            }
        }
    }
    let whole = Check { by: Vec::new(), ..check.clone() };
    let mut groups = Vec::with_capacity(found.len());
    for (values, numbers) in found {
        let own = |measure: &Measure| Ok(numbers.get(measure).cloned().unwrap_or_else(|| Number::of_nothing(measure)));
        let judgement = unless_empty(check, of_rows(&whole, &own, elsewhere)?);
        if judgement.emptied != OnEmpty::Skip {
            groups.push(Group { values, judgement });
        }
    }
    Ok(together(check, groups))
}

fn together(check: &Check, groups: Vec<Group>) -> Judgement {
    let level = |group: &Group| group.judgement.level;
    let sum = |of: fn(&Judgement) -> Option<u64>| groups.iter().map(|group| of(&group.judgement).unwrap_or(0)).sum();
    let mut judgement = Judgement {
        level: groups.iter().filter_map(level).max(),
        evaluated: Some(sum(|judgement| judgement.evaluated)),
        missing: Some(sum(|judgement| judgement.missing)),
        unparsed: Some(sum(|judgement| judgement.unparsed)),
        violations: check.metric.counts_violations().then(|| sum(|judgement| judgement.violations)),
        ..Judgement::default()
    };
    let evaluated = groups.len() as u64;
    let failed = groups.iter().filter(|group| level(group).is_some()).count() as u64;
    let rank = |group: Group| ((level(&group).map_or(-1, rank), beyond(check, &group.judgement)), group);
    let mut ranked: Vec<_> = groups.into_iter().map(rank).collect();
    ranked.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| order_of_rows(&one.values, &other.values)));
    let worst = ranked.into_iter().take(TOLD).map(|(_, group)| group).collect();
    judgement.groups = Some(Groups { by: check.by.clone(), evaluated, failed, worst });
    judgement
}

/// How many rows or values break a check, or how far its number lies beyond the bounds; none if there is no number.
fn beyond(check: &Check, judgement: &Judgement) -> Option<BigDecimal> {
    let differing = judgement.values.as_ref().map(|values| (values.missing.len() + values.unexpected.len()) as u64);
    if let Some(count) = judgement.violations.or(differing) {
        return Some(count.into());
    }
    let number = judgement.observed.as_ref()?.exact()?;
    let end = |bound: &Option<Bound>| match bound {
        Some(Bound { value: Literal::Value(value), .. }) => value.exact(),
        _ => None,
    };
    let beyond = check.limits.iter().filter_map(|(_, limit)| match limit {
        Limit::Within(bounds) => {
            let (below, above) =
                (end(&bounds.min).map(|low| low - &number), end(&bounds.max).map(|high| &number - high));
            below.max(above)
        }
        Limit::Count(_) | Limit::Share(_) | Limit::Past(_) => None,
    });
    beyond.max()
}

const fn rank(severity: Severity) -> i8 {
    severity as i8
}
