//! The program as it is used: files in a folder, a command line, what is printed, and the exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

/// A folder to run the program in.
struct Place {
    folder: tempfile::TempDir,
}

/// What a command came to.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            place.write(name, text);
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn json(&self, name: &str) -> Json {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    fn run(&self, line: &str) -> Ran {
        self.run_with(line, &[])
    }

    /// Runs a command line; words in single quotes are one.
    fn run_with(&self, line: &str, env: &[(&str, &str)]) -> Ran {
        let words = line.split('\'').enumerate().flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
            _ => vec![part.to_owned()],
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        // Variables of the machine that runs the tests are no part of them.
        command.current_dir(self.folder.path()).args(words).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let ran = command.envs(env.iter().copied()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: ran.status.code().unwrap_or(-1), out: text(ran.stdout), err: text(ran.stderr) }
    }

    /// The record of the newest run of a suite, which satisfies its schema.
    fn record(&self, suite: &str) -> Json {
        let record = self.json(&format!("reports/latest/{suite}.json"));
        let validator = jsonschema::validator_for(&tamiz::report::json::schema()).unwrap();
        let faults: Vec<String> = validator.iter_errors(&record).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
        record
    }
}

fn rule<'a>(record: &'a Json, id: &str) -> &'a Json {
    let found = record["results"].as_array().unwrap().iter().find(|rule| rule["id"] == id);
    found.unwrap_or_else(|| panic!("no rule `{id}` in {:?}", ids(record)))
}

fn ids(record: &Json) -> Vec<&str> {
    record["results"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect()
}

const DATA: &str = "id,n,estado\n1,5,abierta\n2,-1,cerrada\n3,,abierta\n";

/// A suite of one dataset.
fn suite(dataset: &str) -> String {
    format!("tamiz: 1\nsuite: s\nas_of: 2025-06-30\ndatasets:\n  d:\n    source: d.csv\n{dataset}")
}

const HOLDS: &str = "    columns:\n      id: {type: integer, expect: [not_null, unique]}\n";
const FAILS: &str = "    columns:\n      n: {type: integer, expect: [non_negative, not_null: {severity: warning}]}\n";

#[test]
fn a_suite_that_holds_exits_0() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(HOLDS))]);
    let ran = place.run("check s.yaml");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(place.record("s")["verdict"]["exit_code"], 0);
}

#[test]
fn a_rule_that_fails_at_the_gate_exits_1() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(FAILS))]);
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, 1);
    let record = place.record("s");
    assert_eq!(record["verdict"]["status"], "failed");
    assert_eq!(record["verdict"]["warnings"], 1);
    let sample = &rule(&record, "d.n.non_negative")["samples"][0];
    assert_eq!((&sample["line"], &sample["row_index"], &sample["values"]["n"]), (&3.into(), &1.into(), &(-1).into()));
    assert!(ran.out.contains("d.csv:3"), "{}", ran.out);
}

#[test]
fn the_gate_stands_where_the_command_line_the_suite_or_error_puts_it() {
    let warning = "    columns:\n      n: {type: integer, expect: [not_null: {severity: warning}]}\n";
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(warning))]);
    assert_eq!(place.run("check s.yaml").code, 0);
    assert_eq!(place.record("s")["verdict"]["fail_on"], "error");
    assert_eq!(place.run("check s.yaml --fail-on warning").code, 1);
    assert_eq!(place.run("check s.yaml --fail-on critical").code, 0);
    place.write("s.yaml", &suite(warning).replace("as_of", "fail_on: info\nas_of"));
    assert_eq!(place.run("check s.yaml").code, 1);
    assert_eq!(place.run("check s.yaml --fail-on never").code, 0);
}

#[test]
fn mistakes_in_a_suite_are_all_told_at_their_places_and_exit_2_before_data_is_read() {
    let bad = r#"tamiz: 1
suite: s
colour: red
as_of: yesterday
vars: {path: {}}
datasets:
  d:
    source: d.csv
    where: "estado = \"a\" AND count(*) > 1"
    columns:
      id: {type: int, expect: [not_nul, unique: {severity: warn}]}
      n: {type: integer, expect: [between, in_set: [1e3], matches: {pattern: '(['}, accepted_values: [1]]}
      when: {type: date, expect: [not_in_future: {tolerence: 1d}]}
      n: {type: decimal}
    expect:
      - foreign_key: {column: n, to: products.id}
      - row_count: {min: 5, max: 1}
      - expression: {sql: "n > "}
      - expression: {sql: "n > 1 AND EXISTS (SELECT 1)"}
      - between: {column: n, mni: 3}
      - not_null: {column: n}
        severity: warning
      - unique: {column: id, allow: 1.0}
      - not_null: {column: id, allow: 1, mostly: 0.9}
      - sum: {column: n, min: 1, allow: 3}
      - freshness: {column: when, max_age: 1 day}
      - between: {column: when, min: {as_of: -1w, flor: week}, max: {as_of: -1, floor: weak}}
  productos:
    source: ${folder}/p.csv
"#;
    let place = Place::new(&[("bad.yaml", bad)]);
    let ran = place.run("check bad.yaml");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!("mistakes", ran.err);
    assert!(!place.path("reports").exists(), "nothing is kept of a run that was none");
    let linted = place.run("lint bad.yaml");
    assert_eq!((linted.code, linted.err), (2, ran.err));
}

