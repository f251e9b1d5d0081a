//! Gauges in the text format of Prometheus, version 0.0.4: for the textfile collector of `node_exporter` and the Pushgateway.
//!
//! A run is a batch job, so everything is a gauge of the newest run, without timestamps: the collector refuses them. Labels say
//! suite, dataset, rule, severity and status, and never a run, a file or a value of data, so that how many series there are
//! depends on suites alone. A number that is not known has no sample. A value of a masked column is text in the record, and
//! so no sample either.
//!
//! A rule that fails counts at the level it fails at, and as `muted` if it is muted, so that an alert on `status="fail"` says
//! what the suite says. All statuses that a severity of a dataset may have are there, with 0, so that series do not come and go.

use std::collections::BTreeSet;

use chrono::DateTime;
use sha2::{Digest, Sha256};

use crate::outcome::{Column, Dataset, Outcome, Report, RunStatus, Status};
use crate::report::escape::log;
use crate::report::reading::nulls;
use crate::report::value::{cut, line};

/// What the media type of the format is.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A run, and what only its history knows.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The run.
    pub report: &'a Report,
    /// When the newest run of the whole suite began that passed the gate, this one included, in RFC 3339; none if none is
    /// known.
    pub last_passed: Option<&'a str>,
}

/// Writes the gauges of runs, each of another suite; `columns` adds one for each column.
#[must_use]
pub fn render(runs: &[Told<'_>], columns: bool) -> String {
    let mut gauges: Vec<Gauge> = GAUGES.iter().map(|(name, help)| Gauge { name, help, samples: Vec::new() }).collect();
    for told in runs {
        let mut put = |name: &str, labels: &[(&str, &str)], value: Option<String>| {
            let gauge = gauges.iter_mut().find(|gauge| gauge.name == name);
            if let (Some(gauge), Some(value)) = (gauge, value) {
                gauge.samples.push(format!("{{{}}} {value}\n", labels_of(labels)));
            }
        };
        of_run(told, &mut put);
        for dataset in &told.report.datasets {
            of_dataset(told.report, dataset, columns, &mut put);
        }
        for rule in &told.report.results {
            of_rule(&told.report.run.suite, rule, &mut put);
        }
    }
    gauges.iter().filter(|gauge| !gauge.samples.is_empty()).map(Gauge::text).collect()
}

/// The path of the group that the gauges of a suite are in on a Pushgateway, below the path of the job.
#[must_use]
pub fn group(suite: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !suite.is_empty() && suite.bytes().all(is_plain) && suite.bytes().any(|byte| byte != b'.') {
        format!("suite/{suite}")
    } else {
        use base64::Engine as _;
        format!("suite@base64/{}", base64::prelude::BASE64_URL_SAFE.encode(suite))
    }
}

/// Every gauge, in the order it is written: its name and what it is. The words are those of every file, for the collector
/// refuses a name that is explained in two ways.
pub const GAUGES: &[(&str, &str)] = &[
    ("tamiz_run_info", "The version of the program and the digest of the suite of the last run; always 1."),
    ("tamiz_run_timestamp_seconds", "Unix time at which the last run ended."),
    (
        "tamiz_run_last_success_timestamp_seconds",
        "Unix time at which the last run of the whole suite began that passed the gate.",
    ),
    ("tamiz_run_duration_seconds", "How long the last run took."),
    ("tamiz_run_exit_code", "The exit code of the last run."),
    ("tamiz_run_gating_rules", "Rules that made the gate of the last run fail."),
    ("tamiz_breaker_tripped", "Whether the data circuit breaker of the suite is tripped."),
    ("tamiz_breaker_failed_runs", "Runs of the whole suite that did not pass since the last one that did."),
    ("tamiz_rules", "Rules by severity and status in the last run; one that fails, by the level at which it fails."),
    (
        "tamiz_rule_failing",
        "Whether the rule failed in the last run and is not muted; no sample if it was not evaluated.",
    ),
    ("tamiz_rule_evaluated_rows", "Rows, values or keys that the rule evaluated in the last run."),
    ("tamiz_rule_failed_rows", "Rows that broke the rule in the last run."),
    ("tamiz_rule_pass_ratio", "Share of the evaluated that did not break the rule in the last run."),
    ("tamiz_rule_observed", "The number that the rule found in the last run, of rules about one number."),
    ("tamiz_dataset_rows", "Rows that the last run read."),
    ("tamiz_dataset_bytes", "Bytes of the files that the last run read."),
    ("tamiz_dataset_unparsed_rows", "Rows with a cell that is not of its declared type."),
    ("tamiz_dataset_quarantined_rows", "Rows that the last run put in quarantine."),
    ("tamiz_dataset_freshness_timestamp_seconds", "Unix time of the newest modification of the files."),
    ("tamiz_column_null_ratio", "Share of the rows that have no value in the column."),
];

/// What may become of a rule.
const STATUSES: [&str; 5] = ["pass", "fail", "muted", "error", "skipped"];

/// How long the value of a label may be.
const LONGEST: usize = 200;

const SEVERITIES: [&str; 4] = ["info", "warning", "error", "critical"];

struct Gauge {
    name: &'static str,
    help: &'static str,
    samples: Vec<String>,
}

impl Gauge {
    fn text(&self) -> String {
        let name = self.name;
        let mut text = format!("# HELP {name} {}\n# TYPE {name} gauge\n", self.help);
        self.samples.iter().for_each(|sample| text += &format!("{name}{sample}"));
        text
    }
}

type Put<'a> = dyn FnMut(&str, &[(&str, &str)], Option<String>) + 'a;

fn of_run(told: &Told<'_>, put: &mut Put<'_>) {
    let (run, verdict) = (&told.report.run, &told.report.verdict);
    let suite = &[("suite", run.suite.as_str())];
    let hash = run.suite_sha256.get(..12).unwrap_or(&run.suite_sha256);
    let info = [suite[0], ("version", run.tamiz_version.as_str()), ("suite_hash", hash)];
    put("tamiz_run_info", &info, Some("1".to_owned()));
    put("tamiz_run_timestamp_seconds", suite, seconds(&run.finished_at));
    let passed = (verdict.status == RunStatus::Passed && run.selection.is_none()).then_some(run.started_at.as_str());
    put("tamiz_run_last_success_timestamp_seconds", suite, told.last_passed.or(passed).and_then(seconds));
    put("tamiz_run_duration_seconds", suite, Some(thousandths(run.duration_ms)));
    put("tamiz_run_exit_code", suite, Some(verdict.exit_code.to_string()));
    put("tamiz_run_gating_rules", suite, Some(told.report.counts.gating.to_string()));
    if let Some(breaker) = &told.report.breaker {
        put("tamiz_breaker_tripped", suite, Some(u8::from(breaker.tripped).to_string()));
        put("tamiz_breaker_failed_runs", suite, Some(breaker.failures.to_string()));
    }
}

fn of_dataset(report: &Report, dataset: &Dataset, columns: bool, put: &mut Put<'_>) {
    let labels = &[("suite", report.run.suite.as_str()), ("dataset", dataset.name.as_str())];
    let rules: Vec<&Outcome> = report.results.iter().filter(|rule| rule.dataset == dataset.name).collect();
    let may_be: BTreeSet<&str> = rules.iter().flat_map(|rule| levels(rule)).collect();
    for severity in SEVERITIES.into_iter().filter(|severity| may_be.contains(severity)) {
        for status in STATUSES {
            let count = rules.iter().filter(|rule| counted_as(rule) == (severity, status)).count();
            let labels = [labels[0], labels[1], ("severity", severity), ("status", status)];
            put("tamiz_rules", &labels, Some(count.to_string()));
        }
    }
    let count = |number: Option<u64>| number.map(|number| number.to_string());
    put("tamiz_dataset_rows", labels, count(dataset.rows));
    put("tamiz_dataset_bytes", labels, count(dataset.bytes));
    put("tamiz_dataset_unparsed_rows", labels, count(dataset.rows_unparsed));
    let quarantined = dataset.quarantine.as_ref().and_then(|quarantine| quarantine.invalid);
    put("tamiz_dataset_quarantined_rows", labels, count(quarantined));
    put("tamiz_dataset_freshness_timestamp_seconds", labels, dataset.modified_at.as_deref().and_then(seconds));
    let share = |column: &Column| Some(share(nulls(report, dataset, column)?, dataset.rows.filter(|rows| *rows > 0)?));
    for column in dataset.columns.iter().filter(|_| columns) {
        put("tamiz_column_null_ratio", &[labels[0], labels[1], ("column", &column.name)], share(column));
    }
}

fn of_rule(suite: &str, rule: &Outcome, put: &mut Put<'_>) {
    let labels =
        &[("suite", suite), ("dataset", &*rule.dataset), ("rule", &*rule.id), ("severity", rule.severity.as_str())];
    let failing = match rule.status {
        Status::Passed => Some("0"),
        Status::Failed if rule.muted.is_some() => Some("0"),
        Status::Failed => Some("1"),
        Status::Error | Status::Skipped => None,
    };
    put("tamiz_rule_failing", labels, failing.map(str::to_owned));
    put("tamiz_rule_evaluated_rows", labels, rule.evaluated.map(|rows| rows.to_string()));
    put("tamiz_rule_failed_rows", labels, rule.violations.map(|rows| rows.to_string()));
    let passed = rule.violations.zip(rule.evaluated.filter(|rows| *rows > 0));
    let ratio = passed.map(|(violations, evaluated)| share(evaluated.saturating_sub(violations), evaluated));
    put("tamiz_rule_pass_ratio", labels, ratio);
    let observed = rule.observed.as_ref().filter(|_| rule.violations.is_none()).and_then(number);
    put("tamiz_rule_observed", labels, observed);
}

/// The severity and the status that a rule counts as.
fn counted_as(rule: &Outcome) -> (&str, &'static str) {
    let status = match rule.status {
        Status::Passed => "pass",
        Status::Failed if rule.muted.is_some() => "muted",
        Status::Failed => "fail",
        Status::Error => "error",
        Status::Skipped => "skipped",
    };
    let level = rule.level.as_deref().filter(|_| rule.status == Status::Failed);
    (level.unwrap_or(&rule.severity), status)
}

/// The levels at which a rule may fail.
fn levels(rule: &Outcome) -> impl Iterator<Item = &str> {
    let limits = rule.threshold.iter().map(|threshold| threshold.level.as_str());
    limits.chain([rule.severity.as_str()]).chain(rule.level.as_deref())
}

/// Labels as they stand between braces.
fn labels_of(labels: &[(&str, &str)]) -> String {
    let label = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escape(value));
    labels.iter().map(label).collect::<Vec<_>>().join(",")
}

