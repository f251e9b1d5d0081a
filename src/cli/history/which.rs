//! Which runs of the history are asked for.

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use glob::Pattern;

use crate::cli::{pair, world};
use crate::history::Filter;
use crate::ir::duration::Duration;
use crate::ir::time::Zone;
use crate::outcome::RunStatus;
use crate::suite::parse_as_of;

/// Which runs of the history are asked for.
#[derive(Args)]
pub(super) struct Which {
    /// Only runs of this suite, or of those that match; repeatable.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    suite: Vec<Pattern>,
    /// Only runs that came to this; repeatable.
    #[arg(long, value_enum)]
    status: Vec<Status>,
    /// Only runs that began then or later: a date, an instant, or a length of time ago such as 30d.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
    /// Only runs that began before then.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,
    /// Only runs of this branch, or of those that match.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    branch: Option<Pattern>,
    /// Only runs with this label; repeatable.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
    /// Only rules whose id matches, and runs that have one.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    rule: Option<Pattern>,
    /// So many runs at most, the newest; 0 is all.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    Passed,
    Failed,
    Error,
    Aborted,
}

impl Which {
    /// The filter; `limit` holds if none is asked for.
    pub(super) fn filter(&self, limit: Option<usize>) -> Filter {
        let status = |status: &Status| match status {
            Status::Passed => RunStatus::Passed,
            Status::Failed => RunStatus::Failed,
            Status::Error => RunStatus::Error,
            Status::Aborted => RunStatus::Aborted,
        };
        Filter {
            suites: self.suite.clone(),
            statuses: self.status.iter().map(status).collect(),
            since: self.since,
            until: self.until,
            branch: self.branch.clone(),
            labels: self.labels.clone(),
            rule: self.rule.clone(),
            limit: self.limit.or(limit).filter(|limit| *limit > 0),
        }
    }

    /// Whether rules are asked for.
    pub(super) fn names_rules(&self) -> bool {
        self.rule.is_some()
    }
}

fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|error| format!("it is no pattern: {error}"))
}

/// A moment: a date, an instant, or a length of time ago.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Some(micros) = parse_as_of(text, Zone::UTC) {
        return DateTime::from_timestamp_micros(micros).ok_or_else(|| "it is too far away".to_owned());
    }
    let length = Duration::parse(text).ok().and_then(|length| i64::try_from(length.micros()?).ok());
    let ago = length.and_then(|micros| world::now().checked_sub(micros)).and_then(DateTime::from_timestamp_micros);
    ago.ok_or_else(|| {
        "write a date (2026-11-01), an instant (2026-11-01T12:00:00Z) or a length of time ago (30d, 12h)".to_owned()
    })
}
