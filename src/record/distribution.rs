//! How values were found to be distributed, in words and for the record.

use serde_json::{Value as Json, json};

use crate::answer::json_of;
use crate::ir::Value;
use crate::judge::{Distribution, Label, PartOfDistribution};
use crate::lang::Lang;
use crate::record::message::readable;

/// How many values or bins are listed in the record.
const LISTED: usize = 100;

/// What was found, without what was expected.
pub(super) fn found(observed: &Value, distribution: &Distribution, expected: Option<&str>, lang: Lang) -> String {
    let p = distribution.p_value.map(|p| format!("p = {}", readable(&Value::Float(p), expected)));
    if distribution.infinite {
        let surplus = distribution.parts.iter().find(|part| part.rows > 0 && part.expected <= 0.0);
        let Some(surplus) = surplus else { return lang.pick("infinite", "infinito").to_owned() };
        let what = name(&surplus.of, lang);
        return match lang {
            Lang::En => format!("infinite, for {what} occurs and is not expected at all"),
            Lang::Es => format!("infinito, pues {what} aparece y no se esperaba en absoluto"),
        };
    }
    let number = readable(observed, expected);
    match p {
        Some(p) => format!("{number} ({p})"),
        None => number,
    }
}

fn name(of: &Label, lang: Lang) -> String {
    let end = |end: &Option<Value>| end.as_ref().map_or_else(|| "∞".to_owned(), ToString::to_string);
    match of {
        Label::Value(value) => format!("`{value}`"),
        Label::Bin(None, high) => {
            format!("{} {}", lang.pick("what lies below", "lo que está por debajo de"), end(high))
        }
        Label::Bin(low, None) => format!("{} {}", lang.pick("what lies above", "lo que está por encima de"), end(low)),
        Label::Bin(low, high) => format!(
            "{} {} {} {}",
            lang.pick("what lies between", "lo que está entre"),
            end(low),
            lang.pick("and", "y"),
            end(high)
        ),
    }
}

/// More of what was found, for the record.
pub(super) fn details(distribution: &Distribution) -> Json {
    let mut details = serde_json::Map::new();
    if !distribution.parts.is_empty() {
        let listed: Vec<Json> = distribution.parts.iter().take(LISTED).map(part).collect();
        details.insert("weights".to_owned(), listed.into());
        details.insert("weights_count".to_owned(), distribution.parts.len().into());
    }
    if let Some(p) = distribution.p_value {
        details.insert("p_value".to_owned(), json!(p));
    }
    if let Some(degrees) = distribution.degrees {
        details.insert("degrees_of_freedom".to_owned(), json!(degrees));
    }
    if let Some(rows) = distribution.sample {
        details.insert("against_rows".to_owned(), json!(rows));
    }
    if distribution.infinite {
        details.insert("infinite".to_owned(), json!(true));
    }
    Json::Object(details)
}

fn part(part: &PartOfDistribution) -> Json {
    let (expected, found, rows) = (part.expected, part.found, part.rows);
    let end = |end: &Option<Value>| end.as_ref().map(json_of);
    match &part.of {
        Label::Value(value) => json!({"value": json_of(value), "expected": expected, "observed": found, "rows": rows}),
        Label::Bin(low, high) => {
            json!({"from": end(low), "to": end(high), "expected": expected, "observed": found, "rows": rows})
        }
    }
}
