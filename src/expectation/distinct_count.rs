use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{key, quoted};
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The number of different values lies within bounds, or of different combinations of several columns.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. Numbers of the
/// same value are one. On one column nulls are left out. On several a row is left out only when all of them are null, and a
/// null equals a null. Where there is no value the count is 0.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DistinctCount {
    /// The column to count the values of.
    column: Option<String>,
    /// The columns to count the combinations of.
    columns: Option<Vec<String>>,
}

impl Expectation for DistinctCount {
    const NAME: &'static str = "distinct_count";
    const EXAMPLE: &'static str = "{column: shop, min: 12, max: 15}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Columns;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        key(self.column.as_ref(), self.columns.as_ref()).unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = quoted(&Expectation::columns(self));
        let number = if names.len() > 1 {
            said.lang.pick("the number of different combinations of", "el número de combinaciones distintas de")
        } else {
            said.lang.pick("the number of different values of", "el número de valores distintos de")
        };
        format!("{number} {} {}", said.lang.list(&names), said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Distinct { keys: key(self.column.as_ref(), self.columns.as_ref())? })
    }
}
