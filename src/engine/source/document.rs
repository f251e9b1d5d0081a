//! Stored structures and lists as the text of JSON documents.
//!
//! A field that is null is a property that is not there; an item that is null is `null`. Numbers keep their digits; dates,
//! times and instants are text as ISO 8601 writes them, instants in UTC with a `Z`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// How deep structures and lists may stand inside each other.
const DEEPEST: usize = 100;

/// The text of each value of a column; null where it is.
pub(in crate::engine) fn texts(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let writer = writer(array, DEEPEST)?;
    let mut texts = StringViewBuilder::with_capacity(array.len());
    let mut text = String::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
        } else {
            text.clear();
            writer(row, &mut text)?;
            texts.append_value(&text);
        }
    }
    Ok(Arc::new(texts.finish()))
}

/// Writes the value of a row, which is not null, to a text.
type Writer = Box<dyn Fn(usize, &mut String) -> Result<(), ArrowError>>;

fn writer(array: &ArrayRef, deepest: usize) -> Result<Writer, ArrowError> {
    let deeper = deepest.checked_sub(1).ok_or_else(|| ArrowError::JsonError("structures stand too deep".to_owned()))?;
    let lists = |values: &ArrayRef, ends: Arc<dyn Fn(usize) -> std::ops::Range<usize>>| -> Result<Writer, ArrowError> {
        let (values, item) = (Arc::clone(values), writer(values, deeper)?);
        Ok(Box::new(move |row, text| {
            text.push('[');
            for (number, place) in ends(row).enumerate() {
                if number > 0 {
                    text.push(',');
                }
                if values.is_null(place) { text.push_str("null") } else { item(place, text)? }
            }
            text.push(']');
            Ok(())
        }))
    };
    Ok(match array.data_type() {
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter();
            let columns = columns.map(|column| Ok((Arc::clone(column), writer(column, deeper)?)));
            let columns = columns.collect::<Result<Vec<_>, ArrowError>>()?;
            let names: Vec<String> = fields.iter().map(|field| quoted(field.name())).collect();
            Box::new(move |row, text| {
                text.push('{');
                for ((column, value), name) in
                    columns.iter().zip(&names).filter(|((column, _), _)| column.is_valid(row))
                {
                    debug_assert!(column.len() > row);
                    if !text.ends_with('{') {
                        text.push(',');
                    }
                    text.push_str(name);
                    text.push(':');
                    value(row, text)?;
                }
                text.push('}');
                Ok(())
            })
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>().clone();
            let values = Arc::clone(list.values());
            lists(&values, Arc::new(move |row| ends(list.value_offsets()[row], list.value_offsets()[row + 1])))?
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>().clone();
            let values = Arc::clone(list.values());
            lists(&values, Arc::new(move |row| ends(list.value_offsets()[row], list.value_offsets()[row + 1])))?
        }
        DataType::FixedSizeList(_, length) => {
            let length = usize::try_from(*length).unwrap_or(0);
            lists(array.as_fixed_size_list().values(), Arc::new(move |row| row * length..(row + 1) * length))?
        }
        DataType::Map(..) => {
            let map = array.as_map().clone();
            let keys = cast(map.keys(), &DataType::Utf8View)?;
            let (values, value) = (Arc::clone(map.values()), writer(map.values(), deeper)?);
            Box::new(move |row, text| {
                let keys: &StringViewArray = keys.as_string_view();
                text.push('{');
                for (number, place) in ends(map.value_offsets()[row], map.value_offsets()[row + 1]).enumerate() {
                    if number > 0 {
                        text.push(',');
                    }
                    text.push_str(&quoted(keys.value(place)));
                    text.push(':');
                    if values.is_null(place) { text.push_str("null") } else { value(place, text)? }
                }
                text.push('}');
                Ok(())
            })
        }
        DataType::Dictionary(_, values) => writer(&cast(array, values)?, deeper)?,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let numbers = cast(array, &DataType::Float64)?;
            Box::new(move |row, text| {
                let number = numbers.as_primitive::<arrow::datatypes::Float64Type>().value(row);
                // JSON has no word for what is no number.
                text.push_str(&if number.is_finite() { number.to_string() } else { "null".to_owned() });
                Ok(())
            })
        }
        DataType::Timestamp(_, None) => shown(Arc::clone(array), true, ""),
        DataType::Timestamp(unit, Some(_)) => {
            let there = cast(array, &DataType::Timestamp(*unit, Some("UTC".into())))?;
            shown(cast(&there, &DataType::Timestamp(*unit, None))?, true, "Z")
        }
        stored => {
            let plain = stored.is_integer()
                || matches!(stored, DataType::Boolean | DataType::Decimal32(..) | DataType::Decimal64(..))
                || matches!(stored, DataType::Decimal128(..) | DataType::Decimal256(..) | DataType::Null);
            let text =
                matches!(stored, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) || stored.is_temporal();
            if !plain && !text {
                return Err(ArrowError::JsonError(format!("{stored} has no form in JSON")));
            }
            shown(Arc::clone(array), text, "")
        }
    })
}

