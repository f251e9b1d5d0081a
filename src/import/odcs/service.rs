//! Service levels: how fresh the data are, and how long they are kept.
//!
//! Other levels (availability, throughput, support hours …) are about the service, not about the data.

use crate::import::odcs::{At, Contract, Said, text};
use crate::import::{Rule, Value};
use crate::suite::yaml::Node;

/// Takes the service levels of a contract.
pub(super) fn levels(contract: &mut Contract<'_>, root: &Node) {
    let fallback = text(root, "slaDefaultElement");
    for level in root.get("slaProperties").map(Node::as_list).unwrap_or_default() {
        let elements = text(level, "element").or(fallback).unwrap_or_default();
        let elements: Vec<&str> = elements.split(',').map(str::trim).filter(|element| !element.is_empty()).collect();
        let name = text(level, "property").unwrap_or("level").to_owned();
        if elements.is_empty() {
            let why = "it does not say which `element` it is about".to_owned();
            contract.of_no_dataset(level, &name, why);
        }
        for element in elements {
            match contract.target(element) {
                Ok((dataset, column)) => {
                    let said = level_of(level, &name);
                    contract.add(At { dataset: &dataset, column: Some(&column), node: level }, &name, said);
                }
                Err(why) => contract.of_no_dataset(level, &name, why),
            }
        }
    }
}

fn level_of(level: &Node, name: &str) -> Said {
    let age = match duration(level) {
        Ok(age) => age,
        Err(why) => return Said::Not(why),
    };
    let fresh = || Rule::new("freshness").with("max_age", Value::word(age.as_str()));
    match name.to_lowercase().as_str() {
        "freshness" | "fr" => Said::Same(fresh()),
        "latency" | "ly" => Said::Nearly(fresh(), "latency is taken for the age of the newest value".to_owned()),
        "retention" | "re" => {
            let oldest = Value::Map(vec![("as_of".to_owned(), Value::word(format!("-{age}")))]);
            Said::Same(Rule::new("min").with("min", oldest))
        }
        _ => Said::Not("it is about the service, not about the data".to_owned()),
    }
}

/// A duration of suites, from a value with a unit or from ISO 8601: `P1DT12H`.
fn duration(level: &Node) -> Result<String, String> {
    let value = text(level, "value").ok_or_else(|| "it has no `value`".to_owned())?;
    if let Some(iso) = value.strip_prefix('P') {
        return iso8601(iso).ok_or_else(|| format!("`{value}` is no duration of ISO 8601"));
    }
    let unit = text(level, "unit").unwrap_or("d").to_lowercase();
    let unit = match unit.as_str() {
        "s" | "sec" | "second" | "seconds" => "s",
        "min" | "minute" | "minutes" => "m",
        "h" | "hr" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => "w",
        "mo" | "month" | "months" | "m" => "mo",
        "y" | "yr" | "year" | "years" => "y",
        _ => return Err(format!("`{unit}` is no unit of time")),
    };
    let whole = value.chars().all(|c| c.is_ascii_digit()) && !value.is_empty();
    if whole { Ok(format!("{value}{unit}")) } else { Err(format!("`{value}` is no whole number of a unit of time")) }
}

fn iso8601(text: &str) -> Option<String> {
    let (mut made, mut digits, mut in_day) = (String::new(), String::new(), false);
    for c in text.chars() {
        match c {
            'T' => in_day = true,
            '0'..='9' => digits.push(c),
            _ if digits.is_empty() => return None,
            _ => {
                made.push_str(&std::mem::take(&mut digits));
                made.push_str(match (c, in_day) {
                    ('Y', false) => "y",
                    ('M', false) => "mo",
                    ('W', false) => "w",
                    ('D', false) => "d",
                    ('H', true) => "h",
                    ('M', true) => "m",
                    ('S', true) => "s",
                    _ => return None,
                });
            }
        }
    }
    (digits.is_empty() && !made.is_empty()).then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_of_iso_8601_is_one_of_suites() {
        assert_eq!(iso8601("1DT12H"), Some("1d12h".to_owned()));
        assert_eq!(iso8601("3Y6M"), Some("3y6mo".to_owned()));
        assert_eq!(iso8601("T30M"), Some("30m".to_owned()));
        assert_eq!(iso8601("1"), None);
        assert_eq!(iso8601("1H"), None);
    }
}
