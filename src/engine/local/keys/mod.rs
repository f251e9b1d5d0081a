//! Keys of rows: whether they repeat, and whether they have partners.
//!
//! Keys compare by value, whatever their stored types: whole numbers, days and instants are 64-bit units, two of them are a
//! 128-bit pair, and everything else is bytes that are equal exactly where the values are. `seen` takes them in, `set` looks
//! them up again, `sought` does so for all of them at once.

mod seen;
mod set;
mod sought;

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};

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
        Column::Float(column) => column.get(row).map_or(Key::Null, |value| match BigDecimal::from_f64(value) {
            Some(exact) => number(&exact),
            None => Key::Bytes(value.to_string().into_bytes()),
        }),
        Column::Nested(column) => column.get(row).map_or(Key::Null, |_| Key::Bytes(Vec::new())),
    }
}

/// A number by value: a unit where it is whole and fits, else its shortest digits.
fn number(value: &BigDecimal) -> Key {
    let value = value.normalized();
    match value.to_i64() {
        Some(whole) if value.is_integer() => Key::Unit(whole),
        _ => Key::Bytes(value.to_plain_string().into_bytes()),
    }
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
