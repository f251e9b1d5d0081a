//! What the first bytes of a file say of how it is written: encoding, line ends, delimiter.

use super::split::{Dialect, Step};

/// Delimiters that are looked for; between equals the first is taken.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Records that are looked at.
const RECORDS: usize = 100;

/// The mark that UTF-8 text may start with.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Names what the bytes are, if they are no text in UTF-8.
pub(super) fn unreadable(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 8] = [
        (b"\xff\xfe\0\0", "text in UTF-32"),
        (b"\0\0\xfe\xff", "text in UTF-32"),
        (b"\xff\xfe", "text in UTF-16"),
        (b"\xfe\xff", "text in UTF-16"),
        (b"\x1f\x8b", "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"PK\x03\x04", "a zip archive (an Excel workbook is one)"),
        (b"PAR1", "a Parquet file"),
    ];
    if let Some((_, name)) = known.iter().find(|(start, _)| head.starts_with(start)) {
        return Some(name);
    }
    // Western text in UTF-16 without a mark: every other byte is zero.
    let pairs = head.get(..head.len().min(512)).unwrap_or_default().as_chunks::<2>().0;
    let zero = |side: usize| pairs.iter().filter(|pair| pair[side] == 0 && pair[1 - side] != 0).count();
    (pairs.len() > 1 && zero(0).max(zero(1)) * 4 > pairs.len() * 3).then_some("text in UTF-16")
}

/// The byte that ends lines: `\n`, or `\r` where the head has that and no `\n`.
pub(super) fn line_end(head: &[u8]) -> u8 {
    let lone = memchr::memchr(b'\r', head).is_some() && memchr::memchr(b'\n', head).is_none();
    if lone { b'\r' } else { b'\n' }
}

/// The delimiter under which the first records most agree on a number of fields, more than one; else the comma.
pub(super) fn delimiter(head: &[u8], dialect: &Dialect, last: bool) -> u8 {
    let mut best = (0, 1, b',');
    for delimiter in DELIMITERS {
        let dialect = Dialect { delimiter, ..dialect.clone() };
        let widths = widths(head, &dialect, last);
        let usual = widths
            .iter()
            .copied()
            .filter(|width| *width > 1)
            .max_by_key(|width| (widths.iter().filter(|other| *other == width).count(), *width));
        let Some(width) = usual else { continue };
        let agree = widths.iter().filter(|other| **other == width).count() * 1000 / widths.len();
        if (agree, width) > (best.0, best.1) {
            best = (agree, width, delimiter);
        }
    }
    best.2
}

/// How many fields the first records have.
fn widths(head: &[u8], dialect: &Dialect, last: bool) -> Vec<usize> {
    let mut widths = Vec::new();
    let mut at = 0;
    while at < head.len() && widths.len() < RECORDS {
        let (Step::Record { next } | Step::Broken { next, .. }) = dialect.step(head, at, last) else { break };
        let record = &head[at..next];
        if !dialect.is_blank(record) {
            widths.push(super::header::split(record, dialect).len());
        }
        at = next;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::source::csv::split::LONGEST;

    fn detected(head: &str) -> char {
        let dialect = Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            line_end: b'\n',
            longest: LONGEST,
            width: 0,
            null_values: Vec::new(),
            quoted_empty_is_text: false,
        };
        char::from(delimiter(head.as_bytes(), &dialect, true))
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
        assert_eq!(detected(""), ',');
    }

    #[test]
    fn bytes_that_are_no_utf8_text_are_named() {
        assert_eq!(unreadable(b"\xff\xfea\0"), Some("text in UTF-16"));
        assert_eq!(unreadable(b"a\0,\0b\0\n\0"), Some("text in UTF-16"));
        assert_eq!(unreadable(b"\0a\0,\0b\0\n"), Some("text in UTF-16"));
        assert_eq!(unreadable(b"\x1f\x8b\x08"), Some("compressed with gzip"));
        assert_eq!(unreadable(b"a,b\n\0,1\n"), None);
        assert_eq!(unreadable(b""), None);
    }
}
