//! The page of a suite: how it stands, its trends, rules by runs, and its data over time.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::address;
use super::changes::Columns;
use super::chart::line::{self, Plot};
use super::chart::{Drawn, Point, Scale, calendar, heat};
use super::index::{Pace, Row, Since, strip};
use super::rule::{self, state_of};
use super::run::{Badge, Tally, tally};
use crate::diff;
use crate::history::{Calendar, DatasetLine, Day, Past, PastRun, RuleLine, RunLine};
use crate::outcome::{Report, RunStatus, Status, Text};
use crate::report::moment;
use crate::report::reading::{State, run_word};

/// Steps of the columns of a dataset that are told with what changed.
const STEPS: usize = 8;

/// Days that did not pass and are listed.
const BAD_DAYS: usize = 14;

/// The breaker of a suite.
#[derive(Clone, Debug, Serialize)]
pub struct Breaker {
    /// What it is now.
    pub now: crate::outcome::Breaker,
    /// When it changed and what that was, the newest first.
    pub changes: Vec<(String, Text)>,
}

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View {
    breaker: Option<Breaker>,
    newest: Option<Row>,
    #[serde(flatten)]
    since: Since,
    passed: usize,
    spark: Drawn,
    pace: Pace,
    repair: Option<Repair>,
    /// Of a suite that does not pass: when it last did, and how long that was before its newest run.
    last_passed: Option<(String, Option<String>)>,
    days: Option<Days>,
    plots: Vec<Titled>,
    states: Vec<Badge>,
    rules: Vec<Rule>,
    datasets: Vec<Data>,
    /// The newest first.
    runs: Vec<Row>,
}

#[derive(Serialize)]
struct Titled {
    title: Text,
    drawn: Drawn,
}

/// How long it takes until the suite passes again.
#[derive(Serialize)]
struct Repair {
    mean: String,
    times: u64,
}

/// How the days of half a year went.
#[derive(Serialize)]
struct Days {
    svg: String,
    words: Text,
    parts: Vec<Tally>,
    /// Days that did not pass, the newest first; those beyond are counted.
    bad: Vec<BadDay>,
    more: u64,
}

#[derive(Serialize)]
struct BadDay {
    date: String,
    state: Badge,
    runs: u64,
    passed: u64,
}

/// A row of the heat grid.
#[derive(Serialize)]
struct Rule {
    id: String,
    state: Badge,
    order: usize,
    page: Option<String>,
    heat: Drawn,
    since: Option<crate::history::Since>,
}

#[derive(Serialize)]
struct Data {
    name: String,
    state: Badge,
    rows: Option<u64>,
    bytes: Option<u64>,
    columns: u64,
    plot: Option<Drawn>,
    timeline: Vec<Step>,
}

/// A run since which a dataset has the columns it has.
#[derive(Serialize)]
struct Step {
    folder: String,
    started_at: String,
    columns: u64,
    first: bool,
    changes: Vec<Columns>,
}

impl View {
    /// Looks at the newest runs of a suite at a moment; `record` gives the record of a run, if it is still there.
    pub(super) fn of(
        past: &Past,
        record: &dyn Fn(&RunLine) -> Option<Report>,
        breaker: Option<Breaker>,
        now: DateTime<Utc>,
    ) -> Self {
        let lines = || past.runs.iter().map(|run| &run.run);
        let newest = past.newest().map(|run| &run.run);
        let failing = newest.filter(|run| run.status != RunStatus::Passed);
        Self {
            breaker,
            newest: newest.map(Row::of),
            since: Since::of(lines()),
            passed: lines().filter(|run| run.status == RunStatus::Passed).count(),
            spark: strip(lines()),
            pace: Pace::of(lines(), past.calendar(), now),
            repair: past.calendar().time_to_repair().map(|(mean, times)| Repair { mean: moment::span(mean), times }),
            last_passed: failing
                .zip(past.calendar().last_passed())
                .map(|(run, passed)| (passed.to_owned(), moment::between(passed, &run.started_at).map(moment::span))),
            days: days(past.calendar()),
            plots: plots(past),
            states: State::ALL.into_iter().map(Badge::of).collect(),
            rules: rules(past),
            datasets: datasets(past, record),
            runs: lines().rev().map(Row::of).collect(),
        }
    }
}

/// The days of a suite that has more than one.
fn days(calendar: &Calendar) -> Option<Days> {
    let days: Vec<(NaiveDate, Day)> = calendar.days().collect();
    let svg = calendar::of(&days).filter(|_| days.len() > 1)?;
    let is_bad = |day: &Day| day.worst() != RunStatus::Passed;
    let bad = days.iter().rev().filter(|(_, day)| is_bad(day)).map(|(date, day)| BadDay {
        date: date.to_string(),
        state: Badge::of_run(day.worst()),
        runs: u64::from(day.passed) + u64::from(day.failed) + u64::from(day.error),
        passed: day.passed.into(),
    });
    let mut bad: Vec<BadDay> = bad.collect();
    let more = bad.len().saturating_sub(BAD_DAYS) as u64;
    bad.truncate(BAD_DAYS);
    let words = Text::of(|lang| {
        let count = |status| days.iter().filter(|(_, day)| day.worst() == status).count() as u64;
        let all = days.len() as u64;
        let head =
            lang.plural(all, ("day with runs", "día con ejecuciones"), ("days with runs", "días con ejecuciones"));
        let states = [RunStatus::Failed, RunStatus::Error, RunStatus::Passed].map(|status| (status, count(status)));
        let states = states.into_iter().filter(|(_, days)| *days > 0);
        let states = states.map(|(status, days)| format!("{} {}", lang.count(days), run_word(status, lang)));
        format!("{} {head}: {}", lang.count(all), states.collect::<Vec<_>>().join(", "))
    });
    let parts = tally(|state| days.iter().filter(|(_, day)| State::of_run(day.worst()) == state).count() as u64);
    Some(Days { svg, words, parts, bad, more })
}

