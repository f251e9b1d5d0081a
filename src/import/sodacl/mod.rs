//! Soda: `SodaCL` checks of v3 and contracts of v4 as suites.
//!
//! `scan` takes a file of checks and `contract` a contract; both make the same things of the same checks:
//!
//! | file | answers for |
//! |---|---|
//! | `section` | the sections of a file of checks |
//! | `check`, `threshold` | the mini-language: metrics, thresholds, alert zones |
//! | `options` | the keys under a check that all checks share |
//! | `clause` | thresholds of contracts |
//! | `levels` | thresholds as `allow`, `levels`, bounds |
//! | `validity`, `sentinel` | what is missing and valid |
//! | `metric`, `aggregate`, `distribution`, `custom`, `freshness`, `schema`, `relation`, `group` | a kind of check each |
//! | `sql`, `variables`, `types` | SQL, variables and types of theirs as ours |
//! | `book` | the suite in the making |
//!
//! Soda rounds percents of v3 to two decimals before it compares them; suites compare exactly.

mod aggregate;
mod book;
mod change;
mod check;
mod clause;
mod contract;
mod custom;
mod distribution;
mod freshness;
mod group;
mod levels;
mod metric;
mod options;
mod relation;
mod scan;
mod schema;
mod section;
mod sentinel;
mod sql;
mod threshold;
mod types;
mod validity;
mod variables;

use crate::diagnostic::Diagnostic;
use crate::import::{Drafted, Request, document};
use crate::suite::quote;

/// Makes a draft of a document.
///
/// # Errors
/// A document that is no YAML, or neither checks nor a contract of Soda.
pub(super) fn import(request: &Request<'_>) -> Result<Drafted, Vec<Diagnostic>> {
    let root = document::yaml(&request.source)?;
    let stem = request.source.path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let name = quote::dataset_name(&stem, &[]);
    let entries = root.entries().unwrap_or_default();
    let book = book::Book::new(request, &name);
    let book = if contract::is_contract(entries) {
        contract::import(book, entries)
    } else if section::is_sodacl(entries) {
        scan::import(book, entries)
    } else {
        let message = "this is neither a file of SodaCL checks nor a Soda contract".to_owned();
        let help = "a file of checks has `checks for DATASET:`; a contract has `dataset:` and `columns:`".to_owned();
        return Err(vec![document::mistake(&request.source, root.span.start..root.span.start, message, Some(help))]);
    };
    book.done()
}

/// The suite of a document, for the tests of this room.
#[cfg(test)]
fn suite_of(text: &str) -> String {
    let source = crate::diagnostic::SourceText { path: "checks.yml".into(), text: text.to_owned() };
    let request = Request {
        tool: crate::import::Tool::Sodacl,
        source: std::sync::Arc::new(source),
        name: None,
        sources: &[],
        columns: &|_| None,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    crate::import::import(&request).unwrap().text
}
