//! What rules came to, held to what a test expects of them.

use crate::outcome::{Outcome, Report, Status, Text};
use crate::suite::Suite;
use crate::suite::test::{Observed, Test, Wanted};
use crate::test::Difference;

/// Everything that is not as a test expects.
pub(super) fn differences(suite: &Suite, test: &Test, report: &Report) -> Vec<Difference> {
    let mut found = Vec::new();
    for wanted in &test.expect {
        let outcome = report.results.iter().find(|outcome| outcome.id == wanted.rule);
        match outcome {
            Some(outcome) => of_rule(wanted, outcome, &mut found),
            // A built-in rule is in the record only where it fails.
            None if suite.rules.iter().any(|rule| rule.id == wanted.rule && rule.builtin.is_some()) => {
                let holds =
                    wanted.status.is_none_or(|status| status == Status::Passed) && wanted.asks_for_nothing_else();
                if !holds {
                    found.push(status_of(wanted, "passed".to_owned(), None));
                }
            }
            None => found.push(status_of(wanted, "no such rule on these columns".to_owned(), None)),
        }
    }
    if test.all_passed {
        let named = |id: &str| test.expect.iter().any(|wanted| wanted.rule == id);
        let others = report.results.iter().filter(|outcome| !named(&outcome.id));
        for outcome in others.filter(|outcome| !matches!(outcome.status, Status::Passed | Status::Skipped)) {
            found.push(Difference {
                rule: Some(outcome.id.clone()),
                what: "status",
                expected: word(Status::Passed).to_owned(),
                found: word(outcome.status).to_owned(),
                message: Some(outcome.message.clone()),
            });
        }
    }
    if let Some(exit) = test.exit.filter(|exit| *exit != report.verdict.exit_code) {
        found.push(Difference {
            rule: None,
            what: "exit",
            expected: exit.to_string(),
            found: report.verdict.exit_code.to_string(),
            message: Some(report.verdict.reason.clone()),
        });
    }
    found
}

fn of_rule(wanted: &Wanted, outcome: &Outcome, differences: &mut Vec<Difference>) {
    if wanted.status.is_some_and(|status| status != outcome.status) {
        differences.push(status_of(wanted, word(outcome.status).to_owned(), Some(&outcome.message)));
        // The numbers of another verdict tell nothing more.
        return;
    }
    let mut hold = |what: &'static str, expected: String, found: Option<String>, same: bool| {
        if !same {
            differences.push(Difference {
                rule: Some(wanted.rule.clone()),
                what,
                expected,
                found: found.unwrap_or_else(|| "null".to_owned()),
                message: Some(outcome.message.clone()),
            });
        }
    };
    if let Some(level) = wanted.level {
        let same = outcome.level.as_deref() == Some(level.name());
        hold("level", level.name().to_owned(), outcome.level.clone(), same);
    }
    for (what, count) in &wanted.counts {
        let found = match *what {
            "violations" => outcome.violations,
            "evaluated" => outcome.evaluated,
            "missing" => outcome.missing,
            _ => outcome.unparsed,
        };
        hold(what, count.to_string(), found.map(|found| found.to_string()), found == Some(*count));
    }
    if let Some(observed) = &wanted.observed {
        let shown = match observed {
            Observed::Nothing => "null".to_owned(),
            Observed::Spelled(text) => text.clone(),
        };
        let found = outcome.observed.as_ref().map(|found| match found {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        hold("observed", shown, found, observed.is(outcome.observed.as_ref()));
    }
}

fn status_of(wanted: &Wanted, found: String, message: Option<&Text>) -> Difference {
    Difference {
        rule: Some(wanted.rule.clone()),
        what: "status",
        expected: word(wanted.status.unwrap_or(Status::Passed)).to_owned(),
        found,
        message: message.cloned(),
    }
}

/// A status as suites write it.
const fn word(status: Status) -> &'static str {
    match status {
        Status::Skipped => "skipped",
        Status::Passed => "passed",
        Status::Error => "error",
        Status::Failed => "failed",
    }
}
