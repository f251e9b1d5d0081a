//! Tests about the values of a column.

use crate::import::dbt::ask::{Ask, Said, names};
use crate::import::dbt::config::Counts;
use crate::import::dbt::{contract, python, range, sql};
use crate::import::draft::{Rule, Value};

const NULLS: &str = "a null is stepped over here; dbt compares nothing with it and begins anew after it";

pub(super) fn null(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    Ok(Said::at(ask.column()?, Rule::new("is_null")))
}

pub(super) fn not_null(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    Ok(Said::at(ask.column()?, Rule::new("not_null")))
}

pub(super) fn unique(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let rule = Rule::new("unique");
    Ok(Said::at(ask.column()?, if ask.counted { rule.with("count", Value::word("distinct")) } else { rule }))
}

pub(super) fn of_type(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let theirs = python::text(ask.need("column_type")?);
    let kind = contract::kind(&theirs)?;
    Ok(Said::at(ask.column()?, Rule::new("type").with("is", Value::word(kind))).counting(Counts::Once))
}

pub(super) fn of_types(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let list = ask.list("column_type_list")?;
    let mut kinds: Vec<&str> =
        list.iter().map(|theirs| contract::kind(&python::text(theirs))).collect::<Result<_, _>>()?;
    kinds.dedup();
    match kinds.as_slice() {
        [one] => Ok(Said::at(ask.column()?, Rule::new("type").with("is", Value::word(*one))).counting(Counts::Once)),
        several => Err(format!("a column has one type here, and these are {}", several.join(" or "))),
    }
}

/// Two values that differ in case only.
pub(super) fn one_casing(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    if let Some(kind) = ask.kind_name(&column).filter(|kind| *kind != "string") {
        return Err(format!("`{column}` is of type {kind}, which has no case"));
    }
    let column = sql::name(&column);
    let counts = if ask.flag("display_inconsistent_columns", false) { Counts::Violations } else { Counts::Once };
    let rows = ask.rows();
    Ok(Said::query(format!(
        "SELECT lower({column}) AS value FROM {rows} GROUP BY lower({column}) HAVING count(DISTINCT {column}) > 1"
    ))
    .counting(counts))
}

/// A null is in no set, and fails.
pub(super) fn in_set(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let values = ask.values("value_set", ask.flag("quote_values", true))?;
    Ok(Said::at(ask.column()?, Rule::new("in_set").with("values", values).with("nulls", Value::word("fail"))))
}

pub(super) fn not_in_set(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let values = ask.values("value_set", ask.flag("quote_values", true))?;
    Ok(Said::at(ask.column()?, Rule::new("not_in_set").with("values", values)))
}

pub(super) fn between(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let strict = ask.flag("strictly", false);
    range::each(ask, "between", strict)
}

pub(super) fn increasing(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    order(ask, "increasing")
}

pub(super) fn decreasing(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    order(ask, "decreasing")
}

/// Rows go by `sort_column`, or by the column itself; then "increasing" is only "without repeats".
fn order(ask: &Ask<'_, '_>, expectation: &str) -> Result<Said, String> {
    let column = ask.column()?;
    let strict = ask.flag("strictly", true);
    let by = match ask.text("sort_column") {
        Some(text) => Some(ask.column_of(&text)?).filter(|by| *by != column),
        None => None,
    };
    let groups = ask.columns("group_by")?;
    let finish = |rule: Rule| {
        let rule = if groups.is_empty() { rule } else { rule.with("group_by", names(&groups)) };
        let counts = if groups.is_empty() { Counts::Violations } else { Counts::Other };
        Said::at(column.clone(), rule).counting(counts)
    };
    if let Some(step) = ask.text("step") {
        let up = expectation == "increasing";
        let step = step.parse::<f64>().map(|_| if up { step.clone() } else { format!("-{step}") });
        let step = step.map_err(|_| "`step` is no number".to_owned())?;
        let rule =
            if step == "1" { Rule::new("sequential") } else { Rule::new("sequential").with("step", Value::word(step)) };
        let said = finish(rule.with("order_by", Value::text(by.as_deref().unwrap_or(&column))));
        return Ok(if by.is_some() { said.near(NULLS) } else { said });
    }
    let Some(by) = by else {
        return match (expectation, strict) {
            ("increasing", true) => Ok(finish(Rule::new("unique").with("count", Value::word("surplus")))),
            ("increasing", false) => {
                Err("sorted by itself a column never falls: without `sort_column` it always passes".to_owned())
            }
            _ => {
                Err("sorted by itself a column never falls: without `sort_column` it fails wherever two values differ"
                    .to_owned())
            }
        };
    };
    let rule = Rule::new(expectation);
    let rule = if strict { rule.with("strict", true) } else { rule };
    Ok(finish(rule.with("order_by", Value::text(by))).near(NULLS))
}
