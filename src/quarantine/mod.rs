//! Good and bad rows to files, counted so that they add up.
//!
//! For each dataset a folder `DIR/<dataset>/run_id=<run>/` with three files:
//!
//! * `valid`: the rows that break no quarantining rule, with the columns of the source and nothing else, in its order, so that
//!   it can be loaded as it is. CSV from CSV holds the text of every field as it stands in the source, NDJSON from JSON the
//!   records themselves; Parquet from Parquet, Arrow or Avro the stored types; Parquet from text the declared or found types,
//!   and as text a column that holds a cell which does not read and that no rule makes invalid.
//! * `invalid`: the others, with `_tamiz_row`, `_tamiz_source`, `_tamiz_line`, `_tamiz_failures`, `_tamiz_run_id` and, from text,
//!   `_tamiz_raw` with a record that could not be taken apart. Nothing is lost: Parquet from text holds text, that from JSON
//!   each value as JSON.
//! * `changes.ndjson`, where repairs are declared: what they changed in valid rows, before and after.
//! * `manifest.json`: counts, rules, digests, and what it takes to check the invalid rows again (`replay`).
//!
//! A record that cannot be taken apart is always invalid, for it cannot be loaded, be it tolerated or not. Valid, invalid and excluded
//! rows are the rows read; anything else is a bug, and nothing is published. `sheet` says what a row holds, `csv`, `ndjson`
//! and `parquet` write it, `folder` makes the files appear whole or not at all. It judges nothing: `run` says which rules.

pub mod cell;
mod changes;
mod csv;
mod folder;
mod manifest;
mod ndjson;
mod parquet;
pub mod replay;
mod sheet;

use std::path::{Path, PathBuf};

use crate::dataset::Kind;
use crate::engine::local::{Local, Sieve, Sifted};
use crate::ir::encoding::Encoding;
use crate::lang::Lang;
use crate::outcome::{Fault, QuarantineFile, RepairCount};
use crate::repair::Repairs;
use changes::{Changes, Log};
use folder::Folder;
pub use manifest::{Facts, Manifest, Source};
use sheet::Sheet;

/// The code of the fault of what could not be written.
pub const UNWRITABLE: &str = "quarantine_unwritable";

/// How the columns begin that are not of the data.
pub const RESERVED: &str = "_tamiz_";

/// What may be shown of values in invalid rows.
pub trait Masking: Sync {
    /// Whether the values of a column, or of a field inside one by its path, are masked.
    fn masks(&self, column: &str) -> bool;

    /// A value as it may be shown; none if nothing of it may.
    fn show(&self, column: &str, value: &serde_json::Value) -> Option<serde_json::Value>;

    /// Whether a value gives somebody away by how it looks, whatever its column is called.
    fn gives_away(&self, column: &str, value: &serde_json::Value) -> bool;
}

/// A dataset whose rows are to be written, told apart.
pub struct Order<'a> {
    /// What they are told apart by.
    pub sieve: Sieve<'a>,
    /// The rules of the sieve, in its order.
    pub rules: Vec<Named>,
    /// The rule that records break which cannot be taken apart.
    pub malformed: Named,
    /// The folder that all quarantines go to.
    pub to: &'a Path,
    /// How they are written; like the source if unsaid.
    pub format: Option<Kind>,
    /// The character around fields of delimited text.
    pub quote: u8,
    /// The encoding that the suite declares for delimited text; UTF-8 where it is found anew in each file.
    pub encoding: Encoding,
    /// Whether the first line of a source of delimited text names its columns.
    pub header: bool,
    /// The language of messages.
    pub lang: Lang,
    /// What may be shown in invalid rows; everything if unsaid.
    pub masks: Option<&'a dyn Masking>,
    /// What is declared of repairs, if anything.
    pub repairs: Option<&'a Repairs>,
    /// How many rows there were when the rules were measured.
    pub rows: u64,
    /// The run.
    pub run: &'a Facts,
}

/// A rule as a failure names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub rule: String,
    /// The level at which it failed, or its severity.
    pub severity: String,
    /// The columns it tests.
    pub columns: Vec<String>,
    /// What it expects.
    pub message: String,
    /// How many rows it was found to be broken by, where that is a number of rows.
    pub rows: Option<u64>,
    /// Whether it is broken by the cells of its column that do not read.
    pub is_type: bool,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// The format.
    pub format: String,
    /// The files: valid, invalid, others.
    pub files: Vec<QuarantineFile>,
    /// How many rows are what.
    pub counts: Counts,
    /// The columns whose values are masked in the invalid rows.
    pub masked: Vec<String>,
    /// What repairs changed.
    pub repairs: Vec<RepairCount>,
}

/// How many rows are what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that break no rule.
    pub valid: u64,
    /// Rows that break one.
    pub invalid: u64,
    /// Rows that the dataset does not mean.
    pub excluded: u64,
    /// Valid rows that repairs cured.
    pub repaired: u64,
    /// Records that could not be taken apart.
    pub malformed: u64,
    /// For each rule, the rows that break it.
    pub by_rule: Vec<u64>,
}

