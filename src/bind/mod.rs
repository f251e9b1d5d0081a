//! Checks to checks on real columns: names found, literals typed, what does not go together told.
//!
//! A check that cannot be bound stays out of the plan with its reason. Works on schemas; it never sees data.

mod relation;

use std::collections::HashMap;

use crate::answer::{Computed, Schema, SchemaColumn};
use crate::diagnostic::nearest;
use crate::ir::bind::{
    Scope, Unbound, ages, article, bounds, folded, moment, moments, order, periods, predicate, value, values_wanted,
};
use crate::ir::time::Zone;
use crate::ir::{
    Check, Evaluated, Fold, Follow, Limit, Metric, Parent, Part, Query, Reading, Selector, Statistic, Table, Type,
    instant,
};
use crate::outcome::Fault;

/// What binding needs to know.
pub struct Datasets<'a> {
    /// The columns of a dataset, or why it could not be opened.
    pub schema: &'a dyn Fn(&str) -> Result<&'a Schema, Fault>,
    /// What the suite says of a column that is not there.
    pub absent: &'a dyn Fn(&str, &str) -> Absent,
    /// The "now" of the run, in microseconds since 1970 UTC, or why it is not known.
    pub as_of: Result<i64, Fault>,
    /// The zone in which days begin.
    pub zone: Zone,
}

/// What the suite says of a column that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Nothing: the rule that names it is in error.
    Undeclared,
    /// It is declared, and this rule fails for it.
    Declared(String),
    /// It may be absent.
    Optional,
}

/// Checks that can be measured, and why the others cannot.
#[derive(Debug, Default)]
pub struct Bound {
    /// The checks, bound.
    pub checks: Vec<Check>,
    /// Why a rule cannot be measured, by its place in the suite.
    pub unfit: HashMap<usize, Unfit>,
}

/// Why a rule cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is an error.
    Fault(Fault),
    /// It is skipped.
    Skip(String),
}

/// Binds checks.
#[must_use]
pub fn bind(checks: &[Check], datasets: &Datasets<'_>) -> Bound {
    let mut bound = Bound::default();
    for check in checks {
        match bind_check(check, datasets) {
            Ok(check) => bound.checks.push(check),
            Err(unfit) => {
                bound.unfit.insert(check.rule, unfit);
            }
        }
    }
    bound
}

fn bind_check(check: &Check, datasets: &Datasets<'_>) -> Result<Check, Unfit> {
    let name = check.metric.dataset();
    // What is asked of files holds or not whatever they hold.
    if let Metric::File(_) = check.metric {
        return Ok(check.clone());
    }
    let schema = (datasets.schema)(name).map_err(Unfit::Fault)?;
    let (metric, reading) = within(name, schema, datasets, |scope| {
        keys_exist(&check.by, scope)?;
        metric(&check.metric, scope)
    })?;
    if let (Metric::Order { order, .. }, Some(_)) = (&metric, &schema.structure)
        && order.by.is_empty()
        && !matches!(order.follow, Follow::Apart(_))
    {
        let message = format!("the rows of a database have no order of their own, and `{name}` is one; say `order_by`");
        return Err(Unfit::Fault(Fault { code: "not_computable".to_owned(), message, caused_by: None }));
    }
    if let Metric::Orphans { keys, parent, .. } = &metric {
        let own = keys.iter().map(|key| reading_of(schema, key)).collect::<Vec<_>>();
        return Ok(Check { metric: with_parent(metric.clone(), parent, &own, datasets)?, ..check.clone() });
    }
    if let Metric::Scalar { query, .. } = metric {
        // Its bounds take the type of the value, which is known once it is there.
        let metric = Metric::Scalar { dataset: name.to_owned(), query: with_tables(&query, datasets)? };
        return Ok(Check { metric, ..check.clone() });
    }
    let metric = match metric {
        Metric::Duplicates { evaluated, count } => relation::duplicates(&evaluated, count, schema, datasets)?,
        Metric::SameAggregate { .. } => relation::same_aggregate(metric, schema, datasets)?,
        Metric::Pairs { evaluated, pairs } => relation::pairs(&evaluated, pairs, schema, datasets)?,
        Metric::Query { evaluated, query } => Metric::Query { evaluated, query: with_tables(&query, datasets)? },
        Metric::SameRows { evaluated, others } => {
            let others = others.into_iter().map(|(name, other)| {
                let schema = (datasets.schema)(&other.dataset).map_err(Unfit::Fault)?;
                Ok((name, within(&other.dataset, schema, datasets, |scope| rows(&other, scope))?))
            });
            Metric::SameRows { evaluated, others: others.collect::<Result<_, Unfit>>()? }
        }
        Metric::Statistic { evaluated, statistic } => {
            let statistic = with_sample(statistic, name, datasets)?;
            Metric::Statistic { evaluated, statistic }
        }
        other => other,
    };
    let limits = check
        .limits
        .iter()
        .map(|(severity, limit)| {
            let limit = match limit {
                Limit::Within(interval) => Limit::Within(within(name, schema, datasets, |scope| match &metric {
                    Metric::Age { .. } | Metric::FileAge { .. } => ages(interval, &reading, scope),
                    _ => bounds(interval, &reading, scope),
                })?),
                counted => counted.clone(),
            };
            Ok((*severity, limit))
        })
        .collect::<Result<Vec<_>, Unfit>>()?;
    Ok(Check { metric, limits, ..check.clone() })
}

