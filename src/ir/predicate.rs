//! Conditions on a row and the expressions inside them.
//!
//! Three-valued, as in SQL: a comparison with null is unknown, and a row counts only where a condition is true. Literals
//! may still be spelled text until `bind` has given them the type of what they are compared with.

use bigdecimal::BigDecimal;

use crate::ir::Measure;
use crate::ir::asset::Asset;
use crate::ir::function::Function;
use crate::ir::parseable::Parseable;
use crate::ir::pattern::{Like, Regex};
use crate::ir::relative::Relative;
use crate::ir::test::Test;
use crate::ir::value::{Type, Value};

/// A condition on one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// The same for every row.
    Constant(bool),
    /// There is no value; true also of a cell that did not read as its type. Never unknown.
    IsNull(Scalar),
    /// The cell holds text that does not read as the declared type of its column. Never unknown.
    Unparsed(String),
    /// The values of the column are of one of these types, as the file stores them or as text reads: the same for every row,
    /// and settled where names are bound. Never unknown.
    OfType(Scalar, Vec<Type>),
    /// The record itself could not be taken apart into fields. Never unknown.
    Malformed,
    /// Two values stand in an order; unknown if either is null.
    Compare(Scalar, Op, Scalar),
    /// The value is one of these, none of which is null; unknown if it is null.
    In(Scalar, Vec<Literal>),
    /// The text fits a regular expression; unknown if it is null.
    Matches(Scalar, Regex),
    /// The text fits an SQL `LIKE` pattern; unknown if it is null.
    Like(Scalar, Like),
    /// The text passes a test that no engine has as an expression; unknown if it is null.
    Test(Test, Scalar),
    /// The path leads to what is wanted, which only an engine can tell; unknown if it is null.
    Leads(Box<Asset>, Scalar),
    /// The text reads as something; unknown if it is null.
    Parses(Parseable, Scalar),
    /// The number is a whole multiple of another, exactly; unknown if it is null. A float counts as it is spelled shortest,
    /// so that 0.3 is three tenths, and an infinite one is no multiple.
    Multiple(Scalar, BigDecimal),
    /// A boolean value is true; unknown if it is null.
    Holds(Scalar),
    /// The condition is unknown. Itself never unknown.
    Unknown(Box<Predicate>),
    /// The condition is false; unknown stays unknown.
    Not(Box<Predicate>),
    /// All hold; false wins over unknown.
    And(Vec<Predicate>),
    /// At least one holds; true wins over unknown.
    Or(Vec<Predicate>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// An expression with one value a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// The value of a column.
    Column(String),
    /// A value that the suite gives.
    Literal(Literal),
    /// Arithmetic on numbers; null if either side is.
    Arithmetic(Box<Scalar>, Arithmetic, Box<Scalar>),
    /// The value of the first branch whose condition is true, else the last one.
    Case(Vec<(Predicate, Scalar)>, Box<Scalar>),
    /// The value as another type; null where it does not read as one.
    Cast(Box<Scalar>, Type),
    /// A named function of values.
    Call(Function, Vec<Scalar>),
    /// A condition as a boolean value; unknown is null.
    Condition(Box<Predicate>),
    /// One of the two ends that a measure found in an earlier round, of the group where rows are told apart by groups; null
    /// where it found none.
    Measured(Box<Measure>, End),
}

/// One of the two ends of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The lower one.
    Low,
    /// The upper one.
    High,
}

/// Arithmetic on numbers.
///
/// Integers stay integers and decimals stay exact under `+ - * %`; anything with a float is a float. `/` is a float.
/// Division by zero is null; overflow is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// Sum.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient.
    Divide,
    /// Remainder, with the sign of the dividend.
    Remainder,
}

/// A value that the suite gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// As it was spelled; takes the type of what it is compared with.
    Spelled(String),
    /// Of a known type.
    Value(Value),
    /// A moment that hangs on the one "now" of a run: its day where a date is compared, else its instant.
    Relative(Relative),
}

impl Predicate {
    /// The condition that is true of every row.
    pub const TRUE: Self = Self::Constant(true);

    /// No value in a column.
    #[must_use]
    pub fn is_null(column: &str) -> Self {
        Self::IsNull(Scalar::column(column))
    }

    /// A column compared with something.
    #[must_use]
    pub fn compare(left: Scalar, op: Op, right: Scalar) -> Self {
        Self::Compare(left, op, right)
    }

