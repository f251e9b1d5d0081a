//! Runs for tests.

use crate::history::append::text_of;
use crate::history::line::{DatasetLine, RuleLine, RunLine};
use crate::outcome::{Counts, RunStatus, Status, Text};

/// The id of a run.
pub(crate) fn id(run: u32) -> String {
    format!("00000000-0000-7000-8000-{run:012}")
}

/// A run that began so many hours into 2024.
pub(crate) fn run(suite: &str, run: u32, failed: bool) -> RunLine {
    let start = chrono::DateTime::parse_from_rfc3339("2024-01-01T00:00:00Z").unwrap();
    let started_at = (start + chrono::TimeDelta::hours(i64::from(run))).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let day: String = started_at.chars().take(19).filter(|c| *c != ':').collect();
    RunLine {
        id: id(run),
        folder: format!("{day}Z_{suite}_{:06}", run % 1_000_000),
        suite: suite.to_owned(),
        title: None,
        started_at,
        duration_ms: u64::from(run),
        status: if failed { RunStatus::Failed } else { RunStatus::Passed },
        exit_code: u8::from(failed),
        reason: Text::of(|lang| lang.pick("It is so.", "Es así.").to_owned()),
        counts: Counts { failed: u64::from(failed), ..Counts::default() },
        warnings: 0,
        as_of: None,
        suite_sha256: Some("00".repeat(32)),
        tamiz_version: Some("0.1.0".to_owned()),
        invocation: Some(id(run)),
        selected: false,
        ci: None,
        commit: None,
        branch: None,
        url: None,
        labels: indexmap::IndexMap::new(),
        datasets: vec![DatasetLine {
            name: "d".to_owned(),
            status: Status::Passed,
            rows: Some(u64::from(run) * 10),
            bytes: Some(1),
            columns: 3,
            schema: Some("0".repeat(16)),
        }],
        rules_bytes: 0,
    }
}

/// A rule of a run.
pub(crate) fn rule(run: &RunLine, rule: u32, status: Status) -> RuleLine {
    RuleLine {
        run: run.id.clone(),
        started_at: run.started_at.clone(),
        id: format!("d.c{rule}.not_null"),
        status,
        level: (status == Status::Failed).then(|| "error".to_owned()),
        muted: false,
        gating: status == Status::Failed,
        evaluated: Some(100),
        violations: Some(u64::from(status == Status::Failed)),
        known: None,
        observed: None,
        expectation: Some("not_null".to_owned()),
        dataset: Some("d".to_owned()),
        severity: Some("error".to_owned()),
        missing: None,
        definition: Some("0123456789abcdef".to_owned()),
        measure: None,
    }
}

/// The lines of a run, of which some rules fail.
pub(crate) fn group(suite: &str, number: u32, rules: u32, fails: impl Fn(u32) -> bool) -> Vec<u8> {
    let run = run(suite, number, (0..rules).any(&fails));
    let status = |at| if fails(at) { Status::Failed } else { Status::Passed };
    let rules: Vec<RuleLine> = (0..rules).map(|at| rule(&run, at, status(at))).collect();
    text_of(run, &rules).unwrap().into_bytes()
}
