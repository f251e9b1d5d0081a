//! Types of warehouses as types of suites.

use crate::ir::Type;

/// The words of databases, by what they hold.
const WORDS: [(Type, &[&str]); 9] = [
    (
        Type::Integer,
        &[
            "int",
            "integer",
            "bigint",
            "smallint",
            "tinyint",
            "mediumint",
            "int2",
            "int4",
            "int8",
            "int64",
            "int32",
            "long",
            "serial",
            "bigserial",
            "byteint",
            "hugeint",
            "ubigint",
            "uinteger",
        ],
    ),
    (Type::Decimal, &["decimal", "numeric", "number", "bignumeric", "money", "dec"]),
    (
        Type::Float,
        &[
            "float",
            "float4",
            "float8",
            "float64",
            "double",
            "double precision",
            "real",
            "binary_float",
            "binary_double",
        ],
    ),
    (
        Type::String,
        &[
            "varchar",
            "character varying",
            "text",
            "string",
            "char",
            "character",
            "nvarchar",
            "nchar",
            "varchar2",
            "nvarchar2",
            "bpchar",
            "clob",
            "longtext",
            "mediumtext",
            "uuid",
            "uniqueidentifier",
        ],
    ),
    (Type::Boolean, &["boolean", "bool", "bit"]),
    (Type::Date, &["date"]),
    (
        Type::Timestamp,
        &[
            "timestamp",
            "datetime",
            "datetime2",
            "smalldatetime",
            "timestamptz",
            "timestamp_ntz",
            "timestamp_ltz",
            "timestamp_tz",
            "datetimeoffset",
            "timestamp without time zone",
            "timestamp with time zone",
        ],
    ),
    (Type::Time, &["time", "time without time zone", "time with time zone"]),
    (Type::Json, &["json", "jsonb", "variant"]),
];

/// The type of ours, if there is one.
pub(super) fn family(word: &str) -> Option<Type> {
    let lower = word.trim().to_lowercase();
    let bare = match (lower.find('('), lower.rfind(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &lower[..open], &lower[close + 1..]),
        _ => lower,
    };
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    WORDS.iter().find(|(_, words)| words.contains(&bare.as_str())).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_whatever_its_width() {
        for (word, kind) in [
            ("varchar(20)", Type::String),
            ("Character  Varying", Type::String),
            ("NUMERIC(10, 2)", Type::Decimal),
            ("timestamp(3) without time zone", Type::Timestamp),
            ("bigint", Type::Integer),
        ] {
            assert_eq!(family(word), Some(kind), "{word}");
        }
        assert_eq!(family("geography"), None);
    }
}
