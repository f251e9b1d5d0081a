//! The five examples and the gate of TPC-H, each on the same rows in every engine: the verdicts and counts of a file.
//!
//! The rows of an example are read as its suite says, and what does not read is left out, for most engines hold no such
//! cell. Then the unchanged suite is run over tables with those rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value as Json;
use tamiz::dataset::{Dataset, Location};
use tamiz::engine::remote::Settings;
use tamiz::engine::sql::Link;
use tamiz::ir::time::Zone;
use tamiz::ir::{Reading, Type};
use tamiz::outcome::{Outcome, Report, Status};
use tamiz::suite;

use crate::check::{Way, check_by};
use crate::examples::root;
use crate::postgres::{self, Postgres};
use crate::spark;
use crate::table::{Cell, Column, Layout, Table};

/// A suite with the rows of its datasets.
struct System {
    name: &'static str,
    path: PathBuf,
    text: String,
    vars: Vec<(String, String)>,
    tables: Vec<(String, Table)>,
    /// The same where dates are text, which is as the suite says that they are written.
    spelled: Vec<(String, Table)>,
    /// What its suite comes to on files.
    on_files: Report,
}

/// Rules that are about files or the order of their rows, which a table has not.
const OF_FILES: [&str; 3] = ["has no files", "no order of their own", "not told apart one by one"];

static SYSTEMS: LazyLock<Vec<System>> = LazyLock::new(|| {
    let root = root();
    let usuarios = crate::usuarios::loaded();
    let salida = vec![("salida".to_owned(), usuarios.path().to_string_lossy().into_owned())];
    let faulty = vec![("data".to_owned(), root.join("examples/prints/data/faulty").to_string_lossy().into_owned())];
    let mut systems = vec![
        System::new("ventas", root.join("rules/ventas.yaml"), Vec::new(), None),
        System::new("prints", root.join("examples/prints/prints.yaml"), faulty, None),
        System::new("catalogo", root.join("examples/catalogo/catalogo.yaml"), Vec::new(), None),
        System::new("usuarios", root.join("examples/usuarios/salida.yaml"), salida, None),
        System::new(
            "tienda",
            root.join("examples/tienda/tienda.yaml"),
            Vec::new(),
            Some(&root.join("examples/tienda/data")),
        ),
    ];
    systems.extend(gate());
    systems
});

/// The gate of TPC-H with faults, where its tables can be made.
fn gate() -> Option<System> {
    let tools = spark::tools()?.join("tpch");
    let folder = tempfile::tempdir().unwrap().keep();
    let ran = Command::new("python3")
        .arg("-B")
        .arg(root().join("tests/engines/tpch.py"))
        .args([&tools, &folder])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let system = System::new("gate", folder.join("suite.yaml"), Vec::new(), None);
    std::fs::remove_dir_all(folder).unwrap();
    Some(system)
}

impl System {
    /// Reads a suite and the rows of its files, or of those of a folder that are called as its datasets.
    fn new(name: &'static str, path: PathBuf, vars: Vec<(String, String)>, folder: Option<&Path>) -> Self {
        let text = std::fs::read_to_string(&path).unwrap();
        let read = |path: &Path| std::fs::read_to_string(path);
        let request = suite::Request {
            path: &path,
            text: text.clone(),
            vars: &vars,
            sources: &[],
            env: &|_| None,
            as_of: None,
            now: 0,
            read: &read,
        };
        let suite = suite::read(request).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        let zone = suite.timezone;
        let tables = suite.datasets.iter().filter(|dataset| dataset.from.is_none()).map(|dataset| {
            let path = match (folder, &dataset.data.source.places[..]) {
                (Some(folder), _) => folder.join(format!("{}.csv", dataset.data.name)),
                (None, [Location::File(path)]) => path.clone(),
                (None, places) => panic!("{name}: {places:?}"),
            };
            // One that another tool makes is not there everywhere.
            path.exists().then(|| (dataset.data.name.clone(), rows(&dataset.data, &path)))
        });
        let tables: Vec<(String, Table)> = tables.flatten().collect();
        let spelled = suite.datasets.iter().filter_map(|dataset| {
            let (name, table) = tables.iter().find(|(name, _)| *name == dataset.data.name)?;
            Some((name.clone(), spelled(&dataset.data, table)))
        });
        let spelled = spelled.collect();
        let lake = tempfile::tempdir().unwrap();
        let sources: Vec<(String, String)> = tables
            .iter()
            .map(|(name, table)| (name.clone(), parquet(table, lake.path(), name, zone).to_string_lossy().into_owned()))
            .collect();
        // What a suite says of the text of its files does not hold for Parquet.
        let plain: String =
            text.lines().filter(|line| !line.starts_with("    format:")).fold(String::new(), |all, line| {
                let line = if line.trim_start().starts_with("source: {connection:") {
                    "    source: nothing.csv"
                } else {
                    line
                };
                all + line + "\n"
            });
        let way = Way { vars: &vars, sources: &sources, ..Way::default() };
        let on_files = check_by(way, &path, &plain, &|_| true).unwrap_or_else(|said| panic!("{name}: {said}"));
        Self { name, path, text, vars, tables, spelled, on_files }
    }

