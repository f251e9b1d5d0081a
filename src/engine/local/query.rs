//! The SQL of `query` and `scalar`, run by Polars over frames of the rows that datasets mean.
//!
//! Frames are made of the batches that all other rules see, so types, nulls, `where` and malformed records mean the same.
//! What a query may name was settled where it was read; readers of files are not compiled into Polars here.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use polars::prelude::{
    AnyValue, BooleanChunked, ChunkFilter, Column as Field, DataFrame, DataType, Int64Chunked, Int128Chunked, IntoLazy,
    IntoSeries, LazyFrame, NewChunkedArray, PlSmallStr, PolarsResult, Series, SortMultipleOptions, TimeUnit,
};
use polars::sql::SQLContext;

use crate::answer::{Evidence, Number, json_of};
use crate::engine::Progress;
use crate::engine::local::column::{Column, decimal};
use crate::engine::local::condition::{Conditions, Evaluation, Frame};
use crate::engine::local::open::{Opened, fault};
use crate::engine::local::scan::{Needed, Values};
use crate::ir::{Query, Reading, Table, Type, Value, time};
use crate::outcome::{Fault, Sample};

/// How many of the rows returned are kept, to be shown.
const KEPT: usize = 1000;

/// Digits of a decimal.
const PRECISION: usize = 38;

/// What a query returned.
pub(super) struct Returned {
    pub(super) number: Number,
    rows: Vec<Values>,
}

/// Runs a query.
///
/// # Errors
/// A dataset that cannot be read, what Polars says, or that the run is to end.
pub(super) fn run<'o>(
    query: &Query,
    opened: &dyn Fn(&str) -> Result<&'o Opened, Fault>,
    progress: &Progress,
) -> Result<Returned, Fault> {
    // Polars warns of its own next versions on standard error; nobody who reads a report can help it.
    polars::error::set_warning_function(|_, _| {});
    let mut context = SQLContext::new();
    for table in &query.tables {
        context.register(&table.name, frame(opened(&table.dataset)?, table)?.lazy());
    }
    // What is wrong with the text shows before a row is read; what is wrong later may be told with the values of rows.
    let plan = context.execute(&query.text("")).and_then(|mut plan| plan.collect_schema().map(|_| plan));
    let plan = plan.map_err(|error| fault("not_computable", &format!("the query does not run: {error}")))?;
    let wrong = |error: polars::error::PolarsError| fault("engine_failed", &format!("the query stopped: {error}"));
    let found = collect(plan, progress)?.map_err(wrong)?;
    if query.is_value {
        if found.shape() != (1, 1) {
            let (rows, columns) = found.shape();
            let message = format!("the query returned {rows} rows of {columns} columns; one value is wanted");
            return Err(fault("not_computable", &message));
        }
        let value = found.columns()[0].get(0).map_err(wrong)?;
        return Ok(Returned { number: Number::Value(value_of(&value)?), rows: Vec::new() });
    }
    let found = if query.is_ordered { found } else { in_order(found) };
    let mut rows = Vec::new();
    for row in 0..found.height().min(KEPT) {
        let mut values = Values::new();
        for column in found.columns() {
            let value = column.get(row).map_err(wrong)?;
            let shown = value_of(&value).unwrap_or_else(|_| Value::Text(value.to_string()));
            values.insert(column.name().to_string(), json_of(&shown));
        }
        rows.push(values);
    }
    Ok(Returned { number: Number::Count(found.height() as u64), rows })
}

/// Runs a plan on a thread of its own. Polars cannot be stopped on its way: when the run is to end, nobody waits for it any
/// longer, and it ends with the process.
fn collect(plan: LazyFrame, progress: &Progress) -> Result<PolarsResult<DataFrame>, Fault> {
    const LOOK: Duration = Duration::from_millis(20);
    progress.go_on()?;
    let (line, answer) = channel();
    let running = std::thread::Builder::new().name("query".to_owned()).spawn(move || {
        // Nobody may be there any longer to take it.
        let _ = line.send(plan.collect());
    });
    let running = running.map_err(|error| fault("not_computable", &format!("the query gets no thread: {error}")))?;
    loop {
        match answer.recv_timeout(LOOK) {
            Ok(found) => return Ok(found),
            Err(RecvTimeoutError::Timeout) => progress.go_on()?,
            Err(RecvTimeoutError::Disconnected) => match running.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => return Err(fault("internal", &"the query gave no answer")),
            },
        }
    }
}

