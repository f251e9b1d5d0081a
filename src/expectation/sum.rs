use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Fold;

/// The sum of the values lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. Exact for
/// integers and decimals. Nulls are left out, and the sum of no value is 0.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sum {
    /// The column to fold.
    column: String,
}

impl Expectation for Sum {
    const NAME: &'static str = "sum";
    const EXAMPLE: &'static str = "{column: share, equals: 100, tolerance: 0.01}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the sum of", "la suma de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Fold { fold: Fold::Sum, column: self.column.clone() })
    }
}
