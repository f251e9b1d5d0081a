//! Values as another type.
//!
//! A value that does not read as the type becomes null, as a cell of a file that does not parse has no value. Which casts
//! make sense at all is asked of [`castable`] before any data is read.

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};

use crate::ir::calendar::DAY_MICROS;
use crate::ir::time::{Zone, midnight};
use crate::ir::value::{Reading, Type, Value, read_decimal};

/// Turns a value into another type; null where it does not read as one.
///
/// * Anything becomes text as a suite would spell it; text is read in the usual spellings of the type, untrimmed.
/// * Decimals and floats round to the nearest whole number, halves away from zero, as `round` does.
/// * A float becomes the decimal of its shortest spelling: `0.1`, not the 55 digits of its binary value.
/// * True is 1 and false 0; every number but 0 is true.
/// * A timestamp is on its day in UTC; a date begins at midnight UTC.
#[must_use]
pub fn cast(value: &Value, kind: Type) -> Value {
    if value.kind() == Some(kind) {
        return value.clone();
    }
    match (value, kind) {
        (Value::Null, _) | (_, Type::Object | Type::List) => Value::Null,
        (_, Type::String | Type::Json) => Value::Text(value.to_string()),
        (Value::Text(text), _) => Reading::plain(kind).read(text).unwrap_or(Value::Null),
        (Value::Boolean(flag), Type::Integer) => Value::Integer(i64::from(*flag)),
        (Value::Integer(number), Type::Boolean) => Value::Boolean(*number != 0),
        (Value::Integer(number), Type::Decimal) => Value::Decimal(BigDecimal::from(*number)),
        (Value::Float(number), Type::Decimal) => read_decimal(&number.to_string()).map_or(Value::Null, Value::Decimal),
        (Value::Decimal(_) | Value::Float(_), Type::Integer) => {
            let nearest = value.exact().map(|number| number.with_scale_round(0, RoundingMode::HalfUp));
            nearest.and_then(|number| number.to_i64()).map_or(Value::Null, Value::Integer)
        }
        (_, Type::Float) => value.to_f64().map_or(Value::Null, Value::float),
        (Value::Date(day), Type::Timestamp) => Value::Timestamp(midnight(*day)),
        (Value::Timestamp(micros), Type::Date) => Value::Date(Zone::UTC.day(*micros)),
        (Value::Timestamp(micros), Type::Time) => Value::Time(micros.rem_euclid(DAY_MICROS)),
        _ => Value::Null,
    }
}

/// Whether a cast from one type to another can ever give a value.
#[must_use]
pub const fn castable(from: Type, to: Type) -> bool {
    match (from, to) {
        (Type::Object | Type::List, _) | (_, Type::Object | Type::List) => false,
        (_, Type::String | Type::Json)
        | (Type::String | Type::Json, _)
        | (Type::Boolean, Type::Integer | Type::Boolean)
        | (Type::Integer, Type::Boolean)
        | (Type::Integer | Type::Decimal | Type::Float, Type::Integer | Type::Decimal | Type::Float)
        | (Type::Date | Type::Timestamp, Type::Date | Type::Timestamp)
        | (Type::Timestamp | Type::Time, Type::Time) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_type(value: &Value, kind: Type) -> String {
        cast(value, kind).to_string()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn read(kind: Type, text: &str) -> Value {
        Reading::plain(kind).read(text).unwrap()
    }

    #[test]
    fn text_is_read_by_the_type() {
        assert_eq!(as_type(&text("007"), Type::Integer), "7");
        assert_eq!(as_type(&text(" 7"), Type::Integer), "null");
        assert_eq!(as_type(&text("7.5"), Type::Integer), "null");
        assert_eq!(as_type(&text("1.10"), Type::Decimal), "1.10");
        assert_eq!(as_type(&text("true"), Type::Boolean), "true");
        assert_eq!(as_type(&text("2024-02-30"), Type::Date), "null");
        assert_eq!(as_type(&text("a"), Type::Json), "a");
        assert_eq!(as_type(&text("a"), Type::Object), "null");
    }

    #[test]
    fn anything_has_a_spelling() {
        assert_eq!(cast(&Value::Integer(-3), Type::String), text("-3"));
        assert_eq!(cast(&read(Type::Decimal, "1.10"), Type::String), text("1.10"));
        assert_eq!(cast(&Value::Boolean(true), Type::String), text("true"));
        assert_eq!(cast(&read(Type::Timestamp, "2024-01-31T10:00:00Z"), Type::String), text("2024-01-31T10:00:00Z"));
    }

    #[test]
    fn numbers_round_half_away_from_zero() {
        assert_eq!(as_type(&Value::Float(2.5), Type::Integer), "3");
        assert_eq!(as_type(&Value::Float(-2.5), Type::Integer), "-3");
        assert_eq!(as_type(&read(Type::Decimal, "0.4999"), Type::Integer), "0");
        assert_eq!(as_type(&Value::Float(1e19), Type::Integer), "null");
        assert_eq!(as_type(&Value::Float(f64::INFINITY), Type::Integer), "null");
        assert_eq!(as_type(&Value::Float(0.1), Type::Decimal), "0.1");
        assert_eq!(as_type(&Value::Float(1e300), Type::Decimal), "null");
        assert_eq!(as_type(&Value::Integer(2), Type::Decimal), "2");
        assert_eq!(cast(&read(Type::Decimal, "0.5"), Type::Float), Value::Float(0.5));
    }

    #[test]
    fn booleans_are_one_and_zero() {
        assert_eq!(as_type(&Value::Boolean(true), Type::Integer), "1");
        assert_eq!(as_type(&Value::Integer(0), Type::Boolean), "false");
        assert_eq!(as_type(&Value::Integer(-2), Type::Boolean), "true");
    }

    #[test]
    fn a_timestamp_falls_on_its_day_in_utc() {
        let late = read(Type::Timestamp, "1969-12-31T23:30:00Z");
        assert_eq!(as_type(&late, Type::Date), "1969-12-31");
        assert_eq!(as_type(&late, Type::Time), "23:30:00");
        assert_eq!(as_type(&read(Type::Date, "2024-01-31"), Type::Timestamp), "2024-01-31T00:00:00Z");
    }

    #[test]
    fn what_is_not_castable_gives_null() {
        let one_of_each = [
            Value::Integer(1),
            read(Type::Decimal, "1"),
            Value::Float(1.0),
            Value::Boolean(true),
            read(Type::Date, "2024-01-31"),
            read(Type::Timestamp, "2024-01-31T10:00:00Z"),
            Value::Time(0),
        ];
        for value in &one_of_each {
            for to in Type::ALL {
                let from = value.kind().unwrap();
                assert_eq!(castable(from, to), !cast(value, to).is_null(), "{from} as {to}");
            }
        }
        assert_eq!(cast(&Value::Null, Type::Integer), Value::Null);
    }
}
