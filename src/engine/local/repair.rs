//! Declared repairs done to the cells of a batch.
//!
//! Takes a batch as it was read and the rows that break a rule, and gives one of the same rows and columns in which cells of
//! those rows are others. What a repair makes of a cell is said by `crate::repair`; whether a row is cured by it, and
//! where it goes, by `sift`. A cell that cannot hold what a repair gives, as a stored type may be too narrow for it, stays as
//! it is.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringViewArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{CastOptions, cast, cast_with_options, interleave};
use arrow::datatypes::DataType;
use bigdecimal::{BigDecimal, ToPrimitive};

use crate::dataset::{Dataset, Kind};
use crate::engine::local::Local;
use crate::engine::local::column::Column;
use crate::engine::local::open::fault;
use crate::engine::local::sift::Change;
use crate::engine::source::{Batch, canonical};
use crate::ir::time::days_since_epoch;
use crate::ir::{Reading, Type, Value};
use crate::outcome::Fault;
use crate::repair::{self, Cell, Repair, Spelling, mend};

/// The digits of a decimal column.
const PRECISION: u8 = 38;

/// The repairs of the cells of one dataset.
pub struct Mender<'a> {
    columns: Vec<Mended<'a>>,
    kind: Kind,
    /// The texts that mean no value in the files, where they are text without types.
    nulls: Option<Vec<String>>,
}

/// A column whose cells are repaired.
struct Mended<'a> {
    place: usize,
    name: String,
    reading: Reading,
    repairs: &'a [Repair],
}

/// What declared repairs make of a batch.
pub(super) struct Repaired {
    /// The same rows and columns, some cells repaired.
    pub(super) batch: Batch,
    /// The cells that are others, in the order of the rows.
    pub(super) changes: Vec<Change>,
}

/// A column of a batch before it is repaired.
struct Before<'b> {
    /// As the file has it.
    stored: &'b ArrayRef,
    /// As it reads; none where the text of each cell is read by itself.
    values: Option<Column>,
    /// The cells that do not read.
    unparsed: Option<BooleanBuffer>,
}

/// A cell that repairs changed.
struct Slot {
    row: usize,
    cell: Cell,
    change: Change,
}

impl Local {
    /// The repairs of the cells of a dataset; none if none of its columns has any.
    ///
    /// # Errors
    /// A dataset that could not be opened, or a repair of a field inside a structure.
    pub fn mender<'a>(&self, dataset: &Dataset, repairs: &'a repair::Repairs) -> Result<Option<Mender<'a>>, Fault> {
        let opened = self.opened(&dataset.name)?;
        let schema = &opened.schema;
        if let Some(inside) = schema.nested.iter().find(|field| repairs.columns.contains_key(&field.name)) {
            let message = format!("`{}` is a field inside a structure, which is not repaired", inside.name);
            return Err(fault("repair", &message));
        }
        let stored = schema.columns.iter().enumerate().filter(|(_, column)| column.computed.is_none());
        let columns = stored.filter_map(|(place, column)| {
            let reading = column.reading.clone().unwrap_or_else(|| Reading::plain(Type::String));
            let nested = matches!(reading.kind, Type::Object | Type::List);
            let repairs = repairs.of(&column.name);
            let name = column.name.clone();
            (!nested && !repairs.is_empty()).then_some(Mended { place, name, reading, repairs })
        });
        let columns: Vec<Mended<'a>> = columns.collect();
        let nulls = (opened.kind == Kind::Csv).then(|| dataset.null_values.clone().unwrap_or_default());
        Ok((!columns.is_empty()).then_some(Mender { columns, kind: opened.kind, nulls }))
    }
}

