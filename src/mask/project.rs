//! What a project says of masks in all of its suites: `masks` in `tamiz.yaml`.

use globset::{GlobBuilder, GlobMatcher};

use crate::suite::pii::Style;

/// What a project says of masks. Where a suite says otherwise, of a column or of looking for personal data, the project holds.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// How a value is shown where neither its column nor its suite says.
    pub style: Option<Style>,
    /// Whether columns are looked through for personal data; as the suite says if unsaid.
    pub detect: Option<bool>,
    /// Columns that are masked in every dataset; the first that fits counts.
    pub columns: Vec<Column>,
    /// Whether no value of a row is shown at all.
    pub no_samples: bool,
}

/// Columns that are masked in every dataset.
#[derive(Clone, Debug)]
pub struct Column {
    /// Their names; of a field inside a structure its path, such as `user.email`.
    pub glob: GlobMatcher,
    /// How their values are shown; as in other columns if unsaid.
    pub style: Option<Style>,
}

impl Column {
    /// Columns whose names fit a glob, in letters of any case.
    ///
    /// # Errors
    /// A text that is no glob.
    pub fn new(glob: &str, style: Option<Style>) -> Result<Self, globset::Error> {
        let glob = GlobBuilder::new(glob).case_insensitive(true).backslash_escape(true).build()?.compile_matcher();
        Ok(Self { glob, style })
    }
}
