//! Apache Spark, and Sail, which speaks as it does.
//!
//! What overflows is an error, for sessions are in ANSI mode. Decimals are not multiplied there: Spark cuts decimals off where
//! a product has too many digits, and says nothing of it.

use crate::engine::sql::dialect::{self, Dialect, Room};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::pattern::Spelling;
use crate::ir::calendar::Part;
use crate::ir::time::Zone;
use crate::ir::value::{Type, Value};

/// What the regular expressions of Java and of Rust spell alike.
const PATTERN: Spelling =
    Spelling { start: "\\A", end: "\\z", code: |code| format!("\\x{{{code:x}}}"), most: 1000, least: '\0' };

/// Spark.
pub(in crate::engine::sql) struct Spark;

impl Dialect for Spark {
    fn name(&self) -> &'static str {
        "Spark"
    }

    fn family(&self, stored: &str) -> Option<Type> {
        let stored = stored.to_ascii_lowercase();
        Some(match stored.split('(').next().unwrap_or_default() {
            "tinyint" | "smallint" | "int" | "integer" | "bigint" => Type::Integer,
            "decimal" => Type::Decimal,
            "float" | "double" => Type::Float,
            "boolean" => Type::Boolean,
            "date" => Type::Date,
            "timestamp" | "timestamp_ntz" => Type::Timestamp,
            "time" => Type::Time,
            _ => Type::String,
        })
    }

    fn column(&self, quoted: &str, stored: &str, family: Type, zone: Zone) -> Result<String, Cannot> {
        Ok(match (family, stored.to_ascii_lowercase().as_str()) {
            (Type::Integer, stored) if stored != "bigint" => self.cast(quoted, Type::Integer),
            // Zero added makes zeros of both signs one.
            (Type::Float, stored) => {
                let wide = if stored == "double" { quoted.to_owned() } else { self.cast(quoted, Type::Float) };
                format!("(NULLIF({wide}, CAST('NaN' AS DOUBLE)) + CAST(0 AS DOUBLE))")
            }
            (Type::Timestamp, "timestamp_ntz") if zone == Zone::UTC => self.cast(quoted, Type::Timestamp),
            (Type::Timestamp, "timestamp_ntz") => {
                return Err(Cannot("a timestamp without a zone outside of UTC".to_owned()));
            }
            (Type::String, stored) if stored != "string" => self.cast(quoted, Type::String),
            _ => quoted.to_owned(),
        })
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn reads(&self, sql: &str) -> Result<(), Cannot> {
        // Double quotes are a text there, a backslash takes what follows, two texts side by side are one, `${` is a setting.
        for (sign, what) in
            [("\"", "names in double quotes"), ("\\", "a backslash"), ("''", "a quote in a text"), ("${", "`${`")]
        {
            if sql.contains(sign) {
                return Err(Cannot(format!("{what} in a query")));
            }
        }
        Ok(())
    }

    fn floors_floats(&self) -> bool {
        false
    }

    fn text(&self, text: &str) -> Result<String, Cannot> {
        if text.contains("${") {
            return Err(Cannot("a text with `${`, which is a setting of the server".to_owned()));
        }
        Ok(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")))
    }

    fn value(&self, value: &Value) -> Result<String, Cannot> {
        match value {
            Value::Time(_) => Err(Cannot("a time of day".to_owned())),
            value => dialect::standard(self, value),
        }
    }

    fn type_name(&self, kind: Type) -> &'static str {
        match kind {
            Type::Integer => "BIGINT",
            // What is made a decimal there is whole.
            Type::Decimal => "DECIMAL(20, 0)",
            Type::Float => "DOUBLE",
            Type::Boolean => "BOOLEAN",
            Type::Date => "DATE",
            Type::Timestamp => "TIMESTAMP",
            Type::String | Type::Json | Type::Object | Type::List | Type::Time => "STRING",
        }
    }

    fn wide(&self, of: &str, kind: Type) -> String {
        if kind == Type::Integer { format!("CAST({of} AS DECIMAL(19, 0))") } else { of.to_owned() }
    }

    fn square(&self, of: &str, kind: Type) -> Result<String, Cannot> {
        match kind {
            Type::Integer => {
                let wide = self.wide(of, kind);
                Ok(format!("({wide} * {wide})"))
            }
            _ => Err(Cannot("the squares of decimals".to_owned())),
        }
    }

    fn combined(&self, left: &str, sign: &str, right: &str, kind: Type) -> Result<String, Cannot> {
        match kind {
            // Sail has whole numbers wrap; as decimals they have room.
            Type::Integer => {
                let (left, right) = (self.wide(left, kind), self.wide(right, kind));
                let whole = format!("({left} {sign} {right})");
                let end = |end: i64| format!("CAST('{end}' AS DECIMAL(38, 0))");
                // A cast alone may be taken away where its result is compared.
                Ok(format!(
                    "CASE WHEN {whole} IS NULL THEN NULL WHEN {whole} BETWEEN {} AND {} THEN {} \
                     ELSE CAST(RAISE_ERROR('a whole number beyond 64 bits') AS BIGINT) END",
                    end(i64::MIN),
                    end(i64::MAX),
                    self.cast(&whole, kind)
                ))
            }
            Type::Decimal => Err(Cannot("arithmetic on decimals".to_owned())),
            _ => Ok(format!("NULLIF(({left} {sign} {right}), CAST('NaN' AS DOUBLE))")),
        }
    }

    fn room(&self, _: Type, _: bool) -> Option<Room> {
        Some(Room { digits: 38, scale: None })
    }

    fn pattern(&self) -> &'static Spelling {
        &PATTERN
    }

    fn matches(&self, of: &str, pattern: &str) -> Result<String, Cannot> {
        Ok(format!("({of} RLIKE {})", self.text(pattern)?))
    }

    fn part(&self, part: Part, of: &str) -> Result<String, Cannot> {
        Ok(self.cast(&dialect::part(part, of), Type::Integer))
    }

    fn start(&self, part: Part, of: &str, kind: Type) -> Result<String, Cannot> {
        let timestamp = self.cast(of, Type::Timestamp);
        Ok(self.cast(&format!("DATE_TRUNC('{}', {timestamp})", part.name()), kind))
    }

    fn shifted(&self, _: &str, _: i32, _: i64, _: Type) -> Result<String, Cannot> {
        Err(Cannot("a date moved by an interval".to_owned()))
    }

    fn same(&self, one: &str, other: &str) -> String {
        format!("({one} <=> {other})")
    }

    fn scale(&self, _: &str, stored: &str) -> Result<String, Cannot> {
        let scale =
            stored.trim_end_matches(')').rsplit_once(',').and_then(|(_, scale)| scale.trim().parse::<u8>().ok());
        Ok(scale.unwrap_or(0).to_string())
    }
}
