//! Random tables written by three writers of Parquet: every way to an answer finds what plain loops over the rows find.
//!
//! `write.py` makes the tables with `pyarrow` and `DuckDB` of `PyPI`, and works out what each rule must find; this module
//! writes them with parquet-rs, runs the program in each of its modes, and holds the records against those numbers and
//! against each other. The packages go into the folder that `TAMIZ_READERS` names, or else below the target folder.
//! `TAMIZ_DIFFERENTIAL` says how many tables, `TAMIZ_DIFFERENTIAL_SEED` the first seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::examples::root;
use crate::outputs::readers;

mod parquet_rs;

const WRITERS: [&str; 3] = ["parquet_rs", "pyarrow", "duckdb"];

/// A way to run that must not change what is found, over every so many-th table.
struct Mode {
    name: &'static str,
    flags: &'static [&'static str],
    every: usize,
    /// What the names of its suites end in.
    suites: &'static str,
}

/// Two share a folder of reports: what the first keeps there, the second may use. They write many pages. Where rules are few,
/// some pages of a row group need not be read.
const MODES: [Mode; 5] = [
    Mode { name: "default", flags: &["--no-reports"], every: 1, suites: "" },
    Mode { name: "distrust", flags: &["--no-reports", "--distrust-statistics"], every: 1, suites: "" },
    Mode { name: "kept", flags: &["--reports", "reports"], every: 5, suites: "" },
    Mode { name: "again", flags: &["--reports", "reports"], every: 5, suites: "" },
    Mode { name: "few", flags: &["--no-reports"], every: 1, suites: "_few" },
];

/// What is as a run came to it, and may differ between ways and writers.
const OF_THE_RUN: [&str; 4] = ["decided_by", "duration_ms", "read_bytes", "location"];

#[test]
fn every_way_to_an_answer_gives_what_plain_loops_give() {
    let number =
        |name: &str, or: usize| std::env::var_os(name).map_or(or, |text| text.to_str().unwrap().parse().unwrap());
    let (count, seed) = (number("TAMIZ_DIFFERENTIAL", 24), number("TAMIZ_DIFFERENTIAL_SEED", 7));
    let mut folder = tempfile::tempdir().unwrap();
    write(folder.path(), seed, count);
    for mode in &MODES {
        check(folder.path(), mode, count);
    }
    let mut wrong = String::new();
    for table in 0..count {
        compare(folder.path(), table, &mut wrong);
    }
    if !wrong.is_empty() {
        folder.disable_cleanup(true);
        panic!("seed {seed}, files kept in {}\n{wrong}", folder.path().display());
    }
}

fn write(folder: &Path, seed: usize, count: usize) {
    let mut command = Command::new("python3");
    command.arg("-B").arg(root().join("tests/differential/write.py")).arg(readers::folder("writers"));
    let status = command.arg(folder).args([seed.to_string(), count.to_string()]).status().unwrap();
    assert!(status.success(), "the tables cannot be written; is the network there to install the writers?");
    for table in 0..count {
        parquet_rs::write(&folder.join(format!("t{table}")));
    }
}

/// One run of the program over the suites of the mode's tables, of all writers.
fn check(folder: &Path, mode: &Mode, count: usize) {
    let records = folder.join(mode.name);
    fs::create_dir(&records).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    command.current_dir(folder).args(["check", "--quiet", "--output", &format!("json={}/{{suite}}.json", mode.name)]);
    for table in (0..count).step_by(mode.every) {
        command.args(WRITERS.map(|writer| format!("suites/t{table}_{writer}{}.yaml", mode.suites)));
    }
    let ran = command.args(mode.flags).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    // 3: some rule could not be evaluated, which the comparison names.
    assert!(matches!(ran.status.code(), Some(0 | 1 | 3)), "{}: {:?} {said}", mode.name, ran.status);
}

/// Says which records of a table differ from what was to be found, or from the first of them.
fn compare(folder: &Path, table: usize, wrong: &mut String) {
    let wanted = read(&folder.join(format!("t{table}/wanted.json")));
    let mut first: Option<(String, BTreeMap<String, Json>)> = None;
    for writer in WRITERS {
        for mode in MODES.iter().filter(|mode| table.is_multiple_of(mode.every)) {
            let way = format!("table {table} {writer} {}", mode.name);
            let record = read(&folder.join(mode.name).join(format!("t{table}_{writer}{}.json", mode.suites)));
            let found = results(&record);
            let whole = mode.suites.is_empty();
            for (id, numbers) in wanted.as_object().unwrap().iter().filter(|(id, _)| whole || found.contains_key(*id)) {
                let Some(result) = found.get(id) else {
                    writeln!(wrong, "{way}: {id} has no result").unwrap();
                    continue;
                };
                for (name, value) in numbers.as_object().unwrap() {
                    if !same(&result[name], value) {
                        let (params, decided, error) =
                            (&result["params"], &record_of(&record, id)["decided_by"], &result["error"]);
                        writeln!(
                            wrong,
                            "{way}: {id} {params} {decided}: {name} is {}, not {value} {error}",
                            result[name]
                        )
                        .unwrap();
                    }
                }
            }
            match &first {
                None => first = Some((way, found)),
                Some((other, all)) => {
                    for id in all.keys().filter(|id| whole && !found.contains_key(*id)) {
                        writeln!(wrong, "{way}: {id} has no result, but {other} has one").unwrap();
                    }
                    for (id, result) in &found {
                        let place = format!("{way}, not as {other}: {id}");
                        differences(all.get(id).unwrap_or(&Json::Null), result, &place, wrong);
                    }
                }
            }
        }
    }
}

/// Says at which places two values differ.
fn differences(one: &Json, other: &Json, place: &str, wrong: &mut String) {
    match (one, other) {
        (Json::Object(a), Json::Object(b)) if a.len() == b.len() => {
            for (name, value) in a {
                differences(value, b.get(name).unwrap_or(&Json::Null), &format!("{place}.{name}"), wrong);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, &format!("{place}.{index}"), wrong);
            }
        }
        _ if one != other => writeln!(wrong, "{place} is {other}, not {one}").unwrap(),
        _ => {}
    }
}

/// The results of a record by their ids, without what is of the run and not of the data.
fn results(record: &Json) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    for result in record["results"].as_array().unwrap() {
        let mut result = result.clone();
        let id = result["id"].as_str().unwrap().to_owned();
        for name in OF_THE_RUN {
            result.as_object_mut().unwrap().remove(name);
        }
        for sample in result["samples"].as_array_mut().into_iter().flatten() {
            for row in ["/file", "/other/file"] {
                if let Some(file) = sample.pointer_mut(row) {
                    // The folder of the file names its writer.
                    *file = file.as_str().and_then(|file| file.rsplit('/').next()).map(str::to_owned).into();
                }
            }
        }
        found.insert(id, result);
    }
    found
}

fn record_of<'a>(record: &'a Json, id: &str) -> &'a Json {
    record["results"].as_array().unwrap().iter().find(|result| result["id"] == id).unwrap_or(&Json::Null)
}

/// Numbers are compared as numbers, `1.50` with `1.5`, and instants as instants; all else as its text.
fn same(found: &Json, wanted: &Json) -> bool {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (found, wanted) = (text(found), text(wanted));
    match (found.parse::<BigDecimal>(), wanted.parse::<BigDecimal>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => match (found.parse::<DateTime<Utc>>(), wanted.parse::<DateTime<Utc>>()) {
            (Ok(a), Ok(b)) => a == b,
            _ => found == wanted,
        },
    }
}

fn read(path: &Path) -> Json {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_reader(file).unwrap()
}
