//! The straight line: a suite to the record of a run, one step a call.
//!
//! The first file to read. Every way of running a suite comes through here. It prints nothing, and takes clock, machine and
//! command line as values.

mod baseline;
mod newest;
mod past;
mod quarantine;
mod shown;
mod survey;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::answer::{Answer, Evidence, FileFacts, Number, Schema, SchemaColumn};
use crate::bind::{self, Absent, Bound, Unfit};
use crate::engine::local::{Ask, States};
use crate::engine::remote::{Connections, Settings};
use crate::engine::{Engines, Progress, Stop};
use crate::error::Exit;
use crate::ir::name::is_document;
use crate::ir::{Check, Measure, Metric, OnEmpty, Predicate, Selector, Type};
use crate::judge;
use crate::mask::{Masks, Policy};
use crate::outcome::{self, DecidedBy, Fault, Outcome, Report, Run, Selection, Status};
use crate::plan;
use crate::quarantine::Facts;
use crate::record::{self, Aborted, Found, Gate};
use crate::suite::{Builtin, Rule, Suite, SuiteDataset, condition};
use baseline::Held;
pub use baseline::{Memory, Remembered};
pub use past::Earlier;
pub use quarantine::{Wanted, ready, writes};
pub use survey::survey;

/// What a run is asked for.
pub struct Request<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Which rules to evaluate, if not all.
    pub selected: &'a dyn Fn(&crate::suite::Rule) -> bool,
    /// The selection as written, for the record.
    pub selection: Option<Selection>,
    /// The gate.
    pub gate: Gate,
    /// How many violating rows to keep.
    pub samples: Samples,
    /// How much of the data is shown.
    pub policy: Policy,
    /// How many bytes keys, sorted values, sets and groups may take in memory; what goes beyond lies in a temporary file, or
    /// where it cannot, its rule is in error.
    pub memory: Option<u64>,
    /// Whether all rows are read, whatever the metadata of files say of them.
    pub distrust_statistics: bool,
    /// Told how far the reading has come.
    pub progress: Arc<Progress>,
    /// Whether rows are written, told apart, where the suite or the command line says so.
    pub quarantine: Option<Wanted<'a>>,
    /// What is known of the network: credentials, and how often a read is tried again.
    pub remote: Settings,
    /// What is known of earlier runs of the suite; none if no history is kept.
    pub earlier: Option<Earlier<'a>>,
    /// What earlier runs found in files, so that those are not read again; none if all is read.
    pub states: Option<Arc<States>>,
}

/// How many violating rows of a rule to keep.
#[derive(Clone, Copy, Debug)]
pub enum Samples {
    /// None, and no violating value either, whatever the suite says.
    None,
    /// So many, where the suite does not say.
    Default(usize),
    /// As many in the record, and so many told beside it, of rules of which the suite wants any shown.
    Beside {
        /// In the record, where the suite does not say.
        shown: usize,
        /// Beside it.
        more: usize,
    },
}

impl Samples {
    /// How many rows of a rule the record shows, and how many are looked for; none if nothing may be shown.
    fn of(self, rule: &Rule) -> Option<(usize, usize)> {
        let (shown, more) = match self {
            Self::None => return None,
            Self::Default(shown) => (rule.samples.unwrap_or(shown), 0),
            Self::Beside { .. } if rule.samples == Some(0) => (0, 0),
            Self::Beside { shown, more } => (rule.samples.unwrap_or(shown), more),
        };
        Some((shown, shown.max(more)))
    }
}

/// What the world around a run is like.
pub struct World<'a> {
    /// Tells the time, in microseconds since 1970 UTC.
    pub clock: &'a dyn Fn() -> i64,
    /// Everything of the record that does not depend on data.
    pub run: Run,
}

