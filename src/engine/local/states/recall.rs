//! What is known of the files of one dataset before they are read, and what is kept of them after.
//!
//! A question is a digest of all that an answer hangs on beside the file: the version of the program, how the format is read,
//! the measure with its literals settled, how its columns read and where they stand in the file, and of a reference the files
//! of its parent. It reads no rows.

use std::sync::Arc;

use crate::engine::local::budget::Budget;
use crate::engine::local::keys::Keys;
use crate::engine::local::open::{OpenFile, Opened};
use crate::engine::local::scan::{Needed, Task};
use crate::engine::local::states::ink::{Ink, Page};
use crate::engine::local::states::seen::Seen;
use crate::engine::local::states::{Digest, States, Told, Unkept, VERSION, digest};
use crate::engine::local::tally::{Room, Tally, Work};
use crate::ir::predicate::Piece;
use crate::ir::{Fold, Follow, Measure, Order, Parent, Predicate, Scalar, Spread};

/// What is known of the files of a dataset, by file and task.
pub(in crate::engine::local) struct Recall<'a> {
    states: &'a States,
    opened: &'a Opened,
    dataset: &'a str,
    budget: &'a Arc<Budget>,
    declined: Vec<Option<Unkept>>,
    files: Vec<Known>,
}

/// What is known of one file.
#[derive(Default)]
struct Known {
    /// What each task asks of it; none if the answer is never kept.
    questions: Vec<Option<Digest>>,
    /// What each task has seen of it; none if it must be read for it.
    tallies: Vec<Option<Tally>>,
    rows: Digest,
    seen: Option<Seen>,
}

