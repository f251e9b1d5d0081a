//! What is new, both ways: runs of others to the folder, and runs of the folder to the others.
//!
//! The folder knows in `history/.followed` up to which position it followed each suite, and from which on, for a machine that
//! only checks needs the newest runs alone. What is taken in twice is there once, so who is killed on the way begins again
//! where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Row as Found};

use crate::error::Error;
use crate::history::folder_of;
use crate::history::merge::{Group, Key};
use crate::history::place::Place;
use crate::history::write_whole;
use crate::outcome::Report;
use crate::team::Team;
use crate::team::database::Wrong;
use crate::team::place::{Row, breaker_lines, keep, keep_breaker, keep_file, one_at_a_time};

/// How many runs are fetched at once.
const BATCH: i64 = 200;

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

/// How many of the newest runs, and how many of their records, a machine needs that only checks.
const NEWEST: (i64, usize) = (1000, 5);

/// What came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// How many runs came.
    pub runs: u64,
    /// How many records.
    pub records: u64,
    /// The suites of which something came or went.
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

    /// Delivers what is kept in the folder and was noted: of all suites, or of some, whose locks are held; how many runs.
    ///
    /// # Errors
    /// What cannot be read, or a database that does not take it; it stays noted then.
    pub fn deliver(&self, suites: Option<&[&str]>) -> Result<u64, Error> {
        let mut delivered = 0;
        let mut told: BTreeSet<String> = suites.into_iter().flatten().map(|suite| (*suite).to_owned()).collect();
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
            told.insert(run.suite);
        }
        for suite in told {
            self.send_breaker(&suite)?;
        }
        Ok(delivered)
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
        let sent = self.database.ask(&async |client: &mut Client| {
            let work = client.transaction().await?;
            for (name, bytes) in &files {
                keep_file(&work, folder, name, bytes).await?;
            }
            // The run last: the lock that goes with it is held for a moment alone.
            keep(&work, std::iter::once(Row { suite, group })).await?;
            if let Some((newest, text)) = &standing {
                let set = "insert into document (name, text) select 'since/' || $1, $2
                           where not exists (select from run where suite = $1 and not gone and (started_at, id) >
                               (select started_at, id from run where id = $3))
                           on conflict (name) do update set text = excluded.text";
                work.execute(set, &[&suite, text, newest]).await?;
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
        let path = format!("history/{}", crate::history::breaker_book(suite));
        let Some((lines, _)) = self.local.read(&path)? else { return Ok(()) };
        let sent = self.database.ask(&async |client: &mut Client| {
            let work = client.transaction().await?;
            keep_breaker(&work, suite, &lines).await?;
            Ok(work.commit().await?)
        });
        sent.map_err(|wrong| self.database.unwritable(&wrong))
    }

    /// Takes in what others kept since the folder last followed, of some suites or of all.
    ///
    /// # Errors
    /// A database that does not answer, or a folder that cannot be written.
    pub fn fetch(&self, suites: Option<&[&str]>, reach: Reach) -> Result<Fetched, Error> {
        let id = self.read(&async |client: &mut Client| {
            let id: String = client.query_one("select text from document where name = 'id'", &[]).await?.get(0);
            Ok(id)
        })?;
        let mut followed = self.followed().filter(|followed| followed.database == id).unwrap_or_default();
        followed.database = id;
        let suites: Vec<String> = match suites {
            Some(suites) => suites.iter().map(|suite| (*suite).to_owned()).collect(),
            None => {
                let rows = self.read(&async |client: &mut Client| {
                    Ok(client
                        .query("select suite from run group by suite union select suite from breaker", &[])
                        .await?)
                })?;
                rows.iter().map(|row| row.get(0)).collect()
            }
        };
        let mut fetched = Fetched::default();
        for suite in suites {
            self.follow(&suite, reach, &mut followed, &mut fetched)?;
        }
        Ok(fetched)
    }

    fn follow(&self, suite: &str, reach: Reach, followed: &mut Followed, fetched: &mut Fetched) -> Result<(), Error> {
        let newest: Option<i64> = self.read(&async |client: &mut Client| {
            let row = client.query_one("select max(position) from run where suite = $1", &[&suite]).await?;
            Ok(row.get(0))
        })?;
        let Some(newest) = newest else { return self.follow_breaker(suite, fetched) };
        let known = followed.suites.get(suite).copied();
        let span = match (known, reach) {
            (Some(span), _) => span,
            (None, Reach::All { .. }) => Span { after: 0, to: 0 },
            (None, Reach::Newest) => {
                let after = self.read(&async |client: &mut Client| {
                    let sql = "select coalesce(min(position), 1) - 1 from (select position from run
                               where suite = $1 and not gone order by position desc limit $2) as newest";
                    Ok(client.query_one(sql, &[&suite, &NEWEST.0]).await?.get::<_, i64>(0))
                })?;
                Span { after, to: after }
            }
        };
        let mut ways = vec![(span.to, newest)];
        if span.after > 0 && matches!(reach, Reach::All { .. }) {
            ways.push((0, span.after));
        }
        let before = fetched.clone();
        for (after, to) in ways {
            self.follow_span(suite, after, to, fetched)?;
        }
        let after = if matches!(reach, Reach::All { .. }) { 0 } else { span.after };
        followed.suites.insert(suite.to_owned(), Span { after, to: newest });
        let records = if let Reach::All { records } = reach { records } else { NEWEST.1 };
        for run in self.local.without_record(suite, records)? {
            if self.fetch_folder(&run.folder)? {
                fetched.records += 1;
                fetched.suites.insert(suite.to_owned());
            }
        }
        if *fetched != before {
            let standing = self.read(&async |client: &mut Client| {
                let sql = "select text from document where name = 'since/' || $1";
                Ok(client.query_opt(sql, &[&suite]).await?.map(|row| row.get::<_, String>(0)))
            })?;
            if let Some(text) = standing {
                self.local.take_in_standing(suite, &text)?;
            }
            self.local.show_newest(suite)?;
        }
        self.follow_breaker(suite, fetched)?;
        self.keep_followed(followed)
    }

    /// Takes in the runs of a suite whose positions are after one and up to another.
    fn follow_span(&self, suite: &str, after: i64, to: i64, fetched: &mut Fetched) -> Result<(), Error> {
        let mut after = after;
        while after < to {
            let rows: Vec<Found> = self.read(&async |client: &mut Client| {
                let sql = "select position, id, started_at, folder, line, rules, gone from run
                           where suite = $1 and position > $2 and position <= $3 order by position limit $4";
                Ok(client.query(sql, &[&suite, &after, &to, &BATCH]).await?)
            })?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get("position");
            let (mut runs, mut gone) = (Vec::new(), BTreeSet::new());
            for row in &rows {
                let key = Key { started_at: row.get("started_at"), id: row.get("id"), folder: row.get("folder") };
                if row.get("gone") {
                    gone.insert(key.id);
                } else {
                    let text = [row.get::<_, &str>("rules"), row.get("line")].concat().into_bytes();
                    runs.push(Group { key, text });
                }
            }
            // Its own runs come back to a folder, too.
            let known = self.local.known(suite, &runs)?;
            runs.retain(|group| !known.contains(&group.key.id));
            if !gone.is_empty() && self.local.take_away(suite, &gone)? {
                fetched.suites.insert(suite.to_owned());
                fetched.months.extend(self.local.months()?.remove(suite).unwrap_or_default());
            }
            if runs.is_empty() {
                continue;
            }
            fetched.runs += runs.len() as u64;
            fetched.suites.insert(suite.to_owned());
            fetched.months.extend(runs.iter().filter_map(|group| group.key.started_at.get(..7)).map(str::to_owned));
            self.local.take_in(suite, runs)?;
        }
        Ok(())
    }

    fn follow_breaker(&self, suite: &str, fetched: &mut Fetched) -> Result<(), Error> {
        let lines = self.read(&async |client: &mut Client| breaker_lines(client, suite).await)?;
        if !lines.is_empty() && self.local.take_in_breaker(suite, lines.concat().as_bytes())? {
            fetched.suites.insert(suite.to_owned());
        }
        Ok(())
    }

    /// Fetches the files of a run that are not in the folder; says whether its record came.
    ///
    /// # Errors
    /// As of [`Team::fetch`].
    pub fn fetch_folder(&self, folder: &str) -> Result<bool, Error> {
        let there: BTreeSet<String> = self.local.files(folder)?.into_iter().collect();
        let mut names: Vec<String> = self.database.files(folder)?;
        names.retain(|name| !there.contains(name));
        // The record last, for it says that the rest is there.
        names.sort_by_key(|name| name == "report.json");
        let mut came = false;
        for name in names {
            let path = format!("runs/{folder}/{name}");
            if let Some((bytes, _)) = self.database.read(&path)? {
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
    fn followed(&self) -> Option<Followed> {
        serde_json::from_slice(&fs::read(self.followed_file()).ok()?).ok()
    }

    fn keep_followed(&self, followed: &Followed) -> Result<(), Error> {
        let text = serde_json::to_string(followed).map_err(|error| Error::Render(error.to_string()))? + "\n";
        let path = self.followed_file();
        fs::create_dir_all(folder_of(&path)).map_err(|source| Error::Write { path: path.clone(), source })?;
        write_whole(&path, text.as_bytes(), false)
    }

    fn followed_file(&self) -> std::path::PathBuf {
        self.reports.join("history/.followed")
    }
}
