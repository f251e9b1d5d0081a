use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{key, quoted};
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The number of different values over the number of values lies within bounds, or of combinations of several columns.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`, each from 0 to 1 or from 0% to 100%; a bare
/// number is `equals`. It is 1 where every value is different. Values count as by `distinct_count`: on one column nulls are
/// left out; on several a row is left out only when all of them are null, and a null equals a null. The bounds are compared
/// exactly; what is shown is rounded. Where there is no value the share is 0.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DistinctShare {
    /// The column to count the values of.
    column: Option<String>,
    /// The columns to count the combinations of.
    columns: Option<Vec<String>>,
}

impl Expectation for DistinctShare {
    const NAME: &'static str = "distinct_share";
    const EXAMPLE: &'static str = "{column: email, min: 95%}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Columns;
    const DIMENSION: Dimension = Dimension::Uniqueness;
    const BOUNDS: BoundsKind = BoundsKind::Share;

    fn columns(&self) -> Vec<String> {
        key(self.column.as_ref(), self.columns.as_ref()).unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = quoted(&Expectation::columns(self));
        let share = if names.len() > 1 {
            said.lang.pick("the share of different combinations of", "la proporción de combinaciones distintas de")
        } else {
            said.lang.pick("the share of different values of", "la proporción de valores distintos de")
        };
        format!("{share} {} {}", said.lang.list(&names), said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::DistinctShare { keys: key(self.column.as_ref(), self.columns.as_ref())? })
    }
}
