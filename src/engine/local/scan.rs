//! One visit of a dataset: every measure that looks at rows, in one pass.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use polars::prelude::BooleanChunked;
use rayon::prelude::*;

use crate::answer::{Answer, Computed, FoundFault, FoundFaults, Number};
use crate::dataset::Kind;
use crate::engine::local::budget::Budget;
use crate::engine::local::column::Column;
use crate::engine::local::computed;
use crate::engine::local::condition::{Conditions, Earlier, Evaluation, Frame};
use crate::engine::local::groups::Parting;
use crate::engine::local::keys::{KeySet, Keys};
use crate::engine::local::mask::{self, Mask};
use crate::engine::local::open::{Content, OpenFile, Opened, fault};
use crate::engine::local::order::{Place, Steps};
use crate::engine::local::pairs;
use crate::engine::local::proof::{Group, Questions};
use crate::engine::local::read::Wanted;
use crate::engine::local::states::{Digest, Recall, Seen, States};
use crate::engine::local::tally::{Finished, Room, Sight, Tally, Trace, Work};
use crate::engine::source::{Batch, FindingKind, Findings};
use crate::ir::{Follow, Measure, Parent, Predicate, Reading, Scalar, Type};
use crate::outcome::{DecidedBy, Fault, File, Text};

/// How many structural faults are shown.
const SHOWN: usize = 20;

/// Columns that work needs, and where they stand in the schema.
pub(super) struct Needed {
    /// Those that are read, beside the ones computed from them.
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<(usize, Reading)>,
    pub(super) computed: Vec<(String, Scalar, Type)>,
}

impl Needed {
    /// Finds the columns that some callbacks name.
    pub(super) fn new(opened: &Opened, each: impl FnOnce(&mut dyn FnMut(&str))) -> Result<Self, Fault> {
        let mut names: IndexSet<String> = IndexSet::new();
        let mut computed: Vec<(String, Scalar, Type)> = Vec::new();
        each(&mut |name| {
            let column = opened.schema.column(name);
            let reading = column.and_then(|column| column.reading.as_ref());
            if let (Some(Computed::Value(of)), Some(reading)) = (column.and_then(|it| it.computed.as_ref()), reading) {
                of.columns(&mut |source| {
                    names.insert(source.to_owned());
                });
                if computed.iter().all(|(known, ..)| known != name) {
                    computed.push((name.to_owned(), of.clone(), reading.kind));
                }
            } else {
                names.insert(name.to_owned());
            }
        });
        let mut columns = Vec::with_capacity(names.len());
        for name in &names {
            let place = opened.schema.place(name);
            let place = place.ok_or_else(|| fault("column_missing", &format!("there is no column `{name}`")))?;
            let reading = opened.schema.at(place).and_then(|column| column.reading.clone());
            let reading = reading.unwrap_or_else(|| Reading::plain(crate::ir::Type::String));
            columns.push((place, reading));
        }
        Ok(Self { names: names.into_iter().collect(), columns, computed })
    }

    /// The columns of a batch by name, and the cells of them that do not parse.
    #[expect(clippy::type_complexity, reason = "two maps by column")]
    pub(super) fn frame(
        &self,
        opened: &Opened,
        batch: &Batch,
    ) -> Result<(HashMap<String, Column>, HashMap<String, BooleanChunked>, Option<BooleanChunked>), Fault> {
        let internal = |error: String| fault("internal", &error);
        let mut columns = HashMap::with_capacity(self.names.len());
        let mut unparsed = HashMap::new();
        for (index, (name, (column, _))) in self.names.iter().zip(&self.columns).enumerate() {
            if !opened.has(batch.file, *column) {
                let file = &opened.files[batch.file].shown;
                return Err(fault("column_missing", &format!("`{file}` has no column `{name}`")));
            }
            columns.insert(name.clone(), Column::new(&batch.columns[index]).map_err(internal)?);
            if let Some(bad) = &batch.unparsed[index] {
                unparsed.insert(name.clone(), mask::from_arrow(bad));
            }
        }
        let mut added = Vec::with_capacity(self.computed.len());
        for (name, of, kind) in &self.computed {
            added.push((name, computed::values((name, of, *kind), batch.rows, &columns, &unparsed)?));
        }
        for (name, (column, bad)) in added {
            columns.insert(name.clone(), column);
            unparsed.extend(bad.map(|bad| (name.clone(), bad)));
        }
        Ok((columns, unparsed, batch.malformed.as_ref().map(mask::from_arrow)))
    }
}

