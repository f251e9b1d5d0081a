//! Runs kept: folders with records and pages, one line a run and a rule for trends.
//!
//! `line` says what a line holds, `append` adds those of a run, `past` reads the newest ones `backwards`, `since` knows since
//! when rules fail, `calendar` how days went, `rhythm` how often a suite runs, `month` counts the runs of a month, `filter` chooses runs, `table` makes tables of them, `merge` unites
//! histories, `follow` takes in what others kept, `carry` brings runs from one `place` to another, `prune` takes old ones away. `states` is where
//! what was seen of files of data lies.
//!
//! A run is there in this order: its folder with all that is in it, written beside and put in its place in one step; its
//! history lines, in one write, the line of the run last; then what is made anew each time: `latest` and the index. From the
//! history lines on this happens under a `lock` that the operating system releases when a process dies. A run is listed if its
//! line is there, so a process that is killed on the way leaves a temporary folder, a folder that nobody names, or history
//! lines without their last, which are ignored and taken out by the next run. It judges nothing again.

pub mod calendar;
pub mod filter;
pub mod line;
pub mod lock;
pub mod merge;
pub mod month;
pub mod past;
pub mod place;
pub mod prune;
pub mod rhythm;
pub mod table;

mod append;
mod backwards;
mod carry;
mod follow;
mod since;
mod states;
mod whole;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::outcome::Report;
pub use calendar::{Calendar, Day};
pub use carry::{Carried, carry};
pub use filter::Filter;
pub use line::{DatasetLine, Line, RuleLine, RunLine};
pub use past::{Past, PastRun, Walk};
pub use rhythm::Rhythm;
pub use since::Since;
pub use whole::{IN_USE, TEMPORARY, folder_of, sweep, sync_folder, write_whole};

/// What lies in the folder of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Folder<'a> {
    /// Its record, `report.json`.
    pub record: &'a str,
    /// Its page that stands alone, `report.html`.
    pub alone: &'a str,
    /// Its page of the site, `index.html`.
    pub page: &'a str,
    /// Further files by their names.
    pub beside: &'a [(String, String)],
}

/// The folder that runs are kept in.
pub struct History {
    root: PathBuf,
}

impl History {
    /// The history in a folder, which need not exist yet.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The name of the folder of a run.
    #[must_use]
    pub fn folder(report: &Report) -> String {
        let when: String = report.run.started_at.chars().take(19).filter(|c| *c != ':').collect();
        let id: String = report.run.id.chars().filter(|c| *c != '-').collect();
        let suffix = &id[id.len().saturating_sub(6)..];
        format!("{when}Z_{}_{suffix}", report.run.suite)
    }

    /// Where a file of a run lies.
    #[must_use]
    pub fn path_of(&self, report: &Report, name: &str) -> PathBuf {
        self.root.join("runs").join(Self::folder(report)).join(name)
    }

    /// The file whose lock keeps two runs of a suite from happening at the same time.
    #[must_use]
    pub fn lock_of(&self, suite: &str) -> PathBuf {
        self.root.join(".locks").join(format!("{suite}.lock"))
    }

