//! Columns of all rows of a table, fetched into a file of Arrow IPC: for what the engine of the table cannot say.
//!
//! What an engine lays out as Arrow does stays so on its way into the file, and is spelled nowhere; of others cells come as text.
//! Values are those that statements mean: instants in UTC, floats without NaN. A cell of another family than declared stays
//! text, which the reader of the file tells. The file goes with what holds it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array,
    Int64Array, PrimitiveArray, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Schema as Arrow, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::ipc::writer::FileWriter;
use bigdecimal::ToPrimitive;
use tempfile::NamedTempFile;

use crate::engine::sql::arrow::spell;
use crate::engine::sql::cell::{self, Row};
use crate::engine::sql::connection::{Batch, fault, rows};
use crate::engine::sql::expression::{Cannot, reading_of};
use crate::engine::sql::statement::ALIAS;
use crate::engine::sql::table::Table;
use crate::engine::sql::{Sql, odd};
use crate::ir::calendar::DAY_MICROS;
use crate::ir::time::days_since_epoch;
use crate::ir::{Predicate, Type, Value};
use crate::outcome::Fault;

/// How many digits a decimal has at most.
const PRECISION: u8 = 38;

/// Rows that were fetched, in a file that is removed with this.
pub struct Fetched {
    file: NamedTempFile,
    /// How many there are.
    pub rows: u64,
}

impl Fetched {
    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

/// A column that is fetched: its name, how it is said, and what its values are.
struct Wanted {
    name: String,
    sql: String,
    kind: Type,
    /// The stored type, as the engine calls it.
    label: String,
    scale: i8,
}

impl Sql {
    /// Fetches those of some columns that the table of a dataset has, of all its rows, or of those under each of some
    /// conditions.
    ///
    /// # Errors
    /// What the engine says, or that the file cannot be written.
    pub fn fetch(&self, dataset: &str, columns: &[String], only: Option<&[Predicate]>) -> Result<Fetched, Fault> {
        let table = self.table(dataset)?;
        let cannot = |cannot: Cannot| fault("not_computable", format!("rows cannot be fetched: {cannot}"));
        let mut wanted = Vec::new();
        for column in &table.schema.columns {
            if column.is_stored() && columns.contains(&column.name) {
                wanted.push(wanted_of(table, &column.name).map_err(cannot)?);
            }
        }
        scales(table, &mut wanted)?;
        let unwritable =
            |error: &dyn std::fmt::Display| fault("temporary_file", format!("rows cannot be kept: {error}"));
        let file = tempfile::Builder::new().prefix("tamiz-").suffix(".arrow").tempfile();
        let file = file.map_err(|error| unwritable(&error))?;
        let fields: Vec<Field> = wanted.iter().map(|column| Field::new(&column.name, column.stored(), true)).collect();
        // A table of which no column is wanted still has its rows.
        let fields = if fields.is_empty() { vec![Field::new("tamiz", DataType::Int64, true)] } else { fields };
        let schema = Arc::new(Arrow::new(fields));
        let out = file.reopen().map_err(|error| unwritable(&error))?;
        let mut writer: FileWriter<BufWriter<File>> =
            FileWriter::try_new_buffered(out, &schema).map_err(|error| unwritable(&error))?;
        let list = wanted.iter().enumerate().map(|(place, column)| format!("{} AS c{}", column.sql, place + 1));
        let list = if wanted.is_empty() { "1 AS c1".to_owned() } else { list.collect::<Vec<_>>().join(", ") };
        let all = format!("SELECT {list} FROM {}", table.from(ALIAS));
        let statements = match only {
            None => vec![all],
            Some(some) => {
                let under = |rows| Ok(format!("{all} WHERE {}", table.writer(ALIAS).condition(rows)?));
                some.iter().map(under).collect::<Result<_, _>>().map_err(cannot)?
            }
        };
        let mut told = 0;
        let mut take = |batch: Batch| {
            let rows = match &batch {
                Batch::Rows(rows) => rows.len(),
                Batch::Columns(columns) => columns.num_rows(),
            };
            told += rows as u64;
            let arrays: Vec<ArrayRef> = if wanted.is_empty() {
                vec![Arc::new(Int64Array::from(vec![None; rows]))]
            } else {
                let arrays = wanted.iter().enumerate().map(|(place, column)| column.of(&batch, place));
                arrays.collect::<Result<_, String>>().map_err(odd)?
            };
            let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|error| unwritable(&error))?;
            writer.write(&batch).map_err(|error| unwritable(&error))
        };
        let mut wanted = 0;
        for sql in statements {
            wanted += table.connection.stream(&sql, &mut take)?.rows;
        }
        if wanted != told {
            return Err(odd(format!("{told} rows came of {wanted}")));
        }
        writer.finish().map_err(|error| unwritable(&error))?;
        Ok(Fetched { file, rows: told })
    }
}

