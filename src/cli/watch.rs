//! `tamiz watch`: checks again and again, by the clock or when files change.
//!
//! Each check is a process of its own, so that the memory of one does not stay and how one ends does not end the others. A
//! change that comes while a check runs is checked after it; of several that come together the last one counts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use clap::Args;
use cron::Schedule;

use crate::cli::stop::{Watch as Ending, timeout};
use crate::cli::{Language, complain, suites, world};
use crate::engine::Progress;
use crate::engine::local::{Stamp, files_here, objects_elsewhere};
use crate::engine::remote::{self, Connections};
use crate::error::{Error, Exit};
use crate::lang::Lang;

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How long a check that is under way may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Check again and again: by the clock, or when data or suites change, until SIGINT or SIGTERM.
///
/// Each check is a command of its own, `tamiz check`, which is handed the suites and what stands after `--`. How it ends is said
/// and goes into the history; watching goes on.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz watch rules --on-change\n  tamiz watch rules --every 15m -- --fail-on critical\n  tamiz watch rules --cron '0 6 * * MON-FRI' --timezone Europe/Madrid -- --output junit=junit.xml"
)]
pub(super) struct Watch {
    /// Suite files, or folders that hold some.
    #[arg(value_name = "SUITE", default_value = "rules")]
    paths: Vec<PathBuf>,
    /// Check so often, from the beginning of one check to that of the next.
    #[arg(long, value_name = "DURATION", value_parser = timeout, conflicts_with = "cron")]
    every: Option<Duration>,
    /// Check at these times: minute, hour, day of the month, month, day of the week, as cron reads them.
    #[arg(long, value_name = "EXPRESSION", value_parser = schedule)]
    cron: Option<Box<Schedule>>,
    /// The timezone of --cron [default: UTC].
    #[arg(long, value_name = "ZONE", conflicts_with = "every")]
    timezone: Option<Tz>,
    /// Check when a file of a dataset on this machine, an object of a bucket, or a suite changes.
    #[arg(long)]
    on_change: bool,
    /// How often buckets are listed for --on-change.
    #[arg(long, value_name = "DURATION", value_parser = timeout, default_value = "30s")]
    poll: Duration,
    /// How long nothing may change before a change is checked, so that a file is not read while it is written.
    #[arg(long, value_name = "DURATION", value_parser = timeout, default_value = "2s")]
    settle: Duration,
    /// Check once at the beginning, too.
    #[arg(long)]
    now: bool,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// What each check is handed beside the suites.
    #[arg(last = true, value_name = "FLAGS")]
    flags: Vec<String>,
}

/// The files and objects that matter, with what tells whether they changed; none for one that is not there.
type Seen = BTreeMap<PathBuf, Option<Stamp>>;

/// The objects of buckets, as they were when these were last listed.
struct Buckets {
    connections: Arc<Connections>,
    every: Duration,
    listed: Option<Instant>,
    /// Of each dataset.
    seen: BTreeMap<(String, String), Seen>,
    /// What was last said of a bucket that cannot be listed, so that it is said once.
    complained: Option<String>,
}

impl Watch {
    pub(super) fn run(self) -> Result<Exit, Error> {
        if self.every.is_none() && self.cron.is_none() && !self.on_change {
            return Err(Error::Usage("say when to check: --every, --cron or --on-change".to_owned()));
        }
        if self.timezone.is_some() && self.cron.is_none() {
            return Err(Error::Usage("--timezone is that of --cron".to_owned()));
        }
        let found = suites::read(&self.args(), None)?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        let lang: Lang = self.lang.into();
        let ending = Ending::begin(None, lang);
        let program = world::program().map_err(|error| Error::Usage(format!("this program is not found: {error}")))?;
        let mut buckets = Buckets::new(self.poll);
        let mut checked = if self.on_change { self.look(&mut buckets, None) } else { Seen::new() };
        complain::say(&format!("tamiz: {}\n", lang.pick("watching", "vigilando")));
        let mut changes = Settling::default();
        let mut due = self.now.then(world::utc).or_else(|| self.next(world::utc()));
        while ending.pause(LOOK) {
            let now = world::utc();
            if self.on_change {
                let settles = changes.last.is_some().then_some(self.settle);
                let seen = self.look(&mut buckets, settles);
                changes.look(seen, &checked, now, self.settle);
            }
            let changed = changes.settled.take();
            if changed.is_none() && due.is_none_or(|due| now < due) {
                continue;
            }
            if self.on_change {
                // What is there before the check begins is what it reads, or older: what comes later is checked again.
                checked = changed.unwrap_or_else(|| self.look(&mut buckets, None));
            }
            due = self.next(now);
            if !self.check(&program, &ending, lang)? {
                break;
            }
        }
        complain::say(&format!("tamiz: {}\n", lang.pick("stopped", "parado")));
        Ok(Exit::Passed)
    }

