//! Questions of the history, answered as JSON.
//!
//! Each answer is read from the files of the history at that moment, as far back as it must, on a thread that may wait for a
//! disk.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::history::{Filter, History, RunLine};
use crate::outcome::{Report, Status};
use crate::report::prometheus;
use crate::serve::Served;
use crate::serve::question::{Asked, Runs, Summary, Trend, pattern};

/// Why something is not answered.
#[derive(Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// Why, in one sentence.
    pub why: String,
}

impl Refusal {
    /// With a status and a reason.
    pub fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.why }))).into_response()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "a question could not be answered");
        // What it says may name files of this machine.
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the history cannot be read; the log of the server says why")
    }
}

/// Runs of the history.
#[derive(Serialize, JsonSchema)]
pub(super) struct Listed {
    /// The newest first.
    pub(super) runs: Vec<RunLine>,
    /// Whether there are older ones.
    pub(super) more: bool,
}

/// Suites of the history and of this server.
#[derive(Serialize, JsonSchema)]
pub(super) struct Suites {
    /// By their ids.
    pub(super) suites: Vec<SuiteState>,
}

/// A suite of the history or of this server.
#[derive(Serialize, JsonSchema)]
pub(super) struct SuiteState {
    /// Its id.
    pub(super) suite: String,
    /// Whether it may be checked from here.
    pub(super) can_be_checked: bool,
    /// Its newest run.
    pub(super) last: Option<RunLine>,
}

/// The results of a rule.
#[derive(Serialize, JsonSchema)]
pub(super) struct Trended {
    /// The rule.
    pub(super) rule: String,
    /// The oldest first.
    pub(super) points: Vec<Point>,
}

/// The result of a rule in a run.
#[derive(Serialize, JsonSchema)]
pub(super) struct Point {
    suite: String,
    run: String,
    started_at: String,
    status: Status,
    level: Option<String>,
    violations: Option<u64>,
    evaluated: Option<u64>,
    observed: Option<Value>,
}

/// How many rules came to what.
#[derive(Clone, Copy, Default, Serialize, JsonSchema)]
pub(super) struct Tally {
    passed: u64,
    failed: u64,
    error: u64,
    skipped: u64,
    /// Rows, values or keys that break rules; one that breaks two counts twice.
    violations: u64,
}

/// What the newest runs of all suites found, by category.
#[derive(Default, Serialize, JsonSchema)]
pub(super) struct Summed {
    /// How many suites have a run.
    suites: usize,
    /// All rules.
    rules: Tally,
    /// By the severity of the rule.
    by_severity: BTreeMap<String, Tally>,
    /// By dimension of quality.
    by_dimension: BTreeMap<String, Tally>,
    /// By kind of expectation.
    by_expectation: BTreeMap<String, Tally>,
    /// By suite and dataset.
    by_dataset: BTreeMap<String, Tally>,
}

/// Does what may wait for a disk on a thread for that.
async fn read<T: Send + 'static>(
    served: &Served,
    work: impl FnOnce(&History) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let history = History::new(&served.reports);
    let done = tokio::task::spawn_blocking(move || work(&history)).await;
    done.unwrap_or_else(|_| {
        Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "a bug in tamiz; the log of the server says more"))
    })
}

/// `GET /api/runs`.
pub(super) async fn runs(
    State(served): State<Served>,
    asked: Result<Asked<Runs>, Refusal>,
) -> Result<Json<Listed>, Refusal> {
    let (filter, offset, limit) = asked?.0.filter()?;
    let listed = read(&served, move |history| {
        let runs = history.select(&filter, false)?;
        let more = runs.len() > offset + limit;
        let runs = runs.into_iter().skip(offset).take(limit).map(|past| past.run).collect();
        Ok(Listed { runs, more })
    });
    Ok(Json(listed.await?))
}

/// `GET /api/runs/{id}`.
pub(super) async fn run(State(served): State<Served>, Path(id): Path<String>) -> Result<Json<Report>, Refusal> {
    let nothing = || Refusal::new(StatusCode::NOT_FOUND, "no run has this id, or its record is gone");
    let id = uuid::Uuid::try_parse(&id).map_err(|_| nothing())?;
    let follower = served.follower.clone();
    let record = read(&served, move |history| {
        let filter = around(id);
        let wanted = id.to_string();
        let found = history.select(&filter, false)?.into_iter().find(|past| past.run.id == wanted);
        let Some(run) = found.map(|past| past.run) else { return Ok(None) };
        match (history.record_of(&run)?, follower) {
            (None, Some(follower)) if follower.fetch(&run.folder) => Ok(history.record_of(&run)?),
            (record, _) => Ok(record),
        }
    });
    record.await?.map(Json).ok_or_else(nothing)
}

/// The runs of the days around the moment that an id was made at, if it says one.
fn around(id: uuid::Uuid) -> Filter {
    let made = id.get_timestamp().and_then(|made| {
        let (seconds, _) = made.to_unix();
        DateTime::<Utc>::from_timestamp(i64::try_from(seconds).ok()?, 0)
    });
    let day = TimeDelta::days(1);
    let of = |moment: DateTime<Utc>, later: bool| {
        if later { moment.checked_add_signed(day) } else { moment.checked_sub_signed(day) }
    };
    Filter {
        since: made.and_then(|made| of(made, false)),
        until: made.and_then(|made| of(made, true)),
        ..Filter::default()
    }
}

