//! Suites: YAML to rules, with every mistake in one go.
//!
//! The folder reads from the outside in: `yaml` keeps spelling and place, `variables` puts values in, `read` takes the suite,
//! its datasets and columns apart, `rule` one rule, `parameters` the parameters of an expectation by its own schema, and
//! `condition` SQL. It never opens data.

pub mod condition;
mod expand;
pub mod keys;
mod lint;
pub mod manual;
mod parameters;
pub mod pii;
pub mod quarantine;
mod query;
pub mod quote;
mod read;
mod rule;
pub mod schema;
pub mod test;
pub mod variables;
pub mod yaml;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use indexmap::IndexMap;

use crate::dataset;
use crate::diagnostic::{Diagnostic, Place, SourceText};
use crate::expectation::Definition;
use crate::expectation::moment::RelativeDate;
use crate::ir::time::Zone;
use crate::ir::{Check, Limit, Metric, OnEmpty, Predicate, Selector, Severity};
use crate::lang::Lang;
use crate::outcome::{Location, Text};
use crate::repair::Repairs;
use pii::{Pii, Privacy};
use quarantine::Quarantine;
pub use read::{Request, parse_as_of, read};
use test::Test;

/// A suite, read and understood.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file it was read from.
    pub source: Arc<SourceText>,
    /// The files that it includes, in the order they were read.
    pub included: Vec<Arc<SourceText>>,
    /// Its id.
    pub id: String,
    /// What people read about it, and who to ask.
    pub about: About,
    /// Values of its variables, as they may be shown; those from the environment are left out.
    pub vars: IndexMap<String, String>,
    /// Values of the environment that stand in it somewhere.
    pub secrets: BTreeSet<String>,
    /// The one "now" of a run of it.
    pub as_of: AsOf,
    /// The zone of naive timestamps and of days.
    pub timezone: Zone,
    /// The severity from which a failed rule fails the gate, if it says so.
    pub fail_on: Option<Severity>,
    /// What it says of personal data in all columns.
    pub privacy: Privacy,
    /// After how many runs in a row that do not pass its breaker trips, if it says so.
    pub breaker: Option<u64>,
    /// Its datasets, in file order.
    pub datasets: Vec<SuiteDataset>,
    /// Its rules, in file order, built-in ones after those of their dataset.
    pub rules: Vec<Rule>,
    /// What its rules must come to on tables of its own.
    pub tests: Vec<Test>,
    /// What is legal and worth a remark.
    pub notes: Vec<Diagnostic>,
    /// The last days of mutes, with the remark to be made once they have passed.
    pub mutes: Vec<(NaiveDate, Diagnostic)>,
}

/// The one "now" of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// An instant, in microseconds since 1970 UTC: given on the command line, fixed by the suite, or the clock's.
    At(i64),
    /// The end of the newest value of a column: of a date the first moment of the day after it, of a timestamp itself.
    Newest {
        /// The dataset.
        dataset: String,
        /// The column, of dates or timestamps.
        column: String,
    },
}

impl AsOf {
    /// The instant, where it is known before data is read.
    #[must_use]
    pub const fn known(&self) -> Option<i64> {
        match self {
            Self::At(instant) => Some(*instant),
            Self::Newest { .. } => None,
        }
    }
}

/// What people read about a suite, dataset or rule, and what they do about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// A name for people.
    pub title: Option<String>,
    /// A description, in one or both languages.
    pub description: Option<Text>,
    /// Who to ask.
    pub owner: Option<String>,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// What a violation costs.
    pub impact: Option<Cost>,
    /// Free data.
    pub meta: Option<serde_json::Value>,
}

/// What one violation costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// For each row.
    pub per_row: Option<BigDecimal>,
    /// A column that holds the cost of its row.
    pub column: Option<String>,
    /// The currency.
    pub currency: Option<String>,
}

