//! Decoding a block: from bytes to the columns that were asked for.

use super::column::Cells;
use super::fields::Fields;
use super::split::Block;
use crate::engine::source::bytes::as_text;
use crate::engine::source::column::{self, Column, Records};
use crate::engine::source::{Findings, Parsed};
use crate::ir::value::Reading;

/// What to decode of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Numbers of fields, from 0, and how each is read; a field may be asked for more than once.
    pub columns: Vec<(usize, Reading)>,
}

impl Block {
    /// Decodes the columns asked for; a field the file does not have is null in every row.
    #[must_use]
    pub fn parse(&self, request: &Request) -> Parsed {
        let mut batches = Vec::new();
        let findings = self.cells(|cells| {
            let fields = cells.fields;
            let columns: Vec<Column> =
                request.columns.iter().map(|(field, reading)| column::read(cells, *field, reading)).collect();
            let records = Records {
                file: self.file,
                first_row: self.first_row,
                rows: fields.rows,
                malformed: fields.malformed.clone().build(fields.rows),
                lines: &fields.lines,
            };
            batches = column::batches(&records, &columns);
        });
        Parsed { batches, findings }
    }

    /// Takes the block apart, lends its cells, and gives what is wrong with its records.
    pub(in crate::engine::source) fn cells(&self, lend: impl FnOnce(&Cells<'_>)) -> Findings {
        let (text, mut broken) = as_text(&self.bytes);
        if memchr::memchr(0, &self.bytes).is_some() {
            broken.extend(memchr::memchr_iter(0, &self.bytes));
            broken.sort_unstable();
        }
        let fields = Fields::find(self, &broken);
        lend(&Cells { text: &text, bytes: &self.bytes, fields: &fields, dialect: &self.dialect });
        fields.findings
    }
}
