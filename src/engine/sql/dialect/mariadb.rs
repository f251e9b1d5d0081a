//! MariaDB, from version 10.6 on.
//!
//! Sessions spell names and texts as the standard does, and text compares by its characters, whatever the collation of its
//! column. Where MariaDB goes on with another value it leaves a warning, which is an error to who asks: what lies beyond all
//! engines is cast to what it is not.

use crate::engine::sql::dialect::{self, Dialect, Moment, Room};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::pattern::Spelling;
use crate::ir::calendar::Part;
use crate::ir::time::Zone;
use crate::ir::value::{Type, Value};

/// How text compares.
const COLLATION: &str = "utf8mb4_nopad_bin";

/// How many decimals a constant has at most.
const SCALE: i64 = 30;

/// How many digits a factor of a product has before the point, and how many after it.
const FACTOR: u8 = 15;

/// The decimal that is nothing beside another: the type of both is that of the other.
const LEAST: &str = "DECIMAL(1, 0)";

/// What the regular expressions of PCRE and of Rust spell alike.
const PATTERN: Spelling =
    Spelling { start: "\\A", end: "\\z", code: |code| format!("\\x{{{code:x}}}"), most: 65_535, least: '\0' };

/// MariaDB.
pub(in crate::engine::sql) struct MariaDb;

