use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, One, Zero};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::distribution::{Cut, Expected, Given, not_negative};
use crate::expectation::parameter::Number;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::statistic::{Distance, Test};
use crate::ir::{Scalar, Statistic};

/// The population stability index of a column lies within bounds.
///
/// Usually `max`: below 0.1 a distribution is commonly held to be stable, above 0.25 to have shifted. It is Σ (p - q) ln(p / q)
/// over the share p found and the share q expected of each value or bin, in natural units; a share below `floor` counts as
/// the floor, so that what is new or gone has a finite part in it. What is expected is `against: dataset.column`, told apart by
/// `bins`, or `expected: {values: […], weights: […]}`, or `{bins: […], weights: […], tail_weights: [below, above]}`. Quantiles
/// end at values of the other column, each with its upper edge; those that hold the same values are one bin. Nulls are left
/// out. Where there is no value on either side there is no index: observed is `null`, and a rule with bounds fails.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Psi {
    /// The column to look at.
    column: String,
    /// The distribution expected.
    expected: Option<Expected>,
    /// The column of a dataset whose values are expected to be distributed alike: `dataset.column`.
    against: Option<String>,
    /// How values are told apart `against` another column: by so many quantiles of it (10 for numbers, dates and times), by
    /// the edges of bins, or each of the different `values` by itself (text and booleans always).
    bins: Option<Cut>,
    /// What a share below it counts as; 0.0001 without it.
    floor: Option<Number>,
}

impl Psi {
    fn given(&self) -> Given<'_> {
        Given {
            column: &self.column,
            expected: self.expected.as_ref(),
            against: self.against.as_deref(),
            bins: self.bins.as_ref(),
        }
    }
}

impl Expectation for Psi {
    const NAME: &'static str = "psi";
    const EXAMPLE: &'static str = "{column: score, expected: {bins: [0, 50, 100], weights: [0.4, 0.6]}, max: 0.2}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the population stability index of", "el índice de estabilidad de");
        let from = said.lang.pick("against", "frente a");
        let expected = self.given().words(said.lang);
        format!("{of} `{}` {from} {expected} {}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        not_negative(on)?;
        let floor = self.floor.as_ref().map_or_else(|| BigDecimal::new(1.into(), 4), |Number(floor)| floor.clone());
        if floor.is_zero() || floor.sign() == Sign::Minus || floor >= BigDecimal::one() {
            return Err(Mistake::at("floor", "is a share between 0 and 1: no share has a logarithm of none"));
        }
        let expected = self.given().distribution(on)?;
        let distance = Distance { of: Scalar::column(&self.column), expected, by: Test::StabilityIndex { floor } };
        Ok(Lowered::Statistic {
            tested: vec![self.column.clone()],
            statistic: Statistic::Distance(Box::new(distance)),
        })
    }
}
