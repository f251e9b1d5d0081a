//! Contracts: what dbt holds a model to when it builds it, its columns, their types and constraints.
//!
//! Only an enforced contract counts. Types are those of databases; size and precision are not compared, by dbt neither.
//!
//! Source: <https://docs.getdbt.com/reference/resource-configs/contract>.

use serde_json::Value as Json;

use crate::import::dbt::found::{Column, Table, texts};
use crate::import::dbt::jinja;
use crate::import::dbt::project::Project;
use crate::import::dbt::{ask, python, sql};
use crate::import::draft::{Rule, Value};

/// One thing that a contract asks for.
pub(super) struct Clause {
    /// What it is, in the words of dbt.
    pub(super) called: String,
    /// The line of the column it stands at.
    pub(super) line: Option<u64>,
    /// Where and what, or why not.
    pub(super) said: Result<Vec<(Option<String>, Rule)>, String>,
}

/// What the contract of a table asks for; nothing if it has none that is enforced.
pub(super) fn clauses(table: &Table, dataset: &str, project: &mut Project<'_>) -> Vec<Clause> {
    if !table.contract {
        return Vec::new();
    }
    let names: Vec<String> = table.columns.iter().map(|column| project.spelled(dataset, &column.name)).collect();
    let whole = Rule::new("columns").with("names", ask::list(&names)).with("exact", true);
    let clause = |called: String, line, said| Clause { called, line, said };
    let mut clauses = vec![clause("contract".to_owned(), table.line, Ok(vec![(None, whole)]))];
    for constraint in &table.constraints {
        let kind = python::text(&constraint["type"]);
        let said = constrained(constraint, &texts(constraint.get("columns")), dataset, project);
        clauses.push(clause(format!("constraint {kind}"), table.line, said));
    }
    for (column, name) in table.columns.iter().zip(names) {
        if let Some(theirs) = &column.data_type {
            let said =
                kind(theirs).map(|kind| vec![(Some(name.clone()), Rule::new("type").with("is", Value::word(kind)))]);
            clauses.push(clause(format!("data_type {theirs}"), column.line, said));
        }
        clauses.extend(of_column(column, &name, dataset, project));
    }
    clauses
}

fn of_column(column: &Column, name: &str, dataset: &str, project: &mut Project<'_>) -> Vec<Clause> {
    let clause = |constraint: &Json| Clause {
        called: format!("constraint {}", python::text(&constraint["type"])),
        line: column.line,
        said: constrained(constraint, &[name.to_owned()], dataset, project),
    };
    column.constraints.iter().map(clause).collect()
}

fn constrained(
    constraint: &Json,
    columns: &[String],
    dataset: &str,
    project: &mut Project<'_>,
) -> Result<Vec<(Option<String>, Rule)>, String> {
    let columns: Vec<String> = columns.iter().map(|name| project.spelled(dataset, name)).collect();
    let each = |expectation: &str| {
        columns.iter().map(|column| (Some(column.clone()), Rule::new(expectation))).collect::<Vec<_>>()
    };
    let unique = |nulls: bool| match columns.as_slice() {
        [one] => vec![(Some(one.clone()), Rule::new("unique"))],
        several => {
            let rule = Rule::new("unique").with("columns", ask::list(several));
            // A key with a null in it repeats none, in a constraint.
            vec![(None, if nulls { rule.with("nulls", Value::word("pass")) } else { rule })]
        }
    };
    let kind = python::text(&constraint["type"]);
    if columns.is_empty() && kind != "check" {
        return Err("it names no column".to_owned());
    }
    match kind.as_str() {
        "not_null" => Ok(each("not_null")),
        "unique" => Ok(unique(true)),
        "primary_key" => Ok(each("not_null").into_iter().chain(unique(false)).collect()),
        "foreign_key" => foreign_key(constraint, &columns, project),
        "check" => {
            let expression = constraint["expression"].as_str().ok_or("it has no `expression`")?;
            let expression = sql::condition("expression", expression)?;
            Ok(vec![(None, Rule::new("expression").with("sql", Value::Raw(expression)))])
        }
        other => Err(format!("a constraint of type `{other}` is SQL of the database")),
    }
}

