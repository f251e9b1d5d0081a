//! Suites that `init` writes for public data sets: they are sound, hold on their own data, and catch what usually goes wrong.
//!
//! The data sets are packages of `PyPI`, fetched once by `tests/init/fetch.py` into the folder that `TAMIZ_PUBLIC_DATA` names,
//! or else below the target folder. Nothing of theirs is kept in the repository; a test that cannot have them fails.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value as Json;

static DATA: LazyLock<PathBuf> = LazyLock::new(fetch);

fn fetch() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("TAMIZ_PUBLIC_DATA")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("public"), PathBuf::from);
    let ran = Command::new("python3").arg("-B").arg(root.join("tests/init/fetch.py")).arg(&folder).output();
    let ran =
        ran.unwrap_or_else(|error| panic!("these tests need python3 with pip to fetch public data sets: {error}"));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "the public data sets cannot be fetched; is the network there?\n{said}");
    folder
}

/// What a command came to.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn tamiz(folder: &Path, words: &[&str]) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_tamiz")).current_dir(folder).args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: ran.status.code().unwrap_or(-1), out: text(&ran.stdout), err: text(&ran.stderr) }
}

#[test]
fn flights_and_what_they_refer_to() {
    let place = Public::copy("nycflights13");
    let suite = place.suite();
    assert!(suite.contains("foreign_key: airlines.carrier"), "{suite}");
    assert!(suite.contains("foreign_key: airports.faa (727 of 30,000 rows have no partner there (2.42 %))"), "{suite}");
    place.catches_eight_of_ten();
}

#[test]
fn penguins_with_hostile_names() {
    let place = Public::copy("palmerpenguins");
    let suite = place.suite();
    assert!(suite.contains("'Culmen Length (mm)':") && suite.contains("['No', 'Yes']"), "{suite}");
    place.catches_eight_of_ten();
}

#[test]
fn countries_and_years() {
    let place = Public::copy("gapminder");
    let suite = place.suite();
    assert!(suite.contains("key: [country, year]"), "{suite}");
    place.catches_eight_of_ten();
}

#[test]
fn columns_with_a_few_bad_cells_keep_their_type() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ventas/data");
    for file in fs::read_dir(example).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), data.join(file.file_name())).unwrap();
    }
    let suite = sound_suite(folder.path());
    for (dataset, column, said) in [
        ("ventas", "cantidad", "type: {is: integer, allow: 1%}"),
        ("ventas", "precio", "type: {is: decimal, allow: 1%}"),
        ("ventas", "fecha", "type: {is: date, allow: 1%} parse: ['%Y-%m-%d', '%d/%m/%Y']"),
        ("inventario", "stock", "type: {is: integer, allow: 2%}"),
        ("inventario", "coste", "type: {is: decimal, allow: 2%}"),
        ("inventario", "fecha_recuento", "type: {is: date, allow: 1%}"),
    ] {
        let declared = declaration(&suite, dataset, column);
        assert!(declared.contains(said) && !declared.contains("in_set"), "{dataset}.{column}: {declared}\n{suite}");
        assert!(declared.contains("between: {min: "), "{dataset}.{column}: {declared}");
    }
    let declared = declaration(&suite, "ventas", "cantidad");
    assert!(declared.contains("# 34 of 5,500 values do not read as integer: '#N/D', '1,5', '2.0'"), "{declared}");
    let sales = fs::read_to_string(data.join("ventas.csv")).unwrap();
    let mut sales = Table::read("ventas.csv".to_owned(), &sales);
    let quantity = sales.header.iter().position(|name| name == "cantidad").unwrap();
    sales.rows.iter_mut().step_by(10).for_each(|row| row[quantity] = "abc".to_owned());
    fs::write(data.join("ventas.csv"), sales.bytes()).unwrap();
    let checked = tamiz(folder.path(), &["check", "--no-reports", "-q", "--no-samples", "--output", "json"]);
    assert_eq!(checked.code, 1, "{}{}", checked.out, checked.err);
    let record: Json = serde_json::from_str(&checked.out).unwrap();
    let failed = record["results"].as_array().unwrap().iter().filter(|rule| rule["status"] == "failed");
    assert_eq!(failed.filter_map(|rule| rule["id"].as_str()).collect::<Vec<_>>(), ["ventas.cantidad.type"]);
}

