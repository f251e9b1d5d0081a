//! Runs and their rules as two tables, `runs` and `results`: what SQL is asked of, and what is exported.
//!
//! A moment is a timestamp in microseconds, UTC. What a line of an older version does not say is null.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use arrow::error::ArrowError;
use chrono::DateTime;

use crate::history::past::PastRun;
use crate::history::{RuleLine, RunLine};

/// The table `runs`: a row a run, in the order given.
///
/// # Errors
/// None that can happen: all columns are as long as the runs are many.
pub fn runs(runs: &[PastRun]) -> Result<RecordBatch, ArrowError> {
    let runs: Vec<&RunLine> = runs.iter().map(|run| &run.run).collect();
    let text = |of: &dyn Fn(&RunLine) -> Option<String>| texts(runs.iter().map(|run| of(run)));
    let number = |of: &dyn Fn(&RunLine) -> u64| numbers(runs.iter().map(|run| Some(of(run))));
    let labels = |run: &RunLine| {
        let labels: serde_json::Map<String, serde_json::Value> =
            run.labels.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        serde_json::Value::Object(labels).to_string()
    };
    batch(vec![
        ("id", text(&|run| Some(run.id.clone()))),
        ("suite", text(&|run| Some(run.suite.clone()))),
        ("started_at", moments(runs.iter().map(|run| run.started_at.as_str()))),
        ("status", text(&|run| word(&run.status))),
        ("exit_code", number(&|run| run.exit_code.into())),
        ("duration_ms", number(&|run| run.duration_ms)),
        ("rules", number(&|run| run.counts.rules)),
        ("passed", number(&|run| run.counts.passed)),
        ("failed", number(&|run| run.counts.failed)),
        ("error", number(&|run| run.counts.error)),
        ("skipped", number(&|run| run.counts.skipped)),
        ("gating", number(&|run| run.counts.gating)),
        ("muted", number(&|run| run.counts.muted)),
        ("warnings", number(&|run| run.warnings)),
        ("datasets", number(&|run| run.counts.datasets)),
        ("rows_read", number(&|run| run.counts.rows_read)),
        ("bytes_read", number(&|run| run.counts.bytes_read)),
        ("as_of", text(&|run| run.as_of.clone())),
        ("branch", text(&|run| run.branch.clone())),
        ("commit", text(&|run| run.commit.clone())),
        ("ci", text(&|run| run.ci.clone())),
        ("url", text(&|run| run.url.clone())),
        ("labels", text(&|run| Some(labels(run)))),
        ("selected", Arc::new(BooleanArray::from_iter(runs.iter().map(|run| Some(run.selected))))),
        ("title", text(&|run| run.title.clone())),
        ("reason", text(&|run| Some(run.reason.en.clone()))),
        ("folder", text(&|run| Some(run.folder.clone()))),
        ("invocation", text(&|run| run.invocation.clone())),
        ("suite_sha256", text(&|run| run.suite_sha256.clone())),
        ("tamiz_version", text(&|run| run.tamiz_version.clone())),
    ])
}

/// The table `results`: a row a rule and run, those of a run in suite order.
///
/// `value` is the number that a trend is drawn of, `observed` the same as it was found, in JSON.
///
/// # Errors
/// None that can happen, as of [`runs`].
pub fn results(runs: &[PastRun]) -> Result<RecordBatch, ArrowError> {
    let rules: Vec<(&RunLine, &RuleLine)> =
        runs.iter().flat_map(|run| run.rules.iter().map(|rule| (&run.run, rule))).collect();
    let text = |of: &dyn Fn(&RuleLine) -> Option<String>| texts(rules.iter().map(|(_, rule)| of(rule)));
    let number = |of: &dyn Fn(&RuleLine) -> Option<u64>| numbers(rules.iter().map(|(_, rule)| of(rule)));
    let float = |of: &dyn Fn(&RuleLine) -> Option<f64>| -> ArrayRef {
        Arc::new(Float64Array::from_iter(rules.iter().map(|(_, rule)| of(rule))))
    };
    batch(vec![
        ("run", text(&|rule| Some(rule.run.clone()))),
        ("suite", texts(rules.iter().map(|(run, _)| Some(run.suite.clone())))),
        ("started_at", moments(rules.iter().map(|(run, _)| run.started_at.as_str()))),
        ("rule", text(&|rule| Some(rule.id.clone()))),
        ("status", text(&|rule| word(&rule.status))),
        ("level", text(&|rule| rule.level.clone())),
        ("severity", text(&|rule| rule.severity.clone())),
        ("dataset", text(&|rule| rule.dataset.clone())),
        ("expectation", text(&|rule| rule.expectation.clone())),
        ("muted", Arc::new(BooleanArray::from_iter(rules.iter().map(|(_, rule)| Some(rule.muted))))),
        ("gating", Arc::new(BooleanArray::from_iter(rules.iter().map(|(_, rule)| Some(rule.gating))))),
        ("evaluated", number(&|rule| rule.evaluated)),
        ("missing", number(&|rule| rule.missing.or(rule.evaluated.filter(|_| rule.definition.is_some()).map(|_| 0)))),
        ("violations", number(&|rule| rule.violations)),
        ("violation_share", float(&share)),
        ("value", float(&RuleLine::value)),
        ("observed", text(&|rule| rule.observed.as_ref().filter(|value| !value.is_null()).map(ToString::to_string))),
        ("definition", text(&|rule| rule.definition.clone())),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn share(rule: &RuleLine) -> Option<f64> {
    let evaluated = rule.evaluated.filter(|evaluated| *evaluated > 0)?;
    Some(rule.violations? as f64 / evaluated as f64)
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
}

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter(values))
}

/// Numbers beyond 63 bits are cut there.
fn numbers(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values.map(|value| value.map(|number| i64::try_from(number).unwrap_or(i64::MAX)))))
}

fn moments<'m>(values: impl Iterator<Item = &'m str>) -> ArrayRef {
    let moments = values.map(|text| DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_micros()));
    Arc::new(TimestampMicrosecondArray::from_iter(moments).with_timezone("UTC"))
}

/// The word that a record has for it.
fn word(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}
