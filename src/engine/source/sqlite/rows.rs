//! The cells of some rows, and how they read.
//!
//! A cell is null, an integer, a float, text or a blob, whatever its column is declared as. It reads as a type if it is
//! stored as that type is: an integer as integer, text as string. Types that SQLite has no storage for are read from text, as
//! in CSV, and from what its own conventions store: 0 and 1 are flags, numbers are decimals too. No blob reads as anything.

use std::sync::Arc;

use arrow::array::{ArrowPrimitiveType, PrimitiveArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{Float64Type, Int64Type};
use rusqlite::types::ValueRef;

use super::{Taken, Wanted};
use crate::engine::source::column::{self, Cells, Column, Given, Mask};
use crate::engine::source::missing::Sentinels;
use crate::ir::{Reading, Type, Value};

/// How many bytes of a blob are shown.
const SHOWN: usize = 32;

/// Some rows.
pub(super) struct Rows {
    fields: Vec<Field>,
    rows: usize,
}

/// The cells of one column.
#[derive(Default)]
struct Field {
    cells: Vec<Cell>,
    /// The bytes of texts and blobs.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(usize, usize),
    Blob(usize, usize),
}

impl Rows {
    pub(super) fn new(fields: usize) -> Self {
        Self { fields: (0..fields).map(|_| Field::default()).collect(), rows: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// How many bytes its texts and blobs have.
    pub(super) fn bytes(&self) -> usize {
        self.fields.iter().map(|field| field.bytes.len()).sum()
    }

    /// Adds the cell of a field to the row that is being read.
    pub(super) fn add(&mut self, field: usize, value: ValueRef<'_>) {
        let field = &mut self.fields[field];
        let mut keep = |bytes: &[u8]| {
            let start = field.bytes.len();
            field.bytes.extend_from_slice(bytes);
            (start, field.bytes.len())
        };
        let cell = match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(text) if text_of(value).is_some() => {
                let (start, end) = keep(text);
                Cell::Text(start, end)
            }
            // Text that is none in UTF-8 is bytes.
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                let (start, end) = keep(bytes);
                Cell::Blob(start, end)
            }
        };
        field.cells.push(cell);
    }

    pub(super) fn end_row(&mut self) {
        self.rows += 1;
    }

    pub(super) fn clear(&mut self) {
        self.rows = 0;
        for field in &mut self.fields {
            field.cells.clear();
            field.bytes.clear();
        }
    }

    /// A column as it is asked for.
    pub(super) fn column(&self, field: usize, wanted: &Wanted) -> Column {
        let Wanted { reading, taken, .. } = wanted;
        let cells = &self.fields[field].cells;
        let plain = *taken == Taken::OfItsType && reading.missing.is_none();
        let only = |is: fn(&Cell) -> bool| plain && cells.iter().all(is);
        let none = Sentinels::of(reading);
        match reading.kind {
            Type::Integer if only(|cell| matches!(cell, Cell::Null | Cell::Integer(_))) => {
                numbers::<Int64Type>(cells, |cell| if let Cell::Integer(number) = cell { Some(*number) } else { None })
            }
            Type::Float if only(|cell| matches!(cell, Cell::Null | Cell::Real(_))) => numbers::<Float64Type>(
                cells,
                |cell| if let Cell::Real(number) = cell { none.float(*number) } else { None },
            ),
            _ => column::read(&Taking { rows: self, taken: *taken }, field, reading),
        }
    }
}

/// A column of numbers and nulls alone.
fn numbers<T: ArrowPrimitiveType>(cells: &[Cell], number: impl Fn(&Cell) -> Option<T::Native>) -> Column {
    let mut nulls = Mask::default();
    let values = cells.iter().enumerate().map(|(row, cell)| {
        number(cell).unwrap_or_else(|| {
            nulls.set(row);
            T::Native::default()
        })
    });
    let values = values.collect::<Vec<_>>();
    let nulls = nulls.build(cells.len()).map(|nulls| NullBuffer::new(!&nulls));
    Column::Whole(Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls)), None)
}

