//! The violations of a run held to a baseline, and those that a new baseline would have.
//!
//! A rule is covered if it means what it did and counts violations of all rows together. Where the baseline names rows and
//! the dataset still has that key, one more pass finds the rows that break the rule and names them; else counts are compared.
//! What could not be evaluated is never covered, and what cannot be compared counts in full.

use std::collections::{BTreeSet, HashMap};

use crate::answer::Evidence;
use crate::baseline::{Baseline, Digest, Entry, Names, Sought, by_count};
use crate::bind::Bound;
use crate::diff::definition;
use crate::engine::local::{Ask, Local, Original, Sieve, Sifted};
use crate::ir::{Check, OnEmpty, Predicate};
use crate::judge;
use crate::outcome::{self, Fault, Outcome, Sample, Status, Text};
use crate::quarantine::cell::{Cells, Spelling};
use crate::record::{self, Found};
use crate::run::quarantine::{ask, is_exact, is_of_rows};
use crate::suite::{Rule, Suite};

/// What a run is asked about violations that are known.
#[derive(Clone, Copy)]
pub enum Memory<'a> {
    /// Leave out those that a baseline knows, and tell what is left of it.
    Known(&'a Baseline, &'a Names),
    /// Tell those of the rules that fail; of a rule that has no more than so many, by the keys of its rows.
    Freeze(&'a Names, usize),
}

/// What a run tells beside its report.
#[derive(Default)]
pub struct Remembered {
    /// Of a baseline what is left of it; else the rules that fail.
    pub entries: Vec<Entry>,
    /// The rules that fail and that no baseline can cover, and why.
    pub left: Vec<(String, Text)>,
    /// Why rows could not be named, if so: then the entries are not whole.
    pub fault: Option<Fault>,
    /// The rows that break rules, as they may be shown, by the ids of the rules; where they are asked for.
    pub rows: Vec<(String, Vec<Sample>)>,
}

/// What a run is, once it has judged.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) suite: &'a Suite,
    /// The rules that were asked for.
    pub(super) rules: &'a [usize],
    /// Whether these are not all.
    pub(super) partial: bool,
    pub(super) bound: &'a Bound,
    pub(super) engine: &'a Local,
}

/// The rules of a run held to a baseline.
#[derive(Default)]
pub(super) struct Held {
    told: HashMap<usize, outcome::Baseline>,
    /// What is left of the baseline.
    entries: Vec<Entry>,
    /// The first new rows of rules whose rows are named, by file and row.
    new: HashMap<usize, BTreeSet<(String, u64)>>,
}

/// How many new rows are remembered to be shown first, and how many known ones are passed over for that.
const SHOWN: usize = 10_000;

/// A rule whose rows are to be named.
struct Subject<'a> {
    rule: usize,
    root: &'a str,
    ask: Ask,
    key: &'a [String],
    violations: u64,
}

impl Held {
    /// Holds what was found to a baseline, and judges it by what is new.
    pub(super) fn of(
        memory: Option<Memory<'_>>,
        seen: Seen<'_>,
        found: HashMap<usize, Found>,
    ) -> (Self, HashMap<usize, Found>) {
        let Some(Memory::Known(baseline, names)) = memory else { return (Self::default(), found) };
        let mut held = Self::default();
        let mut named = Vec::new();
        for entry in &baseline.rules {
            if let Some(subject) = held.compare(entry, seen, &found) {
                named.push((entry, subject));
            }
        }
        held.compare_rows(&named, seen, names);
        let mut found = found;
        for check in &seen.bound.checks {
            let (Some(told), Some(Found::Judged(..))) = (held.told.get(&check.rule), found.get(&check.rule)) else {
                continue;
            };
            if let Some(Found::Judged(judgement, decided_by)) = found.remove(&check.rule) {
                let judgement = judge::beside(check, *judgement, told.clone());
                found.insert(check.rule, Found::Judged(Box::new(judgement), decided_by));
            }
        }
        (held, found)
    }