/// The record of a run as far as the suite alone tells it: nothing of the machine, the command or the time.
#[must_use]
pub fn blank(suite: &Suite) -> Run {
    let about = &suite.about;
    Run {
        id: String::new(),
        suite: suite.id.clone(),
        title: about.title.clone(),
        description: about.description.as_ref().map(|text| text.en.clone()),
        owner: about.owner.clone(),
        runbook: about.runbook.clone(),
        tags: about.tags.clone(),
        suite_file: suite.source.path.to_string_lossy().replace('\\', "/"),
        suite_sha256: suite.sha256(),
        started_at: String::new(),
        finished_at: String::new(),
        duration_ms: 0,
        as_of: String::new(),
        timezone: suite.timezone.0.name().to_owned(),
        tamiz_version: String::new(),
        host: None,
        ci: None,
        vars: suite.vars.clone(),
        invocation: String::new(),
        labels: IndexMap::new(),
        command: Vec::new(),
        selection: None,
    }
}

/// Runs a suite.
#[must_use]
pub fn run(request: &Request<'_>, world: World<'_>) -> Report {
    remembering(request, world, None).0
}

/// Runs a suite, and tells what is known of its violations.
#[must_use]
pub fn remembering(request: &Request<'_>, world: World<'_>, memory: Option<Memory<'_>>) -> (Report, Remembered) {
    let started = (world.clock)();
    let suite = request.suite;
    let checks = checks(suite, &selected(request, suite, true));
    let looked_at: Vec<Check> = checks.iter().cloned().chain(newest::check(suite)).collect();
    let (opened, needed) = (opened(suite, &looked_at), needed(suite, &looked_at));
    let connections = Arc::new(Connections::new(request.remote.clone(), Arc::clone(&request.progress)));
    let known = (connections, request.states.clone());
    let mut engine = Engines::open(&opened, &needed, suite.timezone, &request.progress, request.memory, known);
    if request.distrust_statistics {
        engine.distrust_statistics();
    }
    let mut masks = masks(request, &engine); //                            what may be shown of which column
    hide(request, &masks);
    // The one "now", from the data if the suite says so.
    let as_of = newest::as_of(suite, &mut engine).map_err(|fault| hidden(&masks, fault));
    let suite = &*suite.expanded(&|dataset| columns_of(&engine, request.suite.root(dataset))); // patterns -> rules for columns
    let rules: Vec<usize> = selected(request, suite, false);
    let checks = self::checks(suite, &rules);
    let mut bound = bind_all(suite, &checks, &engine, &as_of); //          names and types -> columns
    let settled = past::settle((request, suite), &mut bound, &as_of, &engine); // earlier runs -> limits
    let totals = totals(suite, &engine, as_of.as_ref().ok().copied(), request.selection.is_some());
    if memory.is_some() || quarantine::is_wanted(suite, request.quarantine) {
        engine.keep_places();
    }
    let plan = plan::fuse(&bound.checks, &totals.measures(suite)); //      checks -> as few visits as possible
    let answers = engine.measure(&plan); //                                visits -> numbers
    let mut found = judge_all(request, &as_of, &bound, &answers, &engine); // numbers -> judgements
    past::tell(&mut found, settled);
    let seen = baseline::Seen {
        suite,
        rules: &rules,
        partial: request.selection.is_some(),
        bound: &bound,
        engine: engine.local(),
    };
    let (held, found) = Held::of(memory, seen, found); //                  judgements -> those of what is new
    let shown = show_failures((request, suite), &bound, &engine, &found, &held); //failures -> rows
    let (found, shown) = without_secrets((suite, &engine), &bound, found, shown); // what engines say -> what may be told
    let (found, mut shown) = shown::cover(&mut masks, (&bound, suite), found, shown); // values -> what may be shown of them
    let mut rows = Vec::new();
    let mut outcomes: Vec<(usize, Outcome)> = rules
        .iter()
        .filter_map(|index| {
            let rule = &suite.rules[*index];
            let answer = answers.get(suite.root(&rule.dataset)).and_then(|answer| answer.as_ref().ok());
            let nothing = Found::Unfit(Unfit::Skip("not evaluated".to_owned()));
            let found = found.get(index).unwrap_or(&nothing);
            let rule = as_of.as_ref().map_or(Cow::Borrowed(rule), |as_of| rule.at(*as_of, suite.timezone));
            let mut outcome = record::outcome(&rule, found, wanting(suite, &rule, found), answer, request.gate)?;
            tell_statement((&mut outcome, *index), suite, &bound, answer);
            let now = as_of.as_ref().ok();
            if let Some(mute) =
                rule.mute.as_ref().filter(|mute| now.is_some_and(|now| mute.holds(*now, suite.timezone)))
            {
                record::mute(&mut outcome, mute);
            }
            match shown.remove(index) {
                Some(Ok(mut evidence)) => {
                    let (first, all) = request.samples.of(&rule).unwrap_or_default();
                    if matches!(request.samples, Samples::Beside { .. }) && all > 0 && !evidence.samples.is_empty() {
                        rows.push((outcome.id.clone(), evidence.samples.clone()));
                    }
                    evidence.samples.truncate(first);
                    record::show(&mut outcome, evidence);
                }
                // The verdict stands without rows to show; what kept them away is said in the details.
                Some(Err(fault)) => outcome.details = Some(serde_json::json!({ "samples": fault.message })),
                None => {}
            }
            Some((*index, outcome))
        })
        .collect();
    drop_echoes(suite, &mut outcomes);
    let told = request.quarantine.map(|wanted| {
        let run = Facts {
            run_id: world.run.id.clone(),
            started_at: crate::ir::time::format_timestamp(started),
            suite: suite.id.clone(),
        };
        let known = quarantine::Known {
            suite,
            engine: engine.local(),
            bound: &bound,
            answers: &answers,
            in_scope: &totals.in_scope,
            outcomes: &outcomes,
            run: &run,
            masks: &masks,
            shows_values: !matches!(request.policy, Policy::NoValues),
        };
        quarantine::write(wanted, &known)
    }); //                                                                 good and bad rows -> files
    let remembered = Remembered { rows, ..baseline::remember(memory, seen, held, &outcomes) };
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    name_causes(&mut outcomes);
    let absent = found
        .values()
        .any(|found| matches!(found, Found::Unfit(Unfit::Fault(fault)) if fault.code == "source_missing"));
    let mut report =
        record_of((request, suite), world, (started, &as_of, absent), outcomes, &answers, &totals, (&engine, &masks));
    record::quarantined(&mut report, told.unwrap_or_default());
    (report, remembered)
}

