//! What a check would read of a dataset, told without reading its rows.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::answer::Survey;
use crate::engine::local::budget::Budget;
use crate::engine::local::open::{Content, OpenFile, Opened};
use crate::engine::local::read::Origin;
use crate::engine::local::scan::{Course, Program};
use crate::engine::source::Place;
use crate::ir::{Measure, Reading};
use crate::outcome::{DecidedBy, Fault};

/// What measuring a dataset would read. The keys of parents are not read, so every reference counts as one to look up.
pub(super) fn survey(opened: &Opened, measures: &IndexSet<&Measure>) -> Result<Survey, Fault> {
    let program = Program::new(measures, &HashMap::new(), (&Arc::default(), &Arc::new(Budget::new(None))));
    let course = program.course(opened, opened.proves, None)?;
    let mut survey = Survey { files: opened.files.len() as u64, ..Survey::default() };
    let undecided: Vec<&Measure> =
        program.unanswered().filter(|measure| !matches!(measure, Measure::Query(_))).collect();
    for (number, measure) in program.measures().enumerate() {
        survey.decided.push((measure.clone(), course.decided_by(number)));
    }
    survey.decided.extend(undecided.iter().map(|measure| ((*measure).clone(), DecidedBy::Scan)));
    let more = columns(opened, &undecided);
    let mut rows = Some(0);
    for (number, file) in opened.files.iter().enumerate() {
        survey.bytes += file.bytes;
        let parquet = match &file.content {
            Content::Parquet(parquet) => parquet,
            content => {
                let told = if let Content::Ipc(ipc) = content { ipc.rows() } else { None };
                rows = rows.zip(told).map(|(rows, own)| rows + own);
                if told.is_none() || course.view(number, 0).is_some() || !more.is_empty() {
                    survey.read += file.bytes;
                }
                continue;
            }
        };
        for (row_group, of_group) in parquet.row_groups().into_iter().enumerate() {
            rows = rows.map(|rows| rows + of_group);
            let columns = columns_of(&course, (number, row_group)).iter().chain(&more);
            let places: Vec<&Place> = columns.filter_map(|(column, _)| stored(file, *column)).collect();
            survey.row_groups.1 += 1;
            survey.row_groups.0 += u64::from(!places.is_empty());
            survey.read += match course.rows(number, row_group) {
                Some(rows) if more.is_empty() => parquet.bytes_of_rows(&places, row_group, rows),
                _ => parquet.bytes_of(&places, row_group),
            };
        }
    }
    survey.rows = rows;
    Ok(survey)
}

/// The columns that some measures look at.
fn columns(opened: &Opened, measures: &[&Measure]) -> Vec<(usize, Reading)> {
    let mut columns = Vec::new();
    for measure in measures {
        measure.columns(&mut |name| {
            let reading = opened.schema.column(name).and_then(|column| column.reading.clone());
            columns.extend(opened.schema.place(name).zip(reading));
        });
    }
    columns
}

fn columns_of(course: &Course, (file, row_group): (usize, usize)) -> &[(usize, Reading)] {
    course.view(file, row_group).map_or(&[], |view| view.needed.columns.as_slice())
}

fn stored(file: &OpenFile, column: usize) -> Option<&Place> {
    match file.origins.get(column)? {
        Some(Origin::Stored(place)) => Some(place),
        _ => None,
    }
}
