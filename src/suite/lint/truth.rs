//! What a cell must hold for a condition to be true of its row, from below and from above.
//!
//! Conditions are looked at along one axis: a column, or its length or other case. What a condition asks of anything else
//! is not known, so there are two sets: where it is true for sure, and where it may be.

use crate::ir::function::Function;
use crate::ir::predicate::Piece;
use crate::ir::{Like, Literal, Op, Predicate, Regex, Scalar, Type, Value};
use crate::suite::lint::values::{Line, Values};

/// A column, or what is made of its value alone, and the values that there are of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// What is looked at.
    pub(super) of: Scalar,
    /// The column.
    pub(super) column: String,
    /// Its values.
    pub(super) line: Line,
}

/// Where a condition is true, and where it is false.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    /// True for sure.
    pub(super) surely: Values,
    /// True for all that is known.
    pub(super) maybe: Values,
    surely_false: Values,
    maybe_false: Values,
}

impl Axis {
    /// The axes that a condition whose columns are of a type has.
    pub(super) fn all(condition: &Predicate, kind: &dyn Fn(&str) -> Option<Type>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        condition.pieces(&mut |piece| {
            if let Piece::Value(of) = piece
                && let Some(column) = column_of(of)
                && let Some(own) = kind(column)
            {
                let line = match of {
                    Scalar::Column(_) => Line::of(own),
                    Scalar::Call(Function::Length, _) => Line::counts(),
                    _ => Line::of(Type::String),
                };
                let axis = Self { of: of.clone(), column: column.to_owned(), line };
                if !found.contains(&axis) {
                    found.push(axis);
                }
            }
        });
        found
    }

    /// Whether it is the column itself.
    pub(super) fn is_the_column(&self) -> bool {
        self.is_column(&self.of)
    }

    /// The values of the column in a set, if they are single ones.
    pub(super) fn listed(&self, values: &Values) -> Option<Vec<Value>> {
        if self.is_the_column() { values.listed(&self.line) } else { None }
    }

    /// Where a bound condition is true along it.
    pub(super) fn truth(&self, condition: &Predicate) -> Truth {
        match condition {
            Predicate::Constant(flag) => Truth::exact(Values::whatever(), Values::nothing()).turned(!flag),
            Predicate::IsNull(of) if *of == self.of || self.is_column(of) => {
                Truth::exact(Values { null: true, unparsed: true, ..Values::nothing() }, Values::every())
            }
            Predicate::Unparsed(column) if *column == self.column => {
                Truth::exact(Values { unparsed: true, ..Values::nothing() }, Values { null: true, ..Values::every() })
            }
            Predicate::Compare(left, op, right) => self.compare(left, *op, right, condition),
            Predicate::In(of, list) if *of == self.of => {
                let equal = |literal: &Literal| match literal {
                    Literal::Value(value) => Values::compared(Op::Eq, value, &self.line),
                    Literal::Spelled(_) | Literal::Relative(_) => None,
                };
                let all: Option<Vec<Values>> = list.iter().map(equal).collect();
                match all {
                    Some(all) => Truth::of_values(Values::any(&all)),
                    None => self.unknown(condition),
                }
            }
            Predicate::Matches(of, regex) if self.is_about(of) => match always(&regex.compiled_text()) {
                Some(answer) => Truth::of_values(Values::every()).turned(!answer),
                None => self.unknown(condition),
            },
            Predicate::Like(of, like) if self.is_about(of) && takes_all(like) => Truth::of_values(Values::every()),
            Predicate::Holds(of) if *of == self.of && self.line.kind == Type::Boolean => {
                Values::compared(Op::Eq, &Value::Boolean(true), &self.line)
                    .map_or_else(|| self.unknown(condition), Truth::of_values)
            }
            Predicate::Not(inner) => self.truth(inner).turned(true),
            Predicate::And(parts) => {
                let parts: Vec<Truth> = parts.iter().map(|part| self.truth(part).turned(true)).collect();
                Truth::any(&parts).turned(true)
            }
            Predicate::Or(parts) => Truth::any(&parts.iter().map(|part| self.truth(part)).collect::<Vec<_>>()),
            other => self.unknown(other),
        }
    }

    fn compare(&self, left: &Scalar, op: Op, right: &Scalar, whole: &Predicate) -> Truth {
        match (left, right) {
            (of, Scalar::Literal(Literal::Value(value))) if *of == self.of => {
                Values::compared(op, value, &self.line).map_or_else(|| self.unknown(whole), Truth::of_values)
            }
            (Scalar::Literal(Literal::Value(value)), of) if *of == self.of => {
                Values::compared(op.flipped(), value, &self.line).map_or_else(|| self.unknown(whole), Truth::of_values)
            }
            // Binding says so of what no value equals.
            (one, other) if one == other && self.is_about(one) => {
                let equal = matches!(op, Op::Eq | Op::Le | Op::Ge);
                Truth::of_values(if equal { Values::every() } else { Values::nothing() })
            }
            _ => self.unknown(whole),
        }
    }