/// Puts the statement into an outcome that a database gave the number of.
fn tell_statement((outcome, rule): (&mut Outcome, usize), suite: &Suite, bound: &Bound, answer: Option<&Answer>) {
    let check = bound.checks.iter().find(|check| check.rule == rule);
    let statement = check.and_then(|check| answer?.statements.get(&check.number()));
    if let Some(statement) = statement {
        // Where a value of the environment ended up in a statement nobody can tell any more.
        record::asked(outcome, statement, suite.secrets.is_empty());
    }
}

/// What was found, with `***` for values of the environment in what a database says of a statement.
fn without_secrets(
    (suite, engine): (&Suite, &Engines),
    bound: &Bound,
    mut found: HashMap<usize, Found>,
    mut shown: HashMap<usize, Result<Evidence, Fault>>,
) -> (HashMap<usize, Found>, HashMap<usize, Result<Evidence, Fault>>) {
    let hide = |fault: &mut Fault| {
        for secret in suite.secrets.iter().filter(|secret| !secret.is_empty()) {
            fault.message = fault.message.replace(secret.as_str(), "***");
        }
    };
    for (index, rule) in suite.rules.iter().enumerate() {
        if let Some(Found::Unfit(Unfit::Fault(fault))) = found.get_mut(&index)
            && engine.is_elsewhere(suite.root(&rule.dataset))
        {
            hide(fault);
        }
    }
    for check in bound.checks.iter().filter(|check| engine.is_elsewhere(check.metric.dataset())) {
        if let Some(Err(fault)) = shown.get_mut(&check.rule) {
            hide(fault);
        }
    }
    (found, shown)
}

