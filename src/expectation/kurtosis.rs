use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Fold;

/// The kurtosis of the numbers lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. It is the excess
/// over that of a normal distribution, which has 0: above it more of the spread comes from few values far out. It is that of a
/// sample, adjusted for its bias: G₂ = n (n + 1) / ((n - 1) (n - 2) (n - 3)) · Σ((x - mean) / s)⁴ - 3 (n - 1)² / ((n - 2)
/// (n - 3)) with s the sample standard deviation, as `kurt()` of `pandas` has it; of values that are all the same it is 0. Sums
/// are exact, and the result is rounded once. Nulls are left out. Of fewer than four values there is none, nor where a value
/// is infinite, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Kurtosis {
    /// The column to fold.
    column: String,
}

impl Expectation for Kurtosis {
    const NAME: &'static str = "kurtosis";
    const EXAMPLE: &'static str = "{column: amount, max: 3}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the kurtosis of", "la curtosis de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Fold { fold: Fold::Kurtosis, column: self.column.clone() })
    }
}
