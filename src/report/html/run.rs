//! The page of a run: its verdict, what changed, each rule in reading order with cells already text, and the data.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use serde_json::Value;

use super::changes::Changes;
use super::chart::{Drawn, Point, bar, spark};
use super::index::strip;
use super::{Around, address, rule, words};
use crate::history::{Past, Since};
use crate::lang::Lang;
use crate::outcome::{
    Column, Counterpart, Counts, Dataset, Fault, File, Group, Outcome, Report, Run, RunStatus, Sample, Statement,
    Status, Text, Verdict,
};
use crate::report::reading::{Reading, State, run_word, unseen};
use crate::report::value;
use crate::report::{moment, phrase};

/// Sample rows on one page; rules beyond show fewer, and say so.
const SAMPLES: usize = 1_500;
/// Characters of a cell.
const CELL: usize = 160;
/// Rows of a list of files or columns.
const LIST: usize = 200;

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View<'a> {
    run: &'a Run,
    command: String,
    verdict: &'a Verdict,
    counts: &'a Counts,
    state: Badge,
    parts: Vec<Tally>,
    runs: Option<Drawn>,
    changes: Option<Changes>,
    /// Whether there is an older run, so that rules have trends.
    trends: bool,
    failed: Vec<Finding<'a>>,
    errors: Vec<Cause<'a>>,
    warned: Vec<Finding<'a>>,
    rows: Vec<Line<'a>>,
    skipped: Vec<Omission<'a>>,
    scores: Vec<Score>,
    coverage: Vec<Cover<'a>>,
    datasets: Vec<Data<'a>>,
    /// Where the commit can be read.
    commit: Option<String>,
}

/// A rule in the table of all rules.
#[derive(Serialize)]
struct Line<'a> {
    state: Badge,
    order: usize,
    rule: &'a Outcome,
    /// The anchor of the row, where no card has that of the rule.
    row: Option<String>,
    /// Where more is said of the rule on this page.
    href: Option<String>,
    url: Option<String>,
    expected: Option<String>,
    observed: Option<String>,
    /// What the row is sorted by.
    number: Option<String>,
    bar: String,
    spark: Option<Drawn>,
}

/// How many rules of a dimension hold.
#[derive(Serialize)]
struct Score {
    dimension: Text,
    hold: u64,
    known: u64,
    bar: String,
}

/// Which columns of a dataset no rule tests.
#[derive(Serialize)]
struct Cover<'a> {
    dataset: &'a str,
    covered: usize,
    columns: usize,
    bar: String,
    without: Vec<&'a str>,
    more: usize,
}

/// What is known of a rule beside its outcome.
struct Surroundings<'a> {
    run: &'a Run,
    past: Option<&'a Past>,
    grid: HashMap<&'a str, Vec<Option<Point>>>,
}

/// An icon and its word.
#[derive(Serialize)]
pub(super) struct Badge {
    name: &'static str,
    word: Text,
}

/// How many rules are in a state.
#[derive(Serialize)]
pub(super) struct Tally {
    state: Badge,
    count: u64,
    words: Text,
}

#[derive(Serialize)]
struct Finding<'a> {
    state: Badge,
    rule: &'a Outcome,
    anchor: String,
    url: Option<String>,
    /// The page of the rule, from the root of the site.
    page: Option<String>,
    spark: Option<Drawn>,
    since: Option<&'a Since>,
    target: String,
    dimension: Text,
    decided_by: Option<Text>,
    statement: Option<&'a Statement>,
    written: Option<String>,
    observed: Option<String>,
    bar: Option<String>,
    samples: Option<Table>,
    /// Where more of its rows lie, and how many.
    evidence: Option<(String, u64)>,
    top_values: Vec<Top>,
    groups: Vec<GroupRow<'a>>,
    more_groups: u64,
}

/// A group of rows, named by its values.
#[derive(Serialize)]
struct GroupRow<'a> {
    name: String,
    mark: &'static str,
    group: &'a Group,
}

#[derive(Serialize)]
struct Cause<'a> {
    fault: Option<&'a Fault>,
    rules: Vec<Named<'a>>,
}

