//! The cells of a column as text and as JSON, whatever the file stores them as.
//!
//! Numbers keep their digits, dates and times are ISO 8601, an instant with a zone is written in UTC, bytes are hexadecimal,
//! and objects and lists are JSON.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::dataset::Kind;

/// What the texts of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Text as it is.
    Text,
    /// JSON as it is spelled.
    Json,
    /// The column has a type of its own.
    Typed,
}

impl Spelling {
    /// What the texts of a column of a file are; `beside` is whether it is not in the file itself.
    #[must_use]
    pub fn of(kind: Kind, beside: bool) -> Self {
        match kind {
            _ if beside => Self::Text,
            Kind::Json | Kind::Ndjson => Self::Json,
            kind if kind.is_spelled() => Self::Text,
            _ => Self::Typed,
        }
    }
}

/// The cells of one column of a batch.
pub struct Cells<'a> {
    array: &'a ArrayRef,
    spelling: Spelling,
}

impl<'a> Cells<'a> {
    /// The cells of a column that are spelled so.
    #[must_use]
    pub fn new(array: &'a ArrayRef, spelling: Spelling) -> Self {
        Self { array, spelling }
    }

    /// The text of a cell; none of null.
    ///
    /// # Errors
    /// A type that has no text.
    pub fn text(&self, row: usize) -> Result<Option<Cow<'_, str>>, ArrowError> {
        if self.array.is_null(row) {
            return Ok(None);
        }
        Ok(Some(match (self.spelling, self.array.as_string_view_opt()) {
            (Spelling::Text, Some(texts)) => Cow::Borrowed(texts.value(row)),
            (Spelling::Json, Some(texts)) => content(Cow::Borrowed(texts.value(row))),
            _ => {
                let mut json = String::new();
                write(self.array, row, &mut json)?;
                content(Cow::Owned(json))
            }
        }))
    }

    /// The text of a cell as the source spells it, so that nothing is lost; none of null.
    pub(super) fn spelled(&self, row: usize) -> Result<Option<Cow<'_, str>>, ArrowError> {
        match (self.spelling, self.array.as_string_view_opt()) {
            (Spelling::Json, Some(texts)) if texts.is_valid(row) => Ok(Some(Cow::Borrowed(texts.value(row)))),
            _ => self.text(row),
        }
    }

    /// The JSON of a cell; `null` of null.
    pub(super) fn json(&self, row: usize, into: &mut String) -> Result<(), ArrowError> {
        if self.array.is_null(row) {
            into.push_str("null");
            return Ok(());
        }
        match (self.spelling, self.array.as_string_view_opt()) {
            (Spelling::Text, Some(texts)) => quote(texts.value(row), into),
            // A line end can only stand between the parts of a value.
            (Spelling::Json, Some(texts)) => {
                into.extend(texts.value(row).chars().filter(|c| !matches!(c, '\n' | '\r')));
            }
            _ => write(self.array, row, into)?,
        }
        Ok(())
    }
}

/// Writes text as a string of JSON.
pub(super) fn quote(text: &str, into: &mut String) {
    *into += &serde_json::Value::from(text).to_string();
}

/// The content of a string of JSON, and any other value as it is spelled.
fn content(json: Cow<'_, str>) -> Cow<'_, str> {
    let string = Some(&json).filter(|json| json.starts_with('"')).and_then(|json| serde_json::from_str(json).ok());
    string.map_or(json, Cow::Owned)
}

/// Writes a value as JSON; a float that JSON has no number for is a string.
fn write(array: &dyn Array, row: usize, into: &mut String) -> Result<(), ArrowError> {
    if array.is_null(row) {
        into.push_str("null");
        return Ok(());
    }
    let list = |items: ArrayRef, into: &mut String| {
        into.push('[');
        for item in 0..items.len() {
            if item > 0 {
                into.push(',');
            }
            write(&items, item, into)?;
        }
        into.push(']');
        Ok(())
    };
    match array.data_type() {
        DataType::Struct(fields) => {
            let structure = array.as_struct();
            into.push('{');
            for (place, (field, column)) in fields.iter().zip(structure.columns()).enumerate() {
                if place > 0 {
                    into.push(',');
                }
                quote(field.name(), into);
                into.push(':');
                write(column, row, into)?;
            }
            into.push('}');
            Ok(())
        }
        DataType::List(_) => list(array.as_list::<i32>().value(row), into),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row), into),
        DataType::FixedSizeList(..) => list(array.as_fixed_size_list().value(row), into),
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            into.push('{');
            for entry in 0..entries.len() {
                if entry > 0 {
                    into.push(',');
                }
                quote(&shown(entries.column(0), entry)?, into);
                into.push(':');
                write(entries.column(1), entry, into)?;
            }
            into.push('}');
            Ok(())
        }
        DataType::Dictionary(_, values) => write(&cast(&array.slice(row, 1), values)?, 0, into),
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => {
            into.push_str(&shown(array, row)?);
            Ok(())
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let number = shown(array, row)?;
            if serde_json::from_str::<serde_json::Number>(&number).is_ok() {
                into.push_str(&number);
            } else {
                quote(&number, into);
            }
            Ok(())
        }
        DataType::Timestamp(unit, Some(_)) => {
            // The label of a zone says how to show an instant, which is stored in UTC.
            let utc = cast(&array.slice(row, 1), &DataType::Timestamp(*unit, Some("+00:00".into())))?;
            quote(&shown(&utc, 0)?, into);
            Ok(())
        }
        _ => {
            quote(&shown(array, row)?, into);
            Ok(())
        }
    }
}

