//! The local engine: files folded batch by batch on all cores.
//!
//! `find` finds files, `open` opens them, `schema` knows their columns, `computed` those computed from them, `read` visits
//! their batches, `column` hands Arrow arrays to Polars, `condition` and `number` evaluate to a `mask`, by a `glance` where
//! that is enough, `fold`, `keys`, `order`, `values` and `groups` are the states of a `tally`, `scan` is one visit of a
//! dataset, `query` runs SQL, `files` looks at files, `assets` at those that values name, `evidence` shows rows. What grows with the data is kept as `runs` and
//! looked up on a `shelf`, both within a `budget`.
//! This folder alone names Polars.

mod assets;
mod budget;
mod column;
mod computed;
mod condition;
mod evidence;
mod files;
mod find;
mod fold;
mod glance;
mod groups;
mod keys;
mod mask;
mod number;
mod open;
mod order;
mod query;
mod read;
mod runs;
mod scan;
mod schema;
mod shelf;
mod sortable;
mod tally;
mod values;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use rayon::prelude::*;

use crate::answer::{Answer, Evidence, Schema};
use crate::dataset::Dataset;
use crate::engine::Progress;
use crate::ir::time::Zone;
use crate::ir::{Measure, Parent, Selector};
use crate::outcome::{DecidedBy, Fault};
use crate::plan::Plan;
use budget::Budget;
pub use evidence::Ask;
pub use files::facts_of_files;
use keys::{KeySet, Repeated};
use open::Opened;
use order::Breaks;
use query::Returned;
use tally::Trace;

/// Datasets opened, and what measuring them left behind for evidence.
pub struct Local {
    datasets: IndexMap<String, Result<Opened, Fault>>,
    parents: HashMap<Parent, Result<Arc<KeySet>, Fault>>,
    repeated: HashMap<(String, Measure), Arc<Repeated>>,
    breaks: HashMap<(String, Measure), Arc<Breaks>>,
    budget: Arc<Budget>,
    returned: HashMap<Measure, Returned>,
}

impl Local {
    /// Opens datasets in parallel; `needed` are the columns that rules look at, by dataset, and `memory` is how many bytes
    /// keys, sorted values, sets and groups may take together.
    #[must_use]
    pub fn open(
        datasets: &[&Dataset],
        needed: &HashMap<String, Vec<Selector>>,
        zone: Zone,
        progress: &Arc<Progress>,
        memory: Option<u64>,
    ) -> Self {
        let none = Vec::new();
        let opened: Vec<_> = datasets
            .par_iter()
            .map(|dataset| {
                let needed = needed.get(&dataset.name).unwrap_or(&none);
                (dataset.name.clone(), guarded(|| Opened::new(dataset, needed, zone, Arc::clone(progress))))
            })
            .collect();
        Self {
            datasets: opened.into_iter().collect(),
            parents: HashMap::new(),
            repeated: HashMap::new(),
            breaks: HashMap::new(),
            budget: Arc::new(Budget::new(memory)),
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

    /// Answers the measures of a plan, datasets in parallel, the keys of parents first.
    pub fn measure(&mut self, plan: &Plan) -> IndexMap<String, Result<Answer, Fault>> {
        self.read_parents(plan);
        let this = &*self;
        let visits: Vec<_> = plan.datasets.iter().collect();
        let found: Vec<_> = visits
            .into_par_iter()
            .map(|(name, visits)| {
                let measures: IndexSet<&Measure> = visits.values().flatten().collect();
                let answer = guarded(|| {
                    let opened = this.opened(name)?;
                    scan::measure(opened, &measures, &this.parents, &this.budget)
                });
                (name.clone(), answer)
            })
            .collect();
        let mut answers = IndexMap::new();
        for (name, answer) in found {
            let answer = answer.map(|(answer, traces)| {
                for (measure, trace) in traces {
                    let place = (name.clone(), measure);
                    match trace {
                        Trace::Repeated(keys) => drop(self.repeated.insert(place, Arc::from(keys))),
                        Trace::Breaks(breaks) => drop(self.breaks.insert(place, Arc::new(breaks))),
                    }
                }
                answer
            });
            answers.insert(name, answer);
        }
        self.run_queries(plan, &mut answers);
        answers
    }

    /// Runs the queries of a plan one after the other: each is parallel in itself.
    fn run_queries(&mut self, plan: &Plan, answers: &mut IndexMap<String, Result<Answer, Fault>>) {
        for (name, visits) in &plan.datasets {
            for measure in visits.values().flatten() {
                let (Measure::Query(query), Some(Ok(answer))) = (measure, answers.get_mut(name)) else { continue };
                if !self.returned.contains_key(measure) {
                    let found = guarded(|| query::run(query, &|dataset| self.opened(dataset)));
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
        let mut by_dataset: IndexMap<&str, Vec<usize>> = IndexMap::new();
        for (index, ask) in asks.iter().enumerate().filter(|(_, ask)| !self.returned.contains_key(&ask.measure)) {
            by_dataset.entry(&ask.dataset).or_default().push(index);
        }
        let by_dataset: Vec<(&str, Vec<usize>)> = by_dataset.into_iter().collect();
        let shown: Vec<_> = by_dataset
            .into_par_iter()
            .map(|(name, places)| {
                let own: Vec<&Ask> = places.iter().map(|place| &asks[*place]).collect();
                let found = guarded(|| evidence::show(self.opened(name)?, &own, self));
                (places, found)
            })
            .collect();
        let kept = |ask: &Ask| self.returned.get(&ask.measure).map(|found| found.evidence(ask.limit));
        let mut evidence: Vec<Result<Evidence, Fault>> =
            asks.iter().map(|ask| Ok(kept(ask).unwrap_or_default())).collect();
        for (places, found) in shown {
            match found {
                Ok(found) => places.into_iter().zip(found).for_each(|(place, shown)| evidence[place] = Ok(shown)),
                Err(fault) => places.into_iter().for_each(|place| evidence[place] = Err(fault.clone())),
            }
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