/// What may be shown of the datasets that could be opened.
fn masks(request: &Request<'_>, engine: &Engines) -> Masks {
    let mut masks = Masks::of_suite(request.suite, &request.policy);
    for dataset in request.suite.datasets.iter().filter(|dataset| dataset.from.is_none()) {
        let name = &dataset.data.name;
        if let Ok(schema) = engine.schema(name) {
            let columns = schema.columns.iter().chain(&schema.nested);
            masks.know(name, columns.map(|column| column.name.clone()).collect());
        }
    }
    masks
}

/// What is masked is not kept for later runs either.
fn hide(request: &Request<'_>, masks: &Masks) {
    let Some(states) = &request.states else { return };
    let masks = masks.clone();
    states.hide(Box::new(move |dataset, column, value| match value {
        None => masks.of(dataset, column).is_some(),
        Some(value) => masks.by_value(dataset, column, value),
    }));
}

/// Why the "now" of the run is not known, as it may be told.
fn hidden(masks: &Masks, fault: Fault) -> Fault {
    let datasets = masks.datasets();
    masks.fault(&datasets, None, fault)
}

/// The signal that stopped a run, if one did.
#[must_use]
pub fn aborted_by(stop: Stop) -> Option<Aborted> {
    let exit = match stop {
        Stop::Timeout => return None,
        Stop::Interrupt => Exit::Interrupted,
        Stop::Terminate => Exit::Terminated,
    };
    Some(Aborted { signal: stop.signal()?, exit })
}

/// The dataset whose `if_missing` says what a fault comes to: the other one, where a rule refers to one that is not there.
fn wanting<'s>(suite: &'s Suite, rule: &Rule, found: &Found) -> Option<&'s SuiteDataset> {
    match found {
        Found::Unfit(Unfit::Fault(Fault { caused_by: Some(name), .. })) if name != suite.root(&rule.dataset) => {
            suite.dataset(name)
        }
        _ => suite.dataset(&rule.dataset),
    }
}

/// Whether a rule that somebody wrote says what a built-in one would say, of all rows and of none.
fn takes_place(written: &Rule, builtin: &Rule) -> bool {
    builtin.builtin != Some(Builtin::ColumnExists)
        && written.expectation == builtin.expectation
        && written.dataset == builtin.dataset
        && written.skip.is_none()
        && written.group_by.is_empty()
        && matches!(written.on_empty, OnEmpty::Natural | OnEmpty::Fail)
}

/// The rules asked for; built-in ones go with their dataset. While datasets are `opening`, a rule of a pattern may become
/// one that is asked for.
fn selected(request: &Request<'_>, suite: &Suite, opening: bool) -> Vec<usize> {
    let rules = &suite.rules;
    let asks = |rule: &Rule| (request.selected)(rule) || (opening && rule.selected.is_some());
    let asked: Vec<bool> = rules.iter().map(|rule| rule.builtin.is_none() && asks(rule)).collect();
    let partial = request.selection.is_some();
    let written = || rules.iter().zip(&asked).filter(|(_, asked)| **asked).map(|(rule, _)| rule);
    (0..rules.len())
        .filter(|index| {
            let rule = &rules[*index];
            asked[*index]
                || (rule.builtin.is_some()
                    && !written().any(|other| takes_place(other, rule))
                    && (!partial
                        || rules.iter().zip(&asked).any(|(other, asked)| {
                            *asked
                                && (other.dataset == rule.dataset || request.suite.root(&other.dataset) == rule.dataset)
                        })))
        })
        .collect()
}

fn checks(suite: &Suite, rules: &[usize]) -> Vec<Check> {
    suite.checks().into_iter().filter(|check| rules.contains(&check.rule)).collect()
}

/// The names of the columns of a dataset, if it could be opened.
fn columns_of(engine: &Engines, dataset: &str) -> Option<Vec<String>> {
    let schema = engine.schema(dataset).ok()?;
    Some(schema.columns.iter().map(|column| column.name.clone()).collect())
}

