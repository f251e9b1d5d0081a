//! `manifest.json`: what a quarantine holds, and what it takes to check its invalid rows again.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::outcome::{Fault, QuarantineFile, QuarantineRule};
use crate::quarantine::folder::{Folder, cannot_write};
use crate::quarantine::sheet::Sheet;
use crate::quarantine::{Order, Written, internal};

/// The version of manifests.
const VERSION: u32 = 1;

/// What is said of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its id.
    pub run_id: String,
    /// When it began, in UTC.
    pub started_at: String,
    /// The suite.
    pub suite: String,
}

/// What a quarantine holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format.
    pub quarantine: u32,
    /// The run that wrote it.
    pub run_id: String,
    /// When that run began.
    pub started_at: String,
    /// The suite.
    pub suite: String,
    /// The dataset.
    pub dataset: String,
    /// Where its rows came from.
    pub source: Source,
    /// How the files are written.
    pub format: String,
    /// The columns of the source, in its order.
    pub columns: Vec<String>,
    /// The columns whose values are masked in the invalid rows, which can then not be checked again.
    pub masked: Vec<String>,
    /// Rows that break no quarantining rule.
    pub valid: u64,
    /// Rows that break one.
    pub invalid: u64,
    /// Rows that the dataset does not mean.
    pub excluded: u64,
    /// Valid rows that repairs cured.
    pub repaired: u64,
    /// Records among the invalid that could not be taken apart.
    pub malformed: u64,
    /// The rules that made rows invalid.
    pub rules: Vec<QuarantineRule>,
    /// The other files.
    pub files: Vec<QuarantineFile>,
}

/// Where the rows of a quarantine came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The format.
    pub format: String,
    /// The files.
    pub files: Vec<String>,
    /// The character between fields, of delimited text.
    pub delimiter: Option<char>,
    /// The character around fields, of delimited text.
    pub quote: Option<char>,
    /// Whether its first line names the columns, of delimited text.
    pub header: Option<bool>,
}

impl Manifest {
    /// The manifest of a folder; none if it has none.
    ///
    /// # Errors
    /// If it cannot be read, or is of another version.
    pub fn read(folder: &Path) -> Result<Option<Self>, String> {
        let path = folder.join(NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot read `{}`: {error}", path.display())),
        };
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| format!("`{}` is no manifest: {error}", path.display()))?;
        if manifest.quarantine != VERSION {
            return Err(format!("`{}` is of version {}, and {VERSION} is read", path.display(), manifest.quarantine));
        }
        Ok(Some(manifest))
    }
}

/// The name of a manifest.
const NAME: &str = "manifest.json";

/// Writes the manifest of a folder.
pub(super) fn write(
    folder: &Folder,
    order: &Order<'_>,
    sheet: &Sheet<'_>,
    written: &Written,
) -> Result<QuarantineFile, Fault> {
    let is_csv = sheet.original.kind == crate::dataset::Kind::Csv;
    let counts = &written.counts;
    let rules = order.rules.iter().zip(&counts.by_rule);
    let manifest = Manifest {
        quarantine: VERSION,
        run_id: order.run.run_id.clone(),
        started_at: order.run.started_at.clone(),
        suite: order.run.suite.clone(),
        dataset: order.sieve.dataset.to_owned(),
        source: Source {
            format: sheet.original.kind.name().to_owned(),
            files: sheet.original.files.clone(),
            delimiter: sheet.original.delimiter.map(char::from),
            quote: is_csv.then(|| char::from(order.quote)),
            header: is_csv.then_some(order.header),
        },
        format: written.format.clone(),
        columns: sheet.columns.iter().map(|column| column.name.clone()).collect(),
        masked: written.masked.clone(),
        valid: counts.valid,
        invalid: counts.invalid,
        excluded: counts.excluded,
        repaired: counts.repaired,
        malformed: counts.malformed,
        rules: rules
            .map(|(rule, rows)| QuarantineRule {
                rule: rule.rule.clone(),
                severity: rule.severity.clone(),
                rows: *rows,
            })
            .collect(),
        files: written.files.clone(),
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| internal(&error))? + "\n";
    let mut file = folder.file(NAME)?;
    file.write_all(text.as_bytes()).map_err(|error| cannot_write(order.to, &error))?;
    file.finish(0)
}
