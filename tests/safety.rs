//! What keeps runs safe: locks, the end of the time, signals, and data published whole or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// A folder to run the program in.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        files.iter().for_each(|(name, text)| place.write(name, text));
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Starts the program; its standard input stays open until it is dropped.
    pub(crate) fn start(&self, line: &str) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(self.folder.path()).args(line.split_whitespace()).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        let mut child = self.start(line);
        drop(child.stdin.take());
        ended(child)
    }

    /// The record of the newest run of a suite, which satisfies its schema.
    pub(crate) fn record(&self, suite: &str) -> Json {
        let record: Json = serde_json::from_str(&self.read(&format!("reports/latest/{suite}.json"))).unwrap();
        let validator = jsonschema::validator_for(&tamiz::report::json::schema()).unwrap();
        let faults: Vec<String> = validator.iter_errors(&record).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
        record
    }

    fn runs(&self) -> Vec<tamiz::history::RunLine> {
        tamiz::history::History::new(&self.path("reports")).runs().unwrap()
    }

    /// Names below a folder that begin as those of temporary files do.
    fn leftovers(&self) -> Vec<PathBuf> {
        let pattern = self.path("**/.tamiz-*");
        glob::glob(&pattern.display().to_string()).unwrap().map(Result::unwrap).collect()
    }
}

/// Waits for the end of a process whose standard input stays open until then.
pub(crate) fn ended(mut child: Child) -> Ran {
    let open = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(open);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Waits until something is so, and not for ever.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn code_of<'a>(record: &'a Json, id: &str) -> &'a Json {
    let found = record["results"].as_array().unwrap().iter().find(|rule| rule["id"] == id);
    &found.unwrap_or_else(|| panic!("no rule `{id}`"))["error"]["code"]
}

const DATA: &str = "id,n\n1,5\n2,7\n";

/// A suite of one dataset, which holds on the data.
pub(crate) fn suite(name: &str, source: &str) -> String {
    format!(
        "tamiz: 1\nsuite: {name}\nas_of: 2025-06-30\ndatasets:\n  d:\n    source: {source}\n    columns:\n      id: {{type: \
         integer, expect: [not_null, unique]}}\n      n: {{type: integer, expect: [non_negative]}}\n"
    )
}

/// A run that holds the lock of the suite `s` until its standard input is closed.
fn holder(place: &Place) -> Child {
    let child = place.start("check in.yaml");
    let told = format!("\"pid\":{}", child.id());
    until("the lock is taken", || {
        fs::read_to_string(place.path("reports/.locks/s.lock")).is_ok_and(|text| text.contains(&told))
    });
    child
}

fn with_holder() -> Place {
    Place::new(&[("d.csv", DATA), ("s.yaml", &suite("s", "d.csv")), ("in.yaml", &suite("s", "\"-\""))])
}

#[test]
fn a_suite_that_is_under_way_is_not_run_a_second_time() {
    let place = with_holder();
    let mut child = holder(&place);
    let ran = place.run("check s.yaml --lock fail");
    assert_eq!(ran.code, Some(75), "{ran:?}");
    assert!(ran.err.contains(&format!("process {}", child.id())) && ran.err.contains("nothing was read"), "{ran:?}");
    let ran = place.run("check s.yaml --lock skip");
    assert!(ran.code == Some(0) && ran.err.contains("left out"), "{ran:?}");
    let ran = place.run("check s.yaml --lock skip --skip-code 99 --lang es");
    assert!(ran.code == Some(99) && ran.err.contains("se omite"), "{ran:?}");
    let ran = place.run("check s.yaml --timeout 2s");
    assert!(ran.code == Some(75) && ran.err.contains("waiting for it to end"), "{ran:?}");
    assert!(!place.path("reports/runs").exists(), "something was written");
    assert_eq!(place.run("check s.yaml --no-reports").code, Some(0));
    assert_eq!(place.run("check s.yaml --no-reports --lock fail").code, Some(75));
    assert_eq!(place.run("check s.yaml --lock fail --reports elsewhere").code, Some(0));
    child.stdin.take().unwrap().write_all(DATA.as_bytes()).unwrap();
    assert_eq!(ended(child).code, Some(0));
    assert_eq!(place.run("check s.yaml --lock fail").code, Some(0));
    assert_eq!(place.runs().len(), 2);
}

