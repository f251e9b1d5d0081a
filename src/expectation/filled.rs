//! The parameters that `at_least_one` and `at_most_one` share, and what they mean.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::Mistake;
use crate::expectation::parameter::key;
use crate::ir::Predicate;

/// Columns of which some have a value in a row.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Filled {
    /// The columns, at least two.
    pub(super) columns: Vec<String>,
}

impl Filled {
    /// The columns, if there are several.
    ///
    /// # Errors
    /// None, one or the same twice.
    pub(super) fn several(&self) -> Result<Vec<String>, Mistake> {
        let columns = key(None, Some(&self.columns))?;
        if columns.len() < 2 {
            return Err(Mistake::at("columns", "names one column").help("name two or more; `not_null` is about one"));
        }
        Ok(columns)
    }
}

/// True where a column has a value; one that does not read as its type is a value too. Never unknown.
pub(super) fn has_value(column: &str) -> Predicate {
    Predicate::any([Predicate::is_null(column).negate(), Predicate::Unparsed(column.to_owned())])
}
