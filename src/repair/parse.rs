//! Further ways to read the text of a cell as the type of its column.
//!
//! Only text that does not read as its column is declared is read in these: what reads means what the suite says of it.

use crate::ir::time::Pattern;
use crate::ir::value::{Value, read_decimal, read_float, read_integer};
use crate::ir::{Reading, Type};

/// Further ways to read text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parse {
    /// Patterns of dates and timestamps, tried in order.
    pub patterns: Vec<Pattern>,
    /// The mark between a number and its decimals.
    pub decimal: Option<char>,
    /// The mark between groups of three digits; a space stands for any one space, no-break and thin ones too.
    pub thousands: Option<char>,
    /// Texts that mean true.
    pub true_values: Vec<String>,
    /// Texts that mean false.
    pub false_values: Vec<String>,
}

impl Parse {
    /// The value of a text, if one of the ways reads it as the type of a column.
    ///
    /// * Of a number the sign comes first, digits and marks follow, and nothing else. Where thousands are marked, every group
    ///   but the first has three digits; a number without marks reads too. Without a `decimal` a decimal or float column has
    ///   the point.
    /// * A whole number may have decimals where `decimal` is given, all of them zero.
    #[must_use]
    pub fn read(&self, text: &str, reading: &Reading) -> Option<Value> {
        match reading.kind {
            Type::Date | Type::Timestamp if !self.patterns.is_empty() => {
                Reading { parse: self.patterns.clone(), trim: false, ..reading.clone() }.read(text)
            }
            Type::Integer | Type::Decimal | Type::Float => self.number(text, reading.kind),
            Type::Boolean => {
                let is = |words: &[String]| words.iter().any(|word| word == text);
                if is(&self.true_values) {
                    Some(Value::Boolean(true))
                } else {
                    is(&self.false_values).then_some(Value::Boolean(false))
                }
            }
            _ => None,
        }
    }

    fn number(&self, text: &str, kind: Type) -> Option<Value> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let sign = if text.starts_with('-') { "-" } else { "" };
        let point = self.decimal.or((kind != Type::Integer).then_some('.'));
        let (whole, decimals) = match point.and_then(|point| unsigned.split_once(point)) {
            Some((whole, decimals)) => (whole, decimals),
            None => (unsigned, ""),
        };
        let whole = self.without_thousands(whole)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(&whole) || !digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
            return None;
        }
        match kind {
            Type::Integer if decimals.bytes().all(|digit| digit == b'0') => {
                read_integer(&format!("{sign}{whole}")).map(Value::Integer)
            }
            Type::Integer => None,
            Type::Decimal => read_decimal(&format!("{sign}{whole}.{decimals}")).map(Value::Decimal),
            _ => read_float(&format!("{sign}{whole}.{decimals}")).map(Value::float),
        }
    }

    /// The digits of a whole number without the marks between them, if the marks stand where they should.
    fn without_thousands(&self, whole: &str) -> Option<String> {
        let is_mark = |letter: char| match self.thousands {
            Some(' ') => matches!(letter, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}'),
            Some(mark) => letter == mark,
            None => false,
        };
        let groups: Vec<&str> = whole.split(is_mark).collect();
        let (first, rest) = groups.split_first()?;
        let grouped = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
        (rest.is_empty() || grouped).then(|| groups.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(parse: &Parse, kind: Type, text: &str) -> Option<String> {
        parse.read(text, &Reading::plain(kind)).map(|value| value.to_string())
    }

    #[test]
    fn numbers_read_with_their_marks() {
        let spanish = Parse { decimal: Some(','), thousands: Some('.'), ..Parse::default() };
        let number = |text| reads(&spanish, Type::Decimal, text);
        assert_eq!(number("1.234.567,80").as_deref(), Some("1234567.80"));
        assert_eq!(number("-1234,5").as_deref(), Some("-1234.5"));
        assert_eq!(number("+12").as_deref(), Some("12"));
        for text in ["1.23", "1234.567", "1,2,3", ",", "", "1.234.56", ".234", "1,2€", "1e3", "--1", "1.-234"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(reads(&spanish, Type::Float, "0,5").as_deref(), Some("0.5"));
    }

    #[test]
    fn a_whole_number_has_no_decimals_but_zeros() {
        let pointed = Parse { decimal: Some('.'), ..Parse::default() };
        assert_eq!(reads(&pointed, Type::Integer, "5.00").as_deref(), Some("5"));
        assert_eq!(reads(&pointed, Type::Integer, "5.01"), None);
        let grouped = Parse { thousands: Some('.'), ..Parse::default() };
        assert_eq!(reads(&grouped, Type::Integer, "1.234").as_deref(), Some("1234"));
        assert_eq!(reads(&grouped, Type::Integer, "99.999.999.999.999.999.999"), None);
    }

    #[test]
    fn a_space_between_thousands_is_any_one() {
        let spaced = Parse { thousands: Some(' '), ..Parse::default() };
        for text in ["1 234", "1\u{a0}234", "1\u{202f}234"] {
            assert_eq!(reads(&spaced, Type::Integer, text).as_deref(), Some("1234"), "{text}");
        }
        assert_eq!(reads(&spaced, Type::Integer, "1  234"), None);
        assert_eq!(reads(&spaced, Type::Decimal, "1 234.5").as_deref(), Some("1234.5"));
    }

    #[test]
    fn dates_read_by_the_first_pattern_that_fits() {
        let patterns = ["%d/%m/%Y", "%d.%m.%y"].map(|text| Pattern::new(text).unwrap()).to_vec();
        let parse = Parse { patterns, ..Parse::default() };
        assert_eq!(reads(&parse, Type::Date, "31/12/2024").as_deref(), Some("2024-12-31"));
        assert_eq!(reads(&parse, Type::Date, "31.12.24").as_deref(), Some("2024-12-31"));
        assert_eq!(reads(&parse, Type::Date, "31/02/2024"), None);
        assert_eq!(reads(&parse, Type::Timestamp, "31/12/2024").as_deref(), Some("2024-12-31T00:00:00Z"));
        assert_eq!(reads(&parse, Type::String, "31/12/2024"), None);
    }

    #[test]
    fn words_are_true_and_false() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let parse = Parse { true_values: words(&["sí", "1"]), false_values: words(&["no"]), ..Parse::default() };
        assert_eq!(reads(&parse, Type::Boolean, "sí").as_deref(), Some("true"));
        assert_eq!(reads(&parse, Type::Boolean, "no").as_deref(), Some("false"));
        assert_eq!(reads(&parse, Type::Boolean, "Sí"), None);
    }
}
