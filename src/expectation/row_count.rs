use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The number of rows lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. Counts the rows
/// in scope: those that the `where` of the dataset and of the rule keep.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RowCount {}

impl Expectation for RowCount {
    const NAME: &'static str = "row_count";
    const EXAMPLE: &'static str = "{min: 1, max: 1000000}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Volume;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let number = said.lang.pick("the number of rows of", "el número de filas de");
        format!("{number} `{}` {}", said.dataset, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::RowCount)
    }
}
