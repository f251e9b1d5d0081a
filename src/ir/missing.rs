//! What stands for no value in a column: `missing: [N/A, "-", 9999]`.
//!
//! A cell is missing where its text is one of the spellings or fits the pattern, before it is read as a type, and where its
//! value equals a spelling read by the type of the column. Where cells come from is not known here.

use std::hash::{Hash, Hasher};

use crate::ir::bind::spelled;
use crate::ir::{Reading, Value};

/// What stands for no value in a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Missing {
    /// Spellings, as the suite writes them.
    pub spellings: Vec<String>,
    /// What text fits that is no value, in a column of text.
    pub pattern: Option<Blank>,
}

/// A regular expression that text which is no value fits, compiled; equal to another that is written alike.
#[derive(Clone, Debug)]
pub struct Blank(pub regex::Regex);

impl Missing {
    /// Whether a text, trimmed if it should be, stands for no value by how it is spelled.
    #[must_use]
    pub fn is_spelled(&self, text: &str) -> bool {
        self.spellings.iter().any(|spelling| spelling == text)
            || self.pattern.as_ref().is_some_and(|Blank(pattern)| pattern.is_match(text))
    }

    /// The values that stand for none in a column read in some way: the spellings that read as its type.
    #[must_use]
    pub fn values(&self, reading: &Reading) -> Vec<Value> {
        let values = self.spellings.iter().filter_map(|text| spelled(text, reading, reading.zone));
        values.filter(|value| !value.is_null()).collect()
    }
}

impl PartialEq for Blank {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Blank {}

impl Hash for Blank {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Type;

    #[test]
    fn spellings_are_values_where_they_read_as_the_type() {
        let missing = Missing { spellings: vec!["N/A".to_owned(), "9999".to_owned()], pattern: None };
        assert_eq!(missing.values(&Reading::plain(Type::Integer)), [Value::Integer(9999)]);
        assert_eq!(missing.values(&Reading::plain(Type::Date)), []);
        assert!(missing.is_spelled("N/A") && !missing.is_spelled("n/a") && !missing.is_spelled(""));
    }

    #[test]
    fn a_pattern_searches_the_text() {
        let blank = |pattern| Blank(regex::Regex::new(pattern).unwrap());
        let missing = Missing { spellings: Vec::new(), pattern: Some(blank(r"^\s*$")) };
        assert!(missing.is_spelled("  ") && !missing.is_spelled(" a "));
        assert_eq!(blank("a"), blank("a"));
        assert_ne!(blank("a"), blank("b"));
    }
}
