//! One suite of a team's history, followed by a folder: what is new, what is older if that is wanted, since when rules fail,
//! the records of the newest runs, the changes of the breaker.
//!
//! Where it was is kept after each batch. What the database says is believed only if it is a run of the name under which it is
//! kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Row as Found};

use crate::error::Error;
use crate::history::merge::{Group, Key, groups};
use crate::history::{Line, folder_of, write_whole};
use crate::team::Team;
use crate::team::database::Wrong;
use crate::team::mirror::{Fetched, Reach};
use crate::team::place::breaker_lines;

/// How many runs are fetched at once.
const BATCH: i64 = 50;

/// How many of the newest runs, and how many of their records, a machine needs that only checks.
const NEWEST: (i64, usize) = (1000, 5);

/// Up to where a folder followed a database.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Followed {
    /// Which database.
    pub(super) database: String,
    pub(super) suites: BTreeMap<String, Span>,
}

/// The positions that were followed: those after `after`, up to `to`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Span {
    pub(super) after: i64,
    pub(super) to: i64,
}

/// One suite that is followed.
pub(super) struct Follow<'f> {
    pub(super) team: &'f Team,
    pub(super) suite: &'f str,
    /// The id of the database.
    pub(super) database: &'f str,
    /// The newest position of the suite; 0 if it has no run.
    pub(super) newest: i64,
    pub(super) reach: Reach,
}

