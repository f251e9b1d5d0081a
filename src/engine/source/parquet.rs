//! Parquet files: metadata, and row groups as batches.
//!
//! Row groups are chosen and read one by one, those of a file with few of them in several parts. Stored types are taken to the canonical ones of a batch; a column stored with
//! a type of another family than declared has no value that reads, so each of its values is marked unparsed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{cast, is_not_null, nullif};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};

use crate::engine::source::Batch;
use crate::ir::{Reading, Type};

/// How many rows a batch has at most.
const BATCH: usize = 65_536;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system could not read it.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not the Parquet it should be.
    #[error("`{}` is not readable Parquet: {message}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

/// A Parquet file whose footer has been read.
pub struct File {
    path: PathBuf,
    index: usize,
    metadata: ArrowReaderMetadata,
    /// The same, asking the reader for text as views, which Polars takes without a copy.
    viewed: ArrowReaderMetadata,
    size: u64,
    /// The row index at which each row group begins, and the end.
    starts: Vec<u64>,
}

/// Consecutive rows of one row group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The row group.
    row_group: usize,
    /// How many of its rows come before.
    skipped: u64,
    /// How many rows there are.
    rows: u64,
}

impl File {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// If it cannot be read, or is no Parquet.
    pub fn open(path: &Path, index: usize) -> Result<Self, Error> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let file = fs::File::open(path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let options = ArrowReaderOptions::new();
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(|error| format(path, &error))?;
        let mut starts = vec![0];
        for group in metadata.metadata().row_groups() {
            let rows = u64::try_from(group.num_rows()).map_err(|_| format(path, &"a row group of negative length"))?;
            starts.push(starts[starts.len() - 1] + rows);
        }
        let viewed = text_as_views(&metadata).map_err(|error| format(path, &error))?;
        Ok(Self { path: path.to_owned(), index, metadata, viewed, size, starts })
    }

    /// The names of its columns and the types they are stored with.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, Option<Type>, String)> {
        let fields = self.metadata.schema().fields();
        fields
            .iter()
            .map(|field| (field.name().clone(), kind(field.data_type()), field.data_type().to_string()))
            .collect()
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its rows in parts for some threads, in order: row groups, cut where they are fewer than the threads.
    #[must_use]
    pub fn parts(&self, threads: usize) -> Vec<Part> {
        let groups = self.starts.len() - 1;
        let cuts = if groups == 0 { 1 } else { threads.div_ceil(groups).max(1) as u64 };
        let mut parts = Vec::with_capacity(groups);
        for row_group in 0..groups {
            let rows = self.starts[row_group + 1] - self.starts[row_group];
            // Whole batches, so that no part is too small to be worth its start.
            let length = rows.div_ceil(cuts).next_multiple_of(BATCH as u64);
            let mut skipped = 0;
            while skipped < rows {
                parts.push(Part { row_group, skipped, rows: length.min(rows - skipped) });
                skipped += length;
            }
        }
        parts
    }

    /// Reads the columns of a part, batch by batch.
    ///
    /// # Errors
    /// What `visit` says, or that the file is broken.
    pub fn read<E: From<Error>>(
        &self,
        part: Part,
        request: &[(usize, Reading)],
        mut visit: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let broken = |error: &dyn std::fmt::Display| E::from(format(&self.path, error));
        let Part { row_group, skipped, rows } = part;
        let start = self.starts[row_group] + skipped;
        if request.is_empty() {
            let mut first_row = start;
            while first_row < start + rows {
                let length = usize::try_from(start + rows - first_row).unwrap_or(BATCH).min(BATCH);
                visit(self.batch(first_row, length, Vec::new(), Vec::new()))?;
                first_row += length as u64;
            }
            return Ok(());
        }
        let file =
            fs::File::open(&self.path).map_err(|source| E::from(Error::Io { path: self.path.clone(), source }))?;
        let mut roots: Vec<usize> = request.iter().map(|(column, _)| *column).collect();
        roots.sort_unstable();
        roots.dedup();
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.viewed.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
        let mut builder = builder.with_projection(mask).with_row_groups(vec![row_group]).with_batch_size(BATCH);
        if rows < self.starts[row_group + 1] - self.starts[row_group] {
            let count = |rows: u64| usize::try_from(rows).map_err(|error| broken(&error));
            let selection = [RowSelector::skip(count(skipped)?), RowSelector::select(count(rows)?)];
            builder = builder.with_row_selection(RowSelection::from(selection.to_vec()));
        }
        let reader = builder.build().map_err(|error| broken(&error))?;
        let mut first_row = start;
        for read in reader {
            let read = read.map_err(|error| broken(&error))?;
            let length = read.num_rows();
            let mut columns = Vec::with_capacity(request.len());
            let mut unparsed = Vec::with_capacity(request.len());
            for (column, reading) in request {
                let place = roots.binary_search(column).map_err(|_| broken(&"a column went missing"))?;
                let (array, bad) = canonical(read.column(place), reading).map_err(|error| broken(&error))?;
                columns.push(array);
                unparsed.push(bad);
            }
            visit(self.batch(first_row, length, columns, unparsed))?;
            first_row += length as u64;
        }
        if first_row != start + rows {
            return Err(broken(&format!("row group {row_group} holds {} rows, not {rows}", first_row - start)));
        }
        Ok(())
    }

