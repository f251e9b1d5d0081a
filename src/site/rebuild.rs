//! Every page again, from the records and the history.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::error::Error;
use crate::history::{Past, RunLine, write_whole};
use crate::outcome::Report;
use crate::report::html::{self, Month, RUNS};
use crate::site::{Site, unrendered};

/// What came of making every page again.
#[derive(Debug, Default)]
pub struct Rebuilt {
    /// How many runs have their pages.
    pub runs: usize,
    /// How many suites.
    pub suites: usize,
    /// How many runs have no record any more, so that only lists name them.
    pub without_record: usize,
    /// What could not be rendered, and why; one line each.
    pub failures: Vec<String>,
}

impl Site {
    /// Makes every page again. What cannot be rendered is told, and keeps nothing else from being.
    ///
    /// # Errors
    /// The history cannot be read, or the index cannot be written.
    pub fn rebuild(&self) -> Result<Rebuilt, Error> {
        let _books = self.history.books()?;
        let mut rebuilt = Rebuilt::default();
        self.assets()?;
        let months = self.history.months()?;
        for suite in months.keys() {
            self.rebuild_runs(suite, &mut rebuilt)?;
            // What is known of runs that were taken away stays known.
            let past = self.history.past(suite, RUNS)?;
            if let Err(error) = self.suite(&past, None) {
                rebuilt.failures.push(format!("suite {suite}: {}", told(&error)));
            }
            rebuilt.suites += 1;
        }
        let names: BTreeSet<&String> = months.values().flatten().collect();
        for name in &names {
            if let Err(error) = self.month(name, true) {
                rebuilt.failures.push(format!("month {name}: {}", told(&error)));
            }
        }
        self.remove_months(&names);
        self.unlisted(&mut rebuilt);
        self.index()?;
        Ok(rebuilt)
    }

    /// Makes every page again that is about more than one run, because runs came or went.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn refresh(&self) -> Result<(), Error> {
        let _books = self.history.books()?;
        self.assets()?;
        let months = self.history.months()?;
        for suite in months.keys() {
            self.suite(&self.history.past(suite, RUNS)?, None)?;
        }
        let names: BTreeSet<&String> = months.values().flatten().collect();
        for name in &names {
            self.month(name, true)?;
        }
        self.remove_months(&names);
        self.index()
    }

    /// Makes the pages of some suites and months again, and the index, because runs of others came.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn came(&self, suites: &BTreeSet<String>, months: &BTreeSet<String>) -> Result<(), Error> {
        let _books = self.history.books()?;
        self.assets()?;
        for suite in suites {
            self.suite(&self.history.past(suite, RUNS)?, None)?;
        }
        let known = self.history.months()?;
        let names: BTreeSet<&String> = known.values().flatten().collect();
        for month in months.iter().filter(|month| names.contains(month)) {
            self.month(month, false)?;
        }
        self.remove_months(&names);
        self.index()
    }

    /// Removes the pages of months that have no runs any more, and parts that a month no longer has.
    fn remove_months(&self, names: &BTreeSet<&String>) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        let parts: BTreeMap<&str, usize> =
            names.iter().map(|name| (name.as_str(), Month::pages(self.history.seen(name).runs()))).collect();
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_page = path.extension().is_some_and(|kind| kind == "html");
            let Some(part) = name.strip_prefix("runs-").filter(|_| is_page) else { continue };
            let Some((month, rest)) = part.split_at_checked(7) else { continue };
            let number = rest.strip_prefix('-').and_then(|rest| rest.strip_suffix(".html")?.parse::<usize>().ok());
            let is_there = parts.get(month).is_some_and(|parts| number.is_none_or(|number| number < *parts));
            if !is_there {
                // What cannot be removed is in nobody's way.
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Makes the pages of all runs of a suite, the oldest first.
    fn rebuild_runs(&self, suite: &str, rebuilt: &mut Rebuilt) -> Result<(), Error> {
        let mut walk = self.history.walk(suite)?;
        let mut runs = Vec::new();
        while let Some(run) = walk.next_run()? {
            runs.push(run);
        }
        let mut past = Past::default();
        let mut before: Option<(Report, String)> = None;
        while let Some(run) = runs.pop() {
            let line = run.run.clone();
            past.push(run, RUNS);
            let report = match self.history.record_of(&line) {
                Ok(Some(report)) => report,
                Ok(None) => {
                    rebuilt.without_record += 1;
                    if let Err(error) = self.lost(&line) {
                        rebuilt.failures.push(format!("run {}: {}", line.folder, told(&error)));
                    }
                    before = None;
                    continue;
                }
                Err(error) => {
                    rebuilt.failures.push(format!("run {}: {}", line.folder, told(&error)));
                    before = None;
                    continue;
                }
            };
            match self.rebuild_run(&report, &past, before.as_ref(), runs.is_empty()) {
                Ok(()) => rebuilt.runs += 1,
                Err(error) => rebuilt.failures.push(format!("run {}: {}", line.folder, told(&error))),
            }
            before = Some((report, line.folder));
        }
        Ok(())
    }

    /// Writes the page of a run without a record, unless that of a time when there was one is still there.
    fn lost(&self, run: &RunLine) -> Result<(), Error> {
        let file = format!("runs/{}/index.html", run.folder);
        if self.root.join(&file).exists() {
            return Ok(());
        }
        self.write(&file, &html::lost(run, self.lang).map_err(unrendered)?)
    }

    fn rebuild_run(
        &self,
        report: &Report,
        past: &Past,
        before: Option<&(Report, String)>,
        newest: bool,
    ) -> Result<(), Error> {
        let pages = self.run_pages(report, past, before)?;
        write_whole(&self.history.path_of(report, "index.html"), pages.page.as_bytes(), false)?;
        write_whole(&self.history.path_of(report, "report.html"), pages.alone.as_bytes(), false)?;
        if newest {
            self.write(&format!("latest/{}.html", report.run.suite), &pages.alone)?;
        }
        Ok(())
    }

    /// Tells of records that no history line names.
    fn unlisted(&self, rebuilt: &mut Rebuilt) {
        let Ok(runs) = self.history.runs() else { return };
        let known: std::collections::HashSet<&str> = runs.iter().map(|run| run.folder.as_str()).collect();
        let Ok(entries) = fs::read_dir(self.root.join("runs")) else { return };
        let mut found: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !known.contains(name.as_str()))
            .filter(|name| self.root.join("runs").join(name).join("report.json").exists())
            .collect();
        found.sort();
        rebuilt.failures.extend(found.into_iter().map(|name| format!("run {name}: the history has no line of it")));
    }
}

/// An error with its cause.
fn told(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
