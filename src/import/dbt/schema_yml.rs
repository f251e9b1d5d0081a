//! `schema.yml`: models, sources, seeds and snapshots, and the tests that stand at them.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::diagnostic::{Diagnostic, SourceText, place};
use crate::import::dbt::found::{Column, Document, Stray, Table, Test, texts};
use crate::import::dbt::python;
use crate::import::document;
use crate::suite::yaml::{Entry, Node};

/// The keys that hold tables.
const TABLES: [&str; 4] = ["models", "sources", "seeds", "snapshots"];

/// The keys of tests: the new one and the old.
const TESTS: [&str; 2] = ["data_tests", "tests"];

/// Reads a `schema.yml`.
///
/// # Errors
/// A document that is no YAML, or holds none of the keys of dbt.
pub(super) fn read(source: &Arc<SourceText>) -> Result<Document, Vec<Diagnostic>> {
    let root = document::yaml(source)?;
    let entries = root.entries().unwrap_or_default();
    if !entries.iter().any(|entry| TABLES.contains(&entry.key.as_str()) || others(&entry.key).is_some()) {
        let help = "a schema.yml has `models`, `sources`, `seeds` or `snapshots`; a manifest.json is read too";
        let message = "this is no schema.yml of dbt".to_owned();
        return Err(vec![document::mistake(source, root.span.start..root.span.start, message, Some(help.to_owned()))]);
    }
    let mut reader = Reader { source, document: Document::default() };
    for Entry { key, value, .. } in entries {
        if let Some(reason) = others(key) {
            for node in value.as_list() {
                let name = node.get("name").and_then(Node::text).unwrap_or("without a name");
                reader.stray(format!("{key}: {name}"), reason, node);
            }
        }
        let tables = value.as_list().iter();
        match key.as_str() {
            "sources" => tables.for_each(|source| reader.source_tables(source)),
            "models" | "seeds" | "snapshots" => tables.for_each(|node| reader.model(node)),
            _ => {}
        }
    }
    Ok(reader.document)
}

/// Why what stands under a key of the document is no rule of a suite.
fn others(key: &str) -> Option<&'static str> {
    match key {
        "unit_tests" => Some("a unit test feeds a model made-up rows; there is no model here to run"),
        "data_tests" | "tests" => {
            Some("a singular test is SQL in a file of its own, with Jinja that only dbt evaluates")
        }
        _ => None,
    }
}

struct Reader<'s> {
    source: &'s Arc<SourceText>,
    document: Document,
}

