//! The language of suites as a whole: a suite that uses each key, and what only data can show of patterns.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tamiz::outcome::{Outcome, Report, Status};
use tamiz::suite::keys::{self, TABLES};
use tamiz::suite::yaml::{self, Node};
use tamiz::suite::{self, Suite};

use crate::check::check;

const FILES: [&str; 3] = ["every_key.yaml", "common/included.yaml", "common/template.yaml"];

#[test]
fn one_suite_uses_every_key() {
    let documents: Vec<Node> = FILES.iter().map(|file| yaml::read(&text(file)).unwrap().0).collect();
    let mut wanting = Vec::new();
    for (of, table) in TABLES {
        let used: BTreeSet<&str> = maps(of, &documents)
            .unwrap_or_else(|| panic!("say in `maps` where the keys of a {of} stand"))
            .into_iter()
            .flat_map(|node| node.entries().unwrap_or_default())
            .map(|entry| entry.key.as_str())
            .collect();
        let unused = table.iter().filter(|key| !used.contains(**key));
        wanting.extend(unused.map(|key| format!("the key `{key}` of a {of} is not used")));
    }
    assert!(wanting.is_empty(), "tests/language/every_key.yaml:\n{}", wanting.join("\n"));
}

#[test]
fn the_suite_that_uses_every_key_lints_clean() {
    let suite = read(&text(FILES[0]));
    let remarks: Vec<String> = suite
        .remarks(suite.as_of.known().unwrap())
        .into_iter()
        .map(|remark| format!("{:?} {}", remark.place(), remark.message))
        .collect();
    assert_eq!(remarks, [""; 0]);
    let validator = jsonschema::validator_for(&suite::schema::suite()).unwrap();
    let document: Json = serde_yaml::from_str(&text(FILES[0])).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn the_suite_that_uses_every_key_gives_what_is_worked_out_by_hand() {
    let report = check(&folder().join(FILES[0]), &text(FILES[0]), &|_| true).unwrap();
    // 200 is more than 100 and muted; 7 is one of four, below the half that would be critical; product 9 is none.
    let failed: Vec<(&str, &str, bool)> = report
        .results
        .iter()
        .filter(|rule| rule.status == Status::Failed)
        .map(|rule| (rule.id.as_str(), rule.level.as_deref().unwrap(), rule.muted.is_some()))
        .collect();
    assert_eq!(
        failed,
        [
            ("ventas.producto.foreign_key", "error", false),
            ("cantidad_en_rango", "critical", true),
            ("ventas.cantidad.not_in_set", "warning", false),
        ]
    );
    let skipped: Vec<&str> =
        report.results.iter().filter(|rule| rule.status == Status::Skipped).map(|rule| rule.id.as_str()).collect();
    // A database is no text to keep here: it is not there, and may be missing.
    let missing = ["almacen.row_count", "pedidos.row_count"];
    assert_eq!(skipped, ["ventas.descuento.type", "ventas.descuento.non_negative", missing[0], missing[1]]);
    assert_eq!(report.counts.error, 0, "{:?}", told(&report));
    assert_eq!((report.counts.failed, report.counts.muted), (3, 1));
    assert_eq!(report.datasets[0].rows_in_scope, Some(4));
    // Of `p*` there are producto_id, pagada and, computed, producto.
    let not_null = |column: &str| find(&report, &format!("ventas.{column}.not_null")).violations;
    assert_eq!((not_null("producto_id"), not_null("pagada"), not_null("producto")), (Some(0), Some(1), Some(0)));
    let quantity = find(&report, "cantidad_en_rango");
    assert_eq!((quantity.evaluated, quantity.violations, quantity.gating), (Some(4), Some(1), false));
    let impact = quantity.impact.as_ref().unwrap();
    assert_eq!((impact.loss.as_deref(), impact.currency.as_deref()), (Some("10"), Some("USD")));
    assert_eq!(quantity.tags, ["almacen", "defecto", "ventas", "prueba"]);
}

#[test]
fn a_mute_that_has_ended_gates_again() {
    let text = text(FILES[0]).replace("as_of: \"2025-06-30\"", "as_of: \"2025-08-01\"");
    let report = check(&folder().join(FILES[0]), &text, &|_| true).unwrap();
    let quantity = find(&report, "cantidad_en_rango");
    assert!(quantity.gating && quantity.muted.is_none());
    assert_eq!(report.counts.muted, 0);
}

#[test]
fn a_pattern_is_a_rule_for_each_column_that_is_found() {
    let data = "l_b,l_a,other,l_c\n1,x,,2\n,y,,3\n";
    let report = run(data, "      l_a: {type: string}\n", "not_null: {columns: 'l_*', severity: warning}");
    let found: Vec<(&str, Option<u64>)> =
        report.results.iter().map(|rule| (rule.id.as_str(), rule.violations)).collect();
    assert_eq!(
        found,
        [
            ("d.l_a.type", Some(0)),
            ("d.l_b.not_null", Some(1)),
            ("d.l_a.not_null", Some(0)),
            ("d.l_c.not_null", Some(0))
        ]
    );
    assert_eq!(report.results[1].sentence.en, "`l_b` is never null");
    assert_eq!(report.results[1].samples[0].row_index, Some(1));
}

#[test]
fn a_pattern_finds_the_types_of_the_columns_that_fit() {
    let data = "l_a,l_b,n\n1,x,1\n20,y,2\n";
    let report = run(data, "", "sum: {columns: 'l_*', max: 10}");
    let rules: Vec<(&str, Status)> = report.results.iter().map(|rule| (rule.id.as_str(), rule.status)).collect();
    // Text is no number: that column is an error, the other one is judged.
    assert_eq!(rules, [("d.l_a.sum", Status::Failed), ("d.l_b.sum", Status::Error)]);
    assert_eq!(find(&report, "d.l_b.sum").error.as_ref().unwrap().code, "type_mismatch");
}

#[test]
fn a_pattern_that_fits_no_column_is_an_error() {
    for rule in ["not_null: {columns: 'z*'}", "unique: 'z*'", "column_exists: {columns: 'z*'}"] {
        let report = run("a,b\n1,2\n", "", rule);
        let [outcome] = report.results.as_slice() else { panic!("{rule}: {:?}", told(&report)) };
        assert_eq!(outcome.status, Status::Error, "{rule}");
        let fault = outcome.error.as_ref().unwrap();
        assert_eq!(fault.code, "column_missing");
        assert!(fault.message.contains("no column of `d` fits `z*`"), "{}", fault.message);
    }
}

#[test]
fn a_pattern_takes_declared_columns_that_are_absent_at_their_word() {
    let columns = "      l_a: {type: integer}\n      l_z: {type: integer, optional: true}\n";
    let report = run("l_a\n1\n", columns, "not_null: {columns: 'l_*'}");
    assert_eq!(find(&report, "d.l_a.not_null").status, Status::Passed);
    assert_eq!(find(&report, "d.l_z.not_null").status, Status::Skipped);
}

#[test]
fn the_default_of_no_rows_is_not_meant_for_counts_of_rows() {
    let text = |defaults: &str| {
        let rules = "[not_null: {column: a}, max: {column: a, max: 1}, row_count: {min: 1}, columns: {names: [a]}]";
        format!("tamiz: 1\nsuite: s\n{defaults}datasets:\n  d:\n    source: d.csv\n    expect: {rules}\n")
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d.csv"), "a\n").unwrap();
    let found = |defaults: &str| {
        let report = check(&folder.path().join("s.yaml"), &text(defaults), &|_| true).unwrap();
        report.results.iter().map(|rule| rule.status).collect::<Vec<_>>()
    };
    let (passed, failed, skipped) = (Status::Passed, Status::Failed, Status::Skipped);
    assert_eq!(found(""), [passed, failed, failed, passed]);
    assert_eq!(found("defaults: {on_empty: skip}\n"), [skipped, skipped, failed, passed]);
    assert_eq!(found("defaults: {on_empty: pass}\n"), [passed, passed, failed, passed]);
    assert_eq!(found("defaults: {on_empty: fail}\n"), [failed, failed, failed, passed]);
    let refused = text("").replace("names: [a]", "names: [a], on_empty: pass");
    let said = check(&folder.path().join("s.yaml"), &refused, &|_| true).unwrap_err();
    assert!(said.contains("`columns` evaluates no rows and takes no `on_empty`"), "{said}");
}

/// The maps whose keys are those of a table; none if nobody has said.
fn maps<'d>(of: &str, documents: &'d [Node]) -> Option<Vec<&'d Node>> {
    let all = |key: &str| -> Vec<&'d Node> { documents.iter().filter_map(|document| document.get(key)).collect() };
    let values = |nodes: Vec<&'d Node>| -> Vec<&'d Node> {
        nodes.into_iter().flat_map(|node| node.entries().unwrap_or_default()).map(|entry| &entry.value).collect()
    };
    let inside = |nodes: Vec<&'d Node>, key: &str| -> Vec<&'d Node> {
        nodes.into_iter().filter_map(|node| node.get(key)).collect()
    };
    let listed = |nodes: Vec<&'d Node>| -> Vec<&'d Node> {
        let items = |node: &'d Node| if node.entries().is_some() { std::slice::from_ref(node) } else { node.as_list() };
        nodes.into_iter().flat_map(items).collect()
    };
    let datasets = values(all("datasets"));
    let columns = values(inside(datasets.clone(), "columns"));
    let items = datasets.iter().chain(&columns).filter_map(|node| node.get("expect")).flat_map(Node::as_list);
    let rules: Vec<&Node> =
        items.flat_map(|item| item.entries().unwrap_or_default()).map(|entry| &entry.value).collect();
    Some(match of {
        "suite" => vec![&documents[0]],
        "included file" => documents[1..].iter().collect(),
        "dataset" => datasets,
        "database" => inside(datasets, "source"),
        "column" => columns,
        "missing" => inside(columns, "missing"),
        "repair" => listed(inside(columns, "repair")),
        "repair of a dataset" => listed(inside(datasets, "repair")),
        "default" => inside(listed(inside(columns, "repair")), "default"),
        "clamp" => inside(listed(inside(columns, "repair")), "clamp"),
        "parse of a boolean" => inside(listed(inside(columns, "repair")), "parse"),
        "dedupe" => inside(listed(inside(datasets, "repair")), "dedupe"),
        "pii" => inside(columns, "pii"),
        "pii of a suite" => all("pii"),
        "breaker" => all("breaker"),
        "format" => inside(datasets, "format"),
        "rule" | "item" => rules,
        "mute" => inside(rules, "mute"),
        "quarantine" => {
            documents.iter().chain(datasets.iter().copied()).filter_map(|node| node.get("quarantine")).collect()
        }
        "defaults" => all("defaults"),
        "variable" => values(all("vars")),
        "test" => values(all("tests")),
        "outcome" => values(inside(values(all("tests")), "expect")),
        _ => return None,
    })
}

