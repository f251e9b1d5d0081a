//! The conformance cases of Great Expectations: each becomes a suite of its tool, is imported, and checked.
//!
//! The cases are no part of this project. They lie in the folder that `TAMIZ_GX_CASES` names, else beside the project, and
//! are read there; where there are none, the test says that it did not run. A table says for each expectation how many cases
//! agree with what Great Expectations itself answered.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, NullArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Value as Json, json};
use tamiz::diagnostic::SourceText;
use tamiz::engine::remote::Settings;
use tamiz::engine::sql::Link;
use tamiz::import::{self, Tool};
use tamiz::init;
use tamiz::ir::Type;
use tamiz::ir::time::Zone;
use tamiz::outcome::{Outcome, Report, Status};

use crate::check::{Way, check_at, check_by};
use crate::postgres::{self, Postgres};
use crate::spark;
use crate::table::{Cell, Column, Table};

/// Cases in which Great Expectations is wrong, by id, each with the reason. At most five.
const KNOWN: &[(&str, &str)] = &[];

/// The moment of the runs, 2026-06-30: `now()` in the cases only asks to lie after all of their data.
const NOW: i64 = 1_782_777_600_000_000;

/// How a table is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Parquet,
    Csv,
}

/// Cases that ran, and those that agree.
#[derive(Default)]
struct Tally {
    cases: usize,
    agree: usize,
    as_csv: usize,
    known: usize,
}

#[test]
#[expect(clippy::print_stdout, reason = "whoever runs it sees what agrees, or that it did not run")]
fn every_case_of_great_expectations_agrees() {
    let Some(folder) = folder() else {
        println!("no conformance cases found: set TAMIZ_GX_CASES to their folder; this test did not run");
        return;
    };
    let mut files = Vec::new();
    list(&folder, &mut files);
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut differences = Vec::new();
    for path in &files {
        let file: Json = serde_json::from_str(&strict(&fs::read_to_string(path).unwrap())).unwrap();
        let expectation = file["expectation_type"].as_str().unwrap();
        let tally = tallies.entry(expectation.to_owned()).or_default();
        for set in file["datasets"].as_array().unwrap() {
            for case in set["cases"].as_array().unwrap() {
                let id = case["id"].as_str().unwrap_or_default();
                tally.cases += 1;
                if KNOWN.iter().any(|(known, _)| *known == id) {
                    tally.known += 1;
                    continue;
                }
                let mut wrong = run(expectation, set, case, Kind::Parquet).unwrap();
                if wrong.is_none()
                    && let Some(csv) = run(expectation, set, case, Kind::Csv)
                {
                    tally.as_csv += 1;
                    wrong = csv.map(|wrong| format!("as CSV: {wrong}"));
                }
                match wrong {
                    None => tally.agree += 1,
                    Some(wrong) => differences.push(format!("{expectation} {id}\n    {}: {wrong}", case["kwargs"])),
                }
            }
        }
    }
    println!("{}", table(&tallies));
    assert!(KNOWN.len() <= 5, "at most five cases may differ");
    assert!(differences.is_empty(), "{} cases differ:\n{}", differences.len(), differences.join("\n"));
}

fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/gx");
    let folder = std::env::var_os("TAMIZ_GX_CASES").map_or_else(beside, PathBuf::from);
    let folder = if folder.join("cases").is_dir() { folder.join("cases") } else { folder };
    folder.is_dir().then_some(folder)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

/// A column by its name.
type Stored = (String, Cells);

/// Makes a table of a name, stored as Parquet too, and tells what the suite then has for a source; none if the engine cannot hold it.
type Make<'a> = dyn Fn(&str, &Path, &[Stored]) -> Option<String> + 'a;

/// An engine that holds tables: how it is reached, and what makes them.
struct There<'a> {
    link: Link,
    make: &'a Make<'a>,
}

