//! Waiting between attempts: longer each time, by chance within limits, and no more often than is allowed.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use object_store::{BackoffConfig, RetryConfig};

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
        let own = wait(self.failed, chance());
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

/// The wait after so many failures: twice the one before, of which the second half is left to chance.
fn wait(failed: u32, chance: f64) -> Duration {
    let whole = FIRST.saturating_mul(1 << failed.min(16)).min(LONGEST);
    whole.mul_f64(0.5 + chance / 2.0)
}

/// A number from 0 to before 1 that differs from run to run and thread to thread, so that not all come back at once.
fn chance() -> f64 {
    let drawn = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(drawn >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_vary_by_half() {
        assert_eq!(wait(0, 0.0), FIRST / 2);
        assert_eq!(wait(3, 0.0), FIRST * 4);
        assert!(wait(3, 0.999) > FIRST * 7 && wait(3, 0.999) < FIRST * 8);
        assert_eq!(wait(40, 0.0), LONGEST / 2);
        let drawn: Vec<f64> = (0..50).map(|_| chance()).collect();
        assert!(drawn.iter().all(|chance| (0.0..1.0).contains(chance)));
        assert!(drawn.iter().any(|chance| chance.to_bits() != drawn[0].to_bits()));
    }
}