/// What a dataset is asked for, taken apart.
pub(super) struct Program<'m> {
    budget: Arc<Budget>,
    conditions: Conditions,
    tasks: Vec<Task<'m>>,
    faults: Vec<(&'m Measure, Fault)>,
}

/// One measure: the rows it is about, and what is done with them.
pub(super) struct Task<'m> {
    pub(super) measure: &'m Measure,
    /// The condition of its rows, as it was asked and as it is evaluated.
    of: &'m Predicate,
    rows: usize,
    pub(super) work: Work<'m>,
}

/// What earlier runs found, for a dataset; `parent` tells what the other side of a reference is known by.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) states: &'a States,
    pub(super) dataset: &'a str,
    pub(super) parent: &'a dyn Fn(&Parent) -> Option<Digest>,
}

/// What some rows are read for: the measures that are not decided without them, and the columns of these.
pub(super) struct View {
    tasks: Vec<usize>,
    pub(super) needed: Needed,
}

/// What is read of a dataset, and what need not be.
pub(super) struct Course {
    /// What is decided of each row group, by file; nothing of files whose metadata say nothing.
    groups: Vec<Vec<Group>>,
    views: Vec<View>,
    /// The view of each row group, by file; none of one that is not read. A file without row groups is one.
    of: Vec<Vec<Option<usize>>>,
    /// The measures that each file is read for or asked of its metadata, by number; none of a file of which all is known.
    open: Vec<Option<Vec<usize>>>,
    /// The measures that some file is known for, by number: their keys are watched, and not kept.
    watched: Vec<bool>,
}

/// The rows of other datasets that the measures of one bring its own together with.
pub(super) type Others = HashMap<Measure, Result<pairs::Rows, Fault>>;

impl Task<'_> {
    /// What a measure came to.
    fn finish(&self, tally: Result<Tally, String>, other: Option<pairs::Rows>) -> Result<Finished, Fault> {
        let finished = tally.map_err(|error| fault("not_computable", &error))?.finish(&self.work, other)?;
        let work = if let Work::Groups(_, inner) = &self.work { inner } else { &self.work };
        if let Work::Orphans { set, .. } = work {
            set.check()?;
        }
        Ok(finished)
    }
}

/// What a piece of a dataset came to.
struct State {
    /// The file that it is of; none if it held no rows.
    file: Option<usize>,
    seen: Seen,
    tallies: Vec<Result<Tally, String>>,
}

/// What a dataset came to.
struct Total {
    state: State,
    /// The rows of each file.
    rows: Vec<u64>,
    /// For each task that counts rows, how many there are in each file.
    counts: Vec<Option<Vec<u64>>>,
    /// Whether of all files it was known what is wrong with them.
    nothing_read: bool,
}

/// What the visit of a dataset gives: answers, what it takes to show rows, and by measure how many rows of each file count.
pub(super) type Measured = (Answer, Vec<(Measure, Trace)>, Vec<(Measure, Vec<u64>)>);

