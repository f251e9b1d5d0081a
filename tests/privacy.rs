//! Canaries: values that occur nowhere else stand in columns of personal data, every kind of rule is made to fail on them, and
//! everything that a run leaves behind is looked through.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use tamiz::ir::Type;
use tamiz::ir::time::Zone;

use crate::table::{Cell, Column, Layout, Table};

/// How many rows of canaries there are.
const ROWS: u64 = 9;

/// A value that no other row and no other column has, and that nothing else would say by chance.
fn canary(column: &str, row: u64) -> String {
    let seed = 7_103_519 * (row + 1);
    match column {
        "email" | "contacto" => format!("canario{seed}{column}@filtra{seed}.example"),
        "nombre_completo" => format!("Zanahoria Canaria{} Perezosa", letters(seed)),
        "apodo" => format!("apodo-{}", letters(seed * 3)),
        "telefono" => format!("+346{:08}", seed % 100_000_000),
        "iban" => iban(seed),
        "tarjeta" => card(seed),
        "dni" => dni(seed),
        "salario" => format!("{}.{:02}", 1_000_003 * (row + 3), row + 11),
        "nacimiento" => format!("19{:02}-0{}-{:02}", 41 + row, row % 9 + 1, row + 12),
        _ => panic!("no canary for {column}"),
    }
}

/// The columns, and whether they are declared in the suite: the others are found by name or by value.
const COLUMNS: [(&str, Type); 10] = [
    ("email", Type::String),
    ("nombre_completo", Type::String),
    ("telefono", Type::String),
    ("iban", Type::String),
    ("tarjeta", Type::String),
    ("dni", Type::String),
    ("contacto", Type::String),
    ("apodo", Type::String),
    ("salario", Type::Decimal),
    ("nacimiento", Type::Date),
];

fn letters(number: u64) -> String {
    number.to_string().bytes().map(|digit| char::from(b'k' + digit - b'0')).collect()
}

fn dni(seed: u64) -> String {
    let number = seed % 100_000_000;
    format!("{number:08}{}", char::from(b"TRWAGMYFPDXBNJZSQVHLCKE"[usize::try_from(number % 23).unwrap()]))
}

fn card(seed: u64) -> String {
    let body = format!("4{:014}", seed * 97);
    let sum: u64 = body.bytes().rev().enumerate().fold(0, |sum, (place, byte)| {
        let digit = u64::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
        sum + digit / 10 + digit % 10
    });
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn iban(seed: u64) -> String {
    let account = format!("{:020}", seed * 1_000_003);
    let spelled = format!("{account}142800");
    let rest = spelled.bytes().fold(0_u64, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    format!("ES{:02}{account}", 98 - rest)
}

/// The ways in which a text may be written in what a run leaves behind.
fn spellings(text: &str) -> Vec<String> {
    let percent: String = text
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let html: String = text.chars().map(|c| if c == '@' { "&#64;".to_owned() } else { c.to_string() }).collect();
    vec![text.to_owned(), text.to_uppercase(), text.to_lowercase(), percent, html, base64(text.as_bytes())]
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let number =
            part.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)) << (8 * (3 - part.len()));
        let digits = (0..=part.len()).map(|place| char::from(LETTERS[number >> (18 - 6 * place) & 63]));
        text.extend(digits);
    }
    text
}

/// Every text that a command gave out and every file that it wrote.
struct Left(Vec<(String, String)>);

impl Left {
    fn none_of(&self, canaries: &[String]) {
        assert!(self.0.iter().map(|(_, text)| text.len()).sum::<usize>() > 200, "nothing was left behind");
        for canary in canaries {
            for spelling in spellings(canary) {
                for (name, text) in &self.0 {
                    if let Some(at) = text.find(&spelling) {
                        let around: String =
                            text[..at].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect();
                        panic!("`{canary}` stands in {name}: …{around}{}", &text[at..(at + spelling.len())]);
                    }
                }
            }
        }
    }

    fn record(&self) -> Json {
        let (_, text) = self.0.iter().find(|(name, _)| name.ends_with("latest/s.json")).unwrap();
        serde_json::from_str(text).unwrap()
    }
}