fn wanted_of(table: &Table, name: &str) -> Result<Wanted, Cannot> {
    let dialect = table.connection.dialect();
    let column = table.schema.column(name).ok_or_else(|| Cannot(format!("`{name}`")))?;
    let quoted = table.writer(ALIAS).stored(name);
    let stored = column.stored.as_deref().unwrap_or_default();
    // What is declared is read of what is stored, as of a file: values that stand for none, and those of another family.
    let zone = reading_of(column).zone;
    let label = stored.to_owned();
    Ok(match column.family {
        Some(family) if !matches!(family, Type::Object | Type::List) => {
            let sql = dialect.column(&quoted, stored, family, zone)?;
            Wanted { name: name.to_owned(), sql, kind: family, label, scale: 0 }
        }
        _ => {
            let sql = dialect.cast(&quoted, Type::String);
            Wanted { name: name.to_owned(), sql, kind: Type::String, label, scale: 0 }
        }
    })
}

/// Asks how many decimals the columns of decimals have.
fn scales(table: &Table, wanted: &mut [Wanted]) -> Result<(), Fault> {
    let dialect = table.connection.dialect();
    let mut asked = Vec::new();
    for column in wanted.iter().filter(|column| column.kind == Type::Decimal) {
        let scale = dialect.scale(&column.sql, &column.label).map_err(|cannot| fault("not_computable", cannot.0))?;
        asked.push(format!("MAX({scale}) AS c{}", asked.len() + 1));
    }
    if asked.is_empty() {
        return Ok(());
    }
    let (found, _) =
        rows(table.connection.as_ref(), &format!("SELECT {} FROM {}", asked.join(", "), table.from(ALIAS)), 1)?;
    let row: Row = found.into_iter().next().unwrap_or_default();
    let decimals = wanted.iter_mut().filter(|column| column.kind == Type::Decimal);
    for (column, cell) in decimals.zip(row) {
        let scale = cell::count(cell.as_deref()).map_err(odd)?;
        column.scale = i8::try_from(scale).ok().filter(|scale| *scale <= 38).ok_or_else(|| {
            let message = format!("`{}` has {scale} decimals, and a decimal has up to 38 digits", column.name);
            fault("not_computable", message)
        })?;
    }
    Ok(())
}

impl Wanted {
    fn stored(&self) -> DataType {
        match self.kind {
            Type::Integer => DataType::Int64,
            Type::Decimal => DataType::Decimal128(PRECISION, self.scale),
            Type::Float => DataType::Float64,
            Type::Boolean => DataType::Boolean,
            Type::Date => DataType::Date32,
            Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Type::Time => DataType::Time64(TimeUnit::Microsecond),
            Type::String | Type::Json | Type::Object | Type::List => DataType::Utf8,
        }
    }

    /// The values of some rows, of which it is the column at a place.
    fn of(&self, batch: &Batch, place: usize) -> Result<ArrayRef, String> {
        let columns = match batch {
            Batch::Rows(rows) => return self.array(rows, place),
            Batch::Columns(columns) => columns,
        };
        let column = columns.columns().get(place).ok_or_else(|| format!("there is no column {}", place + 1))?;
        match self.taken(column)? {
            Some(taken) => Ok(taken),
            // What is not of the layout that is kept is told cell by cell.
            None => self.array(&spell(&columns.project(&[place]).map_err(|error| error.to_string())?)?, 0),
        }
    }

