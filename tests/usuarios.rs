//! The example `usuarios`: from the answer of an API to a database, the bad records put aside with their reasons.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value as Json;

use crate::examples::{json, root};

/// A folder with all that the pipeline of the example makes of an answer.
pub(crate) fn loaded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("sh")
        .arg(root().join("examples/usuarios/pipeline.sh"))
        .arg(root().join("examples/usuarios/data"))
        .arg(folder.path())
        .env("TAMIZ", env!("CARGO_BIN_EXE_tamiz"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    folder
}

#[test]
fn usuarios_go_into_the_database_and_the_bad_ones_are_put_aside() {
    let expected = json(&root().join("examples/usuarios/expected.json"));
    let folder = loaded();

    let aside = glob::glob(&folder.path().join("apartados/usuarios/*/invalid.ndjson").to_string_lossy()).unwrap();
    let aside = fs::read_to_string(aside.last().unwrap().unwrap()).unwrap();
    let mut reasons = serde_json::Map::new();
    for line in aside.lines() {
        let record: Json = serde_json::from_str(line).unwrap();
        let failures = record["_tamiz_failures"].as_array().unwrap().iter();
        let rules: BTreeSet<&str> = failures.map(|failure| failure["rule"].as_str().unwrap()).collect();
        reasons.insert(record["_tamiz_row"].to_string(), serde_json::json!(rules));
    }
    assert_eq!(Json::Object(reasons), expected["invalid"]);

    for (name, rows) in expected["tables"].as_object().unwrap() {
        let text = fs::read_to_string(folder.path().join(format!("{name}.jsonl"))).unwrap();
        assert_eq!(Json::from(text.lines().count()), *rows, "{name}");
    }
    let loaded = rusqlite::Connection::open(folder.path().join("usuarios.sqlite")).unwrap();
    let rows: i64 = loaded.query_row("SELECT count(*) FROM usuarios", [], |row| row.get(0)).unwrap();
    assert_eq!(Json::from(rows), expected["valid"]);

    let record = json(&folder.path().join("reports/latest/usuarios.json"));
    for (id, rule) in expected["rules"].as_object().unwrap() {
        let own = crate::examples::pick(&record["results"], "id", id);
        assert_eq!((&own["violations"], &own["status"]), (&rule["violations"], &rule["status"]), "{id}");
    }
}
