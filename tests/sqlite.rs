use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::Value as Json;
use tamiz::outcome::{Outcome, Status};
use tamiz::suite::yaml::{self, Content, Node};

use crate::check::check;

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::text)
}

fn indented(block: &str) -> String {
    block.lines().fold(String::new(), |text, line| text + &format!("  {line}\n"))
}

#[test]
fn every_case_gives_what_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlite.yaml");
    let (root, faults) = yaml::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    let Content::List(cases) = root.content else { panic!("a list of cases") };
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(run(case).into_iter().map(|said| format!("{}: {said}", text(case, "case").unwrap())));
    }
    assert!(wrong.is_empty() && cases.len() > 8, "{}", wrong.join("\n"));
}

fn run(case: &Node) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(folder.path().join("a.db")).unwrap().execute_batch(text(case, "sql").unwrap()).unwrap();
    let suite = format!(
        "tamiz: 1\nsuite: s\nas_of: 2025-06-30T12:00:00Z\nvars: {}\ndatasets:\n{}",
        text(case, "vars").unwrap_or("{}"),
        indented(text(case, "datasets").unwrap())
    );
    let path = folder.path().join("suite.yaml");
    std::fs::write(&path, &suite).unwrap();
    let report = match check(&path, &suite, &|_| true) {
        Ok(report) => report,
        Err(said) => return vec![said],
    };
    let mut wrong = Vec::new();
    let wanted = case.get("gives").and_then(Node::entries).unwrap();
    for entry in wanted {
        let wanted = entry.value.text().unwrap();
        let found = report.results.iter().find(|outcome| outcome.id == entry.key);
        let found = found.map_or_else(|| "no outcome".to_owned(), |found| brief(found, wanted));
        if found != wanted {
            let said = report.results.iter().find(|outcome| outcome.id == entry.key).map(|it| it.message.en.clone());
            wrong.push(format!("`{}` is {found}, not {wanted} ({said:?})", entry.key));
        }
    }
    let others = report.results.iter().filter(|outcome| wanted.iter().all(|entry| entry.key != outcome.id));
    wrong.extend(others.map(|outcome| format!("`{}` is {:?}", outcome.id, outcome.status)));
    for entry in case.get("says").and_then(Node::entries).unwrap_or_default() {
        let outcome = report.results.iter().find(|outcome| outcome.id == entry.key).unwrap();
        let wanted = entry.value.text().unwrap();
        let folder = format!("{}/", folder.path().display());
        let said = [&outcome.message.en, &outcome.message.es].map(|text| text.replace(&folder, ""));
        if !said.iter().any(|said| said == wanted) {
            wrong.push(format!("`{}` says {said:?}", entry.key));
        }
    }
    // The rows of a database are named by their keys, and by nothing else.
    let samples = report.results.iter().flat_map(|outcome| &outcome.samples);
    wrong.extend(samples.filter(|it| it.line.is_some() || it.row_index.is_some()).map(|it| format!("{it:?}")));
    wrong
}

/// The status of an outcome, with as much more as is wanted.
fn brief(outcome: &Outcome, wanted: &str) -> String {
    match (outcome.status, wanted.split_once(' ')) {
        (Status::Passed, _) => "passed".to_owned(),
        (Status::Skipped, _) => "skipped".to_owned(),
        (Status::Failed, None) => "failed".to_owned(),
        (Status::Failed, Some(_)) => {
            format!("failed {}", outcome.violations.map_or_else(|| "?".to_owned(), |count| count.to_string()))
        }
        (Status::Error, _) => format!("error {}", outcome.error.as_ref().map_or("?", |fault| fault.code.as_str())),
    }
}

#[test]
fn a_row_is_shown_by_its_key_with_its_cells_as_they_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "CREATE TABLE t (a INTEGER, b); INSERT INTO t VALUES (7, 'x'), (8, x'00ff'), (9, 2.5)";
    Connection::open(folder.path().join("a.db")).unwrap().execute_batch(sql).unwrap();
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  t:\n    source: {sqlite: a.db, table: t}\n    key: [rowid, a]\n    \
                 columns: {b: {type: integer}}\n";
    let report = check(&folder.path().join("suite.yaml"), suite, &|_| true).unwrap();
    let outcome = report.results.iter().find(|outcome| outcome.id == "t.b.type").unwrap();
    let shown: Vec<String> =
        outcome.samples.iter().map(|it| serde_json::to_string(&(&it.key, &it.values)).unwrap()).collect();
    let wanted = [
        r#"[{"rowid":1,"a":7},{"b":"x"}]"#,
        r#"[{"rowid":2,"a":8},{"b":"x'00ff'"}]"#,
        r#"[{"rowid":3,"a":9},{"b":"2.5"}]"#,
    ];
    assert_eq!(shown, wanted);
    assert_eq!(report.datasets[0].source, "a.db: t");
    assert_eq!(report.datasets[0].format.as_deref(), Some("sqlite"));
}

#[test]
fn another_database_or_a_file_may_be_put_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (name, rows) in [("a.db", "(1)"), ("b.db", "(1), (2)")] {
        let sql = format!("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES {rows}");
        Connection::open(folder.path().join(name)).unwrap().execute_batch(&sql).unwrap();
    }
    std::fs::write(folder.path().join("c.csv"), "n\n1\n2\n3\n").unwrap();
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  t:\n    source: {sqlite: a.db, table: t}\n    \
                 expect: [max: {column: n, equals: 1}, tables: [t]]\n";
    std::fs::write(folder.path().join("suite.yaml"), suite).unwrap();
    let ran = |source: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(folder.path()).args(["check", "suite.yaml", "--no-reports", "--output", "json=-"]);
        if let Some(source) = source {
            command.args(["--source", source]);
        }
        let ran = command.output().unwrap();
        let report: Json = serde_json::from_slice(&ran.stdout).unwrap();
        let of = |outcome: &Json| format!("{} {}", outcome["status"].as_str().unwrap(), outcome["observed"]);
        report["results"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(ran(None), ["passed 1", "passed null"]);
    assert_eq!(ran(Some("t=b.db")), ["failed 2", "passed null"]);
    assert_eq!(ran(Some("t=c.csv")), ["failed 3", "error null"]);
}

#[test]
fn many_rows_are_read_whole_by_several_connections() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 \
               FROM s WHERE i < 250000) INSERT INTO t SELECT i, i % 1000 FROM s; UPDATE t SET n = -1 WHERE id IN (3, 249999)";
    Connection::open(folder.path().join("a.db")).unwrap().execute_batch(sql).unwrap();
    std::fs::write(folder.path().join("b.csv"), "id\n1\n249999\n250001\n").unwrap();
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  t:\n    source: {sqlite: a.db, table: t}\n    key: id\n    expect:\n      \
                 - row_count: 250000\n      - unique: {column: id}\n      - non_negative: {column: n}\n      \
                 - sum: {column: id, equals: 31250125000}\n  b:\n    source: b.csv\n    expect:\n      \
                 - foreign_key: {column: id, to: t.id}\n";
    let report = check(&folder.path().join("suite.yaml"), suite, &|_| true).unwrap();
    let found: Vec<_> = report.results.iter().map(|outcome| (outcome.status, outcome.violations)).collect();
    let wanted = [
        (Status::Passed, None),
        (Status::Passed, Some(0)),
        (Status::Failed, Some(2)),
        (Status::Passed, None),
        (Status::Failed, Some(1)),
    ];
    assert_eq!(found, wanted);
    let keys: Vec<_> = report.results[2].samples.iter().map(|sample| sample.key["id"].clone()).collect();
    assert_eq!(keys, [3, 249_999]);
}
