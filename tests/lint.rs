//! What `tamiz lint` writes for people and for CI, held to schemas, escaping and limits.

use std::fs;
use std::process::Command;

use serde_json::Value as Json;

const SUITE: &str = "tamiz: 1
suite: s
datasets:
  d:
    source: d.csv
    columns:
      tamaño: {type: integer, expect: [not_null, between: {min: 1, max: 5}, between: {min: 10, id: other}]}
      t:
        type: string
        expect:
          - not_null
          - not_blank
          - in_set: [a, bb, ccc]
          - length: {max: 2}
          - matches: '.*'
    expect:
      - not_null: {column: tamaño, id: again}
      - row_count: {min: 0}
      - min: {column: tamaño, min: 100}
      - not_null: {column: Tamaño}
      - positive: {column: tamaño, where: tamaño < 0}
      - is_null: {column: t, where: t = 'a' AND t = 'b'}
";

/// Runs `tamiz lint` in a folder with a suite in `rules/a b.yaml`: exit code, output, errors.
fn lint(suite: &str, line: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    fs::write(folder.path().join("rules/a b.yaml"), suite).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    let ran = command.current_dir(folder.path()).env_clear().arg("lint").args(line).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ran.status.code().unwrap(), text(ran.stdout), text(ran.stderr))
}

#[test]
fn people_read_each_finding_with_the_rule_beside_it() {
    let (code, out, err) = lint(SUITE, &[]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(err + &out);
}

#[test]
fn findings_exit_2_where_they_are_denied() {
    assert_eq!(lint(SUITE, &["--deny", "warnings"]).0, 2);
    assert_eq!(lint(SUITE, &["--deny", "T0203"]).0, 2);
    assert_eq!(lint(SUITE, &["--deny", "t0211", "--deny", "T0201", "--output", "json"]).0, 0);
    let (code, _, err) = lint(SUITE, &["--deny", "T0101"]);
    assert!(code == 2 && err.contains("write `warnings`, or one of T0201"), "{err}");
}

#[test]
fn json_satisfies_its_schema_and_holds_mistakes_too() {
    let validator = jsonschema::validator_for(&tamiz::diagnostic::json::schema()).unwrap();
    let (code, out, err) = lint(SUITE, &["--output", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let document: Json = serde_json::from_str(&out).unwrap();
    let faults: Vec<String> = validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, [""; 0]);
    insta::assert_snapshot!(out);
    let (code, out, _) = lint(&SUITE.replace("not_blank", "not_blan"), &["--output", "json"]);
    let document: Json = serde_json::from_str(&out).unwrap();
    assert!(code == 2 && validator.is_valid(&document), "{out}");
    assert_eq!((&document["mistakes"], &document["diagnostics"][0]["code"]), (&1.into(), &"T0102".into()));
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let (code, out, _) = lint(SUITE, &["--output", "sarif"]);
    assert_eq!(code, 0);
    let sarif: Json = serde_json::from_str(&out).unwrap();
    assert_eq!((&sarif["version"], sarif["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
    let run = &sarif["runs"][0];
    let text = |json: &Json| json.as_str().map(str::to_owned).filter(|text| !text.is_empty()).unwrap();
    let driver = &run["tool"]["driver"];
    assert_eq!(
        (text(&driver["name"]), text(&driver["semanticVersion"])),
        ("tamiz".to_owned(), env!("CARGO_PKG_VERSION").to_owned())
    );
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        let texts = ["shortDescription", "fullDescription", "help"].map(|key| text(&rule[key]["text"]));
        assert!(texts.iter().all(|text| text.len() <= 1024), "{rule}");
        assert!(["note", "warning", "error"].contains(&text(&rule["defaultConfiguration"]["level"]).as_str()));
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 9, "{out}");
    let mut marks: Vec<String> = Vec::new();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(result["level"], "warning");
        text(&result["message"]["text"]);
        marks.push(text(&result["partialFingerprints"]["primaryLocationLineHash"]));
        for place in result["locations"]
            .as_array()
            .unwrap()
            .iter()
            .chain(result["relatedLocations"].as_array().into_iter().flatten())
        {
            let place = &place["physicalLocation"];
            assert_eq!(text(&place["artifactLocation"]["uri"]), "rules/a%20b.yaml");
            let region =
                ["startLine", "startColumn", "endLine", "endColumn"].map(|key| place["region"][key].as_u64().unwrap());
            assert!(region[0] == region[2] && region[0] >= 1 && region[1] >= 1 && region[3] > region[1], "{place}");
        }
    }
    let first = &results.iter().find(|result| result["ruleId"] == "T0203").unwrap()["locations"][0];
    // Columns count characters: `ñ` is one.
    assert_eq!(first["physicalLocation"]["region"]["startColumn"], 77);
    marks.sort();
    let all = marks.len();
    marks.dedup();
    assert_eq!(marks.len(), all, "two results have one fingerprint");
    // Lines put before a finding do not make it another one.
    let (_, moved, _) = lint(&SUITE.replace("suite: s\n", "suite: s\n# a line\n"), &["--output", "sarif"]);
    assert!(marks.iter().all(|mark| moved.contains(mark.as_str())));
}

#[test]
fn github_gets_a_command_a_line_with_paths_from_the_working_folder() {
    let (code, out, err) = lint(SUITE, &["--output", "github", "./rules/../rules"]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!(out);
    assert!(out.lines().all(|line| line.starts_with("::warning file=rules/a b.yaml,line=")), "{out}");
    let (code, out, _) = lint(&SUITE.replace("not_blank", "not_blan"), &["--output", "github"]);
    assert!(
        code == 2 && out.starts_with("::error file=rules/a b.yaml,line=12,col=13,endColumn=21,title=T0102%3A "),
        "{out}"
    );
}

#[test]
fn a_code_and_its_meaning_are_explained() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    let ran = command.env_clear().args(["explain", "T0207"]).output().unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.starts_with("# T0207: A rule that cannot fail unless another does\n"), "{text}");
}
