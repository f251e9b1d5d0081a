//! Delimited text: RFC 4180 with the delimiter and quote of the source, lines ended by `\n`.
//!
//! Null is an empty field and empty text one in quotes. A header stands over the valid rows if the source has one, and over the
//! invalid rows always. The failures of a row are the text of a JSON list. Valid rows are in the encoding that the suite
//! declares for the source, so that the same suite reads them; invalid rows are in UTF-8.

use std::borrow::Cow;
use std::io::Write as _;

use arrow::error::ArrowError;

use crate::dataset::Kind;
use crate::engine::local::{Local, Sieve, Sifted};
use crate::ir::encoding::Encoding;
use crate::outcome::{Fault, QuarantineFile};
use crate::quarantine::folder::{Folder, cannot_write};
use crate::quarantine::sheet::{Beside, Sheet};
use crate::quarantine::{More, Order, Told, UNWRITABLE, internal};

/// How fields are parted.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub(super) delimiter: char,
    pub(super) quote: char,
}

/// Writes the rows of a dataset.
pub(super) fn write(
    engine: &Local,
    order: &Order<'_>,
    sheet: &Sheet<'_>,
    folder: &Folder,
    told: &mut Told,
) -> Result<Vec<QuarantineFile>, Fault> {
    let delimiter = sheet.original.delimiter.unwrap_or(b',');
    let quote = if sheet.original.kind == Kind::Csv { order.quote } else { b'"' };
    let dialect = Dialect { delimiter: char::from(delimiter), quote: char::from(quote) };
    let names: Vec<&str> = sheet.columns.iter().map(|column| column.name.as_str()).collect();
    let beside: Vec<&str> = sheet.beside_names().collect();
    let (mut valid, mut invalid) = (folder.file("valid.csv")?, folder.file("invalid.csv")?);
    let mut head = String::new();
    if order.header || sheet.original.kind != Kind::Csv {
        dialect.record(names.iter().copied().map(Some), &mut head);
    }
    let failed = |error: &dyn std::fmt::Display| cannot_write(order.to, error);
    let encoding = if sheet.original.kind == Kind::Csv { order.encoding } else { Encoding::UTF_8 };
    let head_bytes = spelled(&head, encoding)?;
    valid.write_all(encoding.mark()).and_then(|()| valid.write_all(&head_bytes)).map_err(|error| failed(&error))?;
    head.clear();
    dialect.record(names.iter().chain(&beside).copied().map(Some), &mut head);
    invalid.write_all(head.as_bytes()).map_err(|error| failed(&error))?;
    engine.sift(
        &Sieve { typed: false, ..order.sieve },
        |sifted| {
            let (valid, invalid) = encode(sheet, dialect, &sifted).map_err(|error| internal(&error))?;
            Ok((spelled(&valid, encoding)?.into_owned(), invalid, More::of(sheet, &sifted)))
        },
        |(good, bad, more)| {
            told.add(&more, order)?;
            let done = valid.write_all(&good).and_then(|()| invalid.write_all(bad.as_bytes()));
            done.map_err(|error| failed(&error))
        },
    )?;
    Ok(vec![valid.finish(told.counts.valid)?, invalid.finish(told.counts.invalid)?])
}

/// Valid rows in the encoding of their source; a character of a repair may not be in it.
fn spelled(text: &str, encoding: Encoding) -> Result<Cow<'_, [u8]>, Fault> {
    encoding.write(text).map_err(|missing| Fault {
        code: UNWRITABLE.to_owned(),
        message: format!(
            "a valid row holds `{}`, which is no character of `encoding: {encoding}`; write the quarantine as NDJSON or Parquet: \
             `quarantine: {{format: ndjson}}`",
            missing.escape_debug()
        ),
        caused_by: None,
    })
}

/// The lines of some rows, valid and invalid.
fn encode(sheet: &Sheet<'_>, dialect: Dialect, sifted: &Sifted) -> Result<(String, String), ArrowError> {
    let cells = sheet.cells(sifted);
    let (mut valid, mut invalid) = (String::new(), String::new());
    for row in &sifted.valid {
        for (place, cell) in cells.iter().enumerate() {
            dialect.field(place, cell.text(*row)?.as_deref(), &mut valid);
        }
        valid.push('\n');
    }
    for broken in &sifted.invalid {
        for (place, cell) in cells.iter().enumerate() {
            match sheet.mask(place, cell, broken.row)? {
                None => dialect.field(place, cell.text(broken.row)?.as_deref(), &mut invalid),
                Some(shown) => dialect.field(place, shown.as_ref().and_then(said).as_deref(), &mut invalid),
            }
        }
        let beside = sheet.beside(sifted, broken);
        let fields = fields(&beside, sheet)?;
        for (place, field) in fields.iter().enumerate() {
            dialect.field(cells.len() + place, field.as_deref(), &mut invalid);
        }
        invalid.push('\n');
    }
    Ok((valid, invalid))
}

/// What is said beside an invalid row, in the order of [`Sheet::beside_names`].
fn fields(beside: &Beside<'_>, sheet: &Sheet<'_>) -> Result<Vec<Option<String>>, ArrowError> {
    let failures = serde_json::to_string(&beside.failures).map_err(|error| ArrowError::JsonError(error.to_string()))?;
    let mut fields = vec![Some(beside.row.to_string()), Some(beside.source.to_owned())];
    if sheet.is_text() {
        fields.push(beside.line.map(|line| line.to_string()));
    }
    fields.extend([Some(failures), Some(sheet.run.to_owned())]);
    if sheet.is_text() {
        fields.push(beside.raw.clone());
    }
    Ok(fields)
}

/// A value as the text of a field; none of null.
fn said(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl Dialect {
    /// Writes a line.
    pub(super) fn record<'t>(self, fields: impl Iterator<Item = Option<&'t str>>, into: &mut String) {
        fields.enumerate().for_each(|(place, field)| self.field(place, field, into));
        into.push('\n');
    }

    /// Writes a field after those before it.
    pub(super) fn field(self, place: usize, text: Option<&str>, into: &mut String) {
        if place > 0 {
            into.push(self.delimiter);
        }
        let Some(text) = text else { return };
        if !text.is_empty() && !text.contains([self.delimiter, self.quote, '\n', '\r']) {
            into.push_str(text);
            return;
        }
        into.push(self.quote);
        for character in text.chars() {
            if character == self.quote {
                into.push(character);
            }
            into.push(character);
        }
        into.push(self.quote);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be() {
        let dialect = Dialect { delimiter: ';', quote: '\'' };
        let mut line = String::new();
        dialect.record([Some("a,b"), None, Some(""), Some("it's"), Some("x;y"), Some("l\nm")].into_iter(), &mut line);
        assert_eq!(line, "a,b;;'';'it''s';'x;y';'l\nm'\n");
        let (wide, mut line) = (Dialect { delimiter: 'ñ', quote: '"' }, String::new());
        wide.record([Some("ñ"), Some("ò"), Some("a,b")].into_iter(), &mut line);
        assert_eq!(line, "\"ñ\"ñòñ\u{61},b\n");
    }
}