impl Mender<'_> {
    /// Whether repairs may change what a column holds.
    pub(super) fn changes(&self, column: &str) -> bool {
        self.columns.iter().any(|mended| mended.name == column)
    }

    /// Repairs some rows of a batch; none where no cell of them is another one then.
    ///
    /// `columns` say what stands in the columns of the batch: the number of a column of the dataset, and how it was read. All
    /// that are of one column are repaired alike.
    ///
    /// # Errors
    /// A bug.
    pub(super) fn repaired(
        &self,
        batch: &Batch,
        columns: &[(usize, Reading)],
        rows: &[usize],
    ) -> Result<Option<Repaired>, Fault> {
        let is_malformed = |row: usize| batch.malformed.as_ref().is_some_and(|malformed| malformed.value(row));
        let rows: Vec<usize> = rows.iter().copied().filter(|row| !is_malformed(*row)).collect();
        let mut repaired: Option<Batch> = None;
        let mut changes = Vec::new();
        for mended in &self.columns {
            let places: Vec<usize> = (0..columns.len()).filter(|place| columns[*place].0 == mended.place).collect();
            let Some(before) = self.before(mended, batch, columns, &places)? else { continue };
            let mut slots = Vec::new();
            for row in &rows {
                let spelling = mended.spelling(self);
                let cell = self.cell(mended, &before, *row);
                let (after, done) = mend(mended.repairs, &cell, &spelling);
                if !done.is_empty() {
                    let change = Change {
                        row: *row,
                        column: Some(mended.name.clone()),
                        repairs: done.iter().map(|place| mended.repairs[*place].name()).collect(),
                        before: self.raw(&before, *row, &cell),
                        after: after.text().map(str::to_owned),
                    };
                    slots.push(Slot { row: *row, cell: after, change });
                }
            }
            let Some(written) = self.written(mended, batch, (columns, &places), slots)? else { continue };
            let target = repaired.get_or_insert_with(|| batch.clone());
            for (place, array, unparsed) in written.columns {
                target.columns[place] = array;
                target.unparsed[place] = unparsed;
            }
            changes.extend(written.changes);
        }
        changes.sort_by_key(|change| change.row);
        Ok(repaired.map(|batch| Repaired { batch, changes }))
    }
}

/// The columns of a batch that are others now, and what was changed.
struct Written {
    columns: Vec<(usize, ArrayRef, Option<BooleanBuffer>)>,
    changes: Vec<Change>,
}

