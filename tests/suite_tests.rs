//! Tests that suites hold: what their tables mean, what they ask for, and what `tamiz test` says and exits with.

use std::fs;
use std::process::Command;

use serde_json::Value as Json;

use crate::examples::root;

/// A suite whose data is nowhere, for its tests need none.
const SUITE: &str = r#"
tamiz: 1
suite: s
vars:
  most: {type: integer, default: 10}
as_of: "2025-06-30"
datasets:
  parents:
    source: nowhere/parents.csv
    columns:
      id: {type: integer, expect: [unique]}
  d:
    source: nowhere/d-*.csv
    format: {type: csv, delimiter: ";", null_values: [NA], true_values: ["si"], false_values: ["no"]}
    columns:
      id: {type: integer, expect: [not_null, unique]}
      sku: {type: string, missing: ["-"], expect: [not_null, matches: '^0\d+$']}
      parent: {type: integer, expect: [foreign_key: parents.id]}
      qty: {type: integer, expect: [between: {min: 1, max: "${most}"}]}
      day: {type: date, parse: "%d/%m/%Y", expect: [not_in_future]}
      paid: {type: boolean, expect: [in_set: ["true"]]}
      event.kind: {type: string, expect: [in_set: [a, b]]}
    expect:
      - sum: {column: total, max: 100, id: total}
      - file: {max_age: 1d, id: file}
      - row_count: {min: 1, max: 5}
"#;

/// What the program came to.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs the program on a suite with some tests.
fn run(command: &str, tests: &str, args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.yaml"), format!("{}{tests}", SUITE.trim_start())).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    ran(program.current_dir(folder.path()).args([command, "s.yaml"]).args(args))
}

fn ran(command: &mut Command) -> Ran {
    let ran = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: ran.status.code(), out: text(&ran.stdout), err: text(&ran.stderr) }
}

