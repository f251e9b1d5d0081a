//! The page of a rule that failed lately: its trend against its limit, and what became of it in each run.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::address;
use super::chart::line::{self, Plot, limits};
use super::chart::{Drawn, Point, Scale};
use super::run::Badge;
use crate::history::{Past, RuleLine, RunLine, Since};
use crate::outcome::{Outcome, Report, Status, Text};
use crate::report::reading::State;
use crate::report::value;

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View<'a> {
    id: &'a str,
    anchor: String,
    suite: &'a str,
    state: Badge,
    states: Vec<Badge>,
    rule: Option<&'a Outcome>,
    url: Option<String>,
    since: Option<&'a Since>,
    failures: usize,
    flips: usize,
    plot: Option<Titled>,
    /// The newest first.
    runs: Vec<Row>,
}

#[derive(Serialize)]
struct Titled {
    title: Text,
    drawn: Drawn,
    limit: Option<String>,
}

/// The rule in a run.
#[derive(Serialize)]
struct Row {
    folder: String,
    started_at: String,
    state: Option<Badge>,
    level: Option<String>,
    violations: Option<u64>,
    evaluated: Option<u64>,
    observed: Option<String>,
    redefined: bool,
}

/// The rules that have a page: those that failed or could not be evaluated in one of the newest runs.
#[must_use]
pub fn shown(past: &Past) -> Vec<&str> {
    let Some(newest) = past.newest() else { return Vec::new() };
    let grid = grid(past);
    let is_shown = |rule: &&RuleLine| grid.get(rule.id.as_str()).is_some_and(|points| is_shown(points));
    newest.rules.iter().filter(is_shown).map(|rule| rule.id.as_str()).collect()
}

/// Whether a rule with such runs has a page.
pub(super) fn is_shown(points: &[Option<Point>]) -> bool {
    points.iter().flatten().any(|point| !matches!(point.state, State::Passed | State::Skipped))
}

/// What became of every rule in every run, the oldest first; none for a run that has no such rule.
pub(super) fn grid(past: &Past) -> HashMap<&str, Vec<Option<Point>>> {
    let mut grid: HashMap<&str, Vec<Option<Point>>> = HashMap::new();
    for (at, run) in past.runs.iter().enumerate() {
        for rule in &run.rules {
            let points = grid.entry(rule.id.as_str()).or_insert_with(|| vec![None; past.runs.len()]);
            points[at] = Some(Point { state: state_of(rule), value: share(rule) });
        }
    }
    grid
}

/// What became of a rule, as its line says.
pub(super) fn state_of(rule: &RuleLine) -> State {
    match rule.status {
        Status::Failed if rule.gating => State::Failed,
        Status::Failed => State::Warned,
        Status::Error => State::Error,
        Status::Passed => State::Passed,
        Status::Skipped => State::Skipped,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a point of a chart")]
fn share(rule: &RuleLine) -> Option<f64> {
    let (violations, evaluated) = (rule.violations?, rule.evaluated?);
    Some(violations as f64 / evaluated.max(1) as f64)
}

impl<'a> View<'a> {
    /// Looks at a rule in the newest runs of its suite.
    pub(super) fn of(past: &'a Past, id: &'a str, newest: Option<&'a Report>) -> Self {
        let lines: Vec<(&RunLine, Option<&RuleLine>)> = past.rule(id).collect();
        let rule = newest.and_then(|report| report.results.iter().find(|outcome| outcome.id == id));
        let ci = newest.and_then(|report| report.run.ci.as_ref());
        let states: Vec<State> = lines.iter().filter_map(|(_, line)| line.map(state_of)).collect();
        let known = lines.iter().rev().find_map(|(_, line)| *line);
        Self {
            id,
            anchor: address::encode(&address::anchor(id)),
            suite: past.newest().map_or("", |run| run.run.suite.as_str()),
            state: Badge::of(known.map_or(State::Skipped, state_of)),
            states: State::ALL.into_iter().filter(|state| states.contains(state)).map(Badge::of).collect(),
            rule,
            url: rule.zip(ci).and_then(|(rule, ci)| address::source(ci, &rule.location)),
            since: past.failing(id),
            failures: states.iter().filter(|state| matches!(state, State::Failed | State::Warned)).count(),
            flips: states.windows(2).filter(|pair| pair[0] != pair[1]).count(),
            plot: plot(&lines, rule),
            runs: rows(&lines),
        }
    }
}

fn rows(lines: &[(&RunLine, Option<&RuleLine>)]) -> Vec<Row> {
    let mut definition = None;
    let mut rows = Vec::with_capacity(lines.len());
    for (run, line) in lines {
        let now = line.and_then(|line| line.definition.as_deref());
        rows.push(Row {
            folder: address::encode(&run.folder),
            started_at: run.started_at.clone(),
            state: line.map(|line| Badge::of(state_of(line))),
            level: line.and_then(|line| line.level.clone()),
            violations: line.and_then(|line| line.violations),
            evaluated: line.and_then(|line| line.evaluated),
            observed: line.and_then(|line| line.observed.as_ref()).map(|observed| value::show(observed, 80)),
            redefined: now.is_some() && definition.is_some() && now != definition,
        });
        definition = now.or(definition);
    }
    rows.reverse();
    rows
}

/// The trend: the share of rows that break the rule, or the number it found; with the limits of the newest record.
fn plot(lines: &[(&RunLine, Option<&RuleLine>)], rule: Option<&Outcome>) -> Option<Titled> {
    let counts_rows = lines.iter().any(|(_, line)| line.is_some_and(|line| line.violations.is_some()));
    let limit = rule.and_then(|rule| rule.threshold.first()).map(|threshold| threshold.limit.as_str());
    let by_count = limit.is_some_and(|limit| limit != "0" && limit.parse::<u64>().is_ok());
    let (scale, title) = match (counts_rows, by_count) {
        (true, false) => (Scale::Share, ("Share of rows that break it", "Proporción de filas que la incumplen")),
        (true, true) => (Scale::Count, ("Rows that break it", "Filas que la incumplen")),
        (false, _) => (Scale::Number, ("What was found", "Lo encontrado")),
    };
    let value = |line: &RuleLine| match scale {
        Scale::Share => share(line),
        #[expect(clippy::cast_precision_loss, reason = "a point of a chart")]
        Scale::Count => line.violations.map(|count| count as f64),
        _ => line.observed.as_ref().and_then(|observed| match observed {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }),
    };
    let plot = Plot {
        title: Text { en: title.0.to_owned(), es: title.1.to_owned() },
        moments: lines.iter().map(|(run, _)| run.started_at.as_str()).collect(),
        points: lines
            .iter()
            .map(|(_, line)| line.map(|line| Point { state: state_of(line), value: value(line) }))
            .collect(),
        limits: limit.map(|limit| limits(limit, scale)).unwrap_or_default(),
        scale,
    };
    let drawn = line::of(&plot)?;
    let limit = (!plot.limits.is_empty()).then(|| limit.map(str::to_owned)).flatten();
    Some(Titled { title: plot.title, drawn, limit })
}
