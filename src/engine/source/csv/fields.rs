//! Where the fields of the records of a block lie.
//!
//! One pass over the bytes of a block finds delimiters, line ends and quotes, and writes down where each field starts. A
//! record that cannot be taken apart keeps its place as a row without fields. What the fields say is not looked at.

use super::split::{Block, Dialect};
use crate::engine::source::column::Mask;
use crate::engine::source::{Finding, FindingKind, Findings, Lines};

/// The places of the fields of a block.
pub(super) struct Fields {
    /// For each row, where each field starts, and one past where the delimiter or line end after the last one is.
    bounds: Vec<u32>,
    width: usize,
    pub(super) rows: usize,
    pub(super) malformed: Mask,
    pub(super) lines: Lines,
    pub(super) findings: Findings,
}

impl Fields {
    /// Takes a block apart.
    pub(super) fn find(block: &Block, broken: &[usize]) -> Self {
        let mut scan = Scan::new(block, broken);
        match block.dialect.quote.filter(|quote| memchr::memchr(*quote, &block.bytes).is_some()) {
            Some(quote) => scan.quoted(quote),
            None => scan.plain(),
        }
        scan.fields
    }

    /// Where the content of a field lies in each row, with its quotes; nothing for a malformed record.
    pub(super) fn column(&self, field: usize) -> impl Iterator<Item = (usize, usize)> {
        self.bounds.chunks_exact(self.width + 1).take(self.rows).map(move |row| {
            match (row.get(field), row.get(field + 1)) {
                (Some(&start), Some(&end)) if end > start => (start as usize, end as usize - 1),
                _ => (0, 0),
            }
        })
    }
}

impl Fields {
    /// Where each record lies, malformed or not, with what ends its line.
    pub(super) fn records(&self) -> impl Iterator<Item = (usize, usize)> {
        let starts = |row: usize| self.bounds.get(row * (self.width + 1)).map_or(0, |start| *start as usize);
        (0..self.rows).map(move |row| (starts(row), starts(row + 1)))
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    dialect: &'a Dialect,
    file: usize,
    first_row: u64,
    first_line: u64,
    /// Places of bytes that are not UTF-8, not yet passed.
    broken: &'a [usize],
    fields: Fields,
    /// Where the current record starts, and how many fields of it were begun before the current one.
    start: usize,
    delimiters: usize,
    /// Where `bounds` of the current record start.
    base: usize,
    /// Line ends passed, and how many of them before the current record.
    line_ends: u64,
    start_line_ends: u64,
    fault: Option<Fault>,
}

/// The first fault of a record, other than its number of fields.
#[derive(Clone, Copy)]
struct Fault {
    kind: FindingKind,
    line_ends: u64,
    field: usize,
}

impl<'a> Scan<'a> {
    fn new(block: &'a Block, broken: &'a [usize]) -> Self {
        let width = block.dialect.width;
        // A guess that holds for fields of eight bytes on average; more only costs a reallocation.
        let mut bounds = Vec::with_capacity(block.bytes.len() / 8 + width + 1);
        bounds.push(0);
        Self {
            bytes: &block.bytes,
            dialect: &block.dialect,
            file: block.file,
            first_row: block.first_row,
            first_line: block.first_line,
            broken,
            fields: Fields {
                bounds,
                width,
                rows: 0,
                malformed: Mask::default(),
                lines: Lines::Consecutive { first: block.first_line },
                findings: Findings::default(),
            },
            start: 0,
            delimiters: 0,
            base: 0,
            line_ends: 0,
            start_line_ends: 0,
            fault: None,
        }
    }

    /// Takes apart bytes without a quote.
    fn plain(&mut self) {
        let (delimiter, line_end) = (self.dialect.delimiter, self.dialect.line_end);
        for (at, chunk) in chunks(self.bytes) {
            let mut marks = marks(&chunk, delimiter, line_end, line_end);
            while marks != 0 {
                let offset = marks.trailing_zeros() as usize;
                marks &= marks - 1;
                if chunk[offset] == line_end {
                    self.line_ends += 1;
                    self.end_record(at + offset, at + offset + 1);
                } else {
                    self.end_field(at + offset);
                }
            }
        }
        self.finish();
    }

