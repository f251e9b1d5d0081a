use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Scalar;

/// Every value lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; at least one. A bound is a value of the
/// type of the column, a date relative to the run as `{as_of: -1w, floor: week}`, or `{column: other}`, the value of another
/// column in the same row. Numbers of different types compare by value and exactly. Nulls are left out, of the column and of a column that is a bound.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Between {
    /// The column to test.
    column: String,
}

impl Expectation for Between {
    const NAME: &'static str = "between";
    const EXAMPLE: &'static str = "{column: age, min: 0, max: 120}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;
    const BOUNDS: BoundsKind = BoundsKind::EachValue;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("`{}` {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        if let Some(mistake) = on.limits.disorder(on.reading(&self.column)) {
            return Err(mistake);
        }
        let bad = on.limits.violated_by(&Scalar::column(&self.column))?;
        let mut tested = vec![self.column.clone()];
        tested.extend(on.limits.columns());
        Ok(Lowered::no_row(tested, bad))
    }
}
