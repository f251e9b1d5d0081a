//! A rule that no value, or no number, satisfies.

use bigdecimal::num_traits::Signed;

use crate::ir::Limit;
use crate::suite::lint::subject::Subject;
use crate::suite::lint::{Finding, Look};

/// Looks for conditions that are false of every value, and bounds that leave nothing in.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, subject) in look.rules() {
        let id = &subject.rule.id;
        if subject.is_aggregate() {
            if leaves_no_number(subject) {
                let message = format!("`{id}` can never hold: no number lies within its bounds");
                let help = "bounds are those of the number that is measured: counts are whole and at least 0";
                found.push(Finding::at(&subject.rule.place, message, help).idle([index]));
            }
            continue;
        }
        let tolerant = subject.levels().iter().any(|(_, limit)| tolerates_some(limit));
        if !tolerant && subject.columns().iter().any(|column| breaks_all(subject, column)) {
            let message = format!("no value satisfies `{id}`: every row that it evaluates breaks it");
            let help = match subject.rule.where_text {
                Some(_) => "change the rule, or its `where`",
                None => "if the column must be empty, write `is_null`",
            };
            found.push(Finding::at(&subject.rule.place, message, help).idle([index]));
        }
    }
    found
}

/// Whether a limit may hold although every row breaks the rule.
fn tolerates_some(limit: &Limit) -> bool {
    match limit {
        Limit::Count(most) => *most > 0,
        Limit::Share(share) => !(share - 1_i64).is_negative(),
        Limit::Within(_) | Limit::Past(_) => true,
    }
}

fn leaves_no_number(subject: &Subject<'_>) -> bool {
    let lines = subject.lines();
    let held: Vec<_> = lines.iter().filter_map(|(line, reading)| subject.holds(line, reading)).collect();
    !held.is_empty() && held.iter().all(super::values::Values::is_empty)
}

/// Whether every cell of a column that is evaluated breaks a row rule, of whatever type it turns out to be.
fn breaks_all(subject: &Subject<'_>, column: &str) -> bool {
    let readings = subject.readings(column);
    let views: Vec<_> = readings.iter().filter_map(|reading| subject.views(column, reading, &[])).collect();
    !views.is_empty()
        && views.iter().all(|axes| axes.iter().any(|view| view.evaluated.without(&view.bad.surely).is_empty()))
}
