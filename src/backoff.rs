//! How long one waits before another try: twice as long each time, of which half is left to chance.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// The wait after so many failures before this one: from half of it to all of it, so that not all come back at once.
#[must_use]
pub fn backoff(first: Duration, failed: u32, longest: Duration) -> Duration {
    wait(first, failed, longest, chance())
}

fn wait(first: Duration, failed: u32, longest: Duration, chance: f64) -> Duration {
    let whole = first.saturating_mul(1 << failed.min(16)).min(longest);
    whole.mul_f64(0.5 + chance / 2.0)
}

/// A number from 0 to before 1 that differs from run to run and thread to thread.
fn chance() -> f64 {
    let drawn = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(drawn >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_vary_by_half() {
        let first = Duration::from_millis(200);
        let longest = Duration::from_secs(15);
        let wait = |failed, chance| wait(first, failed, longest, chance);
        assert_eq!(wait(0, 0.0), first / 2);
        assert_eq!(wait(3, 0.0), first * 4);
        assert!(wait(3, 0.999) > first * 7 && wait(3, 0.999) < first * 8);
        assert_eq!(wait(40, 0.0), longest / 2);
        let drawn: Vec<f64> = (0..50).map(|_| chance()).collect();
        assert!(drawn.iter().all(|chance| (0.0..1.0).contains(chance)));
        assert!(drawn.iter().any(|chance| chance.to_bits() != drawn[0].to_bits()));
    }
}
