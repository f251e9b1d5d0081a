//! A suite on its way: datasets, columns, rules, and remarks on what is not asserted.

use crate::ir::Type;

/// A suite that is being made.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) datasets: Vec<Dataset>,
}

/// A dataset of it.
#[derive(Clone, Debug)]
pub(super) struct Dataset {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) null_values: Vec<String>,
    /// Whether its numbers have a comma before their decimals.
    pub(super) comma: bool,
    /// The columns that name a row.
    pub(super) key: Vec<String>,
    pub(super) may_be_empty: bool,
    /// What was seen, for the reader.
    pub(super) facts: String,
    pub(super) columns: Vec<Column>,
    /// Rules about rows or the table as a whole.
    pub(super) rules: Vec<Rule>,
    pub(super) remarks: Vec<String>,
}

/// A column of it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// Why it cannot stand among the columns, if so.
    pub(super) left_out: Option<String>,
    pub(super) kind: Option<Type>,
    /// The share of its values that may not read as the type.
    pub(super) allow: Option<&'static str>,
    /// The patterns of its dates.
    pub(super) parse: Vec<String>,
    /// Whether its values are personal data, and none of them is to be written down.
    pub(super) pii: bool,
    pub(super) facts: String,
    pub(super) rules: Vec<Rule>,
    pub(super) remarks: Vec<String>,
}

/// A rule that may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The item of an `expect` list, as it stands in a list of one line.
    pub(super) text: String,
    /// What to try if it does not hold.
    pub(super) otherwise: Option<Box<Rule>>,
    /// Whether nobody need hear of it if it does not hold.
    pub(super) guess: bool,
}

impl Rule {
    /// A rule that is told of even if it does not hold.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), otherwise: None, guess: false }
    }

    /// A rule that is worth a try.
    pub(super) fn guess(text: impl Into<String>) -> Self {
        Self { guess: true, ..Self::new(text) }
    }

    /// A rule with another to try if it does not hold.
    pub(super) fn or(self, otherwise: Self) -> Self {
        Self { otherwise: Some(Box::new(otherwise)), ..self }
    }
}