impl Reader<'_> {
    fn line(&self, node: &Node) -> u64 {
        place(&self.source.text, node.span.start).0
    }

    fn stray(&mut self, rule: String, reason: &str, node: &Node) {
        let line = Some(self.line(node));
        self.document.strays.push(Stray { rule, reason: reason.to_owned(), line });
    }

    fn model(&mut self, node: &Node) {
        let table = self.table(node);
        let Some(versions) = node.get("versions").and_then(Node::items) else {
            self.document.tables.push(table);
            return;
        };
        let number = |version: &Node| version.get("v").map(|v| python::text(&python::value(v)));
        let latest = match node.get("latest_version") {
            Some(latest) => Some(python::text(&python::value(latest))),
            None => versions.iter().filter_map(number).max_by(|one, other| newer(one, other)),
        };
        for version in versions {
            let v = number(version);
            let mut table = Table { latest: v == latest, version: v, ..table.clone() };
            if TESTS.iter().any(|key| version.get(key).is_some()) {
                table.tests.retain(|test| test.column.is_some());
                self.tests(version, None, &[], &mut table);
            }
            if let Some(columns) = version.get("columns").and_then(Node::items) {
                self.columns_of_version(columns, &mut table);
            }
            self.document.tables.push(table);
        }
    }

    /// The columns of a version: those of the model that it includes, and its own in their place.
    fn columns_of_version(&mut self, columns: &[Node], table: &mut Table) {
        let included = columns.iter().find(|column| column.get("include").is_some());
        let excluded: Vec<String> =
            included.and_then(|it| it.get("exclude")).map(|it| texts(Some(&python::value(it)))).unwrap_or_default();
        let own = columns.iter().filter_map(|column| column.get("name").and_then(Node::text));
        let gone = |name: &str| included.is_none() || excluded.iter().any(|other| other == name);
        let replaced: Vec<&str> = own.collect();
        let keep = |name: &str| !gone(name) && !replaced.contains(&name);
        table.columns.retain(|column| keep(&column.name));
        table.tests.retain(|test| test.column.as_deref().is_none_or(keep));
        for column in columns.iter().filter(|column| column.get("include").is_none()) {
            self.column(column, table);
        }
    }

    fn source_tables(&mut self, source: &Node) {
        let schema = source.get("name").and_then(Node::text).unwrap_or_default().to_owned();
        let tags = tags(source);
        for node in source.get("tables").map(Node::as_list).unwrap_or_default() {
            let mut table = self.table(node);
            table.source = Some(schema.clone());
            table.tags.splice(0..0, tags.iter().cloned());
            table.enabled &= enabled(source);
            let of = |key: &str| [source, node].map(|at| setting(at, key));
            table.freshness = match of("freshness") {
                [_, Some(Json::Null)] => None,
                [Some(Json::Object(outer)), Some(Json::Object(inner))] => {
                    Some(Json::Object(outer.into_iter().chain(inner).collect()))
                }
                [outer, inner] => inner.or(outer).filter(|freshness| !freshness.is_null()),
            };
            let [outer, inner] = of("loaded_at_field");
            table.loaded_at = inner.or(outer).filter(|field| !field.is_null()).map(|field| python::text(&field));
            if of("loaded_at_query").into_iter().flatten().next().is_some() {
                table.loaded_at = Some("loaded_at_query()".to_owned());
            }
            self.document.tables.push(table);
        }
    }

    /// A table, its columns and its tests.
    fn table(&mut self, node: &Node) -> Table {
        let constraints = node.get("constraints").map(Node::as_list).unwrap_or_default();
        let contract = setting(node, "contract").unwrap_or_default();
        let mut table = Table {
            name: node.get("name").and_then(Node::text).unwrap_or_default().to_owned(),
            description: description(node),
            tags: tags(node),
            enabled: enabled(node),
            contract: contract["enforced"] == Json::Bool(true),
            constraints: constraints.iter().map(python::value).collect(),
            line: Some(self.line(node)),
            ..Table::default()
        };
        self.tests(node, None, &[], &mut table);
        for column in node.get("columns").map(Node::as_list).unwrap_or_default() {
            self.column(column, &mut table);
        }
        table
    }

    fn column(&mut self, node: &Node, table: &mut Table) {
        let Some(name) = node.get("name").and_then(Node::text).filter(|name| !name.trim().is_empty()) else {
            let reason = "it has no `name`: nothing says which column its tests are about";
            self.stray(format!("a column of {}", table.name), reason, node);
            return;
        };
        let constraints = node.get("constraints").map(Node::as_list).unwrap_or_default();
        table.columns.push(Column {
            name: name.to_owned(),
            description: description(node),
            data_type: node.get("data_type").and_then(Node::text).map(str::to_owned),
            constraints: constraints.iter().map(python::value).collect(),
            line: Some(self.line(node)),
        });
        self.tests(node, Some(name), &tags(node), table);
    }

    fn tests(&mut self, node: &Node, column: Option<&str>, tags: &[String], table: &mut Table) {
        for test in TESTS.iter().filter_map(|key| node.get(key)).flat_map(Node::as_list) {
            if let Some(read) = read_test(test, column) {
                table.tests.push(Test { line: Some(self.line(test)), tags: tags.to_vec(), ..read });
            } else {
                let at = column.map_or_else(|| table.name.clone(), |column| format!("{}.{column}", table.name));
                let reason = "a test is a name, or a map with its name as the one key";
                self.stray(format!("a test of {at}"), reason, test);
            }
        }
    }
}

/// A test: its name, a map of its name and its keys, or its keys with `test_name` among them.
fn read_test(node: &Node, column: Option<&str>) -> Option<Test> {
    if let Some(name) = node.text() {
        return Some(Test::new(name, Map::new(), column));
    }
    let Json::Object(mut keys) = python::value(node) else { return None };
    if let Some(name) = keys.shift_remove("test_name") {
        return Some(Test::new(name.as_str()?, keys, column));
    }
    let mut keys = keys.into_iter();
    let (Some((name, inside)), None) = (keys.next(), keys.next()) else { return None };
    match inside {
        Json::Null => Some(Test::new(&name, Map::new(), column)),
        Json::Object(inside) => Some(Test::new(&name, inside, column)),
        _ => None,
    }
}

/// A key that may stand at a node or in its `config`.
fn setting(node: &Node, key: &str) -> Option<Json> {
    node.get("config").and_then(|config| config.get(key)).or_else(|| node.get(key)).map(python::value)
}

fn tags(node: &Node) -> Vec<String> {
    texts(setting(node, "tags").as_ref())
}

fn enabled(node: &Node) -> bool {
    setting(node, "enabled") != Some(Json::Bool(false))
}

fn description(node: &Node) -> Option<String> {
    node.get("description").and_then(Node::text).map(str::to_owned)
}

/// Which of two versions is the newer one: by number where both have one.
fn newer(one: &str, other: &str) -> std::cmp::Ordering {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => one.cmp(other),
    }
}