    /// What is not known of a condition. About this column alone it is either true or false where there is a value, and
    /// neither where there is none; with other columns in it, it may be anything anywhere.
    fn unknown(&self, condition: &Predicate) -> Truth {
        let strict = matches!(
            condition,
            Predicate::Compare(..)
                | Predicate::In(..)
                | Predicate::Matches(..)
                | Predicate::Like(..)
                | Predicate::Test(..)
                | Predicate::Multiple(..)
                | Predicate::Parses(..)
                | Predicate::Holds(_)
        );
        let mut operands = true;
        let mut outer = true;
        condition.pieces(&mut |piece| {
            let fine = match piece {
                Piece::Condition(_) => std::mem::take(&mut outer),
                Piece::Value(Scalar::Literal(_)) => true,
                Piece::Value(of) => self.is_about(of),
            };
            operands &= fine;
        });
        let maybe = if strict && operands { Values::every() } else { Values::whatever() };
        Truth { surely: Values::nothing(), maybe: maybe.clone(), surely_false: Values::nothing(), maybe_false: maybe }
    }

    fn is_column(&self, of: &Scalar) -> bool {
        matches!(of, Scalar::Column(name) if *name == self.column)
    }

    /// Whether an expression has a value where the column has one, and none where it has none.
    fn is_about(&self, of: &Scalar) -> bool {
        column_of(of) == Some(self.column.as_str())
    }
}

impl Truth {
    fn exact(yes: Values, no: Values) -> Self {
        Self { surely: yes.clone(), maybe: yes, surely_false: no.clone(), maybe_false: no }
    }

    /// True of these values, false of all others, and neither where there is no value.
    fn of_values(yes: Values) -> Self {
        let no = Values::every().without(&yes);
        Self::exact(yes, no)
    }

    fn turned(self, turn: bool) -> Self {
        if !turn {
            return self;
        }
        Self { surely: self.surely_false, maybe: self.maybe_false, surely_false: self.surely, maybe_false: self.maybe }
    }

    fn any(parts: &[Self]) -> Self {
        let whatever = || Self::exact(Values::nothing(), Values::whatever());
        parts.iter().fold(whatever(), |all, part| Self {
            surely: all.surely.or(&part.surely),
            maybe: all.maybe.or(&part.maybe),
            surely_false: all.surely_false.and(&part.surely_false),
            maybe_false: all.maybe_false.and(&part.maybe_false),
        })
    }
}

/// The column of an expression that has a value exactly where one column has one.
fn column_of(of: &Scalar) -> Option<&str> {
    match of {
        Scalar::Column(name) => Some(name),
        Scalar::Cast(inner, Type::String) => column_of(inner),
        Scalar::Call(Function::Length | Function::Lower | Function::Upper | Function::Trim, arguments) => {
            match arguments.as_slice() {
                [inner] => column_of(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a regular expression is found in every text (`true`) or in none (`false`); nothing if that is not certain.
pub(super) fn always(pattern: &str) -> Option<bool> {
    use regex_syntax::hir::Look;
    let hir = regex_syntax::parse(pattern).ok()?;
    let properties = hir.properties();
    match properties.minimum_len() {
        // No text fits it.
        None => Some(false),
        // The empty text fits it, at the start of every text or at its end, if it asks for no more than to be there.
        Some(0) => {
            let looks = || properties.look_set().iter();
            let at_start = looks().all(|look| matches!(look, Look::Start | Look::StartLF | Look::StartCRLF));
            let at_end = looks().all(|look| matches!(look, Look::End | Look::EndLF | Look::EndCRLF));
            (at_start || at_end).then_some(true)
        }
        Some(_) => None,
    }
}

/// Whether a pattern of `LIKE` is any text.
fn takes_all(like: &Like) -> bool {
    !like.pattern.is_empty() && like.escape != Some('%') && like.pattern.chars().all(|c| c == '%')
}

/// Whether a pattern as written is found in every text.
pub(super) fn finds_all(regex: &Regex) -> bool {
    always(&regex.compiled_text()) == Some(true)
}

/// A row in which one column has a value and the others have none.
pub(super) struct Cell<'a> {
    pub(super) column: &'a str,
    pub(super) value: &'a Value,
}

impl crate::ir::evaluate::Row for Cell<'_> {
    fn value(&self, column: &str) -> Value {
        if column == self.column { self.value.clone() } else { Value::Null }
    }
    fn unparsed(&self, _: &str) -> bool {
        false
    }
    fn malformed(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_every_text_fits_is_known_and_no_other() {
        for pattern in [".*", "", "a*", "^", "^.*", "$", ".*$", "(a|b)?", "^(?:x|)", "(?i).*", "(?s)^.*"] {
            assert_eq!(always(pattern), Some(true), "{pattern}");
        }
        for pattern in ["^.*$", ".+", "^$", "a", r"\b", r"^\s*$", "^(?:.*)$", r"\B", "(?m)^$"] {
            assert_eq!(always(pattern), None, "{pattern}");
        }
        assert_eq!(always(r"[a&&b]"), Some(false));
    }
}
