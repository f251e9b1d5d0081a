//! Repairs: what becomes of rows that break rules, worked out by hand, on files of every kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bigdecimal::BigDecimal;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};
use tamiz::engine::Progress;
use tamiz::engine::remote::Settings;
use tamiz::ir::time::Zone;
use tamiz::lang::Lang;
use tamiz::mask::Policy;
use tamiz::outcome::{Quarantine, QuarantineStatus, Report, Run, Status};
use tamiz::record::Gate;
use tamiz::run::{self, Samples, Wanted, World};
use tamiz::suite::{self, Suite};

use crate::table::{Cell, Column, Layout, Table};

/// The ways in which every case is written.
const LAYOUTS: [Layout; 6] = [
    Layout::Csv { files: 1 },
    Layout::Csv { files: 2 },
    Layout::Ndjson { files: 1 },
    Layout::Parquet { files: 1, group: 100 },
    Layout::Parquet { files: 2, group: 1 },
    Layout::Ipc { files: 1, group: 2 },
];

/// A table, its repairs, and what becomes of each row.
struct Case {
    name: String,
    table: Table,
    cells: bool,
    dataset: String,
    valid: BTreeMap<usize, BTreeMap<String, Option<String>>>,
    invalid: BTreeMap<usize, Vec<String>>,
    changes: Vec<Json>,
}

