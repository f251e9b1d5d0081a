//! Keys of rows: whether they repeat, and whether they have partners.
//!
//! Keys compare by value, whatever their stored types: whole numbers, days and instants are 64-bit units, two of them are a
//! 128-bit pair, and so is a short decimal; numbers that a float is exactly are its 64 bits, and everything else is bytes that
//! are equal exactly where the values are. `seen` takes them in, `set` looks
//! them up again, `sought` does so for all of them at once.

mod lane;
mod often;
mod seen;
mod set;
mod sought;
mod table;

use crate::engine::local::column::{Column, Flat, decimal};
use crate::engine::local::mask::Mask;
use crate::ir::Value;
use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};
pub(super) use seen::Keys;
pub(super) use set::{KeySet, Repeated};
pub(super) use sought::Sought;

/// The key of one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Null,
    Unit(i64),
    /// Two units, or a decimal.
    Pair(u128),
    /// A float with a fraction, as bits that sort as floats do.
    Fraction(u64),
    Bytes(Vec<u8>),
}

/// Calls back with the key of every row of a batch that a mask keeps.
pub(super) fn each(columns: &[&Column], rows: usize, mask: &Mask, mut see: impl FnMut(usize, Key)) {
    match columns {
        [Column::Integer(column) | Column::Timestamp(column) | Column::Time(column)] => {
            let values = Flat::new(column);
            mask.each(rows, |row| see(row, values.get(row).map_or(Key::Null, Key::Unit)));
        }
        [Column::Integer(first), Column::Integer(second)] => {
            let (firsts, seconds) = (Flat::new(first), Flat::new(second));
            mask.each(rows, |row| {
                let key = match (firsts.get(row), seconds.get(row)) {
                    (Some(first), Some(second)) => Key::Pair(pair(first, second)),
                    _ => Key::Bytes(bytes(columns, row)),
                };
                see(row, key);
            });
        }
        [Column::Float(column)] => {
            let values = Flat::new(column);
            mask.each(rows, |row| see(row, values.get(row).map_or(Key::Null, float)));
        }
        [Column::Decimal(column, scale)] => {
            let values = Flat::new(column);
            mask.each(rows, |row| see(row, values.get(row).map_or(Key::Null, |digits| of_decimal(digits, *scale))));
        }
        [one] => mask.each(rows, |row| see(row, single(one, row))),
        [first, second] => mask.each(rows, |row| {
            let key = match (single(first, row), single(second, row)) {
                (Key::Unit(first), Key::Unit(second)) => Key::Pair(pair(first, second)),
                _ => Key::Bytes(bytes(columns, row)),
            };
            see(row, key);
        }),
        columns => mask.each(rows, |row| see(row, Key::Bytes(bytes(columns, row)))),
    }
}

/// Which of some keys a set has, by their places.
///
/// # Errors
/// If the values of a column of them are not of one type.
pub(super) fn lookup(set: &KeySet, keys: &[Vec<Value>], null_safe: bool) -> Result<Vec<bool>, String> {
    let width = keys.first().map_or(0, Vec::len);
    let column = |place| {
        let values: Vec<Value> = keys.iter().map(|key| key.get(place).cloned().unwrap_or(Value::Null)).collect();
        Column::collect(&values)
    };
    let columns = (0..width).map(column).collect::<Result<Vec<_>, _>>()?;
    let mut found = vec![false; keys.len()];
    each(&columns.iter().collect::<Vec<_>>(), keys.len(), &Mask::All(true), |row, key| {
        found[row] = set.contains(&key, null_safe);
    });
    Ok(found)
}

/// Two units as one number that sorts as they do.
const fn pair(first: i64, second: i64) -> u128 {
    #[expect(clippy::cast_sign_loss, reason = "flipping the sign bit makes unsigned order the signed one")]
    const fn ordered(unit: i64) -> u128 {
        ((unit as u64) ^ (1 << 63)) as u128
    }
    (ordered(first) << 64) | ordered(second)
}

/// The two units of such a number.
const fn units_of(pair: u128) -> [i64; 2] {
    #[expect(clippy::cast_possible_truncation, reason = "each half is a unit")]
    const fn unit(half: u128) -> i64 {
        ((half as u64) ^ (1 << 63)).cast_signed()
    }
    [unit(pair >> 64), unit(pair)]
}

fn single(column: &Column, row: usize) -> Key {
    match column {
        Column::Text(column) => column.get(row).map_or(Key::Null, |text| Key::Bytes(text.as_bytes().to_vec())),
        Column::Integer(column) | Column::Timestamp(column) | Column::Time(column) => {
            column.get(row).map_or(Key::Null, Key::Unit)
        }
        Column::Date(column) => column.get(row).map_or(Key::Null, |day| Key::Unit(i64::from(day))),
        Column::Boolean(column) => column.get(row).map_or(Key::Null, |flag| Key::Unit(i64::from(flag))),
        Column::Decimal(column, scale) => column.get(row).map_or(Key::Null, |digits| of_decimal(digits, *scale)),
        Column::Float(column) => column.get(row).map_or(Key::Null, float),
        Column::Nested(column) => column.get(row).map_or(Key::Null, |_| Key::Bytes(Vec::new())),
    }
}

