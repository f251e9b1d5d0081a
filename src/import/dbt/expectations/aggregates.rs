//! Tests about one number of a column, and about its different values.
//!
//! An aggregate of nothing is null, and dbt lets it pass: `on_empty: pass`. A number of values is never null.

use crate::import::dbt::ask::{Ask, Said};
use crate::import::dbt::config::Counts;
use crate::import::dbt::core::values_once;
use crate::import::dbt::{python, range, sql};
use crate::import::draft::{Rule, Value};

pub(super) fn max(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    fold(ask, Rule::new("max"))
}

pub(super) fn mean(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    fold(ask, Rule::new("mean"))
}

pub(super) fn median(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    fold(ask, Rule::new("median"))
}

pub(super) fn min(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    fold(ask, Rule::new("min"))
}

pub(super) fn sum(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    fold(ask, Rule::new("sum"))
}

pub(super) fn stddev(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    fold(ask, Rule::new("stddev"))
}

/// SQL's `percentile_cont`, which lies between two values as far as the place does.
pub(super) fn quantile(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let q = python::text(ask.need("quantile")?);
    fold(ask, Rule::new("quantile").with("q", Value::word(q)).with("interpolation", Value::word("linear")))
}

pub(super) fn distinct_share(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    fold(ask, Rule::new("distinct_share"))
}

pub(super) fn distinct_count(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let rule = range::whole(ask, Rule::new("distinct_count"), ask.flag("strictly", false))?;
    one(ask, rule)
}

fn fold(ask: &Ask<'_, '_>, rule: Rule) -> Result<Said, String> {
    let rule = range::whole(ask, rule, ask.flag("strictly", false))?;
    one(ask, rule.with("on_empty", Value::word("pass")))
}

fn one(ask: &Ask<'_, '_>, rule: Rule) -> Result<Said, String> {
    let (rule, counts) = ask.grouped(rule, "group_by")?;
    Ok(Said::at(ask.column()?, rule).counting(counts))
}

pub(super) fn distinct_equals(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    count(ask, "equals")
}

pub(super) fn distinct_above(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    count(ask, "strict_min")
}

pub(super) fn distinct_below(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    count(ask, "strict_max")
}

fn count(ask: &Ask<'_, '_>, bound: &str) -> Result<Said, String> {
    let value = python::text(ask.need("value")?);
    value.parse::<f64>().map_err(|_| format!("`value: {value}` is no number"))?;
    one(ask, Rule::new("distinct_count").with(bound, Value::word(value)))
}

/// A condition holds of both tables unless the other has its own.
pub(super) fn distinct_of_other(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let other = ask.relation("compare_model")?;
    let column = ask.column()?;
    let compared = match ask.text("compare_column_name") {
        Some(text) => sql::column(&text).ok_or("`compare_column_name` is an expression where a column is wanted")?,
        None => column.clone(),
    };
    let condition = ask.text("compare_row_condition").or_else(|| ask.text("row_condition"));
    let condition = condition.map(|text| sql::condition("compare_row_condition", &text)).transpose()?;
    let compared = ask.project.spelled(&other, &compared);
    let other = match condition {
        Some(condition) => ask.project.filtered(&other, &condition),
        None => other,
    };
    let aggregate = vec![("distinct_count".to_owned(), Value::text(column))];
    let rule = Rule::new("same_aggregate").with("aggregate", Value::Map(aggregate));
    Ok(Said::whole(rule.with("to", Value::text(format!("{other}.{compared}")))).counting(Counts::Once))
}

/// A null is in no set, and fails.
pub(super) fn distinct_in_set(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let quoted = ask.flag("quote_values", true);
    let values = ask.values("value_set", quoted)?;
    if ask.counted {
        return Ok(Said::query(values_once(ask, ("value_set", quoted), "NOT IN", true)?));
    }
    Ok(Said::at(ask.column()?, Rule::new("in_set").with("values", values).with("nulls", Value::word("fail"))))
}

pub(super) fn distinct_contain(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let values = ask.values("value_set", ask.flag("quote_values", true))?;
    Ok(Said::at(ask.column()?, Rule::new("distinct_values").with("contain", values)).counting(Counts::Other))
}

/// A null in the column is a value too many.
pub(super) fn distinct_equal(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let values = ask.values("value_set", ask.flag("quote_values", true))?;
    let column = ask.column()?;
    let said = Said::at(column.clone(), Rule::new("distinct_values").with("equal", values)).counting(Counts::Other);
    Ok(said.and(Some(column), Rule::new("not_null")))
}

pub(super) fn most_common(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let top = python::text(ask.need("top_n")?);
    if top != "1" {
        return Err(format!("`top_n: {top}` asks for the value at place {top}; `most_common` is about the first"));
    }
    let values = ask.values("value_set", ask.flag("quote_values", true))?;
    let rule = Rule::new("most_common").with("values", values).with("ties", Value::word("allow"));
    let rule = rule.with("on_empty", Value::word("pass"));
    Ok(Said::at(ask.column()?, rule)
        .counting(Counts::Once)
        .near("dbt counts null as a value, and of values that are equally common takes any"))
}