/// Binds with the columns of one dataset.
fn within<T>(
    dataset: &str,
    schema: &Schema,
    datasets: &Datasets<'_>,
    work: impl FnOnce(&Scope<'_>) -> Result<T, Unbound>,
) -> Result<T, Unfit> {
    let scope = Scope {
        column: &|name| {
            let column = schema.column(name).filter(|column| column.is_there())?;
            Some(column.reading.clone().unwrap_or_else(|| Reading::plain(Type::String)))
        },
        as_of: datasets.as_of.as_ref().ok().copied(),
        zone: datasets.zone,
    };
    work(&scope).map_err(|unbound| match unbound {
        Unbound::Column(column) => absent(dataset, &column, schema, datasets),
        Unbound::AsOf => Unfit::Fault(datasets.as_of.as_ref().err().cloned().unwrap_or_else(|| Fault {
            code: "as_of_unknown".to_owned(),
            message: "the moment of the run is not known".to_owned(),
            caused_by: None,
        })),
        Unbound::Types(message) => Unfit::Fault(Fault { code: "type_mismatch".to_owned(), message, caused_by: None }),
    })
}

fn metric(metric: &Metric, scope: &Scope<'_>) -> Result<(Metric, Reading), Unbound> {
    let number = Reading::plain(Type::Decimal);
    Ok(match metric {
        Metric::Rows { evaluated, bad } => {
            (Metric::Rows { evaluated: rows(evaluated, scope)?, bad: predicate(bad, scope)? }, number)
        }
        Metric::Repeats { evaluated, keys, among, count } => {
            keys_exist(keys, scope)?;
            let (evaluated, among) = (rows(evaluated, scope)?, predicate(among, scope)?);
            (Metric::Repeats { evaluated, keys: keys.clone(), among, count: *count }, number)
        }
        Metric::Distinct { evaluated, keys } => {
            keys_exist(keys, scope)?;
            (Metric::Distinct { evaluated: rows(evaluated, scope)?, keys: keys.clone() }, number)
        }
        Metric::Share { evaluated, part } => {
            let part = match part {
                Part::Rows(condition) => Part::Rows(predicate(condition, scope)?),
                Part::Distinct(keys) => {
                    keys_exist(keys, scope)?;
                    part.clone()
                }
            };
            (Metric::Share { evaluated: rows(evaluated, scope)?, part }, number)
        }
        Metric::Orphans { evaluated, keys, among, parent } => {
            keys_exist(keys, scope)?;
            let (evaluated, among) = (rows(evaluated, scope)?, predicate(among, scope)?);
            (Metric::Orphans { evaluated, keys: keys.clone(), among, parent: parent.clone() }, number)
        }
        Metric::Fold { evaluated, fold, of } => {
            let (of, reading) = folded(fold, of, scope)?;
            let is_a_value = matches!(fold, Fold::Min | Fold::Max | Fold::Quantile(..));
            let of_the_column = is_a_value || reading.kind == Type::Float;
            let reading = match fold {
                Fold::Skewness | Fold::Kurtosis => Reading::plain(Type::Float),
                _ if of_the_column => reading,
                _ => number,
            };
            (Metric::Fold { evaluated: rows(evaluated, scope)?, fold: fold.clone(), of }, reading)
        }
        Metric::Statistic { evaluated, statistic } => {
            let statistic = statistic.bound(scope)?;
            (Metric::Statistic { evaluated: rows(evaluated, scope)?, statistic }, Reading::plain(Type::Float))
        }
        Metric::Values { evaluated, of, wanted } => {
            let (of, reading) = value(of, scope)?;
            let wanted = values_wanted(wanted, &reading, scope)?;
            (Metric::Values { evaluated: rows(evaluated, scope)?, of, wanted }, reading)
        }
        Metric::Gaps { evaluated, of, periods: wanted } => {
            let (of, reading) = moments(of, scope)?;
            let (of, periods) = periods(of, wanted, &reading, scope)?;
            (Metric::Gaps { evaluated: rows(evaluated, scope)?, of, periods }, number)
        }
        Metric::Age { evaluated, of, now } => {
            let (of, reading) = moments(of, scope)?;
            let now = moment(now, &reading, scope)?;
            (Metric::Age { evaluated: rows(evaluated, scope)?, of, now }, reading)
        }
        Metric::FileAge { dataset, now } => {
            let reading = Reading::plain(Type::Timestamp);
            (Metric::FileAge { dataset: dataset.clone(), now: moment(now, &reading, scope)? }, reading)
        }
        Metric::Order { evaluated, order: wanted } => {
            (Metric::Order { evaluated: rows(evaluated, scope)?, order: order(wanted, scope)? }, number)
        }
        Metric::RowCount { evaluated } => (Metric::RowCount { evaluated: rows(evaluated, scope)? }, number),
        Metric::SameRows { evaluated, others } => {
            (Metric::SameRows { evaluated: rows(evaluated, scope)?, others: others.clone() }, number)
        }
        Metric::Query { evaluated, query } => {
            (Metric::Query { evaluated: rows(evaluated, scope)?, query: query.clone() }, number)
        }
        Metric::Duplicates { .. }
        | Metric::SameAggregate { .. }
        | Metric::Pairs { .. }
        | Metric::Columns(_)
        | Metric::Findings(_)
        | Metric::ColumnCount(_)
        | Metric::Schema(_)
        | Metric::Tables(_)
        | Metric::File(_)
        | Metric::Scalar { .. } => (metric.clone(), number),
    })
}

fn keys_exist(keys: &[String], scope: &Scope<'_>) -> Result<(), Unbound> {
    keys.iter().try_for_each(|key| match (scope.column)(key) {
        None => Err(Unbound::Column(key.clone())),
        Some(Reading { kind: kind @ (Type::Object | Type::List), .. }) => {
            let kind = article(kind);
            Err(Unbound::Types(format!("`{key}` is {kind}, and only its fields have values that can be compared")))
        }
        Some(_) => Ok(()),
    })
}

fn rows(evaluated: &Evaluated, scope: &Scope<'_>) -> Result<Evaluated, Unbound> {
    Ok(Evaluated {
        dataset: evaluated.dataset.clone(),
        scope: predicate(&evaluated.scope, scope)?,
        unparsed: predicate(&evaluated.unparsed, scope)?,
        missing: predicate(&evaluated.missing, scope)?,
    })
}

/// Binds the tables of a query: their rows, and which of the names in it are columns of theirs.
fn with_tables(query: &Query, datasets: &Datasets<'_>) -> Result<Query, Unfit> {
    let now = match &datasets.as_of {
        Ok(as_of) => format!("TIMESTAMP '{}'", instant(*as_of)),
        Err(fault) if query.pieces.len() > 1 => return Err(Unfit::Fault(fault.clone())),
        Err(_) => String::new(),
    };
    let tables = query.tables.iter().map(|table| {
        let schema = (datasets.schema)(&table.dataset).map_err(Unfit::Fault)?;
        let scope = within(&table.dataset, schema, datasets, |scope| predicate(&table.scope, scope))?;
        // A field inside a structure is there where the query names it.
        let fields = schema.nested.iter().filter(|_| table.columns.is_some());
        let there = schema.columns.iter().chain(fields).filter(|column| column.is_there());
        let nested = |column: &SchemaColumn| {
            column.reading.as_ref().is_some_and(|reading| matches!(reading.kind, Type::Object | Type::List))
        };
        let named = there.filter(|column| match &table.columns {
            Some(words) => words.contains(&column.name),
            None => !nested(column),
        });
        let columns = Some(named.map(|column| column.name.clone()).collect());
        Ok(Table { scope, columns, ..table.clone() })
    });
    let tables = tables.collect::<Result<_, Unfit>>()?;
    Ok(Query { pieces: vec![query.text(&now)], tables, ..query.clone() })
}

/// Binds the other column that a distribution is held against.
fn with_sample(statistic: Statistic, dataset: &str, datasets: &Datasets<'_>) -> Result<Statistic, Unfit> {
    let (Some((rows, _)), Statistic::Distance(distance)) = (statistic.sample(), &statistic) else {
        return Ok(statistic);
    };
    let own = (datasets.schema)(dataset).map_err(Unfit::Fault)?;
    let kind = within(dataset, own, datasets, |scope| Ok(value(&distance.of, scope)?.1.kind))?;
    let schema = (datasets.schema)(&rows.dataset).map_err(Unfit::Fault)?;
    within(&rows.dataset, schema, datasets, |scope| statistic.bound_sample(kind, scope))
}

fn with_parent(
    metric: Metric,
    parent: &Parent,
    own: &[Option<Type>],
    datasets: &Datasets<'_>,
) -> Result<Metric, Unfit> {
    let schema = (datasets.schema)(&parent.dataset).map_err(Unfit::Fault)?;
    let scope = within(&parent.dataset, schema, datasets, |scope| {
        keys_exist(&parent.keys, scope)?;
        predicate(&parent.scope, scope)
    })?;
    for (key, own) in parent.keys.iter().zip(own) {
        if let (Some(own), Some(other)) = (own, reading_of(schema, key))
            && !(own.comparable(other) && (own.is_number() || own.is_text() || *own == other))
        {
            let message = format!("the key is {own} here and {other} in `{}.{key}`; they never match", parent.dataset);
            return Err(Unfit::Fault(Fault { code: "type_mismatch".to_owned(), message, caused_by: None }));
        }
    }
    Ok(match metric {
        Metric::Orphans { evaluated, keys, among, parent } => {
            Metric::Orphans { evaluated, keys, among, parent: Parent { scope, ..parent } }
        }
        other => other,
    })
}

fn reading_of(schema: &Schema, key: &str) -> Option<Type> {
    schema.column(key).and_then(|column| column.reading.as_ref()).map(|reading| reading.kind)
}

fn absent(dataset: &str, column: &str, schema: &Schema, datasets: &Datasets<'_>) -> Unfit {
    match schema.column(column).and_then(|column| column.computed.as_ref()) {
        Some(Computed::Lacks(source)) if source != column => return absent(dataset, source, schema, datasets),
        Some(Computed::Unfit(fault)) => return Unfit::Fault(fault.clone()),
        _ => {}
    }
    let caused_by = match (datasets.absent)(dataset, column) {
        Absent::Optional => return Unfit::Skip(format!("the optional column `{column}` is not there")),
        Absent::Declared(rule) => Some(rule),
        Absent::Undeclared => None,
    };
    let mut message = match schema.column(column).and_then(|column| column.missing_in.as_ref()) {
        Some(file) => format!("`{file}` has no column `{column}`"),
        None => format!("`{dataset}` has no column `{column}`"),
    };
    let names: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    match nearest(column, names.iter().copied()) {
        Some(near) if near != column => message += &format!("; did you mean `{near}`?"),
        _ => message += &format!("; it has {}", shown(&names)),
    }
    Unfit::Fault(Fault { code: "column_missing".to_owned(), message, caused_by })
}

/// Why a rule whose pattern fits no column is an error.
#[must_use]
pub fn no_column_fits(dataset: &str, selector: &Selector, schema: &Schema) -> Fault {
    let names: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    let message = format!("no column of `{dataset}` fits `{selector}`; it has {}", shown(&names));
    Fault { code: "column_missing".to_owned(), message, caused_by: None }
}

impl Bound {
    /// Takes a rule out of what can be measured.
    pub fn refuse(&mut self, rule: usize, fault: Fault) {
        self.checks.retain(|check| check.rule != rule);
        self.unfit.insert(rule, Unfit::Fault(fault));
    }
}

fn shown(names: &[&str]) -> String {
    const MOST: usize = 12;
    let mut text = names.iter().take(MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text += &format!(" and {} more", names.len() - MOST);
    }
    if text.is_empty() { "no column".to_owned() } else { text }
}
