//! Rows of a table or an answer, written for people and for machines.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

use crate::error::Error;
use crate::report::columns::{self, Head};

/// Rows under the names of their columns.
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl Rows {
    /// The rows of a table of the history.
    pub(super) fn of(batch: &RecordBatch) -> Self {
        let columns = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        let row = |row| batch.columns().iter().map(|column| cell(column.as_ref(), row)).collect();
        Self { columns, rows: (0..batch.num_rows()).map(row).collect() }
    }

    /// A table for people.
    pub(super) fn text(&self, color: bool) -> String {
        let is_number = |at: usize| {
            let mut known = self.rows.iter().map(|row| &row[at]).filter(|value| !value.is_null()).peekable();
            known.peek().is_some() && known.all(Value::is_number)
        };
        let heads: Vec<Head<'_>> =
            self.columns.iter().enumerate().map(|(at, name)| Head { name, number: is_number(at) }).collect();
        let rows: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|value| plain(value).unwrap_or_default()).collect()).collect();
        columns::render(&heads, &rows, color)
    }

    /// An array of objects; of columns that have one name the last stays.
    pub(super) fn json(&self) -> Result<String, Error> {
        let object = |row: &Vec<Value>| -> Value {
            Value::Object(self.columns.iter().cloned().zip(row.iter().cloned()).collect())
        };
        let rows: Vec<Value> = self.rows.iter().map(object).collect();
        serde_json::to_string_pretty(&rows).map(|text| text + "\n").map_err(|error| Error::Render(error.to_string()))
    }

    /// RFC 4180, lines ended by `\n`; null is an empty field, and empty text one in quotes.
    pub(super) fn csv(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = Option<String>>| {
            cells.map(|cell| cell.map_or_else(String::new, |text| quoted(&text))).collect::<Vec<_>>().join(",") + "\n"
        };
        let mut text = line(&mut self.columns.iter().cloned().map(Some));
        for row in &self.rows {
            text += &line(&mut row.iter().map(plain));
        }
        text
    }
}

fn cell(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8View => column.as_string_view().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            let moment = DateTime::from_timestamp_micros(micros);
            moment.map_or(Value::Null, |moment| moment.to_rfc3339_opts(SecondsFormat::AutoSi, true).into())
        }
        _ => Value::Null,
    }
}

/// A value as text; none if it is null.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn quoted(text: &str) -> String {
    let needs = text.is_empty() || text.contains([',', '"', '\n', '\r']) || text.trim() != text;
    if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_csv_is_quoted_where_it_must_be() {
        let rows = Rows {
            columns: vec!["a".to_owned(), "b,c".to_owned()],
            rows: vec![
                vec!["x\"y".into(), Value::Null],
                vec!["".into(), 1.5.into()],
                vec!["line\nbreak".into(), true.into()],
            ],
        };
        assert_eq!(rows.csv(), "a,\"b,c\"\n\"x\"\"y\",\n\"\",1.5\n\"line\nbreak\",true\n");
        assert_eq!(serde_json::from_str::<Value>(&rows.json().unwrap()).unwrap()[1]["b,c"], 1.5);
    }
}