/// A dataset of a suite.
#[derive(Clone, Debug)]
pub struct SuiteDataset {
    /// Where and how it is read.
    pub data: dataset::Dataset,
    /// The dataset whose rows it takes, if it has no source of its own.
    pub from: Option<From>,
    /// The rows it means.
    pub condition: Predicate,
    /// The same as written.
    pub where_text: Option<String>,
    /// Columns that may be absent.
    pub optional: Vec<String>,
    /// What a missing source comes to.
    pub if_missing: IfMissing,
    /// What people read about it.
    pub about: About,
    /// What people read about its columns, by name.
    pub described: Vec<(String, Text)>,
    /// What may be done to rows that break rules, where they are quarantined.
    pub repairs: Repairs,
    /// Where that is said, of columns by name and of the dataset.
    pub repair_places: Vec<(Option<String>, Place)>,
    /// Where its rows are written to, told apart, if the suite says anything of it.
    pub quarantine: Option<Quarantine>,
    /// What its columns say of personal data, by name.
    pub pii: Vec<(String, Pii)>,
    /// Why it is not read, if it is switched off.
    pub skip: Option<String>,
    /// Where its name stands.
    pub place: Place,
}

/// Where a dataset takes its rows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The dataset it names.
    pub dataset: String,
    /// The one at the end of the chain, which is read.
    pub root: String,
}

/// What a missing source comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfMissing {
    /// Every rule is an error.
    #[default]
    Error,
    /// Every rule fails.
    Fail,
    /// Every rule is skipped.
    Skip,
}

/// One use of an expectation.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, unique in the suite.
    pub id: String,
    /// The kind of expectation.
    pub expectation: &'static str,
    /// The dataset.
    pub dataset: String,
    /// The columns it tests.
    pub columns: Vec<String>,
    /// Its parameters, as written.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// The keys that every expectation takes, as written.
    pub common: serde_json::Map<String, serde_json::Value>,
    /// Its own `where`, as written.
    pub where_text: Option<String>,
    /// Its severity, or the worst of its levels.
    pub severity: Severity,
    /// What is measured.
    pub metric: Metric,
    /// The columns by which its rows are grouped, each group judged by itself.
    pub group_by: Vec<String>,
    /// What the number must stay within, mildest level first.
    pub limits: Vec<(Severity, Limit)>,
    /// The same, as written.
    pub thresholds: Vec<(Severity, String)>,
    /// What it expects, in words.
    pub sentence: Text,
    /// What was expected, in words, for a number.
    pub expected: Option<Text>,
    /// The dates relative to the run that it names, as its words say them.
    pub dates: Vec<RelativeDate>,
    /// What people read about it; tags are joined with those of dataset and suite.
    pub about: About,
    /// The dimension of quality.
    pub dimension: &'static str,
    /// What it comes to when no row is evaluated.
    pub on_empty: OnEmpty,
    /// How many violating rows to keep.
    pub samples: Option<usize>,
    /// Until when it does not gate, and why.
    pub mute: Option<Mute>,
    /// Why it is not evaluated, if so.
    pub skip: Option<String>,
    /// Where it stands.
    pub location: Location,
    /// The same as a stretch of its file.
    pub place: Place,
    /// Whether it hangs on variables, so that it may mean something else in another run.
    pub varies: bool,
    /// Whether it is one that Tamiz adds, and which.
    pub builtin: Option<Builtin>,
    /// The columns it stands for, if it is a rule for each column that a pattern fits; the pattern is its column.
    pub selected: Option<Selected>,
}

/// The columns that a rule stands for.
#[derive(Clone, Debug)]
pub struct Selected {
    /// Which columns.
    pub selector: Selector,
    /// The rules for the declared ones.
    pub declared: Vec<Rule>,
    /// The id written beside it, which the column is put after.
    pub id: Option<String>,
}

/// Until when a rule is evaluated and reported without gating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// The last day of it.
    pub until: NaiveDate,
    /// Why.
    pub reason: String,
}

/// A rule that nobody wrote. It appears in a report only when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// A declared column is there.
    ColumnExists,
    /// The dataset has rows.
    NotEmpty,
    /// Every record could be taken apart.
    WellFormed,
}