/// Runs the program in a folder, and gathers what it leaves behind.
fn run(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> (Option<i32>, Left) {
    // What is kept for later runs is of files that were left alone for a while.
    for path in glob::glob(&folder.join("*").display().to_string()).unwrap().map(Result::unwrap) {
        if path.is_file() {
            let file = fs::File::options().append(true).open(path).unwrap();
            file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_hours(1)).unwrap();
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    command.current_dir(folder).args(args).env_remove("TAMIZ_NO_SAMPLES").env_remove("TAMIZ_HASH_KEY");
    let ran = command.envs(env.iter().copied()).output().unwrap();
    let mut left = vec![
        ("stdout".to_owned(), String::from_utf8_lossy(&ran.stdout).into_owned()),
        ("stderr".to_owned(), String::from_utf8_lossy(&ran.stderr).into_owned()),
    ];
    for path in glob::glob(&folder.join("reports/**/*").display().to_string()).unwrap().map(Result::unwrap) {
        if path.is_file() {
            left.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
    let page = left.iter().any(|(name, _)| name.ends_with("report.html"));
    assert!(page || args[0] != "check", "no page was written: {}", left[1].1);
    (ran.status.code(), Left(left))
}

/// A table of canaries, the first row of which stands twice.
fn canaries() -> Table {
    let id = Column { name: "id".to_owned(), kind: Some(Type::Integer) };
    let columns = COLUMNS.map(|(name, kind)| Column { name: name.to_owned(), kind: Some(kind) });
    let row = |row: u64| {
        let own = COLUMNS.map(|(name, _)| Cell::Text(canary(name, row)));
        [vec![Cell::Text((row + 1).to_string())], own.to_vec()].concat()
    };
    let rows = (0..ROWS).chain([0, 1]).map(row).collect();
    Table { columns: [vec![id], columns.to_vec()].concat(), rows }
}

fn all() -> Vec<String> {
    COLUMNS.iter().flat_map(|(name, _)| (0..ROWS).map(|row| canary(name, row))).collect()
}

fn battery() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/privacy/battery.yaml")
}

/// Writes the battery of rules and its data, in one layout, into a folder.
fn lay_out(folder: &Path, layout: Layout) {
    let table = canaries();
    let files = table.write(folder, "d", layout, Zone::UTC);
    let half = Table { rows: table.rows.iter().take(4).cloned().collect(), ..table };
    let others = half.write(folder, "o", layout, Zone::UTC);
    let name = |files: &[(PathBuf, usize)]| files[0].0.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(battery()).unwrap();
    fs::write(folder.join("s.yaml"), text.replace("SOURCE", &name(&files)).replace("OTHER", &name(&others))).unwrap();
}

#[test]
fn no_rule_shows_a_masked_value_in_any_format() {
    for layout in [
        Layout::Csv { files: 1 },
        Layout::Ndjson { files: 1 },
        Layout::Parquet { files: 1, group: 4 },
        Layout::Ipc { files: 1, group: 4 },
    ] {
        let folder = tempfile::tempdir().unwrap();
        lay_out(folder.path(), layout);
        let outputs =
            ["json=reports/out.json", "prometheus:columns=reports/out.prom", "openlineage=reports/out.ndjson"];
        let words = outputs.iter().flat_map(|output| ["--output", output]);
        let words: Vec<&str> = ["check", "s.yaml", "-v", "--log-level", "trace"].into_iter().chain(words).collect();
        let (code, left) = run(folder.path(), &words, &[]);
        assert_eq!(code, Some(1), "{layout:?}: {}{}", left.0[0].1, left.0[1].1);
        left.none_of(&all());
        let record = left.record();
        let told =
            |id: &str| record["results"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap().clone();
        // The rows are there, and what identifies nobody is shown as it is.
        let shown = told("d.email.in_set");
        assert_eq!(shown["samples"][0]["key"], json!({"id": 1}), "{layout:?}");
        assert_eq!(shown["samples"][0]["values"], json!({"email": "***"}));
        assert_eq!(told("d.telefono.in_set")["samples"][0]["values"], json!({}), "dropped");
        assert!(told("d.dni.in_set")["samples"][0]["values"]["dni"].as_str().unwrap().starts_with('#'));
        assert_eq!(told("d.apodo.in_set")["samples"][0]["values"]["apodo"], "aaaaa-aaaaaaaa");
        assert!(told("d.iban.in_set")["samples"][0]["values"]["iban"].as_str().unwrap().starts_with("***"));
        let columns = record["datasets"][0]["columns"].as_array().unwrap().clone();
        let why = |name: &str| columns.iter().find(|column| column["name"] == name).unwrap()["masked"]["why"].clone();
        assert_eq!(
            [why("email"), why("dni"), why("contacto"), why("copia")],
            ["name", "declared", "value", "computed"]
        );
        assert_eq!(why("id"), Json::Null);
        // Every rule of the battery has an answer, or none for a reason of its own.
        let counts = &record["counts"];
        assert!(counts["failed"].as_u64().unwrap() > 100, "{counts}");
    }
}

#[test]
fn no_value_of_any_row_is_shown_where_none_is_to_be() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path(), Layout::Csv { files: 1 });
    // Whatever is found or not, a flag alone keeps every value back.
    let text = fs::read_to_string(folder.path().join("s.yaml")).unwrap().replace("{detect: true}", "{detect: false}");
    fs::write(folder.path().join("s.yaml"), text).unwrap();
    for (args, env) in [(vec!["--no-samples"], vec![]), (vec!["--samples", "5"], vec![("TAMIZ_NO_SAMPLES", "1")])] {
        let (code, left) = run(folder.path(), &[vec!["check", "s.yaml", "-v"], args].concat(), &env);
        assert_eq!(code, Some(1), "{}", left.0[1].1);
        let texts: Vec<String> =
            COLUMNS[..8].iter().flat_map(|(name, _)| (0..ROWS).map(|row| canary(name, row))).collect();
        left.none_of(&texts);
        let record = left.record();
        for rule in record["results"].as_array().unwrap() {
            assert_eq!(rule["samples"], json!([]), "{rule:#}");
            assert_eq!(rule["top_values"], json!([]));
        }
    }
}

#[test]
fn fields_inside_documents_and_folders_are_masked_too() {
    let folder = tempfile::tempdir().unwrap();
    let user = |row: u64| {
        json!({
            "id": row,
            "user": {
                "email": canary("email", row), "nombre": canary("nombre_completo", row), "alias": canary("apodo", row),
                "contact": [{"kind": "x", "value": canary("contacto", row)}], "plan": "basic",
            },
            "payload": json!({"telefono": canary("telefono", row), "n": row}).to_string(),
        })
    };
    for (place, row) in (0..ROWS).enumerate() {
        let inside = folder.path().join(format!("data/dni={}", canary("dni", row)));
        fs::create_dir_all(&inside).unwrap();
        let broken = if place == 0 {
            format!("{{\"id\": 1, \"user\": {{\"email\": \"{}\"\n", canary("email", 0))
        } else {
            String::new()
        };
        fs::write(inside.join("part.ndjson"), format!("{}\n{broken}", user(row))).unwrap();
    }
    fs::copy(battery().with_file_name("nested.yaml"), folder.path().join("s.yaml")).unwrap();
    let (code, left) = run(folder.path(), &["check", "s.yaml", "-v"], &[]);
    assert_eq!(code, Some(1), "{}{}", left.0[0].1, left.0[1].1);
    let secret = ["email", "nombre_completo", "apodo", "contacto", "telefono", "dni"];
    left.none_of(&secret.iter().flat_map(|name| (0..ROWS).map(|row| canary(name, row))).collect::<Vec<_>>());
    assert!(left.record().to_string().contains("basic"), "what identifies nobody is shown");
    assert!(left.record().to_string().contains("data/dni=***/part.ndjson"), "folders are told without what they say");
}

#[test]
fn digests_join_across_runs_that_share_a_key() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path(), Layout::Csv { files: 1 });
    let shown = |env: &[(&str, &str)]| {
        let (_, left) = run(folder.path(), &["check", "s.yaml"], env);
        let record = left.record();
        let rule =
            record["results"].as_array().unwrap().iter().find(|rule| rule["id"] == "d.dni.in_set").unwrap().clone();
        let column =
            record["datasets"][0]["columns"].as_array().unwrap().iter().find(|it| it["name"] == "dni").unwrap().clone();
        (rule["samples"][0]["values"]["dni"].clone(), column["masked"]["joinable"].clone())
    };
    let key = [("TAMIZ_HASH_KEY", "una clave del proyecto")];
    assert_eq!(shown(&key), shown(&key));
    assert_eq!(shown(&key).1, true);
    assert_ne!(shown(&[]).0, shown(&[]).0);
    assert_eq!(shown(&[]).1, false);
}

