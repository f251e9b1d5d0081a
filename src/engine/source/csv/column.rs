//! From the text of a column to an Arrow array.
//!
//! Decides what is null, takes quotes off, and builds the array of the type asked for; [`super::cell`] says how text reads.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, PrimitiveArray, StringViewBuilder};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};

use super::cell::{self, Exact};
use super::fields::{Fields, Mask};
use super::split::Dialect;
use crate::ir::value::{self, Reading, Type};

/// The digits of a decimal column.
const PRECISION: u8 = 38;

/// The cells of a block.
pub(in crate::engine::source) struct Cells<'a> {
    pub(super) text: &'a str,
    pub(super) fields: &'a Fields,
    pub(super) dialect: &'a Dialect,
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

impl Cells<'_> {
    /// How many rows there are.
    pub(in crate::engine::source) fn rows(&self) -> usize {
        self.fields.rows
    }

    /// Calls for the text of each row of a field, or for none where it is null.
    fn each(&self, field: usize, trim: bool, mut take: impl FnMut(Option<&str>)) {
        self.each_until(field, trim, |text| {
            take(text);
            ControlFlow::Continue(())
        });
    }

    /// Calls for the text of each row of a field, or for none where it is null, until told to break.
    pub(in crate::engine::source) fn each_until(
        &self,
        field: usize,
        trim: bool,
        mut take: impl FnMut(Option<&str>) -> ControlFlow<()>,
    ) {
        let dialect = self.dialect;
        let strip = dialect.line_end == b'\n' && field + 1 == dialect.width;
        let mut unquoted = String::new();
        for (start, end) in self.fields.column(field) {
            let mut raw = self.text.get(start..end).unwrap_or_default();
            if strip && let Some(stripped) = raw.strip_suffix('\r') {
                raw = stripped;
            }
            let quote = dialect.quote.filter(|quote| raw.as_bytes().first() == Some(quote));
            let content = match quote {
                Some(quote) => unquote(raw, char::from(quote), &mut unquoted),
                None => raw,
            };
            let content = if trim { content.trim() } else { content };
            let null = if content.is_empty() {
                quote.is_none() || !dialect.quoted_empty_is_text
            } else {
                dialect.null_values.iter().any(|word| word == content)
            };
            if take((!null).then_some(content)).is_break() {
                return;
            }
        }
    }

    /// Reads a field of all rows.
    pub(super) fn read(&self, field: usize, reading: &Reading) -> Column {
        match reading.kind {
            Type::String | Type::Json => self.texts(field, reading),
            Type::Integer => self.primitives::<Int64Type>(field, reading, |text| cell::integer(text).map(Some)),
            Type::Decimal => self.decimals(field, reading),
            Type::Float => self.primitives::<Float64Type>(field, reading, |text| {
                cell::float(text).map(|number| (!number.is_nan()).then_some(number))
            }),
            Type::Boolean => self.booleans(field, reading),
            Type::Date => self.primitives::<Date32Type>(field, reading, |text| cell::date(text, reading).map(Some)),
            Type::Timestamp => self
                .primitives::<TimestampMicrosecondType>(field, reading, |text| reading.read_timestamp(text).map(Some)),
            Type::Time => {
                self.primitives::<Time64MicrosecondType>(field, reading, |text| value::read_time(text).map(Some))
            }
            Type::Object | Type::List => self.nothing(field, reading),
        }
    }

    fn primitives<T: ArrowPrimitiveType>(
        &self,
        field: usize,
        reading: &Reading,
        read: impl Fn(&str) -> Option<Option<T::Native>>,
    ) -> Column {
        let mut values: Vec<T::Native> = Vec::with_capacity(self.fields.rows);
        let (nulls, unparsed) = self.values(field, reading, read, |value| values.push(value));
        let array = PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls);
        Column::Whole(Arc::new(array), unparsed)
    }

    fn booleans(&self, field: usize, reading: &Reading) -> Column {
        let mut values = Mask::default();
        let mut row = 0;
        let read = |text: &str| cell::boolean(text, reading).map(Some);
        let (nulls, unparsed) = self.values(field, reading, read, |value| {
            if value {
                values.set(row);
            }
            row += 1;
        });
        let rows = self.fields.rows;
        let values = values.build(rows).unwrap_or_else(|| BooleanBuffer::new_unset(rows));
        Column::Whole(Arc::new(BooleanArray::new(values, nulls)), unparsed)
    }

    fn decimals(&self, field: usize, reading: &Reading) -> Column {
        let mut mantissas = Vec::with_capacity(self.fields.rows);
        let mut scales = Vec::with_capacity(self.fields.rows);
        let read = |text: &str| cell::decimal(text).map(Some);
        let (nulls, unparsed) = self.values(field, reading, read, |number: Exact| {
            mantissas.push(number.mantissa);
            scales.push(number.scale);
        });
        Column::Decimals { numbers: Numbers { mantissas: mantissas.into(), scales }, nulls, unparsed }
    }

    fn texts(&self, field: usize, reading: &Reading) -> Column {
        let mut builder = StringViewBuilder::with_capacity(self.fields.rows).with_fixed_block_size(1 << 18);
        self.each(field, reading.trim, |text| builder.append_option(text));
        Column::Whole(Arc::new(builder.finish()), None)
    }

    /// A type that no text reads as.
    fn nothing(&self, field: usize, reading: &Reading) -> Column {
        let mut builder = StringViewBuilder::with_capacity(self.fields.rows);
        let (_, unparsed) = self.values::<u8>(field, reading, |_| None, |_| builder.append_null());
        Column::Whole(Arc::new(builder.finish()), unparsed)
    }

    /// Reads each cell; `put` gets its value, or the default where there is none.
    fn values<V: Default>(
        &self,
        field: usize,
        reading: &Reading,
        read: impl Fn(&str) -> Option<Option<V>>,
        mut put: impl FnMut(V),
    ) -> (Option<NullBuffer>, Option<BooleanBuffer>) {
        let (mut nulls, mut unparsed) = (Mask::default(), Mask::default());
        let mut row = 0;
        self.each(field, reading.trim, |text| {
            let value = text.and_then(|text| {
                let read = read(text);
                if read.is_none() {
                    unparsed.set(row);
                }
                read.flatten()
            });
            if value.is_none() {
                nulls.set(row);
            }
            put(value.unwrap_or_default());
            row += 1;
        });
        let nulls = nulls.build(row).map(|nulls| NullBuffer::new(!&nulls));
        (nulls, unparsed.build(row))
    }
}

/// The runs of rows, by where each ends, within which every decimal column has one scale that holds all its numbers.
///
/// One run unless a column holds both very large and very fine numbers.
pub(super) fn runs(columns: &[Column], rows: usize) -> Vec<usize> {
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

/// The content of a field in quotes, doubled quotes made single.
fn unquote<'a>(raw: &'a str, quote: char, into: &'a mut String) -> &'a str {
    let content = raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or_default();
    if !content.contains(quote) {
        return content;
    }
    into.clear();
    let mut skip = false;
    for letter in content.chars() {
        skip = letter == quote && !skip;
        if !skip {
            into.push(letter);
        }
    }
    into
}