impl Suite {
    /// The checks of the rules that are to be evaluated.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        self.rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.skip.is_none())
            .map(|(index, rule)| rule.check(index))
            .collect()
    }

    /// The SHA-256 of what it says, in hexadecimal.
    ///
    /// It is that of the file; with included files, that of one line for each file in the order they were read, holding
    /// its own SHA-256: `sha256sum suite.yaml a.yaml b.yaml | cut -c-64 | sha256sum`.
    #[must_use]
    pub fn sha256(&self) -> String {
        use sha2::{Digest, Sha256};
        let digest = |text: &str| {
            Sha256::digest(text.as_bytes()).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
        };
        if self.included.is_empty() {
            return digest(&self.source.text);
        }
        let files = std::iter::once(&self.source).chain(&self.included);
        digest(&files.map(|file| digest(&file.text) + "\n").collect::<String>())
    }

    /// What is legal and worth a remark at some instant, in microseconds since 1970 UTC, for mutes end: what was seen while
    /// reading, and what its rules say of each other. In the order of its files, and of the places in each.
    #[must_use]
    pub fn remarks(&self, now: i64) -> Vec<Diagnostic> {
        let today = self.timezone.day(now);
        let ended = self.mutes.iter().filter(|(until, _)| *until < today).map(|(_, remark)| remark);
        // Where a suite speaks of its quarantine, be it to switch it off, its author knows.
        let unwritten = self.unwritten_repairs(&|dataset| dataset.quarantine.is_some());
        let mut remarks: Vec<Diagnostic> =
            self.notes.iter().chain(ended).cloned().chain(lint::findings(self)).chain(unwritten).collect();
        let files: Vec<&SourceText> = std::iter::once(&self.source).chain(&self.included).map(Arc::as_ref).collect();
        let file = |remark: &Diagnostic| files.iter().position(|file| file.path == remark.source.path);
        remarks.sort_by_key(|remark| (file(remark), remark.span.start, remark.code));
        remarks
    }

    /// Remarks on repairs of datasets whose rows are not written anywhere, told apart: they have no effect.
    #[must_use]
    pub fn unwritten_repairs(&self, is_written: &dyn Fn(&SuiteDataset) -> bool) -> Vec<Diagnostic> {
        lint::unwritten(self, is_written)
    }

    /// The dataset of a name.
    #[must_use]
    pub fn dataset(&self, name: &str) -> Option<&SuiteDataset> {
        self.datasets.iter().find(|dataset| dataset.data.name == name)
    }

    /// The dataset that is read for the rows of one.
    #[must_use]
    pub fn root<'n>(&'n self, name: &'n str) -> &'n str {
        self.dataset(name).map_or(name, SuiteDataset::root)
    }
}

impl SuiteDataset {
    /// The dataset that is read for its rows: itself, unless it takes those of another.
    #[must_use]
    pub fn root(&self) -> &str {
        self.from.as_ref().map_or(&self.data.name, |from| &from.root)
    }
}

impl Mute {
    /// Whether it holds at an instant, in microseconds since 1970 UTC; its last day ends in the zone of the suite.
    #[must_use]
    pub fn holds(&self, now: i64, zone: Zone) -> bool {
        zone.day(now) <= self.until
    }
}

impl Rule {
    /// The rule as a run has it: what it expects names the days that its relative dates come to.
    #[must_use]
    pub fn at(&self, as_of: i64, zone: Zone) -> Cow<'_, Self> {
        if self.dates.is_empty() {
            return Cow::Borrowed(self);
        }
        let said = |text: &str, lang: Lang| {
            // The longest words first, for some are the end of others.
            let mut dates: Vec<(String, &RelativeDate)> =
                self.dates.iter().map(|date| (date.words(lang), date)).collect();
            dates.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
            dates.iter().fold(text.to_owned(), |text, (words, RelativeDate(moment))| {
                match moment.value(as_of, zone, moment.kind) {
                    Some(value) => text.replace(words, &value.to_string()),
                    None => text,
                }
            })
        };
        // What rows must be is said by the sentence; what a value must be, by its bounds.
        let of_rows = self.limits.iter().all(|(_, limit)| !matches!(limit, Limit::Within(_)));
        let expected = self.expected.as_ref().or_else(|| of_rows.then_some(&self.sentence));
        let expected = expected.map(|expected| Text::of(|lang| said(expected.get(lang), lang)));
        let thresholds = self.thresholds.iter().map(|(severity, limit)| (*severity, said(limit, Lang::En))).collect();
        Cow::Owned(Self { thresholds, expected, ..self.clone() })
    }

    /// The check of it, were it in this place of the suite.
    #[must_use]
    pub fn check(&self, rule: usize) -> Check {
        Check {
            rule,
            by: self.group_by.clone(),
            metric: self.metric.clone(),
            limits: self.limits.clone(),
            on_empty: self.on_empty,
        }
    }

    /// The definition of its expectation.
    #[must_use]
    pub fn definition(&self) -> Option<&'static Definition> {
        crate::expectation::find(self.expectation)
    }
}