/// The datasets that checks look at, in suite order.
fn opened<'s>(suite: &'s Suite, checks: &[Check]) -> Vec<&'s crate::dataset::Dataset> {
    let looked_at = |name: &str| {
        checks.iter().any(|check| check.metric.dataset() == name || check.metric.further().contains(&name))
    };
    suite.datasets.iter().map(|dataset| &dataset.data).filter(|data| looked_at(&data.name)).collect()
}

/// The columns that checks look at, by dataset.
fn needed(suite: &Suite, checks: &[Check]) -> HashMap<String, Vec<Selector>> {
    let mut needed: HashMap<String, Vec<Selector>> = HashMap::new();
    for check in checks {
        // A field inside a structure is looked for only where somebody asks for it.
        if let Metric::Columns(expected) = &check.metric {
            let own = needed.entry(expected.dataset.clone()).or_default();
            own.extend(expected.names.iter().filter(|name| name.contains('.')).cloned().map(Selector::Name));
        }
        if let Some(selected) = suite.rules.get(check.rule).and_then(|rule| rule.selected.as_ref()) {
            needed.entry(check.metric.dataset().to_owned()).or_default().push(selected.selector.clone());
        }
        for measure in check.measures() {
            let own = needed.entry(check.metric.dataset().to_owned()).or_default();
            measure.columns(&mut |column| own.push(Selector::Name(column.to_owned())));
            if let Metric::Orphans { parent, .. } = &check.metric {
                let other = needed.entry(parent.dataset.clone()).or_default();
                other.extend(parent.keys.iter().cloned().map(Selector::Name));
                parent.scope.columns(&mut |column| other.push(Selector::Name(column.to_owned())));
            }
        }
        for (dataset, measure) in check.metric.elsewhere() {
            let other = needed.entry(dataset).or_default();
            measure.columns(&mut |column| other.push(Selector::Name(column.to_owned())));
        }
        match &check.metric {
            Metric::Duplicates { evaluated, .. } => {
                needed.entry(evaluated.dataset.clone()).or_default().push(Selector::All);
            }
            Metric::Pairs { evaluated, pairs } => {
                let other = needed.entry(pairs.other.dataset.clone()).or_default();
                other.extend(pairs.all().cloned().map(Selector::Name));
                pairs.other.scope.columns(&mut |column| other.push(Selector::Name(column.to_owned())));
                if pairs.columns.is_empty() {
                    other.push(Selector::All);
                    needed.entry(evaluated.dataset.clone()).or_default().push(Selector::All);
                }
            }
            Metric::Schema(expected) => {
                let own = needed.entry(expected.columns.dataset.clone()).or_default();
                own.extend(expected.columns.names.iter().cloned().map(Selector::Name));
            }
            Metric::Query { query, .. } | Metric::Scalar { query, .. } => {
                for table in &query.tables {
                    let other = needed.entry(table.dataset.clone()).or_default();
                    match &table.columns {
                        Some(columns) => other.extend(columns.iter().cloned().map(Selector::Name)),
                        None => other.push(Selector::All),
                    }
                    table.scope.columns(&mut |column| other.push(Selector::Name(column.to_owned())));
                }
            }
            _ => {}
        }
    }
    needed
}

/// What is known of the files that checks ask about, by dataset.
fn files(suite: &Suite, checks: &[Check], engine: &Engines) -> HashMap<String, Result<Vec<FileFacts>, Fault>> {
    let mut files = HashMap::new();
    let asked = checks.iter().filter_map(|check| match &check.metric {
        Metric::File(expected) => Some((&expected.dataset, expected.sha256.is_some())),
        Metric::FileAge { dataset, .. } => Some((dataset, false)),
        _ => None,
    });
    for (name, _) in asked.clone() {
        let digest = asked.clone().any(|(other, digest)| other == name && digest);
        if let Some(dataset) = suite.dataset(name)
            && !files.contains_key(name)
        {
            files.insert(name.clone(), engine.facts_of_files(&dataset.data, digest));
        }
    }
    files
}

