//! A rule that holds whatever the data are.

use bigdecimal::num_traits::Signed;

use crate::ir::{Limit, Metric};
use crate::suite::lint::subject::Subject;
use crate::suite::lint::truth::finds_all;
use crate::suite::lint::values::Values;
use crate::suite::lint::{Finding, Look};

/// Looks for tolerances of all rows, bounds that leave nothing out, and conditions that are true of every value.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let found = look.rules().filter(|(_, subject)| !subject.fails_on_empty());
    found
        .filter_map(|(index, subject)| {
            let (why, help) = reason(subject)?;
            let message = format!("`{}` can never fail: {why}", subject.rule.id);
            Some(Finding::at(&subject.rule.place, message, &help).idle([index]))
        })
        .collect()
}

/// Why a rule holds always, and what to do.
fn reason(subject: &Subject<'_>) -> Option<(String, String)> {
    if subject.levels().iter().all(|(_, limit)| tolerates_all(limit)) {
        let why = "it tolerates that every row breaks it".to_owned();
        return Some((why, "tolerate less, or write `severity: info` to see the numbers".to_owned()));
    }
    if subject.is_aggregate() {
        return number(subject);
    }
    if subject.rule.expectation == "type" {
        // A declared type says how a column reads, too.
        return None;
    }
    let columns = subject.columns();
    let column = columns.iter().find(|column| breaks_nothing(subject, column))?;
    if let Some(regex) = pattern(subject) {
        let help = "write `full: true` for a pattern that the whole value must fit, or ask for `not_blank`";
        return Some((format!("every text holds a match of `{regex}`"), help.to_owned()));
    }
    let values = match subject.readings(column).as_slice() {
        [reading] => format!("every {} that it evaluates holds", reading.kind),
        _ => "every value that it evaluates holds".to_owned(),
    };
    Some((values, "give it a bound that some value can break, or remove it".to_owned()))
}

/// Whether a limit is exceeded by nothing.
fn tolerates_all(limit: &Limit) -> bool {
    match limit {
        Limit::Share(share) => !(share - 1_i64).is_negative(),
        Limit::Count(most) => *most == u64::MAX,
        Limit::Within(_) | Limit::Past(_) => false,
    }
}

/// Why an aggregate holds always.
fn number(subject: &Subject<'_>) -> Option<(String, String)> {
    if !subject.has_a_number_of_nothing() {
        // Where there is nothing to fold, it fails.
        return None;
    }
    let lines = subject.lines();
    let all = |limit: &Limit| {
        !lines.is_empty()
            && lines.iter().all(|(line, reading)| {
                subject.within(limit, line, reading).is_some_and(|held| Values::every().without(&held).is_empty())
            })
    };
    if !subject.levels().iter().all(|(_, limit)| all(limit)) {
        return None;
    }
    let unbounded =
        |limit: &Limit| matches!(limit, Limit::Within(bounds) if bounds.min.is_none() && bounds.max.is_none());
    if subject.levels().iter().all(|(_, limit)| unbounded(limit)) {
        return Some(("it has no bounds".to_owned(), "give it `min` or `max`, or remove it".to_owned()));
    }
    let help = match subject.rule.metric {
        Metric::RowCount { .. } => "to let a dataset be empty, write `may_be_empty: true` in it",
        _ => "give it a bound that some number can break, or remove it",
    };
    Some(("every number that it can find lies within its bounds".to_owned(), help.to_owned()))
}

/// Whether no cell of a column breaks a row rule, of whatever type it turns out to be.
fn breaks_nothing(subject: &Subject<'_>, column: &str) -> bool {
    let readings = subject.readings(column);
    let views: Vec<_> = readings.iter().filter_map(|reading| subject.views(column, reading, &[])).collect();
    !views.is_empty() && views.iter().all(|axes| axes.iter().any(|view| view.evaluated.and(&view.bad.maybe).is_empty()))
}

/// The pattern of a rule that asks for one which every text has.
fn pattern<'s>(subject: &'s Subject<'_>) -> Option<&'s str> {
    use crate::ir::Predicate;
    let mut found = None;
    subject.bad()?.pieces(&mut |piece| {
        if let crate::ir::predicate::Piece::Condition(Predicate::Matches(_, regex)) = piece
            && finds_all(regex)
        {
            found = Some(regex.pattern.as_str());
        }
    });
    found
}
