//! Where the fields of the records of a block lie.
//!
//! One pass over the bytes of a block finds delimiters, line ends and quotes, and writes down where each field starts. A
//! record that cannot be taken apart keeps its place as a row without fields. What the fields say is not looked at.

use std::ops::Range;

use super::place;
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
    /// The malformed rows, and where each record lies.
    pub(super) unsound: Vec<(usize, Range<usize>)>,
    pub(super) lines: Lines,
    pub(super) findings: Findings,
}

impl Fields {
    /// Takes a block apart; `broken` are the places of bytes that are no characters.
    pub(super) fn find(block: &Block, broken: &[usize]) -> Self {
        let mut scan = Scan::new(block, broken);
        match block.dialect.quote.filter(|quote| memchr::memchr(*quote, &block.bytes).is_some()) {
            Some(quote) => scan.quoted(quote),
            None => scan.plain(),
        }
        scan.mixed_line_ends();
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
    /// Where each record lies, malformed or not, without what ends its line.
    pub(super) fn records(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut unsound = self.unsound.iter().peekable();
        self.bounds.chunks(self.width + 1).take(self.rows).enumerate().map(move |(row, bounds)| {
            match (unsound.next_if(|(malformed, _)| *malformed == row), bounds) {
                (Some((_, place)), _) => (place.start, place.end),
                (None, [start, .., end]) => (*start as usize, *end as usize - 1),
                (None, _) => (0, 0),
            }
        })
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    dialect: &'a Dialect,
    file: usize,
    first_row: u64,
    first_line: u64,
    /// Places of bytes that are no characters, not yet passed.
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
    /// Whether the current line is a comment.
    comment: bool,
    /// How many records end in `\r\n`, and where the first ends that does not end as those of the file do.
    crlf: usize,
    turn: Option<usize>,
}

/// The first fault of a record, other than its number of fields.
#[derive(Clone, Copy)]
struct Fault {
    kind: FindingKind,
    place: usize,
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
                unsound: Vec::new(),
                lines: Lines::Consecutive { first: block.first_line },
                findings: Findings::default(),
            },
            start: 0,
            delimiters: 0,
            base: 0,
            line_ends: 0,
            start_line_ends: 0,
            fault: None,
            comment: block.dialect.is_comment(&block.bytes, true) == Some(true),
            crlf: 0,
            turn: None,
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
                    if place == paired || self.comment {
                        continue;
                    }
                    if open.is_none() {
                        if place == field_start {
                            open = Some(place);
                        }
                    } else if self.bytes.get(place + 1) == Some(&quote) {
                        paired = place + 1;
                    } else {
                        open = None;
                        if !self.ends_field(place + 1) {
                            self.blame(FindingKind::TextAfterQuote, place + 1);
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
        if let Some(place) = open {
            self.blame(FindingKind::OpenQuote, place);
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

    fn blame(&mut self, kind: FindingKind, place: usize) {
        if self.fault.is_none() {
            self.fault = Some(Fault { kind, place, field: self.delimiters + 1 });
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
        let crlf = end > self.start && self.bytes[end - 1] == b'\r';
        // What is too long is cut somewhere, and where it ends is not looked at.
        if next > end && end - self.start < self.dialect.longest {
            self.crlf += usize::from(crlf);
            if crlf != self.dialect.crlf && self.turn.is_none() {
                self.turn = Some(end);
            }
        }
        let sound = self.delimiters + 1 == self.fields.width
            && !self.comment
            && self.fault.is_none()
            && end - self.start < self.dialect.longest
            && self.broken.first().is_none_or(|place| *place >= end);
        if sound {
            self.fields.bounds.push(offset(end + 1));
            self.end_row();
        } else {
            self.end_unsound(end, next);
        }
        self.base = self.fields.bounds.len();
        self.fields.bounds.push(offset(next));
        self.start = next;
        self.delimiters = 0;
        self.fault = None;
        self.start_line_ends = self.line_ends;
        if !self.dialect.comment.is_empty() {
            self.comment = self.bytes[next..].starts_with(&self.dialect.comment);
        }
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
    fn end_unsound(&mut self, end: usize, next: usize) {
        self.fields.bounds.truncate(self.base);
        let content = &self.bytes[self.start..end];
        let broken = self.broken.first().filter(|place| **place < end).copied();
        self.broken = &self.broken[self.broken.partition_point(|place| *place < end)..];
        if self.comment {
            return;
        }
        if self.fields.width > 1 && self.dialect.is_blank(content) {
            let blank = self.finding(FindingKind::BlankRow, self.start);
            self.fields.findings.add(blank);
            return;
        }
        let row = Some(self.first_row + self.fields.rows as u64);
        let finding = Finding { row, ..self.what_is_wrong(end, next, broken) };
        self.fields.findings.add(finding);
        self.fields.malformed.set(self.fields.rows);
        self.fields.unsound.push((self.fields.rows, self.start..end));
        self.fields.bounds.resize(self.base + self.fields.width + 1, offset(self.start));
        self.end_row();
    }

    /// What is wrong with the current record; `broken` is the place of its first byte that is no character.
    fn what_is_wrong(&self, end: usize, next: usize, broken: Option<usize>) -> Finding {
        let (width, found) = (self.fields.width, self.delimiters + 1);
        let too_long = end - self.start >= self.dialect.longest;
        let (found_fields, columns) = (Some(found as u64), Some(width as u64));
        let cells = |finding| Finding { found: found_fields, expected: columns, ..finding };
        // The last record of a file ends where the file does, without a line end.
        let cut = next == end && !too_long && self.bytes.last() != Some(&self.dialect.line_end);
        match (self.fault, broken) {
            (Some(Fault { kind: FindingKind::OpenQuote, field, .. }), _) if cut => Finding {
                field: Some(field as u64),
                expected: columns,
                ..self.finding(FindingKind::TruncatedFile, end)
            },
            (Some(fault), _) => Finding { field: Some(fault.field as u64), ..self.finding(fault.kind, fault.place) },
            (None, _) if too_long => self.finding(FindingKind::LongRecord, self.start),
            (None, Some(place)) => {
                let kind = if self.bytes[place] == 0 { FindingKind::NulByte } else { FindingKind::EncodingError };
                let mut field = 0;
                self.each_start(place + 1, |_| field += 1);
                Finding { field: Some(field), ..self.finding(kind, place) }
            }
            (None, None) if found > width => {
                let (mut starts, mut extra) = (0, end);
                self.each_start(end + 1, |start| {
                    if starts == width {
                        extra = start;
                    }
                    starts += 1;
                });
                cells(Finding { field: columns.map(|width| width + 1), ..self.finding(FindingKind::ExtraCell, extra) })
            }
            (None, None) if cut => {
                Finding { field: found_fields, expected: columns, ..self.finding(FindingKind::TruncatedFile, end) }
            }
            (None, None) => {
                let content =
                    self.bytes[self.start..end].strip_suffix(b"\r").filter(|_| self.dialect.line_end == b'\n');
                let end = content.map_or(end, |content| self.start + content.len());
                cells(Finding { field: Some(found as u64 + 1), ..self.finding(FindingKind::MissingCell, end) })
            }
        }
    }

    /// A fault at a place of the current record.
    fn finding(&self, kind: FindingKind, at: usize) -> Finding {
        let (lines, column) = place::of(&self.bytes[self.start..], self.dialect.line_end, at - self.start);
        let line = self.first_line + self.start_line_ends + lines;
        Finding { column: Some(column), ..Finding::at(kind, self.file, line) }
    }

    /// Calls with where each field of the current record starts, before a place.
    fn each_start(&self, before: usize, mut see: impl FnMut(usize)) {
        let (mut open, mut opens_at) = (false, self.start);
        see(self.start);
        for (offset, &byte) in self.bytes[self.start..before.min(self.bytes.len())].iter().enumerate() {
            let at = self.start + offset;
            if Some(byte) == self.dialect.quote {
                if open {
                    // A quote right after this one was doubled and opens again.
                    (open, opens_at) = (false, at + 1);
                } else {
                    open = at == opens_at;
                }
            } else if byte == self.dialect.delimiter && !open && at + 1 < before {
                opens_at = at + 1;
                see(opens_at);
            }
        }
    }

    /// Tells where the first line ends that does not end as those of the file do, outside of quotes.
    fn mixed_line_ends(&mut self) {
        let stray = match self.dialect.line_end {
            b'\n' if memchr::memchr_iter(b'\r', self.bytes).count() > self.crlf => self.stray(b'\r'),
            b'\n' => None,
            _ => self.stray(b'\n'),
        };
        let turn = if self.dialect.line_end == b'\n' { self.turn } else { None };
        let Some(at) = [turn, stray].into_iter().flatten().min() else { return };
        let usual = match (self.dialect.line_end, self.dialect.crlf) {
            (b'\n', true) => "CRLF",
            (b'\n', false) => "LF",
            _ => "CR",
        };
        let other = match (Some(at) == stray, self.dialect.line_end) {
            (true, b'\n') => "CR",
            (false, b'\n') if self.dialect.crlf => "LF",
            (false, b'\n') => "CRLF",
            _ => "LF",
        };
        let (lines, column) = place::of(self.bytes, self.dialect.line_end, at);
        let column = column - u64::from(other == "CRLF");
        self.fields.findings.add(Finding {
            column: Some(column),
            label: Some(format!("{usual} → {other}")),
            ..Finding::at(FindingKind::MixedLineEnds, self.file, self.first_line + lines)
        });
    }

    /// Where a byte of a line end first stands in a sound field without quotes.
    fn stray(&self, byte: u8) -> Option<usize> {
        let bounds = &self.fields.bounds;
        let width = self.fields.width;
        memchr::memchr_iter(byte, self.bytes).find(|place| {
            let index = bounds.partition_point(|bound| *bound <= offset(*place)).checked_sub(1);
            let Some(index) = index else { return false };
            let (field, start) = (index % (width + 1), bounds[index] as usize);
            // What lies between records is blank, a comment, or malformed.
            let Some(end) = bounds.get(index + 1).filter(|_| field < width) else { return false };
            let quoted = self.dialect.quote.is_some_and(|quote| self.bytes[start] == quote);
            let ends_record = byte == b'\r' && field + 1 == width && *place + 2 == *end as usize;
            let is_line_end = ends_record && self.bytes.get(place + 1) == Some(&b'\n');
            !quoted && !is_line_end
        })
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