#[test]
fn rows_are_cured_as_worked_out_by_hand() {
    let mut wrong = Vec::new();
    for case in cases() {
        for layout in LAYOUTS {
            let typed = matches!(layout, Layout::Parquet { .. } | Layout::Ipc { .. });
            if typed && case.cells {
                continue;
            }
            let told = written(&case.table, layout, &case.dataset, "ndjson");
            let wanted = case.wanted();
            if told != wanted {
                wrong.push(format!("{} as {layout:?}:\n  told   {told:?}\n  wanted {wanted:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What became of the rows of a table: valid ones with their cells, invalid ones with the rules, and the changes.
#[derive(Debug, PartialEq)]
struct Told {
    valid: Vec<Vec<Option<String>>>,
    invalid: BTreeMap<usize, Vec<String>>,
    changes: Vec<Json>,
}

impl Case {
    fn wanted(&self) -> Told {
        let valid = self.valid.iter().map(|(row, changed)| {
            let cells = self.table.columns.iter().zip(&self.table.rows[*row]);
            let cells = cells.map(|(column, cell)| match (changed.get(&column.name), cell) {
                (Some(after), _) => after.as_deref().map(plain),
                (None, Cell::Text(text)) => Some(plain(text)),
                (None, Cell::Null) => None,
            });
            cells.collect()
        });
        Told { valid: valid.collect(), invalid: self.invalid.clone(), changes: self.changes.clone() }
    }
}

/// A number without zeros at its end, and anything else as it is.
fn plain(text: &str) -> String {
    match text.parse::<BigDecimal>() {
        Ok(number) => number.normalized().to_plain_string(),
        Err(_) => text.to_owned(),
    }
}

/// Writes a table, checks it with a quarantine, and reads what was written.
fn written(table: &Table, layout: Layout, dataset: &str, format: &str) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let files = table.write(folder.path(), "d", layout, Zone::UTC);
    let (report, out) = run(folder.path(), layout.engine(), dataset, format);
    let told = quarantine(&report);
    let read = |name: &str| -> Vec<Json> {
        let text = fs::read_to_string(out.join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let start = |record: &Json, source: &str| {
        let named = record[source].as_str().unwrap();
        let file = files.iter().find(|(path, _)| named.ends_with(&*path.file_name().unwrap().to_string_lossy()));
        file.unwrap().1
    };
    let place = |record: &Json, row: &str, source: &str| {
        start(record, source) + usize::try_from(record[row].as_u64().unwrap()).unwrap()
    };
    let text = |value: &Json| match value {
        Json::Null => None,
        Json::String(text) => Some(plain(text)),
        other => Some(plain(&other.to_string())),
    };
    let valid = read("valid.ndjson");
    let valid: Vec<Vec<Option<String>>> =
        valid.iter().map(|row| table.columns.iter().map(|column| text(&row[&column.name])).collect()).collect();
    let mut invalid = BTreeMap::new();
    for record in read("invalid.ndjson") {
        let row = place(&record, "_tamiz_row", "_tamiz_source");
        let raw: Vec<Option<String>> = table.columns.iter().map(|column| text(&record[&column.name])).collect();
        let own: Vec<Option<String>> = table.rows[row]
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) => Some(plain(text)),
                Cell::Null => None,
            })
            .collect();
        assert_eq!(raw, own, "an invalid row is as it was read");
        let rules = record["_tamiz_failures"].as_array().unwrap();
        invalid.insert(row, rules.iter().map(|rule| rule["rule"].as_str().unwrap().to_owned()).collect());
    }
    let changes: Vec<Json> = read("changes.ndjson")
        .iter()
        .map(|change| {
            let repairs: Vec<&str> =
                change["repair"].as_array().unwrap().iter().map(|repair| repair.as_str().unwrap()).collect();
            let row = place(change, "row", "source");
            json!([row, change["column"], change["before"], change["after"], repairs.join(", ")])
        })
        .collect();
    let rows = table.rows.len() as u64;
    assert_eq!(told.valid.unwrap() + told.invalid.unwrap() + told.excluded.unwrap(), rows);
    assert_eq!(told.valid, Some(valid.len() as u64));
    let mut repaired: Vec<&Json> = changes.iter().map(|change| &change[0]).collect();
    repaired.dedup();
    assert_eq!(told.repaired, repaired.len() as u64);
    let listed: u64 = told.repairs.iter().map(|repair| repair.count).sum();
    let logged = changes.iter().map(|change| change[4].as_str().unwrap().split(", ").count() as u64).sum::<u64>();
    assert_eq!(listed, logged, "{:?}", told.repairs);
    Told { valid, invalid, changes }
}

fn quarantine(report: &Report) -> Quarantine {
    let told = report.datasets[0].quarantine.clone().unwrap();
    assert_eq!(told.status, QuarantineStatus::Written, "{:?}", told.error);
    told
}

fn suite_text(source: &str, dataset: &str, format: &str) -> String {
    let body: String = dataset.lines().fold(String::new(), |body, line| body + &format!("    {line}\n"));
    let format = if format.is_empty() { String::new() } else { format!("    quarantine: {{format: {format}}}\n") };
    format!("tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: {source}\n{format}{body}")
}

fn read_suite(path: &Path, text: &str) -> Suite {
    let read = |path: &Path| fs::read_to_string(path);
    let (vars, sources, env) = (&[], &[], &|_: &str| None);
    let text = text.to_owned();
    let request = suite::Request { path, text, vars, sources, env, as_of: None, now: 0, read: &read };
    suite::read(request).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

/// Checks the files of a folder, and gives the folder that the rows were written to.
fn run(folder: &Path, extension: &str, dataset: &str, format: &str) -> (Report, std::path::PathBuf) {
    let suite = read_suite(&folder.join("suite.yaml"), &suite_text(&format!("d-*.{extension}"), dataset, format));
    let to = folder.join("out");
    let report = report(&suite, Some(&to));
    (report, to.join("d").join("run_id=r1"))
}

fn report(suite: &Suite, to: Option<&Path>) -> Report {
    let request = run::Request {
        suite,
        selected: &|_| true,
        selection: None,
        gate: Gate { fail_on: Some(tamiz::ir::Severity::Error), allow_empty: true, skip_code: None },
        samples: Samples::Default(10),
        policy: Policy::Open,
        remote: Settings::default(),
        earlier: None,
        states: None,
        memory: None,
        distrust_statistics: false,
        progress: Arc::new(Progress::default()),
        quarantine: to.map(|to| Wanted { to: Some(to), lang: Lang::En }),
    };
    run::run(&request, World { clock: &|| 0, run: Run { id: "r1".to_owned(), ..run::blank(suite) } })
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/repair/cases.yaml")).unwrap();
    let cases: Vec<Json> = serde_yaml::from_str(&text).unwrap();
    cases.iter().map(case).collect()
}

fn case(case: &Json) -> Case {
    let word = |value: &Json| match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let columns = case["types"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, kind)| Column { name: name.clone(), kind: Some(kind.as_str().unwrap().parse().unwrap()) });
    let rows = case["rows"].as_array().unwrap().iter().map(|row| {
        let cells = row.as_array().unwrap().iter();
        cells.map(|cell| word(cell).map_or(Cell::Null, Cell::Text)).collect()
    });
    let nothing = serde_json::Map::new();
    let map = |key: &str| case[key].as_object().unwrap_or(&nothing).iter();
    let number = |row: &String| row.parse::<usize>().unwrap();
    Case {
        name: case["name"].as_str().unwrap().to_owned(),
        table: Table { columns: columns.collect(), rows: rows.collect() },
        cells: case["cells"] == true,
        dataset: case["dataset"].as_str().unwrap().to_owned(),
        valid: map("valid")
            .map(|(row, changed)| {
                let changed = changed.as_object().unwrap().iter();
                (number(row), changed.map(|(column, after)| (column.clone(), word(after))).collect())
            })
            .collect(),
        invalid: map("invalid")
            .map(|(row, rules)| {
                let rules = rules.as_array().unwrap().iter();
                (number(row), rules.map(|rule| rule.as_str().unwrap().to_owned()).collect())
            })
            .collect(),
        changes: case["changes"].as_array().unwrap().clone(),
    }
}

#[test]
fn the_verdict_is_of_the_raw_data() {
    let case = &cases()[0];
    let folder = tempfile::tempdir().unwrap();
    case.table.write(folder.path(), "d", Layout::Csv { files: 1 }, Zone::UTC);
    let (with, _) = run(folder.path(), "csv", &case.dataset, "csv");
    let suite = read_suite(&folder.path().join("suite.yaml"), &suite_text("d-*.csv", &case.dataset, "csv"));
    let without = report(&suite, None);
    assert_eq!(with.results, without.results);
    assert_eq!(with.verdict, without.verdict);
    assert_eq!(with.verdict.exit_code, 1);
    assert_eq!(quarantine(&with).repaired, 2);
}

#[test]
fn valid_text_keeps_its_spelling_and_a_repaired_cell_is_one_that_its_column_reads() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d-0.csv"), "day;price\n01/02/2024;1.50\n2024-02-03;\"2;5\"\n 03/02/2024;007\n")
        .unwrap();
    let dataset = "format: {type: csv, delimiter: \";\"}\ncolumns:\n  day: {type: date, parse: \"%d/%m/%Y\", repair: [trim, parse: \"%Y-%m-%d\"]}\n  price: {type: decimal, repair: {parse: {decimal: \";\"}}}\n";
    let (report, out) = run(folder.path(), "csv", dataset, "csv");
    assert_eq!(quarantine(&report).repaired, 2);
    let valid = fs::read_to_string(out.join("valid.csv")).unwrap();
    assert_eq!(valid, "day;price\n01/02/2024;1.50\n03/02/2024;2.5\n03/02/2024;007\n");
}

#[test]
fn text_is_repaired_on_its_way_to_parquet_though_it_is_wider_than_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d-0.csv"), "n,price\n1,1.5\nx,\"12.345,678\"\n,\n").unwrap();
    let dataset = "columns:\n  n: {type: integer, repair: {default: {value: 0, unparsed: true}}, expect: [not_null]}\n  price: {type: decimal, repair: {parse: {decimal: \",\", thousands: \".\"}, default: 0.0625}, expect: [not_null]}\n";
    let (report, out) = run(folder.path(), "csv", dataset, "parquet");
    let told = quarantine(&report);
    assert_eq!((told.valid, told.repaired), (Some(3), 2), "{told:?}");
    fs::copy(out.join("valid.parquet"), folder.path().join("e.parquet")).unwrap();
    let again =
        "columns:\n  n: {type: integer, expect: [sum: 1]}\n  price: {type: decimal, expect: [sum: 12347.2405]}\n";
    let suite = read_suite(&folder.path().join("again.yaml"), &suite_text("e.parquet", again, ""));
    let again = self::report(&suite, None);
    assert!(again.results.iter().all(|rule| rule.status == Status::Passed), "{:?}", again.results);
}