/// The cells of some rows, and which of them are taken.
struct Taking<'a> {
    rows: &'a Rows,
    taken: Taken,
}

impl Cells for Taking<'_> {
    fn rows(&self) -> usize {
        self.rows.rows
    }

    fn each(&self, field: usize, reading: &Reading, mut take: impl FnMut(Given<'_>)) {
        let field = &self.rows.fields[field];
        let mut written = String::new();
        for cell in &field.cells {
            let cell = match *cell {
                Cell::Null => ValueRef::Null,
                Cell::Integer(number) => ValueRef::Integer(number),
                Cell::Real(number) => ValueRef::Real(number),
                Cell::Text(start, end) => ValueRef::Text(&field.bytes[start..end]),
                Cell::Blob(start, end) => ValueRef::Blob(&field.bytes[start..end]),
            };
            written.clear();
            take(given(cell, reading, self.taken, &mut written));
        }
    }
}

/// What stands in a cell, as it is taken.
fn given<'t>(cell: ValueRef<'t>, reading: &Reading, taken: Taken, written: &'t mut String) -> Given<'t> {
    let text = match cell {
        ValueRef::Null => return Given::Nothing,
        ValueRef::Integer(number) => {
            written.push_str(&number.to_string());
            written.as_str()
        }
        ValueRef::Real(number) => {
            // Every digit that tells it from its neighbours; a decimal has no exponent.
            let plain = reading.kind == Type::Decimal;
            written.push_str(&if plain { format!("{number}") } else { format!("{number:?}") });
            written.as_str()
        }
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match text_of(cell) {
            Some(text) => text,
            None if taken == Taken::Shown => {
                written.push_str(&literal(bytes, if reading.as_stored { usize::MAX } else { SHOWN }));
                written.as_str()
            }
            None => return Given::Other,
        },
    };
    let text = if reading.trim { text.trim() } else { text };
    if reading.missing.as_ref().is_some_and(|missing| missing.is_spelled(text)) {
        return Given::Nothing;
    }
    match taken {
        Taken::OfItsType => of_type(cell, reading.kind, text),
        Taken::AsText | Taken::Shown => Given::Text(text),
    }
}

/// The text of a cell that is stored as text; what is none in UTF-8 is bytes.
pub(in crate::engine) fn text_of(cell: ValueRef<'_>) -> Option<&str> {
    if let ValueRef::Text(text) = cell { std::str::from_utf8(text).ok() } else { None }
}

/// The value of one cell as a column reads it, null of nothing; none if it does not read.
pub(in crate::engine) fn value_of(cell: ValueRef<'_>, reading: &Reading, taken: Taken) -> Option<Value> {
    let mut written = String::new();
    match given(cell, reading, taken, &mut written) {
        Given::Nothing => Some(Value::Null),
        Given::Text(text) => {
            let value = reading.read_cell(text)?;
            Some(if reading.missing_values().contains(&value) { Value::Null } else { value })
        }
        _ => None,
    }
}

/// A cell as one of a type.
fn of_type<'t>(cell: ValueRef<'_>, kind: Type, text: &'t str) -> Given<'t> {
    match (cell, kind) {
        (ValueRef::Integer(0), Type::Boolean) => Given::Text("false"),
        (ValueRef::Integer(1), Type::Boolean) => Given::Text("true"),
        (ValueRef::Integer(_), Type::Integer | Type::Decimal | Type::Float | Type::Json)
        | (ValueRef::Real(_), Type::Decimal | Type::Float | Type::Json)
        | (
            ValueRef::Text(_),
            Type::String | Type::Json | Type::Decimal | Type::Boolean | Type::Date | Type::Timestamp | Type::Time,
        ) => Given::Text(text),
        _ => Given::Other,
    }
}

/// A blob as SQL writes it, the first `most` of its bytes.
fn literal(bytes: &[u8], most: usize) -> String {
    let digits = bytes.iter().take(most).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let more = if bytes.len() > most { "…" } else { "" };
    format!("x'{digits}{more}'")
}
