//! DuckDB, from version 1.4 on.
//!
//! Text compares by its bytes, whatever the collation of its column. Decimals have 38 digits at most: where DuckDB would round
//! them, or make floats of them, to keep to that, it is told to fail.

use regex_syntax::hir::{Hir, HirKind};

use crate::engine::sql::dialect::{Dialect, Moment};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::pattern::Spelling;
use crate::ir::calendar::Part;
use crate::ir::time::Zone;
use crate::ir::value::Type;

/// How often something may be repeated in a pattern, repetitions of repetitions multiplied.
const MOST: u32 = 1000;

/// What the regular expressions of RE2 and of Rust spell alike.
const PATTERN: Spelling =
    Spelling { start: "\\A", end: "\\z", code: |code| format!("\\x{{{code:x}}}"), most: MOST, least: '\0' };

const NAN: &str = "CAST('NaN' AS DOUBLE)";

/// DuckDB.
pub(in crate::engine::sql) struct DuckDb;

impl Dialect for DuckDb {
    fn name(&self) -> &'static str {
        "DuckDB"
    }

    fn family(&self, stored: &str) -> Option<Type> {
        let stored = stored.to_ascii_uppercase();
        Some(match stored.as_str() {
            "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" | "UTINYINT" | "USMALLINT" | "UINTEGER"
            | "UBIGINT" | "UHUGEINT" => Type::Integer,
            "FLOAT" | "DOUBLE" => Type::Float,
            "BOOLEAN" => Type::Boolean,
            "DATE" => Type::Date,
            "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" | "TIMESTAMP WITH TIME ZONE" => {
                Type::Timestamp
            }
            "TIME" => Type::Time,
            "JSON" => Type::Json,
            decimal if decimal.starts_with("DECIMAL(") && decimal.ends_with(')') => Type::Decimal,
            // Lists, structures and what is no text of its own are read as DuckDB writes them.
            _ => Type::String,
        })
    }

    fn column(&self, quoted: &str, stored: &str, family: Type, zone: Zone) -> Result<String, Cannot> {
        let stored = stored.to_ascii_uppercase();
        Ok(match (family, stored.as_str()) {
            (Type::Integer, "BIGINT") | (Type::Boolean | Type::Decimal, _) => quoted.to_owned(),
            // It has 24:00, too.
            (Type::Time, _) => within(quoted, quoted, ["TIME '00:00:00'", "TIME '23:59:59.999999'"]),
            (Type::Integer, "HUGEINT" | "UBIGINT" | "UHUGEINT") => as_it_is(&self.cast(quoted, Type::Integer)),
            (Type::Integer, _) => self.cast(quoted, Type::Integer),
            (Type::Float, "DOUBLE") => format!("NULLIF({quoted}, {NAN})"),
            (Type::Float, _) => format!("NULLIF(CAST({quoted} AS DOUBLE), {NAN})"),
            (Type::Date, _) => within(quoted, quoted, ["DATE '0001-01-01'", "DATE '9999-12-31'"]),
            (Type::Timestamp, "TIMESTAMP WITH TIME ZONE") => {
                let end = |end: &str| format!("CAST('{end}+00' AS TIMESTAMPTZ)");
                let (low, high) = (end("0001-01-01 00:00:00"), end("9999-12-31 23:59:59.999999"));
                within(quoted, &format!("make_timestamp(epoch_us({quoted}))"), [&low, &high])
            }
            (Type::Timestamp, _) if zone != Zone::UTC => {
                return Err(Cannot("a timestamp without a zone outside of UTC".to_owned()));
            }
            (Type::Timestamp, stored) => {
                let wide = if stored == "TIMESTAMP" { quoted.to_owned() } else { self.cast(quoted, Type::Timestamp) };
                let value = match stored {
                    // A cast would go towards 1970.
                    "TIMESTAMP_NS" => {
                        let nanos = format!("epoch_ns({quoted})");
                        format!("make_timestamp(({nanos} - ({nanos} % 1000 + 1000) % 1000) // 1000)")
                    }
                    _ => wide.clone(),
                };
                within(&wide, &value, ["TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"])
            }
            (Type::String | Type::Json | Type::Object | Type::List, "VARCHAR") => format!("({quoted} COLLATE C)"),
            (Type::String | Type::Json | Type::Object | Type::List, _) => self.cast(quoted, Type::String),
        })
    }

    fn lacks(&self, quoted: &str, family: Type) -> Option<String> {
        Some(match family {
            Type::Float => format!("({quoted} IS NULL OR isnan({quoted}))"),
            _ => format!("({quoted} IS NULL)"),
        })
    }

    fn cast(&self, of: &str, kind: Type) -> String {
        match kind {
            Type::String | Type::Json | Type::Object | Type::List => format!("(CAST({of} AS VARCHAR) COLLATE C)"),
            // A decimal becomes the float nearest to it by its digits alone.
            Type::Float => format!("CAST(CAST({of} AS VARCHAR) AS DOUBLE)"),
            kind => format!("CAST({of} AS {})", self.type_name(kind)),
        }
    }

    fn type_name(&self, kind: Type) -> &'static str {
        match kind {
            Type::Integer => "BIGINT",
            // What is made a decimal there is whole.
            Type::Decimal => "DECIMAL(19, 0)",
            Type::Float => "DOUBLE",
            Type::Boolean => "BOOLEAN",
            Type::Date => "DATE",
            Type::Timestamp => "TIMESTAMP",
            Type::Time => "TIME",
            Type::String | Type::Json | Type::Object | Type::List => "VARCHAR",
        }
    }

    fn wide(&self, of: &str, _: Type) -> String {
        of.to_owned()
    }

    fn total(&self, of: &str) -> String {
        format!("CAST(SUM({of}) AS VARCHAR)")
    }

    fn square(&self, of: &str, kind: Type) -> Result<String, Cannot> {
        Ok(match kind {
            // Two squares of 64 bits may be more than 128 bits hold.
            Type::Integer => format!("CAST(CAST({of} AS HUGEINT) * CAST({of} AS HUGEINT) AS BIGNUM)"),
            _ => format!("({of} * {of})"),
        })
    }

    fn combined(&self, left: &str, sign: &str, right: &str, kind: Type) -> Result<String, Cannot> {
        let whole = format!("({left} {sign} {right})");
        Ok(match kind {
            Type::Float => format!("NULLIF({whole}, {NAN})"),
            Type::Integer => as_it_is(&whole),
            _ => whole,
        })
    }

    fn chosen(&self, whole: String, of: &[String], kind: Type) -> String {
        if kind != Type::Decimal || of.len() < 2 {
            return whole;
        }
        let own = scale(&whole);
        let all: Vec<String> = of.iter().map(|part| format!("{own} >= {}", scale(part))).collect();
        format!("(CASE WHEN {} THEN {whole} ELSE error('decimals of more than 38 digits') END)", all.join(" AND "))
    }

    fn remainder(&self, of: &str, by: &str, kind: Type) -> String {
        let whole = format!("MOD({of}, {by})");
        if kind == Type::Integer {
            return whole;
        }
        format!(
            "(CASE WHEN typeof({whole}) <> 'DOUBLE' THEN {whole} ELSE error('decimals of more than 38 digits') END)"
        )
    }

    fn quotient(&self, above: &str, below: &str, kind: Type) -> String {
        let float = |of: &str| match kind {
            Type::Decimal => self.cast(of, Type::Float),
            _ => format!("CAST({of} AS DOUBLE)"),
        };
        format!("NULLIF(({} / NULLIF({}, 0)), {NAN})", float(above), float(below))
    }

    fn pattern(&self) -> &'static Spelling {
        &PATTERN
    }

    fn matches(&self, of: &str, pattern: &str) -> Result<String, Cannot> {
        let hir =
            regex_syntax::Parser::new().parse(pattern).map_err(|error| Cannot(format!("the pattern: {error}")))?;
        if repeated(&hir) > u64::from(MOST) {
            return Err(Cannot(format!("a pattern that repeats something more than {MOST} times")));
        }
        Ok(format!("regexp_matches({of}, {})", self.text(pattern)?))
    }

    fn part(&self, part: Part, of: &str) -> Result<String, Cannot> {
        Ok(format!("CAST(EXTRACT({} FROM {of}) AS BIGINT)", part.name()))
    }

    fn start(&self, part: Part, of: &str, kind: Type) -> Result<String, Cannot> {
        let timestamp = self.cast(of, Type::Timestamp);
        Ok(self.cast(&format!("DATE_TRUNC('{}', {timestamp})", part.name()), kind))
    }

    fn shifted(&self, of: &str, months: i32, micros: i64, kind: Type) -> Result<String, Cannot> {
        let timestamp = self.cast(of, Type::Timestamp);
        let moved = format!("({timestamp} + INTERVAL '{months} months' + INTERVAL '{micros} microseconds')");
        Ok(self.cast(&moved, kind))
    }

    fn moment(&self, name: Moment, of: &str) -> Result<String, Cannot> {
        let function = match name {
            Moment::Sum => return Ok(format!("SUM({of})")),
            Moment::Mean => return Ok(format!("AVG({of})")),
            Moment::Variance => "VAR_SAMP",
            Moment::Stddev => "STDDEV_SAMP",
        };
        // Infinite values have neither, and would be an error.
        Ok(format!(
            "CASE WHEN bool_or(isinf({of})) THEN NULL ELSE {function}(CASE WHEN isfinite({of}) THEN {of} END) END"
        ))
    }

    fn scale(&self, _: &str, stored: &str) -> Result<String, Cannot> {
        let scale =
            stored.trim_end_matches(')').rsplit_once(',').and_then(|(_, scale)| scale.trim().parse::<u8>().ok());
        Ok(scale.unwrap_or(0).to_string())
    }
}

