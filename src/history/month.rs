//! The runs of a month over all suites, numbered in the order of time, so that pages of a month need not be made again.
//!
//! What was counted is `Seen`: of each suite how many runs, which is the newest, and where its lines end. It counts only if
//! that run still ends there; then what stands behind is new, and nothing before it needs to be read. It knows no pages.

use std::collections::BTreeMap;
use std::fs::{self, File};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::history::backwards::{Backwards, Found};
use crate::history::{History, RunLine, reading, write_whole};

/// What was known of the runs of a month when somebody last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    suites: BTreeMap<String, Counted>,
}

/// What was known of the history file of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    /// How many runs it held.
    runs: usize,
    /// The id of the newest of them.
    newest: String,
    /// Where the line of that run ends, in bytes.
    end: u64,
}

/// What became of a month since it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grown {
    /// All runs of the month, as they are now.
    pub now: Seen,
    /// The place of the first run, in the order of time, that was not there or may have been elsewhere; as many as there are
    /// runs if nothing is new.
    pub first: usize,
}

impl Seen {
    /// How many runs the month had.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.suites.values().map(|counted| counted.runs).sum()
    }
}

impl History {
    /// What was last seen of a month; nothing if that is not known.
    #[must_use]
    pub fn seen(&self, month: &str) -> Seen {
        let kept = fs::read(self.seen_file(month)).ok();
        kept.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Keeps what was seen of a month.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep_seen(&self, month: &str, seen: &Seen) -> Result<(), Error> {
        let text = serde_json::to_string(seen).map_err(|error| Error::Render(error.to_string()))? + "\n";
        write_whole(&self.seen_file(month), text.as_bytes(), false)
    }

    /// Counts the runs of a month. What it costs depends on how many are new, and on how many began after the first of them.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn grown(&self, month: &str, seen: &Seen) -> Result<Grown, Error> {
        let mut now = Seen::default();
        let mut oldest: Option<RunLine> = None;
        let books = self.books_of(month)?;
        let mut known = seen.suites.keys().all(|suite| books.contains(suite));
        for suite in &books {
            let before = seen.suites.get(suite);
            let mut file = self.open_book(suite, month)?;
            let (mut new, mut newest, mut found_again) = (0, None, false);
            while let Some(found) = file.run().map_err(reading(&self.book(suite, month)))? {
                let end = before.map_or(0, |before| before.end);
                found_again = before.is_some_and(|before| found.end == end && found.run.id == before.newest);
                newest.get_or_insert_with(|| (found.run.id.clone(), found.end));
                if found_again {
                    break;
                }
                new += 1;
                if oldest.as_ref().is_none_or(|oldest| found.run.order() < oldest.order()) {
                    oldest = Some(found.run);
                }
            }
            known &= found_again || before.is_none();
            let runs = new + before.filter(|_| found_again).map_or(0, |before| before.runs);
            if let Some((newest, end)) = newest {
                now.suites.insert(suite.clone(), Counted { runs, newest, end });
            }
        }
        let first = match oldest {
            _ if !known => 0,
            None => now.runs(),
            Some(oldest) => now.runs().saturating_sub(self.since_run(month, &oldest)?),
        };
        Ok(Grown { now, first })
    }

