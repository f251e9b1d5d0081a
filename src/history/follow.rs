//! A folder that follows a history kept elsewhere: runs of others taken in, runs taken away there taken away here, and what is
//! kept here and not there yet.
//!
//! What is not there yet is noted by an empty file for each run in `history/.waiting`, before the run is kept. It knows no
//! network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::error::Error;
use crate::history::append::month_of;
use crate::history::carry::{show_newest, united};
use crate::history::merge::{Group, Key, groups};
use crate::history::place::{Place, is_plain};
use crate::history::since::Streaks;
use crate::history::{History, RunLine, breaker_book, entries, reading, suite_of_breaker_book, write_whole};
use crate::outcome::Report;

/// A run that is not everywhere yet where it is to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// The suite.
    pub suite: String,
    /// The month of its history file.
    pub month: String,
    /// Its id.
    pub id: String,
}

impl History {
    /// Notes that a run, which is about to be kept, is to be delivered.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn will_wait(&self, report: &Report) -> Result<(), Error> {
        self.note(&report.run.suite, &report.run.started_at, &report.run.id)
    }

    /// Notes that a run, which is kept, is to be delivered again.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn wait_again(&self, run: &RunLine) -> Result<(), Error> {
        self.note(&run.suite, &run.started_at, &run.id)
    }

    fn note(&self, suite: &str, started_at: &str, id: &str) -> Result<(), Error> {
        let name = format!("{suite}-{}_{id}", month_of(started_at));
        write_whole(&self.waiting_room().join(name), b"", true)
    }

    /// The runs that were noted.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn waiting(&self) -> Result<BTreeSet<Waiting>, Error> {
        let waiting = entries(&self.waiting_room())?.into_iter().filter_map(|path| {
            let (book, id) = path.file_name()?.to_str()?.rsplit_once('_')?;
            let (suite, month) = (book.get(..book.len().checked_sub(8)?)?, book.get(book.len() - 7..)?);
            Some(Waiting { suite: suite.to_owned(), month: month.to_owned(), id: id.to_owned() })
        });
        Ok(waiting.collect())
    }

    /// Takes the note away: the run is delivered, or never was kept.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn waits_no_more(&self, run: &Waiting) -> Result<(), Error> {
        let path = self.waiting_room().join(format!("{}-{}_{}", run.suite, run.month, run.id));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Error::Write { path, source }),
            _ => Ok(()),
        }
    }

    /// The lines of a run.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn lines_of(&self, run: &Waiting) -> Result<Option<Group>, Error> {
        let path = self.book(&run.suite, &run.month);
        match fs::read(&path) {
            Ok(text) => Ok(groups(&text).into_iter().rev().find(|group| group.key.id == run.id)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(reading(&path)(error)),
        }
    }

    /// The ids of those of some runs of a suite that are here.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn known(&self, suite: &str, runs: &[Group]) -> Result<BTreeSet<String>, Error> {
        let Some(oldest) = runs.iter().map(|group| group.key.started_at.as_str()).min() else {
            return Ok(BTreeSet::new());
        };
        let mut known = BTreeSet::new();
        let mut walk = self.walk(suite)?;
        while let Some(run) = walk.next_line()?.filter(|run| run.started_at.as_str() >= oldest) {
            known.insert(run.id);
        }
        Ok(known)
    }

    /// Adds runs of a suite; those that are there stay as they are.
    ///
    /// # Errors
    /// A file that cannot be read or written, or a run whose names lead elsewhere.
    pub fn take_in(&self, suite: &str, runs: Vec<Group>) -> Result<(), Error> {
        let mut months: BTreeMap<String, Vec<Group>> = BTreeMap::new();
        for group in runs {
            let month = month_of(&group.key.started_at).to_owned();
            let book = format!("{suite}-{month}.ndjson");
            if crate::history::book_of(&book).is_none() || !is_plain(&book) {
                let source = io::Error::new(io::ErrorKind::InvalidData, format!("`{}`", book.escape_debug()));
                return Err(Error::Read { path: PathBuf::from("history"), source });
            }
            self.run_folder(&group.key.folder)?;
            months.entry(month).or_default().push(group);
        }
        let _books = self.books()?;
        for (month, mut groups) in months {
            groups.sort_by(|a, b| a.key.cmp(&b.key));
            if !self.append_groups(suite, &month, &groups)? {
                self.add_to_book(suite, &month, groups)?;
            }
        }
        Ok(())
    }

    /// The runs of a suite, the newest first, without their rules.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn ids(&self, suite: &str) -> Result<Vec<RunLine>, Error> {
        let mut walk = self.walk(suite)?;
        let mut runs = Vec::new();
        while let Some(run) = walk.next_line()? {
            runs.push(run);
        }
        Ok(runs)
    }

    /// Whether the runs of a suite name a folder, as its name says which suite and month it is of.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn lists(&self, folder: &str) -> Result<bool, Error> {
        let suite = folder.split_once('_').and_then(|(_, rest)| rest.rsplit_once('_')).map(|(suite, _)| suite);
        let Some((suite, month)) = suite.zip(folder.get(..7)) else { return Ok(false) };
        let mut walk = self.walk(suite)?;
        walk.skip_after(month);
        while let Some(run) = walk.next_line()?.filter(|run| month_of(&run.started_at) == month) {
            if run.folder == folder {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The suites whose breakers have changes.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn breakers(&self) -> Result<Vec<String>, Error> {
        let names = entries(&self.root.join("history"))?;
        let names = names.iter().filter_map(|path| suite_of_breaker_book(path.file_name()?.to_str()?));
        Ok(names.map(str::to_owned).collect())
    }

    /// Takes runs of a suite away, with their folders.
    ///
    /// # Errors
    /// A file that cannot be read, written or removed.
    pub fn take_away(&self, suite: &str, ids: &BTreeSet<String>) -> Result<bool, Error> {
        let _books = self.books()?;
        let mut folders = Vec::new();
        let mut walk = self.walk(suite)?;
        while let Some(run) = walk.next_line()? {
            if ids.contains(&run.id) {
                folders.push(run.folder);
            }
        }
        if folders.is_empty() {
            return Ok(false);
        }
        self.drop_lines(suite, ids)?;
        for folder in folders {
            let path = self.run_folder(&folder)?;
            match fs::remove_dir_all(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(Error::Write { path, source }),
                _ => {}
            }
        }
        Ok(true)
    }

    /// Adds changes of the breaker of a suite that are not there; says whether there were any.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn take_in_breaker(&self, suite: &str, lines: &[u8]) -> Result<bool, Error> {
        let path = format!("history/{}", breaker_book(suite));
        let _books = self.books()?;
        let ours = Place::read(self, &path)?.map(|(bytes, _)| bytes).unwrap_or_default();
        let both = united(&ours, lines);
        if both == ours {
            return Ok(false);
        }
        Place::write(self, &path, &both)?;
        Ok(true)
    }

    /// The newest runs of a suite whose record is not here, among so many.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn without_record(&self, suite: &str, among: usize) -> Result<Vec<RunLine>, Error> {
        let mut walk = self.walk(suite)?;
        let mut missing = Vec::new();
        for _ in 0..among {
            let Some(run) = walk.next_line()? else { break };
            if !self.run_folder(&run.folder)?.join("report.json").exists() {
                missing.push(run);
            }
        }
        Ok(missing)
    }

    /// Shows the newest run of a suite under the names of the newest.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn show_newest(&self, suite: &str) -> Result<(), Error> {
        let _books = self.books()?;
        let Some(run) = self.walk(suite)?.next_line()? else { return Ok(()) };
        let key = Key { started_at: run.started_at, id: run.id, folder: run.folder };
        show_newest(self, self, suite, &key)
    }

    /// Since when the rules of a suite fail and how its days went, as of its newest run, as text; to be kept with the runs for
    /// who follows only the newest of them.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn standing(&self, suite: &str) -> Result<Option<(String, String)>, Error> {
        let Some(run) = self.walk(suite)?.next_line()? else { return Ok(None) };
        let text = serde_json::to_string(&self.streaks(suite)?).map_err(|error| Error::Render(error.to_string()))?;
        Ok(Some((run.id, text)))
    }

    /// Whether that is known as of the newest run, without counting again.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn has_standing(&self, suite: &str) -> Result<bool, Error> {
        let newest = self.walk(suite)?.next_line()?;
        Ok(newest.is_none_or(|newest| self.kept_streaks(suite).is_some_and(|kept| kept.is_of(&newest.id))))
    }

    /// Takes in such a text, if it is one, and of the newest run that is here.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn take_in_standing(&self, suite: &str, text: &str) -> Result<(), Error> {
        let Ok(streaks) = serde_json::from_str::<Streaks>(text) else { return Ok(()) };
        let _books = self.books()?;
        let newest = self.walk(suite)?.next_line()?;
        if newest.is_some_and(|newest| streaks.is_of(&newest.id)) {
            self.keep_streaks(suite, &streaks)?;
        }
        Ok(())
    }

    fn waiting_room(&self) -> PathBuf {
        self.root.join("history/.waiting")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sample;

    fn group(number: u32) -> Group {
        groups(&sample::group("s", number, 2, |rule| rule == 0)).remove(0)
    }

    #[test]
    fn what_others_kept_is_taken_in_once_and_goes_where_it_went_there() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::new(folder.path());
        history.take_in("s", vec![group(900), group(1)]).unwrap();
        history.take_in("s", vec![group(1), group(2)]).unwrap();
        let ids = || history.runs().unwrap().into_iter().map(|run| run.id).collect::<Vec<_>>();
        assert_eq!(ids(), [1, 2, 900].map(sample::id));
        assert_eq!(history.without_record("s", 2).unwrap().len(), 2);
        assert!(history.take_away("s", &[sample::id(2)].into()).unwrap());
        assert!(!history.take_away("s", &[sample::id(2)].into()).unwrap());
        assert_eq!(ids(), [1, 900].map(sample::id));
        let stray = Group { key: Key { folder: "../x".to_owned(), ..group(3).key }, ..group(3) };
        assert!(history.take_in("s", vec![stray]).is_err());
        assert!(history.take_in("../s", vec![group(3)]).is_err());
    }

    #[test]
    fn since_when_rules_fail_comes_along_for_who_has_only_the_newest_runs() {
        let (whole, part) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (whole, part) = (History::new(whole.path()), History::new(part.path()));
        whole.take_in("s", (1..9).map(group).collect()).unwrap();
        part.take_in("s", vec![group(8)]).unwrap();
        let rule = "d.c0.not_null";
        assert_eq!(part.past("s", 9).unwrap().failing(rule).unwrap().runs, 1);
        let (newest, text) = whole.standing("s").unwrap().unwrap();
        assert_eq!(newest, sample::id(8));
        part.take_in_standing("s", &text).unwrap();
        assert_eq!(part.past("s", 9).unwrap().failing(rule).unwrap().runs, 8);
        part.take_in("s", vec![group(9)]).unwrap();
        part.take_in_standing("s", &text).unwrap();
        assert_eq!(part.past("s", 9).unwrap().failing(rule).unwrap().runs, 2);
    }

    #[test]
    fn a_run_waits_until_it_is_delivered() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::new(folder.path());
        assert!(history.waiting().unwrap().is_empty());
        let name = format!("a-b-2024-01_{}", sample::id(1));
        write_whole(&history.waiting_room().join(name), b"", true).unwrap();
        let waiting = history.waiting().unwrap().pop_first().unwrap();
        assert_eq!((waiting.suite.as_str(), waiting.month.as_str()), ("a-b", "2024-01"));
        assert_eq!(waiting.id, sample::id(1));
        assert_eq!(history.lines_of(&waiting).unwrap(), None);
        history.waits_no_more(&waiting).unwrap();
        history.waits_no_more(&waiting).unwrap();
        assert!(history.waiting().unwrap().is_empty());
    }
}
