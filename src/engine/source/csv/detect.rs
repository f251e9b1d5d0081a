//! What the first bytes of a file say of how it is written: line ends, delimiter, quote.

use super::encoding::Encoded;
use super::split::{Dialect, LONGEST, Step};
use super::{Options, header};
use crate::dataset::Quote;
use crate::ir::Encoding;

/// Delimiters that are looked for; between equals the first is taken.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The same where a comma stands before decimals, and parts fields only if none of these does.
const BESIDE_A_COMMA: [u8; 3] = [b';', b'\t', b'|'];

/// Records that are looked at.
const RECORDS: usize = 100;

/// How a file is taken apart whose records begin so, as far as that is not said.
pub(super) fn dialect(head: &[u8], last: bool, encoded: Encoded, options: &Options) -> Dialect {
    let mut dialect = Dialect {
        delimiter: b',',
        quote: options.quote.byte().or_else(|| (options.quote == Quote::Unsaid).then_some(b'"')),
        comment: options.comment.clone().into_bytes(),
        line_end: line_end(head),
        crlf: false,
        longest: LONGEST,
        width: 0,
        null_values: options.null_values.clone(),
        quoted_empty_is_text: options.quoted_empty_is_text,
        transcoded: encoded.encoding != Encoding::UTF_8,
    };
    let comma = options.marks.is_some_and(|marks| marks.decimal == ',');
    let delimiters: &[u8] = if comma { &BESIDE_A_COMMA } else { &DELIMITERS };
    let found = |dialect: &Dialect| options.delimiter.unwrap_or_else(|| delimiter(head, dialect, delimiters, last));
    dialect.delimiter = found(&dialect);
    if options.quote == Quote::Unsaid {
        let other = Dialect { quote: Some(b'\''), ..dialect.clone() };
        let other = Dialect { delimiter: found(&other), ..other };
        if is_quoted_otherwise(head, &dialect, &other, last) {
            return other;
        }
    }
    dialect
}

/// Where the first lines end, so many of them; none if more bytes are needed.
pub(super) fn after_lines(head: &[u8], lines: u64, last: bool) -> Option<usize> {
    let mut at = 0;
    let end = line_end(head);
    for _ in 0..lines {
        match memchr::memchr(end, &head[at..]) {
            Some(offset) => at += offset + 1,
            None if last => return Some(head.len()),
            None => return None,
        }
    }
    Some(at)
}

/// The byte that ends lines: `\n`, or `\r` where the head has that and no `\n`.
fn line_end(head: &[u8]) -> u8 {
    let lone = memchr::memchr(b'\r', head).is_some() && memchr::memchr(b'\n', head).is_none();
    if lone { b'\r' } else { b'\n' }
}

/// The delimiter under which the first records most agree on a number of fields, more than one; else the comma.
///
/// What neither stands in the first record nor in most others belongs to the values of a file of one column.
fn delimiter(head: &[u8], dialect: &Dialect, delimiters: &[u8], last: bool) -> u8 {
    let mut best = (0, 1, b',');
    for &delimiter in delimiters {
        let dialect = Dialect { delimiter, ..dialect.clone() };
        let widths = widths(head, &dialect, last);
        let usual = widths
            .iter()
            .copied()
            .filter(|width| *width > 1)
            .max_by_key(|width| (widths.iter().filter(|other| *other == width).count(), *width));
        let Some(width) = usual else { continue };
        let agree = widths.iter().filter(|other| **other == width).count() * 1000 / widths.len();
        let seldom = widths.first().is_some_and(|first| *first < 2) && agree < 500;
        if !seldom && (agree, width) > (best.0, best.1) {
            best = (agree, width, delimiter);
        }
    }
    best.2
}

/// Whether fields stand in `'` and not in `"`: no field starts with the one, the names of the columns stand in the other, or
/// the records agree on a number of fields by the other alone.
///
/// A letter too many at the start of a text is more likely than a quote of this kind, so that each must be closed.
fn is_quoted_otherwise(head: &[u8], usual: &Dialect, other: &Dialect, last: bool) -> bool {
    let (usual, other) = (Look::at(head, usual, last), Look::at(head, other, last));
    usual.quoted == 0 && other.quoted > 0 && other.sound && (other.first || (other.agree && !usual.agree))
}

/// What the first records look like.
struct Look {
    /// How many fields start with a quote, whether those of the first record all do, and whether each is closed.
    quoted: usize,
    first: bool,
    sound: bool,
    /// Whether all records have as many fields, more than one.
    agree: bool,
}