impl Follow<'_> {
    /// Follows it.
    pub(super) fn follow(&self, fetched: &mut Fetched) -> Result<(), Error> {
        let (team, suite) = (self.team, self.suite);
        let _turn = team.local.following()?;
        if self.newest > 0 {
            let before = (fetched.runs, fetched.records);
            let mut span = self.span()?;
            self.newer(&mut span, fetched)?;
            if matches!(self.reach, Reach::All { .. }) {
                self.older(&mut span, fetched)?;
            }
            self.standing(&mut span, fetched)?;
            self.records(fetched)?;
            if (fetched.runs, fetched.records) != before {
                team.local.show_newest(suite)?;
            }
        }
        let lines = team.read(&async |client: &mut Client| breaker_lines(client, suite).await)?;
        if !lines.is_empty() && team.local.take_in_breaker(suite, lines.concat().as_bytes())? {
            fetched.suites.insert(suite.to_owned());
        }
        self.keep_due(fetched)
    }

    /// Where to begin.
    fn span(&self) -> Result<Span, Error> {
        let (team, suite) = (self.team, self.suite);
        let followed = team.followed();
        if let Some(span) = followed.suites.get(suite).filter(|_| followed.database == self.database) {
            // Another process of this folder may have followed further since the newest was asked for.
            if span.to <= self.newest || span.to <= self.newest_now()? {
                return Ok(*span);
            }
            // The database is older than what was followed: it was put back. What it lost is there, and delivered again.
            tracing::warn!(suite, place = team.shown(), "the history of the team is older than what was seen of it");
            let here = team.local.ids(suite)?;
            let ids: Vec<&str> = here.iter().map(|run| run.id.as_str()).collect();
            let there = team.read(&async |client: &mut Client| {
                Ok(client.query("select id from run where id = any($1)", &[&ids]).await?)
            })?;
            let there: BTreeSet<&str> = there.iter().map(|row| row.get(0)).collect();
            for run in here.iter().filter(|run| !there.contains(run.id.as_str())) {
                team.local.wait_again(run)?;
            }
            return Ok(Span { after: 0, to: 0 });
        }
        if matches!(self.reach, Reach::All { .. }) {
            return Ok(Span { after: 0, to: 0 });
        }
        let after = team.read(&async |client: &mut Client| {
            let sql = "select coalesce(min(position), 1) - 1 from (select position from run
                       where suite = $1 and not gone order by started_at desc, id desc limit $2) as newest";
            Ok(client.query_one(sql, &[&suite, &NEWEST.0]).await?.get::<_, i64>(0))
        })?;
        Ok(Span { after, to: after })
    }

    fn newest_now(&self) -> Result<i64, Error> {
        self.team.read(&async |client: &mut Client| {
            let sql = "select coalesce(max(position), 0) from run where suite = $1";
            Ok(client.query_one(sql, &[&self.suite]).await?.get(0))
        })
    }

    /// Takes in the runs after those that were followed.
    fn newer(&self, span: &mut Span, fetched: &mut Fetched) -> Result<(), Error> {
        // What was taken away before one began to follow was never here.
        let is_new = span.to == span.after && self.team.local.ids(self.suite)?.is_empty();
        while span.to < self.newest {
            let sql = "select position, id, started_at, folder, line, rules, gone from run
                       where suite = $1 and position > $2 and position <= $3 and not (gone and $4)
                       order by position limit $5";
            let rows = self.team.read(&async |client: &mut Client| {
                Ok(client.query(sql, &[&self.suite, &span.to, &self.newest, &is_new, &BATCH]).await?)
            })?;
            span.to = rows.last().map_or(self.newest, |last| last.get("position"));
            self.take(&rows, fetched)?;
            self.keep_span(*span)?;
        }
        self.keep_span(*span)
    }

    /// Takes in the runs before those that were followed, the newest first.
    fn older(&self, span: &mut Span, fetched: &mut Fetched) -> Result<(), Error> {
        while span.after > 0 {
            let sql = "select position, id, started_at, folder, line, rules, gone from run
                       where suite = $1 and position <= $2 and not gone order by position desc limit $3";
            let rows = self.team.read(&async |client: &mut Client| {
                Ok(client.query(sql, &[&self.suite, &span.after, &BATCH]).await?)
            })?;
            span.after = rows.last().map_or(0, |last| last.get::<_, i64>("position") - 1);
            self.take(&rows, fetched)?;
            self.keep_span(*span)?;
        }
        Ok(())
    }

    /// Takes in runs, and takes away those that are gone.
    fn take(&self, rows: &[Found], fetched: &mut Fetched) -> Result<(), Error> {
        let (local, suite) = (&self.team.local, self.suite);
        let (mut runs, mut gone) = (Vec::new(), BTreeSet::new());
        for row in rows {
            let key = Key { started_at: row.get("started_at"), id: row.get("id"), folder: row.get("folder") };
            if row.get("gone") {
                gone.insert(key.id);
            } else {
                runs.push(self.checked(&key, [row.get::<_, &str>("rules"), row.get("line")].concat())?);
            }
        }
        if !gone.is_empty() {
            let months = local.months()?.remove(suite).unwrap_or_default();
            if local.take_away(suite, &gone)? {
                fetched.suites.insert(suite.to_owned());
                fetched.months.extend(months);
                self.keep_due(fetched)?;
            }
        }
        // Its own runs come back to a folder, too.
        let known = local.known(suite, &runs)?;
        runs.retain(|group| !known.contains(&group.key.id));
        if runs.is_empty() {
            return Ok(());
        }
        fetched.runs += runs.len() as u64;
        fetched.suites.insert(suite.to_owned());
        fetched.months.extend(runs.iter().filter_map(|group| group.key.started_at.get(..7)).map(str::to_owned));
        self.keep_due(fetched)?;
        local.take_in(suite, runs)
    }

    /// The lines of a run, if they are those of that run alone: whoever may write the database may write anything.
    fn checked(&self, key: &Key, text: String) -> Result<Group, Error> {
        let wrong =
            || Wrong::Other(format!("what is kept of the run `{}` is no run of its name", key.id.escape_debug()));
        let group = Group { key: key.clone(), text: text.into_bytes() };
        let read = groups(&group.text);
        let suite = read.first().and_then(|only| {
            let line = only.text.trim_ascii_end().rsplit(|byte| *byte == b'\n').next()?;
            let line: Line = serde_json::from_slice(line).ok()?;
            if let Line::Run(run) = line { Some(run.suite) } else { None }
        });
        if read.as_slice() != [group.clone()] || suite.as_deref() != Some(self.suite) {
            return Err(self.team.database.unreadable(&wrong()));
        }
        Ok(group)
    }

    /// Takes in since when rules fail, where it is not known as of the newest run; where nobody says, the whole suite is followed.
    fn standing(&self, span: &mut Span, fetched: &mut Fetched) -> Result<(), Error> {
        let (team, suite) = (self.team, self.suite);
        if team.local.has_standing(suite)? {
            return Ok(());
        }
        let standing = team.read(&async |client: &mut Client| {
            let sql = "select text from document where name = 'since/' || $1";
            Ok(client.query_opt(sql, &[&suite]).await?.map(|row| row.get::<_, String>(0)))
        })?;
        if let Some(text) = standing {
            team.local.take_in_standing(suite, &text)?;
        }
        if team.local.has_standing(suite)? { Ok(()) } else { self.older(span, fetched) }
    }

    /// Fetches the records that are wanted. A run without its record is still a run.
    fn records(&self, fetched: &mut Fetched) -> Result<(), Error> {
        let records = if let Reach::All { records } = self.reach { records } else { NEWEST.1 };
        for run in self.team.local.without_record(self.suite, records)? {
            match self.team.fetch_folder(&run.folder) {
                Ok(true) => {
                    fetched.records += 1;
                    fetched.suites.insert(self.suite.to_owned());
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, run = run.id, "a record could not be fetched");
                    break;
                }
            }
        }
        Ok(())
    }

    fn keep_span(&self, span: Span) -> Result<(), Error> {
        let known = self.team.followed();
        let mut followed = if known.database == self.database { known } else { Followed::default() };
        self.database.clone_into(&mut followed.database);
        followed.suites.insert(self.suite.to_owned(), span);
        self.team.keep_followed(&followed)
    }

    fn keep_due(&self, fetched: &Fetched) -> Result<(), Error> {
        let due = self.team.due();
        if (&due.suites, &due.months) == (&fetched.suites, &fetched.months) {
            return Ok(());
        }
        keep_text(&self.team.due_file(), fetched)
    }
}

pub(super) fn keep_text(path: &Path, what: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string(what).map_err(|error| Error::Render(error.to_string()))? + "\n";
    fs::create_dir_all(folder_of(path)).map_err(|source| Error::Write { path: path.to_owned(), source })?;
    write_whole(path, text.as_bytes(), false)
}
