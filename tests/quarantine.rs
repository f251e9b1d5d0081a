//! Rows told apart and written: which row goes where is worked out here with plain loops over the data, never by the engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use serde_json::Value as Json;
use tamiz::engine::Progress;
use tamiz::engine::remote::Settings;
use tamiz::ir::time::Zone;
use tamiz::ir::{Severity, Type};
use tamiz::lang::Lang;
use tamiz::mask::Policy;
use tamiz::outcome::{Quarantine, QuarantineStatus, Report, Run};
use tamiz::record::Gate;
use tamiz::run::{self, Samples, Wanted, World};
use tamiz::suite;

use crate::table::{Cell, Column, Layout, Table};

const FORMATS: [&str; 3] = ["csv", "ndjson", "parquet"];
const LAYOUTS: [Layout; 5] = [
    Layout::Csv { files: 1 },
    Layout::Gzip { files: 2 },
    Layout::Ndjson { files: 2 },
    Layout::Parquet { files: 2, group: 3 },
    Layout::Ipc { files: 2, group: 3 },
];

/// Runs a suite that writes its rows, told apart, below a folder.
fn run(path: &Path, text: &str, to: Option<&Path>, memory: Option<u64>) -> Report {
    let read = |path: &Path| fs::read_to_string(path);
    let text = text.to_owned();
    let (vars, sources, env) = (&[], &[], &|_: &str| None);
    let request = suite::Request { path, text, vars, sources, env, as_of: None, now: 0, read: &read };
    let suite = suite::read(request).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let request = run::Request {
        suite: &suite,
        selected: &|_| true,
        selection: None,
        gate: Gate { fail_on: Some(Severity::Error), allow_empty: true, skip_code: None },
        policy: Policy::Open,
        samples: Samples::Default(3),
        memory,
        distrust_statistics: false,
        progress: Arc::new(Progress::default()),
        remote: Settings::default(),
        earlier: None,
        states: None,
        quarantine: Some(Wanted { to, lang: Lang::En }),
    };
    run::run(&request, World { clock: &|| 0, run: Run { id: "test".to_owned(), ..run::blank(&suite) } })
}

fn quarantine<'r>(report: &'r Report, dataset: &str) -> &'r Quarantine {
    let found = report.datasets.iter().find(|found| found.name == dataset);
    found.and_then(|found| found.quarantine.as_ref()).unwrap_or_else(|| panic!("no quarantine of {dataset}"))
}

fn counts(told: &Quarantine) -> (u64, u64, u64) {
    let error = &told.error;
    let count = |count: Option<u64>| count.unwrap_or_else(|| panic!("nothing was written: {error:?}"));
    (count(told.valid), count(told.invalid), count(told.excluded))
}

/// A row read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    /// The cells of the data, as text.
    cells: Vec<Option<String>>,
    /// What is said beside them, by name.
    said: BTreeMap<String, String>,
    /// The rules that it breaks.
    rules: Vec<String>,
}

/// The rows of a file of a quarantine.
fn rows(folder: &Path, name: &str, format: &str, delimiter: char) -> Vec<Row> {
    let path = folder.join(format!("{name}.{format}"));
    match format {
        "csv" => of_csv(&fs::read_to_string(path).unwrap(), delimiter),
        "ndjson" => of_ndjson(&fs::read_to_string(path).unwrap()),
        _ => of_parquet(&path),
    }
}

fn row(cells: Vec<(String, Option<String>)>) -> Row {
    let mut row = Row::default();
    for (name, cell) in cells {
        match (name.strip_prefix("_tamiz_"), cell) {
            (None, cell) => row.cells.push(cell),
            (Some("failures"), Some(text)) => {
                let failures: Vec<BTreeMap<String, Json>> = serde_json::from_str(&text).unwrap();
                row.rules = failures.iter().map(|failure| failure["rule"].as_str().unwrap().to_owned()).collect();
            }
            (Some(name), Some(text)) => drop(row.said.insert(name.to_owned(), text)),
            (Some(_), None) => {}
        }
    }
    row
}

fn of_csv(text: &str, delimiter: char) -> Vec<Row> {
    let mut records = records(text, delimiter).into_iter();
    let names: Vec<String> = records.next().unwrap().into_iter().map(Option::unwrap).collect();
    records.map(|record| row(names.iter().cloned().zip(record).collect())).collect()
}

