//! The end of a command's time.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::cli::world;
use crate::engine::Progress;

/// Stops a run at a moment, unless it is let go before.
pub(super) struct Alarm {
    /// Hangs up when it is let go.
    _line: Option<Sender<()>>,
}

impl Alarm {
    /// Watches a run until a moment, if there is one.
    pub(super) fn set(progress: &Arc<Progress>, deadline: Option<Instant>) -> Self {
        let Some(deadline) = deadline else { return Self { _line: None } };
        let left = deadline.saturating_duration_since(world::moment());
        if left.is_zero() {
            progress.stop();
            return Self { _line: None };
        }
        let (line, waiting) = channel::<()>();
        let progress = Arc::clone(progress);
        std::thread::spawn(move || {
            if waiting.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
                progress.stop();
            }
        });
        Self { _line: Some(line) }
    }
}

/// Reads `--timeout`.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    let length = crate::ir::duration::Duration::parse(text)?;
    let micros = length.micros().ok_or_else(|| "months and years have no fixed length; give days".to_owned())?;
    Ok(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_a_fixed_length() {
        assert_eq!(timeout("90s"), Ok(Duration::from_secs(90)));
        assert!(timeout("1mo").is_err() && timeout("soon").is_err());
    }

    #[test]
    fn a_moment_that_has_passed_stops_at_once() {
        let progress = Arc::new(Progress::default());
        let _alarm = Alarm::set(&progress, None);
        assert!(!progress.is_spent());
        let _alarm = Alarm::set(&progress, Some(world::moment()));
        assert!(progress.is_spent());
    }
}
