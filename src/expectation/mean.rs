use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Fold;

/// The arithmetic mean of the values lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. Exact for integers and decimals. Nulls are
/// left out. Where there is no value there is no mean, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mean {
    /// The column to fold.
    column: String,
}

impl Expectation for Mean {
    const NAME: &'static str = "mean";
    const EXAMPLE: &'static str = "{column: amount, min: 10, max: 50}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the mean of", "la media de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Fold { fold: Fold::Mean, column: self.column.clone() })
    }
}
