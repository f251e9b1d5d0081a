//! Values that stand for none in a column, as its cells hold them.
//!
//! What is spelled alike is known by its text before it is read; this is about values that are equal, be they spelled
//! otherwise (`0.00` where `0` is missing) or stored without a spelling.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray};
use arrow::compute::nullif;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use bigdecimal::ToPrimitive;

use super::cell::Exact;
use crate::ir::time::days_since_epoch;
use crate::ir::{Reading, Type, Value};

/// Values that stand for none.
#[derive(Debug, Default)]
pub(super) struct Sentinels {
    /// Whole numbers, days since 1970, or microseconds.
    units: Vec<i64>,
    exact: Vec<Exact>,
    floats: Vec<f64>,
    flags: Vec<bool>,
}

impl Sentinels {
    /// Those of a column.
    pub(super) fn of(reading: &Reading) -> Self {
        let mut sentinels = Self::default();
        for value in reading.missing_values() {
            match (&value, reading.kind) {
                (_, Type::Integer) => {
                    let whole = value.exact().filter(bigdecimal::BigDecimal::is_integer);
                    sentinels.units.extend(whole.and_then(|number| number.to_i64()));
                }
                (_, Type::Decimal) => {
                    let parts = value.exact().map(|number| number.normalized().into_bigint_and_scale());
                    sentinels.exact.extend(parts.and_then(|(digits, scale)| exact(digits.to_i128()?, scale)));
                }
                (_, Type::Float) => sentinels.floats.extend(value.to_f64()),
                (Value::Date(day), _) => sentinels.units.push(days_since_epoch(*day).into()),
                (Value::Timestamp(micros) | Value::Time(micros), _) => sentinels.units.push(*micros),
                (Value::Boolean(flag), _) => sentinels.flags.push(*flag),
                _ => {}
            }
        }
        sentinels
    }

    /// A whole number, day or moment, unless it stands for none.
    pub(super) fn unit<N: Copy + Into<i64>>(&self, unit: N) -> Option<N> {
        (!self.units.contains(&unit.into())).then_some(unit)
    }

    /// An exact number, unless it stands for none.
    pub(super) fn exact(&self, number: Exact) -> Option<Exact> {
        let missing = !self.exact.is_empty() && self.exact.contains(&shortest(number));
        (!missing).then_some(number)
    }

    /// A float, unless it is NaN or stands for none.
    pub(super) fn float(&self, number: f64) -> Option<f64> {
        (!number.is_nan() && !self.floats.contains(&number)).then_some(number)
    }

    /// A flag, unless it stands for none.
    pub(super) fn flag(&self, flag: bool) -> Option<bool> {
        (!self.flags.contains(&flag)).then_some(flag)
    }
}

/// Makes the values of a canonical array null that stand for none; `narrow` are floats that were stored in 32 bits, where
/// what a sentinel spells is the nearest of those.
pub(super) fn nulled(array: &ArrayRef, reading: &Reading, narrow: bool) -> Result<ArrayRef, ArrowError> {
    let Some(missing) = &reading.missing else { return Ok(Arc::clone(array)) };
    let mut sentinels = Sentinels::of(reading);
    if narrow {
        #[expect(clippy::cast_possible_truncation, reason = "the nearest number of 32 bits is what is meant")]
        sentinels.floats.iter_mut().for_each(|number| *number = f64::from(*number as f32));
    }
    let gone: BooleanArray = match array.data_type() {
        DataType::Utf8View => {
            array.as_string_view().iter().map(|text| Some(text.is_some_and(|text| missing.is_spelled(text)))).collect()
        }
        DataType::Int64 => where_gone::<Int64Type>(array, |unit| sentinels.unit(unit).is_none()),
        DataType::Date32 => where_gone::<Date32Type>(array, |unit| sentinels.unit(unit).is_none()),
        DataType::Timestamp(..) => where_gone::<TimestampMicrosecondType>(array, |unit| sentinels.unit(unit).is_none()),
        DataType::Time64(_) => where_gone::<Time64MicrosecondType>(array, |unit| sentinels.unit(unit).is_none()),
        DataType::Float64 => where_gone::<Float64Type>(array, |number| sentinels.float(number).is_none()),
        DataType::Decimal128(_, scale) => {
            let scale = (*scale).max(0).cast_unsigned();
            where_gone::<Decimal128Type>(array, |mantissa| sentinels.exact(Exact { mantissa, scale }).is_none())
        }
        DataType::Boolean => array
            .as_boolean()
            .iter()
            .map(|flag| Some(flag.is_some_and(|flag| sentinels.flag(flag).is_none())))
            .collect(),
        _ => return Ok(Arc::clone(array)),
    };
    if gone.has_true() { nullif(array, &gone) } else { Ok(Arc::clone(array)) }
}

