//! Columns that are expressions over others: bound, and taken to the type that is declared for them.

use crate::ir::bind::{Scope, Unbound, article, value};
use crate::ir::predicate::Piece;
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
        let mut asks = false;
        self.pieces(&mut |piece| asks |= names_the_time(piece));
        asks
    }
}

impl Predicate {
    /// Whether it hangs on the "now" of the run.
    #[must_use]
    pub fn asks_the_time(&self) -> bool {
        let mut asks = false;
        self.pieces(&mut |piece| asks |= names_the_time(piece));
        asks
    }
}

fn names_the_time(piece: Piece<'_>) -> bool {
    match piece {
        Piece::Value(Scalar::Literal(literal)) => literal.asks_the_time(),
        Piece::Condition(Predicate::In(_, list)) => list.iter().any(Literal::asks_the_time),
        Piece::Value(_) | Piece::Condition(_) => false,
    }
}

impl Literal {
    const fn asks_the_time(&self) -> bool {
        !matches!(self, Self::Spelled(_) | Self::Value(_))
    }
}
