//! How each engine says what all of them mean: one file for each.
//!
//! Identifiers are quoted by [`Dialect::quoted`] and values written by [`Dialect::value`], and by nothing else. What the
//! standard says alike is said here; it opens no connection.

mod duckdb;
mod mariadb;
mod postgres;
mod spark;
mod sqlite;

use bigdecimal::BigDecimal;

use crate::engine::source::sqlite::Taken;
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::hosted::Hosted;
use crate::engine::sql::pattern::Spelling;
use crate::ir::calendar::Part;
use crate::ir::time::{Zone, format_timestamp};
use crate::ir::value::{Reading, Type, Value};
pub(super) use duckdb::DuckDb;
pub(super) use mariadb::MariaDb;
#[cfg(test)]
pub(super) use postgres::PATTERN as POSTGRES_PATTERN;
pub(super) use postgres::Postgres;
pub(super) use spark::Spark;
pub(super) use sqlite::{Sqlite, clock, moment};

/// What an engine says in its own way.
///
/// Values of each type stand in expressions as the engine has them: instants as timestamps without a zone, in UTC.
pub(super) trait Dialect: Send + Sync {
    /// The name of the engine, for people.
    fn name(&self) -> &'static str;

    /// The family of a stored type, by the name that the engine has for it; none if rules cannot speak of it.
    fn family(&self, stored: &str) -> Option<Type>;

    /// The family of a stored type that a suite declares to be of some type.
    fn family_as(&self, stored: &str, _declared: Type) -> Option<Type> {
        self.family(stored)
    }

    /// The value of a column of some family, as all engines mean it; a naive timestamp is of `zone`.
    ///
    /// # Errors
    /// What the engine cannot say.
    fn column(&self, quoted: &str, stored: &str, family: Type, zone: Zone) -> Result<String, Cannot>;

    /// Whether a column has no value, as all engines mean it; none if it is to be asked of its value.
    fn lacks(&self, _: &str, _: Type) -> Option<String> {
        None
    }

    /// The functions of ours that it calls, for what its own SQL cannot say; none if it runs elsewhere.
    fn hosted(&self) -> Option<&Hosted> {
        None
    }

    /// The value of a cell that may be of any type as a column reads it, where the engine says that by itself.
    fn cell(&self, _quoted: &str, _: &Reading, _: Taken) -> Option<String> {
        None
    }

