//! A SELECT that the author of a suite wrote, taken apart as far as an engine must know it.

use crate::ir::{Predicate, time};

/// One SELECT over datasets of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Its text, cut where the run's "now" goes in; one piece once it is bound.
    pub pieces: Vec<String>,
    /// The datasets it names.
    pub tables: Vec<Table>,
    /// Whether its one value is the number; else the number of its rows is.
    pub is_value: bool,
    /// Whether it says in which order its rows come.
    pub is_ordered: bool,
    /// What the columns of its rows are made of, in their order; none where its text does not tell.
    pub outputs: Option<Vec<Output>>,
}

/// A dataset that a query names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// Its name in the query.
    pub name: String,
    /// The dataset that is read for it.
    pub dataset: String,
    /// Which of its rows it has.
    pub scope: Predicate,
    /// The columns that may be named; all if none is said.
    ///
    /// Before binding these are all the names in the query, whatever they name; then those that are columns.
    pub columns: Option<Vec<String>>,
}

/// What a column of the rows that a query returns is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Output {
    /// Its name, if one is given to it.
    pub name: Option<String>,
    /// Every name in what it is made of, columns or not; none of a count.
    pub of: Vec<String>,
}

impl Output {
    /// Whether it stands for columns that are not named.
    #[must_use]
    pub fn is_star(&self) -> bool {
        self.name.as_deref() == Some("*")
    }
}

impl Query {
    /// The text with the run's "now" put in.
    #[must_use]
    pub fn text(&self, now: &str) -> String {
        self.pieces.join(now)
    }
}

/// An instant as SQL writes it, in UTC and without a zone: `2025-06-30 12:00:00`.
#[must_use]
pub fn instant(micros: i64) -> String {
    time::format_timestamp(micros).trim_end_matches('Z').replace('T', " ")
}
