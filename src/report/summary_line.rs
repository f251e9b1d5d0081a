//! One line of JSON: what a whole command came to, for a scheduler that keeps the last line of a task.

use serde_json::{Value, json};

use super::escape::json;
use super::finding::evaluated;
use super::reading::State;
use super::value::{cut, line};
use crate::outcome::{Report, RunStatus};

/// Writes the line; `exit_code` is the one the command ends with.
pub fn render(reports: &[&Report], exit_code: u8) -> Result<String, serde_json::Error> {
    let sum = |count: fn(&Report) -> u64| reports.iter().map(|report| count(report)).sum::<u64>();
    let of = |state: State| {
        reports.iter().flat_map(|report| &report.results).filter(|rule| State::of(rule) == state).count()
    };
    let bad = || {
        reports.iter().flat_map(|report| {
            let of_it = report.results.iter().filter(|rule| matches!(State::of(rule), State::Failed | State::Error));
            of_it.map(|rule| Value::from(cut(&line(&format!("{}:{}", report.run.suite, rule.id)), NAME)))
        })
    };
    let invocation = reports.first().map(|report| report.run.invocation.as_str());
    let suites: Vec<Value> = reports.iter().take(LISTED).map(|report| suite(report)).collect();
    json::line(&json!({
        "status": status(reports, exit_code),
        "exit_code": exit_code,
        "retryable": retryable(reports),
        "invocation": invocation,
        "rules": sum(|report| report.counts.rules),
        "passed": of(State::Passed),
        "failed": of(State::Failed),
        "warned": of(State::Warned),
        "error": of(State::Error),
        "skipped": of(State::Skipped),
        "rows_read": sum(|report| report.counts.rows_read),
        "duration_ms": sum(|report| report.run.duration_ms),
        "suites": suites,
        "suites_left_out": reports.len().saturating_sub(LISTED),
        "not_passed": bad().take(LISTED).collect::<Vec<_>>(),
        "not_passed_left_out": bad().count().saturating_sub(LISTED),
    }))
}

/// How many suites and rules are named, so that the line stays small enough for every store of results.
const LISTED: usize = 20;

/// The longest name.
const NAME: usize = 120;

fn suite(report: &Report) -> Value {
    json!({
        "suite": cut(&line(&report.run.suite), NAME),
        "run_id": cut(&line(&report.run.id), NAME),
        "status": report.verdict.status,
    })
}

/// The worst of all runs; where the command ends worse than they do, an error. A command that was told to end with a code of
/// its own where data are missing that may be is skipped.
fn status(reports: &[&Report], exit_code: u8) -> &'static str {
    let any = |status| reports.iter().any(|report| report.verdict.status == status);
    let worst = [(RunStatus::Aborted, "aborted"), (RunStatus::Failed, "failed"), (RunStatus::Error, "error")];
    match worst.into_iter().find(|(status, _)| any(*status)) {
        Some((_, word)) => word,
        None if exit_code == 0 => "passed",
        None if reports.iter().all(|report| report.verdict.exit_code == exit_code && !evaluated(report)) => "skipped",
        None => "error",
    }
}

/// Whether the same command may succeed later: every run that is no pass may.
fn retryable(reports: &[&Report]) -> bool {
    let mut unsuccessful = reports.iter().filter(|report| report.verdict.exit_code != 0).peekable();
    unsuccessful.peek().is_some() && unsuccessful.all(|report| report.verdict.retryable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_one_line() {
        let text = render(&[&sample::report()], 1).unwrap();
        assert_eq!(text.lines().count(), 1);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn it_stays_small_however_much_fails() {
        let mut report = sample::report();
        let rules = report.results.clone();
        report.results = rules.iter().cycle().take(10_000).cloned().collect();
        let reports: Vec<&Report> = std::iter::repeat_n(&report, 100).collect();
        let text = render(&reports, 1).unwrap();
        assert!(text.len() < 8_000, "{}", text.len());
        assert!(text.contains("\"suites_left_out\":80"));
    }

    #[test]
    fn a_command_that_ends_badly_is_no_pass() {
        let mut report = sample::report();
        report.verdict.status = RunStatus::Passed;
        report.verdict.exit_code = 0;
        assert!(render(&[&report], 4).unwrap().starts_with("{\"status\":\"error\",\"exit_code\":4"));
        assert!(render(&[&report], 0).unwrap().starts_with("{\"status\":\"passed\",\"exit_code\":0"));
        report.results.clear();
        report.verdict.exit_code = 99;
        assert!(render(&[&report], 99).unwrap().starts_with("{\"status\":\"skipped\",\"exit_code\":99"));
    }
}
