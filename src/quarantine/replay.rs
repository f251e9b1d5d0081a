//! The invalid rows of quarantines, made sources again: of the kind that they came from, as far as the format kept it.
//!
//! What is said beside a row is left out, and a record that could not be taken apart stands as its raw text again, so that
//! it is what it was, or what somebody made of it. Rows of delimited text become delimited text in the dialect of the source, those
//! of JSON become NDJSON, and stored types stay where Parquet kept them. JSON that was written as CSV has lost its types and stays
//! CSV.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::dataset::{Kind, Quote};
use crate::engine::source::csv as text;
use crate::engine::source::json;
use crate::ir::{Encoding, Reading};
use crate::quarantine::cell::quote;
use crate::quarantine::csv::Dialect;
use crate::quarantine::{Manifest, RESERVED};

/// The column of the raw text of a record.
const RAW: &str = "_tamiz_raw";

/// One quarantine to check again.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// A source made of invalid rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Its kind.
    pub kind: Kind,
    /// How it is parted, if it is delimited text.
    pub delimiter: Option<u8>,
    /// The character around its fields, if it is delimited text.
    pub quote: Option<u8>,
    /// Whether its first line names the columns, if it is delimited text.
    pub header: Option<bool>,
}

/// Finds the quarantines in a folder: it is that of one run, of a dataset, or of all of them. Those of a dataset come in the
/// order of their runs.
///
/// # Errors
/// A manifest that cannot be read, or no quarantine at all.
pub fn find(folder: &Path) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    look(folder, 0, &mut found)?;
    if found.is_empty() {
        return Err(format!("`{}` holds no quarantine: no `manifest.json` in it or below", folder.display()));
    }
    found.sort_by(|a, b| (&a.manifest.dataset, &a.folder).cmp(&(&b.manifest.dataset, &b.folder)));
    Ok(found)
}

fn look(folder: &Path, depth: usize, found: &mut Vec<Found>) -> Result<(), String> {
    if let Some(manifest) = Manifest::read(folder)? {
        found.push(Found { folder: folder.to_owned(), manifest });
        return Ok(());
    }
    if depth == 2 {
        return Ok(());
    }
    let unreadable = |error: io::Error| format!("cannot read `{}`: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.file_type().map_err(unreadable)?.is_dir() {
            look(&entry.path(), depth + 1, found)?;
        }
    }
    Ok(())
}

impl Found {
    /// The file of its invalid rows.
    #[must_use]
    pub fn invalid(&self) -> PathBuf {
        self.folder.join(format!("invalid.{}", self.manifest.format))
    }

    /// Writes its invalid rows as a source, into a folder.
    ///
    /// # Errors
    /// Masked values, which are not those of the data, or a file that cannot be read or written.
    pub fn source(&self, into: &Path) -> Result<Source, String> {
        let Manifest { masked, format, source, .. } = &self.manifest;
        if !masked.is_empty() {
            return Err(format!(
                "`{}` holds masked values of {}, so its rows cannot be checked again; write it with `quarantine: {{pii: \
                 keep}}`",
                self.folder.display(),
                masked.join(", ")
            ));
        }
        let from_csv = [Kind::Csv, Kind::Excel, Kind::Sqlite].map(Kind::name).contains(&source.format.as_str());
        let from_json = [Kind::Json.name(), Kind::Ndjson.name()].contains(&source.format.as_str());
        let kind = match format.as_str() {
            _ if from_csv => Kind::Csv,
            "csv" => Kind::Csv,
            _ if from_json => Kind::Ndjson,
            "ndjson" => Kind::Ndjson,
            _ => Kind::Parquet,
        };
        let path = into.join(format!("invalid.{}", kind.name()));
        let is_csv = kind == Kind::Csv;
        let byte = |said: Option<char>, usual: u8| said.and_then(|said| u8::try_from(said).ok()).unwrap_or(usual);
        let (delimiter, quote) = (byte(source.delimiter, b','), byte(source.quote, b'"'));
        let header = source.header.unwrap_or(true);
        let made = Made { found: self, path: &path, kind, header };
        let dialect = Dialect { delimiter: char::from(delimiter), quote: char::from(quote) };
        made.write(dialect).map_err(|error| format!("cannot check `{}` again: {error}", self.invalid().display()))?;
        Ok(Source {
            path,
            kind,
            delimiter: is_csv.then_some(delimiter),
            quote: is_csv.then_some(quote),
            header: is_csv.then_some(header),
        })
    }
}