/// Runs all cases over the tables of an engine, in which what it cannot say is left to us: as many must agree as on files.
fn agree_over(there: &There<'_>) {
    let Some(folder) = folder() else { return };
    let mut files = Vec::new();
    list(&folder, &mut files);
    let (mut asked, mut differences) = (0, Vec::new());
    for path in &files {
        let file: Json = serde_json::from_str(&strict(&fs::read_to_string(path).unwrap())).unwrap();
        let expectation = file["expectation_type"].as_str().unwrap();
        for set in file["datasets"].as_array().unwrap() {
            for case in set["cases"].as_array().unwrap() {
                let folder = tempfile::Builder::new().prefix("tamiz").tempdir().unwrap();
                let mut sources = Vec::new();
                let mut tables = Vec::new();
                for (name, data) in tables_of(set) {
                    let columns = columns(data.as_object().unwrap(), &set["schemas"]["pandas"]);
                    let stored = folder.path().join(format!("{name}.parquet"));
                    parquet(&stored, &columns);
                    if let Some(table) = (there.make)(&name, &stored, &columns) {
                        tables.push((name.clone(), table));
                    }
                    sources.push((name, stored.to_string_lossy().into_owned()));
                }
                if tables.len() < sources.len() {
                    continue;
                }
                let imported = imported(expectation, case, &sources);
                let mut text = imported.clone();
                for (name, path) in &sources {
                    let (_, source) = tables.iter().find(|(table, _)| table == name).unwrap();
                    let line = imported
                        .lines()
                        .find(|line| line.trim_start().starts_with("source:") && line.contains(path.as_str()));
                    let source = format!("    source: {{connection: db, {source}, fallback: local}}");
                    text = line.map_or_else(|| text.clone(), |line| text.replace(line, &source));
                }
                let links = [("db".to_owned(), there.link.clone())].into();
                let way = Way { now: NOW, remote: Settings { links, ..Settings::default() }, ..Way::default() };
                let report = check_by(way, &folder.path().join("case.yaml"), &text, &|_| true);
                let has_no_order = report.as_ref().is_ok_and(|report| {
                    let faults = report.results.iter().filter_map(|outcome| outcome.error.as_ref());
                    faults.into_iter().any(|fault| fault.message.contains("no order of their own"))
                });
                if has_no_order {
                    continue;
                }
                asked += 1;
                if let Some(wrong) = compare(&case["reference"], &case["tolerance"], &report) {
                    differences.push(format!("{expectation} {}\n    {}: {wrong}\n{text}", case["id"], case["kwargs"]));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{} of {asked} cases differ:\n{}", differences.len(), differences.join("\n"));
    assert!(asked > 300, "only {asked} cases were asked");
}

#[test]
fn every_case_of_great_expectations_agrees_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gx.db");
    let number = std::cell::Cell::new(0);
    let make = |name: &str, _: &Path, columns: &[(String, Cells)]| {
        number.set(number.get() + 1);
        let table = format!("{name}{}", number.get());
        let own = of_cells(columns);
        own.sqlite(&table, &own.rows, &path, Zone::UTC);
        Some(format!("table: {table}"))
    };
    agree_over(&There { link: Link::to(format!("sqlite:{}", path.display())), make: &make });
}

#[test]
fn every_case_of_great_expectations_agrees_in_postgresql() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    let number = std::cell::Cell::new(0);
    let make = |name: &str, _: &Path, columns: &[(String, Cells)]| {
        number.set(number.get() + 1);
        let table = format!("{name}{}", number.get());
        server.sql(&of_cells(columns).sql("public", &table, Zone::UTC).unwrap());
        Some(format!("table: {table}"))
    };
    let url = format!("postgres://tamiz@127.0.0.1:{}/postgres", server.port);
    agree_over(&There { link: Link::to(url), make: &make });
}

#[cfg(feature = "mariadb")]
#[test]
fn every_case_of_great_expectations_agrees_in_mariadb() {
    use crate::mariadb::{self, MariaDb};
    if !mariadb::is_there() {
        return;
    }
    let server = MariaDb::start();
    let number = std::cell::Cell::new(0);
    let make = |name: &str, _: &Path, columns: &[(String, Cells)]| {
        number.set(number.get() + 1);
        let table = format!("{name}{}", number.get());
        // It holds nothing that is no number, or infinite.
        server.sql(&of_cells(columns).sql_of_mariadb("db", &table, Zone::UTC)?);
        Some(format!("table: {table}"))
    };
    agree_over(&There { link: server.link(), make: &make });
}

#[cfg(feature = "adbc")]
#[test]
fn every_case_of_great_expectations_agrees_in_duckdb() {
    if !crate::duckdb::is_there() {
        return;
    }
    let make = |_: &str, path: &Path, _: &[(String, Cells)]| {
        Some(query(&format!("SELECT * FROM read_parquet('{}')", path.display())))
    };
    agree_over(&There { link: crate::duckdb::to("adbc:duckdb?threads=1"), make: &make });
}

#[test]
fn every_case_of_great_expectations_agrees_in_sail() {
    if !spark::is_there() {
        return;
    }
    let make = |_: &str, path: &Path, _: &[(String, Cells)]| {
        Some(query(&format!("SELECT * FROM parquet.`{}`", path.display())))
    };
    agree_over(&There { link: Link::to(spark::sail()), make: &make });
}

fn query(sql: &str) -> String {
    format!("query: {}", json!(sql))
}

/// The cells as a table of texts.
fn of_cells(columns: &[(String, Cells)]) -> Table {
    let kind = |cells: &Cells| match cells {
        Cells::Integers(_) => Type::Integer,
        Cells::Floats(_) => Type::Float,
        Cells::Booleans(_) => Type::Boolean,
        Cells::Texts(_) | Cells::Nothing(_) => Type::String,
        Cells::Moments(_) => Type::Timestamp,
    };
    let rows = columns.first().map_or(0, |(_, cells)| cells.len());
    let cell = |cells: &Cells, row: usize| match cells {
        Cells::Texts(texts) => texts[row].clone().map_or(Cell::Null, Cell::Text),
        cells => Some(cells.text(row)).filter(|text| !text.is_empty()).map_or(Cell::Null, Cell::Text),
    };
    Table {
        columns: columns.iter().map(|(name, cells)| Column { name: name.clone(), kind: Some(kind(cells)) }).collect(),
        rows: (0..rows).map(|row| columns.iter().map(|(_, cells)| cell(cells, row)).collect()).collect(),
    }
}

/// The tables of a set of cases, by name.
fn tables_of(set: &Json) -> Vec<(String, &Json)> {
    match &set["data"] {
        Json::Array(tables) => {
            tables.iter().map(|table| (table["dataset_name"].as_str().unwrap().to_owned(), &table["data"])).collect()
        }
        table => vec![("data".to_owned(), table)],
    }
}

/// The suite that a case becomes.
fn imported(expectation: &str, case: &Json, sources: &[(String, String)]) -> String {
    let suite = json!({
        "name": "case",
        "expectations": [{"type": expectation, "kwargs": case["kwargs"], "meta": {}}],
        "meta": {"great_expectations_version": "1.2.0"}
    });
    // As Python writes it.
    let text = suite.to_string().replace("\"-Infinity\"", "-Infinity").replace("\"Infinity\"", "Infinity");
    let columns = |dataset: &str| {
        let (_, path) = sources.iter().find(|(name, _)| name == dataset)?;
        init::columns(Path::new(path)).ok()
    };
    let request = import::Request {
        tool: Tool::Gx,
        source: Arc::new(SourceText { path: "case.json".into(), text }),
        name: None,
        sources,
        columns: &columns,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    import::import(&request).unwrap().text
}

/// The cases hold numbers that JSON does not have: they become the words that Python's JSON has for them, in quotes.
fn strict(text: &str) -> String {
    text.replace("-Infinity", "\"-Infinity\"").replace(" Infinity", " \"Infinity\"").replace("NaN", "null")
}

fn table(tallies: &BTreeMap<String, Tally>) -> String {
    let mut table = format!("{:<62} {:>5} {:>5} {:>6} {:>6}\n", "expectation", "cases", "agree", "differ", "as csv");
    let mut all = Tally::default();
    for (name, tally) in tallies {
        let differ = tally.cases - tally.agree - tally.known;
        let _ = writeln!(table, "{name:<62} {:>5} {:>5} {differ:>6} {:>6}", tally.cases, tally.agree, tally.as_csv);
        all.cases += tally.cases;
        all.agree += tally.agree;
        all.as_csv += tally.as_csv;
        all.known += tally.known;
    }
    let differ = all.cases - all.agree - all.known;
    let _ = write!(table, "{:<62} {:>5} {:>5} {differ:>6} {:>6}", "all", all.cases, all.agree, all.as_csv);
    table
}

/// Runs a case; none if it cannot be asked of such a file, else what differs, if anything does.
fn run(expectation: &str, set: &Json, case: &Json, kind: Kind) -> Option<Option<String>> {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for (name, data) in tables_of(set) {
        let columns = columns(data.as_object().unwrap(), &set["schemas"]["pandas"]);
        let stored = folder.path().join(format!("{name}.parquet"));
        parquet(&stored, &columns);
        let mut path = stored.clone();
        if kind == Kind::Csv {
            path = folder.path().join(format!("{name}.csv"));
            fs::write(&path, csv(&columns)).unwrap();
            // Only where text reads as the types that were meant.
            let types = |path: &Path| init::columns(path).ok();
            if columns.iter().all(|(_, cells)| cells.len() == 0) || types(&path)? != types(&stored)? {
                return None;
            }
        }
        sources.push((name, path.to_string_lossy().into_owned()));
    }
    let text = imported(expectation, case, &sources);
    let report = check_at(NOW, None, &folder.path().join("case.yaml"), &text, &|_| true);
    Some(compare(&case["reference"], &case["tolerance"], &report).map(|wrong| format!("{wrong}\n{text}")))
}

/// A column as it is stored.
enum Cells {
    Integers(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Booleans(Vec<Option<bool>>),
    Texts(Vec<Option<String>>),
    Moments(Vec<Option<i64>>),
    Nothing(usize),
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Integers(cells) | Self::Moments(cells) => cells.len(),
            Self::Floats(cells) => cells.len(),
            Self::Booleans(cells) => cells.len(),
            Self::Texts(cells) => cells.len(),
            Self::Nothing(rows) => *rows,
        }
    }

    fn array(&self) -> ArrayRef {
        match self {
            Self::Integers(cells) => Arc::new(Int64Array::from(cells.clone())),
            Self::Floats(cells) => Arc::new(Float64Array::from(cells.clone())),
            Self::Booleans(cells) => Arc::new(BooleanArray::from(cells.clone())),
            Self::Texts(cells) => Arc::new(StringArray::from(cells.clone())),
            Self::Moments(cells) => Arc::new(TimestampMicrosecondArray::from(cells.clone())),
            Self::Nothing(rows) => Arc::new(NullArray::new(*rows)),
        }
    }

    fn text(&self, row: usize) -> String {
        match self {
            Self::Integers(cells) => cells[row].map(|cell| cell.to_string()),
            Self::Floats(cells) => cells[row].map(|cell| format!("{cell:?}")),
            Self::Booleans(cells) => cells[row].map(|cell| cell.to_string()),
            Self::Texts(cells) => cells[row].as_ref().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))),
            Self::Moments(cells) => cells[row].map(tamiz::ir::time::format_timestamp),
            Self::Nothing(_) => None,
        }
        .unwrap_or_default()
    }
}

