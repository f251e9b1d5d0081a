//! A small table of text, and how it is written as files.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use arrow_avro::writer::AvroWriter;
use bigdecimal::{BigDecimal, ToPrimitive};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tamiz::ir::time::{Zone, days_since_epoch};
use tamiz::ir::{Reading, Type, Value};

use crate::workbook::{self, Workbook};

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
    /// The same, compressed with gzip.
    Gzip { files: usize },
    /// The same, compressed with bzip2.
    Bzip2 { files: usize },
    /// The same, each alone in a zip archive.
    Zip { files: usize },
    /// So many files of a JSON object a line.
    Ndjson { files: usize },
    /// So many Parquet files, with so many rows in a row group.
    Parquet { files: usize, group: usize },
    /// So many Arrow files, with so many rows in a record batch; every other one is a stream.
    Ipc { files: usize, group: usize },
    /// A database of SQLite with one table.
    Sqlite,
    /// So many Avro files, with so many rows in a block.
    Avro { files: usize, group: usize },
    /// So many workbooks of Excel.
    Excel { files: usize },
}

/// What engines call types otherwise, and how they take values of them in texts.
struct Spoken<'a> {
    timestamp: &'static str,
    time: &'static str,
    text: &'static str,
    value: &'a dyn Fn(Type, String) -> Option<String>,
}

const STANDARD: Spoken<'_> =
    Spoken { timestamp: "timestamptz", time: "time", text: "text", value: &|_, text| Some(text) };

impl Layout {
    pub(crate) fn engine(self) -> &'static str {
        match self {
            Self::Csv { .. } | Self::Gzip { .. } | Self::Bzip2 { .. } | Self::Zip { .. } => "csv",
            Self::Ndjson { .. } => "ndjson",
            Self::Parquet { .. } => "parquet",
            Self::Ipc { .. } => "ipc",
            Self::Sqlite => "sqlite",
            Self::Avro { .. } => "avro",
            Self::Excel { .. } => "excel",
        }
    }

    /// Whether a case that names an engine is for the layout too: Avro is stored as Parquet is.
    pub(crate) fn is_like(self, engine: &str) -> bool {
        engine == self.engine() || (engine == "ipc" && matches!(self, Self::Avro { .. }))
    }

    fn files(self) -> usize {
        let (Self::Csv { files }
        | Self::Gzip { files }
        | Self::Bzip2 { files }
        | Self::Zip { files }
        | Self::Excel { files }
        | Self::Avro { files, .. }
        | Self::Ndjson { files }
        | Self::Parquet { files, .. }
        | Self::Ipc { files, .. }) = self
        else {
            return 1;
        };
        files
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Gzip { .. } => "csv.gz",
            Self::Bzip2 { .. } => "csv.bz2",
            Self::Zip { .. } => "csv.zip",
            Self::Excel { .. } => "xlsx",
            _ => self.engine(),
        }
    }
}

