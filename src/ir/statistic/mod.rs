//! Statistics worked out of counts: of the values of a column, of pairs of values, and of how values are distributed.
//!
//! Here is what is counted and what it is held against; `judge` has the formulas.

mod bind;

use bigdecimal::BigDecimal;

use crate::ir::{Evaluated, Literal, Measure, Op, Predicate, Scalar};

/// A statistic of one column, or of two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// The entropy of the shares of the different values.
    Entropy {
        /// The values.
        of: Scalar,
        /// The base of the logarithm; none is e.
        base: Option<BigDecimal>,
    },
    /// The Pearson correlation of two numbers of a row.
    Correlation([Scalar; 2]),
    /// The Spearman correlation of two columns: that of the ranks of their values.
    RankCorrelation([String; 2]),
    /// How much one of two columns tells of the other.
    MutualInformation {
        /// The columns.
        columns: [String; 2],
        /// The base of the logarithm; none is e.
        base: Option<BigDecimal>,
    },
    /// How far the distribution of the values is from an expected one.
    Distance(Box<Distance>),
}

/// How far the distribution of some values is from an expected one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Distance {
    /// The values.
    pub of: Scalar,
    /// The distribution they are held against.
    pub expected: Distribution,
    /// How the distance is told.
    pub by: Test,
}

/// How the distance of two distributions is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// The Kullback-Leibler divergence of what is found from what is expected.
    KullbackLeibler {
        /// The share expected of what lies outside of the expected values or bins.
        tail_holdout: BigDecimal,
        /// The share that bins which expect nothing have together.
        inner_holdout: BigDecimal,
    },
    /// The population stability index.
    StabilityIndex {
        /// What a share below it counts as.
        floor: BigDecimal,
    },
    /// Pearson's chi-square.
    ChiSquare {
        /// The least p-value that holds.
        min_p: Option<BigDecimal>,
    },
    /// The Kolmogorov-Smirnov distance.
    KolmogorovSmirnov {
        /// The least p-value that holds.
        min_p: Option<BigDecimal>,
    },
}

/// A distribution that is expected.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::large_enum_variant, reason = "a rule has one")]
pub enum Distribution {
    /// Values, each with its weight.
    Values(Vec<(Literal, BigDecimal)>),
    /// Bins, each with its weight.
    Bins {
        /// Where the bins lie.
        bins: Bins,
        /// The weight of each.
        weights: Vec<BigDecimal>,
        /// The weights below the first and above the last, if they are given.
        tails: Option<[BigDecimal; 2]>,
    },
    /// That of the values of another column.
    Sample {
        /// The rows of the other column.
        rows: Evaluated,
        /// The values.
        of: Scalar,
        /// What is compared of the two.
        apart: Apart,
    },
    /// A curve with its parameters.
    Curve(Curve),
}

/// Bins next to each other: each with its lower edge and without its upper one, the last with both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bins {
    /// The finite edges, rising.
    pub edges: Vec<Literal>,
    /// Whether the first bin has no lower end.
    pub from_below: bool,
    /// Whether the last bin has no upper end.
    pub to_above: bool,
}

/// How the values of two columns are told apart to be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Apart {
    /// Each different value by itself.
    Values,
    /// By so many quantiles of the other column.
    Quantiles(u32),
    /// By quantiles where the values are ordered and no text, else by value: ten, until the type is known.
    ByType,
    /// By bins.
    Bins(Bins),
    /// Value by value along their order.
    Order,
}

/// A distribution with a formula.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Curve {
    /// Which one.
    pub family: Family,
    /// Its parameters, in the order of [`Family::parameters`].
    pub parameters: Vec<BigDecimal>,
}

/// The distributions with a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
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