/// A value of a label, harmless wherever it is shown. What is too long ends in a digest, so that two names stay two.
fn escape(value: &str) -> String {
    let harmless = log::lines(line(value).into_owned());
    let short = cut(&harmless, LONGEST);
    let short = if short == harmless { short } else { format!("{short}{}", digest(value)) };
    short.replace('\\', "\\\\").replace('"', "\\\"")
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The seconds since 1970 of a moment in RFC 3339.
fn seconds(moment: &str) -> Option<String> {
    let micros = DateTime::parse_from_rfc3339(moment).ok()?.timestamp_micros();
    let part = format!("{}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    Some(part.trim_end_matches('0').trim_end_matches('.').to_owned())
}

fn thousandths(count: u64) -> String {
    let text = format!("{}.{:03}", count / 1000, count % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "a share is rounded anyway")]
fn share(part: u64, whole: u64) -> String {
    let share = part as f64 / whole as f64;
    share.to_string()
}

/// A number of the record, which may be text so that nobody rounds it; NaN and the infinities are numbers here.
fn number(value: &serde_json::Value) -> Option<String> {
    let number: f64 = match value {
        serde_json::Value::Number(number) => number.as_f64()?,
        serde_json::Value::String(text) => match text.as_str() {
            "NaN" => f64::NAN,
            "inf" | "Infinity" => f64::INFINITY,
            "-inf" | "-Infinity" => f64::NEG_INFINITY,
            text if text.starts_with(|first: char| first.is_ascii_digit() || first == '-') => text.parse().ok()?,
            _ => return None,
        },
        _ => return None,
    };
    Some(match number {
        number if number.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        number => number.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::sample;

    fn told(report: &Report) -> String {
        render(&[Told { report, last_passed: Some("2026-11-20T10:00:00.25Z") }], true)
    }

    #[test]
    fn names_are_explained_once_and_samples_of_a_name_stand_together() {
        let (one, mut other) = (sample::report(), sample::report());
        other.run.suite = "other".to_owned();
        let runs = [&one, &other].map(|report| Told { report, last_passed: None });
        let text = render(&runs, true);
        let mut seen: Vec<&str> = Vec::new();
        for line in text.lines() {
            let name = line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ");
            let name = name.split(['{', ' ']).next().unwrap();
            if line.starts_with("# HELP ") {
                assert!(!seen.contains(&name), "{name} twice");
                seen.push(name);
            }
            assert_eq!(seen.last(), Some(&name), "{line}");
        }
        assert!(seen.len() > 12, "{seen:?}");
    }

    #[test]
    fn every_rule_counts_once() {
        let report = sample::report();
        let text = told(&report);
        let counts = text.lines().filter(|line| line.starts_with("tamiz_rules{"));
        let sum: u64 = counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
        assert_eq!(sum, report.counts.rules);
    }

    #[test]
    fn a_muted_failure_is_no_failure() {
        let mut report = sample::report();
        let failed = |report: &Report| {
            let text = told(report);
            let of = |line: &&str| line.contains("status=\"fail\"") || line.starts_with("tamiz_rule_failing");
            text.lines().filter(of).filter(|line| !line.ends_with(" 0")).count()
        };
        assert!(failed(&report) > 0);
        let muted = crate::outcome::Muted { until: "2026-12-31".to_owned(), reason: "known".to_owned() };
        report.results.iter_mut().for_each(|rule| rule.muted = Some(muted.clone()));
        assert_eq!(failed(&report), 0);
    }

    #[test]
    fn what_a_label_holds_stays_in_it() {
        for hostile in sample::hostile() {
            let report = sample::all_text_is(&format!("{hostile}\\\"}} 1\n# x"));
            for line in told(&report).lines() {
                let is_sample = line.starts_with("tamiz_") && line.contains('{') && line.contains("} ");
                assert!(is_sample || line.starts_with("# "), "{line}");
            }
        }
        assert_eq!(escape("a\\b\"c ñ{}"), "a\\\\b\\\"c ñ{}");
        assert!(!escape("a\nb\u{1b}[2J ##vso[x]").contains(['\n', '\u{1b}']));
        let long = |end: &str| escape(&("x".repeat(500) + end));
        assert!(long("a") != long("b") && long("a").chars().count() < 220);
    }

    #[test]
    fn numbers_are_those_of_the_format() {
        assert_eq!(seconds("2026-11-21T10:15:04.512Z").as_deref(), Some("1795256104.512"));
        assert_eq!((seconds("1970-01-01T00:00:00Z").as_deref(), seconds("soon")), (Some("0"), None));
        let observed =
            [json!(1.5), json!("12345678901234567.25"), json!("NaN"), json!("-inf"), json!("***"), json!("in")];
        let told: Vec<Option<String>> = observed.iter().map(number).collect();
        let wanted = [Some("1.5"), Some("12345678901234568"), Some("NaN"), Some("-Inf"), None, None];
        assert_eq!(told, wanted.map(|number| number.map(str::to_owned)));
        assert_eq!((thousandths(1284), thousandths(2000)), ("1.284".to_owned(), "2".to_owned()));
    }

    #[test]
    fn a_group_of_the_pushgateway_is_one_part_of_a_path() {
        assert_eq!(group("ventas.2026"), "suite/ventas.2026");
        assert_eq!(group("a/b"), "suite@base64/YS9i");
        assert_eq!(group(".."), "suite@base64/Li4=");
    }
}
