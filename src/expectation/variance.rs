use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Fold;

/// The variance of the numbers lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. It is that of a
/// sample, over n - 1, worked out without rounding on the way: of integers and decimals to 20 decimals beyond those of their
/// squares. Nulls are left out. Of fewer than two values there is none, nor where a value is infinite, and the rule fails with
/// observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Variance {
    /// The column to fold.
    column: String,
}

impl Expectation for Variance {
    const NAME: &'static str = "variance";
    const EXAMPLE: &'static str = "{column: amount, min: 0.5, max: 20}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the variance of", "la varianza de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Fold { fold: Fold::Variance, column: self.column.clone() })
    }
}
