use std::collections::BTreeMap;

use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, Zero};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::distribution::{asked, least_p, not_negative, sample, wanted};
use crate::expectation::parameter::Number;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::statistic::{Apart, Curve, Distance, Distribution, Family, Test};
use crate::ir::{Scalar, Statistic};

/// The Kolmogorov-Smirnov test does not tell a column from an expected distribution.
///
/// `min_p` is the least p-value that holds, and bounds (`max`) are for the statistic, which is observed: the greatest distance D
/// between the two cumulative distributions, from 0 to 1; the p-value is in the details. What is expected is `against:
/// dataset.column`, numbers, dates or times, or a `distribution` with all of its `parameters`: `normal` and `log_normal` (`mean`
/// and `stddev`, of the logarithm for the latter), `uniform` (`min`, `max`), `exponential` (`rate`), `gamma` (`shape`, `rate`),
/// `beta` (`alpha`, `beta`), `weibull` (`shape`, `scale`). Parameters fitted to the same data make p too large. p is exact for up
/// to 1,000 values (G. Marsaglia, W. W. Tsang and J. Wang, 2003), and for two columns where their sizes multiply to at most
/// 4,000,000 (J. L. Hodges, 1958), as `ks_1samp` and `ks_2samp` of `scipy.stats`; beyond that it is Kolmogorov's limit. Nulls
/// are left out. More than a million different values are an error. Where there is no value on either side there is no
/// statistic: observed is `null`, and a rule that asks for one fails.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ks {
    /// The column to look at.
    column: String,
    /// The distribution expected.
    distribution: Option<Kind>,
    /// The parameters of the distribution, by name.
    parameters: Option<BTreeMap<String, Number>>,
    /// The column of a dataset whose values are expected to be distributed alike: `dataset.column`.
    against: Option<String>,
    /// The least p-value: the chance, were the distribution the expected one, of a distance this great or greater.
    min_p: Option<Number>,
}

/// A distribution with a formula.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// The normal distribution.
    Normal,
    /// Everything between two ends alike.
    Uniform,
    /// The exponential distribution.
    Exponential,
    /// Normal once the logarithm is taken.
    LogNormal,
    /// The gamma distribution.
    Gamma,
    /// The beta distribution.
    Beta,
    /// The Weibull distribution.
    Weibull,
}

impl Kind {
    const fn family(self) -> Family {
        match self {
            Self::Normal => Family::Normal,
            Self::Uniform => Family::Uniform,
            Self::Exponential => Family::Exponential,
            Self::LogNormal => Family::LogNormal,
            Self::Gamma => Family::Gamma,
            Self::Beta => Family::Beta,
            Self::Weibull => Family::Weibull,
        }
    }
}

impl Ks {
    fn curve(&self, family: Family) -> Result<Curve, Mistake> {
        let none = BTreeMap::new();
        let given = self.parameters.as_ref().unwrap_or(&none);
        let names = family.parameters();
        let all = || format!("{} takes {}", family.name(), names.join(" and "));
        if let Some(name) = given.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(Mistake::at("parameters", format!("hold `{name}`: {}", all())));
        }
        let mut parameters = Vec::with_capacity(names.len());
        for name in names {
            let Some(Number(value)) = given.get(*name) else {
                return Err(Mistake::at("parameters", format!("lack `{name}`: {}", all())));
            };
            let any = matches!(*name, "mean" | "min" | "max");
            if !any && (value.is_zero() || value.sign() == Sign::Minus) {
                return Err(Mistake::at("parameters", format!("give `{name}` as {}, which is not above 0", shown(value))));
            }
            parameters.push(value.clone());
        }
        if let (Family::Uniform, [min, max]) = (family, parameters.as_slice())
            && min >= max
        {
            return Err(Mistake::at("parameters", format!("give `max` as {}, which is not above `min`", shown(max))));
        }
        Ok(Curve { family, parameters })
    }
}

fn shown(number: &BigDecimal) -> String {
    number.to_plain_string()
}

impl Expectation for Ks {
    const NAME: &'static str = "ks";
    const EXAMPLE: &'static str =
        "{column: error, distribution: normal, parameters: {mean: 0, stddev: 1}, min_p: 0.01}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = said.lang.pick("the Kolmogorov-Smirnov distance of", "la distancia de Kolmogorov-Smirnov de");
        let from = said.lang.pick("from", "respecto de");
        let expected = match (&self.against, self.distribution) {
            (None, Some(kind)) => {
                let given = self.parameters.iter().flatten();
                let given: Vec<String> = given.map(|(name, Number(value))| format!("{name} {}", shown(value))).collect();
                let name = kind.family().name();
                format!("{} {name} ({})", said.lang.pick("a distribution", "una distribución"), given.join(", "))
            }
            (against, _) => format!("`{}`", against.as_deref().unwrap_or_default()),
        };
        format!("{of} `{}` {from} {expected} {}", self.column, asked(self.min_p.as_ref(), said))
    }

    fn expected(&self, said: &Said<'_>) -> Option<String> {
        wanted(self.min_p.as_ref(), said)
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        not_negative(on)?;
        let expected = match (&self.distribution, &self.against) {
            (Some(kind), None) => Distribution::Curve(self.curve(kind.family())?),
            (None, Some(_)) if self.parameters.is_some() => {
                return Err(Mistake::at("parameters", "go with a `distribution`"));
            }
            (None, Some(against)) => sample(against, Apart::Order, on)?,
            (Some(_), Some(_)) => {
                return Err(Mistake::at("against", "goes with no `distribution`: a column is held to one or the other"));
            }
            (None, None) => {
                return Err(Mistake::new("needs `distribution` with its `parameters`, or `against`")
                    .help("`distribution: normal, parameters: {mean: 0, stddev: 1}`, or `against: dataset.column`"));
            }
        };
        let min_p = least_p(self.min_p.as_ref())?;
        let distance = Distance { of: Scalar::column(&self.column), expected, by: Test::KolmogorovSmirnov { min_p } };
        Ok(Lowered::Statistic {
            tested: vec![self.column.clone()],
            statistic: Statistic::Distance(Box::new(distance)),
        })
    }
}
