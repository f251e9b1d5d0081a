//! Any text as a condition: it is read or its mistakes are told, at places in it; what is read binds and evaluates.

use tamiz::ir::bind::{self, Scope};
use tamiz::ir::evaluate::{self, Row};
use tamiz::ir::time::Zone;
use tamiz::ir::{Literal, Value};
use tamiz::suite::condition::{Context, Mistake, double_quoted, parse, parse_value, variables_in};

/// Reads any bytes that are text.
pub(crate) fn hold(bytes: &[u8]) {
    let Ok(sql) = std::str::from_utf8(bytes) else { return };
    let variables =
        [("v".to_owned(), Literal::Value(Value::Integer(7))), ("w".to_owned(), Literal::Spelled("x".into()))];
    let context = Context { variables: &variables, zone: Zone::UTC };
    let scope = Scope { column: &super::world::column, as_of: Some(1_700_000_000_000_000), zone: Zone::UTC };
    let _ = variables_in(sql);
    for (_, range) in double_quoted(sql) {
        assert!(sql.get(range.clone()).is_some(), "{range:?} is no part of the text");
    }
    let condition = parse(sql, context);
    holds_its_places(sql, &condition);
    assert_eq!(condition, parse(sql, context), "the same text is read twice");
    if let Ok(condition) = condition {
        let _ = condition.to_string();
        is_itself_in_parentheses(&condition, parse(&format!("(\n{sql}\n)"), context));
        if let Ok(bound) = bind::predicate(&condition, &scope) {
            let _ = bound.to_string();
            for row in ROWS {
                let _ = evaluate::predicate(&bound, row);
            }
        }
    }
    let value = parse_value(sql, context);
    holds_its_places(sql, &value);
    if let Ok(value) = value {
        let _ = value.to_string();
        is_itself_in_parentheses(&value, parse_value(&format!("(\n{sql}\n)"), context));
        if let Ok((bound, _)) = bind::value(&value, &scope) {
            for row in ROWS {
                let _ = evaluate::scalar(&bound, row);
            }
        }
    }
}

const ROWS: [&dyn Row; 3] = [&Usual, &Extreme, &evaluate::NoColumns];

/// Each mistake lies in the text and says something.
fn holds_its_places<T>(sql: &str, read: &Result<T, Vec<Mistake>>) {
    let Err(mistakes) = read else { return };
    assert!(!mistakes.is_empty(), "a text that is refused has a mistake");
    for mistake in mistakes {
        assert!(sql.get(mistake.range.clone()).is_some(), "{mistake:?} is no part of the text");
        assert!(!mistake.message.is_empty(), "{mistake:?} says nothing");
    }
}

/// Parentheses around all of it change nothing, but that they may be too deep or too long.
fn is_itself_in_parentheses<T: PartialEq + std::fmt::Debug>(read: &T, again: Result<T, Vec<Mistake>>) {
    match again {
        Ok(again) => assert_eq!(*read, again),
        Err(mistakes) => {
            let bounded =
                |mistake: &Mistake| mistake.message.contains("too deeply") || mistake.message.contains("longer");
            assert!(mistakes.iter().all(bounded), "in parentheses: {mistakes:?}");
        }
    }
}

/// A row of ordinary values.
struct Usual;

impl Row for Usual {
    fn value(&self, column: &str) -> Value {
        let text = match column {
            "a" | "id" | "n" => "-3",
            "c" | "price" => "12.50",
            "d" | "day" => "2024-02-29",
            "e" | "at" => "2024-02-29T23:59:59",
            "f" | "share" => "0.1",
            "g" | "flag" => "true",
            "h" | "time" => "12:30:00",
            "j" | "data" => r#"{"a": [1, "x"]}"#,
            _ => "Ñandú 1",
        };
        super::world::column(column).and_then(|reading| reading.read(text)).unwrap_or(Value::Null)
    }
    fn unparsed(&self, _: &str) -> bool {
        false
    }
    fn malformed(&self) -> bool {
        false
    }
}

/// A row of values at the ends of their types.
struct Extreme;

impl Row for Extreme {
    fn value(&self, column: &str) -> Value {
        let text = match column {
            "a" => "-9223372036854775808",
            "id" | "n" => "9223372036854775807",
            "c" | "price" => "-99999999999999999999999999999999999999",
            "d" | "day" => "9999-12-31",
            "e" | "at" => "0001-01-01T00:00:00",
            "f" | "share" => "-1.7976931348623157e308",
            "g" | "flag" => "false",
            "h" | "time" => "23:59:59.999999",
            "j" | "data" => "[",
            _ => "",
        };
        super::world::column(column).and_then(|reading| reading.read(text)).unwrap_or(Value::Null)
    }
    fn unparsed(&self, _: &str) -> bool {
        true
    }
    fn malformed(&self) -> bool {
        true
    }
}
