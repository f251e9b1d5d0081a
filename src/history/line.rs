//! One line of a history file: a run, or a rule of a run.
//!
//! Fields are added and never taken away or given another meaning: a line that an older version wrote reads with what it has,
//! and one of a newer version reads without what is not known here.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diff::{definition, measure, schema};
use crate::outcome::{Ci, Counts, Dataset, Outcome, Report, RunStatus, Status, Text};

/// One line of a history file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// A run.
    Run(Box<RunLine>),
    /// A rule of a run.
    Rule(Box<RuleLine>),
}

/// A run as history keeps it. It closes the lines of its rules, which stand before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunLine {
    /// The id of the run.
    pub id: String,
    /// The folder under `runs`.
    pub folder: String,
    /// The suite.
    pub suite: String,
    /// The title of the suite.
    pub title: Option<String>,
    /// When it began.
    pub started_at: String,
    /// How long it took.
    pub duration_ms: u64,
    /// What it came to.
    pub status: RunStatus,
    /// The exit code.
    pub exit_code: u8,
    /// One sentence.
    pub reason: Text,
    /// The totals.
    pub counts: Counts,
    /// How many rules failed below the gate.
    #[serde(default)]
    pub warnings: u64,
    /// The one "now" of the run.
    #[serde(default)]
    pub as_of: Option<String>,
    /// The SHA-256 of the suite file.
    #[serde(default)]
    pub suite_sha256: Option<String>,
    /// The version of the program.
    #[serde(default)]
    pub tamiz_version: Option<String>,
    /// The id shared by the suites of one command.
    #[serde(default)]
    pub invocation: Option<String>,
    /// Whether only some of the rules were asked for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub selected: bool,
    /// The service of continuous integration, if it was a job of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The address of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Labels given on the command line.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub labels: IndexMap<String, String>,
    /// The datasets.
    #[serde(default)]
    pub datasets: Vec<DatasetLine>,
    /// How many bytes the lines of its rules take before it, so that a reader can pass over them.
    #[serde(default)]
    pub rules_bytes: u64,
}

/// A dataset of a run as history keeps it. Its columns are in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatasetLine {
    /// Its name in the suite.
    pub name: String,
    /// The worst status of its rules.
    pub status: Status,
    /// Rows read; none if it could not be read.
    pub rows: Option<u64>,
    /// Bytes of its files.
    pub bytes: Option<u64>,
    /// How many columns it has.
    pub columns: u64,
    /// The fingerprint of its columns, see [`crate::diff::schema`]; none if it could not be read.
    pub schema: Option<String>,
}

/// A rule of a run as history keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleLine {
    /// The id of the run.
    pub run: String,
    /// When the run began.
    pub started_at: String,
    /// The id of the rule.
    pub id: String,
    /// What became of it.
    pub status: Status,
    /// The level at which it failed.
    pub level: Option<String>,
    /// Whether it was muted.
    #[serde(default)]
    pub muted: bool,
    /// Whether it made the gate fail.
    #[serde(default, skip_serializing_if = "is_false")]
    pub gating: bool,
    /// Rows evaluated.
    pub evaluated: Option<u64>,
    /// Rows that break it.
    pub violations: Option<u64>,
    /// How many of them a baseline knows; none if no baseline covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<u64>,
    /// The number found.
    pub observed: Option<serde_json::Value>,
    /// The kind of expectation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<String>,
    /// The dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Rows in scope without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<u64>,
    /// The fingerprint of what it means, see [`crate::diff::definition`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// The fingerprint of what it measures, of a rule that names that in a parameter, see [`crate::diff::measure`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
}

impl RunLine {
    /// The line of a run; how many bytes its rules take is not known yet.
    #[must_use]
    pub fn of(report: &Report, folder: String) -> Self {
        let (run, verdict) = (&report.run, &report.verdict);
        let Ci { provider, commit, branch, url } = run.ci.clone().unwrap_or_default();
        Self {
            id: run.id.clone(),
            folder,
            suite: run.suite.clone(),
            title: run.title.clone(),
            started_at: run.started_at.clone(),
            duration_ms: run.duration_ms,
            status: verdict.status,
            exit_code: verdict.exit_code,
            reason: verdict.reason.clone(),
            counts: report.counts.clone(),
            warnings: verdict.warnings,
            as_of: Some(run.as_of.clone()),
            suite_sha256: Some(run.suite_sha256.clone()),
            tamiz_version: Some(run.tamiz_version.clone()),
            invocation: Some(run.invocation.clone()),
            selected: run.selection.is_some(),
            ci: run.ci.is_some().then_some(provider),
            commit,
            branch,
            url,
            labels: run.labels.clone(),
            datasets: report.datasets.iter().map(DatasetLine::of).collect(),
            rules_bytes: 0,
        }
    }

