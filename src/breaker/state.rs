//! What a breaker is, and what each change makes of it.
//!
//! The state is what all changes come to, in the order they were written: there is nothing else to go wrong. A run that failed
//! or could not be evaluated counts, for an error is never a pass; one that passed ends the row, and closes the breaker unless
//! it was tripped to be held. A run of some of the rules, one that was stopped, and one that evaluated nothing say nothing.

use serde::{Deserialize, Serialize};

use crate::outcome::{Report, RunStatus, Text};

/// Something that happened to a breaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When, in RFC 3339.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to a breaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    /// A run did not pass.
    Failed {
        /// The id of the run.
        run: String,
        /// What it came to: failed or error.
        status: RunStatus,
        /// After how many such runs in a row the suite wants the breaker to trip, if it does.
        after: Option<u64>,
        /// Why it did not pass.
        reason: Text,
    },
    /// A run passed.
    Passed {
        /// The id of the run.
        run: String,
    },
    /// Somebody tripped it.
    Tripped {
        /// Why.
        reason: String,
        /// Who.
        by: Option<String>,
        /// Whether only somebody can close it again.
        #[serde(default)]
        hold: bool,
    },
    /// Somebody closed it.
    Reset {
        /// Why.
        reason: String,
        /// Who.
        by: Option<String>,
    },
}

/// A breaker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How many runs in a row did not pass.
    pub failures: u64,
    /// Since when it is tripped, and why; none if it is closed.
    pub tripped: Option<Tripped>,
    /// After how many it trips, as of the last run that counted and did not pass.
    pub after: Option<u64>,
    /// The run that counted last.
    last: Option<String>,
}

/// A breaker that is tripped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tripped {
    /// Since when.
    pub since: String,
    /// Why.
    pub cause: Cause,
    /// Whether only somebody can close it again.
    pub held: bool,
}

/// Why a breaker is tripped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// So many runs in a row did not pass.
    Runs {
        /// How many.
        failures: u64,
        /// Why the last of them did not.
        reason: Text,
    },
    /// Somebody tripped it.
    Hand {
        /// Why.
        reason: String,
        /// Who.
        by: Option<String>,
    },
}

impl State {
    /// What changes come to, the oldest first.
    #[must_use]
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut state = Self::default();
        changes.into_iter().for_each(|change| state.take(change));
        state
    }

    /// Takes a later change.
    pub fn take(&mut self, change: &Change) {
        match &change.what {
            // A run counts once, however often it is told.
            What::Failed { run, .. } | What::Passed { run } if self.last.as_ref() == Some(run) => {}
            What::Failed { run, after, reason, .. } => {
                self.last = Some(run.clone());
                self.after = *after;
                self.failures += 1;
                if self.tripped.is_none() && after.is_some_and(|after| self.failures >= after) {
                    let cause = Cause::Runs { failures: self.failures, reason: reason.clone() };
                    self.tripped = Some(Tripped { since: change.at.clone(), cause, held: false });
                }
            }
            What::Passed { run } => {
                self.last = Some(run.clone());
                self.failures = 0;
                self.tripped = self.tripped.take().filter(|tripped| tripped.held);
            }
            What::Tripped { reason, by, hold } => {
                let since = self.tripped.as_ref().map_or(&change.at, |tripped| &tripped.since).clone();
                let held = *hold || self.tripped.as_ref().is_some_and(|tripped| tripped.held);
                let cause = Cause::Hand { reason: reason.clone(), by: by.clone() };
                self.tripped = Some(Tripped { since, cause, held });
            }
            What::Reset { .. } => {
                self.failures = 0;
                self.tripped = None;
            }
        }
    }

    /// Whether it is closed and counts nothing.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.failures == 0 && self.tripped.is_none()
    }

    /// Whether a change would make no difference to it.
    #[must_use]
    pub fn is_idle(&self, what: &What) -> bool {
        match what {
            What::Passed { .. } => self.failures == 0 && self.tripped.as_ref().is_none_or(|tripped| tripped.held),
            What::Reset { .. } => self.is_new(),
            // Of a suite that wants no breaker runs are not counted, unless somebody tripped it.
            What::Failed { after, .. } => after.is_none() && self.is_new(),
            What::Tripped { .. } => false,
        }
    }
}