    /// A column as it is kept, if each value is one of what is kept whatever its text would be; none if that is not sure.
    fn taken(&self, column: &ArrayRef) -> Result<Option<ArrayRef>, String> {
        let kept = |array: &ArrayRef| cast(array, &self.stored()).map(Some).map_err(|error| error.to_string());
        Ok(match (self.kind, column.data_type()) {
            (Type::Integer, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64) => kept(column)?,
            (Type::Boolean, DataType::Boolean) => Some(Arc::clone(column)),
            (Type::Float, DataType::Float64) => {
                let numbers = column.as_primitive::<Float64Type>();
                let numbers: Float64Array = numbers.unary_opt(|number| (!number.is_nan()).then_some(number));
                Some(Arc::new(numbers))
            }
            (Type::Decimal, DataType::Decimal128(_, scale)) => self.rescaled(column.as_primitive(), *scale),
            (Type::Date, DataType::Date32) => {
                let days = column.as_primitive::<Date32Type>();
                within(days, DAYS).then(|| Arc::clone(column))
            }
            (Type::Timestamp, DataType::Timestamp(TimeUnit::Microsecond, _)) => {
                let moments = column.as_primitive::<TimestampMicrosecondType>();
                let [first, last] = DAYS.map(i64::from);
                let is_known = within(moments, [first * DAY_MICROS, (last + 1) * DAY_MICROS - 1]);
                is_known.then(|| Arc::new(moments.clone().with_timezone("UTC")) as ArrayRef)
            }
            (Type::Time, DataType::Time64(TimeUnit::Microsecond)) => {
                within(column.as_primitive::<Time64MicrosecondType>(), [0, DAY_MICROS - 1]).then(|| Arc::clone(column))
            }
            (_, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) if self.stored() == DataType::Utf8 => {
                kept(column)?
            }
            _ => None,
        })
    }

    /// Decimals of a scale with that of the column; none if one has more digits than that.
    fn rescaled(&self, column: &Decimal128Array, scale: i8) -> Option<ArrayRef> {
        let (more, fewer) = (self.scale.checked_sub(scale)?.max(0), scale.checked_sub(self.scale)?.max(0));
        let power = |digits: i8| 10_i128.checked_pow(digits.unsigned_abs().into());
        let (times, over) = (power(more)?, power(fewer)?);
        let all = 10_i128.checked_pow(PRECISION.into())?;
        let digits: Decimal128Array = column
            .try_unary(|digits| {
                let whole = (digits % over == 0).then(|| (digits / over).checked_mul(times)).flatten();
                whole.filter(|digits| digits.abs() < all).ok_or(())
            })
            .ok()?;
        digits.with_precision_and_scale(PRECISION, self.scale).ok().map(|digits| Arc::new(digits) as ArrayRef)
    }

