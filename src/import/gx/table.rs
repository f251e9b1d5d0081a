//! Expectations about the table as a whole: rows, columns, and queries.

#![expect(clippy::unnecessary_wraps, reason = "all kinds answer alike, whether or not they can refuse")]

use serde_json::Value as Json;

use crate::import::draft::{Rule, Value};
use crate::import::gx::subject::{Answer, Made, Subject};
use crate::ir::Type;
use crate::suite::quote;

pub(super) fn row_count_between(subject: &mut Subject<'_>) -> Answer {
    Ok(vec![whole(subject.bounded(Rule::new("row_count"), Some(Type::Integer))?)])
}

pub(super) fn row_count(subject: &mut Subject<'_>) -> Answer {
    Ok(vec![whole(Rule::new("row_count").with_some("equals", subject.value("value")?))])
}

pub(super) fn column_count_between(subject: &mut Subject<'_>) -> Answer {
    Ok(vec![whole(subject.bounded(Rule::new("column_count"), Some(Type::Integer))?)])
}

pub(super) fn column_count(subject: &mut Subject<'_>) -> Answer {
    Ok(vec![whole(Rule::new("column_count").with_some("equals", subject.value("value")?))])
}

pub(super) fn other_row_count(subject: &mut Subject<'_>) -> Answer {
    let Some(other) = subject.text("other_table_name") else { return Err("it names no other table".to_owned()) };
    // A table that no source was given for gets the name it would have.
    let name = known(subject, other).unwrap_or_else(|| quote::dataset_name(other, &[]));
    Ok(vec![whole(Rule::new("same_row_count").with("to", Value::text(name)))])
}

/// The dataset that a table is, by its own name or the last part of a longer one.
fn known(subject: &Subject<'_>, table: &str) -> Option<String> {
    let last = table.rsplit('.').next().unwrap_or(table);
    let find =
        |wanted: &str| subject.datasets.iter().find(|(called, _)| called == wanted).map(|(_, name)| name.clone());
    let named = |wanted: &str| {
        let wanted = quote::dataset_name(wanted, &[]);
        subject.datasets.iter().find(|(_, name)| *name == wanted).map(|(_, name)| name.clone())
    };
    find(table).or_else(|| find(last)).or_else(|| named(table)).or_else(|| named(last))
}

pub(super) fn exists(subject: &mut Subject<'_>) -> Answer {
    let column = subject.text("column").map(Value::text);
    // Counted from 0 there; 0 itself goes unnoticed there, and is taken at its word here.
    let position = match subject.json("column_index") {
        Some(Json::Number(index)) => index.as_u64().map(|index| Value::from(index + 1)),
        Some(other) => Some(Value::of_json(other)),
        None => None,
    };
    let rule = Rule::new("column_exists").with_some("column", column).with_some("position", position);
    Ok(vec![whole(rule)])
}

pub(super) fn columns_set(subject: &mut Subject<'_>) -> Answer {
    let exact = subject.flag("exact_match") != Some(false);
    let Some(names) = names(subject, "column_set")? else { return Ok(vec![any_columns()]) };
    let rule = Rule::new("columns").with("names", names);
    Ok(vec![whole(if exact { rule.with("exact", true) } else { rule })])
}

pub(super) fn columns_list(subject: &mut Subject<'_>) -> Answer {
    let Some(names) = names(subject, "column_list")? else { return Ok(vec![any_columns()]) };
    Ok(vec![whole(Rule::new("columns").with("names", names).with("exact", true).with("ordered", true))])
}

fn names(subject: &Subject<'_>, key: &str) -> Result<Option<Vec<Value>>, String> {
    let Some(list) = subject.list(key)? else { return Ok(None) };
    let mut names: Vec<&str> = Vec::new();
    for name in list.iter().filter_map(Json::as_str) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(Some(names.into_iter().map(Value::text).collect()))
}

/// No list, no rule: no column in particular is asked for.
fn any_columns() -> Made {
    whole(Rule::new("columns").with("names", Vec::new()))
}

/// A query whose rows are unexpected; `{batch}` is the dataset.
pub(super) fn unexpected_rows(subject: &mut Subject<'_>) -> Answer {
    let Some(query) = subject.text("unexpected_rows_query") else { return Err("it has no query".to_owned()) };
    let sql = query.replace("{batch}", subject.dataset).replace("{active_batch}", subject.dataset);
    let sql = sql.trim().trim_end_matches(';').to_owned();
    for table in tables(&sql)? {
        if table == subject.dataset {
            continue;
        }
        let Some(name) = known(subject, &table) else {
            return Err(format!("its query reads `{table}`, which is no dataset here: give it a --source"));
        };
        if name != table {
            return Err(format!("its query reads `{table}`, which is called `{name}` here: write that in the query"));
        }
    }
    Ok(vec![whole(Rule::new("query").with("sql", Value::Raw(sql)))])
}

/// The tables that a query reads.
fn tables(sql: &str) -> Result<Vec<String>, String> {
    use sqlparser::ast::visit_relations;
    use sqlparser::dialect::GenericDialect;
    use sqlparser::parser::Parser;

    let statements = Parser::parse_sql(&GenericDialect {}, sql).map_err(|_| "its query cannot be read".to_owned())?;
    let mut tables: Vec<String> = Vec::new();
    let mut defined: Vec<String> = Vec::new();
    for statement in &statements {
        if let sqlparser::ast::Statement::Query(query) = statement {
            let with = query.with.iter().flat_map(|with| &with.cte_tables);
            defined.extend(with.map(|table| table.alias.name.value.clone()));
        }
    }
    let _ = visit_relations(&statements, |relation| {
        let name = relation.to_string().replace(['"', '`'], "");
        if !tables.contains(&name) && !defined.contains(&name) {
            tables.push(name);
        }
        std::ops::ControlFlow::<()>::Continue(())
    });
    Ok(tables)
}

pub(super) fn query_comparison(subject: &mut Subject<'_>) -> Answer {
    let source = subject.text("comparison_data_source_name").unwrap_or_default();
    Err(format!("it compares two queries, one of them in the data source `{source}`: see same_rows and same_aggregate"))
}

/// A rule of the dataset's own list.
fn whole(rule: Rule) -> Made {
    Made { rule, ..Made::default() }
}
