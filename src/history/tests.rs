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
    assert_eq!(history.month("2024-02").unwrap().len(), 24 * 9);
    assert_eq!(history.recent(2).unwrap().len(), 2);
}
