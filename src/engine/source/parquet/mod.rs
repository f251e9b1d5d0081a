//! Parquet files: metadata, and row groups as batches.
//!
//! Row groups are chosen and read one by one, those of a file with few of them in several parts; `stored` takes
//! their columns to the canonical ones of a batch. The library decodes what has been weighed: lengths that a broken file
//! gives would have it reserve more than there is, which ends the program.
//!
//! | file | answers for |
//! |---|---|
//! | `thrift` | reading over the structures that footers and page headers are |
//! | `footer` | the footer |
//! | `statistics` | what the footer says of values |
//! | `index` | what the page index says of them, page by page |
//! | `dictionary` | the values that a dictionary holds |
//! | `pages` | the pages of a row group |
//! | `delta` | numbers packed as differences in a page |

mod delta;
mod dictionary;
mod footer;
mod index;
mod pages;
mod statistics;
mod thrift;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, RowSelection, RowSelector,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::errors::ParquetError;
use parquet::file::reader::Length;
use parquet::schema::types::SchemaDescriptor;

use super::input::{Chunks, Input};
use super::stored::{self, StoredColumn};
use super::{Batch, Place, library};
use crate::ir::Reading;
use pages::Group;
pub use statistics::{Range as Ends, Statistics};

/// How many rows a batch has at most.
const BATCH: usize = 16_384;

/// Bytes of the values of fixed length in a batch, beyond which it has fewer rows; a null takes as much as a value.
const FIXED: usize = 64 << 20;

/// How much is fetched for the footer of a file that comes over the network.
const FOOTER: u64 = 64 << 10;

/// As a power of two, more rows than fit in a byte of a file: a page of nothing but nulls takes a dozen for two thousand
/// million.
const DENSEST: u32 = 28;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system could not read it.
    #[error("cannot read `{input}`: {source}")]
    Io {
        /// The file.
        input: Input,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not the Parquet it should be.
    #[error("`{input}` is not readable Parquet: {message}")]
    Format {
        /// The file.
        input: Input,
        /// What is wrong with it.
        message: String,
    },
}

/// A Parquet file whose footer has been read.
pub struct File {
    input: Input,
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
    pub row_group: usize,
    /// How many of its rows come before.
    pub skipped: u64,
    /// How many rows there are.
    pub rows: u64,
}

impl Part {
    /// What of it lies in some rows of its row group, in order; all of it if none are said.
    #[must_use]
    pub fn within(self, rows: Option<&[Range<u64>]>) -> Vec<Self> {
        let Some(rows) = rows else { return vec![self] };
        let both = |rows: &Range<u64>| {
            let (start, end) = (rows.start.max(self.skipped), rows.end.min(self.skipped + self.rows));
            (start < end).then(|| Self { skipped: start, rows: end - start, ..self })
        };
        rows.iter().filter_map(both).collect()
    }
}