/// The fields of each record; none for one of no characters.
fn records(text: &str, delimiter: char) -> Vec<Vec<Option<String>>> {
    let (mut records, mut record, mut field, mut quoted, mut open) =
        (Vec::new(), Vec::new(), String::new(), false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if open && letters.peek() == Some(&'"') => field.push(letters.next().unwrap()),
            '"' => (open, quoted) = (!open, true),
            letter if !open && (letter == delimiter || letter == '\n') => {
                let text = std::mem::take(&mut field);
                record.push((std::mem::take(&mut quoted) || !text.is_empty()).then_some(text));
                if letter == '\n' {
                    records.push(std::mem::take(&mut record));
                }
            }
            letter => field.push(letter),
        }
    }
    records
}

fn of_ndjson(text: &str) -> Vec<Row> {
    let said = |value: &Json| match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let one = |line: &str| {
        let fields: serde_json::Map<String, Json> = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        row(fields.iter().map(|(name, value)| (name.clone(), said(value))).collect())
    };
    text.lines().map(one).collect()
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = fs::File::open(path).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect()
}

fn of_parquet(path: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for batch in batches(path) {
        let mut read = vec![Row::default(); batch.num_rows()];
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            if field.name() == "_tamiz_failures" {
                for (place, row) in read.iter_mut().enumerate() {
                    let failures = column.as_list::<i32>().value(place);
                    let rules = failures.as_struct().column_by_name("rule").unwrap().as_string::<i32>().clone();
                    row.rules = rules.iter().map(|rule| rule.unwrap().to_owned()).collect();
                }
                continue;
            }
            let texts = cast(column, &DataType::Utf8).unwrap();
            let texts = texts.as_string::<i32>();
            for (place, row) in read.iter_mut().enumerate() {
                let text = texts.is_valid(place).then(|| texts.value(place).to_owned());
                match (field.name().strip_prefix("_tamiz_"), text) {
                    (None, text) => row.cells.push(text),
                    (Some(name), Some(text)) => drop(row.said.insert(name.to_owned(), text)),
                    (Some(_), None) => {}
                }
            }
        }
        rows.extend(read);
    }
    rows
}

fn manifest(folder: &Path) -> Json {
    serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap()
}

fn folder_of(to: &Path, dataset: &str) -> PathBuf {
    to.join(dataset).join("run_id=test")
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/ventas.yaml")
}

#[test]
fn the_example_gives_the_rows_that_plain_loops_find() {
    let text = fs::read_to_string(example()).unwrap();
    let data = fs::read_to_string(example().with_file_name("../examples/ventas/data/ventas.csv")).unwrap();
    let lines: Vec<&str> = data.lines().collect();
    let header = lines[0];
    // A delimiter in quotes stands only after the product.
    let product = |line: &str| line.split(',').nth(3).unwrap() == "11";
    for format in FORMATS {
        let to = tempfile::tempdir().unwrap();
        let settings = format!("quarantine: {{to: {}, format: {format}}}\ndatasets:", to.path().display());
        let report = run(&example(), &text.replacen("datasets:", &settings, 1), None, None);
        let told = quarantine(&report, "ventas");
        assert_eq!(counts(told), (5_443, 57, 0));
        assert_eq!(told.status, QuarantineStatus::Written);
        assert_eq!(report.verdict.exit_code, 1, "the exit code stands");
        let folder = folder_of(to.path(), "ventas");
        if format == "csv" {
            let valid = fs::read_to_string(folder.join("valid.csv")).unwrap();
            let good: Vec<&str> = lines[1..].iter().copied().filter(|line| !product(line)).collect();
            assert_eq!(valid.lines().skip(1).collect::<Vec<_>>(), good);
            assert_eq!(valid.lines().next().unwrap(), header);
        }
        let invalid = rows(&folder, "invalid", format, ',');
        let bad: Vec<(usize, &&str)> = lines[1..].iter().enumerate().filter(|(_, line)| product(line)).collect();
        assert_eq!(invalid.len(), 57);
        for (row, (place, line)) in invalid.iter().zip(bad) {
            assert_eq!(row.said["row"], place.to_string());
            assert_eq!(row.said["line"], (place + 2).to_string());
            assert!(row.said["source"].ends_with("examples/ventas/data/ventas.csv"));
            assert_eq!(
                (row.said["run_id"].as_str(), row.rules.as_slice()),
                ("test", &["ventas.producto_id.foreign_key".to_owned()][..])
            );
            let cells: Vec<&str> = row.cells.iter().map(|cell| cell.as_deref().unwrap_or("")).collect();
            let wanted = records(&format!("{line}\n"), ',').remove(0);
            assert_eq!(cells, wanted.iter().map(|cell| cell.as_deref().unwrap_or("")).collect::<Vec<_>>());
        }
        assert_eq!(rows(&folder, "valid", format, ',').len(), 5_443);
        assert_eq!(counts(quarantine(&report, "inventario")), (5_000, 0, 0));
        let manifest = manifest(&folder);
        assert_eq!(
            (&manifest["valid"], &manifest["invalid"], &manifest["excluded"]),
            (&5443.into(), &57.into(), &0.into())
        );
        for file in &told.files {
            let bytes = fs::read(folder.join(&file.name)).unwrap();
            assert_eq!(file.bytes, bytes.len() as u64, "{}", file.name);
        }
    }
}

