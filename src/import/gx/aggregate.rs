//! Expectations about one number, or one set of values, of a column.

use bigdecimal::BigDecimal;
use bigdecimal::num_traits::Signed;
use serde_json::Value as Json;

use crate::import::draft::{Rule, Value};
use crate::import::gx::subject::{Answer, Made, Subject, scalar, spelled};
use crate::import::gx::values::{can_equal, dated, has_bounds, members, type_rule};
use crate::ir::{Type, bind};

pub(super) fn min(subject: &mut Subject<'_>) -> Answer {
    extreme(subject, "min")
}

pub(super) fn max(subject: &mut Subject<'_>) -> Answer {
    extreme(subject, "max")
}

fn extreme(subject: &mut Subject<'_>, name: &str) -> Answer {
    let rule = subject.bounded(Rule::new(name), subject.kind())?;
    let made = subject.under_column(rule);
    if subject.flag("parse_strings_as_datetimes") == Some(true) {
        return Ok(vec![dated(subject, made)]);
    }
    let made = if has_bounds(&made.rule) { subject.as_number(made) } else { made };
    Ok(vec![made])
}

pub(super) fn mean(subject: &mut Subject<'_>) -> Answer {
    number(subject, "mean")
}

pub(super) fn median(subject: &mut Subject<'_>) -> Answer {
    number(subject, "median")
}

pub(super) fn sum(subject: &mut Subject<'_>) -> Answer {
    number(subject, "sum")
}

pub(super) fn stdev(subject: &mut Subject<'_>) -> Answer {
    subject.flag("parse_strings_as_datetimes");
    number(subject, "stddev")
}

fn number(subject: &mut Subject<'_>, name: &str) -> Answer {
    let rule = subject.bounded(Rule::new(name), Some(Type::Decimal))?;
    let made = subject.under_column(about_equal(rule));
    Ok(vec![subject.computing(made)])
}

/// A number that has all the digits of a float was computed: what is computed here differs in the last of them.
fn about_equal(rule: Rule) -> Rule {
    let digits = |word: &str| word.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    match rule.keys.iter().find(|(key, _)| key == "equals") {
        Some((_, Value::Word(word))) if digits(word) > 14 => rule.with("tolerance", Value::word("0.000000000001")),
        _ => rule,
    }
}

pub(super) fn unique_count(subject: &mut Subject<'_>) -> Answer {
    subject.flag("parse_strings_as_datetimes");
    let rule = subject.bounded(Rule::new("distinct_count"), Some(Type::Integer))?;
    Ok(vec![subject.under_column(rule)])
}

pub(super) fn unique_share(subject: &mut Subject<'_>) -> Answer {
    subject.flag("parse_strings_as_datetimes");
    let rule = subject.bounded(Rule::new("distinct_share"), Some(Type::Decimal))?;
    Ok(vec![subject.under_column(shares(rule))])
}

/// Bounds that every share keeps say nothing, and a share beyond 0 and 1 would be refused.
fn shares(mut rule: Rule) -> Rule {
    for (key, value) in &mut rule.keys {
        let Value::Word(word) = &*value else { continue };
        let beyond = word.parse::<f64>().unwrap_or(0.5);
        // No share lies beyond 0 and 1: such a rule never holds.
        match key.as_str() {
            "min" | "strict_min" if beyond > 1.0 => (*key, *value) = ("strict_min".to_owned(), Value::word("1")),
            "max" | "strict_max" if beyond < 0.0 => (*key, *value) = ("strict_max".to_owned(), Value::word("0")),
            _ => {}
        }
    }
    rule.keys.retain(|(key, value)| {
        let Value::Word(word) = value else { return true };
        let Ok(bound) = word.parse::<f64>() else { return true };
        !match key.as_str() {
            "min" => bound <= 0.0,
            "strict_min" => bound < 0.0,
            "max" => bound >= 1.0,
            "strict_max" => bound > 1.0,
            _ => false,
        }
    });
    rule
}

/// The share of values that are there, said as the share that is not.
pub(super) fn present_share(subject: &mut Subject<'_>) -> Answer {
    let bounds = subject.bounded(Rule::default(), Some(Type::Decimal))?;
    let mut rule = Rule::new("null_share");
    let mut wants_some = false;
    for (key, value) in bounds.keys {
        let turned = match key.as_str() {
            "min" => "max",
            "max" => "min",
            "strict_min" => "strict_max",
            "strict_max" => "strict_min",
            _ => "equals",
        };
        let share = match &value {
            Value::Word(word) => word.parse::<BigDecimal>().ok(),
            _ => None,
        };
        let Some(share) = share else { return Err("its bounds are no numbers that are known".to_owned()) };
        wants_some |= turned != "min" && turned != "strict_min" && share.is_positive();
        let rest = (BigDecimal::from(1) - share).normalized();
        rule = rule.with(turned, Value::word(rest.to_plain_string()));
    }
    let rule = shares(rule);
    // Of no row at all nothing is there.
    let rule = if wants_some { rule.with("on_empty", Value::word("fail")) } else { rule };
    Ok(vec![subject.under_column(rule)])
}