/// Where the quarantine of a dataset of a run lies.
#[must_use]
pub fn path_of(to: &Path, dataset: &str, run: &str) -> PathBuf {
    to.join(dataset).join(format!("run_id={run}"))
}

/// Whether the quarantine of a dataset could be written.
///
/// # Errors
/// What stands in the way.
pub fn free(to: &Path, dataset: &str, run: &str) -> Result<(), Fault> {
    folder::free(&path_of(to, dataset, run))
}

/// Writes the rows of a dataset, told apart.
///
/// # Errors
/// A column of a reserved name, a file that cannot be read to its end or written, or data that changed since it was measured;
/// then nothing stands under the final name.
pub fn write(engine: &Local, order: &Order<'_>) -> Result<Written, Fault> {
    let sheet = Sheet::new(engine, order)?;
    let path = path_of(order.to, order.sieve.dataset, &order.run.run_id);
    let folder = Folder::begin(&path)?;
    let format = sheet.format;
    let mut told = Told {
        counts: Counts { by_rule: vec![0; order.rules.len()], ..Counts::default() },
        log: Log::begin(&folder, order)?,
    };
    let mut files = match format {
        Kind::Csv => csv::write(engine, order, &sheet, &folder, &mut told)?,
        Kind::Ndjson => ndjson::write(engine, order, &sheet, &folder, &mut told)?,
        _ => parquet::write(engine, order, &sheet, &folder, &mut told)?,
    };
    let Told { counts, log } = told;
    counts.check(order)?;
    let mut repairs = Vec::new();
    if let Some(log) = log {
        let (file, found) = log.finish(&sheet, order)?;
        files.push(file);
        repairs = found;
    }
    let written = Written {
        folder: path,
        format: format.name().to_owned(),
        masked: sheet.masked(),
        files: files.clone(),
        counts,
        repairs,
    };
    files.push(manifest::write(&folder, order, &sheet, &written)?);
    folder.publish()?;
    Ok(Written { files, ..written })
}

fn internal(error: &dyn std::fmt::Display) -> Fault {
    Fault { code: "internal".to_owned(), message: error.to_string(), caused_by: None }
}

/// What is told of the rows while they are written.
struct Told {
    counts: Counts,
    log: Option<Log>,
}

/// The same of some rows.
struct More {
    counts: Counts,
    changes: Changes,
}

impl More {
    fn of(sheet: &Sheet<'_>, sifted: &Sifted) -> Self {
        Self { counts: Counts::of(sifted, sheet.rules.len()), changes: Changes::of(sheet, sifted) }
    }
}

impl Told {
    fn add(&mut self, more: &More, order: &Order<'_>) -> Result<(), Fault> {
        self.counts.add(&more.counts);
        self.log.as_mut().map_or(Ok(()), |log| log.add(&more.changes, order))
    }
}

impl Counts {
    fn add(&mut self, more: &Self) {
        self.valid += more.valid;
        self.invalid += more.invalid;
        self.excluded += more.excluded;
        self.repaired += more.repaired;
        self.malformed += more.malformed;
        self.by_rule.iter_mut().zip(&more.by_rule).for_each(|(total, more)| *total += more);
    }

    fn of(sifted: &Sifted, rules: usize) -> Self {
        let mut repaired: Vec<usize> = sifted.changes.iter().map(|change| change.row).collect();
        repaired.dedup();
        let mut counts = Self {
            valid: sifted.valid.len() as u64,
            invalid: sifted.invalid.len() as u64,
            excluded: sifted.excluded,
            repaired: repaired.len() as u64,
            malformed: 0,
            by_rule: vec![0; rules],
        };
        for invalid in &sifted.invalid {
            counts.malformed += u64::from(invalid.malformed.is_some());
            invalid.rules.iter().for_each(|rule| counts.by_rule[*rule] += 1);
        }
        counts
    }

    /// Holds what was found to what was measured.
    fn check(&self, order: &Order<'_>) -> Result<(), Fault> {
        let sum = self.valid + self.invalid + self.excluded;
        let changed = |message: String| Err(Fault { code: "source_changed".to_owned(), message, caused_by: None });
        if sum != order.rows {
            return changed(format!(
                "{} valid, {} invalid and {} excluded rows are not the {} rows that were checked: the data changed \
                 meanwhile, so nothing was written",
                self.valid, self.invalid, self.excluded, order.rows
            ));
        }
        // What repairs cure is not counted among the invalid.
        for (rule, found) in order.rules.iter().zip(&self.by_rule).filter(|_| self.repaired == 0) {
            if let Some(measured) = rule.rows.filter(|measured| measured != found) {
                return changed(format!(
                    "{found} rows break `{}`, and {measured} did when it was checked: the data changed meanwhile, so nothing \
                     was written",
                    rule.rule
                ));
            }
        }
        Ok(())
    }
}