/// Answers the measures of one dataset.
pub(super) fn measure(
    opened: &Opened,
    measures: &IndexSet<&Measure>,
    (parents, mut others): (&HashMap<Parent, Result<Arc<KeySet>, Fault>>, Others),
    (earlier, budget): (&Arc<Earlier>, &Arc<Budget>),
    kept: Option<Kept<'_>>,
) -> Result<Measured, Fault> {
    let program = Program::new(measures, parents, (earlier, budget));
    // What is slow to read is kept on the way, for reading it twice costs more; stored columns are cheap to read again.
    let keep = opened.is_slow();
    let mut recall =
        kept.map(|kept| Recall::new(kept.states, (kept.dataset, opened), &program.tasks, budget, kept.parent));
    let course = program.course(opened, opened.proves, recall.as_ref())?;
    let total = program.run(opened, &course, keep, recall.as_mut())?;
    let mut answer = Answer {
        format: Some(opened.kind.name().to_owned()),
        rows: total.state.seen.rows,
        malformed: total.state.seen.malformed,
        ..Answer::default()
    };
    for (file, rows) in opened.files.iter().zip(&total.rows) {
        answer.files.push(File {
            path: file.shown.clone(),
            rows: Some(*rows),
            bytes: file.bytes,
            modified_at: file.modified.map(|time| {
                chrono::DateTime::<chrono::Utc>::from(time).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
            }),
            dialect: opened.dialect(file),
        });
    }
    let mut numbers: HashMap<Measure, Result<Number, Fault>> = HashMap::new();
    let mut traces = Vec::new();
    let mut again: IndexSet<&Measure> = IndexSet::new();
    let mut take = |measure: &'_ Measure, found: Result<Finished, Fault>| {
        let number = match found {
            Ok(Finished::Number(number)) => Ok(number),
            Ok(Finished::Traced(number, trace)) => {
                traces.push((measure.clone(), trace));
                Ok(number)
            }
            Ok(Finished::Again) => return false,
            Err(fault) => Err(fault),
        };
        numbers.insert(measure.clone(), number);
        true
    };
    let nothing_read = total.nothing_read;
    for (task, tally) in program.tasks.iter().zip(total.state.tallies) {
        let other = others.remove(task.measure).transpose();
        if !take(task.measure, other.and_then(|other| task.finish(tally, other))) {
            again.insert(task.measure);
        }
    }
    if !again.is_empty() {
        let program = Program::new(&again, parents, (earlier, budget));
        let total = program.run(opened, &program.course(opened, false, None)?, true, None)?;
        for (task, tally) in program.tasks.iter().zip(total.state.tallies) {
            take(task.measure, task.finish(tally, None));
        }
    }
    let counts = program.tasks.iter().zip(total.counts);
    let counts = counts.filter_map(|(task, counts)| Some((task.measure.clone(), counts?))).collect();
    for (measure, fault) in program.faults {
        numbers.insert(measure.clone(), Err(fault));
    }
    if measures.contains(&Measure::Findings) {
        let findings = total.state.seen.findings;
        numbers.insert(Measure::Findings, Ok(Number::Findings(found_faults(opened, findings))));
    }
    answer.decided_by = numbers.keys().map(|measure| (measure.clone(), DecidedBy::Scan)).collect();
    for (number, task) in program.tasks.iter().enumerate().filter(|(_, task)| !again.contains(task.measure)) {
        answer.decided_by.insert(task.measure.clone(), course.decided_by(number));
    }
    if nothing_read {
        answer.decided_by.entry(Measure::Findings).and_modify(|by| *by = DecidedBy::State);
    }
    answer.numbers = numbers;
    Ok((answer, traces, counts))
}

/// Reads the keys of a dataset that others refer to.
pub(super) fn key_sets(opened: &Opened, parents: &[Parent], budget: &Arc<Budget>) -> Result<Vec<KeySet>, Fault> {
    let blank = || parents.iter().map(|_| Keys::new(true, budget, true)).collect::<Vec<_>>();
    let mut conditions = Conditions::default();
    let not_computed = |error: String| fault("not_computable", &error);
    let mut handles = Vec::with_capacity(parents.len());
    for parent in parents {
        handles.push(conditions.add(&parent.scope).map_err(not_computed)?);
    }
    let needed = Needed::new(opened, |see| {
        for parent in parents {
            parent.keys.iter().for_each(|key| see(key));
            parent.scope.columns(&mut |column| see(column));
        }
    })?;
    let states = opened.scan(&needed.columns, blank, |sets, batch, _| {
        let (columns, unparsed, malformed) = needed.frame(opened, batch)?;
        let frame = Frame {
            rows: batch.rows,
            columns: &columns,
            unparsed: &unparsed,
            malformed: malformed.as_ref(),
            assets: Some(&opened.assets),
        };
        let mut evaluation = Evaluation::new(&conditions, &frame);
        for ((parent, handle), keys) in parents.iter().zip(&handles).zip(sets.iter_mut()) {
            let mask = evaluation.mask(*handle).map_err(not_computed)?;
            let mask = without_unparsed(mask, &parent.keys, &unparsed, batch.rows);
            keys.update(&key_columns(&columns, &parent.keys), batch.rows, &mask);
        }
        Ok(())
    })?;
    let mut all = blank();
    for state in states {
        for (all, keys) in all.iter_mut().zip(state) {
            all.merge(keys);
        }
    }
    all.into_iter().map(Keys::into_set).collect()
}

