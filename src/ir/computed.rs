//! Columns that are expressions over others: bound, and taken to the type that is declared for them.

use crate::ir::bind::{Scope, Unbound, article, value};
use crate::ir::{Literal, Predicate, Reading, Scalar};

/// Binds the expression of a column, and says how its values read.
///
/// A declared number may be wider than the one that is computed; any other difference is for the author to settle, who
/// knows what should become of a value that does not fit.
///
/// # Errors
/// A column that is not there, types that do not go together, or a type that is not the declared one.
pub fn computed(of: &Scalar, declared: Option<&Reading>, scope: &Scope<'_>) -> Result<(Scalar, Reading), Unbound> {
    let (of, found) = value(of, scope)?;
    let kind = declared.map_or(found.kind, |declared| declared.kind);
    let reading = Reading { zone: scope.zone, ..Reading::plain(kind) };
    if found.kind == kind {
        return Ok((of, reading));
    }
    if found.kind.is_number() && kind.is_number() && found.kind < kind {
        return Ok((Scalar::Cast(Box::new(of), kind), reading));
    }
    let message =
        format!("the expression is {}, and the column is declared to be {}", article(found.kind), article(kind));
    Err(Unbound::Types(message))
}

impl Scalar {
    /// Whether its value hangs on the "now" of the run.
    #[must_use]
    pub fn asks_the_time(&self) -> bool {
        match self {
            Self::Column(_) => false,
            Self::Literal(literal) => literal.asks_the_time(),
            Self::Arithmetic(left, _, right) => left.asks_the_time() || right.asks_the_time(),
            Self::Case(branches, otherwise) => {
                let asks = |(condition, then): &(Predicate, Self)| condition.asks_the_time() || then.asks_the_time();
                branches.iter().any(asks) || otherwise.asks_the_time()
            }
            Self::Cast(of, _) => of.asks_the_time(),
            Self::Call(_, arguments) => arguments.iter().any(Self::asks_the_time),
            Self::Condition(inner) => inner.asks_the_time(),
        }
    }
}

impl Predicate {
    /// Whether it hangs on the "now" of the run.
    #[must_use]
    pub fn asks_the_time(&self) -> bool {
        match self {
            Self::Constant(_) | Self::Malformed | Self::Unparsed(_) => false,
            Self::IsNull(of)
            | Self::Matches(of, _)
            | Self::Like(of, _)
            | Self::Test(_, of)
            | Self::Parses(_, of)
            | Self::Multiple(of, _)
            | Self::Holds(of) => of.asks_the_time(),
            Self::Compare(left, _, right) => left.asks_the_time() || right.asks_the_time(),
            Self::In(of, list) => of.asks_the_time() || list.iter().any(Literal::asks_the_time),
            Self::Unknown(inner) | Self::Not(inner) => inner.asks_the_time(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::asks_the_time),
        }
    }
}

impl Literal {
    const fn asks_the_time(&self) -> bool {
        !matches!(self, Self::Spelled(_) | Self::Value(_))
    }
}