#[test]
fn no_key_is_both_read_and_refused() {
    let both: Vec<&&str> =
        TABLES.iter().flat_map(|(_, table)| *table).filter(|key| keys::NOT_YET.contains(key)).collect();
    assert_eq!(both, [&""; 0]);
}

/// Runs a suite of one dataset with some columns and one rule.
fn run(data: &str, columns: &str, rule: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d.csv"), data).unwrap();
    let columns = if columns.is_empty() { String::new() } else { format!("    columns:\n{columns}") };
    let text =
        format!("tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n{columns}    expect:\n      - {rule}\n");
    check(&folder.path().join("s.yaml"), &text, &|_| true).unwrap()
}

fn find<'r>(report: &'r Report, id: &str) -> &'r Outcome {
    let found = report.results.iter().find(|rule| rule.id == id);
    found.unwrap_or_else(|| panic!("no rule `{id}`: {:?}", told(report)))
}

fn told(report: &Report) -> Vec<(&str, Status, &str)> {
    report.results.iter().map(|rule| (rule.id.as_str(), rule.status, rule.message.en.as_str())).collect()
}

fn read(text: &str) -> Suite {
    let read = |path: &Path| fs::read_to_string(path);
    let path = folder().join(FILES[0]);
    let text = text.to_owned();
    let (vars, sources, env) = (&[], &[], &|_: &str| None);
    let request = suite::Request { path: &path, text, vars, sources, env, as_of: None, now: 0, read: &read };
    suite::read(request).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

fn text(file: &str) -> String {
    fs::read_to_string(folder().join(file)).unwrap()
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/language"))
}
