//! Sums of two numbers of a row, of their squares and of their product, and the Pearson correlation made of them.
//!
//! r = (n Σxy - Σx Σy) / √((n Σx² - (Σx)²) (n Σy² - (Σy)²)), K. Pearson (1896). All sums are exact, and the result is rounded
//! once. Where either column holds floats, the numbers of the other count as the floats nearest to them.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};

use crate::engine::local::column::{Column, Flat};
use crate::engine::local::fold::binary::{Binary, UNIT};
use crate::engine::local::fold::shape::{Whole, root, whole};
use crate::engine::local::mask::Mask;
use crate::engine::local::states::{Ink, Page};
use crate::ir::Value;

/// Sums of the pairs seen so far: of both numbers, of their squares, and of their product.
#[derive(Default)]
pub(in crate::engine::local) struct Correlation {
    count: u64,
    sums: [BigDecimal; 5],
    /// The same of floats.
    floats: Option<Box<[Binary; 5]>>,
    infinite: bool,
}

impl Correlation {
    /// Takes in the pairs of the rows that a mask keeps.
    pub(in crate::engine::local) fn update(&mut self, columns: [&Column; 2], rows: usize, mask: &Mask) {
        match columns.map(Digits::of) {
            [Some(one), Some(other)] => self.add(&one, &other, rows, mask),
            _ => {
                let floats = self.floats.get_or_insert_default();
                let [one, other] = columns;
                mask.each(rows, |row| {
                    let (Some(x), Some(y)) = (float(one, row), float(other, row)) else { return };
                    self.count += 1;
                    self.infinite |= x.is_infinite() || y.is_infinite();
                    if x.is_finite() && y.is_finite() {
                        let [xs, ys, xx, yy, xy] = floats.as_mut();
                        xs.add(x);
                        ys.add(y);
                        xx.add_product(x, x);
                        yy.add_product(y, y);
                        xy.add_product(x, y);
                    }
                });
            }
        }
    }

    fn add(&mut self, one: &Digits<'_>, other: &Digits<'_>, rows: usize, mask: &Mask) {
        let mut sums: [Whole; 5] = Default::default();
        mask.each(rows, |row| {
            let (Some(x), Some(y)) = (one.get(row), other.get(row)) else { return };
            self.count += 1;
            for (sum, (a, b)) in sums.iter_mut().zip([(x, 1), (y, 1), (x, x), (y, y), (x, y)]) {
                sum.add(a.checked_mul(b), || BigInt::from(a) * b);
            }
        });
        let (s, t) = (i64::from(one.scale()), i64::from(other.scale()));
        for ((total, sum), scale) in self.sums.iter_mut().zip(sums).zip([s, t, 2 * s, 2 * t, s + t]) {
            *total += BigDecimal::new(sum.finish(), scale);
        }
    }

    /// Takes in the sums of other rows.
    pub(in crate::engine::local) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.infinite |= other.infinite;
        self.sums.iter_mut().zip(other.sums).for_each(|(own, more)| *own += more);
        if let Some(other) = other.floats {
            let own = self.floats.get_or_insert_default();
            own.iter_mut().zip(*other).for_each(|(own, more)| own.merge(more));
        }
    }

    /// Writes the sums, for a later run.
    pub(in crate::engine::local) fn write(&self, ink: &mut Ink<'_>) {
        ink.count(self.count);
        ink.flag(self.infinite);
        self.sums.iter().for_each(|sum| ink.decimal(sum));
        ink.flag(self.floats.is_some());
        self.floats.iter().flat_map(|floats| floats.iter()).for_each(|sum| sum.write(ink));
    }

    /// Sums that were written.
    pub(in crate::engine::local) fn read(page: &mut Page<'_>) -> Option<Self> {
        let mut read = Self { count: page.count()?, infinite: page.flag()?, ..Self::default() };
        for sum in &mut read.sums {
            *sum = page.decimal()?;
        }
        if page.flag()? {
            for sum in read.floats.get_or_insert_default().iter_mut() {
                *sum = Binary::read(page)?;
            }
        }
        Some(read)
    }

    /// The correlation; null where either number does not vary, and where one is infinite.
    pub(in crate::engine::local) fn finish(&self) -> Value {
        if self.infinite {
            return Value::Null;
        }
        let [x, y, xx, yy, xy] = match &self.floats {
            Some(floats) => {
                let unit = usize::try_from(-UNIT).unwrap_or(0);
                let [x, y, xx, yy, xy] = floats.each_ref().map(Binary::units);
                [x, y, xx << unit, yy << unit, xy << unit]
            }
            None => {
                let digits = |sum: &BigDecimal| sum.normalized().fractional_digit_count();
                let scale = self.sums.iter().map(digits).max().unwrap_or(0).max(0);
                let [x, y, xx, yy, xy] = &self.sums;
                let twice = 2 * scale;
                [whole(x, scale), whole(y, scale), whole(xx, twice), whole(yy, twice), whole(xy, twice)]
            }
        };
        let n = BigInt::from(self.count);
        let both = &n * xy - &x * &y;
        let alone = (&n * xx - &x * &x) * (&n * yy - &y * &y);
        if alone.sign() != Sign::Plus {
            return Value::Null;
        }
        let root = root(&(&both * &both), &alone);
        Value::float(if both.sign() == Sign::Minus { -root } else { root })
    }
}

/// The whole units of exact numbers.
enum Digits<'c> {
    Integer(Flat<'c, polars::prelude::Int64Type>),
    Decimal(Flat<'c, polars::prelude::Int128Type>, u32),
}

impl<'c> Digits<'c> {
    fn of(column: &'c Column) -> Option<Self> {
        match column {
            Column::Integer(values) => Some(Self::Integer(Flat::new(values))),
            Column::Decimal(values, scale) => Some(Self::Decimal(Flat::new(values), *scale)),
            _ => None,
        }
    }

    fn get(&self, row: usize) -> Option<i128> {
        match self {
            Self::Integer(values) => values.get(row).map(i128::from),
            Self::Decimal(values, _) => values.get(row),
        }
    }

    const fn scale(&self) -> u32 {
        match self {
            Self::Integer(_) => 0,
            Self::Decimal(_, scale) => *scale,
        }
    }
}

fn float(column: &Column, row: usize) -> Option<f64> {
    column.value(row).to_f64()
}
