//! What metadata say of a column: the footer of Parquet of one in a row group, the headers of Arrow of one in the file; in the
//! values that rules see.
//!
//! Only what no reading can change: values that stand for none beside those of the file, numbers that may not fit, and text
//! that is trimmed leave less to be known.

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Fields, TimeUnit};

use crate::engine::local::column::Column;
use crate::engine::local::open::{Content, OpenFile, Opened};
use crate::engine::local::read::Origin;
use crate::engine::prove::Known;
use crate::engine::source::parquet::{self, Ends, Part, Statistics};
use crate::engine::source::{Place, same, stored};
use crate::ir::time::{self, Zone};
use crate::ir::{Reading, Type, Value};

/// How many rows of a row group are held to what is believed of it.
const HELD: u64 = 4096;

/// What is known of a column in a row group.
pub(super) struct Chunk {
    pub(super) known: Known,
    /// The ends of the range, if both are values of the column.
    ends: Option<Column>,
    /// Where it is stored; none for what a folder says.
    pub(super) stored: Option<Stored>,
}

/// Where a column is stored, and how it is read.
pub(super) struct Stored {
    pub(super) place: Place,
    pub(super) reading: Reading,
    /// How many rows have no value in the file, if it says so.
    pub(super) nulls: Option<u64>,
}

impl Chunk {
    /// What is known of a column; none if it is not in the file, is computed, or has cells that do not read as its type.
    pub(super) fn new(
        (opened, file): (&Opened, &OpenFile),
        name: &str,
        (row_group, rows): (usize, u64),
    ) -> Option<Self> {
        let column = opened.schema.column(name).filter(|column| column.computed.is_none())?;
        let reading = column.reading.as_ref().filter(|reading| !reading.as_stored)?;
        match file.origins.get(opened.schema.place(name)?)?.as_ref()? {
            Origin::Same(text) => Self::of_folder(text.as_deref(), reading, rows),
            Origin::Stored(place) => match &file.content {
                Content::Parquet(parquet) => {
                    Self::of_metadata((parquet.fields(), &|| parquet.statistics(place, row_group)), place, reading)
                }
                Content::Ipc(ipc) => {
                    let said = || Statistics { nulls: ipc.nulls(place.column), range: None };
                    Self::of_metadata((ipc.fields(), &said), place, reading)
                }
                _ => None,
            },
        }
    }

    /// All rows have the value that the name of a folder says.
    fn of_folder(text: Option<&str>, reading: &Reading, rows: u64) -> Option<Self> {
        let (array, bad) = same::column(text, reading, 1);
        if bad.is_some() {
            return None;
        }
        let value = Column::new(&array).ok()?.value(0);
        let nulls = if value.is_null() { rows } else { 0 };
        let ranged = !value.is_null() && !matches!(value, Value::Float(_));
        let known = Known { nulls: Some(nulls), range: ranged.then(|| (value.clone(), value)) };
        let ends = ranged.then(|| concat(&[array.as_ref(), array.as_ref()]).ok()).flatten();
        Some(Self { known, ends: ends.and_then(|ends| Column::new(&ends).ok()), stored: None })
    }

    fn of_metadata(
        (fields, said): (&Fields, &dyn Fn() -> Statistics),
        place: &Place,
        reading: &Reading,
    ) -> Option<Self> {
        let field = fields.get(place.column).filter(|_| place.fields.is_empty() && !place.as_text)?;
        let admitted = stored::kind(field.data_type()).is_some_and(|stored| reading.kind.admits(stored));
        if !admitted || matches!(reading.kind, Type::Object | Type::List) {
            return None;
        }
        let said = said();
        let faithful = reading.missing.is_none() && always_fits(field.data_type());
        let shown = Some(Stored { place: place.clone(), reading: reading.clone(), nulls: said.nulls });
        let nulls = said.nulls.filter(|_| faithful);
        let range = said.range.filter(|_| faithful && in_order(field.data_type(), reading));
        let found = range.and_then(|range| Some((canonical(&range, reading)?, range.exact)));
        let Some((ends, exact)) = found else {
            return Some(Self { known: Known { nulls, range: None }, ends: None, stored: shown });
        };
        let range =
            Some((ends.value(0), ends.value(1))).filter(|(least, greatest)| !least.is_null() && !greatest.is_null());
        let ends = Some(ends).filter(|_| exact && range.is_some());
        Some(Self { known: Known { nulls, range }, ends, stored: shown })
    }

    /// A column of which no more is known than this.
    pub(super) const fn knowing(known: Known) -> Self {
        Self { known, ends: None, stored: None }
    }