/// What no text begins with, and a fraction among the values of a row does.
const FRACTION: u8 = 0xff;

/// A float by value: a unit where it is whole and fits, else a fraction.
#[inline]
pub(super) fn float(value: f64) -> Key {
    // The least float beyond all units, and so exact.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit is told by comparing")]
    let unit = value as i64;
    #[expect(clippy::cast_precision_loss, reason = "what is not exact is told by comparing")]
    let whole = unit as f64;
    #[expect(clippy::float_cmp, reason = "it is the same number or it is not")]
    if value.abs() < BEYOND {
        return if whole == value { Key::Unit(unit) } else { Key::Fraction(fraction(value)) };
    }
    beyond(value)
}

/// A float that is none, or lies beyond all units.
#[cold]
fn beyond(value: f64) -> Key {
    BigDecimal::from_f64(value).map_or_else(|| Key::Bytes(value.to_string().into_bytes()), |exact| number(&exact))
}

/// A float as bits that sort as floats do.
const fn fraction(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits ^ (1 << 63) }
}

/// The float that such bits were made of.
const fn float_of(sorted: u64) -> f64 {
    f64::from_bits(if sorted >> 63 == 0 { !sorted } else { sorted ^ (1 << 63) })
}

/// A fraction among the values of a row: bytes that are no text.
fn fraction_bytes(sorted: u64) -> [u8; 9] {
    let mut bytes = [FRACTION; 9];
    bytes[1..].copy_from_slice(&sorted.to_be_bytes());
    bytes
}

/// The float that such bytes were made of.
pub(super) fn fraction_of(bytes: &[u8]) -> Option<f64> {
    let [FRACTION, sorted @ ..] = bytes else { return None };
    Some(float_of(u64::from_be_bytes(sorted.try_into().ok()?)))
}

/// How many decimals the second unit of a pair has room for.
const PLACES: u32 = 18;

/// A decimal by value.
#[inline]
fn of_decimal(digits: i128, scale: u32) -> Key {
    short(digits, scale).unwrap_or_else(|| number(&decimal(digits, scale)))
}

/// A decimal as a unit where it is whole, as a fraction where a float is exactly it, else as a pair of what is whole and what
/// is more than that; none where it is too long.
fn short(digits: i128, scale: u32) -> Option<Key> {
    let ten = 10_i128.checked_pow(scale)?;
    let (whole, rest) = (i64::try_from(digits.div_euclid(ten)).ok()?, digits.rem_euclid(ten));
    if rest == 0 {
        return Some(Key::Unit(whole));
    }
    let five = 5_i128.pow(scale);
    if digits % five == 0
        && let Some(float) = exactly(digits / five)
    {
        let halved = exactly(1 << scale)?;
        return Some(Key::Fraction(fraction(float / halved)));
    }
    let rest = match PLACES.checked_sub(scale) {
        Some(places) => rest * 10_i128.pow(places),
        None => Some(10_i128.pow(scale - PLACES)).filter(|ten| rest % ten == 0).map(|ten| rest / ten)?,
    };
    Some(Key::Pair(pair(whole, i64::try_from(rest).ok()?)))
}

/// A whole number as a float, if one is exactly it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "what is not exact is told by comparing"
)]
fn exactly(whole: i128) -> Option<f64> {
    let float = whole as f64;
    (float as i128 == whole).then_some(float)
}

/// The decimal that a pair is made of.
fn decimal_of(pair: u128) -> BigDecimal {
    let [whole, rest] = units_of(pair);
    let digits = i128::from(whole) * 10_i128.pow(PLACES) + i128::from(rest);
    decimal(digits, PLACES).normalized()
}

/// A number by value: a short decimal as one, a fraction where a float is exactly it, else its shortest digits.
fn number(value: &BigDecimal) -> Key {
    let value = value.normalized();
    let (digits, scale) = value.as_bigint_and_exponent();
    let scale = if value.is_integer() { Some(0) } else { u32::try_from(scale).ok() };
    let digits = if value.is_integer() { value.to_i128() } else { digits.to_i128() };
    if let Some(key) = digits.zip(scale).and_then(|(digits, scale)| short(digits, scale)) {
        return key;
    }
    let digits = value.to_plain_string();
    // What halves can be added up to ends in 5.
    let float = value
        .to_f64()
        .filter(|float| digits.ends_with('5') && BigDecimal::from_f64(*float).is_some_and(|exact| exact == value));
    float.map_or_else(|| Key::Bytes(digits.into_bytes()), |float| Key::Fraction(fraction(float)))
}

