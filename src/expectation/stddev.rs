use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Fold;

/// The standard deviation of the numbers lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. It is that of a
/// sample, the root of the `variance` over n - 1: of integers and decimals to 20 decimals beyond theirs. Nulls are left out.
/// Of fewer than two values there is none, nor where a value is infinite, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stddev {
    /// The column to fold.
    column: String,
}

impl Expectation for Stddev {
    const NAME: &'static str = "stddev";
    const EXAMPLE: &'static str = "{column: amount, min: 0.5, max: 20}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the standard deviation of", "la desviación estándar de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Fold { fold: Fold::Stddev, column: self.column.clone() })
    }
}