    /// A name.
    fn quoted(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// A text.
    fn text(&self, text: &str) -> Result<String, Cannot> {
        if text.contains('\0') {
            return Err(Cannot("a text with the character of number 0".to_owned()));
        }
        Ok(format!("'{}'", text.replace('\'', "''")))
    }

    /// Whether the SQL of an author, which spells names and texts as the standard does, means there what it says.
    ///
    /// # Errors
    /// What in it would mean something else.
    fn reads(&self, _: &str) -> Result<(), Cannot> {
        Ok(())
    }

    /// Whether what stands in comments of a query is no more than that there.
    ///
    /// # Errors
    /// What may be more, or less.
    fn plain(&self, _: &str) -> Result<(), Cannot> {
        Ok(())
    }

    /// Whether the whole numbers around a float are floats themselves.
    fn floors_floats(&self) -> bool {
        true
    }

    /// A value.
    ///
    /// # Errors
    /// What the engine cannot say.
    fn value(&self, value: &Value) -> Result<String, Cannot> {
        standard(self, value)
    }

    /// The value of a variable in the SQL of an author, which reads columns as they are stored.
    ///
    /// # Errors
    /// What the engine cannot say.
    fn bound(&self, value: &Value) -> Result<String, Cannot> {
        self.value(value)
    }

    /// The name of the type that holds values of a type.
    fn type_name(&self, kind: Type) -> &'static str;

    /// A value as another type, where every value is one of it.
    fn cast(&self, of: &str, kind: Type) -> String {
        format!("CAST({of} AS {})", self.type_name(kind))
    }

    /// A whole number or a decimal with as many digits as a sum of many takes.
    fn wide(&self, of: &str, kind: Type) -> String {
        if kind == Type::Decimal { of.to_owned() } else { self.cast(of, Type::Decimal) }
    }

    /// The exact sum of whole numbers or decimals.
    fn total(&self, of: &str) -> String {
        format!("SUM({of})")
    }

    /// The exact square of a whole number or a decimal.
    ///
    /// # Errors
    /// If the engine would round it.
    fn square(&self, of: &str, kind: Type) -> Result<String, Cannot> {
        let wide = self.wide(of, kind);
        Ok(format!("({wide} * {wide})"))
    }

    /// The sum, difference or product of two numbers of a type; beyond its range it is an error.
    ///
    /// # Errors
    /// If the engine would round it.
    fn combined(&self, left: &str, sign: &str, right: &str, _: Type) -> Result<String, Cannot> {
        Ok(format!("({left} {sign} {right})"))
    }

    /// How many digits the sum of numbers, or of their squares, has, where one with more may be another number, and no error.
    fn room(&self, _kind: Type, _squares: bool) -> Option<Room> {
        None
    }

    /// How patterns are spelled.
    fn pattern(&self) -> &'static Spelling;

    /// Whether a text fits a pattern, in the spelling of the engine.
    ///
    /// # Errors
    /// If the engine has no patterns.
    fn matches(&self, of: &str, pattern: &str) -> Result<String, Cannot>;

    /// The number of characters of a text.
    fn length(&self, of: &str) -> String {
        format!("CHAR_LENGTH({of})")
    }

    /// One of several values of a type, as an expression says that chooses among them.
    fn chosen(&self, whole: String, _: &[String], _: Type) -> String {
        whole
    }

    /// The remainder of two whole numbers or decimals.
    fn remainder(&self, of: &str, by: &str, _: Type) -> String {
        format!("MOD({of}, {by})")
    }

    /// The quotient of two numbers of a type as a float; null over zero.
    fn quotient(&self, above: &str, below: &str, _: Type) -> String {
        let (above, below) = (self.cast(above, Type::Float), self.cast(below, Type::Float));
        format!("NULLIF(({above} / NULLIF({below}, 0)), {})", self.cast("'NaN'", Type::Float))
    }

    /// So many characters of a text, or all, from one counted from 1.
    fn substring(&self, of: &str, from: i64, length: Option<i64>) -> String {
        let length = length.map_or_else(String::new, |length| format!(" FOR {length}"));
        format!("SUBSTRING({of} FROM {from}{length})")
    }

    /// A text without the spaces around it.
    fn trimmed(&self, of: &str) -> String {
        format!("TRIM(BOTH ' ' FROM {of})")
    }

    /// The least, or the greatest, of some values that are not null.
    ///
    /// # Errors
    /// If the engine does not pass nulls over.
    fn extreme(&self, least: bool, of: &[String]) -> Result<String, Cannot> {
        Ok(format!("{}({})", if least { "LEAST" } else { "GREATEST" }, of.join(", ")))
    }

    /// A part of a date or timestamp, as a whole number.
    ///
    /// # Errors
    /// What the engine cannot say.
    fn part(&self, part: Part, of: &str) -> Result<String, Cannot>;

    /// A date or timestamp cut to the start of a part, of the same type.
    ///
    /// # Errors
    /// What the engine cannot say.
    fn start(&self, part: Part, of: &str, kind: Type) -> Result<String, Cannot>;

    /// A date or timestamp moved by whole months and some microseconds, of the same type.
    ///
    /// # Errors
    /// What the engine cannot say.
    fn shifted(&self, of: &str, months: i32, micros: i64, kind: Type) -> Result<String, Cannot>;

    /// Whether two values are the same, null being one.
    fn same(&self, one: &str, other: &str) -> String {
        format!("({one} IS NOT DISTINCT FROM {other})")
    }

    /// Whether a row of another table has the same keys, under a condition on it; never unknown.
    fn partner(&self, own: &[String], their: &[String], from: &str, scope: &str, null_safe: bool) -> String {
        let same = own
            .iter()
            .zip(their)
            .map(|(own, their)| if null_safe { self.same(their, own) } else { format!("{their} = {own}") });
        let all = std::iter::once(scope.to_owned()).chain(same).collect::<Vec<_>>().join(" AND ");
        format!("EXISTS (SELECT 1 FROM {from} WHERE {all})")
    }

    /// How many characters texts among constants have at most that are looked up together with others; any number if unsaid.
    fn longest(&self) -> Option<usize> {
        None
    }

    /// Rows of constants as what stands in a FROM, with the names of their columns; there is one at least.
    fn constants(&self, columns: &[String], rows: &[Vec<String>]) -> String {
        format!("(SELECT * FROM (VALUES {}) AS v({}))", listed(rows), columns.join(", "))
    }

    /// A value of some type where rows are told apart by it.
    fn key(&self, of: &str, _kind: Type) -> String {
        of.to_owned()
    }

    /// How many decimals a number has.
    ///
    /// # Errors
    /// What the engine cannot say.
    fn scale(&self, of: &str, stored: &str) -> Result<String, Cannot>;

    /// Sums and means of floats, which engines round in their own order.
    ///
    /// # Errors
    /// If the engine has no such function.
    fn moment(&self, name: Moment, of: &str) -> Result<String, Cannot> {
        let function = match name {
            Moment::Sum => "SUM",
            Moment::Mean => "AVG",
            Moment::Variance => "VAR_SAMP",
            Moment::Stddev => "STDDEV_SAMP",
        };
        Ok(format!("{function}({of})"))
    }
}

/// The digits of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) digits: i64,
    /// How many of them are decimals; as many as the summands have if unsaid.
    pub(super) scale: Option<i64>,
}