impl Dialect for MariaDb {
    fn name(&self) -> &'static str {
        "MariaDB"
    }

    fn family(&self, stored: &str) -> Option<Type> {
        Some(match base(stored) {
            "tinyint" if stored == "tinyint(1)" => Type::Boolean,
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" | "bit" => Type::Integer,
            "decimal" => Type::Decimal,
            "float" | "double" => Type::Float,
            "date" => Type::Date,
            "datetime" | "timestamp" => Type::Timestamp,
            "time" => Type::Time,
            "json" => Type::Json,
            // Bytes are read as their digits, and what is no text of its own as MariaDB writes it.
            _ => Type::String,
        })
    }

    fn family_as(&self, stored: &str, declared: Type) -> Option<Type> {
        match (self.family(stored)?, declared) {
            // A boolean is a small number there.
            (Type::Boolean | Type::Integer, Type::Boolean | Type::Integer) => Some(declared),
            (family, _) => Some(family),
        }
    }

    fn column(&self, quoted: &str, stored: &str, family: Type, zone: Zone) -> Result<String, Cannot> {
        Ok(match (family, base(stored)) {
            (Type::Boolean, _) => held(quoted, quoted, &format!("{quoted} IN (0, 1)"), "SIGNED"),
            (Type::Integer, "bit") => unsigned(&format!("({quoted} + 0)")),
            (Type::Integer, "bigint") if stored.ends_with("unsigned") => unsigned(quoted),
            (Type::Integer, _) if stored.ends_with("unsigned") || stored == "year" => self.cast(quoted, family),
            (Type::Decimal, _) => decimal(quoted, stored),
            // Zero added makes zeros of both signs one.
            (Type::Float, "double") => format!("({quoted} + 0e0)"),
            (Type::Float, _) => format!("(CAST({quoted} AS DOUBLE) + 0e0)"),
            // A day of no month, or no day of one, is none.
            (Type::Date, _) => held(quoted, quoted, &format!("DAYOFMONTH({quoted}) * MONTH({quoted}) > 0"), "DATE"),
            (Type::Timestamp, "datetime") if zone != Zone::UTC => {
                return Err(Cannot("a timestamp without a zone outside of UTC".to_owned()));
            }
            (Type::Timestamp, _) => {
                held(quoted, quoted, &format!("DAYOFMONTH({quoted}) * MONTH({quoted}) > 0"), "DATETIME(6)")
            }
            (Type::Time, _) => {
                let day = format!("{quoted} BETWEEN TIME '00:00:00' AND TIME '23:59:59.999999'");
                held(quoted, quoted, &day, "TIME(6)")
            }
            (Type::String, "varbinary" | "blob") => format!("LOWER(HEX({quoted}))"),
            (Type::String, "geometry") => format!("ST_ASTEXT({quoted})"),
            (Type::String | Type::Json | Type::Object | Type::List, "varchar" | "text" | "json") => {
                format!("(CONVERT({quoted} USING utf8mb4) COLLATE {COLLATION})")
            }
            (Type::String | Type::Json | Type::Object | Type::List, _) => self.cast(quoted, Type::String),
            (Type::Integer, _) => quoted.to_owned(),
        })
    }

    fn lacks(&self, quoted: &str, family: Type) -> Option<String> {
        // Of a date MariaDB takes the day 0000-00-00 for null, if null may not be one.
        (!matches!(family, Type::Date | Type::Timestamp)).then(|| format!("({quoted} IS NULL)"))
    }

    fn reads(&self, sql: &str) -> Result<(), Cannot> {
        self.plain(sql)
    }

    fn plain(&self, sql: &str) -> Result<(), Cannot> {
        let mut quote = None;
        for (place, c) in sql.char_indices() {
            let after = &sql[place..];
            // A quote that stands twice ends a text and begins the next.
            if let Some(open) = quote {
                quote = Some(open).filter(|open| *open != c);
            } else if matches!(c, '\'' | '"' | '`') {
                quote = Some(c);
            } else if c == '#' {
                return Err(Cannot("a comment after `#`".to_owned()));
            } else if after.starts_with("/*!") || after.starts_with("/*M!") {
                return Err(Cannot("a comment that is run".to_owned()));
            } else if let Some(comment) = after.strip_prefix("/*") {
                let end = comment.find("*/").ok_or_else(|| Cannot("a comment without an end".to_owned()))?;
                return self.plain(&comment[end + 2..]);
            } else if let Some(comment) = after.strip_prefix("--") {
                if !comment.starts_with(|next: char| next.is_ascii_whitespace()) {
                    return Err(Cannot("`--` without a space".to_owned()));
                }
                return comment.find('\n').map_or(Ok(()), |end| self.plain(&comment[end..]));
            }
        }
        Ok(())
    }

    fn key(&self, of: &str, kind: Type) -> String {
        // Long texts are sorted by how they begin, and taken for the same.
        if kind.is_text() { format!("SHA2({of}, 256)") } else { of.to_owned() }
    }

    fn value(&self, value: &Value) -> Result<String, Cannot> {
        Ok(match value {
            Value::Integer(number) if *number < 0 => format!("({number})"),
            Value::Integer(number) => number.to_string(),
            Value::Decimal(number) => {
                if number.fractional_digit_count() > SCALE {
                    return Err(Cannot(format!("`{number}`, which has more than {SCALE} decimals")));
                }
                dialect::decimal(number)?
            }
            Value::Float(number) if number.is_infinite() => {
                return Err(Cannot("an infinite number".to_owned()));
            }
            Value::Float(number) => format!("({number:e})"),
            value => dialect::standard(self, value)?,
        })
    }

    fn type_name(&self, kind: Type) -> &'static str {
        match kind {
            Type::Integer | Type::Boolean => "SIGNED",
            // What is made a decimal there is whole.
            Type::Decimal => "DECIMAL(20, 0)",
            Type::Float => "DOUBLE",
            Type::Date => "DATE",
            Type::Timestamp => "DATETIME(6)",
            Type::Time => "TIME(6)",
            Type::String | Type::Json | Type::Object | Type::List => "CHAR",
        }
    }

    fn square(&self, of: &str, kind: Type) -> Result<String, Cannot> {
        let factor = if kind == Type::Integer { self.wide(of, kind) } else { factor(of) };
        Ok(format!("({factor} * {factor})"))
    }

    fn combined(&self, left: &str, sign: &str, right: &str, kind: Type) -> Result<String, Cannot> {
        Ok(match kind {
            Type::Decimal if sign == "*" => format!("({} * {})", factor(left), factor(right)),
            Type::Decimal => {
                // More digits than a decimal has would be cut off at its end.
                let (whole, most) = (format!("({left} {sign} {right})"), power(26));
                held(&whole, &whole, &format!("ABS({left}) < {most} AND ABS({right}) < {most}"), LEAST)
            }
            // It takes the least of them from 0 for the least again.
            Type::Integer if sign == "-" && !is_small(right) => format!("({left} + ({right} * -1))"),
            _ => format!("({left} {sign} {right})"),
        })
    }

    fn room(&self, kind: Type, squares: bool) -> Option<Room> {
        let scale = (squares && kind == Type::Decimal).then_some(2 * i64::from(FACTOR));
        Some(Room { digits: 65, scale })
    }

    fn pattern(&self) -> &'static Spelling {
        &PATTERN
    }

    fn matches(&self, of: &str, pattern: &str) -> Result<String, Cannot> {
        Ok(format!("({of} REGEXP {})", self.text(pattern)?))
    }

    fn remainder(&self, of: &str, by: &str, _: Type) -> String {
        // Of a negative decimal it may be a zero that is not 0.
        format!("(MOD({of}, {by}) + 0)")
    }

    fn quotient(&self, above: &str, below: &str, _: Type) -> String {
        format!("({} / NULLIF({}, 0e0))", self.cast(above, Type::Float), self.cast(below, Type::Float))
    }

    fn extreme(&self, least: bool, of: &[String]) -> Result<String, Cannot> {
        // A null among them would make it one.
        let all = of.join(", ");
        let each: Vec<String> = of.iter().map(|one| format!("COALESCE({one}, {all})")).collect();
        Ok(match each.as_slice() {
            [one] => one.clone(),
            each => format!("{}({})", if least { "LEAST" } else { "GREATEST" }, each.join(", ")),
        })
    }

    fn moment(&self, name: Moment, of: &str) -> Result<String, Cannot> {
        // What leaves the range of floats is sent as 0, and is an error where something is added to it.
        Ok(match name {
            Moment::Sum => format!("(SUM({of}) + 0e0)"),
            Moment::Mean => format!("(AVG({of}) + 0e0)"),
            Moment::Variance => format!("(VAR_SAMP({of}) + 0e0)"),
            Moment::Stddev => format!("SQRT(VAR_SAMP({of}) + 0e0)"),
        })
    }

    fn part(&self, part: Part, of: &str) -> Result<String, Cannot> {
        Ok(self.cast(&dialect::part(part, of), Type::Integer))
    }

    fn start(&self, part: Part, of: &str, kind: Type) -> Result<String, Cannot> {
        let day = self.cast(of, Type::Date);
        let formatted = |pattern: &str| format!("DATE_FORMAT({of}, '{pattern}')");
        let start = match part {
            Part::Year => formatted("%Y-01-01"),
            Part::Quarter => {
                format!("(CAST({} AS DATE) + INTERVAL (QUARTER({of}) - 1) QUARTER)", formatted("%Y-01-01"))
            }
            Part::Month => formatted("%Y-%m-01"),
            Part::Week => format!("({day} - INTERVAL WEEKDAY({day}) DAY)"),
            Part::Day | Part::DayOfWeek => day,
            Part::Hour => formatted("%Y-%m-%d %H:00:00"),
            Part::Minute => formatted("%Y-%m-%d %H:%i:00"),
            Part::Second => formatted("%Y-%m-%d %H:%i:%s"),
        };
        Ok(self.cast(&start, kind))
    }

    fn shifted(&self, of: &str, months: i32, micros: i64, kind: Type) -> Result<String, Cannot> {
        let timestamp = self.cast(of, Type::Timestamp);
        let moved = format!("({timestamp} + INTERVAL ({months}) MONTH + INTERVAL ({micros}) MICROSECOND)");
        Ok(self.cast(&moved, kind))
    }

    fn same(&self, one: &str, other: &str) -> String {
        format!("({one} <=> {other})")
    }

    fn partner(&self, own: &[String], their: &[String], from: &str, scope: &str, null_safe: bool) -> String {
        if null_safe {
            let same: Vec<String> = own.iter().zip(their).map(|(own, their)| self.same(their, own)).collect();
            return format!("EXISTS (SELECT 1 FROM {from} WHERE {scope} AND {})", same.join(" AND "));
        }
        // Keys that are in a list are looked up in it, where those of a subquery that hangs on the row are compared one by one.
        let there: Vec<String> = their.iter().map(|key| format!("{key} IS NOT NULL")).collect();
        let list = format!("SELECT {} FROM {from} WHERE {scope} AND {}", their.join(", "), there.join(" AND "));
        let own = if let [one] = own { one.clone() } else { format!("({})", own.join(", ")) };
        format!("COALESCE({own} IN ({list}), FALSE)")
    }

    fn longest(&self) -> Option<usize> {
        // What is longer is no part of an index that is made of a list.
        Some(500)
    }

    fn constants(&self, columns: &[String], rows: &[Vec<String>]) -> String {
        format!("(WITH v({}) AS (VALUES {}) SELECT * FROM v)", columns.join(", "), dialect::listed(rows))
    }

    fn scale(&self, _: &str, stored: &str) -> Result<String, Cannot> {
        Ok(digits(stored).1.to_string())
    }
}

