//! What a footer says of the values of a column in a row group, as far as it is proof.
//!
//! A count of nulls that is not there is not zero. No proof are ends that old writers left in fields whose order nobody
//! defined, ends of text or bytes that may have been cut, and those of floats, which say nothing of NaN and of the sign of
//! zero. Nothing is told of columns inside structures and lists, nor of a row group whose column has another number of
//! values than it has rows.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::basic::{ColumnOrder, SortOrder, Type as Physical};
use parquet::file::metadata::ColumnChunkMetaData;

use super::File;
use crate::engine::source::{Place, library};

/// What a footer says of a column in a row group.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// How many rows have no value; none if it does not say.
    pub nulls: Option<u64>,
    /// The ends of a range that all other values lie in, one value each; none if it does not say.
    pub range: Option<Range>,
}

/// The ends of a range.
#[derive(Clone, Debug)]
pub struct Range {
    /// No value is less.
    pub least: ArrayRef,
    /// No value is greater.
    pub greatest: ArrayRef,
    /// Whether both are values of the column.
    pub exact: bool,
}

impl File {
    /// What the footer says of a column in a row group; nothing that could be wrong.
    #[must_use]
    pub fn statistics(&self, place: &Place, row_group: usize) -> Statistics {
        let Some(leaf) = self.flat_leaf(place) else { return Statistics::default() };
        let metadata = self.metadata.metadata();
        let group = metadata.row_group(row_group);
        let chunk = group.column(leaf);
        // What must be there is, whatever is counted.
        let required = chunk.column_descr().max_def_level() == 0;
        let Some(said) = chunk.statistics().filter(|_| chunk.num_values() == group.num_rows()) else {
            return Statistics { nulls: required.then_some(0), range: None };
        };
        let nulls = said.null_count_opt().filter(|nulls| i64::try_from(*nulls).is_ok_and(|it| it <= group.num_rows()));
        let ordered = matches!(
            metadata.file_metadata().column_order(leaf),
            ColumnOrder::TYPE_DEFINED_ORDER(SortOrder::SIGNED | SortOrder::UNSIGNED)
        );
        let whole = said.min_is_exact() && said.max_is_exact();
        let cut = matches!(chunk.column_type(), Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY) && !whole;
        let field = &self.fields()[place.column];
        let proof = ordered && !said.is_min_max_deprecated() && (!cut || is_number(field.data_type()));
        let range = if proof && !is_float(field.data_type()) { self.ends(place.column, leaf, row_group) } else { None };
        let range = range.map(|(least, greatest)| Range { least, greatest, exact: !cut });
        Statistics { nulls: if required { Some(0) } else { nulls }, range }
    }

    /// The two ends that the footer gives, as values of the column.
    fn ends(&self, column: usize, leaf: usize, row_group: usize) -> Option<(ArrayRef, ArrayRef)> {
        let metadata = self.metadata.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let group = || std::iter::once(metadata.row_group(row_group));
        let ends = library::ask(|| {
            let ends = StatisticsConverter::from_column_index(leaf, &self.fields()[column], schema)?;
            Ok::<_, parquet::errors::ParquetError>((ends.row_group_mins(group())?, ends.row_group_maxes(group())?))
        });
        let (least, greatest) = ends.ok()?;
        let both = [&least, &greatest].into_iter().all(|end| end.len() == 1 && end.is_valid(0));
        both.then_some((least, greatest))
    }

    /// The column of primitive values that a place is, if it stands in no structure and no list.
    pub(super) fn flat_leaf(&self, place: &Place) -> Option<usize> {
        let schema = self.metadata.parquet_schema();
        let mut leaves = (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == place.column);
        let leaf = leaves.next().filter(|_| leaves.next().is_none())?;
        let column = schema.column(leaf);
        let flat = place.fields.is_empty() && !place.as_text && column.max_rep_level() == 0;
        (flat && column.max_def_level() <= 1 && column.path().parts().len() == 1).then_some(leaf)
    }

    /// How many bytes the columns of some places take in a row group.
    #[must_use]
    pub fn bytes_of(&self, places: &[&Place], row_group: usize) -> u64 {
        let schema = self.metadata.parquet_schema();
        let chunks = self.metadata.metadata().row_group(row_group).columns().iter().enumerate();
        let taken = chunks.filter(|(leaf, _)| {
            let (root, column) = (schema.get_column_root_idx(*leaf), schema.column(*leaf));
            let inside = column.path().parts().get(1..).unwrap_or_default();
            places.iter().any(|place| place.column == root && inside.starts_with(&place.fields))
        });
        taken.map(|(_, chunk)| stored_bytes(chunk)).sum()
    }
}

fn stored_bytes(chunk: &ColumnChunkMetaData) -> u64 {
    u64::try_from(chunk.compressed_size()).unwrap_or(0)
}

pub(super) fn is_number(stored: &DataType) -> bool {
    match stored {
        DataType::Dictionary(_, values) => is_number(values),
        stored => stored.is_numeric(),
    }
}

pub(super) fn is_float(stored: &DataType) -> bool {
    match stored {
        DataType::Dictionary(_, values) => is_float(values),
        stored => stored.is_floating(),
    }
}
