//! A dataset held against another one: a number of all its rows, or the rows themselves.

use crate::answer::{Number, PairCounts};
use crate::ir::{Aggregate, Check, Evaluated, Measure, Metric, Tolerance, Value};
use crate::judge::{Facts, Judgement, Known, exceeds_count, internal, worst};
use crate::outcome::Fault;

/// Judges a check against another dataset.
pub(super) fn judge(check: &Check, known: &Known<'_>) -> Result<Judgement, Fault> {
    match &check.metric {
        Metric::SameAggregate { evaluated, aggregate, name, other, as_there, tolerance } => {
            let own = value(evaluated, aggregate, known)?;
            let theirs = value(other, as_there, known)?;
            let differs = u64::from(!same(&own, &theirs, tolerance.as_ref()));
            Ok(Judgement {
                observed: Some(own),
                level: worst(check, |limit| exceeds_count(limit, differs, None)),
                facts: Some(Box::new(Facts::Value(name.clone(), theirs))),
                ..rows(evaluated, known)?
            })
        }
        Metric::Pairs { evaluated, pairs } => {
            let number = (known.number)(&evaluated.dataset, &check.metric.number())?;
            let Number::Pairs(counts) = number else { return Err(internal(&format!("pairs of rows are {number:?}"))) };
            let (all, violations) = totals(&counts, pairs.key.is_empty());
            Ok(Judgement {
                evaluated: Some(all),
                violations: Some(violations),
                level: worst(check, |limit| exceeds_count(limit, violations, Some(all))),
                facts: Some(Box::new(Facts::Pairs(pairs.name.clone(), counts))),
                ..rows(evaluated, known)?
            })
        }
        _ => Err(internal("a check of one dataset is no check against another")),
    }
}

/// How many rows there are on either side, and how many of them have no equal one on the other.
///
/// Rows that a key brings together are one. As wholes, those of the larger side are counted, for nobody can say which row of
/// the other side one was meant to be.
fn totals(counts: &PairCounts, as_wholes: bool) -> (u64, u64) {
    let alone = if as_wholes {
        counts.only_here.max(counts.only_there)
    } else {
        counts.only_here + counts.only_there + counts.differing
    };
    (counts.matched + alone, alone)
}

/// The rows of a side, and those left out.
fn rows(evaluated: &Evaluated, known: &Known<'_>) -> Result<Judgement, Fault> {
    let count = |rows| match (known.number)(&evaluated.dataset, &Measure::Rows(rows))? {
        Number::Count(count) => Ok(Some(count)),
        other => Err(internal(&format!("a number of rows is {other:?}"))),
    };
    Ok(Judgement {
        evaluated: count(evaluated.rows())?,
        missing: count(evaluated.missing_rows())?,
        unparsed: count(evaluated.unparsed_rows())?,
        ..Judgement::default()
    })
}

fn value(evaluated: &Evaluated, aggregate: &Aggregate, known: &Known<'_>) -> Result<Value, Fault> {
    let whole = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    match (known.number)(&evaluated.dataset, &aggregate.measure(evaluated.rows()))? {
        Number::Count(count) => Ok(whole(count)),
        Number::Keys(counts) => Ok(whole(counts.distinct)),
        Number::Value(value) => Ok(value),
        other => Err(internal(&format!("an aggregate is {other:?}"))),
    }
}

/// Whether two values are the same; null is the same as null.
fn same(own: &Value, theirs: &Value, tolerance: Option<&Tolerance>) -> bool {
    own == theirs
        || tolerance
            .zip(own.exact())
            .zip(theirs.exact())
            .is_some_and(|((width, own), theirs)| width.admits(&own, &theirs))
}
