//! Our own reader of delimited text: right on hostile files, and fast.
//!
//! [`File::open`] learns how a file is written, [`File::blocks`] cuts it into blocks of whole records in one pass, and
//! [`Block::parse`] decodes a block, on as many threads as there are. What is wrong with a file is a [`Finding`] with its
//! physical line, and reading goes on:
//!
//! * A record with too many or too few fields, text after a closing quote, a NUL, or bytes that are no characters of the
//!   encoding is *malformed*: it is a row, all its cells are null, and none is unparsed.
//! * A quote that is not closed before the end of the file or of the longest record: its physical line is one malformed
//!   record, and the next line starts another. A quote inside an unquoted field is text.
//! * A last record without a line end that lacks fields or ends in quotes: the file is cut off there.
//! * A blank line is a finding and no row; in a file of one column it is a null row instead, for that is how a null is
//!   written there. A line that starts with the mark of comments is nothing.
//! * Lines end in `\n`, with or without `\r` before it; where both occur, or a lone `\r` outside quotes, the first such line
//!   is a finding. A lone `\r` is text, unless the head of the file (256 KiB) has it and no `\n`: then it ends the lines of
//!   the whole file.
//! * Text of any encoding is read, UTF-8 as it is and others as a stream of UTF-8; compressed or not.
//!
//! [`Finding`]: super::Finding

use std::io::{self, Read};
use std::sync::Arc;

use super::bytes::Bytes;
use super::input::Input;
use super::{Finding, Findings};
use crate::dataset::Quote;
use crate::ir::encoding::Encoding;
use crate::ir::marks::Marks;
use crate::outcome;
use encoding::Encoded;
use split::{Blocks, Dialect, Step};

mod column;
mod detect;
mod encoding;
mod fields;
pub(super) mod header;
mod parse;
mod place;
#[cfg(test)]
mod property;
mod split;
#[cfg(test)]
mod tests;
mod written;

pub use parse::Request;
pub use split::Block;

/// Bytes read to learn how a file is written; more if its header is longer.
const HEAD: u64 = 256 << 10;

/// How a file is said to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The encoding of its text; none means the one that its first bytes speak for.
    pub encoding: Option<Encoding>,
    /// The byte between fields; none means the one of `,` `;` tab `|` that the first records agree on.
    pub delimiter: Option<u8>,
    /// The byte around fields that hold delimiters, line ends or quotes; unsaid, it is `"`, or `'` where that alone fits.
    pub quote: Quote,
    /// Where the names of the columns are; in the first record if unsaid.
    pub header: Option<Header>,
    /// How many lines come before everything else.
    pub skip_lines: u64,
    /// What lines begin with that are no records; nothing if none are.
    pub comment: String,
    /// The marks in numbers, if they are said.
    pub marks: Option<Marks>,
    /// Spellings of null, in quotes or not, beside the empty field.
    pub null_values: Vec<String>,
    /// Whether an empty field in quotes is an empty text rather than null.
    pub quoted_empty_is_text: bool,
}

/// Where the names of the columns are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// In the first record that is not blank.
    #[default]
    First,
    /// Not in the file: these.
    Names(Vec<String>),
    /// Nowhere: `column_1`, `column_2`, …, as many as the first record has fields.
    None,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system could not read it.
    #[error("cannot read `{input}`: {source}")]
    Io {
        /// The file.
        input: Input,
        /// What the system says.
        source: io::Error,
    },
    /// It is no text, or none that is read.
    #[error("cannot read `{input}` as CSV: it is {what}")]
    NotText {
        /// The file.
        input: Input,
        /// What it is instead.
        what: String,
    },
    /// The options contradict each other.
    #[error("{0}")]
    Options(&'static str),
}

/// A file of delimited text, its header read.
#[derive(Clone, Debug)]
pub struct File {
    input: Input,
    index: usize,
    encoded: Encoded,
    dialect: Arc<Dialect>,
    written: outcome::Dialect,
    columns: Vec<String>,
    findings: Findings,
    size: u64,
    start: Start,
}