impl File {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// If it cannot be read, or is no Parquet.
    pub fn open(input: impl Into<Input>, index: usize) -> Result<Self, Error> {
        let input = input.into();
        let io = |source| Error::Io { input: input.clone(), source };
        let mut file = input.chunks().map_err(io)?;
        file.fetch_end(FOOTER).map_err(io)?;
        let size = file.len();
        let metadata = footer::read(&file).map_err(|error| format(&input, &error))?;
        let mut starts = vec![0_u64];
        for group in metadata.row_groups() {
            let rows =
                u64::try_from(group.num_rows()).map_err(|_| format(&input, &"a row group of negative length"))?;
            let end = starts[starts.len() - 1].checked_add(rows);
            starts.push(end.ok_or_else(|| format(&input, &"more rows than can be counted"))?);
        }
        let rows = starts[starts.len() - 1];
        if rows >> DENSEST > size {
            return Err(format(&input, &format!("its footer says {rows} rows, which {size} bytes cannot hold")));
        }
        let (metadata, viewed) = library::ask(|| {
            let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new())?;
            let viewed = text_as_views(&metadata)?;
            Ok::<_, ParquetError>((metadata, viewed))
        })
        .map_err(|error| format(&input, &error))?;
        Ok(Self { input, index, metadata, viewed, size, starts })
    }

    /// The names of its columns and the types they are stored with.
    #[must_use]
    pub fn columns(&self) -> Vec<StoredColumn> {
        stored::columns(self.metadata.schema().fields())
    }

    /// Its columns as Arrow has them.
    #[must_use]
    pub fn fields(&self) -> &arrow::datatypes::Fields {
        self.metadata.schema().fields()
    }

    /// The field inside a structure that some steps lead to, with its type.
    #[must_use]
    pub fn find(&self, steps: &[String]) -> Option<(Place, StoredColumn)> {
        stored::find(self.metadata.schema().fields(), steps)
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

    /// How many rows each row group has.
    #[must_use]
    pub fn row_groups(&self) -> Vec<u64> {
        self.starts.windows(2).map(|ends| ends[1] - ends[0]).collect()
    }

    /// All its rows, a part for each row group.
    #[must_use]
    pub fn all_parts(&self) -> Vec<Part> {
        let all: Vec<usize> = (0..self.starts.len() - 1).collect();
        self.parts(&all, 1)
    }

    /// The rows of some row groups in parts for some threads, in order: row groups, cut where they are fewer than the
    /// threads.
    #[must_use]
    pub fn parts(&self, row_groups: &[usize], threads: usize) -> Vec<Part> {
        // What comes over the network is fetched a row group at a time, and no part of it twice.
        let whole = row_groups.is_empty() || self.input.is_remote();
        let cuts = if whole { 1 } else { threads.div_ceil(row_groups.len()).max(1) as u64 };
        let mut parts = Vec::with_capacity(row_groups.len());
        for row_group in row_groups.iter().copied().filter(|row_group| *row_group + 1 < self.starts.len()) {
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
        request: &[(Place, Reading)],
        mut visit: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let broken = |error: &dyn std::fmt::Display| E::from(format(&self.input, error));
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
        let io = |source| E::from(Error::Io { input: self.input.clone(), source });
        let mut file = self.input.chunks().map_err(io)?;
        let mut roots: Vec<usize> = request.iter().map(|(place, _)| place.column).collect();
        roots.sort_unstable();
        roots.dedup();
        let mask = leaves(self.viewed.parquet_schema(), request);
        if self.input.is_remote() {
            file.fetch(&self.chunks(row_group, &mask).map_err(|error| broken(&error))?).map_err(io)?;
        }
        let count = |rows: u64| usize::try_from(rows).map_err(|error| broken(&error));
        let selection = if rows < self.starts[row_group + 1] - self.starts[row_group] {
            Some(RowSelection::from(vec![RowSelector::skip(count(skipped)?), RowSelector::select(count(rows)?)]))
        } else {
            None
        };
        let size = self.batch_rows(&mask).min(count(rows)?);
        let reader = library::ask(|| self.reader(file, row_group, mask, size, selection));
        let mut reader = reader.map_err(|error| broken(&error))?;
        let mut first_row = start;
        while let Some(read) = library::ask(|| reader.next().transpose()).map_err(|error| broken(&error))? {
            // A group without any field is a column of the file, and none that is read.
            if read.num_columns() != roots.len() {
                return Err(broken(&"a column went missing"));
            }
            let length = read.num_rows();
            let mut columns = Vec::with_capacity(request.len());
            let mut unparsed = Vec::with_capacity(request.len());
            for (place, reading) in request {
                let root = roots.binary_search(&place.column).map_err(|_| broken(&"a column went missing"))?;
                let array = stored::inside(read.column(root), place).map_err(|error| broken(&error))?;
                let (array, bad) = stored::canonical(&array, reading).map_err(|error| broken(&error))?;
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

    /// A reader of the columns of a row group that a mask takes.
    fn reader(
        &self,
        file: Chunks,
        row_group: usize,
        mask: ProjectionMask,
        size: usize,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let fields = self.viewed.schema().fields();
        let levels = parquet_to_arrow_field_levels(self.viewed.parquet_schema(), mask, Some(fields))?;
        let metadata = Arc::clone(self.viewed.metadata());
        let group = Group { file: Arc::new(file), metadata, index: row_group };
        ParquetRecordBatchReader::try_new_with_row_groups(&levels, &group, size, selection)
    }

    /// How many rows a batch of the columns has that a mask takes.
    fn batch_rows(&self, mask: &ProjectionMask) -> usize {
        let schema = self.viewed.parquet_schema();
        let taken = schema.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf));
        let fixed = taken.filter_map(|(_, column)| usize::try_from(column.type_length()).ok()).sum::<usize>();
        (FIXED / fixed.max(1)).clamp(1, BATCH)
    }

    /// Where the columns of a row group lie that a mask takes.
    fn chunks(&self, row_group: usize, mask: &ProjectionMask) -> Result<Vec<Range<u64>>, std::num::TryFromIntError> {
        let chunks = self.viewed.metadata().row_group(row_group).columns().iter().enumerate();
        let needed = chunks.filter(|(leaf, _)| mask.leaf_included(*leaf)).map(|(_, chunk)| {
            let start = u64::try_from(chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset()))?;
            Ok(start..start.saturating_add(u64::try_from(chunk.compressed_size())?))
        });
        needed.collect()
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
    let fields: Vec<_> = metadata.schema().fields().iter().map(|field| Arc::new(stored::viewed(field))).collect();
    let schema = arrow::datatypes::Schema::new_with_metadata(fields, metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
}

/// The columns of primitive values that some places need.
fn leaves(schema: &SchemaDescriptor, wanted: &[(Place, Reading)]) -> ProjectionMask {
    let needed = (0..schema.num_columns()).filter(|leaf| {
        let root = schema.get_column_root_idx(*leaf);
        let leaf = schema.column(*leaf);
        let inside = leaf.path().parts().get(1..).unwrap_or_default();
        wanted.iter().any(|(place, _)| place.column == root && inside.starts_with(&place.fields))
    });
    ProjectionMask::leaves(schema, needed.collect::<Vec<_>>())
}

fn format(input: &Input, message: &dyn std::fmt::Display) -> Error {
    Error::Format { input: input.clone(), message: message.to_string() }
}