impl Table {
    /// Writes the table as files of a folder, and says which rows each begins with.
    pub(crate) fn write(&self, folder: &Path, name: &str, layout: Layout, zone: Zone) -> Vec<(PathBuf, usize)> {
        let files = layout.files();
        let each = self.rows.len().div_ceil(files);
        (0..files)
            .map(|index| {
                let start = (index * each).min(self.rows.len());
                let rows = &self.rows[start..(start + each).min(self.rows.len())];
                let path = folder.join(format!("{name}-{index}.{}", layout.extension()));
                match layout {
                    Layout::Csv { .. } => std::fs::write(&path, self.csv(rows)).unwrap(),
                    Layout::Gzip { .. } => std::fs::write(&path, gzip(self.csv(rows).as_bytes())).unwrap(),
                    Layout::Bzip2 { .. } => std::fs::write(&path, bzip2(self.csv(rows).as_bytes())).unwrap(),
                    Layout::Zip { .. } => {
                        let text = self.csv(rows);
                        std::fs::write(&path, workbook::zip([("folder/data.csv", text.as_bytes())])).unwrap();
                    }
                    Layout::Avro { group, .. } => self.avro(rows, &path, group, zone),
                    Layout::Excel { .. } => std::fs::write(&path, self.excel(rows, zone).bytes()).unwrap(),
                    Layout::Ndjson { .. } => std::fs::write(&path, self.ndjson(rows, zone)).unwrap(),
                    Layout::Parquet { group, .. } => self.parquet(rows, &path, group, zone),
                    Layout::Ipc { group, .. } => self.ipc(rows, &path, group, zone, index % 2 == 1),
                    Layout::Sqlite => self.sqlite(name, rows, &path, zone),
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

    /// A JSON object a line. What does not read as the type of its column is a string, and so of the wrong type.
    fn ndjson(&self, rows: &[Vec<Cell>], zone: Zone) -> String {
        let mut text = String::new();
        for row in rows {
            let fields = self.columns.iter().zip(row).map(|(column, cell)| {
                let value = match cell {
                    Cell::Null => "null".to_owned(),
                    Cell::Text(text) => json(text, column.kind.unwrap_or(Type::String), zone),
                };
                format!("{}:{value}", serde_json::Value::from(column.name.as_str()))
            });
            let _ = writeln!(text, "{{{}}}", fields.collect::<Vec<_>>().join(","));
        }
        text
    }

    /// A table of the dataset's name, its rows with the row ids 1, 2, 3.
    pub(crate) fn sqlite(&self, name: &str, rows: &[Vec<Cell>], path: &Path, zone: Zone) {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        // The first word is the type for rules, and the second keeps SQLite from making numbers of text.
        let declared = |kind: Type| match kind {
            Type::Integer => "INTEGER",
            Type::Decimal => "DECIMAL TEXT",
            Type::Float => "REAL",
            Type::Boolean => "BOOLEAN",
            Type::Date => "DATE TEXT",
            Type::Timestamp => "TIMESTAMP TEXT",
            Type::Time => "TIME TEXT",
            Type::Json => "JSON TEXT",
            Type::String | Type::Object | Type::List => "TEXT",
        };
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{} {}", quoted(&column.name), declared(column.kind.unwrap_or(Type::String))))
            .collect();
        let mut connection = rusqlite::Connection::open(path).unwrap();
        let all = connection.transaction().unwrap();
        all.execute_batch(&format!("CREATE TABLE {} ({})", quoted(name), columns.join(", "))).unwrap();
        let places: Vec<&str> = self.columns.iter().map(|_| "?").collect();
        let sql = format!("INSERT INTO {} VALUES ({})", quoted(name), places.join(", "));
        let mut insert = all.prepare(&sql).unwrap();
        for row in rows {
            let cells = self.columns.iter().zip(row).map(|(column, cell)| {
                let Cell::Text(text) = cell else { return rusqlite::types::Value::Null };
                let reading = Reading { zone, ..Reading::plain(column.kind.unwrap_or(Type::String)) };
                match (reading.kind, reading.read(text)) {
                    (Type::Integer, Some(Value::Integer(number))) => number.into(),
                    (Type::Boolean, Some(Value::Boolean(flag))) => i64::from(flag).into(),
                    (Type::Float, _) => text.parse::<f64>().map_or_else(|_| text.clone().into(), Into::into),
                    _ => text.clone().into(),
                }
            });
            insert.execute(rusqlite::params_from_iter(cells)).unwrap();
        }
        drop(insert);
        all.commit().unwrap();
    }

    fn ipc(&self, rows: &[Vec<Cell>], path: &Path, group: usize, zone: Zone, stream: bool) {
        let batch = self.batch(rows, zone);
        let file = File::create(path).unwrap();
        let batches =
            (0..batch.num_rows()).step_by(group).map(|start| batch.slice(start, group.min(batch.num_rows() - start)));
        if stream {
            let mut writer = StreamWriter::try_new(file, &batch.schema()).unwrap();
            batches.for_each(|batch| writer.write(&batch).unwrap());
            writer.finish().unwrap();
        } else {
            let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
            batches.for_each(|batch| writer.write(&batch).unwrap());
            writer.finish().unwrap();
        }
    }

    /// Whether a layout can hold the table: Avro has names of letters alone, and a sheet has no row without a value.
    pub(crate) fn fits(&self, layout: Layout) -> bool {
        match layout {
            Layout::Avro { .. } => self.columns.iter().all(|column| {
                let mut letters = column.name.bytes();
                let first = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic() || letter == b'_');
                first && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
            }),
            Layout::Excel { .. } => {
                let is_empty = |cell: &Cell| matches!(cell, Cell::Null) || *cell == Cell::Text(String::new());
                let odd = |text: &str| text.contains(|letter: char| letter.is_control() && letter != '\n');
                self.rows.iter().all(|row| !row.iter().all(is_empty))
                    && !self.rows.iter().flatten().any(|cell| matches!(cell, Cell::Text(text) if odd(text)))
            }
            _ => true,
        }
    }

    /// The table of a database, as SQL that makes it; none if a database cannot hold it.
    pub(crate) fn sql(&self, schema: &str, name: &str, zone: Zone) -> Option<String> {
        self.sql_with((schema, name), zone, &|_| Some("numeric".to_owned()), &STANDARD)
    }

    /// The same where a decimal has so many digits, and so many decimals, as its column needs.
    pub(crate) fn sql_of_digits(&self, schema: &str, name: &str, zone: Zone) -> Option<String> {
        self.sql_with((schema, name), zone, &|place| self.decimal(place, 38), &STANDARD)
    }

    /// The same for MariaDB, whose sessions are told to spell names and texts as the standard does.
    pub(crate) fn sql_of_mariadb(&self, schema: &str, name: &str, zone: Zone) -> Option<String> {
        let value = |kind, text: String| match kind {
            Type::Timestamp => Some(text.trim_end_matches('Z').replace('T', " ")),
            Type::Boolean => Some(i32::from(Reading::plain(kind).read(&text)? == Value::Boolean(true)).to_string()),
            // It holds nothing that is no number, or infinite.
            Type::Float => text.parse::<f64>().is_ok_and(f64::is_finite).then_some(text),
            _ => Some(text),
        };
        // An instant is kept there as seconds since 1970, in 31 bits; what has no zone there is read as UTC alone.
        let is_kept = |text: &str| text.get(..4).is_some_and(|year| ("1971".."2038").contains(&year));
        let is_instant = |place: usize| self.columns[place].kind == Some(Type::Timestamp);
        let mut instants =
            self.rows.iter().flat_map(|row| row.iter().enumerate().filter(|(place, _)| is_instant(*place)));
        let are_kept = instants.all(|(_, cell)| !matches!(cell, Cell::Text(text) if !is_kept(text)));
        if !are_kept && zone != Zone::UTC {
            return None;
        }
        let timestamp = if are_kept { "timestamp(6) null" } else { "datetime(6)" };
        let spoken = Spoken { timestamp, time: "time(6)", text: "longtext", value: &value };
        self.sql_with((schema, name), zone, &|place| self.decimal(place, 30), &spoken)
    }

    /// The type of a column of decimals, with so many digits as it needs.
    fn decimal(&self, place: usize, most: i64) -> Option<String> {
        let (mut whole, mut scale) = (1, 0);
        for row in &self.rows {
            let Cell::Text(text) = &row[place] else { continue };
            let Some(Value::Decimal(number)) = Reading::plain(Type::Decimal).read(text) else { return None };
            let decimals = number.fractional_digit_count().max(0);
            scale = scale.max(decimals);
            whole = whole.max(i64::try_from(number.with_scale(0).digits()).unwrap());
        }
        (whole + scale <= 38 && scale <= most).then(|| format!("decimal({}, {scale})", (whole + scale).max(18)))
    }

    fn sql_with(
        &self,
        (schema, name): (&str, &str),
        zone: Zone,
        decimal: &dyn Fn(usize) -> Option<String>,
        spoken: &Spoken<'_>,
    ) -> Option<String> {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let mut columns = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            let kind = match column.kind.unwrap_or(Type::String) {
                Type::Integer => "int8",
                Type::Decimal => &decimal(place)?,
                Type::Float => "float8",
                Type::Boolean => "boolean",
                Type::Date => "date",
                Type::Timestamp => spoken.timestamp,
                Type::Time => spoken.time,
                Type::String | Type::Json => spoken.text,
                Type::Object | Type::List => return None,
            };
            columns.push(format!("{} {kind}", quoted(&column.name)));
        }
        let table = format!("{schema}.{}", quoted(name));
        let mut sql = format!("CREATE TABLE {table} ({});", columns.join(", "));
        let mut lists = Vec::new();
        for row in &self.rows {
            let mut cells = Vec::new();
            for (column, cell) in self.columns.iter().zip(row) {
                let Cell::Text(text) = cell else {
                    cells.push("NULL".to_owned());
                    continue;
                };
                let kind = column.kind.unwrap_or(Type::String);
                let reading = Reading { zone, ..Reading::plain(kind) };
                let text = match kind {
                    Type::Timestamp | Type::Date | Type::Time => reading.read(text)?.to_string(),
                    _ => text.clone(),
                };
                if text.contains('\0') {
                    return None;
                }
                cells.push(format!("'{}'", (spoken.value)(kind, text)?.replace('\'', "''")));
            }
            lists.push(format!("({})", cells.join(", ")));
        }
        for some in lists.chunks(500) {
            let _ = write!(sql, "INSERT INTO {table} VALUES {};", some.join(", "));
        }
        Some(sql)
    }

    fn avro(&self, rows: &[Vec<Cell>], path: &Path, group: usize, zone: Zone) {
        let batch = self.batch(rows, zone);
        let mut writer = AvroWriter::new(File::create(path).unwrap(), batch.schema().as_ref().clone()).unwrap();
        for start in (0..batch.num_rows()).step_by(group) {
            writer.write(&batch.slice(start, group.min(batch.num_rows() - start))).unwrap();
        }
        writer.finish().unwrap();
    }

    /// A sheet. What Excel has no type for, or does not hold exactly, is text in it.
    fn excel(&self, rows: &[Vec<Cell>], zone: Zone) -> Workbook {
        let header = self.columns.iter().map(|column| workbook::Cell::Text(column.name.clone())).collect();
        let data = rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row).map(|(column, cell)| match cell {
                Cell::Null => workbook::Cell::Empty,
                Cell::Text(text) => excel_cell(text, column.kind.unwrap_or(Type::String), zone),
            });
            cells.collect()
        });
        Workbook::of(std::iter::once(header).chain(data).collect())
    }

    fn parquet(&self, rows: &[Vec<Cell>], path: &Path, group: usize, zone: Zone) {
        let batch = self.batch(rows, zone);
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    fn batch(&self, rows: &[Vec<Cell>], zone: Zone) -> RecordBatch {
        let arrays: Vec<ArrayRef> = (0..self.columns.len()).map(|place| self.array(rows, place, zone)).collect();
        let fields: Vec<Field> = self
            .columns
            .iter()
            .zip(&arrays)
            .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        RecordBatch::try_new(schema, arrays).unwrap()
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

/// Bytes compressed with gzip, in two members.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in [&bytes[..bytes.len() / 2], &bytes[bytes.len() / 2..]] {
        let mut encoder = flate2::write::GzEncoder::new(whole, flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        whole = encoder.finish().unwrap();
    }
    whole
}

/// Bytes compressed with bzip2, in two streams.
pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in [&bytes[..bytes.len() / 2], &bytes[bytes.len() / 2..]] {
        let mut encoder = bzip2::write::BzEncoder::new(whole, bzip2::Compression::fast());
        encoder.write_all(part).unwrap();
        whole = encoder.finish().unwrap();
    }
    whole
}

