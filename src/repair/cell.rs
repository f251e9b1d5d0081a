//! A cell, and what the repairs of its column make of it.

use std::cmp::Ordering;

use crate::ir::{Reading, Value};
use crate::repair::Repair;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Nothing,
    /// A value, and how it is spelled.
    Value(Value, String),
    /// Something that is no value of the type of its column, and its text if it has one.
    Unread(Option<String>),
}

/// How the text of a cell is read.
#[derive(Clone, Copy, Debug)]
pub struct Spelling<'a> {
    /// How the column reads.
    pub reading: &'a Reading,
    /// The texts that mean no value in the file, an empty one among them; none where the file tells nulls from text.
    pub nulls: Option<&'a [String]>,
}

impl Spelling<'_> {
    /// The cell that a text makes.
    #[must_use]
    pub fn read(&self, text: &str) -> Cell {
        let shown = if self.reading.trim { text.trim() } else { text };
        let null = self.nulls.is_some_and(|nulls| shown.is_empty() || nulls.iter().any(|word| word == shown));
        if null || self.reading.is_missing(shown) {
            return Cell::Nothing;
        }
        match self.reading.read_cell(shown) {
            Some(value) => self.value(value, shown.to_owned()),
            None => Cell::Unread(Some(text.to_owned())),
        }
    }

    /// The cell of a value; nothing where it stands for none.
    fn value(&self, value: Value, text: String) -> Cell {
        let none = value.is_null() || self.reading.missing_values().contains(&value);
        if none { Cell::Nothing } else { Cell::Value(value, text) }
    }

    /// A value as text that reads as the same value.
    ///
    /// It is spelled as a suite would spell it, or by the first declared pattern that keeps all of it. Where the column reads
    /// neither back, it is the former.
    #[must_use]
    pub fn write(&self, value: &Value) -> String {
        let plain = value.to_string();
        let reads = |text: &String| self.reading.read_cell(text).as_ref() == Some(value);
        if reads(&plain) {
            return plain;
        }
        let marked = plain.replace('.', &self.reading.marks.decimal.to_string());
        if self.reading.kind.is_number() && reads(&marked) {
            return marked;
        }
        let written = self.reading.parse.iter().filter_map(|pattern| match value {
            Value::Date(day) => pattern.write_date(*day),
            Value::Timestamp(micros) => pattern.write_timestamp(*micros, self.reading.zone),
            _ => None,
        });
        written.into_iter().find(reads).unwrap_or(plain)
    }
}

impl Cell {
    /// Its text, if it has one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Value(_, text) | Self::Unread(Some(text)) => Some(text),
            Self::Nothing | Self::Unread(None) => None,
        }
    }

    /// Whether its content is text: it is no value of its type, or its type is text.
    fn is_text(&self) -> bool {
        matches!(self, Self::Value(Value::Text(_), _) | Self::Unread(Some(_)))
    }
}

/// Does some repairs to a cell in order, each to what the one before it left, and gives the places of those that changed it.
///
/// A text that a repair changed is read again as its column reads. A cell that means the same before and after is not
/// changed.
#[must_use]
pub fn mend(repairs: &[Repair], cell: &Cell, column: &Spelling<'_>) -> (Cell, Vec<usize>) {
    let mut cell = cell.clone();
    let mut changed = Vec::new();
    for (place, repair) in repairs.iter().enumerate() {
        if let Some(better) = repaired(repair, &cell, column)
            && better != cell
        {
            changed.push(place);
            cell = better;
        }
    }
    (cell, changed)
}

