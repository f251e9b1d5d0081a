//! The functions of ours that SQLite calls, and how values pass from it and back.
//!
//! Whole numbers and flags are whole numbers there, floats are floats, all else is text, but exact numbers, which are bytes
//! (see `exact`). NaN is null, as it is in SQLite.

use std::borrow::Cow;
use std::sync::Arc;

use bigdecimal::BigDecimal;
use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value as Stored, ValueRef};

use crate::engine::source::sqlite::{Taken, text_of, value_of};
use crate::engine::sql::dialect::{Dialect, Sqlite, clock, day, moment};
use crate::engine::sql::exact;
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::hosted::{self, FUNCTION, Program};
use crate::ir::{Reading, Type, Value};

type Result<T> = rusqlite::Result<T>;

/// Gives a connection the functions that statements call; `dialect` knows their programs.
pub(super) fn register(connection: &Connection, dialect: &Arc<Sqlite>) -> Result<()> {
    let always = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let programs = Arc::clone(dialect);
    connection.create_scalar_function(FUNCTION, -1, always, move |context| {
        let program = context.get_or_create_aux(0, |name| -> std::result::Result<_, String> {
            let name = text_of(name).ok_or("a program has a name")?;
            let known = programs.hosted().and_then(|hosted| hosted.program(name));
            known.ok_or_else(|| format!("there is no program `{name}`"))
        })?;
        run(&program, context)
    })?;
    let of_one = |name: &str, of: fn(ValueRef<'_>) -> Result<Stored>| {
        connection.create_scalar_function(name, 1, always, move |context| of(context.get_raw(0)))
    };
    of_one("tamiz_is_text", |cell| Ok(Stored::Integer(text_of(cell).is_some().into())))?;
    of_one("tamiz_shown", |cell| {
        let shown = value_of(cell, &Reading::as_stored(), Taken::Shown).unwrap_or(Value::Null);
        stored(&shown, Type::String).map_err(wrong)
    })?;
    of_one("tamiz_decimal", |cell| match number(cell)? {
        None => Ok(Stored::Null),
        Some(number) => stored(&Value::Decimal(number), Type::Decimal).map_err(wrong),
    })?;
    of_one("tamiz_float", |cell| {
        Ok(match cell {
            ValueRef::Real(number) => Stored::Real(number),
            ValueRef::Text(_) => {
                let read = text_of(cell).and_then(|text| Reading::plain(Type::Float).read(text));
                read.and_then(|read| read.to_f64()).map_or(Stored::Null, Stored::Real)
            }
            cell => number(cell)?.and_then(|number| Value::Decimal(number).to_f64()).map_or(Stored::Null, Stored::Real),
        })
    })?;
    of_one("tamiz_square", |cell| match number(cell)? {
        None => Ok(Stored::Null),
        Some(number) => stored(&Value::Decimal(&number * &number), Type::Decimal).map_err(wrong),
    })?;
    of_one("tamiz_scale", |cell| {
        Ok(number(cell)?
            .map_or(Stored::Null, |number| Stored::Integer(number.normalized().fractional_digit_count().max(0))))
    })?;
    connection.create_aggregate_function("tamiz_sum", 1, always, Sum)?;
    connection.create_aggregate_function("tamiz_float_sum", 1, always, Added { mean: false })?;
    connection.create_aggregate_function("tamiz_mean", 1, always, Added { mean: true })?;
    connection.create_aggregate_function("tamiz_variance", 1, always, Spread { root: false })?;
    connection.create_aggregate_function("tamiz_stddev", 1, always, Spread { root: true })
}

