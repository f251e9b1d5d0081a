//! Old runs taken away by rules of retention.
//!
//! A run stays if any of the rules keeps it, and the newest of a suite always stays. Lines go first, the whole month file at
//! once, and folders after them: so what is listed is there at any moment. A folder that no line names and that nobody has
//! touched for a day was left by a process that was killed, and goes too. Days, weeks and months are those of UTC.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::SystemTime;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Serialize;

use crate::error::Error;
use crate::history::merge::{groups, text};
use crate::history::place::Place;
use crate::history::whole::is_older;
use crate::history::{History, RunLine, book_of, entries, reading, write_whole};
use crate::outcome::RunStatus;

/// Which runs of a suite stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// So many of the newest.
    pub runs: usize,
    /// Those of so many days before now.
    pub days: u32,
    /// Those that did not pass, of so many days before now.
    pub failed_days: u32,
    /// The newest of each day, for so many days that have a run.
    pub daily: usize,
    /// The newest of each week, for so many weeks that have a run; weeks begin on Monday.
    pub weekly: usize,
    /// The newest of each month, for so many months that have a run.
    pub monthly: usize,
    /// The newest that passed.
    pub last_passed: bool,
    /// The newest that did not pass.
    pub last_failed: bool,
}

/// What was taken away, or would be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pruned {
    /// The runs, oldest first.
    pub runs: Vec<RunLine>,
    /// Folders that no line names.
    pub orphans: Vec<String>,
    /// How many runs stay.
    pub kept: u64,
    /// The bytes of all those folders.
    pub bytes: u64,
}

impl Keep {
    /// Whether no rule is given: then nothing but the newest would stay.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether each run of a suite stays; the runs come oldest first.
    #[must_use]
    pub fn stay(&self, runs: &[RunLine], now: DateTime<Utc>) -> Vec<bool> {
        let mut stay = vec![false; runs.len()];
        let mut seen: [BTreeSet<String>; 3] = Default::default();
        let (mut passed, mut failed) = (self.last_passed, self.last_failed);
        for (age, (run, stays)) in runs.iter().zip(&mut stay).rev().enumerate() {
            // A run whose moment is not understood is none to decide about.
            let Ok(began) = DateTime::parse_from_rfc3339(&run.started_at).map(|moment| moment.to_utc()) else {
                *stays = true;
                continue;
            };
            let within = |days: u32| days > 0 && now - began <= TimeDelta::days(i64::from(days));
            let has_passed = run.status == RunStatus::Passed;
            let week = began.iso_week();
            let spans = [
                (began.format("%Y-%m-%d").to_string(), self.daily),
                (format!("{}-{}", week.year(), week.week()), self.weekly),
                (began.format("%Y-%m").to_string(), self.monthly),
            ];
            let mut newest_of_span = false;
            for (seen, (span, limit)) in seen.iter_mut().zip(spans) {
                newest_of_span |= seen.len() < limit && seen.insert(span);
            }
            let is_last = std::mem::take(if has_passed { &mut passed } else { &mut failed });
            *stays = age == 0
                || age < self.runs
                || within(self.days)
                || (!has_passed && within(self.failed_days))
                || newest_of_span
                || is_last;
        }
        stay
    }
}

