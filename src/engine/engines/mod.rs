//! All engines of a run as one: each dataset is asked of the engine that it lives in.
//!
//! Tables of connections are evaluated where they are. What their engine cannot say is evaluated here, on rows fetched for
//! it, if the suite allows that; keys that are held to each other `travel`. It evaluates nothing itself.

mod travel;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::answer::{Answer, Evidence, FileFacts, Number, Schema, Survey};
use crate::dataset::{Dataset, Format, Kind, Source};
use crate::engine::engines::travel::Known;
use crate::engine::local::{Ask, Local, States};
use crate::engine::remote::Connections;
use crate::engine::sql::{Fetched, Look, Reach, Sql};
use crate::engine::{Progress, computed};
use crate::ir::time::Zone;
use crate::ir::{Measure, Selector};
use crate::outcome::{DecidedBy, Fault, Sample};
use crate::plan::{Plan, Visit};

/// The engines of a run.
pub struct Engines {
    local: Local,
    sql: Sql,
    /// The columns that rules look at, by dataset.
    needed: HashMap<String, Vec<Selector>>,
    zone: Zone,
    reach: Reach,
    /// Rows of tables, for as long as they are read.
    fetched: BTreeMap<String, Rows>,
    /// What databases answered, by dataset.
    answered: HashSet<(String, Measure)>,
    /// Their numbers that conditions of a second round hang on.
    earlier: HashMap<String, HashMap<Measure, Number>>,
}

/// Rows of a table that are here.
struct Rows {
    /// The file that they were fetched into; none if the table is read as it lies.
    _kept: Option<Fetched>,
    /// Whether there are more of them.
    some: bool,
}

impl Engines {
    /// Opens datasets, as [`Local::open`] and [`Sql::open`] do.
    #[must_use]
    pub fn open(
        datasets: &[&Dataset],
        needed: &HashMap<String, Vec<Selector>>,
        zone: Zone,
        progress: &Arc<Progress>,
        memory: Option<u64>,
        (connections, states): (Arc<Connections>, Option<Arc<States>>),
    ) -> Self {
        let is_needed = |dataset: &Dataset, column: &str| {
            let selectors = needed.get(&dataset.name).map(Vec::as_slice).unwrap_or_default();
            computed::sources(dataset, selectors).iter().any(|selector| selector.means(column))
        };
        let reach = connections.reach();
        let sql = Sql::open(datasets, connections.links(), &is_needed, zone, progress);
        let here: Vec<&Dataset> = datasets.iter().copied().filter(|dataset| !sql.has(&dataset.name)).collect();
        let mut local = Local::open(&here, needed, zone, progress, memory, (connections, states));
        for dataset in datasets.iter().filter(|dataset| sql.has(&dataset.name)) {
            let why = "the rows of a table of a connection are not written anywhere, and not told apart one by one";
            local.lack(&dataset.name, fault("not_computable", why));
        }
        Self {
            local,
            sql,
            needed: needed.clone(),
            zone,
            reach,
            fetched: BTreeMap::new(),
            answered: HashSet::new(),
            earlier: HashMap::new(),
        }
    }

    /// The engine of files, which alone hands out whole rows.
    #[must_use]
    pub const fn local(&self) -> &Local {
        &self.local
    }

