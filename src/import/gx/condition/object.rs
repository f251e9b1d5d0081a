//! Conditions as JSON objects, as Great Expectations 1.9 and later keep them.

use serde_json::Value as Json;

use super::tree::{Condition, Op, Term};
use crate::import::document;

/// Reads an object.
///
/// # Errors
/// What is not understood, as a fragment.
pub(super) fn read(given: &Json) -> Result<Condition, String> {
    let kind = given.get("type").and_then(Json::as_str).unwrap_or_default();
    let column = || {
        let column = given.get("column").ok_or("a condition names no column")?;
        let name = column.get("name").unwrap_or(column).as_str().ok_or("a condition names no column")?;
        Ok::<_, String>(Term::Column(name.to_owned()))
    };
    match kind {
        "comparison" => {
            let parameter = given.get("parameter").unwrap_or(&Json::Null);
            let operator = given.get("operator").and_then(Json::as_str).unwrap_or_default();
            match (operator, parameter) {
                ("IN", Json::Array(values)) => Ok(Condition::In(column()?, terms(values)?)),
                ("NOT_IN", Json::Array(values)) => {
                    Ok(Condition::Not(Box::new(Condition::In(column()?, terms(values)?))))
                }
                (sign, value) => {
                    let op = Op::of(sign).ok_or_else(|| format!("the operator `{sign}` is not known"))?;
                    Ok(Condition::Compare(column()?, op, term(value)?))
                }
            }
        }
        "nullity" => {
            let null = Condition::Null(column()?);
            let wanted = given.get("is_null").and_then(Json::as_bool).unwrap_or(true);
            Ok(if wanted { null } else { Condition::Not(Box::new(null)) })
        }
        "and" | "or" => {
            let parts = given.get("conditions").and_then(Json::as_array).ok_or("it joins no conditions")?;
            let parts = parts.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            Ok(if kind == "and" { Condition::All(parts) } else { Condition::Any(parts) })
        }
        "pass_through" => match given.get("pass_through_filter").and_then(Json::as_str) {
            Some(raw) => Ok(Condition::Raw(raw.to_owned())),
            None => Err("it passes nothing through".to_owned()),
        },
        other => Err(format!("a condition of type `{other}` is not known")),
    }
}

fn terms(values: &[Json]) -> Result<Vec<Term>, String> {
    values.iter().map(term).collect()
}

fn term(value: &Json) -> Result<Term, String> {
    Ok(match value {
        Json::Null => Term::Nothing,
        Json::Bool(flag) => Term::Boolean(*flag),
        Json::Number(number) => Term::Number(number.to_string()),
        Json::String(text) => Term::Text(text.clone()),
        Json::Array(_) | Json::Object(_) => match document::digits(value) {
            Some(digits) => Term::Number(digits.to_owned()),
            None => return Err(format!("`{value}` is no value")),
        },
    })
}