    /// Keeps a run: its folder, its history lines, and the newest of its suite.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep(&self, report: &Report, folder: &Folder<'_>) -> Result<(), Error> {
        self.put_folder(&Self::folder(report), folder)?;
        let _books = self.books()?;
        self.append(report)?;
        let latest = self.root.join("latest");
        write_whole(&latest.join(format!("{}.json", report.run.suite)), folder.record.as_bytes(), false)?;
        write_whole(&latest.join(format!("{}.html", report.run.suite)), folder.alone.as_bytes(), false)
    }

    /// Writes what is about more than one run, while no other run can come in between: the newest command, and `pages`.
    ///
    /// # Errors
    /// A file that cannot be written, or what `pages` says.
    pub fn publish(&self, invocation: &str, pages: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let _books = self.books()?;
        write_whole(&self.root.join("latest/index.json"), invocation.as_bytes(), false)?;
        pages()
    }

    /// Removes what killed runs left behind before a moment: temporary files and folders. Folders of runs are not looked at:
    /// they are whole, and those that no line names are the business of [`History::prune`].
    pub fn sweep(&self, before: SystemTime) {
        for folder in ["", "latest", "history", ".states"] {
            sweep(&self.root.join(folder), before);
        }
    }

    /// Puts the folder of a run in its place, with all its files or not at all.
    fn put_folder(&self, name: &str, content: &Folder<'_>) -> Result<(), Error> {
        let place = self.root.join("runs").join(name);
        let runs = folder_of(&place);
        let wrong = |source| Error::Write { path: place.clone(), source };
        fs::create_dir_all(runs).map_err(wrong)?;
        let aside = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(&self.root).map_err(wrong)?;
        let in_use = File::create(aside.path().join(IN_USE)).map_err(wrong)?;
        // Where the file system knows no locks, nothing is swept either.
        let _ = in_use.try_lock();
        let folder = aside.path().join(name);
        let files = [("report.json", content.record), ("index.html", content.page), ("report.html", content.alone)];
        for (file, text) in files.into_iter().chain(content.beside.iter().map(|(file, text)| (&**file, &**text))) {
            write_whole(&folder.join(file), text.as_bytes(), true)?;
        }
        fs::rename(&folder, &place).and_then(|()| sync_folder(runs)).map_err(wrong)
    }

    /// The suites that have runs, each with the months of its history files, `2026-11`, oldest first.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn months(&self) -> Result<BTreeMap<String, Vec<String>>, Error> {
        let folder = self.root.join("history");
        let mut months: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in entries(&folder)? {
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some((suite, month)) = name.and_then(book_of) {
                months.entry(suite.to_owned()).or_default().push(month.to_owned());
            }
        }
        months.values_mut().for_each(|months| months.sort());
        Ok(months)
    }

    /// The newest runs of all suites, so many at most, oldest first. What it costs does not depend on how many there are.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn recent(&self, limit: usize) -> Result<Vec<RunLine>, Error> {
        let mut runs = self.select(&Filter { limit: Some(limit), ..Filter::default() }, false)?;
        runs.reverse();
        Ok(runs.into_iter().map(|past| past.run).collect())
    }

    /// Every run kept, oldest first; lines that are not understood are left out, and so is a torn last line.
    ///
    /// What it costs grows with the history: see [`History::recent`] and [`History::past`].
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn runs(&self) -> Result<Vec<RunLine>, Error> {
        self.recent(usize::MAX)
    }

    /// The record of a run; none if it is no longer there.
    ///
    /// # Errors
    /// A record that cannot be read, or that another version wrote.
    pub fn record_of(&self, run: &RunLine) -> Result<Option<Report>, Error> {
        let path = self.root.join("runs").join(&run.folder).join("report.json");
        match record(&path) {
            Ok(report) => Ok(Some(report)),
            Err(Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The newest run of each suite, by the name of the suite.
    ///
    /// # Errors
    /// A record that cannot be read, or that another version wrote.
    pub fn latest(&self) -> Result<Vec<Report>, Error> {
        let mut reports = Vec::new();
        for path in entries(&self.root.join("latest"))? {
            let is_record = path.extension().is_some_and(|extension| extension == "json")
                && path.file_name().is_some_and(|name| name != "index.json");
            if is_record {
                reports.push(record(&path)?);
            }
        }
        reports.sort_by(|a, b| a.run.suite.cmp(&b.run.suite));
        Ok(reports)
    }

    /// Waits until nobody else writes what is about more than one run; that takes milliseconds, unless somebody hangs.
    ///
    /// # Errors
    /// The lock cannot be had.
    pub fn books(&self) -> Result<File, Error> {
        Self::held(&self.root.join("history").join(".lock"))
    }

    /// Waits until no other process follows a history that is kept elsewhere.
    ///
    /// # Errors
    /// The lock cannot be had.
    pub fn following(&self) -> Result<File, Error> {
        Self::held(&self.root.join("history").join(".following"))
    }

    fn held(path: &Path) -> Result<File, Error> {
        let wrong = |source| Error::Write { path: path.to_owned(), source };
        fs::create_dir_all(folder_of(path)).map_err(wrong)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(wrong)?;
        for _ in 0..PATIENCE {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(wrong(error)),
            }
        }
        Err(wrong(io::Error::new(io::ErrorKind::TimedOut, "another process does not let it go")))
    }

    /// The history file of a suite and month.
    fn book(&self, suite: &str, month: &str) -> PathBuf {
        self.root.join("history").join(format!("{suite}-{month}.ndjson"))
    }

    /// Adds runs to a history file that holds newer ones too. Who calls has the lock of the books.
    fn add_to_book(&self, suite: &str, month: &str, groups: Vec<merge::Group>) -> Result<(), Error> {
        let path = self.book(suite, month);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(reading(&path)(error)),
        };
        self.forget_streaks(suite)?;
        write_whole(&path, &merge::text(&merge::union(merge::groups(&text), groups)), true)
    }
}

/// Reads the record of a run.
///
/// # Errors
/// A file that cannot be read, or holds no record of this version.
pub fn record(path: &Path) -> Result<Report, Error> {
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(wrong)?;
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("it holds no record of a run that this version knows: {error}");
        wrong(io::Error::new(io::ErrorKind::InvalidData, message))
    })
}

/// How often one asks for the lock of the history, ten milliseconds apart.
const PATIENCE: u32 = 6000;

/// What lies in a folder, which need not be there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Read { path: folder.to_owned(), source }),
    };
    entries.map(|entry| Ok(entry.map_err(reading(folder))?.path())).collect()
}

/// The name of the file that the changes of the breaker of a suite are kept in, beside its history files.
#[must_use]
pub fn breaker_book(suite: &str) -> String {
    format!("{suite}.breaker.ndjson")
}

/// The suite that the name of such a file says.
#[must_use]
pub fn suite_of_breaker_book(name: &str) -> Option<&str> {
    name.strip_suffix(".breaker.ndjson").filter(|suite| !suite.is_empty())
}

/// The suite and the month that the name of a history file says: `ventas-2026-11.ndjson`.
#[must_use]
pub fn book_of(name: &str) -> Option<(&str, &str)> {
    let (suite, month) = name.strip_suffix(".ndjson")?.rsplit_once('-').and_then(|(rest, _)| {
        let (suite, year) = rest.rsplit_once('-')?;
        let month = &name[suite.len() + 1..name.len() - ".ndjson".len()];
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(year, 4) && digits(&month[5..], 2)).then_some((suite, month))
    })?;
    (!suite.is_empty()).then_some((suite, month))
}

/// A file that cannot be read.
fn reading(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Read { path: path.clone(), source }
}

#[cfg(test)]
pub(crate) mod sample;

#[cfg(test)]
mod tests;