#[test]
fn yaml_that_does_not_read_is_told_with_its_usual_cause() {
    let mut said = String::new();
    for (name, text) in [
        ("tab", "tamiz: 1\nsuite: s\ndatasets:\n\td:\n"),
        ("colon", "tamiz: 1\nsuite: s\ntitle: a: b\n"),
        ("percent", "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: %a\n"),
        ("braces", "tamiz: 1\nsuite: s\ndatasets:\n  d: {source: ${data}/x.csv}\n"),
        ("escape", "tamiz: 1\nsuite: s\ndatasets:\n  d: {source: d.csv, where: \"a = '\\d'\"}\n"),
        ("two", "tamiz: 1\nsuite: s\n---\ntamiz: 1\n"),
        ("twice", "tamiz: 1\nsuite: s\nsuite: t\n"),
        ("tag", "tamiz: 1\nsuite: !name s\n"),
        (
            "null",
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      a: {type: string, expect: [in_set: [NULL, a]]}\n",
        ),
        ("empty", ""),
        ("list", "- tamiz: 1\n"),
        ("no_datasets", "tamiz: 1\nsuite: s\n"),
        ("version", "tamiz: 2\nsuite: s\ndatasets: {}\n"),
    ] {
        let place = Place::new(&[("s.yaml", text)]);
        let ran = place.run("check s.yaml");
        assert_eq!(ran.code, 2, "{name}: {}", ran.err);
        said += &format!("# {name}\n{}\n", ran.err);
    }
    insta::assert_snapshot!("yaml", said);
}

#[test]
fn what_is_not_evaluated_in_time_is_3() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(FAILS))]);
    let ran = place.run("check s.yaml --timeout 0s");
    assert_eq!(ran.code, 3, "{}", ran.out);
    let record = place.record("s");
    assert_eq!(rule(&record, "d.n.non_negative")["error"]["code"], "timeout");
    assert_eq!(place.run("check s.yaml --timeout 1h").code, 1);
    assert_eq!(place.run("check s.yaml --timeout soon").code, 2);
}

#[test]
fn a_dataset_that_takes_rows_has_no_source_of_its_own() {
    let view = "  v:\n    from: d\n    where: estado = 'abierta'\n    expect: [row_count: 2]\n";
    let place = Place::new(&[("d.csv", DATA), ("e.csv", DATA), ("s.yaml", &(suite(HOLDS) + view))]);
    assert_eq!(place.run("check s.yaml").code, 0);
    assert_eq!(place.run("check s.yaml --source d=e.csv").code, 0);
    let ran = place.run("check s.yaml --source v=e.csv");
    assert!(ran.code == 2 && ran.err.contains("--source d=PATH"), "{}", ran.err);
    let plan = place.run("plan s.yaml").out;
    assert_eq!(plan.matches("one read of the rows").count(), 1, "{plan}");
}

#[test]
fn a_command_line_that_makes_no_sense_exits_2() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(HOLDS)), ("empty/x.txt", "")]);
    for line in [
        "",
        "chekc s.yaml",
        "check nowhere.yaml",
        "check empty",
        "check",
        "check s.yaml --fail-on severe",
        "check s.yaml --select ventas",
        "check s.yaml --select colour:red",
        "check s.yaml --select 'id:[a'",
        "check s.yaml --output yaml",
        "check s.yaml --output json --output html",
        "check s.yaml --as-of yesterday",
        "check s.yaml --var nope=1",
        "check s.yaml --var nope",
        "check s.yaml --source nope=d.csv",
        "check s.yaml --source d",
        "check s.yaml --threads 0 --threads 1",
        "check s.yaml -q -v",
        "check s.yaml --lang fr",
        "check s.yaml s.yaml",
        "explain nul",
        "schema everything",
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, 2, "`tamiz {line}`: {}{}", ran.out, ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "`tamiz {line}`: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_source_that_is_missing_is_3_or_as_the_dataset_says() {
    let place = Place::new(&[("s.yaml", &suite(HOLDS))]);
    assert_eq!(place.run("check s.yaml").code, 3);
    let record = place.record("s");
    assert_eq!(record["verdict"]["status"], "error");
    assert_eq!(record["verdict"]["retryable"], true);
    assert!(record["results"].as_array().unwrap().iter().all(|rule| rule["error"]["code"] == "source_missing"));
    place.write("s.yaml", &suite(&format!("    if_missing: fail\n{HOLDS}")));
    assert_eq!(place.run("check s.yaml").code, 1);
    place.write("s.yaml", &suite(&format!("    if_missing: skip\n{HOLDS}")));
    assert_eq!(place.run("check s.yaml").code, 3, "nothing was evaluated");
    assert_eq!(place.record("s")["counts"]["skipped"], 3);
    assert_eq!(place.run("check s.yaml --allow-empty").code, 0);
    assert_eq!(place.run("check s.yaml --skip-code 99").code, 99);
    assert_eq!(place.record("s")["verdict"]["exit_code"], 99);
    let other = format!(
        "{}  e:\n    source: e.csv\n    expect: [row_count: 1]\n",
        suite(&format!("    if_missing: skip\n{HOLDS}"))
    );
    place.write("s.yaml", &other);
    place.write("e.csv", "a\n1\n");
    assert_eq!(place.run("check s.yaml --skip-code 99").code, 0, "another dataset was evaluated");
}

#[test]
fn a_rule_that_refers_to_a_missing_source_goes_by_what_that_dataset_says() {
    let text = |d: &str, e: &str| {
        format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    if_missing: {d}\n    expect: [foreign_key: {{column: id, to: e.id}}]\n\
             \x20 e:\n    source: e.csv\n    if_missing: {e}\n    columns: {{id: {{type: integer}}}}\n"
        )
    };
    let place = Place::new(&[("d.csv", "id\n1\n")]);
    for (d, e, status, code) in
        [("skip", "error", "error", 3), ("error", "skip", "skipped", 3), ("skip", "fail", "failed", 1)]
    {
        place.write("s.yaml", &text(d, e));
        let ran = place.run("check s.yaml --select dataset:d");
        assert_eq!(ran.code, code, "{d}, {e}: {}{}", ran.out, ran.err);
        assert_eq!(rule(&place.record("s"), "d.id.foreign_key")["status"], status, "{d}, {e}");
    }
}

#[test]
fn a_pattern_without_a_match_and_a_folder_are_missing_sources() {
    for source in ["'part-*.csv'", "[d.csv, e.csv]", "folder"] {
        let text = suite(HOLDS).replace("source: d.csv", &format!("source: {source}"));
        let place = Place::new(&[("s.yaml", &text), ("folder/x", ""), ("d.csv", DATA)]);
        let ran = place.run("check s.yaml");
        assert_eq!(ran.code, 3, "{source}: {}", ran.out);
    }
}

