use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The dataset has this column.
///
/// A declared column that is absent fails this rule even where nobody wrote it; write it to give it a severity of its own.
/// The name is compared exactly, case included. What the column holds does not matter. With `position` it must stand there,
/// counted from 1.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnExists {
    /// The column to look for.
    column: String,
    /// Where among the columns of the file it must stand, counted from 1.
    position: Option<usize>,
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
        let place = match self.position {
            Some(position) => format!(" {} {position}", said.lang.pick("at position", "en la posición")),
            None => String::new(),
        };
        format!("`{}` {has} {column} `{}`{place}", said.dataset, self.column)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        if self.position == Some(0) {
            return Err(Mistake::at("position", "is 0, and the first column is at 1"));
        }
        let names = vec![self.column.clone()];
        Ok(Lowered::Columns { names, exact: false, ordered: false, position: self.position })
    }
}