    fn args(&self) -> crate::cli::SuiteArgs {
        crate::cli::SuiteArgs { paths: self.paths.clone(), vars: Vec::new(), sources: Vec::new() }
    }

    /// When the clock asks for a check next, after a moment.
    fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if let Some(schedule) = &self.cron {
            return schedule
                .after(&after.with_timezone(&self.timezone.unwrap_or(Tz::UTC)))
                .next()
                .map(|next| next.to_utc());
        }
        after.checked_add_signed(TimeDelta::from_std(self.every?).ok()?)
    }

    /// The files as they are now; of a suite that has a mistake only itself.
    fn look(&self, buckets: &mut Buckets, settles: Option<Duration>) -> Seen {
        let mut seen = Seen::new();
        let facts = |path: &PathBuf| {
            let facts = std::fs::metadata(path).ok()?;
            Some((facts.len(), Some(facts.modified().ok()?), None))
        };
        let Ok(found) = suites::read(&self.args(), None) else { return seen };
        let mistaken = found.mistakes.iter().map(|mistake| mistake.source.path.clone());
        let mut paths: Vec<PathBuf> = mistaken.collect();
        for suite in &found.suites {
            paths.extend(std::iter::once(&suite.source).chain(&suite.included).map(|source| source.path.clone()));
            for dataset in suite.datasets.iter().filter(|dataset| dataset.from.is_none()) {
                paths.extend(files_here(&dataset.data, &Arc::new(Progress::default())));
            }
        }
        seen.extend(buckets.look(&found, settles));
        for path in paths {
            let facts = facts(&path);
            seen.insert(path, facts);
        }
        seen
    }

    /// Runs a check; says whether watching goes on.
    fn check(&self, program: &PathBuf, ending: &Ending, lang: Lang) -> Result<bool, Error> {
        let mut command = Command::new(program);
        command.arg("check").args(&self.flags).arg("--").args(&self.paths);
        let mut child = command.spawn().map_err(|error| Error::Usage(format!("no check can be started: {error}")))?;
        let wrong = |error: std::io::Error| Error::Usage(format!("a check cannot be waited for: {error}"));
        loop {
            if let Some(status) = child.try_wait().map_err(wrong)? {
                let ended = status.code().map_or_else(|| "?".to_owned(), |code| code.to_string());
                complain::say(&format!(
                    "tamiz: {} {ended}\n",
                    lang.pick("the check ended with", "la comprobación acabó con")
                ));
                return Ok(true);
            }
            if !ending.pause(Duration::from_millis(50)) {
                end(&mut child);
                return Ok(false);
            }
        }
    }
}

impl Buckets {
    fn new(every: Duration) -> Self {
        let connections = Connections::new(world::remote(remote::RETRIES), Arc::default());
        Self { connections: Arc::new(connections), every, listed: None, seen: BTreeMap::new(), complained: None }
    }

    /// The objects of suites, listed again if it is time, or if a change must settle. What cannot be listed is as it was, for
    /// nobody knows that it changed.
    fn look(&mut self, found: &suites::Found, settles: Option<Duration>) -> Seen {
        let every = settles.map_or(self.every, |settle| settle.min(self.every));
        if self.listed.is_none_or(|listed| listed.elapsed() >= every) {
            self.listed = Some(world::moment());
            self.list(found);
        }
        self.seen.values().flatten().map(|(name, stamp)| (name.clone(), stamp.clone())).collect()
    }