impl Look {
    fn at(head: &[u8], dialect: &Dialect, last: bool) -> Self {
        let mut look = Self { quoted: 0, first: false, sound: true, agree: true };
        let mut width = 0;
        each_record(head, dialect, last, |record, broken| {
            let fields = header::split(record, dialect);
            let ends = fields.iter().skip(1).map(|(start, _)| start - 1).chain([content(record, dialect)]);
            let spelled = fields.iter().zip(ends).map(|((start, _), end)| record.get(*start..end).unwrap_or_default());
            let (mut quoted, count) = (0, fields.len());
            for field in spelled {
                if field.first().copied() == dialect.quote {
                    quoted += 1;
                    look.sound &= field.len() > 1 && field.last().copied() == dialect.quote;
                }
            }
            if width == 0 {
                (width, look.first) = (count, quoted == count);
            }
            look.quoted += quoted;
            look.sound &= !broken;
            look.agree &= count == width && count > 1;
        });
        look
    }
}

/// Where a record ends, before its line end.
fn content(record: &[u8], dialect: &Dialect) -> usize {
    let line = record.strip_suffix(&[dialect.line_end]).unwrap_or(record);
    line.strip_suffix(b"\r").filter(|_| dialect.line_end == b'\n').unwrap_or(line).len()
}

/// How many fields the first records have.
fn widths(head: &[u8], dialect: &Dialect, last: bool) -> Vec<usize> {
    let mut widths = Vec::new();
    each_record(head, dialect, last, |record, _| widths.push(header::split(record, dialect).len()));
    widths
}

/// Calls with each of the first records that is neither blank nor a comment, and whether it has no sound end.
fn each_record(head: &[u8], dialect: &Dialect, last: bool, mut see: impl FnMut(&[u8], bool)) {
    let (mut at, mut seen) = (0, 0);
    while at < head.len() && seen < RECORDS {
        let (next, broken) = match dialect.step(head, at, last) {
            Step::Record { next } => (next, false),
            Step::Broken { next, .. } => (next, true),
            Step::More => break,
        };
        let record = &head[at..next];
        if !dialect.is_blank(record) && dialect.is_comment(record, true) == Some(false) {
            see(record, broken);
            seen += 1;
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str, options: &Options) -> Dialect {
        dialect(head.as_bytes(), true, Encoded { encoding: Encoding::UTF_8, mark: 0 }, options)
    }

    fn detected(head: &str) -> char {
        char::from(found(head, &Options::default()).delimiter)
    }

    #[test]
    fn the_delimiter_is_the_one_that_records_agree_on() {
        assert_eq!(detected("a,b\n1,2\n"), ',');
        assert_eq!(detected("fecha;importe\n2024-01-01;1,5\n2024-01-02;2,5\n"), ';');
        assert_eq!(detected("id;name\n1;García, Ana\n2;Pérez, Luis\n"), ';');
        assert_eq!(detected("a\tb, c\n1\t2\n"), '\t');
        assert_eq!(detected("a|b\n\n1|2\n"), '|');
        assert_eq!(detected("a;b\n\"1,2\n,,;\";3\n"), ';');
        assert_eq!(detected("a,b,c\n1,2\n1,2,3\n1,2,3;4\n"), ',');
        assert_eq!(detected("a\n1\n"), ',');
        assert_eq!(detected("s\na|b\na&b\n"), ',');
        assert_eq!(detected("report\na;b\n1;2\n3;4\n"), ';');
        assert_eq!(detected(""), ',');
    }

    #[test]
    fn comments_and_decimal_commas_do_not_count_for_the_delimiter() {
        let comment = Options { comment: "#".to_owned(), ..Options::default() };
        assert_eq!(found("# a,b,c\n# d,e,f\na;b\n1;2\n", &comment).delimiter, b';');
        let marks = Some(crate::ir::Marks::COMMA);
        assert_eq!(found("1,5;2,5\n3,5;4,5\n", &Options { marks, ..Options::default() }).delimiter, b';');
    }

    #[test]
    fn the_quote_is_another_one_only_where_that_is_sure() {
        let quote = |head: &str| found(head, &Options::default()).quote.map(char::from);
        assert_eq!(quote("a,b\n1,2\n"), Some('"'));
        assert_eq!(quote("'a','b'\n1,2\n"), Some('\''));
        assert_eq!(quote("a,b\n'1,5',2\n'2,5',3\n"), Some('\''));
        assert_eq!(quote("a,b\n'tis,2\n'twas,3\n"), Some('"'));
        assert_eq!(quote("a,b\n'x',2\n'y',3\n"), Some('"'));
        assert_eq!(quote("'a','b'\n\"1\",2\n"), Some('"'));
        assert_eq!(found("'a','b'\n", &Options { quote: Quote::None, ..Options::default() }).quote, None);
    }

    #[test]
    fn lines_that_are_passed_over_are_counted() {
        assert_eq!(after_lines(b"a\nb\nc\n", 2, false), Some(4));
        assert_eq!(after_lines(b"a\nb", 2, false), None);
        assert_eq!(after_lines(b"a\nb", 2, true), Some(3));
        assert_eq!(after_lines(b"a\rb\r", 1, true), Some(2));
    }
}
