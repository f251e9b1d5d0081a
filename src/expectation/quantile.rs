use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, One};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::Number;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Fold, Interpolation};

/// A quantile of the values lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`. Of n sorted values, counted from 0, the
/// quantile `q` lies at the place (n - 1) q; `interpolation` says what stands there if that falls between two values, as in
/// `NumPy` and `pandas`. Half-way between two, `nearest` takes the one at the even place. Numbers take any interpolation; dates,
/// times and timestamps all but `linear` and `midpoint`, and their bounds are of their type. Exact, however many values there
/// are. Nulls are left out. Where there is no value there is no quantile, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Quantile {
    /// The column to fold.
    column: String,
    /// The share of the way through the sorted values, from 0 to 1.
    q: Number,
    /// What stands for a place between two values.
    #[serde(default)]
    interpolation: Between,
}

/// What stands for a place between two values.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Between {
    /// The nearer of the two.
    #[default]
    Nearest,
    /// As far between the two as the place lies.
    Linear,
    /// The lower of the two.
    Lower,
    /// The higher of the two.
    Higher,
    /// Half-way between the two.
    Midpoint,
}

impl Expectation for Quantile {
    const NAME: &'static str = "quantile";
    const EXAMPLE: &'static str = "{column: amount, q: 0.95, max: 500}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Value;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (of, q) = (said.lang.pick("the quantile", "el cuantil"), self.q.0.to_plain_string());
        let column = format!("{} `{}`", said.lang.pick("of", "de"), self.column);
        format!("{of} {q} {column} {}", said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        if let Some(mistake) = on.limits.disorder(on.reading(&self.column)) {
            return Err(mistake);
        }
        let q = &self.q.0;
        if q.sign() == Sign::Minus || *q > BigDecimal::one() {
            let mistake = Mistake::at("q", format!("is `{}`, which is not between 0 and 1", q.to_plain_string()));
            return Err(mistake.help("the 95th percentile is `q: 0.95`"));
        }
        let interpolation = match self.interpolation {
            Between::Nearest => Interpolation::Nearest,
            Between::Linear => Interpolation::Linear,
            Between::Lower => Interpolation::Lower,
            Between::Higher => Interpolation::Higher,
            Between::Midpoint => Interpolation::Midpoint,
        };
        Ok(Lowered::Fold { fold: Fold::Quantile(q.normalized(), interpolation), column: self.column.clone() })
    }
}
