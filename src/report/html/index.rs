//! The page over all runs: what it needs of each, and the order it shows them in.

use std::collections::BTreeMap;

use serde::Serialize;

use super::view::{Badge, Tally, tally};
use crate::outcome::{Counts, Report, RunStatus, Text};
use crate::report::reading::State;

/// What the page over all runs says of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The id of the run.
    pub id: String,
    /// Its folder under `runs/`.
    pub folder: String,
    /// The id of the suite.
    pub suite: String,
    /// The title of the suite.
    pub title: Option<String>,
    /// When it began, in RFC 3339.
    pub started_at: String,
    /// What it came to.
    pub status: RunStatus,
    /// Its totals.
    pub counts: Counts,
    /// Its verdict in one sentence.
    pub reason: Text,
    /// Its exit code.
    pub exit_code: u8,
    /// How long it took.
    pub duration_ms: u64,
}

impl Listed {
    /// Takes from a record what the list needs.
    #[must_use]
    pub fn of(report: &Report, folder: &str) -> Self {
        Self {
            id: report.run.id.clone(),
            folder: folder.to_owned(),
            suite: report.run.suite.clone(),
            title: report.run.title.clone(),
            started_at: report.run.started_at.clone(),
            status: report.verdict.status,
            counts: report.counts.clone(),
            reason: report.verdict.reason.clone(),
            exit_code: report.verdict.exit_code,
            duration_ms: report.run.duration_ms,
        }
    }
}

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View {
    suites: Vec<Line>,
    runs: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    state: Badge,
    suite: String,
    title: Option<String>,
    folder: String,
    started_at: String,
    reason: Text,
    tally: Vec<Tally>,
    rules: u64,
    rows: u64,
    exit_code: u8,
    duration_ms: u64,
}

impl View {
    /// Sorts runs, newest first, and suites, those that need attention first.
    pub(super) fn of(runs: &[Listed]) -> Self {
        let mut sorted: Vec<&Listed> = runs.iter().collect();
        // Moments of the record are all in UTC and of one form, so their text sorts as they do.
        sorted.sort_by(|a, b| (&b.started_at, &b.id).cmp(&(&a.started_at, &a.id)));
        let mut newest = BTreeMap::new();
        for run in &sorted {
            newest.entry(&run.suite).or_insert(*run);
        }
        let mut suites: Vec<&Listed> = newest.into_values().collect();
        suites.sort_by_key(|run| State::of_run(run.status));
        let lines = |runs: Vec<&Listed>| runs.into_iter().map(Line::of).collect();
        Self { suites: lines(suites), runs: lines(sorted) }
    }
}

impl Line {
    fn of(run: &Listed) -> Self {
        let counts = &run.counts;
        let count = |state| match state {
            State::Failed => counts.gating,
            State::Error => counts.error,
            State::Warned => counts.failed.saturating_sub(counts.gating),
            State::Passed => counts.passed,
            State::Skipped => counts.skipped,
        };
        Self {
            state: Badge::of_run(run.status),
            suite: run.suite.clone(),
            title: run.title.clone(),
            folder: encode(&run.folder),
            started_at: run.started_at.clone(),
            reason: run.reason.clone(),
            tally: tally(count),
            rules: counts.rules,
            rows: counts.rows_read,
            exit_code: run.exit_code,
            duration_ms: run.duration_ms,
        }
    }
}

/// Writes a folder as one step of an address.
fn encode(folder: &str) -> String {
    let mut address = String::with_capacity(folder.len());
    for byte in folder.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            address.push(char::from(byte));
        } else {
            address.push('%');
            address.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_step_of_an_address() {
        assert_eq!(encode("2026-11-21T101503Z_ventas_1f0c9a"), "2026-11-21T101503Z_ventas_1f0c9a");
        assert_eq!(encode("a/\"ñ"), "a%2F%22%C3%B1");
    }
}
