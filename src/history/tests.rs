//! Tests of what is kept and read.

use std::fs;

use super::*;
use crate::outcome::Status;

/// A history with so many runs, an hour apart, of so many rules; the rule 0 fails from a run on.
fn history(folder: &Path, suite: &str, runs: u32, rules: u32, failing_from: u32) -> History {
    let history = History::new(folder);
    let mut books: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for run in 0..runs {
        let month = sample::run(suite, run, false).started_at[..7].to_owned();
        let group = sample::group(suite, run, rules, |rule| rule == 0 && run >= failing_from);
        books.entry(history.book(suite, &month)).or_default().extend(group);
    }
    for (path, text) in books {
        fs::create_dir_all(folder_of(&path)).unwrap();
        fs::write(path, text).unwrap();
    }
    history
}

#[test]
fn a_torn_last_line_is_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history/x-2026-01.ndjson");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    for torn in [b"{\"line\":\"run\",\"id\":".as_slice(), b"{\"line\":\"run\",\"id\":\"\xc3"] {
        fs::write(&path, torn).unwrap();
        assert_eq!(History::new(folder.path()).runs().unwrap(), Vec::new());
    }
}

#[test]
fn a_history_file_says_its_suite_and_month() {
    assert_eq!(book_of("ventas-2026-11.ndjson"), Some(("ventas", "2026-11")));
    assert_eq!(book_of("a-b-2026-11.ndjson"), Some(("a-b", "2026-11")));
    for other in ["ventas-2026-11.json", "-2026-11.ndjson", "2026-11.ndjson", "a-2026-1.ndjson", "a-26-11.ndjson"] {
        assert_eq!(book_of(other), None, "{other}");
    }
}

#[test]
fn the_past_is_the_newest_runs_over_months_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path(), "s", 24 * 40, 3, 24 * 40 - 5);
    let past = history.past("s", 24 * 20).unwrap();
    assert_eq!(past.runs.len(), 24 * 20);
    assert!(past.runs.is_sorted_by(|a, b| a.run.order() < b.run.order()));
    assert_eq!(past.newest().unwrap().run.id, sample::id(24 * 40 - 1));
    let since = past.failing("d.c0.not_null").unwrap();
    assert_eq!((since.run.clone(), since.runs), (sample::id(24 * 40 - 5), 5));
    assert_eq!(past.failing("d.c1.not_null"), None);
    assert_eq!(past.rule("d.c0.not_null").filter(|(_, line)| line.unwrap().status == Status::Failed).count(), 5);
    assert_eq!(past.rows("d").last().unwrap().1, (24 * 40 - 1) * 10);
    assert_eq!(history.past("t", 9).unwrap(), Past::default());
    assert_eq!(history.runs().unwrap().len(), 24 * 40);
    assert_eq!(history.month("2024-02", usize::MAX).unwrap().len(), 24 * 9);
    assert_eq!(history.recent(2).unwrap().len(), 2);
}

/// Runs kept as a check keeps them: the lines appended, the state beside them.
fn append(history: &History, run: u32, statuses: &[Status], selected: bool) {
    let line = RunLine { selected, ..sample::run("s", run, false) };
    let rules: Vec<RuleLine> = statuses
        .iter()
        .enumerate()
        .map(|(at, status)| sample::rule(&line, u32::try_from(at).unwrap(), *status))
        .collect();
    history.append_lines(&line, &rules).unwrap();
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

    /// What is counted run by run is what the history says, read backwards.
    #[test]
    fn since_when_rules_fail_is_the_same_counted_and_read(
        runs in proptest::collection::vec((proptest::collection::vec(0_u8..4, 0..4), proptest::bool::weighted(0.2)), 1..30)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let history = History::new(folder.path());
        let word = [Status::Passed, Status::Failed, Status::Error, Status::Skipped];
        for (number, (rules, selected)) in runs.iter().enumerate() {
            let statuses: Vec<Status> = rules.iter().map(|rule| word[usize::from(*rule)]).collect();
            append(&history, u32::try_from(number).unwrap() * 100, &statuses, *selected);
        }
        let counted = history.streaks("s").unwrap();
        proptest::prop_assert_eq!(&counted, &history.streaks_again("s").unwrap());
        history.forget_streaks("s").unwrap();
        proptest::prop_assert_eq!(counted, history.streaks("s").unwrap());
    }
}

#[test]
fn a_run_that_began_before_the_newest_is_kept_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(folder.path());
    for run in [0, 4, 2, 1_000, 3] {
        append(&history, run, &[Status::Failed], false);
    }
    let ids: Vec<String> = history.runs().unwrap().into_iter().map(|run| run.id).collect();
    assert_eq!(ids, [0, 2, 3, 4, 1_000].map(sample::id));
    let past = history.past("s", 10).unwrap();
    let since = past.failing("d.c0.not_null").unwrap();
    assert_eq!((since.run.clone(), since.runs), (sample::id(0), 5));
}