/// A table of a few columns that break rules in all ways, and repairs of them.
fn any_table() -> impl Strategy<Value = Table> {
    let one_of =
        |texts: &'static [&'static str]| prop::sample::select(texts).prop_map(|text| Cell::Text(text.to_owned()));
    let text = prop_oneof![
        3 => one_of(&["A", "B", "C"]),
        3 => one_of(&[" A", "B ", "a", "b", " c ", "?"]),
        1 => Just(Cell::Null),
    ];
    let number = prop_oneof![
        4 => (-3_i64..15).prop_map(|number| Cell::Text(number.to_string())),
        1 => Just(Cell::Null),
        1 => one_of(&[" 4", "5.0", "x"]),
    ];
    let day = prop_oneof![
        3 => (1_u32..10).prop_map(|day| Cell::Text(format!("2024-01-0{day}"))),
        1 => (1_u32..10).prop_map(|day| Cell::Text(format!("0{day}/01/2024"))),
        1 => Just(Cell::Null),
    ];
    let column = |name: &str, kind: &str| Column { name: name.to_owned(), kind: Some(kind.parse().unwrap()) };
    prop::collection::vec((text, number, day), 1..12).prop_map(move |rows| Table {
        columns: vec![column("key", "string"), column("n", "integer"), column("day", "date")],
        rows: rows.into_iter().map(|(key, n, day)| vec![key, n, day]).collect(),
    })
}

