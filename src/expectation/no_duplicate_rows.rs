use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{capped, key, quoted};
use crate::expectation::unique::Counted;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};

/// No row occurs twice.
///
/// Rows are compared in all columns of the files, or in those of `columns`; computed columns hang on the others and do not
/// count. Values are compared, not spellings: `1.0` and `1` are one number. Null equals null, and a row of nothing but nulls
/// repeats another one. Every row of a duplicated group is a violation; `count: distinct` counts each repeated row once and
/// `count: surplus` those beyond the first. With `columns`, `nulls` may say otherwise, as it does for `unique`. A structure or
/// a list has no value to compare: name its fields in `columns`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoDuplicateRows {
    /// The columns in which rows are compared; all columns of the files if left out.
    columns: Option<Vec<String>>,
    /// What is counted as a violation.
    #[serde(default)]
    count: Counted,
}

impl Expectation for NoDuplicateRows {
    const NAME: &'static str = "no_duplicate_rows";
    const EXAMPLE: &'static str = "count: surplus";
    const MAIN: Option<&'static str> = Some("columns");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Uniqueness;
    const NULLS: NullRule = NullRule::Value;

    fn columns(&self) -> Vec<String> {
        self.columns.clone().unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (none, twice) = said.lang.pick(("no row of", "occurs twice"), ("ninguna fila de", "se repite"));
        let columns = match self.columns.as_deref() {
            None => String::new(),
            Some(columns) => {
                let names = quoted(columns);
                let names = if names.len() > 8 { capped(&names) } else { said.lang.list(&names) };
                format!(" {} {names}", said.lang.pick("in", "en"))
            }
        };
        format!("{none} `{}` {twice}{columns}", said.dataset)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let count = self.count.count();
        Ok(match &self.columns {
            None => Lowered::NoDuplicates { count },
            Some(columns) => Lowered::NoRepeats { keys: key(None, Some(columns))?, count },
        })
    }
}
