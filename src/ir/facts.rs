//! What is expected of a dataset before any row is read: its columns and its files.

use crate::ir::Type;
use crate::ir::duration::Duration;
use crate::ir::size::Size;

/// The columns that a dataset should have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnsExpected {
    /// The dataset.
    pub dataset: String,
    /// The names.
    pub names: Vec<String>,
    /// Whether no other column may be there.
    pub exact: bool,
    /// Whether they must stand in this order.
    pub ordered: bool,
    /// Where the one of them must stand, counted from 1, if that is asked.
    pub position: Option<usize>,
}

/// The columns that a dataset should have, and their types.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SchemaExpected {
    /// The columns.
    pub columns: ColumnsExpected,
    /// The type of each, in the order of their names; none where any will do.
    pub types: Vec<Option<Type>>,
    /// The keys and indexes, if they are asked for.
    pub keys: Option<KeysExpected>,
}

/// The keys and indexes that a table of a database should have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeysExpected {
    /// The columns of the primary key, in any order; none of them if there should be no key.
    pub primary_key: Option<Vec<String>>,
    /// References to other tables.
    pub foreign_keys: Option<Vec<Reference>>,
    /// Indexes.
    pub indexes: Option<Vec<IndexExpected>>,
    /// Whether no other reference and no other index may be there, where those are asked for.
    pub exact: bool,
}

/// A reference from columns of a table to those of another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table they refer to.
    pub table: String,
    /// Its columns, in the order of those that refer.
    pub to: Vec<String>,
}

/// An index that a table should have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IndexExpected {
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Whether it must be one of different values, or must not; either will do if unsaid.
    pub unique: Option<bool>,
}

/// The tables that a database should have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TablesExpected {
    /// The dataset that is the database, or a part of it.
    pub dataset: String,
    /// The names of tables and views.
    pub names: Vec<String>,
    /// Whether no other one may be there.
    pub exact: bool,
}

/// What should hold of each file of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileExpected {
    /// The dataset.
    pub dataset: String,
    /// Whether there is one, if that is asked.
    pub exists: Option<bool>,
    /// Whether it was last modified on the day of the run's "now".
    pub modified_today: bool,
    /// How long before the run's "now" it may have been modified last.
    pub max_age: Option<Duration>,
    /// The least size.
    pub min_size: Option<Size>,
    /// The greatest size.
    pub max_size: Option<Size>,
    /// The SHA-256 of its bytes, in small hexadecimal digits.
    pub sha256: Option<String>,
}