#[test]
fn text_that_is_no_number_often_enough_stays_text_and_so_do_codes() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let mut text = "reading,zip,code,height,day\n".to_owned();
    for row in 0..200 {
        let reading = if row % 25 < 3 { format!("about {row}") } else { format!("{}", 300 + row) };
        let zip = if row == 7 { "none".to_owned() } else { format!("{:05}", 300 + row * 97) };
        let code = if row % 40 == 3 { "X".to_owned() } else { (row % 5).to_string() };
        let height = if row % 50 == 3 { "tall".to_owned() } else { format!("{}.5", row % 30) };
        let day = if row % 2 == 0 { "03/04/2024" } else { "5-may" };
        let _ = writeln!(text, "{reading},{zip},{code},{height},{day}");
    }
    fs::write(folder.path().join("data/measures.csv"), text).unwrap();
    let suite = sound_suite(folder.path());
    let declared = |column: &str| declaration(&suite, "measures", column);
    assert!(declared("reading").contains("type: string"), "{suite}");
    let left_out = "# not asserted: type: integer (88 % of the values read as one)";
    assert!(declared("reading").contains(left_out), "{suite}");
    assert!(declared("zip").contains("type: string") && !declared("zip").contains("type: integer"), "{suite}");
    assert!(declared("code").contains("in_set: [0, 1, 2, 3, 4, X]"), "{suite}");
    assert!(declared("height").contains("type: {is: decimal, allow: 5%}"), "{suite}");
    assert!(declared("day").contains("type: string"), "{suite}");
}

/// What a suite says of a column, on one line.
fn declaration(suite: &str, dataset: &str, column: &str) -> String {
    let of_dataset = suite.lines().skip_while(|line| *line != format!("  {dataset}:"));
    let mut lines = of_dataset.skip_while(|line| !line.starts_with(&format!("      {column}:")));
    let first = lines.next().unwrap_or_else(|| panic!("no {dataset}.{column} in\n{suite}"));
    let rest = lines.take_while(|line| line.starts_with("        ")).map(str::trim);
    std::iter::once(first.trim()).chain(rest).collect::<Vec<_>>().join(" ")
}