impl History {
    /// Takes runs away, of one suite or of all; or only says which, with `dry`.
    ///
    /// # Errors
    /// What cannot be read, written or removed.
    pub fn prune(&self, suite: Option<&str>, keep: &Keep, now: SystemTime, dry: bool) -> Result<Pruned, Error> {
        let _books = self.books()?;
        let mut pruned = Pruned::default();
        let mut drop: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for known in self.months()?.into_keys().filter(|known| suite.is_none_or(|suite| suite == known)) {
            let mut walk = self.walk(&known)?;
            let mut runs = Vec::new();
            while let Some(run) = walk.next_line()? {
                runs.push(run);
            }
            runs.reverse();
            let stay = keep.stay(&runs, now.into());
            pruned.kept += stay.iter().filter(|stays| **stays).count() as u64;
            for (run, _) in runs.into_iter().zip(stay).filter(|(_, stays)| !stays) {
                drop.entry(known.clone()).or_default().insert(run.id.clone());
                pruned.runs.push(run);
            }
        }
        pruned.runs.sort_by(|a, b| a.order().cmp(&b.order()));
        if suite.is_none() {
            pruned.orphans = self.orphans(now)?;
        }
        for folder in pruned.folders() {
            pruned.bytes += self.size(&folder)?;
        }
        if !dry {
            for (suite, ids) in &drop {
                self.drop_lines(suite, ids)?;
            }
            for folder in pruned.folders() {
                let path = self.run_folder(&folder)?;
                match fs::remove_dir_all(&path) {
                    Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                        return Err(Error::Write { path, source });
                    }
                    _ => {}
                }
            }
            self.drop_comparisons(&pruned.folders().into_iter().collect())?;
        }
        Ok(pruned)
    }

    /// Removes the pages in `diff/` that compare a run which went: `<folder>--<folder>.html`.
    fn drop_comparisons(&self, folders: &BTreeSet<String>) -> Result<(), Error> {
        for path in entries(&self.root.join("diff"))? {
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".html"));
            let pair = name.and_then(|name| name.split_once("--"));
            if pair.is_some_and(|(before, after)| folders.contains(before) || folders.contains(after)) {
                fs::remove_file(&path).map_err(|source| Error::Write { path, source })?;
            }
        }
        Ok(())
    }

    pub(super) fn drop_lines(&self, suite: &str, ids: &BTreeSet<String>) -> Result<(), Error> {
        // Since when a rule fails stays known, although the run in which that began goes.
        let streaks = self.streaks(suite)?;
        for month in self.months()?.remove(suite).unwrap_or_default() {
            let path = self.book(suite, &month);
            let before = groups(&fs::read(&path).map_err(reading(&path))?);
            let after: Vec<_> = before.iter().filter(|group| !ids.contains(&group.key.id)).cloned().collect();
            if after.is_empty() && !before.is_empty() {
                fs::remove_file(&path).map_err(|source| Error::Write { path, source })?;
            } else if after.len() < before.len() {
                write_whole(&path, &text(&after), true)?;
            }
        }
        self.keep_streaks(suite, &streaks)
    }

    /// The folders that no line names, and that nobody has touched for a day.
    fn orphans(&self, now: SystemTime) -> Result<Vec<String>, Error> {
        let mut listed = BTreeSet::new();
        for book in self.history_files()?.iter().filter(|book| book_of(book).is_some()) {
            let bytes = Place::read(self, &format!("history/{book}"))?.map(|(bytes, _)| bytes).unwrap_or_default();
            listed.extend(groups(&bytes).into_iter().map(|group| group.key.folder));
        }
        let day_ago = now.checked_sub(std::time::Duration::from_hours(24)).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut orphans: Vec<String> = entries(&self.root.join("runs"))?
            .into_iter()
            .filter(|path| path.is_dir() && is_older(path, day_ago))
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
            .filter(|name| !listed.contains(name) && self.run_folder(name).is_ok())
            .collect();
        orphans.sort();
        Ok(orphans)
    }

    fn size(&self, folder: &str) -> Result<u64, Error> {
        let path = self.run_folder(folder)?;
        let sizes =
            self.files(folder)?.into_iter().map(|name| fs::metadata(path.join(name)).map_or(0, |facts| facts.len()));
        Ok(sizes.sum())
    }
}