#[test]
fn a_run_waits_for_the_one_that_is_under_way() {
    let place = with_holder();
    let first = holder(&place);
    let second = place.start("check s.yaml");
    std::thread::sleep(Duration::from_millis(300));
    assert!(place.runs().is_empty());
    drop({ first }.stdin.take());
    assert!(ended(second).code == Some(0));
}

#[test]
fn a_lock_goes_with_its_process() {
    let place = with_holder();
    let mut child = holder(&place);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.run("check s.yaml --lock fail").code, Some(0));
}

#[test]
fn commands_that_name_the_same_suites_in_another_order_do_not_wait_for_each_other() {
    let place = Place::new(&[("d.csv", DATA), ("a.yaml", &suite("a", "d.csv")), ("b.yaml", &suite("b", "d.csv"))]);
    let lines = ["check a.yaml b.yaml --timeout 50s", "check b.yaml a.yaml --timeout 50s"];
    let children: Vec<Child> = lines.iter().cycle().take(6).map(|line| place.start(line)).collect();
    for child in children {
        let ran = ended(child);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(place.runs().len(), 12);
    let index = place.read("reports/index.html");
    assert!(place.runs().iter().all(|run| index.contains(&run.folder)), "the index lost a run");
}

#[test]
fn of_several_suites_those_that_are_free_are_run() {
    let place = with_holder();
    place.write("t.yaml", &suite("t", "d.csv"));
    let child = holder(&place);
    let ran = place.run("check t.yaml s.yaml --lock skip --skip-code 99");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(place.runs().iter().map(|run| run.suite.as_str()).collect::<Vec<_>>(), ["t"]);
    ended_by_kill(child);
}

fn ended_by_kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn standard_input_that_stays_open_ends_with_the_time() {
    let place = Place::new(&[("s.yaml", &suite("s", "\"-\""))]);
    let start = Instant::now();
    let mut child = place.start("check s.yaml --timeout 1s");
    child.stdin.as_mut().unwrap().write_all(b"id,n\n1,-5\n").unwrap();
    let ran = ended(child);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let record = place.record("s");
    assert_eq!(record["verdict"]["status"], "error");
    assert_eq!(code_of(&record, "d.n.non_negative"), "timeout", "a part of the input was read as the whole");
}

/// A query that takes long and little memory, beside a rule that takes no time.
fn slow() -> Place {
    let text = "abcdefghij".repeat(6);
    let rows: String = (0..1500).fold(String::new(), |rows, row| rows + &format!("{row},{text}{row}\n"));
    let turned = |end: usize| format!("{}a.t || b.t || '{end}'{}", "UPPER(LOWER(".repeat(12), "))".repeat(12));
    let conditions: Vec<String> = (0..8).map(|end| format!("{} <> 'x'", turned(end))).collect();
    let sql = format!("SELECT a.id FROM d AS a CROSS JOIN d AS b WHERE {}", conditions.join(" AND "));
    let suite = format!(
        "tamiz: 1\nsuite: s\nas_of: 2025-06-30\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      id: {{type: integer, \
         expect: [not_null]}}\n      t: {{type: string}}\n    expect:\n      - query: {{id: slow, sql: \"{sql}\"}}\n"
    );
    Place::new(&[("d.csv", &format!("id,t\n{rows}")), ("s.yaml", &suite)])
}

#[test]
fn a_query_ends_with_the_time_and_what_was_evaluated_stands() {
    let place = slow();
    let start = Instant::now();
    let ran = place.run("check s.yaml --timeout 2s");
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let record = place.record("s");
    assert_eq!(code_of(&record, "slow"), "timeout");
    assert_eq!(record["counts"]["passed"], 3);
}

#[cfg(unix)]
mod signals {
    use std::net::TcpListener;

    use super::*;

    fn send(signal: &str, child: &Child) {
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    }

    fn assert_aborted(place: &Place, ran: &Ran, code: i32, signal: &str) {
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let record = place.record("s");
        assert_eq!((&record["verdict"]["status"], &record["verdict"]["exit_code"]), (&"aborted".into(), &code.into()));
        let reason = &record["verdict"]["reason"];
        assert!(reason["en"].as_str().unwrap().starts_with(&format!("Stopped by {signal};")), "{reason}");
        assert!(reason["es"].as_str().unwrap().starts_with(&format!("Interrumpido por {signal};")), "{reason}");
        let runs = place.runs();
        let [run] = runs.as_slice() else { panic!("{runs:?}") };
        assert_eq!((run.status, i32::from(run.exit_code)), (tamiz::outcome::RunStatus::Aborted, code));
        let page = place.read("reports/latest/s.html");
        assert!(page.contains("aborted") && page.contains("interrumpido") && page.contains(signal));
        assert!(place.read("reports/index.html").contains("interrumpido"));
        assert_eq!(place.leftovers(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_signal_while_standard_input_is_read_leaves_a_report() {
        let place = with_holder();
        let child = holder(&place);
        send("-INT", &child);
        let ran = ended(child);
        assert!(ran.out.contains("aborted") && ran.err.contains("SIGINT"), "{ran:?}");
        assert_aborted(&place, &ran, 130, "SIGINT");
        assert_eq!(code_of(&place.record("s"), "d.n.non_negative"), "aborted");
    }

    #[test]
    fn a_signal_while_a_query_runs_keeps_what_was_evaluated() {
        let place = slow();
        let child = place.start("check s.yaml --lang es");
        until("it runs", || place.path("reports/.locks/s.lock").exists());
        std::thread::sleep(Duration::from_secs(2));
        send("-TERM", &child);
        let ran = ended(child);
        assert!(ran.out.contains("interrumpido"), "{ran:?}");
        assert_aborted(&place, &ran, 143, "SIGTERM");
        assert_eq!(place.record("s")["counts"]["passed"], 3);
        assert_eq!(code_of(&place.record("s"), "slow"), "aborted");
    }

    #[test]
    fn suites_that_were_not_begun_have_no_report() {
        let place = with_holder();
        place.write("z.yaml", &suite("z", "d.csv"));
        let child = place.start("check in.yaml z.yaml --output junit=all.xml --output tap=all.tap");
        until("the lock is taken", || place.path("reports/.locks/z.lock").exists());
        send("-TERM", &child);
        assert_eq!(ended(child).code, Some(143));
        assert_eq!(place.runs().len(), 1);
        // In a document of all suites they are no pass.
        let junit = place.read("all.xml");
        for suite in ["s", "z"] {
            assert!(junit.contains(&format!("<testcase classname=\"{suite}\" name=\"verdict\">")), "{junit}");
        }
        assert_eq!(place.read("all.tap").matches("\nBail out! ").count(), 2);
    }

    #[test]
    fn a_signal_ends_the_waiting_for_a_lock() {
        let place = with_holder();
        let first = holder(&place);
        let second = place.start("check s.yaml");
        std::thread::sleep(Duration::from_millis(500));
        send("-INT", &second);
        assert_eq!(ended(second).code, Some(130));
        assert!(place.runs().is_empty());
        ended_by_kill(first);
    }

    /// A source on a server that takes calls and never says anything.
    fn hanging() -> (Place, TcpListener) {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let source = format!("http://{}/d.csv", server.local_addr().unwrap());
        (Place::new(&[("s.yaml", &suite("s", &source))]), server)
    }

    #[test]
    fn a_source_that_does_not_answer_is_left_behind_when_the_time_ends() {
        let (place, _server) = hanging();
        let ran = place.run("check s.yaml --timeout 1s");
        assert_eq!(ran.code, Some(3), "{ran:?}");
        let record = place.record("s");
        assert_eq!(code_of(&record, "d.n.non_negative"), "timeout");
        assert!(record["run"]["duration_ms"].as_u64().unwrap() >= 900, "{}", record["run"]);
    }

    #[test]
    fn a_signal_ends_a_run_whose_source_does_not_answer() {
        let (place, _server) = hanging();
        let child = place.start("check s.yaml");
        until("it runs", || place.path("reports/.locks/s.lock").exists());
        std::thread::sleep(Duration::from_millis(200));
        send("-INT", &child);
        assert_aborted(&place, &ended(child), 130, "SIGINT");
    }
}

fn publishable() -> Place {
    let two = suite("t", "d.csv") + "  e:\n    source: d.csv\n    expect: [row_count: 2]\n";
    Place::new(&[
        ("d.csv", DATA),
        ("bad.csv", "id,n\n1,-5\n"),
        ("s.yaml", &suite("s", "nowhere.csv")),
        ("two.yaml", &two),
        ("day=1/a.csv", DATA),
        ("day=1/more/b.csv", "id,n\n3,1\n"),
    ])
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn data_that_pass_take_their_place_and_others_do_not() {
    let place = publishable();
    let ran = place.run("publish bad.csv out/d.csv --suite s.yaml");
    assert!(ran.code == Some(1) && ran.err.contains("nothing was published"), "{ran:?}");
    assert_eq!(names(&place.path("out")), Vec::<String>::new());
    assert!(ran.out.contains("bad.csv:2"), "{ran:?}");
    let record = place.record("s");
    let dataset = &record["datasets"][0];
    assert_eq!((&dataset["source"], &dataset["files"][0]["path"]), (&"bad.csv".into(), &"bad.csv".into()));
    assert!(!record.to_string().contains(".tamiz-"), "{record}");
    let ran = place.run("publish d.csv out/d.csv --suite s.yaml");
    assert!(ran.code == Some(0) && ran.err.contains("published"), "{ran:?}");
    assert_eq!((place.read("out/d.csv").as_str(), names(&place.path("out"))), (DATA, vec!["d.csv".to_owned()]));
    assert!(place.path("d.csv").exists());
    place.write("d2.csv", "id,n\n9,9\n");
    assert_eq!(place.run("publish bad.csv out/d.csv --suite s.yaml").code, Some(1));
    assert_eq!(place.read("out/d.csv"), DATA);
    assert_eq!(place.run("publish d2.csv out/d.csv --suite s.yaml --move").code, Some(0));
    assert_eq!(place.read("out/d.csv"), "id,n\n9,9\n");
    assert!(!place.path("d2.csv").exists());
    assert_eq!(place.leftovers(), Vec::<PathBuf>::new());
}

#[test]
fn a_folder_is_published_whole() {
    let place = publishable();
    place.write("out/sales/old.csv", DATA);
    let ran = place.run("publish day=1 out/sales --suite two.yaml --dataset d --fail-on critical");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(names(&place.path("out/sales")), ["a.csv", "more"]);
    assert_eq!(names(&place.path("out")), ["sales"]);
    let record = place.record("t");
    let files: Vec<&str> =
        record["datasets"][0]["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(files, ["day=1/a.csv", "day=1/more/b.csv"]);
    assert_eq!(record["datasets"][0]["rows"], 3);
}

#[test]
fn publishing_that_makes_no_sense_exits_2_and_reads_nothing() {
    let place = publishable();
    place.write("out/d.csv", "old");
    for line in [
        "publish d.csv out/d.csv --suite s.yaml --no-clobber",
        "publish d.csv out --suite s.yaml",
        "publish d.csv d.csv --suite s.yaml",
        "publish day=1 day=1/out --suite s.yaml",
        "publish nowhere.csv out/d.csv --suite s.yaml",
        "publish d.csv out/d.csv --suite two.yaml",
        "publish d.csv out/d.csv --suite two.yaml --dataset z",
        "publish d.csv out/d.csv --suite nowhere.yaml",
        "publish d.csv out/d.csv",
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, Some(2), "{line}: {ran:?}");
        assert!(!ran.err.is_empty());
    }
    assert_eq!(place.read("out/d.csv"), "old");
    assert!(!place.path("reports/runs").exists());
}

#[cfg(unix)]
#[test]
fn what_is_published_keeps_its_mode_and_time() {
    use std::os::unix::fs::PermissionsExt;
    let place = publishable();
    fs::set_permissions(place.path("d.csv"), fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(place.path("d.csv")).unwrap();
    assert_eq!(place.run("publish d.csv out/d.csv --suite s.yaml").code, Some(0));
    let after = fs::metadata(place.path("out/d.csv")).unwrap();
    assert_eq!(after.permissions().mode() & 0o777, 0o640);
    assert_eq!(after.modified().unwrap(), before.modified().unwrap());
}
