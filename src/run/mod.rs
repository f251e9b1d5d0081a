//! The straight line: a suite to the record of a run, one step a call.
//!
//! The first file to read. Every way of running a suite comes through here. It prints nothing, and takes clock, machine and
//! command line as values.

mod newest;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::answer::{Answer, Number, Schema};
use crate::bind::{self, Absent, Bound, Unfit};
use crate::engine::Progress;
use crate::engine::local::{Ask, Local};
use crate::ir::{Check, Measure, Metric, Predicate, Type};
use crate::judge;
use crate::outcome::{self, Fault, Outcome, Report, Run, Selection, Status};
use crate::plan;
use crate::record::{self, Found, Gate};
use crate::suite::{Builtin, Suite, condition};

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
    /// Told how far the reading has come.
    pub progress: Arc<Progress>,
}

/// How many violating rows of a rule to keep.
#[derive(Clone, Copy, Debug)]
pub enum Samples {
    /// None, and no violating value either, whatever the suite says.
    None,
    /// So many, where the suite does not say.
    Default(usize),
}

/// What the world around a run is like.
pub struct World<'a> {
    /// Tells the time, in microseconds since 1970 UTC.
    pub clock: &'a dyn Fn() -> i64,
    /// Everything of the record that does not depend on data.
    pub run: Run,
}

/// Runs a suite.
#[must_use]
pub fn run(request: &Request<'_>, world: World<'_>) -> Report {
    let started = (world.clock)();
    let suite = request.suite;
    let rules: Vec<usize> = selected(request);
    let checks: Vec<Check> = suite.checks().into_iter().filter(|check| rules.contains(&check.rule)).collect();

    let looked_at: Vec<Check> = checks.iter().cloned().chain(newest::check(suite)).collect();

    let mut engine = Local::open(&opened(suite, &looked_at), &needed(&looked_at), suite.timezone, &request.progress);
    let as_of = newest::as_of(suite, &mut engine); //                      the one "now", from the data if the suite says so
    let bound = bind_all(suite, &checks, &engine, &as_of); //              names and types -> columns
    let totals = totals(suite, &engine, as_of.as_ref().ok().copied(), request.selection.is_some());
    let plan = plan::fuse(&bound.checks, &totals.measures()); //           checks -> as few visits as possible
    let answers = engine.measure(&plan); //                                visits -> numbers
    let found = judge_all(&bound, &answers, &engine); //                   numbers -> judgements
    let mut outcomes: Vec<(usize, Outcome)> = rules
        .iter()
        .filter_map(|index| {
            let rule = &suite.rules[*index];
            let answer = answers.get(&rule.dataset).and_then(|answer| answer.as_ref().ok());
            let nothing = Found::Unfit(Unfit::Skip("not evaluated".to_owned()));
            let found = found.get(index).unwrap_or(&nothing);
            let rule = as_of.as_ref().map_or(Cow::Borrowed(rule), |as_of| rule.at(*as_of, suite.timezone));
            let outcome = record::outcome(&rule, found, suite.dataset(&rule.dataset), answer, request.gate)?;
            Some((*index, outcome))
        })
        .collect();
    drop_echoes(suite, &mut outcomes);
    show_failures(request, &bound, &engine, &mut outcomes); //             failures -> rows
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    name_causes(&mut outcomes);
    record_of(request, world, (started, &as_of), outcomes, &answers, &totals, &engine)
}

/// The rules asked for; built-in ones go with their dataset.
fn selected(request: &Request<'_>) -> Vec<usize> {
    let rules = &request.suite.rules;
    let asked: Vec<bool> = rules.iter().map(|rule| rule.builtin.is_none() && (request.selected)(rule)).collect();
    let partial = request.selection.is_some();
    (0..rules.len())
        .filter(|index| {
            let rule = &rules[*index];
            asked[*index]
                || (rule.builtin.is_some()
                    && (!partial
                        || rules.iter().zip(&asked).any(|(other, asked)| *asked && other.dataset == rule.dataset)))
        })
        .collect()
}

