//! The doors between the rooms of the house: which may use which.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms it may use. A room may use itself.
const DOORS: [(&str, &[&str]); 38] = [
    // The ground floor: words that everybody speaks.
    ("ir", &[]),
    ("lang", &[]),
    ("diagnostic", &[]),
    ("error", &[]),
    ("outcome", &["lang"]),
    ("dataset", &["ir"]),
    ("answer", &["ir", "outcome"]),
    ("backoff", &[]),
    ("postgres", &[]),
    ("repair", &["ir", "lang"]),
    // Suites.
    ("expectation", &["ir", "lang"]),
    ("config", &["dataset", "diagnostic", "history", "ir", "lang", "mask", "report", "suite"]),
    ("suite", &["dataset", "diagnostic", "expectation", "ir", "lang", "outcome", "repair"]),
    // From checks to the record.
    ("plan", &["ir"]),
    ("bind", &["answer", "diagnostic", "ir", "outcome"]),
    ("engine", &["answer", "backoff", "dataset", "diagnostic", "ir", "lang", "outcome", "plan", "postgres", "repair"]),
    ("judge", &["answer", "ir", "outcome"]),
    ("record", &["answer", "bind", "error", "expectation", "ir", "judge", "lang", "outcome", "suite"]),
    ("mask", &["answer", "ir", "judge", "outcome", "suite"]),
    ("quarantine", &["dataset", "engine", "history", "ir", "lang", "outcome", "repair"]),
    (
        "run",
        &[
            "answer",
            "baseline",
            "bind",
            "dataset",
            "diff",
            "engine",
            "error",
            "history",
            "ir",
            "judge",
            "lang",
            "mask",
            "outcome",
            "plan",
            "quarantine",
            "record",
            "suite",
        ],
    ),
    // Tests of suites.
    ("test", &["dataset", "engine", "ir", "lang", "mask", "outcome", "record", "run", "suite"]),
    // Suites from other tools, for other tools, and a first suite.
    ("export", &["dataset", "expectation", "ir", "lang", "suite"]),
    ("import", &["diagnostic", "expectation", "ir", "suite"]),
    (
        "init",
        &["answer", "diagnostic", "engine", "error", "ir", "lang", "mask", "outcome", "plan", "record", "run", "suite"],
    ),
    // What is made of the record.
    ("report", &["diff", "history", "lang", "outcome"]),
    ("diff", &["outcome"]),
    ("breaker", &["error", "history", "lang", "outcome"]),
    ("baseline", &["outcome"]),
    ("history", &["diff", "error", "outcome"]),
    ("deliver", &["backoff", "report"]),
    ("site", &["breaker", "diff", "error", "history", "lang", "outcome", "report"]),
    ("team", &["backoff", "error", "history", "outcome", "postgres"]),
    ("serve", &["error", "history", "ir", "lang", "outcome", "report", "team"]),
    ("alert", &["config", "dataset", "deliver", "error", "history", "ir", "lang", "outcome", "report"]),
    // The program; nobody uses it but `main`.
    (
        "cli",
        &[
            "alert",
            "answer",
            "baseline",
            "breaker",
            "config",
            "dataset",
            "deliver",
            "diagnostic",
            "diff",
            "engine",
            "error",
            "expectation",
            "export",
            "history",
            "import",
            "init",
            "ir",
            "lang",
            "mask",
            "outcome",
            "plan",
            "postgres",
            "quarantine",
            "record",
            "report",
            "run",
            "serve",
            "site",
            "suite",
            "team",
            "test",
        ],
    ),
    ("main", &[]),
    ("lib", &[]),
];

