use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::Texts;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Predicate, Scalar, Type};

/// Every value reads as the declared type.
///
/// A declared `type` of a column is this rule, with the id `dataset.column.type`; `type: {is: integer, allow: 2%}` gives it
/// common keys. Text reads as its type exactly (`007` is an integer, `5.0` and `1e3` are not). A column stored with a type
/// of another family has no value that reads. Nulls are left out. A value that does not read breaks this rule and no other.
///
/// In an `expect` list, of a column that is not declared, it declares nothing: it asks whether the values are of the type, or
/// of one of several, as the file stores them; text without a declared type is what all its values read as.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnType {
    /// The column to test.
    column: String,
    /// The type: string, integer, decimal, float, boolean, date, timestamp, time, json, object or list; in an `expect` list
    /// also several, of which one is enough.
    is: Texts,
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
        let types = self.is.all().join(said.lang.pick(" or ", " o "));
        format!("`{}` {} {types}", self.column, said.lang.pick("reads as", "se lee como"))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let kind = |word: &String| word.parse::<Type>().map_err(|()| Mistake::at("is", format!("is no type: `{word}`")));
        let kinds = self.is.all().iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        if kinds.is_empty() {
            return Err(Mistake::at("is", "names no type"));
        }
        match on.reading(&self.column).map(|reading| reading.kind) {
            None => {
                let bad = Predicate::OfType(Scalar::column(&self.column), kinds).negate();
                Ok(Lowered::no_row(vec![self.column.clone()], bad))
            }
            Some(declared) if kinds.contains(&declared) => {
                let unparsed = Predicate::Unparsed(self.column.clone());
                Ok(Lowered::NoRowOf {
                    missing: Predicate::all([Predicate::is_null(&self.column), unparsed.clone().negate()]),
                    bad: unparsed,
                    tested: Vec::new(),
                    malformed_too: false,
                })
            }
            Some(declared) => Err(Mistake::at("is", format!("is not {declared}, which `{}` is declared to be", self.column))
                .help("the type of a column stands where the column is declared")),
        }
    }
}
