//! What a dataset is held against another one by: a number of all its rows, or the rows themselves.

use bigdecimal::BigDecimal;

use crate::ir::{Evaluated, Fold, Measure, Predicate, Scalar};

/// A number or value of all rows of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many rows there are.
    Rows,
    /// How many different values a column has.
    Distinct(String),
    /// A function of the values of a column.
    Fold(Fold, Scalar),
}

impl Aggregate {
    /// The measure that holds it, of the rows that satisfy a condition.
    #[must_use]
    pub fn measure(&self, rows: Predicate) -> Measure {
        match self {
            Self::Rows => Measure::Rows(rows),
            Self::Distinct(column) => Measure::Repeats(vec![column.clone()], rows),
            Self::Fold(fold, of) => Measure::Fold(fold.clone(), of.clone(), rows),
        }
    }

    /// The same of another column.
    #[must_use]
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        match self {
            Self::Rows => Self::Rows,
            Self::Distinct(column) => Self::Distinct(if column == from { to.to_owned() } else { column.clone() }),
            Self::Fold(fold, of) => Self::Fold(fold.clone(), of.renamed(from, to)),
        }
    }
}

/// How far a number may lie from another one and still be the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tolerance {
    /// So far.
    Of(BigDecimal),
    /// So large a part of the other one.
    Share(BigDecimal),
}

impl Tolerance {
    /// Whether a number lies so near to another one.
    #[must_use]
    pub fn admits(&self, number: &BigDecimal, other: &BigDecimal) -> bool {
        let apart = (number - other).abs();
        match self {
            Self::Of(width) => apart <= *width,
            Self::Share(share) => apart <= share * other.abs(),
        }
    }
}

/// Rows of two datasets that belong together, and what must be the same in them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pairs {
    /// The columns that tell which rows belong together; none if rows are the same or not as wholes. Null is a value.
    pub key: Vec<String>,
    /// The columns that are compared; before binding, none are all columns of the files of this side.
    pub columns: Vec<String>,
    /// How far apart numbers may lie.
    pub tolerance: Option<Tolerance>,
    /// The other dataset, by the name that the suite gives it.
    pub name: String,
    /// The rows of the other side.
    pub other: Evaluated,
}

impl Pairs {
    /// The columns of the key and those compared.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.key.iter().chain(&self.columns)
    }

    /// The columns by whose values rows are brought together.
    #[must_use]
    pub fn matched(&self) -> &[String] {
        if self.key.is_empty() { &self.columns } else { &self.key }
    }

    /// The rows of one side that can be brought together: in scope, and with a key that reads.
    #[must_use]
    pub fn rows(&self, scope: &Predicate) -> Predicate {
        let unread = self.matched().iter().map(|column| Predicate::Unparsed(column.clone()));
        Predicate::all([scope.clone(), Predicate::any(unread).negate()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_counts_its_ends_and_a_share_is_of_the_other_number() {
        let admits = |tolerance: &Tolerance, number: &str, other: &str| {
            tolerance.admits(&number.parse().unwrap(), &other.parse().unwrap())
        };
        let width = Tolerance::Of("0.1".parse().unwrap());
        assert!(admits(&width, "1.1", "1") && admits(&width, "0.9", "1") && !admits(&width, "1.11", "1"));
        let share = Tolerance::Share("0.1".parse().unwrap());
        assert!(admits(&share, "110", "100") && !admits(&share, "100", "90.9") && admits(&share, "100", "91"));
        assert!(admits(&share, "-110", "-100") && admits(&share, "0", "0") && !admits(&share, "0.1", "0"));
    }
}
