//! The four tests that dbt has by itself.
//!
//! `unique` and `accepted_values` return values, each once, with their number of rows beside it as `n_records`; the others
//! return rows. Source: <https://docs.getdbt.com/reference/resource-properties/data-tests>.

use serde_json::Value as Json;

use crate::import::dbt::ask::{Ask, Known, Said};
use crate::import::dbt::{python, sql};
use crate::import::draft::{Rule, Value};

pub(super) const TESTS: [Known; 4] = [
    Known { name: "not_null", arguments: &[], say: not_null },
    Known { name: "unique", arguments: &[], say: unique },
    Known { name: "accepted_values", arguments: &["values", "quote"], say: accepted_values },
    Known { name: "relationships", arguments: &["to", "field"], say: relationships },
];

fn not_null(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    Ok(Said::at(ask.column()?, Rule::new("not_null")))
}

fn unique(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let rule = Rule::new("unique");
    let distinct = ask.counted && !ask.by_rows;
    Ok(Said::at(ask.column()?, if distinct { rule.with("count", Value::word("distinct")) } else { rule }))
}

fn accepted_values(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let quoted = ask.flag("quote", true);
    let values = ask.values("values", quoted)?;
    if ask.counted && !ask.by_rows {
        return Ok(Said::query(values_once(ask, ("values", quoted), "NOT IN", false)?));
    }
    Ok(Said::at(ask.column()?, Rule::new("in_set").with("values", values)))
}

fn relationships(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let parent = ask.relation("to")?;
    let field = python::text(ask.need("field")?);
    let rule = Rule::new("foreign_key").with("to", partner(ask, &parent, &field)?);
    Ok(Said::at(ask.column()?, rule))
}

/// A column of another dataset, as `to` names it.
pub(super) fn partner(ask: &Ask<'_, '_>, parent: &str, field: &str) -> Result<Value, String> {
    let column =
        sql::column(field).ok_or_else(|| format!("`field: {field}` is an expression where a column is wanted"))?;
    Ok(Value::text(format!("{parent}.{}", ask.project.spelled(parent, &column))))
}

/// The values that are not in a list, or that are, each once, and null if it is one of them: what is counted where thresholds
/// count values.
pub(super) fn values_once(
    ask: &Ask<'_, '_>,
    (key, quoted): (&str, bool),
    operator: &str,
    null_too: bool,
) -> Result<String, String> {
    let column = sql::name(&ask.column()?);
    let list = ask.list(key)?;
    let literals: Vec<String> = list.iter().map(|value| sql::literal(value, quoted)).collect();
    // A database compares text with a number by its text; so does this.
    let numbers = quoted && list.iter().all(|value| python::text(value).parse::<f64>().is_ok() && *value != Json::Null);
    let compared = if numbers { format!("CAST({column} AS VARCHAR)") } else { column.clone() };
    let mut wrong = format!("{compared} {operator} ({})", literals.join(", "));
    if null_too {
        wrong = format!("{wrong} OR {column} IS NULL");
    }
    let both = sql::both(ask.condition.clone(), Some(wrong));
    let condition = both.unwrap_or_default();
    Ok(format!("SELECT {column}, count(*) AS n_records FROM {} WHERE {condition} GROUP BY {column}", ask.dataset))
}