fn bind_all(suite: &Suite, checks: &[Check], engine: &Engines, as_of: &Result<i64, Fault>) -> Bound {
    let as_of = as_of.clone();
    let absent = |dataset: &str, column: &str| {
        // The dataset that is read, and those that take its rows.
        let family = || suite.datasets.iter().filter(|other| other.root() == dataset);
        if family().any(|found| found.optional.iter().any(|optional| optional == column)) {
            return Absent::Optional;
        }
        if family().all(|found| found.data.column(column).is_none()) {
            return Absent::Undeclared;
        }
        let fails = |rule: &&crate::suite::Rule| {
            suite.root(&rule.dataset) == dataset
                && (rule.builtin == Some(Builtin::ColumnExists) || rule.expectation == "column_exists")
                && rule.columns.iter().any(|name| name == column)
        };
        suite.rules.iter().find(fails).map_or(Absent::Undeclared, |rule| Absent::Declared(rule.id.clone()))
    };
    let schema = |name: &str| engine.schema(name);
    let mut bound =
        bind::bind(checks, &bind::Datasets { schema: &schema, absent: &absent, as_of, zone: suite.timezone });
    for check in checks {
        if let Some(Unfit::Fault(fault)) = bound.unfit.get_mut(&check.rule)
            && fault.code == "column_missing"
        {
            hint_at_quotes(&suite.rules[check.rule], fault);
        }
    }
    for (rule, check) in checks.iter().map(|check| (&suite.rules[check.rule], check)) {
        if let (Some(selected), Ok(schema)) = (&rule.selected, engine.schema(suite.root(&rule.dataset))) {
            bound.refuse(check.rule, bind::no_column_fits(&rule.dataset, &selected.selector, schema));
        }
    }
    bound
}

/// A name in double quotes that no column has was probably meant as text.
fn hint_at_quotes(rule: &crate::suite::Rule, fault: &mut Fault) {
    let sql = rule.params.get("sql").and_then(serde_json::Value::as_str);
    for text in sql.into_iter().chain(rule.where_text.as_deref()) {
        for (name, _) in condition::double_quoted(text) {
            if fault.message.contains(&format!("no column `{name}`")) {
                fault.message += &format!("; text goes in single quotes: `'{name}'`");
                return;
            }
        }
    }
}

/// Measures about datasets as wholes, that no rule asks for.
struct Totals {
    in_scope: IndexMap<String, Measure>,
    unparsed: IndexMap<String, Measure>,
}

impl Totals {
    fn measures(&self, suite: &Suite) -> Vec<(String, Measure)> {
        let both = self.in_scope.iter().chain(&self.unparsed);
        both.map(|(name, measure)| (suite.root(name).to_owned(), measure.clone())).collect()
    }
}

fn totals(suite: &Suite, engine: &Engines, as_of: Option<i64>, partial: bool) -> Totals {
    let mut totals = Totals { in_scope: IndexMap::new(), unparsed: IndexMap::new() };
    for dataset in &suite.datasets {
        let name = &dataset.data.name;
        let Ok(schema) = engine.schema(dataset.root()) else { continue };
        let there = |column: &str| schema.column(column).is_some_and(SchemaColumn::is_stored);
        let reading = |column: &str| {
            let column = schema.column(column).filter(|column| column.is_there())?;
            Some(column.reading.clone().unwrap_or_else(|| crate::ir::Reading::plain(Type::String)))
        };
        let scope = crate::ir::bind::Scope { column: &reading, as_of, zone: suite.timezone };
        let rows = Predicate::all([Predicate::Malformed.negate(), dataset.condition.clone()]);
        if let Ok(rows) = crate::ir::bind::predicate(&rows, &scope) {
            totals.in_scope.insert(name.clone(), Measure::Rows(rows));
        }
        let declared = dataset.data.columns.iter().filter(|column| column.reading.is_some() && there(&column.name));
        let bad = Predicate::any(declared.map(|column| Predicate::Unparsed(column.name.clone())));
        // A part of the rules does not pay for reading every column, and what reads is the matter of the dataset read.
        if !partial && dataset.from.is_none() {
            totals.unparsed.insert(name.clone(), Measure::Rows(bad));
        }
    }
    totals
}

