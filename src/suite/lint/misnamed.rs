//! A column that is not declared and looks like one that is, or that a dataset with exactly the declared columns has not.

use std::collections::HashSet;

use crate::ir::name::steps;
use crate::ir::{ColumnsExpected, Metric};
use crate::suite::lint::{Finding, Look};
use crate::suite::{Rule, SuiteDataset};

/// Looks for columns of rules that are not declared. A dataset need not declare all its columns, so that one is told only if
/// the declared ones must be all, or if its name is that of a declared one but for case, accents, punctuation or a slip.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut told: HashSet<(&str, String)> = HashSet::new();
    for subject in &look.subjects {
        let rule = subject.rule;
        let Some(dataset) = look.suite.dataset(&rule.dataset) else { continue };
        // A pattern stands for columns that the data have, and a rule about columns may say that one is not there.
        if rule.selected.is_some() || matches!(rule.metric, Metric::Columns(_) | Metric::Schema(_)) {
            continue;
        }
        for column in named(rule) {
            if is_declared(dataset, &column) || !told.insert((&rule.dataset, column.clone())) {
                continue;
            }
            let names = || dataset.data.columns.iter().map(|column| column.name.as_str());
            let near = names().find(|name| is_slip(&column, name));
            let finding = match (whole(look, dataset), near) {
                (Some(exact), _) if !exact.1.contains(&column) => {
                    let message = format!("`{}` names `{column}`, which is no column of `{}`", rule.id, rule.dataset);
                    let said = "the columns are exactly these";
                    Finding::at(&rule.place, message, "either this rule is an error, or the other one fails")
                        .beside(exact.0, said)
                }
                (None, Some(near)) => {
                    let message = format!("`{}` names `{column}`, which is not declared", rule.id);
                    Finding::at(&rule.place, message, "if both are columns, declare both")
                        .label(format!("did you mean `{near}`?"))
                }
                _ => continue,
            };
            found.push(finding);
        }
    }
    found
}

/// The columns that a rule names.
fn named(rule: &Rule) -> Vec<String> {
    let mut columns = rule.columns.clone();
    columns.extend(rule.group_by.iter().cloned());
    if let Some(evaluated) = rule.metric.evaluated() {
        evaluated.scope.columns(&mut |name| columns.push(name.to_owned()));
    }
    if let Metric::Rows { bad, .. } = &rule.metric {
        bad.columns(&mut |name| columns.push(name.to_owned()));
    }
    columns.sort();
    columns.dedup();
    columns
}

/// Whether a column is declared, is a field of a declared one, or is one that the format names.
fn is_declared(dataset: &SuiteDataset, column: &str) -> bool {
    let first = |name: &str| steps(name).into_iter().next().unwrap_or_default();
    let own = first(column);
    let declared = dataset.data.columns.iter().map(|column| column.name.as_str());
    let of_format = dataset.data.format.columns.iter().flatten().map(String::as_str);
    declared.chain(of_format).any(|name| name == column || name == own || first(name) == column)
}

/// A rule that asks for exactly some columns, and those.
fn whole<'l>(look: &'l Look<'_>, dataset: &SuiteDataset) -> Option<(&'l Rule, &'l Vec<String>)> {
    look.subjects.iter().find_map(|subject| match &subject.rule.metric {
        Metric::Columns(ColumnsExpected { names, exact: true, dataset: of, .. })
            if *of == dataset.root() && dataset.from.is_none() =>
        {
            Some((subject.rule, names))
        }
        _ => None,
    })
}

/// Whether a name is another one mistyped: alike but for case, accents and punctuation, or one letter away in a long word.
fn is_slip(name: &str, declared: &str) -> bool {
    let (own, other) = (steps(name), steps(declared));
    if own.len() != other.len() {
        return false;
    }
    let differing: Vec<(&String, &String)> = own.iter().zip(&other).filter(|(a, b)| a != b).collect();
    let [(one, two)] = differing.as_slice() else { return false };
    let (one, two) = (folded(one), folded(two));
    if one == two {
        return true;
    }
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    // `price_1` and `price_2` are two columns, and so may be short words that are alike.
    digits(&one) == digits(&two)
        && one.chars().count().min(two.chars().count()) >= 6
        && strsim::damerau_levenshtein(&one, &two) == 1
}

/// A name without case, accents and punctuation.
fn folded(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let plain = name.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    plain.flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}
