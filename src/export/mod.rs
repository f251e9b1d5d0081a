//! Suites in the words of other tools and of people: what `tamiz export` writes.
//!
//! One file a format. What a format cannot say is listed, never dropped without a word. It reads no data.

mod jsonschema;
mod markdown;
mod odcs;

use crate::lang::Lang;
use crate::suite::{Suite, SuiteDataset};

/// A format that a suite can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON Schema 2020-12 of the records of each dataset.
    JsonSchema,
    /// A contract for people, in Markdown.
    Markdown,
    /// A data contract of the Open Data Contract Standard, 3.1.
    Odcs,
}

/// What is to be written.
pub struct Request<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// The datasets that are meant; a data contract is of all of them.
    pub datasets: Vec<&'a SuiteDataset>,
    /// The language of what people read.
    pub lang: Lang,
}

/// A suite in another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The text.
    pub text: String,
    /// What the format cannot say, a sentence each.
    pub unsaid: Vec<String>,
}

impl<'a> Request<'a> {
    /// A whole suite, in English.
    #[must_use]
    pub fn of(suite: &'a Suite) -> Self {
        Self { suite, datasets: suite.datasets.iter().collect(), lang: Lang::En }
    }
}

/// Writes a suite in another format.
///
/// # Errors
/// What the writer of the format refuses.
pub fn export(request: &Request<'_>, format: Format) -> Result<Exported, String> {
    match format {
        Format::JsonSchema => jsonschema::jsonschema(request),
        Format::Markdown => Ok(markdown::markdown(request)),
        Format::Odcs => odcs::odcs(request.suite),
    }
}
