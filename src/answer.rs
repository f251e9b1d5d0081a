//! What engines answer: columns, numbers, rows that show a failure.
//!
//! The words between an engine and those who judge and record. Nothing here reads data.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ir::{Fold, Measure, Reading, Reference, Scalar, Type, Value};
pub use crate::outcome::Statement;
use crate::outcome::{DecidedBy, Fault, File, Sample, TopValue};

/// What a dataset is found to be when it is opened: its columns and how their values read.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The columns in the order of the file.
    pub columns: Vec<SchemaColumn>,
    /// Fields inside structures that rules look at, by their paths; they are no columns of the table.
    pub nested: Vec<SchemaColumn>,
    /// What the database says of itself, if the dataset is one.
    pub structure: Option<Structure>,
}

/// What a database says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// The names of its tables and views, in order.
    pub tables: Vec<String>,
    /// The keys of the table or view that the dataset is; none if it is another part of the database.
    pub keys: Option<Keys>,
}

/// The keys and indexes of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// The columns of its primary key, in order; none if it has none.
    pub primary_key: Vec<String>,
    /// Its references to other tables.
    pub foreign_keys: Vec<Reference>,
    /// Its indexes, those that stand for its keys too.
    pub indexes: Vec<Index>,
}

/// An index of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Whether no two rows may have the same values.
    pub unique: bool,
    /// Whether it is of columns alone and of all rows: no expression, no `WHERE`.
    pub whole: bool,
    /// Whether it is there because of the primary key.
    pub of_primary_key: bool,
}

/// One column of an opened dataset.
#[derive(Clone, Debug)]
pub struct SchemaColumn {
    /// Its name, in Unicode NFC.
    pub name: String,
    /// How its values read; none for a column of text that no rule needs, whose type was not looked for.
    pub reading: Option<Reading>,
    /// Whether the type was found in the values.
    pub inferred: bool,
    /// The stored type, where the file has one.
    pub stored: Option<String>,
    /// The family of the stored type, where the file has one and it is of ours.
    pub family: Option<Type>,
    /// A file of the dataset that has no such column.
    pub missing_in: Option<String>,
    /// How it is computed, if it is no column of the file.
    pub computed: Option<Computed>,
}

/// A column that is an expression over others.
#[derive(Clone, Debug)]
pub enum Computed {
    /// The expression, bound.
    Value(Scalar),
    /// It cannot be computed, for there is no such column.
    Lacks(String),
    /// It cannot be computed.
    Unfit(Fault),
}

impl SchemaColumn {
    /// Whether every row has a cell or a value of it.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        self.missing_in.is_none() && matches!(self.computed, None | Some(Computed::Value(_)))
    }

    /// Whether every file has it as a column of its own.
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        self.missing_in.is_none() && self.computed.is_none()
    }
}

impl Schema {
    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&SchemaColumn> {
        self.columns.iter().chain(&self.nested).find(|column| column.name == name)
    }

    /// The number of the column of a name: those of the table first, then fields inside structures.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().chain(&self.nested).position(|column| column.name == name)
    }

    /// The column of a number.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&SchemaColumn> {
        self.columns.get(place).or_else(|| self.nested.get(place.checked_sub(self.columns.len())?))
    }
}

/// What is known of a file before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Its path, as it is shown.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// When it was last modified, in microseconds since 1970 UTC; none if the system does not say.
    pub modified: Option<i64>,
    /// The SHA-256 of its bytes in hexadecimal, if that was asked for.
    pub sha256: Option<String>,
}

/// A number that a measure asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// A count of rows.
    Count(u64),
    /// A value of all rows; null where there is none.
    Value(Value),
    /// The two ends of a range; null where there is none.
    Range(Value, Value),
    /// Counts over keys.
    Keys(KeyCounts),
    /// The different values, with how often each occurs, in the order of the values.
    Values(Vec<(Value, u64)>),
    /// How rows differ from those of another dataset.
    Pairs(PairCounts),
    /// Structural faults, with the first of them in words.
    Findings(FoundFaults),
    /// A number for each group, by the values of the columns that make it, in the order of these.
    Groups(Vec<(Vec<Value>, Number)>),
}

