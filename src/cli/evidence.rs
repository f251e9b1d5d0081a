//! `--evidence`: the rows that break rules, as files beside the page of a run.

use serde::{Deserialize, Serialize};

use crate::outcome::{EvidenceFile, Report, Sample};
use crate::report::{evidence, html};

/// How many rows of a rule `all` means at most.
const ALL: usize = 1_000_000;

/// Reads how many rows of a rule are wanted.
///
/// # Errors
/// What may be written.
pub(super) fn rows_wanted(text: &str) -> Result<usize, String> {
    let wrong = || format!("write a number from 1 to {ALL}, or `all`");
    match text {
        "all" => Ok(ALL),
        _ => text.parse().ok().filter(|rows| (1..=ALL).contains(rows)).ok_or_else(wrong),
    }
}

/// What a run says.
#[derive(Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) report: Report,
    /// The rows that break rules, by the ids of the rules, where they are to be written.
    pub(super) rows: Vec<(String, Vec<Sample>)>,
}

/// The files of the rows that break rules, by their names in the folder of the run; the report then names them.
pub(super) fn files(report: &mut Report, rows: Vec<(String, Vec<Sample>)>) -> Vec<(String, String)> {
    let mut files = Vec::with_capacity(rows.len());
    for (id, rows) in rows {
        // Of a rule that only echoes another one nothing is told.
        let Some(outcome) = report.results.iter_mut().find(|outcome| outcome.id == id) else { continue };
        let path = html::evidence_file(&id);
        outcome.evidence = Some(EvidenceFile { path: path.clone(), rows: rows.len() as u64 });
        files.push((path, evidence::render(&rows)));
    }
    files
}
