//! Our own reader of delimited text: right on hostile files, and fast.
//!
//! [`File::open`] learns how a file is written, [`File::blocks`] cuts it into blocks of whole records in one pass, and
//! [`Block::parse`] decodes a block, on as many threads as there are. What is wrong with a file is a [`Finding`] with its
//! physical line, and reading goes on:
//!
//! * A record with too many or too few fields, text after a closing quote, or bytes that are not UTF-8 is *malformed*: it is
//!   a row, all its cells are null, and none is unparsed.
//! * A quote that is not closed before the end of the file or of the longest record: its physical line is one malformed
//!   record, and the next line starts another. A quote inside an unquoted field is text.
//! * A blank line is a finding and no row; in a file of one column it is a null row instead, for that is how a null is
//!   written there.
//! * Lines end in `\n`, with or without `\r` before it. A lone `\r` is text, unless the head of the file (256 KiB) has it and no
//!   `\n`: then it ends the lines of the whole file.
//! * Only UTF-8 is read, compressed or not; the head names other encodings and formats in the error.
//!
//! [`Finding`]: super::Finding

use std::io::{self, Read};
use std::sync::Arc;

use super::bytes::{self, BYTE_ORDER_MARK, Bytes};
use super::input::Input;
use super::{Finding, Findings};
use split::{Blocks, Dialect, Step};

mod column;
mod detect;
mod fields;
pub(super) mod header;
mod parse;
#[cfg(test)]
mod property;
mod split;
#[cfg(test)]
mod tests;

pub use parse::Request;
pub use split::Block;

/// Bytes read to learn how a file is written; more if its header is longer.
const HEAD: usize = 256 << 10;

/// How a file is said to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The byte between fields; none means the one of `,` `;` tab `|` that the first records agree on.
    pub delimiter: Option<u8>,
    /// The byte around fields that hold delimiters, line ends or quotes; none means that there is none.
    pub quote: Option<u8>,
    /// Where the names of the columns are.
    pub header: Header,
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
    /// It is not text in UTF-8.
    #[error("cannot read `{input}` as CSV: it is {what}; only UTF-8 text is read")]
    NotText {
        /// The file.
        input: Input,
        /// What it is instead.
        what: &'static str,
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
    dialect: Arc<Dialect>,
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
            delimiter: None,
            quote: Some(b'"'),
            header: Header::First,
            null_values: Vec::new(),
            quoted_empty_is_text: false,
        }
    }
}

impl Options {
    fn check(&self) -> Result<(), Error> {
        let odd = |byte: u8| !byte.is_ascii() || matches!(byte, b'\n' | b'\r' | b'\0');
        if self.delimiter.is_some_and(odd) || self.quote.is_some_and(odd) {
            return Err(Error::Options("a delimiter and a quote are one ASCII character each, and no line end"));
        }
        if self.delimiter.is_some() && self.delimiter == self.quote {
            return Err(Error::Options("the delimiter and the quote cannot be the same"));
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
    /// If the file cannot be read, is not UTF-8 text by its first bytes, or the options make no sense.
    pub fn open(input: impl Into<Input>, index: usize, options: &Options) -> Result<Self, Error> {
        options.check()?;
        let input = input.into();
        let io = |source| Error::Io { input: input.clone(), source };
        let size = input.facts().map_err(io)?.bytes;
        let mut file = Bytes::open(&input).map_err(io)?;
        let mut head = Head { bytes: Vec::new(), last: false };
        head.grow(&mut file).map_err(io)?;
        if let Some(what) = bytes::unreadable(&head.bytes) {
            return Err(Error::NotText { input, what });
        }
        let mut this = Self {
            input: input.clone(),
            index,
            dialect: Arc::new(dialect(&head, options)),
            columns: Vec::new(),
            findings: Findings::default(),
            size,
            start: Start { offset: head.mark() as u64, line: 1, skip: false },
        };
        while !this.read_header(&head, &options.header) {
            head.grow(&mut file).map_err(io)?;
        }
        Ok(this)
    }

    /// The names of the columns, as they are in the file but made distinct.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
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

    fn blocks_of(&self, size: usize) -> impl Iterator<Item = io::Result<Block>> + Send + use<> {
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
        file.skip(self.start.offset)?;
        Ok(file)
    }

    /// Names the columns; false if more of the file must be known for that.
    fn read_header(&mut self, head: &Head, header: &Header) -> bool {
        let mut findings = Findings::default();
        let (mut at, mut line) = (head.mark(), 1);
        let first = loop {
            if at == head.bytes.len() && head.last {
                break None;
            }
            match self.dialect.step(&head.bytes, at, head.last) {
                Step::More => return false,
                Step::Record { next } if self.dialect.is_blank(&head.bytes[at..next]) => {
                    findings.add(Finding::at(super::FindingKind::BlankRow, self.index, line));
                    (at, line) = (next, line + 1);
                }
                Step::Record { next } => break Some((next, false)),
                Step::Broken { next, skip } => break Some((next, skip)),
            }
        };
        let record = first.map_or(&[][..], |(next, _)| &head.bytes[at..next]);
        let labels = if first.is_some() { header::split(record, &self.dialect) } else { Vec::new() };
        match header {
            Header::First => {
                if first.is_some() {
                    findings.merge(self.faults(record, line, labels.len()));
                    self.columns = header::names(&labels, self.index, line, &mut findings);
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

/// The first bytes of a file.
struct Head {
    bytes: Vec<u8>,
    last: bool,
}

impl Head {
    /// Reads as much again.
    fn grow(&mut self, file: &mut impl Read) -> io::Result<()> {
        let more = self.bytes.len().max(HEAD) as u64;
        self.last = (file.take(more).read_to_end(&mut self.bytes)? as u64) < more;
        Ok(())
    }

    /// The length of the byte-order mark.
    fn mark(&self) -> usize {
        if self.bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }
}

fn dialect(head: &Head, options: &Options) -> Dialect {
    let text = &head.bytes[head.mark()..];
    let mut dialect = Dialect {
        delimiter: b',',
        quote: options.quote,
        line_end: detect::line_end(text),
        longest: split::LONGEST,
        width: 0,
        null_values: options.null_values.clone(),
        quoted_empty_is_text: options.quoted_empty_is_text,
    };
    dialect.delimiter = options.delimiter.unwrap_or_else(|| detect::delimiter(text, &dialect, head.last));
    dialect
}
