//! Numbers from data.
//!
//! An engine opens datasets, says what columns they have, answers the measures of a plan and, for failures only, shows
//! rows. It knows measures, never expectations, and judges nothing. `prove` tells what need not be read, `remote` reads
//! over the network, `source` turns files into batches, `local` evaluates them; `sql` asks servers.

#[cfg(feature = "polars")]
pub mod local;
pub mod prove;
pub mod remote;
pub mod source;
pub mod sql;

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::outcome::Fault;

/// How far the reading of a run has come, for those who wait for it, and whether it is to go on.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    total: AtomicU64,
    stopped: AtomicU8,
}

/// Why a run ends before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stop {
    /// Its time is spent.
    Timeout = 1,
    /// Somebody stopped it at the terminal: SIGINT.
    Interrupt = 2,
    /// Who started it, or the system, stopped it: SIGTERM.
    Terminate = 3,
}

impl Stop {
    /// The name of the signal that stopped it, if one did.
    #[must_use]
    pub const fn signal(self) -> Option<&'static str> {
        match self {
            Self::Timeout => None,
            Self::Interrupt => Some("SIGINT"),
            Self::Terminate => Some("SIGTERM"),
        }
    }

    /// What becomes of a rule that was not evaluated because of it: code `timeout` or `aborted`.
    #[must_use]
    pub fn fault(self) -> Fault {
        let (code, message) = match self.signal() {
            None => ("timeout", "the time of `--timeout` was spent before this was read to its end".to_owned()),
            Some(signal) => ("aborted", format!("the run was stopped by {signal} before this was read to its end")),
        };
        Fault { code: code.to_owned(), message, caused_by: None }
    }
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

    /// Begins to count anew, for the next run of a command.
    pub fn restart(&self) {
        self.read.store(0, Ordering::Relaxed);
        self.total.store(0, Ordering::Relaxed);
    }

    /// Stops the run: reading ends before its next batch. A signal counts more than time that is spent.
    pub fn stop(&self, why: Stop) {
        self.stopped.fetch_max(why as u8, Ordering::Relaxed);
    }

    /// Why the run is to end, if it is.
    #[must_use]
    pub fn stopped(&self) -> Option<Stop> {
        match self.stopped.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Stop::Timeout),
            2 => Some(Stop::Interrupt),
            _ => Some(Stop::Terminate),
        }
    }

    /// Goes on, unless the run is to end.
    ///
    /// # Errors
    /// Why it is.
    pub fn go_on(&self) -> Result<(), Fault> {
        self.stopped().map_or(Ok(()), |why| Err(why.fault()))
    }

    /// Reports bytes that have been read.
    pub fn advance(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }
}
