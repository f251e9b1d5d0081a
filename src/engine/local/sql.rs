//! SQL of the user's own over tables that are not datasets, such as those of the history.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use polars::prelude::{Column as Field, DataFrame, IntoLazy, IntoSeries, PlSmallStr, TimeUnit};
use polars::sql::SQLContext;

use crate::engine::local::column::Column;
use crate::engine::local::query::value_of;
use crate::ir::Value;

/// What a query returned.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, in the order that the query asks for, if it does.
    pub rows: Vec<Vec<Value>>,
}

/// Runs a query over tables, each with its name.
///
/// Columns are text, whole numbers, floats, booleans or timestamps without a timezone, which mean UTC. Files cannot be read.
///
/// # Errors
/// What is wrong with the query, in a sentence.
pub fn sql(tables: &[(&str, RecordBatch)], text: &str) -> Result<Rows, String> {
    polars::error::set_warning_function(|_, _| {});
    let run = || {
        let mut context = SQLContext::new();
        for (name, batch) in tables {
            context.register(name, frame(batch)?.lazy());
        }
        let found = context.execute(text).and_then(polars::prelude::LazyFrame::collect);
        let found = found.map_err(|error| {
            let told = error.to_string();
            // What follows is about the plan that Polars made of it.
            format!("the query does not run: {}", told.split("\n\n").next().unwrap_or_default())
        })?;
        let columns = found.columns().iter().map(|column| column.name().to_string()).collect();
        let row = |row: usize| -> Result<Vec<Value>, String> {
            let values = found.columns().iter().map(|column| {
                let value = column.get(row).map_err(|error| error.to_string())?;
                // What is no value of ours, such as a list, is shown as Polars writes it.
                Ok(value_of(&value).unwrap_or_else(|_| Value::Text(value.to_string())))
            });
            values.collect()
        };
        Ok(Rows { columns, rows: (0..found.height()).map(row).collect::<Result<_, String>>()? })
    };
    // Some queries that make no sense end Polars in a panic.
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err("the query cannot be run; write it another way".to_owned()))
}

fn frame(batch: &RecordBatch) -> Result<DataFrame, String> {
    let mut fields: Vec<Field> = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = PlSmallStr::from_str(field.name());
        let series = match Column::new(array)? {
            Column::Text(column) => column.into_series(),
            Column::Integer(column) => column.into_series(),
            Column::Float(column) => column.into_series(),
            Column::Boolean(column) => column.into_series(),
            Column::Timestamp(column) => column.into_datetime(TimeUnit::Microseconds, None).into_series(),
            _ => return Err(format!("the column `{}` is of no type that a query takes here", field.name())),
        };
        fields.push(series.with_name(name).into());
    }
    DataFrame::new(batch.num_rows(), fields).map_err(|error| error.to_string())
}