/// Where the first record after the header starts.
#[derive(Clone, Copy, Debug)]
struct Start {
    offset: u64,
    line: u64,
    /// Whether the rest of a broken header comes first.
    skip: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            encoding: None,
            delimiter: None,
            quote: Quote::Unsaid,
            header: None,
            skip_lines: 0,
            comment: String::new(),
            marks: None,
            null_values: Vec::new(),
            quoted_empty_is_text: false,
        }
    }
}

impl Options {
    fn check(&self) -> Result<(), Error> {
        let odd = |byte: u8| !byte.is_ascii() || matches!(byte, b'\n' | b'\r' | b'\0');
        let quote = if self.quote == Quote::Unsaid { Some(b'"') } else { self.quote.byte() };
        if self.delimiter.is_some_and(odd) || quote.is_some_and(odd) {
            return Err(Error::Options("a delimiter and a quote are one ASCII character each, and no line end"));
        }
        if self.delimiter.is_some() && self.delimiter == quote {
            return Err(Error::Options("the delimiter and the quote cannot be the same"));
        }
        let comment = self.comment.as_bytes();
        let first = comment.first().copied();
        if comment.contains(&b'\n') || comment.contains(&b'\r') {
            return Err(Error::Options("what comments start with holds no line end"));
        }
        if first.is_some() && (first == self.delimiter || first == quote) {
            return Err(Error::Options("a comment cannot start with the delimiter or the quote"));
        }
        Ok(())
    }
}

impl File {
    /// Opens a file, learns how it is written, and reads its header.
    ///
    /// `index` is the number of the file in its dataset, which batches and findings carry. An empty file has no columns, or
    /// those named by the options.
    ///
    /// # Errors
    /// If the file cannot be read, is no text by its first bytes, or the options make no sense.
    pub fn open(input: impl Into<Input>, index: usize, options: &Options) -> Result<Self, Error> {
        options.check()?;
        let input = input.into();
        let io = |source| Error::Io { input: input.clone(), source };
        let size = input.facts().map_err(io)?.bytes;
        let mut file = Bytes::open(&input).map_err(io)?;
        let mut first = Vec::new();
        let last = (file.by_ref().take(HEAD).read_to_end(&mut first).map_err(io)? as u64) < HEAD;
        let encoded = encoding::of(&first, last, options.encoding)
            .map_err(|what| Error::NotText { input: input.clone(), what })?;
        let mut file = encoded.text(file.again(first.split_off(encoded.mark)));
        let mut head = Head { bytes: Vec::new(), last: false };
        head.grow(&mut file).map_err(io)?;
        let start = loop {
            match detect::after_lines(&head.bytes, options.skip_lines, head.last) {
                Some(start) => break start,
                None => head.grow(&mut file).map_err(io)?,
            }
        };
        let dialect = detect::dialect(&head.bytes[start..], head.last, encoded, options);
        let mut this = Self {
            input: input.clone(),
            index,
            encoded,
            written: written::dialect(&dialect, encoded, options),
            dialect: Arc::new(dialect),
            columns: Vec::new(),
            findings: Findings::default(),
            size,
            start: Start { offset: start as u64, line: 1 + options.skip_lines, skip: false },
        };
        while !this.read_header(&head, options.header.as_ref().unwrap_or(&Header::First)) {
            head.grow(&mut file).map_err(io)?;
        }
        Ok(this)
    }

    /// The names of the columns, as they are in the file but made distinct.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How it is written, as far as that was said or found.
    #[must_use]
    pub fn written(&self) -> &outcome::Dialect {
        &self.written
    }

    /// Whether it is read as it is stored.
    #[must_use]
    pub fn is_utf_8(&self) -> bool {
        !self.dialect.transcoded
    }