/// Where the first row of a batch stands.
pub(super) fn start(batch: &Batch) -> Result<Place, String> {
    let file = u32::try_from(batch.file).map_err(|_| "there are too many files".to_owned())?;
    Ok((file, batch.first_row))
}

/// A cell that does not parse is no key, and is not null either.
fn without_unparsed(mask: Mask, keys: &[String], unparsed: &HashMap<String, BooleanChunked>, rows: usize) -> Mask {
    keys.iter().filter_map(|key| unparsed.get(key)).fold(mask, |mask, bad| Mask::Rows(&mask.into_rows(rows) & &!bad))
}

pub(super) fn key_columns<'c>(columns: &'c HashMap<String, Column>, keys: &[String]) -> Vec<&'c Column> {
    keys.iter().filter_map(|key| columns.get(key)).collect()
}

fn found_faults(opened: &Opened, mut findings: Findings) -> FoundFaults {
    for file in &opened.files {
        match &file.content {
            Content::Csv(csv) => findings.merge(csv.findings().clone()),
            Content::Excel(sheet) => findings.merge(sheet.findings().clone()),
            _ => {}
        }
    }
    let by_kind = FindingKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), findings.count(kind)));
    FoundFaults {
        total: findings.total(),
        by_kind: by_kind.filter(|(_, count)| *count > 0).collect(),
        first: findings
            .kept()
            .iter()
            .take(SHOWN)
            .map(|finding| FoundFault {
                file: opened.files[finding.file].shown.clone(),
                line: finding.line,
                column: finding.column,
                kind: finding.kind.name().to_owned(),
                text: Text::of(|lang| finding.describe(lang)),
            })
            .collect(),
    }
}

impl<'m> Program<'m> {
    pub(super) fn new(
        measures: &IndexSet<&'m Measure>,
        parents: &HashMap<Parent, Result<Arc<KeySet>, Fault>>,
        (earlier, budget): (&Arc<Earlier>, &Arc<Budget>),
    ) -> Self {
        let conditions = Conditions::knowing(earlier);
        let mut program = Self { budget: Arc::clone(budget), conditions, tasks: Vec::new(), faults: Vec::new() };
        for measure in measures {
            if let Err(fault) = program.add(measure, parents) {
                program.faults.push((measure, fault));
            }
        }
        program
    }

    fn add(
        &mut self,
        measure: &'m Measure,
        parents: &HashMap<Parent, Result<Arc<KeySet>, Fault>>,
    ) -> Result<(), Fault> {
        let mut groups: &[String] = &[];
        let (rows, work) = match measure {
            Measure::Facts | Measure::Findings | Measure::Query(_) => return Ok(()),
            Measure::Grouped(by, inner) => {
                groups = by;
                let (rows, work) = work(inner, parents)?;
                (rows, Work::Groups(by, Box::new(work)))
            }
            measure => work(measure, parents)?,
        };
        let of = rows;
        let rows = self.conditions.add_in(groups, rows).map_err(|error| fault("not_computable", &error))?;
        self.tasks.push(Task { measure, of, rows, work });
        Ok(())
    }

