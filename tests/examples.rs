//! Each example gives what its README and its `expected.json` say.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use serde_json::Value as Json;

/// What a run of the program left behind.
pub(crate) struct Ran {
    pub(crate) code: Json,
    pub(crate) said: String,
    pub(crate) record: Json,
    pub(crate) page: String,
}

#[test]
fn ventas_gives_what_was_counted_without_tamiz() {
    let expected = json(&root().join("examples/ventas/expected.json"));
    let ran = check("ventas", &[]);

    assert_eq!(ran.code, expected["exit_code"], "{}", ran.said);
    let readme = std::fs::read_to_string(root().join("examples/ventas/README.md")).unwrap();
    assert!(readme.contains(&format!("The exit code is **{}**", expected["exit_code"])));
    let as_of = ran.record["run"]["as_of"].as_str().unwrap();
    assert!(as_of.starts_with("2025-06-29T22:00:00"), "midnight in Madrid");
    hold(&expected, &ran.record);
    let failed: Vec<&str> = failed(&ran.record).collect();
    assert!(failed.iter().all(|id| expected["rules"][id]["status"] == "failed"), "{failed:?}");
    // What people read holds the numbers that matter.
    for number in ["1,479", "57", "93", "100", "118"] {
        assert!(ran.said.contains(number), "the terminal does not say {number}:\n{}", ran.said);
        assert!(ran.page.contains(number), "the page does not say {number}");
    }
}

#[test]
fn the_database_of_ventas_has_the_structure_that_its_suite_expects() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("ventas.db");
    let loaded = Command::new("sh").arg(root().join("examples/ventas/load.sh")).arg(&database).output().unwrap();
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    let base = format!("base={}", database.display());
    let ran = check("ventas_estructura", &["examples/ventas/estructura.yaml", "--var", &base]);
    assert_eq!(ran.code, 1, "{}", ran.said);
    let failed: Vec<&str> = failed(&ran.record).collect();
    assert_eq!(
        failed,
        ["ventas.fecha.not_in_future", "ventas.producto_id.foreign_key", "total_cuadra", "ventas.readable_rows"]
    );
    // Counted by Python over the database.
    for (id, violations) in [
        ("ventas.fecha.not_in_future", 1479),
        ("ventas.producto_id.foreign_key", 57),
        ("total_cuadra", 6),
        ("ventas.readable_rows", 85),
    ] {
        assert_eq!(pick(&ran.record["results"], "id", id)["violations"], violations, "{id}");
    }
    assert_eq!(ran.record["counts"]["error"], 0);
    let left: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["ventas.db"]);
}

/// Runs `tamiz check` in the root of the repository.
pub(crate) fn check(suite: &str, args: &[&str]) -> Ran {
    let reports = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_tamiz"))
        .current_dir(root())
        .arg("check")
        .args(args)
        .arg("--reports")
        .arg(reports.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&ran.stderr);
    let latest = |extension: &str| {
        let path = reports.path().join(format!("latest/{suite}.{extension}"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("no report ({error}):\n{said}{complaints}"))
    };
    Ran {
        code: Json::from(ran.status.code()),
        record: serde_json::from_str(&latest("json")).unwrap(),
        page: latest("html"),
        said,
    }
}

/// Holds a record to what was counted: the numbers of the run, of its datasets and of its rules.
pub(crate) fn hold(expected: &Json, record: &Json) {
    for (name, count) in expected["counts"].as_object().unwrap() {
        assert_eq!(record["counts"][name], *count, "counts.{name}");
    }
    for (name, dataset) in expected["datasets"].as_object().unwrap() {
        let own = pick(&record["datasets"], "name", name);
        for (key, value) in dataset.as_object().unwrap() {
            assert_eq!(own[key], *value, "{name}.{key}");
        }
    }
    for (id, rule) in expected["rules"].as_object().unwrap() {
        let own = pick(&record["results"], "id", id);
        for (key, value) in rule.as_object().unwrap() {
            assert_eq!(by_value(&shown(own, key)), by_value(value), "{id}.{key}: {own:#}");
        }
    }
}

/// The ids of the rules that failed.
pub(crate) fn failed(record: &Json) -> impl Iterator<Item = &str> {
    let results = record["results"].as_array().unwrap().iter();
    results.filter(|rule| rule["status"] == "failed").map(|rule| rule["id"].as_str().unwrap())
}

/// The item of a list with a value under a key.
pub(crate) fn pick<'a>(list: &'a Json, key: &str, value: &str) -> &'a Json {
    let found = list.as_array().unwrap().iter().find(|item| item[key] == value);
    found.unwrap_or_else(|| panic!("nothing has the {key} `{value}`"))
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of JSON.
pub(crate) fn json(path: &Path) -> Json {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What an outcome says under a key of `expected.json`.
fn shown(outcome: &Json, key: &str) -> Json {
    let lines = |list: &Json| list.as_array().into_iter().flatten().map(|place| place["line"].clone()).collect();
    match key {
        "lines" if outcome["expectation"] == "well_formed" => lines(&outcome["details"]["first"]),
        "lines" => lines(&outcome["samples"]),
        "unexpected" => outcome["details"]["unexpected"].clone(),
        key => outcome[key].clone(),
    }
}

/// A decimal without the zeros that do not count.
fn by_value(value: &Json) -> Json {
    let number = value.as_str().and_then(|text| bigdecimal::BigDecimal::from_str(text).ok());
    number.map_or_else(|| value.clone(), |number| number.normalized().to_plain_string().into())
}
