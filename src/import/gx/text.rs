//! Expectations about text: lengths, regular expressions, LIKE patterns, dates and JSON in text.

#![expect(clippy::unnecessary_wraps, reason = "all kinds answer alike, whether or not they can refuse")]

use serde_json::Value as Json;

use crate::import::draft::{Rule, Value};
use crate::import::gx::pattern;
use crate::import::gx::subject::{Answer, Subject};
use crate::import::gx::values::type_rule;
use crate::ir::Type;

pub(super) fn lengths_between(subject: &mut Subject<'_>) -> Answer {
    let rule = subject.bounded(Rule::new("length"), Some(Type::Integer))?;
    Ok(vec![subject.as_written(subject.under_column(rule))])
}

pub(super) fn lengths_equal(subject: &mut Subject<'_>) -> Answer {
    subject.flag("parse_strings_as_datetimes");
    let value = subject.value("value")?;
    Ok(vec![subject.as_written(subject.under_column(Rule::new("length").with_some("equals", value)))])
}

pub(super) fn regex(subject: &mut Subject<'_>) -> Answer {
    let pattern = subject.text("regex").unwrap_or("(?s).*");
    matched(subject, "matches", vec![pattern.to_owned()], false)
}

pub(super) fn not_regex(subject: &mut Subject<'_>) -> Answer {
    let patterns = subject.text("regex").map(str::to_owned).into_iter().collect();
    matched(subject, "not_matches", patterns, false)
}

pub(super) fn regex_list(subject: &mut Subject<'_>) -> Answer {
    let patterns = texts(subject, "regex_list")?;
    let all = subject.text("match_on") == Some("all");
    matched(subject, "matches", patterns, all)
}

pub(super) fn not_regex_list(subject: &mut Subject<'_>) -> Answer {
    let patterns = texts(subject, "regex_list")?;
    matched(subject, "not_matches", patterns, false)
}

fn texts(subject: &Subject<'_>, key: &str) -> Result<Vec<String>, String> {
    let list = subject.list(key)?.unwrap_or_default();
    Ok(list.iter().filter_map(Json::as_str).map(str::to_owned).collect())
}

fn matched(subject: &mut Subject<'_>, name: &str, patterns: Vec<String>, all: bool) -> Answer {
    let mut written = Vec::new();
    for pattern in patterns {
        let pattern = pattern::of_python(&pattern)?;
        subject.dollar |= pattern::has_dollar(&pattern);
        written.push(Value::Raw(pattern));
    }
    Ok(vec![subject.as_written(subject.under_column(fitted(name, written, all)))])
}

/// A rule with one pattern or several.
fn fitted(name: &str, mut patterns: Vec<Value>, all: bool) -> Rule {
    let pattern = if patterns.len() == 1 { patterns.swap_remove(0) } else { Value::List(patterns) };
    let rule = Rule::new(name).with("pattern", pattern);
    if all { rule.with("match", Value::word("all")) } else { rule }
}

pub(super) fn like(subject: &mut Subject<'_>) -> Answer {
    let patterns = subject.text("like_pattern").map(str::to_owned).into_iter().collect();
    liked(subject, "like", patterns)
}

pub(super) fn not_like(subject: &mut Subject<'_>) -> Answer {
    let patterns = subject.text("like_pattern").map(str::to_owned).into_iter().collect();
    liked(subject, "not_like", patterns)
}

pub(super) fn like_list(subject: &mut Subject<'_>) -> Answer {
    let patterns = texts(subject, "like_pattern_list")?;
    liked(subject, "like", patterns)
}

pub(super) fn not_like_list(subject: &mut Subject<'_>) -> Answer {
    let patterns = texts(subject, "like_pattern_list")?;
    liked(subject, "not_like", patterns)
}

fn liked(subject: &mut Subject<'_>, name: &str, patterns: Vec<String>) -> Answer {
    if patterns.iter().any(|pattern| pattern.chars().any(char::is_alphabetic)) {
        subject.near.push("case counts, as on most databases; on SQLite and MySQL it does not".to_owned());
    }
    let all = subject.text("match_on") == Some("all");
    let escape = subject.text("escape").map(|escape| Value::Raw(escape.to_owned()));
    let rule = fitted(name, patterns.into_iter().map(Value::Raw).collect(), all).with_some("escape", escape);
    Ok(vec![subject.as_written(subject.under_column(rule))])
}

pub(super) fn strftime(subject: &mut Subject<'_>) -> Answer {
    let pattern = subject.text("strftime_format").map(|pattern| Value::Raw(pattern.to_owned()));
    let made = subject.under_column(Rule::new("date_format").with_some("pattern", pattern));
    Ok(vec![subject.as_text(made)])
}

pub(super) fn dateutil(subject: &mut Subject<'_>) -> Answer {
    let made = subject.under_column(Rule::new("parseable").with("as", Value::word("any_date")));
    Ok(vec![subject.as_text(made)])
}

pub(super) fn json(subject: &mut Subject<'_>) -> Answer {
    match subject.kind() {
        Some(kind) if !kind.is_text() && !subject.types.reads_as_time(subject.text("column").unwrap_or_default()) => {
            let column = subject.text("column").unwrap_or_default();
            subject.remarks.push(format!("JSON is read from text only, and `{column}` holds none"));
            Ok(vec![subject.under_column(type_rule(&[Type::String]))])
        }
        _ => Ok(vec![subject.under_column(Rule::new("parseable").with("as", Value::word("json")))]),
    }
}

pub(super) fn json_schema(subject: &mut Subject<'_>) -> Answer {
    let schema = subject.json("json_schema").map(Value::of_json);
    let made = subject.under_column(Rule::new("json_schema").with_some("schema", schema));
    Ok(vec![subject.as_text(made)])
}