/// Runs a program on the arguments that follow its name.
fn run(program: &Program, context: &Context<'_>) -> Result<Stored> {
    let wanted = match program {
        Program::Cell(..) | Program::Unread(..) => 1,
        Program::Value(_, columns, _) | Program::Condition(_, columns) => columns.len(),
    };
    if context.len() != wanted + 1 {
        return Err(wrong("a bug in tamiz: a program has other arguments".to_owned()));
    }
    let values = |columns: &[(String, Type)]| -> Result<Vec<Value>> {
        let all = columns.iter().enumerate();
        all.map(|(place, (_, kind))| value(context.get_raw(place + 1), *kind).map_err(wrong)).collect()
    };
    let found = match program {
        Program::Cell(reading, taken) => {
            let value = value_of(context.get_raw(1), reading, *taken).unwrap_or(Value::Null);
            stored(&value, reading.kind)
        }
        Program::Unread(reading, taken) => {
            Ok(Stored::Integer(value_of(context.get_raw(1), reading, *taken).is_none().into()))
        }
        Program::Value(of, columns, kind) => {
            hosted::value(of, columns, &values(columns)?).and_then(|value| stored(&value, *kind))
        }
        Program::Condition(of, columns) => {
            hosted::condition(of, columns, &values(columns)?).and_then(|value| stored(&value, Type::Boolean))
        }
    };
    found.map_err(wrong)
}

/// A value as SQLite holds those of a type.
fn stored(value: &Value, kind: Type) -> std::result::Result<Stored, String> {
    let far = |cannot: Cannot| format!("{} is out of range", cannot.0);
    let exact = |number: &BigDecimal| {
        exact::bytes(number).map(Stored::Blob).ok_or_else(|| format!("{number} has too many digits"))
    };
    Ok(match (value, kind) {
        (Value::Null, _) => Stored::Null,
        (Value::Decimal(number), Type::Decimal) => exact(number)?,
        (Value::Integer(number), Type::Decimal) => exact(&BigDecimal::from(*number))?,
        (Value::Integer(_) | Value::Decimal(_) | Value::Float(_), Type::Float) => {
            value.to_f64().map_or(Stored::Null, Stored::Real)
        }
        (Value::Integer(number), _) => Stored::Integer(*number),
        (Value::Boolean(flag), _) => Stored::Integer((*flag).into()),
        (Value::Date(date), Type::Timestamp) => Stored::Text(moment(crate::ir::time::midnight(*date)).map_err(far)?),
        (Value::Date(date), _) => Stored::Text(day(*date).map_err(far)?),
        (Value::Timestamp(micros), _) => Stored::Text(moment(*micros).map_err(far)?),
        (Value::Time(micros), _) => Stored::Text(clock(*micros)),
        (Value::Text(text), _) => Stored::Text(text.clone()),
        (Value::Decimal(_) | Value::Float(_), kind) => return Err(format!("{value} is not of type {kind}")),
    })
}

/// What SQLite holds for a value of a type.
fn value(cell: ValueRef<'_>, kind: Type) -> std::result::Result<Value, String> {
    let odd = || format!("a bug in tamiz: a {} is no {kind}", cell.data_type());
    Ok(match (cell, kind) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(flag), Type::Boolean) => Value::Boolean(flag != 0),
        (ValueRef::Integer(number), Type::Integer) => Value::Integer(number),
        (ValueRef::Real(number), Type::Float) => Value::float(number),
        (ValueRef::Blob(bytes), Type::Decimal) => Value::Decimal(exact::number(bytes).ok_or_else(odd)?),
        (cell, kind) => {
            let text = text_of(cell).ok_or_else(odd)?;
            Reading::plain(kind).read(text).ok_or_else(odd)?
        }
    })
}

/// A cell of an answer as text; exact numbers are the only bytes that statements ask for.
pub(super) fn told(cell: ValueRef<'_>) -> std::result::Result<Option<String>, String> {
    let told: Cow<'_, str> = match cell {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) => number.to_string().into(),
        ValueRef::Real(number) => format!("{number:?}").into(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes),
        ValueRef::Blob(bytes) => {
            exact::number(bytes).ok_or("bytes came where none were asked for")?.to_plain_string().into()
        }
    };
    Ok(Some(told.into_owned()))
}

/// The exact number that a cell holds.
fn number(cell: ValueRef<'_>) -> Result<Option<BigDecimal>> {
    let found = match cell {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) => Some(BigDecimal::from(number)),
        ValueRef::Blob(bytes) => exact::number(bytes),
        ValueRef::Text(_) => text_of(cell).and_then(|text| text.parse().ok()),
        ValueRef::Real(_) => None,
    };
    found.map(Some).ok_or_else(|| wrong("a bug in tamiz: this is no exact number".to_owned()))
}