    /// Holds what the suite comes to on tables to what it comes to on files: how many rules were compared, and how many of
    /// them the engine worked out itself.
    fn compare(&self, link: &Link, source: &dyn Fn(&str) -> Source) -> (usize, usize) {
        let mut text = self.text.clone();
        let mut sources = Vec::new();
        for (name, _) in &self.tables {
            match source(name) {
                Source::Table(table) => {
                    sources.push((name.clone(), format!("connection://db/{table}?fallback=local")));
                }
                Source::Query(sql) => text = with_query(&text, name, &sql),
            }
        }
        let links = [("db".to_owned(), link.clone())].into();
        let remote = Settings { links, ..Settings::default() };
        let way = Way { vars: &self.vars, sources: &sources, remote, ..Way::default() };
        let report = check_by(way, &self.path, &text, &|_| true).unwrap_or_else(|said| panic!("{}: {said}", self.name));
        let (mut compared, mut there, mut wrong) = (0, 0, Vec::new());
        for one in &self.on_files.results {
            let other = report.results.iter().find(|other| other.id == one.id);
            let Some(other) = other else {
                wrong.push(format!("{}: no outcome", one.id));
                continue;
            };
            let of_files = |outcome: &Outcome| {
                outcome.error.as_ref().is_some_and(|fault| OF_FILES.iter().any(|words| fault.message.contains(words)))
            };
            if of_files(other) {
                continue;
            }
            compared += 1;
            // What the columns of a table are is known before it is asked.
            let is_known = ["type", "columns", "well_formed", "readable_rows"].contains(&one.expectation.as_str());
            there += usize::from(is_known || other.engine.as_deref() != Some("local"));
            if numbers(one) != numbers(other) {
                let fault = other.error.as_ref().map(|fault| fault.message.clone()).unwrap_or_default();
                let sql = other.statement.as_ref().map(|statement| statement.sql.clone()).unwrap_or_default();
                wrong.push(format!("{}: {:?}, not {:?} {fault}\n{sql}", one.id, numbers(other), numbers(one)));
            }
        }
        assert!(wrong.is_empty(), "{}: {} of {compared}:\n{}", self.name, wrong.len(), wrong.join("\n"));
        (compared, there)
    }
}

/// What a dataset is in an engine.
enum Source {
    Table(String),
    Query(String),
}

/// A suite in which a dataset is a query.
fn with_query(text: &str, name: &str, sql: &str) -> String {
    let (mut of_it, mut all) = (false, String::new());
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if indent == 2 && !line.trim_start().starts_with('#') {
            of_it = line.trim() == format!("{name}:");
        }
        if of_it && indent == 4 && line.trim_start().starts_with("source:") {
            let _ = writeln!(all, "    source: {{connection: db, query: {}, fallback: local}}", serde_json::json!(sql));
        } else if !(of_it && indent == 4 && line.trim_start().starts_with("format:")) {
            all += line;
            all += "\n";
        }
    }
    assert_ne!(all, text, "{name}");
    all
}

/// What engines agree on: the status and the counts; numbers by their value, floats nearly.
fn numbers(outcome: &Outcome) -> BTreeMap<&'static str, String> {
    let count = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
    let observed = match &outcome.observed {
        Some(Json::Number(number)) => float(&number.to_string()),
        Some(Json::String(text)) if text.parse::<f64>().is_ok() => float(text),
        other => other.as_ref().map(Json::to_string).unwrap_or_default(),
    };
    [
        ("status", format!("{:?}", outcome.status)),
        ("error", outcome.error.as_ref().map(|fault| fault.code.clone()).unwrap_or_default()),
        ("level", format!("{:?}", outcome.level)),
        ("evaluated", count(outcome.evaluated)),
        ("missing", count(outcome.missing)),
        ("unparsed", count(outcome.unparsed)),
        ("violations", count(outcome.violations)),
        ("groups", count(outcome.groups_failed)),
        ("observed", observed),
    ]
    .into()
}

fn float(text: &str) -> String {
    format!("{:.9e}", text.parse::<f64>().unwrap())
}

