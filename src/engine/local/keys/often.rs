//! Keys that come often: counted as they come instead of kept.
//!
//! Columns of few different values would else be kept whole and sorted only to learn that they repeat. A count takes in the
//! first different keys; where those that follow are mostly others, it stops asking. Keys that it turns away may be among
//! those of another count, so that whoever counts all adds both up.

use std::borrow::Borrow;
use std::hash::Hash;

use hashbrown::HashMap;

use crate::engine::local::runs::Item;

/// How many different keys are counted.
const MOST: usize = 4_096;

/// How many bytes they may take beside their own size.
const HEAP: usize = 256 << 10;

/// After how many keys it is looked at how many of them were known.
const ROUND: u32 = 8_192;

/// Counts of the keys that came first.
pub(super) struct Often<T> {
    counts: HashMap<T, u64>,
    heap: usize,
    full: bool,
    /// Of this round, the keys that were asked for and those that were known.
    asked: u32,
    known: u32,
    /// Whether keys are still asked for.
    open: bool,
}

impl<T: Item + Hash> Often<T> {
    /// None seen yet; one that is not open counts nothing.
    pub(super) fn new(open: bool) -> Self {
        Self { counts: HashMap::new(), heap: 0, full: false, asked: 0, known: 0, open }
    }

    /// Counts a key, or says that it does not.
    pub(super) fn count<Q>(&mut self, key: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ToOwned + ?Sized,
        Q::Owned: Into<T>,
    {
        if !self.open {
            return false;
        }
        self.asked += 1;
        if self.asked == ROUND {
            self.open = !self.full || self.known >= ROUND / 2;
            (self.asked, self.known) = (0, 0);
        }
        if let Some(count) = self.counts.get_mut(key) {
            *count += 1;
            self.known += 1;
            return true;
        }
        !self.full && self.add(key.to_owned().into(), 1).is_ok()
    }

    /// Adds to the count of a key, or gives it back.
    fn add(&mut self, key: T, times: u64) -> Result<(), T> {
        if let Some(count) = self.counts.get_mut(&key) {
            *count += times;
            return Ok(());
        }
        self.full |= self.counts.len() >= MOST || self.heap + key.heap() > HEAP;
        if self.full {
            return Err(key);
        }
        self.heap += key.heap();
        self.counts.insert(key, times);
        Ok(())
    }

    /// Takes in the counts of later rows, and gives the keys that it has no room for to be kept.
    pub(super) fn merge(&mut self, later: Self, mut keep: impl FnMut(T)) {
        self.open &= later.open;
        if self.counts.is_empty() && !self.full {
            (self.counts, self.heap, self.full) = (later.counts, later.heap, later.full);
            return;
        }
        for (key, times) in later.counts {
            if let Err(key) = self.add(key, times) {
                (0..times).for_each(|_| keep(key.clone()));
            }
        }
    }

    /// The keys and their counts, in order.
    pub(super) fn in_order(self) -> Vec<(T, u64)> {
        let mut counts: Vec<(T, u64)> = self.counts.into_iter().collect();
        counts.sort_unstable();
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_beyond_the_first_are_turned_away() {
        let mut often = Often::<i64>::new(true);
        let most = i64::try_from(MOST).unwrap();
        assert!((0..most).all(|key| often.count(&key)));
        assert!(!often.count(&most));
        assert!(often.count(&7));
        assert_eq!(often.in_order()[7], (7, 2));
    }

    #[test]
    fn where_hardly_any_key_is_known_none_is_asked_for() {
        let mut often = Often::<i64>::new(true);
        (0..3 * i64::from(ROUND)).for_each(|key| {
            often.count(&key);
        });
        assert!(!often.open && !often.count(&7));
        let mut few = Often::<i64>::new(true);
        assert!((0..3 * i64::from(ROUND)).all(|key| few.count(&(key % 100))));
    }

    #[test]
    fn long_keys_are_kept_elsewhere() {
        let mut often = Often::<Box<[u8]>>::new(true);
        assert!(often.count(&[1_u8; 99][..]));
        assert!(!often.count(&vec![0_u8; HEAP][..]));
    }

    #[test]
    fn what_does_not_fit_at_a_merge_is_given_as_often_as_it_came() {
        let most = i64::try_from(MOST).unwrap();
        let (mut one, mut other) = (Often::<i64>::new(true), Often::<i64>::new(true));
        (0..most).for_each(|key| assert!(one.count(&key)));
        [0, most, most, most].iter().for_each(|key| assert!(other.count(key)));
        let mut kept = Vec::new();
        one.merge(other, |key| kept.push(key));
        assert_eq!(kept, [most; 3]);
        assert_eq!(one.in_order()[0], (0, 2));
    }
}