    fn list(&mut self, found: &suites::Found) {
        let mut complaint = None;
        let mut before = std::mem::take(&mut self.seen);
        for suite in &found.suites {
            for dataset in suite.datasets.iter().filter(|dataset| dataset.from.is_none()) {
                let key = (suite.id.clone(), dataset.data.name.clone());
                let seen = match objects_elsewhere(&dataset.data, &self.connections) {
                    Ok(objects) => {
                        objects.into_iter().map(|(name, stamp)| (PathBuf::from(name), Some(stamp))).collect()
                    }
                    Err(fault) => {
                        complaint = Some(fault.message);
                        before.remove(&key).unwrap_or_default()
                    }
                };
                self.seen.insert(key, seen);
            }
        }
        if let Some(complaint) = complaint.as_ref().filter(|_| complaint != self.complained) {
            complain::say(&format!("tamiz: {complaint}\n"));
        }
        self.complained = complaint;
    }
}

/// Ends a check that is under way: a signal from a terminal has reached it already, one to this process alone has not.
fn end(child: &mut Child) {
    crate::serve::checks::terminate(child);
    let begun = world::moment();
    while begun.elapsed() < PATIENCE && !matches!(child.try_wait(), Ok(Some(_))) {
        std::thread::sleep(Duration::from_millis(20));
    }
    // One that does not end is left to the system.
    let _ = child.kill();
    let _ = child.wait();
}

/// Changes that are waited for until no more come.
#[derive(Default)]
struct Settling {
    last: Option<(Seen, DateTime<Utc>)>,
    settled: Option<Seen>,
}

impl Settling {
    /// Takes note of the files at a moment, beside those that were checked.
    fn look(&mut self, seen: Seen, checked: &Seen, now: DateTime<Utc>, settle: Duration) {
        if seen == *checked {
            self.last = None;
            return;
        }
        match &self.last {
            Some((before, since)) if *before == seen => {
                if (now - *since).to_std().is_ok_and(|quiet| quiet >= settle) {
                    self.last = None;
                    self.settled = Some(seen);
                }
            }
            _ => self.last = Some((seen, now)),
        }
    }
}

/// Reads the five fields of cron.
fn schedule(text: &str) -> Result<Box<Schedule>, String> {
    let fields = text.split_whitespace().count();
    if fields != 5 {
        return Err(format!("five fields are wanted, minute to day of the week, and these are {fields}"));
    }
    Schedule::from_str(&format!("0 {text}")).map(Box::new).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_change_is_checked_once_nothing_changes_any_more() {
        let at = |second: i64| DateTime::<Utc>::from_timestamp(second, 0).unwrap();
        let files =
            |size: u64| Seen::from([(PathBuf::from("a.csv"), Some((size, Some(SystemTime::UNIX_EPOCH), None)))]);
        let settle = Duration::from_secs(2);
        let mut changes = Settling::default();
        let mut told = |size: u64, second: i64| {
            changes.look(files(size), &files(0), at(second), settle);
            changes.settled.take().is_some()
        };
        assert!(!told(0, 0), "nothing changed");
        assert!(!told(1, 1) && !told(1, 2), "it may go on");
        assert!(!told(2, 3) && !told(2, 4), "it went on");
        assert!(told(2, 5));
        assert!(!told(3, 6) && !told(0, 7) && !told(0, 9), "it is as it was");
    }

    #[test]
    fn times_are_those_of_cron_in_their_zone() {
        let next = |text: &str, zone: Tz, after: &str| {
            let after = after.parse::<DateTime<Utc>>().unwrap().with_timezone(&zone);
            schedule(text).unwrap().after(&after).next().unwrap().to_utc().to_rfc3339()
        };
        assert_eq!(next("0 6 * * MON-FRI", Tz::UTC, "2026-11-20T06:00:00Z"), "2026-11-23T06:00:00+00:00");
        assert_eq!(next("*/15 * * * *", Tz::UTC, "2026-11-20T06:01:00Z"), "2026-11-20T06:15:00+00:00");
        assert_eq!(next("30 2 * * *", Tz::Europe__Madrid, "2026-11-20T00:00:00Z"), "2026-11-20T01:30:00+00:00");
        for wrong in ["", "* * * *", "* * * * * *", "61 * * * *", "x * * * *"] {
            assert!(schedule(wrong).is_err(), "{wrong}");
        }
    }
}
