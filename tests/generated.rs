//! Files made from the code are what the code says; `BLESS=1` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use tamiz::expectation::CATALOGUE;

use crate::cases;

#[test]
fn the_schemas_are_those_of_the_code() {
    let pretty = |schema: &Json| serde_json::to_string_pretty(schema).unwrap() + "\n";
    generated("schemas/suite.schema.json", &pretty(&tamiz::suite::schema::suite()));
    generated("schemas/config.schema.json", &pretty(&tamiz::config::schema::config()));
    generated("schemas/report.schema.json", &pretty(&tamiz::report::json::schema()));
    generated("schemas/baseline.schema.json", &pretty(&tamiz::baseline::schema()));
    generated("schemas/lint.schema.json", &pretty(&tamiz::diagnostic::json::schema()));
}

#[test]
fn the_manual_is_that_of_the_code() {
    generated("rules/README.md", &tamiz::suite::manual::whole());
}

/// What engines can say is found in the cases: each is asked of a table that has the columns it declares.
#[test]
fn the_table_of_engines_is_what_the_cases_ask_of_them() {
    const COLUMNS: [(&str, &str); 5] = [
        ("postgres", "PostgreSQL"),
        ("mariadb", "MariaDB"),
        ("duckdb", "DuckDB"),
        ("sqlite", "SQLite"),
        ("spark", "Spark, Sail"),
    ];
    let mut text = format!(
        "# Rules and engines\n\nWhich expectations an engine works out where its tables are, in the [same meaning](../README.md#databases) as on a \
         file. What it\ncannot say is an error that names it, or, with `fallback: local` in the source, worked out here on the columns that are \
         needed.\n\n* *all*: whatever the rule says.\n* *12 of 14*: not in every form, or not for every type; the rule of a suite is told by \
         `tamiz plan --engine NAME`.\n* –: in no form.\n\nCounted in the cases of `tests/cases`, which every engine is held to. Rules about files, \
         and those that go by the order of\ntheir rows, have no meaning for a table.\n\n| expectation | {} |\n|---|---|---|---|---|---|\n",
        COLUMNS.map(|(_, name)| name).join(" | ")
    );
    for definition in CATALOGUE {
        let path = root().join(format!("tests/cases/{}.yaml", definition.name));
        if !path.exists() {
            continue;
        }
        let cases = cases::read(&path);
        let cells = COLUMNS.map(|(engine, _)| {
            let said: Vec<bool> = cases.iter().filter_map(|case| case.is_said_by(engine)).collect();
            match (said.iter().filter(|said| **said).count(), said.len()) {
                (_, 0) => None,
                (0, _) => Some("–".to_owned()),
                (there, all) if there == all => Some("all".to_owned()),
                (there, all) => Some(format!("{there} of {all}")),
            }
        });
        if cells.iter().any(Option::is_some) {
            let cells = cells.map(Option::unwrap_or_default).join(" | ");
            text += &format!("| [`{0}`](README.md#{0}) | {cells} |\n", definition.name);
        }
    }
    generated("rules/PORTABILITY.md", &text);
}

#[test]
fn the_pages_of_help_are_those_of_the_code() {
    let mut command = tamiz::cli::command().term_width(100);
    command.build();
    let mut names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.retain(|name| name != "help");
    generated("tests/snapshots/help/tamiz.txt", &command.render_long_help().to_string());
    for name in &names {
        let page = command.find_subcommand_mut(name).unwrap().render_long_help().to_string();
        assert!(page.contains("Example"), "`tamiz {name} --help` has no example");
        generated(&format!("tests/snapshots/help/{name}.txt"), &page);
    }
    let written = fs::read_dir(root().join("tests/snapshots/help")).unwrap().count();
    assert_eq!(written, names.len() + 1, "a page of help is left from a command that is gone");
}

/// The record is that of `tamiz check` here, with another host; who runs it again puts it there.
#[test]
fn the_sample_is_the_page_of_its_record() {
    let record = fs::read_to_string(root().join("reports/sample/report.json")).unwrap();
    let validator = jsonschema::validator_for(&tamiz::report::json::schema()).unwrap();
    assert!(validator.is_valid(&serde_json::from_str(&record).unwrap()));
    let report: tamiz::outcome::Report = serde_json::from_str(&record).unwrap();
    let page = tamiz::report::html::page(&report, tamiz::lang::Lang::En).unwrap();
    generated("reports/sample/report.html", &page);
}

