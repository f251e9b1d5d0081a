//! Numbers from data.
//!
//! An engine opens datasets, says what columns they have, answers the measures of a plan and, for failures only, shows
//! rows. It knows measures, never expectations, and judges nothing. `remote` reads over the network, `source` turns
//! files into batches, `local` evaluates them.

#[cfg(feature = "polars")]
pub mod local;
pub mod remote;
pub mod source;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far the reading of a run has come, for those who wait for it, and whether they have waited enough.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    total: AtomicU64,
    spent: AtomicBool,
}

impl Progress {
    /// The bytes read, and those to read, as far as is known.
    #[must_use]
    pub fn get(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Announces bytes that are to be read.
    pub fn expect(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Says that the time of the run is spent; reading ends before its next batch.
    pub fn stop(&self) {
        self.spent.store(true, Ordering::Relaxed);
    }

    /// Whether the time of the run is spent.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    /// Reports bytes that have been read.
    pub fn advance(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }
}
