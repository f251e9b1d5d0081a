//! How fresh a source must be: `warn_after` and `error_after` as levels.
//!
//! dbt asks for the newest moment of `loaded_at_field`; where there is none, the source is as old as can be, and stale.
//! Without that field it asks the warehouse when the table was written, as a file knows of itself.
//!
//! Source: <https://docs.getdbt.com/reference/resource-properties/freshness>.

use serde_json::Value as Json;

use crate::import::dbt::found::Table;
use crate::import::dbt::project::Project;
use crate::import::dbt::{period, python, sql};
use crate::import::draft::{Rule, Value};

/// A rule with the column it stands at, and what is not the same.
type Said = (Option<String>, Rule, Option<String>);

/// What a table says of its freshness, if it does.
pub(super) fn freshness(table: &Table, dataset: &str, project: &mut Project<'_>) -> Option<Result<Said, String>> {
    let given = table.freshness.as_ref()?;
    let limits = [("warning", "warn_after"), ("error", "error_after")].map(|(level, key)| (level, &given[key]));
    let asked = |limit: &Json| limit.is_object() && !limit["count"].is_null();
    limits.iter().any(|(_, limit)| asked(limit)).then(|| rule(table, given, &limits, dataset, project))
}

fn rule(
    table: &Table,
    given: &Json,
    limits: &[(&str, &Json); 2],
    dataset: &str,
    project: &mut Project<'_>,
) -> Result<Said, String> {
    if table.loaded_at.is_none() && given["filter"].is_string() {
        return Err(
            "a `filter` of rows needs a `loaded_at_field`: the time a table was written is that of all".to_owned()
        );
    }
    let mut ages = Vec::new();
    for (level, limit) in limits.iter().filter(|(_, limit)| limit.is_object() && !limit["count"].is_null()) {
        ages.push((*level, period::length(&python::text(&limit["period"]), &limit["count"])?));
    }
    let mut rule = Rule::new("freshness");
    rule = match ages.as_slice() {
        [("error", age)] => rule.with("max_age", Value::word(age)),
        [(level, age)] => rule.with("max_age", Value::word(age)).with("severity", Value::word(*level)),
        several => {
            let level = |(level, age): &(&str, String)| {
                ((*level).to_owned(), Value::Map(vec![("max_age".to_owned(), Value::word(age))]))
            };
            rule.with("levels", Value::Map(several.iter().map(level).collect()))
        }
    };
    if let Some(filter) = given["filter"].as_str() {
        let filter = python::text(&project.put_in(&Json::from(filter))?);
        rule = rule.with("where", Value::Raw(sql::condition("filter", &filter)?));
    }
    let Some(field) = &table.loaded_at else {
        let near = "dbt asks the warehouse when the table was written; here it is when the file was";
        return Ok((None, rule.with("of", Value::word("file")), Some(near.to_owned())));
    };
    let column = sql::column_of_cast(field)
        .ok_or_else(|| format!("`loaded_at_field: {field}` is an expression where a column is wanted"))?;
    Ok((Some(project.spelled(dataset, &column)), rule.with("on_empty", Value::word("fail")), None))
}
