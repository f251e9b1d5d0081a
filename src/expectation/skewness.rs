use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Fold;

/// The skewness of the numbers lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. Below 0 the values
/// reach farther down than up, above 0 farther up. It is that of a sample, adjusted for its bias: G₁ = n / ((n - 1) (n - 2)) ·
/// Σ((x - mean) / s)³ with s the sample standard deviation, as `skew()` of `pandas` has it; of values that are all the same it
/// is 0. Sums are exact, and the result is rounded once. Nulls are left out. Of fewer than three values there is none, nor
/// where a value is infinite, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Skewness {
    /// The column to fold.
    column: String,
}

impl Expectation for Skewness {
    const NAME: &'static str = "skewness";
    const EXAMPLE: &'static str = "{column: amount, min: -1, max: 1}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the skewness of", "la asimetría de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Fold { fold: Fold::Skewness, column: self.column.clone() })
    }
}
