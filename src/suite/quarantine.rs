//! What a suite says of the rows that break its rules: where they go, and which.

use std::path::PathBuf;

use crate::dataset::Kind;
use crate::ir::Severity;

/// The formats in which rows can be written.
pub const FORMATS: [Kind; 3] = [Kind::Parquet, Kind::Csv, Kind::Ndjson];

/// Where the rows of a dataset are written to, those that break rules apart from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// The folder, relative to the current one; none if only the command line names one.
    pub to: Option<PathBuf>,
    /// How rows are written; like the source if unsaid.
    pub format: Option<Kind>,
    /// The least severity whose failed rules make a row invalid.
    pub severity: Severity,
    /// Whether the rows that a rule tolerates are invalid too.
    pub tolerated: bool,
    /// Whether invalid rows show what is masked elsewhere.
    pub keeps_pii: bool,
    /// Whether rows are written.
    pub enabled: bool,
}

impl Default for Quarantine {
    fn default() -> Self {
        Self { to: None, format: None, severity: Severity::Error, tolerated: false, keeps_pii: false, enabled: true }
    }
}
