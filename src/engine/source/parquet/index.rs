//! What the page index of a file says of the pages of a column: the rows of each, and what its values lie between.
//!
//! What is proof in a footer (`statistics`) is proof here, but for text and bytes: an index may cut their ends and does not
//! say where it did. An index that cannot be read, or says what cannot be, says nothing. It is weighed before the library
//! decodes it.

use std::any::Any;
use std::ops::Range;

use arrow::array::{Array, ArrayRef};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::basic::{ColumnOrder, SortOrder, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::metadata::page_index::PageIndexProvider;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::index_reader::{decode_column_index, decode_offset_index};
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::statistics::{self, Statistics, is_float, is_number};
use super::thrift::{Structure, Thrift};
use super::{File, leaves};
use crate::engine::source::{Place, library};
use crate::ir::Reading;

impl File {
    /// What the page index says of each page of a column in a row group; none if there is none, or it is no proof.
    #[must_use]
    pub fn page_statistics(&self, place: &Place, row_group: usize) -> Option<Vec<(Range<u64>, Statistics)>> {
        let leaf = self.flat_leaf(place)?;
        let metadata = self.metadata.metadata();
        let group = metadata.row_group(row_group);
        let chunk = group.column(leaf);
        if chunk.num_values() != group.num_rows() {
            return None;
        }
        let places = self.page_places(row_group, leaf)?;
        let bytes = self.index_bytes(chunk.column_index_range()?, Structure::ColumnIndex)?;
        let columns = library::ask(|| decode_column_index(&bytes, chunk.column_type())).ok()?;
        if columns.num_pages() != places.len() as u64 {
            return None;
        }
        let required = chunk.column_descr().max_def_level() == 0;
        let nulls = |page: usize, rows: u64| match columns.null_count(page) {
            _ if required => Some(0),
            // A page of nothing but nulls counts them all, or counts wrong.
            nulls => nulls
                .and_then(|nulls| u64::try_from(nulls).ok())
                .filter(|nulls| if columns.is_null_page(page) { *nulls == rows } else { *nulls < rows }),
        };
        let nulls: Vec<Option<u64>> =
            places.iter().enumerate().map(|(page, (rows, _))| nulls(page, rows.end - rows.start)).collect();
        let stored = self.fields()[place.column].data_type();
        let ordered = matches!(
            metadata.file_metadata().column_order(leaf),
            ColumnOrder::TYPE_DEFINED_ORDER(SortOrder::SIGNED | SortOrder::UNSIGNED)
        );
        let may_be_cut = match chunk.column_type() {
            Physical::BYTE_ARRAY => true,
            Physical::FIXED_LEN_BYTE_ARRAY => !is_number(stored),
            _ => false,
        };
        let proof = ordered && !may_be_cut && !is_float(stored);
        let one = OneColumn { row_group, leaf, pages: places.len(), columns };
        let ends = if proof { self.ends_of_pages(place.column, &one) } else { None };
        let range = |page: usize| {
            let (least, greatest) = ends.as_ref()?;
            let there = least.is_valid(page) && greatest.is_valid(page);
            let (least, greatest) = (least.slice(page, 1), greatest.slice(page, 1));
            there.then_some(statistics::Range { least, greatest, exact: false })
        };
        let pages = places.into_iter().zip(nulls).enumerate();
        Some(pages.map(|(page, ((rows, _), nulls))| (rows, Statistics { nulls, range: range(page) })).collect())
    }

    /// How many bytes the columns of some places take where only some rows of a row group are read.
    #[must_use]
    pub fn bytes_of_rows(&self, places: &[&Place], row_group: usize, wanted: &[Range<u64>]) -> u64 {
        let request: Vec<(Place, Reading)> =
            places.iter().map(|place| ((*place).clone(), Reading::plain(crate::ir::Type::String))).collect();
        let mask = leaves(self.metadata.parquet_schema(), &request);
        let chunks = self.metadata.metadata().row_group(row_group).columns().iter().enumerate();
        let taken = chunks.filter(|(leaf, _)| mask.leaf_included(*leaf)).map(|(leaf, chunk)| {
            let whole = u64::try_from(chunk.compressed_size()).unwrap_or(0);
            let Some(pages) = self.page_places(row_group, leaf) else { return whole };
            let left = |rows: &Range<u64>| wanted.iter().all(|some| some.end <= rows.start || rows.end <= some.start);
            let unread = pages.iter().filter(|(rows, _)| left(rows)).map(|(_, bytes)| bytes).sum();
            whole.saturating_sub(unread)
        });
        taken.sum()
    }

    /// The pages of a column in a row group, with the bytes that each takes.
    fn page_places(&self, row_group: usize, leaf: usize) -> Option<Vec<(Range<u64>, u64)>> {
        let group = self.metadata.metadata().row_group(row_group);
        let range = group.column(leaf).offset_index_range()?;
        let bytes = self.index_bytes(range, Structure::OffsetIndex)?;
        let offsets = library::ask(|| decode_offset_index(&bytes)).ok()?;
        let places = offsets.page_locations();
        let mut starts = Vec::with_capacity(places.len() + 1);
        for place in places {
            starts.push(u64::try_from(place.first_row_index).ok()?);
        }
        starts.push(u64::try_from(group.num_rows()).ok()?);
        if starts[0] != 0 || starts.windows(2).any(|ends| ends[0] >= ends[1]) {
            return None;
        }
        let bytes = places.iter().map(|place| u64::try_from(place.compressed_page_size).unwrap_or(0));
        Some(starts.windows(2).map(|ends| ends[0]..ends[1]).zip(bytes).collect())
    }

    /// The bytes of an index, if they can be what they should.
    fn index_bytes(&self, range: Range<u64>, structure: Structure) -> Option<bytes::Bytes> {
        let file = self.input.chunks().ok()?;
        let length = range.end.checked_sub(range.start).filter(|_| range.end <= file.len())?;
        let bytes = file.get_bytes(range.start, usize::try_from(length).ok()?).ok()?;
        Thrift::new(bytes.as_ref(), length).read(structure, &mut |_| {}).ok()?;
        Some(bytes)
    }

    /// The ends that the index gives of each page, as values of the column.
    fn ends_of_pages(&self, column: usize, one: &OneColumn) -> Option<(ArrayRef, ArrayRef)> {
        let schema = self.metadata.metadata().file_metadata().schema_descr();
        let ends = library::ask(|| {
            let ends = StatisticsConverter::from_column_index(one.leaf, &self.fields()[column], schema)?;
            let group = || std::iter::once(&one.row_group);
            Ok::<_, ParquetError>((ends.data_page_mins(one, group())?, ends.data_page_maxes(one, group())?))
        });
        ends.ok().filter(|(least, greatest)| least.len() == one.pages && greatest.len() == one.pages)
    }
}

/// The index of one column in one row group, as the library asks for it.
#[derive(Debug)]
struct OneColumn {
    row_group: usize,
    leaf: usize,
    pages: usize,
    columns: ColumnIndexMetaData,
}

impl PageIndexProvider for OneColumn {
    fn has_offset_indexes(&self) -> bool {
        false
    }

    fn has_column_indexes(&self) -> bool {
        true
    }

    fn column_index(&self, row_group: usize, leaf: usize) -> Option<&ColumnIndexMetaData> {
        (row_group == self.row_group && leaf == self.leaf).then_some(&self.columns)
    }

    fn offset_index(&self, _: usize, _: usize) -> Option<&OffsetIndexMetaData> {
        None
    }

    fn num_data_pages(&self, _: usize, _: usize) -> Option<usize> {
        Some(self.pages)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