impl Mender<'_> {
    /// A column as it stands in a batch: one that is read as the file has it, or does not stand there at all, is read here.
    fn before<'b>(
        &self,
        mended: &Mended<'_>,
        batch: &'b Batch,
        columns: &[(usize, Reading)],
        places: &[usize],
    ) -> Result<Option<Before<'b>>, Fault> {
        let Some(stored) = places.iter().find(|place| columns[**place].1.as_stored) else { return Ok(None) };
        let stored = &batch.columns[*stored];
        let (typed, unparsed) = match places.iter().find(|place| !columns[**place].1.as_stored) {
            Some(typed) => (Arc::clone(&batch.columns[*typed]), batch.unparsed[*typed].clone()),
            None if self.kind.is_text() => return Ok(Some(Before { stored, values: None, unparsed: None })),
            None => canonical(stored, &mended.reading).map_err(|error| fault("internal", &error))?,
        };
        let values = Column::new(&typed).map_err(|error| fault("internal", &error))?;
        Ok(Some(Before { stored, values: Some(values), unparsed }))
    }

    /// What stands in a cell.
    fn cell(&self, mended: &Mended<'_>, before: &Before<'_>, row: usize) -> Cell {
        let text = || self.text(before.stored, row);
        let Some(values) = &before.values else {
            return text().map_or(Cell::Nothing, |text| mended.spelling(self).read(&text));
        };
        if before.unparsed.as_ref().is_some_and(|unparsed| unparsed.value(row)) {
            return Cell::Unread(text());
        }
        match values.value(row) {
            Value::Null => Cell::Nothing,
            value => {
                let text = self.kind.is_text().then(text).flatten();
                let text = text.unwrap_or_else(|| mended.spelling(self).write(&value));
                let text = if mended.reading.trim { text.trim().to_owned() } else { text };
                Cell::Value(value, text)
            }
        }
    }

    /// The text of a cell as the file has it; of JSON, what a string says.
    fn text(&self, stored: &ArrayRef, row: usize) -> Option<String> {
        if stored.is_null(row) {
            return None;
        }
        let text = match stored.data_type() {
            DataType::Utf8View => stored.as_string_view().value(row).to_owned(),
            _ => {
                let one = cast(&stored.slice(row, 1), &DataType::Utf8View).ok()?;
                one.as_string_view().iter().next().flatten()?.to_owned()
            }
        };
        if !self.is_json() {
            return Some(text);
        }
        match serde_json::from_str(&text) {
            Ok(serde_json::Value::String(said)) => Some(said),
            Ok(serde_json::Value::Null) => None,
            _ => Some(text),
        }
    }

    /// What a change log shows of a cell as it was.
    fn raw(&self, before: &Before<'_>, row: usize, cell: &Cell) -> Option<String> {
        if self.kind.is_text() { self.text(before.stored, row) } else { cell.text().map(str::to_owned) }
    }

    const fn is_json(&self) -> bool {
        matches!(self.kind, Kind::Json | Kind::Ndjson)
    }

    /// The columns of a batch that hold a column, with some cells others; without those that cannot be held.
    fn written(
        &self,
        mended: &Mended<'_>,
        batch: &Batch,
        (columns, places): (&[(usize, Reading)], &[usize]),
        slots: Vec<Slot>,
    ) -> Result<Option<Written>, Fault> {
        let fits = |slot: &Slot| {
            places.iter().all(|place| {
                let stored = &batch.columns[*place];
                !columns[*place].1.as_stored || is_string(stored) || stored_one(mended, &slot.cell, stored).is_some()
            })
        };
        let slots: Vec<Slot> = slots.into_iter().filter(fits).collect();
        if slots.is_empty() {
            return Ok(None);
        }
        let values: Vec<Value> = slots.iter().map(Slot::value).collect();
        let Some(typed) = array(mended.reading.kind, &values) else { return Ok(None) };
        let mut found = Vec::with_capacity(places.len());
        for place in places {
            let old = &batch.columns[*place];
            let new = if !columns[*place].1.as_stored {
                Arc::clone(&typed)
            } else if is_string(old) {
                let texts: StringViewArray = slots.iter().map(|slot| self.spelled(mended, &slot.cell)).collect();
                cast(&texts, old.data_type()).map_err(|error| fault("internal", &error))?
            } else {
                cast(&typed, old.data_type()).map_err(|error| fault("internal", &error))?
            };
            // Numbers too large and too fine for one column of decimals stay as they are.
            let Some(joined) = joined(old, &new, &slots) else { return Ok(None) };
            let unparsed = if columns[*place].1.as_stored { None } else { marks(batch, *place, &slots) };
            found.push((*place, joined, unparsed));
        }
        Ok(Some(Written { columns: found, changes: slots.into_iter().map(|slot| slot.change).collect() }))
    }

    /// A cell as a file of text writes it.
    fn spelled(&self, mended: &Mended<'_>, cell: &Cell) -> Option<String> {
        let text = cell.text()?;
        if !self.is_json() {
            return Some(text.to_owned());
        }
        Some(match cell {
            Cell::Value(value, _) if mended.reading.kind.is_number() => {
                let plain = value.to_string();
                let is_number = serde_json::from_str::<serde_json::Number>(&plain).is_ok();
                if is_number { plain } else { serde_json::Value::String(plain).to_string() }
            }
            Cell::Value(Value::Boolean(flag), _) => flag.to_string(),
            _ => serde_json::Value::String(text.to_owned()).to_string(),
        })
    }
}

impl Mended<'_> {
    fn spelling<'s>(&'s self, mender: &'s Mender<'_>) -> Spelling<'s> {
        Spelling { reading: &self.reading, nulls: mender.nulls.as_deref() }
    }
}

impl Slot {
    /// The value of the cell; null where it has none, or one that does not read.
    fn value(&self) -> Value {
        match &self.cell {
            Cell::Value(value, _) => value.clone(),
            Cell::Nothing | Cell::Unread(_) => Value::Null,
        }
    }
}