fn shown(array: &dyn Array, row: usize) -> Result<String, ArrowError> {
    let options = FormatOptions::new().with_display_error(false);
    Ok(ArrayFormatter::try_new(array, &options)?.value(row).to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, StringArray,
        StringViewArray, StructArray, TimestampMicrosecondArray, UInt64Array,
    };
    use arrow::datatypes::{Field, Int32Type};

    use super::*;

    fn both(array: &ArrayRef, spelling: Spelling) -> Vec<(String, String)> {
        let cells = Cells::new(array, spelling);
        let one = |row| {
            let mut json = String::new();
            cells.json(row, &mut json).unwrap();
            (cells.text(row).unwrap().unwrap_or("∅".into()).into_owned(), json)
        };
        (0..array.len()).map(one).collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "made where it is given")]
    fn same(array: ArrayRef, expected: &[(&str, &str)]) {
        let found = both(&array, Spelling::Typed);
        let found: Vec<(&str, &str)> = found.iter().map(|(text, json)| (text.as_str(), json.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_written_whole() {
        same(
            Arc::new(Int64Array::from(vec![Some(i64::MIN), None])),
            &[("-9223372036854775808", "-9223372036854775808"), ("∅", "null")],
        );
        same(Arc::new(UInt64Array::from(vec![u64::MAX])), &[("18446744073709551615", "18446744073709551615")]);
        let decimals = Decimal128Array::from(vec![-1050, 7]).with_precision_and_scale(38, 2).unwrap();
        same(Arc::new(decimals), &[("-10.50", "-10.50"), ("0.07", "0.07")]);
        same(
            Arc::new(Float64Array::from(vec![0.1, f64::NAN, f64::INFINITY])),
            &[("0.1", "0.1"), ("NaN", "\"NaN\""), ("inf", "\"inf\"")],
        );
        same(Arc::new(BooleanArray::from(vec![true])), &[("true", "true")]);
        same(Arc::new(Date32Array::from(vec![19_753])), &[("2024-01-31", "\"2024-01-31\"")]);
        let instant = TimestampMicrosecondArray::from(vec![1_706_695_200_500_000]);
        same(Arc::new(instant.clone()), &[("2024-01-31T10:00:00.500", "\"2024-01-31T10:00:00.500\"")]);
        let zoned = instant.with_timezone("Europe/Madrid");
        same(Arc::new(zoned), &[("2024-01-31T10:00:00.500Z", "\"2024-01-31T10:00:00.500Z\"")]);
        same(Arc::new(BinaryArray::from(vec![&b"\xff\x01"[..]])), &[("ff01", "\"ff01\"")]);
        same(Arc::new(StringArray::from(vec!["a\"\n"])), &[("a\"\n", "\"a\\\"\\n\"")]);
    }

    #[test]
    fn objects_and_lists_are_json() {
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None])]);
        let fields = vec![
            (Arc::new(Field::new("a", DataType::Utf8, true)), Arc::new(StringArray::from(vec!["x"])) as ArrayRef),
            (Arc::new(Field::new("l", list.data_type().clone(), true)), Arc::new(list) as ArrayRef),
        ];
        let said = r#"{"a":"x","l":[1,null]}"#;
        same(Arc::new(StructArray::from(fields)), &[(said, said)]);
    }

    #[test]
    fn text_of_json_is_its_content_and_json_of_text_its_quotes() {
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![r#""a\"b""#, "1.50", "{\"a\":\n 1}"]));
        assert_eq!(
            both(&texts, Spelling::Json),
            [
                ("a\"b".to_owned(), r#""a\"b""#.to_owned()),
                ("1.50".to_owned(), "1.50".to_owned()),
                ("{\"a\":\n 1}".to_owned(), "{\"a\": 1}".to_owned()),
            ]
        );
        assert_eq!(both(&texts, Spelling::Text)[1], ("1.50".to_owned(), "\"1.50\"".to_owned()));
    }
}