pub(super) fn distinct_in(subject: &mut Subject<'_>) -> Answer {
    match subject.list("value_set")?.filter(|values| !values.is_empty()) {
        // No set, no rule: to contain nothing holds of every column.
        None => Ok(vec![subject.under_column(Rule::new("distinct_values").with("contain", Vec::new()))]),
        Some(values) => {
            let values = members(subject, &values);
            let made = subject.under_column(Rule::new("distinct_values").with("in", values));
            Ok(vec![dated(subject, made)])
        }
    }
}

pub(super) fn distinct_contain(subject: &mut Subject<'_>) -> Answer {
    distinct(subject, "contain")
}

pub(super) fn distinct_equal(subject: &mut Subject<'_>) -> Answer {
    distinct(subject, "equal")
}

fn distinct(subject: &mut Subject<'_>, how: &str) -> Answer {
    let rule = Rule::new("distinct_values");
    let Some(values) = subject.list("value_set")? else { return Ok(vec![subject.under_column(rule)]) };
    if let Some(made) = never(subject, &values, false) {
        return Ok(vec![made]);
    }
    if values.iter().any(Json::is_null) {
        return Err("its set holds null, which is never among the values".to_owned());
    }
    let values: Vec<Value> = values.iter().map(scalar).collect();
    let made = subject.under_column(rule.with(how, values));
    Ok(vec![dated(subject, made)])
}

/// What a rule comes to whose values the column cannot hold: that it is of another type.
fn never(subject: &mut Subject<'_>, values: &[Json], all: bool) -> Option<Made> {
    let kind = subject.kind()?;
    let apart = |value: &&Json| !can_equal(value, Some(kind));
    let odd = values.iter().find(apart)?;
    if all && values.iter().filter(apart).count() < values.len() {
        return None;
    }
    let wanted = match odd {
        Json::Number(_) | Json::Object(_) => vec![Type::Integer, Type::Decimal, Type::Float],
        Json::Bool(_) => vec![Type::Boolean],
        _ => vec![Type::String],
    };
    let said = bind::article(kind);
    subject.remarks.push(format!("{said} never equals {odd}, so that what it asks for is another type"));
    Some(subject.under_column(type_rule(&wanted)))
}

pub(super) fn most_common(subject: &mut Subject<'_>) -> Answer {
    let values = subject.list("value_set")?.unwrap_or_default();
    let ties = (subject.flag("ties_okay") == Some(true)).then(|| Value::word("allow"));
    if !values.is_empty()
        && let Some(made) = never(subject, &values, true)
    {
        return Ok(vec![made]);
    }
    let values = members(subject, &values);
    Ok(vec![subject.under_column(Rule::new("most_common").with("values", values).with_some("ties", ties))])
}

/// One rule a quantile.
pub(super) fn quantiles(subject: &mut Subject<'_>) -> Answer {
    let Some(ranges) = subject.json("quantile_ranges") else {
        return Ok(vec![subject.under_column(Rule::new("quantile"))]);
    };
    let list = |key: &str| ranges.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let (quantiles, values) = (list("quantiles"), list("value_ranges"));
    let interpolation = match subject.json("allow_relative_error") {
        Some(Json::String(word)) => match word.as_str() {
            "linear" | "lower" | "higher" | "midpoint" => Some(Value::word(word.clone())),
            "nearest" => None,
            _ => return Err(format!("the interpolation `{word}` is not known")),
        },
        Some(Json::Bool(true)) => {
            subject.near.push("allow_relative_error: quantiles here are exact".to_owned());
            None
        }
        _ => None,
    };
    if quantiles.is_empty() && values.is_empty() {
        return Err("it names no quantile, and so it always holds".to_owned());
    }
    let mut rules = Vec::new();
    for place in 0..quantiles.len().max(values.len()) {
        let mut rule = Rule::new("quantile").with_some("q", quantiles.get(place).map(scalar));
        let bounds = values.get(place).and_then(Json::as_array);
        let bound = |side: usize| bounds.and_then(|bounds| bounds.get(side)).filter(|bound| !bound.is_null());
        match (bound(0), bound(1)) {
            (Some(low), Some(high)) if low == high => rule = rule.with("equals", scalar(low)),
            (low, high) => rule = rule.with_some("min", low.map(scalar)).with_some("max", high.map(scalar)),
        }
        // A quantile without a range, or a range without a quantile: the two lists must be of one length.
        if bounds.is_none() {
            rule = rule.with("min", Value::text("no value range"));
        }
        let suffix = match quantiles.get(place) {
            Some(Json::Number(q)) => Some(format!("quantile_{}", spelled(q).replace('.', "_"))),
            _ => None,
        };
        let made = subject.under_column(rule.with_some("interpolation", interpolation.clone()));
        let made = subject.computing(made);
        rules.push(Made { suffix, ..made });
    }
    Ok(rules)
}
