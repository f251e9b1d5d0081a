//! The pages under `reports/`: which of them a run touches, and writing them.
//!
//! A run writes its own pages, those of its suite, the newest of its month and the index; what that costs depends on the runs
//! that these show, never on how many there are. `rebuild` makes every page again. What pages say is the business of
//! `report::html`; nothing is judged here.

mod rebuild;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::breaker::{self, Book, State};
use crate::diff;
use crate::error::Error;
use crate::history::month::Seen;
use crate::history::{Folder, History, Past, RunLine, write_whole};
use crate::lang::Lang;
use crate::outcome::Report;
use crate::report::html::{self, Around, Breaker, Layout, Month, Overview, RUNS, Standing};

pub use rebuild::Rebuilt;

/// How many changes of a breaker the page of its suite lists.
const CHANGES: usize = 20;

/// How many runs the index lists.
const NEWEST: usize = 100;

/// The site in a folder of reports.
pub struct Site {
    root: PathBuf,
    history: History,
    lang: Lang,
    now: DateTime<Utc>,
}

impl Site {
    /// The site in a folder, whose pages are made at a moment and open in the given language.
    #[must_use]
    pub fn new(root: &Path, lang: Lang, now: DateTime<Utc>) -> Self {
        Self { root: root.to_owned(), history: History::new(root), lang, now }
    }

    /// Keeps a run: its record, its pages, further files by their names, its history lines, the newest of its suite.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn keep(&self, report: &Report, record: &str, beside: &[(String, String)]) -> Result<(), Error> {
        let mut past = self.history.past(&report.run.suite, RUNS)?;
        let previous = past.newest().map(|run| run.run.clone());
        past.push_report(report, RUNS);
        // A previous record that cannot be read keeps no run from being kept: nothing is compared then.
        let before = previous.and_then(|run| Some((self.history.record_of(&run).ok()??, run.folder)));
        let pages = self.run_pages(report, &past, before.as_ref())?;
        let folder = Folder { record, alone: &pages.alone, page: &pages.page, beside };
        self.history.keep(report, &folder)
    }

    /// Writes what is about more than one run: the newest command, the pages of the suites in it, and the index.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn publish(&self, invocation: &str, reports: &[Report]) -> Result<(), Error> {
        self.history.publish(invocation, || {
            self.assets()?;
            for report in reports {
                let past = self.history.past(&report.run.suite, RUNS)?;
                self.suite(&past, Some(report))?;
            }
            let months: BTreeSet<&str> = reports.iter().filter_map(|report| report.run.started_at.get(..7)).collect();
            for month in months {
                self.month(month, false)?;
            }
            self.index()
        })
    }

    /// Writes the page of a suite again, because its breaker was changed by hand; a suite without runs has none.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn breaker_changed(&self, suite: &str) -> Result<(), Error> {
        if !self.history.months()?.contains_key(suite) {
            return Ok(());
        }
        let _books = self.history.books()?;
        self.suite(&self.history.past(suite, RUNS)?, None)
    }

    /// The breaker of a suite with its newest changes; none if it never counted a run.
    fn breaker(&self, suite: &str) -> Result<Option<Breaker>, Error> {
        let changes = Book::new(&self.root, suite).changes()?;
        let state = State::of(&changes);
        let newest = changes.iter().rev().take(CHANGES).map(|change| (change.at.clone(), breaker::change(change)));
        let shown = || Breaker { now: breaker::shown(suite, &state, state.after), changes: newest.collect() };
        Ok((!changes.is_empty()).then(shown))
    }

    /// Renders the pages of a run, and writes that of what differs from the run before it, which nobody names yet.
    fn run_pages(&self, report: &Report, past: &Past, before: Option<&(Report, String)>) -> Result<RunPages, Error> {
        let folder = History::folder(report);
        let diff = before.map(|(before, _)| diff::of(before, report));
        let changes = diff.as_ref().zip(before.map(|(_, folder)| folder.as_str()));
        if let Some((diff, earlier)) = changes {
            let page = html::diff(diff, Some((earlier, &folder)), Layout::Site, self.lang).map_err(unrendered)?;
            self.write(&format!("diff/{}", html::diff_file(earlier, &folder)), &page)?;
        }
        let around = Around { past: Some(past), changes };
        let render = |layout| html::run(report, around, layout, self.lang).map_err(unrendered);
        Ok(RunPages { alone: render(Layout::Alone)?, page: render(Layout::Site)? })
    }

    /// Writes the page of a suite, and those of its rules that failed lately.
    fn suite(&self, past: &Past, newest: Option<&Report>) -> Result<(), Error> {
        let Some(run) = past.newest() else { return Ok(()) };
        let folder = format!("suites/{}", run.run.suite);
        let record = |run: &RunLine| self.history.record_of(run).ok().flatten();
        let own;
        let newest = if let Some(report) = newest.filter(|report| report.run.id == run.run.id) {
            Some(report)
        } else {
            own = record(&run.run);
            own.as_ref()
        };
        // A file that cannot be read is said where the breaker is asked; the page goes without it.
        let breaker = self.breaker(&run.run.suite).ok().flatten();
        let page = html::suite(past, &record, breaker, self.now, self.lang).map_err(unrendered)?;
        self.write(&format!("{folder}/index.html"), &page)?;
        let mut files = Vec::new();
        for id in html::rules_shown(past) {
            let page = html::rule(past, id, newest, self.lang).map_err(unrendered)?;
            let file = html::rule_file(id);
            self.write(&format!("{folder}/rules/{file}"), &page)?;
            files.push(file);
        }
        self.remove_others(&format!("{folder}/rules"), &files);
        Ok(())
    }

    /// Removes pages of rules that have not failed for so long that nothing leads there.
    fn remove_others(&self, folder: &str, files: &[String]) {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|kind| kind == "html") && !files.iter().any(|file| file == name) {
                // What cannot be removed is in nobody's way.
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Writes the pages of a month that are not as they were last written, or all of them.
    fn month(&self, name: &str, all: bool) -> Result<(), Error> {
        let seen = if all { Seen::default() } else { self.history.seen(name) };
        let grown = self.history.grown(name, &seen)?;
        let count = grown.now.runs();
        let first = Month::first_changed(seen.runs(), count, grown.first);
        let runs = self.history.month(name, count.saturating_sub((first - 1) * Month::ROWS))?;
        let parts: Vec<&[RunLine]> = if runs.is_empty() { vec![&[]] } else { runs.chunks(Month::ROWS).collect() };
        for (page, runs) in (first..).zip(parts) {
            let month = Month { name, runs, page, all: count };
            self.write(&month.file(page), &html::month(&month, self.lang).map_err(unrendered)?)?;
        }
        self.history.keep_seen(name, &grown.now)
    }

    /// Writes the page over all suites.
    fn index(&self) -> Result<(), Error> {
        let months = self.history.months()?;
        let mut suites = Vec::new();
        for suite in months.keys() {
            let mut walk = self.history.walk(suite)?;
            let mut runs = Vec::new();
            while runs.len() < RUNS
                && let Some(run) = walk.next_line()?
            {
                runs.push(run);
            }
            runs.reverse();
            suites.push(Standing { runs, calendar: self.history.calendar(suite)? });
        }
        let mut names: Vec<String> = months.into_values().flatten().collect();
        names.sort();
        names.dedup();
        let recent = self.history.recent(NEWEST)?;
        let overview = Overview { suites, recent, months: names, now: self.now };
        self.write("index.html", &html::index(&overview, self.lang).map_err(unrendered)?)
    }

    /// Writes what pages share, unless it is there as it must be.
    fn assets(&self) -> Result<(), Error> {
        for (name, text) in [("tamiz.css", html::STYLE), ("tamiz.js", html::SCRIPT), ("tamiz.svg", html::ICON)] {
            let path = self.root.join("assets").join(name);
            if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                write_whole(&path, text.as_bytes(), false)?;
            }
        }
        Ok(())
    }

    fn write(&self, file: &str, page: &str) -> Result<(), Error> {
        write_whole(&self.root.join(file), page.as_bytes(), false)
    }
}

