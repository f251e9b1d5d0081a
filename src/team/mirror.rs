//! What is new, both ways: runs of others to the folder, and runs of the folder to the others.
//!
//! The folder knows in `history/.followed` up to which position it followed each suite, and from which on, for a machine that
//! only checks needs the newest runs alone; and in `history/.due` of which suites and months pages are still to be made. What is
//! taken in twice is there once, so who is killed on the way begins again where it was. One process at a time follows a suite.
//!
//! Since when rules fail cannot be counted from the newest runs alone: it is kept beside the runs by who delivers the newest one,
//! if nobody else delivered any meanwhile. Where it is not, a folder follows the whole suite.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Row as Found};

use crate::error::Error;
use crate::history::merge::{Group, Key, groups};
use crate::history::place::Place;
use crate::history::{Line, breaker_book, folder_of, write_whole};
use crate::outcome::Report;
use crate::team::Team;
use crate::team::database::{Database, Wrong};
use crate::team::place::{breaker_lines, keep, keep_breaker, keep_file, one_at_a_time};

/// How many runs are fetched at once.
const BATCH: i64 = 50;

/// How far back a folder follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The newest runs of each suite, if it did not follow that yet, with the records of a few.
    Newest,
    /// Every run, with the records of so many of each suite.
    All {
        /// How many records.
        records: usize,
    },
}

/// How many runs are taken away at once.
const REMOVED: usize = 500;

/// How many of the newest runs, and how many of their records, a machine needs that only checks.
const NEWEST: (i64, usize) = (1000, 5);

/// What came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// How many runs came.
    #[serde(skip)]
    pub runs: u64,
    /// How many records.
    #[serde(skip)]
    pub records: u64,
    /// The suites of which something came or went, and whose pages were not made since.
    pub suites: BTreeSet<String>,
    /// The months of those runs.
    pub months: BTreeSet<String>,
}

/// Up to where a folder followed a database.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Followed {
    /// Which database.
    database: String,
    suites: BTreeMap<String, Span>,
}

/// The positions that were followed: those after `after`, up to `to`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Span {
    after: i64,
    to: i64,
}

