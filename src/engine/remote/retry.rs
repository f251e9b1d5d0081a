//! Waiting between attempts: longer each time, by chance within limits, and no more often than is allowed.

use std::time::Duration;

use object_store::{BackoffConfig, RetryConfig};

use crate::backoff::backoff;
use crate::engine::remote::Error;

/// The first wait.
const FIRST: Duration = Duration::from_millis(200);

/// The longest wait that is chosen here.
const LONGEST: Duration = Duration::from_secs(15);

/// The longest wait that a server may ask for.
const ASKED: Duration = Duration::from_mins(2);

/// Attempts at one thing.
#[derive(Debug)]
pub(super) struct Attempts {
    allowed: u32,
    failed: u32,
}

impl Attempts {
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
        if !failure.may_pass() {
            return Err(failure);
        }
        if self.failed >= self.allowed {
            return Err(failure.after(self.failed));
        }
        let own = backoff(FIRST, self.failed, LONGEST);
        self.failed += 1;
        tracing::debug!(failed = self.failed, error = %failure, "a read over the network is tried again");
        // A server that says when to come back is believed, within reason.
        tokio::time::sleep(failure.wait.map_or(own, |asked| asked.min(ASKED).max(own))).await;
        Ok(())
    }
}

/// How stores retry their requests.
pub(super) fn config(retries: u32) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { init_backoff: FIRST, max_backoff: LONGEST, base: 2.0 },
        max_retries: retries as usize,
        ..RetryConfig::default()
    }
}
