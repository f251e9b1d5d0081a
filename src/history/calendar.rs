//! How a suite fared day by day, and how long it took until it passed again.
//!
//! Counted run by run and kept beside the history, so that half a year costs no more to show than a day; what was counted is
//! what the history says, read again. Days are those of UTC. Runs that asked for some of the rules count for their day; that
//! one of them passed repairs nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::history::{History, RunLine};
use crate::outcome::RunStatus;

/// How many weeks are kept, that of the newest run included.
pub const WEEKS: u64 = 26;

/// The days of a suite on which it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// By date, `2026-11-22`.
    days: BTreeMap<String, Day>,
    /// The times that it did not pass and that ended within these weeks, the oldest first.
    repaired: Vec<Outage>,
    /// When the first run began of those that have not passed since.
    open: Option<String>,
    /// When the newest run of the whole suite began that passed.
    last_passed: Option<String>,
    /// The violations that a baseline knew in the newest run of the whole suite.
    known: u64,
}

/// What the runs of a day came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Runs that passed.
    pub passed: u32,
    /// Runs that failed.
    pub failed: u32,
    /// Runs that could not be evaluated or were stopped.
    pub error: u32,
}

/// A time in which a suite did not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Outage {
    /// When its first run began.
    began: String,
    /// When the run began that passed again.
    ended: String,
}

impl Day {
    /// The worst that a run of the day came to: one that failed is worse than one that says nothing.
    #[must_use]
    pub const fn worst(self) -> RunStatus {
        if self.failed > 0 {
            RunStatus::Failed
        } else if self.error > 0 {
            RunStatus::Error
        } else {
            RunStatus::Passed
        }
    }
}

impl Calendar {
    /// The days on which the suite ran, the oldest first.
    #[must_use]
    pub fn days(&self) -> impl DoubleEndedIterator<Item = (NaiveDate, Day)> {
        self.days.iter().filter_map(|(date, day)| Some((date.parse().ok()?, *day)))
    }

    /// When the newest run of the whole suite began that passed, if one is known.
    #[must_use]
    pub fn last_passed(&self) -> Option<&str> {
        self.last_passed.as_deref()
    }

    /// How long it took on average until the suite passed again, in seconds, and how often that was; none if it never was.
    ///
    /// From the start of the first run that did not pass to the start of the next that did. What came to pass only because
    /// more violations are known was not repaired, and is left out.
    #[must_use]
    pub fn time_to_repair(&self) -> Option<(u64, u64)> {
        let lengths = self.repaired.iter().filter_map(|outage| {
            let (began, ended) = (moment(&outage.began)?, moment(&outage.ended)?);
            u64::try_from((ended - began).num_seconds()).ok()
        });
        let (sum, count) = lengths.fold((0_u64, 0_u64), |(sum, count), length| (sum.saturating_add(length), count + 1));
        (count > 0).then(|| (sum / count, count))
    }

    /// Counts a later run.
    pub(super) fn push(&mut self, run: &RunLine) {
        let Some(first) = first_day(run) else { return };
        let day = self.days.entry(run.started_at[..10].to_owned()).or_default();
        let count = match run.status {
            RunStatus::Passed => &mut day.passed,
            RunStatus::Failed => &mut day.failed,
            RunStatus::Error | RunStatus::Aborted => &mut day.error,
        };
        *count = count.saturating_add(1);
        if run.status != RunStatus::Passed {
            self.open.get_or_insert_with(|| run.started_at.clone());
        } else if !run.selected {
            let began = self.open.take().filter(|_| run.counts.known <= self.known);
            self.repaired.extend(began.map(|began| Outage { began, ended: run.started_at.clone() }));
            self.last_passed = Some(run.started_at.clone());
        }
        if !run.selected {
            self.known = run.counts.known;
        }
        self.days.retain(|date, _| *date >= first);
        self.repaired.retain(|outage| outage.ended >= first);
    }
}

impl History {
    /// The days of a suite, from its history.
    pub(super) fn calendar_again(&self, suite: &str) -> Result<Calendar, Error> {
        let mut walk = self.walk(suite)?;
        let mut runs = Vec::new();
        let mut first = None;
        while let Some(run) = walk.next_line()? {
            first = first.or_else(|| first_day(&run));
            let is_before = first.as_ref().is_some_and(|first| run.started_at < *first);
            // What came before a pass of the whole suite says nothing of what came after.
            let ends =
                is_before && run.status == RunStatus::Passed && !run.selected && moment(&run.started_at).is_some();
            runs.push(run);
            if ends {
                break;
            }
        }
        let mut calendar = Calendar::default();
        runs.iter().rev().for_each(|run| calendar.push(run));
        Ok(calendar)
    }
}