#[test]
fn milder_rules_and_what_is_tolerated_count_where_that_is_said() {
    let text = fs::read_to_string(example()).unwrap();
    let data = fs::read_to_string(example().with_file_name("../examples/ventas/data/ventas.csv")).unwrap();
    let integer = |text: &str| text.strip_prefix(['+', '-']).unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    let decimal = |text: &str| {
        let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
        integer(whole) && !cents.is_empty() && cents.bytes().all(|b| b.is_ascii_digit())
    };
    // Year, month and day of the two spellings that are read, if there is such a day.
    let day = |text: &str| -> Option<(u32, u32, u32)> {
        let parts: Vec<&str> = text.split(['-', '/']).collect();
        let [first, month, last] = parts.as_slice() else { return None };
        let (year, day) = if text.contains('-') { (first, last) } else { (last, first) };
        (year.len() == 4 && month.len() == 2 && day.len() == 2).then_some(())?;
        let (year, month, day): (u32, u32, u32) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let leap = year.is_multiple_of(4);
        let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        (1..=12).contains(&month).then_some(())?;
        (day >= 1 && day <= days[month as usize - 1]).then_some((year, month, day))
    };
    let there = |text: &str| !text.is_empty() && text != "NA";
    let (mut strict, mut tolerant, mut mild) = (0, 0, 0);
    for line in data.lines().skip(1) {
        let f: Vec<&str> = line.split(',').collect();
        let unknown = f[3] == "11";
        let unreadable = there(f[1]) && day(f[1]).is_none()
            || there(f[4]) && !integer(f[4])
            || [f[5], f[6]].iter().any(|text| there(text) && !decimal(text));
        let future = day(f[1]).is_some_and(|day| day > (2025, 6, 30));
        let zero = f[4] == "0";
        strict += u64::from(unknown);
        tolerant += u64::from(unknown || unreadable);
        mild += u64::from(unknown || unreadable || future || zero);
    }
    for (said, invalid) in [("", strict), (", tolerated: true", tolerant), (", severity: warning", mild)] {
        let to = tempfile::tempdir().unwrap();
        let settings = format!("quarantine: {{to: {}{said}}}\ndatasets:", to.path().display());
        let report = run(&example(), &text.replacen("datasets:", &settings, 1), None, None);
        assert_eq!(counts(quarantine(&report, "ventas")), (5_500 - invalid, invalid, 0), "{said}");
    }
}

/// A suite of one dataset with some rules, in the folder of its data.
struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| fs::write(place.path(name), text).unwrap());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, datasets: &str) -> Report {
        let text = format!("tamiz: 1\nsuite: s\nquarantine: q\ndatasets:\n{datasets}");
        run(&self.path("s.yaml"), &text, None, None)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn rows(&self, dataset: &str, name: &str, format: &str) -> Vec<Row> {
        rows(&folder_of(&self.path("q"), dataset), name, format, ',')
    }

    /// Runs the program there.
    fn program(&self, arguments: &str) -> (i32, String) {
        let ran = Command::new(env!("CARGO_BIN_EXE_tamiz"))
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        (ran.status.code().unwrap(), said)
    }
}

const RAGGED: &str = "id,n,t\r\n1,5,\"a, \"\"b\"\"\"\r\n2,-1,c\r\n3\r\n4,NA,\"\"\r\n5,6,d,e\r\n6,7,\r\n";

