//! Values compared and computed exactly, over whole columns.
//!
//! A literal is brought to the physical values of a column with the side it lies on, so that `x < 2.5` on integers asks
//! `x <= 2`, and a number that a float cannot hold is still compared by value. Arithmetic on integers and decimals is
//! checked: an overflow is an error, never a wrong number.

use std::cmp::Ordering;

use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};
use hashbrown::HashSet;
use polars::prelude::{
    BooleanChunked, ChunkCompareEq, ChunkCompareIneq, ChunkedArray, Float64Chunked, Int64Chunked, Int128Chunked,
    NewChunkedArray, PlSmallStr, PolarsDataType, PolarsNumericType, StringChunked,
};

use crate::engine::local::column::Column;
use crate::engine::local::glance::Glance;
use crate::engine::local::mask::{self, Mask};
use crate::ir::{Arithmetic, Op, Value, time};

/// Compares a column with a value; none if there is no way over whole columns.
pub(super) fn compare_literal(column: &Column, glance: &Glance, op: Op, value: &Value) -> Option<Mask> {
    // What all values have in common may decide, without looking at each.
    let units = |op: Op, unit: i128| glance.extent(column).and_then(|extent| extent.decides(op, unit));
    Some(match (column, value) {
        (Column::Text(column), Value::Text(text)) => Mask::Rows(against(column, op, text.as_str())),
        (Column::Boolean(column), Value::Boolean(flag)) => {
            let equal =
                |wanted: bool| Mask::Rows(column.iter().map(|value| value.map(|value| value == wanted)).collect());
            match op {
                Op::Eq => equal(*flag),
                Op::Ne => equal(!*flag),
                _ => return None,
            }
        }
        (Column::Date(column), Value::Date(day)) => {
            let day = time::days_since_epoch(*day);
            unless(units(op, day.into()), column, |column| against(column, op, day))
        }
        (Column::Timestamp(column), Value::Timestamp(micros)) | (Column::Time(column), Value::Time(micros)) => {
            unless(units(op, (*micros).into()), column, |column| against(column, op, *micros))
        }
        (Column::Timestamp(column), Value::Date(day)) => {
            let micros = time::midnight(*day);
            unless(units(op, micros.into()), column, |column| against(column, op, micros))
        }
        (Column::Integer(column), value) => match placed(value, 0)? {
            Placed::At(number, side) => match (i64::try_from(number), shifted(op, side)) {
                (_, Shifted::Always(flag)) => Mask::where_there(column, flag),
                (Ok(number), Shifted::Op(op)) => {
                    unless(units(op, number.into()), column, |column| against(column, op, number))
                }
                (Err(_), Shifted::Op(op)) => Mask::where_there(column, beyond(op, number > 0)),
            },
            Placed::Beyond(above) => Mask::where_there(column, beyond(op, above)),
        },
        (Column::Decimal(column, scale), value) => match placed(value, *scale)? {
            Placed::At(number, side) => match shifted(op, side) {
                Shifted::Always(flag) => Mask::where_there(column, flag),
                Shifted::Op(op) => unless(units(op, number), column, |column| against(column, op, number)),
            },
            Placed::Beyond(above) => Mask::where_there(column, beyond(op, above)),
        },
        (Column::Float(values), value) => {
            let nearest = value.to_f64()?;
            let side = Value::Float(nearest).compare(value)?;
            match shifted(op, side.reverse()) {
                Shifted::Always(flag) => Mask::where_there(values, flag),
                Shifted::Op(op) => {
                    let known = glance.extent(column).and_then(|extent| extent.decides_float(op, nearest));
                    unless(known, values, |values| against(values, op, nearest))
                }
            }
        }
        _ => return None,
    })
}

/// One answer for all values, or else an answer for each.
fn unless<T: PolarsDataType>(
    known: Option<bool>,
    column: &ChunkedArray<T>,
    each: impl FnOnce(&ChunkedArray<T>) -> BooleanChunked,
) -> Mask {
    known.map_or_else(|| Mask::Rows(each(column)), |flag| Mask::where_there(column, flag))
}

/// A number brought to whole units of a scale.
enum Placed {
    /// The nearest unit not above it, and where the number lies from there: equal, or greater.
    At(i128, Ordering),
    /// Beyond what 128 bits hold; whether above.
    Beyond(bool),
}

fn placed(value: &Value, scale: u32) -> Option<Placed> {
    if let Value::Float(number) = value
        && number.is_infinite()
    {
        return Some(Placed::Beyond(*number > 0.0));
    }
    let exact = value.exact()?;
    let floor = exact.with_scale_round(i64::from(scale), RoundingMode::Floor);
    let (digits, _) = floor.as_bigint_and_exponent();
    Some(match digits.to_i128() {
        Some(digits) => Placed::At(digits, exact.cmp(&floor)),
        None => Placed::Beyond(exact.sign() == Sign::Plus),
    })
}

enum Shifted {
    Op(Op),
    Always(bool),
}

