//! Suites in the forms that other tools and people read: one file a format.
//!
//! What a form cannot say is listed and never dropped in silence. Nothing is read but the suite, and nothing is printed.

mod jsonschema;
mod markdown;

use crate::lang::Lang;
use crate::suite::{Suite, SuiteDataset};

/// A form that suites can be written in.
pub struct Format {
    /// What the command line calls it.
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// Writes a suite in it.
    pub write: fn(&Request<'_>) -> Result<Exported, serde_json::Error>,
}

/// Every form, in the order of the manual.
pub static FORMATS: &[Format] = &[
    Format { name: "jsonschema", what: "JSON Schema 2020-12 of the records of each dataset", write: jsonschema::write },
    Format { name: "markdown", what: "a data contract for people", write: markdown::write },
];

/// What is to be written.
pub struct Request<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// The datasets that are meant.
    pub datasets: Vec<&'a SuiteDataset>,
    /// The language of what people read.
    pub lang: Lang,
}

/// A suite in another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The document.
    pub text: String,
    /// What it does not say, or says only in part.
    pub unsaid: Vec<Unsaid>,
}

/// A rule that a form cannot say, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaid {
    /// The dataset.
    pub dataset: String,
    /// The id of the rule, or what else is not said.
    pub rule: String,
    /// Whether a part of it is said.
    pub in_part: bool,
    /// Why not, as a lowercase fragment.
    pub reason: String,
}

/// The form of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
