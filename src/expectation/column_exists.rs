use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The dataset has this column.
///
/// A declared column that is absent fails this rule even where nobody wrote it; write it to give it a severity of its own.
/// The name is compared exactly, case included. What the column holds does not matter.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnExists {
    /// The column to look for.
    column: String,
}

impl Expectation for ColumnExists {
    const NAME: &'static str = "column_exists";
    const EXAMPLE: &'static str = "column: email";
    const MAIN: Option<&'static str> = Some("column");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (has, column) = said.lang.pick(("has", "a column"), ("tiene", "una columna"));
        format!("`{}` {has} {column} `{}`", said.dataset, self.column)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Columns { names: vec![self.column.clone()], exact: false, ordered: false })
    }
}