/// The name of a stored type without what follows it.
fn base(stored: &str) -> &str {
    stored.split(['(', ' ']).next().unwrap_or_default()
}

/// How many digits a stored decimal has, and how many of them are decimals.
fn digits(stored: &str) -> (u32, u32) {
    let inside = stored.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let numbers: Vec<u32> =
        inside.into_iter().flat_map(|inside| inside.split(',')).filter_map(|one| one.parse().ok()).collect();
    match numbers.as_slice() {
        [digits, scale] => (*digits, *scale),
        _ => (65, 30),
    }
}

/// Whether a whole number is a constant that has an opposite.
fn is_small(of: &str) -> bool {
    of.trim_matches(['(', ')']).parse::<i64>().is_ok_and(|number| number != i64::MIN)
}

/// Ten to a power, as a decimal.
fn power(of: usize) -> String {
    format!("1{}.0", "0".repeat(of))
}

/// A stored decimal that has no more digits than decimals have elsewhere.
fn decimal(quoted: &str, stored: &str) -> String {
    let (digits, scale) = digits(stored);
    let typed = format!("CAST({quoted} AS DECIMAL({digits}, {scale}))");
    let value = if stored.ends_with("unsigned") { typed.as_str() } else { quoted };
    if digits <= 38 {
        return value.to_owned();
    }
    let room = format!("ABS({quoted}) < {}", power(38_usize.saturating_sub(scale as usize)));
    held(value, quoted, &room, LEAST)
}

