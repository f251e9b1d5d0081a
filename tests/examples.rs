//! Each example gives what its README and its `expected.json` say.

use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use serde_json::Value as Json;

#[test]
fn ventas_gives_what_was_counted_without_tamiz() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reports = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_tamiz"))
        .current_dir(root)
        .args(["check", "--reports"])
        .arg(reports.path())
        .output()
        .unwrap();
    let read = |path: &Path| -> Json { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
    let expected = read(&root.join("examples/ventas/expected.json"));
    let found = read(&reports.path().join("latest/ventas.json"));
    let said = String::from_utf8_lossy(&ran.stdout);

    assert_eq!(Json::from(ran.status.code()), expected["exit_code"], "{said}");
    let readme = std::fs::read_to_string(root.join("examples/ventas/README.md")).unwrap();
    assert!(readme.contains(&format!("The exit code is **{}**", expected["exit_code"])));
    assert!(found["run"]["as_of"].as_str().unwrap().starts_with("2025-06-29T22:00:00"), "midnight in Madrid");
    for (name, count) in expected["counts"].as_object().unwrap() {
        assert_eq!(found["counts"][name], *count, "counts.{name}");
    }
    for (name, dataset) in expected["datasets"].as_object().unwrap() {
        let own = pick(&found["datasets"], "name", name);
        for (key, value) in dataset.as_object().unwrap() {
            assert_eq!(own[key], *value, "{name}.{key}");
        }
    }
    for (id, rule) in expected["rules"].as_object().unwrap() {
        let own = pick(&found["results"], "id", id);
        for (key, value) in rule.as_object().unwrap() {
            assert_eq!(by_value(&own[key]), by_value(value), "{id}.{key}");
        }
    }
    let failed: Vec<&str> = found["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["status"] == "failed")
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert!(failed.iter().all(|id| expected["rules"][id]["status"] == "failed"), "{failed:?}");
    // What people read holds the numbers that matter.
    let page = std::fs::read_to_string(reports.path().join("latest/ventas.html")).unwrap();
    for number in ["1,479", "57", "93", "100", "118"] {
        assert!(said.contains(number), "the terminal does not say {number}:\n{said}");
        assert!(page.contains(number), "the page does not say {number}");
    }
}

fn pick<'a>(list: &'a Json, key: &str, value: &str) -> &'a Json {
    let found = list.as_array().unwrap().iter().find(|item| item[key] == value);
    found.unwrap_or_else(|| panic!("nothing has the {key} `{value}`"))
}

/// A decimal without the zeros that do not count.
fn by_value(value: &Json) -> Json {
    let number = value.as_str().and_then(|text| bigdecimal::BigDecimal::from_str(text).ok());
    number.map_or_else(|| value.clone(), |number| number.normalized().to_plain_string().into())
}
