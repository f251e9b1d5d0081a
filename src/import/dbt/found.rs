//! What a document of dbt holds, whichever kind of document it is: tables with their columns and tests.

use serde_json::{Map, Value as Json};

use crate::import::dbt::jinja::Reference;
use crate::import::dbt::python;

/// A document, read.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Its models, seeds, snapshots and sources, in order.
    pub(super) tables: Vec<Table>,
    /// Tests that stand at no table.
    pub(super) strays: Vec<Stray>,
    /// The name of the project, where the document says it.
    pub(super) project: Option<String>,
}

/// A model, seed, snapshot or source.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// The source it belongs to, if it is of one.
    pub(super) source: Option<String>,
    /// Its version, if it has several.
    pub(super) version: Option<String>,
    /// Whether `ref` without a version means it.
    pub(super) latest: bool,
    /// What it is, in prose.
    pub(super) description: Option<String>,
    /// Its tags.
    pub(super) tags: Vec<String>,
    /// Whether it is built at all.
    pub(super) enabled: bool,
    /// Its columns, as far as they are declared.
    pub(super) columns: Vec<Column>,
    /// Its tests, those of columns too.
    pub(super) tests: Vec<Test>,
    /// Whether its contract is enforced.
    pub(super) contract: bool,
    /// The constraints of the table as a whole.
    pub(super) constraints: Vec<Json>,
    /// How fresh it must be, as dbt holds it.
    pub(super) freshness: Option<Json>,
    /// The column of the moments its rows were loaded at.
    pub(super) loaded_at: Option<String>,
    /// The line it begins at.
    pub(super) line: Option<u64>,
}

/// A declared column.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// What it is, in prose.
    pub(super) description: Option<String>,
    /// Its type in the database.
    pub(super) data_type: Option<String>,
    /// Its constraints.
    pub(super) constraints: Vec<Json>,
    /// The line it begins at.
    pub(super) line: Option<u64>,
}

/// A generic test.
#[derive(Clone, Debug, Default)]
pub(super) struct Test {
    /// The package it comes from, if it says one: `dbt_utils`.
    pub(super) package: Option<String>,
    /// Its name: `accepted_range`.
    pub(super) name: String,
    /// The column it stands at.
    pub(super) column: Option<String>,
    /// Its arguments.
    pub(super) arguments: Map<String, Json>,
    /// Its configuration.
    pub(super) config: Map<String, Json>,
    /// The name that its author gave it.
    pub(super) title: Option<String>,
    /// What it is for, in prose.
    pub(super) description: Option<String>,
    /// Tags of its column, which it has too.
    pub(super) tags: Vec<String>,
    /// The line it begins at.
    pub(super) line: Option<u64>,
}

/// A test that belongs to no table, or that cannot be taken apart.
#[derive(Clone, Debug)]
pub(super) struct Stray {
    /// What it is called.
    pub(super) rule: String,
    /// Why it is not imported.
    pub(super) reason: String,
    /// The line it begins at.
    pub(super) line: Option<u64>,
}

/// Keys of a test that are configuration, wherever they stand.
pub(super) const CONFIG: [&str; 16] = [
    "severity",
    "warn_if",
    "error_if",
    "fail_calc",
    "where",
    "limit",
    "enabled",
    "tags",
    "meta",
    "store_failures",
    "store_failures_as",
    "alias",
    "schema",
    "database",
    "group",
    "static_analysis",
];

impl Table {
    /// How other tables refer to it.
    pub(super) fn answers_to(&self, reference: &Reference) -> bool {
        match reference {
            Reference::Source(schema, table) => self.source.as_ref() == Some(schema) && self.name == *table,
            Reference::Model(name, version) => {
                self.source.is_none()
                    && self.name == *name
                    && (version.is_none() && (self.latest || self.version.is_none()) || *version == self.version)
            }
        }
    }
}

impl Test {
    /// A test of its name, its keys and the column it stands at.
    pub(super) fn new(name: &str, keys: Map<String, Json>, column: Option<&str>) -> Self {
        let (package, name) = match name.split_once('.') {
            Some((package, name)) => (Some(package.to_owned()), name),
            None => (None, name),
        };
        let mut test = Self { package, name: name.to_owned(), column: column.map(str::to_owned), ..Self::default() };
        for (key, value) in keys {
            match (key.as_str(), value) {
                ("arguments", Json::Object(arguments)) => test.arguments.extend(arguments),
                ("config", Json::Object(config)) => test.config.extend(config),
                ("arguments" | "config", Json::Null) => {}
                ("name", value) => test.title = Some(python::text(&value)),
                ("description", value) => test.description = Some(python::text(&value)),
                (key, value) if CONFIG.contains(&key) => {
                    test.config.insert(key.to_owned(), value);
                }
                (key, value) => {
                    test.arguments.insert(key.to_owned(), value);
                }
            }
        }
        test
    }

    /// Its name with its package.
    pub(super) fn called(&self) -> String {
        match &self.package {
            Some(package) => format!("{package}.{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A text or a list of texts, as tags are written.
pub(super) fn texts(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::Array(items)) => items.iter().map(python::text).collect(),
        None | Some(Json::Null) => Vec::new(),
        Some(one) => vec![python::text(one)],
    }
}
