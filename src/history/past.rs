//! The newest runs of a suite with their rules, for trends; since when each rule fails, and how its days went.
//!
//! They are read from the ends of the newest month files, so what that costs depends on how many are asked for, not on how many
//! there are. It knows no record: what lines do not hold is in the record of a run.

use std::fs::File;

use crate::error::Error;
use crate::history::backwards::Backwards;
use crate::history::line::{RuleLine, RunLine};
use crate::history::since::{Since, Streaks};
use crate::history::{Calendar, History, reading};
use crate::outcome::{Column, Report};

/// The newest runs of a suite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// The runs, oldest first.
    pub runs: Vec<PastRun>,
    streaks: Streaks,
}

/// A run with its rules.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRun {
    /// The run.
    pub run: RunLine,
    /// Its rules, in suite order.
    pub rules: Vec<RuleLine>,
}

impl History {
    /// The newest runs of a suite, so many at most.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn past(&self, suite: &str, limit: usize) -> Result<Past, Error> {
        Ok(Past { runs: self.newest(suite, limit)?, streaks: self.streaks(suite)? })
    }

    /// How the days of a suite went. What had to be counted anew is kept, so that it is not again.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn calendar(&self, suite: &str) -> Result<Calendar, Error> {
        let (streaks, is_kept) = self.streaks_kept(suite)?;
        if !is_kept {
            self.keep_streaks(suite, &streaks)?;
        }
        Ok(streaks.calendar().clone())
    }

    /// The same runs alone, oldest first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn newest(&self, suite: &str, limit: usize) -> Result<Vec<PastRun>, Error> {
        let mut walk = self.walk(suite)?;
        let mut runs = Vec::new();
        while runs.len() < limit
            && let Some(run) = walk.next_run()?
        {
            runs.push(run);
        }
        runs.reverse();
        Ok(runs)
    }

    /// The runs of a suite one by one, the newest first.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn walk(&self, suite: &str) -> Result<Walk<'_>, Error> {
        let months = self.months()?.remove(suite).unwrap_or_default();
        Ok(Walk { history: self, suite: suite.to_owned(), months, open: None })
    }

    /// The columns of a dataset in the newest run that could read it, among so many of a suite; with the run.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn columns(&self, suite: &str, dataset: &str, among: usize) -> Result<Option<(RunLine, Vec<Column>)>, Error> {
        self.columns_of(suite, dataset, among, &|_| true)
    }

    /// The same, of the newest run that is one of some.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn columns_of(
        &self,
        suite: &str,
        dataset: &str,
        among: usize,
        is_one: &dyn Fn(&RunLine) -> bool,
    ) -> Result<Option<(RunLine, Vec<Column>)>, Error> {
        let mut walk = self.walk(suite)?;
        for _ in 0..among {
            let Some(run) = walk.next_line()? else { break };
            if !is_one(&run) {
                continue;
            }
            // Lines of the first version say nothing of datasets.
            if !run.datasets.is_empty() && run.datasets.iter().all(|line| line.name != dataset || line.schema.is_none())
            {
                continue;
            }
            let Some(report) = self.record_of(&run)? else { continue };
            let found = report.datasets.into_iter().find(|known| known.name == dataset && !known.columns.is_empty());
            if let Some(found) = found {
                return Ok(Some((run, found.columns)));
            }
        }
        Ok(None)
    }
}

impl Past {
    /// Adds a run, and lets the oldest go while there are more than so many.
    pub fn push(&mut self, run: PastRun, limit: usize) {
        self.streaks.push(&run.run, &run.rules);
        self.runs.push(run);
        let surplus = self.runs.len().saturating_sub(limit);
        self.runs.drain(..surplus);
    }

    /// Adds a run that is not kept yet.
    pub fn push_report(&mut self, report: &Report, limit: usize) {
        let run = RunLine::of(report, History::folder(report));
        let rules = report.results.iter().map(|outcome| RuleLine::of(report, outcome)).collect();
        self.push(PastRun { run, rules }, limit);
    }

    /// The newest run.
    #[must_use]
    pub fn newest(&self) -> Option<&PastRun> {
        self.runs.last()
    }

    /// Since when a rule fails, as of the newest run; none if it does not.
    ///
    /// A run that could not evaluate the rule or did not ask for it ends nothing; one that passed does, and so does one of the
    /// whole suite that has no such rule.
    #[must_use]
    pub fn failing(&self, rule: &str) -> Option<&Since> {
        self.streaks.of(rule)
    }

    /// How the days of the suite went.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        self.streaks.calendar()
    }

    /// A rule in every run, oldest first; none for a run that has no such rule.
    pub fn rule(&self, id: &str) -> impl Iterator<Item = (&RunLine, Option<&RuleLine>)> {
        self.runs.iter().map(move |run| (&run.run, run.rule(id)))
    }

    /// The numbers of a rule in the runs that have one, oldest first; see [`RuleLine::value`].
    pub fn values(&self, rule: &str) -> impl Iterator<Item = (&RunLine, f64)> {
        self.rule(rule).filter_map(|(run, line)| Some((run, line?.value()?)))
    }

    /// The rows of a dataset in the runs that read it, oldest first.
    pub fn rows(&self, dataset: &str) -> impl Iterator<Item = (&RunLine, u64)> {
        self.runs.iter().filter_map(move |run| {
            let line = run.run.datasets.iter().find(|line| line.name == dataset)?;
            Some((&run.run, line.rows?))
        })
    }
}

impl PastRun {
    /// A rule of the run.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&RuleLine> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// The runs of a suite one by one, the newest first.
pub struct Walk<'h> {
    history: &'h History,
    suite: String,
    /// Months not opened yet, the newest last.
    months: Vec<String>,
    open: Option<Backwards<File>>,
}

impl Walk<'_> {
    /// The next older run.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn next_line(&mut self) -> Result<Option<RunLine>, Error> {
        Ok(self.next(false)?.map(|past| past.run))
    }

    /// The next older run with its rules.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn next_run(&mut self) -> Result<Option<PastRun>, Error> {
        self.next(true)
    }

    /// Passes over months after one.
    pub(super) fn skip_after(&mut self, month: &str) {
        self.months.retain(|known| known.as_str() <= month);
    }

    /// The next older run, with its rules if they are wanted.
    pub(super) fn next(&mut self, rules: bool) -> Result<Option<PastRun>, Error> {
        while let Some(month) = self.months.last() {
            let path = self.history.book(&self.suite, month);
            let file = match &mut self.open {
                Some(file) => file,
                closed => closed.insert(File::open(&path).and_then(Backwards::new).map_err(reading(&path))?),
            };
            if let Some(found) = file.run().map_err(reading(&path))? {
                // What came from elsewhere may say anything of itself.
                if found.run.suite != self.suite || self.history.run_folder(&found.run.folder).is_err() {
                    continue;
                }
                let rules = if rules { file.rules(&found).map_err(reading(&path))? } else { Vec::new() };
                return Ok(Some(PastRun { run: found.run, rules }));
            }
            self.open = None;
            self.months.pop();
        }
        Ok(None)
    }
}
