//! The dictionary of a column in a row group: all values that its rows can have, each once.
//!
//! Only where every page of data refers to it; else there are values beside it. A dictionary may hold values that no row
//! has. It is decoded by the library as if it were a column: behind the dictionary stands one page that names each entry.

use std::collections::VecDeque;
use std::iter;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_empty_array};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::pages::{self, Group, Pages};
use super::{Error, File, format};
use crate::engine::source::{Place, library};

impl File {
    /// The dictionary of a column in a row group, if it holds every value of it and at most so many.
    ///
    /// # Errors
    /// If the file is broken.
    pub fn dictionary(
        &self,
        place: &Place,
        row_group: usize,
        most: u64,
    ) -> std::result::Result<Option<ArrayRef>, Error> {
        let Some(leaf) = self.flat_leaf(place) else { return Ok(None) };
        let chunk = self.metadata.metadata().row_group(row_group).column(leaf);
        let broken = |error: &dyn std::fmt::Display| format(&self.input, error);
        if chunk.dictionary_page_offset().is_none() || says_otherwise(chunk) {
            return Ok(None);
        }
        let mut file = self.input.chunks().map_err(|source| Error::Io { input: self.input.clone(), source })?;
        if self.input.is_remote() {
            // Without its statistics the whole column would have to be fetched.
            let (Some(range), true) = (dictionary_range(chunk), is_told(chunk)) else { return Ok(None) };
            file.fetch(&[range]).map_err(|source| Error::Io { input: self.input.clone(), source })?;
        }
        let metadata = Arc::clone(self.viewed.metadata());
        let group = Group { file: Arc::new(file), metadata: Arc::clone(&metadata), index: row_group };
        let told = is_told(chunk);
        let page = library::ask(|| {
            if !told && !pages::refer_to_dictionary(&group, leaf)? {
                return Ok(None);
            }
            let page = Pages::new(&group, leaf)?.get_next_page()?;
            Ok::<_, ParquetError>(page.filter(|page| matches!(page, Page::DictionaryPage { .. })))
        });
        let Some(page) = page.map_err(|error| broken(&error))? else { return Ok(None) };
        let entries = page.num_values();
        if u64::from(entries) > most {
            return Ok(None);
        }
        let fields = self.viewed.schema().fields();
        if entries == 0 {
            return Ok(Some(new_empty_array(fields[place.column].data_type())));
        }
        let nullable = self.viewed.parquet_schema().column(leaf).max_def_level() > 0;
        let rows = entries as usize;
        let entries = Entries { metadata, row_group, rows, pages: vec![page, each_entry(entries, nullable)] };
        let read = library::ask(|| {
            let mask = ProjectionMask::leaves(self.viewed.parquet_schema(), [leaf]);
            let levels = parquet_to_arrow_field_levels(self.viewed.parquet_schema(), mask, Some(fields))?;
            let mut reader = ParquetRecordBatchReader::try_new_with_row_groups(&levels, &entries, rows, None)?;
            reader.next().transpose().map_err(ParquetError::from)
        });
        let read = read.map_err(|error| broken(&error))?;
        let array = read.filter(|read| read.num_columns() == 1 && read.num_rows() == rows);
        let array = array.map(|read| Arc::clone(read.column(0))).filter(|array| array.null_count() == 0);
        array.map(Some).ok_or_else(|| broken(&"a dictionary does not hold what it says"))
    }
}

/// Whether the metadata say that every page of data refers to the dictionary.
fn is_told(chunk: &ColumnChunkMetaData) -> bool {
    chunk
        .page_encoding_stats_mask()
        .is_some_and(|pages| pages.is_only(Encoding::RLE_DICTIONARY) || pages.is_only(Encoding::PLAIN_DICTIONARY))
}

/// Whether the metadata say that some page of data does not refer to the dictionary.
fn says_otherwise(chunk: &ColumnChunkMetaData) -> bool {
    chunk.page_encoding_stats_mask().is_some() && !is_told(chunk)
}

/// Where the dictionary lies.
fn dictionary_range(chunk: &ColumnChunkMetaData) -> Option<std::ops::Range<u64>> {
    let start = u64::try_from(chunk.dictionary_page_offset()?).ok()?;
    let end = u64::try_from(chunk.data_page_offset()).ok()?;
    (start < end).then_some(start..end)
}

/// A page of data whose rows are the entries of a dictionary, each once, in order.
fn each_entry(entries: u32, nullable: bool) -> Page {
    let mut bytes = Vec::new();
    if nullable {
        // One run of so many ones, behind its length.
        let mut levels = varint(u64::from(entries) << 1);
        levels.push(1);
        bytes.extend(u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(levels);
    }
    let width = (32 - (entries - 1).leading_zeros()).max(1);
    let eights = entries.div_ceil(8);
    bytes.extend(width.to_le_bytes().first());
    bytes.extend(varint((u64::from(eights) << 1) | 1));
    let (mut held, mut bits) = (0_u64, 0);
    for entry in 0..eights * 8 {
        // What fills the last eight is read by nobody.
        held |= u64::from(if entry < entries { entry } else { 0 }) << bits;
        bits += width;
        while bits >= 8 {
            bytes.extend(held.to_le_bytes().first());
            held >>= 8;
            bits -= 8;
        }
    }
    Page::DataPage {
        buf: bytes.into(),
        num_values: entries,
        encoding: Encoding::RLE_DICTIONARY,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    }
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// A row group whose rows are the entries of a dictionary.
struct Entries {
    metadata: Arc<ParquetMetaData>,
    row_group: usize,
    rows: usize,
    pages: Vec<Page>,
}

impl RowGroups for Entries {
    fn num_rows(&self) -> usize {
        self.rows
    }

    fn column_chunks(&self, _: usize) -> Result<Box<dyn PageIterator>> {
        let pages = Queue(self.pages.iter().cloned().collect());
        Ok(Box::new(One(iter::once(Ok(Box::new(pages) as Box<dyn PageReader>)))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(iter::once(self.metadata.row_group(self.row_group)))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The one column of such a row group.
struct One(iter::Once<Result<Box<dyn PageReader>>>);

impl Iterator for One {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl PageIterator for One {}

/// Pages one after the other.
struct Queue(VecDeque<Page>);

impl Iterator for Queue {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.pop_front().map(Ok)
    }
}

impl PageReader for Queue {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        Ok(self.0.pop_front())
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        Ok(self.0.front().map(|page| {
            let is_dict = matches!(page, Page::DictionaryPage { .. });
            let rows = (!is_dict).then_some(page.num_values() as usize);
            PageMetadata { num_rows: rows, num_levels: rows, is_dict }
        }))
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.0.pop_front();
        Ok(())
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        Ok(true)
    }
}
