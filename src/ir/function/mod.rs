//! The named functions that expressions may call.
//!
//! What each gives for which arguments, once for all engines. Null in gives null out, save for `coalesce`, `least` and
//! `greatest`, which pass nulls over. Dates and timestamps go by UTC, see [`calendar`].

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};

use crate::ir::arithmetic::fits;
use crate::ir::calendar::{self, DAY_MICROS};
use crate::ir::period::Every;
use crate::ir::relative::Relative;
use crate::ir::time::Zone;
use crate::ir::value::{Type, Value};

pub use crate::ir::calendar::Part;

/// A function of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// The distance from zero.
    Abs,
    /// Rounded half away from zero, to so many decimals (0 if unsaid, tens and hundreds if negative).
    Round,
    /// The greatest whole number not above.
    Floor,
    /// The least whole number not below.
    Ceil,
    /// The least of the values that are not null.
    Least,
    /// The greatest of the values that are not null.
    Greatest,
    /// The number of characters of a text, or of the text of another value.
    Length,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Without the spaces around; other blanks stay.
    Trim,
    /// A part of a text: from a character (counted from 1), so many of them or all.
    ///
    /// Characters before the first count, as in SQL: the first three from 0 are two. A negative length is an error.
    Substr,
    /// With every occurrence of a text replaced by another; an empty text occurs nowhere.
    Replace,
    /// The first value that is not null.
    Coalesce,
    /// Null if the two values are equal, else the first.
    NullIf,
    /// The texts one after the other; null if any is. Other values join as their text.
    Concat,
    /// A part of a date or timestamp, as an integer.
    Extract(Part),
    /// A date or timestamp cut to the start of its year, month, day …
    Truncate(Part),
    /// The start of the period of a timezone that a date or timestamp lies in.
    StartOf(Every, Zone),
    /// The date or timestamp so far from one, as the clock and the calendar of a timezone count.
    Later(Relative, Zone),
    /// A date or timestamp moved by a calendar interval.
    Shift {
        /// Whole months, cut to the last day of a shorter month.
        months: i32,
        /// Microseconds, added after the months; whole days for a date.
        micros: i64,
    },
}