/// What keeps a statement from being answered.
fn wrong(message: String) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(message.into())
}

/// The exact sum of exact numbers; null of none.
struct Sum;

/// Whole numbers, as long as they fit, and all others.
#[derive(Default)]
struct Summed {
    whole: i128,
    exact: BigDecimal,
    some: bool,
}

impl Aggregate<Summed, Option<String>> for Sum {
    fn init(&self, _: &mut Context<'_>) -> Result<Summed> {
        Ok(Summed::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Summed) -> Result<()> {
        match context.get_raw(0) {
            ValueRef::Null => return Ok(()),
            // 2^63 values of 64 bits fit.
            ValueRef::Integer(number) => sum.whole += i128::from(number),
            ValueRef::Real(_) => return Err(wrong("a bug in tamiz: a float in an exact sum".to_owned())),
            cell => sum.exact += number(cell)?.unwrap_or_default(),
        }
        sum.some = true;
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Summed>) -> Result<Option<String>> {
        let sum = sum.filter(|sum| sum.some);
        Ok(sum.map(|sum| (BigDecimal::from(sum.whole) + sum.exact).to_plain_string()))
    }
}

/// The sum of floats, or their mean; null of none, and no number where infinities of both signs meet. Beyond the range of floats
/// it is an error, for the sum may lie within it all the same.
struct Added {
    mean: bool,
}

/// A sum, with what was lost of it by rounding.
#[derive(Default)]
struct Floats {
    count: u64,
    sum: f64,
    lost: f64,
    infinite: [bool; 2],
}

impl Aggregate<Floats, Option<String>> for Added {
    fn init(&self, _: &mut Context<'_>) -> Result<Floats> {
        Ok(Floats::default())
    }

    fn step(&self, context: &mut Context<'_>, added: &mut Floats) -> Result<()> {
        let ValueRef::Real(value) = context.get_raw(0) else { return Ok(()) };
        added.count += 1;
        if value.is_infinite() {
            added.infinite[usize::from(value > 0.0)] = true;
            return Ok(());
        }
        let sum = added.sum + value;
        let (more, less) = if added.sum.abs() >= value.abs() { (added.sum, value) } else { (value, added.sum) };
        added.lost += (more - sum) + less;
        added.sum = sum;
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, added: Option<Floats>) -> Result<Option<String>> {
        let Some(added) = added.filter(|added| added.count > 0) else { return Ok(None) };
        let sum = match added.infinite {
            [true, true] => f64::NAN,
            [true, false] => f64::NEG_INFINITY,
            [false, true] => f64::INFINITY,
            [false, false] => added.sum + added.lost,
        };
        if added.infinite == [false, false] && !sum.is_finite() {
            return Err(wrong("a sum of floats beyond their range".to_owned()));
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean of floats is a float")]
        let told = if self.mean { sum / added.count as f64 } else { sum };
        Ok(Some(format!("{told:?}")))
    }
}

/// The variance of floats, or its root, by the method of Welford; null of less than two.
struct Spread {
    root: bool,
}

#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Aggregate<Moments, Option<f64>> for Spread {
    fn init(&self, _: &mut Context<'_>) -> Result<Moments> {
        Ok(Moments::default())
    }

    fn step(&self, context: &mut Context<'_>, moments: &mut Moments) -> Result<()> {
        let ValueRef::Real(value) = context.get_raw(0) else { return Ok(()) };
        moments.count += 1.0;
        let apart = value - moments.mean;
        moments.mean += apart / moments.count;
        moments.squares += apart * (value - moments.mean);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, moments: Option<Moments>) -> Result<Option<f64>> {
        let moments = moments.filter(|moments| moments.count > 1.0);
        let variance = moments.map(|moments| moments.squares / (moments.count - 1.0));
        Ok(variance.map(|variance| if self.root { variance.sqrt() } else { variance }))
    }
}
