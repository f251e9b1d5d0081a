//! Rule books of other tools as suites: what `tamiz import` writes.
//!
//! The line is one importer a tool (`gx`, `dbt`, `sodacl`, `odcs`: a document to a [`Draft`]), then `write`, the same for
//! all (a draft to the text of a suite a person would have written). Nothing is dropped: every rule of the document becomes
//! an [`Entry`] that says what became of it, and what is approximated or unsupported also stands in the suite as a comment
//! with its reason. It reads no data; what the columns of a source are may be told to it.

mod dbt;
mod document;
mod draft;
mod gx;
mod id;
mod odcs;
mod sodacl;
mod sound;
mod write;

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceText};
use crate::ir::Type;
pub use draft::{Column, Dataset, Draft, Rule, Value};

/// A tool whose rule books can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Great Expectations: suites, validation results and checkpoints, 0.x and 1.x.
    Gx,
    /// dbt: `schema.yml` and `manifest.json`, with dbt-utils and dbt-expectations.
    Dbt,
    /// Soda: `SodaCL` checks of v3 and contracts of v4.
    Sodacl,
    /// The Open Data Contract Standard, 3.0 and 3.1.
    Odcs,
}

impl Tool {
    /// Returns the name of the tool, as in prose.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gx => "Great Expectations",
            Self::Dbt => "dbt",
            Self::Sodacl => "Soda",
            Self::Odcs => "ODCS",
        }
    }
}

/// The columns of a source, with the types that are stored or found in the values.
pub type Columns = Vec<(String, Option<Type>)>;

/// What is to be imported.
#[derive(Clone)]
pub struct Request<'a> {
    /// The tool that wrote the document.
    pub tool: Tool,
    /// The document.
    pub source: Arc<SourceText>,
    /// The id of the suite; from the document if unsaid.
    pub name: Option<&'a str>,
    /// Where datasets are read from, as it will stand in the suite, in the order given.
    pub sources: &'a [(String, String)],
    /// What the columns of a given source are, where it could be looked at.
    pub columns: &'a dyn Fn(&str) -> Option<Columns>,
    /// Reads a file that the document names.
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
}

/// A suite, and what became of each rule of the document.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The text of the suite.
    pub text: String,
    /// The id of the suite.
    pub name: String,
    /// What became of each rule, in the order of the document.
    pub entries: Vec<Entry>,
}

/// What became of one rule of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The rule, in the words of its tool: `expect_column_values_to_not_be_null(customer_id)`.
    pub rule: String,
    /// The line of the document it stands at, from 1, where that is known.
    pub line: Option<u64>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It means the same.
    Mapped,
    /// It means nearly the same; the reason says what differs.
    Approximated(String),
    /// It stands in the suite as a comment, with the reason.
    Unsupported(String),
}

impl Imported {
    /// How many rules are mapped, approximated and unsupported.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        let of = |test: fn(&Fate) -> bool| self.entries.iter().filter(|entry| test(&entry.fate)).count();
        [
            of(|fate| matches!(fate, Fate::Mapped)),
            of(|fate| matches!(fate, Fate::Approximated(_))),
            of(|fate| matches!(fate, Fate::Unsupported(_))),
        ]
    }
}

/// Makes a suite of a document.
///
/// # Errors
/// A document that is not of its tool, or not readable at all.
pub fn import(request: &Request<'_>) -> Result<Imported, Vec<Diagnostic>> {
    let (mut draft, entries) = match request.tool {
        Tool::Gx => gx::import(request),
        Tool::Dbt => dbt::import(request),
        Tool::Sodacl => sodacl::import(request),
        Tool::Odcs => odcs::import(request),
    }?;
    id::settle(&mut draft);
    Ok(Imported { text: write::write(&draft), name: draft.name, entries })
}

/// A draft, and what became of each rule of the document.
type Drafted = (Draft, Vec<Entry>);
