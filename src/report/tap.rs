//! TAP 14: a test point for each rule.
//!
//! A rule that failed below the gate is a TODO, which a harness tolerates; one that could not be evaluated is not ok. A run
//! that is no pass although no rule says so bails out, after all points.

use super::escape::log;
use super::finding::{self, reason, told, unsaid};
use super::reading::State;
use super::value::{cut, line};
use super::{account, phrase};
use crate::lang::Lang;
use crate::outcome::{Outcome, Report};

/// Writes runs as one document.
#[must_use]
pub fn render(reports: &[&Report]) -> String {
    let rules: Vec<(&Report, &Outcome)> =
        reports.iter().flat_map(|report| report.results.iter().map(move |rule| (*report, rule))).collect();
    let mut text = "TAP version 14\n".to_owned();
    text += &match rules.len() {
        0 => "1..0 # SKIP no rule was evaluated\n".to_owned(),
        count => format!("1..{count}\n"),
    };
    for (index, (report, rule)) in rules.iter().enumerate() {
        text += &point(index + 1, report, rule);
    }
    for report in reports.iter().filter(|report| unsaid(report)) {
        text += &format!("Bail out! {}: {}\n", line(&report.run.suite), reason(report));
    }
    log::lines(text)
}

fn point(number: usize, report: &Report, rule: &Outcome) -> String {
    let state = State::of(rule);
    let ok = matches!(state, State::Passed | State::Skipped);
    let name = |text: &str| cut(&line(text), finding::NAME);
    let named = escape(&format!("{} {}", name(&report.run.suite), name(&rule.id)));
    let directive = match state {
        State::Skipped => format!(" # SKIP {}", escape(&name(rule.reason.as_deref().unwrap_or("no reason is given")))),
        State::Warned => match phrase::muted(rule, Lang::En) {
            Some(muted) => format!(" # TODO muted {}", escape(&name(&muted))),
            None => format!(" # TODO {} below the gate", escape(&name(rule.level.as_deref().unwrap_or("failed")))),
        },
        State::Passed | State::Failed | State::Error => String::new(),
    };
    let mut text = format!("{} {number} - {named}{directive}\n", if ok { "ok" } else { "not ok" });
    if !ok {
        text += &diagnostic(rule);
    }
    text
}

/// What is to know of it, in YAML.
fn diagnostic(rule: &Outcome) -> String {
    let severity = rule.level.as_deref().unwrap_or(&rule.severity);
    let mut yaml = format!("  ---\n  message: {}\n", quoted(&told(rule)));
    yaml += &format!("  severity: {}\n", quoted(&line(severity)));
    let place = &rule.location;
    yaml += &format!(
        "  at:\n    file: {}\n    line: {}\n    column: {}\n",
        quoted(&line(&place.file)),
        place.line,
        place.column
    );
    if let (Some(violations), Some(evaluated)) = (rule.violations, rule.evaluated) {
        yaml += &format!("  data:\n    violations: {violations}\n    evaluated: {evaluated}\n");
    }
    let about: Vec<(&str, String)> = account::of(rule)
        .into_iter()
        .filter(|(label, _)| !matches!(*label, "rule" | "at" | "level" | "expects" | "found" | "owner" | "runbook"))
        .collect();
    if !about.is_empty() {
        yaml += "  about:\n";
        for (label, words) in about {
            yaml += &format!("    - {}\n", quoted(&format!("{label}: {words}")));
        }
    }
    yaml + "  ...\n"
}

/// A scalar between single quotes, in which only they mean anything.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Text of a test point: `#` would begin a directive.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_a_point_a_rule() {
        insta::assert_snapshot!(render(&[&sample::report()]));
    }

    #[test]
    fn a_run_that_was_stopped_bails_out() {
        let mut report = sample::report();
        report.results.clear();
        report.verdict.status = crate::outcome::RunStatus::Aborted;
        report.verdict.exit_code = 130;
        let text = render(&[&report]);
        assert!(text.starts_with("TAP version 14\n1..0 # SKIP") && text.contains("\nBail out! ventas: "), "{text}");
    }
}
