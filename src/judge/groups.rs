//! A check judged for each group of rows, and what the groups come to together.
//!
//! A check fails if any group fails, at the worst level of all; its counts cover all groups.

use indexmap::IndexMap;

use crate::answer::Number;
use crate::ir::value::order_of_rows;
use crate::ir::{Check, Measure, Severity, Value};
use crate::judge::{Judgement, internal, of_rows};
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
    /// The worst of them: by level, then by violations, then by their values.
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
pub(super) fn judge(check: &Check, number: &dyn Fn(&Measure) -> Result<Number, Fault>) -> Result<Judgement, Fault> {
    let mut found: IndexMap<Vec<Value>, IndexMap<Measure, Number>> = IndexMap::new();
    for measure in check.metric.measures() {
        let Number::Groups(groups) = number(&check.grouped(measure.clone()))? else {
            return Err(internal("a number was asked for each group, and there is one for all"));
        };
        for (values, number) in groups {
            found.entry(values).or_default().insert(measure.clone(), number);
        }
    }
    let whole = Check { by: Vec::new(), ..check.clone() };
    let mut groups = Vec::with_capacity(found.len());
    for (values, numbers) in found {
        let own = |measure: &Measure| Ok(numbers.get(measure).cloned().unwrap_or_else(|| Number::of_nothing(measure)));
        groups.push(Group { values, judgement: of_rows(&whole, &own)? });
    }
    Ok(together(check, groups))
}

fn together(check: &Check, mut groups: Vec<Group>) -> Judgement {
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
    groups.sort_by(|a, b| {
        let rank = |group: &Group| (level(group).map_or(-1, rank), group.judgement.violations);
        rank(b).cmp(&rank(a)).then_with(|| order_of_rows(&a.values, &b.values))
    });
    groups.truncate(TOLD);
    judgement.groups = Some(Groups { by: check.by.clone(), evaluated, failed, worst: groups });
    judgement
}

const fn rank(severity: Severity) -> i8 {
    severity as i8
}