type Answers = IndexMap<String, Result<Answer, Fault>>;

fn judge_all(
    request: &Request<'_>,
    as_of: &Result<i64, Fault>,
    bound: &Bound,
    answers: &Answers,
    engine: &Engines,
) -> HashMap<usize, Found> {
    let mut found: HashMap<usize, Found> =
        bound.unfit.iter().map(|(rule, unfit)| (*rule, Found::Unfit(unfit.clone()))).collect();
    let files = files(request.suite, &bound.checks, engine);
    let known = judge::Known {
        number: &|dataset, measure| number(answers, dataset, measure),
        schema: &|name| engine.schema(name).cloned(),
        files: &|name| files.get(name).cloned().unwrap_or_else(|| Ok(Vec::new())),
        as_of: as_of.clone(),
        zone: request.suite.timezone,
    };
    for check in &bound.checks {
        let judged = match judge::judge(check, &known) {
            Ok(judgement) => Found::Judged(Box::new(judgement), decided_by(answers, check)),
            Err(fault) => Found::Unfit(Unfit::Fault(fault)),
        };
        found.insert(check.rule, judged);
    }
    found
}

/// The deepest step that any number of a check needed.
fn decided_by(answers: &Answers, check: &Check) -> DecidedBy {
    let answer = answers.get(check.metric.dataset()).and_then(|answer| answer.as_ref().ok());
    let steps = check.measures().into_iter().filter_map(|measure| answer?.decided_by.get(&measure).copied());
    steps.max().unwrap_or(DecidedBy::Facts)
}

fn number(answers: &Answers, dataset: &str, measure: &Measure) -> Result<Number, Fault> {
    let missing = || Fault {
        code: "internal".to_owned(),
        message: format!("a bug in tamiz: nobody measured {measure}"),
        caused_by: None,
    };
    match answers.get(dataset) {
        Some(Ok(answer)) => answer.numbers.get(measure).cloned().unwrap_or_else(|| Err(missing())),
        Some(Err(fault)) => Err(fault.clone()),
        None => Err(missing()),
    }
}

/// Leaves out built-in rules in error where another rule of their dataset tells of the error already.
fn drop_echoes(suite: &Suite, outcomes: &mut Vec<(usize, Outcome)>) {
    let mut told: Vec<String> = outcomes
        .iter()
        .filter(|(index, outcome)| suite.rules[*index].builtin.is_none() && outcome.status == Status::Error)
        .map(|(_, outcome)| suite.root(&outcome.dataset).to_owned())
        .collect();
    // A rule about files has told whether there are any; not whether they can be read.
    let mut missing: Vec<String> = Vec::new();
    for (index, outcome) in outcomes.iter() {
        if matches!(&suite.rules[*index].metric, Metric::File(expected) if expected.exists.is_some())
            && matches!(outcome.status, Status::Passed | Status::Failed)
        {
            missing.push(suite.root(&outcome.dataset).to_owned());
        }
    }
    outcomes.retain(|(index, outcome)| {
        if suite.rules[*index].builtin.is_none() || outcome.status != Status::Error {
            return true;
        }
        let root = suite.root(&outcome.dataset).to_owned();
        let absent = outcome.error.as_ref().is_some_and(|fault| fault.code == "source_missing");
        let echo = told.contains(&root) || (absent && missing.contains(&root));
        told.push(root);
        !echo
    });
}