    /// What is known of the pages of the column by their rows, as far as the file has an index of them; else of all rows.
    pub(super) fn pages(&self, file: &OpenFile, (row_group, rows): (usize, u64)) -> Vec<(std::ops::Range<u64>, Known)> {
        let pages = |stored: &Stored| {
            let Content::Parquet(parquet) = &file.content else { return None };
            let pages = parquet.page_statistics(&stored.place, row_group)?.into_iter();
            let known = |said: Statistics| {
                Self::of_metadata((parquet.fields(), &|| said.clone()), &stored.place, &stored.reading)
                    .map_or_else(Known::default, |chunk| chunk.known)
            };
            // What holds of all rows holds of those of a page.
            let known = |said: Statistics| {
                let Known { nulls, range } = known(said);
                let nulls = nulls.or_else(|| self.known.nulls.filter(|nulls| *nulls == 0));
                Known { nulls, range: range.or_else(|| self.known.range.clone()) }
            };
            Some(pages.map(|(rows, said)| (rows, known(said))).collect())
        };
        self.stored.as_ref().and_then(pages).unwrap_or_else(|| vec![(0..rows, self.known.clone())])
    }

    /// The least and the greatest value, if the footer gives values and not only what they lie between.
    pub(super) fn ends(&self) -> Option<Column> {
        self.ends.clone()
    }

    /// The ends of the range as keys that are whole numbers, days or moments.
    pub(super) fn units(&self) -> Option<(i64, i64)> {
        let unit = |value: &Value| match value {
            Value::Integer(unit) | Value::Timestamp(unit) | Value::Time(unit) => Some(*unit),
            Value::Date(day) => Some(i64::from(time::days_since_epoch(*day))),
            _ => None,
        };
        let (least, greatest) = self.known.range.as_ref()?;
        Some((unit(least)?, unit(greatest)?))
    }
}

/// Both ends as a column of two values.
fn canonical(range: &Ends, reading: &Reading) -> Option<Column> {
    let both: ArrayRef = concat(&[range.least.as_ref(), range.greatest.as_ref()]).ok()?;
    let (both, bad) = stored::canonical(&both, reading).ok()?;
    if bad.is_some() { None } else { Column::new(&both).ok() }
}

/// Whether every value of a stored type is one of the type it is read as; else it would be null.
fn always_fits(stored: &DataType) -> bool {
    match stored {
        DataType::Dictionary(_, values) => always_fits(values),
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Boolean
        | DataType::Date32
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..) => true,
        DataType::Timestamp(unit, _) => matches!(unit, TimeUnit::Microsecond | TimeUnit::Nanosecond),
        stored => stored.is_integer(),
    }
}

/// Whether values are in the same order as they are stored and as they are read.
fn in_order(stored: &DataType, reading: &Reading) -> bool {
    match stored {
        DataType::Dictionary(_, values) => in_order(values, reading),
        DataType::Timestamp(_, None) => reading.zone == Zone::UTC,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => !reading.trim,
        _ => reading.kind != Type::Float,
    }
}

/// Whether the first rows of some in a row group are as is believed of their columns.
///
/// Of Arrow nothing needs to be held: who decodes it takes a column whose header counts no null for one without, whatever its
/// bits say, and one whose count is wrong otherwise is unreadable.
pub(super) fn hold<'c>(file: &OpenFile, of: Part, believed: impl Iterator<Item = (&'c Known, &'c Chunk)>) -> bool {
    let Content::Parquet(parquet) = &file.content else { return true };
    let chunks: Vec<(&Known, &Stored)> =
        believed.filter_map(|(known, chunk)| Some((known, chunk.stored.as_ref()?))).collect();
    let request: Vec<(Place, Reading)> =
        chunks.iter().map(|(_, stored)| (stored.place.clone(), stored.reading.clone())).collect();
    let (rows, part) = (of.rows, Part { rows: of.rows.min(HELD), ..of });
    let mut nulls = vec![0_u64; chunks.len()];
    let mut inside = true;
    let read = parquet.read::<parquet::Error>(part, &request, |batch| {
        for ((array, (known, _)), nulls) in batch.columns.iter().zip(&chunks).zip(&mut nulls) {
            *nulls += array.null_count() as u64;
            let (Some((least, greatest)), Ok(column)) = (&known.range, Column::new(array)) else { continue };
            inside &= (0..batch.rows).map(|row| column.value(row)).all(|value| {
                value.is_null()
                    || (least.compare(&value).is_some_and(std::cmp::Ordering::is_le)
                        && greatest.compare(&value).is_some_and(std::cmp::Ordering::is_ge))
            });
        }
        Ok(())
    });
    let counted = chunks.iter().zip(nulls).all(|((known, _), seen)| {
        known.nulls.is_none_or(|said| {
            if part.rows == rows { seen == said } else { seen <= said && said - seen <= rows - part.rows }
        })
    });
    // What cannot be read is a fault, which reading tells.
    read.is_ok() && inside && counted
}