    /// Takes apart bytes with quotes.
    fn quoted(&mut self, quote: u8) {
        let (delimiter, line_end) = (self.dialect.delimiter, self.dialect.line_end);
        let mut open = None;
        let mut field_start = 0;
        let mut paired = usize::MAX;
        for (at, chunk) in chunks(self.bytes) {
            let mut marks = marks(&chunk, delimiter, line_end, quote);
            while marks != 0 {
                let offset = marks.trailing_zeros() as usize;
                marks &= marks - 1;
                let place = at + offset;
                let byte = chunk[offset];
                if byte == quote {
                    if place == paired {
                        continue;
                    }
                    if open.is_none() {
                        if place == field_start {
                            open = Some(self.line_ends);
                        }
                    } else if self.bytes.get(place + 1) == Some(&quote) {
                        paired = place + 1;
                    } else {
                        open = None;
                        if !self.ends_field(place + 1) {
                            self.blame(FindingKind::TextAfterQuote, self.line_ends);
                        }
                    }
                    continue;
                }
                if byte == line_end {
                    self.line_ends += 1;
                }
                if open.is_some() {
                    continue;
                }
                field_start = place + 1;
                if byte == line_end {
                    self.end_record(place, place + 1);
                } else {
                    self.end_field(place);
                }
            }
        }
        if let Some(line_ends) = open {
            self.blame(FindingKind::OpenQuote, line_ends);
        }
        self.finish();
    }

    /// Whether a field that was in quotes may end here.
    fn ends_field(&self, place: usize) -> bool {
        let (delimiter, line_end) = (self.dialect.delimiter, self.dialect.line_end);
        match self.bytes.get(place..) {
            None | Some([]) => true,
            Some([byte, ..]) if *byte == delimiter || *byte == line_end => true,
            Some([b'\r', rest @ ..]) => line_end == b'\n' && matches!(rest.first(), None | Some(b'\n')),
            Some(_) => false,
        }
    }

    fn blame(&mut self, kind: FindingKind, line_ends: u64) {
        if self.fault.is_none() {
            self.fault = Some(Fault { kind, line_ends, field: self.delimiters + 1 });
        }
    }

    fn end_field(&mut self, place: usize) {
        self.delimiters += 1;
        if self.delimiters < self.fields.width {
            self.fields.bounds.push(offset(place + 1));
        }
    }

    fn finish(&mut self) {
        if self.start < self.bytes.len() {
            self.end_record(self.bytes.len(), self.bytes.len());
        }
    }

    /// Ends a record whose content ends at `end`, before its line end.
    fn end_record(&mut self, end: usize, next: usize) {
        let sound = self.delimiters + 1 == self.fields.width
            && self.fault.is_none()
            && end - self.start < self.dialect.longest
            && self.broken.first().is_none_or(|place| *place >= end);
        if sound {
            self.fields.bounds.push(offset(end + 1));
            self.end_row();
        } else {
            self.end_unsound(end);
        }
        self.base = self.fields.bounds.len();
        self.fields.bounds.push(offset(next));
        self.start = next;
        self.delimiters = 0;
        self.fault = None;
        self.start_line_ends = self.line_ends;
    }

    fn end_row(&mut self) {
        let line = self.first_line + self.start_line_ends;
        match &mut self.fields.lines {
            Lines::Consecutive { first } => {
                let (first, rows) = (*first, self.fields.rows as u64);
                if first + rows != line {
                    if rows == 0 {
                        self.fields.lines = Lines::Consecutive { first: line };
                    } else {
                        self.fields.lines = Lines::Each((first..first + rows).chain([line]).collect());
                    }
                }
            }
            Lines::Each(lines) => lines.push(line),
        }
        self.fields.rows += 1;
    }

