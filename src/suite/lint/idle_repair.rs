//! Repairs that do nothing: no rule is about what they change, or no row is quarantined.

use crate::diagnostic::{Diagnostic, Place};
use crate::ir::{Metric, Type};
use crate::suite::lint::{Finding, Look};
use crate::suite::{Builtin, Rule, Suite, SuiteDataset};

const HELP: &str = "rows that break no rule are never repaired; write the rule that it is to cure, or remove it";

/// Looks for columns with repairs that no rule can be broken by, and for a `dedupe` without a rule of uniqueness.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for dataset in look.suite.datasets.iter().filter(|dataset| dataset.skip.is_none()) {
        let rules: Vec<&Rule> = look
            .suite
            .rules
            .iter()
            .filter(|rule| look.suite.root(&rule.dataset) == dataset.data.name && rule.builtin.is_none())
            .collect();
        let idle = dataset.repairs.columns.iter().filter(|(_, repairs)| !repairs.is_empty());
        for (column, _) in idle.filter(|(column, _)| !rules.iter().any(|rule| is_about(rule, column, dataset))) {
            let message = format!(
                "no rule is broken by what `{column}` of `{}` holds: its repairs do nothing",
                dataset.data.name
            );
            found.push(Finding::at(place(dataset, Some(column)), message, HELP));
        }
        for dedupe in &dataset.repairs.dedupe {
            let settled = rules.iter().any(|rule| match &rule.metric {
                Metric::Repeats { keys, .. } => dedupe.settles(Some(keys)),
                Metric::Duplicates { .. } => dedupe.settles(None),
                _ => false,
            });
            if !settled {
                let of = match &dedupe.keys {
                    Some(keys) => format!("`{}`", keys.join("`, `")),
                    None => "whole rows".to_owned(),
                };
                let message =
                    format!("no rule of `{}` is about {of} that repeat: its `dedupe` does nothing", dataset.data.name);
                let help = "`unique` of these columns, or `no_duplicate_rows`, is what it cures";
                found.push(Finding::at(place(dataset, None), message, help));
            }
        }
    }
    found
}

/// Remarks on repairs of datasets whose rows nobody quarantines.
pub(in crate::suite) fn unwritten(suite: &Suite, is_written: &dyn Fn(&SuiteDataset) -> bool) -> Vec<Diagnostic> {
    let repaired = suite.datasets.iter().filter(|dataset| dataset.skip.is_none() && !dataset.repairs.is_empty());
    let idle = repaired.filter(|dataset| !is_written(dataset)).map(|dataset| {
        let said = dataset.repair_places.first().map_or(&dataset.place, |(_, place)| place);
        let message = format!("the rows of `{}` are not quarantined, so that nothing is repaired", dataset.data.name);
        let help = "repairs are done to rows on their way to a quarantine, never to the input: `quarantine: DIR` in the \
                    suite, or `tamiz check --quarantine DIR`";
        Finding::at(said, message, help).diagnostic
    });
    idle.collect()
}

/// Where the repairs of a column, or of the dataset, are said.
fn place<'d>(dataset: &'d SuiteDataset, column: Option<&str>) -> &'d Place {
    let said = dataset.repair_places.iter().find(|(of, _)| of.as_deref() == column);
    said.map_or(&dataset.place, |(_, place)| place)
}

/// Whether a rule may be broken by the value of a column. That text is text, and that a column is there, no repair changes.
fn is_about(rule: &Rule, column: &str, dataset: &SuiteDataset) -> bool {
    let computed = |name: &str| {
        let of = dataset.data.column(name).and_then(|known| known.sql.as_ref());
        let mut named = false;
        if let Some(of) = of {
            of.columns(&mut |source| named |= source == column);
        }
        named
    };
    let kind = dataset.data.column(column).and_then(|known| known.reading.as_ref()).map(|reading| reading.kind);
    if rule.builtin == Some(Builtin::ColumnExists) || (rule.expectation == "type" && kind == Some(Type::String)) {
        return false;
    }
    let mut named = rule.columns.iter().any(|name| name == column)
        || rule.selected.as_ref().is_some_and(|selected| selected.selector.means(column))
        || matches!(rule.metric, Metric::Duplicates { .. } | Metric::Query { .. });
    rule.metric.number().columns(&mut |name| named |= name == column || computed(name));
    named
}