/// A source on its way.
struct Made<'a> {
    found: &'a Found,
    path: &'a Path,
    kind: Kind,
    header: bool,
}

/// A row read back: its cells, or the record that it is.
enum Row<'r> {
    Raw(&'r str),
    Cells(Vec<Option<String>>),
}

impl Made<'_> {
    fn write(&self, dialect: Dialect) -> io::Result<()> {
        let invalid = self.found.invalid();
        if self.kind == Kind::Parquet {
            return self.stored(&invalid);
        }
        let mut file = BufWriter::new(File::create(self.path)?);
        let columns = &self.found.manifest.columns;
        if self.kind == Kind::Csv && self.header {
            let mut line = String::new();
            dialect.record(columns.iter().map(|name| Some(name.as_str())), &mut line);
            file.write_all(line.as_bytes())?;
        }
        let is_csv = self.kind == Kind::Csv;
        let mut line = String::new();
        let see = |row: Row<'_>| {
            line.clear();
            match row {
                Row::Raw(raw) => line.push_str(raw),
                Row::Cells(cells) if is_csv => {
                    cells.iter().enumerate().for_each(|(place, cell)| {
                        dialect.field(place, cell.as_deref(), &mut line);
                    });
                }
                Row::Cells(cells) => object(columns, &cells, &mut line),
            }
            line.push('\n');
            file.write_all(line.as_bytes())
        };
        match self.found.manifest.format.as_str() {
            "csv" => self.of_csv(&invalid, dialect, see)?,
            "ndjson" => self.of_ndjson(&invalid, see)?,
            _ => self.of_parquet(&invalid, see)?,
        }
        file.flush()
    }

    /// The names of what is taken from the invalid rows: the columns, then the raw text.
    fn wanted(&self) -> impl Iterator<Item = &str> {
        self.found.manifest.columns.iter().map(String::as_str).chain([RAW])
    }

    fn of_csv(&self, invalid: &Path, dialect: Dialect, see: impl FnMut(Row<'_>) -> io::Result<()>) -> io::Result<()> {
        let byte = |said: char| u8::try_from(said).ok();
        let options = text::Options {
            delimiter: byte(dialect.delimiter),
            encoding: Some(Encoding::UTF_8),
            quote: byte(dialect.quote).map_or(Quote::Unsaid, Quote::Byte),
            quoted_empty_is_text: true,
            ..text::Options::default()
        };
        let file = text::File::open(invalid, 0, &options).map_err(io::Error::other)?;
        let place = |name: &str| file.columns().iter().position(|column| column == name).unwrap_or(usize::MAX - 1);
        let columns = self.wanted().map(|name| (place(name), Reading::as_stored())).collect();
        let request = text::Request { columns };
        let mut see = see;
        for block in file.blocks() {
            let parsed = block?.parse(&request);
            if parsed.findings.total() > 0 {
                let said = parsed
                    .findings
                    .kept()
                    .first()
                    .map(|finding| format!("line {}: {}", finding.line, finding.describe(crate::lang::Lang::En)));
                return Err(io::Error::other(said.unwrap_or_default()));
            }
            parsed.batches.iter().try_for_each(|batch| rows(&batch.columns, batch.rows, &mut see))?;
        }
        Ok(())
    }

    fn of_ndjson(&self, invalid: &Path, see: impl FnMut(Row<'_>) -> io::Result<()>) -> io::Result<()> {
        let options = json::Options { form: Some(json::Form::Lines), ..json::Options::default() };
        let file = json::File::open(invalid, 0, &options)?;
        // Cells of text are strings of JSON, and what they hold is wanted.
        let taken = if self.kind == Kind::Csv { json::Taken::AsText } else { json::Taken::AsSpelled };
        let wanted: Vec<json::Wanted> = self
            .wanted()
            .map(|name| json::Wanted {
                path: vec![name.to_owned()],
                reading: Reading::plain(crate::ir::Type::Json),
                taken: if name == RAW { json::Taken::AsText } else { taken },
                misplaced: json::Misplaced::Shown,
            })
            .collect();
        let mut see = see;
        for block in file.blocks() {
            let parsed = block?.parse(&wanted);
            if let Some(finding) = parsed.findings.kept().first() {
                let said = finding.describe(crate::lang::Lang::En);
                return Err(io::Error::other(format!("line {}: {said}", finding.line)));
            }
            parsed.batches.iter().try_for_each(|batch| rows(&batch.columns, batch.rows, &mut see))?;
        }
        Ok(())
    }

    fn of_parquet(&self, invalid: &Path, see: impl FnMut(Row<'_>) -> io::Result<()>) -> io::Result<()> {
        let mut see = see;
        for batch in parquet_of(invalid)? {
            let batch = batch.map_err(io::Error::other)?;
            let column = |name: &str| match batch.column_by_name(name) {
                Some(column) => cast(column, &DataType::Utf8View).map_err(io::Error::other),
                None => Ok(arrow::array::new_null_array(&DataType::Utf8View, batch.num_rows())),
            };
            let columns = self.wanted().map(column).collect::<io::Result<Vec<ArrayRef>>>()?;
            rows(&columns, batch.num_rows(), &mut see)?;
        }
        Ok(())
    }

    /// Writes stored rows again without what is said beside them.
    fn stored(&self, invalid: &Path) -> io::Result<()> {
        let reader = parquet_of(invalid)?;
        let schema = arrow::record_batch::RecordBatchReader::schema(&reader);
        let own: Vec<usize> =
            (0..schema.fields().len()).filter(|place| !schema.field(*place).name().starts_with(RESERVED)).collect();
        let kept = std::sync::Arc::new(Schema::project(&schema, &own).map_err(io::Error::other)?);
        let mut writer = ArrowWriter::try_new(File::create(self.path)?, kept, None).map_err(io::Error::other)?;
        for batch in reader {
            let batch: RecordBatch = batch.and_then(|batch| batch.project(&own)).map_err(io::Error::other)?;
            writer.write(&batch).map_err(io::Error::other)?;
        }
        writer.close().map(drop).map_err(io::Error::other)
    }
}

fn parquet_of(path: &Path) -> io::Result<parquet::arrow::arrow_reader::ParquetRecordBatchReader> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?).map_err(io::Error::other)?;
    builder.build().map_err(io::Error::other)
}

