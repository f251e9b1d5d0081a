//! A small table of text, and how it is written as files.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use bigdecimal::{BigDecimal, ToPrimitive};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tamiz::ir::time::{Zone, days_since_epoch};
use tamiz::ir::{Reading, Type, Value};

/// A table whose cells are text, as in a CSV file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The declared type, if it is declared.
    pub(crate) kind: Option<Type>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Text(String),
}

/// One way of writing a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    /// So many CSV files.
    Csv { files: usize },
    /// So many Parquet files, with so many rows in a row group.
    Parquet { files: usize, group: usize },
}

impl Layout {
    pub(crate) fn engine(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Parquet { .. } => "parquet",
        }
    }
}

impl Table {
    /// Writes the table as files of a folder, and says which rows each begins with.
    pub(crate) fn write(&self, folder: &Path, name: &str, layout: Layout, zone: Zone) -> Vec<(PathBuf, usize)> {
        let (Layout::Csv { files } | Layout::Parquet { files, .. }) = layout;
        let each = self.rows.len().div_ceil(files);
        (0..files)
            .map(|index| {
                let start = (index * each).min(self.rows.len());
                let rows = &self.rows[start..(start + each).min(self.rows.len())];
                let path = folder.join(format!("{name}-{index}.{}", layout.engine()));
                match layout {
                    Layout::Csv { .. } => std::fs::write(&path, self.csv(rows)).unwrap(),
                    Layout::Parquet { group, .. } => self.parquet(rows, &path, group, zone),
                }
                (path, start)
            })
            .collect()
    }

    fn csv(&self, rows: &[Vec<Cell>]) -> String {
        let names = self.columns.iter().map(|column| field(&column.name)).collect::<Vec<_>>();
        let mut text = names.join(",") + "\n";
        for row in rows {
            let fields = row.iter().map(|cell| match cell {
                // A line of nothing at all would be no record.
                Cell::Null if row.len() == 1 => "\"\"".to_owned(),
                Cell::Null => String::new(),
                Cell::Text(text) => field(text),
            });
            let _ = writeln!(text, "{}", fields.collect::<Vec<_>>().join(","));
        }
        text
    }

    fn parquet(&self, rows: &[Vec<Cell>], path: &Path, group: usize, zone: Zone) {
        let arrays: Vec<ArrayRef> = (0..self.columns.len()).map(|place| self.array(rows, place, zone)).collect();
        let fields: Vec<Field> = self
            .columns
            .iter()
            .zip(&arrays)
            .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
        let mut writer =
            ArrowWriter::try_new(File::create(path).unwrap(), Arc::clone(&schema), Some(properties)).unwrap();
        writer.write(&RecordBatch::try_new(schema, arrays).unwrap()).unwrap();
        writer.close().unwrap();
    }

    fn array(&self, rows: &[Vec<Cell>], place: usize, zone: Zone) -> ArrayRef {
        let kind = self.columns[place].kind.unwrap_or(Type::String);
        let reading = Reading { zone, ..Reading::plain(kind) };
        let texts: Vec<Option<&str>> = rows
            .iter()
            .map(|row| match &row[place] {
                Cell::Null => None,
                Cell::Text(text) => Some(text.as_str()),
            })
            .collect();
        let values = texts.iter().map(|text| {
            let value = text.map(|text| reading.read(text).unwrap_or_else(|| panic!("`{text}` is no {kind}")));
            value.unwrap_or(Value::Null)
        });
        match kind {
            Type::Integer => Arc::new(Int64Array::from_iter(values.map(|value| match value {
                Value::Integer(number) => Some(number),
                _ => None,
            }))),
            Type::Decimal => {
                // The scale that fits the whole table, so that all files agree.
                let scale = self.rows.iter().filter_map(|row| match &row[place] {
                    Cell::Text(text) => Some(text.split_once('.').map_or(0, |(_, decimals)| decimals.len())),
                    Cell::Null => None,
                });
                let scale = i64::try_from(scale.max().unwrap_or(0)).unwrap();
                let unscaled =
                    |number: BigDecimal| number.with_scale(scale).into_bigint_and_scale().0.to_i128().unwrap();
                let array = Decimal128Array::from_iter(values.map(|value| match value {
                    Value::Decimal(number) => Some(unscaled(number)),
                    _ => None,
                }));
                Arc::new(array.with_precision_and_scale(38, i8::try_from(scale).unwrap()).unwrap())
            }
            // NaN is kept, for a file may hold it.
            Type::Float => {
                Arc::new(Float64Array::from_iter(texts.iter().map(|text| text.map(|text| text.parse().unwrap()))))
            }
            Type::Boolean => Arc::new(BooleanArray::from_iter(values.map(|value| match value {
                Value::Boolean(flag) => Some(flag),
                _ => None,
            }))),
            Type::Date => Arc::new(Date32Array::from_iter(values.map(|value| match value {
                Value::Date(day) => Some(days_since_epoch(day)),
                _ => None,
            }))),
            Type::Timestamp => Arc::new(
                TimestampMicrosecondArray::from_iter(values.map(|value| match value {
                    Value::Timestamp(micros) => Some(micros),
                    _ => None,
                }))
                .with_timezone("UTC"),
            ),
            Type::Time => Arc::new(Time64MicrosecondArray::from_iter(values.map(|value| match value {
                Value::Time(micros) => Some(micros),
                _ => None,
            }))),
            _ => Arc::new(StringArray::from_iter(texts)),
        }
    }
}

/// A field of CSV, quoted where it must be.
fn field(text: &str) -> String {
    if text.is_empty() || text.contains(['"', ',', '\n', '\r']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