/// What a run is to the breaker of its suite, which trips after so many; none if it says nothing of the whole suite.
#[must_use]
pub fn of_run(report: &Report, after: Option<u64>) -> Option<What> {
    let (run, counts) = (&report.run, &report.counts);
    if run.selection.is_some() || counts.passed + counts.failed + counts.error == 0 {
        return None;
    }
    let (status, reason) = (report.verdict.status, report.verdict.reason.clone());
    match status {
        RunStatus::Passed => Some(What::Passed { run: run.id.clone() }),
        RunStatus::Failed | RunStatus::Error => Some(What::Failed { run: run.id.clone(), status, after, reason }),
        RunStatus::Aborted => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u32, what: What) -> Change {
        Change { at: format!("2026-11-22T10:00:{second:02}Z"), what }
    }

    fn failed(run: u32, after: Option<u64>) -> Change {
        let reason = Text { en: format!("run {run} failed"), es: String::new() };
        at(run, What::Failed { run: run.to_string(), status: RunStatus::Failed, after, reason })
    }

    fn passed(run: u32) -> Change {
        at(run, What::Passed { run: run.to_string() })
    }

    fn tripped(second: u32, hold: bool) -> Change {
        at(second, What::Tripped { reason: format!("because {second}"), by: None, hold })
    }

    fn reset(second: u32) -> Change {
        at(second, What::Reset { reason: "mended".to_owned(), by: None })
    }

    fn of(changes: &[Change]) -> (u64, bool) {
        let state = State::of(changes);
        (state.failures, state.tripped.is_some())
    }

    #[test]
    fn it_trips_when_so_many_runs_in_a_row_did_not_pass() {
        let three = Some(3);
        assert_eq!(of(&[failed(1, three), failed(2, three)]), (2, false));
        assert_eq!(of(&[failed(1, three), failed(2, three), failed(3, three)]), (3, true));
        assert_eq!(of(&[failed(1, three), failed(2, three), passed(3), failed(4, three)]), (1, false));
        assert_eq!(of(&[failed(1, three), failed(2, three), reset(3), failed(4, three)]), (1, false));
        assert_eq!(of(&[failed(1, None), failed(2, None), failed(3, Some(3))]), (3, true));
        assert_eq!(of(&[failed(1, Some(1))]), (1, true));
    }

    #[test]
    fn it_is_tripped_since_the_run_that_tripped_it() {
        let state = State::of(&[failed(1, Some(2)), failed(2, Some(2)), failed(3, Some(2))]);
        let tripped = state.tripped.unwrap();
        assert_eq!((tripped.since.as_str(), state.failures), ("2026-11-22T10:00:02Z", 3));
        let reason = Text { en: "run 2 failed".to_owned(), es: String::new() };
        assert_eq!(tripped.cause, Cause::Runs { failures: 2, reason });
    }

    #[test]
    fn a_run_that_passes_closes_it_unless_it_is_held() {
        assert_eq!(of(&[failed(1, Some(1)), passed(2)]), (0, false));
        assert_eq!(of(&[tripped(1, false), passed(2)]), (0, false));
        assert_eq!(of(&[tripped(1, true), passed(2)]), (0, true));
        assert_eq!(of(&[tripped(1, true), tripped(2, false), passed(3)]), (0, true));
        assert_eq!(of(&[failed(1, Some(1)), tripped(2, true), passed(3)]), (0, true));
        assert_eq!(of(&[tripped(1, true), passed(2), reset(3)]), (0, false));
    }

    #[test]
    fn a_run_counts_once() {
        assert_eq!(of(&[failed(1, Some(2)), failed(1, Some(2))]), (1, false));
    }

    #[test]
    fn what_makes_no_difference_is_known() {
        let (new, counting, held) =
            (State::default(), State::of(&[failed(1, Some(3))]), State::of(&[tripped(1, true)]));
        let idle = |state: &State| {
            [passed(9), reset(9), failed(9, None), failed(9, Some(3)), tripped(9, false)]
                .map(|change| state.is_idle(&change.what))
        };
        assert_eq!(idle(&new), [true, true, true, false, false]);
        assert_eq!(idle(&counting), [false; 5]);
        assert_eq!(idle(&held), [true, false, false, false, false]);
    }

    #[test]
    fn every_state_is_left_by_a_reset_and_entered_by_hand() {
        let all = [failed(1, Some(2)), failed(2, None), passed(3), tripped(4, false), tripped(5, true), reset(6)];
        for first in &all {
            for second in &all {
                let begun = [first.clone(), second.clone()];
                assert_eq!(of(&[&begun[..], &[reset(9)]].concat()), (0, false));
                assert!(of(&[&begun[..], &[tripped(9, false)]].concat()).1);
            }
        }
    }
}
