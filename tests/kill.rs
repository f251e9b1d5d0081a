//! Runs killed at random points: what they leave is whole or not there.
//!
//! What is promised. Of every run that ended by itself there are a record, a page and the line in the history; every line of a
//! run names a folder with both. Every file that does not have a temporary name is whole. No lock outlives its process, and
//! data published under their name, or told apart into good and bad rows, are whole and those of one run. A killed run may
//! leave temporary files, a folder that no line names, and lines of rules at the end of the history that no line of a run
//! closes; the next run takes the latter out.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::safety::{Place, ended, suite};

/// Runs to kill, half of them of either suite.
const RUNS: u64 = 200;

#[test]
fn a_run_that_is_killed_leaves_nothing_by_halves() {
    let place = Place::new(&[("a.yaml", &suite("a", "d.csv")), ("b.yaml", &suite("b", "d.csv"))]);
    place.write("d.csv", &data(0));
    let start = Instant::now();
    for name in ["a", "b"] {
        assert_eq!(place.run(&format!("check {name}.yaml --label run=first-{name}")).code, Some(0));
    }
    let length = start.elapsed() / 2;
    let seed = std::env::var_os("TAMIZ_SEED").and_then(|seed| seed.to_str()?.parse().ok()).unwrap_or(20_261_122);
    let by_itself = Mutex::new(vec!["first-a".to_owned(), "first-b".to_owned()]);
    std::thread::scope(|scope| {
        for (offset, name) in [(0, "a"), (1, "b")] {
            let (place, by_itself) = (&place, &by_itself);
            scope.spawn(move || {
                let mut random = Random(seed + offset);
                for run in 0..RUNS / 2 {
                    let label = format!("{name}-{run}");
                    if ends_by_itself(place, name, &label, run, length, &mut random) {
                        by_itself.lock().unwrap().push(label);
                    }
                }
            });
        }
    });
    assert_whole(&place, &by_itself.into_inner().unwrap());
    for name in ["a", "b"] {
        let ran = place.run(&format!("check {name}.yaml --lock fail"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let lines = history(&place).into_iter().filter(|line| line.get("line").is_none()).count();
    assert_eq!(lines, 0, "a torn line was not taken out");
}

/// Starts a run, kills it at a random point of its time, or of the time when it writes; says whether it was faster.
fn ends_by_itself(place: &Place, name: &str, label: &str, run: u64, length: Duration, random: &mut Random) -> bool {
    let folder = place.path("reports/runs");
    let before = entries(&folder, name);
    let source = format!("in-{name}.csv");
    // Of three runs one publishes what it checked, and one tells the good rows from the bad.
    let line = match run % 3 {
        0 => {
            place.write(&source, &data(run));
            format!("publish {source} out/{name}.csv --suite {name}.yaml --label run={label}")
        }
        1 => format!("check {name}.yaml --label run={label} --quarantine rows/{name}"),
        _ => format!("check {name}.yaml --label run={label}"),
    };
    let mut child = place.start(&line);
    drop(child.stdin.take());
    if run.is_multiple_of(2) {
        std::thread::sleep(length.mul_f64(random.share() * 2.0));
    } else {
        let start = Instant::now();
        while entries(&folder, name) == before && child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_mins(1));
            std::thread::sleep(Duration::from_micros(300));
        }
        std::thread::sleep(Duration::from_millis(40).mul_f64(random.share()));
    }
    // One that has ended already cannot be killed.
    let _ = child.kill();
    let ran = ended(child);
    assert!(matches!(ran.code, None | Some(0)), "{ran:?}");
    ran.code.is_some()
}

fn assert_whole(place: &Place, by_itself: &[String]) {
    let validator = jsonschema::validator_for(&tamiz::report::json::schema()).unwrap();
    let mut ids = HashMap::new();
    for path in files(&place.path("reports")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read(&path).unwrap();
        if name.ends_with(".json") {
            let document: Json =
                serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(name == "index.json" || validator.is_valid(&document), "{}", path.display());
            if name == "report.json" {
                let label = document["run"]["labels"]["run"].as_str().unwrap().to_owned();
                ids.insert(label, document["run"]["id"].as_str().unwrap().to_owned());
            }
        } else if name.ends_with(".html") {
            assert!(text.trim_ascii_end().ends_with(b"</html>"), "{}", path.display());
            assert!(
                name != "report.html" || path.with_file_name("report.json").exists(),
                "{} has no record",
                path.display()
            );
        }
    }
    let runs = tamiz::history::History::new(&place.path("reports")).runs().unwrap();
    for run in &runs {
        for name in ["report.json", "report.html"] {
            assert!(place.path("reports/runs").join(&run.folder).join(name).exists(), "{run:?} has no {name}");
        }
    }
    assert_rows_are_whole(place);
    for label in by_itself {
        let id = ids.get(label).unwrap_or_else(|| panic!("the run {label} has no record"));
        assert!(runs.iter().any(|run| run.id == *id), "the run {label} has no line");
    }
    let killed = RUNS + 2 - by_itself.len() as u64;
    assert!(killed > RUNS / 4, "only {killed} runs were killed");
    assert!(by_itself.len() > 4, "only {} runs came to their end", by_itself.len());
    for lock in [".locks/a.lock", ".locks/b.lock", "history/.lock"] {
        File::open(place.path("reports").join(lock)).unwrap().try_lock().unwrap();
    }
    for name in ["a", "b"] {
        if let Ok(published) = fs::read_to_string(place.path(&format!("out/{name}.csv"))) {
            assert!((0..RUNS).any(|run| data(run) == published), "a part was published");
        }
    }
}

/// What stands under the name of a run holds all its rows, and every file is the one that the manifest says.
fn assert_rows_are_whole(place: &Place) {
    let folders = glob::glob(&place.path("rows/*/d/run_id=*").display().to_string()).unwrap().map(Result::unwrap);
    let mut whole = 0;
    for folder in folders {
        let text =
            fs::read(folder.join("manifest.json")).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let manifest: Json = serde_json::from_slice(&text).unwrap();
        assert_eq!(manifest["valid"], 2000, "{manifest}");
        for file in manifest["files"].as_array().unwrap() {
            let bytes = fs::metadata(folder.join(file["name"].as_str().unwrap())).unwrap().len();
            assert_eq!(file["bytes"], bytes, "{}", folder.display());
        }
        assert_eq!(fs::read_to_string(folder.join("valid.csv")).unwrap(), data(0));
        whole += 1;
    }
    assert!(whole > 0, "no run came to tell rows apart");
}

/// The lines of the history, each with what it holds; one that is torn holds nothing.
fn history(place: &Place) -> Vec<Json> {
    let texts = files(&place.path("reports/history")).into_iter().filter(|path| path.extension().is_some());
    let texts: Vec<String> = texts.map(|path| fs::read_to_string(path).unwrap()).collect();
    texts.iter().flat_map(|text| text.lines()).map(|line| serde_json::from_str(line).unwrap_or_default()).collect()
}

/// Data that differ from run to run, and hold.
fn data(run: u64) -> String {
    let rows: String = (0..2000).fold(String::new(), |rows, row| rows + &format!("{row},{}\n", row * (run + 1)));
    format!("id,n\n{rows}")
}

/// How many runs of a suite have a folder.
fn entries(folder: &Path, suite: &str) -> usize {
    let part = format!("_{suite}_");
    fs::read_dir(folder).map_or(0, |entries| {
        entries.filter(|entry| entry.as_ref().is_ok_and(|it| it.file_name().to_string_lossy().contains(&part))).count()
    })
}

/// Every file below a folder that does not have a temporary name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let found = glob::glob(&folder.join("**/*").display().to_string()).unwrap().map(Result::unwrap);
    found.filter(|path| path.is_file() && !path.file_name().unwrap().to_string_lossy().starts_with(".tamiz-")).collect()
}

/// Numbers that differ from seed to seed (splitmix64).
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    }
}