    /// All of these; flat, and without those that are always true.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Constant(true) => {}
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::TRUE,
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    /// Any of these; flat, and without those that are always false.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Constant(false) => {}
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Constant(false),
            1 => flat.remove(0),
            _ => Self::Or(flat),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Constant(flag) => Self::Constant(!flag),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// True where this is false or unknown.
    #[must_use]
    pub fn not_true(self) -> Self {
        Self::any([self.clone().negate(), Self::Unknown(Box::new(self))])
    }

    /// Two values that are both null, or equal. Never unknown.
    #[must_use]
    pub fn same(left: Scalar, right: Scalar) -> Self {
        let (left_null, right_null) = (Self::IsNull(left.clone()), Self::IsNull(right.clone()));
        Self::Or(vec![
            Self::And(vec![left_null.clone(), right_null.clone()]),
            Self::And(vec![left_null.negate(), right_null.negate(), Self::Compare(left, Op::Eq, right)]),
        ])
    }

    /// Calls back for it and every piece inside it, the outer ones first, each side from left to right.
    pub fn pieces<'a>(&'a self, seen: &mut impl FnMut(Piece<'a>)) {
        seen(Piece::Condition(self));
        match self {
            Self::Constant(_) | Self::Malformed | Self::Unparsed(_) => {}
            Self::IsNull(of)
            | Self::In(of, _)
            | Self::OfType(of, _)
            | Self::Matches(of, _)
            | Self::Like(of, _)
            | Self::Test(_, of)
            | Self::Leads(_, of)
            | Self::Parses(_, of)
            | Self::Multiple(of, _)
            | Self::Holds(of) => of.pieces(seen),
            Self::Compare(left, _, right) => {
                left.pieces(seen);
                right.pieces(seen);
            }
            Self::Unknown(inner) | Self::Not(inner) => inner.pieces(seen),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.pieces(seen)),
        }
    }

    /// Calls back for every column named in it.
    pub fn columns<'a>(&'a self, seen: &mut impl FnMut(&'a str)) {
        self.pieces(&mut |piece| piece.column().into_iter().for_each(&mut *seen));
    }
}

/// A piece of a condition or an expression.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// A condition.
    Condition(&'a Predicate),
    /// An expression.
    Value(&'a Scalar),
}

impl<'a> Piece<'a> {
    /// The column that the piece itself names.
    const fn column(self) -> Option<&'a str> {
        match self {
            Self::Condition(Predicate::Unparsed(name)) | Self::Value(Scalar::Column(name)) => Some(name.as_str()),
            Self::Condition(_) | Self::Value(_) => None,
        }
    }
}

impl Scalar {
    /// The value of a column.
    #[must_use]
    pub fn column(name: &str) -> Self {
        Self::Column(name.to_owned())
    }

    /// A value of a known type.
    #[must_use]
    pub const fn value(value: Value) -> Self {
        Self::Literal(Literal::Value(value))
    }

    /// The number of characters of a text.
    #[must_use]
    pub fn length(self) -> Self {
        Self::Call(Function::Length, vec![self])
    }

    /// Calls back for it and every piece inside it, the outer ones first, each side from left to right.
    pub fn pieces<'a>(&'a self, seen: &mut impl FnMut(Piece<'a>)) {
        seen(Piece::Value(self));
        match self {
            Self::Column(_) | Self::Literal(_) | Self::Measured(..) => {}
            Self::Arithmetic(left, _, right) => {
                left.pieces(seen);
                right.pieces(seen);
            }
            Self::Case(branches, otherwise) => {
                for (condition, then) in branches {
                    condition.pieces(seen);
                    then.pieces(seen);
                }
                otherwise.pieces(seen);
            }
            Self::Cast(of, _) => of.pieces(seen),
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.pieces(seen)),
            Self::Condition(inner) => inner.pieces(seen),
            // Its columns were read in an earlier round.
        }
    }

    /// Calls back for every column named in it.
    pub fn columns<'a>(&'a self, seen: &mut impl FnMut(&'a str)) {
        self.pieces(&mut |piece| piece.column().into_iter().for_each(&mut *seen));
    }
}

impl Op {
    /// The sign as written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// The comparison that holds with the sides exchanged.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }

    /// Whether an order of two values satisfies it.
    #[must_use]
    pub const fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }
}

impl Arithmetic {
    /// The sign as written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}
