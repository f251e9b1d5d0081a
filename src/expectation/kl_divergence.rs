use bigdecimal::{BigDecimal, One, Zero};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::distribution::{Cut, Expected, Given, holdout, not_negative};
use crate::expectation::parameter::Number;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::statistic::{Distance, Distribution, Test};
use crate::ir::{Scalar, Statistic};

/// The Kullback-Leibler divergence of a column from an expected distribution lies within bounds.
///
/// Usually `max`. It is Σ p ln(p / q) over the share p found and the share q expected of each value or bin, in natural units, as
/// `entropy(p, q)` of `scipy.stats`: 0 where both are the same, and infinite where something is found that is not expected at
/// all; then observed is `null`, and every `max` is exceeded. What is expected is `expected: {values: […], weights: […]}`, or
/// `{bins: […], weights: […], tail_weights: [below, above]}`, or `against: dataset.column`, told apart by `bins`. `tail_holdout`
/// is the share expected of each value that is not named, or of what lies beyond the bins, half of it at each finite end;
/// `inner_holdout` is shared by the bins of weight 0. The other weights are scaled to what that leaves, and all to 1. Nulls
/// are left out. Where there is no value there is no divergence: observed is `null`, and a rule with bounds fails.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KlDivergence {
    /// The column to look at.
    column: String,
    /// The distribution expected.
    expected: Option<Expected>,
    /// The column of a dataset whose values are expected to be distributed alike: `dataset.column`.
    against: Option<String>,
    /// How values are told apart `against` another column: by so many quantiles of it (10 for numbers, dates and times), by
    /// the edges of bins, or each of the different `values` by itself (text and booleans always).
    bins: Option<Cut>,
    /// The share expected of what lies outside the values or bins.
    tail_holdout: Option<Number>,
    /// The share expected of the bins of weight 0 together.
    inner_holdout: Option<Number>,
}

impl KlDivergence {
    fn given(&self) -> Given<'_> {
        Given {
            column: &self.column,
            expected: self.expected.as_ref(),
            against: self.against.as_deref(),
            bins: self.bins.as_ref(),
        }
    }
}

impl Expectation for KlDivergence {
    const NAME: &'static str = "kl_divergence";
    const EXAMPLE: &'static str = "{column: size, expected: {values: [S, M, L], weights: [0.3, 0.5, 0.2]}, max: 0.1}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the Kullback-Leibler divergence of", "la divergencia de Kullback-Leibler de");
        let from = said.lang.pick("from", "respecto de");
        let expected = self.given().words(said.lang);
        format!("{of} `{}` {from} {expected} {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        not_negative(on)?;
        let tail_holdout = holdout("tail_holdout", self.tail_holdout.as_ref())?;
        let inner_holdout = holdout("inner_holdout", self.inner_holdout.as_ref())?;
        if &tail_holdout + &inner_holdout > BigDecimal::one() {
            return Err(Mistake::at("inner_holdout", "and `tail_holdout` hold out more than there is"));
        }
        let expected = self.given().distribution(on)?;
        match &expected {
            Distribution::Values(_) if !inner_holdout.is_zero() => {
                return Err(Mistake::at("inner_holdout", "is for bins: a value of weight 0 need not be named"));
            }
            Distribution::Bins { bins, tails, .. }
                if !tail_holdout.is_zero() && (tails.is_some() || (bins.from_below && bins.to_above)) =>
            {
                return Err(Mistake::at("tail_holdout", "is for bins whose tails have no weight yet"));
            }
            _ => {}
        }
        let by = Test::KullbackLeibler { tail_holdout, inner_holdout };
        let distance = Distance { of: Scalar::column(&self.column), expected, by };
        Ok(Lowered::Statistic {
            tested: vec![self.column.clone()],
            statistic: Statistic::Distance(Box::new(distance)),
        })
    }
}
