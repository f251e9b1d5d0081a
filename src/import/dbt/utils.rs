//! The sixteen generic tests of dbt-utils.
//!
//! Source: <https://github.com/dbt-labs/dbt-utils>, the README and the SQL of each test.

use serde_json::Value as Json;

use crate::import::dbt::ask::{Ask, Known, Said, list, names, sql_names};
use crate::import::dbt::config::Counts;
use crate::import::dbt::core::{partner, values_once};
use crate::import::dbt::{compare, period, python, range, sql};
use crate::import::draft::{Rule, Value};
use crate::ir::Type;

pub(super) const TESTS: [Known; 16] = [
    Known { name: "accepted_range", arguments: &["min_value", "max_value", "inclusive"], say: accepted_range },
    Known { name: "at_least_one", arguments: &["group_by_columns"], say: at_least_one },
    Known { name: "cardinality_equality", arguments: &["to", "field"], say: cardinality_equality },
    Known { name: "equal_rowcount", arguments: &["compare_model", "group_by_columns"], say: equal_rowcount },
    Known {
        name: "equality",
        arguments: &["compare_model", "compare_columns", "exclude_columns", "precision"],
        say: equality,
    },
    Known { name: "expression_is_true", arguments: &["expression"], say: expression_is_true },
    Known { name: "fewer_rows_than", arguments: &["compare_model", "group_by_columns"], say: fewer_rows_than },
    Known {
        name: "mutually_exclusive_ranges",
        arguments: &["lower_bound_column", "upper_bound_column", "partition_by", "gaps", "zero_length_range_allowed"],
        say: mutually_exclusive_ranges,
    },
    Known { name: "not_accepted_values", arguments: &["values", "quote"], say: not_accepted_values },
    Known { name: "not_constant", arguments: &["group_by_columns"], say: not_constant },
    Known { name: "not_empty_string", arguments: &["trim_whitespace"], say: not_empty_string },
    Known {
        name: "not_null_proportion",
        arguments: &["at_least", "at_most", "group_by_columns"],
        say: not_null_proportion,
    },
    Known {
        name: "recency",
        arguments: &["field", "datepart", "interval", "ignore_time_component", "group_by_columns"],
        say: recency,
    },
    Known {
        name: "relationships_where",
        arguments: &["to", "field", "from_condition", "to_condition"],
        say: relationships_where,
    },
    Known {
        name: "sequential_values",
        arguments: &["interval", "datepart", "group_by_columns"],
        say: sequential_values,
    },
    Known {
        name: "unique_combination_of_columns",
        arguments: &["combination_of_columns", "quote_columns"],
        say: unique_combination_of_columns,
    },
];

fn accepted_range(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let strict = !ask.flag("inclusive", true);
    range::each(ask, "between", strict)
}

/// A group without any value counts as one failure; where nothing is there at all, dbt fails as well.
fn at_least_one(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    let (rule, counts) = ask.grouped(Rule::new("distinct_count").with("min", 1), "group_by_columns")?;
    Ok(Said::at(column, rule).counting(counts))
}

/// Each value occurs as often on both sides; what differs is counted on both.
fn cardinality_equality(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let parent = ask.relation("to")?;
    let field = python::text(ask.need("field")?);
    let field =
        ask.project.spelled(&parent, &sql::column(&field).ok_or("`field` is an expression where a column is wanted")?);
    let side = |column: &str, rows: String| {
        let name = sql::name(column);
        format!("SELECT {name} AS value, count(*) AS num_rows FROM {rows} GROUP BY {name}")
    };
    let left = side(&ask.column()?, ask.rows());
    Ok(Said::query(compare::difference(&left, &side(&field, parent))))
}

fn equal_rowcount(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let other = ask.relation("compare_model")?;
    let by = ask.columns("group_by_columns")?;
    if by.is_empty() {
        return Ok(Said::whole(Rule::new("same_row_count").with("to", Value::text(other))).counting(Counts::Other));
    }
    let sides = compare::Sides {
        left: ("count(*)".to_owned(), ask.rows()),
        right: ("count(*)".to_owned(), other),
        by: [by.clone(), by],
    };
    Ok(Said::query(sides.joined("coalesce(a.value, 0) <> coalesce(b.value, 0)")).counting(Counts::Other))
}