#[test]
fn a_ragged_line_is_kept_as_raw_text_and_fields_as_they_stand() {
    let place = Place::new(&[("d.csv", RAGGED)]);
    let rules = "  d:\n    source: d.csv\n    format: {null_values: [NA]}\n    columns:\n      n: {type: integer, expect: [non_negative]}\n    expect: [well_formed: {severity: warning}]\n";
    let report = place.run(rules);
    let told = quarantine(&report, "d");
    assert_eq!(counts(told), (3, 3, 0));
    assert_eq!(place.text("q/d/run_id=test/valid.csv"), "id,n,t\n1,5,\"a, \"\"b\"\"\"\n4,NA,\"\"\n6,7,\n");
    let invalid = place.rows("d", "invalid", "csv");
    let said: Vec<_> = invalid
        .iter()
        .map(|row| (row.said["row"].as_str(), row.said.get("raw").map(String::as_str), row.rules.join(" ")))
        .collect();
    assert_eq!(
        said,
        [
            ("1", None, "d.n.non_negative".to_owned()),
            ("2", Some("3"), "d.well_formed".to_owned()),
            ("4", Some("5,6,d,e"), "d.well_formed".to_owned()),
        ]
    );
    let failures = records(&place.text("q/d/run_id=test/invalid.csv"), ',')[3][6].clone().unwrap();
    assert_eq!(
        failures,
        "[{\"rule\":\"d.well_formed\",\"severity\":\"warning\",\"column\":null,\"message\":\"The record has 5 fields, the file 3 columns.\"}]"
            .replace('5', "4")
    );
}

#[test]
fn valid_rows_stand_in_the_encoding_that_the_suite_says() {
    for (encoding, valid) in [
        ("windows-1252", &b"id,t\n1,ni\xf1o \x80\n3,\xe9\n"[..]),
        ("latin-1", b"id,t\n1,ni\xf1o\n3,\xe9\n"),
        ("utf-16", b"\xff\xfei\0d\0,\0t\0\n\x001\0,\0\xf1\0\n\x003\0,\0\xe9\0\n\0"),
        ("utf-8", "id,t\n1,niño\n3,é\n".as_bytes()),
    ] {
        let place = Place::new(&[]);
        let line = match encoding {
            "utf-16" => &b"-\x002\0,\0x\0\n\0"[..],
            _ => b"-2,x\n",
        };
        fs::write(place.path("d.csv"), [valid, line].concat()).unwrap();
        let rules = |source: &str| {
            format!(
                "  d:\n    source: {source}\n    format: {{encoding: {encoding}}}\n    columns: {{id: {{type: integer, expect: [positive]}}, t: {{type: string, expect: [length: {{max: 6}}]}}}}\n"
            )
        };
        let report = place.run(&rules("d.csv"));
        assert_eq!(counts(quarantine(&report, "d")), (2, 1, 0), "{encoding}");
        assert_eq!(fs::read(place.path("q/d/run_id=test/valid.csv")).unwrap(), valid, "{encoding}");
        fs::rename(place.path("q/d/run_id=test/valid.csv"), place.path("again.csv")).unwrap();
        fs::remove_dir_all(place.path("q")).unwrap();
        let again = place.run(&rules("again.csv"));
        assert_eq!(counts(quarantine(&again, "d")), (2, 0, 0), "{encoding}");
    }
}

#[test]
fn a_repair_that_the_encoding_cannot_hold_is_told_and_nothing_is_written() {
    let place = Place::new(&[("d.csv", "id,t\n1,\n")]);
    let report = place.run(
        "  d:\n    source: d.csv\n    format: {encoding: latin-1}\n    columns:\n      t: {type: string, expect: [not_null], repair: {default: '€'}}\n",
    );
    let told = quarantine(&report, "d");
    let fault = told.error.as_ref().unwrap_or_else(|| panic!("{told:?}"));
    assert!(fault.message.contains("`€`, which is no character of `encoding: iso-8859-1`"), "{}", fault.message);
    assert!(!place.path("q/d/run_id=test").exists());
}

