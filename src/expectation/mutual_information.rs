use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::correlation::pair;
use crate::expectation::entropy::{base, units};
use crate::expectation::parameter::{Number, quoted};
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Statistic;

/// The mutual information of two columns lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`. It says how much the value of one column tells
/// of the other: 0 where nothing, and the entropy of a column where the other gives it away. It is Σ p(x, y) ln(p(x, y) / (p(x)
/// p(y))) over the shares of the different pairs of values, in natural units, without a correction for the size of the sample,
/// as `mutual_info_score` of scikit-learn; `base: 2` gives bits. Values are taken as they are, so that it is for columns with
/// few different ones; more than 100,000 different pairs are an error. Rows where either is null are left out. Where there is
/// no row there is none, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MutualInformation {
    /// The two columns.
    columns: Vec<String>,
    /// The base of the logarithm, more than 1; without it, e.
    base: Option<Number>,
}

impl Expectation for MutualInformation {
    const NAME: &'static str = "mutual_information";
    const EXAMPLE: &'static str = "{columns: [country, currency], min: 0.5}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the mutual information of", "la información mutua de");
        let names = said.lang.list(&quoted(&self.columns));
        format!("{of} {names}{} {}", units(self.base.as_ref(), said), said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let columns = pair(&self.columns)?;
        let statistic = Statistic::MutualInformation { columns: columns.clone(), base: base(self.base.as_ref())? };
        Ok(Lowered::Statistic { tested: columns.to_vec(), statistic })
    }
}