impl<'a> Recall<'a> {
    /// Looks up what is known of the files of a dataset; `parent` tells what the other side of a reference is known by.
    pub(in crate::engine::local) fn new(
        states: &'a States,
        (dataset, opened): (&'a str, &'a Opened),
        tasks: &[Task<'_>],
        budget: &'a Arc<Budget>,
        parent: &dyn Fn(&Parent) -> Option<Digest>,
    ) -> Self {
        let mut recall = Self { states, opened, dataset, budget, declined: Vec::new(), files: Vec::new() };
        let asked: Vec<Result<Question, Unkept>> = tasks.iter().map(|task| recall.question(task, parent)).collect();
        recall.declined = asked.iter().map(|asked| asked.as_ref().err().copied()).collect();
        let rows = digest([VERSION.as_bytes(), b"rows", &opened.ways, &[u8::from(opened.proves)]]);
        // Most files have their columns in the same places, so that the same is asked of them.
        let mut like: Option<(&OpenFile, Vec<Option<Digest>>)> = None;
        for (place, file) in opened.files.iter().enumerate() {
            let Some(print) = &file.fingerprint else {
                recall.files.push(Known::nothing(tasks.len()));
                continue;
            };
            let questions = match &like {
                Some((other, questions)) if other.origins == file.origins => questions.clone(),
                _ => asked.iter().map(|asked| Some(asked.as_ref().ok()?.of(file))).collect(),
            };
            like = Some((file, questions.clone()));
            let known = Known { questions, rows, ..Known::default() };
            recall.files.push(recall.look_up(place, print.digest, tasks, known));
        }
        for (place, task) in tasks.iter().enumerate() {
            if matches!(task.work, Work::Keys(_)) && !recall.rises(place) {
                recall.declined[place] = Some(Unkept::Unordered);
                for file in &mut recall.files {
                    // What is kept already need not be kept again.
                    if file.tallies[place].take().is_some() {
                        file.questions[place] = None;
                    }
                }
            }
        }
        recall
    }

    /// The tasks that a file must be read for; none if it need not be read.
    pub(in crate::engine::local) fn unknown(&self, file: usize) -> Option<Vec<usize>> {
        let Known { tallies, seen, .. } = &self.files[file];
        let unknown: Vec<usize> = (0..tallies.len()).filter(|task| tallies[*task].is_none()).collect();
        (seen.is_none() || !unknown.is_empty()).then_some(unknown)
    }

    /// Whether what a task has seen of some file is known; keys are then watched only, and not kept.
    pub(in crate::engine::local) fn knows(&self, task: usize) -> bool {
        self.files.iter().any(|file| file.tallies[task].is_some())
    }

    /// Whether no file need be read to know what is wrong with the files themselves.
    pub(in crate::engine::local) fn knows_rows(&self) -> bool {
        self.files.iter().all(|file| file.seen.is_some())
    }

    /// Puts what is known of a file in the places of what was not read, and keeps what was.
    pub(in crate::engine::local) fn exchange(
        &mut self,
        file: usize,
        tasks: &[Task<'_>],
        seen: &mut Seen,
        tallies: &mut [Result<Tally, String>],
    ) {
        let known = std::mem::replace(&mut self.files[file], Known::nothing(tasks.len()));
        let mut fresh = Vec::new();
        if known.seen.is_none()
            && let Some(bytes) = seen.write(&|label| self.states.is_secret(self.dataset, "", Some(&label.into())))
        {
            fresh.push((known.rows, bytes));
        }
        for (place, (own, from)) in known.tallies.into_iter().zip(tallies).enumerate() {
            if let Some(own) = own {
                *from = Ok(own);
            } else if let (Some(question), Ok(tally)) = (known.questions[place], from) {
                match self.write(tasks[place].measure, tally) {
                    Ok(bytes) => fresh.push((question, bytes)),
                    Err(why) => drop(self.declined[place].get_or_insert(why)),
                }
            }
        }
        if let Some(known) = known.seen {
            *seen = known;
        }
        let OpenFile { input, fingerprint, .. } = &self.opened.files[file];
        self.states.keep(input, fingerprint.as_ref(), fresh);
    }

    /// Tells what came of it.
    pub(in crate::engine::local) fn tell(&self, tasks: &[Task<'_>], unread: usize) {
        let declined = tasks.iter().zip(&self.declined);
        let declined = declined.filter_map(|(task, why)| Some((task.measure.to_string(), (*why)?)));
        let told = Told {
            dataset: self.dataset.to_owned(),
            files: self.opened.files.len(),
            unread,
            declined: declined.collect(),
        };
        self.states.tell(told);
    }

    /// Looks up the answers to what is asked of a file.
    fn look_up(&self, place: usize, digest: Digest, tasks: &[Task<'_>], mut known: Known) -> Known {
        let answers = self.states.of(&digest);
        let mut used = Vec::new();
        let mut of = |question: &Digest| {
            let answer = *answers.get(question)?;
            used.push(*question);
            Some(Page::new(answer))
        };
        known.seen = of(&known.rows).and_then(|mut page| Seen::read(&mut page, place).filter(|_| page.is_read()));
        for (task, question) in tasks.iter().zip(&known.questions) {
            let tally = question
                .as_ref()
                .and_then(&mut of)
                .and_then(|mut page| Tally::read(&task.work, self.room(), &mut page, place).filter(|_| page.is_read()));
            known.tallies.push(tally);
        }
        self.states.use_again(digest, used);
        known
    }

    /// Whether the keys of the files that are known rise from each to the next, so that what is new may prove them unique.
    fn rises(&self, task: usize) -> bool {
        let mut all: Option<Keys> = None;
        for file in &self.files {
            let Some(Tally::Keys(keys)) = &file.tallies[task] else { continue };
            match &mut all {
                Some(all) => all.merge(keys.watched()),
                none => *none = Some(keys.watched()),
            }
        }
        all.is_none_or(|all| all.proven())
    }

    const fn room(&self) -> Room<'_> {
        Room { keep: false, budget: self.budget, spills: true }
    }

    fn write(&self, measure: &Measure, tally: &Tally) -> Result<Vec<u8>, Unkept> {
        let columns = columns(measure);
        let secret = |value: Option<&serde_json::Value>| {
            columns.iter().any(|column| self.states.is_secret(self.dataset, column, value))
        };
        if !matches!(tally, Tally::Count(_)) && secret(None) {
            return Err(Unkept::Secret);
        }
        let gives_away = |value: &serde_json::Value| secret(Some(value));
        let mut ink = Ink::new(&gives_away);
        tally.write(&mut ink)?;
        ink.finish()
    }

    /// What a task asks of every file.
    fn question(&self, task: &Task<'_>, parent: &dyn Fn(&Parent) -> Option<Digest>) -> Result<Question, Unkept> {
        let refused = refused(task.measure);
        if let Some(why) = refused {
            return Err(why);
        }
        let inner = if let Measure::Grouped(_, inner) = task.measure { inner } else { task.measure };
        let parent = match inner {
            Measure::Orphans(_, _, other) => Some(parent(other).ok_or(Unkept::Parent)?),
            _ => None,
        };
        let (asked, places) = how(self.opened, &columns(task.measure)).ok_or(Unkept::Elsewhere)?;
        let measure = format!("{:?}", task.measure);
        // What was believed of metadata is no answer for who does not believe them.
        let proves = [u8::from(self.opened.proves)];
        let parts = [VERSION.as_bytes(), measure.as_bytes(), &self.opened.ways, &proves, asked.as_bytes()];
        let parent = parent.as_ref().map(Digest::as_slice);
        Ok(Question { digest: digest(parts.into_iter().chain(parent)), places })
    }
}

/// What a task asks of every file, and the columns whose place in a file belongs to it.
struct Question {
    digest: Digest,
    places: Vec<usize>,
}

impl Question {
    fn of(&self, file: &OpenFile) -> Digest {
        let places: Vec<_> = self.places.iter().map(|column| file.origins.get(*column)).collect();
        digest([self.digest.as_slice(), format!("{places:?}").as_bytes()])
    }
}

/// What the keys of a dataset that others refer to are known by; none if a file of it would not be known again.
pub(in crate::engine::local) fn of_parent(opened: &Opened, parent: &Parent) -> Option<Digest> {
    if parent.scope.looks_elsewhere() {
        return None;
    }
    let mut columns = parent.keys.clone();
    parent.scope.columns(&mut |column| columns.push(column.to_owned()));
    let (asked, places) = how(opened, &columns)?;
    let question = Question { digest: digest([opened.ways.as_slice(), asked.as_bytes()]), places };
    let mut files = Vec::new();
    for file in &opened.files {
        files.extend_from_slice(&file.fingerprint.as_ref()?.digest);
        files.extend_from_slice(&question.of(file));
    }
    Some(digest([files.as_slice()]))
}

/// How some columns read, and where they stand in the schema; none if one is not there.
fn how(opened: &Opened, columns: &[String]) -> Option<(String, Vec<usize>)> {
    let needed = Needed::new(opened, |see| columns.iter().for_each(|column| see(column))).ok()?;
    let places: Vec<usize> = needed.columns.iter().map(|(place, _)| *place).collect();
    let inferred: Vec<_> = places.iter().map(|place| opened.schema.at(*place).map(|column| column.inferred)).collect();
    let own: Vec<_> = columns.iter().map(|name| opened.schema.column(name).map(|column| &column.reading)).collect();
    Some((format!("{:?} {:?} {:?} {own:?} {inferred:?}", needed.names, needed.columns, needed.computed), places))
}

fn columns(measure: &Measure) -> Vec<String> {
    let mut columns = Vec::new();
    measure.columns(&mut |column| columns.push(column.to_owned()));
    columns
}

/// Why what a measure sees of a file is never kept, if it is so.
fn refused(measure: &Measure) -> Option<Unkept> {
    let rows = match measure {
        Measure::Rows(rows) | Measure::Repeats(_, rows) | Measure::Orphans(_, rows, _) => rows,
        Measure::Fold(Fold::Quantile(..) | Fold::Range(Spread::Quartiles | Spread::Median, _), ..)
        | Measure::Pairs(..)
        | Measure::Facts
        | Measure::Findings
        | Measure::Query(_) => return Some(Unkept::Together),
        Measure::Fold(_, of, rows) | Measure::Values(of, rows) if !of.looks_elsewhere() => rows,
        Measure::Correlation(of, rows) if !of.iter().any(Looks::looks_elsewhere) => rows,
        Measure::Order(Order { of, follow, by }, rows) => {
            if !by.is_empty() || matches!(follow, Follow::Apart(_)) {
                return Some(Unkept::Together);
            }
            let step = if let Follow::Step(step) = follow { step.looks_elsewhere() } else { false };
            if step || of.looks_elsewhere() {
                return Some(Unkept::Elsewhere);
            }
            rows
        }
        Measure::Grouped(_, inner) if matches!(**inner, Measure::Repeats(..)) => return Some(Unkept::Together),
        Measure::Grouped(_, inner) => return refused(inner),
        Measure::Fold(..) | Measure::Values(..) | Measure::Correlation(..) => return Some(Unkept::Elsewhere),
    };
    if !measure.earlier().is_empty() {
        return Some(Unkept::Second);
    }
    rows.looks_elsewhere().then_some(Unkept::Elsewhere)
}

/// Whether something hangs on files that values name.
trait Looks {
    fn looks_elsewhere(&self) -> bool;
}

impl Looks for Predicate {
    fn looks_elsewhere(&self) -> bool {
        let mut looks = false;
        self.pieces(&mut |piece| looks |= leads(piece));
        looks
    }
}

impl Looks for Scalar {
    fn looks_elsewhere(&self) -> bool {
        let mut looks = false;
        self.pieces(&mut |piece| looks |= leads(piece));
        looks
    }
}

const fn leads(piece: Piece<'_>) -> bool {
    matches!(piece, Piece::Condition(Predicate::Leads(..)))
}

impl Known {
    fn nothing(tasks: usize) -> Self {
        let tallies = std::iter::repeat_with(|| None).take(tasks).collect();
        Self { questions: vec![None; tasks], tallies, ..Self::default() }
    }
}
