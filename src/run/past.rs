//! Limits that hang on earlier runs, settled: which runs count, what they found, and what that allows.
//!
//! A run counts for a number if its `as_of` lies before that of this run; of several with the same the newest does. It must not
//! have been stopped, and must hold a number of a rule of the same id that measures the same. For an anomaly it does not
//! count if the rule failed in it, unless it was muted.

use std::collections::{BTreeMap, HashMap};

use bigdecimal::BigDecimal;
use serde_json::Value as Json;

use crate::bind::{Bound, Unfit};
use crate::diff;
use crate::engine::Engines;
use crate::error::Error;
use crate::history::{PastRun, RuleLine, RunLine};
use crate::ir::value::read_decimal;
use crate::ir::{Check, ColumnsExpected, Limit, Metric, SchemaExpected, Trend, Type};
use crate::judge::trend::{self, Past};
use crate::outcome::{Column, Fault, RunStatus, Status};
use crate::record::Found;
use crate::run::Request;
use crate::suite::{Rule, Suite};

/// What is known of earlier runs of a suite.
#[derive(Clone, Copy)]
pub struct Earlier<'a> {
    /// Gives the newest runs with their rules, so many at most, oldest first.
    pub runs: &'a dyn Fn(usize) -> Result<Vec<PastRun>, Error>,
    /// Gives the columns of a dataset in the newest run that could read it and is one of some.
    #[expect(clippy::type_complexity, reason = "a question about runs holds a question about one")]
    pub columns: &'a dyn Fn(&str, &dyn Fn(&RunLine) -> bool) -> Result<Option<(RunLine, Vec<Column>)>, Error>,
}

/// Settles the limits that hang on earlier runs, and says what these gave, by the place of the rule in the suite.
pub(super) fn settle(
    (request, suite): (&Request<'_>, &Suite),
    bound: &mut Bound,
    as_of: &Result<i64, Fault>,
    engine: &Engines,
) -> BTreeMap<usize, Past> {
    let reach = bound.checks.iter().filter_map(trend_of).map(Trend::reach).max();
    let Some(reach) = reach else { return BTreeMap::new() };
    // Some of the runs may not count.
    let runs = match request.earlier {
        Some(earlier) if reach > 0 => (earlier.runs)(reach.saturating_mul(2).saturating_add(20)),
        _ => Ok(Vec::new()),
    };
    let runs = runs.map_err(|error| unreadable(&error));
    let (mut settled, mut unfit) = (BTreeMap::new(), Vec::new());
    for check in &mut bound.checks {
        let Some(trend) = trend_of(check).cloned() else { continue };
        let past = match (request.earlier, as_of, &runs) {
            (None, ..) => Ok(without(check)),
            (_, Err(fault), _) | (_, _, Err(fault)) => Err(fault.clone()),
            (Some(earlier), Ok(as_of), Ok(runs)) => match &trend {
                Trend::Columns { of } => columns(check, of.as_deref(), earlier, *as_of, engine),
                Trend::Change(_) | Trend::Anomaly(_) => {
                    let past = numbers(&suite.rules[check.rule], &trend, runs, *as_of);
                    let (limits, past) = trend::settle(&check.limits, &past);
                    check.limits = limits;
                    Ok(past.unwrap_or(Past::Unknown))
                }
            },
        };
        match past {
            Ok(past) => drop(settled.insert(check.rule, past)),
            Err(fault) => unfit.push((check.rule, fault)),
        }
    }
    for (rule, fault) in unfit {
        bound.refuse(rule, fault);
    }
    settled
}

/// Puts what earlier runs gave into what was found; what is no number cannot have changed.
pub(super) fn tell(found: &mut HashMap<usize, Found>, settled: BTreeMap<usize, Past>) {
    for (rule, past) in settled {
        let Some(Found::Judged(judgement, _)) = found.get_mut(&rule) else { continue };
        if let Some(value) = judgement.observed.as_ref().filter(|value| !value.is_null() && value.exact().is_none()) {
            let message = format!("`{value}` is no number, and only numbers are held against earlier ones");
            let fault = Fault { code: "type_mismatch".to_owned(), message, caused_by: None };
            found.insert(rule, Found::Unfit(Unfit::Fault(fault)));
            continue;
        }
        judgement.past = Some(Box::new(past));
    }
}

/// How the limits of a check hang on earlier runs, if they do.
fn trend_of(check: &Check) -> Option<&Trend> {
    check.limits.iter().find_map(|(_, limit)| if let Limit::Past(trend) = limit { Some(trend.as_ref()) } else { None })
}

/// What is said of a check where no earlier run is known; its limits are those of nothing.
fn without(check: &mut Check) -> Past {
    if !matches!(trend_of(check), Some(Trend::Columns { .. })) {
        check.limits = trend::settle(&check.limits, &[]).0;
    }
    Past::Unknown
}

/// The numbers that a rule found in earlier runs, oldest first.
fn numbers(rule: &Rule, trend: &Trend, runs: &[PastRun], as_of: i64) -> Vec<BigDecimal> {
    let Some(of) = rule.params.get("of") else { return Vec::new() };
    let measure = diff::measure(&rule.dataset, &rule.columns, of, rule.where_text.as_deref());
    let mut lines: BTreeMap<i64, &RuleLine> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.run.status != RunStatus::Aborted) {
        let (Some(then), Some(line)) = (moment(&run.run), run.rule(&rule.id)) else { continue };
        if then < as_of && line.measure.as_ref() == Some(&measure) {
            lines.insert(then, line);
        }
    }
    let counts = |line: &&RuleLine| match (line.status, trend) {
        (Status::Error, _) => false,
        (Status::Failed, Trend::Anomaly(_)) => line.muted,
        _ => true,
    };
    lines.into_values().filter(counts).filter_map(|line| number(line.observed.as_ref()?)).collect()
}

