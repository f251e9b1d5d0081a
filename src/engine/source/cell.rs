//! How the text of one cell reads as a value, fast.
//!
//! [`Reading`] says what text means; these are faster ways to the same answers for the common spellings, over bytes and
//! without allocation, and tests hold both equal. Anything uncommon is handed to [`Reading`].

use crate::ir::Marks;
use crate::ir::time;
use crate::ir::value::{self, Reading, Type};

/// An exact number: `mantissa` with the point `scale` digits from its right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Exact {
    pub(super) mantissa: i128,
    pub(super) scale: u8,
}

/// Powers of ten that a float holds exactly.
const EXACT_TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads a number that may have marks of its own.
pub(super) fn number<T>(text: &str, marks: Marks, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    if marks.are_plain() { read(text) } else { read(&marks.plain(text)?) }
}

/// Reads a sign and digits that fit 64 bits.
pub(super) fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text.as_bytes());
    if digits.is_empty() || digits.len() > 18 {
        return value::read_integer(text);
    }
    let mut number = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + i64::from(digit);
    }
    Some(if negative { -number } else { number })
}

/// Reads a sign, digits and a point, exact to 38 digits.
pub(super) fn decimal(text: &str) -> Option<Exact> {
    let (negative, rest) = sign(text.as_bytes());
    let exact = match short(rest) {
        Short::Number { digits, scale } => Exact { mantissa: i128::from(digits), scale },
        Short::Not => return None,
        Short::Long => long(rest)?,
    };
    Some(if negative { Exact { mantissa: -exact.mantissa, ..exact } } else { exact })
}

/// Reads a number that may have an exponent, `NaN` or `inf`.
pub(super) fn float(text: &str) -> Option<f64> {
    let (negative, rest) = sign(text.as_bytes());
    if rest.len() <= 16
        && let Short::Number { digits, scale } = short(rest)
        && digits < 1 << 53
        && let Some(tens) = EXACT_TENS.get(usize::from(scale))
    {
        // Both are exact, so that the one rounding of the division is the right one.
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        let number = digits as f64 / tens;
        return Some(if negative { -number } else { number });
    }
    value::read_float(text)
}

/// Reads one of two words, `true` or `false` in any case.
pub(super) fn boolean(text: &str, reading: &Reading) -> Option<bool> {
    if reading.true_values.iter().any(|word| word == text) {
        Some(true)
    } else if reading.false_values.iter().any(|word| word == text) || text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        text.eq_ignore_ascii_case("true").then_some(true)
    }
}

/// Reads a day, by the declared patterns or as `2024-01-31`, as days since 1970.
pub(super) fn date(text: &str, reading: &Reading) -> Option<i32> {
    if reading.parse.is_empty() {
        iso_date(text.as_bytes())
    } else {
        reading.read_date(text).map(time::days_since_epoch)
    }
}

/// Whether a text, already trimmed if it should be, reads as the type.
pub(super) fn reads(text: &str, reading: &Reading) -> bool {
    match reading.kind {
        Type::String | Type::Json => true,
        Type::Integer => number(text, reading.marks, integer).is_some(),
        Type::Decimal => number(text, reading.marks, decimal).is_some(),
        Type::Float => number(text, reading.marks, float).is_some(),
        Type::Boolean => boolean(text, reading).is_some(),
        Type::Date => date(text, reading).is_some(),
        Type::Timestamp => reading.read_timestamp(text).is_some(),
        Type::Time => reading.read_time(text).is_some(),
        Type::Object | Type::List => false,
    }
}

fn iso_date(text: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2].map(|byte| byte.wrapping_sub(b'0'));
    if digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(i32::from);
    let (year, month, day) = (y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March, so that the leap day is the last; counted from -400 to stay positive.
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(days - 146_097 - 719_469)
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// Digits with a point, if they fit 64 bits.
enum Short {
    Number { digits: u64, scale: u8 },
    Not,
    Long,
}

fn short(text: &[u8]) -> Short {
    if text.len() > 19 {
        return Short::Long;
    }
    let (mut digits, mut point, mut after) = (0_u64, false, 0_u8);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            digits = digits * 10 + u64::from(digit);
            after += u8::from(point);
        } else if *byte == b'.' && !point {
            point = true;
        } else {
            return Short::Not;
        }
    }
    if text.len() == usize::from(point) { Short::Not } else { Short::Number { digits, scale: after } }
}

fn long(text: &[u8]) -> Option<Exact> {
    let point = memchr::memchr(b'.', text);
    let (whole, fraction) = match point {
        Some(place) => (&text[..place], &text[place + 1..]),
        None => (text, &text[text.len()..]),
    };
    let zeros = whole.iter().take_while(|byte| **byte == b'0').count();
    let whole = &whole[zeros..];
    let scale = u8::try_from(fraction.len()).ok()?;
    if whole.len() + fraction.len() > 38 {
        return None;
    }
    let mantissa = whole.iter().chain(fraction).try_fold(0_i128, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| sum * 10 + i128::from(digit))
    })?;
    Some(Exact { mantissa, scale })
}