    /// The columns of a dataset.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub fn schema(&self, dataset: &str) -> Result<&Schema, Fault> {
        if self.sql.has(dataset) { self.sql.schema(dataset) } else { self.local.schema(dataset) }
    }

    /// Whether a dataset is a table of a connection.
    #[must_use]
    pub fn is_elsewhere(&self, dataset: &str) -> bool {
        self.sql.has(dataset)
    }

    /// As [`Local::keep_places`].
    pub fn keep_places(&self) {
        self.local.keep_places();
    }

    /// Reads all rows of files, whatever metadata say of them.
    pub fn distrust_statistics(&mut self) {
        self.local.distrust_statistics();
    }

    /// What is known of the files of a dataset; with `digest` also of their bytes.
    ///
    /// # Errors
    /// There is no file, or one cannot be read.
    pub fn facts_of_files(&self, dataset: &Dataset, digest: bool) -> Result<Vec<FileFacts>, Fault> {
        if self.sql.has(&dataset.name) {
            return Err(fault("not_computable", "the dataset is a table of a connection, which has no files"));
        }
        self.local.facts_of_files(dataset, digest)
    }

    /// Answers the measures of a plan.
    pub fn measure(&mut self, plan: &Plan) -> IndexMap<String, Result<Answer, Fault>> {
        let mut here = Plan::default();
        let mut elsewhere: HashMap<&str, Result<Answer, Fault>> = HashMap::new();
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        // What was fetched for others may lack what is asked now.
        self.fetched.retain(|_, rows| !rows.some);
        let known = self.send(plan);
        for (name, visits) in &plan.datasets {
            if !self.sql.has(name) {
                here.datasets.insert(name.clone(), visits.clone());
                continue;
            }
            let asked = self.ask(name, visits, &known);
            let answer = asked.map(|(mut answer, left)| {
                let allowed = self.sql.described(name).is_ok_and(|(_, fallback)| fallback);
                if allowed && !left.is_empty() {
                    wanted.insert(name.clone());
                    here.datasets.insert(name.clone(), left_visits(visits, &left));
                } else {
                    answer.numbers.extend(left.into_iter().map(|(measure, fault)| (measure, Err(fault))));
                }
                answer
            });
            elsewhere.insert(name, answer);
        }
        for measure in here.datasets.values().flat_map(IndexMap::values).flatten() {
            wanted.extend(referred(measure).into_iter().filter(|name| self.sql.has(name)).map(str::to_owned));
        }
        for name in wanted {
            self.fetch(&name, &here);
        }
        let mut found = self.local.measure(&here);
        let mut answers = IndexMap::new();
        for name in plan.datasets.keys() {
            let local = found.swap_remove(name);
            let answer = match (elsewhere.remove(name.as_str()), local) {
                (None, local) => local.unwrap_or_else(|| Err(fault("internal", "a bug in tamiz: nobody was asked"))),
                (Some(Ok(mut answer)), Some(local)) => {
                    let left = here.datasets.get(name).into_iter().flat_map(IndexMap::values).flatten();
                    match local {
                        Ok(local) => {
                            // What the database told stands.
                            let known: HashSet<Measure> = answer.numbers.keys().cloned().collect();
                            let is_new = |measure: &Measure| !known.contains(measure);
                            answer.numbers.extend(local.numbers.into_iter().filter(|(measure, _)| is_new(measure)));
                            answer
                                .decided_by
                                .extend(local.decided_by.into_iter().filter(|(measure, _)| is_new(measure)));
                        }
                        Err(fault) => answer.numbers.extend(left.map(|measure| (measure.clone(), Err(fault.clone())))),
                    }
                    Ok(answer)
                }
                (Some(answer), _) => answer,
            };
            answers.insert(name.clone(), answer);
        }
        answers
    }

    /// Asks a database for the measures of one of its tables, those of a second round last; and what it leaves.
    fn ask(
        &mut self,
        name: &str,
        visits: &IndexMap<Visit, IndexSet<Measure>>,
        travelled: &Known,
    ) -> Result<(Answer, Vec<(Measure, Fault)>), Fault> {
        let there = |measure: &Measure| travelled.get(name)?.get(measure);
        let of = |second: bool| {
            let own = visits.iter().filter(move |(visit, _)| (**visit == Visit::Second) == second);
            let own = own.flat_map(|(_, measures)| measures);
            own.filter(|measure| there(measure).is_none()).collect::<Vec<&Measure>>()
        };
        let first = self.sql.measure(name, &of(false), &HashMap::new())?;
        let (mut answer, mut left) = (first.answer, first.left);
        for measure in visits.values().flatten() {
            let number = match there(measure) {
                Some(Ok((number, statement))) => {
                    answer.statements.insert(measure.clone(), Arc::clone(statement));
                    Ok(number.clone())
                }
                Some(Err(fault)) => Err(fault.clone()),
                None => continue,
            };
            answer.decided_by.insert(measure.clone(), DecidedBy::Engine);
            answer.numbers.insert(measure.clone(), number);
        }
        let mut known: HashMap<Measure, Number> = HashMap::new();
        let (mut second, mut unknown) = (Vec::new(), Vec::new());
        for measure in of(true) {
            let earlier = measure.earlier();
            let failed = earlier.iter().find_map(|it| answer.numbers.get(it)?.as_ref().err().cloned());
            if let Some(fault) = failed {
                // What kept the first number away keeps the second one away.
                answer.numbers.insert(measure.clone(), Err(fault));
            } else if earlier.iter().all(|it| answer.numbers.contains_key(it)) {
                known.extend(earlier.into_iter().filter_map(|it| {
                    let number = answer.numbers.get(&it)?.as_ref().ok()?.clone();
                    Some((it, number))
                }));
                second.push(measure);
            } else {
                let why = left.iter().find(|(it, _)| earlier.contains(it)).map(|(_, fault)| fault.clone());
                let why =
                    why.unwrap_or_else(|| fault("internal", "a bug in tamiz: an earlier number was not asked for"));
                unknown.push((measure.clone(), why));
            }
        }
        left.extend(unknown);
        if !second.is_empty() {
            let later = self.sql.measure(name, &second, &known)?;
            answer.numbers.extend(later.answer.numbers);
            answer.decided_by.extend(later.answer.decided_by);
            answer.statements.extend(later.answer.statements);
            left.extend(later.left);
        }
        self.answered.extend(answer.numbers.keys().map(|measure| (name.to_owned(), measure.clone())));
        self.earlier.entry(name.to_owned()).or_default().extend(known);
        Ok((answer, left))
    }

    /// Fetches the columns of a table that rules look at, once, and opens them as a file; if keys of files are all that is
    /// looked up in it, only the rows that may have them.
    fn fetch(&mut self, name: &str, here: &Plan) {
        if self.fetched.contains_key(name) {
            return;
        }
        let only = match self.partners_alone(here, name) {
            Ok(only) => only,
            Err(fault) => return self.local.lack(name, fault),
        };
        let fetched = self.sql.described(name).and_then(|(dataset, _)| {
            let needed = self.needed.get(name).map(Vec::as_slice).unwrap_or_default();
            let needed = computed::sources(dataset, needed);
            let schema = self.sql.schema(name)?;
            if let Some(path) = self.sql.file(name) {
                // It is read as it is, as if the suite said where it lies.
                let source = Source::new(vec![path.to_string_lossy().into_owned()], vec![path.to_owned().into()]);
                let source = Source { database: dataset.source.database.clone(), ..source };
                return Ok((None, Dataset { source, ..dataset.clone() }));
            }
            let is_needed =
                |column: &String| needed.iter().any(|selector| selector.means(column)) || dataset.key.contains(column);
            let columns: Vec<String> =
                schema.columns.iter().map(|column| column.name.clone()).filter(is_needed).collect();
            let fetched = self.sql.fetch(name, &columns, only.as_deref())?;
            let path = fetched.path().to_owned();
            let source = Source::new(vec![path.to_string_lossy().into_owned()], vec![path.into()]);
            let format = Format { kind: Some(Kind::Ipc), ..Format::default() };
            Ok((Some(fetched), Dataset { source, format, ..dataset.clone() }))
        });
        match fetched {
            Ok((kept, dataset)) => {
                let needed = self.needed.get(name).map(Vec::as_slice).unwrap_or_default();
                self.local.add(&dataset, needed, self.zone);
                self.fetched.insert(name.to_owned(), Rows { some: only.is_some(), _kept: kept });
            }
            Err(fault) => self.local.lack(name, fault),
        }
    }

    /// What measuring would read of each dataset of a plan; of tables their engines read what they do.
    #[must_use]
    pub fn survey(&mut self, plan: &Plan) -> IndexMap<String, Result<Survey, Fault>> {
        let mut here = Plan::default();
        let own = plan.datasets.iter().filter(|(name, _)| !self.sql.has(name));
        here.datasets.extend(own.map(|(name, visits)| (name.clone(), visits.clone())));
        let mut found = self.local.survey(&here);
        self.speak(plan);
        let of = |name: &String, visits: &IndexMap<Visit, IndexSet<Measure>>| {
            let measures: Vec<&Measure> = visits.values().flatten().collect();
            let statements = self.sql.statements(name, &measures)?;
            let decided = measures.into_iter().map(|measure| (measure.clone(), DecidedBy::Engine)).collect();
            Ok(Survey { decided, statements, ..Survey::default() })
        };
        let all = plan.datasets.iter().map(|(name, visits)| {
            let survey = if self.sql.has(name) {
                of(name, visits)
            } else {
                found.swap_remove(name).unwrap_or_else(|| Ok(Survey::default()))
            };
            (name.clone(), survey)
        });
        all.collect()
    }

    /// Shows rows of failed checks.
    #[must_use]
    pub fn evidence(&self, asks: &[Ask]) -> Vec<Result<Evidence, Fault>> {
        let is_there = |ask: &&Ask| self.answered.contains(&(ask.dataset.clone(), ask.measure.clone()));
        let here: Vec<Ask> = asks.iter().filter(|ask| !is_there(ask)).cloned().collect();
        let mut here = self.local.evidence(&here).into_iter();
        let none = HashMap::new();
        let shown = asks.iter().map(|ask| {
            if is_there(&ask) {
                let earlier = self.earlier.get(&ask.dataset).unwrap_or(&none);
                let (dataset, measure) = (ask.dataset.as_str(), &ask.measure);
                let look = Look { dataset, measure, columns: &ask.columns, key: &ask.key, limit: ask.limit };
                return self.sql.evidence(&look, earlier);
            }
            let found = here.next().unwrap_or_else(|| Err(fault("internal", "a bug in tamiz: a look found nothing")));
            found.map(|found| if self.sql.has(&ask.dataset) { placeless(found) } else { found })
        });
        shown.collect()
    }
}

