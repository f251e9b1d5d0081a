//! Suites in the words of other tools: what `tamiz export` writes.
//!
//! One file a format. What a format cannot say is listed, never dropped without a word. It reads no data.

mod odcs;

use crate::suite::Suite;

/// A format that a suite can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A data contract of the Open Data Contract Standard, 3.1.
    Odcs,
}

/// A suite in another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The text.
    pub text: String,
    /// What the format cannot say, a sentence each.
    pub unsaid: Vec<String>,
}

/// Writes a suite in another format.
///
/// # Errors
/// What the writer of the format refuses.
pub fn export(suite: &Suite, format: Format) -> Result<Exported, String> {
    match format {
        Format::Odcs => odcs::odcs(suite),
    }
}