/// The rows by their values from the first column on, for rows without an order would come in another one every time.
fn in_order(found: DataFrame) -> DataFrame {
    let names: Vec<PlSmallStr> = found.columns().iter().map(|column| column.name().clone()).collect();
    // What has no order, such as a list, stays as it came.
    found.sort(names, SortMultipleOptions::default()).unwrap_or(found)
}

impl Returned {
    /// The first of the rows, as what shows a failure.
    pub(super) fn evidence(&self, limit: usize) -> Evidence {
        let samples = self.rows.iter().take(limit).map(|values| Sample {
            file: None,
            line: None,
            row_index: None,
            key: Values::new(),
            values: values.clone(),
            dataset: None,
            other: None,
            reason: None,
        });
        Evidence { samples: samples.collect(), top_values: Vec::new() }
    }
}

/// The values of a column in one batch, those of rows in scope.
enum Part {
    Whole(Series),
    /// Decimals keep their digits until the scale of all batches is known.
    Decimal(Int128Chunked, u32),
}

/// A frame of the rows that a table has.
fn frame(opened: &Opened, table: &Table) -> Result<DataFrame, Fault> {
    let not_computed = |error: String| fault("engine_failed", &error);
    let mut conditions = Conditions::default();
    let scope = conditions.add(&table.scope).map_err(not_computed)?;
    let mut columns = table.columns.clone().unwrap_or_default();
    if columns.is_empty() {
        // A frame without a column would not know how many rows it has.
        let plain =
            opened.schema.columns.iter().find(|column| column.is_there() && !is_nested(column.reading.as_ref()));
        columns.extend(plain.map(|column| column.name.clone()));
    }
    let needed = Needed::new(opened, |see| {
        columns.iter().for_each(|column| see(column));
        table.scope.columns(&mut |column| see(column));
    })?;
    let pieces = opened.scan(&needed.columns, Vec::new, |parts: &mut Vec<(u32, Vec<Part>)>, batch, _| {
        let (found, unparsed, malformed) = needed.frame(opened, batch)?;
        let frame = Frame {
            rows: batch.rows,
            columns: &found,
            unparsed: &unparsed,
            malformed: malformed.as_ref(),
            assets: Some(&opened.assets),
        };
        let mask = Evaluation::new(&conditions, &frame).mask(scope).map_err(not_computed)?;
        let mask = mask.into_rows(batch.rows);
        let kept = columns.iter().map(|name| match found.get(name) {
            Some(column) => part(column, &mask).map_err(|error| not_computed(format!("`{name}`: {error}"))),
            None => Err(fault("internal", &format!("the column `{name}` was not read"))),
        });
        parts.push((mask.sum().unwrap_or(0), kept.collect::<Result<_, _>>()?));
        Ok(())
    })?;
    let mut whole: Vec<Vec<Part>> = columns.iter().map(|_| Vec::new()).collect();
    let mut height = 0_i64;
    for (rows, batch) in pieces.into_iter().flatten() {
        height += i64::from(rows);
        whole.iter_mut().zip(batch).for_each(|(all, part)| all.push(part));
    }
    let mut fields: Vec<Field> = Vec::with_capacity(columns.len());
    for (name, parts) in columns.iter().zip(whole) {
        let reading = opened.schema.column(name).and_then(|column| column.reading.as_ref());
        let series = join(parts, reading).map_err(|error| not_computed(format!("`{name}`: {error}")))?;
        fields.push(series.with_name(PlSmallStr::from_str(name)).into());
    }
    if fields.is_empty() {
        // A frame without a column does not know its rows.
        fields.push(Int64Chunked::from_iter_values(PlSmallStr::from_static("row"), 1..=height).into_series().into());
    }
    let height = fields.first().map_or(0, Field::len);
    DataFrame::new(height, fields).map_err(|error| not_computed(error.to_string()))
}

fn is_nested(reading: Option<&Reading>) -> bool {
    reading.is_some_and(|reading| matches!(reading.kind, Type::Object | Type::List))
}

/// The values of a column where a mask holds.
fn part(column: &Column, mask: &BooleanChunked) -> Result<Part, String> {
    let wrong = |error: polars::error::PolarsError| error.to_string();
    Ok(Part::Whole(match column {
        Column::Decimal(column, scale) => return Ok(Part::Decimal(column.filter(mask).map_err(wrong)?, *scale)),
        Column::Text(column) => column.filter(mask).map_err(wrong)?.into_series(),
        Column::Integer(column) => column.filter(mask).map_err(wrong)?.into_series(),
        Column::Float(column) => column.filter(mask).map_err(wrong)?.into_series(),
        Column::Boolean(column) => column.filter(mask).map_err(wrong)?.into_series(),
        Column::Date(column) => column.filter(mask).map_err(wrong)?.into_date().into_series(),
        Column::Timestamp(column) => {
            column.filter(mask).map_err(wrong)?.into_datetime(TimeUnit::Microseconds, None).into_series()
        }
        // Polars counts nanoseconds of a day.
        Column::Time(column) => (column.filter(mask).map_err(wrong)? * 1000).into_time().into_series(),
        Column::Nested(_) => {
            return Err("lists and structures have no place in a query; name a field of theirs".to_owned());
        }
    }))
}