fn where_gone<T: ArrowPrimitiveType>(array: &ArrayRef, is_gone: impl Fn(T::Native) -> bool) -> BooleanArray {
    let values: &PrimitiveArray<T> = array.as_primitive();
    values.values().iter().map(|value| Some(is_gone(*value))).collect()
}

fn exact(mantissa: i128, scale: i64) -> Option<Exact> {
    // A number such as 1e3 has digits on the other side of the point.
    let more = u32::try_from(-scale).unwrap_or(0);
    let mantissa = mantissa.checked_mul(10_i128.checked_pow(more)?)?;
    Some(shortest(Exact { mantissa, scale: u8::try_from(scale.max(0)).ok()? }))
}

/// The same number without zeros at its end.
fn shortest(mut number: Exact) -> Exact {
    while number.scale > 0 && number.mantissa % 10 == 0 {
        number.mantissa /= 10;
        number.scale -= 1;
    }
    number
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal128Array, Float64Array, Int64Array, StringViewArray};

    use super::*;
    use crate::ir::Missing;

    fn reading(kind: Type, spellings: &[&str]) -> Reading {
        let spellings = spellings.iter().map(|text| (*text).to_owned()).collect();
        Reading { missing: Some(Arc::new(Missing { spellings, pattern: None })), ..Reading::plain(kind) }
    }

    #[test]
    fn equal_numbers_are_missing_however_they_are_written() {
        let none = Sentinels::of(&reading(Type::Decimal, &["0", "-9.90", "1e3", "N/A"]));
        for (mantissa, scale) in [(0, 0), (0, 2), (-99, 1), (-99000, 4), (1000, 0), (100_000, 2)] {
            assert_eq!(none.exact(Exact { mantissa, scale }), None, "{mantissa} {scale}");
        }
        assert!(none.exact(Exact { mantissa: 99, scale: 1 }).is_some());
        assert!(none.exact(Exact { mantissa: 100, scale: 0 }).is_some());
        let none = Sentinels::of(&reading(Type::Integer, &["9999.0", "0.5"]));
        assert_eq!((none.unit(9999_i64), none.unit(0_i64)), (None, Some(0)));
    }

    #[test]
    fn stored_values_become_null() {
        let nulls = |array: ArrayRef, reading: &Reading, narrow| {
            let nulled = nulled(&array, reading, narrow).unwrap();
            (0..nulled.len()).map(|row| nulled.is_null(row)).collect::<Vec<_>>()
        };
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(9999), Some(0)]));
        assert_eq!(nulls(numbers, &reading(Type::Integer, &["9999", "-"]), false), [false, true, true, false]);
        let decimals = Decimal128Array::from(vec![150, 0]).with_precision_and_scale(38, 2).unwrap();
        assert_eq!(nulls(Arc::new(decimals), &reading(Type::Decimal, &["1.5"]), false), [true, false]);
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![Some("N/A"), Some("n/a"), None]));
        assert_eq!(nulls(texts, &reading(Type::String, &["N/A"]), false), [true, false, true]);
        let stored: ArrayRef = Arc::new(Float64Array::from(vec![f64::from(-999.9_f32), -999.9]));
        assert_eq!(nulls(Arc::clone(&stored), &reading(Type::Float, &["-999.9"]), true), [true, false]);
        assert_eq!(nulls(stored, &reading(Type::Float, &["-999.9"]), false), [false, true]);
    }
}