#[test]
fn rooms_use_only_the_rooms_that_a_door_leads_to() {
    let rooms: BTreeSet<&str> = DOORS.iter().map(|(room, _)| *room).collect();
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let room = room(&path);
        let Some((_, doors)) = DOORS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("`{room}` is no room of the table"));
            continue;
        };
        for used in used(&code) {
            if used != room && rooms.contains(used.as_str()) && !doors.contains(&used.as_str()) {
                wrong.push(format!("{} uses `{used}`, and no door leads there from `{room}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_door_is_used() {
    let sources = sources();
    let mut idle = Vec::new();
    for (room_name, doors) in DOORS {
        let uses: BTreeSet<String> =
            sources.iter().filter(|(path, _)| room(path) == room_name).flat_map(|(_, code)| used(code)).collect();
        assert!(sources.iter().any(|(path, _)| room(path) == room_name), "there is no room `{room_name}`");
        idle.extend(doors.iter().filter(|door| !uses.contains(**door)).map(|door| format!("{room_name} -> {door}")));
    }
    assert!(idle.is_empty(), "take these doors out of the table: {}", idle.join(", "));
}

#[test]
fn names_lead_from_the_crate_and_not_up_two_floors() {
    refuse(&["super::super"], |_| false);
}

#[test]
fn only_the_local_engine_names_polars() {
    refuse(&["polars::", "polars_arrow::"], |path| path.starts_with("engine/local"));
}

#[test]
fn only_the_program_prints_and_asks_the_world() {
    let world = [
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
        "std::env::",
        "env::var",
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "Instant::now",
        "process::exit",
        "io::stdout",
        "io::stderr",
        "fs::read_to_string(\"/",
    ];
    refuse(&world, |path| path.starts_with("cli"));
}

#[test]
fn only_one_module_reads_yaml() {
    refuse(&["serde_yaml::", "saphyr_parser::"], |path| path.starts_with("suite/yaml"));
}

#[test]
fn a_place_in_text_is_no_use_of_a_room() {
    assert!(
        used("// crate::cli::main\n\"crate::run\"; let x = crate::ir::Type::Date; use crate::{plan, judge::judge};")
            .into_iter()
            .eq(["ir", "judge", "plan"].map(str::to_owned))
    );
    assert_eq!(code_of("a \"x // y\" b // c\n/// d\n'\"' e"), "a \"\" b \n\n'\"' e\n");
}

/// Fails if a text occurs in the code of any file but those excepted.
fn refuse(texts: &[&str], excepted: impl Fn(&Path) -> bool) {
    let mut wrong = Vec::new();
    for (path, code) in sources().into_iter().filter(|(path, _)| !excepted(path)) {
        for text in texts.iter().filter(|text| code.contains(**text)) {
            wrong.push(format!("{} names `{text}`", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every source file below `src`, by its path there, its code only: no comments, no text, no tests.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for path in glob::glob(&root.join("**/*.rs").display().to_string()).unwrap().map(Result::unwrap) {
        let text = fs::read_to_string(&path).unwrap();
        let inside = path.strip_prefix(&root).unwrap().to_owned();
        if inside
            .components()
            .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs" | "property.rs")))
        {
            continue;
        }
        sources.push((inside, code_of(text.split("\n#[cfg(test)]\nmod tests {").next().unwrap())));
    }
    assert!(sources.len() > 80, "only {} files", sources.len());
    sources
}

/// Code without comments and without what stands in double quotes.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut quoted = false;
    for line in text.lines() {
        let mut characters = line.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\\' if quoted => drop(characters.next()),
                '\'' if !quoted && characters.peek() == Some(&'"') => {
                    code.push_str("'\"");
                    characters.next();
                }
                '"' => {
                    quoted = !quoted;
                    code.push('"');
                }
                '/' if !quoted && characters.peek() == Some(&'/') => break,
                c if !quoted => code.push(c),
                _ => {}
            }
        }
        code.push('\n');
    }
    code
}

/// The rooms that code names by `crate::room`, or in `crate::{room, …}`.
fn used(code: &str) -> BTreeSet<String> {
    let code = code_of(code);
    let mut rooms = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let word =
            |text: &str| -> String { text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect() };
        match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((names, _)) => rooms.extend(names.split(',').map(|name| word(name.trim()))),
            None => rooms.extend([word(rest)]),
        }
    }
    rooms.remove("");
    rooms
}

fn room(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str().to_string_lossy();
    first.strip_suffix(".rs").unwrap_or(&first).to_owned()
}

#[test]
fn every_code_of_a_fault_has_a_sentence_in_both_languages() {
    let named = regex::Regex::new(r#"(?:\bfault\(|Fault \{ ?\s*code: )"([a-z_]+)""#).unwrap();
    let mut codes: BTreeSet<String> =
        ["aborted", "timeout", tamiz::quarantine::UNWRITABLE].map(str::to_owned).into_iter().collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (path, _) in sources() {
        let text = fs::read_to_string(root.join(path)).unwrap();
        codes.extend(named.captures_iter(&text).map(|found| found[1].to_owned()));
    }
    assert!(codes.len() > 18, "{codes:?}");
    for code in codes {
        let fault = tamiz::outcome::Fault { code: code.clone(), message: String::new(), caused_by: None };
        let said = fault.sentence().unwrap_or_else(|| panic!("`{code}` has no sentence"));
        assert!(said.en.ends_with('.') && said.es.ends_with('.') && said.en != said.es, "{code}");
    }
}
