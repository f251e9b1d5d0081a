//! What a machine is to mark in a run: rules that do not hold or could not be evaluated, and a run that is no pass although no
//! rule says so.
//!
//! It says nothing anew: what gates is looked up in the record. All text is English, harmless and on one line.

use sha2::{Digest, Sha256};

use super::reading::State;
use super::{phrase, value};
use crate::lang::Lang;
use crate::outcome::{Outcome, Report, RunStatus, Status};

/// Something to mark.
#[derive(Clone, Copy)]
pub(super) struct Finding<'a> {
    /// The run it is of.
    pub(super) report: &'a Report,
    /// The rule; none where the run itself is to be marked.
    pub(super) rule: Option<&'a Outcome>,
    /// How loudly.
    pub(super) weight: Weight,
}

/// How loudly something is marked, the loudest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It made the gate fail, or is not known.
    Error,
    /// It failed below the gate.
    Warning,
    /// It failed below the gate, at level info, or only a baseline lets it pass.
    Notice,
}

/// What is called in place of a rule where the run itself is marked.
pub(super) const VERDICT: &str = "verdict";

/// The exit code of results that are complete, where something else could not be written.
const UNDELIVERED: u8 = 4;

/// The longest message.
const MESSAGE: usize = 1_000;

/// The longest name.
pub(super) const NAME: usize = 250;

/// Everything to mark, the worst first; suites and rules in their order within each weight and level.
pub(super) fn all<'a>(reports: &[&'a Report]) -> Vec<Finding<'a>> {
    let mut all: Vec<Finding<'a>> = reports.iter().flat_map(|&report| of(report)).collect();
    all.sort_by_key(|finding| (finding.weight, std::cmp::Reverse(finding.rank())));
    all
}

/// The same, and behind them the rules that pass only because a baseline knows their violations: for readers to whom what is
/// not told any more is fixed.
pub(super) fn with_accepted<'a>(reports: &[&'a Report]) -> Vec<Finding<'a>> {
    let accepted = |&report: &&'a Report| {
        let rules = report.results.iter().filter(|outcome| outcome.is_accepted());
        rules.map(move |rule| Finding { report, rule: Some(rule), weight: Weight::Notice })
    };
    all(reports).into_iter().chain(reports.iter().flat_map(accepted)).collect()
}

/// Whether a run is no pass, and no rule of it says so: it was stopped, nothing was evaluated, rows could not be written.
pub(super) fn unsaid(report: &Report) -> bool {
    let error = || report.results.iter().any(|outcome| outcome.status == Status::Error);
    let gating = || report.results.iter().any(|outcome| outcome.gating);
    match (report.verdict.status, report.verdict.exit_code) {
        (RunStatus::Failed, 1) => !gating(),
        (RunStatus::Error, 3 | 70) => !error(),
        // A code of its own says that data are missing that may be: every rule says so too.
        (RunStatus::Passed, code) => code != 0 && (code == UNDELIVERED || evaluated(report)),
        (RunStatus::Failed | RunStatus::Error | RunStatus::Aborted, _) => true,
    }
}

/// Whether any rule has an answer.
pub(super) fn evaluated(report: &Report) -> bool {
    report.results.iter().any(|outcome| outcome.status != Status::Skipped)
}

/// Why a run is no pass.
pub(super) fn reason(report: &Report) -> String {
    value::cut(&value::line(&report.verdict.reason.en), MESSAGE)
}

fn of(report: &Report) -> impl Iterator<Item = Finding<'_>> {
    let run = unsaid(report).then_some(Finding { report, rule: None, weight: Weight::Error });
    let rules = report.results.iter().filter_map(move |outcome| {
        let weight = match State::of(outcome) {
            State::Failed | State::Error => Weight::Error,
            State::Warned if outcome.level.as_deref() == Some("info") => Weight::Notice,
            State::Warned => Weight::Warning,
            State::Passed | State::Skipped => return None,
        };
        Some(Finding { report, rule: Some(outcome), weight })
    });
    run.into_iter().chain(rules)
}

