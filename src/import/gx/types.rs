//! Types of columns: what is known of a source, and the names that Great Expectations has for them.
//!
//! A name stands for a family: `int32` and `BIGINT` are integers, for a suite here does not know widths. `object` is what
//! pandas keeps text in, and whatever else has no type of its own there.

use crate::ir::Type;

/// The columns of a dataset with their types, where its source could be looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Types {
    columns: Option<Vec<(String, Option<Type>)>>,
    /// Whether the source is text, in which types are found and not stored.
    found: bool,
}

impl Types {
    /// What was found of a source.
    pub(super) fn of(columns: Option<Vec<(String, Option<Type>)>>) -> Self {
        Self { columns, found: false }
    }

    /// The same of a source whose name is known: that of a text file says that its types are found.
    pub(super) fn in_file(self, path: Option<&str>) -> Self {
        let path = path.unwrap_or_default().to_ascii_lowercase();
        let path = path.trim_end_matches(".gz").trim_end_matches(".zst");
        Self { found: [".csv", ".tsv", ".txt"].iter().any(|ending| path.ends_with(ending)), ..self }
    }

    /// Whether a column is text that was found to read as days or times.
    pub(super) fn reads_as_time(&self, name: &str) -> bool {
        let moment = |kind| matches!(kind, Type::Date | Type::Timestamp | Type::Time);
        self.found && self.of_column(name).is_some_and(moment)
    }

    /// The type of a column, if it is known.
    pub(super) fn of_column(&self, name: &str) -> Option<Type> {
        self.columns.as_ref()?.iter().find(|(column, _)| column == name)?.1
    }

    /// Whether a column is known to hold no value, and so has no type.
    pub(super) fn is_void(&self, name: &str) -> bool {
        self.columns.iter().flatten().any(|(column, kind)| column == name && kind.is_none())
    }
}

/// Names of types by family: Python, `NumPy` and pandas, SQL, Spark. Compared in small letters, without sizes.
const NAMES: &[(&[&str], &[Type])] = &[
    (
        &[
            "int",
            "int_",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "long",
            "intc",
            "integer",
            "bigint",
            "smallint",
            "tinyint",
            "mediumint",
            "byteint",
            "int2",
            "int4",
            "hugeint",
            "serial",
            "bigserial",
            "integertype",
            "longtype",
            "shorttype",
            "bytetype",
            "short",
            "byte",
        ],
        &[Type::Integer],
    ),
    (
        &[
            "float",
            "float_",
            "float16",
            "float32",
            "float64",
            "double",
            "real",
            "double_precision",
            "double precision",
            "float4",
            "float8",
            "doubletype",
            "floattype",
            "longdouble",
            "number",
        ],
        &[Type::Float, Type::Decimal],
    ),
    (&["decimal", "numeric", "decimaltype", "bignumeric", "money", "fixed"], &[Type::Decimal]),
    (
        &[
            "str",
            "str_",
            "string",
            "unicode",
            "unicode_",
            "varchar",
            "char",
            "nvarchar",
            "nchar",
            "text",
            "ntext",
            "clob",
            "character varying",
            "character",
            "bpchar",
            "stringtype",
            "varchartype",
            "chartype",
            "stringdtype",
            "category",
            "categorical",
            "categoricaldtype",
            "enum",
            "uuid",
            "bytes",
            "bytes_",
        ],
        &[Type::String],
    ),
    (&["object", "object_", "o"], &[Type::String, Type::Object, Type::List, Type::Json, Type::Date, Type::Time]),
    (&["bool", "bool_", "boolean", "booleantype", "booleandtype", "bit"], &[Type::Boolean]),
    (
        &[
            "datetime64[ns]",
            "datetime64[us]",
            "datetime64[ms]",
            "datetime64[s]",
            "datetime64",
            "datetime",
            "timestamp",
            "timestamptz",
            "timestamp with time zone",
            "timestamp without time zone",
            "timestamp_ntz",
            "timestamp_ltz",
            "timestamp_tz",
            "datetime2",
            "datetimeoffset",
            "smalldatetime",
            "timestamptype",
            "timestampntztype",
            "datetime.datetime",
            "pd.timestamp",
        ],
        &[Type::Timestamp],
    ),
    (&["date", "datetype", "datetime.date"], &[Type::Date]),
    (&["time", "datetime.time", "time without time zone"], &[Type::Time]),
    (&["dict", "struct", "structtype", "map", "maptype", "record"], &[Type::Object]),
    (&["list", "array", "arraytype"], &[Type::List]),
    (&["json", "jsonb", "variant", "super"], &[Type::Json, Type::Object, Type::List]),
];

/// The types that a name stands for; none if it is not known.
pub(super) fn named(name: &str) -> Option<&'static [Type]> {
    let small = name.trim().to_ascii_lowercase();
    let small = small.strip_suffix("()").unwrap_or(&small);
    let small = small.split_once('(').map_or(small, |(base, _)| base.trim_end());
    // A timezone belongs to the values: `datetime64[ns, UTC]`.
    let small = if small.starts_with("datetime64[") { "datetime64" } else { small };
    NAMES.iter().find(|(names, _)| names.contains(&small)).map(|(_, types)| *types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_the_name_each_engine_has_for_it() {
        for (names, wanted) in [
            (["int64", "Int64", "INTEGER", "LongType"], Type::Integer),
            (["float", "Float64", "DOUBLE_PRECISION", "DoubleType()"], Type::Float),
            (["str", "VARCHAR(50)", "TEXT", "StringType"], Type::String),
            (["bool", "boolean", "BOOLEAN", "BooleanType"], Type::Boolean),
            (["datetime64[ns]", "datetime64[ns, UTC]", "TIMESTAMP", "TimestampType"], Type::Timestamp),
            (["Decimal(10, 2)", "NUMERIC", "DECIMAL(38,0)", "DecimalType(10,2)"], Type::Decimal),
        ] {
            for name in names {
                assert_eq!(named(name).map(|types| types[0]), Some(wanted), "{name}");
            }
        }
        assert_eq!(named("quack"), None);
    }

    #[test]
    fn no_name_stands_twice() {
        let all: Vec<&str> = NAMES.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        for (place, name) in all.iter().enumerate() {
            assert!(!all[..place].contains(name), "{name}");
        }
    }
}
