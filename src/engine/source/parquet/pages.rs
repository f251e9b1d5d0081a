//! The pages of the columns of a row group: each weighed before the library makes room for it.
//!
//! A page says how large it is once decompressed and how many values it holds, and the library takes its word. What no
//! compression could yield, and more values than there are bytes for, is refused; what is sound is left to the library.

use std::iter;
use std::sync::Arc;

use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::delta;
use super::thrift::{Met, Structure, Thrift};
use crate::engine::source::input::Chunks;

/// Bytes of the largest page, decompressed.
const LARGEST: i64 = 1 << 30;

/// How many values the largest dictionary has.
const MOST_IN_DICTIONARY: i64 = 1 << 24;

/// The numbers of the kinds of pages.
const INDEX_PAGE: i64 = 1;
const DICTIONARY_PAGE: i64 = 2;

/// The numbers of the encodings that refer to a dictionary, of old files and of new ones.
const OF_DICTIONARY: [i64; 2] = [2, 8];

/// One row group of a file.
pub(super) struct Group {
    pub(super) file: Arc<Chunks>,
    pub(super) metadata: Arc<ParquetMetaData>,
    pub(super) index: usize,
}

impl RowGroups for Group {
    fn num_rows(&self) -> usize {
        usize::try_from(self.metadata.row_group(self.index).num_rows()).unwrap_or(0)
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>> {
        let pages = Pages::new(self, column);
        Ok(Box::new(Chunk(iter::once(pages.map(|pages| Box::new(pages) as Box<dyn PageReader>)))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(iter::once(self.metadata.row_group(self.index)))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// Whether every page of data of a column refers to its dictionary, by the heads of its pages.
pub(super) fn refer_to_dictionary(group: &Group, column: usize) -> Result<bool> {
    let pages = Pages::new(group, column)?;
    let mut at = pages.at;
    while at < pages.end {
        let (header, after) = pages.header(at)?;
        let of_data = !matches!(header.kind, INDEX_PAGE | DICTIONARY_PAGE);
        if of_data && !header.encoding.is_some_and(|encoding| OF_DICTIONARY.contains(&encoding)) {
            return Ok(false);
        }
        at = after;
    }
    Ok(true)
}

/// The one chunk of a column in a row group.
struct Chunk(iter::Once<Result<Box<dyn PageReader>>>);

impl Iterator for Chunk {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl PageIterator for Chunk {}

/// The pages of a column of a row group, one step behind their weighing.
pub(super) struct Pages {
    inner: SerializedPageReader<Chunks>,
    file: Arc<Chunks>,
    compression: Compression,
    /// The greatest repetition and definition levels.
    levels: (i16, i16),
    /// Where the next page begins, and the chunk ends.
    at: u64,
    end: u64,
    /// Where the page after the next one begins, once that is weighed.
    after: Option<u64>,
}

impl Pages {
    pub(super) fn new(group: &Group, column: usize) -> Result<Self> {
        let row_group = group.metadata.row_group(group.index);
        let chunk = row_group.columns().get(column).ok_or_else(|| broken("a column went missing"))?;
        let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
        let (Ok(start), Ok(length)) = (u64::try_from(start), u64::try_from(chunk.compressed_size())) else {
            return Err(broken("a column lies before the start of the file"));
        };
        let end = start.checked_add(length).filter(|end| *end <= group.file.len());
        let end = end.ok_or_else(|| broken("a column lies beyond the end of the file"))?;
        let rows = group.num_rows();
        Ok(Self {
            inner: SerializedPageReader::new(Arc::clone(&group.file), chunk, rows, None)?,
            file: Arc::clone(&group.file),
            compression: chunk.compression(),
            levels: (chunk.column_descr().max_rep_level(), chunk.column_descr().max_def_level()),
            at: start,
            end,
            after: None,
        })
    }

    /// Weighs the next page, unless that is done.
    fn weigh(&mut self) -> Result<()> {
        let mut at = self.at;
        // The library passes over pages of an index.
        while self.after.is_none() && at < self.end {
            let header;
            (header, at) = self.header(at)?;
            if header.kind != INDEX_PAGE {
                self.after = Some(at);
            }
        }
        Ok(())
    }

    /// What stands at the head of a page, weighed, and where the next one begins.
    fn header(&self, at: u64) -> Result<(Header, u64)> {
        let mut header = Header::default();
        let mut thrift = Thrift::new(self.file.get_read(at)?, self.end - at);
        let read = thrift.read(Structure::PageHeader, &mut |met| header.take(met));
        read.map_err(|error| broken(&format!("a page has a broken header: {error}")))?;
        header.weigh(self.compression, thrift.left()).map_err(|error| broken(&error))?;
        let after = self.end - thrift.left() + header.compressed.cast_unsigned();
        Ok((header, after))
    }

    fn go_on(&mut self) {
        self.at = self.after.take().unwrap_or(self.end);
    }

    /// Refuses a page that has not as many values as it says.
    fn sound(&self, page: Page) -> Result<Page> {
        let (values, start) = match &page {
            Page::DictionaryPage { buf, num_values, .. } => {
                // The shortest values are texts, with four bytes for their length, and fixed ones of a byte.
                if *num_values as usize > buf.len() {
                    return Err(broken(&format!("a dictionary of {num_values} values has {} bytes", buf.len())));
                }
                return Ok(page);
            }
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
                if !delta::is_one(*encoding) {
                    return Ok(page);
                }
                let (repetition, definition) = self.levels;
                let start = level_bytes(buf, 0, *num_values, repetition, *rep_level_encoding);
                let start = start.and_then(|at| level_bytes(buf, at, *num_values, definition, *def_level_encoding));
                (*num_values, start)
            }
            Page::DataPageV2 { num_values, rep_levels_byte_len, def_levels_byte_len, .. } => {
                let start = rep_levels_byte_len.checked_add(*def_levels_byte_len);
                (*num_values, start.and_then(|start| usize::try_from(start).ok()))
            }
        };
        let bytes =
            start.and_then(|start| page.buffer().get(start..)).ok_or_else(|| broken("a page ends in its levels"))?;
        delta::weigh(bytes, page.encoding(), values as usize).map_err(|error| broken(&error))?;
        Ok(page)
    }
}

/// Where levels end that begin somewhere in a page of the first version; none if it is shorter.
fn level_bytes(page: &[u8], at: usize, values: u32, greatest: i16, encoding: Encoding) -> Option<usize> {
    if greatest <= 0 {
        return Some(at);
    }
    if encoding == Encoding::RLE {
        let length = page.get(at..)?.first_chunk::<4>()?;
        return at.checked_add(4)?.checked_add(u32::from_le_bytes(*length) as usize);
    }
    // Packed bits, which only old files have.
    let width = 16 - greatest.leading_zeros() as usize;
    at.checked_add((values as usize).checked_mul(width)?.div_ceil(8))
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.weigh()?;
        let page = self.inner.get_next_page()?;
        self.go_on();
        page.map(|page| self.sound(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.weigh()?;
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.weigh()?;
        self.inner.skip_next_page()?;
        self.go_on();
        Ok(())
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.inner.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> Result<Option<Page>> {
        let page = self.inner.take_deferred_dictionary()?;
        page.map(|page| self.sound(page)).transpose()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.weigh()?;
        self.inner.at_record_boundary()
    }
}

/// What the header of a page says.
#[derive(Default)]
struct Header {
    kind: i64,
    decompressed: i64,
    compressed: i64,
    values: i64,
    /// Of a page of data.
    encoding: Option<i64>,
}

impl Header {
    fn take(&mut self, met: Met) {
        match met {
            Met::Number(Structure::PageHeader, 1, number) => self.kind = number,
            Met::Number(Structure::PageHeader, 2, number) => self.decompressed = number,
            Met::Number(Structure::PageHeader, 3, number) => self.compressed = number,
            Met::Number(Structure::DataPage | Structure::DictionaryPage | Structure::DataPageV2, 1, number) => {
                self.values = number;
            }
            Met::Number(Structure::DataPage, 2, number) | Met::Number(Structure::DataPageV2, 4, number) => {
                self.encoding = Some(number);
            }
            _ => {}
        }
    }

    /// Refuses what cannot be, where so many bytes are left of the chunk.
    fn weigh(&self, compression: Compression, left: u64) -> std::result::Result<(), String> {
        let Self { kind, decompressed, compressed, values, .. } = *self;
        if !u64::try_from(compressed).is_ok_and(|compressed| compressed <= left) {
            return Err(format!("a page of {compressed} bytes lies in {left}"));
        }
        if decompressed < 0 || decompressed > most(compression, compressed) {
            return Err(format!("a page of {compressed} bytes cannot hold {decompressed} ({compression})"));
        }
        if values < 0 || (kind == DICTIONARY_PAGE && values > decompressed.min(MOST_IN_DICTIONARY)) {
            return Err(format!("a page of {decompressed} bytes cannot hold {values} values"));
        }
        Ok(())
    }
}

/// How many bytes so many bytes may become at most, by how they are compressed.
///
/// A copy of Snappy takes three bytes for sixty-four, LZ4 a byte more for each 255, and Deflate two bits for 258.
fn most(compression: Compression, compressed: i64) -> i64 {
    let times = match compression {
        Compression::SNAPPY => 64,
        Compression::LZ4 | Compression::LZ4_RAW => 256,
        Compression::GZIP(_) => 1040,
        _ => return LARGEST,
    };
    compressed.saturating_add(64).saturating_mul(times).min(LARGEST)
}

fn broken(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}
