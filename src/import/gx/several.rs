//! Expectations about several columns of a row.

#![expect(clippy::unnecessary_wraps, reason = "all kinds answer alike, whether or not they can refuse")]

use serde_json::Value as Json;

use crate::import::draft::{Rule, Value};
use crate::import::gx::subject::{Answer, Made, Subject, scalar};

/// What a null in the columns means to a rule that compares values, or to one for which null is a value.
#[derive(Clone, Copy)]
enum Null {
    /// Nothing is known of it: it breaks the rule.
    Breaks,
    /// It is a value like others.
    IsValue,
}

/// `ignore_row_if` as `nulls`; leaving out rows where all are null is what rules here do by themselves.
fn nulls(subject: &Subject<'_>, null: Null) -> Result<Option<Value>, String> {
    Ok(match subject.text("ignore_row_if") {
        None | Some("both_values_are_missing" | "all_values_are_missing") => None,
        Some("either_value_is_missing" | "any_value_is_missing") => Some(Value::word("ignore")),
        Some("neither" | "never") => Some(Value::word(match null {
            Null::Breaks => "fail",
            Null::IsValue => "value",
        })),
        // Not known to Great Expectations either: the suite refuses it.
        Some(other) => Some(Value::text(other)),
    })
}

fn name(subject: &Subject<'_>, key: &str) -> Option<Value> {
    subject.text(key).map(Value::text)
}

fn compared(subject: &Subject<'_>, op: &str) -> Result<Rule, String> {
    Ok(Rule::new("compare")
        .with_some("left", name(subject, "column_A"))
        .with("op", Value::Raw(op.to_owned()))
        .with_some("right", name(subject, "column_B"))
        .with_some("nulls", nulls(subject, Null::Breaks)?))
}

pub(super) fn pair_equal(subject: &mut Subject<'_>) -> Answer {
    // A column beside itself, or none at all: only `compare` takes the one, and says what is missing of the other.
    if subject.text("column_A") == subject.text("column_B") {
        return Ok(vec![whole(compared(subject, "=")?)]);
    }
    let columns: Vec<Value> = ["column_A", "column_B"].iter().filter_map(|key| name(subject, key)).collect();
    Ok(vec![whole(
        Rule::new("equal_columns").with("columns", columns).with_some("nulls", nulls(subject, Null::Breaks)?),
    )])
}

pub(super) fn pair_greater(subject: &mut Subject<'_>) -> Answer {
    if subject.flag("parse_strings_as_datetimes") == Some(true)
        || subject.flag("allow_cross_type_comparisons") == Some(true)
    {
        subject.near.push("values are compared as the types of the columns have it".to_owned());
    }
    let op = if subject.flag("or_equal") == Some(true) { ">=" } else { ">" };
    Ok(vec![whole(compared(subject, op)?)])
}

pub(super) fn pair_in_set(subject: &mut Subject<'_>) -> Answer {
    let pairs = subject.list("value_pairs_set")?.unwrap_or_default();
    let nulls = nulls(subject, Null::IsValue)?;
    if let (Some(one), true) = (subject.text("column_A"), subject.text("column_A") == subject.text("column_B")) {
        // A column beside itself: the pairs of equal values.
        let twins = pairs.iter().filter_map(Json::as_array).filter(|pair| pair.first() == pair.get(1));
        let values: Vec<Value> = twins.filter_map(|pair| pair.first().map(scalar)).collect();
        let rule = Rule::new("in_set").with("values", values).with_some("nulls", nulls);
        return Ok(vec![Made { column: Some(one.to_owned()), rule, ..Made::default() }]);
    }
    let columns: Vec<Value> = ["column_A", "column_B"].iter().filter_map(|key| name(subject, key)).collect();
    let values: Vec<Value> = pairs.iter().map(scalar).collect();
    Ok(vec![whole(Rule::new("in_set").with("columns", columns).with("values", values).with_some("nulls", nulls))])
}

/// The names of `column_list`, each once.
fn columns(subject: &Subject<'_>) -> Result<(Vec<Value>, bool), String> {
    let mut names: Vec<String> = Vec::new();
    let listed = subject.list("column_list")?.unwrap_or_default();
    for name in listed.iter().filter_map(Json::as_str) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let repeats = names.len() < listed.len();
    Ok((names.into_iter().map(Value::text).collect(), repeats))
}

pub(super) fn compound_unique(subject: &mut Subject<'_>) -> Answer {
    let (columns, _) = columns(subject)?;
    let nulls = nulls(subject, Null::IsValue)?;
    Ok(vec![whole(Rule::new("unique").with("columns", columns).with_some("nulls", nulls))])
}

pub(super) fn within_record(subject: &mut Subject<'_>) -> Answer {
    let (columns, repeats) = columns(subject)?;
    if repeats {
        return Err("it names a column twice, which always equals itself".to_owned());
    }
    let nulls = nulls(subject, Null::IsValue)?;
    Ok(vec![whole(Rule::new("distinct_within_row").with("columns", columns).with_some("nulls", nulls))])
}

pub(super) fn sum_equal(subject: &mut Subject<'_>) -> Answer {
    let (columns, repeats) = columns(subject)?;
    if repeats {
        return Err("it adds a column twice".to_owned());
    }
    let total = subject.value("sum_total")?;
    let nulls = nulls(subject, Null::Breaks)?;
    Ok(vec![whole(
        Rule::new("sum_equals").with("columns", columns).with_some("total", total).with_some("nulls", nulls),
    )])
}

pub(super) fn all_equal(subject: &mut Subject<'_>) -> Answer {
    let (columns, _) = columns(subject)?;
    let nulls = nulls(subject, Null::IsValue)?;
    Ok(vec![whole(Rule::new("equal_columns").with("columns", columns).with_some("nulls", nulls))])
}

/// A rule of the dataset's own list.
fn whole(rule: Rule) -> Made {
    Made { rule, ..Made::default() }
}