#[test]
fn a_first_suite_holds_no_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let table = canaries();
    let rows = (0..8).flat_map(|_| table.rows.iter().cloned()).collect();
    Table { rows, ..table }.write(folder.path(), "d", Layout::Csv { files: 1 }, Zone::UTC);
    let (code, left) = run(folder.path(), &["init", "d-0.csv", "-o", "reports/suite.yaml"], &[]);
    assert_eq!(code, Some(0), "{}", left.0[1].1);
    let named = ["email", "nombre_completo", "telefono", "iban", "tarjeta", "dni", "contacto", "nacimiento"];
    left.none_of(&named.iter().flat_map(|name| (0..ROWS).map(|row| canary(name, row))).collect::<Vec<_>>());
    let suite = &left.0.iter().find(|(name, _)| name.ends_with("suite.yaml")).unwrap().1;
    assert!(suite.contains("pii: true"), "{suite}");
}

#[test]
fn no_example_shows_a_canary() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut canaries = Vec::new();
    let suites = glob::glob(&root.join("examples/*/*.yaml").display().to_string()).unwrap().map(Result::unwrap);
    let suites = suites.filter(|path| !path.ends_with("tamiz.yaml"));
    for suite in suites.chain([root.join("rules/ventas.yaml")]) {
        copy(&root.join("examples"), &folder.path().join("examples"));
        // No history of a team; its tables come from files.
        fs::remove_file(folder.path().join("examples/tienda/tamiz.yaml")).unwrap();
        copy(&root.join("rules"), &folder.path().join("rules"));
        let path = folder.path().join(suite.strip_prefix(root).unwrap());
        for data in glob::glob(&folder.path().join("examples/**/*.csv").display().to_string()).unwrap() {
            canaries.extend(inject(&data.unwrap()));
        }
        canaries.extend(inject_users(&folder.path().join("examples/usuarios/data/respuesta.json")));
        let declared = fs::read_to_string(&path).unwrap() + "\npii: {mask: redact}\n";
        fs::write(&path, declare(&declared)).unwrap();
        let tables = glob::glob(&folder.path().join("examples/tienda/data/*.csv").display().to_string()).unwrap();
        let tables = tables
            .map(|path| path.unwrap())
            .map(|path| format!("--source={}={}", path.file_stem().unwrap().to_string_lossy(), path.display()));
        let tables: Vec<String> = if path.ends_with("tienda.yaml") { tables.collect() } else { Vec::new() };
        let path = path.display().to_string();
        let words: Vec<&str> = ["check", &path, "-v"].into_iter().chain(tables.iter().map(String::as_str)).collect();
        let (code, left) = run(folder.path(), &words, &[]);
        assert_ne!(code, Some(2), "{}", left.0[1].1);
        left.none_of(&canaries);
    }
    assert!(canaries.len() > 10, "{canaries:?}");
}

