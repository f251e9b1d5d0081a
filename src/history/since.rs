//! Since when each rule of a suite fails, and how its days went: a small file beside the history, so that nobody reads back to
//! where it began.
//!
//! It is made of the history and can be made again at any time. It says which run it counts up to; where that is not the newest
//! of the history, because a process was killed or histories were merged, it counts for nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::history::line::{RuleLine, RunLine};
use crate::history::{Calendar, History, write_whole};
use crate::outcome::Status;

/// Since when a rule fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The id of the first run of those in which it failed without passing in between.
    pub run: String,
    /// The folder of that run under `runs`.
    pub folder: String,
    /// When that run began.
    pub started_at: String,
    /// In how many runs it failed since, that one counted.
    pub runs: u64,
}

/// The rules of a suite that fail, with since when, and its days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Streaks {
    /// The run up to which this counts.
    run: String,
    failing: BTreeMap<String, Since>,
    calendar: Calendar,
}

impl Streaks {
    /// Since when a rule fails.
    pub(super) fn of(&self, rule: &str) -> Option<&Since> {
        self.failing.get(rule)
    }

    /// Whether they count up to a run.
    pub(super) fn is_of(&self, run: &str) -> bool {
        self.run == run
    }

    /// How the days of the suite went.
    pub(super) const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Counts a later run.
    pub(super) fn push(&mut self, run: &RunLine, rules: &[RuleLine]) {
        run.id.clone_into(&mut self.run);
        self.calendar.push(run);
        if !run.selected {
            self.failing.retain(|id, _| rules.iter().any(|rule| rule.id == *id));
        }
        for rule in rules {
            match rule.status {
                Status::Passed => drop(self.failing.remove(&rule.id)),
                Status::Failed => match self.failing.get_mut(&rule.id) {
                    Some(since) => since.runs += 1,
                    None => drop(self.failing.insert(rule.id.clone(), Since::from(run))),
                },
                Status::Error | Status::Skipped => {}
            }
        }
    }
}

impl From<&RunLine> for Since {
    fn from(run: &RunLine) -> Self {
        Self { run: run.id.clone(), folder: run.folder.clone(), started_at: run.started_at.clone(), runs: 1 }
    }
}

/// What is known of a rule while the history is read backwards.
#[derive(Clone, Debug, PartialEq)]
enum Looked {
    /// It may fail: no run told yet.
    For,
    /// It fails, and no run was found yet that passed.
    Failing(Since),
    /// It does not fail, or all is known.
    Told(Option<Since>),
}

impl History {
    /// Since when the rules of a suite fail; as kept if that is of the newest run, else from the history.
    pub(super) fn streaks(&self, suite: &str) -> Result<Streaks, Error> {
        Ok(self.streaks_kept(suite)?.0)
    }

    /// The same, and whether it was kept.
    pub(super) fn streaks_kept(&self, suite: &str) -> Result<(Streaks, bool), Error> {
        let Some(newest) = self.walk(suite)?.next_line()? else { return Ok((Streaks::default(), true)) };
        match self.kept_streaks(suite).filter(|kept| kept.run == newest.id) {
            Some(kept) => Ok((kept, true)),
            None => Ok((self.streaks_again(suite)?, false)),
        }
    }

    /// What is kept of it, of whichever run it is.
    pub(super) fn kept_streaks(&self, suite: &str) -> Option<Streaks> {
        std::fs::read(self.since(suite)).ok().and_then(|text| serde_json::from_slice(&text).ok())
    }

    /// Since when the rules of a suite fail, read backwards until all is told.
    pub(super) fn streaks_again(&self, suite: &str) -> Result<Streaks, Error> {
        let mut walk = self.walk(suite)?;
        let mut rules: BTreeMap<String, Looked> = BTreeMap::new();
        let (mut newest, mut whole) = (None, false);
        while let Some(past) = walk.next_run()? {
            for rule in &past.rules {
                // Rules that a newer run of the whole suite does not have are gone.
                let looked = match rules.get_mut(&rule.id) {
                    Some(looked) => looked,
                    None if whole => continue,
                    None => rules.entry(rule.id.clone()).or_insert(Looked::For),
                };
                looked.older(&past.run, rule.status);
            }
            if !past.run.selected {
                whole = true;
                let is_gone = |id: &String| past.rules.iter().all(|rule| rule.id != *id);
                rules.iter_mut().filter(|(id, _)| is_gone(id)).for_each(|(_, looked)| looked.close());
            }
            newest = newest.or(Some(past.run.id));
            if whole && rules.values().all(|looked| matches!(looked, Looked::Told(_))) {
                break;
            }
        }
        let failing = rules.into_iter().filter_map(|(id, mut looked)| {
            looked.close();
            if let Looked::Told(Some(since)) = looked { Some((id, since)) } else { None }
        });
        let (run, failing) = (newest.unwrap_or_default(), failing.collect());
        Ok(Streaks { run, failing, calendar: self.calendar_again(suite)? })
    }

    /// Writes since when the rules of a suite fail.
    pub(super) fn keep_streaks(&self, suite: &str, streaks: &Streaks) -> Result<(), Error> {
        let text = serde_json::to_string(streaks).map_err(|error| Error::Render(error.to_string()))? + "\n";
        write_whole(&self.since(suite), text.as_bytes(), false)
    }

    /// Forgets since when the rules of a suite fail, for runs came in between; the next run finds it out.
    pub(super) fn forget_streaks(&self, suite: &str) -> Result<(), Error> {
        let path = self.since(suite);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::Write { path, source }),
            _ => Ok(()),
        }
    }

    fn since(&self, suite: &str) -> std::path::PathBuf {
        self.root.join("history").join(".since").join(suite)
    }
}

impl Looked {
    /// What an older run says of the rule.
    fn older(&mut self, run: &RunLine, status: Status) {
        match (&mut *self, status) {
            (Self::Told(_), _) | (_, Status::Error | Status::Skipped) => {}
            (_, Status::Passed) => self.close(),
            (Self::For, Status::Failed) => *self = Self::Failing(Since::from(run)),
            (Self::Failing(since), Status::Failed) => {
                *since = Since { runs: since.runs + 1, ..Since::from(run) };
            }
        }
    }

    /// Nothing older matters.
    fn close(&mut self) {
        *self = match std::mem::replace(self, Self::For) {
            Self::Failing(since) => Self::Told(Some(since)),
            Self::For => Self::Told(None),
            told @ Self::Told(_) => told,
        };
    }
}