/// The comparison with a stand-in that asks the same as `op` with the number, which lies on a side of the stand-in.
fn shifted(op: Op, side: Ordering) -> Shifted {
    match (op, side) {
        (op, Ordering::Equal) => Shifted::Op(op),
        (Op::Eq, _) => Shifted::Always(false),
        (Op::Ne, _) => Shifted::Always(true),
        (Op::Lt | Op::Le, Ordering::Greater) => Shifted::Op(Op::Le),
        (Op::Gt | Op::Ge, Ordering::Greater) => Shifted::Op(Op::Gt),
        (Op::Lt | Op::Le, Ordering::Less) => Shifted::Op(Op::Lt),
        (Op::Gt | Op::Ge, Ordering::Less) => Shifted::Op(Op::Ge),
    }
}

/// What a comparison with a number beyond all values comes to.
const fn beyond(op: Op, above: bool) -> bool {
    match op {
        Op::Eq => false,
        Op::Ne => true,
        Op::Lt | Op::Le => above,
        Op::Gt | Op::Ge => !above,
    }
}

fn against<T, R>(column: &T, op: Op, value: R) -> BooleanChunked
where
    T: ChunkCompareEq<R, Item = BooleanChunked> + ChunkCompareIneq<R, Item = BooleanChunked>,
{
    match op {
        Op::Eq => column.equal(value),
        Op::Ne => column.not_equal(value),
        Op::Lt => column.lt(value),
        Op::Le => column.lt_eq(value),
        Op::Gt => column.gt(value),
        Op::Ge => column.gt_eq(value),
    }
}

/// Texts to look a text up in.
pub(super) fn texts<'v>(values: &[&'v Value]) -> HashSet<&'v str> {
    let text = |value: &&'v Value| if let Value::Text(text) = value { Some(text.as_str()) } else { None };
    values.iter().filter_map(text).collect()
}

/// Whether each value is one of some; unknown where there is none.
pub(super) fn is_in(column: &Column, glance: &Glance, values: &[&Value]) -> Mask {
    // A unit that no value can have need not be looked for.
    let possible = |unit: &i128| glance.extent(column).is_none_or(|extent| extent.admits(*unit));
    let units = |scale: u32| values.iter().filter_map(move |value| unit(value, scale)).filter(possible);
    match column {
        Column::Integer(column) => members(column, units(0).filter_map(|unit| i64::try_from(unit).ok()).collect()),
        Column::Decimal(column, scale) => members(column, units(*scale).collect()),
        Column::Date(column) => {
            let day =
                |value: &&Value| if let Value::Date(day) = value { Some(time::days_since_epoch(*day)) } else { None };
            members(column, values.iter().filter_map(day).filter(|day| possible(&(*day).into())).collect())
        }
        other => {
            let answers = (0..other.len()).map(|row| match other.value(row) {
                Value::Null => None,
                value => Some(values.iter().any(|candidate| **candidate == value)),
            });
            Mask::Rows(answers.collect())
        }
    }
}

fn members<T: PolarsNumericType>(column: &ChunkedArray<T>, units: HashSet<T::Native>) -> Mask
where
    T::Native: Ord + std::hash::Hash,
{
    let Some(chunk) = column.downcast_iter().next().filter(|chunk| chunk.len() == column.len()) else {
        return Mask::Rows(column.iter().map(|value| value.map(|value| units.contains(&value))).collect());
    };
    if units.is_empty() {
        return Mask::where_there(column, false);
    }
    let values = chunk.values().as_slice();
    // A few numbers are found faster by looking at each than by hashing.
    let answers = if units.len() <= 16 {
        let few: Vec<T::Native> = units.into_iter().collect();
        mask::pack(values.len(), |row| few.contains(&values[row]))
    } else {
        mask::pack(values.len(), |row| units.contains(&values[row]))
    };
    Mask::bits(answers, mask::validity(column))
}

/// A value as whole units of a scale, if it is so many exactly.
fn unit(value: &Value, scale: u32) -> Option<i128> {
    match placed(value, scale)? {
        Placed::At(digits, Ordering::Equal) => Some(digits),
        _ => None,
    }
}

/// A column that repeats one number.
pub(super) fn repeated(value: &Value, rows: usize) -> Option<Column> {
    Some(match value {
        Value::Integer(number) => {
            Column::Integer(Int64Chunked::from_iter_values(PlSmallStr::EMPTY, std::iter::repeat_n(*number, rows)))
        }
        Value::Decimal(number) => {
            let (digits, scale) = number.normalized().as_bigint_and_exponent();
            let (digits, scale) =
                if scale < 0 { (number.with_scale(0).as_bigint_and_exponent().0, 0) } else { (digits, scale) };
            let digits = digits.to_i128()?;
            let scale = u32::try_from(scale).ok().filter(|scale| *scale <= 38)?;
            Column::Decimal(
                Int128Chunked::from_iter_values(PlSmallStr::EMPTY, std::iter::repeat_n(digits, rows)),
                scale,
            )
        }
        Value::Float(number) => {
            Column::Float(Float64Chunked::from_iter_values(PlSmallStr::EMPTY, std::iter::repeat_n(*number, rows)))
        }
        _ => return None,
    })
}