impl Function {
    /// The word of SQL for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abs => "abs",
            Self::Round => "round",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
            Self::Least => "least",
            Self::Greatest => "greatest",
            Self::Length => "length",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Trim => "trim",
            Self::Substr => "substr",
            Self::Replace => "replace",
            Self::Coalesce => "coalesce",
            Self::NullIf => "nullif",
            Self::Concat => "||",
            Self::Extract(_) => "extract",
            Self::Truncate(_) => "date_trunc",
            Self::StartOf(..) => "start_of",
            Self::Later(..) => "later",
            Self::Shift { .. } => "interval",
        }
    }

    /// How many values it takes.
    #[must_use]
    pub const fn arity(self) -> RangeInclusive<usize> {
        match self {
            Self::Abs
            | Self::Floor
            | Self::Ceil
            | Self::Length
            | Self::Lower
            | Self::Upper
            | Self::Trim
            | Self::Extract(_)
            | Self::Truncate(_)
            | Self::StartOf(..)
            | Self::Later(..)
            | Self::Shift { .. } => 1..=1,
            Self::Round => 1..=2,
            Self::NullIf => 2..=2,
            Self::Substr => 2..=3,
            Self::Replace => 3..=3,
            Self::Least | Self::Greatest | Self::Coalesce | Self::Concat => 1..=usize::MAX,
        }
    }

    /// The value for some arguments; `Err` says why there cannot be one (overflow, a length below zero, a wrong type).
    ///
    /// # Errors
    /// A sentence fragment.
    pub fn apply(self, arguments: &[Value]) -> Result<Value, String> {
        let kinds: Vec<_> = arguments.iter().map(Value::kind).collect();
        self.kind(&kinds)?;
        let mut given = arguments.iter().filter(|argument| !argument.is_null());
        match (self, arguments) {
            (Self::Coalesce, _) => return Ok(given.next().cloned().unwrap_or(Value::Null)),
            (Self::Least, _) => return extreme(given, Ordering::Less),
            (Self::Greatest, _) => return extreme(given, Ordering::Greater),
            (Self::NullIf, [first, second]) => return Ok(if first == second { Value::Null } else { first.clone() }),
            _ if arguments.iter().any(Value::is_null) => return Ok(Value::Null),
            _ => {}
        }
        match (self, arguments) {
            (Self::Abs, [number]) => absolute(number),
            (Self::Round, [number]) => round(number, 0),
            (Self::Round, [number, Value::Integer(decimals)]) => round(number, *decimals),
            (Self::Floor, [number]) => Ok(whole(number, RoundingMode::Floor, f64::floor)),
            (Self::Ceil, [number]) => Ok(whole(number, RoundingMode::Ceiling, f64::ceil)),
            (Self::Length, [value]) => Ok(count(value)),
            (Self::Lower, [Value::Text(text)]) => Ok(Value::Text(text.to_lowercase())),
            (Self::Upper, [Value::Text(text)]) => Ok(Value::Text(text.to_uppercase())),
            (Self::Trim, [Value::Text(text)]) => Ok(Value::Text(text.trim_matches(' ').to_owned())),
            (Self::Substr, [Value::Text(text), Value::Integer(from)]) => Ok(substr(text, *from, i64::MAX)),
            (Self::Substr, [Value::Text(text), Value::Integer(from), Value::Integer(length)]) => match *length {
                0.. => Ok(substr(text, *from, from.saturating_add(*length))),
                _ => Err(format!("substr cannot take {length} characters")),
            },
            (Self::Replace, [Value::Text(text), Value::Text(from), Value::Text(to)]) => {
                Ok(Value::Text(if from.is_empty() { text.clone() } else { text.replace(from, to) }))
            }
            (Self::Concat, parts) => Ok(Value::Text(parts.iter().map(Value::to_string).collect())),
            (Self::Extract(part), [value]) => part.extract(value),
            (Self::Truncate(part), [value]) => part.truncate(value),
            (Self::StartOf(every, zone), [value]) => every.start(value, zone),
            (Self::Later(way, zone), [value]) => {
                way.from(value, zone).ok_or_else(|| "the date is out of range".to_owned())
            }
            (Self::Shift { months, micros }, [value]) => calendar::shift(value, months, micros),
            _ => Err(format!("{} does not take these values", self.name())),
        }
    }

    /// The type of the result for arguments of these types (`None` is a literal null), or why they do not fit.
    ///
    /// # Errors
    /// A sentence fragment.
    pub fn kind(self, arguments: &[Option<Type>]) -> Result<Option<Type>, String> {
        self.check_count(arguments.len())?;
        let first = arguments.first().copied().flatten();
        match self {
            Self::Abs | Self::Floor | Self::Ceil => {
                self.each(arguments, "numbers", Type::is_number)?;
                Ok(first)
            }
            Self::Round => {
                self.each(&arguments[..1], "numbers", Type::is_number)?;
                self.each(&arguments[1..], "an integer for the decimals", |kind| kind == Type::Integer)?;
                Ok(first)
            }
            Self::Least | Self::Greatest => {
                let ordered = |kind: Type| kind.is_ordered() || kind == Type::Boolean;
                self.each(arguments, "values with an order", ordered)?;
                self.common(arguments)
            }
            Self::Coalesce => self.common(arguments),
            Self::NullIf => self.common(arguments).map(|_| first),
            Self::Length => {
                self.each(arguments, "a value with a text", has_text)?;
                Ok(Some(Type::Integer))
            }
            Self::Lower | Self::Upper | Self::Trim | Self::Replace => {
                self.each(arguments, "text", Type::is_text)?;
                Ok(Some(Type::String))
            }
            Self::Substr => {
                self.each(&arguments[..1], "text", Type::is_text)?;
                self.each(&arguments[1..], "integers for the place and the length", |kind| kind == Type::Integer)?;
                Ok(Some(Type::String))
            }
            Self::Concat => {
                self.each(arguments, "values with a text", has_text)?;
                Ok(Some(Type::String))
            }
            Self::Extract(part) => {
                self.moments(first, part.is_of_day(), part.name())?;
                Ok(Some(Type::Integer))
            }
            Self::Truncate(Part::DayOfWeek) => Err("date_trunc cannot cut to the day of the week".to_owned()),
            Self::Truncate(part) | Self::StartOf(Every::Part(part), _) => {
                self.moments(first, part.is_of_day(), part.name())
            }
            Self::StartOf(Every::Step { .. }, _) => self.moments(first, true, "part of a day"),
            Self::Later(way, _) => self.moments(first, way.clock % DAY_MICROS != 0, "part of a day to move by"),
            Self::Shift { micros, .. } => self.moments(first, micros % DAY_MICROS != 0, "part of a day to move by"),
        }
    }

    fn check_count(self, count: usize) -> Result<(), String> {
        let arity = self.arity();
        if arity.contains(&count) {
            return Ok(());
        }
        let (least, most) = (*arity.start(), *arity.end());
        let plural = if least == 1 && most == 1 { "value" } else { "values" };
        Err(match most {
            usize::MAX => format!("{} takes at least one value", self.name()),
            _ if least == most => format!("{} takes {least} {plural}, not {count}", self.name()),
            _ => format!("{} takes {least} or {most} {plural}, not {count}", self.name()),
        })
    }

    fn each(self, kinds: &[Option<Type>], wanted: &str, fits: impl Fn(Type) -> bool) -> Result<(), String> {
        match kinds.iter().flatten().find(|kind| !fits(**kind)) {
            Some(kind) => Err(format!("{} takes {wanted}, not a value of type {kind}", self.name())),
            None => Ok(()),
        }
    }

    /// The one type that holds values of all of these.
    fn common(self, kinds: &[Option<Type>]) -> Result<Option<Type>, String> {
        kinds.iter().flatten().try_fold(None, |common: Option<Type>, kind| match common {
            Some(other) if !other.comparable(*kind) => {
                Err(format!("{} takes values of one type, not {other} and {kind}", self.name()))
            }
            // Of the types that compare, the later one in the list of types holds the values of both; text is text.
            Some(other) if other.is_text() => Ok(Some(if other == *kind { other } else { Type::String })),
            Some(other) => Ok(Some(other.max(*kind))),
            None => Ok(Some(*kind)),
        })
    }

    fn moments(self, kind: Option<Type>, of_day: bool, what: &str) -> Result<Option<Type>, String> {
        match kind {
            Some(Type::Date) if of_day => Err(format!("a date has no {what}")),
            None | Some(Type::Date | Type::Timestamp) => Ok(kind),
            Some(other) => Err(format!("{} takes a date or timestamp, not a value of type {other}", self.name())),
        }
    }
}

