//! The page over all suites: how each stands, and the newest runs.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::chart::{Drawn, Point, spark};
use super::run::{Badge, Tally, tally};
use super::{RUNS, address, words};
use crate::history::{Calendar, Rhythm, RunLine};
use crate::outcome::{RunStatus, Text};
use crate::report::moment;
use crate::report::reading::State;

/// What the page over all suites is made of.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// The suites.
    pub suites: Vec<Standing>,
    /// The newest runs of all suites, the oldest first.
    pub recent: Vec<RunLine>,
    /// The months that have pages, `2026-11`.
    pub months: Vec<String>,
    /// When the page is made.
    pub now: DateTime<Utc>,
}

/// What is known of a suite.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Its newest runs, the oldest first; as many as there are up to [`RUNS`].
    pub runs: Vec<RunLine>,
    /// How its days went.
    pub calendar: Calendar,
}

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View {
    suites: Vec<Suite>,
    runs: Vec<Row>,
    months: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    name: String,
    title: Text,
}

/// How a suite stands.
#[derive(Serialize)]
struct Suite {
    newest: Row,
    spark: Drawn,
    pace: Pace,
    #[serde(flatten)]
    since: Since,
}

/// How often a suite usually runs, and whether its next run is overdue.
#[derive(Serialize)]
pub(super) struct Pace {
    every: Option<String>,
    /// Since when it is overdue, if so.
    overdue: Option<String>,
}

/// Since when a suite has not passed.
#[derive(Serialize)]
pub(super) struct Since {
    #[serde(rename = "since")]
    began: Option<String>,
    #[serde(rename = "since_runs")]
    runs: u64,
    /// Whether it may be longer, because no older run is known here.
    #[serde(rename = "since_more")]
    more: bool,
}

/// A run in a list.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) state: Badge,
    pub(super) suite: String,
    pub(super) title: Option<String>,
    pub(super) folder: String,
    pub(super) started_at: String,
    pub(super) reason: Text,
    pub(super) parts: Vec<Tally>,
    pub(super) rules: u64,
    pub(super) rows: u64,
    pub(super) duration_ms: u64,
    pub(super) commit: Option<String>,
    pub(super) branch: Option<String>,
}

impl View {
    /// Sorts suites, those that need attention first, and runs, the newest first.
    pub(super) fn of(overview: &Overview) -> Self {
        let mut suites: Vec<(State, Suite)> = overview
            .suites
            .iter()
            .filter_map(|Standing { runs, calendar }| {
                let newest = runs.last()?;
                let suite = Suite {
                    newest: Row::of(newest),
                    spark: strip(runs.iter()),
                    pace: Pace::of(runs.iter(), calendar, overview.now),
                    since: Since::of(runs.iter()),
                };
                Some((State::of_run(newest.status), suite))
            })
            .collect();
        suites.sort_by_key(|(state, suite)| (*state, suite.pace.overdue.is_none()));
        let mut months = overview.months.clone();
        months.sort();
        Self {
            suites: suites.into_iter().map(|(_, suite)| suite).collect(),
            runs: overview.recent.iter().rev().map(Row::of).collect(),
            months: months.into_iter().rev().map(|name| Named { title: words::month(&name), name }).collect(),
        }
    }
}

impl Row {
    /// What the list says of a run.
    pub(super) fn of(run: &RunLine) -> Self {
        let counts = &run.counts;
        let count = |state| match state {
            State::Failed => counts.gating,
            State::Error => counts.error,
            State::Warned => counts.failed.saturating_sub(counts.gating),
            State::Passed => counts.passed,
            State::Skipped => counts.skipped,
        };
        Self {
            state: Badge::of_run(run.status),
            suite: address::encode(&run.suite),
            title: run.title.clone(),
            folder: address::encode(&run.folder),
            started_at: run.started_at.clone(),
            reason: run.reason.clone(),
            parts: tally(count),
            rules: counts.rules,
            rows: counts.rows_read,
            duration_ms: run.duration_ms,
            commit: run.commit.as_ref().map(|commit| commit.chars().take(8).collect()),
            branch: run.branch.clone(),
        }
    }
}

impl Pace {
    /// Looks at the newest runs of a suite, the oldest first.
    pub(super) fn of<'a>(runs: impl Iterator<Item = &'a RunLine>, calendar: &Calendar, now: DateTime<Utc>) -> Self {
        let began = runs.map(|run| run.started_at.as_str());
        let rhythm = Rhythm::of(began, calendar.days().rev().take(7).count());
        let overdue = rhythm.filter(|rhythm| rhythm.is_overdue(now)).and_then(|rhythm| rhythm.overdue_from());
        Self {
            every: rhythm.map(|rhythm| moment::span(rhythm.every)),
            overdue: overdue.map(|from| from.to_rfc3339_opts(SecondsFormat::Secs, true)),
        }
    }
}

impl Since {
    /// Since when runs, the oldest first, have not passed.
    pub(super) fn of<'a>(runs: impl DoubleEndedIterator<Item = &'a RunLine> + ExactSizeIterator) -> Self {
        let all = runs.len();
        let failing: Vec<&RunLine> = runs.rev().take_while(|run| run.status != RunStatus::Passed).collect();
        Self {
            began: failing.last().map(|run| run.started_at.clone()),
            runs: failing.len() as u64,
            more: failing.len() == all && all >= RUNS,
        }
    }
}

/// Draws runs, the oldest first: the height is the share of rules that do not hold.
pub(super) fn strip<'a>(runs: impl Iterator<Item = &'a RunLine>) -> Drawn {
    let points: Vec<_> = runs
        .map(|run| {
            #[expect(clippy::cast_precision_loss, reason = "the height of a tick")]
            let share = (run.counts.failed + run.counts.error) as f64 / run.counts.rules.max(1) as f64;
            Some(Point { state: State::of_run(run.status), value: Some(share) })
        })
        .collect();
    spark::of(&points)
}
