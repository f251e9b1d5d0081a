//! The example `spark`: trips in a folder of Parquet, checked by a server of Spark Connect, and the same as files.

use std::path::Path;
use std::process::Command;

use crate::examples::{json, pick, root};
use crate::spark;

/// Runs the suite of the example on data that its generator made, and holds what it finds to what plain loops count.
fn finds_what_was_counted(folder: &Path, words: &[String], url: &str) {
    let reports = folder.join("reports");
    let ran = Command::new(env!("CARGO_BIN_EXE_tamiz"))
        .current_dir(root())
        .args(["check", "examples/spark/viajes.yaml", "--quiet"])
        .args(words)
        .arg("--reports")
        .arg(&reports)
        .env("LAGO", url)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    let record = json(&reports.join("latest/viajes.json"));
    assert_eq!(record["counts"]["error"], 0, "{said}");
    let expected = json(&root().join("examples/spark/expected.json"));
    let expected = expected.as_object().unwrap();
    for (id, count) in expected {
        assert_eq!(pick(&record["results"], "id", id)["violations"], *count, "{id}");
    }
    let failed = record["results"].as_array().unwrap().iter().filter(|result| result["status"] == "failed");
    assert_eq!(failed.count(), expected.len(), "{said}");
    std::fs::remove_dir_all(reports).unwrap();
}

#[test]
fn the_trips_of_a_lake_are_checked_where_they_are_and_as_files() {
    if !spark::is_there() {
        return;
    }
    // A name in a query has no point in it.
    let folder = tempfile::Builder::new().prefix("tamiz").tempdir().unwrap();
    let made = Command::new("python3")
        .arg("-B")
        .arg(root().join("examples/spark/generate.py"))
        .arg(folder.path())
        .env("PYTHONPATH", spark::tools().unwrap().join("tpch"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let source = |name: &str, place: String| ["--source".to_owned(), format!("{name}={place}")];
    let each = |place: &dyn Fn(&str) -> String| {
        ["viajes", "conductores"].into_iter().flat_map(|name| source(name, place(name))).collect::<Vec<_>>()
    };
    let path = |name: &str| folder.path().join(name).display().to_string();
    finds_what_was_counted(folder.path(), &each(&|name| format!("{}/*.parquet", path(name))), "sc://127.0.0.1:1");
    let there = each(&|name| format!("connection://lago/parquet.{}", path(name)));
    finds_what_was_counted(folder.path(), &there, &spark::sail());
}