/// All batches of a column, one after the other.
fn join(parts: Vec<Part>, reading: Option<&Reading>) -> Result<Series, String> {
    let wrong = |error: polars::error::PolarsError| error.to_string();
    let scale =
        parts.iter().filter_map(|part| if let Part::Decimal(_, scale) = part { Some(*scale) } else { None }).max();
    let mut whole: Option<Series> = None;
    for part in parts {
        let series = match part {
            Part::Whole(series) => series,
            Part::Decimal(digits, own) => {
                let scale = scale.unwrap_or(own);
                let factor = 10_i128.pow(scale - own);
                let large = || "decimals of these scales do not fit in 38 digits together".to_owned();
                let digits: Int128Chunked = if factor == 1 {
                    digits
                } else {
                    let shifted: Option<Vec<Option<i128>>> = digits
                        .iter()
                        .map(|digits| match digits {
                            Some(digits) => digits.checked_mul(factor).map(Some),
                            None => Some(None),
                        })
                        .collect();
                    shifted.ok_or_else(large)?.into_iter().collect()
                };
                digits.into_decimal(PRECISION, scale as usize).map_err(|_| large())?.into_series()
            }
        };
        match &mut whole {
            None => whole = Some(series),
            Some(whole) => {
                whole.append(&series).map_err(wrong)?;
            }
        }
    }
    match whole {
        Some(whole) => Ok(whole.rechunk()),
        None => Ok(Series::new_empty(PlSmallStr::EMPTY, &kind(reading))),
    }
}

/// The type of a column without a row.
fn kind(reading: Option<&Reading>) -> DataType {
    match reading.map_or(Type::String, |reading| reading.kind) {
        Type::Integer => DataType::Int64,
        Type::Decimal => DataType::Decimal(PRECISION, 0),
        Type::Float => DataType::Float64,
        Type::Boolean => DataType::Boolean,
        Type::Date => DataType::Date,
        Type::Timestamp => DataType::Datetime(TimeUnit::Microseconds, None),
        Type::Time => DataType::Time,
        Type::String | Type::Json | Type::Object | Type::List => DataType::String,
    }
}

/// A value that a query returned.
pub(super) fn value_of(value: &AnyValue<'_>) -> Result<Value, Fault> {
    let none = || {
        fault(
            "not_computable",
            &format!("the query returned a value of the type {}, which is none of ours", value.dtype()),
        )
    };
    let micros = |count: i64, unit: TimeUnit| match unit {
        TimeUnit::Nanoseconds => Some(count.div_euclid(1000)),
        TimeUnit::Microseconds => Some(count),
        TimeUnit::Milliseconds => count.checked_mul(1000),
    };
    Ok(match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => Value::Boolean(*flag),
        AnyValue::String(text) => Value::Text((*text).to_owned()),
        AnyValue::StringOwned(text) => Value::Text(text.to_string()),
        AnyValue::Float32(number) => Value::float(f64::from(*number)),
        AnyValue::Float64(number) => Value::float(*number),
        AnyValue::Date(day) => Value::Date(time::day_from_epoch(*day).ok_or_else(none)?),
        AnyValue::Datetime(count, unit, _) | AnyValue::DatetimeOwned(count, unit, _) => {
            Value::Timestamp(micros(*count, *unit).ok_or_else(none)?)
        }
        AnyValue::Time(nanoseconds) => Value::Time(nanoseconds.div_euclid(1000)),
        AnyValue::Decimal(digits, _, scale) => {
            Value::Decimal(decimal(*digits, u32::try_from(*scale).map_err(|_| none())?))
        }
        AnyValue::Int128(digits) => match i64::try_from(*digits) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Decimal(decimal(*digits, 0)),
        },
        AnyValue::UInt64(number) => match i64::try_from(*number) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Decimal(decimal(i128::from(*number), 0)),
        },
        whole => match whole.extract::<i64>().filter(|_| whole.dtype().is_integer()) {
            Some(number) => Value::Integer(number),
            None => return Err(none()),
        },
    })
}