impl<'a> Finding<'a> {
    /// The kind of expectation, or what is said in its place.
    pub(super) fn kind(&self) -> &'a str {
        self.rule.map_or(VERDICT, |rule| rule.expectation.as_str())
    }

    /// The id of the rule, or what is said in its place.
    pub(super) fn name(&self) -> String {
        self.rule.map_or_else(|| VERDICT.to_owned(), |rule| value::cut(&value::line(&rule.id), NAME))
    }

    /// The level it failed at; none if it could not be evaluated.
    pub(super) fn level(&self) -> Option<&'a str> {
        self.rule?.level.as_deref()
    }

    /// What was found, or why nothing could be.
    pub(super) fn message(&self) -> String {
        let Some(rule) = self.rule else { return reason(self.report) };
        told(rule)
    }

    /// The file of the suite as the record names it, line and column; of a run its start.
    pub(super) fn place(&self) -> (String, u64, u64) {
        match self.rule {
            Some(rule) => {
                (value::line(&rule.location.file).into_owned(), rule.location.line.max(1), rule.location.column.max(1))
            }
            None => (value::line(&self.report.run.suite_file).into_owned(), 1, 1),
        }
    }

    /// What it is the same finding by in the next run: suite, rule, dataset and columns, and no number; in hexadecimal.
    pub(super) fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(&self.report.run.suite);
        digest.update([0]);
        digest.update(self.rule.map_or(VERDICT, |rule| rule.id.as_str()));
        for part in self.rule.iter().flat_map(|rule| std::iter::once(&rule.dataset).chain(&rule.columns)) {
            digest.update([0]);
            digest.update(part);
        }
        digest.finalize().iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// How bad it is among those of its weight.
    fn rank(&self) -> u8 {
        match (self.rule, self.level()) {
            (None, _) => 5,
            (_, Some("critical")) => 4,
            (_, Some("error")) => 3,
            (_, Some("warning")) => 2,
            (_, Some(_)) => 1,
            // Not known, which is said after what is known to be wrong.
            (_, None) => 0,
        }
    }
}

/// What a rule expects and what was found, or why nothing could be; on one line.
pub(super) fn told(rule: &Outcome) -> String {
    let expected = rule.sentence.en.trim_end_matches('.');
    let told = if rule.status == Status::Error || expected.is_empty() {
        said(rule)
    } else {
        format!("{expected}: {}", said(rule))
    };
    value::cut(&value::line(&told), MESSAGE)
}

/// What was found of a rule, or why nothing could be.
pub(super) fn said(rule: &Outcome) -> String {
    let mut said = match &rule.error {
        Some(fault) if rule.status == Status::Error => fault.message.trim_end_matches('.').to_owned(),
        _ => phrase::found(rule, Lang::En),
    };
    if let Some(muted) = phrase::muted(rule, Lang::En) {
        said += &format!("; muted {muted}");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_worst_comes_first() {
        let report = sample::report();
        let all: Vec<(Weight, Option<String>)> =
            all(&[&report]).iter().map(|one| (one.weight, one.level().map(str::to_owned))).collect();
        let levels: Vec<&str> = all.iter().map(|(_, level)| level.as_deref().unwrap_or("?")).collect();
        assert_eq!(levels, ["critical", "error", "?", "?", "warning", "warning"]);
        assert!(all.is_sorted_by_key(|(weight, _)| *weight));
    }

    #[test]
    fn a_run_that_is_no_pass_is_marked_although_every_rule_holds() {
        let mut report = sample::report();
        report.results.retain(|rule| rule.status == Status::Passed);
        for (status, code, marked) in [
            (RunStatus::Passed, 0, false),
            (RunStatus::Passed, 4, true),
            (RunStatus::Error, 3, true),
            (RunStatus::Failed, 1, true),
            (RunStatus::Aborted, 143, true),
        ] {
            (report.verdict.status, report.verdict.exit_code) = (status, code);
            assert_eq!(!all(&[&report]).is_empty(), marked, "{status:?} {code}");
        }
        report.results.iter_mut().for_each(|rule| rule.status = Status::Skipped);
        (report.verdict.status, report.verdict.exit_code) = (RunStatus::Passed, 99);
        assert!(all(&[&report]).is_empty(), "data are missing that may be");
    }

    #[test]
    fn a_finding_stays_the_same_whatever_was_counted() {
        let report = sample::report();
        let mut other = sample::report();
        for rule in &mut other.results {
            rule.violations = rule.violations.map(|count| count + 1);
            rule.message.en += "!";
            rule.location.line += 1;
        }
        let marks = |report| all(&[report]).iter().map(Finding::fingerprint).collect::<Vec<_>>();
        assert_eq!(marks(&report), marks(&other));
        let mut all = marks(&report);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
