//! Blocks of whole records: of lines, cut as they are read, or of the elements of an array.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use crate::engine::source::bytes::BYTE_ORDER_MARK;

/// Bytes of records that are decoded at a time.
pub(super) const BLOCK: usize = 1 << 20;

/// Bytes of the longest record that is read.
pub(super) const LONGEST: usize = 32 << 20;

/// Whole records of a file, not yet decoded.
#[derive(Clone, Debug)]
pub struct Block {
    pub(super) bytes: Arc<Vec<u8>>,
    pub(super) range: Range<usize>,
    pub(super) file: usize,
    pub(super) first_line: u64,
    pub(super) first_row: u64,
    pub(super) longest: usize,
    /// The elements of an array; none if each line is a record.
    pub(super) elements: Option<Vec<Record>>,
}

/// Where a record stands among the bytes of its block, and the line on which it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) range: Range<usize>,
    pub(super) line: u64,
}

impl Block {
    /// How many bytes of the file it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.range.len()
    }

    pub(super) fn content(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    /// Its records, in order. A blank line is none.
    pub(super) fn records(&self) -> Vec<Record> {
        if let Some(elements) = &self.elements {
            return elements.clone();
        }
        let mut records = Vec::new();
        each_line(self.content(), |line, range, blank| {
            if !blank {
                records.push(Record { range, line: self.first_line + line });
            }
        });
        records
    }
}

/// Calls with the number of each line, its place without its end, and whether nothing stands on it.
fn each_line(bytes: &[u8], mut see: impl FnMut(u64, Range<usize>, bool)) {
    let (mut start, mut number) = (0, 0);
    while start < bytes.len() {
        let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |offset| start + offset);
        see(number, start..end, bytes[start..end].iter().all(u8::is_ascii_whitespace));
        (start, number) = (end + 1, number + 1);
    }
}

/// The blocks of a file of lines, in order.
pub(super) struct Lines<R> {
    reader: R,
    file: usize,
    size: usize,
    longest: usize,
    line: u64,
    row: u64,
    pending: Vec<u8>,
    begun: bool,
    last: bool,
    /// Whether the rest of a line that is too long comes first.
    skip: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R, file: usize, size: usize, longest: usize) -> Self {
        let pending = Vec::new();
        let (begun, last, skip) = (false, false, false);
        Self { reader, file, size: size.max(1), longest, line: 1, row: 0, pending, begun, last, skip }
    }

    fn read(&mut self) -> io::Result<Option<Block>> {
        let mut wanted = self.size;
        if !self.begun {
            self.begun = true;
            self.fill(wanted.max(BYTE_ORDER_MARK.len()))?;
            if self.pending.starts_with(BYTE_ORDER_MARK) {
                self.pending.drain(..BYTE_ORDER_MARK.len());
            }
        }
        loop {
            self.fill(wanted)?;
            if self.skip {
                self.finish_skip();
                if self.skip && self.last {
                    return Ok(None);
                }
                continue;
            }
            let end = match memrchr(b'\n', &self.pending) {
                _ if self.last => self.pending.len(),
                Some(place) => place + 1,
                None if self.pending.len() > self.longest => {
                    self.skip = true;
                    self.pending.len()
                }
                None => 0,
            };
            if end > 0 {
                return Ok(Some(self.take(end)));
            }
            if self.last {
                return Ok(None);
            }
            wanted = self.pending.len().max(wanted) * 2;
        }
    }

    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        if self.last || self.pending.len() >= wanted {
            return Ok(());
        }
        let missing = wanted - self.pending.len();
        self.pending.reserve_exact(missing);
        let read = self.reader.by_ref().take(missing as u64).read_to_end(&mut self.pending)?;
        self.last = read < missing;
        Ok(())
    }

    /// Drops the rest of a line that is too long.
    fn finish_skip(&mut self) {
        match memchr(b'\n', &self.pending) {
            Some(end) => {
                self.pending.drain(..=end);
                self.line += 1;
                self.skip = false;
            }
            None => self.pending.clear(),
        }
    }

    fn take(&mut self, end: usize) -> Block {
        let rest = self.pending[end..].to_vec();
        let mut bytes = std::mem::replace(&mut self.pending, rest);
        bytes.truncate(end);
        let (first_line, first_row) = (self.line, self.row);
        each_line(&bytes, |_, _, blank| self.row += u64::from(!blank));
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        let range = 0..end;
        let longest = self.longest;
        Block { bytes: Arc::new(bytes), range, file: self.file, first_line, first_row, longest, elements: None }
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.read();
        if block.is_err() {
            self.pending.clear();
            self.last = true;
        }
        block.transpose()
    }
}
