use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::distribution::{Cut, Expected, Given, asked, least_p, not_negative, wanted};
use crate::expectation::parameter::Number;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::statistic::{Distance, Test};
use crate::ir::{Scalar, Statistic};

/// Pearson's chi-square test does not tell a column from an expected distribution.
///
/// `min_p` is the least p-value that holds, and bounds (`max`) are for the statistic, which is observed; the p-value and the
/// degrees of freedom are in the details. Against `expected: {values: […], weights: […]}` or `{bins: […], weights: […],
/// tail_weights: [below, above]}` the statistic is Σ (o - e)² / e over the rows o found and e expected of each value or bin, with
/// one degree of freedom fewer than there are of them with a weight, as `chisquare` of `scipy.stats`; what is found and has no
/// weight makes it infinite: observed is `null`, and p is 0. `against: dataset.column` is the test of homogeneity of two
/// samples, as `chi2_contingency` without a correction. The test is meant for at least five expected rows each. Nulls are left
/// out. Where there is no value on either side there is no statistic: observed is `null`, and a rule that asks for one fails.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChiSquare {
    /// The column to look at.
    column: String,
    /// The distribution expected.
    expected: Option<Expected>,
    /// The column of a dataset whose values are expected to be distributed alike: `dataset.column`.
    against: Option<String>,
    /// How values are told apart `against` another column: by so many quantiles of it (10 for numbers, dates and times), by
    /// the edges of bins, or each of the different `values` by itself (text and booleans always).
    bins: Option<Cut>,
    /// The least p-value: the chance, were the distribution the expected one, of a statistic this great or greater.
    min_p: Option<Number>,
}

impl ChiSquare {
    fn given(&self) -> Given<'_> {
        Given {
            column: &self.column,
            expected: self.expected.as_ref(),
            against: self.against.as_deref(),
            bins: self.bins.as_ref(),
        }
    }
}

impl Expectation for ChiSquare {
    const NAME: &'static str = "chi_square";
    const EXAMPLE: &'static str = "{column: size, expected: {values: [S, M, L], weights: [0.3, 0.5, 0.2]}, min_p: 0.05}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the chi-square of", "el ji cuadrado de");
        let from = said.lang.pick("against", "frente a");
        let expected = self.given().words(said.lang);
        format!("{of} `{}` {from} {expected} {}", self.column, asked(self.min_p.as_ref(), said))
    }

    fn expected(&self, said: &Said<'_>) -> Option<String> {
        wanted(self.min_p.as_ref(), said)
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        not_negative(on)?;
        let min_p = least_p(self.min_p.as_ref())?;
        let expected = self.given().distribution(on)?;
        let distance = Distance { of: Scalar::column(&self.column), expected, by: Test::ChiSquare { min_p } };
        Ok(Lowered::Statistic {
            tested: vec![self.column.clone()],
            statistic: Statistic::Distance(Box::new(distance)),
        })
    }
}
