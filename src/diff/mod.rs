//! What differs between two runs: verdicts, rules, rows, columns and nulls.
//!
//! A pure comparison of two records, an earlier and a later one. [`of`] compares; `rule` says what became of each rule,
//! `dataset` what of the data, and `fingerprint` tells in a short text whether a rule or a schema is still the same. It
//! finds no record, words nothing and judges nothing: renderers say it, and history keeps the fingerprints.

mod dataset;
mod fingerprint;
mod rule;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::outcome::{Counts, Report, RunStatus, Text};

pub use dataset::{ColumnChange, DatasetChange, DatasetSide, NullChange, columns};
pub use fingerprint::{definition, measure, schema};
pub use rule::{Part, RuleChange, RuleSide, Transition};

/// What differs between an earlier and a later run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    /// The earlier run.
    pub before: Side,
    /// The later run.
    pub after: Side,
    /// Whether both ran the same suite file, byte for byte.
    pub same_suite_file: bool,
    /// How many rules there are of each kind; kinds with none are left out.
    pub transitions: BTreeMap<Transition, u64>,
    /// Every rule of either run: in the order of the later suite, then those that only the earlier has.
    pub rules: Vec<RuleChange>,
    /// Every dataset of either run, in the same order.
    pub datasets: Vec<DatasetChange>,
}

/// One of the two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The id of the run.
    pub id: String,
    /// The suite.
    pub suite: String,
    /// The title of the suite.
    pub title: Option<String>,
    /// When it began.
    pub started_at: String,
    /// How long it took.
    pub duration_ms: u64,
    /// The one "now" of the run.
    pub as_of: String,
    /// The timezone of the suite.
    pub timezone: String,
    /// What it came to.
    pub status: RunStatus,
    /// The exit code.
    pub exit_code: u8,
    /// One sentence.
    pub reason: Text,
    /// The totals.
    pub counts: Counts,
    /// The commit, if it was a job of a continuous-integration service.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The version of the program.
    pub tamiz_version: String,
    /// Whether only some of the rules were asked for.
    pub selected: bool,
}

/// Compares two runs, which ought to be of the same suite.
///
/// A rule is the same in both if its id is. Rules of a run that asked for a selection are not told as removed from it.
#[must_use]
pub fn of(before: &Report, after: &Report) -> Diff {
    let rules = rule::changes(before, after);
    let mut transitions = BTreeMap::new();
    for change in &rules {
        *transitions.entry(change.transition).or_default() += 1;
    }
    Diff {
        before: Side::of(before),
        after: Side::of(after),
        same_suite_file: before.run.suite_sha256 == after.run.suite_sha256,
        transitions,
        rules,
        datasets: dataset::changes(before, after),
    }
}

impl Diff {
    /// The rules of which something is so, in their order.
    pub fn rules(&self, transition: Transition) -> impl Iterator<Item = &RuleChange> {
        self.rules.iter().filter(move |change| change.transition == transition)
    }

    /// How many rules there are of a kind.
    #[must_use]
    pub fn count(&self, transition: Transition) -> u64 {
        self.transitions.get(&transition).copied().unwrap_or(0)
    }

    /// Whether the two runs found the same: the time they took and when they ran does not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.status == self.after.status
            && self.rules.iter().all(RuleChange::is_empty)
            && self.datasets.iter().all(DatasetChange::is_empty)
    }
}

impl Side {
    fn of(report: &Report) -> Self {
        let (run, verdict) = (&report.run, &report.verdict);
        let ci = |text: fn(&crate::outcome::Ci) -> Option<&String>| run.ci.as_ref().and_then(text).cloned();
        Self {
            id: run.id.clone(),
            suite: run.suite.clone(),
            title: run.title.clone(),
            started_at: run.started_at.clone(),
            duration_ms: run.duration_ms,
            as_of: run.as_of.clone(),
            timezone: run.timezone.clone(),
            status: verdict.status,
            exit_code: verdict.exit_code,
            reason: verdict.reason.clone(),
            counts: report.counts.clone(),
            commit: ci(|ci| ci.commit.as_ref()),
            branch: ci(|ci| ci.branch.as_ref()),
            tamiz_version: run.tamiz_version.clone(),
            selected: run.selection.is_some(),
        }
    }
}

#[cfg(test)]
mod tests;
