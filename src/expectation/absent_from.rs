use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::foreign_key::Target;
use crate::expectation::parameter::{key, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// No value occurs in a column of another dataset.
///
/// `to` is written as for `foreign_key`, whose opposite this is: `to: blocked.email`, `to: archive` with several `columns`,
/// or `to: {dataset: archive, columns: [id, region]}`. Only rows that the other dataset's `where` keeps count. A row with a
/// null in its key is left out; `nulls: value` lets a null find a null.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AbsentFrom {
    /// The column to test.
    column: Option<String>,
    /// The columns that make the key together.
    columns: Option<Vec<String>>,
    /// The dataset and columns to look in.
    to: Target,
}

impl Expectation for AbsentFrom {
    const NAME: &'static str = "absent_from";
    const EXAMPLE: &'static str = "{column: email, to: blocked.email}";
    const MAIN: Option<&'static str> = Some("to");
    const PLACE: Place = Place::Columns;
    const DIMENSION: Dimension = Dimension::Integrity;

    fn columns(&self) -> Vec<String> {
        key(self.column.as_ref(), self.columns.as_ref()).unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = quoted(&Expectation::columns(self));
        let found = match names.len() {
            0 | 1 => said.lang.pick("is not found in", "no está en"),
            _ => said.lang.pick("are never found together in", "no están nunca en una misma fila de"),
        };
        format!("{} {found} {}", said.lang.list(&names), self.to.shown())
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let keys = key(self.column.as_ref(), self.columns.as_ref())?;
        let (parent, parent_keys) = self.to.resolve(&keys)?;
        Ok(Lowered::Partners { keys, parent, parent_keys, wanted: false })
    }
}
