//! Waiting between attempts at the same thing, longer each time, and not for ever.

use std::time::Duration;

use super::error::{Error, ErrorKind};
use crate::backoff::backoff;

/// The wait after the first failure; those after it double, up to the longest.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);

/// Attempts at one thing.
pub(super) struct Attempts {
    allowed: u32,
    failed: u32,
}

impl Attempts {
    /// So many more than the first are allowed.
    pub(super) fn new(allowed: u32) -> Self {
        Self { allowed, failed: 0 }
    }

    /// Forgets failures: something was got.
    pub(super) fn progressed(&mut self) {
        self.failed = 0;
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// The failure itself, if it does not pass or there were enough attempts.
    pub(super) async fn after(&mut self, failure: Error) -> Result<(), Error> {
        if failure.kind() != ErrorKind::Passing {
            return Err(failure);
        }
        if self.failed >= self.allowed {
            return Err(failure.after(self.failed));
        }
        tracing::debug!(failed = self.failed, error = %failure, "a server of Spark Connect is asked again");
        tokio::time::sleep(backoff(FIRST, self.failed, LONGEST)).await;
        self.failed += 1;
        Ok(())
    }
}
