//! What a batch shows of a column at a glance: its least and greatest number, or its few different texts.
//!
//! Found when first asked for, once for all conditions on the column in a batch. Conditions are then decided for the whole
//! batch, or on a few texts in place of thousands; what is not decided so is evaluated on every row.

use std::cell::OnceCell;

use polars::prelude::{PolarsNumericType, StringChunked};
use polars_arrow::array::Array;

use crate::engine::local::column::Column;
use crate::engine::local::mask::{Mask, pack};
use crate::ir::Op;

/// How many different texts are few.
const FEW: usize = 64;

/// Places of the table that texts are looked up in; a power of two, well above [`FEW`].
const PLACES: usize = 256;

/// No text, in the table and in the codes.
const NONE: u8 = u8::MAX;

/// What is known of one column of a batch.
#[derive(Default)]
pub(super) struct Glance {
    extent: OnceCell<Option<Extent>>,
    few: OnceCell<Option<Few>>,
}

impl Glance {
    /// The least and the greatest number of a column, in units of its scale; none without any.
    pub(super) fn extent(&self, column: &Column) -> Option<&Extent> {
        self.extent.get_or_init(|| Extent::find(column)).as_ref()
    }

    /// The different texts of a column, if they are few.
    pub(super) fn few(&self, column: &StringChunked) -> Option<&Few> {
        self.few.get_or_init(|| Few::find(column)).as_ref()
    }
}

/// The least and the greatest number of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Extent {
    /// Of whole units.
    Units(i128, i128),
    /// Of floats.
    Floats(f64, f64),
}

impl Extent {
    fn find(column: &Column) -> Option<Self> {
        let units = |ends: Option<(i64, i64)>| ends.map(|(least, most)| Self::Units(least.into(), most.into()));
        match column {
            Column::Integer(column) | Column::Timestamp(column) | Column::Time(column) => units(ends(column)),
            Column::Date(column) => ends(column).map(|(least, most)| Self::Units(least.into(), most.into())),
            Column::Decimal(column, _) => ends(column).map(|(least, most)| Self::Units(least, most)),
            Column::Float(column) => ends(column).map(|(least, most)| Self::Floats(least, most)),
            Column::Text(_) | Column::Boolean(_) | Column::Nested(_) => None,
        }
    }

    /// What a comparison with whole units comes to, if it is the same for all values.
    pub(super) fn decides(self, op: Op, unit: i128) -> Option<bool> {
        match self {
            Self::Units(least, most) => decided(least, most, op, unit),
            Self::Floats(..) => None,
        }
    }

    /// What a comparison with a float comes to, if it is the same for all values.
    pub(super) fn decides_float(self, op: Op, number: f64) -> Option<bool> {
        match self {
            Self::Floats(least, most) => decided(least, most, op, number),
            Self::Units(..) => None,
        }
    }

    /// Whether a value may be so many units.
    pub(super) fn admits(self, unit: i128) -> bool {
        self.decides(Op::Eq, unit) != Some(false)
    }
}

fn decided<T: PartialOrd>(least: T, most: T, op: Op, number: T) -> Option<bool> {
    match op {
        Op::Lt if most < number => Some(true),
        Op::Lt if least >= number => Some(false),
        Op::Le if most <= number => Some(true),
        Op::Le if least > number => Some(false),
        Op::Ge => decided(least, most, Op::Lt, number).map(|flag| !flag),
        Op::Gt => decided(least, most, Op::Le, number).map(|flag| !flag),
        Op::Eq if number < least || number > most => Some(false),
        Op::Eq if least == number && most == number => Some(true),
        Op::Ne => decided(least, most, Op::Eq, number).map(|flag| !flag),
        _ => None,
    }
}

fn ends<T: PolarsNumericType>(column: &polars::prelude::ChunkedArray<T>) -> Option<(T::Native, T::Native)>
where
    T::Native: PartialOrd,
{
    let wider = |(least, most): (T::Native, T::Native), value: T::Native| {
        (if value < least { value } else { least }, if value > most { value } else { most })
    };
    let mut ends = None;
    for chunk in column.downcast_iter() {
        if chunk.null_count() == 0 {
            let first = chunk.values().first();
            let whole = first.map(|first| chunk.values().iter().copied().fold((*first, *first), wider));
            ends = join(ends, whole, wider);
        } else {
            for value in chunk.non_null_values_iter() {
                ends = join(ends, Some((value, value)), wider);
            }
        }
    }
    ends
}

fn join<T: Copy>(ends: Option<(T, T)>, more: Option<(T, T)>, wider: impl Fn((T, T), T) -> (T, T)) -> Option<(T, T)> {
    match (ends, more) {
        (Some(ends), Some((least, most))) => Some(wider(wider(ends, least), most)),
        (ends, more) => ends.or(more),
    }
}

/// The different texts of a column that has few.
///
/// Texts are told apart by their views, so that equal long texts stored apart count as different: that costs time and
/// changes no answer.
pub(super) struct Few {
    /// For each row the place of its text in `rows`.
    codes: Vec<u8>,
    /// A row for each different text, and one for null if there is any.
    rows: Vec<usize>,
}