/// `GET /api/suites`.
pub(super) async fn suites(State(served): State<Served>) -> Result<Json<Suites>, Refusal> {
    let known = read(&served, |history| {
        let mut known: BTreeMap<String, Option<RunLine>> = BTreeMap::new();
        for suite in history.months()?.into_keys() {
            let newest = history.walk(&suite)?.next_line()?;
            known.insert(suite, newest);
        }
        Ok(known)
    });
    let mut known = known.await?;
    for suite in served.suites.keys() {
        known.entry(suite.clone()).or_default();
    }
    let suites = known.into_iter().map(|(suite, last)| {
        let can_be_checked = served.access.has_token() && served.suites.contains_key(&suite);
        SuiteState { suite, can_be_checked, last }
    });
    Ok(Json(Suites { suites: suites.collect() }))
}

/// `GET /api/rules/{id}/trend`.
pub(super) async fn trend(
    State(served): State<Served>,
    Path(rule): Path<String>,
    asked: Result<Asked<Trend>, Refusal>,
) -> Result<Json<Trended>, Refusal> {
    let asked = asked?.0;
    let limit = asked.limit()?;
    let suites = pattern(asked.suite.as_deref())?.into_iter().collect();
    let wanted = glob::Pattern::new(&glob::Pattern::escape(&rule)).ok();
    let points = read(&served, move |history| {
        let filter = Filter { suites, rule: wanted, limit: Some(limit), ..Filter::default() };
        let mut points: Vec<Point> = Vec::new();
        for past in history.select(&filter, true)? {
            points.extend(past.rules.into_iter().map(|line| Point {
                suite: past.run.suite.clone(),
                run: line.run,
                started_at: line.started_at,
                status: line.status,
                level: line.level,
                violations: line.violations,
                evaluated: line.evaluated,
                observed: line.observed,
            }));
        }
        points.reverse();
        Ok(points)
    });
    let points = points.await?;
    if points.is_empty() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no run has a rule of this id"));
    }
    Ok(Json(Trended { rule, points }))
}

/// `GET /api/summary`.
pub(super) async fn summary(
    State(served): State<Served>,
    asked: Result<Asked<Summary>, Refusal>,
) -> Result<Json<Summed>, Refusal> {
    let suite = pattern(asked?.0.suite.as_deref())?;
    let summed = read(&served, move |history| {
        let mut reports = history.latest()?;
        reports.retain(|report| suite.as_ref().is_none_or(|suite| suite.matches(&report.run.suite)));
        Ok(sum(&reports))
    });
    Ok(Json(summed.await?))
}

fn sum(reports: &[Report]) -> Summed {
    let mut summed = Summed { suites: reports.len(), ..Summed::default() };
    for report in reports {
        for rule in &report.results {
            let dataset = format!("{}/{}", report.run.suite, rule.dataset);
            for tally in [
                &mut summed.rules,
                summed.by_severity.entry(rule.severity.clone()).or_default(),
                summed.by_dimension.entry(rule.dimension.clone()).or_default(),
                summed.by_expectation.entry(rule.expectation.clone()).or_default(),
                summed.by_dataset.entry(dataset).or_default(),
            ] {
                match rule.status {
                    Status::Passed => tally.passed += 1,
                    Status::Failed => tally.failed += 1,
                    Status::Error => tally.error += 1,
                    Status::Skipped => tally.skipped += 1,
                }
                if rule.status == Status::Failed {
                    tally.violations += rule.violations.unwrap_or(0);
                }
            }
        }
    }
    summed
}

/// `GET /metrics`: the gauges of the newest run of each suite.
pub(super) async fn metrics(
    State(served): State<Served>,
) -> Result<([(HeaderName, &'static str); 1], String), Refusal> {
    let (waiting, running) = served.checks.counts();
    let text = read(&served, move |history| {
        let reports = history.latest()?;
        let calendars: Vec<_> =
            reports.iter().map(|report| history.calendar(&report.run.suite)).collect::<Result<_, _>>()?;
        let told: Vec<_> = reports
            .iter()
            .zip(&calendars)
            .map(|(report, calendar)| prometheus::Told { report, last_passed: calendar.last_passed() })
            .collect();
        Ok(prometheus::render(&told, false))
    });
    let own = format!(
        "# HELP tamiz_checks_waiting Checks that were asked for and have not begun.\n# TYPE tamiz_checks_waiting gauge\n\
         tamiz_checks_waiting {waiting}\n# HELP tamiz_checks_running Checks under way.\n# TYPE tamiz_checks_running gauge\n\
         tamiz_checks_running {running}\n"
    );
    Ok(([(CONTENT_TYPE, prometheus::MEDIA_TYPE)], text.await? + &own))
}

/// `GET /readyz`: whether the history can be read.
pub(super) async fn ready(State(served): State<Served>) -> Result<&'static str, Refusal> {
    let read = read(&served, |history| Ok(history.recent(1).map(drop)?)).await;
    read.map_err(|refusal| Refusal { status: StatusCode::SERVICE_UNAVAILABLE, ..refusal })?;
    if served.follower.as_ref().is_some_and(|follower| !follower.is_at_it()) {
        let why = "the history of the team cannot be reached; the log of the server says why";
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why));
    }
    Ok("ready\n")
}
