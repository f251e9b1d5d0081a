//! Statistics bound to the columns of a dataset.

use crate::ir::bind::{Scope, Unbound, article, moment, value};
use crate::ir::statistic::{Apart, Bins, Distance, Distribution, Statistic, Test};
use crate::ir::{Literal, Reading, Scalar, Type};

/// How many quantiles tell ordered values apart, if nobody says it.
const QUANTILES: u32 = 10;

impl Statistic {
    /// Binds to the columns of the dataset; a sample is bound by [`Statistic::bound_sample`].
    ///
    /// # Errors
    /// A column that is not there, or types that do not go together.
    pub fn bound(&self, scope: &Scope<'_>) -> Result<Self, Unbound> {
        let there =
            |columns: &[String; 2]| columns.iter().try_for_each(|name| value(&Scalar::column(name), scope).map(|_| ()));
        Ok(match self {
            Self::Entropy { of, base } => Self::Entropy { of: value(of, scope)?.0, base: base.clone() },
            Self::Correlation([one, other]) => Self::Correlation([number(one, scope)?, number(other, scope)?]),
            Self::RankCorrelation(columns) => {
                there(columns)?;
                for name in columns {
                    let kind = value(&Scalar::column(name), scope)?.1.kind;
                    if !kind.is_ordered() {
                        return Err(Unbound::Types(format!("`{name}` is {}, which has no order", article(kind))));
                    }
                }
                self.clone()
            }
            Self::MutualInformation { columns, .. } => {
                there(columns)?;
                self.clone()
            }
            Self::Distance(distance) => Self::Distance(Box::new(distance.bound(scope)?)),
        })
    }

    /// Binds the other column to its own dataset; `kind` is the type of the column held against it.
    ///
    /// # Errors
    /// A column that is not there, or types that do not go together.
    pub fn bound_sample(&self, kind: Type, scope: &Scope<'_>) -> Result<Self, Unbound> {
        let Self::Distance(distance) = self else { return Ok(self.clone()) };
        let Distribution::Sample { rows, of, apart } = &distance.expected else { return Ok(self.clone()) };
        let (of, reading) = value(of, scope)?;
        let alike = kind == reading.kind || (kind.is_number() && reading.kind.is_number());
        if !(alike || kind.is_text() && reading.kind.is_text()) {
            let message = format!("{of} is {}, and is held against {}", article(kind), article(reading.kind));
            return Err(Unbound::Types(message));
        }
        let rows = crate::ir::Evaluated {
            dataset: rows.dataset.clone(),
            scope: crate::ir::bind::predicate(&rows.scope, scope)?,
            unparsed: crate::ir::bind::predicate(&rows.unparsed, scope)?,
            missing: crate::ir::bind::predicate(&rows.missing, scope)?,
        };
        let expected = Distribution::Sample { rows, of, apart: apart.clone() };
        Ok(Self::Distance(Box::new(Distance { expected, ..distance.as_ref().clone() })))
    }
}

impl Distance {
    fn bound(&self, scope: &Scope<'_>) -> Result<Self, Unbound> {
        let (of, reading) = value(&self.of, scope)?;
        let ordered = || match reading.kind {
            kind if kind.is_ordered() && !kind.is_text() => Ok(()),
            kind => Err(Unbound::Types(format!("{} is {}, which has no bins", name(&of), article(kind)))),
        };
        let expected = match &self.expected {
            Distribution::Values(values) => {
                let bound = values.iter().map(|(literal, weight)| {
                    // What is no value of the type is kept as text, which no value equals.
                    let literal = match literal {
                        Literal::Relative(_) => moment(literal, &reading, scope)?,
                        other => moment(other, &reading, scope).unwrap_or_else(|_| other.clone()),
                    };
                    Ok((literal, weight.clone()))
                });
                Distribution::Values(bound.collect::<Result<_, Unbound>>()?)
            }
            Distribution::Bins { bins, weights, tails } => {
                ordered()?;
                let bins = bins.bound(&reading, scope)?;
                Distribution::Bins { bins, weights: weights.clone(), tails: tails.clone() }
            }
            Distribution::Sample { rows, of: other, apart } => {
                let apart = match apart {
                    Apart::ByType if reading.kind.is_ordered() && !reading.kind.is_text() => {
                        Apart::Quantiles(QUANTILES)
                    }
                    Apart::ByType | Apart::Values => Apart::Values,
                    Apart::Bins(bins) => {
                        ordered()?;
                        Apart::Bins(bins.bound(&reading, scope)?)
                    }
                    Apart::Quantiles(_) => {
                        ordered()?;
                        apart.clone()
                    }
                    Apart::Order if matches!(self.by, Test::KolmogorovSmirnov { .. }) => {
                        ordered()?;
                        Apart::Order
                    }
                    Apart::Order => Apart::Order,
                };
                Distribution::Sample { rows: rows.clone(), of: other.clone(), apart }
            }
            Distribution::Curve(curve) => {
                number(&self.of, scope)?;
                Distribution::Curve(curve.clone())
            }
        };
        Ok(Self { of, expected, by: self.by.clone() })
    }
}

impl Bins {
    fn bound(&self, reading: &Reading, scope: &Scope<'_>) -> Result<Self, Unbound> {
        let edges = self.edges.iter().map(|edge| moment(edge, reading, scope)).collect::<Result<_, _>>()?;
        Ok(Self { edges, ..self.clone() })
    }
}

/// Binds an expression that must be a number.
fn number(of: &Scalar, scope: &Scope<'_>) -> Result<Scalar, Unbound> {
    let (of, reading) = value(of, scope)?;
    if reading.kind.is_number() {
        return Ok(of);
    }
    Err(Unbound::Types(format!("{} is {}, not a number", name(&of), article(reading.kind))))
}

fn name(of: &Scalar) -> String {
    format!("`{of}`")
}