/// Writes values as they are shown, in quotes or not, with something after them.
fn shown(array: ArrayRef, quotes: bool, after: &'static str) -> Writer {
    Box::new(move |row, text| {
        let options = FormatOptions::new();
        let value = format!("{}{after}", ArrayFormatter::try_new(&array, &options)?.value(row).try_to_string()?);
        text.push_str(&if quotes { quoted(&value) } else { value });
        Ok(())
    })
}

fn ends<N: TryInto<usize>>(start: N, end: N) -> std::ops::Range<usize> {
    start.try_into().unwrap_or(0)..end.try_into().unwrap_or(0)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Date32Array, Decimal128Array, Int64Array, ListArray, StringArray, StructArray, TimestampMicrosecondArray,
    };
    use arrow::datatypes::{Field, Int64Type};

    use super::*;

    fn told(array: &ArrayRef) -> Vec<Option<String>> {
        let texts = texts(array).unwrap();
        texts.as_string_view().iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn a_structure_is_an_object_without_its_nulls() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a \"b\""), Some("ñ"), None]));
        let fields = vec![
            (Arc::new(Field::new("n", DataType::Int64, true)), numbers),
            (Arc::new(Field::new("name", DataType::Utf8, true)), names),
        ];
        let whole: ArrayRef = Arc::new(StructArray::from(fields));
        let wanted = [r#"{"n":1,"name":"a \"b\""}"#, r#"{"name":"ñ"}"#, r#"{"n":3}"#];
        assert_eq!(told(&whole), wanted.map(|text| Some(text.to_owned())));
    }

    #[test]
    fn a_list_keeps_its_nulls() {
        let lists = vec![Some(vec![Some(1), None]), None, Some(vec![])];
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists));
        assert_eq!(told(&list), [Some("[1,null]".to_owned()), None, Some("[]".to_owned())]);
    }

    #[test]
    fn numbers_keep_their_digits_and_days_are_text() {
        let exact =
            Decimal128Array::from(vec![12_345_678_901_234_567_890_i128]).with_precision_and_scale(38, 2).unwrap();
        assert_eq!(told(&(Arc::new(exact) as ArrayRef)), [Some("123456789012345678.90".to_owned())]);
        assert_eq!(told(&(Arc::new(Date32Array::from(vec![0])) as ArrayRef)), [Some("\"1970-01-01\"".to_owned())]);
        let moment = TimestampMicrosecondArray::from(vec![1_500_000]);
        assert_eq!(told(&(Arc::new(moment.clone()) as ArrayRef)), [Some("\"1970-01-01T00:00:01.500\"".to_owned())]);
        let moment = moment.with_timezone("UTC");
        assert_eq!(told(&(Arc::new(moment) as ArrayRef)), [Some("\"1970-01-01T00:00:01.500Z\"".to_owned())]);
    }
}
