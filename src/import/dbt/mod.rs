//! dbt: the tests of `schema.yml` and `manifest.json` to a suite.
//!
//! Its own tests, those of dbt-utils and dbt-expectations, the freshness of sources, and contracts that are enforced. Tests
//! that are SQL of their own, unit tests and those of other packages are told as unsupported. It runs no Jinja but `ref`,
//! `source` and `var`, and reads no database.
//!
//! | file | answers for |
//! |---|---|
//! | `schema_yml` · `manifest` | the two documents |
//! | `found` | what both hold |
//! | `python` | YAML 1.1, as dbt reads it |
//! | `jinja` | `ref`, `source`, `var` |
//! | `project` | datasets, their sources and columns |
//! | `core` · `utils` · `expectations` | the tests of each package, one table each |
//! | `translate` | one test, by way of these tables |
//! | `ask` · `config` · `sql` · `range` · `compare` · `period` | arguments, thresholds, SQL, bounds, two tables, lengths of time |
//! | `contract` · `freshness` | what is no test |
//! | `assemble` | rules to a draft |

mod ask;
mod assemble;
mod compare;
mod config;
mod contract;
mod core;
mod elementary;
mod expectations;
mod found;
mod freshness;
mod jinja;
mod manifest;
mod period;
mod project;
mod python;
mod range;
mod schema_yml;
mod sql;
mod translate;
mod utils;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::diagnostic::{Diagnostic, SourceText, nearest};
use crate::import::{Draft, Drafted, Request, document};
use crate::suite::{quote, yaml};
use assemble::Assembly;
use found::Document;
use project::Project;

/// Makes a draft of a document.
///
/// # Errors
/// A document that is not of dbt, and a source for a dataset that it does not have.
pub(super) fn import(request: &Request<'_>) -> Result<Drafted, Vec<Diagnostic>> {
    let file = request.source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_manifest = request.source.text.trim_start().starts_with('{');
    let mut document = if is_manifest { manifest::read(&request.source)? } else { schema_yml::read(&request.source)? };
    let settings = Settings::read(request);
    if !is_manifest {
        settings.configure(&mut document);
    }
    let named = document.project.clone().or_else(|| settings.name.clone());
    let name = request.name.map_or_else(|| suite_name(&request.source, named), str::to_owned);
    let head = vec![format!("Imported from {file} of dbt.")];
    let project = Project::new(request, &document, settings.vars);
    let mut assembly =
        Assembly { project, draft: Draft { name, head, ..Draft::default() }, entries: Vec::new(), ids: HashSet::new() };
    assembly.take(&document);
    if let Some(stranger) = assembly.project.strangers().first() {
        let message = format!("--source {stranger}: the document has no table of that name");
        let help = nearest(stranger, assembly.project.names()).map(|near| format!("did you mean `{near}`?"));
        return Err(vec![document::mistake(&request.source, 0..0, message, help)]);
    }
    Ok((assembly.draft, assembly.entries))
}

/// The name of the suite: that of the file where it says something, else that of the project.
fn suite_name(source: &Arc<SourceText>, project: Option<String>) -> String {
    const PLAIN: [&str; 8] =
        ["schema", "manifest", "models", "_models", "sources", "_sources", "properties", "_schema"];
    let stem = source.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = if PLAIN.contains(&stem.as_str()) { project.unwrap_or(stem) } else { stem };
    quote::dataset_name(&name, &[])
}

/// What `dbt_project.yml` says, in a folder above the document.
#[derive(Default)]
struct Settings {
    name: Option<String>,
    vars: Map<String, Json>,
    /// The configuration of every test.
    tests: Map<String, Json>,
}

impl Settings {
    fn read(request: &Request<'_>) -> Self {
        let above = (0..6).map(|up| format!("{}dbt_project.yml", "../".repeat(up)));
        let Some(text) = above.into_iter().find_map(|path| (request.read)(Path::new(&path)).ok()) else {
            return Self::default();
        };
        let Ok((root, _)) = yaml::read(&text) else { return Self::default() };
        let root = python::value(&root);
        let name = root["name"].as_str().map(str::to_owned);
        let own =
            |value: &Json| name.as_ref().and_then(|name| value[name.as_str()].as_object()).cloned().unwrap_or_default();
        let mut vars = root["vars"].as_object().cloned().unwrap_or_default();
        vars.extend(own(&root["vars"]));
        let mut tests = Map::new();
        for given in ["tests", "data_tests"].map(|key| &root[key]) {
            let whole = given.as_object().cloned().unwrap_or_default();
            let marked = whole.into_iter().chain(own(given));
            tests.extend(marked.filter_map(|(key, value)| Some((key.strip_prefix('+')?.to_owned(), value))));
        }
        Self { name, vars, tests }
    }

    /// Gives tests the configuration that they do not set themselves.
    fn configure(&self, document: &mut Document) {
        for test in document.tables.iter_mut().flat_map(|table| &mut table.tests) {
            for (key, value) in self.tests.iter().filter(|(key, _)| found::CONFIG.contains(&key.as_str())) {
                test.config.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Fate, Tool, import};

    /// What became of each test of a document: why it is not imported, if it is not.
    fn reasons(text: &str) -> Vec<(String, Option<String>)> {
        let source = Arc::new(SourceText { path: "schema.yml".into(), text: text.to_owned() });
        let request = Request {
            tool: Tool::Dbt,
            source,
            name: None,
            sources: &[],
            columns: &|_| None,
            read: &|_| Err(std::io::ErrorKind::NotFound.into()),
        };
        let reason = |fate| match fate {
            Fate::Unsupported(reason) => Some(reason),
            Fate::Mapped | Fate::Approximated(_) => None,
        };
        let entries = import(&request).unwrap().entries;
        entries.into_iter().map(|entry| (entry.rule, reason(entry.fate))).collect()
    }

    #[test]
    fn an_expression_is_no_column() {
        let text = "models:\n  - name: m\n    columns: [{name: Order Id, tests: [unique]}]\n    tests:\n      \
                    - unique: {column_name: \"a || '-' || b\"}\n      - not_null: {column_name: '\"A b\"'}\n";
        let reasons: Vec<Option<String>> = reasons(text).into_iter().map(|(_, reason)| reason).collect();
        let expression = "`a || '-' || b` is an expression where a column is wanted".to_owned();
        assert_eq!(reasons.iter().flatten().collect::<Vec<_>>(), [&expression]);
        assert_eq!(reasons.len(), 3);
    }

    #[test]
    fn a_column_without_a_name_is_told() {
        let found = reasons(
            "models:\n  - name: m\n    columns:\n      - tests: [unique]\n      - name: a\n        tests: [unique]\n",
        );
        let without = "it has no `name`: nothing says which column its tests are about".to_owned();
        assert_eq!(found, [("a column of m".to_owned(), Some(without)), ("unique(m.a)".to_owned(), None)]);
    }

    #[test]
    fn only_text_has_a_case() {
        let test = "tests: [dbt_expectations.expect_column_values_to_have_consistent_casing]";
        let text = format!(
            "models:\n  - name: m\n    columns:\n      - {{name: n, data_type: bigint, {test}}}\n      - {{name: c, data_type: text, {test}}}\n"
        );
        let reasons: Vec<Option<String>> = reasons(&text).into_iter().map(|(_, reason)| reason).collect();
        assert_eq!(reasons, [Some("`n` is of type integer, which has no case".to_owned()), None]);
    }
}
