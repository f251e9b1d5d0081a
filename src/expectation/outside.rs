use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Scalar;
use crate::lang::Lang;

/// No value lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; at least one. They say where no value may
/// lie: `min: 5, max: 9` refuses 5 to 9, both included, and with `strict_min` and `strict_max` the ends themselves hold. A
/// bound is a value of the type of the column, or `{column: other}`, the value of another column in the same row. Numbers of
/// different types compare by value and exactly. Nulls are left out, of the column and of a column that is a bound.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Outside {
    /// The column to test.
    column: String,
}

impl Expectation for Outside {
    const NAME: &'static str = "outside";
    const EXAMPLE: &'static str = "{column: age, min: 13, max: 17}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;
    const BOUNDS: BoundsKind = BoundsKind::EachValue;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        match said.lang {
            Lang::En => format!("`{}` is never {}", self.column, said.limits.phrase(Lang::En)),
            Lang::Es => format!("`{}` nunca {}", self.column, said.limits.verb_phrase(Lang::Es)),
        }
    }

    fn expected(&self, said: &Said<'_>) -> Option<String> {
        Some(format!("{} {}", said.lang.pick("never", "nunca"), said.limits.phrase(said.lang)))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        if let Some(mistake) = on.limits.disorder(on.reading(&self.column)) {
            return Err(mistake);
        }
        let inside = on.limits.violated_by(&Scalar::column(&self.column))?.negate();
        let mut tested = vec![self.column.clone()];
        tested.extend(on.limits.columns());
        Ok(Lowered::no_row(tested, inside))
    }
}