/// What an engine makes of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Sum,
    Mean,
    Variance,
    Stddev,
}

/// A part of a date or timestamp, by the function that is called as it; weeks are those of ISO 8601, and Sunday is the day 0.
pub(super) fn part(part: Part, of: &str) -> String {
    match part {
        Part::Year => format!("YEAR({of})"),
        Part::Quarter => format!("QUARTER({of})"),
        Part::Month => format!("MONTH({of})"),
        Part::Week => format!("WEEKOFYEAR({of})"),
        Part::Day => format!("DAYOFMONTH({of})"),
        Part::DayOfWeek => format!("(DAYOFWEEK({of}) - 1)"),
        Part::Hour => format!("HOUR({of})"),
        Part::Minute => format!("MINUTE({of})"),
        Part::Second => format!("SECOND({of})"),
    }
}

/// A value in the words of the standard.
///
/// # Errors
/// What has no place there: a decimal of more than 38 digits, a day before year 1 or after 9999.
pub(super) fn standard(dialect: &(impl Dialect + ?Sized), value: &Value) -> Result<String, Cannot> {
    Ok(match value {
        Value::Null => "NULL".to_owned(),
        Value::Text(text) => dialect.text(text)?,
        Value::Integer(number) => format!("CAST('{number}' AS BIGINT)"),
        Value::Decimal(number) => decimal(number)?,
        Value::Float(number) if number.is_infinite() => {
            format!("CAST('{}Infinity' AS DOUBLE)", if *number < 0.0 { "-" } else { "" })
        }
        Value::Float(number) => format!("CAST('{number:e}' AS DOUBLE)"),
        Value::Boolean(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Value::Date(date) => format!("DATE '{}'", day(*date)?),
        Value::Timestamp(micros) => format!("TIMESTAMP '{}'", instant(*micros)?),
        Value::Time(_) => format!("TIME '{value}'"),
    })
}

/// Rows of constants, each in its parentheses.
pub(super) fn listed(rows: &[Vec<String>]) -> String {
    rows.iter().map(|row| format!("({})", row.join(", "))).collect::<Vec<_>>().join(", ")
}

/// A decimal of as many digits as it needs.
///
/// # Errors
/// It has more than 38 digits.
pub(super) fn decimal(number: &BigDecimal) -> Result<String, Cannot> {
    let scale = number.fractional_digit_count().max(0);
    let digits = i64::try_from(number.with_scale(scale).digits()).unwrap_or(i64::MAX).max(scale);
    if digits > 38 {
        return Err(Cannot(format!("`{number}`, which has more than 38 digits")));
    }
    Ok(format!("CAST('{}' AS DECIMAL({}, {scale}))", number.with_scale(scale).to_plain_string(), digits.max(1)))
}

/// A day as all engines write it.
///
/// # Errors
/// Before year 1 or after 9999.
pub(super) fn day(day: chrono::NaiveDate) -> Result<String, Cannot> {
    let text = day.to_string();
    if text.len() == 10 { Ok(text) } else { Err(Cannot(format!("the day {text}"))) }
}

/// An instant in UTC as all engines write it: `2025-06-30 12:00:00.5`.
///
/// # Errors
/// Before year 1 or after 9999.
pub(super) fn instant(micros: i64) -> Result<String, Cannot> {
    let text = format_timestamp(micros);
    if text.starts_with(['-', '+']) {
        return Err(Cannot(format!("the instant {text}")));
    }
    Ok(text.trim_end_matches('Z').replace('T', " "))
}
