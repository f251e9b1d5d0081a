//! The one place where masks are put on: all that was found, before a word of it is recorded.

use std::collections::HashMap;

use crate::answer::Evidence;
use crate::bind::{Bound, Unfit};
use crate::ir::Check;
use crate::mask::Masks;
use crate::outcome::Fault;
use crate::record::Found;
use crate::suite::Suite;

/// The rows that show failures, or why there are none, by rule.
type Shown = HashMap<usize, Result<Evidence, Fault>>;

/// What was found of every rule, as it may be told. All of it is looked through first, so that a value by which its column is
/// known to hold personal data masks that column everywhere.
pub(super) fn cover(
    masks: &mut Masks,
    (bound, suite): (&Bound, &Suite),
    found: HashMap<usize, Found>,
    shown: Shown,
) -> (HashMap<usize, Found>, Shown) {
    let checks: HashMap<usize, &Check> = bound.checks.iter().map(|check| (check.rule, check)).collect();
    for check in &bound.checks {
        let judgement = match found.get(&check.rule) {
            Some(Found::Judged(judgement, _)) => Some(judgement.as_ref()),
            _ => None,
        };
        let evidence = shown.get(&check.rule).and_then(|shown| shown.as_ref().ok());
        masks.look(check, judgement, evidence);
    }
    let masks = &*masks;
    let fault = |rule: usize, fault: Fault| {
        let metric = &suite.rules[rule].metric;
        let datasets = [vec![metric.dataset()], metric.further()].concat();
        masks.fault(&datasets, Some(metric), fault)
    };
    let found = found.into_iter().map(|(rule, found)| {
        let covered = match found {
            Found::Judged(judgement, decided_by) => match checks.get(&rule) {
                Some(check) => Found::Judged(Box::new(masks.judgement(check, *judgement)), decided_by),
                None => Found::Judged(judgement, decided_by),
            },
            Found::Unfit(Unfit::Fault(found)) => Found::Unfit(Unfit::Fault(fault(rule, found))),
            skipped @ Found::Unfit(Unfit::Skip(_)) => skipped,
        };
        (rule, covered)
    });
    let found = found.collect();
    let shown = shown.into_iter().filter_map(|(rule, shown)| {
        let check = checks.get(&rule)?;
        Some((rule, shown.map(|it| masks.evidence(check, it)).map_err(|it| fault(rule, it))))
    });
    (found, shown.collect())
}
