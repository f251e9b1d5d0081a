//! A run as the template of its page needs it: in reading order, with cells already text.

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use serde_json::Value;

use super::words;
use crate::lang::Lang;
use crate::outcome::{
    Column, Counterpart, Counts, Dataset, Fault, File, Group, Outcome, Report, Run, RunStatus, Sample, Status, Text,
    Verdict,
};
use crate::report::phrase;
use crate::report::reading::{Reading, State, run_word, unseen};
use crate::report::value;

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
    tally: Vec<Tally>,
    failed: Vec<Finding<'a>>,
    errors: Vec<Cause<'a>>,
    warned: Vec<Finding<'a>>,
    passed: Vec<Finding<'a>>,
    skipped: Vec<Omission<'a>>,
    datasets: Vec<Data<'a>>,
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
    target: String,
    dimension: Text,
    decided_by: Option<Text>,
    written: Option<String>,
    observed: Option<String>,
    bar: Option<String>,
    samples: Option<Table>,
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
    rules: Vec<&'a Outcome>,
}

#[derive(Serialize)]
struct Omission<'a> {
    reason: Option<&'a str>,
    rules: Vec<&'a Outcome>,
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
    pub(super) fn of(report: &'a Report) -> Self {
        let reading = Reading::of(report);
        let mut room = SAMPLES;
        let mut findings =
            |rules: &[&'a Outcome]| -> Vec<_> { rules.iter().map(|outcome| Finding::of(outcome, &mut room)).collect() };
        Self {
            run: &report.run,
            command: report.run.command.join(" "),
            verdict: &report.verdict,
            counts: &report.counts,
            state: Badge::of_run(report.verdict.status),
            tally: tally(|state| reading.count(state)),
            failed: findings(&reading.failed),
            warned: findings(&reading.warned),
            passed: findings(&reading.passed),
            errors: reading.errors.into_iter().map(|cause| Cause { fault: cause.fault, rules: cause.rules }).collect(),
            skipped: reading
                .skipped
                .into_iter()
                .map(|omission| Omission { reason: omission.reason, rules: omission.rules })
                .collect(),
            datasets: report.datasets.iter().map(|dataset| Data::of(dataset, &report.results)).collect(),
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
    fn of(rule: &'a Outcome, room: &mut usize) -> Self {
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
            target,
            dimension: words::dimension(&rule.dimension),
            decided_by: rule.decided_by.map(words::decided_by),
            written,
            observed: rule.observed.as_ref().map(|observed| value::show(observed, 400)),
            bar: rule.violation_share.map(bar),
            samples: Table::of(rule, room),
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
    fn of(source: &'a Dataset, results: &[Outcome]) -> Self {
        Self {
            state: Badge::of(State::of_dataset(source, results)),
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
            #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
            bar: (all > 0).then(|| bar(top.count as f64 / all as f64)),
        })
        .collect()
}

fn tuple(values: &IndexMap<String, Value>) -> String {
    match values.first() {
        Some((_, only)) if values.len() == 1 => value::show(only, CELL),
        _ => values.values().map(|cell| value::show(cell, CELL)).collect::<Vec<_>>().join(" · "),
    }
}

/// The length of a bar in percent: never empty for a share above none, never full for one below all.
fn bar(share: f64) -> String {
    let percent = if share >= 1.0 {
        100.0
    } else if share > 0.0 {
        (share * 100.0).clamp(1.0, 99.0)
    } else {
        0.0
    };
    format!("{percent:.2}%")
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

    #[test]
    fn a_bar_never_hides_a_violation() {
        assert_eq!(bar(0.0), "0.00%");
        assert_eq!(bar(1e-9), "1.00%");
        assert_eq!(bar(0.999_999), "99.00%");
        assert_eq!(bar(1.0), "100.00%");
        assert_eq!(bar(f64::NAN), "0.00%");
    }
}