impl Team {
    /// Notes that a run, which is about to be kept in the folder, is to be delivered.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn will_deliver(&self, report: &Report) -> Result<(), Error> {
        self.local.will_wait(report)
    }

    /// Delivers what is kept in the folder and was noted, and the changes of breakers: of all suites, or of some, whose locks are
    /// held; how many runs.
    ///
    /// # Errors
    /// What cannot be read, or a database that does not take it; it stays noted then.
    pub fn deliver(&self, suites: Option<&[&str]>) -> Result<u64, Error> {
        let mut delivered = 0;
        for run in self.local.waiting()? {
            if suites.is_some_and(|suites| !suites.contains(&run.suite.as_str())) {
                continue;
            }
            match self.local.lines_of(&run)? {
                Some(group) => {
                    self.send(&run.suite, &group)?;
                    delivered += 1;
                }
                // It may be on its way, unless we hold the lock of its suite: then it was killed before it was kept.
                None if suites.is_none() => continue,
                None => {}
            }
            self.local.waits_no_more(&run)?;
        }
        match suites {
            Some(suites) => suites.iter().try_for_each(|suite| self.send_breaker(suite))?,
            None => self.local.breakers()?.iter().try_for_each(|suite| self.send_breaker(suite))?,
        }
        Ok(delivered)
    }

    /// Whether a run is noted that was not delivered.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn waits(&self) -> Result<bool, Error> {
        Ok(!self.local.waiting()?.is_empty())
    }

    fn send(&self, suite: &str, group: &Group) -> Result<(), Error> {
        let folder = group.key.folder.as_str();
        let mut files = Vec::new();
        for name in self.local.files(folder)? {
            if let Some((bytes, _)) = self.local.read(&format!("runs/{folder}/{name}"))? {
                files.push((name, bytes));
            }
        }
        let standing = self.local.standing(suite)?.filter(|(newest, _)| *newest == group.key.id);
        let followed = self.followed().suites.get(suite).map_or(0, |span| span.to);
        let own = {
            let mut delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
            delivered.push(group.key.id.clone());
            delivered.clone()
        };
        let sent = self.database.ask(&async |client: &mut Client| {
            let work = client.transaction().await?;
            for (name, bytes) in &files {
                keep_file(&work, folder, name, bytes).await?;
            }
            // The run last: the lock that goes with it is held for a moment alone.
            keep(&work, suite, std::iter::once(group)).await?;
            if let Some((_, text)) = &standing {
                let set = "insert into document (name, text) select 'since/' || $1, $2
                           where not exists (select from run where suite = $1 and not gone and position > $3
                               and not id = any($4))
                           on conflict (name) do update set text = excluded.text";
                work.execute(set, &[&suite, text, &followed, &own]).await?;
            }
            Ok(work.commit().await?)
        });
        sent.map_err(|wrong| self.database.unwritable(&wrong))
    }

    /// Delivers the changes of the breaker of a suite.
    ///
    /// # Errors
    /// As of [`Team::deliver`].
    pub fn send_breaker(&self, suite: &str) -> Result<(), Error> {
        let path = format!("history/{}", breaker_book(suite));
        let Some((lines, _)) = self.local.read(&path)? else { return Ok(()) };
        let sent = self.database.ask(&async |client: &mut Client| keep_breaker(client, suite, &lines).await);
        sent.map_err(|wrong| self.database.unwritable(&wrong))
    }

    /// Takes in what others kept since the folder last followed, of some suites or of all.
    ///
    /// # Errors
    /// A database that does not answer or says what cannot be, or a folder that cannot be written.
    pub fn fetch(&self, suites: Option<&[&str]>, reach: Reach) -> Result<Fetched, Error> {
        let id: String = self.read(&async |client: &mut Client| {
            Ok(client.query_one("select text from document where name = 'id'", &[]).await?.get(0))
        })?;
        let rows = self.read(&async |client: &mut Client| {
            let sql = "select suite, max(position) from run group by suite
                       union all select distinct suite, null::bigint from breaker";
            Ok(client.query(sql, &[]).await?)
        })?;
        let mut newest: BTreeMap<String, i64> = BTreeMap::new();
        for row in &rows {
            let position: Option<i64> = row.get(1);
            let known = newest.entry(row.get(0)).or_default();
            *known = position.unwrap_or(0).max(*known);
        }
        let mut fetched = self.due();
        for (suite, newest) in newest {
            if suites.is_none_or(|suites| suites.contains(&suite.as_str())) {
                Follow { team: self, suite: &suite, database: &id, newest, reach }.follow(&mut fetched)?;
            }
        }
        Ok(fetched)
    }

    /// Notes that the pages of what came were made.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn pages_made(&self, of: &Fetched) -> Result<(), Error> {
        let path = self.due_file();
        let due = self.due();
        // What came meanwhile is still to be done.
        if (&due.suites, &due.months) != (&of.suites, &of.months) {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::Write { path, source }),
            _ => Ok(()),
        }
    }

    /// Fetches the files of a run that are not in the folder, or all of them if its record is not; says whether that came.
    ///
    /// # Errors
    /// As of [`Team::fetch`].
    pub fn fetch_folder(&self, folder: &str) -> Result<bool, Error> {
        self.fetch_from(&self.database, folder)
    }

    /// The same for somebody who waits for a page: of a run that the folder lists, and asked once.
    ///
    /// # Errors
    /// As of [`Team::fetch`].
    pub fn fetch_page(&self, folder: &str) -> Result<bool, Error> {
        Ok(self.local.lists(folder)? && self.fetch_from(&self.pages, folder)?)
    }

    fn fetch_from(&self, database: &Database, folder: &str) -> Result<bool, Error> {
        let there: BTreeSet<String> = self.local.files(folder)?.into_iter().collect();
        let mut names: Vec<String> = database.files(folder)?;
        // A page that was made without a record says that there is none.
        names.retain(|name| !there.contains("report.json") || !there.contains(name));
        // The record last, for it says that the rest is there.
        names.sort_by_key(|name| name == "report.json");
        let mut came = false;
        for name in names {
            let path = format!("runs/{folder}/{name}");
            if let Some((bytes, _)) = database.read(&path)? {
                self.local.write(&path, &bytes)?;
                came |= name == "report.json";
            }
        }
        Ok(came)
    }

    /// Takes runs away from the history of the team; folders that follow it take them away when they follow the next time.
    ///
    /// # Errors
    /// A database that does not do it.
    pub fn remove(&self, ids: &[String]) -> Result<(), Error> {
        for ids in ids.chunks(REMOVED) {
            self.remove_some(ids)?;
        }
        Ok(())
    }

    fn remove_some(&self, ids: &[String]) -> Result<(), Error> {
        let done = self.database.ask(&async |client: &mut Client| {
            let work = client.transaction().await?;
            one_at_a_time(&work).await?;
            let files = "delete from file where folder in (select folder from run where id = any($1))";
            work.execute(files, &[&ids]).await?;
            let runs = "update run set gone = true, line = '', rules = '', position = nextval('run_position')
                        where id = any($1) and not gone";
            work.execute(runs, &[&ids]).await?;
            Ok(work.commit().await?)
        });
        done.map_err(|wrong| self.database.unwritable(&wrong))
    }

    /// What was told to whom, as the last machine that told alerts left it; none if none did.
    ///
    /// # Errors
    /// A database that does not answer.
    pub fn told(&self) -> Result<Option<String>, Error> {
        self.read(&async |client: &mut Client| {
            Ok(client.query_opt("select text from document where name = 'alerts'", &[]).await?.map(|row| row.get(0)))
        })
    }

    /// Keeps what was told to whom.
    ///
    /// # Errors
    /// A database that does not take it.
    pub fn keep_told(&self, text: &str) -> Result<(), Error> {
        let kept = self.database.ask(&async |client: &mut Client| {
            let set = "insert into document (name, text) values ('alerts', $1)
                       on conflict (name) do update set text = excluded.text";
            Ok(client.execute(set, &[&text]).await?)
        });
        kept.map(drop).map_err(|wrong| self.database.unwritable(&wrong))
    }

    /// What changes with every change, for who asks whether there was one.
    ///
    /// # Errors
    /// A database that does not answer.
    pub fn position(&self) -> Result<String, Error> {
        self.read(&async |client: &mut Client| {
            let sql = "select concat_ws('/', (select max(position) from run), (select count(*) from breaker))";
            Ok(client.query_one(sql, &[]).await?.get(0))
        })
    }

    fn read<T>(&self, work: &impl AsyncFn(&mut Client) -> Result<T, Wrong>) -> Result<T, Error> {
        self.database.ask(work).map_err(|wrong| self.database.unreadable(&wrong))
    }

    /// Up to where the folder followed; nothing if that is not known, and then all is asked for again.
    fn followed(&self) -> Followed {
        let text = fs::read(self.followed_file()).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn keep_followed(&self, followed: &Followed) -> Result<(), Error> {
        keep_text(&self.followed_file(), followed)
    }

    fn followed_file(&self) -> PathBuf {
        self.reports.join("history/.followed")
    }

    /// Of what pages are to be made.
    fn due(&self) -> Fetched {
        serde_json::from_slice(&fs::read(self.due_file()).unwrap_or_default()).unwrap_or_default()
    }

    fn due_file(&self) -> PathBuf {
        self.reports.join("history/.due")
    }
}

/// One suite that is followed.
struct Follow<'f> {
    team: &'f Team,
    suite: &'f str,
    /// The id of the database.
    database: &'f str,
    /// The newest position of the suite; 0 if it has no run.
    newest: i64,
    reach: Reach,
}

impl Follow<'_> {
    fn follow(&self, fetched: &mut Fetched) -> Result<(), Error> {
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
            if span.to <= self.newest {
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
                runs.push(self.checked(key, [row.get::<_, &str>("rules"), row.get("line")].concat())?);
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
    fn checked(&self, key: Key, text: String) -> Result<Group, Error> {
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

fn keep_text(path: &Path, what: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string(what).map_err(|error| Error::Render(error.to_string()))? + "\n";
    fs::create_dir_all(folder_of(path)).map_err(|source| Error::Write { path: path.to_owned(), source })?;
    write_whole(path, text.as_bytes(), false)
}