    /// The measures it answers, in order.
    pub(super) fn measures(&self) -> impl Iterator<Item = &'m Measure> {
        self.tasks.iter().map(|task| task.measure)
    }

    /// Those it cannot.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = &'m Measure> {
        self.faults.iter().map(|(measure, _)| *measure)
    }

    /// What must be read, if metadata are asked (`proves`) or not: nothing of what earlier runs found.
    pub(super) fn course(&self, opened: &Opened, proves: bool, recall: Option<&Recall<'_>>) -> Result<Course, Fault> {
        let mut questions = Questions::default();
        // Other files have no metadata to ask.
        let proves = proves && matches!(opened.kind, Kind::Parquet | Kind::Ipc);
        for task in self.tasks.iter().filter(|_| proves) {
            let mut columns = IndexSet::new();
            task.measure.columns(&mut |column| {
                columns.insert(column.to_owned());
            });
            questions.add(task.of, &task.work, columns.into_iter().collect());
        }
        let all = || (0..self.tasks.len()).collect::<Vec<usize>>();
        let watched = all().into_iter().map(|task| recall.is_some_and(|recall| recall.knows(task))).collect();
        let mut course = Course { groups: Vec::new(), views: Vec::new(), of: Vec::new(), open: Vec::new(), watched };
        let open_of = |file| recall.map_or_else(|| Some(all()), |recall| recall.unknown(file));
        let opens: Vec<Option<Vec<usize>>> = (0..opened.files.len()).map(open_of).collect();
        let prove = |(file, open): (&OpenFile, &Option<Vec<usize>>)| {
            if !proves || open.is_none() {
                return Vec::new();
            }
            let mut groups = questions.prove(opened, file);
            questions.narrow(opened, file, &mut groups);
            groups
        };
        let proven: Vec<Vec<Group>> = opened.files.par_iter().zip(&opens).map(prove).collect();
        for ((file, open), groups) in opened.files.iter().zip(opens).zip(proven) {
            let row_groups = if let Content::Parquet(parquet) = &file.content { parquet.row_groups().len() } else { 1 };
            let Some(open) = open else {
                course.of.push(vec![None; row_groups]);
                course.groups.push(Vec::new());
                course.open.push(None);
                continue;
            };
            let undecided =
                |group: &Group| open.iter().copied().filter(|task| group.decided[*task].is_none()).collect();
            let mut tasks: Vec<Vec<usize>> = groups.iter().map(undecided).collect();
            if groups.is_empty() {
                tasks = vec![open.clone(); row_groups];
            }
            let is_read = |tasks: &[usize]| groups.is_empty() || !tasks.is_empty();
            let views = tasks.into_iter().map(|tasks| {
                if is_read(&tasks) { self.view(opened, tasks, &mut course.views).map(Some) } else { Ok(None) }
            });
            let views = views.collect::<Result<_, Fault>>()?;
            course.of.push(views);
            course.groups.push(groups);
            course.open.push(Some(open));
        }
        Ok(course)
    }

    /// The number of the view for some measures.
    fn view(&self, opened: &Opened, tasks: Vec<usize>, views: &mut Vec<View>) -> Result<usize, Fault> {
        if let Some(known) = views.iter().position(|view| view.tasks == tasks) {
            return Ok(known);
        }
        let needed = Needed::new(opened, |see| {
            tasks.iter().for_each(|task| self.tasks[*task].measure.columns(&mut |column| see(column)));
        })?;
        views.push(View { tasks, needed });
        Ok(views.len() - 1)
    }

    fn state(&self, keep: bool, watched: &[bool]) -> State {
        let tally = |(task, watched): (&Task<'m>, &bool)| {
            let room = Room { keep: keep && !watched, budget: &self.budget, spills: true };
            Ok(Tally::new(&task.work, room))
        };
        let tallies = self.tasks.iter().zip(watched).map(tally).collect();
        State { file: None, seen: Seen::default(), tallies }
    }

    /// Reads the files, but for what is known of them already.
    fn run(
        &self,
        opened: &Opened,
        course: &Course,
        keep: bool,
        mut recall: Option<&mut Recall<'_>>,
    ) -> Result<Total, Fault> {
        let blank = || self.state(keep, &course.watched);
        let states = opened.scan_some(
            |file, row_group| {
                let what = course.view(file, row_group)?;
                Some(Wanted { columns: &what.needed.columns, rows: course.rows(file, row_group), what })
            },
            blank,
            |state, view, batch, findings| {
                if let Some(findings) = findings {
                    state.seen.findings.merge(findings.clone());
                }
                self.update(opened, view, batch, state)
            },
        )?;
        let mut total = Total {
            state: blank(),
            rows: Vec::with_capacity(opened.files.len()),
            counts: self.tasks.iter().map(|_| Some(Vec::new())).collect(),
            nothing_read: recall.as_ref().is_some_and(|recall| recall.knows_rows()),
        };
        let mut states = states.into_iter().peekable();
        for file in 0..opened.files.len() {
            let mut next = || states.next_if(|state| state.file.is_none_or(|own| own == file));
            let mut own = next().unwrap_or_else(blank);
            while let Some(later) = next() {
                own.merge(later);
            }
            self.decided(course, file, &mut own);
            if let Some(recall) = &mut recall {
                recall.exchange(file, &self.tasks, &mut own.seen, &mut own.tallies);
            }
            total.rows.push(own.seen.rows);
            for (counts, tally) in total.counts.iter_mut().zip(&own.tallies) {
                match (counts.as_mut(), tally) {
                    (Some(counts), Ok(Tally::Count(count))) => counts.push(*count),
                    _ => *counts = None,
                }
            }
            total.state.merge(own);
        }
        if let Some(recall) = recall {
            recall.tell(&self.tasks, course.open.iter().filter(|open| open.is_none()).count());
        }
        Ok(total)
    }

    /// Puts in what is decided of rows of a file that were not read for it.
    fn decided(&self, course: &Course, file: usize, total: &mut State) {
        let room = Room { keep: false, budget: &self.budget, spills: false };
        for (group, view) in course.groups[file].iter().zip(&course.of[file]) {
            match (view, &group.narrowed) {
                (None, _) => total.seen.rows += group.rows,
                (Some(_), None) => {}
                (Some(_), Some(narrowed)) => {
                    total.seen.rows += narrowed.skipped;
                    for (count, tally) in narrowed.counts.iter().zip(&mut total.tallies) {
                        if let (Some(count), Ok(tally)) = (count, tally) {
                            tally.merge(Tally::Count(*count));
                        }
                    }
                }
            }
            for ((task, decided), tally) in self.tasks.iter().zip(&group.decided).zip(&mut total.tallies) {
                if let (Some(decided), Ok(tally)) = (decided, tally) {
                    tally.merge(decided.tally(&task.work, room));
                }
            }
        }
    }

    fn update(&self, opened: &Opened, view: &View, batch: &Batch, state: &mut State) -> Result<(), Fault> {
        let (columns, unparsed, malformed) = view.needed.frame(opened, batch)?;
        let rows = batch.rows;
        state.file = Some(batch.file);
        state.seen.rows += rows as u64;
        state.seen.malformed += malformed.as_ref().map_or(0, |mask| u64::from(mask.sum().unwrap_or(0)));
        let frame = Frame {
            rows,
            columns: &columns,
            unparsed: &unparsed,
            malformed: malformed.as_ref(),
            assets: Some(&opened.assets),
        };
        let mut evaluation = Evaluation::new(&self.conditions, &frame);
        let mut partings = HashMap::new();
        for number in &view.tasks {
            let (task, total) = (&self.tasks[*number], &mut state.tallies[*number]);
            let part = || {
                let mask = evaluation.mask(task.rows)?;
                Ok((mask, sight(&task.work, &evaluation, (batch, &columns), &mut partings)?))
            };
            step(total, part, |tally, (mask, sight)| tally.update(&task.work, &sight, rows, &mask));
        }
        Ok(())
    }
}