/// The datasets that checks look at, in suite order.
fn opened<'s>(suite: &'s Suite, checks: &[Check]) -> Vec<&'s crate::dataset::Dataset> {
    let looked_at = |name: &str| {
        checks.iter().any(|check| {
            check.metric.dataset() == name
                || matches!(&check.metric, Metric::Orphans { parent, .. } if parent.dataset == name)
        })
    };
    suite.datasets.iter().map(|dataset| &dataset.data).filter(|data| looked_at(&data.name)).collect()
}

/// The columns that checks look at, by dataset.
fn needed(checks: &[Check]) -> HashMap<String, Vec<String>> {
    let mut needed: HashMap<String, Vec<String>> = HashMap::new();
    for check in checks {
        for measure in check.measures() {
            let own = needed.entry(check.metric.dataset().to_owned()).or_default();
            measure.columns(&mut |column| own.push(column.to_owned()));
            if let Metric::Orphans { parent, .. } = &check.metric {
                let other = needed.entry(parent.dataset.clone()).or_default();
                other.extend(parent.keys.iter().cloned());
                parent.scope.columns(&mut |column| other.push(column.to_owned()));
            }
        }
    }
    needed
}

fn bind_all(suite: &Suite, checks: &[Check], engine: &Local, as_of: &Result<i64, Fault>) -> Bound {
    let as_of = as_of.clone();
    let absent = |dataset: &str, column: &str| {
        let Some(found) = suite.dataset(dataset) else { return Absent::Undeclared };
        if found.optional.iter().any(|optional| optional == column) {
            return Absent::Optional;
        }
        if found.data.column(column).is_none() {
            return Absent::Undeclared;
        }
        let fails = |rule: &&crate::suite::Rule| {
            rule.dataset == dataset
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
    fn measures(&self) -> Vec<(String, Measure)> {
        let both = self.in_scope.iter().chain(&self.unparsed);
        both.map(|(name, measure)| (name.clone(), measure.clone())).collect()
    }
}

fn totals(suite: &Suite, engine: &Local, as_of: Option<i64>, partial: bool) -> Totals {
    let mut totals = Totals { in_scope: IndexMap::new(), unparsed: IndexMap::new() };
    for dataset in &suite.datasets {
        let name = &dataset.data.name;
        let Ok(schema) = engine.schema(name) else { continue };
        let there = |column: &str| schema.column(column).is_some_and(|column| column.missing_in.is_none());
        let reading = |column: &str| {
            let column = schema.column(column).filter(|column| column.missing_in.is_none())?;
            Some(column.reading.clone().unwrap_or_else(|| crate::ir::Reading::plain(Type::String)))
        };
        let scope = crate::ir::bind::Scope { column: &reading, as_of, zone: suite.timezone };
        let rows = Predicate::all([Predicate::Malformed.negate(), dataset.condition.clone()]);
        if let Ok(rows) = crate::ir::bind::predicate(&rows, &scope) {
            totals.in_scope.insert(name.clone(), Measure::Rows(rows));
        }
        let declared = dataset.data.columns.iter().filter(|column| column.reading.is_some() && there(&column.name));
        let bad = Predicate::any(declared.map(|column| Predicate::Unparsed(column.name.clone())));
        // A part of the rules does not pay for reading every column.
        if !partial {
            totals.unparsed.insert(name.clone(), Measure::Rows(bad));
        }
    }
    totals
}

type Answers = IndexMap<String, Result<Answer, Fault>>;

fn judge_all(bound: &Bound, answers: &Answers, engine: &Local) -> HashMap<usize, Found> {
    let mut found: HashMap<usize, Found> =
        bound.unfit.iter().map(|(rule, unfit)| (*rule, Found::Unfit(unfit.clone()))).collect();
    let schema = |name: &str| engine.schema(name).cloned();
    for check in &bound.checks {
        let dataset = check.metric.dataset();
        let number = |measure: &Measure| number(answers, dataset, measure);
        let judged = match judge::judge(check, &number, &schema) {
            Ok(judgement) => Found::Judged(Box::new(judgement)),
            Err(fault) => Found::Unfit(Unfit::Fault(fault)),
        };
        found.insert(check.rule, judged);
    }
    found
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
        .map(|(_, outcome)| outcome.dataset.clone())
        .collect();
    outcomes.retain(|(index, outcome)| {
        if suite.rules[*index].builtin.is_none() || outcome.status != Status::Error {
            return true;
        }
        let echo = told.contains(&outcome.dataset);
        told.push(outcome.dataset.clone());
        !echo
    });
}

/// Asks for rows where rules failed by their rows.
fn show_failures(request: &Request<'_>, bound: &Bound, engine: &Local, outcomes: &mut [(usize, Outcome)]) {
    let Samples::Default(samples) = request.samples else { return };
    let mut places = Vec::new();
    let mut asks = Vec::new();
    for (place, (index, outcome)) in outcomes.iter().enumerate() {
        let Some(check) = bound.checks.iter().find(|check| check.rule == *index) else { continue };
        // What is counted of gaps are periods; no row shows one.
        let rows = !matches!(check.metric, Metric::Gaps { .. });
        if outcome.status != Status::Failed || !rows || outcome.violations.is_none_or(|violations| violations == 0) {
            continue;
        }
        let rule = &request.suite.rules[*index];
        let mut columns = rule.columns.clone();
        if columns.is_empty() {
            check.metric.number().columns(&mut |column| {
                if !columns.iter().any(|known| known == column) {
                    columns.push(column.to_owned());
                }
            });
        }
        places.push(place);
        asks.push(Ask {
            dataset: rule.dataset.clone(),
            measure: check.number(),
            columns,
            unparsed_only: rule.expectation == "readable_rows",
            key: request.suite.dataset(&rule.dataset).map(|dataset| dataset.data.key.clone()).unwrap_or_default(),
            limit: rule.samples.unwrap_or(samples),
        });
    }
    for (place, evidence) in places.into_iter().zip(engine.evidence(&asks)) {
        // The verdict stands without rows to show; what kept them away is said in the details.
        match evidence {
            Ok(evidence) => record::show(&mut outcomes[place].1, evidence),
            Err(fault) => outcomes[place].1.details = Some(serde_json::json!({ "samples": fault.message })),
        }
    }
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
    request: &Request<'_>,
    world: World<'_>,
    (started, as_of): (i64, &Result<i64, Fault>),
    results: Vec<Outcome>,
    answers: &Answers,
    totals: &Totals,
    engine: &Local,
) -> Report {
    let suite = request.suite;
    let count = |dataset: &str, measure: Option<&Measure>| {
        measure.and_then(|measure| match number(answers, dataset, measure) {
            Ok(Number::Count(count)) => Some(count),
            _ => None,
        })
    };
    let datasets: Vec<outcome::Dataset> = suite
        .datasets
        .iter()
        .filter(|dataset| {
            answers.contains_key(&dataset.data.name) || results.iter().any(|result| result.dataset == dataset.data.name)
        })
        .map(|dataset| {
            let name = &dataset.data.name;
            let schema: Option<&Schema> = engine.schema(name).ok();
            let answer = answers.get(name).and_then(|answer| answer.as_ref().ok());
            let in_scope = count(name, totals.in_scope.get(name));
            let unparsed = count(name, totals.unparsed.get(name));
            record::dataset(dataset, schema, answer, in_scope, unparsed, &results)
        })
        .collect();
    let counts = record::counts(&results, &datasets);
    let verdict = record::verdict(&counts, &results, request.gate);
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
    Report { report: outcome::VERSION, run, verdict, counts, datasets, results }
}