/// The rows of a file as the columns of its dataset read.
fn rows(dataset: &Dataset, path: &Path) -> Table {
    let (names, rows) = match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => of_csv(dataset, path),
        Some("parquet") => of_parquet(path),
        _ => of_json(dataset, path),
    };
    let declared = |name: &String| dataset.column(name).and_then(|column| column.reading.clone());
    let readings: Vec<Reading> =
        names.iter().map(|name| declared(name).unwrap_or_else(|| Reading::plain(Type::String))).collect();
    let cell = |text: Option<String>, reading: &Reading| {
        let text = text.filter(|text| !reading.is_missing(text))?;
        if is_text(reading.kind) { Some(text) } else { Some(reading.read_cell(&text)?.to_string()) }
    };
    let rows = rows.into_iter().map(|row| {
        let cells = row.into_iter().zip(&readings);
        cells.map(|(text, reading)| cell(text, reading).map_or(Cell::Null, Cell::Text)).collect()
    });
    let rows = rows.collect();
    let columns = names.into_iter().zip(&readings).map(|(name, reading)| Column {
        name,
        kind: Some(if is_text(reading.kind) { Type::String } else { reading.kind }),
    });
    Table { columns: columns.collect(), rows }
}

/// Whether the values of a type are held as text by every engine: objects and lists too, which have no type in most.
fn is_text(kind: Type) -> bool {
    kind.is_text() || matches!(kind, Type::Object | Type::List)
}

/// The rows of a table, with dates written as its columns are.
fn spelled(dataset: &Dataset, table: &Table) -> Table {
    let mut table = table.clone();
    for (place, column) in table.columns.iter().enumerate().filter(|(_, column)| column.kind == Some(Type::Date)) {
        let reading = dataset.column(&column.name).and_then(|column| column.reading.as_ref());
        let Some(pattern) = reading.and_then(|reading| reading.parse.first()) else { continue };
        for row in &mut table.rows {
            let Cell::Text(text) = &row[place] else { continue };
            let day = Reading::plain(Type::Date).read_date(text).unwrap();
            row[place] = Cell::Text(pattern.write_date(day).unwrap());
        }
    }
    table
}

type Read = (Vec<String>, Vec<Vec<Option<String>>>);

fn of_csv(dataset: &Dataset, path: &Path) -> Read {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text =
        String::from_utf8(bytes.clone()).unwrap_or_else(|_| encoding_rs::WINDOWS_1252.decode(&bytes).0.into_owned());
    let delimiter = dataset.format.delimiter.map_or(',', char::from);
    let nulls = dataset.null_values.clone().unwrap_or_else(|| vec![String::new()]);
    let (mut records, mut record, mut field, mut quoted, mut was_quoted) =
        (Vec::new(), Vec::new(), String::new(), false, false);
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            letter if !quoted && (letter == delimiter || letter == '\n') => {
                let text = std::mem::take(&mut field);
                let text = if letter == '\n' { text.trim_end_matches('\r').to_owned() } else { text };
                record.push(if !was_quoted && nulls.contains(&text) { None } else { Some(text) });
                was_quoted = false;
                if letter == '\n' {
                    records.push(std::mem::take(&mut record));
                }
            }
            letter => field.push(letter),
        }
    }
    let mut records = records.into_iter();
    let names: Vec<String> = records.next().unwrap().into_iter().map(Option::unwrap).collect();
    let whole = records.filter(|record| record.len() == names.len()).collect();
    (names, whole)
}

fn of_json(dataset: &Dataset, path: &Path) -> Read {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let records: Vec<Json> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let records: Vec<&Json> = records.iter().filter(|record| record.is_object()).collect();
    let declared = dataset.columns.iter().filter(|column| column.sql.is_none()).map(|column| column.name.clone());
    let mut names: Vec<String> = declared.collect();
    let known: BTreeSet<String> = names.iter().cloned().collect();
    let others = records.iter().filter_map(|record| record.as_object()).flat_map(|record| record.iter());
    let others: BTreeSet<String> =
        others.filter(|(_, value)| !value.is_object() && !value.is_array()).map(|(name, _)| name.clone()).collect();
    names.extend(others.into_iter().filter(|name| !known.contains(name)));
    let cell = |record: &Json, name: &str| {
        let found = record.get(name).or_else(|| name.split('.').try_fold(record, |inside, part| inside.get(part)))?;
        match found {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    };
    let rows = records.iter().map(|record| names.iter().map(|name| cell(record, name)).collect()).collect();
    (names, rows)
}

fn of_parquet(path: &Path) -> Read {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
    let names = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut rows = Vec::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let options = FormatOptions::default();
        let columns: Vec<_> =
            batch.columns().iter().map(|column| (column, ArrayFormatter::try_new(column, &options).unwrap())).collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells = columns.iter();
            cells.map(|(column, text)| column.is_valid(row).then(|| text.value(row).to_string())).collect()
        }));
    }
    (names, rows)
}