#[test]
fn what_is_no_data_is_an_error_and_never_passes() {
    let parquet = suite(HOLDS).replace("d.csv", "d.parquet");
    let place = Place::new(&[("s.yaml", &parquet), ("d.parquet", "PAR1 but not really")]);
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert_eq!(rule(&place.record("s"), "d.id.unique")["error"]["code"], "source_unreadable");
}

#[test]
fn a_declared_column_that_is_absent_fails_and_names_itself_the_cause() {
    let text = suite("    columns:\n      id: {type: integer}\n      N: {type: integer, expect: [not_null]}\n");
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &text)]);
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, 1, "{}", ran.out);
    let record = place.record("s");
    assert_eq!(rule(&record, "d.N.column_exists")["status"], "failed");
    let rule = rule(&record, "d.N.not_null");
    assert_eq!(rule["error"]["code"], "column_missing");
    assert_eq!(rule["error"]["caused_by"], "d.N.column_exists");
    assert!(rule["error"]["message"].as_str().unwrap().contains("`n`"), "{}", rule["error"]["message"]);
    place.write("s.yaml", &text.replace("N: {type: integer,", "N: {type: integer, optional: true,"));
    assert_eq!(place.run("check s.yaml").code, 0);
    assert_eq!(self::rule(&place.record("s"), "d.N.not_null")["status"], "skipped");
}

#[test]
fn a_column_that_only_a_rule_names_and_is_absent_is_3() {
    for expect in [
        "not_null: {column: nope}",
        "unique: {columns: [id, nope]}",
        "expression: {sql: nope > 1}",
        "row_count: {min: 1, where: nope > 1}",
        "sum: {column: nope}",
        "foreign_key: {column: nope, to: d.id}",
        "foreign_key: {column: id, to: d.nope}",
    ] {
        let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(&format!("    expect: [{expect}]\n")))]);
        let ran = place.run("check s.yaml");
        assert_eq!(ran.code, 3, "{expect}: {}", ran.out);
        assert_eq!(place.record("s")["results"][0]["error"]["code"], "column_missing", "{expect}");
        assert_eq!(place.record("s")["verdict"]["retryable"], false);
    }
}

#[test]
fn a_file_without_rows_fails_unless_that_is_allowed() {
    for (data, dataset) in [
        ("", "    expect: [well_formed]\n"),
        ("id,n,estado\n", HOLDS),
        ("id,n,estado\n", "    expect: [row_count: {min: 0, enabled: false}, well_formed]\n"),
    ] {
        let place = Place::new(&[("d.csv", data), ("s.yaml", &suite(dataset))]);
        let ran = place.run("check s.yaml");
        assert_eq!(ran.code, 1, "{data:?} {dataset}: {}", ran.out);
        let record = place.record("s");
        let rule = record["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|rule| rule["expectation"] == "row_count" && rule["status"] == "failed");
        assert!(rule.is_some(), "{:?}", ids(&record));
    }
    for dataset in [format!("    may_be_empty: true\n{HOLDS}"), format!("{HOLDS}    expect: [row_count: {{min: 0}}]\n")]
    {
        let place = Place::new(&[("d.csv", "id,n,estado\n"), ("s.yaml", &suite(&dataset))]);
        let ran = place.run("check s.yaml");
        assert_eq!(ran.code, 0, "{dataset}: {}", ran.out);
    }
}

#[test]
fn rows_that_are_all_out_of_scope_are_a_warning() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(&format!("    where: \"estado = 'nula'\"\n{HOLDS}")))]);
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, 0, "{}", ran.out);
    let record = place.record("s");
    assert_eq!(rule(&record, "d.row_count")["level"], "warning");
    assert_eq!((&record["datasets"][0]["rows"], &record["datasets"][0]["rows_in_scope"]), (&3.into(), &0.into()));
    assert_eq!(place.run("check s.yaml --fail-on warning").code, 1);
}

