//! Expectations about each value of a column: nulls, sets, ranges, repeats, order, types.

#![expect(clippy::unnecessary_wraps, reason = "all kinds answer alike, whether or not they can refuse")]

use serde_json::Value as Json;

use crate::import::document;
use crate::import::draft::{Rule, Value};
use crate::import::gx::subject::{Answer, Made, Subject, scalar};
use crate::import::gx::types;
use crate::ir::Type;

pub(super) fn not_null(subject: &mut Subject<'_>) -> Answer {
    Ok(vec![subject.under_column(Rule::new("not_null"))])
}

pub(super) fn null(subject: &mut Subject<'_>) -> Answer {
    Ok(vec![subject.under_column(Rule::new("is_null"))])
}

pub(super) fn unique(subject: &mut Subject<'_>) -> Answer {
    subject.flag("parse_strings_as_datetimes");
    Ok(vec![subject.under_column(Rule::new("unique"))])
}

pub(super) fn in_set(subject: &mut Subject<'_>) -> Answer {
    let made = match subject.list("value_set")? {
        // No set, no rule: every value may be there.
        None => subject.under_column(Rule::new("not_in_set").with("values", Vec::new())),
        Some(values) => {
            let values = members(subject, &values);
            subject.under_column(Rule::new("in_set").with("values", values))
        }
    };
    Ok(vec![dated(subject, made)])
}

pub(super) fn not_in_set(subject: &mut Subject<'_>) -> Answer {
    let values = subject.list("value_set")?.unwrap_or_default();
    let values = members(subject, &values);
    let made = subject.under_column(Rule::new("not_in_set").with("values", values));
    Ok(vec![dated(subject, made)])
}

/// The members of a set that a value of the column can equal: to Great Expectations `"1"` is not `1`. Null is none.
pub(super) fn members(subject: &mut Subject<'_>, values: &[Json]) -> Vec<Value> {
    let kind = subject.kind();
    let all = values.len();
    let nulls = values.iter().filter(|value| value.is_null()).count();
    let kept: Vec<Value> = values
        .iter()
        .filter(|value| !value.is_null() && can_equal(value, kind))
        .map(|value| of_kind(value, kind))
        .collect();
    let lost = all - nulls - kept.len();
    if let (Some(kind), 1..) = (kind, lost) {
        let what = if lost == 1 { "1 value".to_owned() } else { format!("{lost} values") };
        subject.remarks.push(format!("{what} of the set left out: no {kind} equals what is written there"));
    }
    kept
}

/// Whether a value of a column can equal one of JSON, without conversion.
pub(super) fn can_equal(value: &Json, kind: Option<Type>) -> bool {
    match (value, kind) {
        (Json::Number(_) | Json::Bool(_), Some(kind)) => kind.is_number() || kind == Type::Boolean,
        (Json::Object(_), Some(kind)) if document::digits(value).is_some() => kind.is_number(),
        (Json::String(_), Some(kind)) => !kind.is_number() && kind != Type::Boolean,
        _ => true,
    }
}

/// A value as the column spells it: to Python `True` is 1.
fn of_kind(value: &Json, kind: Option<Type>) -> Value {
    match (value, kind) {
        (Json::Bool(flag), Some(kind)) if kind.is_number() => Value::word(u8::from(*flag).to_string()),
        (Json::Number(number), Some(Type::Boolean)) if number.as_f64() == Some(1.0) => Value::from(true),
        (Json::Number(number), Some(Type::Boolean)) if number.as_f64() == Some(0.0) => Value::from(false),
        _ => scalar(value),
    }
}

pub(super) fn between(subject: &mut Subject<'_>) -> Answer {
    if subject.flag("allow_cross_type_comparisons") == Some(true) {
        subject.near.push("values of another type than the bounds are not compared by Python's order".to_owned());
    }
    let rule = subject.bounded(Rule::new("between"), subject.kind())?;
    let made = subject.under_column(rule);
    if subject.flag("parse_strings_as_datetimes") == Some(true) {
        return Ok(vec![dated(subject, made)]);
    }
    let made = if has_bounds(&made.rule) { subject.as_number(made) } else { made };
    Ok(vec![made])
}

