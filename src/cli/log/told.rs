//! The events of a run: that it begins, what became of its datasets and rules, and how it ended.
//!
//! They say numbers and names of the suite, and of a fault its code and what that means: never a value of data, which the words
//! of a fault may hold.

use crate::cli::log::about;
use crate::lang::Lang;
use crate::outcome::{Outcome, Report, Run, RunStatus, Status};

/// Tells that a run begins; the events that follow are its own.
pub(in crate::cli) fn begins(run: &Run) {
    about(run);
    tracing::info!(suite = run.suite, file = run.suite_file, action = "run_begins", "run begins");
}

/// Tells what a run came to.
pub(in crate::cli) fn ended(report: &Report) {
    for dataset in &report.datasets {
        let (dataset, from, rows, bytes) = (&dataset.name, &dataset.from, dataset.rows, dataset.bytes);
        tracing::debug!(dataset, from, rows, bytes, action = "dataset_read", "dataset read");
    }
    report.results.iter().for_each(rule);
    let (verdict, counts) = (&report.verdict, &report.counts);
    let (exit_code, duration_ms, rows_read) = (verdict.exit_code, report.run.duration_ms, counts.rows_read);
    let (passed, failed, errors, skipped) = (counts.passed, counts.failed, counts.error, counts.skipped);
    macro_rules! tell {
        ($level:ident, $outcome:literal, $message:literal) => {
            tracing::$level!(
                action = "run_ended",
                outcome = $outcome,
                exit_code,
                duration_ms,
                rows_read,
                passed,
                failed,
                errors,
                skipped,
                $message
            )
        };
    }
    match verdict.status {
        RunStatus::Passed => tell!(info, "success", "run passed"),
        RunStatus::Failed => tell!(error, "failure", "run failed"),
        RunStatus::Error => tell!(error, "unknown", "run could not be evaluated"),
        RunStatus::Aborted => tell!(error, "unknown", "run was stopped"),
    }
}

fn rule(rule: &Outcome) {
    let (id, expectation, dataset) = (&rule.id, &rule.expectation, &rule.dataset);
    let (severity, level) = (&rule.severity, rule.level.as_deref());
    let (evaluated_rows, failed_rows, gating, muted) =
        (rule.evaluated, rule.violations, rule.gating, rule.muted.is_some());
    macro_rules! tell {
        ($level:ident, $outcome:literal, $message:literal $(, $field:ident)*) => {
            tracing::$level!(
                action = "rule_evaluated",
                outcome = $outcome,
                rule = id,
                expectation,
                dataset,
                severity,
                level,
                evaluated_rows,
                failed_rows,
                $($field,)*
                $message
            )
        };
    }
    match rule.status {
        Status::Passed => tell!(debug, "success", "rule holds"),
        Status::Failed if rule.gating => tell!(error, "failure", "rule failed", gating, muted),
        Status::Failed => tell!(warn, "failure", "rule failed below the gate", gating, muted),
        Status::Error => {
            let fault = rule.error.as_ref();
            let code = fault.map(|fault| fault.code.as_str());
            let error = fault.and_then(crate::outcome::Fault::sentence).map(|said| said.get(Lang::En).to_owned());
            tell!(error, "unknown", "rule could not be evaluated", code, error);
        }
        Status::Skipped => tell!(debug, "unknown", "rule skipped"),
    }
}
