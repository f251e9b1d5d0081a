use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The number of columns lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. Counts the
/// columns at the top level that every file of the dataset has; no row is read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnCount {}

impl Expectation for ColumnCount {
    const NAME: &'static str = "column_count";
    const EXAMPLE: &'static str = "{min: 3, max: 20}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Validity;
    const BOUNDS: BoundsKind = BoundsKind::Number;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let number = said.lang.pick("the number of columns of", "el número de columnas de");
        format!("{number} `{}` {}", said.dataset, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::ColumnCount)
    }
}