/// The "now" of an earlier run, in microseconds since 1970 UTC.
fn moment(run: &RunLine) -> Option<i64> {
    let as_of = chrono::DateTime::parse_from_rfc3339(run.as_of.as_deref()?).ok()?;
    Some(as_of.timestamp_micros())
}

/// A number as history keeps it.
fn number(observed: &Json) -> Option<BigDecimal> {
    match observed {
        // Shown without an exponent it reads exactly.
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Some(whole.into()),
            None => read_decimal(&number.as_f64()?.to_string()),
        },
        Json::String(text) => read_decimal(text),
        _ => None,
    }
}

/// Expects of a dataset the columns that an earlier run found.
fn columns(
    check: &mut Check,
    of: Option<&str>,
    earlier: Earlier<'_>,
    as_of: i64,
    engine: &Engines,
) -> Result<Past, Fault> {
    let dataset = check.metric.dataset().to_owned();
    let is_one = |run: &RunLine| match of {
        Some(named) => run.id.ends_with(named) || run.folder == named,
        None => run.status != RunStatus::Aborted && moment(run).is_some_and(|then| then < as_of),
    };
    let found = (earlier.columns)(&dataset, &is_one).map_err(|error| unreadable(&error))?;
    let (run, before) = match (found, of) {
        (Some(found), _) => found,
        (None, None) => return Ok(Past::TooFew { needed: 1, found: 0 }),
        (None, Some(named)) => {
            let message = format!("there is no run `{named}` that read `{dataset}`; `tamiz history` lists runs");
            return Err(Fault { code: "run_missing".to_owned(), message, caused_by: None });
        }
    };
    let Metric::Schema(SchemaExpected { columns: ColumnsExpected { ordered, .. }, .. }) = check.metric else {
        return Err(Fault {
            code: "internal".to_owned(),
            message: "a bug in tamiz: columns are no schema".to_owned(),
            caused_by: None,
        });
    };
    let now = engine.schema(&dataset)?;
    let before: Vec<&Column> = before.iter().filter(|column| !column.computed).collect();
    // A type that the file does not store is that of its values, or of the suite.
    let kind = |column: &&Column| {
        let own = now.column(&column.name).filter(|own| own.stored.is_some() && !column.inferred)?;
        let then = Type::ALL.into_iter().find(|kind| Some(kind.name()) == column.kind.as_deref())?;
        (own.reading.as_ref().map(|reading| reading.kind) != Some(then)).then_some(then)
    };
    check.metric = Metric::Schema(SchemaExpected {
        types: before.iter().map(kind).collect(),
        columns: ColumnsExpected {
            names: before.iter().map(|column| column.name.clone()).collect(),
            dataset,
            exact: true,
            ordered,
            position: None,
        },
        keys: None,
    });
    for (_, limit) in &mut check.limits {
        *limit = Limit::Count(0);
    }
    Ok(Past::Columns(run.id))
}

fn unreadable(error: &Error) -> Fault {
    Fault { code: "history_unreadable".to_owned(), message: format!("earlier runs: {error}"), caused_by: None }
}
