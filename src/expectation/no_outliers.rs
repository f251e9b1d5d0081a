use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::Sign;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::Number;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Spread;

/// No number lies far from the others.
///
/// `method: iqr` (Tukey's fences): from Q₁ - k · IQR to Q₃ + k · IQR, both included, with the quartiles interpolated linearly and
/// IQR = Q₃ - Q₁. `method: std`: |x - mean| < k · s, with the sample standard deviation s. `method: mad` (B. Iglewicz and D. C.
/// Hoaglin, 1993): 0.6745 · |x - median| / MAD ≤ k, with MAD the median of the distances from the median. `factor` is k: 1.5, 3 and
/// 3.5, unless it is given. All are of the values that the rule evaluates, each group by itself where there are groups, worked
/// out in a first reading of the rows; rows are tested in a second. Nulls are left out. Where the values have no spread (IQR, s
/// or MAD is 0, or one that enters it is infinite), every row holds. The details give the ends between which values lie.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoOutliers {
    /// The column to test.
    column: String,
    /// How spread is measured.
    #[serde(default)]
    method: Method,
    /// How many spreads away a value may lie.
    factor: Option<Number>,
}

/// How spread is measured.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// By the distance between the quartiles.
    #[default]
    Iqr,
    /// By the standard deviation.
    Std,
    /// By the median distance from the median.
    Mad,
}

impl NoOutliers {
    fn factor(&self) -> BigDecimal {
        let tenths = match self.method {
            Method::Iqr => 15,
            Method::Std => 30,
            Method::Mad => 35,
        };
        self.factor.as_ref().map_or_else(|| BigDecimal::new(tenths.into(), 1), |Number(factor)| factor.clone())
    }
}

impl Expectation for NoOutliers {
    const NAME: &'static str = "no_outliers";
    const EXAMPLE: &'static str = "{column: amount, method: iqr, factor: 3}";
    const MAIN: Option<&'static str> = Some("method");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let lang = said.lang;
        let (no, is) = (lang.pick("no value of", "ningún valor de"), lang.pick("lies far out", "es atípico"));
        let (more, of) = match self.method {
            Method::Iqr => (
                lang.pick("more than", "a más de"),
                lang.pick("interquartile ranges beyond the quartiles", "rangos intercuartílicos de los cuartiles"),
            ),
            Method::Std => (
                lang.pick("at least", "al menos a"),
                lang.pick("standard deviations from the mean", "desviaciones típicas de la media"),
            ),
            Method::Mad => (
                lang.pick("more than", "a más de"),
                lang.pick("median deviations from the median", "desviaciones medianas de la mediana"),
            ),
        };
        format!("{no} `{}` {is}: {more} {} {of}", self.column, self.factor().normalized().to_plain_string())
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let factor = self.factor();
        if factor.sign() == Sign::Minus {
            return Err(Mistake::at("factor", "is negative"));
        }
        let spread = match self.method {
            Method::Iqr => Spread::Quartiles,
            Method::Std => Spread::Stddev,
            Method::Mad => Spread::Median,
        };
        let ends_hold = spread != Spread::Stddev;
        Ok(Lowered::NoneFarOut { column: self.column.clone(), spread, factor, ends_hold, two_sided: true })
    }
}
