//! What a run found: the types of `report.json`.
//!
//! These types are a promise: they are serialised, described by `schemas/report.schema.json` and versioned by
//! [`VERSION`]. They hold no logic beyond looking things up; `judge` fills them and renderers only print them.
//!
//! Names are `snake_case`, times RFC 3339 in UTC, shares 0 to 1. An integer beyond 2^53, a decimal, NaN and the infinities
//! are JSON strings, so that no reader rounds them.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// The version of the record; a breaking change raises it.
pub const VERSION: u32 = 1;

/// The record of one run of one suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of this format.
    pub report: u32,
    /// What was run, where and when.
    pub run: Run,
    /// What it came to.
    pub verdict: Verdict,
    /// How much of what.
    pub counts: Counts,
    /// The data, in suite order.
    pub datasets: Vec<Dataset>,
    /// The rules, in suite order.
    pub results: Vec<Outcome>,
    /// The circuit breaker of the suite after this run; none if the suite wants none and nobody tripped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Breaker>,
}

/// The circuit breaker of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// Whether it is tripped, so that the data are not to be loaded.
    pub tripped: bool,
    /// How many runs in a row did not pass.
    pub failures: u64,
    /// After how many it trips, if the suite says so.
    pub after: Option<u64>,
    /// Since when it is tripped.
    pub since: Option<String>,
    /// Whether only somebody can close it again.
    pub held: bool,
    /// Why it is tripped.
    pub reason: Option<Text>,
    /// All of it in a sentence, with how to close it.
    pub sentence: Text,
}

/// What was run, where and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// A UUID of version 7.
    pub id: String,
    /// The id of the suite.
    pub suite: String,
    /// The title of the suite.
    pub title: Option<String>,
    /// What the suite says of itself.
    pub description: Option<String>,
    /// The owner of the suite.
    pub owner: Option<String>,
    /// Where to read what to do when it fails.
    pub runbook: Option<String>,
    /// The tags of the suite.
    pub tags: Vec<String>,
    /// The path of the suite file, as given.
    pub suite_file: String,
    /// The SHA-256 of the suite file, in hexadecimal.
    pub suite_sha256: String,
    /// When evaluation began.
    pub started_at: String,
    /// When the last rule was judged.
    pub finished_at: String,
    /// The time between the two.
    pub duration_ms: u64,
    /// The one "now" of the run; where the data that it is read from hold none, `unknown` and why.
    pub as_of: String,
    /// The timezone of the suite.
    pub timezone: String,
    /// The version of the program.
    pub tamiz_version: String,
    /// The name of the machine.
    pub host: Option<String>,
    /// The continuous-integration job, if it was one.
    pub ci: Option<Ci>,
    /// The variables and their values; none that came from the environment.
    pub vars: IndexMap<String, String>,
    /// The id shared by the suites of one command.
    pub invocation: String,
    /// Labels given on the command line.
    pub labels: IndexMap<String, String>,
    /// The command line.
    pub command: Vec<String>,
    /// The selection of rules, if not all were asked for.
    pub selection: Option<Selection>,
}

/// Which rules were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Rules that match one of these are taken.
    pub select: Vec<String>,
    /// Rules that match one of these are left out.
    pub exclude: Vec<String>,
}

/// A job of a continuous-integration service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ci {
    /// The service.
    pub provider: String,
    /// The commit.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The address of the job.
    pub url: Option<String>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The state of the gate.
    pub status: RunStatus,
    /// The exit code this run alone gives.
    pub exit_code: u8,
    /// Whether the same command may succeed later without anybody changing anything here.
    pub retryable: bool,
    /// How many rules failed below the gate.
    pub warnings: u64,
    /// One sentence.
    pub reason: Text,
    /// The severity from which a failed rule fails the gate.
    pub fail_on: String,
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// The gate holds.
    Passed,
    /// At least one rule failed at or above the gate.
    Failed,
    /// Something could not be evaluated, and nothing failed.
    Error,
    /// The run was stopped.
    Aborted,
}

