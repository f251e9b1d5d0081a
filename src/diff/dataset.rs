//! What became of each dataset between two runs: rows, nulls and columns.

use std::collections::HashMap;

use serde::Serialize;

use crate::diff::rule::delta;
use crate::outcome::{Column, Dataset, Report, Status};

/// A dataset in two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatasetChange {
    /// Its name in the suite.
    pub name: String,
    /// What it was in the earlier run; none if the suite had none of that name.
    pub before: Option<DatasetSide>,
    /// What it is in the later run.
    pub after: Option<DatasetSide>,
    /// How many more rows were read; none where either is not known.
    pub rows_delta: Option<i64>,
    /// How many more bytes its files have.
    pub bytes_delta: Option<i64>,
    /// Columns that were added, removed, or have another type; none where either run could not read the columns.
    pub columns: Vec<ColumnChange>,
    /// Whether the columns that both have come in another order.
    pub reordered: bool,
    /// Columns whose nulls are known in both, and are not as many.
    pub nulls: Vec<NullChange>,
}

/// A dataset in one of the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatasetSide {
    /// The worst status of its rules.
    pub status: Status,
    /// Where it was read from.
    pub source: String,
    /// How many files it has.
    pub files: u64,
    /// Rows read.
    pub rows: Option<u64>,
    /// Rows the dataset means.
    pub rows_in_scope: Option<u64>,
    /// Rows with a cell not of its declared type.
    pub rows_unparsed: Option<u64>,
    /// Bytes of its files.
    pub bytes: Option<u64>,
    /// The newest modification of its files.
    pub modified_at: Option<String>,
    /// How many columns it has.
    pub columns: u64,
}

/// A change of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ColumnChange {
    /// It is new.
    Added {
        /// Its name.
        column: String,
        /// Its type, if known.
        #[serde(rename = "type")]
        kind: Option<String>,
    },
    /// It is gone.
    Removed {
        /// Its name.
        column: String,
        /// The type it had, if known.
        #[serde(rename = "type")]
        kind: Option<String>,
    },
    /// It has another type.
    Retyped {
        /// Its name.
        column: String,
        /// The type it had.
        before: String,
        /// The type it has.
        after: String,
    },
}

/// The nulls of a column in two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NullChange {
    /// The name of the column.
    pub column: String,
    /// How many there were.
    pub before: u64,
    /// How many there are.
    pub after: u64,
}

impl DatasetChange {
    /// Whether nothing about the data differs; when files were modified does not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_some() == self.after.is_some()
            && self.rows_delta.unwrap_or(0) == 0
            && self.bytes_delta.unwrap_or(0) == 0
            && self.columns.is_empty()
            && self.nulls.is_empty()
            && !self.reordered
    }

    /// Whether the columns differ.
    #[must_use]
    pub fn has_other_columns(&self) -> bool {
        !self.columns.is_empty() || self.reordered
    }
}

/// What differs between two lists of columns, and whether those that both have come in another order.
///
/// Computed columns are the suite's and no part of the data. A type that one of the two does not know is no difference.
#[must_use]
pub fn columns(before: &[Column], after: &[Column]) -> (Vec<ColumnChange>, bool) {
    let (before, after) = (stored(before), stored(after));
    let find = |columns: &[&Column], name: &str| columns.iter().position(|column| column.name == name);
    let mut changes = Vec::new();
    let mut places = Vec::new();
    for column in &after {
        let Some(place) = find(&before, &column.name) else {
            changes.push(ColumnChange::Added { column: column.name.clone(), kind: column.kind.clone() });
            continue;
        };
        places.push(place);
        if let (Some(old), Some(new)) = (&before[place].kind, &column.kind)
            && old != new
        {
            changes.push(ColumnChange::Retyped {
                column: column.name.clone(),
                before: old.clone(),
                after: new.clone(),
            });
        }
    }
    let gone = before.iter().filter(|column| find(&after, &column.name).is_none());
    changes.extend(gone.map(|column| ColumnChange::Removed { column: column.name.clone(), kind: column.kind.clone() }));
    (changes, !places.is_sorted())
}

/// The columns that the data hold.
pub(super) fn stored(columns: &[Column]) -> Vec<&Column> {
    columns.iter().filter(|column| !column.computed).collect()
}

/// Compares the datasets of two runs.
pub(super) fn changes(before: &Report, after: &Report) -> Vec<DatasetChange> {
    let earlier: HashMap<&str, &Dataset> =
        before.datasets.iter().map(|dataset| (dataset.name.as_str(), dataset)).collect();
    let of_later = after.datasets.iter().map(|dataset| (earlier.get(dataset.name.as_str()).copied(), Some(dataset)));
    let is_gone = |dataset: &&Dataset| after.datasets.iter().all(|later| later.name != dataset.name);
    let gone = before.datasets.iter().filter(is_gone).map(|dataset| (Some(dataset), None));
    of_later.chain(gone).filter_map(|(before, after)| change(before, after)).collect()
}

/// Compares a dataset; none if it is in neither run.
fn change(before: Option<&Dataset>, after: Option<&Dataset>) -> Option<DatasetChange> {
    let named = after.or(before)?;
    let both = before.zip(after);
    // A dataset that could not be read has no columns; that is no change of the data.
    let readable = both.filter(|(before, after)| !before.columns.is_empty() && !after.columns.is_empty());
    let (columns, reordered) =
        readable.map(|(before, after)| columns(&before.columns, &after.columns)).unwrap_or_default();
    let number = |of: fn(&Dataset) -> Option<u64>| delta(before.and_then(of), after.and_then(of));
    Some(DatasetChange {
        name: named.name.clone(),
        before: before.map(DatasetSide::of),
        after: after.map(DatasetSide::of),
        rows_delta: number(|dataset| dataset.rows),
        bytes_delta: number(|dataset| dataset.bytes),
        columns,
        reordered,
        nulls: both.map(|(before, after)| nulls(before, after)).unwrap_or_default(),
    })
}

fn nulls(before: &Dataset, after: &Dataset) -> Vec<NullChange> {
    let known = after.columns.iter().filter_map(|column| {
        let old = before.columns.iter().find(|old| old.name == column.name)?;
        Some(NullChange { column: column.name.clone(), before: old.nulls?, after: column.nulls? })
    });
    known.filter(|change| change.before != change.after).collect()
}

impl DatasetSide {
    fn of(dataset: &Dataset) -> Self {
        Self {
            status: dataset.status,
            source: dataset.source.clone(),
            files: dataset.files.len() as u64,
            rows: dataset.rows,
            rows_in_scope: dataset.rows_in_scope,
            rows_unparsed: dataset.rows_unparsed,
            bytes: dataset.bytes,
            modified_at: dataset.modified_at.clone(),
            columns: stored(&dataset.columns).len() as u64,
        }
    }
}