#[test]
fn an_included_file_is_no_suite_and_its_mistakes_are_shown_in_it() {
    let including = suite(HOLDS).replace("as_of", "include: parts/common.yaml\nas_of");
    let part = "tamiz: 1\ndatasets:\n  e:\n    source: e.csv\n    expect: [not_null: {column: id}]\n";
    let place = Place::new(&[
        ("rules/d.csv", DATA),
        ("rules/parts/e.csv", "id\n1\n"),
        ("rules/s.yaml", &including),
        ("rules/parts/common.yaml", part),
    ]);
    let ran = place.run("check rules");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = place.record("s");
    let location = &rule(&record, "e.id.not_null")["location"];
    assert_eq!((&location["file"], &location["line"]), (&"rules/parts/common.yaml".into(), &5.into()));
    let digest = record["run"]["suite_sha256"].clone();
    place.write("rules/parts/common.yaml", &part.replace("[not_null", "[unique: {column: id}, not_null"));
    place.run("check rules");
    assert_ne!(place.record("s")["run"]["suite_sha256"], digest);
    place.write("rules/parts/common.yaml", &part.replace("not_null", "not_nul"));
    let ran = place.run("check rules");
    assert_eq!(ran.code, 2, "{}", ran.out);
    for said in ["--> rules/parts/common.yaml:5:14", "expect: [not_nul: {column: id}]", "did you mean `not_null`?"] {
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
    fs::remove_file(place.path("rules/parts/common.yaml")).unwrap();
    let ran = place.run("check rules");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot read `rules/parts/common.yaml`"), "{}", ran.err);
}

#[test]
fn a_written_rule_does_not_weaken_what_is_asked_without_it() {
    let rules = [
        "row_count: {min: 1, group_by: estado}",
        "row_count: {min: 1, on_empty: skip}",
        "row_count: {min: 1, on_empty: pass}",
    ];
    for rule in rules {
        let text = suite(&format!("    expect: [{rule}]\n"));
        let place = Place::new(&[("d.csv", "id,n,estado\n"), ("s.yaml", &text)]);
        let ran = place.run("check s.yaml");
        assert_eq!(ran.code, 1, "{rule}: {}", ran.out);
    }
    let text = suite("    expect: [row_count: {min: 1}, well_formed, not_null: {column: n, severity: info}]\n");
    for data in ["id,n,estado\n", "id,n,estado\n1,2,a\n3\n"] {
        let place = Place::new(&[("d.csv", data), ("s.yaml", &text)]);
        let ran = place.run("check s.yaml --select id:*not_null");
        assert_eq!(ran.code, 1, "{data}: {}", ran.out);
    }
}

#[test]
fn data_in_place_of_a_suite_is_told_where_to_begin() {
    let place = Place::new(&[("d.csv", DATA)]);
    let ran = place.run("check d.csv");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is data, not a suite; `tamiz init d.csv`"), "{}", ran.err);
}

#[test]
fn rows_of_a_query_without_an_order_come_by_their_values() {
    let data: String = (0..200).fold("g,n\n".to_owned(), |data, n| data + &format!("g{:02},{n}\n", n * 7 % 40));
    let rules = "    expect:\n      - query: {sql: 'SELECT g, count(*) AS n FROM d GROUP BY g', id: plain}\n      \
                 - query: {sql: 'SELECT g FROM d GROUP BY g ORDER BY g DESC', id: ordered}\n";
    let place = Place::new(&[("d.csv", &data), ("s.yaml", &suite(rules))]);
    assert_eq!(place.run("check s.yaml").code, 1);
    let record = place.record("s");
    let first = |id: &str| {
        let samples = rule(&record, id)["samples"].as_array().unwrap().clone();
        samples.iter().take(3).map(|sample| sample["values"]["g"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(first("plain"), ["g00", "g01", "g02"]);
    assert_eq!(first("ordered"), ["g39", "g38", "g37"]);
}

#[test]
fn a_query_sees_every_row_and_the_fields_it_names() {
    let data = "{\"e\": {\"p\": 1}}\n{\"e\": {\"p\": 2}}\n";
    let text = "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.ndjson\n    columns: {e.p: {type: integer}}\n    expect:\n      \
                - scalar: {sql: SELECT count(*) FROM d, equals: 2, id: all}\n      \
                - query: {sql: SELECT * FROM d, id: whole}\n      \
                - query: {sql: 'SELECT \"e.p\" FROM d WHERE \"e.p\" > 1', id: named}\n";
    let place = Place::new(&[("d.ndjson", data), ("s.yaml", text)]);
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, 1, "{}", ran.out);
    let record = place.record("s");
    assert_eq!(rule(&record, "all")["status"], "passed");
    assert_eq!((&rule(&record, "whole")["violations"], &rule(&record, "named")["violations"]), (&2.into(), &1.into()));
    assert_eq!(rule(&record, "named")["samples"][0]["values"]["e.p"], 2);
}

#[test]
fn a_muted_rule_is_told_and_does_not_gate_until_its_day_has_passed() {
    let text = suite("    expect: [non_negative: {column: n, mute: {until: '2025-07-31', reason: known since May}}]\n");
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &text)]);
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out.contains("until 2025-07-31: known since May") && ran.out.contains("1 of them muted"),
        "{}",
        ran.out
    );
    let record = place.record("s");
    let found = rule(&record, "d.n.non_negative");
    assert_eq!((&found["status"], &found["gating"]), (&"failed".into(), &false.into()));
    assert_eq!(found["muted"]["reason"], "known since May");
    assert_eq!((&record["counts"]["muted"], &record["counts"]["gating"]), (&1.into(), &0.into()));
    let history: String =
        walk(&place.path("reports/history")).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(history.contains("\"muted\":true"), "{history}");
    assert!(place.run("lint s.yaml").out.contains("2 findings"), "the day and `n` without quotes");
    let ran = place.run("check s.yaml --as-of 2025-08-01");
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(place.record("s")["results"][0]["muted"].is_null());
    place.write("s.yaml", &text.replace("2025-06-30", "2025-08-01"));
    let ran = place.run("lint s.yaml");
    assert_eq!(ran.code, 0);
    assert!(
        ran.err.contains("this mute ended with 2025-07-31") && ran.out.contains("3 findings"),
        "{}{}",
        ran.err,
        ran.out
    );
}

#[test]
fn a_muted_rule_that_cannot_be_evaluated_is_an_error_all_the_same() {
    let text = suite("    expect: [not_null: {column: nope, mute: {until: '2025-07-31', reason: known}}]\n");
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &text)]);
    assert_eq!(place.run("check s.yaml").code, 3);
}

#[test]
fn a_selection_asks_for_the_rules_that_a_pattern_gives() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite("    expect: [not_null: {columns: '*'}]\n"))]);
    assert_eq!(place.run("check s.yaml").code, 1);
    assert_eq!(ids(&place.record("s")), ["d.id.not_null", "d.n.not_null", "d.estado.not_null"]);
    assert_eq!(place.run("check s.yaml --select id:d.id.*").code, 0);
    assert_eq!(ids(&place.record("s")), ["d.id.not_null"]);
    assert_eq!(place.run("check s.yaml --select id:nope").code, 3);
}

#[test]
fn a_selection_takes_rules_and_is_named_in_the_record() {
    let text = suite(
        "    columns:\n      id: {type: integer, expect: [not_null, unique]}\n      n: {type: integer, expect: [non_negative: {severity: critical, tags: [dinero], owner: ana}]}\n",
    );
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &text)]);
    for (line, code, rules) in [
        ("--select id:d.id.*", 0, vec!["d.id.type", "d.id.not_null", "d.id.unique"]),
        ("--select 'id:*.unique' --select tag:dinero", 1, vec!["d.id.unique", "d.n.non_negative"]),
        ("--exclude severity:critical", 0, vec!["d.id.type", "d.id.not_null", "d.id.unique", "d.n.type"]),
        ("--select owner:an* ", 1, vec!["d.n.non_negative"]),
        ("--select dataset:d --exclude 'id:*n*' --exclude 'id:*.type'", 3, vec![]),
        ("--select suite:other", 3, vec![]),
        ("--select suite:other --allow-empty", 0, vec![]),
    ] {
        let ran = place.run(&format!("check s.yaml {line}"));
        assert_eq!(ran.code, code, "{line}: {}{}", ran.out, ran.err);
        let record = place.record("s");
        assert_eq!(ids(&record), rules, "{line}");
        assert!(record["run"]["selection"]["select"].is_array(), "{line}");
    }
}

