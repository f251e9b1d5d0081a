use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Fold;

/// The greatest of the values lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare value is `equals`. Bounds are values
/// of the type of the column: numbers, dates, timestamps, or text by code point; a date may be relative to the run, as
/// `{as_of: -1w, floor: week}`. Nulls are left out. Where there is no value there is no greatest one, and the rule fails with
/// observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Max {
    /// The column to fold.
    column: String,
}

impl Expectation for Max {
    const NAME: &'static str = "max";
    const EXAMPLE: &'static str = "{column: sold_on, min: 2020-01-01, max: 2030-12-31}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Value;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the maximum of", "el máximo de");
        format!("{of} `{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Fold { fold: Fold::Max, column: self.column.clone() })
    }
}