    /// Holds a rule to its entry; if its rows must be named for that, says which.
    fn compare<'a>(&mut self, entry: &Entry, seen: Seen<'a>, found: &HashMap<usize, Found>) -> Option<Subject<'a>> {
        let is_it = |index: &&usize| seen.suite.rules[**index].id == entry.rule;
        let Some(index) = seen.rules.iter().find(is_it).copied() else {
            // A rule that nobody asked for is not gone.
            if seen.partial || seen.suite.rules.iter().any(|rule| rule.id == entry.rule) {
                self.entries.push(entry.clone());
            }
            return None;
        };
        let rule = &seen.suite.rules[index];
        let judgement = match found.get(&index) {
            Some(Found::Judged(judgement, _)) if judgement.emptied != OnEmpty::Skip => judgement,
            _ => {
                self.entries.push(entry.clone());
                return None;
            }
        };
        if definition(&record::blank(rule)) != entry.definition {
            self.unused(index, text("what the rule means has changed since", "la regla ha cambiado desde entonces"));
            return None;
        }
        let check = seen.check(index).filter(|check| judge::counts(check));
        let (Some(check), Some(violations)) = (check, judgement.violations) else {
            self.unused(index, NOT_COUNTED.text());
            return None;
        };
        if violations == 0 || !entry.is_named() {
            let (told, left) = match violations {
                0 => Sought::of(entry).told(entry),
                _ => by_count(entry, violations),
            };
            // Of no rows nobody knows whether they got better.
            self.entries.push(if judgement.evaluated == Some(0) { entry.clone() } else { left });
            self.told.insert(index, told);
            return None;
        }
        if seen.key(rule) != entry.key {
            self.unused(
                index,
                text("the key of the dataset has changed since", "la clave de los datos ha cambiado desde entonces"),
            );
            return None;
        }
        let subject = seen.subject(check, violations);
        if subject.is_none() {
            self.unused(
                index,
                text("these data do not have the key of its rows", "estos datos no tienen la clave de sus filas"),
            );
            self.entries.push(entry.clone());
        }
        subject
    }

    /// Names the rows of rules, and holds them to their entries.
    fn compare_rows(&mut self, named: &[(&Entry, Subject<'_>)], seen: Seen<'_>, names: &Names) {
        let mut roots: Vec<&str> = named.iter().map(|(_, subject)| subject.root).collect();
        roots.sort_unstable();
        roots.dedup();
        for root in roots {
            let own: Vec<_> = named.iter().filter(|(_, subject)| subject.root == root).collect();
            let mut sought: Vec<Sought> = own.iter().map(|(entry, _)| Sought::of(entry)).collect();
            let mut new: Vec<BTreeSet<(String, u64)>> = vec![BTreeSet::new(); own.len()];
            let subjects: Vec<&Subject<'_>> = own.iter().map(|(_, subject)| subject).collect();
            let met = each_row(seen.engine, root, &subjects, names, |row, original| {
                if !sought[row.subject].meet(row.digest) && new[row.subject].len() < SHOWN {
                    let file = original.files.get(row.file).cloned().unwrap_or_default();
                    new[row.subject].insert((file, row.place));
                }
            });
            for (((entry, subject), sought), new) in own.into_iter().zip(sought).zip(new) {
                let (told, left) = sought.told(entry);
                let whole = met.clone().and_then(|()| subject.check(told.known + told.new));
                match whole {
                    Ok(()) => {
                        self.entries.push(left);
                        self.told.insert(subject.rule, told);
                        self.new.insert(subject.rule, new);
                    }
                    Err(fault) => {
                        self.entries.push((*entry).clone());
                        self.unused(subject.rule, Text { en: fault.message.clone(), es: fault.message });
                    }
                }
            }
        }
    }

    fn unused(&mut self, rule: usize, reason: Text) {
        self.told.insert(rule, outcome::Baseline { unused: Some(reason), ..outcome::Baseline::default() });
    }

    /// How many rows must be looked at, so that among them are as many new ones as are to be shown; where very many are
    /// known, not all of them are passed over.
    pub(super) fn limit(&self, rule: usize, shown: usize) -> usize {
        let told = self.told.get(&rule).filter(|told| told.new > 0 && shown > 0 && self.new.contains_key(&rule));
        let known = told.map_or(0, |told| usize::try_from(told.known).unwrap_or(SHOWN).min(SHOWN));
        shown.saturating_add(known)
    }

    /// Puts new rows first, and leaves as many rows as are to be shown.
    pub(super) fn new_first(&self, rule: usize, shown: usize, mut evidence: Evidence) -> Evidence {
        if let Some(new) = self.new.get(&rule) {
            evidence.samples.sort_by_cached_key(|sample| {
                let place = sample.file.clone().zip(sample.row_index);
                !place.is_some_and(|place| new.contains(&place))
            });
            evidence.samples.truncate(shown);
        }
        evidence
    }
}

/// What a run tells of violations that are known.
pub(super) fn remember(
    memory: Option<Memory<'_>>,
    seen: Seen<'_>,
    held: Held,
    outcomes: &[(usize, Outcome)],
) -> Remembered {
    match memory {
        Some(Memory::Freeze(names, most)) => freeze(names, most, seen, outcomes),
        Some(Memory::Known(..)) => Remembered { entries: held.entries, ..Remembered::default() },
        None => Remembered::default(),
    }
}

/// The violations of the rules that fail.
fn freeze(names: &Names, most: usize, seen: Seen<'_>, outcomes: &[(usize, Outcome)]) -> Remembered {
    let mut told = Remembered::default();
    let mut named: Vec<(usize, Subject<'_>)> = Vec::new();
    for (index, outcome) in outcomes.iter().filter(|(_, outcome)| outcome.status == Status::Failed) {
        let check = seen.check(*index).filter(|check| judge::counts(check));
        let why = match (check, outcome.violations, &outcome.muted) {
            (_, _, Some(_)) => MUTED,
            (Some(check), Some(violations), None) if violations > 0 => {
                let rule = outcome.id.clone();
                let key = Vec::new();
                told.entries.push(Entry {
                    rule,
                    definition: definition(&record::blank(&seen.suite.rules[*index])),
                    violations,
                    key,
                    rows: Vec::new(),
                });
                if usize::try_from(violations).is_ok_and(|violations| violations <= most) {
                    named.extend(seen.subject(check, violations).map(|subject| (told.entries.len() - 1, subject)));
                }
                continue;
            }
            _ => NOT_COUNTED,
        };
        told.left.push((outcome.id.clone(), why.text()));
    }
    let mut roots: Vec<&str> = named.iter().map(|(_, subject)| subject.root).collect();
    roots.sort_unstable();
    roots.dedup();
    for root in roots {
        let own: Vec<_> = named.iter().filter(|(_, subject)| subject.root == root).collect();
        let mut rows: Vec<Vec<Digest>> = vec![Vec::new(); own.len()];
        let subjects: Vec<&Subject<'_>> = own.iter().map(|(_, subject)| subject).collect();
        let met = each_row(seen.engine, root, &subjects, names, |row, _| rows[row.subject].push(row.digest));
        for ((entry, subject), rows) in own.into_iter().zip(rows) {
            match met.clone().and_then(|()| subject.check(rows.len() as u64)) {
                Ok(()) => {
                    let entry = &mut told.entries[*entry];
                    (entry.key, entry.rows) = (subject.key.to_vec(), rows);
                }
                // So many that they cannot be found again are counted.
                Err(fault) if fault.code == "memory" => {}
                Err(fault) => told.fault = Some(fault),
            }
        }
    }
    told
}

impl<'a> Seen<'a> {
    fn check(self, rule: usize) -> Option<&'a Check> {
        self.bound.checks.iter().find(|check| check.rule == rule)
    }

    /// The columns that name a row of the dataset of a rule.
    fn key(self, rule: &Rule) -> &'a [String] {
        self.suite.dataset(&rule.dataset).map(|dataset| dataset.data.key.as_slice()).unwrap_or_default()
    }

    /// A rule whose rows can be named; none if they cannot.
    fn subject(self, check: &Check, violations: u64) -> Option<Subject<'a>> {
        let rule = &self.suite.rules[check.rule];
        let key = self.key(rule);
        let root = self.suite.root(&rule.dataset);
        let original = self.engine.original(root).ok()?;
        let is_there = |name: &String| original.columns.iter().any(|column| column.name == *name);
        let nameable = is_of_rows(&check.metric) && is_exact(&check.metric) && !key.is_empty();
        (nameable && key.iter().all(is_there)).then(|| Subject {
            rule: check.rule,
            root,
            ask: ask(root, check.number()),
            key,
            violations,
        })
    }
}