/// Rules that tell rows apart by each row, by keys and by partners, with repairs for all of it.
const ANY: &str = "repair: {dedupe: {keys: [key], keep: last, by: day}}
columns:
  key: {type: string, repair: [trim, case: upper], expect: [unique, not_null, matches: '^[A-Z]$']}
  n: {type: integer, repair: {trim: , parse: {decimal: .}, default: 0, clamp: {min: 0}}, expect: [between: {min: 0, max: 10}, not_null]}
  day: {type: date, repair: {parse: \"%d/%m/%Y\"}}
";

#[test]
fn rows_that_break_nothing_stay_and_valid_ones_hold_when_they_are_checked_again() {
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&any_table(), |table| {
            for (layout, format) in [
                (Layout::Csv { files: 1 }, "csv"),
                (Layout::Csv { files: 2 }, "parquet"),
                (Layout::Ndjson { files: 1 }, "ndjson"),
            ] {
                let folder = tempfile::tempdir().unwrap();
                table.write(folder.path(), "d", layout, Zone::UTC);
                let (report, out) = run(folder.path(), layout.engine(), ANY, format);
                let told = quarantine(&report);
                prop_assert_eq!(told.valid.unwrap() + told.invalid.unwrap(), table.rows.len() as u64, "no row is lost");
                let suite = suite_text(&format!("valid.{format}"), ANY, "");
                let again = self::report(&read_suite(&out.join("suite.yaml"), &suite), None);
                let broken: Vec<&str> = again
                    .results
                    .iter()
                    .filter(|rule| {
                        rule.status != Status::Passed && rule.violations != Some(0) && rule.evaluated != Some(0)
                    })
                    .map(|rule| rule.id.as_str())
                    .collect();
                prop_assert!(broken.is_empty() || told.valid == Some(0), "{:?} break {:?}", table, broken);
            }
            let told = written(&table, Layout::Csv { files: 1 }, ANY, "ndjson");
            // What is invalid or repaired broke a rule; all others are as they were, in their order.
            let mut touched: Vec<usize> = told.invalid.keys().copied().collect();
            touched.extend(told.changes.iter().map(|change| usize::try_from(change[0].as_u64().unwrap()).unwrap()));
            for row in (0..table.rows.len()).filter(|row| !touched.contains(row)) {
                let before = told.invalid.keys().filter(|invalid| **invalid < row).count();
                let own: Vec<Option<String>> = table.rows[row]
                    .iter()
                    .map(|cell| match cell {
                        Cell::Text(text) => Some(text.clone()),
                        Cell::Null => None,
                    })
                    .collect();
                prop_assert_eq!(&told.valid[row - before], &own, "row {}", row);
            }
            for change in &told.changes {
                let row = usize::try_from(change[0].as_u64().unwrap()).unwrap();
                prop_assert!(breaks(&table, row), "row {} of {:?} breaks nothing", row, table);
            }
            Ok(())
        })
        .unwrap();
}

/// Whether a row of such a table breaks a rule, by plain loops.
fn breaks(table: &Table, row: usize) -> bool {
    let cells = |row: usize| {
        table.rows[row].iter().map(|cell| match cell {
            Cell::Text(text) => Some(text.as_str()),
            Cell::Null => None,
        })
    };
    let own: Vec<Option<&str>> = cells(row).collect();
    let repeats = (0..table.rows.len()).any(|other| other != row && cells(other).next().unwrap() == own[0]);
    let key = own[0].is_none_or(|key| repeats || !(key.len() == 1 && key.chars().all(|c| c.is_ascii_uppercase())));
    let number = own[1].and_then(|n| n.parse::<i64>().ok()).is_none_or(|n| !(0..=10).contains(&n));
    let day = own[2].is_some_and(|day| day.contains('/'));
    key || number || day
}