/// Which numbers are whole multiples of another; none if they have no common unit of whole numbers.
pub(super) fn multiples(column: &Column, of: &BigDecimal) -> Option<Mask> {
    let whole = |scale: u32| unit(&Value::Decimal(of.clone()), scale).filter(|unit| *unit != 0);
    Some(match column {
        Column::Integer(column) => {
            let unit = whole(0)?;
            Mask::Rows(column.iter().map(|number| number.map(|number| i128::from(number) % unit == 0)).collect())
        }
        Column::Decimal(column, scale) => {
            let unit = whole(*scale)?;
            // The least number has no magnitude; by -1 it is divided without a rest.
            Mask::Rows(column.iter().map(|number| number.map(|number| number.wrapping_rem(unit) == 0)).collect())
        }
        _ => return None,
    })
}

/// The number of characters of each text.
pub(super) fn lengths(column: &StringChunked) -> Int64Chunked {
    polars::prelude::arity::unary_elementwise(column, |text: Option<&str>| text.map(length))
}

/// Whether a text has fewer characters than so many: told by its bytes where it can be, by its first ones where they are ASCII.
pub(super) fn is_shorter(text: &str, than: usize) -> bool {
    match text.as_bytes().get(..than) {
        None => true,
        Some(first) => !first.is_ascii() && length(text) < i64::try_from(than).unwrap_or(i64::MAX),
    }
}

/// The number of characters of a text: its bytes without those that go on with one. Eight bytes at a time, which for short
/// texts is quicker than to decode them.
fn length(text: &str) -> i64 {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let going_on = |word: u64| (word >> 7 & !(word >> 6) & LOWEST).count_ones() as usize;
    let among_words: usize = words.iter().map(|word| going_on(u64::from_le_bytes(*word))).sum();
    let among_rest = rest.iter().filter(|byte| *byte & 0xc0 == 0x80).count();
    i64::try_from(text.len() - among_words - among_rest).unwrap_or(i64::MAX)
}

/// Computes over whole columns, where both are integers or decimals; none elsewhere.
///
/// # Errors
/// A result that 64 bits (integers) or 38 digits (decimals) cannot hold.
pub(super) fn arithmetic(left: &Column, sign: Arithmetic, right: &Column) -> Result<Option<Column>, String> {
    if !matches!(sign, Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply) {
        return Ok(None);
    }
    if let (Column::Integer(a), Column::Integer(b)) = (left, right) {
        let mut result: Vec<Option<i64>> = Vec::with_capacity(a.len());
        for pair in a.iter().zip(b.iter()) {
            result.push(match pair {
                (Some(a), Some(b)) => Some(
                    match sign {
                        Arithmetic::Add => a.checked_add(b),
                        Arithmetic::Subtract => a.checked_sub(b),
                        _ => a.checked_mul(b),
                    }
                    .ok_or_else(|| format!("{a} {} {b} does not fit 64 bits", sign.sign()))?,
                ),
                _ => None,
            });
        }
        return Ok(Some(Column::Integer(result.into_iter().collect())));
    }
    let (Some((a, s)), Some((b, t))) = (digits(left), digits(right)) else { return Ok(None) };
    let (scale, lift_a, lift_b) = match sign {
        Arithmetic::Multiply => (s + t, 1, 1),
        _ => (s.max(t), power(s.max(t) - s), power(s.max(t) - t)),
    };
    if scale > 38 {
        return Ok(None);
    }
    let mut result: Vec<Option<i128>> = Vec::with_capacity(a.len());
    for pair in a.into_iter().zip(b) {
        let (Some(a), Some(b)) = pair else {
            result.push(None);
            continue;
        };
        let computed = match sign {
            Arithmetic::Multiply => a.checked_mul(b),
            Arithmetic::Add => a.checked_mul(lift_a).zip(b.checked_mul(lift_b)).and_then(|(a, b)| a.checked_add(b)),
            _ => a.checked_mul(lift_a).zip(b.checked_mul(lift_b)).and_then(|(a, b)| a.checked_sub(b)),
        };
        match computed.filter(|number| number.unsigned_abs() < 10_u128.pow(38)) {
            Some(number) => result.push(Some(number)),
            // More digits than fit in passing may still be few in the end; the way row by row knows.
            None => return Ok(None),
        }
    }
    Ok(Some(Column::Decimal(result.into_iter().collect(), scale)))
}

fn digits(column: &Column) -> Option<(Vec<Option<i128>>, u32)> {
    match column {
        Column::Integer(column) => Some((column.iter().map(|value| value.map(i128::from)).collect(), 0)),
        Column::Decimal(column, scale) => Some((column.iter().collect(), *scale)),
        _ => None,
    }
}

const fn power(exponent: u32) -> i128 {
    10_i128.pow(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        for text in ["", "a", "año", "ñandú del páramo", "ascii and nothing else", "𝄞𝄞𝄞𝄞 and é", "日本語日本語日本語"]
        {
            let count = text.chars().count();
            assert_eq!(length(text), i64::try_from(count).unwrap(), "{text}");
            for than in 0..40 {
                assert_eq!(is_shorter(text, than), count < than, "{text} {than}");
            }
        }
    }
}
