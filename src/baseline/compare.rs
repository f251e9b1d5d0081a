//! The violations of a run held to those that are known.

use std::collections::HashMap;

use crate::baseline::{Digest, Entry};
use crate::outcome;

/// The rows of an entry that were not met yet.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    left: HashMap<Digest, u64>,
    met: Vec<Digest>,
    new: u64,
}

impl Sought {
    /// All rows of an entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let mut left = HashMap::new();
        for row in &entry.rows {
            *left.entry(*row).or_default() += 1;
        }
        Self { left, ..Self::default() }
    }

    /// Meets a row that breaks the rule; says whether it is known. Of rows that share a key, so many are known as were.
    pub fn meet(&mut self, row: Digest) -> bool {
        match self.left.get_mut(&row).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                self.met.push(row);
                true
            }
            None => {
                self.new += 1;
                false
            }
        }
    }

    /// What the rows met so far come to, and what is left of the entry.
    #[must_use]
    pub fn told(self, entry: &Entry) -> (outcome::Baseline, Entry) {
        let mut rows = self.met;
        rows.sort_unstable();
        let known = rows.len() as u64;
        let told =
            outcome::Baseline { known, new: self.new, gone: entry.violations.saturating_sub(known), unused: None };
        (told, Entry { violations: known, rows, ..entry.clone() })
    }
}

/// What a count of violations comes to, and what is left of an entry that has no names.
#[must_use]
pub fn by_count(entry: &Entry, violations: u64) -> (outcome::Baseline, Entry) {
    let known = violations.min(entry.violations);
    let told = outcome::Baseline { known, new: violations - known, gone: entry.violations - known, unused: None };
    (told, Entry { violations: known, ..entry.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(rows: &[u64], violations: u64) -> Entry {
        let mut rows: Vec<Digest> = rows.iter().copied().map(Digest).collect();
        rows.sort_unstable();
        let key = if rows.is_empty() { Vec::new() } else { vec!["id".to_owned()] };
        Entry { rule: "r".to_owned(), definition: String::new(), violations, key, rows }
    }

    #[test]
    fn a_count_hides_which_rows_they_are() {
        let (told, left) = by_count(&entry(&[], 3), 5);
        assert_eq!((told.known, told.new, told.gone, left.violations), (3, 2, 0, 3));
        let (told, left) = by_count(&entry(&[], 3), 1);
        assert_eq!((told.known, told.new, told.gone, left.violations), (1, 0, 2, 1));
    }

    proptest! {
        #[test]
        fn each_known_row_is_met_once(before in prop::collection::vec(0_u64..6, 1..12), now in prop::collection::vec(0_u64..6, 0..12)) {
            let known = entry(&before, before.len() as u64);
            let mut sought = Sought::of(&known);
            let mut left = before.clone();
            let mut new = 0;
            for row in &now {
                let place = left.iter().position(|known| known == row);
                prop_assert_eq!(sought.meet(Digest(*row)), place.is_some());
                match place {
                    Some(place) => drop(left.remove(place)),
                    None => new += 1,
                }
            }
            let (told, lowered) = sought.told(&known);
            prop_assert_eq!((told.known + told.new, told.new), (now.len() as u64, new));
            prop_assert_eq!(told.gone, left.len() as u64);
            prop_assert_eq!(lowered.violations, lowered.rows.len() as u64);
            let mut both: Vec<u64> = lowered.rows.iter().map(|row| row.0).chain(left).collect();
            both.sort_unstable();
            let mut before = before;
            before.sort_unstable();
            prop_assert_eq!(both, before);
        }
    }
}