    /// What runs are ordered by: when they began, and their ids where that is the same.
    #[must_use]
    pub fn order(&self) -> (&str, &str) {
        (&self.started_at, &self.id)
    }
}

impl DatasetLine {
    fn of(dataset: &Dataset) -> Self {
        Self {
            name: dataset.name.clone(),
            status: dataset.status,
            rows: dataset.rows,
            bytes: dataset.bytes,
            columns: dataset.columns.iter().filter(|column| !column.computed).count() as u64,
            schema: schema(&dataset.columns),
        }
    }
}

impl RuleLine {
    /// The line of a rule.
    #[must_use]
    pub fn of(report: &Report, outcome: &Outcome) -> Self {
        Self {
            run: report.run.id.clone(),
            started_at: report.run.started_at.clone(),
            id: outcome.id.clone(),
            status: outcome.status,
            level: outcome.level.clone(),
            muted: outcome.muted.is_some(),
            gating: outcome.gating,
            evaluated: outcome.evaluated,
            violations: outcome.violations,
            known: outcome.known(),
            observed: outcome.observed.clone(),
            expectation: Some(outcome.expectation.clone()),
            dataset: Some(outcome.dataset.clone()),
            severity: Some(outcome.severity.clone()),
            missing: outcome.missing.filter(|missing| *missing > 0),
            definition: Some(definition(outcome)),
            measure: outcome
                .params
                .get("of")
                .map(|of| measure(&outcome.dataset, &outcome.columns, of, outcome.condition.as_deref())),
        }
    }

    /// The number a trend is drawn of: what was found, or how many rows break it; none if neither is a number.
    ///
    /// A number written as text, because it is beyond 2^53 or a decimal, counts as the nearest that a `f64` holds.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let observed = match &self.observed {
            Some(serde_json::Value::Number(number)) => number.as_f64(),
            Some(serde_json::Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        #[expect(clippy::cast_precision_loss, reason = "a point of a chart")]
        let violations = || self.violations.map(|count| count as f64);
        observed.filter(|number: &f64| number.is_finite()).or_else(violations)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_first_version_still_reads() {
        let run = r#"{"line":"run","id":"a","folder":"f","suite":"s","title":null,"started_at":"2026-01-01T00:00:00Z",
            "duration_ms":1,"status":"passed","exit_code":0,"reason":{"en":"","es":""},"counts":{"rules":0,"passed":0,
            "failed":0,"error":0,"skipped":0,"gating":0,"by_level":{"info":0,"warning":0,"error":0,"critical":0},
            "rows_read":0,"bytes_read":0,"datasets":0}}"#;
        let Line::Run(run) = serde_json::from_str(run).unwrap() else { panic!("it is a run") };
        assert_eq!((run.labels.len(), run.datasets.len(), run.commit, run.rules_bytes), (0, 0, None, 0));
        let rule = r#"{"line":"rule","run":"a","started_at":"t","id":"x","status":"failed","level":"error",
            "evaluated":9,"violations":2,"observed":null,"of_the_future":[1]}"#;
        let Line::Rule(rule) = serde_json::from_str(rule).unwrap() else { panic!("it is a rule") };
        assert_eq!((rule.value(), rule.definition), (Some(2.0), None));
    }

    #[test]
    fn a_trend_is_drawn_of_what_was_found() {
        let line = |observed: serde_json::Value| RuleLine {
            run: String::new(),
            started_at: String::new(),
            id: String::new(),
            status: Status::Passed,
            level: None,
            muted: false,
            gating: false,
            evaluated: None,
            violations: Some(3),
            known: None,
            observed: Some(observed),
            expectation: None,
            dataset: None,
            severity: None,
            missing: None,
            definition: None,
            measure: None,
        };
        assert_eq!(line(1.5.into()).value(), Some(1.5));
        assert_eq!(line("12345678901234567.5".into()).value(), Some(12_345_678_901_234_568.0));
        assert_eq!(line("NaN".into()).value(), Some(3.0));
        assert_eq!(line("2026-01-01".into()).value(), Some(3.0));
    }
}