fn excel_cell(text: &str, kind: Type, zone: Zone) -> workbook::Cell {
    let reading = Reading { zone, ..Reading::plain(kind) };
    let exact = text.bytes().filter(u8::is_ascii_digit).count() <= 15;
    match reading.read(text) {
        Some(Value::Integer(_) | Value::Decimal(_) | Value::Float(_))
            if exact && !text.ends_with(['n', 'f', 'N', 'y']) =>
        {
            workbook::Cell::Number(text.trim_start_matches('+').to_owned())
        }
        Some(Value::Boolean(flag)) => workbook::Cell::Flag(flag),
        // Days from 1899-12-30 on, after the one that never was.
        Some(Value::Date(day)) if days_since_epoch(day) > -25_500 => {
            workbook::Cell::Day((days_since_epoch(day) + 25_569).to_string())
        }
        _ => workbook::Cell::Text(text.to_owned()),
    }
}

/// A value of a type as JSON.
fn json(text: &str, kind: Type, zone: Zone) -> String {
    let string = || serde_json::Value::from(text).to_string();
    let reading = Reading { zone, ..Reading::plain(kind) };
    match reading.read(text) {
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Decimal(number)) => number.to_plain_string(),
        Some(Value::Float(number)) if number.is_infinite() => if number > 0.0 { "1e999" } else { "-1e999" }.to_owned(),
        Some(Value::Float(number)) => format!("{number:?}"),
        Some(Value::Boolean(flag)) => flag.to_string(),
        Some(Value::Null) => "null".to_owned(),
        _ => string(),
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
