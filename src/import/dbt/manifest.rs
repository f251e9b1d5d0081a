//! `manifest.json`: what dbt made of a whole project, with the arguments and configuration of every test resolved.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::diagnostic::{Diagnostic, SourceText};
use crate::import::dbt::found::{Column, Document, Stray, Table, Test, texts};
use crate::import::dbt::{jinja, python, sql};
use crate::import::document;

/// Reads a manifest.
///
/// # Errors
/// A document that is no JSON, or no manifest.
pub(super) fn read(source: &Arc<SourceText>) -> Result<Document, Vec<Diagnostic>> {
    let root = document::json(source)?;
    let Some(nodes) = root["nodes"].as_object() else {
        let message = "this is no manifest.json of dbt: it has no `nodes`".to_owned();
        let help = Some("`dbt parse` writes it to target/manifest.json".to_owned());
        return Err(vec![document::mistake(source, 0..0, message, help)]);
    };
    let mut document =
        Document { project: root["metadata"]["project_name"].as_str().map(str::to_owned), ..Document::default() };
    let empty = Map::new();
    let sources = root["sources"].as_object().unwrap_or(&empty);
    let mut tables: Vec<(&str, Table)> = Vec::new();
    for (id, node) in nodes.iter().chain(sources) {
        if matches!(node["resource_type"].as_str(), Some("model" | "seed" | "snapshot" | "source")) {
            tables.push((id, table(node)));
        }
    }
    let disabled = root["disabled"]
        .as_object()
        .unwrap_or(&empty)
        .values()
        .flat_map(|versions| versions.as_array().map(Vec::as_slice).unwrap_or_default().iter());
    for node in nodes.values().chain(disabled).filter(|node| node["resource_type"] == "test") {
        place(node, &mut tables, &mut document);
    }
    for (id, node) in root["unit_tests"].as_object().unwrap_or(&empty) {
        let name = node["name"].as_str().unwrap_or(id);
        let reason = "a unit test feeds a model made-up rows; there is no model here to run";
        document.strays.push(Stray { rule: format!("unit_tests: {name}"), reason: reason.to_owned(), line: None });
    }
    document.tables = tables.into_iter().map(|(_, table)| table).collect();
    Ok(document)
}

/// Puts a test where it belongs.
fn place(node: &Json, tables: &mut [(&str, Table)], document: &mut Document) {
    let name = node["name"].as_str().unwrap_or_default();
    let mut stray = |reason: &str| {
        document.strays.push(Stray { rule: format!("data_tests: {name}"), reason: reason.to_owned(), line: None });
    };
    let metadata = &node["test_metadata"];
    let Some(kind) = metadata["name"].as_str() else {
        stray("a singular test is SQL in a file of its own, with Jinja that only dbt evaluates");
        return;
    };
    let mut keys = metadata["kwargs"].as_object().cloned().unwrap_or_default();
    let model = keys.shift_remove("model").map(|model| python::text(&model)).unwrap_or_default();
    let column = keys.shift_remove("column_name").filter(|name| !name.is_null()).map(|name| python::text(&name));
    let column = node["column_name"].as_str().map(str::to_owned).or(column);
    let attached = node["attached_node"].as_str();
    let wrapped = jinja::references(&model);
    let depended = node["depends_on"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = tables
        .iter()
        .position(|(id, _)| Some(*id) == attached)
        .or_else(|| tables.iter().position(|(_, table)| wrapped.iter().any(|it| table.answers_to(it))))
        .or_else(|| match depended {
            [one] => tables.iter().position(|(id, _)| one == *id),
            _ => None,
        });
    let Some(index) = found else {
        stray("the table it tests is not in the manifest");
        return;
    };
    let mut test = Test::new(kind, Map::new(), None);
    test.arguments = keys;
    // Quotes that a name does not need only hide it.
    let bare = |name: &str| sql::column(name).filter(|inner| sql::column(inner).is_some());
    test.column = column.map(|name| bare(&name).unwrap_or(name));
    if let Some(package) = metadata["namespace"].as_str() {
        test.package = Some(package.to_owned());
    }
    // A name that dbt made begins with that of the test.
    let made = [test.called().replace('.', "_"), format!("source_{}", test.called().replace('.', "_"))];
    test.title = made.iter().all(|made| !name.starts_with(made.as_str())).then(|| name.to_owned());
    test.description = node["description"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    test.config = config(&node["config"]);
    tables[index].1.tests.push(test);
}

/// The configuration of a test, without what dbt fills in for every one.
fn config(given: &Json) -> Map<String, Json> {
    let filled = |key: &str, value: &Json| match key {
        "materialized" | "schema" | "alias" | "database" => true,
        "warn_if" | "error_if" => *value == "!= 0",
        "severity" => value.as_str().is_some_and(|word| word.eq_ignore_ascii_case("error")),
        "fail_calc" => *value == "count(*)",
        "enabled" => *value == Json::Bool(true),
        _ => {
            value.is_null()
                || value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(Map::is_empty)
        }
    };
    let given = given.as_object().into_iter().flatten();
    given.filter(|(key, value)| !filled(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn table(node: &Json) -> Table {
    let text = |value: &Json| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let config = &node["config"];
    let version = Some(&node["version"]).filter(|version| !version.is_null()).map(python::text);
    let latest = version.is_some() && node["latest_version"] == node["version"];
    let columns = node["columns"].as_object().into_iter().flatten();
    let columns = columns.map(|(name, column)| Column {
        name: column["name"].as_str().unwrap_or(name).to_owned(),
        description: text(&column["description"]),
        data_type: text(&column["data_type"]),
        constraints: list(&column["constraints"]),
        line: None,
    });
    let is_source = node["resource_type"] == "source";
    Table {
        name: node["name"].as_str().unwrap_or_default().to_owned(),
        source: is_source.then(|| node["source_name"].as_str().unwrap_or_default().to_owned()),
        latest,
        version,
        description: text(&node["description"]),
        tags: texts(Some(if config["tags"].is_array() { &config["tags"] } else { &node["tags"] })),
        enabled: config["enabled"] != Json::Bool(false),
        columns: columns.collect(),
        contract: config["contract"]["enforced"] == Json::Bool(true)
            || node["contract"]["enforced"] == Json::Bool(true),
        constraints: list(&node["constraints"]),
        freshness: Some(node["freshness"].clone()).filter(|freshness| is_source && freshness.is_object()),
        loaded_at: text(&node["loaded_at_field"]),
        ..Table::default()
    }
}
