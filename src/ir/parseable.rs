//! What text can be read as, without being a value of that type.
//!
//! For columns that stay text: the test of `parseable` and `date_format`. It looks at the whole text and trims nothing.

use std::fmt;

use serde::de::IgnoredAny;

use crate::ir::any_date;
use crate::ir::time::{self, Pattern, Zone};
use crate::ir::value::read_float;

/// What a text should read as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Parseable {
    /// A day or an instant, in the spellings that columns of type `date` and `timestamp` read without a pattern.
    Date,
    /// A date, a moment or a time of day in one of the many ways people write them.
    AnyDate,
    /// A number: a sign, digits with a point, an exponent. Not `NaN`, nor `inf`.
    Number,
    /// A JSON document (RFC 8259), of any kind.
    Json,
    /// A date or a moment by one of these patterns.
    By(Vec<Pattern>),
}

impl Parseable {
    /// Whether a whole text reads as this.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Self::Date => time::iso_date(bytes).is_some() || time::iso_timestamp(bytes, Zone::UTC).is_some(),
            Self::AnyDate => any_date::holds(text),
            Self::Number => read_float(text).is_some() && bytes.iter().any(u8::is_ascii_digit),
            Self::Json => serde_json::from_str::<IgnoredAny>(text).is_ok(),
            Self::By(patterns) => patterns.iter().any(|pattern| pattern.timestamp(bytes, Zone::UTC).is_some()),
        }
    }
}

impl fmt::Display for Parseable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date => f.write_str("a date"),
            Self::AnyDate => f.write_str("a date of any writing"),
            Self::Number => f.write_str("a number"),
            Self::Json => f.write_str("json"),
            Self::By(patterns) => {
                f.write_str("a date as ")?;
                for (index, pattern) in patterns.iter().enumerate() {
                    write!(f, "{}'{pattern}'", if index > 0 { " or " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which<const N: usize>(wanted: &Parseable, texts: [&str; N]) -> [bool; N] {
        texts.map(|text| wanted.holds(text))
    }

    #[test]
    fn a_date_is_written_as_iso() {
        assert_eq!(
            which(&Parseable::Date, ["2024-02-29", "2024-01-31 10:00", "2024-01-31T10:00:00.5+02:00"]),
            [true; 3]
        );
        assert_eq!(
            which(&Parseable::Date, ["2023-02-29", "31/01/2024", "2024-1-31", " 2024-01-31", "2024-01-31 25:00", ""]),
            [false; 6]
        );
    }

    #[test]
    fn a_number_has_digits() {
        assert_eq!(which(&Parseable::Number, ["-1", "+1.50", ".5", "5.", "1e300", "007", "1E-3"]), [true; 7]);
        assert_eq!(
            which(&Parseable::Number, ["", "1,5", "1 000", "NaN", "inf", "-", ".", "1e", "0x10", "١", " 1"]),
            [false; 11]
        );
    }

    #[test]
    fn json_is_one_document() {
        assert_eq!(which(&Parseable::Json, ["1", "null", "\"a\"", " {\"a\": [1, {}]} ", "[]"]), [true; 5]);
        assert_eq!(which(&Parseable::Json, ["", "{'a': 1}", "[1,]", "NaN", "{} {}", "{\"a\": 1", "01"]), [false; 7]);
    }

    #[test]
    fn a_pattern_reads_the_whole_text() {
        let pattern = |text: &str| Pattern::new(text).unwrap();
        let spanish = Parseable::By(vec![pattern("%d/%m/%Y"), pattern("%d/%m/%Y %H:%M")]);
        assert_eq!(which(&spanish, ["31/01/2024", "1/2/2024", "31/01/2024 23:59"]), [true; 3]);
        assert_eq!(which(&spanish, ["01/31/2024", "31/01/24", "31/01/2024 24:00", "31/01/2024 "]), [false; 4]);
        assert_eq!(spanish.to_string(), "a date as '%d/%m/%Y' or '%d/%m/%Y %H:%M'");
    }
}
