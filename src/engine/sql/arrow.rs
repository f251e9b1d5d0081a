//! Arrow batches to cells of text.
//!
//! Numbers in plain digits, floats the shortest that read back, instants in UTC as `2024-01-31 10:00:00.5`, bytes in small
//! hexadecimal digits, structures and lists as JSON; what is null is none. What is told of a batch beside its rows is held
//! to these by who asks.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::engine::source::{document, library};
use crate::engine::sql::cell::Row;

/// How instants are written.
const INSTANT: &str = "%Y-%m-%d %H:%M:%S%.f";

/// Reads a whole stream of Arrow IPC: its columns and its batches.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(data: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
    library::ask(|| {
        let reader = StreamReader::try_new(Cursor::new(data), None)?;
        let schema = reader.schema();
        Ok::<_, ArrowError>((schema, reader.collect::<Result<_, _>>()?))
    })
}

/// Spells the rows of a batch.
///
/// # Errors
/// A value that cannot be spelled.
pub(super) fn spell(batch: &RecordBatch) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    library::ask(|| add(batch, &mut rows))?;
    Ok(rows)
}

fn add(batch: &RecordBatch, rows: &mut Vec<Row>) -> Result<(), ArrowError> {
    let start = rows.len();
    rows.resize_with(start + batch.num_rows(), || Vec::with_capacity(batch.num_columns()));
    for column in batch.columns() {
        let (cell, nulls) = (writer(column)?, column.logical_nulls());
        for (place, row) in rows.iter_mut().skip(start).enumerate() {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(place));
            row.push(if is_null { None } else { Some(cell(place)?) });
        }
    }
    Ok(())
}

/// Spells the value of a row, which is not null.
type Writer = Box<dyn Fn(usize) -> Result<String, ArrowError>>;

fn writer(column: &ArrayRef) -> Result<Writer, ArrowError> {
    Ok(match column.data_type() {
        DataType::Null => Box::new(|_| Ok(String::new())),
        DataType::Float32 => {
            let numbers = column.as_primitive::<Float32Type>().clone();
            Box::new(move |row| Ok(numbers.value(row).to_string()))
        }
        DataType::Float16 | DataType::Float64 => {
            let numbers = cast(column, &DataType::Float64)?.as_primitive::<Float64Type>().clone();
            Box::new(move |row| Ok(numbers.value(row).to_string()))
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let texts = cast(column, &DataType::Utf8View)?.as_string_view().clone();
            Box::new(move |row| Ok(texts.value(row).to_owned()))
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            let bytes = cast(column, &DataType::BinaryView)?.as_binary_view().clone();
            Box::new(move |row| Ok(digits(bytes.value(row))))
        }
        DataType::Timestamp(unit, Some(_)) => {
            // The zone only says how an instant is shown; that of UTC, to show it as it is.
            let there = cast(column, &DataType::Timestamp(*unit, Some("UTC".into())))?;
            shown(cast(&there, &DataType::Timestamp(*unit, None))?)
        }
        DataType::Dictionary(_, values) => writer(&cast(column, values)?)?,
        DataType::Struct(_)
        | DataType::Map(..)
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..) => {
            let texts = document::texts(column)?.as_string_view().clone();
            Box::new(move |row| Ok(texts.value(row).to_owned()))
        }
        _ => shown(Arc::clone(column)),
    })
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

/// Spells values as Arrow shows them: integers, decimals, booleans, days, times of day and lengths of time.
fn shown(column: ArrayRef) -> Writer {
    Box::new(move |row| {
        let options = FormatOptions::new().with_timestamp_format(Some(INSTANT));
        ArrayFormatter::try_new(&column, &options)?.value(row).try_to_string()
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array, ListArray,
        NullArray, StringArray, TimestampMicrosecondArray,
    };
    use arrow::datatypes::Int32Type;
    use arrow::ipc::writer::StreamWriter;

    use super::*;

    fn written(batches: &[RecordBatch]) -> Vec<u8> {
        let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.into_inner().unwrap()
    }

    /// The cells of one column.
    fn told(column: ArrayRef) -> Vec<Option<String>> {
        let batch = RecordBatch::try_from_iter_with_nullable([("c", column, true)]).unwrap();
        let (schema, batches) = read(&written(&[batch])).unwrap();
        assert_eq!(schema.field(0).name(), "c");
        batches.iter().flat_map(|batch| spell(batch).unwrap()).map(|mut row| row.pop().unwrap()).collect()
    }

    fn some<const N: usize>(texts: [&str; N]) -> Vec<Option<String>> {
        texts.into_iter().map(|text| Some(text.to_owned())).collect()
    }

    #[test]
    fn numbers_are_plain_digits() {
        assert_eq!(told(Arc::new(Int64Array::from(vec![i64::MIN, 7]))), some(["-9223372036854775808", "7"]));
        let exact = Decimal128Array::from(vec![-5, 12_345]).with_precision_and_scale(20, 2).unwrap();
        assert_eq!(told(Arc::new(exact)), some(["-0.05", "123.45"]));
        let floats = Float64Array::from(vec![0.1, 1e21, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]);
        assert_eq!(told(Arc::new(floats)), some(["0.1", "1000000000000000000000", "NaN", "inf", "-inf", "-0"]));
        assert_eq!(told(Arc::new(Float32Array::from(vec![0.1]))), some(["0.1"]));
        assert_eq!(told(Arc::new(BooleanArray::from(vec![true, false]))), some(["true", "false"]));
    }

    #[test]
    fn moments_are_in_utc_with_a_zone_and_without() {
        assert_eq!(told(Arc::new(Date32Array::from(vec![19_753, -719_162]))), some(["2024-01-31", "0001-01-01"]));
        let moments = TimestampMicrosecondArray::from(vec![1_706_695_200_000_000, 1_706_695_200_123_456, -1]);
        let wanted = some(["2024-01-31 10:00:00", "2024-01-31 10:00:00.123456", "1969-12-31 23:59:59.999999"]);
        assert_eq!(told(Arc::new(moments.clone())), wanted);
        for zone in ["UTC", "+02:00", "America/Lima"] {
            assert_eq!(told(Arc::new(moments.clone().with_timezone(zone))), wanted, "{zone}");
        }
    }

    #[test]
    fn texts_stay_and_bytes_are_digits() {
        assert_eq!(
            told(Arc::new(StringArray::from(vec![Some("ñ\n"), None, Some("")]))),
            [Some("ñ\n".to_owned()), None, Some(String::new())]
        );
        assert_eq!(told(Arc::new(BinaryArray::from(vec![&[0_u8, 0xaf][..], &[]]))), some(["00af", ""]));
        assert_eq!(told(Arc::new(NullArray::new(2))), [None, None]);
    }

    #[test]
    fn what_has_parts_is_json() {
        let lists = vec![Some(vec![Some(1), None]), Some(vec![])];
        assert_eq!(told(Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))), some(["[1,null]", "[]"]));
    }

    #[test]
    fn rows_of_all_batches_count_and_broken_bytes_are_an_error() {
        let batch =
            |rows: Vec<i64>| RecordBatch::try_from_iter([("c", Arc::new(Int64Array::from(rows)) as ArrayRef)]).unwrap();
        let whole = written(&[batch(vec![1, 2]), batch(vec![]), batch(vec![3])]);
        let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        assert_eq!(rows(&read(&whole).unwrap().1), 3);
        assert!(read(&whole[..whole.len() / 2]).map_or(0, |(_, batches)| rows(&batches)) < 3);
        assert!(read(b"no arrow at all").is_err());
        assert!(read(&[]).is_err());
    }
}
