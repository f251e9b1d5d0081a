use std::fs;

use serde_json::json;
use tamiz::outcome::{Report, Status};

use crate::check::check;

fn run(rule: &str) -> Result<Report, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("data.csv"), "id,day,price\n1,2025-01-31,1.50\n2,2025-02-01,x\nragged\n3,,0.30\n").unwrap();
    fs::write(path("secret.csv"), "word\nxyzzy\n").unwrap();
    let rule = rule.replace("SECRET", &path("secret.csv").to_string_lossy());
    let text = format!(
        "tamiz: 1\nsuite: s\nas_of: 2025-02-01\nvars: {{least: {{type: decimal, default: 0.5}}}}\ndatasets:\n  data:\n    source: data.csv\n    columns:\n      id: {{type: integer}}\n      day: {{type: date}}\n      price: {{type: decimal}}\n    expect:\n      - {rule}\n"
    );
    check(&path("suite.yaml"), &text, &|_| true)
}

#[test]
fn no_query_reads_what_the_suite_does_not_name() {
    for sql in [
        "SELECT * FROM read_csv('SECRET')",
        "SELECT id FROM data UNION ALL SELECT word FROM read_csv('SECRET')",
        "SELECT id FROM data WHERE id IN (SELECT word FROM read_csv('SECRET'))",
        "WITH t AS (SELECT * FROM read_csv('SECRET')) SELECT t.word FROM t, data",
        "SELECT * FROM 'SECRET'",
        "SELECT * FROM other",
        "SELECT id FROM data; SELECT id FROM data",
        "DROP TABLE data",
    ] {
        let said = run(&format!("query: {}", json!(sql))).unwrap_err();
        assert!(said.contains("BadCondition"), "{sql}: {said}");
    }
}

#[test]
fn rows_returned_are_the_sample() {
    let report = run(r#"query: "SELECT id, day, price FROM data ORDER BY id DESC""#).unwrap();
    let outcome = report.results.iter().find(|outcome| outcome.expectation == "query").unwrap();
    assert_eq!((outcome.status, outcome.evaluated, outcome.violations), (Status::Failed, Some(3), Some(3)));
    let shown: Vec<_> = outcome.samples.iter().map(|sample| json!(sample.values)).collect();
    assert_eq!(shown[0], json!({"id": 3, "day": null, "price": "0.30"}));
    // The cell that does not read is null, and the ragged line is not there.
    assert_eq!(shown[1], json!({"id": 2, "day": "2025-02-01", "price": null}));
    assert_eq!(shown.len(), 3);
}

#[test]
fn a_variable_keeps_its_type() {
    let report = run(r#"query: "SELECT id FROM data WHERE price < :least OR day < :as_of""#).unwrap();
    let outcome = report.results.iter().find(|outcome| outcome.expectation == "query").unwrap();
    assert_eq!((outcome.status, outcome.violations), (Status::Failed, Some(2)), "{outcome:?}");
}

#[test]
fn a_query_that_names_no_column_counts_rows() {
    let report = run(r#"scalar: {sql: "SELECT count(*) FROM data", equals: 3}"#).unwrap();
    let outcome = report.results.iter().find(|outcome| outcome.expectation == "scalar").unwrap();
    assert_eq!((outcome.status, outcome.observed.clone()), (Status::Passed, Some(json!(3))));
}

#[test]
fn a_rule_about_the_whole_takes_no_condition_and_no_nulls() {
    for rule in [
        r#"query: {sql: "SELECT id FROM data", where: "id > 1"}"#,
        r#"scalar: {sql: "SELECT 1 FROM data", where: "id > 1"}"#,
        r#"query: {sql: "SELECT id FROM data", nulls: fail}"#,
        r#"query: {sql: "SELECT id FROM data", group_by: id}"#,
        r#"column_count: {min: 1, where: "id > 1"}"#,
        r#"schema: {columns: {id: integer}, where: "id > 1"}"#,
        "schema: {columns: {id: integer}, primary_key: id}",
        r#"file: {exists: true, where: "id > 1"}"#,
        "file: {}",
    ] {
        assert!(run(rule).is_err(), "{rule}");
    }
}

#[test]
fn a_schema_stands_in_a_file_beside_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("data.csv"), "id,price\n1,1.5\n").unwrap();
    fs::write(path("data.schema.yaml"), "columns:\n  id: integer\n  price: string\n").unwrap();
    fs::write(
        path("table.json"),
        r#"{"fields": [{"name": "id", "type": "integer"}, {"name": "price", "type": "number"}]}"#,
    )
    .unwrap();
    let run = |file: &str| {
        let text = format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  data:\n    source: data.csv\n    columns:\n      price: {{type: decimal}}\n    expect:\n      - schema: {file}\n"
        );
        check(&path("suite.yaml"), &text, &|_| true)
    };
    let report = run("data.schema.yaml").unwrap();
    let outcome = report.results.iter().find(|outcome| outcome.expectation == "schema").unwrap();
    assert_eq!(outcome.status, Status::Failed);
    let types = &outcome.details.as_ref().unwrap()["types"];
    assert_eq!(*types, json!([{"column": "price", "found": "decimal", "expected": "string"}]));
    assert_eq!(run("table.json").unwrap().verdict.exit_code, 0);
    assert!(run("gone.yaml").unwrap_err().contains("`gone.yaml` cannot be read"));
}