impl Course {
    /// What a row group is read for, if it is.
    pub(super) fn view(&self, file: usize, row_group: usize) -> Option<&View> {
        Some(&self.views[(*self.of.get(file)?.get(row_group)?)?])
    }

    /// The rows that a row group is read for, in order; none if it is all of them.
    pub(super) fn rows(&self, file: usize, row_group: usize) -> Option<&[Range<u64>]> {
        Some(&self.groups.get(file)?.get(row_group)?.narrowed.as_ref()?.read)
    }

    /// The deepest step that a measure needed, by its number.
    pub(super) fn decided_by(&self, task: usize) -> DecidedBy {
        let mut deepest = DecidedBy::Footer;
        for (groups, open) in self.groups.iter().zip(&self.open) {
            if open.as_ref().is_none_or(|open| !open.contains(&task)) {
                deepest = deepest.max(DecidedBy::State);
                continue;
            }
            if groups.is_empty() {
                return DecidedBy::Scan;
            }
            for group in groups {
                match &group.decided[task] {
                    None => return DecidedBy::Scan,
                    Some(decided) => deepest = deepest.max(decided.by()),
                }
            }
        }
        deepest
    }
}

/// The rows that a measure is about, and what is done with them.
fn work<'m>(
    measure: &'m Measure,
    parents: &HashMap<Parent, Result<Arc<KeySet>, Fault>>,
) -> Result<(&'m Predicate, Work<'m>), Fault> {
    Ok(match measure {
        Measure::Rows(rows) => (rows, Work::Count),
        Measure::Fold(fold, of, rows) => (rows, Work::Fold(fold, of)),
        Measure::Values(of, rows) => (rows, Work::Values(of)),
        Measure::Correlation(of, rows) => (rows, Work::Correlation(of)),
        Measure::Order(order, rows) => (rows, Work::Order(order)),
        Measure::Repeats(keys, rows) => (rows, Work::Keys(keys)),
        Measure::Pairs(pairs, rows) => (rows, Work::Pairs(pairs)),
        Measure::Orphans(keys, rows, parent) => {
            let set = match parents.get(parent) {
                Some(Ok(set)) => Arc::clone(set),
                Some(Err(fault)) => return Err(fault.clone()),
                None => return Err(fault("internal", &format!("the keys of `{}` were not read", parent.dataset))),
            };
            (rows, Work::Orphans { keys, set, null_safe: parent.null_safe, wanted: parent.wanted })
        }
        Measure::Grouped(..) | Measure::Facts | Measure::Findings | Measure::Query(_) => {
            return Err(fault("internal", &format!("{measure} is not read row by row")));
        }
    })
}