/// The values of a row as bytes, each part told from its neighbours, none of them the beginning of another row's.
pub(super) fn bytes(columns: &[&Column], row: usize) -> Vec<u8> {
    fn part(key: &mut Vec<u8>, part: &[u8]) {
        key.push(3);
        key.extend_from_slice(&(part.len() as u64).to_be_bytes());
        key.extend_from_slice(part);
    }
    let mut key = Vec::with_capacity(columns.len() * 9);
    for column in columns {
        match single(column, row) {
            Key::Null => key.push(0),
            Key::Unit(unit) => {
                key.push(1);
                #[expect(clippy::cast_sign_loss, reason = "flipping the sign bit makes unsigned order the signed one")]
                key.extend_from_slice(&((unit as u64) ^ (1 << 63)).to_be_bytes());
            }
            Key::Pair(decimal) => part(&mut key, decimal_of(decimal).to_plain_string().as_bytes()),
            Key::Fraction(sorted) => part(&mut key, &fraction_bytes(sorted)),
            Key::Bytes(bytes) => part(&mut key, &bytes),
        }
    }
    key
}

/// A value of a row that was made bytes of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'b> {
    Null,
    Unit(i64),
    Bytes(&'b [u8]),
}

/// The values that some bytes were made of, one after the other.
pub(super) fn parts(bytes: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (tag, after) = rest.split_first()?;
        rest = after;
        match tag {
            0 => Some(Part::Null),
            1 => {
                let (unit, after) = rest.split_first_chunk()?;
                rest = after;
                Some(Part::Unit((u64::from_be_bytes(*unit) ^ (1 << 63)).cast_signed()))
            }
            _ => {
                let (length, after) = rest.split_first_chunk()?;
                let (part, after) = after.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
                rest = after;
                Some(Part::Bytes(part))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(digits: &str) -> Key {
        number(&digits.parse().unwrap())
    }

    #[test]
    fn a_decimal_and_a_float_have_one_key_where_they_are_one_number() {
        for (digits, value) in
            [("0.5", 0.5), ("-3.125", -3.125), ("7.00", 7.0), ("-0", -0.0), ("10000000000000000000", 1e19)]
        {
            assert_eq!(key(digits), float(value), "{digits}");
        }
        for (digits, value) in
            [("0.1", 0.1), ("0.15", 0.15), ("2.675", 2.675), ("9223372036854775807", 9_223_372_036_854_775_808.0)]
        {
            assert_ne!(key(digits), float(value), "{digits}");
        }
        assert_eq!(float(f64::NAN), Key::Bytes(b"NaN".to_vec()));
        for (digits, pair) in [("0.1", [0, 100_000_000_000_000_000]), ("-0.1", [-1, 900_000_000_000_000_000])] {
            assert_eq!(key(digits), Key::Pair(super::pair(pair[0], pair[1])), "{digits}");
        }
        for digits in ["9223372036854775808.1", "0.1000000000000000001"] {
            assert_eq!(key(digits), Key::Bytes(digits.as_bytes().to_vec()));
        }
        assert_eq!(float(-9_223_372_036_854_774_784.0), Key::Unit(-9_223_372_036_854_774_784));
    }

    proptest! {
        #[test]
        fn keys_of_floats_are_as_equal_as_their_exact_digits(one in any::<f64>(), other in prop::num::f64::ANY, near in 0_u64..3) {
            let next = f64::from_bits(one.to_bits() ^ near);
            for (one, other) in [(one, other), (one, next), (one, one.trunc())] {
                let exact = |value: f64| BigDecimal::from_f64(value);
                if let (Some(left), Some(right)) = (exact(one), exact(other)) {
                    prop_assert_eq!(float(one) == float(other), left == right, "{} {}", one, other);
                    prop_assert_eq!(float(one), number(&left), "{}", one);
                }
            }
        }

        #[test]
        fn keys_of_decimals_are_as_equal_as_their_digits_and_sort_as_they_do(
            one in any::<i128>(), other in any::<i128>(), short in -2000_i128..2000, scale in 0_u32..39, further in 0_u32..39
        ) {
            let ten = 10_i128.pow(further.abs_diff(scale));
            for (one, other) in [(one, other), (short, other), (short, one % 2000), (short, short.saturating_mul(ten))] {
                let (left, right) = (decimal(one, scale), decimal(other, further));
                let (own, their) = (of_decimal(one, scale), of_decimal(other, further));
                prop_assert_eq!(own == their, left == right, "{} {}", left, right);
                prop_assert_eq!(&own, &number(&left), "{}", left);
                if let (Key::Pair(own), Key::Pair(their)) = (own, their) {
                    prop_assert_eq!(own.cmp(&their), left.cmp(&right), "{} {}", left, right);
                    prop_assert_eq!(decimal_of(own), left);
                }
            }
        }

        #[test]
        fn fractions_come_back_and_sort_as_they_are(one in any::<f64>(), other in any::<f64>()) {
            prop_assert_eq!(float_of(fraction(one)).to_bits(), one.to_bits());
            prop_assert_eq!(fraction_of(&fraction_bytes(fraction(one))).map(f64::to_bits), Some(one.to_bits()));
            if let Some(order) = one.partial_cmp(&other).filter(|order| order.is_ne()) {
                prop_assert_eq!(fraction(one).cmp(&fraction(other)), order);
            }
            prop_assert!(std::str::from_utf8(&fraction_bytes(fraction(one))).is_err());
        }
    }
}