#[cfg(test)]
mod tests {
    use bigdecimal::BigDecimal;
    use proptest::prelude::*;

    use super::*;
    use crate::ir::time::{Pattern, Zone};
    use crate::ir::value::Value;

    /// Reads by the fast way, in the terms of the reference.
    fn fast(text: &str, reading: &Reading) -> Option<Value> {
        let text = if reading.trim { text.trim() } else { text };
        match reading.kind {
            Type::Integer => integer(text).map(Value::Integer),
            Type::Decimal => {
                decimal(text).map(|exact| Value::Decimal(BigDecimal::new(exact.mantissa.into(), exact.scale.into())))
            }
            Type::Float => float(text).map(Value::float),
            Type::Boolean => boolean(text, reading).map(Value::Boolean),
            Type::Date => date(text, reading).map(|days| Value::Date(time::day_from_epoch(days).unwrap())),
            other => panic!("{other} has no fast way"),
        }
    }

    fn agree(text: &str, reading: &Reading) {
        let (fast, slow) = (fast(text, reading), reading.read(text));
        assert_eq!(fast, slow, "{text:?} as {}", reading.kind);
        if let (Some(Value::Float(fast)), Some(Value::Float(slow))) = (fast, slow) {
            assert_eq!(fast.to_bits(), slow.to_bits(), "{text:?}");
        }
    }

    fn readings() -> Vec<Reading> {
        let mut all: Vec<_> =
            [Type::Integer, Type::Decimal, Type::Float, Type::Boolean, Type::Date].map(Reading::plain).into();
        all.extend(all.clone().into_iter().map(|reading| Reading { trim: true, ..reading }));
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        all.push(Reading {
            true_values: words(&["sí", "1", "FALSE"]),
            false_values: words(&["no", "0", "sí"]),
            ..Reading::plain(Type::Boolean)
        });
        let parse = ["%d/%m/%Y", "%Y-%m-%d", "%d-%b-%y"].map(|text| Pattern::new(text).unwrap()).into();
        all.push(Reading { parse, zone: Zone::UTC, ..Reading::plain(Type::Date) });
        all
    }

    #[test]
    fn every_odd_spelling_reads_as_the_reference_says() {
        let odd = [
            "",
            " ",
            "+",
            "-",
            ".",
            "+.",
            "-.",
            "..",
            "1.",
            ".1",
            "-.5",
            "+5",
            "--5",
            "+-5",
            "5-",
            "0",
            "-0",
            "+0",
            "-0.0",
            "007",
            "1_000",
            "1,5",
            "1e3",
            "1E-3",
            "e",
            "1e",
            "e5",
            "NaN",
            "-nan",
            "+NAN",
            "inf",
            "-Infinity",
            "infin",
            "٣",
            "９",
            "1\u{a0}",
            "\u{2212}5",
            "0x10",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "999999999999999999",
            "0000000000000000000000000000000000000000000000001",
            "99999999999999999999999999999999999999",
            "999999999999999999999999999999999999990",
            "18446744073709551616",
            "0.00000000000000000000000000000000000001",
            "0.000000000000000000000000000000000000001",
            "00000000000000000000000000000000000000000.5",
            "9007199254740993",
            "9007199254740992.5",
            "0.1",
            "123456789.123456",
            "1e400",
            "-1e-400",
            "4.9e-324",
            "true",
            "TRUE",
            "False",
            "truefalse",
            "sí",
            "SÍ",
            "no",
            "2024-02-29",
            "2023-02-29",
            "1900-02-29",
            "2000-02-29",
            "0000-01-01",
            "0000-02-29",
            "9999-12-31",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "2024-1-01",
            "2024-01-01 ",
            " 2024-01-01",
            "2024/01/01",
            "31/12/2024",
            "1/2/2024",
            "05-Mar-24",
            "\0",
            "1\0",
            "1234567890123456789",
            "12345678901234567890.",
            "1234567890.123456789012345678901234567",
        ];
        for reading in readings() {
            for text in odd {
                agree(text, &reading);
            }
        }
    }

    #[test]
    fn every_day_of_the_calendar_reads_as_the_reference_says() {
        let reading = Reading::plain(Type::Date);
        for days in (-719_528..2_932_897).step_by(17) {
            let day = time::day_from_epoch(days).unwrap();
            agree(&day.to_string(), &reading);
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_as_the_reference_says(text in "[-+]?[0-9]{0,22}[.]?[0-9]{0,20}([eE][-+]?[0-9]{0,3})?[ x]?") {
            for reading in readings() {
                agree(&text, &reading);
            }
        }

        #[test]
        fn any_date_reads_as_the_reference_says(text in "[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}") {
            for reading in readings() {
                agree(&text, &reading);
            }
        }

        #[test]
        fn any_float_reads_back(number: f64) {
            agree(&number.to_string(), &Reading::plain(Type::Float));
            agree(&format!("{number:e}"), &Reading::plain(Type::Float));
        }
    }
}
