//! From the cells of a text format to an Arrow array.
//!
//! Builds the array of the type asked for, and marks the cells that do not read; [`super::cell`] says how text reads, and
//! [`Cells`] what stands in a cell.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, PrimitiveArray, StringViewBuilder, StructArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};

use super::cell::{self, Exact};
use super::missing::Sentinels;
use super::{Batch, Lines};
use crate::ir::value::{Reading, Type};

/// The digits of a decimal column.
const PRECISION: u8 = 38;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given<'a> {
    /// No value.
    Nothing,
    /// Text, which may read as the type asked for.
    Text(&'a str),
    /// A day, moment or time, as was asked for, counted as the type counts.
    Unit(i64),
    /// A structure or list, as was asked for.
    Nested,
    /// A value that is none of the type asked for, whatever its text.
    Other,
}

/// The cells of some rows.
pub(super) trait Cells {
    /// How many rows there are.
    fn rows(&self) -> usize;

    /// Calls with what stands in each row of a field, trimmed if that is asked for; what is spelled as no value is nothing.
    fn each(&self, field: usize, reading: &Reading, take: impl FnMut(Given<'_>));
}

/// A column read.
pub(super) enum Column {
    /// Its array, and the cells that do not read.
    Whole(ArrayRef, Option<BooleanBuffer>),
    /// Exact numbers whose common scale is not settled, their nulls, and the cells that do not read.
    Decimals { numbers: Numbers, nulls: Option<NullBuffer>, unparsed: Option<BooleanBuffer> },
}

/// Exact numbers, each with a scale of its own; zero where there is none.
pub(super) struct Numbers {
    mantissas: ScalarBuffer<i128>,
    scales: Vec<u8>,
}

/// Records read, whose columns become batches.
pub(super) struct Records<'a> {
    pub(super) file: usize,
    pub(super) first_row: u64,
    pub(super) rows: usize,
    pub(super) malformed: Option<BooleanBuffer>,
    pub(super) lines: &'a Lines,
}

/// The batches of some rows: at least one, more where a decimal column holds numbers too large and too fine for one scale.
pub(super) fn batches(records: &Records<'_>, columns: &[Column]) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut start = 0;
    for end in runs(columns, records.rows) {
        let malformed = records.malformed.as_ref().map(|mask| mask.slice(start, end - start));
        batches.push(Batch {
            file: records.file,
            first_row: records.first_row + start as u64,
            rows: end - start,
            columns: columns.iter().map(|column| column.array(start, end)).collect(),
            unparsed: columns.iter().map(|column| column.unparsed(start, end)).collect(),
            malformed: malformed.filter(BooleanBuffer::has_true),
            lines: Some(records.lines.slice(start, end)),
        });
        start = end;
    }
    batches
}

/// Reads a field of all rows.
pub(super) fn read(cells: &impl Cells, field: usize, reading: &Reading) -> Column {
    let none = Sentinels::of(reading);
    match reading.kind {
        Type::String | Type::Json => texts(cells, field, reading),
        Type::Integer => {
            let read = |text: &str| cell::number(text, reading.marks, cell::integer);
            primitives::<Int64Type>(cells, field, reading, |text| read(text).map(|number| none.unit(number)))
        }
        Type::Decimal => decimals(cells, field, reading, &none),
        Type::Float => {
            let read = |text: &str| cell::number(text, reading.marks, cell::float);
            primitives::<Float64Type>(cells, field, reading, |text| read(text).map(|number| none.float(number)))
        }
        Type::Boolean => booleans(cells, field, reading, &none),
        Type::Date => units::<Date32Type>(cells, field, reading, &none, |text| cell::date(text, reading)),
        Type::Timestamp => {
            units::<TimestampMicrosecondType>(cells, field, reading, &none, |text| reading.read_timestamp(text))
        }
        Type::Time => units::<Time64MicrosecondType>(cells, field, reading, &none, |text| reading.read_time(text)),
        Type::Object | Type::List => nested(cells, field, reading),
    }
}

fn primitives<T: ArrowPrimitiveType>(
    cells: &impl Cells,
    field: usize,
    reading: &Reading,
    read: impl Fn(&str) -> Option<Option<T::Native>>,
) -> Column {
    let mut values: Vec<T::Native> = Vec::with_capacity(cells.rows());
    let (nulls, unparsed) = each_value(cells, field, reading, read, |value| values.push(value));
    let array = PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls);
    Column::Whole(Arc::new(array), unparsed)
}