impl Family {
    /// The names of its parameters, in order.
    #[must_use]
    pub const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Normal | Self::LogNormal => &["mean", "stddev"],
            Self::Uniform => &["min", "max"],
            Self::Exponential => &["rate"],
            Self::Gamma => &["shape", "rate"],
            Self::Beta => &["alpha", "beta"],
            Self::Weibull => &["shape", "scale"],
        }
    }

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Uniform => "uniform",
            Self::Exponential => "exponential",
            Self::LogNormal => "log_normal",
            Self::Gamma => "gamma",
            Self::Beta => "beta",
            Self::Weibull => "weibull",
        }
    }
}

impl Bins {
    /// How many bins there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        (self.edges.len() + self.from_below as usize + self.to_above as usize).saturating_sub(1)
    }

    /// How many rows lie below each finite edge; up to the last, where that ends the last bin.
    #[must_use]
    pub fn below(&self, of: &Scalar, rows: &Predicate) -> Vec<Measure> {
        let last = self.edges.len().saturating_sub(1);
        let edges = self.edges.iter().enumerate().map(|(place, edge)| {
            let op = if place == last && !self.to_above { Op::Le } else { Op::Lt };
            let below = Predicate::compare(of.clone(), op, Scalar::Literal(edge.clone()));
            Measure::Rows(Predicate::all([rows.clone(), below]))
        });
        edges.collect()
    }
}

impl Distance {
    /// The measures of values told apart as the expected distribution wants it.
    #[must_use]
    pub fn counts(&self, of: &Scalar, rows: &Predicate) -> Vec<Measure> {
        match &self.expected {
            Distribution::Bins { bins, .. } | Distribution::Sample { apart: Apart::Bins(bins), .. } => {
                bins.below(of, rows)
            }
            Distribution::Values(_) | Distribution::Sample { .. } | Distribution::Curve(_) => {
                vec![Measure::Values(of.clone(), rows.clone())]
            }
        }
    }
}

impl Statistic {
    /// The measures it is worked out of, of the rows that satisfy a condition.
    #[must_use]
    pub fn measures(&self, rows: &Predicate) -> Vec<Measure> {
        match self {
            Self::Entropy { of, .. } => vec![Measure::Values(of.clone(), rows.clone())],
            Self::Correlation(of) => vec![Measure::Correlation(of.clone(), rows.clone())],
            Self::RankCorrelation(columns) | Self::MutualInformation { columns, .. } => {
                vec![Measure::Grouped(columns.to_vec(), Box::new(Measure::Rows(rows.clone())))]
            }
            Self::Distance(distance) => distance.counts(&distance.of, rows),
        }
    }

    /// The rows of the other column it is held against, if that is a sample.
    #[must_use]
    pub fn sample(&self) -> Option<(&Evaluated, &Scalar)> {
        match self {
            Self::Distance(distance) => match &distance.expected {
                Distribution::Sample { rows, of, .. } => Some((rows, of)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The measures of that sample, with the dataset they are of.
    #[must_use]
    pub fn elsewhere(&self) -> Vec<(String, Measure)> {
        let (Self::Distance(distance), Some((rows, of))) = (self, self.sample()) else { return Vec::new() };
        let whole = Measure::Rows(rows.rows());
        let all = std::iter::once(whole).chain(distance.counts(of, &rows.rows()));
        all.map(|measure| (rows.dataset.clone(), measure)).collect()
    }

    /// The same of another column.
    #[must_use]
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        let name = |name: &String| if name == from { to.to_owned() } else { name.clone() };
        let pair = |[one, other]: &[String; 2]| [name(one), name(other)];
        match self {
            Self::Entropy { of, base } => Self::Entropy { of: of.renamed(from, to), base: base.clone() },
            Self::Correlation([one, other]) => Self::Correlation([one.renamed(from, to), other.renamed(from, to)]),
            Self::RankCorrelation(columns) => Self::RankCorrelation(pair(columns)),
            Self::MutualInformation { columns, base } => {
                Self::MutualInformation { columns: pair(columns), base: base.clone() }
            }
            Self::Distance(distance) => {
                Self::Distance(Box::new(Distance { of: distance.of.renamed(from, to), ..distance.as_ref().clone() }))
            }
        }
    }
}
