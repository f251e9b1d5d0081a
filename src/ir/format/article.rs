//! The formats of the numbers of articles of trade: books, and whatever has a bar code.

use crate::ir::format::Row;
use crate::ir::format::checksum::{digits, is_one_character, weighted};

#[rustfmt::skip]
pub(super) const FORMATS: &[Row] = &[
    Row { name: "isbn", example: "978-84-376-0494-7", counterexample: "978-84-376-0494-8", holds: isbn },
    Row { name: "ean", example: "4006381333931", counterexample: "4006381333932", holds: ean },
];

/// An ISBN of ten or thirteen digits (ISO 2108) with its check digit, which in one of ten may be `X`.
///
/// Single hyphens or single spaces may stand between its parts, one kind throughout; where they stand is not looked at. One
/// of thirteen begins with 978 or 979, but not with 9790, which are scores of music (ISMN).
///
/// The sums are those of the ISBN Users' Manual, 7th edition: weights 10 to 1 modulo 11, and 1 and 3 by turns modulo 10.
pub(super) fn isbn(text: &str) -> bool {
    let separator = if text.contains('-') { '-' } else { ' ' };
    if !text.is_ascii() || text.split(separator).any(str::is_empty) {
        return false;
    }
    let plain: String = text.chars().filter(|character| *character != separator).collect();
    match plain.len() {
        10 => {
            let (body, last) = plain.split_at(plain.len() - 1);
            let last = if last == "X" { Some(vec![10]) } else { digits(last) };
            digits(body)
                .zip(last)
                .is_some_and(|(body, last)| weighted(body.into_iter().chain(last), (1..=10).rev()).is_multiple_of(11))
        }
        13 => (plain.starts_with("978") || (plain.starts_with("979") && !plain.starts_with("9790"))) && is_gtin(&plain),
        _ => false,
    }
}

/// A GTIN of 8, 12, 13 or 14 digits with its check digit: EAN-8, UPC-A, EAN-13, and ITF-14 of cases; digits alone.
///
/// A row of one digit, such as noughts, is a placeholder and refused.
pub(super) fn ean(text: &str) -> bool {
    matches!(text.len(), 8 | 12 | 13 | 14) && !is_one_character(text) && is_gtin(text)
}

/// Weights 3 and 1 by turns from the right, the check digit 1: the sum ends in 0 (GS1 General Specifications, 7.9).
fn is_gtin(text: &str) -> bool {
    digits(text).is_some_and(|digits| weighted(digits.into_iter().rev(), [1, 3].into_iter().cycle()).is_multiple_of(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isbn_has_ten_digits_or_thirteen() {
        for text in [
            "0306406152",
            "0-306-40615-2",
            "080442957X",
            "0 8044 2957 X",
            "9780306406157",
            "978-0-306-40615-7",
            "979-10-90636-07-1",
        ] {
            assert!(isbn(text), "{text}");
        }
        for text in [
            "0306406153",
            "080442957x",
            "X804429570",
            "9780306406158",
            "9770306406150",
            "9790260000438",
            "978-0-306-40615 7",
            "978--0306406157",
            "-9780306406157",
            "ISBN 9780306406157",
            "97803064061",
            "٩٧٨٠٣٠٦٤٠٦١٥٧",
        ] {
            assert!(!isbn(text), "{text}");
        }
    }

    #[test]
    fn a_number_of_trade_has_8_12_13_or_14_digits() {
        for text in ["96385074", "036000291452", "4006381333931", "8412345678905", "10036000291459"] {
            assert!(ean(text), "{text}");
        }
        for text in [
            "96385075",
            "036000291453",
            "4006381333932",
            "400638133393",
            "400 6381 333931",
            "0000000000000",
            "00000000",
            "6381333931",
            "",
        ] {
            assert!(!ean(text), "{text}");
        }
    }
}