/// Runs tests that must hold.
fn hold(tests: &str) {
    let ran = run("test", tests, &[]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn the_tests_of_our_own_suites_hold() {
    for suite in ["rules", "tests/language/every_key.yaml"] {
        let ran = ran(Command::new(env!("CARGO_BIN_EXE_tamiz")).current_dir(root()).args(["test", suite]));
        assert_eq!(ran.code, Some(0), "{suite}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("✓"), "{}", ran.out);
    }
}

#[test]
fn the_test_in_the_readme_holds() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let more = readme.split_once("## More of the language").unwrap().1;
    let example = more.split("```").nth(1).unwrap().trim_start_matches("yaml\n").replace("include:", "x-include:");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readme.yaml");
    fs::write(&path, format!("tamiz: 1\nsuite: readme\n{example}")).unwrap();
    let ran = ran(Command::new(env!("CARGO_BIN_EXE_tamiz")).arg("test").arg(&path));
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn a_table_is_rows_or_columns_or_text() {
    let rows = "[{id: 1, sku: 007, qty: 3}, {id: 1, sku: null, qty: x}, {id: null, sku: 1, qty: 11}]";
    let columns = "{id: [1, 1, ~], sku: [007, ~, 1], qty: [3, x, 11]}";
    let text = "|\n        id,sku,qty\n        1,007,3\n        1,,x\n        ,1,11";
    for table in [rows, columns, text] {
        hold(&format!(
            "tests:\n  t:\n    data:\n      d: {table}\n    expect:\n      d.id.not_null: {{violations: 1}}\n      d.id.unique: {{level: \
             error, evaluated: 2}}\n      d.sku.not_null: {{violations: 1}}\n      d.sku.matches: {{evaluated: 2, violations: \
             1}}\n      d.qty.type: failed\n      d.qty.between: {{evaluated: 2, unparsed: 1, violations: 1}}\n    exit: 1\n"
        ));
    }
}

#[test]
fn cells_are_read_by_the_type_of_their_column() {
    hold(
        "
tests:
  what a text is:
    data: {d: [{sku: 007}, {sku: \"007\"}, {sku: \"\"}, {sku: null}, {sku: NA}, {sku: \"-\"}, {sku: true}]}
    expect:
      d.sku.not_null: {evaluated: 7, violations: 3}
      d.sku.matches: {evaluated: 4, violations: 2}
  what a flag and a day are:
    data: {d: [{paid: si, day: 30/06/2025}, {paid: no, day: 01/07/2025}, {paid: true, day: 2025-06-30}, {paid: 1, day: ~}]}
    expect:
      d.paid.in_set: {evaluated: 3, violations: 1}
      d.paid.type: {violations: 1}
      d.day.type: {violations: 1}
      d.day.not_in_future: {evaluated: 2, violations: 1}
  a column without a type takes that of its cells:
    data: {d: [{total: 99.10}, {total: \"0.90\"}, {total: null}]}
    expect: {total: {status: passed, observed: 100.0, evaluated: 2, missing: 1}}
  a decimal stays exact:
    data: {d: {total: [99999999999999999999.01, -99999999999999999999]}}
    expect: {total: {observed: 0.01}}
  text is no number:
    data: {d: {total: [1, x]}}
    expect: {total: error}
  structures:
    data: {d: [{event: {kind: a}}, {event: {kind: 1}}, {event: null}, {}]}
    expect: {d.event.kind.in_set: {evaluated: 2, missing: 2, violations: 1}}
  no rows:
    data: {d: []}
    expect: {d.row_count: failed, d.id.unique: {status: passed, evaluated: 0}, d.id.not_null: {observed: null}}
",
    );
}

#[test]
fn a_test_may_set_variables_and_the_now() {
    hold(
        "
tests:
  plain:
    data: {d: [{qty: 5, day: 01/07/2025}]}
    expect: {d.qty.between: passed, d.day.not_in_future: failed}
  set:
    vars: {most: 4}
    as_of: \"2025-07-02\"
    data: {d: [{qty: 5, day: 01/07/2025}]}
    expect: {d.qty.between: failed, d.day.not_in_future: passed}
",
    );
    let over = "tests: {t: {data: {d: [{qty: 5}]}, expect: {d.qty.between: failed}}}\n";
    assert_eq!(run("test", over, &[]).code, Some(1));
    assert_eq!(run("test", over, &["--var", "most=4"]).code, Some(0));
}

#[test]
fn rules_that_need_other_data_are_skipped() {
    hold(
        "
tests:
  alone:
    data: {d: [{id: 1, parent: 7}]}
    expect: {d.parent.foreign_key: skipped, parents.id.unique: skipped, file: skipped}
  both:
    data: {d: [{id: 1, parent: 7}, {id: 2, parent: 1}], parents: [{id: 1}]}
    expect: {d.parent.foreign_key: {violations: 1}, parents.id.unique: passed}
",
    );
}

#[test]
fn all_passed_asks_for_every_other_rule() {
    let row = "{id: 1, sku: 01, parent: 1, qty: 2, day: 01/01/2025, paid: si, event: {kind: a}, total: 1}";
    let tests = |row: &str, expect: &str| {
        format!("tests: {{t: {{data: {{d: [{row}], parents: [{{id: 1}}]}}, all: passed{expect}, exit: 0}}}}\n")
    };
    hold(&tests(row, ""));
    let ran = run("test", &tests(&row.replace("qty: 2", "qty: 20"), ""), &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("d.qty.between: expected passed, found failed"), "{}", ran.out);
    assert!(ran.out.contains("exit: expected 0, found 1"), "{}", ran.out);
    let named =
        tests(&row.replace("qty: 2", "qty: 20"), ", expect: {d.qty.between: failed}").replace("exit: 0", "exit: 1");
    hold(&named);
}

#[test]
fn a_built_in_rule_that_holds_has_passed() {
    hold(
        "tests: {t: {data: {parents: [{id: 1}]}, expect: {parents.row_count: passed, parents.id.column_exists: passed}}}\n",
    );
    hold(
        "tests: {t: {data: {parents: [{od: 1}]}, expect: {parents.id.column_exists: failed, parents.id.unique: error}}}\n",
    );
    hold("tests: {t: {data: {parents: []}, expect: {parents.row_count: failed}}}\n");
    let ran = run("test", "tests: {t: {data: {parents: [{id: 1}]}, expect: {parents.row_count: failed}}}\n", &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
}

#[test]
fn what_does_not_hold_is_told_in_both_languages_and_to_programs() {
    let tests = "
tests:
  wrong:
    data: {d: [{id: 1, qty: 30, total: 5}]}
    expect: {d.id.unique: failed, d.qty.between: {violations: 2, level: warning}, total: {observed: 6}}
  right:
    data: {d: [{id: 1}]}
    expect: {d.id.unique: passed}
";
    let english = run("test", tests, &[]);
    assert_eq!(english.code, Some(1));
    for said in [
        "✗ s · wrong  s.yaml:",
        "    d.id.unique: expected failed, found passed",
        "    d.qty.between · violations: expected 2, found 1",
        "    d.qty.between · level: expected warning, found error",
        "    total · observed: expected 6, found 5",
        "✓ s · right",
        "1 test holds, 1 does not",
    ] {
        assert!(english.out.contains(said), "{said}: {}", english.out);
    }
    let spanish = run("test", tests, &["--lang", "es"]);
    assert!(spanish.out.contains("d.id.unique: se esperaba failed, se encontró passed"), "{}", spanish.out);
    assert!(spanish.out.contains("1 prueba se cumple, 1 no se cumple"), "{}", spanish.out);
    let machine = run("test", tests, &["--output", "json"]);
    let document: Json = serde_json::from_str(&machine.out).unwrap();
    assert!(machine.err.contains("✗ s · wrong"), "{}", machine.err);
    assert_eq!(document["exit_code"], 1);
    assert_eq!(document["counts"]["failed"], 1);
    let differences = document["tests"][0]["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 4);
    assert_eq!((&differences[0]["what"], &differences[0]["found"]), (&"status".into(), &"passed".into()));
}

#[test]
fn what_could_not_be_evaluated_exits_with_3() {
    let error = "tests: {t: {data: {d: [{id: 1}]}, expect: {total: passed}}}\n";
    let ran = run("test", error, &[]);
    assert_eq!(ran.code, Some(3), "{}", ran.out);
    assert!(ran.out.contains("! s · t"), "{}", ran.out);
    let none = run("test", "", &[]);
    assert_eq!(none.code, Some(3));
    assert!(none.err.contains("no suite has a test"), "{}", none.err);
}

#[test]
fn a_mistake_in_a_test_is_told_by_every_command_with_its_place() {
    for (test, said) in [
        ("{}", "a test needs `data`"),
        ("{data: {d: []}}", "the test asks for nothing"),
        ("{data: {e: []}, exit: 0}", "this suite has no dataset `e`"),
        ("{data: {d: []}, expect: {d.id.uniqe: failed}}", "did you mean `d.id.unique`?"),
        ("{data: {d: []}, expect: {d.id.unique: fails}}", "`fails` is none of passed, failed, error, skipped"),
        ("{data: {d: []}, expect: {d.id.unique: {}}}", "nothing is asked of the rule"),
        ("{data: {d: []}, expect: {d.id.unique: {violation: 1}}}", "did you mean `violations`?"),
        ("{data: {d: []}, expect: {d.id.unique: {violations: -1}}}", "`-1` is no count"),
        (
            "{data: {d: []}, expect: {d.id.unique: {status: passed, level: error}}}",
            "`level` is that of a rule that failed",
        ),
        ("{data: {d: []}, expect: {d.parent.foreign_key: passed}}", "needs `parents`, and the test has no data for it"),
        ("{data: {parents: []}, expect: {d.id.unique: passed}}", "needs `d`, and the test has no data for it"),
        ("{data: {d: []}, expect: {file: passed}}", "is about files"),
        ("{data: {d: []}, vars: {mots: 1}, exit: 0}", "did you mean `most`?"),
        ("{data: {d: []}, vars: {most: x}, exit: 0}", "`x` is no integer"),
        ("{data: {d: []}, as_of: today, exit: 0}", "`today` is no date and no instant"),
        ("{data: {d: []}, exit: 2}", "`2` is none of 0, 1, 3"),
        ("{data: {d: []}, all: failed}", "`failed` is none of passed"),
        ("{data: {d: }, exit: 0}", "a table is rows, columns or text in CSV"),
        ("{data: {d: [1]}, exit: 0}", "`a row` is a map"),
        ("{data: {d: {id: [1], qty: []}}, exit: 0}", "`qty` has 0 values, and the first column 1"),
        ("{data: {d: {id: 1}}, exit: 0}", "a column is a list of its values"),
        ("{data: {d: [{id: NULL}]}, exit: 0}", "`NULL` may mean no value or text"),
        ("{dota: {d: []}, exit: 0}", "did you mean `data`?"),
    ] {
        let tests = format!("tests:\n  t: {test}\n");
        for command in ["lint", "test", "check"] {
            let ran = run(command, &tests, &[]);
            assert_eq!(ran.code, Some(2), "{command} {test}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains(said), "{command} {test}: {}", ran.err);
            assert!(ran.err.contains("s.yaml:"), "{}", ran.err);
        }
    }
}

#[test]
fn lint_and_check_do_not_run_tests() {
    let wrong = "tests: {t: {data: {d: [{id: 1}]}, expect: {d.id.unique: failed}}}\n";
    assert_eq!(run("lint", wrong, &[]).code, Some(0));
    // The data of the suite is nowhere: that is what a check says, and all it says.
    let checked = run("check", wrong, &["--no-reports"]);
    assert_eq!(checked.code, Some(3));
    assert!(!checked.out.contains("d.id.unique: expected"), "{}", checked.out);
}