    /// The newest runs of a month, so many at most, oldest first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn month(&self, month: &str, limit: usize) -> Result<Vec<RunLine>, Error> {
        let mut runs = Vec::new();
        self.each_of_month(month, |run| {
            let wanted = runs.len() < limit;
            runs.extend(wanted.then_some(run));
            wanted
        })?;
        runs.reverse();
        Ok(runs)
    }

    /// How many runs of a month there are from one on.
    fn since_run(&self, month: &str, first: &RunLine) -> Result<usize, Error> {
        let mut count = 0;
        self.each_of_month(month, |run| {
            let is_since = run.order() >= first.order();
            count += usize::from(is_since);
            is_since
        })?;
        Ok(count)
    }

    /// Hands over the runs of a month, the newest first, as long as they are wanted.
    fn each_of_month(&self, month: &str, mut wanted: impl FnMut(RunLine) -> bool) -> Result<(), Error> {
        let mut files: Vec<(Found, Backwards<File>, String)> = Vec::new();
        for suite in self.books_of(month)? {
            let mut file = self.open_book(&suite, month)?;
            if let Some(newest) = file.run().map_err(reading(&self.book(&suite, month)))? {
                files.push((newest, file, suite));
            }
        }
        loop {
            let newest =
                files.iter().enumerate().max_by(|(_, (a, ..)), (_, (b, ..))| a.run.order().cmp(&b.run.order()));
            let Some(at) = newest.map(|(at, _)| at) else { return Ok(()) };
            let (held, file, suite) = &mut files[at];
            let run = match file.run().map_err(reading(&self.book(suite, month)))? {
                Some(older) => std::mem::replace(held, older).run,
                None => files.swap_remove(at).0.run,
            };
            if !wanted(run) {
                return Ok(());
            }
        }
    }

    /// The suites that have runs in a month.
    fn books_of(&self, month: &str) -> Result<Vec<String>, Error> {
        let months = self.months()?.into_iter();
        Ok(months.filter(|(_, known)| known.iter().any(|known| known == month)).map(|(suite, _)| suite).collect())
    }

    fn open_book(&self, suite: &str, month: &str) -> Result<Backwards<File>, Error> {
        let path = self.book(suite, month);
        File::open(&path).and_then(Backwards::new).map_err(reading(&path))
    }

    fn seen_file(&self, month: &str) -> std::path::PathBuf {
        self.root.join("history").join(".months").join(month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{folder_of, sample};

    const MONTH: &str = "2024-01";

    /// Adds runs to the history file of a suite, as they end.
    fn add(history: &History, suite: &str, runs: impl IntoIterator<Item = u32>) {
        for number in runs {
            history.append_lines(&sample::run(suite, number, false), &[]).unwrap();
        }
    }

    fn look(history: &History, seen: &mut Seen) -> (usize, usize) {
        let grown = history.grown(MONTH, seen).unwrap();
        *seen = grown.now;
        (grown.first, seen.runs())
    }

    #[test]
    fn what_is_new_in_a_month_is_told_by_its_place_in_the_order_of_time() {
        let place = tempfile::tempdir().unwrap();
        let history = History::new(place.path());
        let mut seen = Seen::default();
        assert_eq!(look(&history, &mut seen), (0, 0));
        add(&history, "a", [0, 2, 4]);
        assert_eq!(look(&history, &mut seen), (0, 3));
        assert_eq!(look(&history, &mut seen), (3, 3), "nothing is new");
        add(&history, "a", [6, 8]);
        assert_eq!(look(&history, &mut seen), (3, 5));
        // A suite that began earlier and took longer: 0 2 4 [5] 6 8 [9].
        add(&history, "b", [5, 9]);
        assert_eq!(look(&history, &mut seen), (3, 7));
        add(&history, "b", [10]);
        add(&history, "c", [7]);
        assert_eq!(look(&history, &mut seen), (5, 9));
        let newest = history.month(MONTH, 4).unwrap();
        assert_eq!(newest.iter().map(|run| run.duration_ms).collect::<Vec<_>>(), [7, 8, 9, 10]);
        assert_eq!(history.month(MONTH, 99).unwrap().len(), 9);
        assert_eq!(history.month("2024-02", 99).unwrap(), Vec::new());
        history.keep_seen(MONTH, &seen).unwrap();
        assert_eq!((history.seen(MONTH), history.seen("2024-02")), (seen, Seen::default()));
    }

    #[test]
    fn a_month_into_which_runs_came_or_of_which_some_went_is_seen_anew() {
        let place = tempfile::tempdir().unwrap();
        let history = History::new(place.path());
        let mut seen = Seen::default();
        add(&history, "a", [0, 4, 6]);
        look(&history, &mut seen);
        add(&history, "a", [2]);
        assert_eq!(look(&history, &mut seen), (0, 4), "it stands before the newest");
        let book = history.book("a", MONTH);
        let text = fs::read_to_string(&book).unwrap();
        fs::write(&book, text.split_inclusive('\n').skip(1).collect::<String>()).unwrap();
        assert_eq!(look(&history, &mut seen), (0, 3), "the oldest went");
        fs::remove_file(&book).unwrap();
        assert_eq!(look(&history, &mut seen), (0, 0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_more_run_costs_as_little_in_a_month_of_many_as_of_few() {
        let cost = |runs: u32| {
            let place = tempfile::tempdir().unwrap();
            let history = History::new(place.path());
            let book = history.book("s", MONTH);
            fs::create_dir_all(folder_of(&book)).unwrap();
            let line = |number| String::from_utf8(sample::group("s", number, 0, |_| false)).unwrap();
            // Forty of each hour, so that they lie in one month.
            fs::write(&book, (0..runs).map(|run| line(run / 40)).collect::<String>()).unwrap();
            let seen = history.grown(MONTH, &Seen::default()).unwrap().now;
            let mut file = fs::OpenOptions::new().append(true).open(&book).unwrap();
            std::io::Write::write_all(&mut file, line(700).as_bytes()).unwrap();
            let start = crate::history::tests::bytes_read();
            let grown = history.grown(MONTH, &seen).unwrap();
            assert_eq!((grown.first, grown.now.runs()), (runs as usize, runs as usize + 1));
            assert_eq!(history.month(MONTH, 100).unwrap().len(), 100);
            crate::history::tests::bytes_read() - start
        };
        let (few, many) = (cost(200), cost(20_000));
        assert!(many < few + 20_000, "{few} {many}");
    }
}
