//! The example `catalogo`: a bulk load as a spreadsheet writes it, its pictures, and the log of its changes.

use crate::examples::{check, failed, hold, json, root};

#[test]
fn catalogo_gives_what_was_counted_without_tamiz() {
    let expected = json(&root().join("examples/catalogo/expected.json"));
    let ran = check("catalogo", &["examples/catalogo/catalogo.yaml"]);
    assert_eq!(ran.code, expected["exit_code"], "{}", ran.said);
    hold(&expected, &ran.record);
    let mut found: Vec<&str> = failed(&ran.record).collect();
    found.sort_unstable();
    assert_eq!(serde_json::json!(found), expected["failed"]);
    // What is wrong with a picture or an event is told beside its row.
    for told in ["it cannot be decoded", "it is 120 × 120 pixels", "productos.csv:139"] {
        assert!(ran.said.contains(told), "the terminal does not say {told}:\n{}", ran.said);
    }
    let readme = std::fs::read_to_string(root().join("examples/catalogo/README.md")).unwrap();
    for id in found {
        let line = readme.lines().find(|line| line.contains(&format!("`{id}`")));
        let line = line.unwrap_or_else(|| panic!("the README does not tell of {id}"));
        let rule = &expected["rules"][id];
        let count = rule["violations"].as_u64().or(rule["lines"].as_array().map(|lines| lines.len() as u64)).unwrap();
        assert!(line.contains(&format!("| {count} |")), "{line}");
    }
}
