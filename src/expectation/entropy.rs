use bigdecimal::{BigDecimal, One};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::Number;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Scalar, Statistic};

/// The entropy of a column lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; a bare number is `equals`. It says how evenly
/// rows share out among the different values: 0 where there is one value, and the logarithm of their number where each is as
/// frequent as the others. It is Shannon's, -Σ p ln p over the share p of each value, in natural units, as `entropy` of
/// `scipy.stats`; `base: 2` gives bits. Nulls are left out. Values are told apart as `distinct_count` does; more than a million
/// different ones are an error. Where there is no value there is no entropy, and the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Entropy {
    /// The column to look at.
    column: String,
    /// The base of the logarithm, more than 1; without it, e.
    base: Option<Number>,
}

impl Expectation for Entropy {
    const NAME: &'static str = "entropy";
    const EXAMPLE: &'static str = "{column: currency, min: 1.5, base: 2}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the entropy of", "la entropía de");
        format!("{of} `{}`{} {}", self.column, units(self.base.as_ref(), said), said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let statistic = Statistic::Entropy { of: Scalar::column(&self.column), base: base(self.base.as_ref())? };
        Ok(Lowered::Statistic { tested: vec![self.column.clone()], statistic })
    }
}

/// The base of a logarithm.
pub(super) fn base(base: Option<&Number>) -> Result<Option<BigDecimal>, Mistake> {
    match base {
        Some(Number(base)) if *base <= BigDecimal::one() => {
            Err(Mistake::at("base", format!("is {}, and a base is more than 1", base.to_plain_string())))
        }
        base => Ok(base.map(|Number(base)| base.clone())),
    }
}

/// The base, for a sentence.
pub(super) fn units(base: Option<&Number>, said: &Said<'_>) -> String {
    let Some(Number(base)) = base else { return String::new() };
    format!(" ({} {})", said.lang.pick("base", "base"), base.to_plain_string())
}
