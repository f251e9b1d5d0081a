//! Values as bytes that sort as the values do, whatever the scale or batch they come from.
//!
//! Only values of one column meet; bytes of several columns, one after the other, sort as their rows do.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::Sign;

use crate::engine::local::column::{Column, decimal};

/// Writes the value of a row; says whether there is one.
pub(super) fn write(column: &Column, row: usize, to: &mut Vec<u8>) -> bool {
    match column {
        Column::Text(column) => column.get(row).map(|text| write_text(text.as_bytes(), to)),
        Column::Integer(column) | Column::Timestamp(column) | Column::Time(column) => {
            column.get(row).map(|number| write_whole(number, to))
        }
        Column::Date(column) => column.get(row).map(|day| write_whole(day.into(), to)),
        Column::Boolean(column) => column.get(row).map(|flag| to.push(u8::from(flag))),
        Column::Float(column) => column.get(row).map(|value| write_whole(from_float(value), to)),
        Column::Decimal(column, scale) => column.get(row).map(|digits| write_decimal(&decimal(digits, *scale), to)),
        Column::Nested(_) => None,
    }
    .is_some()
}

fn write_whole(number: i64, to: &mut Vec<u8>) {
    to.extend_from_slice(&(number.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

/// A float as a whole number that sorts as it does; the two zeros are one.
pub(super) fn from_float(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// The float of such a number.
pub(super) fn to_float(number: i64) -> f64 {
    f64::from_bits((number ^ ((number >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

/// Text ends with two zeros, and a zero in it is told from them.
fn write_text(text: &[u8], to: &mut Vec<u8>) {
    for byte in text {
        to.push(*byte);
        if *byte == 0 {
            to.push(0xff);
        }
    }
    to.extend_from_slice(&[0, 0]);
}

/// The sign, the place of the first digit, the digits, and an end below them all; upside down for what is negative.
fn write_decimal(number: &BigDecimal, to: &mut Vec<u8>) {
    let (digits, scale) = number.normalized().into_bigint_and_exponent();
    let start = to.len();
    to.push(match digits.sign() {
        Sign::Minus => 0,
        Sign::NoSign => return to.push(1),
        Sign::Plus => 2,
    });
    let text = digits.magnitude().to_string();
    let first = i64::try_from(text.len()).unwrap_or(0) - scale;
    write_whole(first, to);
    to.extend(text.bytes());
    to.push(0);
    if digits.sign() == Sign::Minus {
        to[start + 1..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_decimals_sort_as_the_numbers_do() {
        let numbers = [
            "-100.5", "-100", "-99.99", "-1.01", "-1", "-0.001", "0", "0.0009", "0.001", "1", "1.01", "9", "10",
            "100.5",
        ];
        let bytes = numbers.map(|text| {
            let mut bytes = Vec::new();
            write_decimal(&text.parse().unwrap(), &mut bytes);
            bytes
        });
        assert!(bytes.windows(2).all(|pair| pair[0] < pair[1]));
        let mut same = Vec::new();
        write_decimal(&"1.0100".parse().unwrap(), &mut same);
        assert_eq!(same, bytes[10]);
    }

    #[test]
    fn bytes_of_text_sort_as_the_text_does() {
        let texts = ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "aa", "b", "\u{e9}"];
        let bytes = texts.map(|text| {
            let mut bytes = Vec::new();
            write_text(text.as_bytes(), &mut bytes);
            bytes.push(7);
            bytes
        });
        assert!(bytes.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn floats_sort_as_their_numbers_do() {
        let floats = [f64::NEG_INFINITY, -1.5, -5e-324, 0.0, 5e-324, 1.0, f64::INFINITY];
        assert!(floats.windows(2).all(|pair| from_float(pair[0]) < from_float(pair[1])));
        assert!(floats.iter().all(|float| to_float(from_float(*float)).total_cmp(float).is_eq()));
        assert_eq!(from_float(-0.0), from_float(0.0));
    }
}
