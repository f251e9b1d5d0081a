//! Tests of a suite: tiny tables, and the outcomes that they must give.
//!
//! Only what is written. Running them is the matter of the room `test`.

use bigdecimal::BigDecimal;

use crate::ir::value::read_decimal;
use crate::ir::{Metric, Severity};
use crate::outcome::{Location, Status};
use crate::suite::yaml::Entry;
use crate::suite::{Rule, Suite};

/// One test of a suite.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// The tables, by dataset; rules that need another dataset are skipped.
    pub data: Vec<(String, Table)>,
    /// Variables that it sets.
    pub vars: Vec<(String, String)>,
    /// The "now" that it sets.
    pub as_of: Option<String>,
    /// What rules must come to.
    pub expect: Vec<Wanted>,
    /// Whether all other rules must hold, or be skipped.
    pub all_passed: bool,
    /// The exit code that a check of the tables must give.
    pub exit: Option<u8>,
}

/// The rows of a dataset.
#[derive(Clone, Debug)]
pub enum Table {
    /// Rows of cells by column; a column that no row has and that is not named is not there.
    Rows {
        /// The columns, in the order in which they first occur.
        columns: Vec<String>,
        /// The cells of each row.
        rows: Vec<Vec<Entry>>,
    },
    /// The text of a CSV file.
    Text(String),
}

/// What a rule must come to; what is not said is not asserted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The id of the rule.
    pub rule: String,
    /// Its status.
    pub status: Option<Status>,
    /// The level of its failure.
    pub level: Option<Severity>,
    /// Counts, by their names in the record: `violations`, `evaluated`, `missing`, `unparsed`.
    pub counts: Vec<(&'static str, u64)>,
    /// The number or value found.
    pub observed: Option<Observed>,
}

/// The number or value that a rule must find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// None.
    Nothing,
    /// This one, as spelled; numbers are compared by value.
    Spelled(String),
}

/// What a test lacks to evaluate a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Rows of a dataset.
    Data(String),
    /// Files that were not written by the test.
    File,
}

impl Suite {
    /// What a test lacks to evaluate a rule, where some datasets have rows of its own.
    #[must_use]
    pub fn lack(&self, rule: &Rule, has: &dyn Fn(&str) -> bool) -> Option<Lack> {
        let of_the_database = match &rule.metric {
            Metric::Tables(_) => true,
            Metric::Schema(expected) => expected.keys.is_some(),
            _ => false,
        };
        if of_the_database || matches!(rule.metric, Metric::File(_) | Metric::FileAge { .. }) {
            return Some(Lack::File);
        }
        let further = rule.metric.further();
        let mut needs = std::iter::once(rule.metric.dataset()).chain(further).map(|name| self.root(name));
        needs.find(|name| !has(name)).map(|name| Lack::Data(name.to_owned()))
    }
}

impl Test {
    /// Whether it gives a dataset its rows.
    #[must_use]
    pub fn has(&self, dataset: &str) -> bool {
        self.data.iter().any(|(name, _)| name == dataset)
    }
}

impl Wanted {
    /// Whether it asks for no more than a status.
    #[must_use]
    pub fn asks_for_nothing_else(&self) -> bool {
        self.level.is_none() && self.counts.is_empty() && self.observed.is_none()
    }
}

impl Observed {
    /// Whether a value of the record is the one wanted.
    #[must_use]
    pub fn is(&self, found: Option<&serde_json::Value>) -> bool {
        let (found, wanted) = match (found, self) {
            (None | Some(serde_json::Value::Null), wanted) => return *wanted == Self::Nothing,
            (Some(_), Self::Nothing) => return false,
            (Some(serde_json::Value::String(text)), Self::Spelled(wanted)) => (text.clone(), wanted),
            (Some(other), Self::Spelled(wanted)) => (other.to_string(), wanted),
        };
        let number = |text: &str| read_decimal(text).or_else(|| text.parse::<BigDecimal>().ok());
        match (number(&found), number(wanted)) {
            (Some(found), Some(wanted)) => found == wanted,
            _ => found == *wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_the_same_by_value_and_texts_by_their_letters() {
        let wanted = |text: &str| Observed::Spelled(text.to_owned());
        assert!(wanted("1.50").is(Some(&json!(1.5))) && wanted("3").is(Some(&json!("3.0"))));
        assert!(wanted("a").is(Some(&json!("a"))) && !wanted("a").is(Some(&json!("b"))));
        assert!(
            !wanted("0").is(None) && Observed::Nothing.is(Some(&json!(null))) && !Observed::Nothing.is(Some(&json!(0)))
        );
    }
}