/// Totals of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All rules.
    pub rules: u64,
    /// Rules that hold.
    pub passed: u64,
    /// Rules that do not.
    pub failed: u64,
    /// Rules that could not be evaluated.
    pub error: u64,
    /// Rules not evaluated, for a stated reason.
    pub skipped: u64,
    /// Rules that made the gate fail.
    pub gating: u64,
    /// Rules that failed while muted; they never gate.
    #[serde(default)]
    pub muted: u64,
    /// Violations that are there and that a baseline knows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub known: u64,
    /// Failed rules by level.
    pub by_level: ByLevel,
    /// Rows read, every dataset once.
    pub rows_read: u64,
    /// Bytes of the files read.
    pub bytes_read: u64,
    /// Datasets.
    pub datasets: u64,
}

/// Failed rules by level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByLevel {
    /// At level info.
    pub info: u64,
    /// At level warning.
    pub warning: u64,
    /// At level error.
    pub error: u64,
    /// At level critical.
    pub critical: u64,
}

/// One dataset as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Its name in the suite.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// What the suite says of it.
    pub description: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Where it was read from, as in the suite.
    pub source: String,
    /// The dataset whose rows it takes.
    pub from: Option<String>,
    /// The format.
    pub format: Option<String>,
    /// The worst status of its rules.
    pub status: Status,
    /// Its files, in the order read.
    pub files: Vec<File>,
    /// Rows read, before any `where`; none if it could not be read.
    pub rows: Option<u64>,
    /// Rows the dataset means: those its `where` keeps.
    pub rows_in_scope: Option<u64>,
    /// Rows with at least one cell not of its declared type.
    pub rows_unparsed: Option<u64>,
    /// Records that could not be taken apart into fields.
    pub rows_malformed: Option<u64>,
    /// Its columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Bytes of its files.
    pub bytes: Option<u64>,
    /// The newest modification of its files.
    pub modified_at: Option<String>,
    /// A digest of paths, sizes and modification times, to tell whether it changed.
    pub fingerprint: Option<String>,
    /// What became of its rows, if they were to be told apart and written.
    #[serde(default)]
    pub quarantine: Option<Quarantine>,
}

/// The rows of a dataset told apart and written: those that may go on, and those that break rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// What became of it.
    pub status: QuarantineStatus,
    /// Why nothing was written, if so.
    pub error: Option<Fault>,
    /// The folder that the files lie in.
    pub folder: Option<String>,
    /// The format of the files.
    pub format: Option<String>,
    /// The files, in the order valid, invalid, others.
    pub files: Vec<QuarantineFile>,
    /// The least severity whose failed rules make a row invalid.
    pub severity: String,
    /// Whether rows that a rule tolerates are invalid too.
    pub tolerated: bool,
    /// Rows that break no such rule.
    pub valid: Option<u64>,
    /// Rows that break one, and records that could not be taken apart.
    pub invalid: Option<u64>,
    /// Rows that the dataset does not mean by its `where`; they are written nowhere. With the other two they are the rows read.
    pub excluded: Option<u64>,
    /// Rows among the valid ones that declared repairs cured.
    #[serde(default)]
    pub repaired: u64,
    /// What the repairs of those rows changed, by column and repair.
    #[serde(default)]
    pub repairs: Vec<RepairCount>,
    /// The rules that made rows invalid, with how many; a row may break several.
    pub rules: Vec<QuarantineRule>,
    /// Failed rules that no row can be held to account for, or that were not to make one invalid.
    pub not_attributable: Vec<NotAttributable>,
    /// The columns whose values are masked in the invalid rows.
    pub masked: Vec<String>,
}

/// What became of a quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineStatus {
    /// The files are there, whole.
    Written,
    /// Nobody knows which rows are valid, so nothing was written.
    Refused,
    /// The files could not be written; nothing stands under their names.
    Failed,
}

/// A file of a quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuarantineFile {
    /// Its name in the folder.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// A rule that made rows invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuarantineRule {
    /// The id of the rule.
    pub rule: String,
    /// The level at which it failed, or its severity where its rows are tolerated.
    pub severity: String,
    /// How many rows break it.
    pub rows: u64,
}

