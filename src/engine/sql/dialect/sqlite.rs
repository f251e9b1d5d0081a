//! SQLite, whose cells are of any type, whatever their column is declared as.
//!
//! It has whole numbers, floats and text. Dates, timestamps and times are text there that compares as they do, exact numbers
//! are bytes that do, and whatever else its SQL cannot say is a function of ours, for it runs beside us. So a rule means what
//! it means on a file of the same rows.

use crate::engine::source::sqlite::{Taken, family};
use crate::engine::sql::dialect::{self, Dialect, Moment};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::hosted::Hosted;
use crate::engine::sql::pattern::Spelling;
use crate::ir::calendar::Part;
use crate::ir::time::{Zone, format_time};
use crate::ir::value::{Reading, Type, Value};

/// The patterns are those of our own functions, so nothing is spelled otherwise.
const PATTERN: Spelling =
    Spelling { start: "\\A", end: "\\z", code: |code| format!("\\x{{{code:x}}}"), most: 1000, least: '\0' };

/// SQLite.
#[derive(Default)]
pub(in crate::engine::sql) struct Sqlite {
    hosted: Hosted,
}

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn hosted(&self) -> Option<&Hosted> {
        Some(&self.hosted)
    }

    fn family(&self, stored: &str) -> Option<Type> {
        family(stored)
    }

    fn column(&self, quoted: &str, _: &str, _: Type, _: Zone) -> Result<String, Cannot> {
        Ok(quoted.to_owned())
    }

    fn cell(&self, quoted: &str, reading: &Reading, taken: Taken) -> Option<String> {
        let is_plain = reading.missing.is_none() && !reading.trim && taken == Taken::OfItsType;
        match reading.kind {
            Type::Integer if is_plain => Some(format!("CASE TYPEOF({quoted}) WHEN 'integer' THEN {quoted} END")),
            Type::Float if is_plain => {
                Some(format!("CASE WHEN TYPEOF({quoted}) IN ('integer', 'real') THEN CAST({quoted} AS REAL) END"))
            }
            Type::String if is_plain => Some(format!("CASE WHEN tamiz_is_text({quoted}) THEN {quoted} END")),
            _ => None,
        }
    }

    fn text(&self, text: &str) -> Result<String, Cannot> {
        let bytes = |part: &str| part.bytes().fold(String::new(), |all, byte| all + &format!("{byte:02x}"));
        // A statement ends at a zero.
        Ok(if text.contains('\0') {
            format!("CAST(x'{}' AS TEXT)", bytes(text))
        } else {
            format!("'{}'", text.replace('\'', "''"))
        })
    }

    fn reads(&self, _: &str) -> Result<(), Cannot> {
        // `'10' < 9`, `LIKE` that minds no case, dates that are text: it would return other rows, and say nothing.
        Err(Cannot("a query over datasets, whose values have no types there,".to_owned()))
    }

    fn value(&self, value: &Value) -> Result<String, Cannot> {
        Ok(match value {
            Value::Null => "NULL".to_owned(),
            Value::Text(text) => self.text(text)?,
            Value::Integer(i64::MIN) => "(-9223372036854775807 - 1)".to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Decimal(number) => format!("tamiz_decimal('{}')", number.to_plain_string()),
            Value::Float(number) => format!("tamiz_float('{number:e}')"),
            Value::Boolean(flag) => i64::from(*flag).to_string(),
            Value::Date(day) => format!("'{}'", dialect::day(*day)?),
            Value::Timestamp(micros) => format!("'{}'", moment(*micros)?),
            Value::Time(micros) => format!("'{}'", clock(*micros)),
        })
    }

    fn bound(&self, value: &Value) -> Result<String, Cannot> {
        // As its own functions write dates and instants, and as it stores numbers.
        Ok(match value {
            Value::Decimal(number) => format!("tamiz_float('{}')", number.to_plain_string()),
            Value::Timestamp(micros) => format!("'{}'", dialect::instant(*micros)?),
            Value::Time(_) => format!("'{value}'"),
            value => self.value(value)?,
        })
    }

    fn type_name(&self, kind: Type) -> &'static str {
        match kind {
            Type::Integer => "INTEGER",
            Type::Decimal => "DECIMAL",
            Type::Float => "REAL",
            Type::Boolean => "BOOLEAN",
            Type::Date => "DATE",
            Type::Timestamp => "TIMESTAMP",
            Type::Time => "TIME",
            Type::Json => "JSON",
            Type::String | Type::Object | Type::List => "TEXT",
        }
    }

    fn cast(&self, of: &str, kind: Type) -> String {
        match kind {
            _ if of == "NULL" => of.to_owned(),
            Type::Decimal => format!("tamiz_decimal({of})"),
            Type::Float => format!("tamiz_float({of})"),
            Type::Date => format!("SUBSTR({of}, 1, 10)"),
            Type::Timestamp => format!("SUBSTR({of} || ' 00:00:00.000000', 1, 26)"),
            Type::Integer | Type::Boolean => format!("CAST({of} AS INTEGER)"),
            Type::String | Type::Json | Type::Object | Type::List | Type::Time => format!("tamiz_shown({of})"),
        }
    }

    fn wide(&self, of: &str, _: Type) -> String {
        of.to_owned()
    }

    fn square(&self, of: &str, _: Type) -> Result<String, Cannot> {
        Ok(format!("tamiz_square({of})"))
    }

    fn total(&self, of: &str) -> String {
        format!("tamiz_sum({of})")
    }

    fn pattern(&self) -> &'static Spelling {
        &PATTERN
    }

    fn matches(&self, _: &str, _: &str) -> Result<String, Cannot> {
        Err(Cannot("a pattern".to_owned()))
    }

    fn part(&self, _: Part, _: &str) -> Result<String, Cannot> {
        Err(Cannot("a part of a date".to_owned()))
    }

    fn start(&self, _: Part, _: &str, _: Type) -> Result<String, Cannot> {
        Err(Cannot("the start of a part of a date".to_owned()))
    }

    fn shifted(&self, _: &str, _: i32, _: i64, _: Type) -> Result<String, Cannot> {
        Err(Cannot("a date moved by an interval".to_owned()))
    }

    fn partner(&self, own: &[String], their: &[String], from: &str, scope: &str, null_safe: bool) -> String {
        // A list is looked up by an index that SQLite makes of it, and a condition is not.
        let keys = |of: &[String]| {
            let keys =
                of.iter().map(|key| if null_safe { format!("{key} IS NULL, COALESCE({key}, 0)") } else { key.clone() });
            keys.collect::<Vec<_>>().join(", ")
        };
        let there = if null_safe {
            scope.to_owned()
        } else {
            let known = their.iter().map(|key| format!("{key} IS NOT NULL"));
            std::iter::once(scope.to_owned()).chain(known).collect::<Vec<_>>().join(" AND ")
        };
        let looked_up =
            format!("COALESCE(({}) IN (SELECT {} FROM {from} WHERE {there}), FALSE)", keys(own), keys(their));
        if null_safe || own.len() == 1 {
            return looked_up;
        }
        // For a key with a null all of the list would be gone through.
        let known: Vec<String> = own.iter().map(|key| format!("{key} IS NOT NULL")).collect();
        format!("({} AND {looked_up})", known.join(" AND "))
    }

    fn constants(&self, columns: &[String], rows: &[Vec<String>]) -> String {
        let named = columns.iter().enumerate().map(|(place, name)| format!("column{} AS {name}", place + 1));
        format!("(SELECT {} FROM (VALUES {}))", named.collect::<Vec<_>>().join(", "), dialect::listed(rows))
    }

    fn scale(&self, of: &str, _: &str) -> Result<String, Cannot> {
        Ok(format!("tamiz_scale({of})"))
    }

    fn moment(&self, name: Moment, of: &str) -> Result<String, Cannot> {
        let function = match name {
            Moment::Sum => "tamiz_float_sum",
            Moment::Mean => "tamiz_mean",
            Moment::Variance => "tamiz_variance",
            Moment::Stddev => "tamiz_stddev",
        };
        Ok(format!("{function}({of})"))
    }
}

/// An instant as text that compares as instants do.
///
/// # Errors
/// Before year 1 or after 9999.
pub(in crate::engine::sql) fn moment(micros: i64) -> Result<String, Cannot> {
    let text = dialect::instant(micros)?;
    Ok(with_micros(text))
}

/// A time of day as text that compares as times do.
pub(in crate::engine::sql) fn clock(micros: i64) -> String {
    with_micros(format_time(micros))
}

/// A time with six decimals of its seconds.
fn with_micros(mut time: String) -> String {
    let decimals = time.rsplit_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals == 0 {
        time.push('.');
    }
    time.push_str(&"0".repeat(6 - decimals.min(6)));
    time
}