impl Few {
    fn find(column: &StringChunked) -> Option<Self> {
        let chunk = column.downcast_iter().next().filter(|chunk| chunk.len() == column.len())?;
        let mut table = [NONE; PLACES];
        let mut texts: Vec<u128> = Vec::with_capacity(FEW);
        let mut rows = Vec::with_capacity(FEW);
        let mut codes = Vec::with_capacity(chunk.len());
        let nulls = chunk.validity().filter(|there| there.unset_bits() > 0);
        let mut null = None;
        for (row, view) in chunk.views().iter().enumerate() {
            if nulls.is_some_and(|there| !there.get_bit(row)) {
                let code = *null.get_or_insert_with(|| {
                    texts.push(0); //                      keeps the two lists in step
                    rows.push(row);
                    rows.len() - 1
                });
                codes.push(u8::try_from(code).ok()?);
                continue;
            }
            let text = view.as_u128();
            let mut place = place(text);
            let code = loop {
                match table[place] {
                    NONE if rows.len() >= FEW => return None,
                    NONE => {
                        table[place] = u8::try_from(rows.len()).ok()?;
                        texts.push(text);
                        rows.push(row);
                    }
                    code if texts[usize::from(code)] == text => break code,
                    _ => place = (place + 1) % PLACES,
                }
            };
            codes.push(code);
        }
        Some(Self { codes, rows })
    }

    /// The mask that follows from an answer for each different text, and for null, given by a row that has it.
    ///
    /// # Errors
    /// What `answer` says.
    pub(super) fn mask<E>(&self, answer: impl FnMut(usize) -> Result<Option<bool>, E>) -> Result<Mask, E> {
        let answers = self.rows.iter().copied().map(answer).collect::<Result<Vec<_>, E>>()?;
        let first = answers.first().copied().flatten();
        if answers.iter().all(|answer| *answer == first) {
            return Ok(Mask::of(first));
        }
        let bits = |of: &dyn Fn(Option<bool>) -> bool| {
            let mut table = [false; 256];
            for (place, answer) in table.iter_mut().zip(&answers) {
                *place = of(*answer);
            }
            pack(self.codes.len(), |row| table[usize::from(self.codes[row])])
        };
        let validity = answers.contains(&None).then(|| bits(&|answer| answer.is_some()));
        Ok(Mask::bits(bits(&|answer| answer == Some(true)), validity))
    }
}

/// Where a text is first looked for in the table.
fn place(text: u128) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the number, and then its highest bits")]
    let (low, high) = (text as u64, (text >> 64) as u64);
    let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::from(mixed.to_be_bytes()[0])
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Int64Chunked, NewChunkedArray, PlSmallStr};

    use super::*;

    const OPS: [Op; 6] = [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge];

    #[test]
    fn an_extent_decides_only_what_holds_of_every_value() {
        for values in [vec![3, 5, 9], vec![4, 4], vec![4]] {
            let column = Int64Chunked::from_slice(PlSmallStr::EMPTY, &values);
            let glance = Glance::default();
            let extent = glance.extent(&Column::Integer(column)).unwrap();
            for (op, unit) in OPS.iter().flat_map(|op| (2..11).map(move |unit| (*op, unit))) {
                let answers: Vec<bool> = values.iter().map(|value| op.holds(value.cmp(&unit))).collect();
                if let Some(flag) = extent.decides(op, unit.into()) {
                    assert!(answers.iter().all(|answer| *answer == flag), "{values:?} {op:?} {unit}");
                }
            }
        }
    }

    #[test]
    fn a_column_without_a_value_has_no_extent() {
        let column = Int64Chunked::from_slice_options(PlSmallStr::EMPTY, &[None, None]);
        assert!(Glance::default().extent(&Column::Integer(column)).is_none());
    }

    #[test]
    fn few_texts_answer_for_all_rows_and_null_for_itself() {
        let long = "a text of more than twelve bytes";
        let texts = [Some("a"), None, Some("b"), Some(long), Some("a"), None, Some(long)];
        let column = StringChunked::from_slice_options(PlSmallStr::EMPTY, &texts);
        let glance = Glance::default();
        let few = glance.few(&column).unwrap();
        let mask = few.mask(|row| Ok::<_, String>(column.get(row).map(|text| text == "a"))).unwrap();
        let rows = mask.into_rows(texts.len());
        assert_eq!(rows.iter().collect::<Vec<_>>(), texts.map(|text| text.map(|text| text == "a")));
        let one = few.mask(|row| Ok::<_, String>(Some(column.get(row) != Some("c")))).unwrap();
        assert!(matches!(one, Mask::All(true)));
    }

    #[test]
    fn many_texts_are_not_few() {
        let texts: Vec<String> = (0..=FEW).map(|number| number.to_string()).collect();
        let column = StringChunked::from_slice(PlSmallStr::EMPTY, &texts);
        assert!(Glance::default().few(&column).is_none());
    }
}