#[test]
fn a_selection_does_not_hide_that_no_row_is_there() {
    let place = Place::new(&[("d.csv", "id\n"), ("s.yaml", &suite(HOLDS))]);
    assert_eq!(place.run("check s.yaml --select id:d.id.unique").code, 1);
}

#[test]
fn the_same_suite_runs_on_another_file() {
    let place =
        Place::new(&[("rules/s.yaml", &suite(HOLDS)), ("in/new.csv", "id,n\n1,1\n1,2\n"), ("rules/d.csv", DATA)]);
    assert_eq!(place.run("check").code, 0, "paths start at the suite's own folder");
    let ran = place.run("check --source d=in/new.csv");
    assert_eq!(ran.code, 1, "paths of the command line start at the current folder: {}", ran.out);
    assert_eq!(place.record("s")["datasets"][0]["rows"], 2);
}

#[test]
fn variables_and_the_environment_stand_in_values_and_secrets_stay_out_of_the_record() {
    let text = "tamiz: 1\nsuite: s\nvars:\n  file: d\n  most: {type: integer, default: 10}\n  token: {default: \"${env.TOKEN:-none}\"}\ndatasets:\n  d:\n    source: ${file}.csv\n    expect:\n      - max: {column: n, max: \"${most}\"}\n      - expression: {sql: \"n < :most AND :token <> 'x'\"}\n";
    let place = Place::new(&[("d.csv", DATA), ("e.csv", "n\n11\n"), ("s.yaml", text)]);
    let ran = place.run_with("check s.yaml", &[("TOKEN", "s3cr3t-t0k3n")]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(place.record("s")["run"]["vars"]["most"], "10");
    let everything: String =
        walk(&place.path("reports")).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(!(everything + &ran.out + &ran.err).contains("s3cr3t"), "a value from the environment was shown");
    assert_eq!(place.run("check s.yaml --var file=e").code, 1);
    assert_eq!(place.run("check s.yaml --var file=e --var most=12").code, 0);
    assert_eq!(place.run("check s.yaml --var most=many").code, 2);
}

#[test]
fn the_now_of_a_run_is_that_of_the_command_line_the_suite_or_the_clock() {
    let text = suite("    expect: [not_in_future: {column: day}]\n");
    let place = Place::new(&[("d.csv", "day\n2025-06-30\n2025-07-01\n"), ("s.yaml", &text)]);
    assert_eq!(place.run("check s.yaml").code, 1);
    assert_eq!(place.run("check s.yaml --as-of 2025-07-01").code, 0);
    assert_eq!(place.record("s")["run"]["as_of"], "2025-07-01T00:00:00Z");
    assert_eq!(place.run("check s.yaml --as-of 2025-06-30T23:59:59Z").code, 1);
    place.write("s.yaml", &text.replace("as_of: 2025-06-30\n", ""));
    assert_eq!(place.run("check s.yaml").code, 0, "by the clock, that day has been");
}

#[test]
fn outputs_go_where_they_are_asked_for() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(FAILS))]);
    let ran = place.run("check s.yaml --output json=out/a.json --output html=out/a.html --output text=out/a.txt --output invocation=out/i.json");
    assert_eq!(ran.code, 1);
    assert_eq!(place.json("out/a.json"), place.record("s"));
    assert!(place.read("out/a.html").starts_with("<!doctype html>"), "{}", &place.read("out/a.html")[..60]);
    assert!(place.read("out/a.txt").contains("d.n.non_negative"));
    let invocation = place.json("out/i.json");
    assert_eq!((&invocation["exit_code"], &invocation["runs"][0]["suite"]), (&1.into(), &"s".into()));
    assert!(place.path("reports").join(invocation["runs"][0]["folder"].as_str().unwrap()).join("report.html").exists());
    let ran = place.run("check s.yaml --output json=-");
    let printed: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(printed["run"]["suite"], "s");
    assert!(ran.err.contains("d.n.non_negative"), "people's text goes to standard error: {}", ran.err);
}

#[test]
fn what_cannot_be_written_exits_4_and_a_failed_gate_stays_1() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(HOLDS)), ("f.yaml", &suite(FAILS)), ("file", "")]);
    for line in ["--reports file", "--output json=file/a.json", "--output invocation=file/i.json"] {
        let ran = place.run(&format!("check s.yaml {line}"));
        assert_eq!(ran.code, 4, "{line}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("file"), "{line}: {}", ran.err);
        assert_eq!(place.run(&format!("check f.yaml {line}")).code, 1, "{line}");
    }
    assert_eq!(place.run("check s.yaml --reports file --no-reports").code, 0);
}