/// Evidence of rows that were fetched, whose place in a file says nothing.
fn placeless(found: Evidence) -> Evidence {
    let bare = |sample: Sample| Sample {
        file: None,
        line: None,
        row_index: None,
        other: sample.other.map(|other| crate::outcome::Counterpart {
            file: None,
            line: None,
            row_index: None,
            ..other
        }),
        ..sample
    };
    Evidence { samples: found.samples.into_iter().map(bare).collect(), ..found }
}

/// The visits of a table that are left to be made here; what those of a second round hang on is measured here too.
fn left_visits(
    visits: &IndexMap<Visit, IndexSet<Measure>>,
    left: &[(Measure, Fault)],
) -> IndexMap<Visit, IndexSet<Measure>> {
    let is_left = |measure: &Measure| left.iter().any(|(other, _)| other == measure);
    let mut here: IndexMap<Visit, IndexSet<Measure>> = IndexMap::new();
    for (visit, measures) in visits {
        for measure in measures.iter().filter(|measure| is_left(measure)) {
            here.entry(visit.clone()).or_default().insert(measure.clone());
            if *visit == Visit::Second {
                here.entry(Visit::Scan).or_default().extend(measure.earlier());
            }
        }
    }
    here
}

/// The datasets beside its own that a measure is held against.
fn referred(measure: &Measure) -> Vec<&str> {
    match measure {
        Measure::Grouped(_, inner) => referred(inner),
        Measure::Orphans(_, _, parent) => vec![&parent.dataset],
        Measure::Pairs(pairs, _) => vec![&pairs.other.dataset],
        Measure::Query(query) => query.tables.iter().map(|table| table.dataset.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn fault(code: &str, message: &str) -> Fault {
    Fault { code: code.to_owned(), message: message.to_owned(), caused_by: None }
}