/// Days, moments or times, which may be given counted.
fn units<T: ArrowPrimitiveType<Native: Into<i64> + TryFrom<i64>>>(
    cells: &impl Cells,
    field: usize,
    reading: &Reading,
    none: &Sentinels,
    read: impl Fn(&str) -> Option<T::Native>,
) -> Column {
    let mut values: Vec<T::Native> = Vec::with_capacity(cells.rows());
    let read = |given: Given<'_>| match given {
        Given::Text(text) => read(text),
        Given::Unit(unit) => T::Native::try_from(unit).ok(),
        _ => None,
    };
    let read = |given: Given<'_>| read(given).map(|unit| none.unit(unit));
    let (nulls, unparsed) = each_given(cells, field, reading, read, |value| values.push(value));
    let array = PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls);
    Column::Whole(Arc::new(array), unparsed)
}

fn booleans(cells: &impl Cells, field: usize, reading: &Reading, none: &Sentinels) -> Column {
    let mut values = Mask::default();
    let mut row = 0;
    let read = |text: &str| cell::boolean(text, reading).map(|flag| none.flag(flag));
    let (nulls, unparsed) = each_value(cells, field, reading, read, |value| {
        if value {
            values.set(row);
        }
        row += 1;
    });
    let rows = cells.rows();
    let values = values.build(rows).unwrap_or_else(|| BooleanBuffer::new_unset(rows));
    Column::Whole(Arc::new(BooleanArray::new(values, nulls)), unparsed)
}

fn decimals(cells: &impl Cells, field: usize, reading: &Reading, none: &Sentinels) -> Column {
    let mut mantissas = Vec::with_capacity(cells.rows());
    let mut scales = Vec::with_capacity(cells.rows());
    let read = |text: &str| cell::number(text, reading.marks, cell::decimal).map(|number| none.exact(number));
    let (nulls, unparsed) = each_value(cells, field, reading, read, |number: Exact| {
        mantissas.push(number.mantissa);
        scales.push(number.scale);
    });
    Column::Decimals { numbers: Numbers { mantissas: mantissas.into(), scales }, nulls, unparsed }
}

fn texts(cells: &impl Cells, field: usize, reading: &Reading) -> Column {
    let mut builder = StringViewBuilder::with_capacity(cells.rows()).with_fixed_block_size(1 << 18);
    let mut unparsed = Mask::default();
    let mut row = 0;
    cells.each(field, reading, |given| {
        match given {
            Given::Text(text) => builder.append_value(text),
            Given::Nothing => builder.append_null(),
            Given::Unit(_) | Given::Nested | Given::Other => {
                unparsed.set(row);
                builder.append_null();
            }
        }
        row += 1;
    });
    Column::Whole(Arc::new(builder.finish()), unparsed.build(row))
}

/// A structure or list, of which only is known whether there is one; no text reads as either.
fn nested(cells: &impl Cells, field: usize, reading: &Reading) -> Column {
    let (mut nulls, mut unparsed) = (Mask::default(), Mask::default());
    let mut row = 0;
    cells.each(field, reading, |given| {
        if given != Given::Nested {
            nulls.set(row);
        }
        if matches!(given, Given::Text(_) | Given::Unit(_) | Given::Other) {
            unparsed.set(row);
        }
        row += 1;
    });
    let nulls = nulls.build(row).map(|nulls| NullBuffer::new(!&nulls));
    Column::Whole(Arc::new(StructArray::new_empty_fields(row, nulls)), unparsed.build(row))
}

/// Reads the text of each cell; `put` gets its value, or the default where there is none.
fn each_value<V: Default>(
    cells: &impl Cells,
    field: usize,
    reading: &Reading,
    read: impl Fn(&str) -> Option<Option<V>>,
    put: impl FnMut(V),
) -> (Option<NullBuffer>, Option<BooleanBuffer>) {
    let read = |given: Given<'_>| if let Given::Text(text) = given { read(text) } else { None };
    each_given(cells, field, reading, read, put)
}

