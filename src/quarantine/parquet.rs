//! Parquet, compressed with Zstandard: the valid rows with the types of the source, the invalid ones with what is said of them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ListArray, RecordBatch, StringArray, StringBuilder, StructArray, UInt32Array, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::engine::local::{Local, Sieve, Sifted};
use crate::outcome::{Fault, QuarantineFile};
use crate::quarantine::cell::Cells;
use crate::quarantine::folder::{Folder, HashedFile, cannot_write};
use crate::quarantine::sheet::{Beside, Column, Failure, Sheet, as_type};
use crate::quarantine::{More, Order, Told, internal};

/// How many rows a row group has at most; those of one are in memory until it is full.
const GROUP: usize = 128 << 10;

/// Writes the rows of a dataset.
pub(super) fn write(
    engine: &Local,
    order: &Order<'_>,
    sheet: &Sheet<'_>,
    folder: &Folder,
    told: &mut Told,
) -> Result<Vec<QuarantineFile>, Fault> {
    let (good, bad) = (valid_schema(sheet), invalid_schema(sheet));
    let failed = |error: parquet::errors::ParquetError| cannot_write(order.to, &error);
    let mut valid = writer(folder.file("valid.parquet")?, &good).map_err(failed)?;
    let mut invalid = writer(folder.file("invalid.parquet")?, &bad).map_err(failed)?;
    engine.sift(
        &Sieve { typed: sheet.is_typed(), ..order.sieve },
        |sifted| {
            let encoded = || {
                Ok::<_, ArrowError>((
                    RecordBatch::try_new(Arc::clone(&good), valid_columns(sheet, &sifted)?)?,
                    RecordBatch::try_new(Arc::clone(&bad), invalid_columns(sheet, &sifted)?)?,
                ))
            };
            let (valid, invalid) = encoded().map_err(|error| internal(&error))?;
            Ok((valid, invalid, More::of(sheet, &sifted)))
        },
        |(good, bad, more)| {
            told.add(&more, order)?;
            valid.write(&good).and_then(|()| invalid.write(&bad)).map_err(failed)
        },
    )?;
    let end = |writer: ArrowWriter<HashedFile>, rows| writer.into_inner().map_err(failed)?.finish(rows);
    Ok(vec![end(valid, told.counts.valid)?, end(invalid, told.counts.invalid)?])
}

fn writer(file: HashedFile, schema: &SchemaRef) -> Result<ArrowWriter<HashedFile>, parquet::errors::ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP))
        .set_created_by("tamiz".to_owned())
        .build();
    ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))
}

fn valid_schema(sheet: &Sheet<'_>) -> SchemaRef {
    let field = |column: &Column| Field::new(&column.name, valid_type(column), true);
    Arc::new(Schema::new(sheet.columns.iter().map(field).collect::<Fields>()))
}

fn valid_type(column: &Column) -> DataType {
    column.stored.clone().or_else(|| column.read.clone()).unwrap_or(DataType::Utf8)
}

/// The type of a column among invalid rows: text where it is text in the source, or masked.
fn invalid_type(column: &Column) -> DataType {
    column.stored.clone().filter(|_| !column.masked).unwrap_or(DataType::Utf8)
}

fn invalid_schema(sheet: &Sheet<'_>) -> SchemaRef {
    let mut fields: Vec<Field> =
        sheet.columns.iter().map(|column| Field::new(&column.name, invalid_type(column), true)).collect();
    fields.push(Field::new("_tamiz_row", DataType::UInt64, false));
    fields.push(Field::new("_tamiz_source", DataType::Utf8, false));
    if sheet.is_text() {
        fields.push(Field::new("_tamiz_line", DataType::UInt64, true));
    }
    fields.push(Field::new("_tamiz_failures", DataType::List(failure_field()), false));
    fields.push(Field::new("_tamiz_run_id", DataType::Utf8, false));
    if sheet.is_text() {
        fields.push(Field::new("_tamiz_raw", DataType::Utf8, true));
    }
    Arc::new(Schema::new(fields))
}

fn failure_field() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(failure_fields()), false))
}

fn failure_fields() -> Fields {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    Fields::from(vec![text("rule", false), text("severity", false), text("column", true), text("message", false)])
}

fn places(rows: impl Iterator<Item = usize>) -> UInt32Array {
    // A batch has fewer rows than 32 bits count.
    rows.map(|row| u32::try_from(row).unwrap_or(u32::MAX)).collect()
}

