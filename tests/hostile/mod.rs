//! Files made to break readers: for each, what is found in it and how the program ends. The cases are data: see README.md.

mod bytes;
mod whole;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde_json::Value as Json;
use tamiz::suite::yaml::{self, Content, Node};

/// How long a case may take on any machine.
const LIMIT: Duration = Duration::from_mins(1);

/// Kibibytes of addresses that a run may take, so that a bomb is no more than an error; where the system has such limits.
const MEMORY: u64 = 6 << 20;

/// The keys of a case.
const KEYS: [&str; 15] = [
    "case", "name", "bytes", "then", "also", "make", "dataset", "suite", "flags", "exit", "rows", "finds", "gives",
    "error", "says",
];

/// One case, the kind of file it is of, and what all cases of its file say.
struct Case {
    kind: String,
    each: Option<Node>,
    node: Node,
}

impl Case {
    fn get(&self, key: &str) -> Option<&Node> {
        self.node.get(key).or_else(|| self.each.as_ref()?.get(key))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|node| node.text().unwrap_or_else(|| panic!("{}: `{key}` is a text", self.title())))
    }

    fn title(&self) -> &str {
        self.node.get("case").and_then(Node::text).unwrap_or("?")
    }

    fn list(&self, key: &str) -> Vec<String> {
        match self.get(key).map(|node| &node.content) {
            None => Vec::new(),
            Some(Content::List(items)) => items.iter().map(|item| item.text().unwrap().to_owned()).collect(),
            Some(_) => vec![self.text(key).unwrap().to_owned()],
        }
    }

    fn map(&self, key: &str) -> BTreeMap<String, String> {
        let entries = self.get(key).and_then(Node::entries).unwrap_or_default();
        entries.iter().map(|entry| (entry.key.clone(), entry.value.text().unwrap().to_owned())).collect()
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let pattern = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/*.yaml");
    for path in glob::glob(&pattern.display().to_string()).unwrap().map(Result::unwrap) {
        let kind = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (root, faults) = yaml::read(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|faults| panic!("{}: {faults:?}", path.display()));
        assert!(faults.is_empty(), "{}: {faults:?}", path.display());
        let Content::List(mut nodes) = root.content else { panic!("{} is a list of cases", path.display()) };
        let each = nodes[0].get("each").cloned();
        nodes.drain(..usize::from(each.is_some()));
        cases.extend(nodes.into_iter().map(|node| Case { kind: kind.clone(), each: each.clone(), node }));
    }
    cases
}

#[test]
fn there_are_many_cases_and_each_says_what_is_right() {
    let cases = cases();
    assert!(cases.len() >= 120, "{} cases", cases.len());
    let mut titles: Vec<&str> = cases.iter().map(Case::title).collect();
    titles.sort_unstable();
    for pair in titles.windows(2) {
        assert_ne!(pair[0], pair[1], "two cases of one name");
    }
    for case in &cases {
        for entry in case.node.entries().unwrap() {
            assert!(KEYS.contains(&entry.key.as_str()), "{}: no key `{}`", case.title(), entry.key);
        }
        let is_told = ["rows", "error", "gives", "says"].iter().any(|key| case.get(key).is_some());
        assert!(is_told, "{}: an exit code alone says little", case.title());
    }
}

#[test]
fn hostile_files_end_as_they_should() {
    let only = std::env::var_os("HOSTILE").and_then(|text| text.into_string().ok()).unwrap_or_default();
    let cases = cases();
    let chosen: Vec<&Case> =
        cases.iter().filter(|case| format!("{}: {}", case.kind, case.title()).contains(&only)).collect();
    let wrong: Vec<String> = chosen
        .par_iter()
        .flat_map_iter(|case| run(case).into_iter().map(|said| format!("{}: {}\n    {said}", case.kind, case.title())))
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), chosen.len(), wrong.join("\n"));
}

/// What is not as the case says.
fn run(case: &Case) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::create_dir(&output).unwrap();
    fs::write(input.join("suite.yaml"), suite(case)).unwrap();
    prepare(case, &input);
    let (code, took) = program(case, &output);
    let said =
        ["stdout", "stderr"].map(|name| String::from_utf8_lossy(&fs::read(output.join(name)).unwrap()).into_owned());
    #[expect(clippy::print_stderr, reason = "asked for, to find what is slow")]
    if std::env::var_os("HOSTILE_TIMES").is_some() {
        eprintln!("{took:?} {}", case.title());
    }
    let mut wrong = Vec::new();
    if took > LIMIT {
        wrong.push(format!("it takes longer than {LIMIT:?}"));
    }
    if code != case.text("exit").map_or(-1, |code| code.parse().unwrap()) {
        wrong.push(format!("it exits with {code}"));
    }
    wrong.extend(unfit_to_show(&said.concat(), &output));
    let record = fs::read(output.join("record.json")).ok().map(|bytes| serde_json::from_slice::<Json>(&bytes).unwrap());
    let told = match &record {
        Some(record) => {
            wrong.extend(against(case, record));
            let results = record["results"].as_array().unwrap().iter();
            let lines: Vec<&str> =
                results.map(|outcome| outcome["message"]["en"].as_str().unwrap_or_default()).collect();
            lines.join("\n")
        }
        None => said.concat(),
    };
    let told = told.replace(&format!("{}/", input.display()), "").replace("../in/", "");
    wrong.extend(
        case.list("says")
            .iter()
            .filter(|part| !told.contains(part.as_str()))
            .map(|part| format!("it does not say `{part}`")),
    );
    if !wrong.is_empty() {
        let said = if record.is_some() { told } else { said.concat() };
        wrong.push(format!(
            "it says: {}",
            said.trim().chars().take(1500).collect::<String>().replace('\n', "\n        ")
        ));
    }
    wrong
}

/// The suite of a case, or one of the dataset `d` that asks whether the file is well formed.
fn suite(case: &Case) -> Vec<u8> {
    if let Some(suite) = case.get("suite") {
        return bytes::of(suite);
    }
    let name = serde_json::to_string(&String::from_utf8(bytes::unescaped(&name(case))).unwrap()).unwrap();
    let says = case.text("dataset").unwrap_or("expect: [well_formed]");
    let source = if says.lines().any(|line| line.starts_with("source:")) {
        String::new()
    } else {
        format!("    source: {name}\n")
    };
    let says = says.replace('\n', "\n    ");
    format!("tamiz: 1\nsuite: hostile\nas_of: 2025-06-30\ndatasets:\n  d:\n{source}    {says}\n").into_bytes()
}

fn name(case: &Case) -> String {
    case.text("name").map_or_else(|| format!("d.{}", case.kind), str::to_owned)
}

/// Writes the files of a case.
fn prepare(case: &Case, folder: &Path) {
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.join(String::from_utf8(bytes::unescaped(name)).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    if let Some(node) = case.get("bytes") {
        write(&name(case), bytes::changed(bytes::of(node), &case.list("then")));
    }
    for entry in case.get("also").and_then(Node::entries).unwrap_or_default() {
        write(&entry.key, bytes::of(&entry.value));
    }
    for made in case.list("make") {
        let words: Vec<&str> = made.split(' ').collect();
        match words.as_slice() {
            ["folder", name] => fs::create_dir_all(folder.join(name)).unwrap(),
            #[cfg(unix)]
            ["link", name, to] => std::os::unix::fs::symlink(to, folder.join(name)).unwrap(),
            #[cfg(unix)]
            ["pipe", name] => assert!(Command::new("mkfifo").arg(folder.join(name)).status().unwrap().success()),
            _ => panic!("{}: `make` has no `{made}`", case.title()),
        }
    }
}

/// Runs the program in a folder; its exit code, 128 and more for a signal, and how long it took.
fn program(case: &Case, folder: &Path) -> (i32, Duration) {
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_tamiz")]);
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_tamiz"))
    };
    command.args(["check", "../in/suite.yaml", "--threads=2", "--output=json=record.json", "--output=text", "-v"]);
    let flags = case.text("flags").unwrap_or("--timeout 50s");
    command.args(flags.split_whitespace()).current_dir(folder);
    let file = |name: &str| File::create(folder.join(name)).unwrap();
    command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    (status.code().unwrap_or_else(|| 1000 + signal.unwrap_or_default()), start.elapsed())
}

/// What a terminal or a page would take for more than text.
fn unfit_to_show(said: &str, output: &Path) -> Option<String> {
    if said.contains("panicked") {
        return Some("it panics".to_owned());
    }
    let acts = |letter: &char| {
        (letter.is_control() && *letter != '\n') || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(letter) = said.chars().find(acts) {
        return Some(format!("it prints {letter:?} as it is"));
    }
    let pages = glob::glob(&output.join("reports/**/*.html").display().to_string()).unwrap();
    pages.map(Result::unwrap).find_map(|page| {
        let text = fs::read_to_string(&page).unwrap_or_default();
        text.contains("<img src=x").then(|| format!("{} shows a cell as markup", page.display()))
    })
}

