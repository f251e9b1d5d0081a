use bigdecimal::BigDecimal;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Fold, Interpolation};

/// The median of the numbers lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. Of an even count it
/// is half-way between the two in the middle, exact for integers and decimals; for dates take `quantile` with `q: 0.5`. Nulls
/// are left out. Where there is no value there is no median, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Median {
    /// The column to fold.
    column: String,
}

impl Expectation for Median {
    const NAME: &'static str = "median";
    const EXAMPLE: &'static str = "{column: amount, min: 10, max: 50}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the median of", "la mediana de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let half = BigDecimal::new(5.into(), 1);
        Ok(Lowered::Fold { fold: Fold::Quantile(half, Interpolation::Midpoint), column: self.column.clone() })
    }
}