#[test]
fn json_records_go_on_as_they_are() {
    let data = "{\"id\": 1, \"v\": 1.50, \"deep\": {\"a\": [1, null]}}\n\n{\"id\":2,\"v\":\"x\"}\nnot json\n{ \"id\" : null }\n{}\n";
    let rules = "  d:\n    source: d.ndjson\n    columns:\n      id: {type: integer, expect: [not_null]}\n      v: {type: decimal}\n";
    let place = Place::new(&[("d.ndjson", data)]);
    let report = place.run(rules);
    assert_eq!(counts(quarantine(&report, "d")), (1, 4, 0));
    assert_eq!(place.text("q/d/run_id=test/valid.ndjson"), "{\"id\": 1, \"v\": 1.50, \"deep\": {\"a\": [1, null]}}\n");
    let invalid = place.text("q/d/run_id=test/invalid.ndjson");
    let starts = [
        "{\"id\":2,\"v\":\"x\",\"_tamiz_row\":1,",
        "{\"_tamiz_row\":2,",
        "{ \"id\" : null ,\"_tamiz_row\":3,",
        "{\"_tamiz_row\":4,",
    ];
    for (line, start) in invalid.lines().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
    assert_eq!(of_ndjson(&invalid)[1].said["raw"], "not json");
    // A document over many lines becomes one line for each record.
    let place = Place::new(&[("d.json", "[\n {\"id\": 1,\n  \"v\": 2},\n {\"id\": null}\n]\n")]);
    place.run(&rules.replace("ndjson", "json"));
    assert_eq!(place.text("q/d/run_id=test/valid.ndjson"), "{\"id\": 1,  \"v\": 2}\n");
}

#[test]
fn stored_types_stay_and_text_takes_those_that_it_reads_as() {
    let place = Place::new(&[("d.csv", "id,v,when,note\n1,1.5,31/12/2024,x\n2,10.25,,\n3,abc,2024-02-30,y\n")]);
    let rules = "  d:\n    source: d.csv\n    quarantine: {format: parquet}\n    columns:\n      id: {type: integer, expect: [between: {max: 2}]}\n      v: {type: decimal}\n      when: {type: {is: date, severity: warning}, parse: '%d/%m/%Y'}\n";
    place.run(rules);
    let types = |name: &str| {
        let batch = batches(&place.path(&format!("q/d/run_id=test/{name}.parquet"))).remove(0);
        let fields = batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect::<Vec<_>>();
        fields[..4].join(" ")
    };
    // The one date that does not read makes no row invalid, so its column stays text.
    assert_eq!(types("valid"), "Int64 Decimal128(4, 2) Utf8 Utf8");
    assert_eq!(types("invalid"), "Utf8 Utf8 Utf8 Utf8");
    let cells = |name: &str| place.rows("d", name, "parquet").into_iter().map(|row| row.cells).collect::<Vec<_>>();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        cells("valid"),
        [[text("1"), text("1.50"), text("31/12/2024"), text("x")], [text("2"), text("10.25"), None, None],]
    );
    assert_eq!(cells("invalid"), [[text("3"), text("abc"), text("2024-02-30"), text("y")]]);
    // The same types come back from what was written.
    let back = "  d:\n    source: q/d/run_id=test/valid.parquet\n    quarantine: {to: again, format: parquet}\n    columns:\n      id: {type: integer}\n      v: {type: decimal}\n";
    let place = Place::new(&[("d.csv", "id,v,when,note\n1,1.5,31/12/2024,x\n2,10.25,,\n")]);
    place.run(rules);
    place.run(back);
    let same = |folder: &str| batches(&place.path(&format!("{folder}/d/run_id=test/valid.parquet")));
    assert_eq!(same("again"), same("q"));
}

