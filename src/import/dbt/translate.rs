//! One test to what it means: found in the table of its package, its arguments and configuration read, its keys set.

use serde_json::{Map, Value as Json};

use crate::expectation;
use crate::import::dbt::ask::{Ask, Known, Said};
use crate::import::dbt::config::Config;
use crate::import::dbt::found::Test;
use crate::import::dbt::project::Project;
use crate::import::dbt::{core, elementary, expectations, python, sql, utils};
use crate::import::draft::{Rule, Value};

/// What a test means.
///
/// # Errors
/// Why no suite can say it.
pub(super) fn translate(test: &Test, dataset: &str, project: &mut Project<'_>) -> Result<Said, String> {
    let known = known(test)?;
    let put_in = |project: &mut Project<'_>, given: &Map<String, Json>| {
        given
            .iter()
            .map(|(key, value)| Ok((key.clone(), project.put_in(value)?)))
            .collect::<Result<Map<_, _>, String>>()
    };
    let mut arguments = put_in(project, &test.arguments)?;
    let given = arguments.shift_remove("column_name").map(|name| python::text(&name));
    let column = given.or_else(|| test.column.clone());
    let column = column.map(|name| project.column(dataset, &name)).transpose()?;
    if let Some(stranger) = arguments.keys().find(|key| !known.arguments.contains(&key.as_str())) {
        return Err(format!("`{stranger}` is no argument of it that is known here"));
    }
    let mut config = test.config.clone();
    config.shift_remove("meta");
    let mut config = put_in(project, &config)?;
    config.extend(test.config.get("meta").map(|meta| ("meta".to_owned(), meta.clone())));
    let config = Config::read(&config)?;
    let by_rows = by_rows(known, &config)?;
    let mut condition = None;
    for (key, text) in [("where", config.condition.clone()), ("row_condition", text(&arguments, "row_condition"))] {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            condition = sql::both(condition, Some(sql::condition(key, &text)?));
        }
    }
    let counted = !config.counts_nothing();
    let mut ask = Ask { project, dataset: dataset.to_owned(), column, arguments, condition, counted, by_rows };
    let mut said = (known.say)(&mut ask)?;
    let condition = ask.condition;
    if said.rules.len() > 1 && counted {
        return Err("it becomes several rules here, and its thresholds count over all of them".to_owned());
    }
    let levels = config.levels(said.counts)?;
    let keys = config.keys(&test.tags);
    for (_, rule) in &mut said.rules {
        if let Some((_, Value::Raw(text))) =
            rule.keys.iter_mut().find(|(key, _)| key == "sql" && rule.expectation == "expression")
        {
            *text = sql::ours(text);
        }
        if let Some(condition) = condition.clone().filter(|_| !said.filtered) {
            filter(rule, condition)?;
        }
        for (key, value) in levels.iter().chain(&keys) {
            *rule = std::mem::take(rule).with(key, value.clone());
        }
    }
    if let Some((_, rule)) = said.rules.first_mut() {
        let title = test.title.as_deref().map(|title| ("id", Value::text(id(title))));
        let description = test.description.as_deref().map(|text| ("description", Value::text(one_line(text))));
        for (key, value) in title.into_iter().chain(description) {
            *rule = std::mem::take(rule).with(key, value);
        }
    }
    Ok(said)
}

/// Prose on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name as an id: characters that ids do not have as `_`.
fn id(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    name.chars().map(safe).collect()
}

fn text(arguments: &Map<String, Json>, key: &str) -> Option<String> {
    arguments.get(key).filter(|value| !value.is_null()).map(python::text)
}

/// The test of a name, in the table of its package.
fn known(test: &Test) -> Result<&'static Known, String> {
    static CORE: &[Known] = &core::TESTS;
    static UTILS: &[Known] = &utils::TESTS;
    static EXPECTATIONS: &[Known] = &expectations::TESTS;
    static ELEMENTARY: &[Known] = &elementary::TESTS;
    let (package, table) = match test.package.as_deref() {
        None | Some("dbt") => ("dbt", CORE),
        Some("dbt_utils") => ("dbt-utils", UTILS),
        Some("dbt_expectations") => ("dbt-expectations", EXPECTATIONS),
        Some("elementary") if test.name == "schema_changes" => ("elementary", ELEMENTARY),
        Some("elementary") => {
            return Err(
                "elementary follows its own tables of past runs; `no_anomaly` and `change` follow runs of the suite"
                    .to_owned(),
            );
        }
        Some(other) => return Err(format!("the tests of the package `{other}` are not known here")),
    };
    table.iter().find(|known| known.name == test.name).ok_or_else(|| match package {
        "dbt" => "a custom generic test: what it means stands in a macro, in SQL with Jinja that only dbt evaluates"
            .to_owned(),
        package => format!("{package} has no test `{}` that is known here", test.name),
    })
}

/// Whether what a test returns is summed to rows. Any other `fail_calc` is SQL over what only dbt's own query returns.
fn by_rows(known: &Known, config: &Config) -> Result<bool, String> {
    let Some(calc) = &config.fail_calc else { return Ok(false) };
    let own = match known.name {
        "unique" | "accepted_values" if calc.replace(' ', "") == "sum(n_records)" => return Ok(true),
        "equal_rowcount" => "sum(coalesce(diff_count, 0))",
        "fewer_rows_than" => "sum(coalesce(row_count_delta, 0))",
        // dbt-utils sets a long one of its own, which is 0 where no row differs.
        "equality" if calc.contains("which_diff") => return Ok(false),
        _ => "",
    };
    if calc == own { Ok(false) } else { Err(format!("`fail_calc: {calc}` counts by SQL of its own")) }
}

/// Narrows a rule to the rows of a condition, beside one that it has.
fn filter(rule: &mut Rule, condition: String) -> Result<(), String> {
    if expectation::find(&rule.expectation).is_some_and(|definition| !definition.filtered) {
        return Err(format!("`{}` is about the table as a whole and takes no `where`", rule.expectation));
    }
    let own = rule.keys.iter().find(|(key, _)| key == "where").and_then(|(_, value)| match value {
        Value::Raw(text) => Some(text.clone()),
        _ => None,
    });
    let both = sql::both(own, Some(condition)).unwrap_or_default();
    *rule = std::mem::take(rule).with("where", Value::Raw(both));
    Ok(())
}