/// Whether there is a bound that text could not be compared with.
pub(super) fn has_bounds(rule: &Rule) -> bool {
    rule.keys.iter().any(|(key, _)| matches!(key.as_str(), "min" | "max" | "strict_min" | "strict_max" | "equals"))
}

pub(super) fn increasing(subject: &mut Subject<'_>) -> Answer {
    ordered(subject, "increasing")
}

pub(super) fn decreasing(subject: &mut Subject<'_>) -> Answer {
    ordered(subject, "decreasing")
}

fn ordered(subject: &mut Subject<'_>, name: &str) -> Answer {
    let strictly = subject.flag("strictly").filter(|strictly| *strictly);
    let made = subject.under_column(Rule::new(name).with_some("strict", strictly));
    if subject.flag("parse_strings_as_datetimes") == Some(true) {
        return Ok(vec![dated(subject, made)]);
    }
    Ok(vec![subject.as_number(made)])
}

/// The column read as timestamps, if the expectation says that its text is to be parsed.
pub(super) fn dated(subject: &mut Subject<'_>, made: Made) -> Made {
    const PATTERNS: [&str; 5] = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%m/%d/%Y", "%m/%d/%Y %H:%M:%S"];
    let stored = subject.kind().is_some_and(|kind| matches!(kind, Type::Date | Type::Timestamp));
    if subject.flag("parse_strings_as_datetimes") != Some(true) || stored {
        return made;
    }
    let Some(column) = made.column.clone() else { return made };
    subject
        .near
        .push("parse_strings_as_datetimes: text is read by the patterns listed, and dateutil knows more".to_owned());
    let patterns: Vec<Value> = PATTERNS.into_iter().map(|pattern| Value::Raw(pattern.to_owned())).collect();
    let keys = vec![("type".to_owned(), Value::word("timestamp")), ("parse".to_owned(), Value::List(patterns))];
    Made { columns: vec![(column, keys)], ..made }
}

pub(super) fn of_type(subject: &mut Subject<'_>) -> Answer {
    match subject.text("type_").or_else(|| subject.text("type")) {
        Some(name) => typed(subject, &[name.to_owned()]),
        None => Err("it names no type".to_owned()),
    }
}

pub(super) fn in_type_list(subject: &mut Subject<'_>) -> Answer {
    match subject.list("type_list")? {
        // No list, no rule but that the column is there.
        None => Ok(vec![Made {
            rule: Rule::new("column_exists").with_some("column", subject.text("column").map(Value::text)),
            ..Made::default()
        }]),
        Some(names) => {
            let names: Vec<String> = names.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            typed(subject, &names)
        }
    }
}

fn typed(subject: &mut Subject<'_>, names: &[String]) -> Answer {
    let unknown: Vec<&str> = names.iter().filter(|name| types::named(name).is_none()).map(String::as_str).collect();
    let mut wanted: Vec<Type> = Vec::new();
    for kind in names.iter().filter_map(|name| types::named(name)).flatten() {
        if !wanted.contains(kind) {
            wanted.push(*kind);
        }
    }
    if wanted.is_empty() {
        return Err(format!("no type is known by the name {}", names.join(", ")));
    }
    if !unknown.is_empty() {
        subject.near.push(format!("no type is known by the name {}", unknown.join(", ")));
    }
    Ok(vec![subject.under_column(type_rule(&wanted))])
}

/// A rule that values are of one of some types.
pub(super) fn type_rule(wanted: &[Type]) -> Rule {
    let words: Vec<Value> = wanted.iter().map(|kind| Value::word(kind.name())).collect();
    match words.as_slice() {
        [one] => Rule::new("type").with("is", one.clone()),
        _ => Rule::new("type").with("is", words),
    }
}
