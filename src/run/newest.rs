//! The "now" of a run that its suite takes from the data, read before all else.

use crate::answer::Number;
use crate::bind::{self, Absent, Unfit};
use crate::engine::Engines;
use crate::ir::{Check, Evaluated, Fold, Measure, Metric, OnEmpty, Predicate, Scalar, Value};
use crate::outcome::Fault;
use crate::plan;
use crate::suite::{AsOf, Suite};

/// What measures the newest value, if the suite asks for it: of the rows that the dataset means.
pub(super) fn check(suite: &Suite) -> Option<Check> {
    let AsOf::Newest { dataset, column } = &suite.as_of else { return None };
    let condition = suite.dataset(dataset)?.condition.clone();
    let evaluated = Evaluated {
        dataset: suite.root(dataset).to_owned(),
        scope: Predicate::all([Predicate::Malformed.negate(), condition]),
        unparsed: Predicate::Unparsed(column.clone()),
        missing: Predicate::is_null(column),
    };
    let metric = Metric::Fold { evaluated, fold: Fold::Max, of: Scalar::column(column) };
    // It is no rule of the suite, so it has no place in it.
    Some(Check { rule: usize::MAX, by: Vec::new(), metric, limits: Vec::new(), on_empty: OnEmpty::Natural })
}

/// The "now" of the run, in microseconds since 1970 UTC.
///
/// Of a newest date it is the first moment of the day after, so that a day, week or month that ends with it is over; of a
/// newest timestamp it is that instant.
///
/// # Errors
/// Why it cannot be read from the data: every rule that needs it is then an error.
pub(super) fn as_of(suite: &Suite, engine: &mut Engines) -> Result<i64, Fault> {
    let (dataset, column) = match &suite.as_of {
        AsOf::At(instant) => return Ok(*instant),
        AsOf::Newest { dataset, column } => (dataset, column),
    };
    let unknown = |why: &str| Fault {
        code: "as_of_unknown".to_owned(),
        message: format!("`as_of` is the newest value of `{dataset}.{column}`, and {why}"),
        caused_by: None,
    };
    let Some(check) = check(suite) else { return Err(unknown("there is no such dataset")) };
    let absent = |_: &str, _: &str| Absent::Undeclared;
    let schema = |name: &str| engine.schema(name);
    let cycle = unknown("what it is read from hangs on it");
    let datasets = bind::Datasets { schema: &schema, absent: &absent, as_of: Err(cycle), zone: suite.timezone };
    let bound = bind::bind(std::slice::from_ref(&check), &datasets);
    let Some(check) = bound.checks.into_iter().next() else {
        return Err(match bound.unfit.into_values().next() {
            Some(Unfit::Fault(fault)) if fault.code == "as_of_unknown" => fault,
            Some(Unfit::Fault(fault)) => unknown(&fault.message),
            Some(Unfit::Skip(reason)) => unknown(&reason),
            None => unknown("it cannot be read"),
        });
    };
    let measure = check.number();
    let plan = plan::fuse(&[], &[(suite.root(dataset).to_owned(), measure.clone())]);
    let answers = engine.measure(&plan);
    match newest(answers.into_values().next(), &measure) {
        Ok(Value::Null) => Err(unknown("it has no value")),
        Ok(Value::Timestamp(instant)) => Ok(instant),
        Ok(Value::Date(day)) => match day.succ_opt() {
            Some(next) => Ok(suite.timezone.start_of(next)),
            None => Err(unknown("no day comes after it")),
        },
        Ok(other) => Err(unknown(&format!("{other} is no date or timestamp"))),
        Err(fault) => Err(unknown(&fault.message)),
    }
}

fn newest(answer: Option<Result<crate::answer::Answer, Fault>>, measure: &Measure) -> Result<Value, Fault> {
    let missing = || Fault {
        code: "internal".to_owned(),
        message: format!("a bug in tamiz: nobody measured {measure}"),
        caused_by: None,
    };
    match answer.ok_or_else(missing)??.numbers.remove(measure) {
        Some(Ok(Number::Value(value))) => Ok(value),
        Some(Err(fault)) => Err(fault),
        _ => Err(missing()),
    }
}