/// A repair that changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairCount {
    /// The column; none of the rows that a `dedupe` kept.
    pub column: Option<String>,
    /// The repair.
    pub repair: String,
    /// What it does.
    pub sentence: Text,
    /// How many cells it changed, or rows it kept.
    pub count: u64,
}

/// A failed rule that makes no row invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotAttributable {
    /// The id of the rule.
    pub rule: String,
    /// Why not.
    pub reason: Text,
}

/// One file of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its path.
    pub path: String,
    /// Rows read from it.
    pub rows: Option<u64>,
    /// Its size.
    pub bytes: u64,
    /// When it was last modified.
    pub modified_at: Option<String>,
    /// How it is written, if it is separated text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
}

/// How a file of separated text is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The encoding of its text, in small letters.
    pub encoding: Setting<String>,
    /// Whether it starts with a byte-order mark.
    pub byte_order_mark: bool,
    /// The character between fields.
    pub delimiter: Setting<String>,
    /// The character around fields that hold separators, if there is one.
    pub quote: Setting<Option<String>>,
    /// Whether its first record names the columns.
    pub header: Setting<bool>,
    /// How its first record ends: `LF`, `CRLF` or `CR`; none if no line ends.
    pub line_ends: Option<String>,
    /// What stands before the decimals of numbers.
    pub decimal: Setting<String>,
    /// What may stand between thousands, if the suite says so.
    pub thousands: Option<String>,
}

/// Something that is so of a file, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting<T> {
    /// What is so.
    pub value: T,
    /// How that is known.
    pub by: KnownBy,
}

/// How something is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// The suite says it.
    Declared,
    /// It was found in the file.
    Detected,
    /// It is so where nothing is said, and nothing in the file speaks for another.
    Assumed,
}

/// One column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type; none if no rule needed it and the file does not say.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether the type was found in the values rather than declared or stored.
    pub inferred: bool,
    /// Whether it is computed from other columns.
    #[serde(default)]
    pub computed: bool,
    /// How many values are null, where that is known without another read.
    pub nulls: Option<u64>,
    /// How its values are shown, if not as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<Masked>,
}

/// How the values of a column are shown, and why they are masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Masked {
    /// How much is shown: `drop`, `redact`, `partial`, `hash` or `shape`.
    pub mask: String,
    /// Why: the suite says so (`declared`), its `name`, a `value` of it, it is `computed` from a masked column, or the run
    /// shows no value (`no_samples`).
    pub why: String,
    /// What the values are, if that is known: `email`, `phone`, `name`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether its digests are those of other runs too.
    #[serde(default)]
    pub joinable: bool,
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The id of the rule.
    pub id: String,
    /// The kind of expectation.
    pub expectation: String,
    /// The dataset.
    pub dataset: String,
    /// The columns it tests.
    pub columns: Vec<String>,
    /// Its parameters, as written.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// The rows it is about, in SQL.
    #[serde(rename = "where")]
    pub condition: Option<String>,
    /// What its number must stay within, by level.
    pub threshold: Vec<Threshold>,
    /// The severity of the rule, or its worst level.
    pub severity: String,
    /// The level at which it failed.
    pub level: Option<String>,
    /// What became of it.
    pub status: Status,
    /// Whether it made the gate fail.
    pub gating: bool,
    /// Until when it does not gate, and why; none if it is not muted, or no longer.
    pub muted: Option<Muted>,
    /// What it expects.
    pub sentence: Text,
    /// What was found.
    pub message: Text,
    /// What the suite says of it.
    pub description: Option<Text>,
    /// The dimension of quality.
    pub dimension: String,
    /// Rows, values or keys evaluated.
    pub evaluated: Option<u64>,
    /// Rows in scope left out for having no value.
    pub missing: Option<u64>,
    /// Rows in scope left out for not being of the declared type.
    pub unparsed: Option<u64>,
    /// Rows that break the rule; none for aggregates and table rules.
    pub violations: Option<u64>,
    /// How many of them a baseline knows; none if no baseline has the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The share of the evaluated that break the rule.
    pub violation_share: Option<f64>,
    /// The number found.
    pub observed: Option<serde_json::Value>,
    /// What was expected, in words of the suite.
    pub expected: Option<String>,
    /// More that belongs to this kind of expectation.
    pub details: Option<serde_json::Value>,
    /// How many groups were judged, where the rule judges groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_evaluated: Option<u64>,
    /// How many of them fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_failed: Option<u64>,
    /// The worst groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// The first violating rows, by file and row.
    pub samples: Vec<Sample>,
    /// The file beside the page that holds more of them, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceFile>,
    /// The most frequent violating values.
    pub top_values: Vec<TopValue>,
    /// The deepest step any part of the answer needed.
    pub decided_by: Option<DecidedBy>,
    /// The engine that answered.
    pub engine: Option<String>,
    /// What a database was asked for the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
    /// Where the suite says it.
    pub location: Location,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// Why it could not be evaluated.
    pub error: Option<Fault>,
    /// Who to ask.
    pub owner: Option<String>,
    /// What to do.
    pub runbook: Option<String>,
    /// What a failure costs.
    pub impact: Option<Impact>,
    /// Its tags and those of its dataset and suite.
    pub tags: Vec<String>,
    /// Free data carried from the suite.
    pub meta: Option<serde_json::Value>,
}

