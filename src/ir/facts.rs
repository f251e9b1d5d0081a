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
