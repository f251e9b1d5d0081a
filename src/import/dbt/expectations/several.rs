//! Tests about several columns of a row, about distributions, and about any expression.

use crate::import::dbt::ask::{Ask, Said, list, sql_names};
use crate::import::dbt::config::Counts;
use crate::import::dbt::{compare, python, range, sql};
use crate::import::draft::{Rule, Value};

/// Two columns, or two expressions.
pub(super) fn greater(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let operator = if ask.flag("or_equal", false) { ">=" } else { ">" };
    let [a, b] = pair(ask)?;
    Ok(Said::whole(match (sql::column(&a), sql::column(&b)) {
        (Some(a), Some(b)) => {
            let rule = Rule::new("compare").with("left", Value::text(ask.project.spelled(&ask.dataset, &a)));
            let rule = rule.with("op", Value::Raw(operator.to_owned()));
            rule.with("right", Value::text(ask.project.spelled(&ask.dataset, &b))).with("nulls", Value::word("ignore"))
        }
        _ => Rule::new("expression").with("sql", Value::Raw(format!("{a} {operator} {b}"))),
    }))
}

pub(super) fn equal(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let [a, b] = pair(ask)?;
    Ok(Said::whole(match (sql::column(&a), sql::column(&b)) {
        (Some(a), Some(b)) => {
            let columns = [a, b].map(|name| ask.project.spelled(&ask.dataset, &name));
            Rule::new("equal_columns").with("columns", list(&columns)).with("nulls", Value::word("ignore"))
        }
        _ => Rule::new("expression").with("sql", Value::Raw(format!("{a} = {b}"))),
    }))
}

/// A condition, not a set: beside a null the other column still decides, as in dbt.
pub(super) fn pairs(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let [a, b] = pair(ask)?;
    let conditions = ask.list("value_pairs_set")?.into_iter().map(|pair| match pair.as_array().map(Vec::as_slice) {
        Some([one, other]) => Ok(format!("({a} = {} AND {b} = {})", python::text(one), python::text(other))),
        _ => Err("`value_pairs_set` is a list of pairs".to_owned()),
    });
    let condition = conditions.collect::<Result<Vec<_>, _>>()?.join(" OR ");
    Ok(Said::whole(Rule::new("expression").with("sql", Value::Raw(condition))))
}

fn pair(ask: &Ask<'_, '_>) -> Result<[String; 2], String> {
    Ok([python::text(ask.need("column_A")?), python::text(ask.need("column_B")?)])
}

pub(super) fn unique(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let columns = needed(ask)?;
    let mut rule = Rule::new("unique").with("columns", list(&columns));
    if any_missing(ask)? && columns.len() > 1 {
        rule = rule.with("nulls", Value::word("ignore"));
    }
    if ask.counted {
        rule = rule.with("count", Value::word("distinct"));
    }
    Ok(Said::whole(rule))
}

/// A null equals nothing there, and the columns with it are too few: a row with a null breaks it, unless it is left out.
pub(super) fn distinct_within_row(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let columns = needed(ask)?;
    let rule = Rule::new("distinct_within_row").with("columns", list(&columns));
    if any_missing(ask)? {
        return Ok(Said::whole(rule.with("nulls", Value::word("ignore"))));
    }
    let some: Vec<String> = columns.iter().map(|column| format!("{} IS NOT NULL", sql::name(column))).collect();
    let rule = rule.with("nulls", Value::word("fail")).with("where", Value::Raw(some.join(" OR ")));
    Ok(Said::whole(rule))
}

/// The sums of whole columns are added, not the values of a row.
pub(super) fn sum_equals(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let columns = needed(ask)?;
    let sums: Vec<String> = columns.iter().map(|column| format!("sum({})", sql::name(column))).collect();
    let total = match ask.need("sum_total")? {
        number if number.is_number() => number.to_string(),
        text => format!("sum({})", python::text(text)),
    };
    aggregate(ask, &format!("{} = {total}", sums.join(" + ")), "group_by")
}

fn needed(ask: &Ask<'_, '_>) -> Result<Vec<String>, String> {
    let columns = ask.columns("column_list")?;
    if columns.is_empty() { Err("it needs `column_list`".to_owned()) } else { Ok(columns) }
}

fn any_missing(ask: &Ask<'_, '_>) -> Result<bool, String> {
    match ask.text("ignore_row_if").as_deref() {
        None | Some("all_values_are_missing") => Ok(false),
        Some("any_value_is_missing") => Ok(true),
        Some(other) => Err(format!("`ignore_row_if: {other}` is not known")),
    }
}

/// A condition of each row, or, if it folds rows, of the whole or of each group.
pub(super) fn expression_is_true(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let expression = python::text(ask.need("expression")?);
    let test = ask.text("test_condition").unwrap_or_else(|| "= true".to_owned());
    let expression = match test.trim().to_lowercase().replace(' ', "").as_str() {
        "=true" | "istrue" => expression,
        _ => format!("({expression}) {test}"),
    };
    stated(ask, &expression)
}