/// The columns of a table by the types that are declared, else by those of their values.
fn columns(data: &Map<String, Json>, declared: &Json) -> Vec<(String, Cells)> {
    data.iter()
        .map(|(name, values)| {
            let values = values.as_array().unwrap();
            let kind = declared[name].as_str();
            (name.clone(), cells(values, kind))
        })
        .collect()
}

fn cells(values: &[Json], declared: Option<&str>) -> Cells {
    let there = || values.iter().filter(|value| !value.is_null());
    let integer = |value: &Json| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let float = |value: &Json| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let moments = || values.iter().map(|value| value.as_str().map(moment)).collect();
    match declared {
        Some("datetime64[ns]" | "datetime64" | "datetime" | "timestamp") => Cells::Moments(moments()),
        Some("int" | "int64" | "Int64Dtype") if there().all(|value| integer(value).is_some()) => {
            Cells::Integers(values.iter().map(integer).collect())
        }
        Some("float" | "float64") if there().all(|value| float(value).is_some()) => {
            Cells::Floats(values.iter().map(float).collect())
        }
        Some("bool") => Cells::Booleans(values.iter().map(Json::as_bool).collect()),
        Some("str" | "object") => texts(values),
        _ if there().next().is_none() => Cells::Nothing(values.len()),
        _ if there().all(Json::is_i64) => Cells::Integers(values.iter().map(Json::as_i64).collect()),
        _ if there().all(Json::is_number) => Cells::Floats(values.iter().map(Json::as_f64).collect()),
        _ if there().all(Json::is_boolean) => Cells::Booleans(values.iter().map(Json::as_bool).collect()),
        _ => texts(values),
    }
}