/// The pages of a run.
struct RunPages {
    /// The one file.
    alone: String,
    /// The page of the site.
    page: String,
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unrendered(error: html::Error) -> Error {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        said += &format!(": {inner}");
        cause = inner.source();
    }
    Error::Render(said)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;

    use super::*;
    use crate::history::sample;

    /// The pages of a folder that list the runs of a month.
    fn pages(root: &Path) -> BTreeMap<String, String> {
        let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
        let pages = entries.filter(|path| path.extension().is_some_and(|kind| kind == "html"));
        pages.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
    }

    #[test]
    fn pages_of_a_month_written_run_by_run_are_those_written_at_once() {
        let place = tempfile::tempdir().unwrap();
        let site = Site::new(place.path(), Lang::En, DateTime::UNIX_EPOCH);
        fs::create_dir_all(place.path().join("history")).unwrap();
        let end = |suite: &str, run: u32| {
            let book = place.path().join(format!("history/{suite}-2024-01.ndjson"));
            let mut book = fs::OpenOptions::new().create(true).append(true).open(book).unwrap();
            book.write_all(&sample::group(suite, run, 1, |_| run.is_multiple_of(7))).unwrap();
        };
        // Of the suite `late` each run begins before some of `s` that ended earlier.
        let mut most = 0;
        for run in 0..340 {
            end("s", run * 2);
            if run % 25 == 24 {
                end("late", run * 2 - 9);
            }
            if run % 50 != 13 {
                let before = pages(place.path());
                site.month("2024-01", false).unwrap();
                let after = pages(place.path());
                most = most.max(after.iter().filter(|(name, page)| before.get(*name) != Some(*page)).count());
            }
            if run % 10 == 2 {
                let before = pages(place.path());
                site.month("2024-01", true).unwrap();
                assert!(before == pages(place.path()), "after {run} runs");
            }
        }
        assert_eq!((pages(place.path()).len(), most), (3, 3));
    }
}