fn has_text(kind: Type) -> bool {
    !matches!(kind, Type::Object | Type::List)
}

fn extreme<'a>(values: impl Iterator<Item = &'a Value>, wanted: Ordering) -> Result<Value, String> {
    let mut best: Option<&Value> = None;
    for value in values {
        match best.map(|best| (best, value.compare(best))) {
            None => best = Some(value),
            Some((_, Some(order))) if order == wanted => best = Some(value),
            Some((_, Some(_))) => {}
            Some((best, None)) => return Err(format!("{best} and {value} do not compare")),
        }
    }
    Ok(best.cloned().unwrap_or(Value::Null))
}

fn absolute(number: &Value) -> Result<Value, String> {
    match number {
        Value::Integer(number) => {
            let positive = number.checked_abs().ok_or_else(|| format!("abs of {number} does not fit 64 bits"));
            positive.map(Value::Integer)
        }
        Value::Decimal(number) => Ok(Value::Decimal(number.abs())),
        other => Ok(other.to_f64().map_or(Value::Null, |number| Value::float(number.abs()))),
    }
}

fn round(number: &Value, decimals: i64) -> Result<Value, String> {
    // No number has more digits than this on either side of the point, so more rounds nothing, and less leaves zero.
    let decimals = decimals.clamp(-1100, 1100);
    let Some(exact) = number.exact() else { return Ok(number.clone()) };
    if decimals >= exact.fractional_digit_count() {
        return Ok(number.clone());
    }
    let rounded = exact.with_scale_round(decimals, RoundingMode::HalfUp).with_scale(decimals.max(0));
    let overflow = || format!("round of {number} to {decimals} decimals leaves the range of its type");
    match number {
        Value::Integer(_) => rounded.to_i64().map(Value::Integer).ok_or_else(overflow),
        Value::Decimal(_) if fits(&rounded) => Ok(Value::Decimal(rounded)),
        Value::Decimal(_) => Err(overflow()),
        _ => Ok(rounded.to_f64().map_or(Value::Null, Value::float)),
    }
}

fn whole(number: &Value, mode: RoundingMode, float: fn(f64) -> f64) -> Value {
    match number {
        Value::Decimal(number) => Value::Decimal(BigDecimal::with_scale_round(number, 0, mode)),
        Value::Float(number) => Value::float(float(*number)),
        other => other.clone(),
    }
}

fn count(value: &Value) -> Value {
    let characters = match value {
        Value::Text(text) => text.chars().count(),
        other => other.to_string().chars().count(),
    };
    i64::try_from(characters).map_or(Value::Null, Value::Integer)
}

/// The characters from one place up to, not including, another; places count from 1.
fn substr(text: &str, from: i64, to: i64) -> Value {
    let from = from.max(1);
    let skip = usize::try_from(from - 1).unwrap_or(usize::MAX);
    let take = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
    Value::Text(text.chars().skip(skip).take(take).collect())
}

#[cfg(test)]
mod tests;