/// A rule that is only named.
#[derive(Serialize)]
struct Named<'a> {
    rule: &'a Outcome,
    url: Option<String>,
}

#[derive(Serialize)]
struct Omission<'a> {
    reason: Option<&'a str>,
    rules: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Table {
    columns: Vec<Header>,
    /// The file all rows stand in, if it is one; else each place names its own.
    file: Option<String>,
    /// What a place is: `line`, `row_index`, `place`, or none.
    places: Option<&'static str>,
    rows: Vec<Row>,
    /// Whether it is told of any row what is wrong with it.
    reasons: bool,
    unseen: u64,
}

#[derive(Serialize)]
struct Header {
    name: String,
    key: bool,
}

#[derive(Serialize)]
struct Row {
    place: Option<String>,
    cells: Vec<Cell>,
    /// Whether it is a row that the one above does not go with.
    beside: bool,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    null: bool,
}

#[derive(Serialize)]
struct Top {
    text: String,
    count: u64,
    bar: Option<String>,
}

#[derive(Serialize)]
struct Data<'a> {
    state: Badge,
    /// How old the data were when the run began.
    age: Option<Text>,
    source: &'a Dataset,
    columns: &'a [Column],
    files: Vec<FileView<'a>>,
    more_columns: usize,
    more_files: usize,
}

/// A file, and how it is written.
#[derive(Serialize)]
struct FileView<'a> {
    #[serde(flatten)]
    file: &'a File,
    written: Option<Text>,
}

impl<'a> View<'a> {
    /// Puts a run in reading order.
    pub(super) fn of(report: &'a Report, around: Around<'a>) -> Self {
        let reading = Reading::of(report);
        let past = around.past.filter(|past| past.runs.len() > 1);
        let near = Surroundings { run: &report.run, past, grid: past.map(rule::grid).unwrap_or_default() };
        let mut room = SAMPLES;
        let mut findings = |rules: &[&'a Outcome]| -> Vec<_> {
            rules.iter().map(|outcome| Finding::of(outcome, &near, &mut room)).collect()
        };
        let name = |rules: &[&'a Outcome]| -> Vec<Named<'a>> {
            rules.iter().map(|rule| Named { rule, url: near.url(rule) }).collect()
        };
        let folder = past.and_then(Past::newest).map(|run| run.run.folder.as_str());
        Self {
            run: &report.run,
            command: report.run.command.join(" "),
            verdict: &report.verdict,
            counts: &report.counts,
            state: Badge::of_run(report.verdict.status),
            parts: tally(|state| reading.count(state)),
            runs: past.map(|past| strip(past.runs.iter().map(|run| &run.run))),
            changes: around
                .changes
                .map(|(diff, previous)| Changes::of(diff, previous, folder.unwrap_or_default(), around.past)),
            trends: past.is_some(),
            failed: findings(&reading.failed),
            warned: findings(&reading.warned),
            rows: lines(&reading, &near),
            errors: reading
                .errors
                .iter()
                .map(|cause| Cause { fault: cause.fault, rules: name(&cause.rules) })
                .collect(),
            skipped: reading
                .skipped
                .iter()
                .map(|omission| Omission { reason: omission.reason, rules: name(&omission.rules) })
                .collect(),
            scores: scores(&report.results),
            coverage: report.datasets.iter().filter_map(|dataset| Cover::of(dataset, &report.results)).collect(),
            datasets: report.datasets.iter().map(|dataset| Data::of(dataset, report)).collect(),
            commit: report.run.ci.as_ref().and_then(address::commit),
        }
    }
}

impl Surroundings<'_> {
    fn url(&self, rule: &Outcome) -> Option<String> {
        self.run.ci.as_ref().and_then(|ci| address::source(ci, &rule.location))
    }

    fn spark(&self, rule: &Outcome) -> Option<Drawn> {
        self.grid.get(rule.id.as_str()).map(|points| spark::of(points))
    }
}