/// Values of any kind as text.
fn texts(values: &[Json]) -> Cells {
    let text = |value: &Json| match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    Cells::Texts(values.iter().map(text).collect())
}

/// A moment as the cases write it.
fn moment(text: &str) -> i64 {
    use chrono::NaiveDateTime;
    let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%b %d %Y %H:%M:%S"];
    let read = forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    read.unwrap_or_else(|| panic!("no moment: {text}")).and_utc().timestamp_micros()
}

fn parquet(path: &Path, columns: &[(String, Cells)]) {
    let arrays: Vec<ArrayRef> = columns.iter().map(|(_, cells)| cells.array()).collect();
    let fields =
        columns.iter().zip(&arrays).map(|((name, _), array)| Field::new(name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn csv(columns: &[(String, Cells)]) -> String {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let rows = columns.first().map_or(0, |(_, cells)| cells.len());
    let mut text = names.join(",") + "\n";
    for row in 0..rows {
        let line: Vec<String> = columns.iter().map(|(_, cells)| cells.text(row)).collect();
        text += &(line.join(",") + "\n");
    }
    text
}

/// What differs from the reference.
fn compare(reference: &Json, tolerance: &Json, report: &Result<Report, String>) -> Option<String> {
    let verdict = match report {
        Err(_) => json!("error"),
        Ok(report) if report.results.iter().any(|outcome| outcome.status == Status::Error) => json!("error"),
        Ok(report) if report.results.iter().any(|outcome| outcome.status == Status::Failed) => json!(false),
        Ok(report) if report.results.iter().any(|outcome| outcome.status == Status::Passed) => json!(true),
        Ok(_) => json!("nothing"),
    };
    let said = || match report {
        Err(said) => said.clone(),
        Ok(report) => {
            let said = report.results.iter().map(|outcome| format!("{}: {}", outcome.id, outcome.message.en));
            said.collect::<Vec<_>>().join("; ")
        }
    };
    if verdict != reference["verdict"] {
        return Some(format!("verdict {verdict}, and {} there ({})", reference["verdict"], said()));
    }
    let Ok(report) = report else { return None };
    if verdict == json!("error") {
        return None;
    }
    let outcomes: Vec<&Outcome> = report.results.iter().collect();
    counts(reference, &outcomes)
        .or_else(|| unexpected(&reference["unexpected_list"], &outcomes))
        .or_else(|| observed(&reference["observed_value"], tolerance.as_f64(), &outcomes))
}

fn counts(reference: &Json, outcomes: &[&Outcome]) -> Option<String> {
    let [outcome] = outcomes else { return None };
    let evaluated = outcome.evaluated.unwrap_or(0) + outcome.unparsed.unwrap_or(0);
    let found = [
        ("element_count", evaluated + outcome.missing.unwrap_or(0)),
        ("missing_count", outcome.missing.unwrap_or(0)),
        ("unexpected_count", outcome.violations.unwrap_or(0)),
    ];
    let wrong = found.into_iter().find(|(key, found)| reference[key].as_u64().is_some_and(|wanted| wanted != *found));
    wrong.map(|(key, found)| format!("{key} {found}, and {} there", reference[key]))
}

fn unexpected(wanted: &Json, outcomes: &[&Outcome]) -> Option<String> {
    let (Json::Array(wanted), [outcome]) = (wanted, outcomes) else { return None };
    let found = outcome.samples.iter().map(|sample| {
        let values = serde_json::to_value(sample).unwrap()["values"].clone();
        canonical(&values)
    });
    let named = |values: &[Json]| {
        let columns = outcome.columns.iter().cloned().zip(values.iter().cloned());
        canonical(&Json::Object(columns.collect()))
    };
    let wanted = wanted.iter().map(|value| match value {
        // Several columns by name, two in their order, or one.
        Json::Object(_) => canonical(value),
        Json::Array(pair) => named(pair),
        value => named(std::slice::from_ref(value)),
    });
    let (mut found, mut wanted): (Vec<String>, Vec<String>) = (found.collect(), wanted.collect());
    found.sort();
    wanted.sort();
    (found != wanted).then(|| format!("unexpected {found:?}, and {wanted:?} there"))
}

/// A value in one spelling: numbers by value, moments without zone and zeros.
fn canonical(value: &Json) -> String {
    match value {
        Json::Number(number) => format!("{:?}", number.as_f64().unwrap()),
        Json::String(text) => {
            let plain = text.replace('T', " ");
            let plain = plain.trim_end_matches('Z');
            text.parse::<f64>().map_or_else(|_| plain.to_owned(), |number| format!("{number:?}"))
        }
        Json::Object(entries) => {
            let mut parts: Vec<String> =
                entries.iter().map(|(name, value)| format!("{name}={}", canonical(value))).collect();
            parts.sort();
            parts.join(" ")
        }
        Json::Array(items) => items.iter().map(canonical).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn observed(wanted: &Json, tolerance: Option<f64>, outcomes: &[&Outcome]) -> Option<String> {
    let found: Vec<Json> = outcomes.iter().map(|outcome| outcome.observed.clone().unwrap_or(Json::Null)).collect();
    let close = |found: &Json, wanted: &Json| {
        let number = |value: &Json| value.as_f64().or_else(|| value.as_str()?.parse().ok());
        match (number(found), number(wanted)) {
            (Some(found), Some(wanted)) => {
                let (relative, absolute) = tolerance.map_or((1e-7, 5e-2), |tolerance| (tolerance, 0.0));
                (found - wanted).abs() <= absolute + relative * wanted.abs() + 1e-12
            }
            _ => canonical(found) == canonical(wanted),
        }
    };
    let same = match wanted {
        Json::Null => true,
        Json::Object(parts) if parts.contains_key("values") => {
            let wanted = parts["values"].as_array().unwrap();
            wanted.len() == found.len() && found.iter().zip(wanted).all(|(found, wanted)| close(found, wanted))
        }
        Json::Object(parts) if parts.contains_key("other") => {
            let rows =
                outcomes[0].details.as_ref().and_then(|details| details["rows"].as_object()?.values().next().cloned());
            found[0] == parts["self"] && rows.as_ref() == Some(&parts["other"])
        }
        Json::String(text) if text.ends_with("unexpected row") || text.ends_with("unexpected rows") => {
            text.split(' ').next().and_then(|count| count.parse().ok()) == outcomes[0].violations
        }
        // The name of a type is that of an engine.
        Json::String(_) if outcomes[0].expectation == "type" => true,
        Json::Array(wanted) => found[0].as_array().is_some_and(|found| {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(found, wanted)| close(found, wanted))
        }),
        wanted => close(&found[0], wanted),
    };
    (!same).then(|| format!("observed {}, and {wanted} there", Json::from(found)))
}

/// Types that text reads as are those of the stored columns: what the second pass goes by.
#[test]
fn a_column_without_a_value_has_no_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    parquet(&path, &[("n".to_owned(), Cells::Nothing(2)), ("i".to_owned(), Cells::Integers(vec![Some(1), None]))]);
    let found = init::columns(&path).unwrap_or_else(|_| panic!("the file is read"));
    assert_eq!(found, [("n".to_owned(), None), ("i".to_owned(), Some(Type::Integer))]);
}
