//! Rules of Great Expectations inside a contract: read by the importer of that tool.
//!
//! Contracts spell arguments in camel case (`minValue`) as well as in snake case, and leave the column to the property they
//! stand under.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::diagnostic::SourceText;
use crate::import::odcs::{At, Contract, text};
use crate::import::{Fate, Request, Tool, document, gx};
use crate::suite::yaml;

/// Takes a rule of Great Expectations.
///
/// # Errors
/// Why it is none.
pub(super) fn great_expectations(contract: &mut Contract<'_>, at: At<'_>) -> Result<(), String> {
    let no_rule = || "its `implementation` is no expectation: a map with `type` and `kwargs`".to_owned();
    let given = at.node.get("implementation").ok_or_else(no_rule)?;
    let read = given.text().and_then(|text| yaml::read(text).ok()).map(|(root, _)| root);
    let written = document::json_of(read.as_ref().unwrap_or(given));
    let kind = ["type", "expectation_type", "expectationType"].iter().find_map(|key| written.get(*key)?.as_str());
    let kind = kind.ok_or_else(no_rule)?.to_owned();
    let mut kwargs: Map<String, Json> = written
        .get("kwargs")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| (snake(key), value.clone()))
        .collect();
    if let Some(column) = at.column.filter(|_| kind.starts_with("expect_column_")) {
        kwargs.entry("column").or_insert_with(|| json!(column));
    }
    let mut document = json!({ "name": "contract", "expectations": [{ "type": kind, "kwargs": kwargs }] });
    if let Some(words) = text(at.node, "description") {
        document["expectations"][0]["description"] = json!(words.trim());
    }
    let source = SourceText { path: contract.request.source.path.clone(), text: document.to_string() };
    let sources = [(at.dataset.to_owned(), String::new())];
    let request = Request { tool: Tool::Gx, source: Arc::new(source), sources: &sources, ..*contract.request };
    let (draft, entries) = gx::import(&request).map_err(|_| no_rule())?;
    let fate = entries.into_iter().next().map_or(Fate::Mapped, |entry| entry.fate);
    for made in draft.datasets.into_values() {
        let dataset = contract.draft.dataset(at.dataset);
        for (name, column) in made.columns {
            for (key, value) in column.keys {
                dataset.column(&name).set(&key, value);
            }
            dataset.column(&name).rules.extend(column.rules);
        }
        dataset.rules.extend(made.rules);
    }
    let place = at.column.map_or_else(|| at.dataset.to_owned(), |column| format!("{}.{column}", at.dataset));
    contract.tell(at.node, format!("{place} quality {kind}"), fate);
    Ok(())
}

fn snake(key: &str) -> String {
    // `column_A` is spelled so.
    if key.contains('_') {
        return key.to_owned();
    }
    let letters = |c: char| if c.is_ascii_uppercase() { format!("_{}", c.to_ascii_lowercase()) } else { c.to_string() };
    key.chars().map(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case_is_snake_case() {
        assert_eq!(snake("minValue"), "min_value");
        assert_eq!(snake("column_A"), "column_A");
        assert_eq!(snake("column"), "column");
    }
}