#[test]
fn rows_out_of_scope_are_excluded_and_rules_of_derived_datasets_count() {
    let place = Place::new(&[("d.csv", "id,kind,n\n1,a,1\n2,b,1\n3,a,\n4,c,9\n5,b,9\n")]);
    let report = place.run(
        "  d:\n    source: d.csv\n    where: \"kind <> 'c'\"\n    columns:\n      n: {type: integer, expect: [not_null]}\n  b:\n    from: d\n    where: \"kind = 'b'\"\n    expect: [between: {column: n, max: 5}]\n",
    );
    assert_eq!(counts(quarantine(&report, "d")), (2, 2, 1));
    assert!(report.datasets.iter().all(|dataset| dataset.name == "d" || dataset.quarantine.is_none()));
    let ids = |name: &str| {
        place.rows("d", name, "csv").into_iter().map(|row| row.cells[0].clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((ids("valid"), ids("invalid")), (vec!["1".into(), "2".into()], vec!["3".to_owned(), "5".to_owned()]));
}

#[test]
fn every_row_of_a_duplicate_goes_and_rules_in_groups_take_those_of_all() {
    let place =
        Place::new(&[("d.csv", "g,id,n\nx,1,1\nx,1,2\ny,1,3\ny,2,1\ny,3,1\n"), ("e.csv", "g,id,n\nx,1,1\nx,2,2\n")]);
    let report = place.run(
        "  e:\n    source: e.csv\n  d:\n    source: d.csv\n    expect:\n      - unique: {column: id, group_by: g, id: u}\n      - increasing: {column: n, id: o}\n      - no_overlaps: {start: id, end: n, by: g, id: v}\n      - same_rows: {to: e, key: [g, id], columns: [n], id: s}\n      - mean: {column: n, max: 1, id: m}\n      - query: {sql: \"SELECT * FROM d WHERE n > 2\", id: q}\n      - not_null: {column: n, id: held}\n      - between: {column: n, max: 0, id: quiet, mute: {until: 2030-01-01, reason: known}}\n",
    );
    let told = quarantine(&report, "d");
    let rules: Vec<Vec<String>> = place.rows("d", "invalid", "csv").into_iter().map(|row| row.rules).collect();
    // x/1 twice; n falls once, after 3; the interval of y/2 ends before it starts, as that of y/3; rows that differ from e.
    let failed: Vec<(&str, u64)> = told.rules.iter().map(|rule| (rule.rule.as_str(), rule.rows)).collect();
    assert_eq!(failed.iter().find(|(rule, _)| *rule == "u"), Some(&("u", 2)));
    assert_eq!(failed.iter().find(|(rule, _)| *rule == "o"), Some(&("o", 1)));
    assert!(failed.iter().all(|(rule, _)| !["m", "q", "held", "quiet"].contains(rule)));
    for (rule, count) in &failed {
        let found = rules.iter().filter(|rules| rules.iter().any(|own| own == rule)).count();
        assert_eq!(found as u64, *count, "{rule}");
    }
    let left: Vec<&str> = told.not_attributable.iter().map(|rule| rule.rule.as_str()).collect();
    assert_eq!(left, ["s", "m", "q", "quiet"], "{:?}", told.not_attributable);
    assert!(told.not_attributable[0].reason.en.contains("in the other dataset only"));
}

#[test]
fn nothing_is_called_valid_where_a_rule_is_in_error() {
    let place = Place::new(&[("d.csv", "id,n\n1,x\n")]);
    let report =
        place.run("  d:\n    source: d.csv\n    expect: [between: {column: absent, max: 1}, not_null: {column: id}]\n");
    let told = quarantine(&report, "d");
    assert_eq!((told.status, told.valid), (QuarantineStatus::Refused, None));
    assert_eq!(told.error.as_ref().unwrap().code, "rule_unknown");
    assert_eq!(report.verdict.exit_code, 3);
    assert!(!place.path("q").exists());
    // A milder one is no matter.
    let report =
        place.run("  d:\n    source: d.csv\n    expect: [between: {column: absent, max: 1, severity: warning}]\n");
    assert_eq!(counts(quarantine(&report, "d")), (1, 0, 0));
}

#[test]
fn what_is_there_is_never_written_over_and_reserved_names_are_refused() {
    let place = Place::new(&[("d.csv", "id,n\n1,x\n"), ("r.csv", "id,_tamiz_row\n1,2\n")]);
    let rules = "  d:\n    source: d.csv\n    expect: [not_null: {column: id}]\n";
    place.run(rules);
    let before = place.text("q/d/run_id=test/manifest.json");
    let report = place.run(rules);
    let told = quarantine(&report, "d");
    assert_eq!((told.status, report.verdict.exit_code), (QuarantineStatus::Failed, 4));
    assert!(told.error.as_ref().unwrap().message.contains("never written over"));
    assert_eq!(place.text("q/d/run_id=test/manifest.json"), before);
    let report = place.run("  r:\n    source: r.csv\n    expect: [not_null: {column: id}]\n");
    let told = quarantine(&report, "r");
    assert_eq!((told.error.as_ref().unwrap().code.as_str(), report.verdict.exit_code), ("reserved_column", 3));
    assert!(!place.path("q/r").exists());
}

#[test]
fn the_program_writes_says_and_checks_again() {
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  p:\n    source: p.csv\n    columns: {id: {type: integer}}\n  d:\n    source: d.csv\n    columns:\n      id: {type: integer, expect: [unique]}\n      n: {type: integer, expect: [foreign_key: p.id, not_null]}\n";
    let data = "id,n\n1,7\n2,8\n3,\n4\n5,x\n";
    for format in FORMATS {
        let suite = suite.replace("datasets:", &format!("quarantine: {{format: {format}}}\ndatasets:"));
        let place = Place::new(&[("s.yaml", &suite), ("d.csv", data), ("p.csv", "id\n7\n")]);
        let (code, said) = place.program("check s.yaml --quarantine bad --no-reports");
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("1 valid · 4 invalid · 0 excluded →") && said.contains("bad/d/run_id="), "{said}");
        // Nothing was mended: the same rows, and no longer the good one.
        let (code, said) = place.program("check s.yaml --replay bad --no-reports");
        assert!(code == 1 && said.contains("4 rows"), "{said}");
        assert!(said.contains("1 malformed"), "{said}");
        // The parent is: 8 is known now.
        fs::write(place.path("p.csv"), "id\n7\n8\n").unwrap();
        let (code, said) = place.program("check s.yaml --replay bad/d --no-reports --quarantine again");
        assert!(code == 1 && said.contains("1 valid · 3 invalid · 0 excluded →"), "{format}: {said}");
        let (code, said) = place.program("check s.yaml --replay nowhere");
        assert!(code == 2 && said.contains("--replay"), "{said}");
        fs::write(place.path("file"), "").unwrap();
        let (code, said) = place.program("check s.yaml --quarantine file --no-reports");
        assert!(code == 2 && said.contains("is no folder"), "{said}");
    }
}

#[test]
fn what_a_killed_run_left_is_swept_by_a_later_one() {
    let place = Place::new(&[
        ("d.csv", "n\n1\n"),
        ("s.yaml", "tamiz: 1\nsuite: s\ndatasets: {d: {source: d.csv, expect: [row_count: {min: 1}]}}\n"),
    ]);
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    for (name, age) in [("dead", Some(old)), ("live", None)] {
        let folder = place.path(&format!("q/d/.tamiz-run_id={name}"));
        fs::create_dir_all(folder.join("rows")).unwrap();
        fs::write(folder.join(".in-use"), "").unwrap();
        if let Some(age) = age {
            fs::File::open(&folder).unwrap().set_modified(age).unwrap();
        }
    }
    assert_eq!(place.program("check s.yaml --quarantine q --no-reports").0, 0);
    let mut left: Vec<String> = fs::read_dir(place.path("q/d"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    left.sort();
    assert_eq!(left, [".tamiz-run_id=live"]);
}

#[test]
fn as_many_threads_as_there_are_write_the_same_bytes() {
    let mut data = "id,n\n".to_owned();
    (0..27_000).for_each(|id| data += &format!("{id},{}\n", id * 7_919 % 101));
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      n: {type: integer, expect: [between: {max: 90}, increasing: {severity: critical}]}\n";
    for format in FORMATS {
        let suite = suite.replace("datasets:", &format!("quarantine: {{format: {format}}}\ndatasets:"));
        let place = Place::new(&[("s.yaml", &suite), ("d.csv", &data)]);
        let mut written = Vec::new();
        for threads in [1, 4] {
            let (code, said) = place.program(&format!(
                "check s.yaml --threads {threads} --quarantine q{threads} --no-reports --no-samples"
            ));
            assert_eq!(code, 1, "{said}");
            let run = fs::read_dir(place.path(&format!("q{threads}/d"))).unwrap().next().unwrap().unwrap().path();
            let manifest = manifest(&run);
            assert_eq!(manifest["valid"].as_u64().unwrap() + manifest["invalid"].as_u64().unwrap(), 27_000);
            assert!(manifest["rules"][1]["rows"].as_u64().unwrap() > 10_000, "more breaks than are shown");
            let id = manifest["run_id"].as_str().unwrap().to_owned();
            let valid = fs::read(run.join(format!("valid.{format}"))).unwrap();
            let invalid = if format == "parquet" {
                format!("{:?}", of_parquet(&run.join("invalid.parquet")))
            } else {
                fs::read_to_string(run.join(format!("invalid.{format}"))).unwrap()
            };
            written.push((valid, invalid.replace(&id, "")));
        }
        assert!(written[0] == written[1], "{format}");
    }
}

/// Rules on random tables, and which rows break them by plain loops.
const RULES: &str = "      - unique: {column: id, id: u}\n      - between: {column: n, min: 0, max: 5, id: b}\n      - not_null: {column: t, id: t}\n      - in_set: {column: t, values: [a], id: mild, severity: warning}\n      - foreign_key: {column: n, to: p.n, id: f}\n      - increasing: {column: id, id: o}\n";

fn broken(rows: &[[Option<String>; 3]]) -> Vec<Vec<&'static str>> {
    let number = |cell: &Option<String>| cell.as_ref().map(|text| text.parse::<i64>().unwrap());
    let mut last: Option<i64> = None;
    let mut all = Vec::new();
    for row in rows {
        let (id, n) = (number(&row[0]), number(&row[1]));
        let mut own = Vec::new();
        if id.is_some() && rows.iter().filter(|other| number(&other[0]) == id).count() > 1 {
            own.push("u");
        }
        if n.is_some_and(|n| !(0..=5).contains(&n)) {
            own.push("b");
        }
        if row[2].is_none() {
            own.push("t");
        }
        if n.is_some_and(|n| ![1, 2, 3, 7].contains(&n)) {
            own.push("f");
        }
        if let Some(id) = id {
            if last.is_some_and(|last| id < last) {
                own.push("o");
            }
            last = Some(id);
        }
        all.push(own);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_rows_go_where_plain_loops_say(
        table in prop::collection::vec((
            prop::option::weighted(0.9, 0..30_i64),
            prop::option::weighted(0.9, -2..9_i64),
            prop::option::weighted(0.9, prop::sample::select(vec!["a", "b, \"c\"", "línea\ndos", " x "])),
        ), 0..25),
    ) {
        let rows_in: Vec<[Option<String>; 3]> = table
            .iter()
            .map(|(id, n, t)| [id.map(|id| id.to_string()), n.map(|n| n.to_string()), t.map(str::to_owned)])
            .collect();
        let cell = |cell: &Option<String>| cell.clone().map_or(Cell::Null, Cell::Text);
        let column = |name: &str, kind| Column { name: name.to_owned(), kind: Some(kind) };
        let data = Table {
            columns: vec![column("id", Type::Integer), column("n", Type::Integer), column("t", Type::String)],
            rows: rows_in.iter().map(|row| row.iter().map(cell).collect()).collect(),
        };
        let expected = broken(&rows_in);
        for layout in LAYOUTS {
            for format in FORMATS {
                let place = Place::new(&[("p.csv", "n\n1\n2\n3\n7\n")]);
                let files = data.write(place.0.path(), "d", layout, Zone::UTC);
                let sources: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
                let rules = format!(
                    "  p:\n    source: p.csv\n    columns: {{n: {{type: integer}}}}\n  d:\n    source: [{}]\n    may_be_empty: true\n    quarantine: {{format: {format}}}\n    columns:\n      id: {{type: integer}}\n      n: {{type: integer}}\n      t: {{type: string}}\n    expect:\n{RULES}",
                    sources.join(", ")
                );
                let report = place.run(&rules);
                let told = quarantine(&report, "d");
                let invalid: Vec<usize> = (0..rows_in.len()).filter(|row| !expected[*row].is_empty()).collect();
                let count = (rows_in.len() - invalid.len()) as u64;
                prop_assert_eq!(counts(told), (count, invalid.len() as u64, 0), "{:?} {}", layout, format);
                let good: Vec<Vec<Option<String>>> =
                    rows_in.iter().zip(&expected).filter(|(_, rules)| rules.is_empty()).map(|(row, _)| row.to_vec()).collect();
                let valid: Vec<_> = place.rows("d", "valid", format).into_iter().map(|row| row.cells).collect();
                prop_assert_eq!(valid, good, "{:?} {}", layout, format);
                let found = place.rows("d", "invalid", format);
                for (row, place) in found.iter().zip(&invalid) {
                    let mut rules: Vec<&str> = row.rules.iter().map(String::as_str).collect();
                    rules.sort_by_key(|rule| ["u", "b", "t", "f", "o"].iter().position(|known| known == rule));
                    prop_assert_eq!(&rules, &expected[*place], "{:?} {}", layout, format);
                    let (_, start) = files.iter().rev().find(|(_, start)| start <= place).unwrap();
                    prop_assert_eq!(row.said["row"].clone(), (place - start).to_string());
                    let cells: Vec<Option<String>> = row.cells.iter().cloned().map(|cell| cell.map(unquoted)).collect();
                    prop_assert_eq!(&cells[..], &rows_in[*place][..], "{:?} {}", layout, format);
                }
                prop_assert_eq!(found.len(), invalid.len());
            }
        }
    }
}

/// JSON that Parquet holds as it was spelled is no longer than a string here.
fn unquoted(text: String) -> String {
    serde_json::from_str::<String>(&text).unwrap_or(text)
}
