//! Stored columns, of Parquet, of Arrow IPC and of Avro, to the canonical ones of a batch.
//!
//! A column stored with a type of another family than declared has no value that reads, so each of its values is marked
//! unparsed. A field inside a structure is a column too, null where the structure is.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StructArray, new_null_array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::{cast, is_not_null, nullif};
use arrow::datatypes::{DataType, Decimal128Type, Field, Fields, Float64Type, TimeUnit};
use arrow::error::ArrowError;

use super::{Place, document, missing};
use crate::ir::name::nfc;
use crate::ir::{Reading, Type};

/// A column of a file that says of what type it is stored: its name, the family of the type, and the type as the file
/// calls it.
pub type StoredColumn = (String, Option<Type>, String);

/// The columns at the top level.
pub(super) fn columns(fields: &Fields) -> Vec<StoredColumn> {
    fields.iter().map(|field| described(field)).collect()
}

/// The field that some steps lead to, from a column inwards.
pub(super) fn find(fields: &Fields, steps: &[String]) -> Option<(Place, StoredColumn)> {
    let (first, inner) = steps.split_first()?;
    let column = fields.iter().position(|field| nfc(field.name()) == *first)?;
    let mut field = &fields[column];
    let mut path = Vec::with_capacity(inner.len());
    for step in inner {
        let DataType::Struct(inside) = field.data_type() else { return None };
        field = inside.iter().find(|field| nfc(field.name()) == *step)?;
        path.push(field.name().clone());
    }
    Some((Place { column, fields: path, as_text: false }, described(field)))
}

/// The columns at the top level that a request needs, in order.
pub(super) fn roots(request: &[(Place, Reading)]) -> Vec<usize> {
    let mut roots: Vec<usize> = request.iter().map(|(place, _)| place.column).collect();
    roots.sort_unstable();
    roots.dedup();
    roots
}

/// The field that a place leads to inside a column, null where any structure on the way is.
pub(super) fn inside(column: &ArrayRef, place: &Place) -> Result<ArrayRef, ArrowError> {
    let mut array = Arc::clone(column);
    for step in &place.fields {
        let structure = array.as_struct_opt();
        let field = structure.and_then(|structure| Some((structure.column_by_name(step)?, structure.nulls())));
        let (field, nulls) =
            field.ok_or_else(|| ArrowError::SchemaError(format!("the field `{step}` went missing")))?;
        array = match nulls {
            Some(nulls) if nulls.null_count() > 0 => nullif(field, &BooleanArray::new(!nulls.inner(), None))?,
            _ => Arc::clone(field),
        };
    }
    if place.as_text { document::texts(&array) } else { Ok(array) }
}

fn described(field: &Field) -> StoredColumn {
    (nfc(field.name()), kind(field.data_type()), field.data_type().to_string())
}

/// The same field, its text asked for as views, which Polars takes without a copy.
pub(super) fn viewed(field: &Field) -> Field {
    let stored = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| Arc::new(viewed(field))).collect()),
        _ => return field.clone(),
    };
    field.clone().with_data_type(stored)
}

/// The family of a stored type, if rules can speak of it.
pub(in crate::engine) fn kind(stored: &DataType) -> Option<Type> {
    Some(match stored {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::String,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => Type::Integer,
        DataType::UInt64 | DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => {
            Type::Decimal
        }
        DataType::Decimal256(precision, _) if *precision <= 38 => Type::Decimal,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Float,
        DataType::Boolean => Type::Boolean,
        DataType::Date32 | DataType::Date64 => Type::Date,
        DataType::Timestamp(..) => Type::Timestamp,
        DataType::Time32(_) | DataType::Time64(_) => Type::Time,
        DataType::Dictionary(_, values) => return kind(values),
        DataType::Struct(_) | DataType::Map(..) => Type::Object,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => Type::List,
        _ => return None,
    })
}