/// The violations of a rule held to those that a baseline knows: only the new ones count against its thresholds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Violations that are known and still there.
    pub known: u64,
    /// Violations that are not known.
    pub new: u64,
    /// Known violations that are no longer there.
    pub gone: u64,
    /// Why the baseline does not cover the rule any longer, if so; all violations count then, and the numbers are 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused: Option<Text>,
}

impl Outcome {
    /// How many of its violations a baseline knows; none if no baseline covers the rule.
    #[must_use]
    pub fn known(&self) -> Option<u64> {
        self.baseline.as_ref().filter(|told| told.unused.is_none()).map(|told| told.known)
    }

    /// Whether it passes with violations that count for nothing because a baseline knows them.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.status == Status::Passed && self.known().is_some_and(|known| known > 0)
    }
}

/// A file of rows that break a rule, as CSV.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFile {
    /// Its path in the folder of the run.
    pub path: String,
    /// How many rows it holds: the first ones, by file and row.
    pub rows: u64,
}

/// Until when a rule does not gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Muted {
    /// The last day of it.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// What one group of rows came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The values of the columns that make the group.
    pub values: IndexMap<String, serde_json::Value>,
    /// Whether it holds.
    pub status: Status,
    /// The level at which it failed.
    pub level: Option<String>,
    /// Rows evaluated.
    pub evaluated: Option<u64>,
    /// Rows that break the rule; none for aggregates.
    pub violations: Option<u64>,
    /// The number found.
    pub observed: Option<serde_json::Value>,
    /// What was found.
    pub message: Text,
    /// More that belongs to this kind of expectation.
    pub details: Option<serde_json::Value>,
}

/// What a number must stay within at one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The level reached when it is exceeded.
    pub level: String,
    /// The limit, as in the suite: a count, a share such as `1%`, or an interval.
    pub limit: String,
}

/// What became of a rule or a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was not evaluated, for a stated reason.
    Skipped,
    /// It holds.
    Passed,
    /// It could not be evaluated.
    Error,
    /// It does not hold.
    Failed,
}

/// The step that gave an answer, shallowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// Names, types, files.
    Facts,
    /// The metadata of a file.
    Footer,
    /// The dictionary pages of a file.
    Dictionary,
    /// What an earlier run kept.
    State,
    /// The key columns alone.
    Keys,
    /// A read of the rows.
    Scan,
    /// A database.
    Engine,
}

/// What a database was asked, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The engine: postgres, …
    pub engine: String,
    /// The statement; where it was asked together with others, the part that this number came of.
    pub sql: String,
    /// How long it took, in milliseconds, with those that were asked together with it.
    pub ms: u64,
    /// What the engine calls it, if it has a name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A sentence in the languages of reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Spanish.
    pub es: String,
}

