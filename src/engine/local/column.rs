//! A column of a batch as a Polars array of its physical values.
//!
//! Days are 32-bit numbers, instants and times 64-bit microseconds, decimals 128-bit numbers with one scale a batch; so
//! every comparison is one of whole numbers, floats, booleans or text, and means exactly what rules mean.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use bigdecimal::{BigDecimal, ToPrimitive};
use polars::prelude::{
    BooleanChunked, ChunkFullNull, ChunkedArray, Float64Chunked, Int32Chunked, Int64Chunked, Int128Chunked,
    NewChunkedArray, PlSmallStr, PolarsNumericType, StringChunked,
};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;

use crate::ir::{Type, Value, time};

/// The values of a column, in a batch.
#[derive(Clone, Debug)]
pub(super) enum Column {
    Text(StringChunked),
    Integer(Int64Chunked),
    Decimal(Int128Chunked, u32),
    Float(Float64Chunked),
    Boolean(BooleanChunked),
    Date(Int32Chunked),
    Timestamp(Int64Chunked),
    Time(Int64Chunked),
    /// A nested column: rules can ask only whether there is a value.
    Nested(BooleanChunked),
}

impl Column {
    /// Takes an Arrow array over without a copy.
    pub(super) fn new(array: &ArrayRef) -> Result<Self, String> {
        Ok(match array.data_type() {
            DataType::Utf8View => Self::Text(chunked(array.as_ref(), None)?),
            DataType::Int64 => Self::Integer(chunked(array.as_ref(), None)?),
            DataType::Float64 => Self::Float(chunked(array.as_ref(), None)?),
            DataType::Boolean => Self::Boolean(chunked(array.as_ref(), None)?),
            DataType::Date32 => {
                Self::Date(chunked(&array.as_primitive::<Date32Type>().reinterpret_cast::<Int32Type>(), None)?)
            }
            DataType::Timestamp(..) => Self::Timestamp(chunked(
                &array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>(),
                None,
            )?),
            DataType::Time64(_) => Self::Time(chunked(
                &array.as_primitive::<Time64MicrosecondType>().reinterpret_cast::<Int64Type>(),
                None,
            )?),
            DataType::Decimal128(_, scale) => {
                let decimals = array.as_primitive::<Decimal128Type>();
                let scale = u32::try_from(*scale).map_err(|_| "a decimal of negative scale".to_owned())?;
                Self::Decimal(chunked(decimals, Some(ArrowDataType::Int128))?, scale)
            }
            _ => {
                let there: BooleanChunked = (0..array.len()).map(|row| array.is_valid(row).then_some(true)).collect();
                Self::Nested(there)
            }
        })
    }