/// Takes a column to the canonical array of its reading, with the cells that are of another family marked.
pub(in crate::engine) fn canonical(
    array: &ArrayRef,
    reading: &Reading,
) -> Result<(ArrayRef, Option<BooleanBuffer>), ArrowError> {
    if reading.as_stored {
        return Ok((Arc::clone(array), None));
    }
    let Some(stored) = kind(array.data_type()).filter(|stored| reading.kind.admits(*stored)) else {
        return other(array, reading);
    };
    if matches!(stored, Type::Object | Type::List) {
        return Ok((Arc::clone(array), None));
    }
    Ok((values(array, reading)?, None))
}

/// A column of another family: every value is marked, save those that stand for none.
fn other(array: &ArrayRef, reading: &Reading) -> Result<(ArrayRef, Option<BooleanBuffer>), ArrowError> {
    let there = match kind(array.data_type()) {
        Some(stored) if reading.missing.is_some() && !matches!(stored, Type::Object | Type::List) => {
            values(array, &Reading { kind: stored, ..reading.clone() })?
        }
        _ => Arc::clone(array),
    };
    let bad = is_not_null(&there)?;
    let nothing: ArrayRef = match reading.kind {
        Type::Object | Type::List => {
            Arc::new(StructArray::new_empty_fields(array.len(), Some(NullBuffer::new_null(array.len()))))
        }
        kind => new_null_array(&target(kind, 0), array.len()),
    };
    Ok((nothing, (bad.true_count() > 0).then(|| bad.values().clone())))
}

/// The canonical array of a column whose family is that of its reading.
fn values(array: &ArrayRef, reading: &Reading) -> Result<ArrayRef, ArrowError> {
    let narrow = matches!(array.data_type(), DataType::Float16 | DataType::Float32);
    let scale = match array.data_type() {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => (*scale).max(0),
        _ => 0,
    };
    let wanted = target(reading.kind, scale);
    let array = match (array.data_type(), &wanted) {
        // A timestamp with a zone is stored in UTC already; only its label goes.
        (DataType::Timestamp(unit, Some(_)), _) => {
            let unlabelled = cast(array, &DataType::Timestamp(*unit, Some("UTC".into())))?;
            cast(&unlabelled, &wanted)?
        }
        (DataType::Timestamp(_, None), _) if reading.zone != crate::ir::time::Zone::UTC => {
            let naive = cast(array, &wanted)?;
            let micros = naive.as_primitive::<arrow::datatypes::TimestampMicrosecondType>();
            let placed: arrow::array::TimestampMicrosecondArray = micros.unary(|local| {
                chrono::DateTime::from_timestamp_micros(local)
                    .map_or(local, |time| reading.zone.instant(time.naive_utc()))
            });
            Arc::new(placed)
        }
        (same, wanted) if same == wanted => Arc::clone(array),
        // The digits stay as they are; only what is said of them changes.
        (DataType::Decimal128(_, same), DataType::Decimal128(precision, scale)) if same == scale => {
            Arc::new(array.as_primitive::<Decimal128Type>().clone().with_precision_and_scale(*precision, *scale)?)
        }
        (_, wanted) => cast(array, wanted)?,
    };
    let array = match array.as_primitive_opt::<Float64Type>() {
        Some(floats) if floats.values().iter().any(|number| number.is_nan()) => {
            let nan: BooleanArray = floats.iter().map(|number| Some(number.is_some_and(f64::is_nan))).collect();
            nullif(&array, &nan)?
        }
        _ => array,
    };
    let array = if reading.trim { trimmed(&array) } else { array };
    missing::nulled(&array, reading, narrow)
}

/// Text without the spaces around it, and anything else as it is.
fn trimmed(array: &ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(texts) if texts.iter().flatten().any(|text| text.trim().len() != text.len()) => {
            Arc::new(texts.iter().map(|text| text.map(str::trim)).collect::<StringViewArray>())
        }
        _ => Arc::clone(array),
    }
}

fn target(kind: Type, scale: i8) -> DataType {
    match kind {
        Type::String | Type::Json => DataType::Utf8View,
        Type::Integer => DataType::Int64,
        Type::Decimal => DataType::Decimal128(38, scale),
        Type::Float => DataType::Float64,
        Type::Boolean => DataType::Boolean,
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::Time => DataType::Time64(TimeUnit::Microsecond),
        Type::Object | Type::List => DataType::Null,
    }
}