/// Puts canaries into what two users of an answer of the API say of themselves, and says which.
fn inject_users(path: &Path) -> Vec<String> {
    let mut answer: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut canaries = Vec::new();
    for user in [1, 2] {
        for (place, field) in ["name", "email", "phone", "address/street"].into_iter().enumerate() {
            let canary = format!("pajaro{}{}", letters(7_103_519 * (user + 2)), letters(place as u64 * 7919 + 29));
            *answer.pointer_mut(&format!("/data/users/{user}/{field}")).unwrap() = canary.clone().into();
            canaries.push(canary);
        }
    }
    fs::write(path, answer.to_string()).unwrap();
    canaries
}

/// Puts a canary into every column of text of a file's second and third records, and says which.
fn inject(path: &Path) -> Vec<String> {
    // A file in another encoding than UTF-8 stays as it is.
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut canaries = Vec::new();
    let names: Vec<String> = lines.first().map(|line| line.split(',').map(str::to_owned).collect()).unwrap_or_default();
    // A field in quotes may hold a comma.
    for (row, line) in lines.iter_mut().enumerate().skip(1).filter(|(_, line)| !line.contains('"')).take(2) {
        let fields: Vec<String> = line
            .split(',')
            .enumerate()
            .map(|(place, field)| {
                let is_text = matches!(
                    names.get(place).map(String::as_str),
                    Some("nombre" | "email" | "tarjeta" | "categoria" | "tienda")
                );
                if !is_text {
                    return field.to_owned();
                }
                let canary =
                    format!("pajaro{}{}", letters(7_103_519 * (row as u64 + 2)), letters(place as u64 * 7919 + 13));
                canaries.push(canary.clone());
                canary
            })
            .collect();
        *line = fields.join(",");
    }
    fs::write(path, lines.join("\n") + "\n").unwrap();
    canaries
}

/// A suite whose columns of text are all declared personal data.
fn declare(text: &str) -> String {
    let declared = |line: &str| match line {
        // One that says it already goes on as it is.
        line if line.contains("pii:") => line.to_owned() + "\n",
        line => line.replace("{type: string", "{pii: redact, type: string") + "\n",
    };
    let text: String = text.lines().map(declared).collect();
    text.replace("        type: string\n", "        type: string\n        pii: true\n")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
