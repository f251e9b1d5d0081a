//! Checks of whole rows, and of a dataset against another one, on the columns of both.

use crate::answer::Schema;
use crate::bind::{Datasets, Unfit, keys_exist, reading_of, rows, within};
use crate::ir::bind::{Scope, Unbound, article, folded};
use crate::ir::{Aggregate, Count, Evaluated, Fold, Metric, Pairs, Predicate, Type};
use crate::outcome::Fault;

/// Rows that repeat as wholes, as rows whose columns of the files repeat.
pub(super) fn duplicates(
    evaluated: &Evaluated,
    count: Count,
    schema: &Schema,
    datasets: &Datasets<'_>,
) -> Result<Metric, Unfit> {
    let keys = of_the_files(schema);
    if keys.is_empty() {
        return Err(mismatch(format!("`{}` has no column to compare", evaluated.dataset)));
    }
    within(&evaluated.dataset, schema, datasets, |scope| {
        keys_exist(&keys, scope)?;
        let evaluated = Evaluated { unparsed: any_unparsed(&keys), ..rows(evaluated, scope)? };
        Ok(Metric::Repeats { evaluated, keys: keys.clone(), among: Predicate::TRUE, count })
    })
}

/// A number of all rows and that of another dataset, which must compare.
pub(super) fn same_aggregate(metric: Metric, schema: &Schema, datasets: &Datasets<'_>) -> Result<Metric, Unfit> {
    let Metric::SameAggregate { evaluated, aggregate, name, other, as_there, tolerance } = metric else {
        return Ok(metric);
    };
    let (own, own_kind) = within(&evaluated.dataset, schema, datasets, |scope| bound(&aggregate, scope))?;
    let evaluated = within(&evaluated.dataset, schema, datasets, |scope| rows(&evaluated, scope))?;
    let their_schema = (datasets.schema)(&other.dataset).map_err(Unfit::Fault)?;
    let (theirs, their_kind) = within(&other.dataset, their_schema, datasets, |scope| bound(&as_there, scope))?;
    let other = within(&other.dataset, their_schema, datasets, |scope| rows(&other, scope))?;
    if !own_kind.comparable(their_kind) {
        let (one, other) = (article(own_kind), article(their_kind));
        return Err(mismatch(format!("the value is {one} here and {other} in `{name}`; they do not compare")));
    }
    if tolerance.is_some() && !own_kind.is_number() {
        return Err(mismatch(format!("`tolerance` is for numbers, and the value is {}", article(own_kind))));
    }
    Ok(Metric::SameAggregate { evaluated, aggregate: own, name, other, as_there: theirs, tolerance })
}

/// An aggregate and the type of its value.
fn bound(aggregate: &Aggregate, scope: &Scope<'_>) -> Result<(Aggregate, Type), Unbound> {
    Ok(match aggregate {
        Aggregate::Rows => (Aggregate::Rows, Type::Integer),
        Aggregate::Distinct(column) => {
            keys_exist(std::slice::from_ref(column), scope)?;
            (aggregate.clone(), Type::Integer)
        }
        Aggregate::Fold(fold, of) => {
            let (of, reading) = folded(fold, of, scope)?;
            let is_a_value = matches!(fold, Fold::Min | Fold::Max | Fold::Quantile(..));
            let kind = if is_a_value { reading.kind } else { Type::Decimal };
            (Aggregate::Fold(fold.clone(), of), kind)
        }
    })
}

/// Rows that are brought together with those of another dataset, by columns that both have.
pub(super) fn pairs(
    evaluated: &Evaluated,
    pairs: Pairs,
    schema: &Schema,
    datasets: &Datasets<'_>,
) -> Result<Metric, Unfit> {
    let all_of_them = pairs.columns.is_empty();
    let columns = if all_of_them {
        of_the_files(schema).into_iter().filter(|column| !pairs.key.contains(column)).collect()
    } else {
        pairs.columns.clone()
    };
    let all: Vec<String> = pairs.key.iter().chain(&columns).cloned().collect();
    if all.is_empty() {
        return Err(mismatch(format!("`{}` has no column to compare", evaluated.dataset)));
    }
    let side = |of: &Evaluated, schema: &Schema| {
        within(&of.dataset, schema, datasets, |scope| {
            keys_exist(&all, scope)?;
            Ok(Evaluated { unparsed: any_unparsed(&all), ..rows(of, scope)? })
        })
    };
    let evaluated = side(evaluated, schema)?;
    let their_schema = (datasets.schema)(&pairs.other.dataset).map_err(Unfit::Fault)?;
    let other = side(&pairs.other, their_schema).map_err(|unfit| match unfit {
        Unfit::Fault(mut fault) if all_of_them && fault.code == "column_missing" => {
            fault.message += "; `columns` names those to compare";
            Unfit::Fault(fault)
        }
        unfit => unfit,
    })?;
    let kind = |schema: &Schema, column: &String| reading_of(schema, column).unwrap_or(Type::String);
    for column in &all {
        let (own, theirs) = (kind(schema, column), kind(their_schema, column));
        if !(own == theirs || (own.comparable(theirs) && (own.is_number() || own.is_text()))) {
            let (one, other) = (article(own), article(theirs));
            return Err(mismatch(format!(
                "`{column}` is {one} here and {other} in `{}`; they never match",
                pairs.name
            )));
        }
    }
    if pairs.tolerance.is_some() && !columns.iter().any(|column| kind(schema, column).is_number()) {
        return Err(mismatch("`tolerance` is for numbers, and none of the columns to compare holds any".to_owned()));
    }
    Ok(Metric::Pairs { evaluated, pairs: Pairs { columns, other, ..pairs } })
}

/// The columns that every row of the files has; computed ones hang on them.
fn of_the_files(schema: &Schema) -> Vec<String> {
    schema.columns.iter().filter(|column| column.computed.is_none()).map(|column| column.name.clone()).collect()
}

fn any_unparsed(columns: &[String]) -> Predicate {
    Predicate::any(columns.iter().map(|column| Predicate::Unparsed(column.clone())))
}

fn mismatch(message: String) -> Unfit {
    Unfit::Fault(Fault { code: "type_mismatch".to_owned(), message, caused_by: None })
}