pub(super) fn expression_between(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let expression = python::text(ask.need("expression")?);
    let plain = sql::column(&expression).is_some() || sql::is_aggregate(&expression);
    let expression = if plain { expression } else { format!("({expression})") };
    let condition = range::condition(ask, &expression, ask.flag("strictly", false))?;
    stated(ask, &condition)
}

fn stated(ask: &Ask<'_, '_>, condition: &str) -> Result<Said, String> {
    if sql::is_aggregate(condition) {
        return aggregate(ask, condition, "group_by_columns");
    }
    if ask.get("group_by_columns").is_some() {
        return Err("it has `group_by_columns` and folds nothing".to_owned());
    }
    Ok(Said::whole(Rule::new("expression").with("sql", Value::Raw(condition.to_owned()))))
}

/// A condition of aggregates: of the whole, or of each group. A null holds.
fn aggregate(ask: &Ask<'_, '_>, condition: &str, key: &str) -> Result<Said, String> {
    sql::aggregates("expression", condition)?;
    let by = ask.columns(key)?;
    let rows = ask.rows();
    if by.is_empty() {
        let holds = format!("SELECT * FROM (SELECT ({condition}) AS holds FROM {rows}) AS whole WHERE NOT holds");
        return Ok(Said::query(holds).counting(Counts::Once));
    }
    let by = sql_names(&by);
    Ok(Said::query(format!("SELECT {by} FROM {rows} GROUP BY {by} HAVING NOT ({condition})")))
}

/// Aggregates of two tables, in all or by group, no further apart than a tolerance.
pub(super) fn equal_expression(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let expression = python::text(ask.need("expression")?);
    let compared = ask.text("compare_expression").unwrap_or_else(|| expression.clone());
    let other = if ask.get("compare_model").is_some() { ask.relation("compare_model")? } else { ask.dataset.clone() };
    let condition = ask.text("compare_row_condition").or_else(|| ask.text("row_condition"));
    for (key, text) in [("expression", &expression), ("compare_expression", &compared)] {
        sql::aggregates(key, text)?;
        if !sql::is_aggregate(text) {
            return Err(format!("`{key}: {text}` folds no rows"));
        }
    }
    let condition = condition.map(|text| sql::condition("compare_row_condition", &text)).transpose()?;
    let by = ask.columns("group_by")?;
    let compare_by = match ask.columns("compare_group_by")? {
        same if same.is_empty() => by.clone(),
        own => own,
    };
    if by.len() != compare_by.len() {
        return Err("`group_by` and `compare_group_by` are not as long".to_owned());
    }
    let difference = "abs(coalesce(a.value, 0) - coalesce(b.value, 0))";
    let breaks = match (ask.text("tolerance_percent").filter(|share| share != "0"), ask.text("tolerance")) {
        (Some(share), _) => format!("{difference} / nullif(a.value * 1.0, 0) > {share}"),
        (None, tolerance) => format!("{difference} > {}", tolerance.as_deref().unwrap_or("0")),
    };
    let counts = if by.is_empty() { Counts::Once } else { Counts::Violations };
    let sides = compare::Sides {
        left: (expression, ask.rows()),
        right: (compared, sql::rows(&other, condition.as_deref())),
        by: [by, compare_by],
    };
    Ok(Said::query(sides.joined(&breaks)).counting(counts))
}

/// The sums of groups, each no further from their mean than so many standard deviations.
pub(super) fn deviations(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let by = ask.columns("group_by")?;
    if by.is_empty() {
        return Err(
            "without `group_by` dbt looks at one sum, which is never far from itself; `z_score` is about each value"
                .to_owned(),
        );
    }
    let (column, by, rows) = (sql::name(&ask.column()?), sql_names(&by), ask.rows());
    let sigmas = ask.text("sigma_threshold").unwrap_or_else(|| "3".to_owned());
    sigmas.parse::<f64>().map_err(|_| format!("`sigma_threshold: {sigmas}` is no number"))?;
    let sums = format!("(SELECT {by}, sum({column}) AS metric FROM {rows} GROUP BY {by})");
    Ok(Said::query(format!(
        "SELECT {by}, metric FROM {sums} AS groups CROSS JOIN (SELECT avg(metric) AS middle, stddev(metric) AS spread \
         FROM {sums} AS same) AS whole WHERE spread > 0 AND abs(metric - middle) / spread > {sigmas}"
    )))
}

pub(super) fn moving_deviations(_: &mut Ask<'_, '_>) -> Result<Said, String> {
    Err("it holds each period against a moving average of logarithms of differences; `no_anomaly` follows runs of the suite"
        .to_owned())
}
