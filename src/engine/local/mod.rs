//! The local engine: files folded batch by batch on all cores.
//!
//! `find` finds files, `open` opens them, `schema` knows their columns, `computed` those computed from them, `read` visits
//! their batches, `column` hands Arrow arrays to Polars, `condition` and `number` evaluate to a `mask`, by a `glance` where
//! that is enough, `fold`, `keys`, `order` and its `spans`, `values` and `groups` are the states of a `tally`, `proof` is
//! what metadata decide of them, `scan` is one visit of a dataset, `survey` tells
//! what it would read, `query` runs SQL, `sql` that of other tables, `files` looks at files, `assets` at those that values name, `evidence` shows the
//! rows that a `look` finds, `sift` tells all rows apart by them, and `cure`
//! which of those `repair` mends. What grows with the data is kept as `runs` and
//! looked up on a `shelf`, both within a `budget`; `states` keep what was seen of a file for later runs.
//! This folder alone names Polars.

mod assets;
mod budget;
mod column;
mod computed;
mod condition;
mod cure;
mod evidence;
mod files;
mod find;
mod fold;
mod glance;
mod groups;
mod keys;
mod look;
mod mask;
mod number;
mod open;
mod order;
mod pairs;
mod pattern;
mod proof;
mod query;
mod read;
mod repair;
mod runs;
mod scan;
mod schema;
mod shelf;
mod sift;
mod sortable;
mod spans;
mod sql;
mod states;
mod survey;
mod tally;
mod values;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::{IndexMap, IndexSet};
use rayon::prelude::*;

use crate::answer::{Answer, Evidence, FileFacts, Schema, Survey};
use crate::dataset::Dataset;
use crate::engine::Progress;
use crate::engine::remote::Connections;
use crate::ir::time::Zone;
use crate::ir::{Measure, Pairs, Parent, Selector, Value};
use crate::outcome::{DecidedBy, Fault};
use crate::plan::{Plan, Visit};
use budget::Budget;
use condition::Earlier;
pub use cure::Remedy;
pub use evidence::Ask;
use evidence::Found;
pub use find::{Stamp, files_here, objects_elsewhere};
use keys::{KeySet, Repeated};
use look::Look;
use open::Opened;
use order::Breaks;
use pairs::Unpaired;
use query::Returned;
pub use repair::Mender;
use scan::{Kept, Others};
pub use sift::{Change, Invalid, Original, OriginalColumn, Sieve, Sifted, Width};
pub use sql::{Rows, sql};
pub use states::{Secret, States, Told, Unkept};
use tally::Trace;

/// Datasets opened, and what measuring them left behind for evidence.
pub struct Local {
    datasets: IndexMap<String, Result<Opened, Fault>>,
    parents: HashMap<Parent, Result<Arc<KeySet>, Fault>>,
    repeated: HashMap<(String, Measure), Arc<Repeated>>,
    breaks: HashMap<(String, Measure), Arc<Breaks>>,
    /// The numbers that conditions of a second round hang on, by dataset.
    earlier: HashMap<String, Arc<Earlier>>,
    unpaired: HashMap<(String, Measure), Arc<Unpaired>>,
    /// How many rows of each file break a rule, where they were counted file by file.
    violating: HashMap<(String, Measure), Vec<u64>>,
    states: Option<Arc<States>>,
    budget: Arc<Budget>,
    progress: Arc<Progress>,
    connections: Arc<Connections>,
    returned: HashMap<Measure, Returned>,
}

impl Local {
    /// Opens datasets in parallel; `needed` are the columns that rules look at, by dataset, and `memory` is how many bytes
    /// keys, sorted values, sets and groups may take together. What is not on this machine is read over `connections`, and
    /// what earlier runs found in a file is taken from `states`.
    #[must_use]
    pub fn open(
        datasets: &[&Dataset],
        needed: &HashMap<String, Vec<Selector>>,
        zone: Zone,
        progress: &Arc<Progress>,
        memory: Option<u64>,
        (connections, states): (Arc<Connections>, Option<Arc<States>>),
    ) -> Self {
        let none = Vec::new();
        let opened: Vec<_> = datasets
            .par_iter()
            .map(|dataset| {
                let needed = needed.get(&dataset.name).unwrap_or(&none);
                (
                    dataset.name.clone(),
                    guarded(|| {
                        Opened::new(dataset, needed, zone, Arc::clone(progress), (&connections, states.as_deref()))
                    }),
                )
            })
            .collect();
        Self {
            datasets: opened.into_iter().collect(),
            parents: HashMap::new(),
            repeated: HashMap::new(),
            breaks: HashMap::new(),
            earlier: HashMap::new(),
            unpaired: HashMap::new(),
            violating: HashMap::new(),
            states,
            budget: Arc::new(Budget::new(memory)),
            progress: Arc::clone(progress),
            connections,
            returned: HashMap::new(),
        }
    }