#[test]
fn several_suites_are_one_invocation_with_the_worst_code() {
    let second = suite(FAILS).replace("suite: s", "suite: t");
    let place = Place::new(&[
        ("r/d.csv", DATA),
        ("r/s.yaml", &suite(HOLDS)),
        ("r/more/t.yml", &second),
        ("r/more/d.csv", DATA),
        ("r/other.yaml", "not: a suite\n"),
    ]);
    assert_eq!(place.run("check r").code, 1);
    assert_eq!(place.record("s")["run"]["invocation"], place.record("t")["run"]["invocation"]);
    let newest = place.json("reports/latest/index.json");
    assert_eq!((newest["runs"].as_array().unwrap().len(), &newest["exit_code"]), (2, &1.into()));
    assert_eq!(place.run("check r --output json=one.json").code, 2, "two records in one file");
    assert_eq!(place.run("check r --output 'json=out/{suite}.json'").code, 1);
    assert_eq!(place.json("out/t.json")["run"]["suite"], "t");
    place.write("r/more/t.yml", &second.replace("non_negative", "non_negatve"));
    let reports = walk(&place.path("reports")).len();
    let ran = place.run("check r");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "one mistake anywhere stops all");
    assert_eq!(walk(&place.path("reports")).len(), reports);
    let ran = place.run("check r --keep-going");
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert_eq!(
        walk(&place.path("reports")).len(),
        reports + 4,
        "the sound one ran: its record, two pages, and what changed"
    );
    place.write("r/more/t.yml", &second.replace("suite: t", "suite: s"));
    assert_eq!(place.run("check r").code, 2, "two suites of one id");
}

#[test]
fn runs_are_kept_with_their_pages_and_lines() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(FAILS))]);
    place.run("check s.yaml --label commit=abc --label night=1");
    place.run("check s.yaml --lang es");
    let kept: Vec<String> = walk(&place.path("reports"))
        .iter()
        .map(|path| path.strip_prefix(place.path("reports")).unwrap().display().to_string())
        .collect();
    assert_eq!(kept.iter().filter(|name| name.starts_with("runs/") && name.ends_with("/report.json")).count(), 2);
    assert_eq!(kept.iter().filter(|name| name.starts_with("runs/") && name.ends_with("/report.html")).count(), 2);
    for name in ["index.html", "latest/s.json", "latest/s.html", "latest/index.json"] {
        assert!(kept.iter().any(|kept| kept == name), "{name} is not in {kept:?}");
    }
    let history = kept.iter().find(|name| name.starts_with("history/s-") && name.ends_with(".ndjson")).unwrap();
    let lines: Vec<Json> =
        place.read(&format!("reports/{history}")).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line["line"] == "run").count(), 2);
    assert_eq!(lines.iter().filter(|line| line["line"] == "rule" && line["id"] == "d.n.non_negative").count(), 2);
    let labels: Vec<Json> = kept
        .iter()
        .filter(|name| name.starts_with("runs/") && name.ends_with("/report.json"))
        .map(|name| place.json(&format!("reports/{name}"))["run"]["labels"].clone())
        .collect();
    assert!(labels.contains(&serde_json::json!({ "commit": "abc", "night": "1" })), "{labels:?}");
    assert!(place.read("reports/latest/s.html").contains("lang=\"es\""));
    for name in kept.iter().filter(|name| name.ends_with(".html")) {
        let page = place.read(&format!("reports/{name}"));
        assert!(
            !page.contains("src=\"http")
                && !page.contains("@import")
                && !page.contains("<link rel=\"stylesheet\" href=\"http"),
            "{name} asks a network"
        );
    }
    assert!(!kept.iter().any(|name| name.contains(".tamiz-")), "a temporary file was left: {kept:?}");
    let reports = kept.len();
    place.run("check s.yaml --no-reports");
    assert_eq!(walk(&place.path("reports")).len(), reports);
}

#[test]
fn what_people_read_has_no_colours_in_a_pipe() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &suite(FAILS)), ("bad.yaml", "tamiz: 1\n")]);
    for env in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "xterm-256color")]] {
        for line in
            ["check s.yaml", "check bad.yaml", "explain", "explain not_null", "plan s.yaml", "--help", "nonsense"]
        {
            let ran = place.run_with(line, env);
            assert!(!(ran.out + &ran.err).contains('\x1b'), "`tamiz {line}` {env:?}");
        }
    }
    assert!(place.run("check s.yaml --color always").out.contains('\x1b'));
}

#[test]
fn quiet_says_what_failed_and_verbose_says_all() {
    let place = Place::new(&[
        ("d.csv", DATA),
        ("s.yaml", &suite(&format!("{FAILS}      id: {{type: integer, expect: [unique]}}\n"))),
    ]);
    let [quiet, normal, verbose] =
        ["check s.yaml -q", "check s.yaml", "check s.yaml -v"].map(|line| place.run(line).out);
    assert!(quiet.lines().count() < normal.lines().count() && normal.lines().count() < verbose.lines().count());
    assert!(quiet.contains("d.n.non_negative") && !quiet.contains("d.id.unique"), "{quiet}");
    assert!(!normal.contains("d.id.unique") && verbose.contains("d.id.unique"), "{verbose}");
    let spanish = place.run("check s.yaml --lang es").out;
    assert!(spanish.contains("`n` nunca es nulo"), "{spanish}");
}

#[test]
fn no_row_is_shown_where_none_is_wanted() {
    let place = Place::new(&[
        ("d.csv", "n\n-987654\n"),
        ("s.yaml", &suite("    columns: {n: {type: integer, expect: [non_negative: {samples: 5}]}}\n")),
    ]);
    let ran = place.run("check s.yaml --no-samples");
    let everything: String =
        walk(&place.path("reports")).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(!(everything + &ran.out).contains("987654"));
    place.write("d.csv", "n\n-1\n-2\n-3\n-4\n-5\n-6\n-7\n");
    place.run("check s.yaml --samples 2");
    assert_eq!(rule(&place.record("s"), "d.n.non_negative")["samples"].as_array().unwrap().len(), 5, "the suite says");
}

#[test]
fn numbers_do_not_hang_on_threads() {
    let mut data = "id,n\n".to_owned();
    for row in 0..20_000 {
        data += &format!("{},{}\n", row % 19_990, row % 7 - 1);
    }
    let place = Place::new(&[
        ("d.csv", &data),
        ("s.yaml", &suite(&format!("{FAILS}      id: {{type: integer, expect: [unique]}}\n"))),
    ]);
    let [one, four] = [1, 4].map(|threads| {
        place.run(&format!("check s.yaml --threads {threads}"));
        place.record("s")["results"].clone()
    });
    assert_eq!(one, four);
    assert_eq!(rule(&serde_json::json!({ "results": one }), "d.id.unique")["violations"], 20);
}