/// The columns that some work looks at, in one batch.
fn sight<'m, 'c>(
    work: &Work<'m>,
    evaluation: &Evaluation<'_>,
    (batch, columns): (&Batch, &'c HashMap<String, Column>),
    partings: &mut HashMap<&'m [String], Arc<Parting>>,
) -> Result<Sight<'c>, String> {
    Ok(match work {
        Work::Groups(by, inner) => {
            let rows = evaluation.rows();
            let parting = partings.entry(by).or_insert_with(|| Arc::new(Parting::new(&key_columns(columns, by), rows)));
            let parting = Arc::clone(parting);
            Sight::Groups(parting, Box::new(sight(inner, evaluation, (batch, columns), partings)?))
        }
        Work::Count => Sight::Nothing,
        Work::Fold(_, of) | Work::Values(of) => Sight::Value(evaluation.values(of)?),
        Work::Correlation([one, other]) => Sight::Pair([evaluation.values(one)?, evaluation.values(other)?]),
        Work::Order(order) => {
            let by = key_columns(columns, &order.by);
            let further = match &order.follow {
                Follow::Step(further) | Follow::Apart(further) => Some(evaluation.values(further)?),
                Follow::Rising { .. } | Follow::Falling { .. } => None,
            };
            Sight::Order(Steps { of: evaluation.values(&order.of)?, further, by, start: start(batch)? })
        }
        Work::Pairs(pairs) => Sight::Pairs(pairs::sides(pairs, evaluation, (batch, columns))?),
        Work::Keys(keys) | Work::Orphans { keys, .. } => Sight::Keys(key_columns(columns, keys)),
    })
}

/// Takes a part into a total that holds as long as every part does.
fn step<T, P>(total: &mut Result<T, String>, part: impl FnOnce() -> Result<P, String>, take: impl FnOnce(&mut T, P)) {
    if let Ok(sum) = total {
        match part() {
            Ok(part) => take(sum, part),
            Err(error) => *total = Err(error),
        }
    }
}

impl State {
    fn merge(&mut self, later: Self) {
        self.seen.merge(later.seen);
        for (total, more) in self.tallies.iter_mut().zip(later.tallies) {
            step(total, || more, Tally::merge);
        }
    }
}

/// The columns of a dataset as an ordered map, for evidence.
pub(super) type Values = IndexMap<String, serde_json::Value>;