    /// The byte between fields, given or detected.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.dialect.delimiter
    }

    /// What is wrong with the header, and with blank lines before it.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Its size in bytes, when it was opened.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads the records after the header, in blocks of whole records; ends after an error.
    pub fn blocks(&self) -> impl Iterator<Item = io::Result<Block>> + Send + use<> {
        self.blocks_of(split::BLOCK)
    }

    /// The same, in blocks of about so many bytes: whole records, and one at least.
    pub fn blocks_of(&self, size: usize) -> impl Iterator<Item = io::Result<Block>> + Send + use<> {
        let (blocks, failed) = match self.seek() {
            Ok(file) => {
                let dialect = Arc::clone(&self.dialect);
                (Some(Blocks::new(file, dialect, self.index, self.start.line, self.start.skip, size)), None)
            }
            Err(error) => (None, Some(Err(error))),
        };
        failed.into_iter().chain(blocks.into_iter().flatten())
    }

    fn seek(&self) -> io::Result<Bytes> {
        let mut file = Bytes::open(&self.input)?;
        file.skip(self.encoded.mark as u64)?;
        let mut file = self.encoded.text(file);
        file.skip(self.start.offset)?;
        Ok(file)
    }

    /// Names the columns; false if more of the file must be known for that.
    fn read_header(&mut self, head: &Head, header: &Header) -> bool {
        let mut findings = Findings::default();
        let (mut at, mut line) = (usize::try_from(self.start.offset).unwrap_or(usize::MAX), self.start.line);
        let first = loop {
            if at >= head.bytes.len() && head.last {
                break None;
            }
            let step = self.dialect.step(&head.bytes, at, head.last);
            let (Step::Record { next } | Step::Broken { next, .. }) = step else { return false };
            let record = &head.bytes[at..next];
            if self.dialect.is_comment(record, true) == Some(true) {
                (at, line) = (next, line + 1);
            } else if matches!(step, Step::Record { .. }) && self.dialect.is_blank(record) {
                let blank = Finding::at(super::FindingKind::BlankRow, self.index, line);
                findings.add(Finding { column: Some(1), ..blank });
                (at, line) = (next, line + 1);
            } else {
                break Some((next, matches!(step, Step::Broken { skip: true, .. })));
            }
        };
        let record = first.map_or(&[][..], |(next, _)| &head.bytes[at..next]);
        let labels = if first.is_some() { header::split(record, &self.dialect) } else { Vec::new() };
        let dialect = Arc::make_mut(&mut self.dialect);
        dialect.crlf = dialect.line_end == b'\n' && record.ends_with(b"\r\n");
        self.written.line_ends = written::line_ends(record, dialect);
        match header {
            Header::First => {
                if first.is_some() {
                    findings.merge(self.faults(record, line, labels.len()));
                    let walk = place::Walk::new(record, self.dialect.line_end);
                    let fault = |kind, at| {
                        let (lines, column) = walk.to(at);
                        Finding { column: Some(column), ..Finding::at(kind, self.index, line + lines) }
                    };
                    self.columns = header::names(&labels, fault, &mut findings);
                }
                let (next, skip) = first.unwrap_or((at, false));
                let lines = memchr::memchr_iter(self.dialect.line_end, record).count() as u64;
                self.start = Start { offset: next as u64, line: line + lines, skip };
                self.findings = findings;
            }
            Header::Names(names) => self.columns.clone_from(names),
            Header::None => self.columns = (0..labels.len()).map(header::made_up).collect(),
        }
        Arc::make_mut(&mut self.dialect).width = self.columns.len();
        true
    }

    /// What is wrong with the header as a record.
    fn faults(&self, record: &[u8], line: u64, width: usize) -> Findings {
        let dialect = Arc::new(Dialect { width, ..self.dialect.as_ref().clone() });
        let block = Block { dialect, file: self.index, first_line: line, first_row: 0, bytes: record.to_vec() };
        let mut findings = Findings::default();
        for finding in block.cells(|_| ()).kept() {
            findings.add(Finding { row: None, ..finding.clone() });
        }
        findings
    }
}

impl Encoded {
    /// The text of a file behind its mark, as UTF-8.
    fn text(self, file: Bytes) -> Bytes {
        if self.encoding == Encoding::UTF_8 { file } else { file.decoded(self.encoding) }
    }
}

/// The first bytes of a file.
struct Head {
    bytes: Vec<u8>,
    last: bool,
}

impl Head {
    /// Reads as much again.
    fn grow(&mut self, file: &mut impl Read) -> io::Result<()> {
        let more = HEAD.max(self.bytes.len() as u64);
        self.last = (file.take(more).read_to_end(&mut self.bytes)? as u64) < more;
        Ok(())
    }
}
