//! The changes of the breaker of a suite, one line each, in `history/SUITE.breaker.ndjson` below the folder of reports.
//!
//! The file only grows. A line is written at once, behind the last whole one, under the lock of the history, and made to
//! outlive a loss of power before anybody is told of it; what a killed process left of a line is taken out by the next one. A
//! whole line that is not understood is an error: a breaker that nobody can read is not closed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::breaker::state::{Change, State};
use crate::error::Error;
use crate::history::{History, breaker_book, folder_of, sync_folder};

/// The changes of the breaker of a suite.
pub struct Book {
    root: PathBuf,
    path: PathBuf,
}

/// A line of the file; what it came to is said for readers of the file alone.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    change: &'a Change,
    tripped: bool,
    failures: u64,
}

impl Book {
    /// The changes of a suite in a folder of reports, neither of which need exist yet.
    #[must_use]
    pub fn new(reports: &Path, suite: &str) -> Self {
        Self { root: reports.to_owned(), path: reports.join("history").join(breaker_book(suite)) }
    }

    /// The suites that have changes in a folder of reports, by name.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn suites(reports: &Path) -> Result<Vec<String>, Error> {
        let folder = reports.join("history");
        let wrong = |source| Error::Read { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(wrong(source)),
        };
        let mut suites = Vec::new();
        for entry in entries {
            let name = entry.map_err(wrong)?.file_name();
            suites.extend(name.to_str().and_then(|name| name.strip_suffix(&breaker_book(""))).map(str::to_owned));
        }
        suites.sort();
        Ok(suites)
    }

    /// The changes, the oldest first.
    ///
    /// # Errors
    /// A file that cannot be read, or a whole line of it that is not understood.
    pub fn changes(&self) -> Result<Vec<Change>, Error> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.unread(source)),
        };
        let whole = &bytes[..end_of_lines(&bytes)];
        let lines = whole.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        let read = lines.map(|(at, line)| {
            serde_json::from_slice(line).map_err(|error| {
                let message = format!("line {} is no change of a breaker that this version knows: {error}", at + 1);
                self.unread(io::Error::new(io::ErrorKind::InvalidData, message))
            })
        });
        read.collect()
    }

    /// The breaker.
    ///
    /// # Errors
    /// As of [`Book::changes`].
    pub fn state(&self) -> Result<State, Error> {
        Ok(State::of(&self.changes()?))
    }

    /// Takes a change, unless it makes no difference; gives the breaker before and after it.
    ///
    /// # Errors
    /// As of [`Book::changes`], and a file that cannot be written: nothing has changed then.
    pub fn add(&self, change: &Change) -> Result<(State, State), Error> {
        let before = self.state()?;
        if before.is_idle(&change.what) {
            return Ok((before.clone(), before));
        }
        let _turn = History::new(&self.root).books()?;
        let before = self.state()?;
        let mut after = before.clone();
        if before.is_idle(&change.what) {
            return Ok((before, after));
        }
        after.take(change);
        let line = Line { change, tripped: after.tripped.is_some(), failures: after.failures };
        let mut text = serde_json::to_string(&line).map_err(|error| Error::Render(error.to_string()))?;
        text.push('\n');
        self.append(text.as_bytes()).map_err(|source| Error::Write { path: self.path.clone(), source })?;
        Ok((before, after))
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let folder = folder_of(&self.path);
        fs::create_dir_all(folder)?;
        let mut file: File = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
        let end = end_of_lines(&fs::read(&self.path)?) as u64;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        if let Err(error) = file.write_all(line).and_then(|()| file.sync_all()) {
            // A disk that is full keeps no half of a line.
            let _ = file.set_len(end);
            return Err(error);
        }
        if end == 0 { sync_folder(folder) } else { Ok(()) }
    }

    fn unread(&self, source: io::Error) -> Error {
        Error::Read { path: self.path.clone(), source }
    }
}

/// Where the last whole line ends.
fn end_of_lines(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::state::What;

    fn trip(reason: &str) -> Change {
        Change {
            at: "2026-11-22T10:00:00Z".to_owned(),
            what: What::Tripped { reason: reason.to_owned(), by: Some("ana".to_owned()), hold: false },
        }
    }

    #[test]
    fn what_a_killed_process_left_of_a_line_is_taken_out() {
        let place = tempfile::tempdir().unwrap();
        let book = Book::new(place.path(), "s");
        book.add(&trip("one")).unwrap();
        let whole = fs::read(&book.path).unwrap();
        for cut in 1..whole.len() {
            fs::write(&book.path, [&whole[..], &whole[..cut]].concat()).unwrap();
            let seen = if cut == whole.len() { 2 } else { 1 };
            assert_eq!(book.changes().unwrap().len(), seen, "{cut}");
        }
        book.add(&trip("two")).unwrap();
        assert_eq!(book.changes().unwrap(), [trip("one"), trip("two")]);
        assert_eq!(Book::suites(place.path()).unwrap(), ["s"]);
    }

    #[test]
    fn a_whole_line_that_is_not_understood_is_an_error() {
        let place = tempfile::tempdir().unwrap();
        let book = Book::new(place.path(), "s");
        book.add(&trip("one")).unwrap();
        for strange in ["{\"at\":\"2026-11-22T10:00:00Z\",\"change\":\"of the future\"}\n", "\0\0\0\n", "{}\n"] {
            let whole = fs::read(&book.path).unwrap();
            fs::write(&book.path, [&whole[..], strange.as_bytes()].concat()).unwrap();
            assert!(book.state().unwrap_err().to_string().contains("line 2 is no change"), "{strange}");
            assert!(book.add(&trip("two")).is_err());
            fs::write(&book.path, whole).unwrap();
        }
    }

    #[test]
    fn what_makes_no_difference_writes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let book = Book::new(place.path(), "s");
        let passed = Change { at: "t".to_owned(), what: What::Passed { run: "1".to_owned() } };
        book.add(&passed).unwrap();
        assert!(!book.path.exists());
    }

    #[test]
    fn changes_of_many_threads_are_all_there() {
        let place = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let root = place.path();
                scope.spawn(move || {
                    for at in 0..10 {
                        Book::new(root, "s").add(&trip(&format!("{thread}.{at}"))).unwrap();
                    }
                });
            }
        });
        assert_eq!(Book::new(place.path(), "s").changes().unwrap().len(), 80);
    }
}