/// A whole number that is worked out before it is compared, so that one beyond its range is an error: DuckDB moves constants and
/// casts over comparisons.
fn as_it_is(whole: &str) -> String {
    format!("xor({whole}, 0)")
}

/// How many decimals the type of an expression has.
fn scale(of: &str) -> String {
    format!("CAST(regexp_extract(typeof({of}), ',([0-9]+)', 1) AS INTEGER)")
}

/// A value where what it is made of lies between two ends, or null; what lies beyond them is an error.
fn within(of: &str, value: &str, [low, high]: [&str; 2]) -> String {
    format!(
        "CASE WHEN {of} BETWEEN {low} AND {high} THEN {value} \
         WHEN {of} IS NOT NULL THEN error('out of range: ' || CAST({of} AS VARCHAR)) END"
    )
}

/// How often something is repeated at most, repetitions of repetitions multiplied.
fn repeated(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            let own = u64::from(repetition.max.unwrap_or(repetition.min)).max(1);
            own.saturating_mul(repeated(&repetition.sub))
        }
        HirKind::Capture(capture) => repeated(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(repeated).max().unwrap_or(1),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_of_repetitions_are_counted() {
        let pattern = |pattern: &str| DuckDb.matches("t", pattern);
        assert_eq!(pattern("(?:a){1000}").unwrap(), "regexp_matches(t, '(?:a){1000}')");
        assert!(pattern("(?:(?:[\\x{1}-\\x{10ffff}]){100}x){11}").is_err());
        assert!(pattern("(?:(?:a){100})*").is_ok());
    }
}