    fn batch(
        &self,
        first_row: u64,
        rows: usize,
        columns: Vec<ArrayRef>,
        unparsed: Vec<Option<BooleanBuffer>>,
    ) -> Batch {
        Batch { file: self.index, first_row, rows, columns, unparsed, malformed: None, lines: None }
    }
}

/// Metadata that asks the reader for text as views.
fn text_as_views(metadata: &ArrowReaderMetadata) -> Result<ArrowReaderMetadata, parquet::errors::ParquetError> {
    let fields = metadata.schema().fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    let fields: Vec<_> = fields.collect();
    let schema = arrow::datatypes::Schema::new_with_metadata(fields, metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
}

fn format(path: &Path, message: &dyn std::fmt::Display) -> Error {
    Error::Format { path: path.to_owned(), message: message.to_string() }
}

/// The family of a stored type, if rules can speak of it.
fn kind(stored: &DataType) -> Option<Type> {
    Some(match stored {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::String,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => Type::Integer,
        DataType::UInt64 | DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => {
            Type::Decimal
        }
        DataType::Decimal256(precision, _) if *precision <= 38 => Type::Decimal,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Float,
        DataType::Boolean => Type::Boolean,
        DataType::Date32 | DataType::Date64 => Type::Date,
        DataType::Timestamp(..) => Type::Timestamp,
        DataType::Time32(_) | DataType::Time64(_) => Type::Time,
        DataType::Dictionary(_, values) => return kind(values),
        DataType::Struct(_) | DataType::Map(..) => Type::Object,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => Type::List,
        _ => return None,
    })
}

/// Takes a column to the canonical array of its reading, with the cells that are of another family marked.
fn canonical(
    array: &ArrayRef,
    reading: &Reading,
) -> Result<(ArrayRef, Option<BooleanBuffer>), arrow::error::ArrowError> {
    let stored = kind(array.data_type());
    if stored.is_none_or(|stored| !reading.kind.admits(stored)) {
        let bad = is_not_null(array)?;
        let nothing = new_null_array(&target(reading.kind, 0), array.len());
        return Ok((nothing, (bad.true_count() > 0).then(|| bad.values().clone())));
    }
    let scale = match array.data_type() {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => (*scale).max(0),
        _ => 0,
    };
    let wanted = target(reading.kind, scale);
    let array = match (array.data_type(), &wanted) {
        (
            DataType::Struct(_)
            | DataType::List(_)
            | DataType::LargeList(_)
            | DataType::Map(..)
            | DataType::FixedSizeList(..),
            _,
        ) => {
            return Ok((Arc::clone(array), None));
        }
        // A timestamp with a zone is stored in UTC already; only its label goes.
        (DataType::Timestamp(unit, Some(_)), _) => {
            let unlabelled = cast(array, &DataType::Timestamp(*unit, Some("UTC".into())))?;
            cast(&unlabelled, &wanted)?
        }
        (DataType::Timestamp(_, None), _) if reading.zone != crate::ir::time::Zone::UTC => {
            let naive = cast(array, &wanted)?;
            let micros = naive.as_primitive::<arrow::datatypes::TimestampMicrosecondType>();
            let placed: arrow::array::TimestampMicrosecondArray = micros.unary(|local| {
                chrono::DateTime::from_timestamp_micros(local)
                    .map_or(local, |time| reading.zone.instant(time.naive_utc()))
            });
            Arc::new(placed)
        }
        (same, wanted) if same == wanted => Arc::clone(array),
        // The digits stay as they are; only what is said of them changes.
        (DataType::Decimal128(_, same), DataType::Decimal128(precision, scale)) if same == scale => {
            Arc::new(array.as_primitive::<Decimal128Type>().clone().with_precision_and_scale(*precision, *scale)?)
        }
        (_, wanted) => cast(array, wanted)?,
    };
    let array = match array.as_primitive_opt::<Float64Type>() {
        Some(floats) if floats.values().iter().any(|number| number.is_nan()) => {
            let nan: BooleanArray = floats.iter().map(|number| Some(number.is_some_and(f64::is_nan))).collect();
            nullif(&array, &nan)?
        }
        _ => array,
    };
    Ok((array, None))
}

fn target(kind: Type, scale: i8) -> DataType {
    match kind {
        Type::String | Type::Json => DataType::Utf8View,
        Type::Integer => DataType::Int64,
        Type::Decimal => DataType::Decimal128(38, scale),
        Type::Float => DataType::Float64,
        Type::Boolean => DataType::Boolean,
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::Time => DataType::Time64(TimeUnit::Microsecond),
        Type::Object | Type::List => DataType::Null,
    }
}
