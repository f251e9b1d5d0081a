//! A `where` that is true of no row.

use crate::ir::{Predicate, Scalar, evaluate};
use crate::suite::SuiteDataset;
use crate::suite::lint::subject::{self, Subject};
use crate::suite::lint::truth::Axis;
use crate::suite::lint::values::Line;
use crate::suite::lint::{Finding, Look};

const HELP: &str = "a row for which the condition is false or unknown is left out";

/// Looks for conditions of datasets and of rules that leave no row.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut empty: Vec<&str> = Vec::new();
    for dataset in look.suite.datasets.iter().filter(|dataset| dataset.skip.is_none()) {
        let name = dataset.data.name.as_str();
        let of_parent = dataset.from.as_ref().is_some_and(|from| empty.contains(&from.dataset.as_str()));
        let own = || !subject::varies(look.suite, dataset) && is_empty(look, dataset);
        if of_parent || own() {
            empty.push(name);
            let idle = look.rules().filter(|(_, subject)| subject.rule.dataset == name).map(|(index, _)| index);
            let message = format!("the `where` of `{name}` is true of no row, so that its rules evaluate nothing");
            found.push(Finding::at(&dataset.place, message, HELP).idle(idle));
        }
    }
    for (index, subject) in look.rules() {
        let rule = subject.rule;
        let told = empty.contains(&rule.dataset.as_str());
        if !told && rule.where_text.is_some() && leaves_nothing(subject, &subject.scope()) {
            let message = format!("the `where` of `{}` is true of no row, so that it evaluates nothing", rule.id);
            found.push(Finding::at(&rule.place, message, HELP).idle([index]));
        }
    }
    found
}

/// Whether no row of a dataset is meant.
fn is_empty(look: &Look<'_>, dataset: &SuiteDataset) -> bool {
    let conditions = subject::parts(dataset.condition.clone());
    // Any rule of the dataset knows how its columns read.
    let rule = look.subjects.iter().find(|subject| subject.rule.dataset == dataset.data.name);
    dataset.where_text.is_some() && rule.is_some_and(|rule| leaves_nothing(rule, &conditions))
}

/// Whether no row can satisfy all of some conditions.
fn leaves_nothing(subject: &Subject<'_>, conditions: &[Predicate]) -> bool {
    let mut columns: Vec<&str> = Vec::new();
    conditions.iter().for_each(|part| part.columns(&mut |name| columns.push(name)));
    columns.sort_unstable();
    columns.dedup();
    conditions.iter().any(|part| is_never(subject, part))
        || columns.iter().any(|column| has_no_cell(subject, conditions, column))
}

/// Whether a condition that names no column is false or unknown.
fn is_never(subject: &Subject<'_>, condition: &Predicate) -> bool {
    let mut named = *condition == Predicate::Malformed;
    condition.pieces(&mut |piece| {
        use crate::ir::predicate::Piece;
        named |= matches!(
            piece,
            Piece::Value(Scalar::Column(_)) | Piece::Condition(Predicate::Malformed | Predicate::Unparsed(_))
        );
    });
    if named {
        return false;
    }
    let bound = subject.bound(condition, "", &crate::ir::Reading::plain(crate::ir::Type::String));
    let answer = bound.map(|bound| evaluate::predicate(&bound, &evaluate::NoColumns));
    matches!(answer, Some(Ok(Some(false) | None)))
}

/// Whether there is nothing that a column may hold where all of some conditions are true.
fn has_no_cell(subject: &Subject<'_>, conditions: &[Predicate], column: &str) -> bool {
    let readings = subject.readings(column);
    let mut bindable = false;
    let empty = readings.iter().all(|reading| {
        let bound: Vec<Predicate> = conditions.iter().filter_map(|part| subject.bound(part, column, reading)).collect();
        let own = |part: &&Predicate| {
            let mut named = false;
            part.columns(&mut |name| named |= name == column);
            named
        };
        let wanted = conditions.iter().filter(own).count();
        if bound.iter().filter(own).count() < wanted {
            // Of a column of this type a rule would be an error, not silent.
            return true;
        }
        bindable = true;
        let of_column = Axis { of: Scalar::column(column), column: column.to_owned(), line: Line::of(reading.kind) };
        let all = Predicate::all(bound);
        let axes = Axis::all(&all, &|name| (name == column).then_some(reading.kind));
        axes.iter().chain([&of_column]).any(|axis| axis.truth(&all).maybe.is_empty())
    });
    empty && bindable
}