/// What one repair makes of a cell, if it is about such a cell.
fn repaired(repair: &Repair, cell: &Cell, column: &Spelling<'_>) -> Option<Cell> {
    let text = cell.text();
    match repair {
        Repair::Trim | Repair::Case(_) if !cell.is_text() => None,
        Repair::Trim => text.map(str::trim).filter(|trimmed| Some(*trimmed) != text).map(|text| column.read(text)),
        Repair::Case(case) => {
            let text = text?;
            let written = case.write(text);
            (written != text).then(|| column.read(&written))
        }
        Repair::Replace(pairs) => {
            let (_, by) = pairs.iter().find(|(from, _)| Some(from.as_str()) == text)?;
            Some(by.as_ref().map_or(Cell::Nothing, |by| column.read(by)))
        }
        Repair::Parse(parse) => {
            let Cell::Unread(Some(text)) = cell else { return None };
            let shown = if column.reading.trim { text.trim() } else { text };
            let value = parse.read(shown, column.reading)?;
            let text = column.write(&value);
            Some(column.value(value, text))
        }
        Repair::Default { value, unparsed } => match cell {
            Cell::Nothing => Some(of(value, column)),
            Cell::Unread(_) if *unparsed => Some(of(value, column)),
            Cell::Unread(_) | Cell::Value(..) => None,
        },
        Repair::Clamp { min, max } => {
            let Cell::Value(value, _) = cell else { return None };
            let beyond = |end: &Option<Value>, side: Ordering| {
                end.as_ref().filter(|end| value.compare(end) == Some(side)).map(|end| of(end, column))
            };
            beyond(min, Ordering::Less).or_else(|| beyond(max, Ordering::Greater))
        }
    }
}