    #[cold]
    fn end_unsound(&mut self, end: usize) {
        let (width, found) = (self.fields.width, self.delimiters + 1);
        self.fields.bounds.truncate(self.base);
        let first_line = self.first_line;
        let line = first_line + self.start_line_ends;
        let bytes = self.bytes;
        let content = &bytes[self.start..end];
        if width > 1 && self.dialect.is_blank(content) {
            self.fields.findings.add(Finding::at(FindingKind::BlankRow, self.file, line));
            return;
        }
        let at = Finding {
            row: Some(self.first_row + self.fields.rows as u64),
            ..Finding::at(FindingKind::OpenQuote, self.file, line)
        };
        let broken = self.broken.first().filter(|place| **place < end).copied();
        let finding = if let Some(fault) = self.fault {
            Finding { kind: fault.kind, line: first_line + fault.line_ends, field: Some(fault.field as u64), ..at }
        } else if content.len() >= self.dialect.longest {
            Finding { kind: FindingKind::LongRecord, ..at }
        } else if let Some(place) = broken {
            let (lines, field) = self.place(place);
            Finding { kind: FindingKind::EncodingError, line: line + lines, field: Some(field), ..at }
        } else {
            let kind = if found > width { FindingKind::ExtraCell } else { FindingKind::MissingCell };
            let field = found.min(width) as u64 + 1;
            Finding { kind, field: Some(field), found: Some(found as u64), expected: Some(width as u64), ..at }
        };
        self.broken = &self.broken[self.broken.partition_point(|place| *place < end)..];
        self.fields.findings.add(finding);
        self.fields.malformed.set(self.fields.rows);
        self.fields.bounds.resize(self.base + width + 1, offset(self.start));
        self.end_row();
    }

    /// The line ends between the start of the record and a place, and the number of the field there.
    fn place(&self, place: usize) -> (u64, u64) {
        let (mut lines, mut field, mut open, mut opens_at) = (0, 1, false, self.start);
        for (offset, &byte) in self.bytes[self.start..place].iter().enumerate() {
            let at = self.start + offset;
            lines += u64::from(byte == self.dialect.line_end);
            if Some(byte) == self.dialect.quote {
                if open {
                    // A quote right after this one was doubled and opens again.
                    (open, opens_at) = (false, at + 1);
                } else {
                    open = at == opens_at;
                }
            } else if byte == self.dialect.delimiter && !open {
                field += 1;
                opens_at = at + 1;
            }
        }
        (lines, field)
    }
}

/// A block is a few times the longest record at most, far below what 32 bits address.
#[expect(clippy::cast_possible_truncation, reason = "blocks are far below 4 GiB")]
const fn offset(place: usize) -> u32 {
    place as u32
}

/// The bytes in pieces of 64 with their places; the last is filled up with zeros, which no dialect gives a meaning.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (usize, [u8; 64])> {
    let (whole, rest) = bytes.as_chunks::<64>();
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    let last = (!rest.is_empty()).then_some((whole.len() * 64, last));
    whole.iter().enumerate().map(|(index, chunk)| (index * 64, *chunk)).chain(last)
}

/// The places, as bits from the lowest, of three bytes among 64.
#[expect(clippy::needless_bitwise_bool, reason = "lazy operators would keep the loop from being vectorised")]
fn marks(chunk: &[u8; 64], first: u8, second: u8, third: u8) -> u64 {
    let flags: [u8; 64] =
        std::array::from_fn(|i| u8::from((chunk[i] == first) | (chunk[i] == second) | (chunk[i] == third)));
    let (eights, _) = flags.as_chunks::<8>();
    // The product moves the lowest bit of each of eight bytes into the highest byte, one beside the other.
    eights
        .iter()
        .rev()
        .fold(0, |marks, eight| (marks << 8) | (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56))
}