fn fewer_rows_than(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let other = ask.relation("compare_model")?;
    let by = ask.columns("group_by_columns")?;
    let sides = compare::Sides {
        left: ("count(*)".to_owned(), ask.rows()),
        right: ("count(*)".to_owned(), other),
        by: [by.clone(), by],
    };
    Ok(Said::query(sides.joined("a.value >= b.value")).counting(Counts::Other))
}

/// The different rows of one side that the other lacks. Rows that repeat count once, as in SQL's `EXCEPT`.
fn equality(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let other = ask.relation("compare_model")?;
    if ask.get("precision").is_some() {
        return Err(
            "`precision` rounds both sides before they are compared, which needs the types of the database".to_owned()
        );
    }
    let excluded = ask.columns("exclude_columns")?;
    let mut columns = ask.columns("compare_columns")?;
    if columns.is_empty() && !excluded.is_empty() {
        let known =
            ask.project.columns(&ask.dataset).ok_or("`exclude_columns` needs --source to know the other columns")?;
        columns = known.iter().map(|(name, _)| name.clone()).filter(|name| !excluded.contains(name)).collect();
    }
    let all = if columns.is_empty() { "*".to_owned() } else { sql_names(&columns) };
    let left = format!("SELECT {all} FROM {}", ask.rows());
    let right = format!("SELECT {all} FROM {other}");
    let said = Said::query(compare::difference(&left, &right)).counting(Counts::Other);
    Ok(said)
}

/// A null result holds. At a column the expression goes on from its name.
fn expression_is_true(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let expression = python::text(ask.need("expression")?);
    let whole = match &ask.column {
        Some(column) => format!("{} {expression}", sql::name(column)),
        None => expression,
    };
    Ok(Said::whole(Rule::new("expression").with("sql", Value::Raw(whole))))
}

