//! Files that are not read again: a run with what earlier ones kept finds what a run without finds, to the digit, whatever
//! became of the files in between; and it reads what is new and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use tamiz::engine::Progress;
use tamiz::engine::local::States;
use tamiz::ir::Type;
use tamiz::ir::time::Zone;
use tamiz::mask::{Key, Policy};
use tamiz::outcome::{DecidedBy, Report};

use crate::check::{Way, check_by};
use crate::laws;
use crate::oracle::Rule;
use crate::safety::Place;
use crate::table::{Cell, Column, Layout, Table};

/// How files that are known again are written.
const LAYOUTS: [Layout; 7] = [
    Layout::Csv { files: 1 },
    Layout::Gzip { files: 1 },
    Layout::Ndjson { files: 1 },
    Layout::Parquet { files: 1, group: 3 },
    Layout::Ipc { files: 1, group: 3 },
    Layout::Avro { files: 1, group: 3 },
    Layout::Excel { files: 1 },
];

/// Folders of files that change from run to run.
struct Folder {
    place: tempfile::TempDir,
    layout: Layout,
    /// How many files were written.
    written: u64,
}

impl Folder {
    fn new(layout: Layout) -> Self {
        Self { place: tempfile::tempdir().unwrap(), layout, written: 0 }
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    /// Writes a file of a dataset, each with a date of its own some time ago.
    fn write(&mut self, dataset: &str, name: &str, table: &Table) -> PathBuf {
        let folder = self.path().join(dataset);
        fs::create_dir_all(&folder).unwrap();
        let path = table.write(&folder, name, self.layout, Zone::UTC).remove(0).0;
        self.written += 1;
        let ago = Duration::from_secs(24 * 3600 - self.written);
        File::options().append(true).open(&path).unwrap().set_modified(SystemTime::now() - ago).unwrap();
        path
    }

    /// Runs a suite, and gives what was to be read, in bytes.
    fn run(&self, suite: &str, states: Option<&Arc<States>>, policy: Option<Policy>) -> (Report, u64) {
        let progress = Arc::new(Progress::default());
        let way = Way { states: states.cloned(), progress: Arc::clone(&progress), policy, ..Way::default() };
        let report = check_by(way, &self.path().join("s.yaml"), suite, &|_| true);
        (report.unwrap_or_else(|said| panic!("{said}\n{suite}")), progress.get().1)
    }

    /// The same with what the last run kept, which is then what this one kept.
    fn run_on(&self, suite: &str, book: &mut Vec<u8>) -> (Report, u64) {
        let states = Arc::new(States::read(book.clone(), now()));
        let found = self.run(suite, Some(&states), None);
        if let Some(new) = states.book(false) {
            *book = new;
        }
        found
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// What a report says, but for how it came to know it.
fn said(report: &Report) -> Json {
    let mut results = serde_json::to_value(&report.results).unwrap();
    for result in results.as_array_mut().unwrap() {
        result.as_object_mut().unwrap().remove("decided_by");
    }
    json!({ "results": results, "datasets": report.datasets, "counts": report.counts })
}

/// A suite on two folders; the types of columns are declared or not.
fn suite(rules: &[Rule], typed: bool) -> String {
    let mut text = "tamiz: 1\nsuite: s\nas_of: 2025-06-30\ndatasets:\n".to_owned();
    for name in ["data", "parent"] {
        let _ = writeln!(text, "  {name}:\n    source: {name}\n    may_be_empty: true\n    columns:");
        for (column, kind, _) in laws::COLUMNS {
            let _ =
                writeln!(text, "      {column}: {{{}}}", if typed { format!("type: {kind}") } else { String::new() });
        }
        if name == "data" {
            text += "    expect:\n      - readable_rows\n";
            for (index, rule) in rules.iter().enumerate() {
                let rule = rule.yaml().replacen('{', &format!("{{id: rule{index}, "), 1);
                let _ = writeln!(text, "      - {{{rule}}}");
            }
        }
    }
    text
}

/// What becomes of one of the files between two runs.
#[derive(Clone, Debug)]
enum Change {
    Nothing,
    /// The same bytes with another date.
    Touched,
    Gone,
    Written(Table),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => Just(Change::Nothing),
        1 => Just(Change::Touched),
        1 => Just(Change::Gone),
        2 => laws::table(0..6).prop_map(Change::Written),
    ]
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let by = prop::option::weighted(0.2, prop::sample::select(vec![1_usize, 4, 5]));
    let rule = (prop_oneof![4 => laws::rule(), 1 => laws::in_order()], by).prop_map(|(rule, by)| Rule { by, ..rule });
    prop::collection::vec(rule, 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn with_states_and_without_a_run_says_the_same(
        layout in prop::sample::select(LAYOUTS[..5].to_vec()),
        rules in rules(),
        later in rules(),
        typed in any::<bool>(),
        first in prop::collection::vec(laws::table(0..6), 4),
        steps in prop::collection::vec(prop::collection::vec(change(), 4), 1..4),
        parents in prop::collection::vec(prop::option::of(laws::table(1..4)), 4),
        seven in any::<bool>(),
    ) {
        let mut folder = Folder::new(layout);
        folder.write("parent", "p", &laws::written(&first[0], layout));
        let mut there: BTreeMap<usize, PathBuf> = BTreeMap::new();
        let mut book = Vec::new();
        let first: Vec<Change> = first.into_iter().map(Change::Written).collect();
        for (step, changes) in std::iter::once(&first).chain(&steps).enumerate() {
            if let Some(Some(parent)) = parents.get(step).filter(|_| step > 0) {
                folder.write("parent", "p", &laws::written(parent, layout));
            }
            for (place, change) in changes.iter().enumerate() {
                match (change, there.get(&place).cloned()) {
                    (Change::Written(table), _) => {
                        let path = folder.write("data", &format!("f{place}"), &laws::written(table, layout));
                        there.insert(place, path);
                    }
                    // A dataset of no file is an error, of which there is nothing to compare.
                    (Change::Gone, Some(path)) if there.len() > 1 => {
                        fs::remove_file(path).unwrap();
                        there.remove(&place);
                    }
                    (Change::Touched, Some(path)) => {
                        let ago = Duration::from_hours(48);
                        File::options().append(true).open(path).unwrap().set_modified(SystemTime::now() - ago).unwrap();
                    }
                    _ => {}
                }
            }
            // Rules come and go too.
            let suite = suite(if step % 2 == 1 && seven { &later } else { &rules }, typed);
            let (full, _) = folder.run(&suite, None, None);
            for _ in 0..2 {
                let (merged, _) = folder.run_on(&suite, &mut book);
                prop_assert_eq!(said(&merged), said(&full), "{:?} step {}\n{}", layout, step, suite);
            }
        }
    }
}

/// A table of two columns: numbers that rise from one, and a text.
fn numbers(from: i64, count: i64) -> Table {
    let column = |name: &str, kind| Column { name: name.to_owned(), kind: Some(kind) };
    let rows = (from..from + count).map(|n| vec![Cell::Text(n.to_string()), Cell::Text(format!("t{}", n % 3))]);
    Table { columns: vec![column("n", Type::Integer), column("s", Type::String)], rows: rows.collect() }
}

const NUMBERS: &str = "\
tamiz: 1
suite: s
datasets:
  d:
    source: d
    expect:
      - unique: [n]
      - increasing: {column: n, strict: true}
      - between: {column: n, max: 1000}
      - mean: {column: n, max: 1000}
      - stddev: {column: n, max: 1000}
      - distinct_values: {column: s, in: [t0, t1, t2]}
      - matches: {column: s, pattern: '^t'}
      - row_count: {min: 1, group_by: [s]}
";

fn all_decided(report: &Report, by: DecidedBy) {
    for outcome in &report.results {
        assert!(outcome.error.is_none(), "{outcome:?}");
        assert_eq!(outcome.decided_by, Some(by), "{}", outcome.id);
    }
}

#[test]
fn an_unchanged_folder_is_not_read_and_of_a_new_file_only_that() {
    for layout in LAYOUTS {
        let mut folder = Folder::new(layout);
        let mut book = Vec::new();
        (0..5).for_each(|file| drop(folder.write("d", &format!("f{file}"), &numbers(file * 100, 20))));
        let (first, _) = folder.run_on(NUMBERS, &mut book);
        // Metadata prove some of it.
        let proves = matches!(layout, Layout::Parquet { .. });
        if !proves {
            all_decided(&first, DecidedBy::Scan);
        }
        let (again, read) = folder.run_on(NUMBERS, &mut book);
        assert_eq!((said(&again), read), (said(&first), 0), "{layout:?}");
        all_decided(&again, DecidedBy::State);
        let path = folder.write("d", "f9", &numbers(900, 20));
        let (more, read) = folder.run_on(NUMBERS, &mut book);
        assert_eq!(read, fs::metadata(path).unwrap().len(), "{layout:?}");
        if !proves {
            all_decided(&more, DecidedBy::Scan);
        }
        assert_eq!(said(&more), said(&folder.run(NUMBERS, None, None).0));
        // A new rule reads every file, and none for the others.
        let other = format!("{NUMBERS}      - not_null: {{column: s}}\n      - median: {{column: n, max: 1000}}\n");
        let (third, read) = folder.run_on(&other, &mut book);
        assert_eq!((said(&third), read > 0), (said(&folder.run(&other, None, None).0), true));
        let by =
            |report: &Report, rule: &str| report.results.iter().find(|it| it.expectation == rule).unwrap().decided_by;
        assert_eq!((by(&third, "mean"), by(&third, "median")), (Some(DecidedBy::State), Some(DecidedBy::Scan)));
        let (fourth, _) = folder.run_on(&other, &mut book);
        assert_eq!((by(&fourth, "not_null"), by(&fourth, "median")), (Some(DecidedBy::State), Some(DecidedBy::Scan)));
    }
}

#[test]
fn keys_are_proven_by_ranges_in_any_order_and_a_key_of_two_files_is_found() {
    let layout = Layout::Parquet { files: 1, group: 1000 };
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d\n    expect:\n      - unique: [n]\n";
    let mut folder = Folder::new(layout);
    let mut book = Vec::new();
    for (name, from) in [("a", 400), ("b", 0), ("c", 200)] {
        folder.write("d", name, &numbers(from, 50));
    }
    folder.run_on(suite, &mut book);
    let (again, read) = folder.run_on(suite, &mut book);
    assert_eq!((again.results[0].decided_by, read), (Some(DecidedBy::State), 0));
    folder.write("d", "d", &numbers(100, 50));
    let (more, _) = folder.run_on(suite, &mut book);
    assert_eq!(more.results[0].violations, Some(0));
    folder.write("d", "e", &numbers(240, 20));
    for _ in 0..2 {
        let (broken, _) = folder.run_on(suite, &mut book);
        assert_eq!(said(&broken), said(&folder.run(suite, None, None).0));
        let outcome = &broken.results[0];
        assert_eq!((outcome.violations, outcome.samples.len()), (Some(20), 20));
    }
}

#[test]
fn rows_of_unchanged_files_are_shown_and_other_files_are_not_read_for_it() {
    let mut folder = Folder::new(Layout::Parquet { files: 1, group: 1000 });
    let mut book = Vec::new();
    let bad = folder.write("d", "a", &numbers(990, 20));
    folder.write("d", "b", &numbers(0, 20));
    let suite =
        "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d\n    expect:\n      - between: {column: n, max: 1000}\n";
    let (first, _) = folder.run_on(suite, &mut book);
    let (again, read) = folder.run_on(suite, &mut book);
    assert_eq!(said(&again), said(&first));
    assert_eq!((again.results[0].samples.len(), read), (9, fs::metadata(bad).unwrap().len()));
}

#[test]
fn a_file_that_was_just_written_is_not_trusted() {
    let mut folder = Folder::new(Layout::Csv { files: 1 });
    let mut book = Vec::new();
    let path = folder.write("d", "a", &numbers(0, 5));
    File::options().append(true).open(path).unwrap().set_modified(SystemTime::now()).unwrap();
    for _ in 0..2 {
        let (report, read) = folder.run_on(NUMBERS, &mut book);
        all_decided(&report, DecidedBy::Scan);
        assert!(read > 0 && book.is_empty());
    }
}

#[test]
fn states_of_another_way_of_reading_are_of_no_use() {
    let mut folder = Folder::new(Layout::Csv { files: 1 });
    let mut book = Vec::new();
    folder.write("d", "a", &numbers(0, 5));
    folder.run_on(NUMBERS, &mut book);
    let other = NUMBERS.replace("    source: d\n", "    source: d\n    format: {null_values: [t1]}\n");
    let (report, _) = folder.run_on(&other, &mut book);
    all_decided(&report, DecidedBy::Scan);
    assert_eq!(said(&report), said(&folder.run(&other, None, None).0));
}

#[test]
fn what_was_believed_of_metadata_is_no_answer_for_who_does_not_believe_them() {
    let mut folder = Folder::new(Layout::Parquet { files: 1, group: 1000 });
    let mut book = Vec::new();
    folder.write("d", "a", &numbers(0, 20));
    folder.run_on(NUMBERS, &mut book);
    let states = Some(Arc::new(States::read(book, now())));
    let way = Way { states, distrust_statistics: true, ..Way::default() };
    let report = check_by(way, &folder.path().join("s.yaml"), NUMBERS, &|_| true).unwrap();
    all_decided(&report, DecidedBy::Scan);
}

#[test]
fn nothing_that_is_masked_is_kept() {
    let mut folder = Folder::new(Layout::Csv { files: 1 });
    let mut table = numbers(7_103_519, 3);
    table.columns[1].name = "contacto".to_owned();
    for (row, cell) in table.rows.iter_mut().zip(["ana.canario@example.com", "eva@example.com", "ivo@example.com"]) {
        row[1] = Cell::Text(cell.to_owned());
    }
    folder.write("d", "a", &table);
    let suite = |pii: &str| {
        format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d\n    columns:\n      contacto: {{type: string{pii}}}\n    expect:\n      \
             - min: {{column: n, min: 2}}\n      - min: {{column: n, min: 1}}\n      - not_null: {{column: contacto}}\n      \
             - distinct_values: {{column: contacto, contain: [eva@example.com]}}\n"
        )
    };
    let kept = |pii: &str, policy: Policy| {
        let states = Arc::new(States::read(Vec::new(), now()));
        let (report, _) = folder.run(&suite(pii), Some(&states), Some(policy));
        assert!(report.results.iter().all(|outcome| outcome.error.is_none()), "{report:?}");
        states.book(false).unwrap()
    };
    let holds = |book: &[u8], part: &[u8]| book.windows(part.len()).any(|window| window == part);
    let number = 7_103_519_i64.to_le_bytes();
    let open = kept("", Policy::Open);
    assert!(holds(&open, b"ana.canario@example.com") && holds(&open, &number));
    let masked = || Policy::Masked(Arc::new(Key::given("k")), Arc::default());
    for (book, has_number) in
        [(kept(", pii: true", masked()), true), (kept("", masked()), true), (kept("", Policy::NoValues), false)]
    {
        assert!(!holds(&book, b"ana.canario") && !holds(&book, b"eva@"));
        assert_eq!(holds(&book, &number), has_number);
    }
}

#[test]
fn a_book_that_somebody_wrote_over_makes_nothing_fail() {
    let mut folder = Folder::new(Layout::Csv { files: 1 });
    let mut book = Vec::new();
    (0..3).for_each(|file| drop(folder.write("d", &format!("f{file}"), &numbers(file * 100, 9))));
    folder.run_on(NUMBERS, &mut book);
    let body = &book[..book.len() - 32];
    let mut step = 1_usize;
    for round in 0..300 {
        // A walk over all bytes, with another value each time, and a checksum that is right.
        step = (step * 48_271 + 11) % body.len();
        let mut other = body.to_vec();
        other[step] = [0, 1, 0x7f, 0x80, 0xff, other[step].wrapping_add(1)][round % 6];
        let sum = Sha256::digest(&other);
        other.extend_from_slice(sum.as_slice());
        let (report, _) = folder.run_on(NUMBERS, &mut other);
        for outcome in &report.results {
            let fault = outcome.error.as_ref();
            assert!(fault.is_none_or(|fault| fault.code != "internal"), "byte {step}: {outcome:?}");
        }
    }
}

/// A folder with a suite and three files of numbers, all an hour old.
fn place() -> Place {
    let place = Place::new(&[("s.yaml", NUMBERS)]);
    (0..3).for_each(|file| write(&place, file));
    place
}

fn write(place: &Place, file: i64) {
    let rows = (0..4).fold(String::new(), |rows, n| format!("{rows}{},t1\n", file * 10 + n));
    let name = format!("d/f{file}.csv");
    place.write(&name, &format!("n,s\n{rows}"));
    let file = File::options().append(true).open(place.path(&name)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
}

/// The steps by which the rules of the newest run were decided.
fn steps(place: &Place) -> Vec<String> {
    let record = place.record("s");
    let mut steps: Vec<String> = record["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["decided_by"].as_str().unwrap_or("nothing").to_owned())
        .collect();
    steps.sort();
    steps.dedup();
    steps
}

#[test]
fn the_program_keeps_states_beside_its_reports() {
    let place = place();
    let check = |flags: &str| {
        let ran = place.run(&format!("check s.yaml {flags}"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        (steps(&place), ran.err)
    };
    assert_eq!(check("").0, ["scan"]);
    let book = fs::read(place.path("reports/.states/s")).unwrap();
    let (decided, told) = check("--verbose");
    assert_eq!(decided, ["state"]);
    assert!(told.contains("d: 3 of 3 files have not changed and were not read"), "{told}");
    assert_eq!(fs::read(place.path("reports/.states/s")).unwrap(), book, "it would say the same");
    assert_eq!(check("--no-states").0, ["scan"]);
    // A part of the rules takes nothing away from the others.
    assert_eq!(check("--select id:*.mean").0, ["state"]);
    assert_eq!(check("").0, ["state"]);
    // What is damaged is made anew.
    fs::write(place.path("reports/.states/s"), &book[..book.len() / 2]).unwrap();
    assert_eq!(check("").0, ["scan"]);
    assert_eq!(check("").0, ["state"]);
    write(&place, 7);
    let (decided, told) = check("-v --lang es");
    assert_eq!(decided, ["scan"]);
    assert!(told.contains("d: 3 de 4 ficheros no han cambiado y no se han leído"), "{told}");
    assert_eq!(check("").0, ["state"]);
    fs::remove_dir_all(place.path("reports")).unwrap();
    let ran = place.run("check s.yaml --no-reports");
    assert!(ran.code == Some(0) && !place.path("reports").exists(), "{ran:?}");
}

#[test]
fn why_all_files_are_read_is_told() {
    let place = place();
    place.write("s.yaml", &format!("{NUMBERS}      - median: {{column: n, max: 100}}\n"));
    for _ in 0..2 {
        let ran = place.run("check s.yaml -v");
        assert!(ran.err.contains("read in all files: quantile 0.5"), "{ran:?}");
        assert!(ran.err.contains("it takes the rows of all files together"), "{ran:?}");
    }
    assert_eq!(steps(&place), ["scan", "state"]);
}