/// The first day that is kept when a run is the newest: a Monday. None if nobody knows when the run began.
fn first_day(run: &RunLine) -> Option<String> {
    let date: NaiveDate = run.started_at.get(..10)?.parse().ok()?;
    moment(&run.started_at)?;
    let monday = date.week(chrono::Weekday::Mon).checked_first_day()?;
    Some(monday.checked_sub_days(Days::new(7 * (WEEKS - 1)))?.to_string())
}

fn moment(text: &str) -> Option<DateTime<chrono::FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sample;

    /// Runs of one suite: how many hours into 2024, what they came to, and how many violations were known.
    fn calendar(runs: &[(u32, RunStatus, u64)]) -> Calendar {
        let mut calendar = Calendar::default();
        for (hours, status, known) in runs {
            calendar.push(&run(*hours, *status, *known));
        }
        calendar
    }

    fn run(hours: u32, status: RunStatus, known: u64) -> RunLine {
        let mut run = sample::run("s", hours, false);
        run.status = status;
        run.counts.known = known;
        run
    }

    use RunStatus::{Aborted, Error as Broken, Failed, Passed};

    #[test]
    fn a_day_is_as_bad_as_its_worst_run() {
        let calendar = calendar(&[
            (0, Passed, 0),
            (1, Failed, 0),
            (2, Broken, 0),
            (24, Aborted, 0),
            (25, Passed, 0),
            (48, Passed, 0),
        ]);
        let days: Vec<_> = calendar.days().map(|(date, day)| (date.to_string(), day.worst())).collect();
        let day = |date: &str, worst| (format!("2024-01-0{date}"), worst);
        assert_eq!(days, [day("1", Failed), day("2", Broken), day("3", Passed)]);
        assert_eq!(calendar.days().next().unwrap().1, Day { passed: 1, failed: 1, error: 1 });
    }

    #[test]
    fn the_time_to_repair_is_from_the_first_that_does_not_pass_to_the_next_that_does() {
        let calendar = calendar(&[
            (0, Failed, 0),
            (1, Broken, 0),
            (3, Passed, 0),
            (9, Failed, 0),
            (10, Passed, 0),
            (11, Failed, 0),
        ]);
        assert_eq!(calendar.time_to_repair(), Some((2 * 3600, 2)));
        assert_eq!(calendar.last_passed(), Some("2024-01-01T10:00:00.000Z"));
        assert_eq!(Calendar::default().time_to_repair(), None);
    }

    #[test]
    fn what_passes_because_more_is_known_was_not_repaired() {
        assert_eq!(calendar(&[(0, Failed, 0), (5, Passed, 3)]).time_to_repair(), None);
        assert_eq!(calendar(&[(0, Failed, 3), (5, Passed, 3)]).time_to_repair(), Some((5 * 3600, 1)));
    }

    #[test]
    fn a_pass_of_a_part_of_the_suite_repairs_nothing() {
        let mut calendar = calendar(&[(0, Failed, 0)]);
        calendar.push(&RunLine { selected: true, ..run(1, Passed, 0) });
        assert_eq!((calendar.time_to_repair(), calendar.last_passed()), (None, None));
        calendar.push(&run(2, Passed, 0));
        assert_eq!(calendar.time_to_repair(), Some((2 * 3600, 1)));
    }

    #[test]
    fn what_had_to_be_counted_anew_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let history = History::new(place.path());
        for hours in [0, 30, 60] {
            history.append_lines(&run(hours, Passed, 0), &[]).unwrap();
        }
        history.forget_streaks("s").unwrap();
        assert!(!history.streaks_kept("s").unwrap().1);
        assert_eq!(history.calendar("s").unwrap().days().count(), 3);
        assert!(history.streaks_kept("s").unwrap().1);
        assert_eq!(history.calendar("nobody").unwrap(), Calendar::default());
    }

    #[test]
    fn half_a_year_is_kept_from_a_monday_on() {
        // 2024 begins on a Monday; the newest run is of the Sunday 26 weeks later.
        let day = |day: u32| (day * 24, Passed, 0);
        let kept = |newest: u32| calendar(&[day(0), day(1), day(6), day(7), day(newest)]).days().count();
        assert_eq!([kept(26 * 7 - 1), kept(26 * 7), kept(27 * 7)], [5, 2, 1]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

        #[test]
        fn what_is_counted_is_what_the_history_says(
            runs in proptest::collection::vec((1_u32..900, 0_usize..4, 0_u64..3, proptest::bool::weighted(0.2)), 0..40)
        ) {
            let place = tempfile::tempdir().unwrap();
            let history = History::new(place.path());
            let (mut hours, mut counted) = (0, Calendar::default());
            for (step, status, known, selected) in runs {
                hours += step;
                let line = RunLine { selected, ..run(hours, [Passed, Failed, Broken, Aborted][status], known) };
                history.append_lines(&line, &[]).unwrap();
                counted.push(&line);
            }
            proptest::prop_assert_eq!(&counted, &history.calendar_again("s").unwrap());
            proptest::prop_assert_eq!(&counted, &history.calendar("s").unwrap());
        }
    }
}
