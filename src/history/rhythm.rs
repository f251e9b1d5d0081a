//! How often a suite usually runs, and from when on the next run is overdue.
//!
//! A pure function of when its newest runs began. Who runs a suite by hand has no rhythm, and then nothing is said.

use chrono::{DateTime, TimeDelta, Utc};

/// How often a suite usually runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// The median of the times between runs, in seconds.
    pub every: u64,
    /// How long after the newest run the next one is overdue, in seconds: three times the usual, twice what nine of ten times
    /// between runs stay under, and a day at least.
    pub patience: u64,
    newest: DateTime<Utc>,
}

/// How many times between runs must be known.
const LEAST: usize = 5;

/// How many times the usual the longest may be, but for one in ten, so that there is a rhythm: office hours are one.
const SPREAD: u64 = 24;

/// A day in seconds.
const DAY: u64 = 24 * 3600;

impl Rhythm {
    /// Looks at when runs began, the oldest first.
    ///
    /// `days` is on how many days of late the suite ran: a suite that ran on fewer than three has no rhythm, however often that
    /// was.
    #[must_use]
    pub fn of<'a>(began: impl IntoIterator<Item = &'a str>, days: usize) -> Option<Self> {
        let moments = began.into_iter().filter_map(|moment| DateTime::parse_from_rfc3339(moment).ok());
        let moments: Vec<DateTime<Utc>> = moments.map(|moment| moment.to_utc()).collect();
        let newest = *moments.last()?;
        let between = moments.windows(2).filter_map(|pair| u64::try_from((pair[1] - pair[0]).num_seconds()).ok());
        let mut between: Vec<u64> = between.collect();
        between.sort_unstable();
        if between.len() < LEAST || days < 3 {
            return None;
        }
        let every = between[between.len() / 2].max(1);
        let most = between[(between.len() * 9).div_ceil(10) - 1];
        let patience = (3 * every).max(2 * most).max(DAY);
        (most <= SPREAD * every).then_some(Self { every, patience, newest })
    }

    /// From when on the next run is overdue.
    #[must_use]
    pub fn overdue_from(&self) -> Option<DateTime<Utc>> {
        self.newest.checked_add_signed(TimeDelta::try_seconds(i64::try_from(self.patience).ok()?)?)
    }

    /// Whether the next run is overdue.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.overdue_from().is_some_and(|from| from <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rhythm of runs that many hours into 2024, and after how many hours without a run they are overdue.
    fn rhythm(hours: &[f64]) -> Option<(u64, u64)> {
        let start = DateTime::parse_from_rfc3339("2024-01-01T06:00:00Z").unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds of a few weeks")]
        let began: Vec<String> =
            hours.iter().map(|hours| (start + TimeDelta::seconds((hours * 3600.0) as i64)).to_rfc3339()).collect();
        let rhythm = Rhythm::of(began.iter().map(String::as_str), 3)?;
        Some((rhythm.every / 3600, rhythm.patience / 3600))
    }

    #[test]
    fn a_suite_is_overdue_when_it_has_not_run_for_much_longer_than_usual() {
        let every = |step: f64, runs: u32| (0..runs).map(|run| f64::from(run) * step).collect::<Vec<_>>();
        assert_eq!(rhythm(&every(24.0, 10)), Some((24, 72)));
        assert_eq!(rhythm(&every(168.0, 6)), Some((168, 504)));
        assert_eq!(rhythm(&every(1.0, 30)), Some((1, 24)), "no sooner than after a day");
        // Monday to Friday: the weekend is no alarm.
        let weekdays: Vec<f64> = every(24.0, 26).into_iter().filter(|hour| (hour / 24.0) % 7.0 < 5.0).collect();
        assert_eq!(rhythm(&weekdays), Some((24, 144)));
        // One pause of a month is none either.
        let mut pause = every(24.0, 29);
        pause.push(29.0 * 24.0 + 720.0);
        assert_eq!(rhythm(&pause), Some((24, 72)));
    }

    #[test]
    fn who_runs_it_now_and_then_is_not_late() {
        assert_eq!(rhythm(&[0.0, 0.1, 0.2, 0.3, 30.0, 30.1, 75.0, 75.1]), None);
        assert_eq!(rhythm(&[0.0, 24.0, 48.0, 72.0, 96.0]), None, "too few");
        assert_eq!(Rhythm::of(["soon", "later"], 3), None);
    }

    #[test]
    fn it_is_overdue_from_a_moment_on() {
        let days: Vec<String> = (1..=7).map(|day| format!("2024-01-0{day}T06:00:00Z")).collect();
        let rhythm = Rhythm::of(days.iter().map(String::as_str), 7).unwrap();
        let at = |text: &str| rhythm.is_overdue(DateTime::parse_from_rfc3339(text).unwrap().to_utc());
        assert!(!at("2024-01-10T05:59:59Z") && at("2024-01-10T06:00:00Z"));
        assert_eq!(Rhythm::of(days.iter().map(String::as_str), 2), None);
    }
}