    fn array(&self, rows: &[Row], place: usize) -> Result<ArrayRef, String> {
        let text = |row: &Row| row.get(place).cloned().flatten();
        if matches!(self.stored(), DataType::Utf8) {
            return Ok(Arc::new(rows.iter().map(text).collect::<StringArray>()));
        }
        let values =
            rows.iter().map(|row| cell::value(text(row).as_deref(), self.kind)).collect::<Result<Vec<_>, _>>()?;
        let units = values.iter().map(|value| match value {
            Value::Integer(number) | Value::Timestamp(number) | Value::Time(number) => Some(*number),
            _ => None,
        });
        Ok(match self.kind {
            Type::Integer => Arc::new(units.collect::<Int64Array>()),
            Type::Timestamp => Arc::new(units.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
            Type::Time => Arc::new(units.collect::<Time64MicrosecondArray>()),
            Type::Date => Arc::new(
                values
                    .iter()
                    .map(|value| if let Value::Date(day) = value { Some(days_since_epoch(*day)) } else { None })
                    .collect::<Date32Array>(),
            ),
            Type::Float => Arc::new(
                values
                    .iter()
                    .map(|value| if value.is_null() { None } else { value.to_f64() })
                    .collect::<Float64Array>(),
            ),
            Type::Boolean => Arc::new(
                values
                    .iter()
                    .map(|value| if let Value::Boolean(flag) = value { Some(*flag) } else { None })
                    .collect::<BooleanArray>(),
            ),
            _ => {
                let digits = values.iter().map(|value| match value {
                    Value::Decimal(number) => {
                        let scaled = number.with_scale(i64::from(self.scale));
                        let digits = scaled.as_bigint_and_exponent().0.to_i128();
                        digits.map(Some).ok_or_else(|| format!("`{number}` has more than {PRECISION} digits"))
                    }
                    _ => Ok(None),
                });
                let digits = digits.collect::<Result<Decimal128Array, String>>()?;
                let typed = digits.with_precision_and_scale(PRECISION, self.scale);
                Arc::new(typed.map_err(|error| error.to_string())?)
            }
        })
    }
}

/// The first day and the last that a date has, in days since 1970.
const DAYS: [i32; 2] = [-719_162, 2_932_896];

/// Whether no value lies outside of two ends.
fn within<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, [low, high]: [T::Native; 2]) -> bool {
    column.iter().flatten().all(|value| value.is_ge(low) && value.is_le(high))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int16Array, LargeStringArray, TimestampNanosecondArray};

    use super::*;

    fn wanted(kind: Type, scale: i8) -> Wanted {
        Wanted { name: "c".to_owned(), sql: String::new(), kind, label: String::new(), scale }
    }

    fn decimals(digits: Vec<i128>, scale: i8) -> ArrayRef {
        Arc::new(Decimal128Array::from(digits).with_precision_and_scale(PRECISION, scale).unwrap())
    }

    /// The values of a column as it was laid out, and as its cells are spelled.
    fn both(wanted: &Wanted, column: &ArrayRef) -> (Option<ArrayRef>, Result<ArrayRef, String>) {
        let batch = RecordBatch::try_from_iter_with_nullable([("c", Arc::clone(column), true)]).unwrap();
        (wanted.taken(column).unwrap(), spell(&batch).and_then(|rows| wanted.array(&rows, 0)))
    }

    #[test]
    fn what_is_taken_is_what_cells_would_say() {
        let moments = TimestampMicrosecondArray::from(vec![Some(-1), None, Some(i64::from(DAYS[0]) * DAY_MICROS)]);
        let columns: Vec<(Type, i8, ArrayRef)> = vec![
            (Type::Integer, 0, Arc::new(Int16Array::from(vec![Some(-7), None]))),
            (Type::Integer, 0, Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX]))),
            (Type::Float, 0, Arc::new(Float64Array::from(vec![0.1, f64::NAN, f64::INFINITY]))),
            (Type::Boolean, 0, Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
            (Type::Decimal, 2, decimals(vec![-1_500, 70], 1)),
            (Type::Decimal, 2, decimals(vec![-15_000, 700], 4)),
            (Type::Decimal, 0, decimals(vec![10_i128.pow(38) - 1], 0)),
            (Type::Date, 0, Arc::new(Date32Array::from(vec![-719_162, 0, 2_932_896]))),
            (Type::Timestamp, 0, Arc::new(moments.clone())),
            (Type::Timestamp, 0, Arc::new(moments.with_timezone("America/Lima"))),
            (Type::Time, 0, Arc::new(Time64MicrosecondArray::from(vec![0, DAY_MICROS - 1]))),
            (Type::String, 0, Arc::new(LargeStringArray::from(vec![Some("é\n"), None, Some("")]))),
        ];
        for (kind, scale, column) in columns {
            let (taken, spelled) = both(&wanted(kind, scale), &column);
            let taken = taken.unwrap_or_else(|| panic!("{kind}: {column:?}"));
            assert_eq!(&taken, &spelled.unwrap(), "{kind}: {column:?}");
        }
    }

    #[test]
    fn what_would_be_another_value_is_spelled() {
        let columns: Vec<(Type, i8, ArrayRef)> = vec![
            (Type::Decimal, 1, decimals(vec![125], 2)),
            (Type::Decimal, 2, decimals(vec![10_i128.pow(38) - 1], 0)),
            (Type::Date, 0, Arc::new(Date32Array::from(vec![i32::MAX]))),
            (Type::Timestamp, 0, Arc::new(TimestampMicrosecondArray::from(vec![i64::MAX]))),
            (Type::Timestamp, 0, Arc::new(TimestampNanosecondArray::from(vec![1_500]))),
            (Type::Time, 0, Arc::new(Time64MicrosecondArray::from(vec![-1]))),
            (Type::Integer, 0, decimals(vec![7], 0)),
        ];
        for (kind, scale, column) in columns {
            assert!(both(&wanted(kind, scale), &column).0.is_none(), "{kind}: {column:?}");
        }
    }
}
