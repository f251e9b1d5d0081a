use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::quoted;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Scalar, Statistic};

/// The correlation of two columns lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`. It lies between -1, where one column falls in
/// step as the other rises, and 1, where both rise in step. `method: pearson` is the correlation of the numbers themselves,
/// r = Σ(x - x̄)(y - ȳ) / √(Σ(x - x̄)² Σ(y - ȳ)²), from exact sums, rounded once; beside a column of floats the numbers of the
/// other count as the floats nearest to them. `method: spearman` is that of their ranks, equal values sharing the mean of
/// theirs, for any columns whose values have an order; more than 100,000 different pairs of values are an error there. Rows
/// where either is null are left out. Where either column does not vary there is no correlation, and the rule fails with
/// observed `null`; nor where a number is infinite.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Correlation {
    /// The two columns.
    columns: Vec<String>,
    /// What is correlated.
    #[serde(default)]
    method: Method,
}

/// What is correlated.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// The numbers.
    #[default]
    Pearson,
    /// The ranks of the values.
    Spearman,
}

impl Expectation for Correlation {
    const NAME: &'static str = "correlation";
    const EXAMPLE: &'static str = "{columns: [quantity, total], min: 0.8}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = match self.method {
            Method::Pearson => said.lang.pick("the correlation of", "la correlación de"),
            Method::Spearman => said.lang.pick("the rank correlation of", "la correlación de rangos de"),
        };
        let names = said.lang.list(&quoted(&self.columns));
        format!("{of} {names} {}", said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let pair = pair(&self.columns)?;
        let statistic = match self.method {
            Method::Pearson => Statistic::Correlation(pair.each_ref().map(|name| Scalar::column(name))),
            Method::Spearman => Statistic::RankCorrelation(pair.clone()),
        };
        Ok(Lowered::Statistic { tested: pair.to_vec(), statistic })
    }
}

/// The two columns of a rule about two.
pub(super) fn pair(columns: &[String]) -> Result<[String; 2], Mistake> {
    match columns {
        [one, other] if one == other => Err(Mistake::at("columns", format!("names `{one}` twice"))),
        [one, other] => Ok([one.clone(), other.clone()]),
        others => Err(Mistake::at("columns", format!("names {}, and two are wanted", others.len()))),
    }
}
