use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, quoted, repeated};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The dataset has as many rows as another one.
///
/// `to` names one dataset or several. On every side the rows in scope are counted: those that the `where` of the dataset
/// keeps. A `where` of the rule narrows this side only.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SameRowCount {
    /// The dataset to compare with, or several.
    to: Texts,
}

impl Expectation for SameRowCount {
    const NAME: &'static str = "same_row_count";
    const EXAMPLE: &'static str = "to: order_totals";
    const MAIN: Option<&'static str> = Some("to");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let others = said.lang.list(&quoted(self.to.all()));
        let (has, rows) = said.lang.pick(("has", "as many rows as"), ("tiene", "tantas filas como"));
        format!("`{}` {has} {rows} {others}", said.dataset)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let others = self.to.all().to_vec();
        if others.is_empty() {
            return Err(Mistake::at("to", "names no dataset"));
        }
        if let Some(twice) = repeated(&others) {
            return Err(Mistake::at("to", format!("names `{twice}` twice")));
        }
        Ok(Lowered::SameRows { others })
    }
}