/// What a record says other than the case.
fn against(case: &Case, record: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    let results = record["results"].as_array().unwrap();
    if let Some(code) = case.text("error") {
        let other = results.iter().filter(|outcome| outcome["error"]["code"] != code);
        wrong.extend(other.map(|outcome| format!("`{}` is {} {}", outcome["id"], outcome["status"], outcome["error"])));
    } else {
        let found: Vec<String> =
            results.iter().filter(|outcome| outcome["expectation"] == "well_formed").flat_map(findings).collect();
        if found != case.list("finds") {
            wrong.push(format!("it finds [{}]", found.join(", ")));
        }
        let others = results.iter().filter(|outcome| outcome["expectation"] != "well_formed");
        let given: BTreeMap<String, String> =
            others.map(|outcome| (outcome["id"].as_str().unwrap().to_owned(), brief(outcome))).collect();
        if given != case.map("gives") {
            wrong.push(format!("it gives {given:?}"));
        }
    }
    if let Some(rows) = case.text("rows") {
        let dataset = &record["datasets"][0];
        let read = dataset["rows"].as_u64().map_or("?".to_owned(), |rows| {
            format!("{} of {rows}", rows - dataset["rows_malformed"].as_u64().unwrap_or(0))
        });
        if read != rows {
            wrong.push(format!("its sound rows are {read}"));
        }
    } else if case.get("error").is_none() {
        wrong.push("the case says no `rows`".to_owned());
    }
    wrong
}

/// The faults of a file: `word line:column`.
fn findings(outcome: &Json) -> Vec<String> {
    if outcome["status"] == "error" {
        return vec![format!("error {}", outcome["error"]["code"].as_str().unwrap())];
    }
    let details = &outcome["details"];
    let first = details["first"].as_array().cloned().unwrap_or_default();
    let place = |fault: &Json| format!("{} {}:{}", fault["kind"].as_str().unwrap(), fault["line"], fault["column"]);
    let mut found: Vec<String> = first.iter().map(place).collect();
    let total = details["total"].as_u64().unwrap_or(0);
    if total > found.len() as u64 {
        found.truncate(3);
        found.push(format!("{total} in all"));
    }
    found
}

/// `passed 0/3`: the status of an outcome, and of how many evaluated rows how many break the rule, where it counts them.
fn brief(outcome: &Json) -> String {
    let status = outcome["status"].as_str().unwrap();
    match (&outcome["error"]["code"], outcome["violations"].as_u64(), outcome["evaluated"].as_u64()) {
        (Json::String(code), _, _) => format!("error {code}"),
        (_, Some(violations), Some(evaluated)) => format!("{status} {violations}/{evaluated}"),
        _ => status.to_owned(),
    }
}
