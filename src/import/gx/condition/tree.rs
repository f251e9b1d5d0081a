//! A condition on rows, whatever language it came from.

/// What is true or false of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// Two values stand in an order.
    Compare(Term, Op, Term),
    /// The value is one of these.
    In(Term, Vec<Term>),
    /// There is no value.
    Null(Term),
    /// A text fits a test.
    Text(Term, TextTest, String),
    /// A column of booleans is true.
    Holds(String),
    /// The other way round.
    Not(Box<Self>),
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// In the language of the engine.
    Raw(String),
}

/// What has a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Column(String),
    /// As spelled.
    Number(String),
    Text(String),
    Boolean(bool),
    /// A day or a moment, as ISO writes it.
    Moment(String),
    /// `None`, `NaN`.
    Nothing,
    Reckoned(Box<Self>, char, Box<Self>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What a text is tested for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextTest {
    StartsWith,
    EndsWith,
    /// A regular expression is found in it.
    Matches,
}

impl Op {
    /// The sign in Python and in conditions of 1.9.
    pub(super) fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "==" => Self::Eq,
            "!=" => Self::Ne,
            "<" => Self::Lt,
            "<=" => Self::Le,
            ">" => Self::Gt,
            ">=" => Self::Ge,
            _ => return None,
        })
    }

    /// The sign in SQL.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// What holds where this does not, of two values.
    pub(super) const fn opposite(self) -> Self {
        match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
        }
    }

    /// The same with its sides changed.
    pub(super) const fn flipped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }
}

impl Term {
    /// Calls with each column it names.
    pub(super) fn columns(&self, found: &mut Vec<String>) {
        match self {
            Self::Column(name) if found.contains(name) => {}
            Self::Column(name) => found.push(name.clone()),
            Self::Reckoned(left, _, right) => {
                left.columns(found);
                right.columns(found);
            }
            _ => {}
        }
    }
}