/// The trends of whole runs.
fn plots(past: &Past) -> Vec<Titled> {
    let text = |en: &str, es: &str| Text { en: en.to_owned(), es: es.to_owned() };
    #[expect(clippy::cast_precision_loss, reason = "points of a chart")]
    let of = |title: Text, scale, value: &dyn Fn(&RunLine) -> u64| {
        let point =
            |run: &PastRun| Some(Point { state: State::of_run(run.run.status), value: Some(value(&run.run) as f64) });
        let moments = past.runs.iter().map(|run| run.run.started_at.as_str()).collect();
        let points = past.runs.iter().map(point).collect();
        let plot = Plot { title, moments, points, limits: Vec::new(), scale };
        line::of(&plot).map(|drawn| Titled { title: plot.title, drawn })
    };
    if past.runs.len() < 2 {
        return Vec::new();
    }
    [
        of(text("Rules that do not hold", "Reglas que no se cumplen"), Scale::Count, &|run| {
            run.counts.failed + run.counts.error
        }),
        of(text("Rows read", "Filas leídas"), Scale::Count, &|run| run.counts.rows_read),
        of(text("Duration", "Duración"), Scale::Duration, &|run| run.duration_ms),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The heat grid: the rules of the newest run, those that need attention first, in suite order within each state.
fn rules(past: &Past) -> Vec<Rule> {
    let Some(newest) = past.newest() else { return Vec::new() };
    let grid = rule::grid(past);
    let mut rules: Vec<(State, Rule)> = newest
        .rules
        .iter()
        .map(|line| {
            let points = grid.get(line.id.as_str()).cloned().unwrap_or_default();
            let state = state_of(line);
            let row = Rule {
                id: line.id.clone(),
                state: Badge::of(state),
                order: state as usize,
                page: rule::is_shown(&points)
                    .then(|| format!("rules/{}", address::encode(&super::rule_file(&line.id)))),
                heat: heat::of(&points),
                since: past.failing(&line.id).cloned(),
            };
            (state, row)
        })
        .collect();
    rules.sort_by_key(|(state, _)| *state);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

fn datasets(past: &Past, record: &dyn Fn(&RunLine) -> Option<Report>) -> Vec<Data> {
    let Some(newest) = past.newest() else { return Vec::new() };
    newest.run.datasets.iter().map(|line| dataset(past, (newest, line), record)).collect()
}

fn dataset(past: &Past, (run, newest): (&PastRun, &DatasetLine), record: &dyn Fn(&RunLine) -> Option<Report>) -> Data {
    let of = |run: &PastRun| run.run.datasets.iter().find(|line| line.name == newest.name).cloned();
    #[expect(clippy::cast_precision_loss, reason = "a point of a chart")]
    let point = |run: &PastRun| {
        let line = of(run)?;
        Some(Point { state: state(run, &line), value: Some(line.rows? as f64) })
    };
    let plot = Plot {
        title: Text { en: format!("Rows of {}", newest.name), es: format!("Filas de {}", newest.name) },
        moments: past.runs.iter().map(|run| run.run.started_at.as_str()).collect(),
        points: past.runs.iter().map(point).collect(),
        limits: Vec::new(),
        scale: Scale::Count,
    };
    let mut timeline: Vec<Step> = Vec::new();
    let mut before: Option<(&RunLine, String)> = None;
    let mut told = 0;
    for run in &past.runs {
        let Some((line, schema)) = of(run).and_then(|line| Some((line.clone(), line.schema?))) else { continue };
        let same = before.as_ref().is_some_and(|(_, known)| *known == schema);
        if !same {
            let first = before.is_none();
            let changes = match &before {
                Some((earlier, _)) if told < STEPS => {
                    told += 1;
                    changes(&newest.name, record(earlier), record(&run.run))
                }
                _ => Vec::new(),
            };
            timeline.push(Step {
                folder: address::encode(&run.run.folder),
                started_at: run.run.started_at.clone(),
                columns: line.columns,
                first,
                changes,
            });
        }
        before = Some((&run.run, schema));
    }
    timeline.reverse();
    Data {
        name: newest.name.clone(),
        state: Badge::of(state(run, newest)),
        rows: newest.rows,
        bytes: newest.bytes,
        columns: newest.columns,
        plot: (past.runs.len() > 1).then(|| line::of(&plot)).flatten(),
        timeline,
    }
}

/// What differs between the columns of a dataset in two runs whose records are there.
fn changes(name: &str, before: Option<Report>, after: Option<Report>) -> Vec<Columns> {
    let of = |report: Option<Report>| {
        report?.datasets.into_iter().find(|dataset| dataset.name == name).map(|dataset| dataset.columns)
    };
    let (Some(before), Some(after)) = (of(before), of(after)) else { return Vec::new() };
    diff::columns(&before, &after).0.iter().map(|change| Columns::of(name, change)).collect()
}

/// What a dataset of a run looks like: failed only if one of its rules made the gate fail.
fn state(run: &PastRun, line: &DatasetLine) -> State {
    let gates = |rule: &RuleLine| rule.gating && rule.dataset.as_ref().is_none_or(|name| *name == line.name);
    match line.status {
        Status::Failed if run.rules.iter().any(gates) => State::Failed,
        Status::Failed => State::Warned,
        Status::Error => State::Error,
        Status::Passed => State::Passed,
        Status::Skipped => State::Skipped,
    }
}
