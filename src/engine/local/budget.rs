//! How much memory the states of measures may take together, and the file for what goes beyond.
//!
//! The budget holds for what grows with the data: keys, sorted values, sets of values, groups. Batches on their way, which
//! are of one size, do not count. The file is temporary, has no name, and goes with the run.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::local::open::fault;
use crate::outcome::Fault;

/// What a state may hold although nothing is left, so that it does not write every batch by itself.
const LEAST: u64 = 256 << 10;

/// How many rows of a measure are remembered by their places where a few are to be shown.
const PLACES: usize = 10_000;

/// What the place of a row takes in memory, about.
const PLACE: u64 = 64;

/// The memory that states may take together.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u64,
    used: AtomicU64,
    file: Mutex<Option<Spill>>,
    /// How many rows of a measure are remembered by their places.
    places: AtomicUsize,
}

/// What was written, and where it ends.
#[derive(Debug)]
struct Spill {
    file: File,
    end: u64,
}

impl Budget {
    /// So many bytes; without a limit nothing is ever written.
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self {
            limit: limit.unwrap_or(u64::MAX),
            used: AtomicU64::new(0),
            file: Mutex::new(None),
            places: AtomicUsize::new(PLACES),
        }
    }

    /// How many rows that break an order, or have no equal one, are remembered of a measure.
    pub(super) fn places(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }

    /// Remembers all such rows, as far as an eighth of the budget goes for each measure.
    pub(super) fn keep_places(&self) {
        let most = usize::try_from(self.limit / 8 / PLACE).unwrap_or(usize::MAX);
        self.places.fetch_max(most, Ordering::Relaxed);
    }

    /// The fault of a state that needs more, and cannot do without.
    pub(super) fn spent(&self, what: &str) -> Fault {
        fault("memory", &format!("{what} take more memory than the budget of {} bytes; raise --memory", self.limit))
    }

    /// Takes room in the file for so many bytes, and says where.
    pub(super) fn allot(&self, bytes: u64) -> Result<u64, Fault> {
        self.with_file(|spill| {
            let start = spill.end;
            spill.end += bytes;
            Ok(start)
        })
    }

    pub(super) fn write(&self, place: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.with_file(|spill| {
            spill.file.seek(SeekFrom::Start(place))?;
            spill.file.write_all(bytes)
        })
    }

    pub(super) fn read(&self, place: u64, bytes: &mut [u8]) -> Result<(), Fault> {
        self.with_file(|spill| {
            spill.file.seek(SeekFrom::Start(place))?;
            spill.file.read_exact(bytes)
        })
    }

    fn with_file<T>(&self, work: impl FnOnce(&mut Spill) -> io::Result<T>) -> Result<T, Fault> {
        let mut slot = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let done = match &mut *slot {
            Some(spill) => work(spill),
            slot => tempfile::tempfile().and_then(|file| work(slot.insert(Spill { file, end: 0 }))),
        };
        done.map_err(|error| fault("temporary_file", &format!("a temporary file cannot be used: {error}")))
    }
}

/// The memory that one state holds of the budget; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) budget: Arc<Budget>,
    bytes: u64,
}

impl Held {
    pub(super) fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Holds so many bytes from now on, or says that there are not so many left; then all stays as it was.
    pub(super) fn hold(&mut self, bytes: usize) -> bool {
        self.change(bytes as u64, self.budget.limit)
    }

    /// The same, where a little may go beyond the budget, as long as all of that is little.
    pub(super) fn hold_or_little(&mut self, bytes: usize) -> bool {
        let little = bytes as u64 <= LEAST.min(self.budget.limit / 8);
        let limit = if little { self.budget.limit.saturating_add(self.budget.limit / 8) } else { self.budget.limit };
        self.change(bytes as u64, limit)
    }

    fn change(&mut self, bytes: u64, limit: u64) -> bool {
        let used = &self.budget.used;
        if bytes <= self.bytes {
            used.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        } else {
            let more = bytes - self.bytes;
            if used.fetch_add(more, Ordering::Relaxed).saturating_add(more) > limit {
                used.fetch_sub(more, Ordering::Relaxed);
                return false;
            }
        }
        self.bytes = bytes;
        true
    }

    /// Takes over what another state holds.
    pub(super) fn join(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_given_back() {
        let budget = Arc::new(Budget::new(Some(100)));
        let (mut one, mut other) = (Held::new(&budget), Held::new(&budget));
        assert!(one.hold(60));
        assert!(!other.hold(50));
        assert!(other.hold(40));
        one.join(other);
        assert!(one.hold(100) && !one.hold(101));
        drop(one);
        assert!(Held::new(&budget).hold(100));
    }

    #[test]
    fn a_little_may_go_beyond_and_no_more() {
        let budget = Arc::new(Budget::new(Some(800)));
        let mut all = Held::new(&budget);
        assert!(all.hold(800));
        let (mut one, mut other) = (Held::new(&budget), Held::new(&budget));
        assert!(one.hold_or_little(100));
        assert!(!other.hold_or_little(1));
    }
}
