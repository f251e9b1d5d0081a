//! NDJSON: a record a line.
//!
//! From JSON a record is written as it stands in the source, on one line; what is said beside an invalid row are more keys of it.
//! From any other format a record has every column, null or not.

use std::io::Write as _;

use arrow::array::{Array, AsArray};
use arrow::error::ArrowError;

use crate::dataset::Kind;
use crate::engine::local::{Local, Sieve, Sifted};
use crate::ir::name::nfc;
use crate::outcome::{Fault, QuarantineFile};
use crate::quarantine::cell::{Cells, Spelling, quote};
use crate::quarantine::folder::{Folder, cannot_write};
use crate::quarantine::sheet::{Beside, Sheet};
use crate::quarantine::{More, Order, Told, internal};

/// Writes the rows of a dataset.
pub(super) fn write(
    engine: &Local,
    order: &Order<'_>,
    sheet: &Sheet<'_>,
    folder: &Folder,
    told: &mut Told,
) -> Result<Vec<QuarantineFile>, Fault> {
    let (mut valid, mut invalid) = (folder.file("valid.ndjson")?, folder.file("invalid.ndjson")?);
    engine.sift(
        &Sieve { typed: sheet.is_typed(), ..order.sieve },
        |sifted| {
            let (valid, invalid) = encode(sheet, &sifted).map_err(|error| internal(&error))?;
            Ok((valid, invalid, More::of(sheet, &sifted)))
        },
        |(good, bad, more)| {
            told.add(&more, order)?;
            let done = valid.write_all(good.as_bytes()).and_then(|()| invalid.write_all(bad.as_bytes()));
            done.map_err(|error| cannot_write(order.to, &error))
        },
    )?;
    Ok(vec![valid.finish(told.counts.valid)?, invalid.finish(told.counts.invalid)?])
}

/// The lines of some rows, valid and invalid.
fn encode(sheet: &Sheet<'_>, sifted: &Sifted) -> Result<(String, String), ArrowError> {
    let cells = sheet.cells(sifted);
    let (mut valid, mut invalid) = (String::new(), String::new());
    for row in &sifted.valid {
        match record(sheet, sifted, *row) {
            Some(record) => push_line(record, &mut valid),
            None => object(sheet, (sifted, &cells), *row, false, &mut valid)?,
        }
        valid.push('\n');
    }
    for broken in &sifted.invalid {
        let beside = sheet.beside(sifted, broken);
        let whole = record(sheet, sifted, broken.row).filter(|_| broken.malformed.is_none());
        let whole = if whole.is_some() && sheet.hides(&cells, broken.row)? { None } else { whole };
        match whole.and_then(|record| record.trim_end().strip_suffix('}')) {
            Some(record) => push_line(record, &mut invalid),
            None if broken.malformed.is_some() => invalid.push('{'),
            None => {
                object(sheet, (sifted, &cells), broken.row, true, &mut invalid)?;
                invalid.pop();
            }
        }
        if !invalid.trim_end().ends_with('{') {
            invalid.push(',');
        }
        said(&beside, sheet, &mut invalid)?;
        invalid.push_str("}\n");
    }
    Ok((valid, invalid))
}

/// The record of a row as it stands in a source of JSON; none where it must be put together.
fn record<'s>(sheet: &Sheet<'_>, sifted: &'s Sifted, row: usize) -> Option<&'s str> {
    let beside = |column: usize| sheet.original.columns[column].beside.get(sifted.file) == Some(&true);
    let from_folders = (0..sheet.columns.len()).any(|column| beside(column) && sifted.stored[column].is_valid(row));
    if sifted.repaired.as_ref().is_some_and(|repaired| repaired.value(row)) {
        return None;
    }
    let records = sifted.records.as_ref().filter(|_| matches!(sheet.original.kind, Kind::Json | Kind::Ndjson))?;
    let records = records.as_string_view_opt().filter(|_| !from_folders)?;
    records.is_valid(row).then(|| records.value(row))
}

/// Writes a record without the line ends between its parts.
fn push_line(record: &str, into: &mut String) {
    into.extend(record.chars().filter(|c| !matches!(c, '\n' | '\r')));
}

/// What a record of JSON held as it was read.
fn as_read(sifted: &Sifted, row: usize) -> Option<serde_json::Map<String, serde_json::Value>> {
    let records = sifted.records.as_ref()?.as_string_view_opt().filter(|records| records.is_valid(row))?;
    serde_json::from_str(records.value(row)).ok()
}

/// Puts a record together; of JSON without the keys that it does not have, and with those that are no column.
fn object(
    sheet: &Sheet<'_>,
    (sifted, cells): (&Sifted, &[Cells<'_>]),
    row: usize,
    is_invalid: bool,
    into: &mut String,
) -> Result<(), ArrowError> {
    let sparse = matches!(sheet.original.kind, Kind::Json | Kind::Ndjson);
    let had = if sparse && !is_invalid { as_read(sifted, row) } else { None }.unwrap_or_default();
    into.push('{');
    let mut first = true;
    for (column, cell) in cells.iter().enumerate() {
        let mut value = String::new();
        match if is_invalid { sheet.mask(column, cell, row)? } else { None } {
            None if is_invalid => cell.json(row, &mut value)?,
            None => value_of(sifted, column, cell, row, &mut value)?,
            Some(Some(shown)) => value = shown.to_string(),
            Some(None) => continue,
        }
        let name = &sheet.columns[column].name;
        if sparse && value == "null" && !had.keys().any(|key| nfc(key) == *name) {
            continue;
        }
        if !std::mem::take(&mut first) {
            into.push(',');
        }
        quote(name, into);
        into.push(':');
        into.push_str(&value);
    }
    for (key, value) in &had {
        if !sheet.columns.iter().any(|column| column.name == nfc(key)) {
            if !std::mem::take(&mut first) {
                into.push(',');
            }
            quote(key, into);
            *into += &format!(":{value}");
        }
    }
    into.push('}');
    Ok(())
}

/// Writes a cell of a valid row: a number of text as a number, in its own digits where JSON has them.
fn value_of(sifted: &Sifted, column: usize, cell: &Cells<'_>, row: usize, into: &mut String) -> Result<(), ArrowError> {
    let Some(typed) = sifted.typed.get(column).and_then(Option::as_ref) else { return cell.json(row, into) };
    if sifted.unparsed[column].as_ref().is_some_and(|unparsed| unparsed.value(row)) {
        return cell.json(row, into);
    }
    if typed.is_valid(row)
        && (typed.data_type().is_numeric())
        && let Some(text) = cell.text(row)?
        && serde_json::from_str::<serde_json::Number>(&text).is_ok()
    {
        into.push_str(&text);
        return Ok(());
    }
    Cells::new(typed, Spelling::Text).json(row, into)
}

/// What is said beside an invalid row.
fn said(beside: &Beside<'_>, sheet: &Sheet<'_>, into: &mut String) -> Result<(), ArrowError> {
    let failures = serde_json::to_string(&beside.failures).map_err(|error| ArrowError::JsonError(error.to_string()))?;
    *into += &format!("\"_tamiz_row\":{},\"_tamiz_source\":", beside.row);
    quote(beside.source, into);
    if sheet.is_text() {
        *into += &format!(",\"_tamiz_line\":{}", beside.line.map_or("null".to_owned(), |line| line.to_string()));
    }
    *into += &format!(",\"_tamiz_failures\":{failures},\"_tamiz_run_id\":");
    quote(sheet.run, into);
    if let Some(raw) = &beside.raw {
        into.push_str(",\"_tamiz_raw\":");
        quote(raw, into);
    }
    Ok(())
}