impl Number {
    /// The answer to a measure where there is no row.
    #[must_use]
    pub fn of_nothing(measure: &Measure) -> Self {
        match measure {
            Measure::Rows(_) | Measure::Orphans(..) | Measure::Order(..) | Measure::Query(_) => Self::Count(0),
            Measure::Fold(Fold::Range(..), ..) => Self::Range(Value::Null, Value::Null),
            Measure::Fold(Fold::Sum, ..) => Self::Value(Value::Integer(0)),
            Measure::Fold(..) | Measure::Correlation(..) => Self::Value(Value::Null),
            Measure::Values(..) => Self::Values(Vec::new()),
            Measure::Repeats(..) => Self::Keys(KeyCounts::default()),
            Measure::Pairs(..) => Self::Pairs(PairCounts::default()),
            Measure::Grouped(..) => Self::Groups(Vec::new()),
            Measure::Facts | Measure::Findings => Self::Findings(FoundFaults::default()),
        }
    }
}

/// Counts over the keys of some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyCounts {
    /// Rows whose key occurs more than once.
    pub rows: u64,
    /// Keys that occur more than once.
    pub repeated: u64,
    /// Rows beyond the first of each key.
    pub surplus: u64,
    /// Different keys.
    pub distinct: u64,
}

/// How the rows of two datasets go together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairCounts {
    /// Rows of this side that have an equal one on the other.
    pub matched: u64,
    /// Rows of this side that belong to none of the other.
    pub only_here: u64,
    /// Rows of the other side that belong to none of this.
    pub only_there: u64,
    /// Rows that belong to one of the other side, and differ from it.
    pub differing: u64,
    /// In how many of them each column differs, those that do.
    pub columns: Vec<(String, u64)>,
}

/// The structural faults of the files of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundFaults {
    /// How many there are.
    pub total: u64,
    /// How many of each kind, by the kind's stable name.
    pub by_kind: Vec<(String, u64)>,
    /// The first of them.
    pub first: Vec<FoundFault>,
}

/// One structural fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFault {
    /// The path of the file.
    pub file: String,
    /// The physical line, from 1.
    pub line: u64,
    /// The number of the character in that line, from 1.
    pub column: Option<u64>,
    /// The stable name of its kind.
    pub kind: String,
    /// What is wrong, in words.
    pub text: crate::outcome::Text,
}

/// What a check would read of a dataset.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// How many files it has.
    pub files: u64,
    /// How many bytes these have.
    pub bytes: u64,
    /// How many rows there are, if metadata say so.
    pub rows: Option<u64>,
    /// How many row groups would be read, and how many there are; none of files that have no such.
    pub row_groups: (u64, u64),
    /// How many bytes would be read.
    pub read: u64,
    /// What would tell each measure.
    pub decided: Vec<(Measure, DecidedBy)>,
    /// What a database would be asked, for which measures; or what it cannot say.
    pub statements: Vec<(Vec<Measure>, Result<String, String>)>,
}

/// What an engine found in one dataset.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The numbers, or why there is none.
    pub numbers: HashMap<Measure, Result<Number, Fault>>,
    /// The deepest step that each kind of visit needed.
    pub decided_by: HashMap<Measure, DecidedBy>,
    /// The statements that a database answered, by what they were asked for.
    pub statements: HashMap<Measure, Arc<Statement>>,
    /// The files read.
    pub files: Vec<File>,
    /// The format read.
    pub format: Option<String>,
    /// Rows read.
    pub rows: u64,
    /// Records that could not be taken apart.
    pub malformed: u64,
}

/// Rows that show a failure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The first violating rows, by file and row.
    pub samples: Vec<Sample>,
    /// The most frequent violating values.
    pub top_values: Vec<TopValue>,
}

/// A value as the JSON of a record: an integer beyond 2^53, a decimal or an infinity is text.
#[must_use]
pub fn json_of(value: &Value) -> serde_json::Value {
    const EXACT: i64 = 1 << 53;
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(flag) => (*flag).into(),
        Value::Integer(number) if (-EXACT..=EXACT).contains(number) => (*number).into(),
        Value::Float(number) if number.is_finite() => (*number).into(),
        other => other.to_string().into(),
    }
}
