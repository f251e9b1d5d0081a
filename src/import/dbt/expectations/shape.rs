//! Tests about the table: its columns, how many rows it has, and how recent they are.
//!
//! dbt compares names of columns in upper case unless `transform` says otherwise; suites compare them exactly. Where the
//! source could be looked at, the names are put as the data spell them.

use serde_json::Value as Json;

use crate::import::dbt::ask::{Ask, Said, list, names};
use crate::import::dbt::config::Counts;
use crate::import::dbt::{compare, period, python, range, sql};
use crate::import::draft::{Rule, Value};

const CASE: &str =
    "names of columns are compared exactly here, case included; with --source they are put as the data have them";

pub(super) fn column_exists(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    if let Some(index) = ask.text("column_index") {
        return Err(format!(
            "no rule asks for column {index} to be `{column}`; `columns` with `ordered` asks for a sequence"
        ));
    }
    let said = Said::at(column, Rule::new("column_exists")).counting(Counts::Once);
    Ok(spelled(ask, said))
}

/// Rows of the future are left out before the newest is taken, and where none is left the test fails.
pub(super) fn recent(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    let rule = freshness(ask, &column)?.with("on_empty", Value::word("fail"));
    Ok(Said::at(column, rule).counting(Counts::Once))
}

/// The same in each group; without a row there is no group, and it passes.
pub(super) fn recent_by_group(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column_of(&python::text(ask.need("timestamp_column")?))?;
    let by = ask.columns("group_by")?;
    if by.is_empty() {
        return Err("it needs `group_by`".to_owned());
    }
    let rule = freshness(ask, &column)?.with("on_empty", Value::word("pass")).with("group_by", names(&by));
    Ok(Said::at(column, rule).counting(Counts::Other))
}

fn freshness(ask: &Ask<'_, '_>, column: &str) -> Result<Rule, String> {
    let age = period::length(&python::text(ask.need("datepart")?), ask.need("interval")?)?;
    let past = format!("{} <= :as_of", sql::name(column));
    Ok(Rule::new("freshness").with("max_age", Value::word(age)).with("where", Value::Raw(past)))
}

pub(super) fn column_count(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    Ok(Said::whole(range::whole(ask, Rule::new("column_count"), false)?).counting(Counts::Once))
}

pub(super) fn column_count_equals(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    Ok(Said::whole(Rule::new("column_count").with("equals", number(ask, "value")?)).counting(Counts::Once))
}

pub(super) fn column_count_of_other(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let other = ask.relation("compare_model")?;
    let columns = ask.project.columns(&other).map(<[_]>::len);
    let count =
        columns.ok_or("the number of columns of another table is not compared; with --source for it, it is put in")?;
    let rule = Rule::new("column_count").with("equals", count as u64);
    Ok(Said::whole(rule)
        .counting(Counts::Once)
        .near(format!("`{other}` has {count} columns now; a change of it is not seen")))
}

pub(super) fn columns_contain(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    columns(ask, &[])
}

pub(super) fn columns_in_order(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    columns(ask, &["exact", "ordered"])
}

pub(super) fn columns_match(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    columns(ask, &["exact"])
}

pub(super) fn columns_lack(_: &mut Ask<'_, '_>) -> Result<Said, String> {
    Err("no rule asks for columns to be absent; `columns` with `exact` names all that may be there".to_owned())
}

fn columns(ask: &Ask<'_, '_>, flags: &[&str]) -> Result<Said, String> {
    let named: Vec<String> = ask.list("column_list")?.iter().map(python::text).collect();
    let named: Vec<String> = named.iter().map(|name| ask.project.spelled(&ask.dataset, name)).collect();
    let rule = Rule::new("columns").with("names", list(&named));
    let rule = flags.iter().fold(rule, |rule, flag| rule.with(flag, true));
    Ok(spelled(ask, Said::whole(rule).counting(Counts::Once)))
}

/// The same, remarking on case if the names of the data are not known.
fn spelled(ask: &Ask<'_, '_>, said: Said) -> Said {
    if ask.project.columns(&ask.dataset).is_some() { said } else { said.near(CASE) }
}

pub(super) fn row_count(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let rule = range::whole(ask, Rule::new("row_count"), ask.flag("strictly", false))?;
    let (rule, counts) = ask.grouped(rule, "group_by")?;
    Ok(Said::whole(rule).counting(counts))
}

pub(super) fn row_count_equals(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let (rule, counts) = ask.grouped(Rule::new("row_count").with("equals", number(ask, "value")?), "group_by")?;
    Ok(Said::whole(rule).counting(counts))
}

/// As many rows as another table, or so many times as many. A condition holds of both unless the other has its own.
pub(super) fn row_count_of_other(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let other = ask.relation("compare_model")?;
    let factor = ask.text("factor").unwrap_or_else(|| "1".to_owned());
    let by = ask.columns("group_by")?;
    let condition = ask.text("compare_row_condition").or_else(|| ask.text("row_condition"));
    let condition = condition.map(|text| sql::condition("compare_row_condition", &text)).transpose()?;
    if factor == "1" && by.is_empty() {
        let other = match condition {
            Some(condition) => ask.project.filtered(&other, &condition),
            None => other,
        };
        return Ok(Said::whole(Rule::new("same_row_count").with("to", Value::text(other))).counting(Counts::Once));
    }
    if factor.parse::<f64>().is_err() {
        return Err(format!("`factor: {factor}` is no number"));
    }
    let compare_by = match ask.columns("compare_group_by")? {
        same if same.is_empty() => by.clone(),
        own => own,
    };
    let sides = compare::Sides {
        left: ("count(*)".to_owned(), ask.rows()),
        right: (format!("count(*) * {factor}"), sql::rows(&other, condition.as_deref())),
        by: [by.clone(), compare_by],
    };
    let counts = if by.is_empty() { Counts::Once } else { Counts::Violations };
    Ok(Said::query(sides.joined("coalesce(a.value, 0) <> coalesce(b.value, 0)")).counting(counts))
}

/// Periods are counted, so thresholds are of periods.
pub(super) fn no_gaps(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column_of(&python::text(ask.need("date_col")?))?;
    let part = ask.text("date_part").unwrap_or_else(|| "day".to_owned()).to_lowercase();
    if let Some(exclusion) = ask.text("exclusion_condition") {
        return Err(format!(
            "`exclusion_condition: {exclusion}` leaves periods out by SQL; `no_gaps` knows only weekdays"
        ));
    }
    let interval = ask.get("interval").cloned().unwrap_or(Json::from(1));
    let every = match (part.as_str(), python::text(&interval).as_str()) {
        ("hour" | "day" | "week" | "month" | "year", "1") => part.clone(),
        ("second" | "minute" | "hour", _) => period::length(&part, &interval)?,
        (_, several) => return Err(format!("`no_gaps` has no periods of {several} {part}s")),
    };
    let mut rule = Rule::new("no_gaps").with("every", Value::word(every));
    for (key, argument) in [("from", "test_start_date"), ("to", "test_end_date")] {
        if let Some(day) = ask.text(argument) {
            rule = rule.with(key, Value::text(day.trim_matches('\'')));
        }
    }
    Ok(Said::at(column, rule))
}

fn number(ask: &Ask<'_, '_>, key: &str) -> Result<Value, String> {
    let text = python::text(ask.need(key)?);
    match text.parse::<f64>() {
        Ok(_) => Ok(Value::word(text)),
        Err(_) => Err(format!("`{key}: {text}` is no number")),
    }
}