/// `to` and `to_columns`, or an expression as `{{ ref('customers') }} (id)`. A key with a null in it is left out.
fn foreign_key(
    constraint: &Json,
    columns: &[String],
    project: &mut Project<'_>,
) -> Result<Vec<(Option<String>, Rule)>, String> {
    let expression = constraint["expression"].as_str().unwrap_or_default();
    let (to, theirs) = if let Some(to) = constraint["to"].as_str() {
        (to.to_owned(), texts(constraint.get("to_columns")))
    } else {
        let open = expression.rfind('(').ok_or("it has neither `to` nor an expression with columns")?;
        let inside = expression[open + 1..].trim_end().trim_end_matches(')');
        (expression[..open].trim().to_owned(), inside.split(',').map(|name| name.trim().to_owned()).collect())
    };
    let reference = jinja::reference(&to).ok_or_else(|| format!("`{to}` is neither `ref` nor `source`"))?;
    let parent = project.dataset(&reference);
    let theirs: Vec<String> = theirs.iter().map(|name| project.spelled(&parent, name)).collect();
    match (columns, theirs.as_slice()) {
        ([one], [other]) => {
            let rule = Rule::new("foreign_key").with("to", Value::text(format!("{parent}.{other}")));
            Ok(vec![(Some(one.clone()), rule)])
        }
        (several, others) if several.len() == others.len() => {
            let to = vec![("dataset".to_owned(), Value::text(parent)), ("columns".to_owned(), ask::list(others))];
            Ok(vec![(None, Rule::new("foreign_key").with("columns", ask::list(several)).with("to", Value::Map(to)))])
        }
        _ => Err("it has not as many columns on both sides".to_owned()),
    }
}

/// The type of suites for one of a database.
///
/// # Errors
/// If there is none.
pub(super) fn kind(theirs: &str) -> Result<&'static str, String> {
    let lower = theirs.trim().to_lowercase();
    let (base, arguments) = match lower.split_once(['(', '<']) {
        Some((base, rest)) => (base.trim(), rest.trim_end_matches([')', '>'])),
        None => (lower.as_str(), ""),
    };
    if base.ends_with("[]") {
        return Ok("list");
    }
    let whole = arguments.rsplit_once(',').is_some_and(|(_, scale)| scale.trim() == "0");
    Ok(match base {
        "varchar" | "text" | "string" | "char" | "character" | "character varying" | "nvarchar" | "nchar"
        | "bpchar" | "citext" | "clob" | "uuid" | "ntext" | "varchar2" | "nvarchar2" => "string",
        "int" | "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" | "byteint" | "int2" | "int4" | "int8"
        | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" | "hugeint" | "long" | "short"
        | "serial" | "bigserial" => "integer",
        "numeric" | "decimal" | "number" | "dec" if whole => "integer",
        "numeric" | "decimal" | "number" | "dec" | "bignumeric" | "bigdecimal" | "money" => "decimal",
        "float" | "float4" | "float8" | "float16" | "float32" | "float64" | "double" | "double precision" | "real" => {
            "float"
        }
        "bool" | "boolean" | "bit" => "boolean",
        "date" | "date32" => "date",
        "timestamp"
        | "timestamptz"
        | "datetime"
        | "datetime2"
        | "datetime64"
        | "smalldatetime"
        | "datetimeoffset"
        | "timestamp_ntz"
        | "timestamp_ltz"
        | "timestamp_tz"
        | "timestamp without time zone"
        | "timestamp with time zone" => "timestamp",
        "time" | "time without time zone" => "time",
        "json" | "jsonb" => "json",
        "array" | "list" => "list",
        "struct" | "object" | "record" | "map" | "row" => "object",
        _ => return Err(format!("`{theirs}` is a type of the database that has no partner here")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_databases_have_partners() {
        for (theirs, ours) in [
            ("VARCHAR(10)", "string"),
            ("numeric(38, 0)", "integer"),
            ("NUMBER(10,2)", "decimal"),
            ("double precision", "float"),
            ("timestamp_ntz(9)", "timestamp"),
            ("ARRAY<STRING>", "list"),
            ("text[]", "list"),
        ] {
            assert_eq!(kind(theirs), Ok(ours), "{theirs}");
        }
        assert!(kind("geography").is_err());
    }
}
