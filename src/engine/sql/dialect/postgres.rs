//! PostgreSQL, from version 12 on.
//!
//! Text compares by its characters, whatever the collation of its column. What is not of a type that rules speak of is read
//! as text.

use crate::engine::sql::dialect::{self, Dialect};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::pattern::Spelling;
use crate::ir::calendar::Part;
use crate::ir::time::Zone;
use crate::ir::value::{Type, Value};

/// The regular expressions of PostgreSQL, which take the two ends of the text for those and know characters by number.
pub(in crate::engine::sql) const PATTERN: Spelling = Spelling {
    start: "^",
    end: "$",
    code: |code| if code < 0x1_0000 { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") },
    most: 255,
    least: '\u{1}',
};

/// PostgreSQL.
pub(in crate::engine::sql) struct Postgres;

impl Dialect for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn family(&self, stored: &str) -> Option<Type> {
        Some(match stored {
            "int2" | "int4" | "int8" | "oid" => Type::Integer,
            "numeric" => Type::Decimal,
            "float4" | "float8" => Type::Float,
            "bool" => Type::Boolean,
            "date" => Type::Date,
            "timestamp" | "timestamptz" => Type::Timestamp,
            "time" => Type::Time,
            "json" | "jsonb" => Type::Json,
            // Arrays and what is no text of its own are read as PostgreSQL writes them.
            _ => Type::String,
        })
    }

    fn column(&self, quoted: &str, stored: &str, family: Type, zone: Zone) -> Result<String, Cannot> {
        Ok(match (family, stored) {
            (Type::Integer, "int8") | (Type::Boolean, _) => quoted.to_owned(),
            (Type::Integer, _) => format!("{quoted}::int8"),
            // Whatever lies beyond what all engines hold is an error, for it would be compared as something else.
            (Type::Decimal, _) => {
                let ends = ["-1e38::numeric", "1e38::numeric"];
                within(&format!("NULLIF({quoted}, 'NaN'::numeric)"), ends, "numeric")
            }
            (Type::Date, _) => within(quoted, ["DATE '0001-01-01'", "DATE '9999-12-31'"], "date"),
            // It has 24:00, too.
            (Type::Time, _) => within(quoted, ["TIME '00:00'", "TIME '23:59:59.999999'"], "time"),
            (Type::Float, "float8") => format!("NULLIF({quoted}, 'NaN'::float8)"),
            (Type::Float, _) => format!("NULLIF({quoted}::float8, 'NaN'::float8)"),
            (Type::Timestamp, stored) => {
                // Of an hour that the clock shows twice PostgreSQL takes the second one, and what is meant is the first.
                let of_zone = format!("AT TIME ZONE '{}'", zone.0.name());
                let hour = "INTERVAL '1 hour'";
                let utc = match stored {
                    "timestamptz" => format!("({quoted} AT TIME ZONE 'UTC')"),
                    _ if zone == Zone::UTC => quoted.to_owned(),
                    _ => format!(
                        "(LEAST({quoted} {of_zone}, ({quoted} - {hour}) {of_zone} + {hour}) AT TIME ZONE 'UTC')"
                    ),
                };
                within(&utc, ["TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"], "timestamp")
            }
            (Type::String | Type::Json | Type::Object | Type::List, _) => format!("({quoted}::text COLLATE \"C\")"),
        })
    }

    fn lacks(&self, quoted: &str, family: Type) -> Option<String> {
        Some(match family {
            Type::Decimal | Type::Float => format!("({quoted} IS NULL OR {quoted} = 'NaN')"),
            _ => format!("({quoted} IS NULL)"),
        })
    }

    fn text(&self, text: &str) -> Result<String, Cannot> {
        if text.contains('\0') {
            return Err(Cannot("a text with the character of number 0".to_owned()));
        }
        // So it is read alike whatever a session says of backslashes.
        let escaped = text.replace('\'', "''").replace('\\', "\\\\");
        Ok(if text.contains('\\') { format!("E'{escaped}'") } else { format!("'{escaped}'") })
    }

    fn cast(&self, of: &str, kind: Type) -> String {
        match self.type_name(kind) {
            "text" => format!("({of}::text COLLATE \"C\")"),
            name => format!("CAST({of} AS {name})"),
        }
    }

    fn same(&self, one: &str, other: &str) -> String {
        // Arrays are the same where their nulls are, and are hashed, which a test for that is not.
        format!("(ARRAY[{one}] = ARRAY[{other}])")
    }

    fn combined(&self, left: &str, sign: &str, right: &str, kind: Type) -> Result<String, Cannot> {
        let whole = format!("({left} {sign} {right})");
        Ok(if kind == Type::Float { format!("NULLIF({whole}, 'NaN'::float8)") } else { whole })
    }

    fn value(&self, value: &Value) -> Result<String, Cannot> {
        Ok(match value {
            Value::Null => "NULL".to_owned(),
            Value::Text(text) => format!("({}::text COLLATE \"C\")", self.text(text)?),
            Value::Integer(number) => format!("'{number}'::int8"),
            Value::Decimal(number) => format!("'{}'::numeric", number.to_plain_string()),
            Value::Float(number) if number.is_infinite() => {
                format!("'{}Infinity'::float8", if *number < 0.0 { "-" } else { "" })
            }
            Value::Float(number) => format!("'{number:e}'::float8"),
            Value::Boolean(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
            Value::Date(day) => format!("DATE '{}'", dialect::day(*day)?),
            Value::Timestamp(micros) => format!("TIMESTAMP '{}'", dialect::instant(*micros)?),
            Value::Time(_) => format!("TIME '{value}'"),
        })
    }

    fn type_name(&self, kind: Type) -> &'static str {
        match kind {
            Type::Integer => "int8",
            Type::Decimal => "numeric",
            Type::Float => "float8",
            Type::Boolean => "bool",
            Type::Date => "date",
            Type::Timestamp => "timestamp",
            Type::Time => "time",
            Type::String | Type::Json | Type::Object | Type::List => "text",
        }
    }

    fn pattern(&self) -> &'static Spelling {
        &PATTERN
    }

    fn matches(&self, of: &str, pattern: &str) -> Result<String, Cannot> {
        Ok(format!("({of} ~ {})", self.text(pattern)?))
    }

    fn part(&self, part: Part, of: &str) -> Result<String, Cannot> {
        Ok(match part {
            // Seconds come with their decimals.
            Part::Second => format!("FLOOR(EXTRACT(SECOND FROM {of}))::int8"),
            part => format!("EXTRACT({} FROM {of})::int8", part.name()),
        })
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

    fn scale(&self, of: &str, _: &str) -> Result<String, Cannot> {
        Ok(format!("SCALE({of})"))
    }
}

/// A value that lies between two ends, or null; one beyond them is no value of its type, which PostgreSQL then says.
fn within(of: &str, [low, high]: [&str; 2], kind: &str) -> String {
    format!(
        "CASE WHEN {of} BETWEEN {low} AND {high} THEN {of} WHEN {of} IS NOT NULL THEN ('out of range: ' || {of})::{kind} END"
    )
}
