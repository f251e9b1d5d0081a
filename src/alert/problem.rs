//! What is wrong with a run, each cause once.
//!
//! A rule that failed is a problem. Rules that could not be evaluated because a source is not there have one cause between
//! them, and are one problem, whose key is the dataset and the code of the fault; so are those of other datasets that needed
//! it. What stopped the whole run is one problem of the run.

use crate::ir::Severity;
use crate::outcome::{Fault, Outcome, Report, RunStatus, Status, Text};

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What it is the same problem by in the next run of its suite: no number is part of it.
    pub key: String,
    /// The dataset; empty if it is the whole run.
    pub dataset: String,
    /// The rule, or the code of the fault that several rules share.
    pub name: String,
    /// How bad it is: the level at which the rule failed, or the worst severity of rules that were not evaluated.
    pub severity: Severity,
    /// `failed` or `error`.
    pub status: &'static str,
    /// The rules that have this problem.
    pub rules: Vec<String>,
    /// What is expected; empty if it is no single rule.
    pub expected: Text,
    /// What was found.
    pub found: Text,
    /// How many rows, values or keys break the rule.
    pub violations: Option<u64>,
    /// Of how many.
    pub evaluated: Option<u64>,
    /// What that costs, as an exact number, with its currency.
    pub loss: Option<(String, Option<String>)>,
    /// Who to ask.
    pub owner: Option<String>,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// Tags of the rules.
    pub tags: Vec<String>,
    /// Since when it is so, and in how many runs, if that is known.
    pub since: Option<(String, u64)>,
}

/// Faults of a whole dataset: every rule of it has them.
const OF_DATASET: [&str; 4] = ["source_missing", "source_unreadable", "source_changed", "quarantine_unwritable"];

/// Faults of the whole run.
const OF_RUN: [&str; 2] = ["aborted", "timeout"];

/// The problems of a run, the worst first; `since` knows since when a rule fails, and in how many runs.
#[must_use]
pub fn problems(report: &Report, since: &dyn Fn(&str) -> Option<(String, u64)>) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    for outcome in &report.results {
        let mut problem = match outcome.status {
            Status::Failed if outcome.muted.is_none() => failed(outcome),
            Status::Error => unknown(outcome),
            _ => continue,
        };
        problem.since = since(&outcome.id);
        match found.iter_mut().find(|other| other.key == problem.key) {
            Some(other) => other.join(problem),
            None => found.push(problem),
        }
    }
    if found.is_empty() && report.verdict.status != RunStatus::Passed {
        found.push(of_run(report));
    }
    found.sort_by_key(|problem| std::cmp::Reverse((problem.severity, problem.status == "failed")));
    found
}

impl Problem {
    /// Adds a rule that has the same problem.
    fn join(&mut self, other: Self) {
        self.severity = self.severity.max(other.severity);
        self.rules.extend(other.rules);
        self.tags.extend(other.tags);
        self.tags.sort();
        self.tags.dedup();
        // Rules of several owners have none in common.
        if self.owner != other.owner {
            self.owner = None;
        }
        if self.runbook != other.runbook {
            self.runbook = None;
        }
    }
}

/// The severity that a word names.
#[must_use]
pub fn severity(word: &str) -> Severity {
    Severity::ALL.into_iter().find(|severity| severity.name() == word).unwrap_or(Severity::Error)
}

/// The problem that a rule would be if it failed, to learn where that would go.
#[must_use]
pub fn as_if_failed(outcome: &Outcome) -> Problem {
    failed(outcome)
}

fn failed(outcome: &Outcome) -> Problem {
    let impact = outcome.impact.as_ref();
    Problem {
        key: format!("{}/{}", outcome.dataset, outcome.id),
        dataset: outcome.dataset.clone(),
        name: outcome.id.clone(),
        severity: severity(outcome.level.as_deref().unwrap_or(&outcome.severity)),
        status: "failed",
        rules: vec![outcome.id.clone()],
        expected: outcome.sentence.clone(),
        found: outcome.message.clone(),
        violations: outcome.violations,
        evaluated: outcome.evaluated,
        loss: impact.and_then(|impact| Some((impact.loss.clone()?, impact.currency.clone()))),
        owner: outcome.owner.clone(),
        runbook: outcome.runbook.clone(),
        tags: outcome.tags.clone(),
        since: None,
    }
}

fn unknown(outcome: &Outcome) -> Problem {
    let fault = outcome.error.as_ref();
    let code = fault.map_or("internal", |fault| fault.code.as_str());
    let cause = fault.and_then(|fault| fault.caused_by.as_deref()).unwrap_or(&outcome.dataset);
    let (key, dataset, name) = if OF_RUN.contains(&code) {
        (format!("!{code}"), String::new(), code.to_owned())
    } else if OF_DATASET.contains(&code) {
        (format!("{cause}/!{code}"), cause.to_owned(), code.to_owned())
    } else {
        (format!("{}/{}", outcome.dataset, outcome.id), outcome.dataset.clone(), outcome.id.clone())
    };
    Problem {
        key,
        dataset,
        severity: severity(&outcome.severity),
        status: "error",
        expected: if name == outcome.id { outcome.sentence.clone() } else { Text::default() },
        found: fault.map_or_else(|| outcome.message.clone(), said),
        violations: None,
        evaluated: None,
        loss: None,
        name,
        ..failed(outcome)
    }
}

/// What a fault means, and what whoever met it says.
fn said(fault: &Fault) -> Text {
    let meaning = fault.sentence().unwrap_or_default();
    Text::of(|lang| [meaning.get(lang), fault.message.as_str()].join(" ").trim().to_owned())
}

/// A run that is no pass although no rule says why.
fn of_run(report: &Report) -> Problem {
    let run = &report.run;
    Problem {
        key: "!run".to_owned(),
        dataset: String::new(),
        name: "run".to_owned(),
        severity: Severity::Error,
        status: "error",
        rules: Vec::new(),
        expected: Text::default(),
        found: report.verdict.reason.clone(),
        violations: None,
        evaluated: None,
        loss: None,
        owner: run.owner.clone(),
        runbook: run.runbook.clone(),
        tags: run.tags.clone(),
        since: None,
    }
}