#[test]
fn a_budget_of_memory_is_kept_or_is_an_error_and_never_passes() {
    let rows: String = (0..4_000).fold(String::new(), |rows, n| rows + &format!("{},{}\n", n * 7 % 4_000, n % 5));
    let rules = [
        ("unique: {column: n, id: keys}", "passed"),
        ("median: {column: n, equals: 1999.5, id: sorted}", "passed"),
        ("distinct_values: {column: n, contain: [1], id: values}", "error"),
        ("sum: {column: n, group_by: n, id: groups}", "error"),
    ];
    let list: String = rules.iter().fold(String::new(), |list, (rule, _)| list + &format!("      - {rule}\n"));
    let text = format!("tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    expect:\n{list}");
    let place = Place::new(&[("d.csv", &format!("n,k\n{rows}")), ("s.yaml", &text)]);
    assert_eq!(place.run("check s.yaml").code, 0);
    let ran = place.run("check s.yaml --memory 4KiB");
    assert_eq!(ran.code, 3, "{}", ran.err);
    let record = place.record("s");
    for ((_, status), id) in rules.iter().zip(["keys", "sorted", "values", "groups"]) {
        let found = rule(&record, id);
        assert_eq!(found["status"], *status, "{id}");
        assert_eq!(found["error"]["code"] == "memory", *status == "error", "{id}");
    }
    assert_eq!(place.run("check s.yaml --memory lots").code, 2);
}

#[test]
fn cells_cannot_command_a_terminal_or_a_page() {
    let place = Place::new(&[
        ("d.csv", "n\n\u{1b}[31mred\n<script>alert(1)</script>\n\"::error::x\nforged line\"\n"),
        ("s.yaml", &suite("    columns: {n: {type: string, expect: [in_set: [ok]]}}\n")),
    ]);
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, 1);
    assert!(
        !ran.out.contains('\u{1b}') && !ran.out.lines().any(|line| line.starts_with("::") || line == "forged line"),
        "{}",
        ran.out
    );
    assert!(!place.read("reports/latest/s.html").contains("<script>alert"));
}

#[test]
fn plan_reads_no_data_and_explain_and_schema_need_none() {
    let place = Place::new(&[("s.yaml", &suite(FAILS))]);
    let plan = place.run("plan s.yaml");
    assert_eq!(plan.code, 0);
    insta::assert_snapshot!("plan", plan.out);
    assert!(place.run("explain foreign_key").out.contains("to: products.product_id"));
    assert_eq!(place.run("explain").out.lines().filter(|line| line.contains("not_null")).count(), 1);
    for of in ["suite", "report"] {
        let printed: Json = serde_json::from_str(&place.run(&format!("schema {of}")).out).unwrap();
        assert!(jsonschema::meta::is_valid(&printed));
    }
    assert_eq!(place.run("lint s.yaml").code, 0);
}

#[test]
fn completions_and_man_pages_name_every_command() {
    let place = Place::new(&[]);
    let command = tamiz::cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    assert!(names.contains(&"init") && names.contains(&"man"), "{names:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = place.run(&format!("completions {shell}"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        for name in &names {
            assert!(ran.out.contains(name), "{shell} completes no `{name}`");
        }
        assert!(ran.out.contains("fail-on"), "{shell} completes no flag");
    }
    let top = place.run("man");
    assert!(top.out.starts_with(".ie") && top.out.contains(".TH tamiz 1"), "{}", top.out);
    assert_eq!(place.run("man pages/man1").code, 0);
    for name in names {
        assert!(top.out.contains(&format!("tamiz\\-{name}(1)")), "the top page does not name `{name}`");
        let page = place.read(&format!("pages/man1/tamiz-{name}.1"));
        assert!(page.contains(&format!(".TH tamiz-{name} 1")) && page.contains("SYNOPSIS"), "{page}");
    }
    assert_eq!(place.read("pages/man1/tamiz.1"), top.out);
}

#[test]
fn explain_tells_of_a_rule_what_its_newest_run_found() {
    let text = suite(
        "    owner: ana\n    runbook: https://wiki.example/n\n    columns:\n      n: {type: integer, expect: [non_negative, not_null: {severity: warning}]}\n",
    );
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", &text)]);
    let none = place.run("explain d.n.non_negative");
    assert_eq!((none.code, none.out.as_str()), (2, ""));
    assert!(none.err.contains("keeps no record"), "{}", none.err);
    place.run("check s.yaml --output json=result.json");
    let ran = place.run("explain d.n.non_negative");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for said in
        ["failed", "d.csv:3", "n=-1", "ana", "https://wiki.example/n", "s.yaml:10", "tamiz explain non_negative"]
    {
        assert!(ran.out.contains(said), "`{said}` is not in\n{}", ran.out);
    }
    assert!(place.run("explain s:d.n.non_negative --lang es").out.contains("infracciones"));
    assert_eq!(place.run("explain d.n.non_negative --report result.json").out, ran.out);
    assert!(place.run("explain non_negative").out.starts_with("# non_negative"), "expectations come first");
    let near = place.run("explain d.n.non_negativ");
    assert_eq!(near.code, 2);
    assert!(near.err.contains("did you mean `d.n.non_negative`?"), "{}", near.err);
    place.write("t.yaml", &text.replace("suite: s", "suite: t"));
    place.run("check t.yaml --no-samples");
    let both = place.run("explain d.n.non_negative");
    assert!(both.code == 2 && both.err.contains("s:d.n.non_negative") && both.err.contains("t:d.n.non_negative"));
    let masked = place.run("explain t:d.n.non_negative");
    assert!(masked.code == 0 && !masked.out.contains("n=-1"), "{}", masked.out);
    place.write("reports/latest/u.json", "{}");
    assert!(place.run("explain d.n.non_negative").err.contains("no record of a run"));
}

