use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Trend;

/// The columns are those that an earlier run found.
///
/// It fails if a column was added or dropped, or is of another type, and with `ordered: true` if they stand in another order. A
/// column that was renamed is one dropped and one added. Types are compared where the file stores them, as Parquet, Avro and
/// databases do; of text they are read from the values, and no violation is made of that. Columns that the suite computes are
/// left out.
///
/// It looks at the newest earlier run that could read the dataset, or with `against` at one run for good. Earlier runs are those
/// of the same suite in the folder of reports whose `as_of` lies before that of this run. So a change is told once, and is
/// what the next run expects. Without an earlier run the rule is skipped; so it is without a history (`--no-reports`). A run
/// that is named and is not there, or has not read the dataset, is an error.
///
/// No row is looked at, so it means the same of an empty file and of nulls.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SchemaUnchanged {
    /// Whether the columns must stand in the same order.
    #[serde(default)]
    ordered: bool,
    /// The run to compare with for good: its id, the last digits of it, or its folder.
    against: Option<String>,
}

impl Expectation for SchemaUnchanged {
    const NAME: &'static str = "schema_unchanged";
    const EXAMPLE: &'static str = "{ordered: true}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the columns of", "las columnas de");
        let same = said.lang.pick("are those of", "son las de");
        let run = match &self.against {
            Some(run) => format!("{} {run}", said.lang.pick("the run", "la ejecución")),
            None => said.lang.pick("the previous run", "la ejecución anterior").to_owned(),
        };
        let order = if self.ordered { said.lang.pick(", in that order", ", en ese orden") } else { "" };
        format!("{of} `{}` {same} {run}{order}", said.dataset)
    }

    fn trend(&self) -> Option<Trend> {
        Some(Trend::Columns { of: self.against.clone() })
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        if self.against.as_ref().is_some_and(|run| run.len() < 6) {
            return Err(Mistake::at("against", "is the id of a run, or at least the last six digits of it")
                .help("`tamiz history` lists them"));
        }
        // Which columns they are is put in when earlier runs are known.
        Ok(Lowered::Schema { names: Vec::new(), types: Vec::new(), exact: true, ordered: self.ordered, keys: None })
    }
}