    /// The columns of a dataset.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub fn schema(&self, dataset: &str) -> Result<&Schema, Fault> {
        self.opened(dataset).map(|opened| &opened.schema)
    }

    /// Opens one more dataset.
    pub(super) fn add(&mut self, dataset: &Dataset, needed: &[Selector], zone: Zone) {
        let known = (&self.connections, None);
        let opened = guarded(|| Opened::new(dataset, needed, zone, Arc::clone(&self.progress), known));
        self.datasets.insert(dataset.name.clone(), opened);
    }

    /// Knows of a dataset why it is not to be had.
    pub(super) fn lack(&mut self, dataset: &str, fault: Fault) {
        self.datasets.insert(dataset.to_owned(), Err(fault));
    }

    /// Remembers every row that breaks an order or has no equal one, for [`Local::sift`]; else the first of them.
    pub fn keep_places(&self) {
        self.budget.keep_places();
    }

    /// Reads all rows, whatever metadata say of them.
    pub fn distrust_statistics(&mut self) {
        for opened in self.datasets.values_mut().flatten() {
            opened.proves = false;
        }
    }

    /// What is known of the files of a dataset; with `digest` also of their bytes.
    ///
    /// # Errors
    /// No file is there, or one cannot be read.
    pub fn facts_of_files(&self, dataset: &Dataset, digest: bool) -> Result<Vec<FileFacts>, Fault> {
        guarded(|| files::facts_of_files(dataset, digest, &self.progress, &self.connections))
    }

    /// Answers the measures of a plan, datasets in parallel: the keys of parents first, and what hangs on other numbers last.
    pub fn measure(&mut self, plan: &Plan) -> IndexMap<String, Result<Answer, Fault>> {
        self.read_parents(plan);
        let mut answers = self.visit(plan, false);
        self.remember(plan, &answers);
        for (name, later) in self.visit(plan, true) {
            match (answers.get_mut(&name), later) {
                (Some(Ok(answer)), Ok(later)) => {
                    answer.numbers.extend(later.numbers);
                    answer.decided_by.extend(later.decided_by);
                }
                (Some(Ok(answer)), Err(fault)) => {
                    let measures = plan.datasets.get(&name).and_then(|visits| visits.get(&Visit::Second));
                    let failed = measures.into_iter().flatten();
                    answer.numbers.extend(failed.map(|measure| (measure.clone(), Err(fault.clone()))));
                }
                _ => {}
            }
        }
        for (name, visits) in &plan.datasets {
            let Some(Ok(answer)) = answers.get_mut(name) else { continue };
            for measure in visits.get(&Visit::Second).into_iter().flatten() {
                // What kept the first number away keeps the second one away.
                let fault = measure.earlier().iter().find_map(|it| answer.numbers.get(it)?.as_ref().err().cloned());
                if let Some(fault) = fault {
                    answer.numbers.insert(measure.clone(), Err(fault));
                }
            }
        }
        self.run_queries(plan, &mut answers);
        answers
    }

    /// What measuring would read of each dataset of a plan.
    #[must_use]
    pub fn survey(&self, plan: &Plan) -> IndexMap<String, Result<Survey, Fault>> {
        let of = |(name, visits): (&String, &IndexMap<Visit, IndexSet<Measure>>)| {
            let measures = visits.values().flatten().collect();
            (name.clone(), guarded(|| survey::survey(self.opened(name)?, &measures)))
        };
        plan.datasets.iter().map(of).collect()
    }

    /// Keeps the numbers that conditions of the second round hang on.
    fn remember(&mut self, plan: &Plan, answers: &IndexMap<String, Result<Answer, Fault>>) {
        for (name, visits) in &plan.datasets {
            let Some(Ok(answer)) = answers.get(name) else { continue };
            let wanted = visits.get(&Visit::Second).into_iter().flatten().flat_map(Measure::earlier);
            let known = wanted.filter_map(|measure| {
                let number = answer.numbers.get(&measure)?.as_ref().ok()?.clone();
                Some((measure, number))
            });
            self.earlier.insert(name.clone(), Arc::new(known.collect()));
        }
    }

    /// The numbers that conditions on a dataset may hang on.
    fn earlier_of(&self, dataset: &str) -> Arc<Earlier> {
        self.earlier.get(dataset).cloned().unwrap_or_default()
    }

    /// Reads the rows of each dataset once, for what hangs on no other number, or for what does.
    fn visit(&mut self, plan: &Plan, second: bool) -> IndexMap<String, Result<Answer, Fault>> {
        let this = &*self;
        let others = Mutex::new(if second { HashMap::new() } else { this.read_others(plan) });
        let all = plan.datasets.iter().map(|(name, visits)| {
            let own = visits.iter().filter(|(visit, _)| (**visit == Visit::Second) == second);
            (name, own.flat_map(|(_, measures)| measures).collect::<IndexSet<&Measure>>())
        });
        let visits: Vec<_> = all.filter(|(_, measures)| !(second && measures.is_empty())).collect();
        let found: Vec<_> = visits
            .into_par_iter()
            .map(|(name, measures)| {
                let earlier = this.earlier_of(name);
                let answer = guarded(|| {
                    let opened = this.opened(name)?;
                    let others = others.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
                    let others = others.unwrap_or_default();
                    let parent = |parent: &Parent| states::of_parent(this.opened(&parent.dataset).ok()?, parent);
                    let states = this.states.as_deref().map(|states| Kept { states, dataset: name, parent: &parent });
                    scan::measure(opened, &measures, (&this.parents, others), (&earlier, &this.budget), states)
                });
                (name.clone(), answer)
            })
            .collect();
        let mut answers = IndexMap::new();
        for (name, answer) in found {
            let answer = answer.map(|(answer, traces, violating)| {
                let violating = violating.into_iter().map(|(measure, files)| ((name.clone(), measure), files));
                self.violating.extend(violating);
                for (measure, trace) in traces {
                    let place = (name.clone(), measure);
                    match trace {
                        Trace::Repeated(keys) => drop(self.repeated.insert(place, Arc::from(keys))),
                        Trace::Breaks(breaks) => drop(self.breaks.insert(place, Arc::new(breaks))),
                        Trace::Unpaired(rows) => drop(self.unpaired.insert(place, Arc::from(rows))),
                    }
                }
                answer
            });
            answers.insert(name, answer);
        }
        answers
    }

    /// Runs the queries of a plan one after the other: each is parallel in itself.
    fn run_queries(&mut self, plan: &Plan, answers: &mut IndexMap<String, Result<Answer, Fault>>) {
        for (name, visits) in &plan.datasets {
            for measure in visits.values().flatten() {
                let (Measure::Query(query), Some(Ok(answer))) = (measure, answers.get_mut(name)) else { continue };
                if !self.returned.contains_key(measure) {
                    let found = guarded(|| query::run(query, &|dataset| self.opened(dataset), &self.progress));
                    match found {
                        Ok(found) => drop(self.returned.insert(measure.clone(), found)),
                        Err(fault) => {
                            answer.numbers.insert(measure.clone(), Err(fault));
                            continue;
                        }
                    }
                }
                if let Some(found) = self.returned.get(measure) {
                    answer.numbers.insert(measure.clone(), Ok(found.number.clone()));
                    answer.decided_by.insert(measure.clone(), DecidedBy::Scan);
                }
            }
        }
    }

    /// Shows rows of failed checks, each dataset read once more for all of its own.
    #[must_use]
    pub fn evidence(&self, asks: &[Ask]) -> Vec<Result<Evidence, Fault>> {
        let kept = |ask: &Ask| self.returned.get(&ask.measure).map(|found| found.evidence(ask.limit));
        let looks: Vec<Result<Vec<Look<'_>>, Fault>> =
            asks.iter().map(|ask| if kept(ask).is_some() { Ok(Vec::new()) } else { look::looks(ask, self) }).collect();
        let mut by_dataset: IndexMap<&str, Vec<&Look<'_>>> = IndexMap::new();
        for look in looks.iter().flatten().flatten() {
            by_dataset.entry(look.dataset).or_default().push(look);
        }
        let by_dataset: Vec<(&str, Vec<&Look<'_>>)> = by_dataset.into_iter().collect();
        let found: Vec<(&str, Result<Vec<Found>, Fault>)> = by_dataset
            .into_par_iter()
            .map(|(name, looks)| {
                let counts = |ask: &Ask| self.violating.get(&(ask.dataset.clone(), ask.measure.clone()));
                (name, guarded(|| evidence::find(self.opened(name)?, &looks, &self.earlier_of(name), &counts)))
            })
            .collect();
        // What was found of a dataset comes in the order in which it was looked for.
        let mut found: IndexMap<&str, Result<std::vec::IntoIter<Found>, Fault>> =
            found.into_iter().map(|(name, found)| (name, found.map(Vec::into_iter))).collect();
        let mut next = |look: &Look<'_>| match found.get_mut(look.dataset) {
            Some(Ok(found)) => found.next().ok_or_else(|| open::fault("internal", &"a look found nothing")),
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(open::fault("internal", &"nobody looked")),
        };
        let mut evidence = Vec::with_capacity(asks.len());
        for (ask, looks) in asks.iter().zip(looks) {
            evidence.push(looks.and_then(|looks| {
                let found = looks.iter().map(&mut next).collect::<Vec<Result<Found, Fault>>>();
                let found = found.into_iter().collect::<Result<Vec<Found>, Fault>>()?;
                Ok(kept(ask).unwrap_or_else(|| evidence::show(&looks, found)))
            }));
        }
        evidence
    }

    fn opened(&self, dataset: &str) -> Result<&Opened, Fault> {
        match self.datasets.get(dataset) {
            Some(Ok(opened)) => Ok(opened),
            Some(Err(fault)) => Err(Fault { caused_by: Some(dataset.to_owned()), ..fault.clone() }),
            None => Err(open::fault("internal", &format!("the dataset `{dataset}` was not opened"))),
        }
    }

    /// Reads the rows that those of other datasets are brought together with, all of a dataset at once.
    fn read_others(&self, plan: &Plan) -> HashMap<String, Others> {
        let mut wanted: IndexMap<&str, Vec<(&String, &Measure, &Pairs)>> = IndexMap::new();
        for (name, visits) in &plan.datasets {
            for measure in visits.values().flatten() {
                if let Measure::Pairs(pairs, _) = measure {
                    wanted.entry(&pairs.other.dataset).or_default().push((name, measure, pairs));
                }
            }
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let found: Vec<_> = wanted
            .into_par_iter()
            .map(|(name, asked)| {
                let pairs: Vec<&Pairs> = asked.iter().map(|(.., pairs)| *pairs).collect();
                let sides = guarded(|| pairs::other_sides(self.opened(name)?, &pairs, &self.budget));
                (asked, sides)
            })
            .collect();
        let mut others: HashMap<String, Others> = HashMap::new();
        for (asked, sides) in found {
            let sides: Vec<_> = match sides {
                Ok(sides) => sides.into_iter().map(Ok).collect(),
                Err(fault) => asked.iter().map(|_| Err(fault.clone())).collect(),
            };
            for ((name, measure, _), rows) in asked.into_iter().zip(sides) {
                others.entry(name.clone()).or_default().insert(measure.clone(), rows);
            }
        }
        others
    }

    /// Which of some keys the other side of a reference has, by their places.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn partners(&mut self, parent: &Parent, keys: &[Vec<Value>]) -> Result<Vec<bool>, Fault> {
        let set = match self.parents.get(parent) {
            Some(set) => set.clone()?,
            None => {
                let sets = guarded(|| {
                    scan::key_sets(self.opened(&parent.dataset)?, std::slice::from_ref(parent), &self.budget)
                });
                let set = sets?.pop().ok_or_else(|| open::fault("internal", &"a bug in tamiz: no keys were read"))?;
                let set = Arc::new(set);
                self.parents.insert(parent.clone(), Ok(Arc::clone(&set)));
                set
            }
        };
        let found = keys::lookup(&set, keys, parent.null_safe).map_err(|error| open::fault("internal", &error))?;
        set.check()?;
        Ok(found)
    }

    /// Reads the keys that references look in, each parent once for all its children.
    fn read_parents(&mut self, plan: &Plan) {
        let mut wanted: IndexMap<String, IndexSet<Parent>> = IndexMap::new();
        for measure in plan.datasets.values().flat_map(IndexMap::values).flatten() {
            let measure = if let Measure::Grouped(_, inner) = measure { inner } else { measure };
            if let Measure::Orphans(_, _, parent) = measure {
                wanted.entry(parent.dataset.clone()).or_default().insert(parent.clone());
            }
        }
        let this = &*self;
        let wanted: Vec<(String, IndexSet<Parent>)> = wanted.into_iter().collect();
        let found: Vec<_> = wanted
            .into_par_iter()
            .map(|(name, parents)| {
                let parents: Vec<Parent> = parents.into_iter().collect();
                let sets = guarded(|| scan::key_sets(this.opened(&name)?, &parents, &this.budget));
                (parents, sets)
            })
            .collect();
        for (parents, sets) in found {
            match sets {
                Ok(sets) => self.parents.extend(parents.into_iter().zip(sets.into_iter().map(|set| Ok(Arc::new(set))))),
                Err(fault) => self.parents.extend(parents.into_iter().map(|parent| (parent, Err(fault.clone())))),
            }
        }
    }
}

/// Runs the work of one dataset; a panic in it is a fault of that dataset.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(open::fault("internal", &format!("a bug in tamiz: {}", said.unwrap_or("no message"))))
    })
}
