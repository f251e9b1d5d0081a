//! When a channel that fails is left alone, so that it costs no more time; its fallback is asked instead.
//!
//! After its rest it is tried once: if that fails, it rests again.

use crate::alert::state::Health;
use crate::config::alerts::Breaker;

impl Health {
    /// Whether the channel is to be left alone at a moment, in microseconds since 1970 UTC.
    ///
    /// A rest that lies further ahead than it may last is that of another clock, and counts for nothing.
    #[must_use]
    pub fn rests(self, breaker: Breaker, now: i64) -> bool {
        self.rests_until.is_some_and(|until| now < until && until - now <= micros(breaker))
    }

    /// How it is after a delivery.
    #[must_use]
    pub fn after(self, arrived: bool, breaker: Breaker, now: i64) -> Self {
        if arrived {
            return Self::default();
        }
        let failures = self.failures.saturating_add(1);
        let rests_until = (failures >= breaker.failures).then(|| now.saturating_add(micros(breaker)));
        Self { failures, rests_until }
    }
}

fn micros(breaker: Breaker) -> i64 {
    i64::try_from(breaker.rest.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_channel_rests_after_failures_in_a_row_and_is_tried_again() {
        let breaker = Breaker { failures: 2, rest: Duration::from_secs(10) };
        let second = 1_000_000;
        let once = Health::default().after(false, breaker, 0);
        assert!(!once.rests(breaker, 0));
        let twice = once.after(false, breaker, 0);
        assert!(twice.rests(breaker, 9 * second) && !twice.rests(breaker, 10 * second));
        let again = twice.after(false, breaker, 10 * second);
        assert!(again.rests(breaker, 19 * second), "one failure after a rest is enough");
        assert!(!again.after(true, breaker, 20 * second).rests(breaker, 20 * second));
        assert!(!twice.rests(breaker, -100 * second), "a clock that was set back keeps no channel quiet");
    }
}
