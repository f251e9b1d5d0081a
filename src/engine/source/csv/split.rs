//! Where records end, and blocks of whole records.
//!
//! A file is read once, in order, and cut into blocks that many threads can decode. The splitter keeps count of lines and
//! rows so that a block knows where in the file it lies; it does not look at fields, but for the quotes that hide line ends.

use std::io::{self, Read};
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memchr2, memmem, memrchr};

/// Bytes of a file read at a time: enough rows for a batch, few enough for what is made of them to stay in the cache.
pub(super) const BLOCK: usize = 1 << 20;

/// Bytes of the longest record that is read.
pub(super) const LONGEST: usize = 32 << 20;

/// How the bytes of one file are taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quote: Option<u8>,
    /// What lines begin with that are no records; nothing if none are.
    pub(super) comment: Vec<u8>,
    /// `\n`, with or without `\r` before it, or a lone `\r`.
    pub(super) line_end: u8,
    /// Whether the first record ends in `\r\n`.
    pub(super) crlf: bool,
    /// A record of so many bytes, line end apart, is not read.
    pub(super) longest: usize,
    /// How many fields a record has.
    pub(super) width: usize,
    pub(super) null_values: Vec<String>,
    pub(super) quoted_empty_is_text: bool,
    /// Whether it comes from another encoding than UTF-8.
    pub(super) transcoded: bool,
}

/// What follows from some place that starts a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A whole record, and the place after its line end.
    Record { next: usize },
    /// A record that has no sound end. What is known of it ends at `next`; the rest of its line, if any, is to be skipped.
    Broken { next: usize, skip: bool },
    /// More bytes are needed.
    More,
}

impl Dialect {
    /// Finds the end of the record that starts at `start`; `last` says that no bytes follow these.
    pub(super) fn step(&self, bytes: &[u8], start: usize, last: bool) -> Step {
        let edge = start + self.longest;
        let reach = bytes.get(..edge).unwrap_or(bytes);
        let mut at = start;
        let quote = match self.is_comment(&bytes[start..], last) {
            Some(true) => None,
            Some(false) => self.quote,
            None => return Step::More,
        };
        loop {
            let rest = reach.get(at..).unwrap_or_default();
            let found = match quote {
                Some(quote) => memchr2(self.line_end, quote, rest),
                None => memchr(self.line_end, rest),
            };
            let Some(place) = found.map(|offset| at + offset) else {
                return unended(bytes.len(), edge, last);
            };
            if reach[place] == self.line_end {
                return Step::Record { next: place + 1 };
            }
            let opens = place == start || reach[place - 1] == self.delimiter;
            if !opens {
                at = place + 1;
                continue;
            }
            match self.close(bytes, place + 1, reach.len(), last) {
                Close::At(close) => at = close + 1,
                Close::Never => return self.open(bytes, place, edge, last),
                Close::Unknown => return Step::More,
            }
        }
    }

    /// Whether a line that begins so is a comment; none if it takes more bytes to tell.
    pub(super) fn is_comment(&self, line: &[u8], last: bool) -> Option<bool> {
        if self.comment.is_empty() || line.starts_with(&self.comment) {
            return Some(!self.comment.is_empty());
        }
        (last || !self.comment.starts_with(line)).then_some(false)
    }

    /// Whether the content of a line is blank.
    pub(super) fn is_blank(&self, line: &[u8]) -> bool {
        let line = line.strip_suffix(&[self.line_end]).unwrap_or(line);
        line.is_empty() || (line == b"\r" && self.line_end == b'\n')
    }

    /// Finds the quote that closes a field whose content starts at `from`, before `reach`.
    fn close(&self, bytes: &[u8], from: usize, reach: usize, last: bool) -> Close {
        let Some(quote) = self.quote else { return Close::Never };
        let mut at = from;
        while let Some(offset) = bytes.get(at..reach).and_then(|rest| memchr(quote, rest)) {
            let place = at + offset;
            match bytes.get(place + 1) {
                Some(&next) if next == quote => at = place + 2,
                None if !last => return Close::Unknown,
                _ => return Close::At(place),
            }
        }
        // `reach` is short of the longest record only where the bytes end.
        if last || reach < bytes.len() { Close::Never } else { Close::Unknown }
    }

    /// A record whose quote at `place` is never closed: it ends with the line of that quote.
    fn open(&self, bytes: &[u8], place: usize, edge: usize, last: bool) -> Step {
        let reach = bytes.get(..edge).unwrap_or(bytes);
        match memchr(self.line_end, &reach[place..]) {
            Some(offset) => Step::Broken { next: place + offset + 1, skip: false },
            None if bytes.len() > edge => Step::Broken { next: edge, skip: true },
            None if last => Step::Broken { next: bytes.len(), skip: false },
            None => Step::More,
        }
    }
}

enum Close {
    At(usize),
    Never,
    Unknown,
}

/// A record without a line end in sight.
fn unended(length: usize, edge: usize, last: bool) -> Step {
    if length > edge {
        Step::Broken { next: edge, skip: true }
    } else if last {
        Step::Record { next: length }
    } else {
        Step::More
    }
}

/// Whole records of a file, not yet decoded.
#[derive(Clone, Debug)]
pub struct Block {
    pub(super) dialect: Arc<Dialect>,
    pub(super) file: usize,
    pub(super) first_line: u64,
    pub(super) first_row: u64,
    pub(super) bytes: Vec<u8>,
}

impl Block {
    /// How many bytes of the file it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The index within its file of its first row, from 0.
    #[must_use]
    pub fn first_row(&self) -> u64 {
        self.first_row
    }
}