/// A whole number without a sign as one that has one.
fn unsigned(of: &str) -> String {
    held(&format!("CAST({of} AS SIGNED)"), of, &format!("{of} <= 9223372036854775807"), "SIGNED")
}

/// A decimal as a factor of a product that has room for all digits of both.
fn factor(of: &str) -> String {
    let narrow = format!("DECIMAL({}, {FACTOR})", 2 * FACTOR);
    let (cast, most) = (format!("CAST({of} AS {narrow})"), power(FACTOR.into()));
    held(&cast, of, &format!("ABS({of}) < {most} AND {cast} = {of}"), LEAST)
}

/// A value where a condition holds of what it is made of, or null; where it does not, a cast of what is no value of its type
/// leaves a warning.
fn held(value: &str, of: &str, condition: &str, kind: &str) -> String {
    format!(
        "CASE WHEN {condition} THEN {value} WHEN {of} IS NOT NULL THEN CAST(CONCAT('out of range: ', {of}) AS {kind}) END"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_those_of_all_engines() {
        for sql in
            ["SELECT '#' AS \"a#\" -- the # end", "SELECT 1 /* # */ AS a", "SELECT '/*!'' --x' AS a", "SELECT 1 -- x\n"]
        {
            assert_eq!(MariaDb.plain(sql), Ok(()), "{sql}");
        }
        for sql in [
            "SELECT 1 # x",
            "SELECT 1 /*! + 1 */",
            "SELECT 1 /*M!100 + 1 */",
            "SELECT 1 /*/",
            "SELECT 1--1",
            "SELECT 1 /* x",
            "SELECT 1 -- x\n--1",
        ] {
            assert!(MariaDb.plain(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn decimals_keep_to_the_digits_of_all_engines() {
        assert_eq!(digits("decimal(10,2) unsigned"), (10, 2));
        assert_eq!(decimal("t.a", "decimal(38,2)"), "t.a");
        assert_eq!(decimal("t.a", "decimal(10,2) unsigned"), "CAST(t.a AS DECIMAL(10, 2))");
        assert!(decimal("t.a", "decimal(65,30)").starts_with("CASE WHEN ABS(t.a) < 100000000.0 THEN t.a"));
    }

    #[test]
    fn values_are_constants_of_their_types() {
        let said = |value: Value| MariaDb.value(&value);
        assert_eq!(said(Value::Integer(i64::MIN)).unwrap(), "(-9223372036854775808)");
        assert_eq!(said(Value::Float(-1.5e300)).unwrap(), "(-1.5e300)");
        assert_eq!(said(Value::Decimal("1.50".parse().unwrap())).unwrap(), "CAST('1.50' AS DECIMAL(3, 2))");
        assert!(said(Value::Float(f64::INFINITY)).is_err());
        assert!(said(Value::Decimal("1e-31".parse().unwrap())).is_err());
        assert_eq!(said(Value::Text("it's \\".to_owned())).unwrap(), "'it''s \\'");
    }
}
