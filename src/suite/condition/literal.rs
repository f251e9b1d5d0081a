//! The values a condition gives itself: numbers, text, dates, intervals and variables.

use std::ops::Range;

use sqlparser::ast::{DataType, Expr, Interval, TimezoneInfo, Value as SqlValue};

use super::{Reader, peel};
use crate::diagnostic::nearest;
use crate::ir::calendar::DAY_MICROS;
use crate::ir::function::Function;
use crate::ir::value::{read_decimal, read_float, read_integer};
use crate::ir::{Literal, Reading, Relative, Scalar, Type, Value};

/// The units of intervals: how many months and how many microseconds they are.
const UNITS: [(&str, i32, i64); 8] = [
    ("year", 12, 0),
    ("quarter", 3, 0),
    ("month", 1, 0),
    ("week", 0, 7 * DAY_MICROS),
    ("day", 0, DAY_MICROS),
    ("hour", 0, 3_600_000_000),
    ("minute", 0, 60_000_000),
    ("second", 0, 1_000_000),
];

impl Reader<'_> {
    pub(super) fn literal(&mut self, value: &SqlValue, range: Range<usize>) -> Option<Scalar> {
        match value {
            SqlValue::Null => Some(Scalar::value(Value::Null)),
            SqlValue::Boolean(flag) => Some(Scalar::value(Value::Boolean(*flag))),
            SqlValue::SingleQuotedString(text) => Some(Scalar::value(Value::Text(text.clone()))),
            SqlValue::Number(digits, false) => self.number(digits, range),
            SqlValue::Placeholder(name) => self.variable(name.trim_start_matches(':'), range),
            other => self.mistake(range, format!("`{other}` is not part of conditions"), None),
        }
    }

    /// Reads a number: whole in 64 bits, else exact, else with an exponent a float.
    pub(super) fn number(&mut self, digits: &str, range: Range<usize>) -> Option<Scalar> {
        let value = if digits.contains(['e', 'E']) {
            read_float(digits).filter(|number| number.is_finite()).map(Value::Float)
        } else {
            read_integer(digits).map(Value::Integer).or_else(|| read_decimal(digits).map(Value::Decimal))
        };
        match value {
            Some(value) => Some(Scalar::value(value)),
            None => self.mistake(range, format!("`{digits}` is out of range: a number has up to 38 digits"), None),
        }
    }

    fn variable(&mut self, name: &str, range: Range<usize>) -> Option<Scalar> {
        if name == "as_of" {
            return Some(Scalar::Literal(Literal::Relative(Relative::NOW)));
        }
        let known = self.context.variables;
        match known.iter().find(|(known, _)| known == name) {
            Some((_, Literal::Value(Value::Null))) => {
                self.mistake(range, format!("the variable `{name}` has no value"), None)
            }
            Some((_, value)) => Some(Scalar::Literal(value.clone())),
            None => {
                let names = known.iter().map(|(known, _)| known.as_str()).chain(["as_of"]);
                let help = match nearest(name, names) {
                    Some(near) => format!("did you mean `:{near}`?"),
                    None => format!("declare it: `vars: {{{name}: …}}`"),
                };
                self.mistake(range, format!("unknown variable `:{name}`"), Some(help))
            }
        }
    }

    /// Text that must be known before any row is read.
    pub(super) fn constant_text(&mut self, expression: &Expr, what: &str) -> Option<String> {
        match self.scalar(expression)? {
            Scalar::Literal(Literal::Value(Value::Text(text))) => Some(text),
            _ => self.mistake(self.range(expression), format!("{what} must be text in single quotes"), None),
        }
    }

    /// Text compared with another value: spelled, and if the other value is given here too, read by its type.
    pub(super) fn text_beside(&mut self, text: &str, at: &Expr, other: &Scalar) -> Option<Scalar> {
        let kinds: &[Type] = match other {
            Scalar::Literal(Literal::Relative(_)) => &[Type::Date, Type::Timestamp],
            Scalar::Literal(Literal::Value(value)) => match value.kind() {
                Some(kind) => &[kind],
                None => &[Type::String],
            },
            _ => return Some(Scalar::Literal(Literal::Spelled(text.to_owned()))),
        };
        if let Some(value) = kinds.iter().find_map(|kind| self.read(*kind, text)) {
            return Some(Scalar::value(value));
        }
        let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
        self.mistake(self.range(at), format!("`{text}` does not read as {}", names.join(" or ")), None)
    }

    /// Reads `DATE '…'` and `TIMESTAMP '…'`.
    pub(super) fn typed_text(&mut self, kind: &DataType, text: &str, range: Range<usize>) -> Option<Scalar> {
        let (kind, form) = match kind {
            DataType::Date => (Type::Date, "DATE '2024-01-31'"),
            DataType::Timestamp(None, TimezoneInfo::None) => (Type::Timestamp, "TIMESTAMP '2024-01-31 10:00:00'"),
            other => {
                let help = Some("write DATE '…', TIMESTAMP '…', or CAST('…' AS type)".to_owned());
                return self.mistake(range, format!("`{other} '…'` is not part of conditions"), help);
            }
        };
        match self.read(kind, text) {
            Some(value) => Some(Scalar::value(value)),
            None => self.mistake(range, format!("`{text}` is no {kind}"), Some(format!("write it as {form}"))),
        }
    }

    fn read(&self, kind: Type, text: &str) -> Option<Value> {
        Reading { zone: self.context.zone, ..Reading::plain(kind) }.read(text)
    }

    /// Reads a date or timestamp moved by an interval; one that is given here is moved here.
    pub(super) fn moved(&mut self, from: &Expr, by: &Interval, back: bool, range: Range<usize>) -> Option<Scalar> {
        let start = self.scalar(from);
        let (months, micros) = self.interval(by, back, range.clone())?;
        let function = Function::Shift { months, micros };
        let moved = match start? {
            Scalar::Literal(Literal::Relative(moment))
                if months == 0 && moment.kind == Type::Timestamp && moment.floor.is_none() =>
            {
                let sum = moment.clock.checked_add(micros).ok_or_else(|| "the interval is out of range".to_owned());
                sum.map(|clock| Scalar::Literal(Literal::Relative(Relative { clock, ..moment })))
            }
            Scalar::Literal(Literal::Value(value)) => function.apply(&[value]).map(Scalar::value),
            start => Ok(Scalar::Call(function, vec![start])),
        };
        match moved {
            Ok(moved) => Some(moved),
            Err(message) if quoted_text(from).is_some() => {
                self.mistake(self.range(from), message, Some("write a date as DATE '2024-01-31'".to_owned()))
            }
            Err(message) => self.mistake(range, message, None),
        }
    }

    /// The months and microseconds of `INTERVAL '3' DAY` or `INTERVAL '1 day 2 hours'`.
    fn interval(&mut self, interval: &Interval, back: bool, range: Range<usize>) -> Option<(i32, i64)> {
        let text = match peel(&interval.value) {
            Expr::Value(value) => match &value.value {
                SqlValue::SingleQuotedString(text) | SqlValue::Number(text, false) => Some(text.as_str()),
                _ => None,
            },
            _ => None,
        };
        let plain = interval.last_field.is_none()
            && interval.leading_precision.is_none()
            && interval.fractional_seconds_precision.is_none();
        let sum = text.filter(|_| plain).and_then(|text| match &interval.leading_field {
            Some(unit) => add_up(&[text.trim(), &unit.to_string()]),
            None => add_up(&text.split_whitespace().collect::<Vec<_>>()),
        });
        let sum =
            if back { sum.and_then(|(months, micros)| months.checked_neg().zip(micros.checked_neg())) } else { sum };
        if sum.is_none() {
            let units = UNITS.map(|(name, ..)| name).join(", ");
            let help = format!("write `INTERVAL '3' DAY` or `INTERVAL '3 days'`; the units are {units}");
            return self.mistake(range, "the interval cannot be read", Some(help));
        }
        sum
    }
}

/// The characters of text that stands in single quotes.
///
/// A variable is no such text: it has a type of its own.
pub(super) fn quoted_text(expression: &Expr) -> Option<&str> {
    match peel(expression) {
        Expr::Value(value) => match &value.value {
            SqlValue::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The months and microseconds of pairs of a whole number and a unit.
fn add_up(words: &[&str]) -> Option<(i32, i64)> {
    let (pairs, []) = words.as_chunks::<2>() else { return None };
    if pairs.is_empty() {
        return None;
    }
    pairs.iter().try_fold((0_i32, 0_i64), |(months, micros), [count, unit]| {
        let unit = unit.to_lowercase();
        let singular = unit.strip_suffix('s').unwrap_or(&unit);
        let (_, unit_months, unit_micros) = UNITS.iter().find(|(name, ..)| *name == singular)?;
        let count = read_integer(count)?;
        let months = months.checked_add(i32::try_from(count.checked_mul(i64::from(*unit_months))?).ok()?)?;
        let micros = micros.checked_add(count.checked_mul(*unit_micros)?)?;
        Some((months, micros))
    })
}
