use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Predicate;

/// The share of rows without a value lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`, each from 0 to 1 or from 0% to 100%; a bare
/// number is `equals`. It is nulls over all rows in scope. An empty string is a value, and so is a cell that does not read
/// as its declared type. The bounds are compared exactly; what is shown is rounded. Where there is no row the share is 0.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NullShare {
    /// The column whose nulls are counted.
    column: String,
}

impl Expectation for NullShare {
    const NAME: &'static str = "null_share";
    const EXAMPLE: &'static str = "{column: phone, max: 2%}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Completeness;
    const BOUNDS: BoundsKind = BoundsKind::Share;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let share = said.lang.pick("the share of nulls in", "la proporción de nulos en");
        format!("{share} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let part =
            Predicate::all([Predicate::is_null(&self.column), Predicate::Unparsed(self.column.clone()).negate()]);
        Ok(Lowered::ShareOfRows { part })
    }
}