/// Calls with each row of some columns of text, of which the last is raw text.
fn rows(columns: &[ArrayRef], count: usize, see: &mut impl FnMut(Row<'_>) -> io::Result<()>) -> io::Result<()> {
    let texts: Vec<_> = columns.iter().filter_map(|column| column.as_string_view_opt()).collect();
    let Some((raw, cells)) = texts.split_last() else { return Ok(()) };
    for row in 0..count {
        if raw.is_valid(row) && !raw.value(row).is_empty() {
            see(Row::Raw(raw.value(row)))?;
            continue;
        }
        let cell = |cell: &&arrow::array::StringViewArray| cell.is_valid(row).then(|| cell.value(row).to_owned());
        see(Row::Cells(cells.iter().map(cell).collect()))?;
    }
    Ok(())
}

/// Writes a record of JSON, of cells as they are spelled, without the keys that have none.
fn object(columns: &[String], cells: &[Option<String>], into: &mut String) {
    into.push('{');
    let there = columns.iter().zip(cells).filter_map(|(name, cell)| Some((name, cell.as_ref()?)));
    for (place, (name, cell)) in there.enumerate() {
        if place > 0 {
            into.push(',');
        }
        quote(name, into);
        into.push(':');
        into.extend(cell.chars().filter(|c| !matches!(c, '\n' | '\r')));
    }
    into.push('}');
}