/// Reads what stands in each cell, unless that is nothing; `put` gets its value, or the default where there is none.
fn each_given<V: Default>(
    cells: &impl Cells,
    field: usize,
    reading: &Reading,
    read: impl Fn(Given<'_>) -> Option<Option<V>>,
    mut put: impl FnMut(V),
) -> (Option<NullBuffer>, Option<BooleanBuffer>) {
    let (mut nulls, mut unparsed) = (Mask::default(), Mask::default());
    let mut row = 0;
    cells.each(field, reading, |given| {
        let value = match given {
            Given::Nothing => None,
            given => {
                let read = read(given);
                if read.is_none() {
                    unparsed.set(row);
                }
                read.flatten()
            }
        };
        if value.is_none() {
            nulls.set(row);
        }
        put(value.unwrap_or_default());
        row += 1;
    });
    let nulls = nulls.build(row).map(|nulls| NullBuffer::new(!&nulls));
    (nulls, unparsed.build(row))
}

/// The runs of rows, by where each ends, within which every decimal column has one scale that holds all its numbers.
///
/// One run unless a column holds both very large and very fine numbers.
fn runs(columns: &[Column], rows: usize) -> Vec<usize> {
    let decimals: Vec<&Numbers> = columns
        .iter()
        .filter_map(|column| match column {
            Column::Decimals { numbers, .. } => Some(numbers),
            Column::Whole(..) => None,
        })
        .collect();
    if decimals.iter().all(|numbers| numbers.surely_fit()) {
        return vec![rows];
    }
    let mut ends = Vec::new();
    let mut extents = vec![Extent::default(); decimals.len()];
    for row in 0..rows {
        let grown: Vec<_> =
            extents.iter().zip(&decimals).map(|(extent, numbers)| extent.with(numbers.get(row))).collect();
        if grown.iter().all(|extent| extent.fits()) {
            extents = grown;
        } else {
            ends.push(row);
            extents = decimals.iter().map(|numbers| Extent::default().with(numbers.get(row))).collect();
        }
    }
    ends.push(rows);
    ends
}

impl Column {
    /// The array of some rows, which are one of the [`runs`].
    pub(super) fn array(&self, start: usize, end: usize) -> ArrayRef {
        match self {
            Self::Whole(array, _) => array.slice(start, end - start),
            Self::Decimals { numbers, nulls, .. } => {
                let (values, scale) = numbers.rescaled(start, end);
                let nulls = nulls.as_ref().map(|nulls| nulls.slice(start, end - start));
                let array = PrimitiveArray::<Decimal128Type>::new(values, nulls);
                Arc::new(array.with_data_type(DataType::Decimal128(PRECISION, scale.cast_signed())))
            }
        }
    }

    /// The cells that do not read, of some rows.
    pub(super) fn unparsed(&self, start: usize, end: usize) -> Option<BooleanBuffer> {
        let (Self::Whole(_, unparsed) | Self::Decimals { unparsed, .. }) = self;
        let cut = unparsed.as_ref()?.slice(start, end - start);
        cut.has_true().then_some(cut)
    }
}

impl Numbers {
    fn get(&self, row: usize) -> Exact {
        Exact { mantissa: self.mantissas[row], scale: self.scales[row] }
    }

    /// Whether the digits of the largest and the scale of the finest fit, be they of one number or of two.
    fn surely_fit(&self) -> bool {
        let mantissa = self.mantissas.iter().map(|mantissa| mantissa.abs()).max().unwrap_or(0);
        let scale = self.scales.iter().copied().max().unwrap_or(0);
        digits(mantissa) + scale <= PRECISION
    }

    /// The numbers of some rows at the largest scale among them.
    fn rescaled(&self, start: usize, end: usize) -> (ScalarBuffer<i128>, u8) {
        let mantissas = self.mantissas.slice(start, end - start);
        let scales = &self.scales[start..end];
        let scale = scales.iter().copied().max().unwrap_or(0);
        if mantissas.iter().zip(scales).all(|(mantissa, own)| *own == scale || *mantissa == 0) {
            return (mantissas, scale);
        }
        let rescaled: Vec<i128> = mantissas
            .iter()
            .zip(scales)
            .map(|(mantissa, own)| if *own == scale { *mantissa } else { mantissa * tens(scale - own) })
            .collect();
        (rescaled.into(), scale)
    }
}

/// How far some exact numbers reach to both sides of the point.
#[derive(Clone, Copy, Default)]
struct Extent {
    whole: u8,
    scale: u8,
}

impl Extent {
    fn with(self, number: Exact) -> Self {
        let whole = digits(number.mantissa).saturating_sub(number.scale);
        Self { whole: self.whole.max(whole), scale: self.scale.max(number.scale) }
    }

    fn fits(self) -> bool {
        self.whole + self.scale <= PRECISION
    }
}

fn digits(mantissa: i128) -> u8 {
    let digits = mantissa.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1);
    u8::try_from(digits).unwrap_or(u8::MAX)
}

fn tens(power: u8) -> i128 {
    10_i128.pow(u32::from(power))
}

/// A set of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Mask {
    bits: Vec<u8>,
}

impl Mask {
    /// Puts a row in.
    pub(super) fn set(&mut self, row: usize) {
        let byte = row / 8;
        if byte >= self.bits.len() {
            self.bits.resize((byte + 1).next_power_of_two().max(64), 0);
        }
        self.bits[byte] |= 1 << (row % 8);
    }

    /// The set among so many rows; none if it is empty.
    pub(super) fn build(mut self, rows: usize) -> Option<BooleanBuffer> {
        if self.bits.is_empty() {
            return None;
        }
        self.bits.resize(rows.div_ceil(8), 0);
        Some(BooleanBuffer::new(arrow::buffer::Buffer::from_vec(self.bits), 0, rows))
    }
}