/// An interval must begin before it ends, and end before the next begins; a null end breaks it, of the last one too.
fn mutually_exclusive_ranges(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let bound = |ask: &Ask<'_, '_>, key: &str| ask.column_of(&python::text(ask.need(key)?));
    let (start, end) = (bound(ask, "lower_bound_column")?, bound(ask, "upper_bound_column")?);
    let by = match ask.text("partition_by") {
        Some(text) => text.split(',').map(|name| ask.column_of(name)).collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let gaps = ask.text("gaps").unwrap_or_else(|| "allowed".to_owned());
    let zero = ask.flag("zero_length_range_allowed", false);
    if gaps == "allowed" && !zero && !ask.counted {
        let order = format!("{} < {}", sql::name(&start), sql::name(&end));
        let ends = Rule::new("expression").with("sql", Value::Raw(order)).with("nulls", Value::word("fail"));
        let apart = Rule::new("no_overlaps").with("start", Value::text(start)).with("end", Value::text(end));
        let apart = if by.is_empty() { apart } else { apart.with("by", names(&by)) };
        return Ok(Said::whole(apart).and(None, ends));
    }
    let operator = match gaps.as_str() {
        "allowed" => "<=",
        "not_allowed" => "=",
        "required" => "<",
        other => return Err(format!("`gaps: {other}` is no way of gaps")),
    };
    let (start, end) = (sql::name(&start), sql::name(&end));
    let partition = if by.is_empty() { String::new() } else { format!("PARTITION BY {} ", sql_names(&by)) };
    let order = format!("OVER ({partition}ORDER BY {start}, {end})");
    let less = if zero { "<=" } else { "<" };
    let all = if by.is_empty() { String::new() } else { format!("{}, ", sql_names(&by)) };
    Ok(Said::query(format!(
        "SELECT * FROM (SELECT {all}{start}, {end}, lead({start}) {order} AS next_start FROM {}) AS ranges \
         WHERE NOT coalesce({start} {less} {end}, false) OR NOT coalesce({end} {operator} next_start, next_start IS NULL)",
        ask.rows()
    )))
}

fn not_accepted_values(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let quoted = ask.flag("quote", true);
    let values = ask.values("values", quoted)?;
    if ask.counted {
        return Ok(Said::query(values_once(ask, ("values", quoted), "IN", false)?));
    }
    Ok(Said::at(ask.column()?, Rule::new("not_in_set").with("values", values)))
}

/// One value fails; none at all holds.
fn not_constant(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    let rule = Rule::new("distinct_count").with("min", 2).with("on_empty", Value::word("pass"));
    let (rule, counts) = ask.grouped(rule, "group_by_columns")?;
    Ok(Said::at(column, rule).counting(counts))
}

fn not_empty_string(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    if !ask.flag("trim_whitespace", true) {
        return Ok(Said::at(column, Rule::new("length").with("min", 1)));
    }
    // Text that holds something else than white space; a null has nothing to match.
    Ok(Said::at(column, Rule::new("matches").with("pattern", Value::Raw(r"\S".to_owned()))))
}

fn not_null_proportion(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    let rest = |key: &str| match ask.get(key) {
        Some(value) => range::rest(&python::text(value)).map(Some),
        None => Ok(None),
    };
    let most = rest("at_least")?.ok_or("it needs `at_least`")?;
    let least = rest("at_most")?.filter(|least| least != "0");
    let mut rule = Rule::new("null_share");
    if let Some(least) = &least {
        rule = rule.with("min", Value::word(least));
    }
    rule = rule.with("max", Value::word(most));
    if least.is_some() {
        rule = rule.with("on_empty", Value::word("pass"));
    }
    let (rule, counts) = ask.grouped(rule, "group_by_columns")?;
    Ok(Said::at(column, rule).counting(counts))
}

/// The newest value lies at most so long before now; without any value dbt has nothing to compare, and passes.
fn recency(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let field = python::text(ask.need("field")?);
    let column = sql::column_of_cast(&field)
        .ok_or_else(|| format!("`field: {field}` is an expression where a column is wanted"))?;
    let column = ask.project.spelled(&ask.dataset, &column);
    let age = period::length(&python::text(ask.need("datepart")?), ask.need("interval")?)?;
    let by_day = ask.flag("ignore_time_component", false);
    let is_date = ask.kind(&column) == Some(Type::Date);
    let rule = if by_day {
        let since =
            vec![("as_of".to_owned(), Value::word(format!("-{age}"))), ("floor".to_owned(), Value::word("day"))];
        Rule::new("max").with("min", Value::Map(since))
    } else {
        Rule::new("freshness").with("max_age", Value::word(age))
    };
    let (rule, counts) = ask.grouped(rule.with("on_empty", Value::word("pass")), "group_by_columns")?;
    let said = Said::at(column, rule).counting(counts);
    Ok(if is_date && !by_day {
        said.near("dbt takes the beginning of the day for the moment of a date; here its age is in whole days")
    } else {
        said
    })
}

fn relationships_where(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let mut parent = ask.relation("to")?;
    let field = python::text(ask.need("field")?);
    if let Some(condition) = ask.text("to_condition").filter(|text| text.replace(' ', "") != "1=1") {
        parent = ask.project.filtered(&parent, &sql::condition("to_condition", &condition)?);
    }
    let mut rule = Rule::new("foreign_key").with("to", partner(ask, &parent, &field)?);
    if let Some(condition) = ask.text("from_condition").filter(|text| text.replace(' ', "") != "1=1") {
        rule = rule.with("where", Value::Raw(sql::condition("from_condition", &condition)?));
    }
    Ok(Said::at(ask.column()?, rule))
}

/// Values are put in their own order, and each is a step after the one before.
fn sequential_values(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let column = ask.column()?;
    let interval = ask.get("interval").cloned().unwrap_or(Json::from(1));
    let step = match ask.text("datepart") {
        Some(part) => Some(period::length(&part, &interval)?),
        None => Some(python::text(&interval)).filter(|step| step != "1"),
    };
    let mut rule = Rule::new("sequential");
    if let Some(step) = step {
        rule = rule.with("step", Value::word(step));
    }
    rule = rule.with("order_by", Value::text(&column));
    let by = ask.columns("group_by_columns")?;
    if !by.is_empty() {
        rule = rule.with("group_by", names(&by));
    }
    let counts = if by.is_empty() { Counts::Violations } else { Counts::Other };
    Ok(Said::at(column, rule).counting(counts))
}

/// A null is a value of the key like any other.
fn unique_combination_of_columns(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let columns = ask.columns("combination_of_columns")?;
    if columns.is_empty() {
        return Err("it needs `combination_of_columns`".to_owned());
    }
    let mut rule = Rule::new("unique").with("columns", list(&columns)).with("nulls", Value::word("value"));
    if ask.counted {
        rule = rule.with("count", Value::word("distinct"));
    }
    Ok(Said::whole(rule))
}