/// Asks for rows where rules failed by their rows; those that are tolerated are shown too.
fn show_failures(
    (request, suite): (&Request<'_>, &Suite),
    bound: &Bound,
    engine: &Engines,
    found: &HashMap<usize, Found>,
    held: &Held,
) -> HashMap<usize, Result<Evidence, Fault>> {
    let mut rules = Vec::new();
    let mut asks = Vec::new();
    for check in &bound.checks {
        let Some(Found::Judged(judgement, _)) = found.get(&check.rule) else { continue };
        // What is counted of gaps are periods; no row shows one.
        let rows = !matches!(check.metric, Metric::Gaps { .. }) && judgement.emptied != OnEmpty::Skip;
        if !rows || judgement.violations.is_none_or(|violations| violations == 0) {
            continue;
        }
        let rule = &suite.rules[check.rule];
        let Some((_, limit)) = request.samples.of(rule) else { continue };
        let mut columns = match &check.metric {
            Metric::Pairs { pairs, .. } => pairs.all().cloned().collect(),
            _ => rule.columns.clone(),
        };
        if columns.is_empty() {
            check.metric.number().columns(&mut |column| {
                if !is_document(column) && !columns.iter().any(|known| known == column) {
                    columns.push(column.to_owned());
                }
            });
        }
        rules.push((check.rule, limit));
        asks.push(Ask {
            dataset: request.suite.root(&rule.dataset).to_owned(),
            measure: check.number(),
            columns,
            unparsed_only: rule.expectation == "readable_rows",
            key: suite.dataset(&rule.dataset).map(|dataset| dataset.data.key.clone()).unwrap_or_default(),
            limit: held.limit(check.rule, limit),
        });
    }
    let first = |((rule, limit), evidence): ((usize, usize), Result<Evidence, Fault>)| {
        (rule, evidence.map(|evidence| held.new_first(rule, limit, evidence)))
    };
    rules.into_iter().zip(engine.evidence(&asks)).map(first).collect()
}

/// Names a missing column's own rule as the cause only where that rule is in the report.
fn name_causes(outcomes: &mut [Outcome]) {
    let ids: Vec<String> = outcomes.iter().map(|outcome| outcome.id.clone()).collect();
    for outcome in outcomes {
        if let Some(fault) = &mut outcome.error
            && let Some(cause) = &fault.caused_by
            && fault.code == "column_missing"
            && !ids.contains(cause)
        {
            fault.caused_by = None;
        }
    }
}

fn record_of(
    (request, suite): (&Request<'_>, &Suite),
    world: World<'_>,
    (started, as_of, absent): (i64, &Result<i64, Fault>, bool),
    results: Vec<Outcome>,
    answers: &Answers,
    totals: &Totals,
    (engine, masks): (&Engines, &Masks),
) -> Report {
    let count = |dataset: &str, measure: Option<&Measure>| {
        measure.and_then(|measure| match number(answers, suite.root(dataset), measure) {
            Ok(Number::Count(count)) => Some(count),
            _ => None,
        })
    };
    let datasets: Vec<outcome::Dataset> = suite
        .datasets
        .iter()
        .filter(|dataset| {
            answers.contains_key(dataset.root()) || results.iter().any(|result| result.dataset == dataset.data.name)
        })
        .map(|dataset| {
            let name = &dataset.data.name;
            let schema: Option<&Schema> = engine.schema(dataset.root()).ok();
            let answer = answers.get(dataset.root()).and_then(|answer| answer.as_ref().ok());
            let in_scope = count(name, totals.in_scope.get(name));
            let unparsed = count(name, totals.unparsed.get(name));
            let mut told = record::dataset(dataset, schema, answer, in_scope, unparsed, &results);
            masks.dataset(&mut told);
            told
        })
        .collect();
    let counts = record::counts(&results, &datasets);
    let aborted = request.progress.stopped().and_then(aborted_by);
    let verdict = record::verdict(&counts, &results, request.gate, absent, aborted);
    let finished = (world.clock)();
    let run = Run {
        started_at: crate::ir::time::format_timestamp(started),
        finished_at: crate::ir::time::format_timestamp(finished),
        duration_ms: u64::try_from((finished - started) / 1000).unwrap_or(0),
        as_of: match as_of {
            Ok(as_of) => crate::ir::time::format_timestamp(*as_of),
            Err(fault) => format!("unknown: {}", fault.message),
        },
        selection: request.selection.clone(),
        ..world.run
    };
    Report { report: outcome::VERSION, run, verdict, counts, datasets, results, breaker: None }
}
