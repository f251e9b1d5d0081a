//! Repairs that a suite declares: what may be done to the cells of a row that breaks a rule.
//!
//! What a repair is (here), what it makes of a cell (`cell`, `parse`, `case`), and how it is said to people (`say`). It does
//! not know where cells come from, which rows are repaired, or where they go: that is the matter of the engine and of the
//! quarantine. Data that are checked are never touched.

mod case;
mod cell;
mod parse;
mod say;

use indexmap::IndexMap;

use crate::ir::Value;
pub use case::Casing;
pub use cell::{Cell, Spelling, mend};
pub use parse::Parse;

/// The repairs of a dataset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repairs {
    /// Those of every column that has none of its own.
    pub all: Vec<Repair>,
    /// Those of single columns, by name, in order; none at all for a column that is left as it is.
    pub columns: IndexMap<String, Vec<Repair>>,
    /// Which rows of equal ones are kept.
    pub dedupe: Vec<Dedupe>,
}

/// One thing that is done to a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Repair {
    /// White space around the text is taken off.
    Trim,
    /// The text is written in another case.
    Case(Casing),
    /// A text that is one of these becomes the one beside it, or no value.
    Replace(Vec<(String, Option<String>)>),
    /// A text that does not read as the type of its column is read in further ways.
    Parse(Parse),
    /// A cell without a value gets this one.
    Default {
        /// The value, of the type of the column.
        value: Value,
        /// Whether a cell whose text does not read gets it too.
        unparsed: bool,
    },
    /// A value beyond an end becomes that end.
    Clamp {
        /// The lower end.
        min: Option<Value>,
        /// The upper end.
        max: Option<Value>,
    },
}

/// Which one of the rows that are equal in some columns is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dedupe {
    /// The columns in which rows are equal; none for all columns.
    pub keys: Option<Vec<String>>,
    /// Which one is kept.
    pub keep: Keep,
    /// The column that puts the rows in order, ties and rows without a value in the order of the files; that order alone if
    /// unsaid.
    pub by: Option<String>,
}

/// Which one of several rows is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The first.
    First,
    /// The last.
    Last,
}

impl Repairs {
    /// Whether nothing is ever repaired.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.columns.values().all(Vec::is_empty) && self.dedupe.is_empty()
    }

    /// What is done to the cells of a column, in order.
    #[must_use]
    pub fn of(&self, column: &str) -> &[Repair] {
        self.columns.get(column).map_or(self.all.as_slice(), Vec::as_slice)
    }
}

impl Repair {
    /// The word suites use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Case(_) => "case",
            Self::Replace(_) => "replace",
            Self::Parse(_) => "parse",
            Self::Default { .. } => "default",
            Self::Clamp { .. } => "clamp",
        }
    }
}

impl Dedupe {
    /// The word suites use.
    pub const NAME: &'static str = "dedupe";

    /// Whether it leaves at most one row of those that are equal in some columns, or, without any, in all columns.
    #[must_use]
    pub fn settles(&self, key: Option<&[String]>) -> bool {
        match (&self.keys, key) {
            (None | Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(key)) => own.iter().all(|column| key.contains(column)),
        }
    }
}

impl Keep {
    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_a_column_takes_the_place_of_that_of_all() {
        let mut repairs = Repairs { all: vec![Repair::Trim], ..Repairs::default() };
        repairs.columns.insert("code".to_owned(), vec![Repair::Case(Casing::Upper)]);
        repairs.columns.insert("note".to_owned(), Vec::new());
        assert_eq!(repairs.of("name"), [Repair::Trim]);
        assert_eq!(repairs.of("code"), [Repair::Case(Casing::Upper)]);
        assert_eq!(repairs.of("note"), []);
    }

    #[test]
    fn one_row_of_a_key_is_one_row_of_every_longer_key() {
        let dedupe = |keys: Option<&[&str]>| Dedupe {
            keys: keys.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect()),
            keep: Keep::First,
            by: None,
        };
        let key = ["sku".to_owned(), "region".to_owned()];
        assert!(dedupe(Some(&["sku"])).settles(Some(&key)) && dedupe(Some(&["sku"])).settles(None));
        assert!(!dedupe(Some(&["sku", "day"])).settles(Some(&key)));
        assert!(dedupe(None).settles(None) && !dedupe(None).settles(Some(&key)));
    }
}
