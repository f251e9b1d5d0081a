//! To be written: this importer.

use crate::diagnostic::Diagnostic;
use crate::import::{Drafted, Request, document};

/// Makes a draft of a document.
///
/// # Errors
/// A document that is not of its tool.
pub(super) fn import(request: &Request<'_>) -> Result<Drafted, Vec<Diagnostic>> {
    Err(vec![document::mistake(&request.source, 0..0, "this importer is not written yet".to_owned(), None)])
}