/// All rules, failures first.
fn lines<'a>(reading: &Reading<'a>, near: &Surroundings<'a>) -> Vec<Line<'a>> {
    let errors = reading.errors.iter().flat_map(|cause| &cause.rules);
    let skipped = reading.skipped.iter().flat_map(|omission| &omission.rules);
    let all = reading.failed.iter().chain(errors).chain(&reading.warned).chain(&reading.passed).chain(skipped);
    all.map(|rule| Line::of(rule, near)).collect()
}

/// How many rules of each dimension hold, of those that could be evaluated; in the order of the suite.
fn scores(results: &[Outcome]) -> Vec<Score> {
    let mut found: IndexMap<&str, (u64, u64)> = IndexMap::new();
    for outcome in results.iter().filter(|outcome| matches!(outcome.status, Status::Passed | Status::Failed)) {
        let (hold, known) = found.entry(&outcome.dimension).or_default();
        *hold += u64::from(outcome.status == Status::Passed);
        *known += 1;
    }
    found
        .into_iter()
        .map(|(dimension, (hold, known))| Score {
            dimension: words::dimension(dimension),
            hold,
            known,
            bar: bar::of(share(hold, known)),
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl<'a> Cover<'a> {
    /// Which columns no rule tests; none of a dataset whose columns are not known.
    fn of(dataset: &'a Dataset, results: &[Outcome]) -> Option<Self> {
        const NAMED: usize = 60;
        let own = results.iter().filter(|outcome| outcome.dataset == dataset.name);
        let tested: IndexSet<&str> = own.flat_map(|outcome| outcome.columns.iter().map(String::as_str)).collect();
        let without: Vec<&str> =
            dataset.columns.iter().map(|column| column.name.as_str()).filter(|name| !tested.contains(name)).collect();
        let columns = dataset.columns.len();
        let covered = columns - without.len();
        (columns > 0).then(|| Self {
            dataset: &dataset.name,
            covered,
            columns,
            bar: bar::of(share(covered as u64, columns as u64)),
            more: without.len().saturating_sub(NAMED),
            without: without.into_iter().take(NAMED).collect(),
        })
    }
}

impl<'a> Line<'a> {
    fn of(rule: &'a Outcome, near: &Surroundings<'_>) -> Self {
        let state = State::of(rule);
        let anchor = address::anchor(&rule.id);
        let has_card = matches!(state, State::Failed | State::Warned);
        let limit = || rule.threshold.first().filter(|_| rule.violations.is_some()).map(|limit| limit.limit.clone());
        let observed = rule.observed.as_ref().map(|observed| value::show(observed, 60));
        Self {
            order: state as usize,
            state: Badge::of(state),
            url: near.url(rule),
            expected: rule.expected.clone().or_else(limit),
            number: rule.violations.map(|count| count.to_string()).or_else(|| observed.clone()),
            observed,
            bar: bar::of(rule.violation_share.unwrap_or(0.0)),
            spark: near.spark(rule),
            href: has_card.then(|| format!("#{}", address::encode(&anchor))),
            row: (!has_card).then_some(anchor),
            rule,
        }
    }
}

impl Badge {
    /// The badge of a rule or dataset.
    pub(super) fn of(state: State) -> Self {
        Self { name: state.name(), word: Text::of(|lang| state.word(lang).to_owned()) }
    }

    /// The badge of a run.
    pub(super) fn of_run(status: RunStatus) -> Self {
        let word = Text::of(|lang| run_word(status, lang).to_owned());
        Self { name: State::of_run(status).name(), word }
    }
}

/// The states that occur, with how many rules are in each.
pub(super) fn tally(count: impl Fn(State) -> u64) -> Vec<Tally> {
    State::ALL
        .into_iter()
        .map(|state| (state, count(state)))
        .filter(|&(_, count)| count > 0)
        .map(|(state, count)| Tally {
            state: Badge::of(state),
            count,
            words: Text::of(|lang: Lang| state.plural(count, lang).to_owned()),
        })
        .collect()
}

impl<'a> Finding<'a> {
    fn of(rule: &'a Outcome, near: &Surroundings<'a>, room: &mut usize) -> Self {
        let target = match rule.columns.as_slice() {
            [] => rule.dataset.clone(),
            [only] => format!("{}.{only}", rule.dataset),
            many => format!("{} ({})", rule.dataset, many.join(", ")),
        };
        let written = (!rule.params.is_empty()).then(|| {
            let params = serde_json::Value::Object(rule.params.clone());
            format!("{}: {}", rule.expectation, value::show(&params, 400))
        });
        Self {
            state: Badge::of(State::of(rule)),
            rule,
            anchor: address::anchor(&rule.id),
            url: near.url(rule),
            page: near.past.map(|_| {
                let file = address::encode(&super::rule_file(&rule.id));
                format!("suites/{}/rules/{file}", address::encode(&near.run.suite))
            }),
            spark: near.spark(rule),
            since: near.past.and_then(|past| past.failing(&rule.id)),
            target,
            dimension: words::dimension(&rule.dimension),
            decided_by: rule.decided_by.map(words::decided_by),
            statement: rule.statement.as_ref(),
            written,
            observed: rule.observed.as_ref().map(|observed| value::show(observed, 400)),
            bar: rule.violation_share.map(bar::of),
            samples: Table::of(rule, room),
            evidence: rule.evidence.as_ref().and_then(|file| Some((address::evidence(&file.path)?, file.rows))),
            top_values: tops(rule),
            groups: rule.groups.iter().map(GroupRow::of).collect(),
            more_groups: rule.groups_evaluated.unwrap_or(0).saturating_sub(rule.groups.len() as u64),
        }
    }
}

impl<'a> GroupRow<'a> {
    fn of(group: &'a Group) -> Self {
        let mark = match group.status {
            Status::Failed => State::Failed,
            _ => State::Passed,
        };
        Self { name: tuple(&group.values), mark: mark.icon(), group }
    }
}

impl Table {
    fn of(rule: &Outcome, room: &mut usize) -> Option<Self> {
        if rule.samples.is_empty() {
            return None;
        }
        let taken = rule.samples.len().min(*room);
        let samples = &rule.samples[..taken];
        *room -= taken;
        let keys: IndexSet<&String> = samples.iter().flat_map(|sample| sample.key.keys()).collect();
        let tested = samples.iter().flat_map(|sample| sample.values.keys()).filter(|name| !keys.contains(name));
        let names: IndexSet<&String> = keys.iter().copied().chain(tested).collect();
        let (file, places) = places(samples);
        let rows = samples.iter().flat_map(|sample| {
            let beside = sample.other.as_ref().map(|other| Row::beside(other, &names, file, places));
            std::iter::once(Row::of(sample, &names, places)).chain(beside)
        });
        let rows = rows.collect();
        Some(Self {
            columns: names.iter().map(|name| Header { name: (*name).clone(), key: keys.contains(*name) }).collect(),
            file: file.map(str::to_owned),
            places,
            reasons: samples.iter().any(|sample| sample.reason.is_some()),
            unseen: unseen(rule, taken).unwrap_or(0).max((rule.samples.len() - taken) as u64),
            rows,
        })
    }
}

impl Row {
    fn of(sample: &Sample, names: &IndexSet<&String>, places: Option<&str>) -> Self {
        let place = match places {
            None => None,
            Some("line") => sample.line.map(|line| line.to_string()),
            Some("row_index") => sample.row_index.map(|index| index.to_string()),
            Some(_) => sample.file.as_ref().map(|file| place(file, sample.line, sample.row_index)),
        };
        let cell = |name: &&String| Cell::of(sample.key.get(*name).or_else(|| sample.values.get(*name)));
        let reason = sample.reason.as_ref().map(|reason| value::show(&serde_json::Value::from(reason.as_str()), CELL));
        Self { place, cells: names.iter().map(cell).collect(), beside: false, reason }
    }

    /// The row that another one does not go with; it names its file where that is not the one of the table.
    fn beside(other: &Counterpart, names: &IndexSet<&String>, file: Option<&str>, places: Option<&str>) -> Self {
        let own = other.file.as_deref().filter(|own| Some(*own) != file || places == Some("place"));
        let said = match (own, other.line, other.row_index) {
            (Some(own), line, index) => Some(place(own, line, index)),
            (None, Some(number), _) | (None, None, Some(number)) => Some(number.to_string()),
            (None, None, None) => None,
        };
        let cells = names.iter().map(|name| Cell::of(other.values.get(*name))).collect();
        Self { place: said.map(|said| format!("↔ {said}")), cells, beside: true, reason: None }
    }
}

impl Cell {
    fn of(found: Option<&Value>) -> Self {
        match found {
            Some(found) => Self { text: value::show(found, CELL), null: found.is_null() },
            None => Self { text: String::new(), null: false },
        }
    }
}

/// Where a row stands, with its file.
fn place(file: &str, line: Option<u64>, index: Option<u64>) -> String {
    match (line, index) {
        (Some(line), _) => format!("{file}:{line}"),
        (None, Some(index)) => format!("{file}[{index}]"),
        (None, None) => file.to_owned(),
    }
}

impl<'a> Data<'a> {
    fn of(source: &'a Dataset, report: &Report) -> Self {
        let age = source.modified_at.as_ref().and_then(|moment| moment::age(moment, &report.run.started_at));
        Self {
            state: Badge::of(State::of_dataset(source, &report.results)),
            age: age.map(words::age),
            source,
            columns: &source.columns[..source.columns.len().min(LIST)],
            files: source.files.iter().take(LIST).map(FileView::of).collect(),
            more_columns: source.columns.len().saturating_sub(LIST),
            more_files: source.files.len().saturating_sub(LIST),
        }
    }
}

impl<'a> FileView<'a> {
    fn of(file: &'a File) -> Self {
        let written = file.dialect.as_ref().map(|dialect| Text::of(|lang| phrase::dialect(dialect, lang)));
        Self { file, written }
    }
}

/// The file that samples share, and how their places are told.
fn places(samples: &[Sample]) -> (Option<&str>, Option<&'static str>) {
    let file = samples.first().and_then(|sample| sample.file.as_deref());
    if samples.iter().any(|sample| sample.file.as_deref() != file) {
        return (None, Some("place"));
    }
    let places = if samples.iter().all(|sample| sample.line.is_some()) {
        Some("line")
    } else if samples.iter().all(|sample| sample.row_index.is_some()) {
        Some("row_index")
    } else {
        None
    };
    (file, places)
}

fn tops(rule: &Outcome) -> Vec<Top> {
    let all = rule.violations.unwrap_or(0);
    rule.top_values
        .iter()
        .map(|top| Top {
            text: tuple(&top.values),
            count: top.count,
            bar: (all > 0).then(|| bar::of(share(top.count, all))),
        })
        .collect()
}

fn tuple(values: &IndexMap<String, Value>) -> String {
    match values.first() {
        Some((_, only)) if values.len() == 1 => value::show(only, CELL),
        _ => values.values().map(|cell| value::show(cell, CELL)).collect::<Vec<_>>().join(" · "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn rows_of_several_files_name_each() {
        let mut outcome = sample::report().results.into_iter().find(|rule| rule.samples.len() == 10).unwrap();
        let table = |outcome: &Outcome| Table::of(outcome, &mut 100).unwrap();
        assert_eq!(table(&outcome).file.as_deref(), Some("examples/ventas/data/ventas.csv"));
        assert_eq!(table(&outcome).rows[0].place.as_deref(), Some("17"));
        outcome.samples[3].file = Some("other.csv".to_owned());
        assert_eq!(table(&outcome).file, None);
        assert_eq!(table(&outcome).rows[3].place.as_deref(), Some("other.csv:47"));
    }

    #[test]
    fn rows_beyond_the_room_are_counted() {
        let outcome = sample::report().results.into_iter().find(|rule| rule.samples.len() == 10).unwrap();
        let table = Table::of(&outcome, &mut 4).unwrap();
        assert_eq!((table.rows.len(), table.unseen), (4, 520));
    }
}