#[test]
fn every_suite_of_the_repository_satisfies_the_schema() {
    let suite = jsonschema::validator_for(&tamiz::suite::schema::suite()).unwrap();
    let project = jsonschema::validator_for(&tamiz::config::schema::config()).unwrap();
    let suites = suites();
    assert!(!suites.is_empty());
    for path in suites {
        let validator = if path.ends_with("tamiz.yaml") { &project } else { &suite };
        let suite: Json = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&suite).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{}:\n{}", path.display(), faults.join("\n"));
    }
}

#[test]
fn the_schema_of_suites_refuses_what_the_reader_refuses() {
    let validator = jsonschema::validator_for(&tamiz::suite::schema::suite()).unwrap();
    let valid = |expect: &str| {
        let text = format!("tamiz: 1\nsuite: a\ndatasets:\n  d:\n    source: d.csv\n    expect: [{expect}]\n");
        validator.is_valid(&serde_yaml::from_str::<Json>(&text).unwrap())
    };
    assert!(valid("not_null: {column: a}"));
    assert!(valid("row_count: 10"));
    assert!(valid("row_count: {min: '${least}'}"));
    assert!(!valid("not_nul: {column: a}"));
    assert!(!valid("not_null: {colum: a}"));
    assert!(!valid("not_null: {column: a, severity: warn}"));
}

#[test]
fn every_expectation_has_a_passing_a_failing_a_null_and_an_empty_case() {
    // Of these a null or an empty table is no matter; each has a case that says so all the same.
    let mut wanting = Vec::new();
    for definition in CATALOGUE {
        let name = definition.name;
        if name == "tables" {
            // A database has them, and no row is looked at: its cases are in tests/sqlite.yaml.
            let cases = fs::read_to_string(root().join("tests/sqlite.yaml")).unwrap();
            assert!(cases.contains("- tables:"));
            continue;
        }
        if ["change", "no_anomaly", "schema_unchanged"].contains(&name) {
            // What they come to hangs on earlier runs, which a case has none of: theirs are in tests/trend.rs.
            let tests = fs::read_to_string(root().join("tests/trend.rs")).unwrap();
            let own: Vec<&str> = tests.lines().filter(|line| line.starts_with(&format!("fn {name}_"))).collect();
            assert!(["pass", "fail", "null", "empty"].iter().all(|what| own.iter().any(|line| line.contains(what))));
            continue;
        }
        let path = root().join(format!("tests/cases/{name}.yaml"));
        if !path.exists() {
            wanting.push(format!("{name} has no file of cases"));
            continue;
        }
        let cases = cases::read(&path);
        let mut need = |what: &str, there: bool| {
            if !there {
                wanting.push(format!("{name} has no {what} case"));
            }
        };
        need("passing", cases.iter().any(|case| case.status() == "passed"));
        need("failing", cases.iter().any(|case| case.status() == "failed"));
        need("null", cases.iter().any(cases::Case::has_a_null));
        need("empty", cases.iter().any(cases::Case::has_no_row));
    }
    let names: Vec<&str> = CATALOGUE.iter().map(|definition| definition.name).collect();
    for path in fs::read_dir(root().join("tests/cases")).unwrap().map(|entry| entry.unwrap().path()) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "yaml") && !names.contains(&stem.as_str()) {
            wanting.push(format!("no expectation is called `{stem}`"));
        }
    }
    assert!(wanting.is_empty(), "{}", wanting.join("\n"));
}

/// Holds a file to its text, or writes it.
fn generated(path: &str, text: &str) {
    let file = root().join(path);
    #[expect(clippy::disallowed_methods, reason = "the person who runs the tests says so")]
    if std::env::var("BLESS").is_ok() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(written == text, "`{path}` is not what the code says; `cargo bless` rewrites it, then read the diff");
}

fn suites() -> Vec<PathBuf> {
    let mut suites = Vec::new();
    for folder in ["rules", "examples"] {
        for extension in ["yaml", "yml"] {
            let pattern = root().join(folder).join("**").join(format!("*.{extension}"));
            for path in glob::glob(&pattern.display().to_string()).unwrap().map(Result::unwrap) {
                if fs::read_to_string(&path).unwrap().lines().any(|line| line.starts_with("tamiz:")) {
                    suites.push(path);
                }
            }
        }
    }
    suites
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