fn is_string(array: &ArrayRef) -> bool {
    matches!(array.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// A cell in the type of a stored column, if that holds it whole.
fn stored_one(mended: &Mended<'_>, cell: &Cell, stored: &ArrayRef) -> Option<ArrayRef> {
    let value = match cell {
        Cell::Nothing => Value::Null,
        Cell::Value(value, _) => value.clone(),
        Cell::Unread(_) => return None,
    };
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let typed = array(mended.reading.kind, std::slice::from_ref(&value))?;
    let held = cast_with_options(&typed, stored.data_type(), &strict).ok()?;
    let (back, unparsed) = canonical(&held, &mended.reading).ok()?;
    let same = unparsed.is_none() && Column::new(&back).is_ok_and(|back| back.value(0) == value);
    same.then_some(held)
}

/// Values as a canonical array of a type; none where one of them cannot be held.
fn array(kind: Type, values: &[Value]) -> Option<ArrayRef> {
    let units = |of: fn(&Value) -> Option<i64>| values.iter().map(of);
    Some(match kind {
        Type::String | Type::Json => Arc::new(
            values
                .iter()
                .map(|value| match value {
                    Value::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect::<StringViewArray>(),
        ),
        Type::Integer => Arc::new(
            units(|value| match value {
                Value::Integer(number) => Some(*number),
                _ => None,
            })
            .collect::<Int64Array>(),
        ),
        Type::Decimal => decimals(values)?,
        Type::Float => Arc::new(values.iter().map(Value::to_f64).collect::<Float64Array>()),
        Type::Boolean => Arc::new(
            values
                .iter()
                .map(|value| match value {
                    Value::Boolean(flag) => Some(*flag),
                    _ => None,
                })
                .collect::<BooleanArray>(),
        ),
        Type::Date => Arc::new(
            values
                .iter()
                .map(|value| match value {
                    Value::Date(day) => Some(days_since_epoch(*day)),
                    _ => None,
                })
                .collect::<Date32Array>(),
        ),
        Type::Timestamp => Arc::new(
            units(|value| match value {
                Value::Timestamp(micros) => Some(*micros),
                _ => None,
            })
            .collect::<TimestampMicrosecondArray>(),
        ),
        Type::Time => Arc::new(
            units(|value| match value {
                Value::Time(micros) => Some(*micros),
                _ => None,
            })
            .collect::<Time64MicrosecondArray>(),
        ),
        Type::Object | Type::List => return None,
    })
}

/// Exact numbers at the largest scale among them.
fn decimals(values: &[Value]) -> Option<ArrayRef> {
    let numbers: Vec<Option<BigDecimal>> = values.iter().map(Value::exact).collect();
    let scale = numbers.iter().flatten().map(BigDecimal::fractional_digit_count).max().unwrap_or(0).max(0);
    let digits = |number: BigDecimal| {
        let mantissa = number.with_scale(scale).into_bigint_and_scale().0.to_i128()?;
        (mantissa.unsigned_abs() < 10_u128.pow(u32::from(PRECISION))).then_some(mantissa)
    };
    let digits = numbers.into_iter().map(|number| match number {
        Some(number) => digits(number).map(Some),
        None => Some(None),
    });
    let digits = digits.collect::<Option<Vec<Option<i128>>>>()?;
    let array = Decimal128Array::from(digits).with_precision_and_scale(PRECISION, i8::try_from(scale).ok()?).ok()?;
    Some(Arc::new(array))
}

/// A column in which the cells of some rows are others; none if it cannot hold both.
fn joined(old: &ArrayRef, new: &ArrayRef, slots: &[Slot]) -> Option<ArrayRef> {
    let (old, new) = match (old.data_type(), new.data_type()) {
        (DataType::Decimal128(_, a), DataType::Decimal128(_, b)) if a != b => {
            let wanted = DataType::Decimal128(PRECISION, *a.max(b));
            let strict = CastOptions { safe: false, ..CastOptions::default() };
            let wide = |array| cast_with_options(array, &wanted, &strict).ok();
            (wide(old)?, wide(new)?)
        }
        _ => (Arc::clone(old), Arc::clone(new)),
    };
    let mut places: Vec<(usize, usize)> = (0..old.len()).map(|row| (0, row)).collect();
    for (place, slot) in slots.iter().enumerate() {
        places[slot.row] = (1, place);
    }
    interleave(&[old.as_ref(), new.as_ref()], &places).ok()
}

/// The cells of a column that do not read, once some are others.
fn marks(batch: &Batch, place: usize, slots: &[Slot]) -> Option<BooleanBuffer> {
    let mut bad: Vec<bool> = match &batch.unparsed[place] {
        Some(unparsed) => unparsed.iter().collect(),
        None => vec![false; batch.rows],
    };
    for slot in slots {
        bad[slot.row] = matches!(slot.cell, Cell::Unread(_));
    }
    bad.contains(&true).then(|| BooleanBuffer::from(bad))
}