#[test]
fn init_writes_a_suite_that_holds_whatever_names_and_values_are_like() {
    let hostile = "\"a: b\",#c,NO,\"it's\",${x},a.b,\"x[0]\",\"say \"\"hi\"\"\",\"new\nline\",%d,2024,<<,año €,null\n";
    let mut data = hostile.to_owned();
    for row in 0..60 {
        let kind = ["NO", "on", "null", "007", "12:30", "a, b", "# c", "$$x", "${y}", "it's", "~", "%z"][row % 12];
        data += &format!(
            "{row},\"{kind}\",{kind:?},v{},{}.5,0{row},{row},2024-01-{:02},\"a\nb\",-{row},{},x,\"ñ{}\",{row}\n",
            row % 3,
            row % 7,
            row % 28 + 1,
            row % 2,
            row % 5
        );
    }
    let place = Place::new(&[("data/Ventas Año $1.csv", &data), ("data/other.csv", "id,venta\n1,2\n2,3\n")]);
    for lang in ["en", "es"] {
        let ran = place.run(&format!("init data -o rules/made.yaml --force --lang {lang}"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        let suite = place.read("rules/made.yaml");
        assert!(
            suite.contains("source: '../data/Ventas Año $$1.csv'")
                || suite.contains("source: ../data/Ventas Año $$1.csv"),
            "{suite}"
        );
        assert!(suite.contains("ventas_ano_1:"), "{suite}");
        let linted = place.run("lint rules/made.yaml");
        assert_eq!((linted.code, linted.err.as_str()), (0, ""), "{suite}");
        let checked = place.run("check");
        assert_eq!(checked.code, 0, "{}{}{suite}", checked.out, checked.err);
        assert_eq!(
            place.run(&format!("init data -o - --name made --lang {lang}")).out.lines().count(),
            suite.lines().count()
        );
    }
}

#[test]
fn init_says_what_it_does_not_dare_to_assert() {
    let mut data = "id,start,end,qty,price,total,lookup,day,empty,planned\n".to_owned();
    for row in 1..=200 {
        let lookup = if row == 7 { 99 } else { row % 10 };
        data += &format!(
            "{row},2024-01-{:02},2024-02-{:02},{row},{}.25,{},{lookup},{:02}/{:02}/2024,,2999-01-01\n",
            row % 28 + 1,
            row % 28 + 1,
            row % 9,
            f64::from(row) * (f64::from(row % 9) + 0.25),
            row % 12 + 1,
            row % 11 + 1
        );
    }
    let parents: String = (0..10).fold(String::new(), |rows, row| rows + &format!("{row},name {row}\n"));
    let place = Place::new(&[("sales.csv", &data), ("lookup.csv", &format!("id,name\n{parents}"))]);
    let ran = place.run("init sales.csv lookup.csv -o s.yaml");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let suite = place.read("s.yaml");
    for said in [
        "id: {type: integer, expect: [not_null, unique, positive]}",
        "compare: {left: start, op: '<=', right: end}",
        "expression: {sql: 'total = qty * price'}",
        "not asserted: foreign_key: lookup.id (1 of 200 rows",
        "its values read as dates in two ways",
        "has no value in any row",
        "not asserted: not_in_future (its newest values are still to come)",
        "row_count: {min: 150}",
    ] {
        assert!(suite.contains(said), "`{said}` is not in\n{suite}");
    }
    assert_eq!(place.run("check s.yaml").code, 0);
    let spanish = place.run("init sales.csv lookup.csv -o - --lang es").out;
    assert!(spanish.contains("sin comprobar: foreign_key"), "{spanish}");
}

#[test]
fn init_refuses_what_it_cannot_do() {
    let place = Place::new(&[("d.csv", DATA), ("s.yaml", "mine"), ("empty/readme", ""), ("broken.parquet", "PAR1")]);
    for (line, code) in [
        ("init", 2),
        ("init d.csv -o s.yaml", 2),
        ("init d.csv d.csv", 2),
        ("init d.csv --name 'No Id'", 2),
        ("init nowhere.csv", 3),
        ("init empty", 3),
        ("init broken.parquet", 3),
        ("init d.csv -o s.yaml/below.yaml", 4),
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, code, "`tamiz {line}`: {}{}", ran.out, ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "`tamiz {line}`: {}", ran.out);
    }
    assert_eq!(place.read("s.yaml"), "mine");
    assert_eq!(place.run("init d.csv -o s.yaml --force").code, 0);
    assert_eq!(place.run("init d.csv").code, 0);
    assert!(place.read("rules/d.yaml").contains("source: ../d.csv"));
    place.write("header.csv", "a,b\n");
    place.write("zero.csv", "");
    place.write("ragged.csv", "a,b\n1,2\n3\n4,5\n");
    for file in ["header", "zero", "ragged"] {
        let ran = place.run(&format!("init {file}.csv -o {file}.yaml"));
        assert_eq!(ran.code, 0, "{file}: {}", ran.err);
        let checked = place.run(&format!("check {file}.yaml"));
        let suite = place.read(&format!("{file}.yaml"));
        assert_eq!(checked.code, 0, "{file}: {}{suite}", checked.out);
    }
}

#[test]
fn one_fixed_run_reads_like_this() {
    let place = Place::new(&[
        ("d.csv", DATA),
        ("s.yaml", &suite(&format!("    title: Ventas\n{FAILS}      z: {{type: date}}\n"))),
    ]);
    let ran = place.run("check s.yaml");
    insta::assert_snapshot!("run", steady(&ran.out));
}

/// Text without the time it took and the name of its run.
fn steady(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        line if line.contains("reports/runs/") => "reports/runs/RUN/report.html".to_owned(),
        line if line.contains(" ms · ") => line
            .split(" · ")
            .map(|part| if part.ends_with(" ms") { "N ms" } else { part })
            .collect::<Vec<_>>()
            .join(" · "),
        line => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let pattern = folder.join("**/*");
    let mut files: Vec<PathBuf> =
        glob::glob(&pattern.display().to_string()).unwrap().map(Result::unwrap).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
