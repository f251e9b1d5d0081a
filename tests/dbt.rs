//! Documents of dbt: imported, they are the suites they should be, and give the verdicts that dbt documents.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tamiz::diagnostic::SourceText;
use tamiz::import::{self, Fate, Imported, Request, Tool};
use tamiz::ir::time::Zone;
use tamiz::ir::{Reading, Type};
use tamiz::suite;

use crate::check::check;
use crate::table::{Cell, Column, Layout, Table};

const FOLDER: &str = "tests/import/dbt";

/// What is known of the columns of a dataset.
type Columns<'a> = &'a dyn Fn(&str) -> Option<Vec<(String, Option<Type>)>>;

fn imported(path: &str, text: String, sources: &[(String, String)], columns: Columns<'_>) -> Result<Imported, String> {
    let source = Arc::new(SourceText { path: PathBuf::from(path), text });
    let read = |path: &Path| fs::read_to_string(Path::new(FOLDER).join(path.file_name().unwrap()));
    let request = Request { tool: Tool::Dbt, source, name: None, sources, columns, read: &read };
    import::import(&request).map_err(|mistakes| mistakes.iter().map(|it| it.message.clone()).collect::<String>())
}

fn of_file(name: &str) -> Imported {
    let text = fs::read_to_string(Path::new(FOLDER).join(name)).unwrap();
    imported(name, text, &[], &|_| None).unwrap()
}

/// The suite, and what became of each rule.
fn shown(imported: &Imported) -> String {
    let mut text = imported.text.clone();
    text.push_str("\n--- what became of each rule\n");
    for entry in &imported.entries {
        let line = entry.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
        let fate = match &entry.fate {
            Fate::Mapped => "mapped".to_owned(),
            Fate::Approximated(why) => format!("approximated: {why}"),
            Fate::Unsupported(why) => format!("unsupported: {why}"),
        };
        let _ = writeln!(text, "{line:>4} {} {fate}", entry.rule);
    }
    text
}

/// A suite is sound, and there is nothing to remark on it.
fn lints_clean(text: &str) {
    let none = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let path = Path::new("suite.yaml");
    let text = text.to_owned();
    let request = suite::Request {
        path,
        text: text.clone(),
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &none,
    };
    let suite = suite::read(request).unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"));
    let notes: Vec<&str> = suite.notes.iter().map(|note| note.message.as_str()).collect();
    assert!(notes.is_empty(), "{notes:?}\n{text}");
}

#[test]
fn documents_become_the_suites_that_a_person_would_write() {
    for name in ["jaffle_shop.yml", "settings.yml", "utils.yml", "expectations.yml", "manifest.json"] {
        let imported = of_file(name);
        lints_clean(&imported.text);
        insta::assert_snapshot!(name.replace('.', "_"), shown(&imported));
    }
}

const ORDERS: &str = "models:\n  - name: orders\n    columns:\n      - {name: ORDER_ID, data_tests: [unique]}\n";

#[test]
fn the_project_configures_tests_that_say_nothing_themselves() {
    let source = Arc::new(SourceText { path: "orders.yml".into(), text: ORDERS.to_owned() });
    let read = |path: &Path| {
        if path.ends_with("../dbt_project.yml") {
            Ok("name: shop\ntests:\n  +severity: warn\n  shop: {+tags: nightly}\n".to_owned())
        } else {
            Err(std::io::ErrorKind::NotFound.into())
        }
    };
    let request = Request { tool: Tool::Dbt, source, name: None, sources: &[], columns: &|_| None, read: &read };
    let text = import::import(&request).unwrap().text;
    assert!(text.contains("unique: {severity: warning, tags: [nightly]}"), "{text}");
}

#[test]
fn columns_are_named_as_the_data_have_them() {
    let sources = [("orders".to_owned(), "data/orders.csv".to_owned())];
    let known = |_: &str| Some(vec![("order_id".to_owned(), None)]);
    let text = imported("orders.yml", ORDERS.to_owned(), &sources, &known).unwrap().text;
    assert!(text.contains("source: data/orders.csv") && text.contains("order_id: {expect: [unique]}"), "{text}");
}

#[test]
fn a_source_for_no_table_and_a_document_of_another_tool_are_mistakes() {
    let sources = [("ordres".to_owned(), "orders.csv".to_owned())];
    let wrong = imported("orders.yml", ORDERS.to_owned(), &sources, &|_| None).unwrap_err();
    assert_eq!(wrong, "--source ordres: the document has no table of that name");
    let wrong = imported("x.yml", "checks for orders: []\n".to_owned(), &[], &|_| None).unwrap_err();
    assert_eq!(wrong, "this is no schema.yml of dbt");
    let wrong = imported("x.json", "{\"results\": []}".to_owned(), &[], &|_| None).unwrap_err();
    assert!(wrong.contains("no manifest.json"), "{wrong}");
}

/// Tables of which dbt says the same.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Tables {
    One(String),
    Several(Vec<String>),
    #[default]
    None,
}