fn valid_columns(sheet: &Sheet<'_>, sifted: &Sifted) -> Result<Vec<ArrayRef>, ArrowError> {
    let rows = places(sifted.valid.iter().copied());
    let all = sifted.valid.len() == sifted.rows;
    let cells = sheet.cells(sifted);
    let mut columns = Vec::with_capacity(sheet.columns.len());
    for (place, column) in sheet.columns.iter().enumerate() {
        let read = sifted.typed.get(place).and_then(Option::as_ref).filter(|_| column.read.is_some());
        let array = match read {
            Some(read) => Some(read),
            None if column.stored.is_some() => Some(&sifted.stored[place]),
            None => None,
        };
        columns.push(match array {
            Some(array) if all => as_type(array, &valid_type(column))?,
            Some(array) => as_type(&take(array, &rows, None)?, &valid_type(column))?,
            None => texts(&cells[place], sifted.valid.iter().copied())?,
        });
    }
    Ok(columns)
}

/// The texts of some cells.
fn texts(cells: &Cells<'_>, rows: impl Iterator<Item = usize>) -> Result<ArrayRef, ArrowError> {
    let mut texts = StringBuilder::new();
    for row in rows {
        texts.append_option(cells.text(row)?);
    }
    Ok(Arc::new(texts.finish()))
}

fn invalid_columns(sheet: &Sheet<'_>, sifted: &Sifted) -> Result<Vec<ArrayRef>, ArrowError> {
    let rows = places(sifted.invalid.iter().map(|invalid| invalid.row));
    let cells = sheet.cells(sifted);
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(sheet.columns.len() + 6);
    for (place, column) in sheet.columns.iter().enumerate() {
        if column.stored.is_some() && !column.masked && !sheet.looks_at(column) {
            columns.push(as_type(&take(&sifted.stored[place], &rows, None)?, &invalid_type(column))?);
            continue;
        }
        let mut texts = StringBuilder::new();
        for invalid in &sifted.invalid {
            match sheet.mask(place, &cells[place], invalid.row)? {
                Some(Some(serde_json::Value::String(text))) => texts.append_value(text),
                Some(Some(serde_json::Value::Null) | None) => texts.append_null(),
                Some(Some(other)) => texts.append_value(other.to_string()),
                None => texts.append_option(cells[place].spelled(invalid.row)?),
            }
        }
        columns.push(as_type(&(Arc::new(texts.finish()) as ArrayRef), &invalid_type(column))?);
    }
    let beside: Vec<Beside<'_>> = sifted.invalid.iter().map(|invalid| sheet.beside(sifted, invalid)).collect();
    columns.push(Arc::new(beside.iter().map(|beside| Some(beside.row)).collect::<UInt64Array>()));
    columns.push(Arc::new(beside.iter().map(|beside| Some(beside.source)).collect::<StringArray>()));
    if sheet.is_text() {
        columns.push(Arc::new(beside.iter().map(|beside| beside.line).collect::<UInt64Array>()));
    }
    columns.push(failures(&beside)?);
    columns.push(Arc::new(beside.iter().map(|_| Some(sheet.run)).collect::<StringArray>()));
    if sheet.is_text() {
        columns.push(Arc::new(beside.iter().map(|beside| beside.raw.as_deref()).collect::<StringArray>()));
    }
    Ok(columns)
}

/// The failures of each row.
fn failures(beside: &[Beside<'_>]) -> Result<ArrayRef, ArrowError> {
    let all = || beside.iter().flat_map(|beside| &beside.failures);
    let text = |of: for<'f> fn(&'f Failure<'_>) -> Option<&'f str>| -> ArrayRef {
        Arc::new(all().map(of).collect::<StringArray>())
    };
    let columns = vec![
        text(|failure| Some(failure.rule)),
        text(|failure| Some(failure.severity)),
        text(|failure| failure.column.as_deref()),
        text(|failure| Some(&failure.message)),
    ];
    let items = StructArray::try_new_with_length(failure_fields(), columns, None, all().count())?;
    let lengths = OffsetBuffer::from_lengths(beside.iter().map(|beside| beside.failures.len()));
    Ok(Arc::new(ListArray::try_new(failure_field(), lengths, Arc::new(items), None)?))
}