fn parquet(table: &Table, folder: &Path, name: &str, zone: Zone) -> PathBuf {
    table.write(folder, name, Layout::Parquet { files: 1, group: 10_000 }, zone).swap_remove(0).0
}

/// A connection, and what the datasets are there.
type Made = (Link, Box<dyn Fn(&str) -> Source>);

/// Runs all systems, each in tables that are made for it.
fn all(engine: &str, make: &dyn Fn(&System, &Path) -> Made) {
    let (mut compared, mut there) = (0, 0);
    let faulty = SYSTEMS.iter().flat_map(|system| &system.on_files.results);
    assert!(faulty.filter(|outcome| outcome.status == Status::Failed).count() > 80, "there are too few faults to find");
    for system in SYSTEMS.iter() {
        let folder = tempfile::tempdir().unwrap();
        let (link, source) = make(system, folder.path());
        let (more, own) = system.compare(&link, &*source);
        compared += more;
        there += own;
    }
    assert!(compared > 200, "{engine}: only {compared} rules were compared");
    assert!(there * 10 > compared * 8, "{engine}: it worked out only {there} of {compared} rules itself");
}

/// The files of Parquet that hold the rows of a system.
fn lake(system: &System, folder: &Path) -> BTreeMap<String, PathBuf> {
    let tables = system.tables.iter();
    tables.map(|(name, table)| (name.clone(), parquet(table, folder, name, Zone::UTC))).collect()
}

#[test]
fn the_systems_give_in_postgresql_what_they_give_on_files() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    all("PostgreSQL", &|system, _| {
        let mut sql = format!("CREATE SCHEMA {};", system.name);
        for (name, table) in &system.tables {
            sql += &table.sql(system.name, name, Zone::UTC).unwrap_or_else(|| panic!("{}: {name}", system.name));
        }
        server.sql_of(&sql);
        let schema = system.name;
        (super::link(&server), Box::new(move |name| Source::Table(format!("{schema}.{name}"))))
    });
}

#[test]
fn the_systems_give_in_sqlite_what_they_give_on_files() {
    all("SQLite", &|system, folder| {
        let path = folder.join("all.db");
        for (name, table) in &system.spelled {
            table.sqlite(name, &table.rows, &path, Zone::UTC);
        }
        (Link::to(format!("sqlite:{}", path.display())), Box::new(|name| Source::Table(name.to_owned())))
    });
}

#[cfg(feature = "adbc")]
#[test]
fn the_systems_give_in_duckdb_what_they_give_on_files() {
    use crate::duckdb::{self, Lake};
    if !duckdb::is_there() {
        return;
    }
    let lakes: std::cell::RefCell<Vec<Lake>> = std::cell::RefCell::default();
    all("DuckDB", &|system, folder| {
        let sql = lake(system, folder).into_iter().fold(String::new(), |all, (name, path)| {
            format!("{all}CREATE TABLE {name} AS SELECT * FROM read_parquet('{}');", path.display())
        });
        let lake = Lake::of(sql.trim_end_matches(';'));
        let link = lake.link();
        lakes.borrow_mut().push(lake);
        (link, Box::new(|name| Source::Table(name.to_owned())))
    });
}

#[cfg(feature = "mariadb")]
#[test]
fn the_systems_give_in_mariadb_what_they_give_on_files() {
    use crate::mariadb::{self, MariaDb};
    if !mariadb::is_there() {
        return;
    }
    let server = MariaDb::start();
    all("MariaDB", &|system, _| {
        let mut sql = format!("CREATE SCHEMA {};", system.name);
        for (name, table) in &system.tables {
            let made = table.sql_of_mariadb(system.name, name, Zone::UTC);
            sql += &made.unwrap_or_else(|| panic!("{}: {name}", system.name));
        }
        server.sql(&sql);
        let schema = system.name;
        (server.link(), Box::new(move |name| Source::Table(format!("{schema}.{name}"))))
    });
}

#[test]
fn the_systems_give_in_sail_what_they_give_on_files() {
    if spark::is_there() {
        over_spark("Sail", &spark::sail());
    }
}

#[test]
fn the_systems_give_in_spark_what_they_give_on_files() {
    if spark::is_there() {
        over_spark("Spark", &spark::apache());
    }
}

fn over_spark(engine: &str, url: &str) {
    all(engine, &|system, folder| {
        let lake = lake(system, folder);
        let source = move |name: &str| Source::Query(format!("SELECT * FROM parquet.`{}`", lake[name].display()));
        (Link::to(url.to_owned()), Box::new(source))
    });
}