/// The suite that `init` writes for a folder's data, which is sound, stable, and holds on its own data.
fn sound_suite(path: &Path) -> String {
    let made = tamiz(path, &["init", "data", "-o", "rules/made.yaml", "--name", "made"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""), "{}", made.out);
    let suite = fs::read_to_string(path.join("rules/made.yaml")).unwrap();
    let again = tamiz(path, &["init", "data", "-o", "rules/again.yaml", "--name", "made"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(suite, fs::read_to_string(path.join("rules/again.yaml")).unwrap(), "twice the same");
    fs::remove_file(path.join("rules/again.yaml")).unwrap();
    let linted = tamiz(path, &["lint", "rules/made.yaml"]);
    assert_eq!((linted.code, linted.err.as_str()), (0, ""), "{suite}");
    assert!(linted.out.contains("no finding"), "{}", linted.out);
    let checked = tamiz(path, &["check", "--no-reports", "-q"]);
    assert_eq!(checked.code, 0, "{}{}\n{suite}", checked.out, checked.err);
    suite
}

/// How many rows of a file are taken, so that the tests are quick; only the flights have more.
const MOST: usize = 30_000;

/// A public data set in a folder of its own.
struct Public {
    name: &'static str,
    folder: tempfile::TempDir,
    tables: Vec<Table>,
}

/// A file, and its cells as text.
#[derive(Clone)]
struct Table {
    file: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// An accident: what it does to the tables or the bytes of one of them, and in words; none if it cannot happen to them.
struct Fault {
    name: &'static str,
    inject: fn(&mut [Table], &mut Dice) -> Option<String>,
}

const FAULTS: [Fault; 10] = [
    Fault { name: "nulls", inject: nulls },
    Fault { name: "duplicates", inject: duplicates },
    Fault { name: "swapped columns", inject: swapped_columns },
    Fault { name: "shifted dates", inject: shifted_dates },
    Fault { name: "unit times 1,000", inject: unit },
    Fault { name: "truncated file", inject: truncated },
    Fault { name: "broken encoding", inject: broken_encoding },
    Fault { name: "foreign key", inject: unknown_code },
    Fault { name: "out of set", inject: out_of_set },
    Fault { name: "negative", inject: negative },
];

impl Public {
    fn copy(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let mut files: Vec<PathBuf> =
            fs::read_dir(DATA.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut tables = Vec::new();
        for path in files {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let text: String = fs::read_to_string(&path).unwrap().split_inclusive('\n').take(MOST + 1).collect();
            fs::write(folder.path().join("data").join(&file), &text).unwrap();
            tables.push(Table::read(file, &text));
        }
        assert!(!tables.is_empty());
        Self { name, folder, tables }
    }

    fn suite(&self) -> String {
        sound_suite(self.folder.path())
    }

    fn catches_eight_of_ten(&self) {
        let mut said = format!("{}: what its suite catches\n", self.name);
        let mut caught = 0;
        for (place, fault) in FAULTS.iter().enumerate() {
            let mut tables = self.tables.clone();
            let mut dice = Dice(0x5eed + place as u64 * 7919);
            let Some(what) = (fault.inject)(&mut tables, &mut dice) else {
                let _ = writeln!(said, "  no   {}: cannot happen to these data", fault.name);
                continue;
            };
            for (table, sound) in tables.iter().zip(&self.tables) {
                if table.rows != sound.rows {
                    fs::write(self.folder.path().join("data").join(&table.file), table.bytes()).unwrap();
                }
            }
            let words = ["check", "--no-reports", "-q", "--no-samples", "--output", "json"];
            let ran = tamiz(self.folder.path(), &words);
            for sound in &self.tables {
                fs::write(self.folder.path().join("data").join(&sound.file), sound.bytes()).unwrap();
            }
            let found = ran.code == 1 || ran.code == 3;
            caught += usize::from(found);
            let record: Json = serde_json::from_str(&ran.out).unwrap();
            let by: Vec<&str> = record["results"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|rule| rule["gating"] == true || rule["status"] == "error")
                .filter_map(|rule| rule["id"].as_str())
                .collect();
            let _ = writeln!(said, "  {}  {}: {what}; {}", if found { "yes" } else { "no " }, fault.name, by.join(" "));
        }
        #[expect(clippy::print_stdout, reason = "the table is what the test has to tell")]
        {
            println!("{said}");
        }
        assert!(caught >= 8, "only {caught} of 10\n{said}");
    }
}

/// Numbers that look like chance and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        if choices.is_empty() { None } else { Some(choices[self.below(choices.len())].clone()) }
    }

    /// Some rows of a table, at least two.
    fn rows(&mut self, table: &Table) -> Vec<usize> {
        let count = (table.rows.len() / 50).max(2);
        (0..count).map(|_| self.below(table.rows.len())).collect()
    }
}

/// The columns, of all tables, whose values are all of some kind.
fn columns(tables: &[Table], fits: impl Fn(&Table, usize) -> bool) -> Vec<(usize, usize)> {
    let all = tables.iter().enumerate().flat_map(|(table, it)| (0..it.header.len()).map(move |column| (table, column)));
    all.filter(|(table, column)| fits(&tables[*table], *column)).collect()
}

fn said(tables: &[Table], (table, column): (usize, usize)) -> String {
    format!("{} of {}", tables[table].header[column], tables[table].file)
}

/// Cells of a column that had none empty are emptied.
fn nulls(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let full = columns(tables, |table, column| table.rows.iter().all(|row| !is_null(&row[column])));
    let (table, column) = dice.one_of(&full)?;
    for row in dice.rows(&tables[table]) {
        tables[table].rows[row][column].clear();
    }
    Some(said(tables, (table, column)))
}

/// Rows occur twice.
#[expect(clippy::unnecessary_wraps, reason = "all faults have one shape")]
fn duplicates(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let table = dice.below(tables.len());
    for row in dice.rows(&tables[table]) {
        let copy = tables[table].rows[row].clone();
        tables[table].rows.push(copy);
    }
    Some(tables[table].file.clone())
}

/// The values of two neighbours stand under each other's name.
fn swapped_columns(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let pairs = columns(tables, |table, column| {
        column + 1 < table.header.len() && table.rows.iter().any(|row| row[column] != row[column + 1])
    });
    let (table, column) = dice.one_of(&pairs)?;
    tables[table].rows.iter_mut().for_each(|row| row.swap(column, column + 1));
    Some(format!("{} and {}", said(tables, (table, column)), tables[table].header[column + 1]))
}

/// Dates, or years where there are no dates, lie 31 years back: seconds since 2001 that were read as seconds since 1970.
fn shifted_dates(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let is_date = |cell: &str| {
        cell.len() >= 10 && cell.as_bytes()[4] == b'-' && cell.as_bytes()[7] == b'-' && year(cell).is_some()
    };
    let mut dated = columns(tables, |table, column| table.rows.iter().all(|row| is_date(&row[column])));
    if dated.is_empty() {
        dated = columns(tables, |table, column| table.header[column] == "year");
    }
    let (table, column) = dice.one_of(&dated)?;
    for row in &mut tables[table].rows {
        if let Some(year) = year(&row[column]) {
            row[column] = format!("{}{}", year - 31, &row[column][4..]);
        }
    }
    Some(said(tables, (table, column)))
}

fn year(cell: &str) -> Option<u32> {
    cell.get(..4)?.parse().ok()
}

/// A measure comes in thousandths of its unit.
fn unit(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let numbers = columns(tables, is_measure);
    let (table, column) = dice.one_of(&numbers)?;
    for row in &mut tables[table].rows {
        if let Ok(number) = row[column].parse::<f64>() {
            row[column] = format!("{}", (number * 1000.0).round());
        }
    }
    Some(said(tables, (table, column)))
}

/// The second half of a file is lost.
#[expect(clippy::unnecessary_wraps, reason = "all faults have one shape")]
fn truncated(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let table = dice.below(tables.len());
    let half = tables[table].rows.len().div_ceil(2);
    tables[table].rows.truncate(half);
    Some(tables[table].file.clone())
}

/// A cell of text holds bytes of another encoding.
fn broken_encoding(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let texts =
        columns(tables, |table, column| table.rows.iter().any(|row| row[column].chars().any(char::is_alphabetic)));
    let (table, column) = dice.one_of(&texts)?;
    let row = dice.below(tables[table].rows.len());
    tables[table].rows[row][column].push(BROKEN);
    Some(said(tables, (table, column)))
}

/// A code that the table it refers to does not have; in a file alone, one that none of its rows had.
fn unknown_code(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let is_code =
        |name: &str| ["carrier", "origin", "species", "Species", "island", "Island", "continent"].contains(&name);
    let codes = columns(tables, |table, column| is_code(&table.header[column]) && table.rows.len() > 100);
    let (table, column) = dice.one_of(&codes)?;
    for row in dice.rows(&tables[table]) {
        tables[table].rows[row][column] = String::from("ZZ");
    }
    Some(said(tables, (table, column)))
}

/// A known value in another writing.
fn out_of_set(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let kinds = columns(tables, |table, column| {
        let mut values: Vec<&str> =
            table.rows.iter().map(|row| row[column].as_str()).filter(|cell| !is_null(cell)).collect();
        let rows = values.len();
        values.sort_unstable();
        values.dedup();
        rows >= 20 * values.len()
            && values.len() > 1
            && values.iter().all(|value| value.chars().any(char::is_alphabetic))
    });
    let (table, column) = dice.one_of(&kinds)?;
    for row in dice.rows(&tables[table]) {
        let cell = &mut tables[table].rows[row][column];
        *cell = format!("{} ", cell.to_lowercase());
    }
    Some(said(tables, (table, column)))
}

/// Numbers that were never below zero get a sign.
fn negative(tables: &mut [Table], dice: &mut Dice) -> Option<String> {
    let amounts = columns(tables, |table, column| {
        is_measure(table, column)
            && table.rows.iter().all(|row| row[column].parse::<f64>().is_ok_and(|number| number > 0.0))
    });
    let (table, column) = dice.one_of(&amounts)?;
    for row in dice.rows(&tables[table]) {
        let cell = &mut tables[table].rows[row][column];
        *cell = format!("-{cell}");
    }
    Some(said(tables, (table, column)))
}

/// Whether a column holds numbers, different ones and not all of them zero.
fn is_measure(table: &Table, column: usize) -> bool {
    let cells = || table.rows.iter().map(|row| row[column].as_str()).filter(|cell| !is_null(cell));
    cells().all(|cell| cell.parse::<f64>().is_ok())
        && cells().any(|cell| cell.parse::<f64>().is_ok_and(|number| number > 1.0))
}

fn is_null(cell: &str) -> bool {
    cell.is_empty() || cell == "NA"
}

/// A character that is written as bytes which are no UTF-8.
const BROKEN: char = '\u{e9}';

impl Table {
    fn read(file: String, text: &str) -> Self {
        let mut records = records(text);
        let header = records.remove(0);
        Self { file, header, rows: records }
    }

    /// The file; the character that stands for a broken one in a single byte.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for record in std::iter::once(&self.header).chain(&self.rows) {
            for (index, cell) in record.iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                let quoted = cell.contains([',', '"', '\n']);
                let cell = if quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() };
                if let Some(start) = cell.strip_suffix(BROKEN) {
                    bytes.extend_from_slice(start.as_bytes());
                    bytes.push(0xe9);
                } else {
                    bytes.extend_from_slice(cell.as_bytes());
                }
            }
            bytes.push(b'\n');
        }
        bytes
    }
}

/// Records of separated text, with quotes.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let cell = records.last_mut().unwrap().last_mut().unwrap();
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => records.last_mut().unwrap().push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    if records.last().is_some_and(|last| last.len() == 1 && last[0].is_empty()) {
        records.pop();
    }
    records
}
