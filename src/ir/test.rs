//! Tests of a text that no engine has as an expression: pure functions of it.

use std::fmt;

use crate::ir::case::Case;
use crate::ir::document::JsonSchema;
use crate::ir::format::Format;

/// A test of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// It has a named format.
    Format(Format),
    /// Its letters are written in a case.
    Case(Case),
    /// It is JSON that conforms to a schema.
    Conforms(JsonSchema),
}

impl Test {
    /// Whether a whole text passes.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Format(format) => format.holds(text),
            Self::Case(case) => case.holds(text),
            Self::Conforms(schema) => schema.holds(text),
        }
    }

    /// Why a text does not pass, where there is more to say than that it does not.
    #[must_use]
    pub fn why_not(&self, text: &str) -> Option<String> {
        match self {
            Self::Format(_) | Self::Case(_) => None,
            Self::Conforms(schema) => schema.why_not(text),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) => write!(f, "is {}", format.name()),
            Self::Case(case) => write!(f, "is in {} case", case.name()),
            Self::Conforms(schema) => write!(f, "conforms to {schema}"),
        }
    }
}