#[test]
fn an_append_takes_out_what_was_torn_before() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(folder.path());
    append(&history, 0, &[Status::Passed], false);
    let path = history.book("s", "2024-01");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [whole.as_slice(), b"{\"line\":\"rule\",\"run\":\"x\"}\n{\"li"].concat()).unwrap();
    append(&history, 1, &[Status::Passed], false);
    let text = fs::read(&path).unwrap();
    assert!(text.starts_with(&whole));
    assert_eq!(text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(), 4);
}

/// What this thread has read so far, as the system counts it.
#[cfg(target_os = "linux")]
pub(super) fn bytes_read() -> u64 {
    let told = fs::read_to_string("/proc/thread-self/io").unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
    line.parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn listing_and_adding_a_run_read_as_little_of_ten_thousand_as_of_a_hundred() {
    let cost = |runs: u32| {
        let folder = tempfile::tempdir().unwrap();
        // A rule that fails since long ago.
        let history = history(folder.path(), "s", runs, 20, runs - 60);
        // The first run after a history came from elsewhere finds out since when rules fail.
        append(&history, runs, &[Status::Failed; 20], false);
        let start = bytes_read();
        append(&history, runs + 1, &[Status::Failed; 20], false);
        let added = bytes_read() - start;
        let listed = history.select(&Filter { limit: Some(30), ..Filter::default() }, true).unwrap();
        let past = history.past("s", 30).unwrap();
        assert_eq!((listed.len(), past.runs.len()), (30, 30));
        assert_eq!(past.failing("d.c0.not_null").unwrap().runs, 62);
        (added, bytes_read() - start - added)
    };
    // All within a month and over fourteen of them.
    let (few, many) = (cost(100), cost(10_000));
    assert!(many.0 < few.0 + 20_000 && many.1 < few.1 + 20_000, "{few:?} {many:?}");
    assert!(many.0 < 60_000 && many.1 < 2_000_000, "{many:?}");
}

#[test]
fn the_folder_of_a_run_is_there_whole_and_what_a_killed_run_left_of_one_is_swept() {
    let place = tempfile::tempdir().unwrap();
    let history = History::new(place.path());
    let beside = [("rows/a.csv".to_owned(), "n\n1\n".to_owned())];
    let folder = Folder { record: "{}", alone: "a", page: "p", beside: &beside };
    history.put_folder("one", &folder).unwrap();
    let names = || entries(place.path()).unwrap().into_iter().filter_map(|path| Some(path.file_name()?.to_owned()));
    assert_eq!(names().collect::<Vec<_>>(), ["runs"], "nothing temporary is left");
    assert_eq!(fs::read_to_string(place.path().join("runs/one/rows/a.csv")).unwrap(), "n\n1\n");
    assert_eq!(entries(&place.path().join("runs/one")).unwrap().len(), 4);
    assert!(history.put_folder("one", &folder).is_err(), "no run replaces another");
    let left = place.path().join(".tamiz-left");
    fs::create_dir_all(left.join("two")).unwrap();
    fs::write(left.join(IN_USE), "").unwrap();
    history.sweep(SystemTime::now() + Duration::from_mins(1));
    assert_eq!(names().collect::<Vec<_>>(), ["runs"]);
}

#[test]
fn the_columns_of_a_dataset_come_from_the_newest_record_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path(), "s", 3, 1, 9);
    assert_eq!(history.columns("s", "d", 5).unwrap(), None, "no run has its record");
    assert_eq!(history.columns("s", "x", 5).unwrap(), None);
}

#[test]
fn a_filter_takes_what_it_says_and_reads_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path(), "s", 24 * 60, 2, 24 * 60 - 3);
    let moment = |text: &str| Some(chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc());
    let count = |filter: Filter| history.select(&filter, false).unwrap().len();
    let all = Filter::default;
    assert_eq!(count(all()), 24 * 60);
    assert_eq!(count(Filter { statuses: vec![crate::outcome::RunStatus::Failed], ..all() }), 3);
    assert_eq!(count(Filter { suites: vec![glob::Pattern::new("t*").unwrap()], ..all() }), 0);
    let day = Filter { since: moment("2024-02-10T00:00:00Z"), until: moment("2024-02-11T00:00:00Z"), ..all() };
    assert_eq!(count(day.clone()), 24);
    assert_eq!(count(Filter { branch: Some(glob::Pattern::new("*").unwrap()), ..all() }), 0);
    assert_eq!(count(Filter { labels: vec![("a".to_owned(), "b".to_owned())], ..all() }), 0);
    let rule = |id: &str| Filter { rule: Some(glob::Pattern::new(id).unwrap()), limit: Some(5), ..all() };
    assert_eq!((count(rule("d.c1.*")), count(rule("d.c2.*"))), (5, 0));
    // An older month that cannot be read is not read.
    fs::remove_file(history.book("s", "2024-01")).unwrap();
    fs::create_dir(history.book("s", "2024-01")).unwrap();
    assert_eq!(count(day), 24);
    assert!(history.select(&all(), false).is_err());
}
