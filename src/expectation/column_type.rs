use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Predicate, Type};

/// Every value reads as the declared type.
///
/// A declared `type` of a column is this rule, with the id `dataset.column.type`; `type: {is: integer, allow: 2%}` gives it
/// common keys. Text reads as its type exactly (`007` is an integer, `5.0` and `1e3` are not). A column stored with a type
/// of another family has no value that reads. Nulls are left out. A value that does not read breaks this rule and no other.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnType {
    /// The column to test.
    column: String,
    /// The type: string, integer, decimal, float, boolean, date, timestamp, time, json, object or list.
    is: String,
}

impl Expectation for ColumnType {
    const NAME: &'static str = "type";
    const EXAMPLE: &'static str = "{column: quantity, is: integer}";
    const MAIN: Option<&'static str> = Some("is");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("`{}` {} {}", self.column, said.lang.pick("reads as", "se lee como"), self.is)
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let kind: Type = self.is.parse().map_err(|()| Mistake::at("is", format!("is no type: `{}`", self.is)))?;
        if on.reading(&self.column).is_none_or(|reading| reading.kind != kind) {
            return Err(Mistake::at("is", "is said where the column is declared")
                .help(format!("write `columns: {{{}: {{type: {kind}}}}}`", self.column)));
        }
        let unparsed = Predicate::Unparsed(self.column.clone());
        Ok(Lowered::NoRowOf {
            missing: Predicate::all([Predicate::is_null(&self.column), unparsed.clone().negate()]),
            bad: unparsed,
            tested: Vec::new(),
            malformed_too: false,
        })
    }
}
