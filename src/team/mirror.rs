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
use std::path::PathBuf;
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use crate::error::Error;
use crate::history::breaker_book;
use crate::history::merge::Group;
use crate::history::place::Place;
use crate::outcome::Report;
use crate::team::Team;
use crate::team::database::{Database, Wrong};
use crate::team::follow::{Follow, Followed, keep_text};
use crate::team::place::{keep, keep_breaker, keep_file, one_at_a_time};

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

    pub(super) fn read<T>(&self, work: &impl AsyncFn(&mut Client) -> Result<T, Wrong>) -> Result<T, Error> {
        self.database.ask(work).map_err(|wrong| self.database.unreadable(&wrong))
    }

    /// Up to where the folder followed; nothing if that is not known, and then all is asked for again.
    pub(super) fn followed(&self) -> Followed {
        let text = fs::read(self.followed_file()).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(super) fn keep_followed(&self, followed: &Followed) -> Result<(), Error> {
        keep_text(&self.followed_file(), followed)
    }

    fn followed_file(&self) -> PathBuf {
        self.reports.join("history/.followed")
    }

    /// Of what pages are to be made.
    pub(super) fn due(&self) -> Fetched {
        serde_json::from_slice(&fs::read(self.due_file()).unwrap_or_default()).unwrap_or_default()
    }

    pub(super) fn due_file(&self) -> PathBuf {
        self.reports.join("history/.due")
    }
}