/// The blocks of a file, in order.
pub(super) struct Blocks<R> {
    reader: R,
    dialect: Arc<Dialect>,
    file: usize,
    size: usize,
    line: u64,
    row: u64,
    pending: Vec<u8>,
    last: bool,
    skip: bool,
    failed: bool,
}

/// The whole records at the front of some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cut {
    next: usize,
    rows: u64,
    lines: u64,
    skip: bool,
}

impl<R: Read> Blocks<R> {
    /// Cuts what a reader gives, which starts a record at a line of the file; or first, with `skip`, ends that line.
    pub(super) fn new(reader: R, dialect: Arc<Dialect>, file: usize, line: u64, skip: bool, size: usize) -> Self {
        let pending = Vec::new();
        Self { reader, dialect, file, size, line, row: 0, pending, last: false, skip, failed: false }
    }

    fn read(&mut self) -> io::Result<Option<Block>> {
        let mut wanted = self.size.max(1);
        loop {
            if self.pending.len() < wanted {
                self.fill(wanted)?;
            }
            if self.skip && !self.finish_skip() {
                if self.last {
                    return Ok(None);
                }
                continue;
            }
            if self.pending.is_empty() && self.last {
                return Ok(None);
            }
            let cut = self.cut();
            if cut.next > 0 {
                return Ok(Some(self.take(&cut)));
            }
            wanted = self.pending.len().max(wanted) * 2;
        }
    }

    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        if self.last {
            return Ok(());
        }
        self.pending.reserve_exact(wanted - self.pending.len());
        let missing = (wanted - self.pending.len()) as u64;
        let read = self.reader.by_ref().take(missing).read_to_end(&mut self.pending)?;
        self.last = (read as u64) < missing;
        Ok(())
    }

    /// Drops the rest of the line of a broken record; says whether its end was found.
    fn finish_skip(&mut self) -> bool {
        let end = memchr(self.dialect.line_end, &self.pending);
        match end {
            Some(end) => {
                self.pending.drain(..=end);
                self.line += 1;
                self.skip = false;
            }
            None => self.pending.clear(),
        }
        !self.skip
    }

    fn cut(&self) -> Cut {
        let end = if self.last {
            self.pending.len()
        } else {
            memrchr(self.dialect.line_end, &self.pending).map_or(0, |place| place + 1)
        };
        let whole = &self.pending[..end];
        let quoted = self.dialect.quote.is_some_and(|quote| memchr(quote, whole).is_some());
        if quoted || end == 0 || (self.last && !whole.ends_with(&[self.dialect.line_end])) {
            self.cut_by_steps()
        } else {
            let lines = memchr_iter(self.dialect.line_end, whole).count() as u64;
            let blank = if self.dialect.width > 1 { blank_lines(whole, self.dialect.line_end) } else { 0 };
            let comments = self.comments(whole);
            Cut { next: end, rows: lines - blank - comments, lines, skip: false }
        }
    }

    /// Counts the lines that are comments.
    fn comments(&self, lines: &[u8]) -> u64 {
        let comment = &self.dialect.comment;
        if comment.is_empty() {
            return 0;
        }
        let inner = [&[self.dialect.line_end], comment.as_slice()].concat();
        count(lines, &inner) + u64::from(lines.starts_with(comment))
    }

    fn cut_by_steps(&self) -> Cut {
        let (bytes, dialect) = (self.pending.as_slice(), &self.dialect);
        let mut cut = Cut::default();
        while cut.next < bytes.len() {
            let (next, broken, skip) = match dialect.step(bytes, cut.next, self.last) {
                Step::Record { next } => (next, false, false),
                Step::Broken { next, skip } => (next, true, skip),
                Step::More => break,
            };
            let record = &bytes[cut.next..next];
            let comment = dialect.is_comment(record, true) == Some(true);
            cut.rows += u64::from(!comment && (broken || dialect.width <= 1 || !dialect.is_blank(record)));
            cut.lines += memchr_iter(dialect.line_end, record).count() as u64;
            cut.next = next;
            cut.skip = skip;
            if broken {
                // The end of a block is what tells the decoder that this record has no sound end.
                break;
            }
        }
        cut
    }

    fn take(&mut self, cut: &Cut) -> Block {
        let rest = self.pending[cut.next..].to_vec();
        let mut bytes = std::mem::replace(&mut self.pending, rest);
        bytes.truncate(cut.next);
        let block = Block {
            dialect: Arc::clone(&self.dialect),
            file: self.file,
            first_line: self.line,
            first_row: self.row,
            bytes,
        };
        self.line += cut.lines;
        self.row += cut.rows;
        self.skip = cut.skip;
        block
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let block = self.read();
        self.failed = block.is_err();
        block.transpose()
    }
}

/// Counts the lines that hold nothing, or only the `\r` of their end.
fn blank_lines(lines: &[u8], line_end: u8) -> u64 {
    let bare = count(lines, &[line_end, line_end]) + u64::from(lines.first() == Some(&line_end));
    if line_end == b'\n' && memchr(b'\r', lines).is_some() {
        bare + count(lines, b"\n\r\n") + u64::from(lines.starts_with(b"\r\n"))
    } else {
        bare
    }
}

/// Counts where some bytes occur; the last of them may be the first of the next occurrence.
fn count(bytes: &[u8], wanted: &[u8]) -> u64 {
    let finder = memmem::Finder::new(wanted);
    let (mut count, mut at) = (0, 0);
    while let Some(offset) = bytes.get(at..).and_then(|rest| finder.find(rest)) {
        count += 1;
        at += offset + wanted.len() - 1;
    }
    count
}