/// The cell of a value that the suite names.
fn of(value: &Value, column: &Spelling<'_>) -> Cell {
    Cell::Value(value.clone(), column.write(value))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ir::time::Pattern;
    use crate::ir::{Missing, Type};
    use crate::repair::{Casing, Parse};

    const NA: &[String] = &[];

    fn after(repairs: &[Repair], reading: &Reading, text: &str) -> (Option<String>, Vec<usize>) {
        let column = Spelling { reading, nulls: Some(NA) };
        let (cell, changed) = mend(repairs, &column.read(text), &column);
        let shown = match cell {
            Cell::Nothing => None,
            Cell::Value(value, _) => Some(value.to_string()),
            Cell::Unread(text) => Some(format!("? {}", text.unwrap_or_default())),
        };
        (shown, changed)
    }

    fn value(kind: Type, text: &str) -> Value {
        Reading::plain(kind).read(text).unwrap()
    }

    #[test]
    fn a_trimmed_text_is_read_again() {
        let number = Reading::plain(Type::Integer);
        assert_eq!(after(&[Repair::Trim], &number, " 12\u{a0}"), (Some("12".to_owned()), vec![0]));
        assert_eq!(after(&[Repair::Trim], &number, " x "), (Some("? x".to_owned()), vec![0]));
        assert_eq!(after(&[Repair::Trim], &number, "   "), (None, vec![0]));
        assert_eq!(after(&[Repair::Trim], &number, "12"), (Some("12".to_owned()), vec![]));
        let text = Reading::plain(Type::String);
        assert_eq!(after(&[Repair::Trim], &text, "\ta  b\n"), (Some("a  b".to_owned()), vec![0]));
    }

    #[test]
    fn repairs_follow_each_other() {
        let flag = Reading { true_values: vec!["sí".to_owned()], ..Reading::plain(Type::Boolean) };
        let both = [Repair::Trim, Repair::Case(Casing::Lower)];
        assert_eq!(after(&both, &flag, " SÍ "), (Some("true".to_owned()), vec![0, 1]));
        assert_eq!(after(&both, &flag, "sí "), (Some("true".to_owned()), vec![0]));
        let back = [Repair::Case(Casing::Upper), Repair::Case(Casing::Lower)];
        assert_eq!(after(&back, &Reading::plain(Type::String), "Ab"), (Some("ab".to_owned()), vec![0, 1]));
    }

    #[test]
    fn a_default_is_for_nulls_and_for_what_does_not_read_only_if_asked() {
        let number = Reading::plain(Type::Integer);
        let zero = |unparsed| [Repair::Default { value: Value::Integer(0), unparsed }];
        assert_eq!(after(&zero(false), &number, ""), (Some("0".to_owned()), vec![0]));
        assert_eq!(after(&zero(false), &number, "x"), (Some("? x".to_owned()), vec![]));
        assert_eq!(after(&zero(true), &number, "x"), (Some("0".to_owned()), vec![0]));
        assert_eq!(after(&zero(true), &number, "7"), (Some("7".to_owned()), vec![]));
    }

    #[test]
    fn a_value_beyond_an_end_becomes_the_end() {
        let day = Reading::plain(Type::Date);
        let clamp =
            [Repair::Clamp { min: Some(value(Type::Date, "2020-01-01")), max: Some(value(Type::Date, "2020-12-31")) }];
        assert_eq!(after(&clamp, &day, "2019-12-31").0.as_deref(), Some("2020-01-01"));
        assert_eq!(after(&clamp, &day, "2021-01-01").0.as_deref(), Some("2020-12-31"));
        assert_eq!(after(&clamp, &day, "2020-12-31"), (Some("2020-12-31".to_owned()), vec![]));
        assert_eq!(after(&clamp, &day, ""), (None, vec![]));
        let most = [Repair::Clamp { min: None, max: Some(Value::Float(1.0)) }];
        assert_eq!(after(&most, &Reading::plain(Type::Float), "inf").0.as_deref(), Some("1"));
    }

    #[test]
    fn a_replaced_text_must_be_the_whole_one() {
        let text = Reading::plain(Type::String);
        let pairs = vec![("N/A".to_owned(), None), ("si".to_owned(), Some("sí".to_owned()))];
        let replace = [Repair::Replace(pairs)];
        assert_eq!(after(&replace, &text, "N/A"), (None, vec![0]));
        assert_eq!(after(&replace, &text, "si").0.as_deref(), Some("sí"));
        assert_eq!(after(&replace, &text, "sino"), (Some("sino".to_owned()), vec![]));
        let number = Reading::plain(Type::Integer);
        assert_eq!(after(&[Repair::Replace(vec![("-1".to_owned(), None)])], &number, "-1"), (None, vec![0]));
    }

    #[test]
    fn what_stands_for_no_value_stays_none() {
        let missing = Missing { spellings: vec!["N/A".to_owned(), "0".to_owned()], pattern: None };
        let number = Reading { missing: Some(Arc::new(missing)), ..Reading::plain(Type::Decimal) };
        assert_eq!(after(&[Repair::Trim], &number, " N/A "), (None, vec![0]));
        let comma = Parse { decimal: Some(','), ..Parse::default() };
        assert_eq!(after(&[Repair::Parse(comma)], &number, "0,00"), (None, vec![0]));
    }

    #[test]
    fn a_file_that_tells_nulls_from_text_keeps_an_empty_one() {
        let reading = Reading::plain(Type::String);
        let column = Spelling { reading: &reading, nulls: None };
        let (cell, _) = mend(&[Repair::Trim], &column.read("  "), &column);
        assert_eq!(cell, Cell::Value(Value::Text(String::new()), String::new()));
        let other = mend(&[Repair::Trim], &Cell::Unread(None), &column);
        assert_eq!(other, (Cell::Unread(None), vec![]));
    }

    #[test]
    fn a_value_is_written_so_that_its_column_reads_it() {
        let patterns = ["%d/%m/%y", "%d/%m/%Y"].map(|text| Pattern::new(text).unwrap()).to_vec();
        let reading = Reading { parse: patterns.clone(), ..Reading::plain(Type::Date) };
        let column = Spelling { reading: &reading, nulls: None };
        assert_eq!(column.write(&value(Type::Date, "2024-12-31")), "31/12/24");
        assert_eq!(column.write(&value(Type::Date, "1924-12-31")), "31/12/1924");
        let moment = Reading { kind: Type::Timestamp, ..reading.clone() };
        let column = Spelling { reading: &moment, nulls: None };
        assert_eq!(column.write(&value(Type::Timestamp, "2024-12-31T10:00:00Z")), "2024-12-31T10:00:00Z");
        let plain = Reading::plain(Type::Date);
        let column = Spelling { reading: &plain, nulls: None };
        assert_eq!(column.write(&value(Type::Date, "2024-12-31")), "2024-12-31");
    }
}
