//! Aggregates of a column and their thresholds: `avg`, `max_length`, `percentile` and their kin.
//!
//! Where keys say which values are missing or valid, the aggregate is over the valid ones, so they become a `where`.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::Made;
use crate::import::sodacl::levels::{Levels, graded};
use crate::import::sodacl::metric::Subject;
use crate::import::sodacl::sql;
use crate::import::sodacl::threshold::Bound;

/// Their aggregates that are expectations of ours.
const SAME: [(&str, &str); 8] = [
    ("avg", "mean"),
    ("min", "min"),
    ("max", "max"),
    ("sum", "sum"),
    ("stddev", "stddev"),
    ("stddev_samp", "stddev"),
    ("variance", "variance"),
    ("var_samp", "variance"),
];

/// The expectation of ours that is an aggregate of theirs.
pub(super) fn same(name: &str) -> Option<&'static str> {
    SAME.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

/// Whether a metric is an aggregate of a column.
pub(super) fn is_known(name: &str) -> bool {
    name == "percentile" || expression(name, "x").is_some()
}

/// Makes the rules of an aggregate.
///
/// # Errors
/// If it is none, or is of no column.
pub(super) fn make(subject: &Subject<'_>, name: &str, columns: &[String], levels: &Levels) -> Result<Made, String> {
    let known = same(name);
    if !is_known(name) {
        return Err(format!("there is no aggregate `{name}`"));
    }
    let subject = &of_valid(subject, columns)?;
    match (name, columns) {
        ("percentile", [column, q]) => percentile(subject, column, q, levels),
        ("percentile", _) => Err("`percentile` takes a column and a share, `percentile(size, 0.95)`".to_owned()),
        (_, [column]) => {
            if let Some(rule) = known.and_then(|ours| levels.bounding(Rule::new(ours))) {
                return Ok(Made::one(Some(column), subject.filtered(rule)));
            }
            if let Some(made) = lengths(subject, name, column, levels) {
                return Ok(made);
            }
            let value =
                expression(name, &sql::column(column)).ok_or_else(|| format!("`{name}` cannot be told in SQL"))?;
            Ok(subject.scalar(&value, levels, &format!("{column}.{name}")))
        }
        _ => Err(format!("`{name}` takes one column")),
    }
}

/// A check over the valid values.
///
/// # Errors
/// If these cannot be told in SQL.
pub(super) fn of_valid<'a>(subject: &'a Subject<'a>, columns: &[String]) -> Result<Subject<'a>, String> {
    let (validity, column) = (&subject.validity, columns.first().map_or("", String::as_str));
    let valid = validity.valid(column);
    if valid.is_none() && !validity.parts.is_empty() {
        return Err("Soda folds the valid values only, and this format cannot be told in SQL".to_owned());
    }
    let filter = sql::all(&[subject.filter.clone(), validity.missing.present(column), valid]);
    Ok(Subject { dataset: subject.dataset.clone(), options: subject.options, validity: validity.clone(), filter })
}

fn percentile(subject: &Subject<'_>, column: &str, q: &str, levels: &Levels) -> Result<Made, String> {
    // PERCENTILE_DISC, which Soda asks for: the first value that so large a share of the values do not exceed.
    let rule = Rule::new("quantile").with("q", Value::word(q));
    match levels.bounding(rule) {
        Some(rule) => Ok(Made::one(Some(column), subject.filtered(rule))
            .differing("it takes the value nearest to the place, where databases interpolate or take the next one")),
        None => Err("a quantile has bounds, and these values are no interval".to_owned()),
    }
}

/// The least length is at least so many, or the greatest at most: of every value.
fn lengths(subject: &Subject<'_>, name: &str, column: &str, levels: &Levels) -> Option<Made> {
    let mut made = Made::default();
    for (level, pass) in &levels.each {
        let fits = match name {
            "min_length" => pass.high.is_none(),
            "max_length" => pass.low.is_none(),
            _ => false,
        };
        if !fits || pass.outside {
            return None;
        }
        let mut rule = Rule::new("length");
        for (key, value) in pass.bounds(Bound::value)? {
            rule = rule.with(&key, value);
        }
        made.rules.push((Some(column.to_owned()), subject.filtered(graded(rule, *level))));
    }
    Some(made)
}

/// The aggregate in SQL.
fn expression(name: &str, column: &str) -> Option<String> {
    // Of the sample to of the population: n - 1 to n.
    let population = format!("VARIANCE({column}) * (COUNT({column}) - 1) / COUNT({column})");
    Some(match name {
        "avg" | "min" | "max" | "sum" | "stddev" | "variance" => format!("{}({column})", name.to_uppercase()),
        "stddev_samp" => format!("STDDEV({column})"),
        "var_samp" => format!("VARIANCE({column})"),
        "var_pop" => population,
        "stddev_pop" => format!("SQRT({population})"),
        "avg_length" => format!("AVG(LENGTH({column}))"),
        "min_length" => format!("MIN(LENGTH({column}))"),
        "max_length" => format!("MAX(LENGTH({column}))"),
        _ => return None,
    })
}
