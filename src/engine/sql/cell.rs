//! Cells of answers, which come as text, and the values that they stand for.

use crate::ir::{Reading, Type, Value, value};

/// A row as it comes: each cell as the engine spells it, or none for null.
pub(super) type Row = Vec<Option<String>>;

/// The value that a cell of some type stands for.
///
/// # Errors
/// The cell, if it is no value of the type.
pub(super) fn value(cell: Option<&str>, kind: Type) -> Result<Value, String> {
    let Some(text) = cell else { return Ok(Value::Null) };
    let read = match kind {
        Type::Boolean => match text {
            "t" | "true" | "TRUE" | "1" => Some(Value::Boolean(true)),
            "f" | "false" | "FALSE" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        // Engines write large numbers with exponents, and sums with more digits than a column holds.
        Type::Decimal => text.parse().ok().map(Value::Decimal),
        Type::Integer => value::read_integer(text).map(Value::Integer),
        Type::Object | Type::List => Some(Value::Text(text.to_owned())),
        kind => Reading::plain(kind).read(text),
    };
    read.ok_or_else(|| format!("`{text}` is not of type {kind}"))
}

/// The number of rows that a cell says; null is none.
///
/// # Errors
/// The cell, if it is no such number.
pub(super) fn count(cell: Option<&str>) -> Result<u64, String> {
    let text = cell.unwrap_or("0");
    text.parse().map_err(|_| format!("`{text}` is no number of rows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_values_as_engines_spell_them() {
        let read = |text, kind| value(Some(text), kind).unwrap().to_string();
        assert_eq!(read("t", Type::Boolean), "true");
        assert_eq!(read("1.50", Type::Decimal), "1.50");
        assert_eq!(read("1E+2", Type::Decimal), "1E+2".parse::<bigdecimal::BigDecimal>().unwrap().to_string());
        assert_eq!(read("2024-01-31 10:00:00.5", Type::Timestamp), read("2024-01-31T10:00:00.5Z", Type::Timestamp));
        assert_eq!(value(None, Type::Date), Ok(Value::Null));
        assert!(value(Some("x"), Type::Integer).is_err());
        assert_eq!(value(Some("NaN"), Type::Float), Ok(Value::Null));
        assert_eq!((count(Some("12")), count(None)), (Ok(12), Ok(0)));
        assert!(count(Some("-1")).is_err());
    }
}
