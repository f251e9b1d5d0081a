//! Keys of rows: whether they repeat, and whether they have partners.
//!
//! Keys compare by value, whatever their stored types: whole numbers, days and instants are 64-bit units, two of them are a
//! 128-bit pair, and everything else is bytes that are equal exactly where the values are. `seen` takes them in, `set` looks
//! them up again, `sought` does so for all of them at once.

mod lane;
mod often;
mod seen;
mod set;
mod sought;
mod table;

use std::hash::Hash;

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};
use hashbrown::HashMap;

use crate::engine::local::column::{Column, Flat, decimal};
use crate::engine::local::mask::Mask;
pub(super) use seen::Keys;
pub(super) use set::{KeySet, Repeated};
pub(super) use sought::Sought;

/// The key of one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Null,
    Unit(i64),
    Pair(u128),
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
        [one] if numbers(one, rows, mask, &mut |row, key| see(row, key.clone())) => {}
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

/// How many numbers are remembered as keys at a time.
const REMEMBERED: usize = 1 << 16;

/// Calls back with the keys of a column of decimals or floats, which take long to make one by one; says no of other columns.
pub(super) fn numbers(column: &Column, rows: usize, mask: &Mask, see: &mut impl FnMut(usize, &Key)) -> bool {
    match column {
        Column::Decimal(column, scale) => {
            remembering(rows, mask, |row| column.get(row), |digits| number(&decimal(digits, *scale)), see);
        }
        Column::Float(column) => {
            let values = Flat::new(column);
            let mut key = Key::Bytes(vec![0; 9]);
            mask.each(rows, |row| match (values.get(row), &mut key) {
                (None, _) => see(row, &Key::Null),
                (Some(value), Key::Bytes(bytes)) if value.is_finite() && value.fract() != 0.0 => {
                    bytes.copy_from_slice(&fraction(value));
                    see(row, &key);
                }
                (Some(value), _) => see(row, &float(value)),
            });
        }
        _ => return false,
    }
    true
}

/// Calls back with the keys of values, of which those seen a short while ago are not made again.
fn remembering<V: Copy + Eq + Hash>(
    rows: usize,
    mask: &Mask,
    value: impl Fn(usize) -> Option<V>,
    key: impl Fn(V) -> Key,
    see: &mut impl FnMut(usize, &Key),
) {
    let mut known = HashMap::new();
    mask.each(rows, |row| match value(row) {
        None => see(row, &Key::Null),
        Some(value) => {
            if known.len() > REMEMBERED {
                known.clear();
            }
            see(row, known.entry(value).or_insert_with(|| key(value)));
        }
    });
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
        Column::Decimal(column, scale) => column.get(row).map_or(Key::Null, |digits| number(&decimal(digits, *scale))),
        Column::Float(column) => column.get(row).map_or(Key::Null, float),
        Column::Nested(column) => column.get(row).map_or(Key::Null, |_| Key::Bytes(Vec::new())),
    }
}

/// What no text begins with, and a fraction does.
const FRACTION: u8 = 0xff;

/// A float by value: a unit where it is whole and fits, else a fraction.
fn float(value: f64) -> Key {
    // The least float beyond all units, and so exact.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if !value.is_finite() {
        return Key::Bytes(value.to_string().into_bytes());
    }
    if value.fract() != 0.0 {
        return Key::Bytes(fraction(value).to_vec());
    }
    if value.abs() < BEYOND {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and lies among the units")]
        return Key::Unit(value as i64);
    }
    BigDecimal::from_f64(value).map_or_else(|| Key::Bytes(value.to_string().into_bytes()), |exact| number(&exact))
}

/// A float with a fraction as bytes that sort as floats do, and are no text.
fn fraction(value: f64) -> [u8; 9] {
    let bits = value.to_bits();
    let sorted = if bits >> 63 == 1 { !bits } else { bits ^ (1 << 63) };
    let mut bytes = [FRACTION; 9];
    bytes[1..].copy_from_slice(&sorted.to_be_bytes());
    bytes
}

/// The float that such bytes were made of.
pub(super) fn fraction_of(bytes: &[u8]) -> Option<f64> {
    let [FRACTION, sorted @ ..] = bytes else { return None };
    let sorted = u64::from_be_bytes(sorted.try_into().ok()?);
    Some(f64::from_bits(if sorted >> 63 == 0 { !sorted } else { sorted ^ (1 << 63) }))
}

/// A number by value: a unit where it is whole and fits, a fraction where a float is exactly it, else its shortest digits.
fn number(value: &BigDecimal) -> Key {
    let value = value.normalized();
    if value.is_integer() {
        return match value.to_i64() {
            Some(whole) => Key::Unit(whole),
            None => Key::Bytes(value.to_plain_string().into_bytes()),
        };
    }
    let digits = value.to_plain_string();
    // What halves can be added up to ends in 5.
    let float = value
        .to_f64()
        .filter(|float| digits.ends_with('5') && BigDecimal::from_f64(*float).is_some_and(|exact| exact == value));
    Key::Bytes(float.map_or_else(|| digits.into_bytes(), |float| fraction(float).to_vec()))
}

/// The values of a row as bytes, each part told from its neighbours, none of them the beginning of another row's.
pub(super) fn bytes(columns: &[&Column], row: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(columns.len() * 9);
    for column in columns {
        match single(column, row) {
            Key::Null => key.push(0),
            Key::Unit(unit) => {
                key.push(1);
                #[expect(clippy::cast_sign_loss, reason = "flipping the sign bit makes unsigned order the signed one")]
                key.extend_from_slice(&((unit as u64) ^ (1 << 63)).to_be_bytes());
            }
            Key::Pair(pair) => {
                key.push(2);
                key.extend_from_slice(&pair.to_be_bytes());
            }
            Key::Bytes(part) => {
                key.push(3);
                key.extend_from_slice(&(part.len() as u64).to_be_bytes());
                key.extend_from_slice(&part);
            }
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
        fn fractions_come_back_and_sort_as_they_are(one in any::<f64>(), other in any::<f64>()) {
            prop_assert_eq!(fraction_of(&fraction(one)).map(f64::to_bits), Some(one.to_bits()));
            if let Some(order) = one.partial_cmp(&other).filter(|order| order.is_ne()) {
                prop_assert_eq!(fraction(one).cmp(&fraction(other)), order);
            }
            prop_assert!(std::str::from_utf8(&fraction(one)).is_err());
        }
    }
}