    /// Takes computed values, of one type but for nulls; numbers of several types become decimals.
    ///
    /// # Errors
    /// Values that share no type, or a number of more than 38 digits.
    pub(super) fn collect(values: &[Value]) -> Result<Self, String> {
        let mut kinds: Vec<Type> = values.iter().filter_map(Value::kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Ok(match kinds.as_slice() {
            [] => Self::Nested(BooleanChunked::full_null(PlSmallStr::EMPTY, values.len())),
            [Type::Integer] => Self::Integer(each(values, |value| match value {
                Value::Integer(number) => Some(*number),
                _ => None,
            })),
            [Type::Boolean] => Self::Boolean(
                values
                    .iter()
                    .map(|value| match value {
                        Value::Boolean(flag) => Some(*flag),
                        _ => None,
                    })
                    .collect(),
            ),
            [Type::Date] => Self::Date(each(values, |value| match value {
                Value::Date(day) => Some(time::days_since_epoch(*day)),
                _ => None,
            })),
            [Type::Timestamp] => Self::Timestamp(each(values, |value| match value {
                Value::Timestamp(micros) => Some(*micros),
                _ => None,
            })),
            [Type::Time] => Self::Time(each(values, |value| match value {
                Value::Time(micros) => Some(*micros),
                _ => None,
            })),
            numbers if numbers.contains(&Type::Float) && numbers.iter().all(|kind| kind.is_number()) => {
                Self::Float(each(values, Value::to_f64))
            }
            numbers if numbers.iter().all(|kind| kind.is_number()) => decimals(values)?,
            [one] if one.is_text() => Self::Text(
                values
                    .iter()
                    .map(|value| match value {
                        Value::Text(text) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect(),
            ),
            several => return Err(format!("an expression gives {} and {}", several[0], several[1])),
        })
    }

    /// So many nulls of a type.
    pub(super) fn nulls(kind: Type, rows: usize) -> Self {
        let name = PlSmallStr::EMPTY;
        match kind {
            Type::String | Type::Json => Self::Text(StringChunked::full_null(name, rows)),
            Type::Integer => Self::Integer(Int64Chunked::full_null(name, rows)),
            Type::Decimal => Self::Decimal(Int128Chunked::full_null(name, rows), 0),
            Type::Float => Self::Float(Float64Chunked::full_null(name, rows)),
            Type::Boolean => Self::Boolean(BooleanChunked::full_null(name, rows)),
            Type::Date => Self::Date(Int32Chunked::full_null(name, rows)),
            Type::Timestamp => Self::Timestamp(Int64Chunked::full_null(name, rows)),
            Type::Time => Self::Time(Int64Chunked::full_null(name, rows)),
            Type::Object | Type::List => Self::Nested(BooleanChunked::full_null(name, rows)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(column) => column.len(),
            Self::Integer(column) | Self::Timestamp(column) | Self::Time(column) => column.len(),
            Self::Decimal(column, _) => column.len(),
            Self::Float(column) => column.len(),
            Self::Boolean(column) | Self::Nested(column) => column.len(),
            Self::Date(column) => column.len(),
        }
    }

    pub(super) fn null_count(&self) -> usize {
        match self {
            Self::Text(column) => column.null_count(),
            Self::Integer(column) | Self::Timestamp(column) | Self::Time(column) => column.null_count(),
            Self::Decimal(column, _) => column.null_count(),
            Self::Float(column) => column.null_count(),
            Self::Boolean(column) | Self::Nested(column) => column.null_count(),
            Self::Date(column) => column.null_count(),
        }
    }

    pub(super) fn is_null(&self) -> BooleanChunked {
        match self {
            Self::Text(column) => column.is_null(),
            Self::Integer(column) | Self::Timestamp(column) | Self::Time(column) => column.is_null(),
            Self::Decimal(column, _) => column.is_null(),
            Self::Float(column) => column.is_null(),
            Self::Boolean(column) | Self::Nested(column) => column.is_null(),
            Self::Date(column) => column.is_null(),
        }
    }

    /// The value of a row.
    pub(super) fn value(&self, row: usize) -> Value {
        let value = match self {
            Self::Text(column) => column.get(row).map(|text| Value::Text(text.to_owned())),
            Self::Integer(column) => column.get(row).map(Value::Integer),
            Self::Decimal(column, scale) => column.get(row).map(|digits| Value::Decimal(decimal(digits, *scale))),
            Self::Float(column) => column.get(row).map(Value::float),
            Self::Boolean(column) => column.get(row).map(Value::Boolean),
            Self::Date(column) => column.get(row).and_then(time::day_from_epoch).map(Value::Date),
            Self::Timestamp(column) => column.get(row).map(Value::Timestamp),
            Self::Time(column) => column.get(row).map(Value::Time),
            Self::Nested(column) => column.get(row).map(|_| Value::Text("…".to_owned())),
        };
        value.unwrap_or(Value::Null)
    }
}

/// The values of a column, for reading many of them one by one.
#[derive(Clone, Copy)]
pub(super) struct Flat<'c, T: PolarsNumericType> {
    column: &'c ChunkedArray<T>,
    values: &'c [T::Native],
    there: Option<&'c Bitmap>,
}

impl<'c, T: PolarsNumericType> Flat<'c, T> {
    pub(super) fn new(column: &'c ChunkedArray<T>) -> Self {
        let chunk = column.downcast_iter().next();
        Self {
            column,
            values: chunk.map_or(&[], |chunk| chunk.values().as_slice()),
            there: chunk.and_then(|chunk| chunk.validity()).filter(|there| there.unset_bits() > 0),
        }
    }

    /// All values, if no row is without one.
    pub(super) fn all(&self) -> Option<&'c [T::Native]> {
        (self.there.is_none() && self.values.len() == self.column.len()).then_some(self.values)
    }

    /// The value of a row, if it has one.
    pub(super) fn get(&self, row: usize) -> Option<T::Native> {
        match (self.values.get(row), self.there) {
            (Some(value), None) => Some(*value),
            (Some(value), Some(there)) => there.get_bit(row).then_some(*value),
            // Columns have one chunk; one that had more would still be read right.
            (None, _) => self.column.get(row),
        }
    }
}

fn each<T: PolarsNumericType>(values: &[Value], of: impl Fn(&Value) -> Option<T::Native>) -> ChunkedArray<T>
where
    ChunkedArray<T>: NewChunkedArray<T, T::Native>,
{
    ChunkedArray::from_iter_options(PlSmallStr::EMPTY, values.iter().map(of))
}

/// Exact numbers at the largest scale among them.
fn decimals(values: &[Value]) -> Result<Column, String> {
    let exact: Vec<Option<BigDecimal>> = values.iter().map(|value| value.exact().map(|it| it.normalized())).collect();
    let scale = exact.iter().flatten().map(BigDecimal::fractional_digit_count).max().unwrap_or(0).max(0);
    let too_long = || "a number has more than 38 digits".to_owned();
    let digits = exact.into_iter().map(|number| match number {
        None => Ok(None),
        Some(number) => number.with_scale(scale).into_bigint_and_scale().0.to_i128().map(Some).ok_or_else(too_long),
    });
    let digits = digits.collect::<Result<Vec<Option<i128>>, String>>()?;
    let scale = u32::try_from(scale).map_err(|_| too_long())?;
    Ok(Column::Decimal(Int128Chunked::from_iter_options(PlSmallStr::EMPTY, digits.into_iter()), scale))
}

/// The exact number of some digits and a scale.
pub(super) fn decimal(digits: i128, scale: u32) -> BigDecimal {
    BigDecimal::new(digits.into(), i64::from(scale))
}

/// Takes an Arrow array to a Polars one by the Arrow C data interface.
fn chunked<T: polars::prelude::PolarsDataType<IsNested = polars::prelude::FalseT>>(
    array: &dyn Array,
    physical: Option<ArrowDataType>,
) -> Result<ChunkedArray<T>, String>
where
    ChunkedArray<T>: FromChunk,
{
    let mut imported = import(array)?;
    if let Some(physical) = physical {
        imported = relabel(imported.as_ref(), physical)?;
    }
    <ChunkedArray<T>>::from_chunk(imported)
}

/// A Polars array made of one chunk of its own physical type.
pub(super) trait FromChunk: Sized {
    fn from_chunk(chunk: Box<dyn polars_arrow::array::Array>) -> Result<Self, String>;
}

macro_rules! from_chunk {
    ($($array:ty => $chunk:ty),* $(,)?) => {$(
        impl FromChunk for $array {
            fn from_chunk(chunk: Box<dyn polars_arrow::array::Array>) -> Result<Self, String> {
                let chunk = chunk.as_any().downcast_ref::<$chunk>().ok_or("an array of an unexpected type crossed over")?;
                Ok(Self::with_chunk(PlSmallStr::EMPTY, chunk.clone()))
            }
        }
    )*};
}

from_chunk! {
    StringChunked => polars_arrow::array::Utf8ViewArray,
    Int32Chunked => polars_arrow::array::PrimitiveArray<i32>,
    Int64Chunked => polars_arrow::array::PrimitiveArray<i64>,
    Int128Chunked => polars_arrow::array::PrimitiveArray<i128>,
    Float64Chunked => polars_arrow::array::PrimitiveArray<f64>,
    BooleanChunked => polars_arrow::array::BooleanArray,
}

fn relabel(
    array: &dyn polars_arrow::array::Array,
    physical: ArrowDataType,
) -> Result<Box<dyn polars_arrow::array::Array>, String> {
    let digits = array.as_any().downcast_ref::<polars_arrow::array::PrimitiveArray<i128>>();
    Ok(Box::new(digits.ok_or("a decimal crossed over as something else")?.clone().to(physical)))
}

#[expect(unsafe_code, reason = "the Arrow C data interface is the one way between two Arrow libraries without a copy")]
fn import(array: &dyn Array) -> Result<Box<dyn polars_arrow::array::Array>, String> {
    let (array, schema) = arrow::ffi::to_ffi(&array.to_data()).map_err(|error| error.to_string())?;
    // SAFETY: both sides declare the structs of the C data interface, `#[repr(C)]` and of the same fields, and each is
    // moved, so that it is released once, by the side that takes it.
    unsafe {
        let array: polars_arrow::ffi::ArrowArray = std::mem::transmute(array);
        let schema: polars_arrow::ffi::ArrowSchema = std::mem::transmute(schema);
        let field = polars_arrow::ffi::import_field_from_c(&schema).map_err(|error| error.to_string())?;
        polars_arrow::ffi::import_array_from_c(array, field.dtype).map_err(|error| error.to_string())
    }
}
