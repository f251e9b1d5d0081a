//! Rows of files, decoded into Arrow batches, and what is wrong with the files themselves.
//!
//! A source turns a file into [`Batch`]es of the columns that were asked for. A cell that does not read as its type is
//! marked, never dropped and never an error. It evaluates no rule.

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;

pub mod archive;
pub mod avro;
pub mod bytes;
mod cell;
mod column;
pub mod csv;
pub(in crate::engine) mod document;
pub mod excel;
mod finding;
pub mod infer;
pub mod input;
pub mod ipc;
pub mod json;
pub mod library;
mod missing;
pub mod parquet;
pub mod same;
pub mod sqlite;
pub(in crate::engine) mod stored;
mod transcode;

pub use finding::{Finding, FindingKind, Findings};
pub use stored::StoredColumn;
#[cfg(feature = "polars")]
pub(in crate::engine) use stored::canonical;

/// The place of whole records, as if they were a column: of text as [`Reading::as_stored`](crate::ir::Reading::as_stored),
/// whether it can be taken apart or not.
pub const RECORD: usize = usize::MAX;

/// Where the values of a column stand in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The number of the column among those at the top level, from 0.
    pub column: usize,
    /// The names of the fields that lead from there inwards; none for the column itself.
    pub fields: Vec<String>,
    /// Whether an object or list is given as the text of a document of JSON.
    pub as_text: bool,
}

/// Rows of one file, decoded.
///
/// Arrays are canonical: string and json are `Utf8View`, integer `Int64`, decimal `Decimal128(38, s)` with `s` the largest
/// scale of the batch, float `Float64`, boolean `Boolean`, date `Date32`, timestamp `Timestamp(Microsecond)` in UTC without a
/// zone, time `Time64(Microsecond)`; of an object or list only whether it is there is looked at. A cell that is unparsed or belongs to a malformed record is null.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The index of the file in its dataset.
    pub file: usize,
    /// The index within its file of the first row, from 0.
    pub first_row: u64,
    /// How many rows there are; a malformed record is one.
    pub rows: usize,
    /// The columns, in the order of the request.
    pub columns: Vec<ArrayRef>,
    /// For each column, the cells that hold text which does not read as its type; none if there are none.
    pub unparsed: Vec<Option<BooleanBuffer>>,
    /// The records that could not be taken apart; none if there are none.
    pub malformed: Option<BooleanBuffer>,
    /// Where the records start, for files that have lines.
    pub lines: Option<Lines>,
}

/// Some records decoded.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The rows, in order; at least one batch, and rarely more.
    ///
    /// There are more where a decimal column holds numbers too large and too fine to be written exactly at one scale.
    pub batches: Vec<Batch>,
    /// What is wrong with the records.
    pub findings: Findings,
}

/// The physical lines, from 1, on which the records of a batch start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Every record is one line, and no line lies between two records.
    Consecutive {
        /// The line of the first record.
        first: u64,
    },
    /// The line of each record.
    Each(Vec<u64>),
}

impl Lines {
    /// The line on which a row of the batch starts, or none beyond its end.
    #[must_use]
    pub fn of(&self, row: usize) -> Option<u64> {
        match self {
            Self::Consecutive { first } => Some(first + row as u64),
            Self::Each(lines) => lines.get(row).copied(),
        }
    }

    /// Those of the rows from `start` to before `end`.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Self {
        match self {
            Self::Consecutive { first } => Self::Consecutive { first: first + start as u64 },
            Self::Each(lines) => Self::Each(lines.get(start..end).unwrap_or_default().to_vec()),
        }
    }
}