/// One violating row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The file it stands in.
    pub file: Option<String>,
    /// The physical line where the record starts, from 1, header counted; text formats only.
    pub line: Option<u64>,
    /// The place of the row within its file, from 0.
    pub row_index: Option<u64>,
    /// The columns of the dataset's `key`.
    pub key: IndexMap<String, serde_json::Value>,
    /// The tested columns; for a cell that did not parse, its text.
    pub values: IndexMap<String, serde_json::Value>,
    /// The dataset it stands in, where that is another one than the rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The row that it does not go with, where one is to blame as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Counterpart>,
    /// What is wrong with the value, where the values alone do not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The row that a violating one does not go with: that before it, one it overlaps, or that of another dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counterpart {
    /// The dataset it stands in, where that is another one than the rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The file it stands in.
    pub file: Option<String>,
    /// The physical line where the record starts, from 1.
    pub line: Option<u64>,
    /// The place of the row within its file, from 0.
    pub row_index: Option<u64>,
    /// The tested columns.
    pub values: IndexMap<String, serde_json::Value>,
}

/// A violating value and how often it occurs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopValue {
    /// The tested columns.
    pub values: IndexMap<String, serde_json::Value>,
    /// How many violating rows have it.
    pub count: u64,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The path, as given.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1, in characters.
    pub column: u64,
}

/// Why something could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A stable word: `source_missing`, `column_missing`, `type_mismatch`, …
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// The id of the rule or dataset that is the cause.
    pub caused_by: Option<String>,
}

impl Fault {
    /// What its code means, in both languages; none for a code of another version.
    ///
    /// The message says more, in the words of whoever met the fault, which are English.
    #[must_use]
    pub fn sentence(&self) -> Option<Text> {
        let (en, es) = match self.code.as_str() {
            "aborted" => ("The run was stopped before this was read.", "La ejecución se detuvo antes de leer esto."),
            "as_of_unknown" => (
                "The data do not tell the \"now\" that the suite takes from them.",
                "Los datos no dicen el «ahora» que la suite toma de ellos.",
            ),
            "column_missing" => ("A column is not in the data.", "Falta una columna en los datos."),
            "engine_failed" => ("The engine could not work it out.", "El motor no pudo calcularlo."),
            "history_unreadable" => ("Earlier runs cannot be read.", "No se pueden leer las ejecuciones anteriores."),
            "internal" => ("This is a bug in tamiz.", "Es un error de tamiz."),
            "memory" => ("The memory it may take was not enough.", "La memoria permitida no bastó."),
            "no_period" => ("There is no period to look at.", "No hay ningún periodo que mirar."),
            "not_computable" => ("It cannot be worked out from these data.", "No se puede calcular con estos datos."),
            "not_settled" => ("Nothing could be settled from these data.", "Con estos datos no se pudo fijar nada."),
            "quarantine_unwritable" => ("The rows could not be written.", "No se pudieron escribir las filas."),
            "repair" => ("The rows could not be repaired.", "No se pudieron reparar las filas."),
            "reserved_column" => (
                "A column has a name that is needed for something else.",
                "Una columna tiene un nombre reservado para otra cosa.",
            ),
            "rule_unknown" => ("A rule of rows is in error.", "Una regla de filas dio error."),
            "run_missing" => ("An earlier run is not there.", "Falta una ejecución anterior."),
            "source_changed" => ("The data changed while they were read.", "Los datos cambiaron mientras se leían."),
            "source_missing" => ("The data are not there.", "Los datos no están."),
            "source_unreadable" => ("The data cannot be read.", "Los datos no se pueden leer."),
            "temporary_file" => ("A temporary file could not be used.", "No se pudo usar un archivo temporal."),
            "timeout" => ("The time was spent before this was read.", "El tiempo se agotó antes de leer esto."),
            "type_mismatch" => ("A column has another type.", "Una columna es de otro tipo."),
            _ => return None,
        };
        Some(Text { en: en.to_owned(), es: es.to_owned() })
    }
}

/// What a failure costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// Rows that break the rule.
    pub rows: u64,
    /// The estimated loss, as an exact number.
    pub loss: Option<String>,
    /// The currency of the loss.
    pub currency: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Text {
    /// The sentence in a language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Es => &self.es,
        }
    }

    /// Builds both languages with one function.
    pub fn of(say: impl Fn(Lang) -> String) -> Self {
        Self { en: say(Lang::En), es: say(Lang::Es) }
    }
}
