use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::Number;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Spread;

/// Every number lies fewer than so many standard deviations from the mean.
///
/// z = (x - mean) / s, with the mean and the sample standard deviation s of the values that the rule evaluates, each group by
/// itself where there are groups; |z| must be less than `max`, and with `two_sided: false` z itself. Mean and deviation are
/// worked out in a first reading of the rows, and rows are tested in a second. Nulls are left out. Where the values have no
/// spread, as one value alone, or one is infinite, every row holds. The details give the ends between which values lie.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ZScore {
    /// The column to test.
    column: String,
    /// What |z| must be less than, in standard deviations.
    max: Number,
    /// Whether values far below the mean break the rule too.
    #[serde(default = "yes")]
    two_sided: bool,
}

const fn yes() -> bool {
    true
}

impl Expectation for ZScore {
    const NAME: &'static str = "z_score";
    const EXAMPLE: &'static str = "{column: amount, max: 3}";
    const MAIN: Option<&'static str> = Some("max");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let max = self.max.0.to_plain_string();
        let deviations = said.lang.pick("standard deviations", "desviaciones típicas");
        let from = if self.two_sided {
            said.lang.pick("from its mean", "de su media")
        } else {
            said.lang.pick("above its mean", "por encima de su media")
        };
        let lies = said.lang.pick("lies fewer than", "está a menos de");
        format!("`{}` {lies} {max} {deviations} {from}", self.column)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::NoneFarOut {
            column: self.column.clone(),
            spread: Spread::Stddev,
            factor: self.max.0.clone(),
            ends_hold: false,
            two_sided: self.two_sided,
        })
    }
}