impl Pruned {
    /// The folders that go.
    fn folders(&self) -> Vec<String> {
        self.runs.iter().map(|run| run.folder.clone()).chain(self.orphans.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::history::{folder_of, sample};

    fn moment(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    /// The numbers of the runs that stay, of runs six hours apart from the start of 2024; every fifth fails.
    fn kept(runs: u32, keep: &Keep, now: &str) -> Vec<u32> {
        let runs: Vec<RunLine> = (0..runs).map(|run| sample::run("s", run * 6, run % 5 == 0)).collect();
        let stay = keep.stay(&runs, moment(now));
        (0..).zip(stay).filter(|(_, stays)| *stays).map(|(run, _)| run).collect()
    }

    #[test]
    fn each_rule_keeps_what_it_says() {
        let none = Keep::default;
        let now = "2024-01-11T00:00:00Z";
        assert_eq!(kept(40, &none(), now), [39]);
        assert_eq!(kept(40, &Keep { runs: 3, ..none() }, now), [37, 38, 39]);
        assert_eq!(kept(40, &Keep { days: 1, ..none() }, now), [36, 37, 38, 39]);
        assert_eq!(kept(40, &Keep { failed_days: 3, ..none() }, now), [30, 35, 39]);
        assert_eq!(kept(40, &Keep { daily: 3, ..none() }, now), [31, 35, 39]);
        // 2024 begins on a Monday; the tenth is a Wednesday.
        assert_eq!(kept(40, &Keep { weekly: 5, ..none() }, now), [27, 39]);
        assert_eq!(kept(160, &Keep { monthly: 9, ..none() }, now), [123, 159]);
        assert_eq!(kept(40, &Keep { last_failed: true, ..none() }, now), [35, 39]);
        assert_eq!(kept(36, &Keep { last_passed: true, ..none() }, now), [34, 35]);
        assert_eq!(kept(40, &Keep { last_passed: true, ..none() }, now), [39]);
        assert_eq!(kept(0, &Keep { days: 1, ..none() }, now), [] as [u32; 0]);
    }

    /// Every file below a folder with what it holds.
    fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let pattern = folder.join("**/*").display().to_string();
        let paths = glob::glob(&pattern).unwrap().map(Result::unwrap);
        let paths = paths.filter(|path| path.is_file() && !path.ends_with("history/.lock"));
        paths.map(|path| (path.strip_prefix(folder).unwrap().display().to_string(), fs::read(&path).unwrap())).collect()
    }

    #[test]
    fn what_a_dry_run_says_is_what_goes() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::new(folder.path());
        for suite in ["a", "b"] {
            for number in 0..20 {
                let run = sample::run(suite, number * 100, number % 3 == 0);
                let book = history.book(suite, &run.started_at[..7]);
                fs::create_dir_all(folder_of(&book)).unwrap();
                let text =
                    [fs::read(&book).unwrap_or_default(), sample::group(suite, number * 100, 2, |_| number % 3 == 0)];
                fs::write(&book, text.concat()).unwrap();
                write_whole(&history.run_folder(&run.folder).unwrap().join("report.json"), b"{}", false).unwrap();
            }
        }
        write_whole(&folder.path().join("runs/left/x"), b"12345", false).unwrap();
        let folder_of_run = |number| sample::run("a", number, false).folder;
        let comparison = |before, after| format!("diff/{}--{}.html", folder_of_run(before), folder_of_run(after));
        for name in [comparison(0, 100), comparison(1700, 1800), comparison(1800, 1900)] {
            write_whole(&folder.path().join(name), b"", false).unwrap();
        }
        let keep = Keep { runs: 2, monthly: 2, last_failed: true, ..Keep::default() };
        let now = SystemTime::from(moment("2090-01-01T00:00:00Z"));
        let before = tree(folder.path());
        // Of each suite the runs 18 and 19, of which 18 is the last that failed, and 14, the last of February.
        let dry = history.prune(None, &keep, now, true).unwrap();
        assert!(tree(folder.path()) == before, "a dry run changed something");
        let streaks = history.streaks("a").unwrap();
        let real = history.prune(None, &keep, now, false).unwrap();
        assert_eq!(dry, real);
        assert_eq!((real.orphans.clone(), real.kept, real.runs.len()), (vec!["left".to_owned()], 6, 34));
        assert_eq!(real.bytes, 34 * 2 + 5);
        let left = history.runs().unwrap();
        assert_eq!(left.len(), 6);
        assert!(left.iter().all(|run| history.run_folder(&run.folder).unwrap().join("report.json").exists()));
        assert!(real.runs.iter().all(|run| !history.run_folder(&run.folder).unwrap().exists()));
        assert_eq!(history.streaks("a").unwrap(), streaks);
        assert_eq!(fs::read_dir(folder.path().join("runs")).unwrap().count(), 6);
        let there = |name: String| folder.path().join(name).exists();
        assert!(there(comparison(1800, 1900)) && !there(comparison(1700, 1800)) && !there(comparison(0, 100)));
        let again = history.prune(None, &keep, now, false).unwrap();
        assert_eq!((again.runs.len(), again.orphans.len(), again.kept), (0, 0, 6));
    }

    #[test]
    fn a_folder_that_leads_elsewhere_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::new(&folder.path().join("reports"));
        let book = history.book("s", "2024-01");
        fs::create_dir_all(folder_of(&book)).unwrap();
        fs::create_dir(folder.path().join("mine")).unwrap();
        let text = [sample::group("s", 1, 0, |_| false), sample::group("s", 2, 0, |_| false)].concat();
        let folder_of_run = sample::run("s", 1, false).folder;
        fs::write(&book, String::from_utf8(text).unwrap().replace(&folder_of_run, "../../mine")).unwrap();
        let keep = Keep { runs: 1, ..Keep::default() };
        let pruned = history.prune(None, &keep, SystemTime::UNIX_EPOCH, false).unwrap();
        assert_eq!((pruned.runs.len(), pruned.kept), (0, 1), "it is no run of this history");
        assert!(folder.path().join("mine").exists());
    }
}
