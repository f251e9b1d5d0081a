//! What the first bytes of a file say of how it is written: line ends, delimiter.

use super::split::{Dialect, Step};

/// Delimiters that are looked for; between equals the first is taken.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Records that are looked at.
const RECORDS: usize = 100;

/// The byte that ends lines: `\n`, or `\r` where the head has that and no `\n`.
pub(super) fn line_end(head: &[u8]) -> u8 {
    let lone = memchr::memchr(b'\r', head).is_some() && memchr::memchr(b'\n', head).is_none();
    if lone { b'\r' } else { b'\n' }
}

/// The delimiter under which the first records most agree on a number of fields, more than one; else the comma.
///
/// What neither stands in the first record nor in most others belongs to the values of a file of one column.
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
        let seldom = widths.first().is_some_and(|first| *first < 2) && agree < 500;
        if !seldom && (agree, width) > (best.0, best.1) {
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
        assert_eq!(detected("s\na|b\na&b\n"), ',');
        assert_eq!(detected("report\na;b\n1;2\n3;4\n"), ';');
        assert_eq!(detected(""), ',');
    }
}