impl Subject<'_> {
    /// Holds the rows that were found to those that were counted.
    fn check(&self, rows: u64) -> Result<(), Fault> {
        if rows == self.violations {
            return Ok(());
        }
        let message = format!(
            "{rows} rows break the rule, and {} did when it was checked: the data changed meanwhile",
            self.violations
        );
        Err(Fault { code: "source_changed".to_owned(), message, caused_by: None })
    }
}

/// A row that breaks a rule.
struct Row {
    /// The rule, as a place among the subjects.
    subject: usize,
    digest: Digest,
    /// The file, as a place among those of the dataset.
    file: usize,
    /// Where it stands in it, from 0.
    place: u64,
}

/// Finds the rows of one dataset that break rules, in the order of the files, and names them.
fn each_row(
    engine: &Local,
    root: &str,
    subjects: &[&Subject<'_>],
    names: &Names,
    mut met: impl FnMut(&Row, &Original),
) -> Result<(), Fault> {
    let original = engine.original(root)?;
    let wanted = |name: &String| subjects.iter().any(|subject| subject.key.contains(name));
    let columns = original.columns.iter().filter(|column| wanted(&column.name)).collect::<Vec<_>>();
    let only: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    // Where in a batch the columns of each key stand.
    let places: Vec<Vec<usize>> = subjects
        .iter()
        .map(|subject| subject.key.iter().filter_map(|name| only.iter().position(|other| other == name)).collect())
        .collect();
    let asks: Vec<Ask> = subjects.iter().map(|subject| subject.ask.clone()).collect();
    let sieve = Sieve {
        dataset: root,
        scope: &Predicate::TRUE,
        rules: &asks,
        others: &[],
        only: Some(&only),
        typed: false,
        remedy: None,
    };
    let work = |sifted: Sifted| {
        let beside = |column: usize| columns[column].beside.get(sifted.file).copied().unwrap_or(true);
        let cells = sifted.stored.iter().enumerate();
        let cells: Vec<Cells<'_>> =
            cells.map(|(column, array)| Cells::new(array, Spelling::of(original.kind, beside(column)))).collect();
        let mut rows = Vec::new();
        for invalid in &sifted.invalid {
            let mut last: Option<(&[usize], Digest)> = None;
            for subject in &invalid.rules {
                let key = places[*subject].as_slice();
                let digest = match last.filter(|(known, _)| *known == key) {
                    Some((_, digest)) => digest,
                    None => name(names, root, &cells, key, invalid.row)?,
                };
                last = Some((key, digest));
                let place = sifted.first_row + invalid.row as u64;
                rows.push(Row { subject: *subject, digest, file: sifted.file, place });
            }
        }
        Ok(rows)
    };
    engine.sift(&sieve, work, |rows: Vec<Row>| {
        rows.iter().for_each(|row| met(row, &original));
        Ok(())
    })
}

fn name(names: &Names, root: &str, cells: &[Cells<'_>], key: &[usize], row: usize) -> Result<Digest, Fault> {
    let texts = key.iter().map(|column| cells[*column].text(row)).collect::<Result<Vec<_>, _>>();
    let texts = texts.map_err(|error| Fault {
        code: "not_computable".to_owned(),
        message: format!("the key of a row has no text: {error}"),
        caused_by: None,
    })?;
    Ok(names.row(root, texts.iter().map(Option::as_deref)))
}

/// Why no baseline covers a rule.
#[derive(Clone, Copy)]
struct Why(&'static str, &'static str);

const NOT_COUNTED: Why =
    Why("it counts no violations, or those of each group", "no cuenta incumplimientos, o los cuenta por grupos");

const MUTED: Why = Why("it is muted", "está silenciada");

impl Why {
    fn text(self) -> Text {
        text(self.0, self.1)
    }
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.to_owned(), es: es.to_owned() }
}
