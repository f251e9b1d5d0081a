//! Decoding a block: from bytes to the columns that were asked for.

use std::borrow::Cow;

use super::column::{self, Cells, Column};
use super::fields::Fields;
use super::split::Block;
use crate::engine::source::{Batch, Findings};
use crate::ir::value::Reading;

/// What to decode of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Numbers of fields, from 0, and how each is read; a field may be asked for more than once.
    pub columns: Vec<(usize, Reading)>,
}

/// A block decoded.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its rows, in order; at least one batch, and rarely more.
    ///
    /// There are more where a decimal column holds numbers too large and too fine to be written exactly at one scale.
    pub batches: Vec<Batch>,
    /// What is wrong with its records.
    pub findings: Findings,
}

impl Block {
    /// Decodes the columns asked for; a field the file does not have is null in every row.
    #[must_use]
    pub fn parse(&self, request: &Request) -> Parsed {
        let mut batches = Vec::new();
        let findings = self.cells(|cells| {
            let fields = cells.fields;
            let columns: Vec<Column> =
                request.columns.iter().map(|(field, reading)| cells.read(*field, reading)).collect();
            let malformed = fields.malformed.clone().build(fields.rows);
            let mut start = 0;
            for end in column::runs(&columns, fields.rows) {
                let malformed = malformed.as_ref().map(|mask| mask.slice(start, end - start));
                batches.push(Batch {
                    file: self.file,
                    first_row: self.first_row + start as u64,
                    rows: end - start,
                    columns: columns.iter().map(|column| column.array(start, end)).collect(),
                    unparsed: columns.iter().map(|column| column.unparsed(start, end)).collect(),
                    malformed: malformed.filter(arrow::buffer::BooleanBuffer::has_true),
                    lines: Some(fields.lines.slice(start, end)),
                });
                start = end;
            }
        });
        Parsed { batches, findings }
    }

    /// Takes the block apart, lends its cells, and gives what is wrong with its records.
    pub(in crate::engine::source) fn cells(&self, lend: impl FnOnce(&Cells<'_>)) -> Findings {
        let (text, broken) = as_text(&self.bytes);
        let fields = Fields::find(self, &broken);
        lend(&Cells { text: &text, fields: &fields, dialect: &self.dialect });
        fields.findings
    }
}

/// The text of some bytes, and the places of those that are not UTF-8.
///
/// Other bytes stand in for those, so that every place stays the same; their records are malformed and never shown.
fn as_text(bytes: &[u8]) -> (Cow<'_, str>, Vec<usize>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            broken.push(text.len());
            text.push('\u{1a}');
        }
    }
    (Cow::Owned(text), broken)
}
