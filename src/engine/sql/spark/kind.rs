//! The names that SQL has for the types of columns: `bigint`, `decimal(20,2)`, `array<string>`.
//!
//! By what the server says of a result; by the Arrow that the rows come in, where it says nothing.

use arrow::datatypes::DataType as Stored;

use super::message::{DataType, Kind};

/// The name of a type.
pub(super) fn name(kind: Option<&DataType>) -> String {
    let Some(kind) = kind.and_then(|kind| kind.kind.as_ref()) else { return "unknown".to_owned() };
    let plain = match kind {
        Kind::Null(_) => "void",
        Kind::Binary(_) => "binary",
        Kind::Boolean(_) => "boolean",
        Kind::Byte(_) => "tinyint",
        Kind::Short(_) => "smallint",
        Kind::Integer(_) => "int",
        Kind::Long(_) => "bigint",
        Kind::Float(_) => "float",
        Kind::Double(_) => "double",
        Kind::String(_) => "string",
        Kind::Date(_) => "date",
        Kind::Timestamp(_) => "timestamp",
        Kind::TimestampNtz(_) => "timestamp_ntz",
        Kind::Time(_) => "time",
        Kind::CalendarInterval(_) => "interval",
        Kind::YearMonthInterval(_) => "interval year to month",
        Kind::DayTimeInterval(_) => "interval day to second",
        Kind::Variant(_) => "variant",
        Kind::Unparsed(unparsed) => &unparsed.data_type_string,
        Kind::Decimal(decimal) => {
            return format!("decimal({},{})", decimal.precision.unwrap_or(10), decimal.scale.unwrap_or(0));
        }
        Kind::Char(of) => return format!("char({})", of.length),
        Kind::VarChar(of) => return format!("varchar({})", of.length),
        Kind::Array(array) => return format!("array<{}>", name(array.element.as_deref())),
        Kind::Map(map) => return format!("map<{},{}>", name(map.key.as_deref()), name(map.value.as_deref())),
        Kind::Struct(fields) => {
            let fields = fields.fields.iter().map(|field| format!("{}:{}", field.name, name(field.data_type.as_ref())));
            return format!("struct<{}>", fields.collect::<Vec<_>>().join(","));
        }
    };
    plain.to_owned()
}

/// The name of the type that an Arrow column comes from.
pub(super) fn stored(kind: &Stored) -> String {
    let plain = match kind {
        Stored::Null => "void",
        Stored::Boolean => "boolean",
        Stored::Int8 => "tinyint",
        Stored::Int16 => "smallint",
        Stored::Int32 => "int",
        Stored::Int64 => "bigint",
        Stored::Float32 => "float",
        Stored::Float64 => "double",
        Stored::Utf8 | Stored::LargeUtf8 | Stored::Utf8View => "string",
        Stored::Binary | Stored::LargeBinary | Stored::BinaryView | Stored::FixedSizeBinary(_) => "binary",
        Stored::Date32 | Stored::Date64 => "date",
        Stored::Timestamp(_, Some(_)) => "timestamp",
        Stored::Timestamp(_, None) => "timestamp_ntz",
        Stored::Time32(_) | Stored::Time64(_) => "time",
        Stored::Decimal32(precision, scale)
        | Stored::Decimal64(precision, scale)
        | Stored::Decimal128(precision, scale)
        | Stored::Decimal256(precision, scale) => return format!("decimal({precision},{scale})"),
        Stored::List(item) | Stored::LargeList(item) => return format!("array<{}>", stored(item.data_type())),
        Stored::Struct(fields) => {
            let fields = fields.iter().map(|field| format!("{}:{}", field.name(), stored(field.data_type())));
            return format!("struct<{}>", fields.collect::<Vec<_>>().join(","));
        }
        Stored::Map(entries, _) => match entries.data_type() {
            Stored::Struct(fields) => {
                let fields: Vec<String> = fields.iter().map(|field| stored(field.data_type())).collect();
                return format!("map<{}>", fields.join(","));
            }
            _ => "map",
        },
        other => return other.to_string().to_lowercase(),
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{Field, Fields};

    use super::*;
    use crate::engine::sql::spark::message;

    #[test]
    fn types_have_the_names_of_sql() {
        let of = |kind| DataType { kind: Some(kind) };
        let exact = of(Kind::Decimal(message::Decimal { scale: Some(2), precision: Some(20) }));
        assert_eq!(name(Some(&exact)), "decimal(20,2)");
        let list = of(Kind::Array(Box::new(message::Array { element: Some(Box::new(exact)) })));
        let field = message::Field { name: "a".to_owned(), data_type: Some(list) };
        assert_eq!(
            name(Some(&of(Kind::Struct(message::Struct { fields: vec![field] })))),
            "struct<a:array<decimal(20,2)>>"
        );
        assert_eq!(name(None), "unknown");
    }

    #[test]
    fn arrow_has_the_same_names() {
        let item = Arc::new(Field::new("item", Stored::Int64, true));
        let fields = Fields::from(vec![Field::new("a", Stored::List(item), true)]);
        assert_eq!(stored(&Stored::Struct(fields)), "struct<a:array<bigint>>");
        assert_eq!(stored(&Stored::Decimal128(20, 2)), "decimal(20,2)");
    }
}