impl Tables {
    fn all(&self) -> &[String] {
        match self {
            Self::One(table) => std::slice::from_ref(table),
            Self::Several(tables) => tables,
            Self::None => &[],
        }
    }
}

/// A test, and tables with its verdicts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    dbt: String,
    at: Option<String>,
    head: Option<String>,
    other: Option<String>,
    other_head: Option<String>,
    #[serde(default)]
    passed: Tables,
    #[serde(default)]
    warning: Tables,
    #[serde(default)]
    failed: Tables,
}

impl Case {
    fn head(&self) -> &str {
        self.head.as_deref().unwrap_or("id,v")
    }

    fn other_head(&self) -> &str {
        self.other_head.as_deref().unwrap_or("id,v")
    }

    /// The test in a schema.yml.
    fn document(&self) -> String {
        let tests = format!("data_tests: [{{{}}}]", self.test());
        let at = match &self.at {
            Some(column) => format!("columns: [{{name: {column}, {tests}}}]"),
            None => tests,
        };
        format!("models:\n  - name: t\n    {at}\n  - name: other\n")
    }

    fn test(&self) -> String {
        if self.dbt.contains(": ") { self.dbt.clone() } else { format!("{}: {{}}", self.dbt) }
    }

    /// What is said of a table.
    fn verdict(&self, rows: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let all = [&self.passed, &self.warning, &self.failed].into_iter().flat_map(Tables::all);
        let all: Vec<&str> = all.map(String::as_str).collect();
        let other = self.other.as_deref().unwrap_or_default();
        let sources = [
            ("t".to_owned(), write(folder.path(), "t", self.head(), rows, &all)),
            ("other".to_owned(), write(folder.path(), "other", self.other_head(), other, &[other])),
        ];
        let known = |name: &str| {
            let head = if name == "t" { self.head() } else { self.other_head() };
            Some(head.split(',').map(|column| (column.to_owned(), None)).collect())
        };
        let imported = imported("cases.yml", self.document(), &sources, &known).unwrap();
        if let [entry] = imported.entries.as_slice()
            && let Fate::Unsupported(why) = &entry.fate
        {
            return format!("unsupported: {why}");
        }
        lints_clean(&imported.text);
        let text = imported.text.replace("suite: cases\n", "suite: cases\nas_of: 2026-03-03T12:00:00Z\n");
        let report = check(&folder.path().join("suite.yaml"), &text, &|_| true).unwrap();
        let levels: Vec<&str> = report.results.iter().filter_map(|result| result.level.as_deref()).collect();
        if let Some(error) = report.results.iter().find_map(|result| result.error.as_ref()) {
            return format!("{error:?}\n{text}");
        }
        let worst = match levels.as_slice() {
            [] => "passed",
            levels if levels.contains(&"error") => "failed",
            _ => "warning",
        };
        worst.to_owned()
    }
}

/// Writes rows as a Parquet file, each column of the type that its values in all tables have.
fn write(folder: &Path, name: &str, head: &str, rows: &str, all: &[&str]) -> String {
    let cells = |rows: &str| -> Vec<Vec<Cell>> {
        let rows = rows.split(' ').filter(|row| !row.is_empty());
        let cell = |text: &str| if text.is_empty() { Cell::Null } else { Cell::Text(text.replace('_', " ")) };
        rows.map(|row| row.split(',').map(cell).collect()).collect()
    };
    let everywhere: Vec<Vec<Cell>> = all.iter().flat_map(|rows| cells(rows)).collect();
    let kind = |place: usize| {
        let texts: Vec<&str> = everywhere
            .iter()
            .filter_map(|row| match &row[place] {
                Cell::Text(text) => Some(text.as_str()),
                Cell::Null => None,
            })
            .collect();
        let reads = |kind: &Type| texts.iter().all(|text| Reading::plain(*kind).read(text).is_some());
        let kinds = [Type::Integer, Type::Date, Type::Timestamp];
        Some(kinds.into_iter().find(|kind| !texts.is_empty() && reads(kind)).unwrap_or(Type::String))
    };
    let columns = head.split(',').enumerate();
    let columns = columns.map(|(place, name)| Column { name: name.to_owned(), kind: kind(place) }).collect();
    let table = Table { columns, rows: cells(rows) };
    table.write(folder, name, Layout::Parquet { files: 1, group: 100 }, Zone::UTC);
    format!("{name}-0.parquet")
}

#[test]
fn every_test_gives_the_verdict_that_dbt_documents() {
    let text = fs::read_to_string(Path::new(FOLDER).join("verdicts.yaml")).unwrap();
    let cases: Vec<Case> = serde_yaml::from_str(&text).unwrap();
    let mut wrong = String::new();
    for case in &cases {
        let wanted = [("passed", &case.passed), ("warning", &case.warning), ("failed", &case.failed)];
        for (verdict, tables) in wanted {
            for rows in tables.all() {
                let said = case.verdict(rows);
                if said != verdict {
                    let _ = writeln!(wrong, "{} on `{rows}`: {said}, and dbt says {verdict}", case.dbt);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
