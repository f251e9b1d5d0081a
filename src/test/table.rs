//! A table of a test as a file: text in CSV as it is, and rows as a JSON object a line.
//!
//! JSON keeps apart what tests must keep apart: no value and empty text, `007` and `7`, a cell that does not read. A cell is
//! read from its spelling by the type of its column; where the suite declares none, by the narrowest that all cells of the
//! table read as. What the format of the dataset says of spellings holds; what it says of files does not.

use std::io;
use std::path::Path;

use serde_json::Value as Json;

use crate::dataset::{Column, Dataset, Format, Kind, Source};
use crate::engine::source::infer::Guess;
use crate::ir::{Marks, Reading, Type, Value};
use crate::suite::test::Table;
use crate::suite::yaml::{Content, Entry, Node, Scalar};

/// Writes a table into a folder, and makes it the source of its dataset.
pub(super) fn write(dataset: &mut Dataset, table: &Table, folder: &Path) -> io::Result<()> {
    let (kind, text) = match table {
        Table::Text(text) => (Kind::Csv, text.clone()),
        Table::Rows { columns, rows } => (Kind::Ndjson, lines(dataset, columns, rows)),
    };
    let name = format!("{}.{}", dataset.name, kind.name());
    let path = folder.join(&name);
    std::fs::write(&path, text)?;
    dataset.source = Source::new(vec![name], vec![path.into()]);
    let marks = dataset.format.marks.filter(|_| kind == Kind::Csv);
    dataset.format = Format { kind: Some(kind), marks, ..Format::default() };
    Ok(())
}

/// The rows as lines of JSON; what only CSV says is settled and taken out of the dataset.
fn lines(dataset: &mut Dataset, columns: &[String], rows: &[Vec<Entry>]) -> String {
    let null_values = dataset.null_values.take().unwrap_or_default();
    dataset.quoted_empty_is_text = false;
    for name in columns {
        let cells = || rows.iter().flatten().filter(|cell| cell.key == *name).map(|cell| &cell.value);
        declare(dataset, name, cells, &null_values);
    }
    let cells = Cells { dataset, null_values: &null_values };
    let line = |row: &Vec<Entry>| {
        let fields = row.iter().map(|cell| (cell.key.as_str(), cells.json(&cell.value, &cell.key)));
        object(fields) + "\n"
    };
    let text = rows.iter().map(line).collect();
    for reading in dataset.columns.iter_mut().filter_map(|column| column.reading.as_mut()) {
        reading.true_values.clear();
        reading.false_values.clear();
        reading.marks = Marks::default();
    }
    text
}

/// Gives a column a type, unless it has one or holds structures.
fn declare<'c, I: Iterator<Item = &'c Node>>(
    dataset: &mut Dataset,
    name: &str,
    cells: impl Fn() -> I,
    null_values: &[String],
) {
    let declared = dataset.column(name);
    let structured = cells().any(|cell| matches!(cell.content, Content::List(_) | Content::Map(_)));
    if structured || declared.is_some_and(|column| column.reading.is_some()) {
        return;
    }
    // The spellings of flags and the zone are the same for all columns of a dataset.
    let like = dataset.columns.iter().find_map(|column| column.reading.clone());
    let like = like.map_or_else(
        || Reading::plain(Type::String),
        |like| Reading { parse: Vec::new(), trim: false, kind: Type::String, ..like },
    );
    let like = Reading { missing: declared.and_then(|column| column.missing.clone()), ..like };
    let mut guess = Guess::new(&like);
    cells().filter_map(Node::text).filter(|text| !null_values.iter().any(|null| null == text)).for_each(|text| {
        guess.add(text);
    });
    let reading = Some(Reading { kind: guess.kind(), missing: None, ..like });
    match dataset.columns.iter_mut().find(|column| column.name == name) {
        Some(column) => column.reading = reading,
        None => dataset.columns.push(Column { name: name.to_owned(), reading, sql: None, missing: None }),
    }
}

struct Cells<'a> {
    dataset: &'a Dataset,
    null_values: &'a [String],
}

impl Cells<'_> {
    /// A cell as JSON; `path` is the column it stands in, or the field inside one.
    fn json(&self, cell: &Node, path: &str) -> String {
        match &cell.content {
            Content::Null(_) => "null".to_owned(),
            Content::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.json(item, path)).collect();
                format!("[{}]", items.join(","))
            }
            Content::Map(entries) => {
                let inside = |entry: &Entry| self.json(&entry.value, &format!("{path}.{}", entry.key));
                object(entries.iter().map(|entry| (entry.key.as_str(), inside(entry))))
            }
            Content::Scalar(scalar) if self.null_values.contains(&scalar.text) => "null".to_owned(),
            Content::Scalar(scalar) => self.scalar(scalar, path),
        }
    }

    fn scalar(&self, scalar: &Scalar, path: &str) -> String {
        let declared = self.dataset.column(path).and_then(|column| column.reading.clone());
        let reading = declared.unwrap_or_else(|| {
            // Inside structures the spelling alone tells, and quotes make text.
            let mut guess = Guess::default();
            guess.add(&scalar.text);
            Reading::plain(if scalar.plain { guess.kind() } else { Type::String })
        });
        let bare = match reading.kind {
            Type::Integer | Type::Decimal | Type::Float | Type::Boolean => reading.read(&scalar.text),
            _ => None,
        };
        match bare {
            Some(Value::Integer(number)) => number.to_string(),
            Some(Value::Decimal(number)) => number.to_plain_string(),
            // A number that no float holds reads as an infinite one.
            Some(Value::Float(number)) if number.is_infinite() => {
                if number > 0.0 { "1e999" } else { "-1e999" }.to_owned()
            }
            Some(Value::Float(number)) => format!("{number:?}"),
            Some(Value::Boolean(flag)) => flag.to_string(),
            Some(Value::Null) => "null".to_owned(),
            // Text that does not read as its type stays text, and so does not read in the run either.
            _ => Json::from(scalar.text.as_str()).to_string(),
        }
    }
}

fn object<'k>(fields: impl Iterator<Item = (&'k str, String)>) -> String {
    let fields: Vec<String> = fields.map(|(key, value)| format!("{}:{value}", Json::from(key))).collect();
    format!("{{{}}}", fields.join(","))
}
